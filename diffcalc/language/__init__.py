"""What can be written: operations, programs of them, reading text and values, named functions.

Text is read once into an `Expression`, and an `Expression` is replayed with the values of any
algebra.

Imports base.
"""
