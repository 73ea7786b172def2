"""Numbers in files, by the names of their columns: whole, or some thousands of rows at a time.

A .csv or .tsv file, JSON Lines, any of these packed by gzip or zstd, Parquet, Arrow, standard input
(`-`) or an array of numpy (.npy). The header names the columns, as the named fields of an array do.
In chunks, millions of rows take constant memory; `Data` has columns whole, or all of them as one
matrix.
"""

import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np

from diffcalc.base.encoded import label
from diffcalc.base.types import FloatArray
from diffcalc.language.tokens import spelled
from diffcalc.tables import arrow
from diffcalc.tables.chunks import SIZE, chunks
from diffcalc.tables.columns import ColumnTable, rows_at_once
from diffcalc.tables.kept import KeptFields, KeptText, Schema, fields_of, schema_of
from diffcalc.tables.opening import (
    AN_ARRAY,
    AS_RECOGNISED,
    MOST_KEPT,
    DataError,
    Opened,
    Written,
    open_table,
    readable,
)
from diffcalc.tables.parse import Fault, Lines, Table, number, parse
from diffcalc.tables.rows import rows

Chunk = Any
"""The number of the first line and the text of whole lines; of an array, its first and last row."""

_MATRIX = re.compile(r"([^\W\d]\w*)=(.+)", re.DOTALL)
# The kinds of numpy's types that are numbers: truth values, whole ones, floating ones.
_NUMBERS = set("biuf")
_IN_A_FILE = "save it as a .npy file, and give its name"
# What is read at once where a row takes long, so that the first ones come soon.
_FEW_BYTES = 1 << 11


class TextTable:
    """The rows of a table as text, below its header.

    `columns` are the names of its columns as the reader has them, `header` as they are typed there.
    A name may be there twice, and any bytes that are not UTF-8. Where the header is lacking, `hint`
    says what to do; without one, the columns are counted from 1 on.
    """

    typed = True

    def __init__(self, given: str, found: Opened, few: bool, hint: str) -> None:
        self.label, self.note = found.label, found.note
        self.delimiter, self.decimal = found.delimiter, found.decimal
        with readable(self.label), ExitStack() as refused:
            self._stream = found.stream
            refused.callback(self._stream.close)
            self._rest = chunks(self._stream, found.line, size=_FEW_BYTES if few else SIZE)
            self.header, below, whole = self._first_row()
            if not self.header:
                raise DataError(f"{self.label} is empty")
            named = not all(map(self._is_number, self.header))
            if not named and hint:
                what = f"the first line of {self.label} does not name the columns"
                raise DataError(what, hint=hint)
            refused.pop_all()
        if not named:
            self.header = [str(place) for place, _ in enumerate(self.header, start=1)]
        self.columns = [spelled(cell.strip()) for cell in self.header]
        self._first = below if named else whole
        self.size = Path(given).stat().st_size if Path(given).is_file() else None

    def _first_row(self) -> tuple[list[str], Chunk, Chunk]:
        """The cells of the first row that is not blank, and its chunk without it and with it."""
        for line, text in self._rest:
            lines = io.StringIO(text.decode("utf-8-sig", "surrogateescape"), newline="")
            for place, row, fault in rows(lines, self.delimiter, line):
                if fault:
                    raise DataError(f"{self.label}, line {place}: {fault}")
                if any(map(str.strip, row)) or len(row) > 1:
                    below, whole = _kept(lines.read()), _kept(lines.getvalue())
                    above = whole.count(b"\n") - below.count(b"\n")
                    return row, (line + above, below), (line, whole)
        return [], None, None

    def _is_number(self, cell: str) -> bool:
        try:
            number(cell, self.decimal)
        except ValueError:
            return False
        return True

    def of(self, variables: Sequence[str], keep: bool = False) -> None:
        """Says which variables are looked for; the header has the columns already."""

    def fields(self) -> Schema:
        """The types of the columns, as the first rows have them."""
        line, text = self._first
        # What comes through a pipe comes in small pieces, of which the first may be blank.
        while len(text) < SIZE and (more := next(self._rest, None)):
            line, text = line if text else more[0], text + more[1]
        chunk = self._first = line, text
        kept = self.kept(chunk, self.table(chunk, range(len(self.columns))))
        return schema_of([cell.strip() for cell in self.header], kept.texts(), self.decimal)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        seen = self.size or 0
        with readable(self.label), self._stream:
            for chunk in chain([self._first] if self._first[1] else [], self._rest):
                if seen >= arrow.WORTH:
                    arrow.load()
                yield chunk
                seen += len(chunk[1])

    def table(self, chunk: Chunk, places: Sequence[int]) -> Table:
        """The numbers of the chunk in the columns at these places, and each row's line."""
        first, text = chunk
        with readable(self.label):
            found = parse(text, self.delimiter, len(self.columns), places, self.decimal)
        lines: Lines = range(first, first + len(found.lines))
        if not isinstance(found.lines, range):
            lines = np.asarray(found.lines) + (first - 1)
        bad = {row: self._named(fault) for row, fault in found.bad.items()}
        return Table(found.numbers, lines, bad, found.verbatim)

    def _named(self, fault: Fault) -> Fault:
        where = "" if fault.place is None else f"column {self.header[fault.place].strip()}: "
        return Fault(fault.place, where + fault.reason)

    def keep(self) -> "TextTable":
        """Keeps all rows as text, so that columns can be read `whole`; returns itself."""
        self._kept, size = [], 0
        for chunk in self.chunks():
            self._kept.append(chunk)
            size += self.done(chunk)
            if size > MOST_KEPT:
                raise DataError(f"{self.label} is longer than {MOST_KEPT:,} bytes")
        return self

    def whole(self, places: Sequence[int]) -> FloatArray:
        """All rows of the columns at these places. Raises `DataError` where one is bad."""
        tables = [self.table(chunk, places) for chunk in self._kept]
        for table in tables:
            for row, (place, reason) in table.bad.items():
                where = f"{self.label}, line {table.lines[row]}{':' if place is None else ','}"
                raise DataError(f"{where} {reason}")
        if not any(len(table.lines) for table in tables):
            raise DataError(f"{self.label} has no rows of numbers")
        return np.concatenate([table.numbers for table in tables])

    def kept(self, chunk: Chunk, table: Table) -> KeptText:
        """The rows of the chunk, whose numbers are in the table."""
        return KeptText(chunk[1], self.delimiter, self.decimal, self.header, table.verbatim)

    def where(self, chunk: Chunk) -> str:
        """What is before the number of a line in a message."""
        return f"{self.label}, line"

    def close(self) -> None:
        """Reads no more of it."""
        self._stream.close()

    def done(self, chunk: Chunk) -> int:
        """How much of `size` the chunk is."""
        return len(chunk[1])

    def __getstate__(self) -> dict[str, Any]:
        # To other processes go chunks, not the stream.
        streams = {"_stream", "_rest", "_first"}
        return {k: v for k, v in self.__dict__.items() if k not in streams}


class ArrayTable:
    """An array in a file: each field, or without names each column, has a column's numbers."""

    note, typed = "", False

    def __init__(self, given: str, few: bool, stream: IO[bytes] | None = None) -> None:
        self.label, self._path, self._few = label(given), given, few
        with readable(self.label):
            self._kept = None if stream is None else self._loaded(io.BytesIO(self._all_of(stream)))
            array = self._array
        if not isinstance(array, np.ndarray):
            raise DataError(f"{self.label} holds several arrays", hint="save one as .npy")
        self.size = len(array) if array.ndim else 1
        self.header = list(array.dtype.names or ())
        self.columns = [spelled(name) for name in self.header]

    def _all_of(self, stream: IO[bytes]) -> bytes:
        """All bytes of what is no file that could be mapped."""
        with stream:
            content = stream.read(MOST_KEPT + 1)
        if len(content) > MOST_KEPT:
            raise DataError(f"{self.label} is longer than {MOST_KEPT:,} bytes", hint=_IN_A_FILE)
        return content

    @property
    def _array(self) -> Any:
        """The array. It is mapped anew each time, so that what was read does not stay in memory."""
        return self._loaded(self._path, "r") if self._kept is None else self._kept

    def _loaded(self, source: Any, mapped: Any = None) -> Any:
        try:
            return np.load(source, mmap_mode=mapped)
        except OSError:
            raise
        except Exception:
            # Each part of numpy's reader complains in its own way of what the bytes say there;
            # Python's, where brackets are deep, of too little memory.
            what = f"{self.label} is not an array of numbers as numpy saves it"
            raise DataError(what) from None

    def as_rows(self) -> "ArrayTable":
        """Refuses what is not rows of numbers; returns itself."""
        array, named = self._array, bool(self.header)
        if not (array.ndim == 1 or (array.ndim == 2 and not named)):
            shape = " by ".join(map(str, array.shape))
            raise DataError(f"{self.label} has the shape {shape or 'of a number'}, not rows")
        if not named:
            self._check(self.label, array.dtype)
        return self

    def of(self, variables: Sequence[str], keep: bool = False) -> None:
        """Takes the columns of an array that has no names for these variables."""
        for name, column in zip(self.header, self.columns, strict=True):
            if column in variables:
                self._check(f"{name} in {self.label}", self._array.dtype[name])
        if self.columns or not variables:
            return
        columns = self._array.shape[1] if self._array.ndim == 2 else 1
        if columns != len(variables):
            raise DataError(
                f"{self.label} does not name its columns",
                hint=f"it would need one for each of {', '.join(variables)}, and has {columns}",
            )
        self.header = self.columns = list(variables)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        rows = rows_at_once(len(self.columns), self._few)
        for start in range(0, self.size, rows):
            yield start, min(start + rows, self.size)

    def table(self, chunk: Chunk, places: Sequence[int]) -> Table:
        """The numbers of the chunk in the columns at these places; rows are counted from 1 on."""
        numbers = np.empty((len(places), chunk[1] - chunk[0]))
        with np.errstate(over="ignore"):
            for row, place in enumerate(places):
                numbers[row] = self._column(chunk, place)
        finite = np.isfinite(numbers)
        bad = {}
        for row in np.flatnonzero(~finite.all(axis=0)).tolist():
            first = int(np.argmin(finite[:, row]))
            what = f"column {self.columns[places[first]]}: `{numbers[first, row]}`"
            bad[row] = Fault(places[first], f"{what} is not a finite number")
        return Table(numbers.T, range(chunk[0] + 1, chunk[1] + 1), bad)

    def whole(self, places: Sequence[int]) -> FloatArray:
        """The fields at these places side by side, or an array without names as it is.

        Raises `DataError` where one is not all finite numbers.
        """
        array, names = self._array, [self.header[place] for place in places]
        if not array.size:
            raise DataError(f"{self.label} has no rows of numbers")
        if array.size > MOST_KEPT // 8:
            raise DataError(f"{self.label} has more than {MOST_KEPT // 8:,} numbers")
        for kind in [array.dtype[name] for name in names] or [array.dtype]:
            self._check(self.label, kind)
        found = np.stack([array[name] for name in names], axis=-1) if names else array
        numbers = np.array(found, dtype=np.float64)
        if not np.isfinite(numbers).all():
            raise DataError(f"{self.label} holds a number that is not finite")
        return numbers

    def fields(self) -> Schema:
        """The types of the columns."""
        return fields_of(self.header, self.kept((0, 0)).columns)

    def kept(self, chunk: Chunk, table: Table | None = None) -> KeptFields:
        """The rows of the chunk."""
        return KeptFields([self._column(chunk, place) for place in range(len(self.columns))])

    def where(self, chunk: Chunk) -> str:
        """What is before the number of a row in a message."""
        return f"{self.label}, row"

    def close(self) -> None:
        """Nothing is open."""

    def done(self, chunk: Chunk) -> int:
        """How much of `size` the chunk is."""
        return int(chunk[1] - chunk[0])

    def _column(self, chunk: Chunk, place: int) -> Any:
        rows = self._array[slice(*chunk)]
        if rows.dtype.names:
            return rows[rows.dtype.names[place]]
        return rows[:, place] if rows.ndim > 1 else rows

    def _check(self, what: str, kind: Any) -> None:
        if kind.shape or kind.kind not in _NUMBERS:
            raise DataError(f"{what} holds {kind}, not numbers")


Points = TextTable | ArrayTable | ColumnTable


def points_in(given: str, written: Written = AS_RECOGNISED, few: bool = False) -> Points:
    """The points of a file, or of standard input. Raises `DataError` where there are none."""
    found = _table_in(given, written, few, "write the names of the variables there, as in x,y")
    return found.as_rows() if isinstance(found, ArrayTable) else found


def _table_in(given: str, written: Written, few: bool, hint: str) -> Points:
    if given.lower().endswith(".npy"):
        return ArrayTable(given, few)
    found = open_table(given, written)
    if found.kind == AN_ARRAY:
        return ArrayTable(given, few, found.stream)
    if found.kind:
        return ColumnTable(found.label, found.stream, found.kind, few)
    return TextTable(given, found, few, hint)


class Data:
    """One source of data, as it was given: `points.csv`, `X=features.csv`, `-`, and its encoding.

    Its columns are vectors, or all of them a matrix; `names` are those it has values for. The
    numbers are only read where they are asked for, so that a column of words does no harm. Raises
    `DataError` where there is nothing to read.
    """

    def __init__(self, given: str, written: Written = AS_RECOGNISED) -> None:
        self._written = written
        match = _MATRIX.fullmatch(given)
        self.matrix = match.group(1) if match else None
        self.path = match.group(2) if match else given
        self.label = label(self.path)

    @property
    def names(self) -> Sequence[str]:
        """The names of its columns, or of the matrix."""
        return [cell.strip() for cell in self._table.header] if not self.matrix else [self.matrix]

    def read(self, wanted: Collection[str]) -> dict[str, FloatArray]:
        """The values of those of the `wanted` names that it has.

        Raises `DataError` with the file, line and column of what is not a number.
        """
        places = {name: place for place, name in enumerate(self.names) if name in wanted}
        if not places:
            return {}
        if self.matrix:
            return {self.matrix: self._table.whole(range(len(self._table.header)))}
        for name in places:
            if self.names.count(name) > 1:
                raise DataError(f"{self.label} has two columns {name}")
        numbers = self._table.whole(list(places.values()))
        return {name: numbers[:, row].copy() for row, name in enumerate(places)}

    @property
    def note(self) -> str:
        """What it is read as, if that was not said."""
        return self._table.note

    @cached_property
    def _table(self) -> Points:
        hint = "" if self.matrix else "for a matrix without names: --data X=FILE"
        found = _table_in(self.path, self._written, False, hint)
        if isinstance(found, TextTable):
            return found.keep()
        if not (self.matrix or found.header):
            hint = f"for a matrix: --data X={self.label}"
            raise DataError(f"{self.label} does not name its columns", hint=hint)
        return found


def _kept(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
