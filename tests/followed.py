"""The witness: the limit of the difference quotient in as many digits as it takes.

The expression is ours, so it can be evaluated with mpmath to any precision, and the definition of
the derivative followed to steps so small (h about 1e-18, 1e-27, … 1e-43) that neither truncation
nor round-off reaches the digits shown. No derivative formula is used, and each side of the point is
looked at on its own: how the quotient behaves as h -> 0 says whether the derivative exists, and
if not, why.

How a sequence behaves is read off its differences, as in the ratio test and Aitken's delta-squared
process (Sidi, *Practical Extrapolation Methods*, chapter 15): where they vanish or shrink by a
steady power of h it converges, where they grow by one it diverges, else it never settles.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import mpmath

from diffcalc.numerical.definition import DIGITS, MpFunction, MpNumber, Side, Truth, TruthKind

# Three changes, two ratios of them, tell a power of h from anything else: four steps, no more.
_FEW_STEPS = 4
_MANY_STEPS = 11
# An irrational ratio near 1e-8.5 and an irrational start: powers of ten would meet sin(2*pi/h) at
# its zeros every time.
_RATIO = "3.183098861837906715377675267450287e-9"
_START = "2.402850240256702935367269406287535e-18"
_LIMIT_STEP = 150
# More than a float64 keeps of the order.
_ORDER_BITS = 100

# Ratios of successive changes: below 1 the sequence converges by a power of h, above 1 it diverges,
# at 1, to within _FLAT, like log(h). A power keeps its ratio steady, 1/log(h) does not.
_FLAT = 1e-15
_STEADY = 1e-3
_WATCHED = 6
# What grows has outgrown what it started from.
_GROWN = 10
_SHRINKING = 1e-3


def examine(
    f: MpFunction,
    x: Callable[[], MpNumber],
    smallest: float = 1.0,
    digits: int = DIGITS,
    spread: int = 0,
    absolute_error: Callable[[MpNumber], MpNumber] = lambda t: 0,
) -> Truth:
    """What is true of f at x; `x()` gives the point at mpmath's working precision.

    The working precision is raised until two agree to `digits` digits. `spread` is how many digits
    lie between the terms of the sums in f, `absolute_error(t)` is about the error of f(t). A
    derivative much smaller than `smallest` and than 1e-70 is taken for 0.
    """
    return _Examiner(f, x, max(digits, DIGITS), spread, absolute_error).truth(smallest)


class _Examiner:
    """One examination: the function, the point, and how many digits are wanted."""

    def __init__(
        self,
        f: MpFunction,
        x: Callable[[], MpNumber],
        digits: int,
        spread: int,
        absolute_error: Callable[[MpNumber], MpNumber],
    ) -> None:
        self._spread = spread
        self._absolute_error = absolute_error
        self._f = f
        self._x = x
        self._digits = digits
        # More digits take smaller steps, and those take more working digits.
        self._fineness = max(1.0, digits / DIGITS)
        self._steps = _FEW_STEPS

    def truth(self, smallest: float) -> Truth:
        extra = self._spread + 2 * max(0, -math.frexp(smallest)[1] // 3)
        truth = self._settled(self._enough_digits() + extra)
        if _is_clear(truth):
            return truth
        # Structure finer than the last steps, tanh(1e30*x) at 0, or slower than any power of h.
        self._steps = _MANY_STEPS
        return self._settled(2 * self._enough_digits() + extra)

    def _settled(self, working: int) -> Truth:
        truth = self._at_precision(working)
        for _ in range(3):
            working += working // 2
            before, truth = truth, self._at_precision(working)
            if self._same(before, truth):
                break
        return truth

    def _enough_digits(self) -> int:
        """Digits for x + h and for the cancellation in the quotient, at the smallest h."""
        with mpmath.mp.workdps(DIGITS):
            at = self._x()
            magnitude = 0 if not at else int(mpmath.log10(abs(at)))
        return int(160 * self._fineness) + 3 * abs(magnitude)

    def _tolerance(self) -> MpNumber:
        return mpmath.mpf(10) ** (5 - self._digits)

    def _same(self, one: Truth, other: Truth) -> bool:
        pairs = [
            (one.value, other.value),
            (one.left.value, other.left.value),
            (one.right.value, other.right.value),
        ]
        return one.kind == other.kind and all(self._agree(a, b) for a, b in pairs)

    def _agree(self, a: MpNumber, b: MpNumber) -> bool:
        if not (mpmath.isfinite(a) and mpmath.isfinite(b)):
            return bool(a == b) or bool(mpmath.isnan(a) and mpmath.isnan(b))
        return bool(abs(a - b) <= self._tolerance() * max(abs(a), abs(b)))

    def _at_precision(self, working: int) -> Truth:
        with mpmath.mp.workdps(working):
            at = self._x()
            here = self._f(at)
            if mpmath.isnan(here):
                return self._undefined(at)
            absolute_error = self._cancelled(mpmath.mpf(0), here) + self._absolute_error(at)
            return self._defined(
                at, here if abs(here) > absolute_error else mpmath.mpf(0), absolute_error
            )

    def _hs(self, at: MpNumber) -> list[MpNumber]:
        scale = min(mpmath.mpf(1), abs(at)) if at else mpmath.mpf(1)
        h = _power(_START, self._fineness, mpmath.mp.prec) * scale
        ratio = self._ratio()
        return [h * ratio**k for k in range(self._steps)]

    def _ratio(self) -> MpNumber:
        return _power(_RATIO, self._fineness, mpmath.mp.prec)

    # -- where f has a value -----------------------------------------------------------------------

    def _defined(self, at: MpNumber, here: MpNumber, absolute_error: MpNumber = 0) -> Truth:
        """The truth where f is `here`, known to within `absolute_error`."""
        left, right = (self._quotients(at, here, side, absolute_error) for side in (-1, 1))
        kind = self._kind(left, right)
        derivative = (left.value + right.value) / 2 if kind == "differentiable" else mpmath.nan
        return Truth(kind, here, derivative, left, right)

    def _quotients(self, at: MpNumber, here: MpNumber, side: int, absolute_error: MpNumber) -> Side:
        """How the difference quotient behaves on one side."""
        hs = [side * h for h in self._hs(at)]
        values = [self._f(at + h) for h in hs]
        # Of the last value only: f may be astronomical where h is still large.
        last = abs(here) if mpmath.isnan(values[-1]) else max(abs(here), abs(values[-1]))
        absolute_error += self._cancelled(hs[-1], values[-1]) + self._absolute_error(at + hs[-1])
        return self._behaviour(
            [(v - here) / h for v, h in zip(values, hs, strict=True)],
            noise=(_round_off(last) + absolute_error) / abs(hs[-1]),
        )

    def _cancelled(self, h: MpNumber, value: MpNumber) -> MpNumber:
        """What more digits change in f(x + h): the round-off of all that cancelled on the way."""
        with mpmath.mp.workdps(mpmath.mp.dps + DIGITS):
            finer = self._f(self._x() + h)
        if mpmath.isnan(finer) or mpmath.isnan(value):
            return mpmath.mpf(0)
        return 10 * abs(finer - value)

    def _kind(self, left: Side, right: Side) -> TruthKind:
        behaviours = {left.behaviour, right.behaviour}
        if "unsettled" in behaviours:
            return _kind_unsettled(left, right)
        if any(side.behaviour == "infinite" and _is_jump(side) for side in (left, right)):
            return "jump"
        if "outside" in behaviours:
            return "edge"
        if behaviours == {"finite"}:
            return "differentiable" if self._meet(left, right) else "corner"
        if behaviours == {"infinite"} and left.value != right.value:
            return "cusp"
        return "vertical tangent"

    def _meet(self, left: Side, right: Side) -> bool:
        """Whether two finite limits are the same, within what they are known to."""
        scale = max(abs(left.value), abs(right.value))
        allowed = left.error + right.error + self._tolerance() * scale
        return bool(abs(left.value - right.value) <= allowed)

    # -- where it has none -------------------------------------------------------------------------

    def _undefined(self, at: MpNumber) -> Truth:
        hs = self._hs(at)
        sides = [[self._f(at + side * h) for h in hs] for side in (-1, 1)]
        left, right = (
            self._behaviour(values, _round_off(0 if mpmath.isnan(values[-1]) else abs(values[-1])))
            for values in sides
        )
        nan = mpmath.nan
        kind = self._kind_undefined(left, right)
        if kind != "removable":
            return Truth(kind, nan, nan, left, right)
        limit = (left.value + right.value) / 2
        return Truth(kind, nan, nan, left, right, limit, self._extended(at))

    def _kind_undefined(self, left: Side, right: Side) -> TruthKind:
        behaviours = {left.behaviour, right.behaviour}
        if behaviours == {"outside"}:
            return "outside"
        if "infinite" in behaviours:
            return "pole"
        if "unsettled" in behaviours:
            return _kind_unsettled(left, right)
        if "outside" in behaviours:
            return "edge"
        return "removable" if self._meet(left, right) else "jump"

    def _extended(self, at: MpNumber) -> Truth:
        """The truth of f continued at a point where it has a limit but no value.

        The limit is taken from so near the point that its error cannot be seen in the quotients.
        """
        step = int(_LIMIT_STEP * self._fineness)
        with mpmath.mp.workdps(mpmath.mp.dps + 2 * step):
            near = mpmath.mpf(10) ** -step
            above, below = self._f(at + near), self._f(at - near)
            return self._defined(at, (above + below) / 2, abs(above - below))

    # -- how a sequence behaves --------------------------------------------------------------------

    def _behaviour(self, values: list[MpNumber], noise: MpNumber) -> Side:
        """How a sequence at h of constant ratio behaves; `noise` is the last one's round-off."""
        if mpmath.isnan(values[-1]) or mpmath.isnan(values[-2]):
            return Side("outside", mpmath.nan)
        values = [v for v in values if not mpmath.isnan(v)]
        last = values[-1]
        changes = [b - a for a, b in pairwise(values)]
        order = self._order(changes) if abs(changes[-1]) > noise else None
        if abs(changes[-1]) <= mpmath.mpf(10) ** -(self._digits + 5) * abs(last) + noise:
            return _finite(last, abs(changes[-1]) + noise, order)
        if len(changes) < 3 or not all(changes[-3:]):
            return Side("unsettled", mpmath.nan)
        watched = changes[-_WATCHED:]
        ratios = [b / a if a else mpmath.inf for a, b in pairwise(watched)]
        before, ratio = ratios[-2:]
        drift = abs(ratio - before) / abs(ratio)
        if 0.5 < ratio < 2:
            # Nearly flat: a few more changes tell log(h) and h**0.01 from what repeats with log(h).
            if self._steps == _FEW_STEPS:
                return Side("unsettled", mpmath.nan)
            drift = max(abs(r - ratio) for r in ratios) / ratio
        if drift < _STEADY and 0 < ratio < 1 - _FLAT:
            # Aitken's delta-squared.
            value = last - changes[-1] ** 2 / (changes[-1] - changes[-2])
            error = abs(value - last) * (drift + mpmath.mpf(10) ** -self._digits) + noise
            return _finite(value, error, order)
        grown = ratio < 2 or abs(last) < _GROWN * abs(changes[-1])
        if grown and ((drift < _STEADY and ratio > 1 - _FLAT) or (drift < 0.25 and ratio > 1.5)):
            return Side("infinite", mpmath.sign(changes[-1]) * mpmath.inf, order=order)
        if max(abs(before), abs(ratio)) < _SHRINKING:
            return _finite(last, abs(changes[-1]) + noise, None)
        if self._steps == _MANY_STEPS:
            return _slow(values, changes, noise)
        return Side("unsettled", mpmath.nan)

    def _order(self, changes: list[MpNumber]) -> float | None:
        if len(changes) < 2 or not changes[-1] or not changes[-2]:
            return None
        grown = mpmath.ln(abs(changes[-1] / changes[-2]), prec=_ORDER_BITS)
        return float(grown / mpmath.ln(self._ratio(), prec=_ORDER_BITS))


@lru_cache
def _power(number: str, exponent: float, precision: int) -> MpNumber:
    """A constant to a power, at the working precision: read and raised once for each."""
    return mpmath.mpf(number) ** exponent


def _kind_unsettled(left: Side, right: Side) -> TruthKind:
    unsettled = [side for side in (left, right) if side.behaviour == "unsettled"]
    return "undecided" if all(side.error for side in unsettled) else "oscillation"


def _is_clear(truth: Truth) -> bool:
    """Whether both sides are known beyond doubt: settled, and finite ones to many digits."""
    sides = [truth.left, truth.right]
    if truth.extension is not None:
        sides += [truth.extension.left, truth.extension.right]
    return all(_is_sharp(side) for side in sides)


def _is_sharp(side: Side) -> bool:
    if side.behaviour == "finite":
        return bool(side.error <= mpmath.mpf(10) ** -20 * abs(side.value)) or not side.value
    return side.behaviour != "unsettled"


def _slow(values: list[MpNumber], changes: list[MpNumber], noise: MpNumber) -> Side:
    """Sequences slower or faster than any power of h, told from many steps.

    One that keeps its sign and grows at every step diverges, as exp(1/h) does. One that behaves
    like a + b/log(h), linear in 1/(value - a), converges to a.
    """
    late = values[-8:]
    one_way = all(c > 0 for c in changes[-7:]) or all(c < 0 for c in changes[-7:])
    growing = all(abs(b) > 1.05 * abs(a) for a, b in pairwise(late))
    if one_way:
        one, other = (_harmonic_limit(*late[k : k + 5 : 2]) for k in (2, 3))
        nearing = abs(late[-1] - one) < abs(late[0] - one)
        if nearing and abs(one - other) <= 1e-6 * max(map(abs, late)):
            value = mpmath.mpf(0) if abs(one) <= 1e-6 * abs(late[-1]) else one
            return Side("finite", value, abs(one - other) + noise)
    if one_way and growing:
        return Side("infinite", mpmath.sign(late[-1]) * mpmath.inf)
    # What goes one way does not oscillate: it may have a limit that finite steps do not tell.
    return Side("unsettled", mpmath.nan, error=mpmath.inf if one_way else 0)


def _harmonic_limit(a: MpNumber, b: MpNumber, c: MpNumber) -> MpNumber:
    """The limit L for which 1/(a - L), 1/(b - L), 1/(c - L) are evenly spaced."""
    return (2 * a * c - b * (a + c)) / (a + c - 2 * b)


def _round_off(magnitude: MpNumber) -> MpNumber:
    """The round-off in a value of this size."""
    return mpmath.mpf(10) ** (15 - mpmath.mp.dps) * magnitude


def _is_jump(side: Side) -> bool:
    """Whether the quotient grows like 1/h or faster: then f itself does not come back."""
    return side.order is not None and side.order < -0.99


def _finite(value: MpNumber, error: MpNumber, order: float | None) -> Side:
    return Side("finite", mpmath.mpf(0) if abs(value) <= error else value, error, order)
