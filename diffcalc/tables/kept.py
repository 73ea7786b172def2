"""The columns of a table that are written again beside the results, as each format wants them.

As rows of text, as whole lines of CSV, or as pyarrow's arrays, whose types are those of the table,
or the narrowest that give back what stands in the cells of a text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from diffcalc.base.encoded import foreign, legible
from diffcalc.base.errors import DiffcalcError, shortened
from diffcalc.tables import arrow
from diffcalc.tables.rows import rows_in
from diffcalc.tables.signs import POINT

Array = Any
"""One of pyarrow's."""
Schema = Any
"""The names and types of columns, as pyarrow has them."""


class Kept(Protocol):
    """What is kept of some rows of a table."""

    @property
    def foreign(self) -> bool:
        """Whether there are bytes that are not UTF-8."""

    def rows(self) -> Sequence[Sequence[str]]:
        """The rows as text, cell by cell."""

    def lines(self, delimiter: str) -> bytes | None:
        """The rows as lines of CSV, without line ends in cells; None where that needs work."""

    def arrays(self, schema: Schema) -> Sequence[Array]:
        """The columns in the types of the schema. Raises `MisfitError` where one does not fit."""


class MisfitError(DiffcalcError):
    """A cell of a text does not fit the type of those before it, in the column at this place."""

    def __init__(self, place: int, name: str, cell: str) -> None:
        what = f"column {name} has `{shortened(cell, 40)}`, other than what is before it"
        super().__init__(what, hint="a file can be read twice, standard input cannot: give a file")
        self.place = place
        # What it is made of again in another process.
        self.args = (place, name, cell)


# The types that cells of text may have, and what they then look like. The first that fits all is
# taken. An id 007 would lose its zeros as a number, and one of 16 digits its last ones as a
# float64: these are text.
_LOOKS = {
    "int64": r"^-?(0|[1-9]\d*)$",
    "double": r"^(nan|-?inf|-?(0|[1-9]\d{0,14})?(\.\d*)?([eE][+-]?\d+)?)$",
    "bool": r"^(true|false)$",
    "date32[day]": r"^\d{4}-\d\d-\d\d$",
    "timestamp[us]": r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?$",
}
_TEXT = "string"


def _cast(texts: Array, kind: str, decimal: str = POINT) -> Array | None:
    """The cells in the type of this name, null where one is empty; None where one does not fit."""
    from pyarrow import ArrowInvalid, compute, type_for_alias

    if kind == _TEXT:
        return texts
    cells = compute.utf8_trim_whitespace(texts)
    if kind == "double" and decimal != POINT:
        cells = compute.replace_substring(cells, decimal, POINT)
    cells = compute.if_else(compute.equal(cells, ""), None, cells)
    if not compute.all(compute.match_substring_regex(cells, _LOOKS[kind]), min_count=0).as_py():
        return None
    try:
        return compute.cast(cells, type_for_alias(kind))
    except ArrowInvalid:
        return None


def schema_of(names: Sequence[str], texts: Sequence[Array], decimal: str = POINT) -> Schema:
    """The narrowest types that fit these columns of text; without a cell, a column is text."""
    import pyarrow

    fields = []
    for name, column in zip(names, texts, strict=True):
        kinds = (k for k in _LOOKS if (c := _cast(column, k, decimal)) and c.null_count < len(c))
        fields.append((name, pyarrow.type_for_alias(next(kinds, _TEXT))))
    return pyarrow.schema(fields)


def widened(schema: Schema, place: int) -> Schema:
    """The schema with a type at this place that more cells fit."""
    from pyarrow import type_for_alias

    field = schema.field(place)
    wider = "double" if str(field.type) == "int64" else _TEXT
    return schema.set(place, field.with_type(type_for_alias(wider)))


@dataclass(frozen=True)
class KeptText:
    """What is kept of a chunk of text.

    `verbatim` has its rows, where each is a line without quotes and has as many cells as `header`.
    """

    text: bytes
    delimiter: str
    decimal: str
    header: Sequence[str]
    verbatim: bytes | None

    @property
    def foreign(self) -> bool:
        return foreign(self.text.decode(errors="surrogateescape"))

    def rows(self) -> Sequence[Sequence[str]]:
        text, count = self.text.decode(errors="surrogateescape"), len(self.header)
        return [(cells + [""] * count)[:count] for _, cells, _ in rows_in(text, self.delimiter)]

    def lines(self, delimiter: str) -> bytes | None:
        return self.verbatim if delimiter == self.delimiter else None

    def texts(self) -> Sequence[Array]:
        """The columns as they are typed; what is no UTF-8 is escaped."""
        import pyarrow

        columns = None
        if self.verbatim is not None and not self.foreign:
            columns = arrow.texts(self.verbatim, self.delimiter, len(self.header))
        if columns is None:
            cells = zip(*self.rows(), strict=True)
            columns = [pyarrow.array(map(legible, column), pyarrow.string()) for column in cells]
        return columns or [pyarrow.array([], pyarrow.string()) for _ in self.header]

    def arrays(self, schema: Schema) -> Sequence[Array]:
        found = []
        for place, (texts, field) in enumerate(zip(self.texts(), schema, strict=True)):
            kind = str(field.type)
            column = _cast(texts, kind, self.decimal)
            if column is None:
                cells = (texts[at : at + 1] for at in range(len(texts)))
                cell = next(c for c in cells if _cast(c, kind, self.decimal) is None)
                raise MisfitError(place, field.name, str(cell[0]))
            found.append(column)
        return found


@dataclass(frozen=True)
class KeptColumns:
    """What is kept of a record batch of pyarrow's, of the table that is called `label`."""

    batch: Any
    label: str
    foreign = False

    def rows(self) -> Sequence[Sequence[str]]:
        return list(zip(*(texts.to_pylist() for texts in self._texts()), strict=True))

    def lines(self, delimiter: str) -> bytes | None:
        from pyarrow import compute

        columns = []
        for column in self._texts():
            texts = column
            if compute.any(compute.match_substring(texts, "\n")).as_py():
                return None
            odd = compute.match_substring_regex(texts, f'["\r{re.escape(delimiter)}]')
            if compute.any(odd).as_py():
                doubled = compute.replace_substring(texts, '"', '""')
                quoted = compute.binary_join_element_wise('"', doubled, '"', "")
                texts = compute.if_else(odd, quoted, texts)
            columns.append(texts)
        return arrow.joined(columns, delimiter)

    def _texts(self) -> Sequence[Array]:
        return [arrow.cells(column) for column in self.batch.columns]

    def arrays(self, schema: Schema) -> Sequence[Array]:
        from pyarrow import ArrowException, types

        found = []
        for column, field in zip(self.batch.columns, schema, strict=True):
            try:
                # Text may look like a number, and is none.
                if types.is_string(column.type) != types.is_string(field.type):
                    raise ValueError
                found.append(column.cast(field.type))
            except (ArrowException, ValueError):
                # The first of several files has another type there.
                what = f"{field.name} in {self.label} holds {column.type}, not {field.type}"
                raise DiffcalcError(what) from None
        return found


@dataclass(frozen=True)
class Reordered:
    """What is kept of a table that has its columns in another order: `order` has their places."""

    kept: Kept
    order: Sequence[int]

    @property
    def foreign(self) -> bool:
        return self.kept.foreign

    def rows(self) -> Sequence[Sequence[str]]:
        return [[row[place] for place in self.order] for row in self.kept.rows()]

    def lines(self, delimiter: str) -> bytes | None:
        return self.kept.lines(delimiter) if self.order == [*range(len(self.order))] else None

    def arrays(self, schema: Schema) -> Sequence[Array]:
        import pyarrow

        there = pyarrow.schema([schema.field(self.order.index(i)) for i in range(len(self.order))])
        try:
            found = self.kept.arrays(there)
        except MisfitError as error:
            _, name, cell = error.args
            raise MisfitError(self.order.index(error.place), name, cell) from None
        return [found[place] for place in self.order]


@dataclass(frozen=True)
class KeptFields:
    """What is kept of rows of a numpy array, a column each."""

    columns: Sequence[Any]

    @property
    def foreign(self) -> bool:
        return any(foreign(cell) for row in self.rows() for cell in row)

    def rows(self) -> Sequence[Sequence[str]]:
        lists = zip(*(column.tolist() for column in self.columns), strict=True)
        return [list(map(_text, row)) for row in lists]

    def lines(self, delimiter: str) -> bytes | None:
        return None

    def arrays(self, schema: Schema) -> Sequence[Array]:
        return list(map(_arrow_of, self.columns))


# What pyarrow has too: numbers, and times in these units.
_SHARED = re.compile(r"b1|[iu][1248]|f[248]|M8\[(D|s|ms|us|ns)\]")


def _arrow_of(column: Any) -> Array:
    """A column of numpy's as one of pyarrow's; what that does not know, as text."""
    import pyarrow

    kind = column.dtype.newbyteorder("=")
    if _SHARED.fullmatch(kind.str[1:]):
        return pyarrow.array(column.astype(kind))
    return pyarrow.array(map(legible, map(_text, column.tolist())), pyarrow.string())


def fields_of(names: Sequence[str], columns: Sequence[Any]) -> Schema:
    """The types that `KeptFields` of columns like these have."""
    import pyarrow

    return pyarrow.schema([(n, _arrow_of(c[:0]).type) for n, c in zip(names, columns, strict=True)])


def _text(cell: object) -> str:
    # numpy's text may have lone surrogates, which no encoding has: they are kept as bytes too.
    text = cell if isinstance(cell, bytes) else str(cell).encode(errors="surrogatepass")
    return text.decode(errors="surrogateescape")
