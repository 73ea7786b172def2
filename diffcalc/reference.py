"""The truth: the limit of the difference quotient in as many digits as it takes.

The expression is ours, so it can be evaluated with mpmath to any precision, and the definition of
the derivative followed to steps so small (h about 1e-9, 1e-18, … 1e-43) that neither truncation nor
round-off reaches the digits shown. No derivative formula is used, and each side of the point is
looked at on its own: how the quotient behaves as h -> 0 says whether the derivative exists, and
if not, why.

How a sequence behaves is read off its differences, as in the ratio test and Aitken's delta-squared
process (Sidi, *Practical Extrapolation Methods*, chapter 15): where they vanish or shrink by a
steady power of h it converges, where they grow by one it diverges, else it never settles.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import mpmath

Number = Any
"""An mpmath number."""
Line = Callable[[Number], Number]
"""A real function of one mpmath number, nan where it is undefined."""

Behaviour = Literal["finite", "infinite", "unsettled", "outside"]
Kind = Literal[
    "differentiable",
    "corner",
    "vertical tangent",
    "cusp",
    "jump",
    "oscillation",
    "edge",
    "removable",
    "pole",
    "outside",
]

DIGITS = 30
_STEPS = 5
# An irrational ratio near 1e-8.5 and an irrational start: powers of ten would meet sin(2*pi/h) at
# its zeros every time.
_RATIO = "3.183098861837906715377675267450287e-9"
_START = "7.548776662466927600495088963585287e-10"
_LIMIT_STEP = 150

# Ratios of successive changes: below the first the sequence converges by a power of h, and a power
# keeps its ratio steady, which 1/log(h) does not; at 1 it diverges like log(h).
_CONVERGING = 0.95
_DIVERGING = 1.05
_STEADY = 1e-3
_SHRINKING = 1e-3


@dataclass(frozen=True, slots=True)
class Side:
    """How a quantity behaves on one side as h -> 0.

    `value` is its limit, ±inf where it diverges, nan where there is none. `error` bounds the
    distance to the limit. `order` is the p of the leading power h**p: positive where the
    quantity converges (None where it is constant), negative where it diverges.
    """

    behaviour: Behaviour
    value: Number
    error: Number = 0
    order: float | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of f at the point.

    `derivative` is f'(x) where it exists. `left` and `right` tell of the difference quotient.
    Where f itself is undefined (`kind` removable, pole, outside), they tell of f, and for a
    removable point `derivative` is nan while `extension` is the derivative of f continued there.
    """

    kind: Kind
    value: Number
    derivative: Number
    left: Side
    right: Side
    limit: Number = mpmath.nan
    extension: "Truth | None" = None

    @property
    def exists(self) -> bool:
        """Whether f is differentiable here."""
        return self.kind == "differentiable"

    @property
    def defined(self) -> bool:
        """Whether f has a real value here."""
        return bool(mpmath.isfinite(self.value))


def examine(f: Line, x: Callable[[], Number], smallest: float = 1.0) -> Truth:
    """What is true of f at x; `x()` gives the point at mpmath's working precision.

    The working precision is doubled until two agree to `DIGITS` digits. A derivative much smaller
    than `smallest` and than 1e-70 is taken for 0.
    """
    digits = _enough_digits(x) + 2 * max(0, -math.frexp(smallest)[1] // 3)
    truth = _at_precision(f, x, digits)
    for _ in range(3):
        digits *= 2
        before, truth = truth, _at_precision(f, x, digits)
        if _same(before, truth):
            return truth
    if truth.defined and abs(truth.value) > mpmath.mpf(10) ** 100 * abs(before.value):
        # tan(pi/2): a value that grows with the precision is the pole next to it.
        with mpmath.mp.workdps(digits):
            return _undefined(f, x())
    return truth


def _enough_digits(x: Callable[[], Number]) -> int:
    """Digits for x + h and for the cancellation in the quotient, at the smallest h."""
    with mpmath.mp.workdps(DIGITS):
        at = x()
        magnitude = 0 if not at else int(mpmath.log10(abs(at)))
    return 160 + 3 * abs(magnitude)


def _same(one: Truth, other: Truth) -> bool:
    pairs = [
        (one.value, other.value),
        (one.left.value, other.left.value),
        (one.right.value, other.right.value),
    ]
    return one.kind == other.kind and all(_agree(a, b) for a, b in pairs)


def _agree(a: Number, b: Number) -> bool:
    if not (mpmath.isfinite(a) and mpmath.isfinite(b)):
        return bool(a == b) or bool(mpmath.isnan(a) and mpmath.isnan(b))
    if abs(b) < abs(a) < mpmath.mpf(10) ** -100:
        # The round-off of a value that is 0, as sin(pi) is: it shrinks as the precision rises.
        return True
    return bool(abs(a - b) <= mpmath.mpf(10) ** (5 - DIGITS) * max(abs(a), abs(b)))


def _at_precision(f: Line, x: Callable[[], Number], digits: int) -> Truth:
    with mpmath.mp.workdps(digits):
        at = x()
        here = f(at)
        if mpmath.isnan(here):
            return _undefined(f, at)
        return _defined(f, at, here)


def _hs(at: Number) -> list[Number]:
    scale = min(mpmath.mpf(1), abs(at)) if at else mpmath.mpf(1)
    ratio, h = mpmath.mpf(_RATIO), mpmath.mpf(_START) * scale
    return [h * ratio**k for k in range(_STEPS)]


def _defined(f: Line, at: Number, here: Number) -> Truth:
    left, right = (_quotients(f, at, here, side) for side in (-1, 1))
    kind = _kind(left, right)
    derivative = (left.value + right.value) / 2 if kind == "differentiable" else mpmath.nan
    return Truth(kind, here, derivative, left, right)


def _quotients(f: Line, at: Number, here: Number, side: int) -> Side:
    """How the difference quotient behaves on one side."""
    hs = [side * h for h in _hs(at)]
    values = [f(at + h) for h in hs]
    largest = max((abs(v) for v in values if not mpmath.isnan(v)), default=mpmath.mpf(0))
    return _behaviour(
        [(v - here) / h for v, h in zip(values, hs, strict=True)],
        noise=_round_off(max(largest, abs(here))) / abs(hs[-1]),
    )


def _round_off(magnitude: Number) -> Number:
    """The round-off in a value, an absolute part for what cancelled on the way included."""
    digits = mpmath.mp.dps
    return mpmath.mpf(10) ** (15 - digits) * magnitude + mpmath.mpf(10) ** (-3 * digits // 4)


def _kind(left: Side, right: Side) -> Kind:
    behaviours = {left.behaviour, right.behaviour}
    if "unsettled" in behaviours:
        return "oscillation"
    if any(side.behaviour == "infinite" and _is_jump(side) for side in (left, right)):
        return "jump"
    if "outside" in behaviours:
        return "edge"
    if behaviours == {"finite"}:
        gap = abs(left.value - right.value)
        allowed = left.error + right.error
        scale = max(abs(left.value), abs(right.value))
        meets = gap <= allowed + mpmath.mpf(10) ** -(DIGITS - 5) * scale
        return "differentiable" if meets else "corner"
    if behaviours == {"infinite"} and left.value != right.value:
        return "cusp"
    return "vertical tangent"


def _is_jump(side: Side) -> bool:
    """Whether the quotient grows like 1/h or faster: then f itself does not come back."""
    return side.order is not None and side.order < -0.99


def _undefined(f: Line, at: Number) -> Truth:
    hs = _hs(at)
    noise = _round_off(mpmath.mpf(1))
    left, right = (_behaviour([f(at + side * h) for h in hs], noise) for side in (-1, 1))
    behaviours = {left.behaviour, right.behaviour}
    nan = mpmath.nan
    if behaviours == {"outside"}:
        return Truth("outside", nan, nan, left, right)
    if "infinite" in behaviours:
        return Truth("pole", nan, nan, left, right)
    if "unsettled" in behaviours:
        return Truth("oscillation", nan, nan, left, right)
    if "outside" in behaviours:
        return Truth("edge", nan, nan, left, right)
    allowed = left.error + right.error + mpmath.mpf(10) ** (5 - DIGITS) * abs(left.value)
    if abs(left.value - right.value) > allowed:
        return Truth("jump", nan, nan, left, right)
    limit = (left.value + right.value) / 2
    return Truth("removable", nan, nan, left, right, limit, _extended(f, at))


def _extended(f: Line, at: Number) -> Truth:
    """The truth of f continued at a point where it has a limit but no value.

    The limit is taken from so near the point that its error cannot be seen in the quotients.
    """
    with mpmath.mp.workdps(2 * mpmath.mp.dps + 2 * _LIMIT_STEP):
        near = mpmath.mpf(10) ** -_LIMIT_STEP
        limit = (f(at + near) + f(at - near)) / 2
        return _defined(f, at, limit)


def _behaviour(values: list[Number], noise: Number) -> Side:
    """How a sequence at h of constant ratio behaves; `noise` is the last one's round-off."""
    if mpmath.isnan(values[-1]) or mpmath.isnan(values[-2]):
        return Side("outside", mpmath.nan)
    values = [v for v in values if not mpmath.isnan(v)]
    last = values[-1]
    changes = [b - a for a, b in pairwise(values)]
    if abs(changes[-1]) <= mpmath.mpf(10) ** -(DIGITS + 5) * abs(last) + noise:
        return _finite(last, abs(changes[-1]) + noise, _order(changes))
    if len(changes) < 3 or not all(changes[-3:]):
        return Side("unsettled", mpmath.nan)
    before, ratio = (b / a for a, b in zip(changes[-3:], changes[-2:], strict=False))
    drift = abs(ratio - before) / abs(ratio)
    if 0 < ratio < _CONVERGING and drift < _STEADY:
        # Aitken's delta-squared.
        value = last - changes[-1] ** 2 / (changes[-1] - changes[-2])
        error = abs(value - last) * (drift + mpmath.mpf(10) ** -DIGITS) + noise
        return _finite(value, error, _order(changes))
    if ratio > _CONVERGING and drift < (_STEADY if ratio < _DIVERGING else 0.25):
        return Side("infinite", mpmath.sign(changes[-1]) * mpmath.inf, order=_order(changes))
    if max(abs(before), abs(ratio)) < _SHRINKING:
        return _finite(last, abs(changes[-1]) + noise, None)
    return Side("unsettled", mpmath.nan)


def _finite(value: Number, error: Number, order: float | None) -> Side:
    return Side("finite", mpmath.mpf(0) if abs(value) <= error else value, error, order)


def _order(changes: list[Number]) -> float | None:
    if len(changes) < 2 or not changes[-1] or not changes[-2]:
        return None
    ratio = abs(changes[-1] / changes[-2])
    return float(mpmath.log(ratio) / mpmath.log(mpmath.mpf(_RATIO)))
