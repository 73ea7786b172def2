"""Difference quotients of any order, and how they converge as h shrinks, in any kind of numbers.

The n-th derivative has the n-th difference over h**n for its quotient (Hildebrand, *Introduction
to Numerical Analysis*, section 4.2), whose round-off grows like 1/h**n.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from diffcalc.base.numbers import R, Real

Difference = Literal["forward", "backward", "central"]

# Richardson's table gains a power of h per column; beyond ten, round-off is all that is left.
_MAX_LEVELS = 10


class Row(NamedTuple):
    """One step of the h-convergence: h, the quotient there, its error, and the observed order.

    The order is log(error before / error) / log(h before / h): 1 for a one-sided quotient of a
    smooth function, 2 for a central one, nan in the first row and where round-off rules.
    `extrapolated` is Richardson's value from this row and those above.
    """

    h: Real
    quotient: Real
    error: Real
    order: float
    extrapolated: Real


def stencil(kind: Difference, order: int = 1) -> tuple[list[tuple[int, int]], int]:
    """The n-th difference quotient: (offset, weight) of each value of f, and its unit width.

    The quotient is the sum of weight*f(x + offset*h), over (width*h)**order. Central differences of
    odd order would need half steps; they are twice as wide instead.
    """
    wide = 2 if kind == "central" and order % 2 else 1
    shift = {"forward": 0, "backward": -order, "central": -order * wide // 2}[kind]
    places = [
        (k * wide + shift, (-1) ** (order - k) * math.comb(order, k)) for k in range(order, -1, -1)
    ]
    return places, wide


def quotient(
    f: Callable[[R], R], x: R, h: R, kind: Difference = "forward", order: int = 1
) -> R | int:
    """The difference quotient at step h; of order 1, computed exactly as the lecture writes it."""
    places, width = stencil(kind, order)
    difference = sum(weight * f(x + offset * h) for offset, weight in places)
    return over_power(difference, width * h, order)


def over_power(value: R | int, h: R, order: int) -> R | int:
    """value/h**order, also where that power is too large or too small for a float64."""
    for _ in range(order):
        value = value / h
    return value


def steps(start: R, factor: R, count: int = 5) -> Iterator[R]:
    """The lecture's h: `start`, then multiplied by `factor` again and again, while it shrinks.

    The least float64 above 0 times 0.9 is rounded to itself.
    """
    h: R = start
    before: Real = math.inf
    for _ in range(count):
        if not 0 < abs(h) < before:
            return
        yield h
        h, before = h * factor, abs(h)


def rows(
    f: Callable[[R], R],
    x: R,
    target: R,
    hs: Iterable[R],
    kind: Difference,
    noise: Callable[[R], Real],
    order: int = 1,
) -> list[Row]:
    """The quotients at each h with their errors against `target`, in any kind of numbers.

    An error below `noise(h)`, the round-off in f and in x + h, has no order.
    """
    found: list[Row] = []
    coarse: list[Real] = []
    for h in hs:
        value = quotient(f, x, h, kind, order)
        error = abs(value - target)
        observed = _order(found[-1], h, error) if found and error > noise(h) else math.nan
        coarse = _extrapolated(value, coarse, found[-1].h / h if found else 1, kind)
        found.append(Row(h, value, error, observed, coarse[-1]))
    return found


def _order(before: Row, h: Real, error: Real) -> float:
    if not (0 < error < math.inf and 0 < before.error < math.inf):
        return math.nan
    # Far below 1e-300 a ratio of errors still is a float64, where the errors are not.
    return math.log(before.error / error) / math.log(before.h / h)


def _extrapolated(value: Real, coarse: list[Real], ratio: Real, kind: Difference) -> list[Real]:
    """A row of Richardson's table: the error runs in powers of h, even ones if central."""
    gain: Real = 1.0
    row = [value]
    for previous in coarse[:_MAX_LEVELS]:
        # A product of floats may be infinite, where a power raises an error.
        gain *= ratio * ratio if kind == "central" else ratio
        row.append(row[-1] + (row[-1] - previous) / (gain - 1) if gain > 1 else row[-1])
    return row
