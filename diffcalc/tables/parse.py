"""Tables of numbers as text, comma- or tab-separated: chunks of whole lines in, arrays out.

A chunk of plain numbers is read all at once, by pyarrow once that is there (see arrow.py) and else
by numpy; any other row by row, as the csv module has them: what is wrong with one row is said, and
does no harm to the others.
"""

import csv
import io
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.errors import shortened
from diffcalc.base.types import FloatArray
from diffcalc.tables import arrow

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

    `lines` has the line of each row within the chunk, from 1 on: its last one, should a quoted cell
    have several. `bad` has the rows that are not finite numbers, counted from 0.
    """

    numbers: FloatArray
    lines: Lines
    bad: Mapping[int, Fault]


def parse(chunk: bytes, delimiter: str, columns: int, places: Sequence[int]) -> Table:
    """The numbers in the columns at these places, from 0 on, of a table without its header.

    Each is float() of its cell, bit for bit. Other columns may hold anything. Empty lines are
    skipped. Raises `csv.Error` where a cell is longer than the csv module allows.
    """
    numbers = None
    text = chunk.replace(b"\r\n", b"\n") if b"\r" in chunk else chunk
    if places and text and not (text.isspace() or b'"' in text or b"\r" in text):
        text += b"" if text.endswith(b"\n") else b"\n"
        numbers = arrow.read(text, delimiter, columns, places)
        if numbers is None:
            numbers = _at_once(text, delimiter, columns, places)
    if numbers is None or not np.isfinite(numbers).all():
        return _row_by_row(chunk, delimiter, columns, places)
    return Table(numbers, range(1, len(numbers) + 1), {})


def number(cell: str) -> float:
    """float() of a cell, but `1_000` and the digits of other scripts are Python's and no data.

    Raises `ValueError`.
    """
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


def _row_by_row(chunk: bytes, delimiter: str, columns: int, places: Sequence[int]) -> Table:
    # What is no UTF-8 does no harm in a column that is not wanted, and is no number in another.
    text = io.StringIO(chunk.decode(errors="backslashreplace"), newline="")
    reader = csv.reader(text, delimiter=delimiter)
    found, lines, bad = array("d"), array("q"), {}
    for row in reader:
        if not row:
            continue
        numbers = _numbers(row, columns, places)
        if isinstance(numbers, Fault):
            bad[len(lines)] = numbers
            numbers = [math.nan] * len(places)
        found.extend(numbers)
        lines.append(reader.line_num)
    return Table(np.array(found).reshape(len(lines), len(places)), lines, bad)


def _numbers(row: Sequence[str], columns: int, places: Sequence[int]) -> list[float] | Fault:
    if len(row) != columns:
        count = "1 cell" if len(row) == 1 else f"{len(row)} cells"
        return Fault(None, f"{count}, but {columns} column{'s' * (columns != 1)}")
    numbers = []
    for place in places:
        try:
            numbers.append(number(row[place]))
        except ValueError:
            numbers.append(math.nan)
        if not math.isfinite(numbers[-1]):
            cell = row[place].strip()
            reason = (
                f"`{shortened(cell, _SHOWN)}` is not a finite number"
                if cell
                else "a number is missing"
            )
            return Fault(place, reason)
    return numbers
