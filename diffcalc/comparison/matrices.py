"""Matrices of derivatives: the Hessian of one function and the Jacobian of several, three ways."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.comparison.compare import Comparison, compare_row, second_derivatives
from diffcalc.comparison.partial_derivatives import Element
from diffcalc.comparison.verdict import Asymmetric, Judgement, Verdict, worst
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import (
    Point,
    Values,
    check_names,
    check_point,
    check_values,
    split,
    values_of,
)
from diffcalc.numerical.definition import DIGITS


@dataclass(frozen=True)
class Matrix:
    """Derivatives in rows and columns, each compared three ways.

    Row i, column j of a Jacobian is the derivative of function i in variable j; of a Hessian, that
    in variable i of the derivative in variable j. A Jacobian `by_variable` is in gradient layout:
    each column is the gradient of a function.
    """

    kind: Literal["Hessian", "Jacobian"]
    point: Point
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[tuple[Element, ...], ...]
    compared: tuple[tuple[str, Comparison], ...]
    """What is behind the entries: of each row's function its name and its comparison."""
    joint: Judgement | None = None
    """What is to be said of several entries together."""
    by_variable: bool = False

    @property
    def transposed(self) -> "Matrix":
        """The same matrix in the other layout."""
        entries = tuple(zip(*self.entries, strict=True))
        return replace(
            self,
            rows=self.columns,
            columns=self.rows,
            entries=entries,
            by_variable=not self.by_variable,
        )

    @property
    def layout(self) -> str:
        """What rows and columns are, in words."""
        if self.kind == "Hessian":
            return "row and column: the variables"
        if self.by_variable:
            return "row: variable, column: function (gradient layout)"
        return "row: function, column: variable (Jacobian layout)"

    @property
    def shown(self) -> list[tuple[str, Comparison]]:
        """Each function once, also where its value has several elements."""
        whole = [(name.partition("[")[0], comparison) for name, comparison in self.compared]
        return list({name: (name, comparison) for name, comparison in whole}.values())

    @property
    def elements(self) -> list[Element]:
        """Every entry, row by row."""
        return [element for row in self.entries for element in row]

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts."""
        joint = self.joint.verdict if self.joint else None
        return worst([*(comparison.verdict for _, comparison in self.compared), joint])


_DECIMAL_COMMA = re.compile(r"\d,\d")


def read_functions(text: str, read: Callable[[str], Expression]) -> list[Expression]:
    """`[f1, f2]` as expressions, in round brackets or none too; or a single one.

    `read` reads each. Raises what `read` raises, with the caret in `text`.
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    opening, closing = text[start:end][:1], _closing(text, start)
    if opening == "[" and closing is None:
        raise PointError("this bracket is never closed", text=text, column=start)
    inside = opening in ("[", "(") and closing == end - 1
    pieces = list(split(text, start + inside, end - inside))
    if opening == "[" and inside:
        return [_piece(piece, text, read) for piece in pieces]
    try:
        return [read(text)]
    except DiffcalcError:
        # 1,5*x is a number with a comma.
        if len(pieces) < 2 or _DECIMAL_COMMA.search(text):
            raise
    return [_piece(piece, text, read) for piece in pieces]


def _piece(piece: tuple[str, int], whole: str, read: Callable[[str], Expression]) -> Expression:
    text, column = piece
    if not text.strip():
        raise PointError("a function is missing", text=whole, column=column)
    try:
        return read(text)
    except DiffcalcError as error:
        raise error.inside(whole, column) from None


def _closing(text: str, opening: int) -> int | None:
    """Where the bracket that opens there is closed."""
    depth = 0
    for column in range(opening, len(text)):
        depth += (text[column] in "([") - (text[column] in ")]")
        if not depth:
            return column
    return None


def hessian(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    gradient: Values | None = None,
    digits: int = DIGITS,
    count: int = 0,
) -> Matrix:
    """The matrix of second derivatives at `point`; arguments and errors as of `compare`.

    Of each entry that is not mixed there are `count` difference quotients.
    """
    found = second_derivatives(
        expression, point, wrt=wrt, gradient=gradient, digits=digits, count=count
    )
    by_names = {tuple(p.name for p in element.places): element for element in found.elements}
    names = tuple(dict.fromkeys(name for name, _ in by_names))
    entries = tuple(tuple(by_names[column, row] for column in names) for row in names)
    return Matrix(
        "Hessian", point, names, names, entries,
        ((function_name(expression.variables), found),), _asymmetry(entries),
    )  # fmt: skip


def _asymmetry(entries: Sequence[Sequence[Element]]) -> Judgement | None:
    """Mixed derivatives that differ with the order, as continuous ones never do (Schwarz)."""
    for i, row in enumerate(entries):
        for j, one in enumerate(row[:i]):
            other = entries[j][i]
            if not (one.truth.exists and other.truth.exists):
                continue
            a, b = one.truth.derivative, other.truth.derivative
            if abs(a - b) > 1e-20 * max(abs(a), abs(b)):
                first, second = (place.name for place in one.places)
                found = Asymmetric(first, second, a, b)
                return Judgement(Verdict.NOT_DIFFERENTIABLE, "asymmetric", found, {})
    return None


def jacobian(
    expressions: Sequence[Expression],
    point: Point,
    *,
    wrt: Sequence[str] = (),
    digits: int = DIGITS,
    count: int = 0,
) -> Matrix:
    """The matrix of the derivatives of each function in each variable at `point`.

    A function whose value is a vector gives one row for each element. Arguments and errors as of
    `compare`.
    """
    names = _variables(expressions, point, wrt)
    name = function_name([v.rstrip("0123456789") for e in expressions for v in e.variables])
    several = len(expressions) > 1
    compared = [
        row
        for position, expression in enumerate(expressions, start=1)
        for row in _rows(
            f"{name}{position}" * several or name, expression, point, names, digits, count
        )
    ]
    entries = tuple(tuple(comparison.elements) for _, comparison in compared)
    columns = tuple(element.name for element in entries[0])
    rows = tuple(row for row, _ in compared)
    return Matrix("Jacobian", point, rows, columns, entries, tuple(compared))


def _variables(
    expressions: Sequence[Expression], point: Point, wrt: Sequence[str]
) -> tuple[str, ...]:
    known = dict.fromkeys(name for e in expressions for name in e.variables)
    shown = "[" + ", ".join(map(str, expressions)) + "]"
    if not known:
        raise PointError(f"{shown} has no variable to differentiate in")
    check_values(expressions, point)
    check_names([*wrt, *point], list(known), shown)
    return tuple(dict.fromkeys(wrt or point))


def _rows(
    name: str, expression: Expression, point: Point, wrt: Sequence[str], digits: int, count: int
) -> list[tuple[str, Comparison]]:
    """One function's rows: itself, or each element of its value by its own external gradient."""
    shape = check_point(expression, point, extra=True)
    found = []
    for index in np.ndindex(shape):
        gradient = np.zeros(shape)
        gradient[index] = 1
        result = compare_row(expression, point, wrt, values_of(gradient), digits, count)
        found.append((name + "".join(f"[{i}]" for i in index), result))
    return found
