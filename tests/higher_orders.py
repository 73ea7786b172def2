"""The witness of higher derivatives: each is the derivative of the one before.

The n-th derivative is the limit of the difference quotient of the one before it, so the same
examination decides whether it exists (`definition.py`). Near the point, the derivative before is
itself a limit, and taken as a central difference in mpmath's precision, with a step so much smaller
than the distance to the point (its cube, and 1e-20 of that) that what happens at the point does not
reach it, and that even sin(1/x**2) is smooth within it. So x*abs(x) has a first derivative at 0 and
a corner for the second.
"""

from collections.abc import Callable
from typing import Any

import mpmath

from diffcalc.numerical.definition import DIGITS, MpFunction, MpNumber, Truth
from diffcalc.numerical.quotients import quotient
from tests.followed import examine

_NEARER = 20
_NEAREST = 150
_SHRUNK = mpmath.mpf(2) ** -30
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
MAX_ORDER = len(_ORDINALS) - 1


def examine_order(
    order: int, f: MpFunction, x: Callable[[], MpNumber], *, digits: int = DIGITS, **settings: Any
) -> Truth:
    """The truth of f's derivative of this order at x; of the first lower one that does not exist.

    `order` is at most `MAX_ORDER`. The other arguments are those of `followed.examine`.
    """

    def truth(of: int) -> Truth:
        if of == 1:
            return examine(f, x, digits=digits, **settings)
        lower = _Derivative(lambda t: f, lambda t: t, x, of - 1, digits)
        found = examine(lower, x, digits=digits, absolute_error=lower.absolute_error, **settings)
        return found._replace(of=f"the {_ORDINALS[of - 1]} derivative")

    # A kink of f is even or odd: the difference of one of the last two orders does not miss it.
    last = {of: truth(of) for of in range(max(1, order - 1), order + 1)}
    if all(found.exists for found in last.values()):
        return last[order]
    lower = (last.get(of) or truth(of) for of in range(1, order + 1))
    return next(found for found in lower if not found.exists)


def examine_mixed(
    f: Callable[[MpNumber, MpNumber], MpNumber],
    x: Callable[[], MpNumber],
    y: Callable[[], MpNumber],
    name: str,
    *,
    digits: int = DIGITS,
    **settings: Any,
) -> Truth:
    """The truth of the derivative in y of the derivative in x of f(x, y); `name` is x's."""
    truth = examine(lambda s: f(s, y()), x, digits=digits, **settings)
    if not truth.exists:
        return truth
    slope = _Slope(lambda t: lambda s: f(s, t), lambda t: x(), y, 1, digits)
    truth = examine(slope, y, digits=digits, absolute_error=slope.absolute_error, **settings)
    return truth._replace(of=f"the derivative in {name}")


class _Derivative:
    """A derivative as a function of t near a point: central differences of tiny steps."""

    def __init__(
        self,
        line: Callable[[MpNumber], MpFunction],
        place: Callable[[MpNumber], MpNumber],
        point: Callable[[], MpNumber],
        order: int,
        digits: int,
    ) -> None:
        self._line = line
        self._place = place
        self._point = point
        self._order = order
        self._fineness = max(1.0, digits / DIGITS)

    def __call__(self, t: MpNumber) -> MpNumber:
        return self._quotient(t, self._step(t))

    def absolute_error(self, t: MpNumber) -> MpNumber:
        """About how far off the value at t is: by round-off, and by the length of the step.

        A quotient that grows as the step shrinks has no limit, and no such error.
        """
        step = self._step(t)
        value, wider = self._quotient(t, step), self._quotient(t, 10 * step)
        if mpmath.isnan(value) or mpmath.isnan(wider):
            return mpmath.mpf(0)
        with mpmath.mp.workdps(self._enough_digits(t, step)):
            size = abs(self._line(t)(self._place(t) + step)) / step**self._order
            round_off = size * mpmath.mpf(10) ** (DIGITS // 2 - mpmath.mp.dps)
        return round_off + (10 * abs(wider - value) if abs(wider) > abs(value) else 0)

    def _quotient(self, t: MpNumber, step: MpNumber) -> MpNumber:
        with mpmath.mp.workdps(self._enough_digits(t, step)):
            return quotient(self._line(t), self._place(t), step, kind="central", order=self._order)

    def _enough_digits(self, t: MpNumber, step: MpNumber) -> int:
        lost = int(-mpmath.log10(step)) + max(0, int(mpmath.log10(abs(t) + 1)))
        digits: int = mpmath.mp.dps + (self._order + 1) * max(lost, 0) + DIGITS
        return digits

    def _step(self, t: MpNumber) -> MpNumber:
        at = self._point()
        distance = abs(t - at)
        scale = min(mpmath.mpf(1), abs(at)) if at else mpmath.mpf(1)
        if distance:
            nearer = mpmath.mpf(10) ** -int(_NEARER * self._fineness)
            return nearer * distance * min(mpmath.mpf(1), distance / scale) ** 2
        return scale * mpmath.mpf(10) ** -int(_NEAREST * self._fineness)


class _Slope(_Derivative):
    """A first derivative in one variable along another, nan where there is a kink across it.

    The kinks of abs(x)*y lie on the line x = 0 along which its derivative in x is looked at.
    """

    def __call__(self, t: MpNumber) -> MpNumber:
        # At the point itself the first derivative is known to exist.
        apart = t != self._point() and self._kinked(t)
        return mpmath.nan if apart else super().__call__(t)

    def _kinked(self, t: MpNumber) -> bool:
        """Whether the slopes from both sides stay apart as the step shrinks."""
        step = self._step(t)
        digits = self._enough_digits(t, step)
        wide = self._gap(t, step, digits)
        narrow = self._gap(t, step * _SHRUNK, digits)
        if narrow <= wide / 2:
            return False
        # Round-off stays too, but not with more digits.
        finer = self._gap(t, step * _SHRUNK, digits + DIGITS)
        return bool(finer > narrow / 2)

    def _gap(self, t: MpNumber, step: MpNumber, digits: int) -> MpNumber:
        """How far the slopes from both sides are apart."""
        with mpmath.mp.workdps(digits):
            line, place = self._line(t), self._place(t)
            return abs(line(place + step) - 2 * line(place) + line(place - step)) / step
