"""Tables read and written by pyarrow, where it is installed: faster, and the same to the last bit.

What it does not take, or writes otherwise than Python, it leaves to others.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np

from diffcalc.base.types import FloatArray

# To import pyarrow takes as long as it saves with so many bytes.
WORTH = 1 << 23
# The same of numbers that are written.
_MANY = 1 << 17
# pyarrow writes numbers otherwise than Python from here to 1e16, with an exponent, and from 1e-9
# to 1e-4: these are left to Python.
_WHOLE = 1e10
_OTHERWISE = ((_WHOLE, 1e16), (1e-9, 1e-4))


@cache
def load() -> None:
    """Makes `read` and `rows` use pyarrow from now on, if it is installed."""
    with suppress(ImportError):
        import pyarrow.compute
        import pyarrow.csv  # noqa: F401


def read(text: bytes, delimiter: str, columns: int, places: Sequence[int]) -> FloatArray | None:
    """The columns at these places, of lines without quotes; None where one is not all numbers."""
    if "pyarrow.csv" not in sys.modules:
        return None
    import pyarrow
    from pyarrow import csv

    names = list(map(str, range(columns)))
    wanted = [str(place) for place in places]
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(text),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text)),
            csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pyarrow.float64()),
                include_columns=sorted(set(wanted)),
                null_values=[],
                check_utf8=False,
            ),
        )
    except pyarrow.ArrowInvalid:
        return None
    # In the order of numpy's own arrays: a product of matrices is rounded by it.
    return np.stack([table.column(name).to_numpy() for name in wanted], axis=1)


def rows(matrix: FloatArray, delimiter: str) -> bytes | None:
    """A line for each row; None where pyarrow is not there, or there are no numbers."""
    if matrix.size >= _MANY:
        load()
    if "pyarrow.csv" not in sys.modules or not matrix.size:
        return None
    from pyarrow import compute

    lines = compute.binary_join_element_wise(*map(_texts, matrix.T), delimiter)
    ended = compute.binary_join_element_wise(lines, "\n", "")
    # The texts of such an array stand one behind the other.
    text: bytes = ended.buffers()[2].to_pybytes()
    return text


def _texts(numbers: FloatArray) -> Any:
    """Each number as Python's repr has it."""
    import pyarrow
    from pyarrow import compute

    numbers, size = np.ascontiguousarray(numbers), np.abs(numbers)
    texts = compute.cast(pyarrow.array(numbers), pyarrow.string())
    with np.errstate(invalid="ignore"):
        whole = (size < _WHOLE) & (np.trunc(numbers) == numbers)
    if whole.any():
        mask = pyarrow.array(whole)
        dotted = compute.binary_join_element_wise(texts.filter(mask), ".0", "")
        texts = compute.replace_with_mask(texts, mask, dotted)
    other = np.zeros(size.shape, dtype=bool)
    for least, most in _OTHERWISE:
        other |= (least <= size) & (size < most)
    if other.any():
        ours = pyarrow.array(map(repr, numbers[other].tolist()), pyarrow.string())
        texts = compute.replace_with_mask(texts, pyarrow.array(other), ours)
    return texts
