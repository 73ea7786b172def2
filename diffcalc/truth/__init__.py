"""Proofs: balls that enclose one exact number, and series of them on either side of a point.

`proof.Prover` is the door. No command asks it yet: the tests hold it against the definition.

Imports base and language.
"""
