"""How a descent ends, and why, in one plain sentence."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from diffcalc.base.severity import Severity
from diffcalc.descent.corners import Corner, corner_at, corner_between
from diffcalc.descent.not_finite import first_not_finite, first_without_slope
from diffcalc.descent.objective import Iterate, Objective
from diffcalc.descent.optimizers import Optimizer
from diffcalc.descent.stationary import Nature, examine, largest_curvature

# A turn longer ago says nothing about where the iterates are now.
_RECENT = 100
# A rate this many times below the largest possible one is worth raising.
_TIMID, _FLAT = 4, 1e4


class EndingKind(StrEnum):
    """How a descent may end."""

    MINIMUM = Nature.MINIMUM.value
    SADDLE = Nature.SADDLE.value
    MAXIMUM = Nature.MAXIMUM.value
    FLAT = Nature.FLAT.value
    UNKNOWN = Nature.UNKNOWN.value
    CORNER = "corner"
    DIVERGED = "diverged"
    UNDEFINED = "undefined"
    STALLED = "stalled"
    NOT_FINISHED = "not finished"
    INTERRUPTED = "interrupted"

    @property
    def severity(self) -> Severity:
        """`FINE` for a minimum, and for a gradient of 0 in too many elements to examine."""
        reached = self in (EndingKind.MINIMUM, EndingKind.UNKNOWN)
        return Severity.FINE if reached else Severity.UNTRUE


@dataclass(frozen=True, slots=True)
class Ending:
    """How a descent ended, why, and at which iterate; `hint` says what to try instead.

    `eigenvalues` are the Hessian's, ascending, where they were asked.
    """

    kind: EndingKind
    reason: str
    iterate: Iterate
    hint: str = ""
    eigenvalues: tuple[float, ...] = ()


@dataclass
class Course:
    """What is remembered of a descent: its first and last iterates, the last two between which the
    slope along the step changed its sign, and how many steps in a row have changed nothing.
    """

    objective: Objective
    optimizer: Optimizer
    first: Iterate
    last: Iterate
    turn: tuple[Iterate, Iterate] | None = None
    unmoved: int = 0

    def add(self, new: Iterate) -> None:
        """Goes on to the next iterate."""
        step = new.x - self.last.x
        if (self.last.slopes @ step) * (new.slopes @ step) < 0:
            self.turn = (self.last, new)
        self.unmoved = 0 if np.any(step) else self.unmoved + 1
        self.last = new


def at_rest(course: Course, tolerance: float) -> Ending:
    """The ending where the gradient is 0 within the tolerance."""
    last = course.last
    corner = corner_at(course.objective, last.x)
    if corner is not None:
        reason = f"the gradient of 0 is a convention of autograd at {_corner_text(corner, last)}"
        return Ending(EndingKind.CORNER, reason, last)
    found = examine(course.objective, last)
    reason = f"the gradient is 0 within {tolerance:g}, and {found.reason}"
    return Ending(EndingKind(found.nature.value), reason, last, eigenvalues=found.eigenvalues)


def without_value(course: Course) -> Ending:
    """The ending where f or its gradient is no finite number: outside the domain, or overflow."""
    last = course.last
    when = f"at step {last.number}" if last.number else "at the start"
    culprit = first_not_finite(course.objective, last.x)
    if culprit is not None:
        overflow = culprit.overflow
        what = "is beyond float64" if overflow else "has no real value"
        where = f", where {culprit.operands}" if culprit.operands else ""
        reason = f"{culprit.operation} {what} {when}{where}"
    else:
        steep = first_without_slope(course.objective, last.x)
        overflow = steep is None
        what = "gradient is beyond float64" if overflow else f"slope of {steep} has no finite value"
        reason = f"the {what} {when}"
    if overflow:
        return Ending(EndingKind.DIVERGED, reason, last, _rate_hint(course) if last.number else "")
    hint = "a smaller --rate may stay inside the domain" if last.number else ""
    return Ending(EndingKind.UNDEFINED, reason, last, hint)


def ran_away(course: Course) -> Ending:
    """The ending where f has grown or fallen out of all proportion."""
    last = course.last
    falling = last.value < course.first.value
    what = "falls" if falling else "grows"
    reason = f"f {what} without bound: it is {last.value:.3g} at step {last.number}"
    hint = "f has no minimum this way" if falling else _rate_hint(course)
    return Ending(EndingKind.DIVERGED, reason, last, hint)


def stalled(course: Course) -> Ending:
    """The ending where the steps are too short to change the float64 values."""
    last = course.last
    reason = f"the steps no longer change the values, but {_still(last)}"
    return Ending(
        EndingKind.STALLED, reason, last, "a larger --rate, or another scale of the variables"
    )


def not_finished(course: Course) -> Ending:
    """The ending where the steps are used up, perhaps because a corner lets nothing settle."""
    last, turn = course.last, course.turn
    if turn is not None and last.number - turn[1].number < _RECENT:
        corner = corner_between(course.objective, turn[0].x, turn[1].x)
        if corner is not None:
            reason = f"the iterates go to and fro over {_corner_text(corner, last)}"
            hint = "no fixed rate settles there; a smaller --rate comes closer"
            return Ending(EndingKind.CORNER, reason, last, hint)
    after = f"after {last.number} step{'s' * (last.number != 1)} {_still(last)}"
    rose = f", and f has risen from {course.first.value:.6g} to {last.value:.6g}"
    if last.value > course.first.value:
        return Ending(EndingKind.NOT_FINISHED, after + rose, last, _rate_hint(course))
    return Ending(EndingKind.NOT_FINISHED, after, last, _patience_hint(course))


def interrupted(iterate: Iterate) -> Ending:
    """The ending where someone stopped it."""
    reason = f"stopped at step {iterate.number}: {_still(iterate)}"
    return Ending(EndingKind.INTERRUPTED, reason, iterate)


# -- the sentences ---------------------------------------------------------------------------------


def _still(iterate: Iterate) -> str:
    return f"the largest element of the gradient is still {iterate.steepest:.3g}"


def _corner_text(corner: Corner, iterate: Iterate) -> str:
    of = f" of {' and '.join(corner.because_of)}" if corner.because_of else ""
    return (
        f"a corner{of} at {_place_text(corner.x, iterate)}: the slope is {corner.left:.4g} on one "
        f"side, {corner.right:.4g} on the other"
    )


def _place_text(x: Any, like: Iterate) -> str:
    """Where a flat vector is, by variable: `x = 1, w = [0, 2]`; few digits of few elements."""
    shown = Iterate(like.number, x, like.value, like.slopes, like.shapes).at
    return ", ".join(f"{name} = {_brief(array)}" for name, array in shown.items())


def _brief(array: Any) -> str:
    flat = [f"{v:.6g}" for v in np.ravel(array)[:_SHOWN]]
    if not np.ndim(array):
        return flat[0]
    return f"[{', '.join(flat)}{', …' if np.size(array) > _SHOWN else ''}]"


# Elements of an array in a sentence: more would fill the line and help nobody.
_SHOWN = 4


def _rate_hint(course: Course) -> str:
    """Which rate works, as far as the curvature at the start tells."""
    curvature = largest_curvature(course.objective, course.first.x)
    limit = None if curvature is None else course.optimizer.largest_rate(curvature)
    if limit is None:
        return "try a smaller --rate"
    return _limit_text(course, "at the start", curvature, limit)


def _patience_hint(course: Course) -> str:
    """More steps; or another rate, where the curvature at the end asks for it."""
    curvature = largest_curvature(course.objective, course.last.x)
    limit = None if curvature is None else course.optimizer.largest_rate(curvature)
    if limit is None:
        return "more --steps"
    if course.optimizer.rate >= limit:
        return _limit_text(course, "here", curvature, limit)
    timid = limit / course.optimizer.rate
    if timid <= _TIMID:
        return "more --steps"
    # Where f is next to flat, its curvature says nothing about the way there.
    allowed = f": the curvature here allows {limit / 2:.3g}" if timid < _FLAT else ""
    return f"more --steps, or a larger --rate{allowed}"


def _limit_text(course: Course, where: str, curvature: float | None, limit: float) -> str:
    return (
        f"the largest curvature {where} is {curvature:.4g}: {course.optimizer} needs a --rate "
        f"below {limit:.3g}"
    )
