"""Parquet and Arrow files (Feather is one) as tables of numbers, read by pyarrow in batches."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import numpy as np

from diffcalc.base.encoded import pyarrow_for
from diffcalc.base.types import FloatArray
from diffcalc.language.tokens import spelled
from diffcalc.tables.kept import Kept, KeptColumns, Schema
from diffcalc.tables.opening import MOST_KEPT, DataError, readable
from diffcalc.tables.parse import Fault, Table

# Some megabytes of numbers and of results; of fewer rows the interpreter's share would show.
_NUMBERS, _ROWS = 1 << 19, 1 << 17
# Where a row takes long, so few that the first ones come soon.
_FEW_ROWS = 1 << 5
# So much is read of a column at once, however long it is.
_BUFFER = 1 << 20
Rows = Any
"""The number of the first row, a record batch of pyarrow's, and how much of the file it is."""


def rows_at_once(columns: int, few: bool = False) -> int:
    """How many rows a chunk has, of so many columns; or some dozens if only a few are wanted."""
    return _FEW_ROWS if few else max(_ROWS, _NUMBERS // max(columns, 1))


class ColumnTable:
    """The rows of a Parquet or Arrow file; of its columns only those are read that are used."""

    note, typed = "", False

    def __init__(self, label: str, stream: IO[bytes], kind: str, few: bool) -> None:
        self.label, self._few = label, few
        with ExitStack() as refused:
            refused.callback(stream.close)
            pyarrow_for(f"{label}, of {kind},")
            with readable(label), self._refusing():
                self._file = _FILES[kind](_seekable(stream, label))
            refused.pop_all()
        self._schema, self.size = self._file.schema, self._file.size
        self.header = list(self._schema.names)
        self.columns = [spelled(name) for name in self.header]
        self._wanted: Sequence[int] = range(len(self.header))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """What pyarrow does not read, in one line."""
        from pyarrow import ArrowException

        try:
            yield
        except (ArrowException, OSError, ValueError) as error:
            if getattr(error, "errno", None):
                raise
            said = (str(error).splitlines() or [""])[0].rstrip(".")
            raise DataError(f"{self.label} cannot be read by pyarrow: {said}") from None

    def of(self, variables: Sequence[str], keep: bool = False) -> None:
        """Reads only the columns of these variables, unless all are to be kept."""
        places = [place for place, name in enumerate(self.columns) if name in variables]
        for place in places:
            self._check(place)
        if not keep:
            # Without a column there would be no rows.
            self._wanted = places or [0]

    def _check(self, place: int) -> None:
        check_kind(f"{self.header[place]} in {self.label}", self._schema.field(place).type)

    def fields(self) -> Schema:
        """The types of the columns that are kept."""
        return self._schema.remove_metadata()

    def chunks(self) -> Iterator[Rows]:
        """The rows, some thousands at a time, or some dozens if only `few` are wanted."""
        first, rows = 0, rows_at_once(len(self._wanted), self._few)
        with readable(self.label), self._refusing(), self._file.source:
            for batch, done in self._file.batches(rows, self._wanted):
                yield first, batch, done
                first += len(batch)

    def table(self, chunk: Rows, places: Sequence[int]) -> Table:
        """The numbers of the chunk in the columns at these places; rows are counted from 1 on."""
        first, batch, _ = chunk
        columns = [batch.column(self._wanted.index(place)) for place in places]
        return numbers_of([self.header[place] for place in places], columns, len(batch), first)

    def whole(self, places: Sequence[int]) -> FloatArray:
        """All rows of the columns at these places. Raises `DataError` where one is bad."""
        self._wanted = list(dict.fromkeys(places))
        list(map(self._check, places))
        tables, size = [], 0
        for chunk in self.chunks():
            tables.append(table := self.table(chunk, places))
            for row, (_, reason) in table.bad.items():
                raise DataError(f"{self.label}, row {table.lines[row]}, {reason}")
            size += table.numbers.size
            if size > MOST_KEPT // 8:
                raise DataError(f"{self.label} has more than {MOST_KEPT // 8:,} numbers")
        if not size:
            raise DataError(f"{self.label} has no rows of numbers")
        return np.concatenate([table.numbers for table in tables])

    def kept(self, chunk: Rows, table: Table) -> Kept:
        """The rows of the chunk, of columns that have types."""
        return KeptColumns(chunk[1], self.label)

    def where(self, chunk: Rows) -> str:
        """What is before the number of a row in a message."""
        return f"{self.label}, row"

    def close(self) -> None:
        """Reads no more of it."""
        self._file.source.close()

    def done(self, chunk: Rows) -> int:
        """How much of `size` the chunk is."""
        return int(chunk[2])

    def __getstate__(self) -> dict[str, Any]:
        # To other processes go chunks, not the file.
        return {k: v for k, v in self.__dict__.items() if k != "_file"}


def check_kind(what: str, kind: Any) -> None:
    """Raises `DataError` where values of this type of pyarrow's are no numbers."""
    from pyarrow import types

    value = kind.value_type if types.is_dictionary(kind) else kind
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    if not (types.is_null(value) or any(test(value) for test in tests)):
        raise DataError(f"{what} holds {kind}, not numbers")


def numbers_of(names: Sequence[str], columns: Sequence[Any], rows: int, first: int = 0) -> Table:
    """The numbers of so many rows of columns of pyarrow's, behind the `first` ones."""
    numbers = np.empty((len(columns), rows))
    bad: dict[int, Fault] = {}
    for row, (name, column) in enumerate(zip(names, columns, strict=True)):
        numbers[row] = _floats(column)
        for at in np.flatnonzero(~np.isfinite(numbers[row])).tolist():
            why = f"`{numbers[row, at]}` is not a finite number"
            if not column[at].is_valid:
                why = "a number is missing"
            bad.setdefault(at, Fault(row, f"column {name}: {why}"))
    return Table(numbers.T, range(first + 1, first + rows + 1), bad)


class _Parquet:
    """A Parquet file: its size is counted in rows."""

    def __init__(self, source: Any) -> None:
        from pyarrow import parquet

        self.source = source
        # Threads would not be there in a process that is forked from this one.
        self._file = parquet.ParquetFile(source, buffer_size=_BUFFER, pre_buffer=False)
        self.schema, self.size = self._file.schema_arrow, self._file.metadata.num_rows

    def batches(self, rows: int, places: Sequence[int]) -> Iterator[tuple[Any, int]]:
        """Batches of so many rows of the columns at these places, and how much each is."""
        names = [self.schema.names[place] for place in places]
        for batch in self._file.iter_batches(rows, columns=names, use_threads=False):
            yield batch, len(batch)


class _Arrow:
    """An Arrow file: its size is counted in batches, which may have any number of rows."""

    def __init__(self, source: Any) -> None:
        from pyarrow import ipc

        self.source = source
        found = ipc.open_file(source)
        self.schema, self.size = found.schema, found.num_record_batches

    def batches(self, rows: int, places: Sequence[int]) -> Iterator[tuple[Any, int]]:
        """Batches of so many rows of the columns at these places, and how much each is."""
        from pyarrow import ipc

        options = ipc.IpcReadOptions(included_fields=list(places), use_threads=False)
        found = ipc.open_file(self.source, options=options)
        for number in range(found.num_record_batches):
            batch = found.get_batch(number)
            for start in range(0, len(batch), rows):
                yield batch.slice(start, rows), int(start + rows >= len(batch))


_FILES: dict[str, Any] = {"Parquet": _Parquet, "Arrow": _Arrow}


def _seekable(stream: IO[bytes], label: str) -> Any:
    """The stream as pyarrow reads it; all of one that has no places to go to."""
    import pyarrow

    if stream.seekable():
        return pyarrow.PythonFile(stream, "r")
    with stream:
        content = stream.read(MOST_KEPT + 1)
    if len(content) > MOST_KEPT:
        raise DataError(f"{label} is longer than {MOST_KEPT:,} bytes", hint="give a file")
    return pyarrow.PythonFile(io.BytesIO(content), "r")


def _floats(column: Any) -> FloatArray:
    """The numbers as float64, each the nearest; nan where one is null."""
    import pyarrow
    from pyarrow import types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_decimal(column.type):
        # pyarrow's own way from a decimal to a float64 is not always to the nearest.
        column = column.cast(pyarrow.string())
    numbers = column.cast(pyarrow.float64(), safe=False)
    found: FloatArray = numbers.to_numpy(zero_copy_only=False)
    return found
