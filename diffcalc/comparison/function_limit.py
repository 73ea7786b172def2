"""The limit of a function itself, from either side of a point or far away.

It is proved by series where they reach: the leading term on each side, and far away in 1/x. Where
they do not, values of many digits next to the point show it. No derivative is involved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import mpmath
import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import MpNumber
from diffcalc.comparison.truths import side_of
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.point import Point, check_point, values_of
from diffcalc.numerical.definition import DIGITS, Known, Side, observe_limit
from diffcalc.numerical.restriction import dynamic_range
from diffcalc.truth.proof import Prover

# The values beside the point are right to all digits of a float64.
_ENOUGH = 60
_NAMES = ("t", "s", "r", "u")


class Beside(NamedTuple):
    """Values at one distance: x less h and x more h, and f there; far away x is 1/h alone."""

    h: float
    left: MpNumber | None
    right: MpNumber | None


@dataclass(frozen=True)
class FunctionLimit:
    """What f does as the variable `name` tends to `to`: a value as typed, +∞ or -∞.

    `left` and `right` tell of either side; far away there is one side, the `left` towards +∞.
    """

    expression: Expression
    name: str
    to: str
    left: Side | None
    right: Side | None
    known: Known | None
    assuming: tuple[str, ...]
    rows: Sequence[Beside]
    digits: int = 17
    """How many digits of it are shown."""

    @property
    def sides(self) -> list[Side]:
        """Those on which f has values, or is not known to have none."""
        return [one for one in (self.left, self.right) if one and one.behaviour != "outside"]

    @property
    def value(self) -> MpNumber:
        """The limit, perhaps infinite; nan where there is none, or it is not known."""
        values: list[MpNumber] = [one.value for one in self.sides]
        known = self.known is not None and bool(values)
        same = known and all(_same(values[0], one) for one in values)
        none: MpNumber = mpmath.nan
        return values[0] if same else none


def function_limit(
    expression: Expression,
    point: Point,
    name: str,
    far: int = 0,
    *,
    digits: int | None = None,
) -> FunctionLimit:
    """The limit at the value that `point` has for `name`, or `far` away: 1 for +∞, -1 for -∞.

    Raises `PointError` where values are missing, or are no single numbers.
    """
    moved, at, place = expression, dict(point), name
    if far:
        place = next(each for each in _NAMES if each not in expression.variables)
        moved = _inverted(expression, name, place, far)
        at = {n: v for n, v in point.items() if n != name} | {place: values_of(0, typed=True)}
    _check(moved, at, name)
    moved = _moving(moved, place)
    shown, digits = digits or 17, digits or DIGITS
    prover = Prover(moved, {n: at[n].constants for n in moved.variables}, digits=digits)
    told: dict[int, Side] = {}
    known: Known | None = "proved"
    assuming: tuple[str, ...] = ()
    for side in (1,) if far else (-1, 1):
        found, assumed = prover.limit((place, ()), side)
        assuming += tuple(one for one in assumed if one not in assuming)
        if found.behaviour != "unknown":
            told[side] = side_of(found)
            continue
        known = "observed"
        told[side] = _observed(moved, at, place, side, digits)
        if told[side].behaviour == "unsettled":
            known = None
            break
    if known == "proved" and assuming:
        known = "assumed"
    left, right = (told.get(1), None) if far == 1 else (told.get(-1), told.get(1))
    to = {0: str(at[place]), 1: "+∞", -1: "-∞"}[far]
    rows = _rows(moved, at, place, (1,) if far else (-1, 1))
    return FunctionLimit(expression, name, to, left, right, known, assuming, rows, shown)


def _inverted(expression: Expression, name: str, place: str, sign: int) -> Expression:
    """f(1/t), or f(-1/t)."""
    builder = Builder()
    leaves = {n: builder.add("variable", content=n) for n in expression.variables if n != name}
    one = builder.add("number", content=Fraction(1))
    above = one if sign > 0 else builder.add("neg", one)
    leaves[name] = builder.add("div", above, builder.add("variable", content=place))
    return builder.finish(builder.splice(expression, leaves), expression.text)


def _moving(expression: Expression, name: str) -> Expression:
    """The function, plus 0*x where x is not in it: the prover leaves out what stands still."""
    if name in expression.variables and expression.depending_on(name)[-1]:
        return expression
    builder = Builder()
    leaves = {n: builder.add("variable", content=n) for n in (*expression.variables, name)}
    nothing = builder.add("mul", builder.add("number", content=Fraction(0)), leaves[name])
    value = builder.splice(expression, leaves)
    return builder.finish(builder.add("add", value, nothing), expression.text)


def _check(expression: Expression, point: Point, name: str) -> None:
    for each in expression.variables:
        if each in point and point[each].shape:
            raise PointError(f"{each} must be a single number: a limit is of one function")
    if check_point(expression, point):
        raise PointError("a limit is of one function", hint="its value must be a single number")


def _values(point: Point, expression: Expression) -> dict[str, MpNumber]:
    return {name: point[name].exactly().item() for name in expression.variables}


def _observed(expression: Expression, point: Point, name: str, side: int, digits: int) -> Side:
    """What values of many digits show."""
    with mpmath.mp.workdps(DIGITS):
        spread = dynamic_range(expression, _values(point, expression))

    def f(x: MpNumber) -> MpNumber:
        value: MpNumber = expression(exact(), **_values(point, expression) | {name: x})
        return value

    return observe_limit(f, lambda: point[name].exactly().item(), side, digits, spread)


def _rows(expression: Expression, point: Point, name: str, sides: Sequence[int]) -> list[Beside]:
    """The values at 0.1, 0.01, … from the point; without round-off."""
    found = []
    with mpmath.mp.workdps(_ENOUGH):
        values = _values(point, expression)
        for k in range(1, 7):
            h = mpmath.mpf(10) ** -k
            at = {s: expression(exact(), **values | {name: values[name] + s * h}) for s in sides}
            found.append(Beside(float(h), at.get(-1), at.get(1)))
    return found


def _same(a: MpNumber, b: MpNumber) -> bool:
    return bool(a == b or np.isclose(float(a), float(b), rtol=1e-15, atol=0))
