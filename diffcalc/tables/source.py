"""Columns of numbers from files: each a vector by the name in the header, or all as one matrix.

`points.csv` gives its columns, `X=features.csv` the whole table as the matrix X. The same of tables
with tabs (.tsv), of numpy's arrays (.npy, whose named fields are columns), and of `-`, which is
standard input.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from diffcalc.base.encoded import UTF_8, label, opened
from diffcalc.base.errors import DiffcalcError
from diffcalc.base.types import FloatArray
from diffcalc.tables import parse

_MATRIX = re.compile(r"([^\W\d]\w*)=(.+)", re.DOTALL)


class DataError(DiffcalcError):
    """A file of data cannot be read, or holds something that is not a finite number."""


class Data:
    """One source of data, as it was given: `points.csv`, `X=features.csv`, `-`, and its encoding.

    `names` are those it has values for. The numbers are only read where they are asked for, so that
    a column of words does no harm. Raises `DataError` where there is nothing to read.
    """

    def __init__(self, given: str, encoding: str = UTF_8) -> None:
        self._encoding = encoding
        match = _MATRIX.fullmatch(given)
        self.matrix = match.group(1) if match else None
        self.path = match.group(2) if match else given
        self.label = label(self.path)

    @property
    def names(self) -> Sequence[str]:
        """The names of its columns, or of the matrix."""
        return self._table.columns if self.matrix is None else [self.matrix]

    def read(self, wanted: Collection[str]) -> dict[str, FloatArray]:
        """The values of those of the `wanted` names that it has.

        Raises `DataError` with the file, line and column of what is not a number.
        """
        names = [name for name in self.names if name in wanted]
        if not names:
            return {}
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise DataError(f"{self.label} has two columns {twice[0]}")
        with readable(self.label):
            if self.matrix is not None:
                return {self.matrix: self._table.numbers(self._table.columns)}
            numbers = self._table.numbers(names)
            return {name: numbers[:, place].copy() for place, name in enumerate(names)}

    @cached_property
    def _table(self) -> "_Text | _Numpy":
        with readable(self.label):
            if self.path.lower().endswith(".npy"):
                return _Numpy(self.label, load(self.path), self.matrix)
            with opened(self.path, self._encoding) as stream:
                text = stream.read().decode("utf-8-sig", "surrogateescape")
            delimiter = "\t" if self.path.lower().endswith(".tsv") else ","
            return _Text(self.label, text, delimiter, self.matrix)


@contextmanager
def readable(label: str) -> Iterator[None]:
    """What goes wrong while a file is read, as a `DataError` in the user's words."""
    try:
        yield
    except OSError as error:
        name = error.filename or label
        raise DataError(f"cannot read {name}: {error.strerror or error}") from None
    except csv.Error as error:
        raise DataError(f"{label} is not a table: {error}") from None


def load(path: str, **how: Any) -> Any:
    """What numpy has saved in a file. Raises `OSError` and `MemoryError` as `numpy.load` does."""
    try:
        return np.load(path, **how)
    except (OSError, MemoryError):
        raise
    except Exception:
        # Of what the bytes say there, each part of numpy's reader complains in its own way.
        raise DataError(f"{label(path)} is not an array of numbers as numpy saves it") from None


class _Text:
    """A table as text: a header, which a matrix may lack, and rows; empty lines are skipped."""

    def __init__(self, label: str, text: str, delimiter: str, matrix: str | None) -> None:
        self._label, self._delimiter = label, delimiter
        stream = io.StringIO(text, newline="")
        reader = csv.reader(stream, delimiter=delimiter)
        first = next(filter(None, reader), [])
        if not first:
            raise DataError(f"{label} is empty")
        header = not all(_is_number(cell) for cell in first)
        self._above = reader.line_num if header else 0
        self._rows = stream.read() if header else text
        self.columns = [cell.strip() for cell in first]
        if not header and matrix is None:
            raise DataError(
                f"the first line of {label} does not name the columns",
                hint="for a matrix without names: --data X=FILE",
            )
        if not header:
            self.columns = [str(place) for place, _ in enumerate(first, start=1)]

    def numbers(self, names: Sequence[str]) -> FloatArray:
        """The columns of these names, as the columns of a matrix."""
        places = list(range(len(self.columns)))
        if names != self.columns:
            places = [self.columns.index(name) for name in names]
        table = parse.parse(
            self._rows.encode(errors="surrogateescape"), self._delimiter, len(self.columns), places
        )
        if table.bad:
            row, fault = next(iter(table.bad.items()))
            where = f"{self._label}, line {self._above + table.lines[row]}"
            if fault.place is not None:
                where += f", column {self.columns[fault.place]}"
            raise DataError(f"{where}: {fault.reason}")
        if not table.lines:
            raise DataError(f"{self._label} has no rows of numbers")
        return table.numbers


def _is_number(cell: str) -> bool:
    try:
        parse.number(cell)
    except ValueError:
        return False
    return True


class _Numpy:
    """An array from a file: its named fields are columns; without names it is a matrix."""

    def __init__(self, label: str, content: Any, matrix: str | None) -> None:
        if not isinstance(content, np.ndarray):
            raise DataError(f"{label} holds several arrays", hint="save one as .npy")
        self._label, self._content = label, content
        self.columns: Sequence[str] = list(content.dtype.names or ())
        if matrix is None and not self.columns:
            raise DataError(
                f"{label} does not name its columns", hint=f"for a matrix: --data X={label}"
            )

    def numbers(self, names: Sequence[str]) -> FloatArray:
        """The columns of these names, as the columns of a matrix; without names, the array."""
        columns = [self._content[name] for name in names]
        for column in columns or [self._content]:
            if column.dtype.kind not in "biuf":
                raise DataError(f"{self._label} holds {column.dtype}, not numbers")
        found = np.stack(columns, axis=-1) if columns else self._content
        numbers = np.asarray(found, dtype=np.float64)
        if not np.all(np.isfinite(numbers)):
            raise DataError(f"{self._label} holds a number that is not finite")
        return numbers
