"""Points from a table, a chunk of rows at a time: millions of them in constant memory.

A .csv or .tsv file, standard input (`-`) or an array of numpy (.npy). The header names the columns,
as the named fields of an array do; an array without names has the variables in its columns, in the
order in which they were typed.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diffcalc.chunks import chunks
from diffcalc.data import DataError, readable
from diffcalc.tables import Fault, Table, number, parse

Chunk = Any
"""The number of the first line and the text of whole lines; of an array, its first and last row."""


class TextPoints:
    """The rows of a table as text, below its header."""

    unit = "line"

    def __init__(self, given: str) -> None:
        self.label = "standard input" if given == "-" else Path(given).name or given
        self.delimiter = "\t" if given.endswith(".tsv") else ","
        with readable(self.label):
            self._stream = _open(given)
            header = self._header()
        if not header:
            raise DataError(f"{self.label} is empty")
        self.columns = [cell.strip() for cell in header]
        if all(_is_number(cell) for cell in self.columns):
            raise DataError(
                f"the first line of {self.label} does not name the columns",
                hint="write the names of the variables there, as in x,y",
            )
        twice = [name for name, count in Counter(self.columns).items() if count > 1]
        if twice:
            raise DataError(f"{self.label} has two columns {twice[0]}")
        self.size = Path(given).stat().st_size if Path(given).is_file() else None

    def _header(self) -> list[str]:
        """The cells of the first line that is not empty; it may have quoted cells."""
        self._lines = 0
        while line := self._stream.readline():
            self._lines += 1
            text = line.decode("utf-8-sig" if self._lines == 1 else "utf-8")
            if text.strip():
                return next(csv.reader([text.rstrip("\r\n")], delimiter=self.delimiter))
        return []

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
        found = parse(text, self.delimiter, len(self.columns), places)
        lines = np.asarray(found.lines) + (first - 1)
        return Table(found.numbers, lines, {row: self._named(f) for row, f in found.bad.items()})

    def _named(self, fault: Fault) -> Fault:
        where = "" if fault.place is None else f"column {self.columns[fault.place]}: "
        return Fault(fault.place, where + fault.reason)

    def cells(self, chunk: Chunk) -> list[list[str]]:
        """The rows of the chunk as text, cell by cell."""
        text = io.StringIO(chunk[1].decode(errors="replace"), newline="")
        return [row for row in csv.reader(text, delimiter=self.delimiter) if row]

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
        names = array.dtype.names
        kinds = [array.dtype[name].kind for name in names] if names else [array.dtype.kind]
        if not set(kinds) <= set("biuf") or array.ndim not in (1, 2):
            raise DataError(f"{self.label} holds {array.dtype}, not rows of numbers")
        self.columns = list(names or ())
        self.size = len(array)

    def of(self, variables: Sequence[str]) -> None:
        """Takes the columns of an array that has no names for these variables."""
        if self.columns:
            return
        columns = self._array.shape[1] if self._array.ndim == 2 else 1
        if columns != len(variables):
            raise DataError(
                f"{self.label} does not name its columns",
                hint=f"it would need one for each of {', '.join(variables)}, and has {columns}",
            )
        self.columns = list(variables)

    @cached_property
    def _array(self) -> Any:
        return np.load(self._path, mmap_mode="r")

    def chunks(self, few: bool) -> Iterator[Chunk]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        rows = 1 << 5 if few else 1 << 16
        for start in range(0, self.size, rows):
            yield start, min(start + rows, self.size)

    def table(self, chunk: Chunk, wanted: Sequence[str]) -> Table:
        """The numbers of the chunk in the columns `wanted`; rows are counted from 1 on."""
        rows = self._array[slice(*chunk)]
        numbers = np.empty((len(wanted), len(rows)))
        for place, name in enumerate(wanted):
            if rows.dtype.names:
                numbers[place] = rows[name]
            else:
                numbers[place] = rows.reshape(len(rows), -1)[:, self.columns.index(name)]
        finite = np.isfinite(numbers)
        bad = {}
        for row in np.flatnonzero(~finite.all(axis=0)):
            place = int(np.argmin(finite[:, row]))
            what = f"column {wanted[place]}: {numbers[place, row]!r} is not a finite number"
            bad[int(row)] = Fault(place, what)
        return Table(numbers.T, range(chunk[0] + 1, chunk[1] + 1), bad)

    def cells(self, chunk: Chunk) -> list[list[str]]:
        """The rows of the chunk as text, cell by cell."""
        return [[repr(x) for x in row] for row in self.table(chunk, self.columns).numbers.tolist()]

    def done(self, chunk: Chunk) -> int:
        """How much of `size` the chunk is."""
        return int(chunk[1] - chunk[0])

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps the file itself.
        return {k: v for k, v in self.__dict__.items() if k != "_array"}


def _open(given: str) -> Any:
    if given != "-":
        return open(given, "rb")
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer


def _is_number(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return False
    return True


Points = TextPoints | ArrayPoints


def points_in(given: str) -> Points:
    """The points of a file, or of standard input. Raises `DataError` where there are none."""
    return ArrayPoints(given) if given.endswith(".npy") else TextPoints(given)
