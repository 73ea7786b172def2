"""The truth of a derivative: what is told of it, and what steps of many digits show.

The expression is ours, so it can be evaluated with mpmath to any precision, and the definition of
the derivative followed to steps so small (h about 1e-18, 1e-27, … 1e-52) that neither truncation
nor round-off reaches the digits shown. No derivative formula is used. It is asked only where
nothing is proved, and told only where the last steps agree: what never settles is undecided.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal, NamedTuple

import mpmath

from diffcalc.base.numbers import MpNumber, Real
from diffcalc.numerical.limit import Convergence, Limit
from diffcalc.numerical.quotients import Difference, rows, steps

MpFunction = Callable[[MpNumber], MpNumber]
"""A real function of one mpmath number, nan where it is undefined."""

Behaviour = Literal["finite", "infinite", "unsettled", "outside"]
TruthKind = Literal[
    "differentiable",
    "corner",
    "vertical tangent",
    "cusp",
    "jump",
    "oscillation",
    "undecided",
    "edge",
    "removable",
    "pole",
    "outside",
]

# Twice as many as a float64 has, so that the last digit of one is told.
DIGITS = 30
# Three that agree at h about 1e-35, 1e-43 and 1e-52, and two more that lead there.
_STEPS = 5
# An irrational ratio near 1e-8.5 and an irrational start: powers of ten would meet sin(2*pi/h) at
# its zeros every time.
_RATIO = "3.183098861837906715377675267450287e-9"
_START = "2.402850240256702935367269406287535e-18"
# For x + h and for the cancellation in the quotient, at the smallest h.
_WORKING_DIGITS = 160


class Side(NamedTuple):
    """How a quantity behaves on one side as h -> 0.

    `value` is its limit, ±inf where it diverges, nan where there is none. `error` bounds the
    distance to the limit. `order` is the p of the leading power h**p: positive where the
    quantity converges (None where it is constant), negative where it diverges.
    """

    behaviour: Behaviour
    value: MpNumber
    error: Real = 0
    order: float | None = None


Known = Literal["proved", "assumed", "observed"]


class Truth(NamedTuple):
    """What is true of f at the point, and how that is known.

    What is found by finite steps is `observed`, however many digits they have.

    `derivative` is f'(x) where it exists. `left` and `right` tell of the difference quotient.
    Where f itself is undefined (`kind` removable, pole, outside), they tell of f, and for a
    removable point `derivative` is nan while `extension` is the derivative of f continued there.
    """

    kind: TruthKind
    value: MpNumber
    derivative: MpNumber
    left: Side
    right: Side
    limit: MpNumber = mpmath.nan
    extension: "Truth | None" = None
    of: str = ""
    """What the quotient is of, in words, where that is a derivative of f and not f itself."""
    known: Known = "observed"
    assuming: tuple[str, ...] = ()
    """What an `assumed` truth rests on: the statements that so many digits do not contradict."""
    smooth: bool = False
    """Whether f is proved to be analytic here: then no order of differentiation matters."""
    enclosure: tuple[str, str] | None = None
    """Two decimals, not above and not below a derivative that is proved to exist."""

    @property
    def exists(self) -> bool:
        """Whether f is differentiable here."""
        return self.kind == "differentiable"

    @property
    def defined(self) -> bool:
        """Whether f has a real value here."""
        return bool(mpmath.isfinite(self.value))


TOO_LARGE = "numbers that are too large"


def undecided(value: MpNumber = mpmath.nan, of: str = "") -> Truth:
    """The truth where neither proof nor steps tell it; `of` is `TOO_LARGE` where none are taken."""
    side = Side("unsettled", mpmath.nan)
    return Truth("undecided", value, mpmath.nan, side, side, of=of)


def observe(
    f: MpFunction, x: Callable[[], MpNumber], digits: int = DIGITS, spread: int = 0
) -> Truth:
    """What steps show of f at x; `x()` gives the point at mpmath's working precision.

    The limit from one side is told where three quotients agree to `digits` digits, in two working
    precisions; `spread` is how many digits lie between the terms of the sums in f.
    """
    found = [_observed(f, x, digits, more * _WORKING_DIGITS + spread) for more in (1, 2)]
    one, other = found
    same = one.kind == other.kind and all(
        _agree(a.value, b.value, digits)
        for a, b in ((one.left, other.left), (one.right, other.right))
    )
    return other if same else undecided(other.value)


def _observed(f: MpFunction, x: Callable[[], MpNumber], digits: int, working: int) -> Truth:
    fineness = max(1, digits // DIGITS)
    with mpmath.mp.workdps(DIGITS):
        at = x()
        magnitude = 0 if not at else int(mpmath.log10(abs(at)))
    with mpmath.mp.workdps(working * fineness + 3 * abs(magnitude)):
        at = x()
        here = f(at)
        if mpmath.isnan(here):
            return undecided()
        scale = min(mpmath.mpf(1), abs(at)) if at else mpmath.mpf(1)
        first, ratio = (mpmath.mpf(number) ** fineness for number in (_START, _RATIO))
        hs = [scale * first * ratio**k for k in range(_STEPS)]
        left, right = (
            _side([(f(at + s * h) - here) / (s * h) for h in hs], digits) for s in (-1, 1)
        )
        if {left.behaviour, right.behaviour} != {"finite"}:
            return undecided(here)
        if _agree(left.value, right.value, digits):
            return Truth("differentiable", here, right.value, left, right)
        return Truth("corner", here, mpmath.nan, left, right)


def observe_limit(
    f: MpFunction, x: Callable[[], MpNumber], side: int, digits: int = DIGITS, spread: int = 0
) -> Side:
    """What values of f itself show on one side of x, as `observe` does of its quotient."""
    with mpmath.mp.workdps(2 * _WORKING_DIGITS + spread):
        first, ratio = mpmath.mpf(_START), mpmath.mpf(_RATIO)
        return _side([f(x() + side * first * ratio**k) for k in range(_STEPS)], digits)


def _side(quotients: list[MpNumber], digits: int) -> Side:
    """The limit from one side, where the last quotients agree."""
    last = quotients[-1]
    if all(_agree(a, b, digits) for a, b in pairwise(quotients[-3:])):
        return Side("finite", last if abs(last) > _least(digits) else mpmath.mpf(0))
    return Side("unsettled", mpmath.nan)


def _agree(a: MpNumber, b: MpNumber, digits: int) -> bool:
    """Whether two numbers are the same to so many digits, or both are as good as 0."""
    close = mpmath.mpf(10) ** -digits
    return bool(abs(a - b) <= close * max(abs(a), abs(b)) + _least(digits))


def _least(digits: int) -> MpNumber:
    """What is taken for 0: far below the last digit of 1, far above the last steps."""
    least: MpNumber = mpmath.mpf(10) ** (-2 * digits)
    return least


def converge_exactly(
    f: MpFunction,
    x: Callable[[], MpNumber],
    truth: Truth,
    digits: int,
    *,
    order: int = 1,
    spread: int = 0,
    kind: Difference = "forward",
    start: float = 0.1,
    factor: float = 0.1,
    count: int = 5,
) -> Convergence:
    """The h-convergence sequence without round-off: every quotient right to `digits` digits.

    `start` and `factor` are taken as the decimals they are written as; `spread` is as of `observe`.
    """
    first, shrink = mpmath.mpf(repr(start)), mpmath.mpf(repr(factor))
    smallest = -int(mpmath.log10(first * shrink**count))
    with mpmath.mp.workdps(2 * digits + (order + 1) * max(0, smallest) + spread + 30):
        first, shrink = mpmath.mpf(repr(start)), mpmath.mpf(repr(factor))
        one_sided = {"forward": truth.right, "backward": truth.left}
        target = truth.derivative if truth.exists else one_sided.get(kind, truth.right).value
        hs = steps(first, shrink, count)
        shown = rows(f, x(), target, hs, kind, lambda h: 0, order)
    limit = Limit(truth.derivative, 0, truth.left.value, truth.right.value, 0)
    return Convergence(kind, tuple(shown), limit, digits, order)
