"""The curve F(x, y) = 0 near a point of it, as the graph of a function y(x), by solving for y.

No derivative formula is used: what is asked for is y beside the point, in float64.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from diffcalc.base.decimals import decimal
from diffcalc.base.numbers import MpNumber
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.language.point import Point
from diffcalc.numerical.definition import DIGITS
from diffcalc.numerical.round_off import EPSILON
from diffcalc.truth.cover import Coverer
from diffcalc.truth.line import Line
from diffcalc.truth.proof import Prover
from diffcalc.truth.zero import Place

# A secant step at a double root gains a bit or so; a simple one takes a few steps.
_MOST_STEPS = 40
# The cube root of a float64's last place, as for every central difference.
_WIDTH = 2.0**-17
# Where another point of the curve is looked for: nearby first.
_FARTHEST = (10, 1000)
# A hint names no more.
_MOST_POINTS = 4


def exact_values(point: Point) -> dict[str, MpNumber]:
    """The single numbers of a point at mpmath's working precision."""
    return {name: values.exactly().item() for name, values in point.items()}


class Curve:
    """The curve F = 0 near a point of it, as the graph of a function of one variable."""

    def __init__(self, function: Expression, point: Point, name: str, dependent: str) -> None:
        self.function = function
        self.point = point
        self.name = name
        self.dependent = dependent
        self.floats = {n: v.floats[()] for n, v in point.items()}

    @property
    def x(self) -> float:
        """The independent variable's value, rounded."""
        return float(self.floats[self.name])

    @property
    def y(self) -> float:
        """The dependent variable's value, rounded."""
        return float(self.floats[self.dependent])

    def value(self, t: float) -> float:
        """The dependent variable at x = t in float64; nan where it has no value nearby."""
        values = self.floats | {self.name: np.float64(t)}

        def f(y: Any) -> Any:
            return self.function(FLOAT, **values | {self.dependent: y})

        with np.errstate(all="ignore"):
            return _solved(f, values[self.dependent])


def _solved(f: Callable[[Any], Any], start: Any) -> float:
    """The zero of f near `start`, nan if it is not found: Newton's method with central differences.

    The differences are relative to `start`; the last step is as close to the zero as a float64 is.
    """
    y, width = start, _WIDTH * (abs(start) or 1)
    for _ in range(_MOST_STEPS):
        value = f(y)
        if value == 0:
            return float(y)
        rise = f(y + width) - f(y - width)
        step = 2 * width * value / rise if rise else math.nan
        y -= step
        if not abs(step) > 4 * EPSILON * abs(y):
            return float(y)
    return math.nan


def points_above(function: Expression, point: Point, name: str) -> list[str]:
    """Up to four values of the variable `name`, each as `y=4`, for which the function is 0.

    `point` has the values of the others. Zeros are isolated by a cover of an interval around 0, and
    one farther away is looked for where there is none: |f| is on its border at those alone.
    """
    builder = Builder()
    values = {each: builder.add("variable", content=each) for each in function.variables}
    modulus = builder.finish(builder.add("abs", builder.splice(function, values)), "")
    still = {n: v.constants.item() for n, v in point.items() if n in function.variables}
    line = Line(modulus, still, name)
    for far in _FARTHEST:
        low, high = (Expression((Node("number", (), Fraction(end)),)) for end in (-far, far))
        cover = Coverer(line, low, high).cover()
        met = [each.place for each in cover.places if len(modulus.nodes) - 1 in each.nodes]
        zeros = [p for p in met if (p.at or float(p())) and _is_zero(line, p)]
        if zeros:
            break
    with mpmath.mp.workdps(DIGITS):
        near = sorted(zeros, key=lambda zero: round(abs(float(zero())), 9))[:_MOST_POINTS]
        return [f"{name}={decimal(zero(), 10) if zero.at is None else zero.at}" for zero in near]


def _is_zero(line: Line, place: Place) -> bool:
    """Whether the function is 0 there; it may have no value, as tan at pi/2."""
    prover = Prover(line.function, {line.name: np.array(place.constant, dtype=object)})
    found = prover.sign()
    return found is not None and found[0] == 0
