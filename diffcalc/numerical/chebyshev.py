"""Method 1 from order two on: the derivative of the polynomial through many float64 values.

The n-th difference over h**n loses n times the digits to round-off that the first one does, and
extrapolating from ever smaller h, as `numerical.limit` does, loses them all. So h stays wide here,
and many values take its place: f is interpolated at Chebyshev points within `radius` of x, and the
polynomial, which converges to f geometrically where f is smooth, is differentiated (Trefethen,
*Approximation Theory and Approximation Practice*, chapters 3, 8 and 21). The coefficients fall to a
plateau, which is f's round-off; they are cut off there (Aurentz and Trefethen, *Chopping a
Chebyshev series*, 2017), and that level times the derivatives of what is kept bounds the error. An
f that is not smooth shows no plateau, at any radius, and gets no value.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.polynomial import chebyshev

from diffcalc.base.types import FloatArray
from diffcalc.numerical.round_off import EPSILON

# With a higher degree h stays wider, but each radius takes more evaluations and the derivatives of
# the polynomials carry more round-off; with a lower one h shrinks, and round-off over h**order
# grows.
_DEGREE = 28
# The last coefficient alone may be 0, as every second one of an even function is.
_TAIL = 4
# Beside 0 alone this ends the search, at a radius of 1e-17: elsewhere x + radius is x before.
_MAX_RADII = 60
# Each radius costs 29 evaluations; fewer in a row may be worse by chance.
_WORSE_RADII = 4
# A plateau this many times the round-off expected is still round-off; above, f is not resolved.
_PLATEAU = 50.0
# The error is estimated as the sum of independent ones; twice that is for those that are not.
_SAFETY = 2.0
# Two digits: a derivative that has fewer is not given at all.
_TRUSTED = 1e-2
# The largest radius, as a power of two: beyond it f may be evaluated at infinity.
_LARGEST = 1023
# Rounded, so that near 0 and near x + radius they are exact as they are.
_PLACES = np.round(chebyshev.chebpts1(_DEGREE + 1) * 2**26) / 2**26


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative, a bound on its error, and the size that the changes of f's values give it."""

    value: float
    error: float
    size: float

    @property
    def trusted(self) -> bool:
        """Whether the error leaves digits, of the value or of what it could have been."""
        return not self.size or self.error <= _TRUSTED * max(abs(self.value), self.size)


def derivative(
    f: Callable[[float], float], x: float, order: int, side: int = 0, absolute_error: float = 0.0
) -> Estimate | None:
    """The derivative of this order at x, from values on both sides or on one (`side` is ±1).

    `absolute_error` is the round-off in a value of f that its size does not tell of. None where f
    is not smooth there, or not defined.
    """
    best: Estimate | None = None
    worse = 0
    for radius in _radii(x):
        with np.errstate(all="ignore"):
            found = _at_radius(f, x, radius, order, side, absolute_error)
        # Values that are all alike below a radius where they are not, tell nothing any more.
        if found is None or (best is not None and best.size and not found.size):
            continue
        if best is None or found.error < best.error:
            best, worse = found, 0
        else:
            worse += 1
            if worse == _WORSE_RADII:
                break
    return best if best is not None and best.trusted else None


def _radii(x: float) -> Iterator[float]:
    radius = math.ldexp(1.0, min(math.frexp(max(abs(x), 1.0))[1] + 1, _LARGEST))
    for _ in range(_MAX_RADII):
        if x + radius / _DEGREE**2 == x:
            return
        yield radius
        radius /= 2


def _at_radius(
    f: Callable[[float], float],
    x: float,
    radius: float,
    order: int,
    side: int,
    absolute_error: float,
) -> Estimate | None:
    """What the values within this radius say; None where they do not resolve f."""
    centre = x + side * radius / 2
    half = radius / 2 if side else radius
    points = centre + half * _PLACES
    values = np.array([f(float(point)) for point in points])
    if not (np.isfinite(points).all() and np.isfinite(values).all()):
        return None
    # The points as they were rounded, so that nothing is lost with them.
    places = (points - centre) / half
    coefficients = np.linalg.solve(chebyshev.chebvander(places, _DEGREE), values)
    magnitude = float(np.abs(values).max())
    slope = float(np.abs((values[1:] - values[:-1]) / (points[1:] - points[:-1])).max())
    expected = EPSILON * (magnitude + abs(x) * slope) + absolute_error
    noise = max(float(np.abs(coefficients[-_TAIL:]).max()), EPSILON * magnitude, absolute_error)
    if noise > _PLATEAU * expected:
        return None
    kept = np.abs(coefficients) > noise
    last = int(np.flatnonzero(kept)[-1]) if kept.any() else 0
    slopes = _slopes(order, -side)
    value = float(coefficients[: last + 1] @ slopes[: last + 1])
    spread = float(np.sqrt(np.sum(slopes[: max(last, order) + 3] ** 2)))
    # x itself is held to half a unit in its last place only.
    steepness = float(coefficients[: last + 1] @ _slopes(order + 1, -side)[: last + 1])
    error = _SAFETY * noise * spread + EPSILON / 2 * abs(x / half * steepness)
    size = float(np.ptp(values)) * math.factorial(order)
    # half**order may be more than a float64 holds, and is a power of two.
    return Estimate(*np.ldexp([value, error, size], order * (1 - math.frexp(half)[1])).tolist())


@cache
def _slopes(order: int, place: int) -> FloatArray:
    """The derivative of each Chebyshev polynomial at `place` in [-1, 1]."""
    unit = np.eye(_DEGREE + 1)
    return np.array([chebyshev.chebval(place, chebyshev.chebder(row, order)) for row in unit])
