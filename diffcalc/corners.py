"""Corners on a segment: where the slope along it changes its sign in a jump, not through 0.

A fixed rate steps to and fro over such a place for ever. Autograd's gradient at the place itself is
a convention.
"""

from dataclasses import dataclass

import numpy as np

from diffcalc.functions import FloatArray
from diffcalc.objective import Objective

_HALVINGS = 40
# The slopes are taken this far from the corner, a share of the segment's length.
_BESIDE = 1e-5
# Of a smooth function next to nothing is left of the change of slope; of |x| all of it.
_JUMP = 0.5
NEAR = 1e-6
"""What is this near, for its size, is taken to be at the same place."""


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
    length = float(np.linalg.norm(b - a))
    way = (b - a) / length
    if way[np.argmax(np.abs(way))] < 0:
        a, b, way = b, a, -way

    def slope(x: FloatArray) -> float:
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
    culprits = objective.critical_between(x - beside, x + beside)
    return Corner(np.where(np.abs(x) < _BESIDE * length, 0.0, x), left, right, tuple(culprits))


def corner_at(objective: Objective, x: FloatArray) -> Corner | None:
    """A corner at x itself, along one of the axes."""
    near = NEAR * np.maximum(np.abs(x), 1)
    if not objective.critical_between(x - near, x + near):
        return None
    found = (corner_between(objective, x - step, x + step) for step in np.diag(near))
    return next((corner for corner in found if corner is not None), None)
