"""Method 1, the numerical limit: the difference quotient as h shrinks, in float64 alone.

Everything here takes a plain function of one float and a point. Two things are computed:

* `converge`: the sequence of the lecture, quotients at h, h/10, h/100, …, with the error of each,
  the observed order, and the h below which round-off takes over;
* `limit`: the limit itself, with an error estimate, by Richardson extrapolation of central
  differences (Press et al., *Numerical Recipes*, section 5.7, after Ridders 1982), with a bound on
  truncation and on round-off carried by each entry of the table.

Both take the order of the derivative.

The limit is two-sided. Where the quotients from the left and from the right settle on different
values there is none, and `limit` says so instead of returning their mean.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from diffcalc.base.numbers import Real
from diffcalc.numerical.quotients import Difference, Row, over_power, rows, steps
from diffcalc.numerical.round_off import EPSILON, power_of_two

if TYPE_CHECKING:
    from diffcalc.numerical.chebyshev import Estimate

RealFunction = Callable[[float], float]

# A power of two, so that no step is rounded. A larger one may pass by the largest h from which the
# differences contract, a smaller one takes more evaluations to get there.
_SHRINK = 8.0
# Beside 0 alone this ends the search, at an h of 1e-54: elsewhere x + h is x before.
_MAX_SHRINKS = 60
# Where a corner is at a distance d, h is below d after as many as log8(1/d).
_MAX_STARTS = 8
# So h ends at 1/512 of the first one; each row more costs two evaluations.
_MAX_LEVELS = 10
# By then h is 4**24, about 3e14, times smaller than it was, and round-off has the digits.
_MAX_QUOTIENTS = 24
# Two contractions by the same power of h differ by no more than this factor: a larger one lets
# chance through, a smaller one asks for a smaller h to start from.
_SAME_POWER = 3.0
# About 4**0.1, from h to h/4: what grows more slowly than h**-0.1, as a logarithm does in the end,
# is not called infinite.
_GROWTH = 1.15
# A one-sided limit has four digits or none is given: fewer may be chance, and to ask for more
# refuses those that are approached slowly.
_TRUSTED = 1e-4
# With fewer digits than six a higher derivative is looked at from each side as well: a jump in it
# may hide in the error. That takes two more estimates.
_NO_DOUBT = 1e-6
# From 64*h to h, far above the scale of f, 1/h grows by 64 and cbrt's quotient, h**(-2/3), by 16:
# both are to be skipped.
_FAR = 12.0
# All smooth cases of the tests take no more: sin at 1e8 and cbrt at 1e-6 took 33 to 35 without it.
_BUDGET = 30
# Nine digits: once the evaluations are spent, more of them are not worth another row.
_ENOUGH = 1e-9


class Limit(NamedTuple):
    """A numerical limit: its value, an estimate of its error, and the evaluations of f it took.

    `left` and `right` are the one-sided limits. `value` is nan where they differ or f is undefined
    on one side.
    """

    value: Real
    error: Real
    left: Real
    right: Real
    evaluations: int

    @property
    def taken(self) -> bool:
        """Whether there is one at all: along very many variables none is taken."""
        return self is not NOT_TAKEN


NOT_TAKEN = Limit(math.nan, math.nan, math.nan, math.nan, 0)


class Convergence(NamedTuple):
    """The difference quotients of one kind and order as h shrinks, and the limit they approach.

    Without round-off, `digits` says how many digits of its mpmath numbers are meant.
    """

    kind: Difference
    rows: tuple[Row, ...]
    limit: Limit
    digits: int | None = None
    order: int = 1

    @property
    def round_off_h(self) -> float | None:
        """The h below which the error grows again, or None if the rows do not reach it."""
        errors = [row.error for row in self.rows]
        if not errors:
            return None
        best = min(range(len(errors)), key=lambda i: (math.isnan(errors[i]), errors[i]))
        if best == len(errors) - 1 or not errors[-1] > errors[best]:
            return None
        return float(self.rows[best].h)


def converge(
    f: RealFunction,
    x: float,
    *,
    order: int = 1,
    kind: Difference = "forward",
    start: float = 0.1,
    factor: float = 0.1,
    count: int = 5,
    absolute_error: float = 0.0,
) -> Convergence:
    """The h-convergence sequence of the quotients of this order of f at x.

    Errors are against the numerical limit, one-sided for a one-sided quotient. `absolute_error` is
    as of `limit`. Numbers only: f may return nan or infinity outside its domain, and must not
    raise.
    """
    found = limit(f, x, order, absolute_error)
    aim = {"forward": found.right, "backward": found.left, "central": found.value}[kind]
    target = float(aim if math.isnan(found.value) else found.value)
    here = float(abs(f(x)) + abs(x * target))

    def noise(h: float) -> float:
        return float(over_power(2.0 ** (order + 2) * (EPSILON * here + absolute_error), h, order))

    shown = rows(f, x, target, steps(start, factor, count), kind, noise, order)
    return Convergence(kind, tuple(shown), found, order=order)


def limit(f: RealFunction, x: float, order: int = 1, absolute_error: float = 0.0) -> Limit:
    """The limit of the difference quotient of this order of f at x, from float64 values of f.

    First h shrinks by 8 until central differences contract like h**2 twice in a row (once could be
    chance: sin at 1e5 aliases), which also brings x - h and x + h into the domain. From there h is
    halved and the table extrapolated until the bound on its error no longer improves, or nine
    digits are right and 30 evaluations spent. Quotients of higher order are not extrapolated from
    small h, but from many values (see `chebyshev.py`). `absolute_error` is the round-off in a value
    of f that its size does not tell of.
    """
    samples = _Samples(f, x, absolute_error)
    if not math.isfinite(samples.value(x)):
        return Limit(math.nan, math.nan, math.nan, math.nan, samples.count)
    if order > 1:
        return _higher_limit(samples, order, absolute_error)
    start = _contracting_step(samples)
    if start is not None:
        value, error = _neville(samples, start)
        for _ in range(_MAX_STARTS):
            if samples.comes_near(start, value, error):
                break
            start /= _SHRINK
            value, error = _neville(samples, start)
        if samples.sides_meet(start, error):
            return Limit(value, error, value, value, samples.count)
    (left, left_error), (right, right_error) = samples.one_sided(-1), samples.one_sided(1)
    gap, error = abs(left - right), left_error + right_error
    if start is None and gap <= error:
        # Differentiable, but not twice: x*abs(x) at 0.
        return Limit((left + right) / 2, error + gap, left, right, samples.count)
    return Limit(math.nan, math.nan, left, right, samples.count)


def _higher_limit(samples: "_Samples", order: int, absolute_error: float) -> Limit:
    """The limit from both sides at once; where that leaves a doubt, from each side on its own."""
    nan = math.nan
    found = _estimate(samples, order, 0, absolute_error)
    if found is None or found.error > _NO_DOUBT * abs(found.value):
        left, right = (_estimate(samples, order, side, absolute_error) for side in (-1, 1))
        if left is not None and right is not None:
            gap, error = abs(left.value - right.value), left.error + right.error
            if gap > error:
                return Limit(nan, nan, left.value, right.value, samples.count)
            if found is None and _smooth_below(samples, order, absolute_error):
                mean = (left.value + right.value) / 2
                return Limit(mean, error + gap, left.value, right.value, samples.count)
    if found is None:
        return Limit(nan, nan, nan, nan, samples.count)
    return Limit(found.value, found.error, found.value, found.value, samples.count)


def _estimate(
    samples: "_Samples", order: int, side: int, absolute_error: float
) -> "Estimate | None":
    # numpy.polynomial is imported for higher orders only.
    from diffcalc.numerical.chebyshev import derivative

    return derivative(samples.value, samples.x, order, side, absolute_error)


def _smooth_below(samples: "_Samples", order: int, absolute_error: float) -> bool:
    """Whether f and all derivatives below this order have the same limit from both sides."""
    for lower in range(order):
        left, right = (_estimate(samples, lower, side, absolute_error) for side in (-1, 1))
        if left is None or right is None:
            return False
        gap, error = abs(left.value - right.value), left.error + right.error
        if lower == 0:
            gap += abs(left.value - samples.value(samples.x))
        if gap > error:
            return False
    return True


def mixed_limit(f: Callable[[float, float], float], x: float, y: float) -> Limit:
    """The limit of the mixed second difference of f(x, y) over h**2, in float64.

    The difference along one diagonal minus the difference along the other is a function of one
    number, whose second derivative is four times the mixed one of f.
    """
    wide, high = (power_of_two(max(abs(v), 1.0)) for v in (x, y))

    def across(t: float) -> float:
        return f(x + wide * t, y + high * t) - f(x + wide * t, y - high * t)

    near = [f(x + wide * t, y + high * t) for t in (-0.5, 0.0, 0.5)]
    absolute_error = EPSILON * max((abs(v) for v in near if math.isfinite(v)), default=0.0)
    found = limit(across, 0.0, 2, absolute_error)
    # The product of all three may be more than a float64 holds.
    value, error, left, right = (part / 4 / wide / high for part in found[:4])
    return Limit(value, error, left, right, 2 * found.evaluations)


class _Samples:
    """Values of f around x, each computed once, and the quotients made of them."""

    def __init__(self, f: RealFunction, x: float, absolute_error: float = 0.0) -> None:
        self._f = f
        self.x = x
        self._absolute_error = absolute_error
        self._values: dict[float, float] = {}

    @property
    def count(self) -> int:
        """How often f was evaluated."""
        return len(self._values)

    def value(self, at: float) -> float:
        if at not in self._values:
            self._values[at] = float(self._f(at))
        return self._values[at]

    def tried(self, h: float) -> bool:
        """Whether the central difference at h has been computed."""
        return self.x + h in self._values

    def central(self, h: float) -> tuple[float, float]:
        """The central difference at h, and a bound on its round-off."""
        above, below = self.x + h, self.x - h
        high, low = self.value(above), self.value(below)
        width = above - below
        if width == 0:
            return math.nan, math.inf
        round_off = (EPSILON * (abs(high) + abs(low)) + 2 * self._absolute_error) / width
        # A function is evaluated no better than its argument is held.
        slope = abs(high - low) / width
        return (high - low) / width, round_off + EPSILON * slope

    def side(self, h: float, side: int) -> tuple[float, float]:
        """The one-sided quotient at h > 0, and a bound on its round-off."""
        at = self.x + side * h
        here, there = self.value(self.x), self.value(at)
        width = at - self.x
        if width == 0:
            return math.nan, math.inf
        round_off = EPSILON * (abs(here) + abs(there)) + 2 * self._absolute_error
        return (there - here) / width, round_off / abs(width)

    def sides_meet(self, h: float, error: float) -> bool:
        """Whether the quotients from both sides come together as h shrinks, as f' existing means.

        Their difference is h*f'' for a smooth function: it shrinks with h, or drowns in round-off.
        """
        gaps = []
        noise = error
        for step in (h, h / _SHRINK, h / _SHRINK**2):
            (right, noise_right), (left, noise_left) = self.side(step, 1), self.side(step, -1)
            gaps.append(abs(right - left))
            noise = error + 4 * (noise_right + noise_left)
        return gaps[-1] <= noise or gaps[-1] < max(gaps) / 4

    def comes_near(self, h: float, value: float, error: float) -> bool:
        """Whether the central difference at h/64 is where one that contracts is.

        It is 4096 times nearer to the limit than at h. From an h that reaches over a corner beside
        x they may contract by chance.
        """
        (wide, _), (narrow, noise) = self.central(h), self.central(h / _SHRINK**2)
        room = error + 4 * noise + abs(wide - value) / _SHRINK**2
        return not abs(narrow - value) > room

    def one_sided(self, side: int) -> tuple[float, float]:
        """The one-sided limit and a bound on its error; ±inf where it diverges, nan unsettled.

        Quotients at h, h/4, … are extrapolated in powers of h until that no longer helps. The
        quotients after the best value must stay as near to it as the one it came from, but for
        round-off: where they run away it was chance.
        """
        h = _first_step(self.x)
        best, least, spread = math.nan, math.inf, 0.0
        coarse: list[float] = []
        quotients: list[float] = []
        after: list[tuple[float, float]] = []
        for _ in range(_MAX_SHRINKS):
            if self.x + h == self.x or len(quotients) == _MAX_QUOTIENTS or len(after) == 4:
                break
            value, noise = self.side(h, side)
            h /= 4
            if not math.isfinite(value):
                coarse = []
                continue
            quotients.append(value)
            row = [value]
            for power, previous in enumerate(coarse[:6], start=1):
                row.append(row[-1] + (row[-1] - previous) / (4.0**power - 1))
            if len(coarse) > 1:
                change = abs(row[-1] - coarse[-1]) + 4 * noise
                after.append((value, noise))
                if change < least:
                    best, least, spread, after = row[-1], change, abs(value - row[-1]), []
            coarse = row
        stays = all(abs(value - best) <= spread + 8 * noise for value, noise in after)
        if stays and least <= _TRUSTED * max(1.0, abs(best)):
            return best, least
        return _divergence(quotients[-6:]), math.nan


def _divergence(quotients: list[float]) -> float:
    """±inf for quotients that grow by a power of h, nan for any others."""
    pairs = list(pairwise(quotients))
    if len(pairs) > 4 and all(late / early > _GROWTH for early, late in pairs if early):
        return math.copysign(math.inf, quotients[-1])
    return math.nan


def _first_step(x: float) -> float:
    """A power of two near max(|x|, 1)/4, so that h itself is free of round-off."""
    return power_of_two(max(abs(x), 1.0)) / 4


def _contracting_step(samples: _Samples) -> float | None:
    """The largest h from which central differences contract like h**2, twice in a row."""
    h = _first_step(samples.x)
    history: list[tuple[float, float, float]] = []
    skipped = False
    for _ in range(_MAX_SHRINKS):
        value, noise = samples.central(h)
        if math.isfinite(value):
            history = [*history[-3:], (h, value, noise)]
            start = _settled(history)
            if start is not None:
                return start
        if 0 < abs(samples.x) < h / _SHRINK and _beyond(history):
            # An edge of the domain, or a pole, is as likely at 0 as anywhere.
            h, history, skipped = power_of_two(abs(samples.x)), [], False
        elif _still_far(samples, h):
            h, history, skipped = h / _SHRINK, [], True
        elif skipped:
            # The last step skipped is made up for, unless quotients grew by about 64 across it:
            # then it was as far off as those before, and not where they start to contract.
            back = (h * _SHRINK**2, h * _SHRINK, h)
            if not abs(value) > 6 * _SHRINK * abs(samples.central(back[0])[0]):
                found = [(step, *samples.central(step)) for step in back]
                history = [entry for entry in found if math.isfinite(entry[1])]
            skipped = False
        h /= _SHRINK
        if samples.x + h == samples.x:
            break
    return None


def _beyond(history: list[tuple[float, float, float]]) -> bool:
    """Whether h reaches out of the domain, or the quotients grow as they do across a pole."""
    if not history:
        return True
    return len(history) > 1 and abs(history[-1][1]) > 32 * abs(history[-2][1]) > 0


def _still_far(samples: _Samples, h: float) -> bool:
    """Whether even the step after next, h/64, is too large, so that the next may be skipped.

    There f is undefined as it is at h, or the quotients grow as they did from 64*h to h. They still
    do where h is far above the scale of f, as the steps begin with sin at 1e8 or sqrt near 0.
    """
    stride = _SHRINK**2

    def size(step: float) -> float:
        return abs(samples.central(step)[0])

    if math.isnan(size(h)):
        return math.isnan(size(h / stride))
    grown = samples.tried(h * stride) and size(h) > _FAR * size(h * stride)
    return grown and size(h / stride) > _FAR * size(h)


def _settled(history: list[tuple[float, float, float]]) -> float | None:
    """The first h of a history whose differences shrink by about 64, or are mere round-off."""
    if len(history) < 3:
        return None
    changes = [(abs(b[1] - a[1]), a[2] + b[2]) for a, b in pairwise(history)]
    drowned = [change <= 4 * noise for change, noise in changes]
    if all(drowned[-2:]):
        return history[-len(drowned[-2:]) - 1][0]
    ratios = [
        math.inf if not narrow else wide / narrow for (wide, _), (narrow, _) in pairwise(changes)
    ]
    steady = len(ratios) > 1 and ratios[-1] < _SAME_POWER * ratios[-2] < _SAME_POWER**2 * ratios[-1]
    if len(ratios) > 1 and min(ratios[-2:]) >= 16 and (steady or drowned[-1]):
        return history[-4][0]
    return None


def _neville(samples: _Samples, start: float) -> tuple[float, float]:
    """Richardson's table over h, h/2, h/4, …: the entry of least error bound, and that bound.

    Two rows without a better entry end it. One is enough where the best owes more to round-off than
    to truncation: halving h doubles its round-off.
    """
    best, least = math.nan, math.inf
    coarse: list[tuple[float, float]] = []
    h, worse, patience = start, 0, 2
    for _ in range(_MAX_LEVELS):
        row = [samples.central(h)]
        for power, (previous, noise_before) in enumerate(coarse, start=1):
            value, noise = row[-1]
            ratio = 4.0**power
            value += (value - previous) / (ratio - 1)
            noise = (ratio * noise + noise_before) / (ratio - 1)
            row.append((value, noise))
        improved = False
        for (value, noise), (last, _), (before, _) in zip(row[1:], row, coarse, strict=False):
            truncation = max(abs(value - before), abs(value - last))
            if truncation + noise < least:
                best, least, improved = value, truncation + noise, True
                patience = 1 if truncation <= noise else 2
        worse = 0 if improved or not coarse else worse + 1
        if worse == patience or (samples.count > _BUDGET - 2 and least < _ENOUGH * abs(best)):
            break
        coarse, h = row, h / 2
    # Round-off inside f is not foreseen, as that of 1 + x**2 in log(1 + x**2). It doubles in every
    # row: the error of the last row, halved for each row in between, estimates that of the best.
    return best, max(least, abs(row[-1][0] - best) / 2**worse)
