"""Derivatives from outside: mpmath's own numerical differentiation, in 40 digits."""

from collections.abc import Callable, Mapping
from typing import Any

import mpmath

from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression

DIGITS = 40


def derivative(
    expression: Expression,
    at: Mapping[str, float],
    name: str,
    digits: int = DIGITS,
    order: int = 1,
) -> Any:
    """The partial derivative by `mpmath.diff`; nan where the expression is undefined nearby.

    What is below the round-off of f, or of the square of mpmath's step, is 0.
    """

    def along(t: Any) -> Any:
        return expression(exact(), **values | {name: t})

    with mpmath.mp.workdps(digits):
        values = {n: mpmath.mpf(v) for n, v in at.items()}
        try:
            slope = mpmath.diff(along, values[name], order)
            tiny = mpmath.mpf(10) ** -digits
            return slope if abs(slope) > tiny * max(abs(along(values[name])), tiny) else slope * 0
        except (ZeroDivisionError, ValueError, TypeError):
            return mpmath.nan


def value(expression: Expression, at: Mapping[str, float]) -> Any:
    """The value in mpmath's arithmetic; nan where there is none."""
    with mpmath.mp.workdps(DIGITS):
        return expression(exact(), **{n: mpmath.mpf(v) for n, v in at.items()})


def size(expression: Expression, at: Mapping[str, float]) -> Any:
    """The largest value met on the way: what cancellation in float64 is measured against."""
    with mpmath.mp.workdps(DIGITS):
        values = {n: mpmath.mpf(v) for n, v in at.items()}
        return max(abs(v) for v in expression.replay(values, exact()))


def mp_derivative(function: Callable[..., Any], *at: float, argument: int = 0) -> Any:
    """The derivative of a function of the table in one argument."""
    with mpmath.mp.workdps(DIGITS):
        point = tuple(mpmath.mpf(v) for v in at)
        order = tuple(int(i == argument) for i in range(len(at)))
        return mpmath.diff(function, point, order)
