"""How a descent ends, and why, in one plain sentence."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from diffcalc.base.severity import Severity
from diffcalc.descent.corners import Corner, corner_between
from diffcalc.descent.not_finite import first_not_finite, first_without_slope
from diffcalc.descent.objective import Iterate, Objective
from diffcalc.descent.optimizers import Optimizer
from diffcalc.descent.stationary import (
    OBSERVED,
    Ground,
    Nature,
    examine,
    largest_curvature,
)

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
    CORNER = Nature.CORNER.value
    NOT_STATIONARY = Nature.NOT_STATIONARY.value
    DIVERGED = "diverged"
    UNDEFINED = Nature.UNDEFINED.value
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

    `eigenvalues` are the Hessian's, ascending, where they were asked. `ground` says how it is known
    where more is said than what the iterates are.
    """

    kind: EndingKind
    reason: str
    iterate: Iterate
    hint: str = ""
    eigenvalues: tuple[float, ...] = ()
    ground: Ground | None = None


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
    # The proofs take a tenth of a second to import, and most of a run may be over by then.
    from diffcalc.descent.grounds import prove

    last = course.last
    found = prove(course.objective, last, tolerance) or examine(course.objective, last)
    reason = found.reason
    if found.nature not in (Nature.CORNER, Nature.NOT_STATIONARY, Nature.UNDEFINED):
        reason = f"the gradient is 0 within {tolerance:g}, and {reason}"
    kind = EndingKind(found.nature.value)
    return Ending(kind, reason, last, "", found.eigenvalues, found.ground)


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
    return Ending(EndingKind.DIVERGED, reason, last, hint, ground=OBSERVED)


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
            from diffcalc.descent.grounds import prove_corner

            reason = f"the iterates go to and fro over {_corner_text(corner, last)}"
            hint = "no fixed rate settles there; a smaller --rate comes closer"
            ground = prove_corner(course.objective, corner.x) or OBSERVED
            return Ending(EndingKind.CORNER, reason, last, hint, ground=ground)
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
        f"a corner{of} at {iterate.place_text(corner.x)}: the slope is {corner.left:.4g} on one "
        f"side, {corner.right:.4g} on the other"
    )


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
        return "more --count"
    if course.optimizer.rate >= limit:
        return _limit_text(course, "here", curvature, limit)
    timid = limit / course.optimizer.rate
    if timid <= _TIMID:
        return "more --count"
    # Where f is next to flat, its curvature says nothing about the way there.
    allowed = f": the curvature here allows {limit / 2:.3g}" if timid < _FLAT else ""
    return f"more --count, or a larger --rate{allowed}"


def _limit_text(course: Course, where: str, curvature: float | None, limit: float) -> str:
    return (
        f"the largest curvature {where} is {curvature:.4g}: {course.optimizer} needs a --rate "
        f"below {limit:.3g}"
    )
