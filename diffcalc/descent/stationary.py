"""What a point is at which the gradient is 0 within a tolerance: a minimum, a saddle, or neither.

This is what float64 shows, where nothing is proved (`grounds.py`).

The Hessian's eigenvalues tell, if it hardly changes up to the place where the gradient is 0, which
Newton's step finds. (Kantorovich's theorem: then there is one such place, no farther away than two
of these steps.) Without that, a gradient of 1e-6 may as well belong to the inflection of x**3, or
to exp(-x), which has no minimum at all.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.descent.objective import NEAR, Iterate, Objective

MOST_EXAMINED = 50
"""How many elements a Hessian is computed for."""
# A share of the largest eigenvalue: less counts as 0. A larger one calls a long narrow valley
# flat; a smaller one takes round-off in the Hessian for a curvature.
_ROUND_OFF = 1e-10
# Kantorovich's bound is 1/2, which the inflection of x**3 meets from every side.
_STEADY = 0.25


class Nature(StrEnum):
    """What a stationary point is."""

    MINIMUM = "minimum"
    SADDLE = "saddle point"
    MAXIMUM = "maximum"
    FLAT = "flat"
    """The second derivatives do not decide."""
    UNKNOWN = "stationary point"
    """There are too many variables to examine."""
    CORNER = "corner"
    NOT_STATIONARY = "not stationary"
    """Autograd's gradient is 0, and the derivative is not."""
    UNDEFINED = "undefined"
    """A hole in the domain is where the gradient goes to 0."""


@dataclass(frozen=True, slots=True)
class Ground:
    """How it is known: what is proved, but for what is assumed, or what was observed.

    In the `box`, its middle and its radii, the stationary point is the only one.
    """

    said: str
    proved: bool = False
    assuming: tuple[str, ...] = ()
    box: tuple[FloatArray, FloatArray] | None = None

    @property
    def known(self) -> str:
        """In one word."""
        return ("assumed" if self.assuming else "proved") if self.proved else "observed"


OBSERVED = Ground("autograd's derivatives in float64 say so")


@dataclass(frozen=True, slots=True)
class Stationary:
    """What a stationary point is, why, how that is known, and the Hessian's eigenvalues there,
    ascending.
    """

    nature: Nature
    reason: str
    ground: Ground = OBSERVED
    eigenvalues: tuple[float, ...] = ()


def examine(objective: Objective, iterate: Iterate) -> Stationary:
    """What the point is, the gradient there being next to 0."""
    if iterate.x.size > MOST_EXAMINED:
        return Stationary(
            Nature.UNKNOWN,
            f"what it is was not examined: {iterate.x.size} elements are more than {MOST_EXAMINED}",
        )
    matrix = objective.hessian(iterate.x)
    what = "second derivative" if iterate.x.size == 1 else "Hessian"
    if not np.all(np.isfinite(matrix)):
        return Stationary(Nature.FLAT, f"the {what} has no finite value, so it does not decide")
    eigenvalues = _eigenvalues(matrix)
    nature = by_eigenvalues(eigenvalues)
    # The shortest solution: where an eigenvalue is 0, others may still make a saddle.
    step = np.asarray(np.linalg.lstsq(matrix, iterate.slopes, rcond=_ROUND_OFF)[0], np.float64)
    if not _steady(objective, matrix, eigenvalues, _places(objective, iterate.x, step)):
        reason = f"the {what} changes too fast here to tell a minimum from an inflection"
        return Stationary(Nature.FLAT, reason, OBSERVED, tuple(eigenvalues.tolist()))
    reason = eigenvalues_text(nature, eigenvalues)
    if nature is not Nature.FLAT and np.any(step):
        reason += f"; by Newton's step the {nature} is {np.linalg.norm(step):.2g} away"
    return Stationary(nature, reason, OBSERVED, tuple(eigenvalues.tolist()))


def largest_curvature(objective: Objective, x: FloatArray) -> float | None:
    """The Hessian's largest eigenvalue, if it is positive and cheaply found."""
    if x.size > MOST_EXAMINED:
        return None
    matrix = objective.hessian(x)
    if not np.all(np.isfinite(matrix)):
        return None
    most = float(_eigenvalues(matrix)[-1])
    return most if most > 0 else None


def by_eigenvalues(eigenvalues: FloatArray) -> Nature:
    """What a stationary point is whose Hessian has these."""
    nothing = _ROUND_OFF * np.max(np.abs(eigenvalues))
    rising, falling = eigenvalues > nothing, eigenvalues < -nothing
    if rising.any() and falling.any():
        return Nature.SADDLE
    if rising.all():
        return Nature.MINIMUM
    return Nature.MAXIMUM if falling.all() else Nature.FLAT


def _places(objective: Objective, x: FloatArray, step: FloatArray) -> list[FloatArray]:
    """Where the Hessian must be the same: after Newton's step, and on both sides of an operation
    that is nonsmooth here, where autograd's second derivative is a convention.
    """
    near = NEAR * np.maximum(np.abs(x), 1)
    sides = [x - near, x + near] if objective.nonsmooth_between(x - near, x + near) else []
    return [x - step, *sides]


def _steady(
    objective: Objective, matrix: FloatArray, eigenvalues: FloatArray, places: list[FloatArray]
) -> bool:
    """Whether the Hessian is about the same at these places, for its smallest eigenvalue but 0."""
    sizes = np.abs(eigenvalues)
    smallest = np.min(sizes[sizes >= _ROUND_OFF * np.max(sizes)])
    for place in places:
        change = objective.hessian(place) - matrix
        if not np.all(np.isfinite(change)):
            return False
        if np.linalg.norm(change, 2) > _STEADY * smallest:
            return False
    return True


def _eigenvalues(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.eigvalsh(matrix), dtype=np.float64)


def eigenvalues_text(nature: Nature, eigenvalues: FloatArray) -> str:
    """What the second derivatives are, in a clause."""
    if len(eigenvalues) == 1:
        return f"the second derivative is {eigenvalues[0] + 0.0:.6g}" + (
            ", which decides nothing" if nature is Nature.FLAT else ""
        )
    nothing = _ROUND_OFF * np.max(np.abs(eigenvalues))
    ends = [0.0 if abs(e) <= nothing else e for e in (eigenvalues[0], eigenvalues[-1])]
    between = f"its eigenvalues go from {ends[0]:.4g} to {ends[1]:.4g}"
    match nature:
        case Nature.MINIMUM:
            return f"the Hessian is positive definite: {between}"
        case Nature.MAXIMUM:
            return f"the Hessian is negative definite: {between}"
        case Nature.SADDLE:
            return f"the Hessian is indefinite: {between}"
        case _:
            return f"the Hessian is singular, so it does not decide: {between}"
