"""The curve F(x, y) = 0 near a point of it, as the graph of a function y(x), by solving for y.

No derivative formula is used: what is asked for is y beside the point, in float64.
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
from diffcalc.numerical.round_off import EPSILON
from diffcalc.truth.roots import find_root

_MOST_STEPS = 40
# The cube root of a float64's last place, as for every central difference.
_WIDTH = 2.0**-17
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

    `point` has the values of the others. Zeros are looked for where the sign changes, those near 0
    first.
    """

    def g(y: Any) -> Any:
        return function(exact(), **exact_values(point), **{name: y})

    floats = {n: values.floats[()] for n, values in point.items()}
    # Denser near 0, and not through it: many zeros are at 0 itself.
    samples = np.sinh(np.linspace(-1, 1, _SAMPLES) * math.asinh(_FARTHEST))
    with np.errstate(all="ignore"):
        signs = np.sign(np.broadcast_to(function(**floats, **{name: samples}), samples.shape))
    found: list[str] = []
    changes = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    for k in sorted(changes.tolist(), key=lambda k: round(abs(samples[k] + samples[k + 1]), 9)):
        root = find_root(g, float(samples[k]), float(samples[k + 1]))
        if root is not None:
            with mpmath.mp.workdps(DIGITS):
                found.append(f"{name}={decimal(root(), 10) if root.at is None else root.at}")
        if len(found) == _MOST_POINTS:
            break
    return found
