"""Proofs, without difference quotients: zeros to any number of digits.

Imports base and language.
"""
