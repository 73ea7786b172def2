"""Tables of numbers as text, comma- or tab-separated: chunks of whole lines in, arrays out.

A chunk of plain numbers is read all at once, by pyarrow once that is there (see arrow.py) and else
by numpy; any other row by row, as the csv module has them: what is wrong with one row is said, and
does no harm to the others.
"""

import io
import math
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.errors import shortened
from diffcalc.base.types import FloatArray
from diffcalc.tables import arrow
from diffcalc.tables.rows import rows_in
from diffcalc.tables.signs import COMMA, POINT

# More than any float64 has in print; of a longer cell the beginning is enough to find it.
_SHOWN = 40
Lines = Sequence[int] | NDArray[np.int64]


class Fault(NamedTuple):
    """What is wrong with a row, in the user's words; `place` is the column, if it is one cell."""

    place: int | None
    reason: str


@dataclass(frozen=True)
class Table:
    """The rows of a chunk: `numbers` of shape (rows, columns wanted), nan where a row is bad.

    `lines` has the line of each row within the chunk, from 1 on: its first one, should a quoted
    cell have several. `bad` has the rows that are not finite numbers, counted from 0.
    """

    numbers: FloatArray
    lines: Lines
    bad: Mapping[int, Fault]
    verbatim: bytes | None = None
    """The rows, where each is a line without quotes that has as many cells as there are columns."""


def parse(
    chunk: bytes, delimiter: str, columns: int, places: Sequence[int], decimal: str = POINT
) -> Table:
    """The numbers in the columns at these places, from 0 on, of a table without its header.

    Each is float() of its cell, bit for bit. Other columns may hold anything. Empty lines are
    skipped.
    """
    numbers = None
    verbatim = text = chunk.replace(b"\r\n", b"\n") if b"\r" in chunk else chunk
    if decimal != POINT:
        # What has both signs is read row by row.
        text = b"" if b"." in text or delimiter == decimal else text.replace(b",", b".")
    if places and text and not (text.isspace() or b'"' in text or b"\r" in text):
        text += b"" if text.endswith(b"\n") else b"\n"
        numbers = arrow.read(text, delimiter, columns, places)
        if numbers is None:
            numbers = _at_once(text, delimiter, columns, places)
    if numbers is None or not np.isfinite(numbers).all():
        return _row_by_row(chunk, delimiter, columns, places, decimal)
    verbatim += b"" if verbatim.endswith(b"\n") else b"\n"
    return Table(numbers, range(1, len(numbers) + 1), {}, verbatim)


def number(cell: str, decimal: str = POINT) -> float:
    """float() of a cell, but `1_000` and the digits of other scripts are Python's and no data.

    Raises `ValueError`.
    """
    if decimal != POINT:
        cell = cell.replace(POINT, "_").replace(decimal, POINT)
    if "_" in cell or not cell.strip().isascii():
        raise ValueError(cell)
    return float(cell)


def _at_once(text: bytes, delimiter: str, columns: int, places: Sequence[int]) -> FloatArray | None:
    """The numbers, if all are plain ones, in as many columns in each row and no line is empty."""
    row = (delimiter * (columns - 1) + "\n").encode()
    others = bytes(range(256)).translate(None, f"{delimiter}\n".encode())
    count = text.count(b"\n")
    if text.translate(None, others) != row * count:
        return None
    lines = io.StringIO(text.decode(errors="backslashreplace"))
    try:
        numbers = np.loadtxt(lines, delimiter=delimiter, comments=None, usecols=places, ndmin=2)
    except ValueError:
        return None
    # It skips lines that are empty.
    return numbers if len(numbers) == count else None


def _row_by_row(
    chunk: bytes, delimiter: str, columns: int, places: Sequence[int], decimal: str
) -> Table:
    # What is no UTF-8 does no harm in a column that is not wanted, and is no number in another.
    text = chunk.decode(errors="backslashreplace")
    found, lines, bad = array("d"), array("q"), {}
    for line, cells, reason in rows_in(text, delimiter):
        numbers = Fault(None, reason) if reason else _numbers(cells, columns, places, decimal)
        if isinstance(numbers, Fault):
            bad[len(lines)] = numbers
            numbers = [math.nan] * len(places)
        found.extend(numbers)
        lines.append(line)
    return Table(np.array(found).reshape(len(lines), len(places)), lines, bad)


def _numbers(
    row: Sequence[str], columns: int, places: Sequence[int], decimal: str
) -> list[float] | Fault:
    if len(row) != columns:
        count = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return Fault(None, f"{count}, but {columns} column{'s' * (columns != 1)}")
    numbers = []
    for place in places:
        try:
            numbers.append(number(row[place], decimal))
        except ValueError:
            numbers.append(math.nan)
        if not math.isfinite(numbers[-1]):
            return Fault(place, _reason(row[place].strip(), decimal))
    return numbers


def _reason(cell: str, decimal: str) -> str:
    """Why a cell is no number."""
    if not cell:
        return "a number is missing"
    other = COMMA if decimal == POINT else POINT
    with suppress(ValueError):
        if other in cell and math.isfinite(number(cell, other)):
            return (
                f"`{shortened(cell, _SHOWN)}` has a {other}: add --decimal {other} if that is right"
            )
    return f"`{shortened(cell, _SHOWN)}` is not a finite number"
