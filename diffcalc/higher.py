"""The truth about higher derivatives: each is the derivative of the one before.

The n-th derivative is the limit of the difference quotient of the one before it, so the same
examination decides whether it exists (`reference.py`). Near the point, the derivative before is
itself a limit, and taken as a central difference in mpmath's precision, with a step so much smaller
than the distance to the point (its cube, and 1e-20 of that) that what happens at the point does not
reach it, and that even sin(1/x**2) is smooth within it. So x*abs(x) has a first derivative at 0 and
a corner for the second.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath

from diffcalc import numerical
from diffcalc.reference import DIGITS, Line, Number, Truth, examine

_NEARER = 20
_NEAREST = 150
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
MAX_ORDER = len(_ORDINALS) - 1


def examine_order(
    order: int, f: Line, x: Callable[[], Number], *, digits: int = DIGITS, **settings: Any
) -> Truth:
    """The truth of f's derivative of this order at x; of the first lower one that does not exist.

    `order` is at most `MAX_ORDER`. The other arguments are those of `reference.examine`.
    """

    def truth(of: int) -> Truth:
        if of == 1:
            return examine(f, x, digits=digits, **settings)
        lower = _Derivative(lambda t: f, lambda t: t, x, of - 1, digits)
        found = examine(lower, x, digits=digits, doubt=lower.doubt, **settings)
        return replace(found, of=f"the {_ORDINALS[of - 1]} derivative")

    # A kink of f is even or odd: the difference of one of the last two orders does not miss it.
    last = {of: truth(of) for of in range(max(1, order - 1), order + 1)}
    if all(found.exists for found in last.values()):
        return last[order]
    lower = (last.get(of) or truth(of) for of in range(1, order + 1))
    return next(found for found in lower if not found.exists)


def examine_mixed(
    f: Callable[[Number, Number], Number],
    x: Callable[[], Number],
    y: Callable[[], Number],
    name: str,
    *,
    digits: int = DIGITS,
    **settings: Any,
) -> Truth:
    """The truth of the derivative in y of the derivative in x of f(x, y); `name` is x's."""
    truth = examine(lambda s: f(s, y()), x, digits=digits, **settings)
    if not truth.exists:
        return truth
    slope = _Derivative(lambda t: lambda s: f(s, t), lambda t: x(), y, 1, digits)
    truth = examine(slope, y, digits=digits, doubt=slope.doubt, **settings)
    return replace(truth, of=f"the derivative in {name}")


class _Derivative:
    """A derivative as a function of t near a point: central differences of tiny steps."""

    def __init__(
        self,
        line: Callable[[Number], Line],
        place: Callable[[Number], Number],
        point: Callable[[], Number],
        order: int,
        digits: int,
    ) -> None:
        self._line = line
        self._place = place
        self._point = point
        self._order = order
        self._fineness = max(1.0, digits / DIGITS)

    def __call__(self, t: Number) -> Number:
        return self._quotient(t, self._step(t))

    def doubt(self, t: Number) -> Number:
        """About how far off the value at t is: by round-off, and by the length of the step."""
        step = self._step(t)
        found = abs(self._quotient(t, 10 * step) - self._quotient(t, step))
        return mpmath.mpf(0) if mpmath.isnan(found) else 10 * found

    def _quotient(self, t: Number, step: Number) -> Number:
        lost = int(-mpmath.log10(step)) + max(0, int(mpmath.log10(abs(t) + 1)))
        with mpmath.mp.workdps(mpmath.mp.dps + (self._order + 1) * max(lost, 0) + DIGITS):
            return numerical.quotient(
                self._line(t), self._place(t), step, kind="central", order=self._order
            )

    def _step(self, t: Number) -> Number:
        at = self._point()
        distance = abs(t - at)
        scale = min(mpmath.mpf(1), abs(at)) if at else mpmath.mpf(1)
        if distance:
            nearer = mpmath.mpf(10) ** -int(_NEARER * self._fineness)
            return nearer * distance * min(mpmath.mpf(1), distance / scale) ** 2
        return scale * mpmath.mpf(10) ** -int(_NEAREST * self._fineness)
