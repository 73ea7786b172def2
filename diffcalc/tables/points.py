"""Points from a table, a chunk of rows at a time: millions of them in constant memory.

A .csv or .tsv file, standard input (`-`) or an array of numpy (.npy). The header names the columns,
as the named fields of an array do; an array without names has the variables in its columns, in the
order in which they were typed.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diffcalc.base.encoded import UTF_8, foreign, label, opened
from diffcalc.language.tokens import spelled
from diffcalc.tables.chunks import chunks
from diffcalc.tables.parse import Fault, Table, number, parse
from diffcalc.tables.source import DataError, load, readable

Chunk = Any
"""The number of the first line and the text of whole lines; of an array, its first and last row."""


class TextPoints:
    """The rows of a table as text, below its header.

    `columns` are the names of its columns as the reader has them, `header` as they are typed there.
    A name may be there twice, and any bytes that are not UTF-8.
    """

    unit = "line"

    def __init__(self, given: str, encoding: str = UTF_8) -> None:
        self.label = label(given)
        self.delimiter = "\t" if given.lower().endswith(".tsv") else ","
        with readable(self.label):
            self._stream = opened(given, encoding)
            self.header = self._first_row()
        if not self.header:
            raise DataError(f"{self.label} is empty")
        if all(_is_number(cell) for cell in self.header):
            raise DataError(
                f"the first line of {self.label} does not name the columns",
                hint="write the names of the variables there, as in x,y",
            )
        self.columns = [spelled(cell.strip()) for cell in self.header]
        self.size = Path(given).stat().st_size if Path(given).is_file() else None

    def _first_row(self) -> list[str]:
        """The cells of the first row that is not blank."""
        lines = iter(self._stream.readline, b"")
        texts = (line.decode("utf-8-sig", "surrogateescape") for line in lines)
        reader = csv.reader(texts, delimiter=self.delimiter)
        found = next((row for row in reader if any(map(str.strip, row)) or len(row) > 1), [])
        self._lines = reader.line_num
        return found

    def of(self, variables: Sequence[str]) -> None:
        """Says which variables are looked for; the header has the columns already."""

    def chunks(self, few: bool) -> Iterator[Chunk]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        with readable(self.label), self._stream as stream:
            yield from chunks(stream, self._lines + 1, 1 << 11 if few else 1 << 20)

    def table(self, chunk: Chunk, wanted: Sequence[str]) -> Table:
        """The numbers of the chunk in the columns `wanted`, and the number of each row's line."""
        first, text = chunk
        places = [self.columns.index(name) for name in wanted]
        with readable(self.label):
            found = parse(text, self.delimiter, len(self.columns), places)
        lines = np.asarray(found.lines) + (first - 1)
        return Table(found.numbers, lines, {row: self._named(f) for row, f in found.bad.items()})

    def _named(self, fault: Fault) -> Fault:
        where = "" if fault.place is None else f"column {self.header[fault.place].strip()}: "
        return Fault(fault.place, where + fault.reason)

    def cells(self, chunk: Chunk) -> list[list[str]]:
        """The rows of the chunk as text, cell by cell, as many as there are columns."""
        text = io.StringIO(chunk[1].decode(errors="surrogateescape"), newline="")
        count = len(self.columns)
        with readable(self.label):
            found = [row for row in csv.reader(text, delimiter=self.delimiter) if row]
        return [(row + [""] * count)[:count] for row in found]

    def foreign(self, chunk: Chunk) -> bool:
        """Whether the chunk has bytes that are not UTF-8."""
        return foreign(chunk[1].decode(errors="surrogateescape"))

    def done(self, chunk: Chunk) -> int:
        """How much of `size` the chunk is."""
        return len(chunk[1])

    def __getstate__(self) -> dict[str, Any]:
        # To other processes go chunks, not the stream.
        return {k: v for k, v in self.__dict__.items() if k != "_stream"}


class ArrayPoints:
    """The rows of an array in a file: each field, or without names each column, is a variable."""

    unit = "row"

    def __init__(self, given: str) -> None:
        self.label = Path(given).name
        self._path = given
        with readable(self.label):
            array = self._array
        if not isinstance(array, np.ndarray):
            raise DataError(f"{self.label} holds several arrays", hint="save one as .npy")
        named = array.dtype.names is not None
        if not (array.ndim == 1 or (array.ndim == 2 and not named)):
            shape = " by ".join(map(str, array.shape))
            raise DataError(f"{self.label} has the shape {shape or 'of a number'}, not rows")
        if not named and array.dtype.kind not in _NUMBERS:
            raise DataError(f"{self.label} holds {array.dtype}, not numbers")
        self.header = list(array.dtype.names or ())
        self.columns = [spelled(name) for name in self.header]
        self.size = len(array)

    def of(self, variables: Sequence[str]) -> None:
        """Takes the columns of an array that has no names for these variables."""
        kinds = self._array.dtype
        for name, column in zip(self.header, self.columns, strict=True):
            if column in variables and (kinds[name].shape or kinds[name].kind not in _NUMBERS):
                raise DataError(f"{name} in {self.label} holds {kinds[name]}, not numbers")
        if self.columns or not variables:
            return
        columns = self._array.shape[1] if self._array.ndim == 2 else 1
        if columns != len(variables):
            raise DataError(
                f"{self.label} does not name its columns",
                hint=f"it would need one for each of {', '.join(variables)}, and has {columns}",
            )
        self.header = self.columns = list(variables)

    @cached_property
    def _array(self) -> Any:
        return load(self._path, mmap_mode="r")

    def chunks(self, few: bool) -> Iterator[Chunk]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        rows = 1 << 5 if few else 1 << 16
        for start in range(0, self.size, rows):
            yield start, min(start + rows, self.size)

    def table(self, chunk: Chunk, wanted: Sequence[str]) -> Table:
        """The numbers of the chunk in the columns `wanted`; rows are counted from 1 on."""
        count = chunk[1] - chunk[0]
        numbers = np.empty((len(wanted), count))
        with np.errstate(over="ignore"):
            for place, name in enumerate(wanted):
                numbers[place] = self._column(chunk, self.columns.index(name))
        finite = np.isfinite(numbers)
        bad = {}
        for row in np.flatnonzero(~finite.all(axis=0)):
            place = int(np.argmin(finite[:, row]))
            what = f"column {wanted[place]}: `{numbers[place, row]}` is not a finite number"
            bad[int(row)] = Fault(place, what)
        return Table(numbers.T, range(chunk[0] + 1, chunk[1] + 1), bad)

    def cells(self, chunk: Chunk) -> list[list[str]]:
        """The rows of the chunk as text, cell by cell."""
        columns = [self._column(chunk, place) for place in range(len(self.columns))]
        return [list(map(_text, row)) for row in zip(*(c.tolist() for c in columns), strict=True)]

    def foreign(self, chunk: Chunk) -> bool:
        """Whether the chunk has bytes that are not UTF-8."""
        return any(foreign(cell) for row in self.cells(chunk) for cell in row)

    def _column(self, chunk: Chunk, place: int) -> Any:
        rows = self._array[slice(*chunk)]
        if rows.dtype.names:
            return rows[rows.dtype.names[place]]
        return rows.reshape(len(rows), -1)[:, place]

    def done(self, chunk: Chunk) -> int:
        """How much of `size` the chunk is."""
        return int(chunk[1] - chunk[0])

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps the file itself.
        return {k: v for k, v in self.__dict__.items() if k != "_array"}


# The kinds of numpy's types that are numbers: truth values, whole ones, floating ones.
_NUMBERS = set("biuf")


def _text(cell: Any) -> str:
    # numpy's text may have lone surrogates, which no encoding has: they are kept as bytes too.
    text = cell if isinstance(cell, bytes) else str(cell).encode(errors="surrogatepass")
    return text.decode(errors="surrogateescape")


def _is_number(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


Points = TextPoints | ArrayPoints


def points_in(given: str, encoding: str = UTF_8) -> Points:
    """The points of a file, or of standard input. Raises `DataError` where there are none."""
    return ArrayPoints(given) if given.lower().endswith(".npy") else TextPoints(given, encoding)
