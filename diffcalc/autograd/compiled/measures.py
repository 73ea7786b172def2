"""The largest and smallest moduli in each part of a block, by two passes that write nothing.

The bits of a float64 without the first, its sign, read as a whole number, are in the order of the
moduli. With it, the negative numbers are below the others where the number is signed, and above
them where it is not; either way they are in order. So the largest modulus is one of the two largest
numbers; and one that is no number has the largest of all.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.types import FloatArray, IntArray

Measure = np.ufunc
BareArray = NDArray[np.uint64]
# The largest is no number where one is not; the smallest is, unless all are not.
largest, smallest = np.maximum, np.minimum
# Points: of fewer, measuring takes longer; of more, one that is far from the rest spoils more.
PART = 1024
_MODULUS = np.int64(2**63 - 1)


def note(
    measure: Measure,
    number: int,
    array: FloatArray,
    starts: IntArray,
    signed: IntArray,
    bare: BareArray,
) -> None:
    """Writes what is needed of the parts of an array into a row; `moduli` makes the rest of it."""
    measure.reduceat(array.view(np.int64), starts, 0, None, signed[number])
    measure.reduceat(array.view(np.uint64), starts, 0, None, bare[number])


def moduli(signed: IntArray, bare: BareArray, measures: Sequence[Measure]) -> FloatArray:
    """What was measured: a row each, and a column for a part."""
    one, other = (bits.view(np.int64) & _MODULUS for bits in (signed, bare))
    for measure, row, beside in zip(measures, one, other, strict=True):
        measure(row, beside, out=row)
    return one.view(np.float64)
