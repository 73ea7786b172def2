"""Tables read and written by pyarrow, where it is installed: faster, and the same to the last bit.

What it does not take, or writes otherwise than Python, it leaves to others.
"""

import json
import math
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from diffcalc.base.types import BoolArray, FloatArray

# To import pyarrow takes as long as it saves with so many bytes.
WORTH = 1 << 23
# The same of numbers that are written.
_MANY = 1 << 17
# To cut an array in so few pieces takes a tenth of the time that a mask does.
_PIECES = 100
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


def texts(text: bytes, delimiter: str, columns: int) -> list[Any] | None:
    """The cells of lines without quotes, by columns; None where pyarrow does not take them."""
    import pyarrow
    from pyarrow import csv

    names = list(map(str, range(columns)))
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(text),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text)),
            csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string())),
        )
    except pyarrow.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def rows(matrix: FloatArray, delimiter: str, before: bytes | None = None) -> bytes | None:
    """A line for each row, behind those in `before`.

    None where pyarrow is not there, or there are no numbers.
    """
    if matrix.size >= _MANY:
        load()
    if "pyarrow.csv" not in sys.modules or not matrix.size:
        return None

    if before is None:
        return _written(list(map(_texts, matrix.T)), delimiter)
    first = _lines(before, delimiter)
    return (
        joined([*map(_texts, matrix.T)], delimiter, [first]) if len(first) == len(matrix) else None
    )


def _written(columns: Sequence[Any], delimiter: str) -> bytes:
    """Lines of these columns of numbers as text."""
    import pyarrow
    from pyarrow import csv

    stream = pyarrow.BufferOutputStream()
    table = pyarrow.table(columns, list(map(str, range(len(columns)))))
    options = csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
    csv.write_csv(table, stream, options)
    return bytes(stream.getvalue().to_pybytes())


def joined(columns: Sequence[Any], delimiter: str, first: Sequence[Any] = ()) -> bytes:
    """Lines of these columns of text, behind what is `first` on each."""
    from pyarrow import compute

    signs = [delimiter] * (len(columns) - 1) + ["\n"]
    parts = [part for pair in zip(columns, signs, strict=True) for part in pair]
    # The texts of such an array stand one behind the other.
    text = compute.binary_join_element_wise(*first, *parts, "").buffers()[2]
    return b"" if text is None else bytes(text.to_pybytes())


def _lines(text: bytes, delimiter: str) -> Any:
    """The lines of a text, each with the delimiter in place of its end."""
    import pyarrow

    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    joined = pyarrow.py_buffer(text.replace(b"\n", delimiter.encode()))
    return pyarrow.StringArray.from_buffers(len(ends), pyarrow.py_buffer(offsets), joined)


def cells(column: Any) -> Any:
    """A column of pyarrow's as the text of a table: empty where it is null."""
    import pyarrow
    from pyarrow import compute, types

    kind = column.type
    if types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if types.is_float64(kind):
        found = _texts(column.fill_null(math.nan).to_numpy(zero_copy_only=False))
        found = compute.if_else(column.is_valid(), found, None)
    elif types.is_floating(kind):
        found = column.cast(pyarrow.string())
        whole = compute.match_substring_regex(found, r"^-?\d+$")
        dotted = compute.binary_join_element_wise(found, ".0", "")
        found = compute.if_else(whole, dotted, found)
    elif types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        found = pyarrow.array(map(_cell, column.to_pylist()), pyarrow.string())
    else:
        found = column.cast(pyarrow.string())
    return found.fill_null("")


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return json.dumps(value, ensure_ascii=False, default=str)


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
        texts = _replaced(texts, other, list(map(repr, numbers[other].tolist())))
    return texts


def _replaced(texts: Any, where: BoolArray, others: Sequence[str]) -> Any:
    """The texts with others in these places."""
    import pyarrow
    from pyarrow import compute

    instead = pyarrow.array(others, pyarrow.string())
    if len(others) > _PIECES:
        return compute.replace_with_mask(texts, pyarrow.array(where), instead)
    places = np.flatnonzero(where).tolist()
    parts = [texts[: places[0]]]
    for number, (start, end) in enumerate(pairwise([*places, len(texts)])):
        parts += [instead[number : number + 1], texts[start + 1 : end]]
    return pyarrow.concat_arrays(parts)
