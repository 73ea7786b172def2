"""Corners on a segment: where the slope along it changes its sign in a jump, not through 0.

A fixed rate steps to and fro over such a place for ever. Autograd's gradient at the place itself is
a convention.
"""

import math
from dataclasses import dataclass

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.descent.objective import Objective

# The place is known to 2**-40, about 1e-12, of the segment: far better than the distance at which
# the slopes beside it are taken.
_HALVINGS = 40
# Sixteen times what the last halving leaves: what is nearer to 0, for the segment's length, is 0.
_RESOLUTION = 2.0 ** (4 - _HALVINGS)
# The slopes are taken this far from the corner, a share of the segment's length.
_BESIDE = 1e-5
# Close by, a smooth function keeps next to nothing of the change of slope; |x| keeps all of it.
_JUMP = 0.5
# Beside a corner or a cusp, f falls at most so many times what the slope there says: sqrt(|x|)
# twice as much. Beside a pole or a jump there is no such bound.
_CONTINUOUS = 4
# Some 50 units in the last place of f. With none allowed, a corner of a large f would be taken for
# a jump.
_ROUND_OFF = 1e-14


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner at the flat vector `x`: the slopes on both sides along the segment, and the
    operations it comes from, as text.
    """

    x: FloatArray
    left: float
    right: float
    because_of: tuple[str, ...]


def corner_between(objective: Objective, a: FloatArray, b: FloatArray) -> Corner | None:
    """The corner at which the slope changes its sign between a and b; None where it is smooth.

    The segment is halved towards the change of sign.
    """
    # Right also where the squares overflow.
    length = math.hypot(*(b - a).tolist())
    way = (b - a) / length
    if way[np.argmax(np.abs(way))] < 0:
        a, b, way = b, a, -way

    def slope(x: FloatArray) -> float:
        with np.errstate(all="ignore"):
            return float(objective(x).slopes @ way)

    left, right = slope(a), slope(b)
    if not left * right < 0:
        return None
    before = abs(right - left)
    for _ in range(_HALVINGS):
        middle = a + (b - a) / 2
        here = slope(middle)
        if not here:  # At the place itself, by convention.
            a = b = middle
        a, b = (middle, b) if left * here > 0 else (a, middle)
    x = a + (b - a) / 2
    beside = _BESIDE * length * way
    left, right = slope(x - beside), slope(x + beside)
    if not left * right < 0 or abs(right - left) < _JUMP * before:
        return None
    if not _continuous(objective, x, beside, max(abs(left), abs(right))):
        return None
    culprits = objective.nonsmooth_between(x - beside, x + beside)
    x = np.where(np.abs(x) < _RESOLUTION * length, 0.0, x)
    return Corner(x, left, right, tuple(culprits))


def _continuous(objective: Objective, x: FloatArray, beside: FloatArray, steepest: float) -> bool:
    """Whether f at x is about what it is beside it, for the slopes there."""
    here = objective(x).value
    bound = _CONTINUOUS * steepest * float(np.linalg.norm(beside)) + _ROUND_OFF * abs(here)
    return all(abs(objective(x + s).value - here) <= bound for s in (-beside, beside))
