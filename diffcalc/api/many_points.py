"""Values and derivatives at many points: arrays in, arrays out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from diffcalc.api.given import as_expression, as_names, as_point, point_error
from diffcalc.api.results import Named

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.tables.parse import Table


def batch(
    expression: "str | Expression",
    columns: Mapping[str, Any],
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    timeout: float = 10.0,
    **values: Any,
) -> Named:
    """The value and the derivatives at many points: `columns` has arrays of one length.

    They may be a table or a record batch of pyarrow's. The result has arrays of that length: f, and
    each derivative by its variable, nan where there is none; `faults` says why, by the row, and
    `to_arrow()` is a record batch of f, df/dx and so on. As Spark, Ray and Dask need it, what is
    given may be sent to other processes: `functools.partial(diffcalc.batch, "x^2*y")`.

    >>> import diffcalc
    >>> result = diffcalc.batch("x^2*y", {"x": [1, 2], "y": [3, 4]})
    >>> result["x"].tolist(), result["f"].tolist()
    ([6.0, 16.0], [3.0, 16.0])
    """
    from diffcalc.comparison.many_points import Batch, check_columns
    from diffcalc.language.expression import function_name

    named = _by_column(columns)
    point = as_point(at, values)
    f = as_expression(expression, [*named, *point, *as_names(wrt)])
    names = as_names(wrt) or list(f.variables)
    check_columns(f, "the table", list(named), point, names)
    used = {name: column for name, column in named.items() if name in f.variables}
    table = _table(used, named)
    found = Batch(f, list(used), point, names, timeout).gradients(table)
    result = {function_name(f.variables): found.numbers[:, 0]}
    result |= {f"{n}": found.numbers[:, k] for k, n in enumerate(names, start=1)}
    bad = len(found.marks)
    verdict = f"{len(found.numbers):,} points" + (f", {bad:,} without derivatives" if bad else "")

    return _Batch(found, f"batch of {f}", _in_columns(result), verdict, result)


def _in_columns(result: Mapping[str, Any]) -> Any:
    from diffcalc.render.lines import csv_line, json_line

    def write(style: str, stream: TextIO) -> None:
        rows = [dict(zip(result, row, strict=True)) for row in zip(*result.values(), strict=True)]
        if style == "json":
            told = [{n: float(v) if v == v else None for n, v in row.items()} for row in rows]  # noqa: PLR0124
            stream.write(json_line({"rows": told}) + "\n")
            return
        stream.write(csv_line(result) + "\n")
        stream.writelines(csv_line(repr(float(v)) for v in row.values()) + "\n" for row in rows)

    return write


def _by_column(columns: Any) -> dict[str, Any]:
    """The columns by name, of a mapping, or of a table of pyarrow's."""
    from diffcalc.language.tokens import spelled

    if hasattr(columns, "items"):
        return {spelled(str(name)): column for name, column in columns.items()}
    if not hasattr(columns, "schema"):
        raise point_error("the columns must be a dict of arrays, or a table of pyarrow's")
    names = list(map(spelled, columns.schema.names))
    for name in names:
        if names.count(name) > 1:
            raise point_error(f"the table has two columns {name}")
    return dict(zip(names, columns.columns, strict=True))


def _table(used: Mapping[str, Any], named: Mapping[str, Any]) -> "Table":
    """The numbers of the columns that are used; all that are named must be of one length."""
    import numpy as np

    from diffcalc.tables.columns import check_kind, numbers_of
    from diffcalc.tables.parse import Table

    if named and all(hasattr(column, "null_count") for column in named.values()):
        for name, column in used.items():
            check_kind(name, column.type)
        whole = [getattr(c, "combine_chunks", lambda c=c: c)() for c in used.values()]
        return numbers_of(list(used), whole, len(next(iter(named.values()))))
    shapes: set[tuple[int, ...]] = set()
    with suppress(ValueError):
        # Lists within a list may have any lengths.
        shapes = {np.shape(column) for column in named.values()}
    if len(shapes) != 1 or any(len(shape) != 1 for shape in shapes):
        raise point_error("the columns must be arrays of one length")
    numbers = np.empty((*shapes.pop(), len(used)))
    for place, (name, column) in enumerate(used.items()):
        try:
            numbers[:, place] = column
        except (TypeError, ValueError, OverflowError):
            raise point_error(f"{name} holds what is no number") from None
    return Table(numbers, np.arange(1, len(numbers) + 1), {})


class _Batch(Named):
    def to_arrow(self) -> Any:
        """A record batch of pyarrow's: f, and the derivatives as df/dx."""
        from diffcalc.base.encoded import pyarrow_for

        pyarrow = pyarrow_for("a record batch")
        value, *wrt = self
        names = [value, *(f"d{value}/d{name}" for name in wrt)]
        return pyarrow.record_batch(list(self._by_name.values()), names=names)

    @property
    def faults(self) -> dict[int, str]:
        """Why rows have no derivatives."""
        from diffcalc.render.reasons import fault_sentence

        return {row: fault_sentence(mark) for row, mark in self.found.marks.items()}
