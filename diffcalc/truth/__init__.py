"""Proofs: balls that enclose one exact number, and series of them on either side of a point.

`proof.Prover` is the door to a point, `cover.Coverer` to an interval. The tests hold both against
the definition followed in steps.

Imports base and language.
"""
