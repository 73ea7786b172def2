"""The curve F(x, y) = 0 near a point of it, as the graph of a function y(x), by solving for y.

No derivative formula is used: what is asked for is y beside the point, in float64 or in any number
of digits.
"""

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from diffcalc.base.decimals import decimal
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point
from diffcalc.numerical.definition import DIGITS
from diffcalc.numerical.restriction import dynamic_range
from diffcalc.numerical.round_off import EPSILON
from diffcalc.truth.roots import find_root

_MOST_STEPS = 40
# A sum of equals that differ in the last 50 bits only is taken for 0 (see algebras.py).
_MORE_BITS = 100
_FARTHEST = 1000.0
_SAMPLES = 400
_MOST_POINTS = 4


def exact_values(point: Point) -> dict[str, Any]:
    """The single numbers of a point at mpmath's working precision."""
    return {name: values.exactly()[()] for name, values in point.items()}


class Curve:
    """The curve F = 0 near a point of it, as the graph of a function of one variable."""

    def __init__(self, function: Expression, point: Point, name: str, dependent: str) -> None:
        self.function = function
        self.point = point
        self.name = name
        self.dependent = dependent
        self.floats = {n: v.floats[()] for n, v in point.items()}
        self._exact: dict[int, dict[str, Any]] = {}

    @property
    def x(self) -> float:
        """The independent variable's value, rounded."""
        return float(self.floats[self.name])

    def at(self) -> Any:
        """The same as an mpmath number at the working precision."""
        return self.point[self.name].exactly()[()]

    def value(self, t: float) -> float:
        """The dependent variable at x = t in float64; nan where it has no value nearby."""
        values = self.floats | {self.name: np.float64(t)}

        def f(y: Any) -> Any:
            return self.function(FLOAT, **values | {self.dependent: y})

        with np.errstate(all="ignore"):
            return float(solved(f, values[self.dependent], 2.0**-17, EPSILON))

    def exactly(self, t: Any) -> Any:
        """The dependent variable at the mpmath number t."""
        with mpmath.mp.workprec(mpmath.mp.prec + _MORE_BITS):
            values = self._exact_values() | {self.name: t}
            width = mpmath.ldexp(1, -mpmath.mp.prec // 3)

            def f(y: Any) -> Any:
                return self.function(exact(), **values | {self.dependent: y})

            return solved(f, values[self.dependent], width, mpmath.mp.eps)

    def _exact_values(self) -> dict[str, Any]:
        precision = mpmath.mp.prec
        if precision not in self._exact:
            self._exact[precision] = exact_values(self.point)
        return self._exact[precision]

    def spread(self) -> int:
        """How many digits lie between the terms of F near the point."""
        with mpmath.mp.workdps(DIGITS):
            near = exact_values(self.point)
            near[self.name] += mpmath.ldexp(max(1, abs(near[self.name])), -DIGITS)
            return dynamic_range(self.function, near)


def solved(f: Callable[[Any], Any], start: Any, width: Any, close: Any) -> Any:
    """The zero of f near `start`, nan if it is not found: Newton's method with central differences.

    The differences are `width` wide, relative to `start`; the last step is `close` to it.
    """
    y, width = start, width * (abs(start) or 1)
    for _ in range(_MOST_STEPS):
        value = f(y)
        if value == 0:
            return y
        rise = f(y + width) - f(y - width)
        step = 2 * width * value / rise if rise else math.nan
        y -= step
        if not abs(step) > 4 * close * abs(y):
            return y
    return math.nan


def points_above(function: Expression, point: Point, name: str) -> list[str]:
    """Up to four values of the variable `name`, each as `y=4`, for which the function is 0.

    `point` has the values of the others. Zeros are looked for where the sign changes.
    """

    def g(y: Any) -> Any:
        return function(exact(), **exact_values(point), **{name: y})

    floats = {n: values.floats[()] for n, values in point.items()}
    # Denser near 0, and not through it: many zeros are at 0 itself.
    samples = np.sinh(np.linspace(-1, 1, _SAMPLES) * math.asinh(_FARTHEST))
    with np.errstate(all="ignore"):
        signs = np.sign(np.broadcast_to(function(**floats, **{name: samples}), samples.shape))
    found = []
    for k in np.flatnonzero(signs[:-1] * signs[1:] < 0):
        root = find_root(g, float(samples[k]), float(samples[k + 1]))
        if root is not None:
            with mpmath.mp.workdps(DIGITS):
                found.append(f"{name}={decimal(root(), 10) if root.at is None else root.at}")
    return found[:_MOST_POINTS]
