"""The largest and smallest moduli in each part of a block, by two passes that write nothing.

The bits of a float64 without the first, its sign, read as a whole number, are in the order of the
moduli. With it, the negative numbers are below the others where the number is signed, and above
them where it is not; either way they are in order. So the largest modulus is one of the two largest
numbers; and one that is no number has the largest of all.
"""

from collections.abc import Sequence

import numpy as np

from diffcalc.base.types import FloatArray, IntArray

Measure = np.ufunc
# The largest is no number where one is not; the smallest is, unless all are not.
largest, smallest = np.maximum, np.minimum
# Points: of fewer, measuring takes longer; of more, one that is far from the rest spoils more.
PART = 1024
_MODULUS = np.int64(2**63 - 1)


def note(
    measure: Measure, number: int, array: FloatArray, starts: IntArray, into: IntArray
) -> None:
    """What is needed of the parts of an array, of which `moduli` makes the rest."""
    signed, bare = into[number]
    measure.reduceat(array.view(np.int64), starts, 0, None, signed)
    measure.reduceat(array.view(np.uint64), starts, 0, None, bare.view(np.uint64))


def moduli(noted: IntArray, measures: Sequence[Measure]) -> FloatArray:
    """What was measured: a row each, and a column for a part."""
    noted &= _MODULUS
    found = np.empty((len(measures), noted.shape[2]))
    for row, measure, (signed, bare) in zip(found, measures, noted, strict=True):
        measure(signed, bare, out=row.view(np.int64))
    return found
