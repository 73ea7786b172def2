"""Sums, products of matrices and the other array operations, on object arrays of balls.

A sum of products is found in integers. With one power of two as the unit of a whole array, a ball
is the integer in its middle ± its radius, exactly: nothing is rounded until the very end, and the
loops are numpy's over Python's integers. Only arrays whose numbers differ too much in size for
that, or that have an end at infinity, go the long way, ball by ball.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any, SupportsInt

import numpy as np
from mpmath.libmp import from_man_exp, fzero

from diffcalc.base.numbers import Algebra
from diffcalc.base.types import ObjectArray
from diffcalc.language.array_operations import Array, exact_column, whole
from diffcalc.language.operations import Operation
from diffcalc.truth import ball
from diffcalc.truth.ball import (
    DOWN,
    ONE,
    UP,
    ZERO,
    Ball,
    Mpf,
    exact,
    from_fraction,
    most,
    point_ball,
)
from diffcalc.truth.elementary import CONSTANTS, ENCLOSURES
from diffcalc.truth.exponential import exp, log

# How many bits the integers of an array may have before single balls are the faster way.
LONGEST = 8_000


class _Integers:
    """An array of balls: (middle ± radius) times 2**exponent."""

    def __init__(self, array: Array) -> None:
        ends = [end for a in array.flat for end in (a.lower, a.upper)]
        sizes = [end for end in ends if end[1]]
        lowest = min((end[2] for end in sizes), default=0)
        highest = max((end[2] + end[3] for end in sizes), default=0)
        self.fit = highest - lowest < LONGEST and all(end[1] or end == fzero for end in ends)
        if not self.fit:
            return
        # Half of the smallest last bit, so that the middle is whole.
        self.exponent = lowest - 1
        numbers = np.array([_whole(end, self.exponent) for end in ends], dtype=object)
        lower, upper = numbers[::2].reshape(array.shape), numbers[1::2].reshape(array.shape)
        self.middle = (lower + upper) >> 1
        self.radius = (upper - lower) >> 1


def _whole(end: Mpf, exponent: int) -> int:
    negative, mantissa, own, _ = end
    number = int(mantissa) << (own - exponent) if mantissa else 0
    return -number if negative else number


def _balls(middle: ObjectArray, radius: ObjectArray, exponent: int, prec: int) -> Any:
    """Integers as balls again."""

    def one(m: int, r: int) -> Ball:
        lower = from_man_exp(m - r, exponent, prec, DOWN)
        upper = from_man_exp(m + r, exponent, prec, UP)
        return Ball(lower, lower if lower == upper else upper)

    return np.frompyfunc(one, 2, 1)(middle, radius)


def total(array: Array, prec: int, axis: int | None = None) -> Any:
    """The sum of all, or along an axis."""
    array = np.asarray(array, dtype=object)
    a = _Integers(array)
    if a.fit:
        return _balls(a.middle.sum(axis), a.radius.sum(axis), a.exponent, prec)
    add = np.frompyfunc(lambda x, y: ball.add(x, y, prec), 2, 1)
    return add.reduce(array if axis is not None else array.ravel(), axis=axis or 0)


def matmul(left: Array, right: Array, prec: int) -> Any:
    """The product of two matrices, of a matrix and a vector, or the dot product of two vectors."""
    left, right = np.asarray(left, dtype=object), np.asarray(right, dtype=object)
    a, b = _Integers(left), _Integers(right)
    if a.fit and b.fit:
        size, reach = np.abs(a.middle), np.abs(b.middle) + b.radius
        radius = size @ b.radius + a.radius @ reach
        return _balls(a.middle @ b.middle, radius, a.exponent + b.exponent, prec)
    multiply = np.frompyfunc(lambda x, y: ball.mul(x, y, prec), 2, 1)
    products = multiply(left[..., None] if right.ndim == 2 else left, right)
    return total(products, prec, left.ndim - 1)


# -- the other operations --------------------------------------------------------------------------


def _each(function: Callable[..., Ball]) -> Operation:
    """A function of balls on arrays of them, element by element; whole numbers are balls too."""

    def one(*operands: Ball | int) -> Ball:
        return function(*(exact(a) if isinstance(a, int) else a for a in operands))

    def elementwise(*operands: Any) -> Any:
        if any(isinstance(a, np.ndarray) for a in operands):
            return np.frompyfunc(one, len(operands), 1)(*operands)
        return one(*operands)

    return elementwise


def _along(function: Callable[[Array, int], Ball | Array], prec: int) -> Operation:
    """A function of the numbers that are reduced together, for an array and an axis."""

    def reduced(array: Array, axis: SupportsInt | None = None) -> Any:
        array = np.asarray(array, dtype=object)
        if axis is None:
            return function(array.ravel(), prec)
        return np.apply_along_axis(lambda row: function(row, prec), int(axis), array)

    return reduced


def _norm(vector: Array, prec: int) -> Ball:
    squares = np.frompyfunc(lambda a: ball.power_int(a, 2, prec + 10), 1, 1)(vector)
    return ball.sqrt(total(squares, prec + 10), prec)


def _shifted_powers(vector: Array, prec: int) -> tuple[Ball, Array]:
    """One exact number that is about the largest, and exp of what is above or below it."""
    shift = reduce(most, (a.lower for a in vector))
    largest = point_ball(shift) if shift[1] else ZERO
    power = np.frompyfunc(lambda a: exp(ball.sub(a, largest, prec), prec), 1, 1)
    return largest, power(vector)


def _logsumexp(vector: Array, prec: int) -> Ball:
    largest, powers = _shifted_powers(vector, prec + 10)
    return ball.add(largest, log(total(powers, prec + 10), prec), prec)


def _softmax(vector: Array, prec: int) -> Array:
    """1/(1 + the other powers/its own): no number is in it twice, so that it stays narrow."""
    fine = prec + 10
    powers = _shifted_powers(vector, fine)[1]
    shares = np.empty(len(powers), dtype=object)
    before = [ZERO]
    for power in powers:
        before.append(ball.add(before[-1], power, fine))
    after = ZERO
    for i in reversed(range(len(powers))):
        others = ball.add(before[i], after, fine)
        shares[i] = ball.div(ONE, ball.add(ONE, ball.div(others, powers[i], fine), fine), prec)
        after = ball.add(after, powers[i], fine)
    return shares


def algebra(prec: int) -> Algebra[Ball | ObjectArray]:
    """The column of balls, at this precision: what an `Expression` is replayed with."""

    def bound(function: Callable[..., Ball]) -> Callable[..., Ball]:
        return lambda *operands: function(*operands, prec)

    column: dict[str, Operation] = {
        **{name: _each(bound(row)) for name, row in ENCLOSURES.items()},
        "number": lambda value: from_fraction(Fraction(value), prec),
        "constant": lambda name: CONSTANTS[name](prec),
        "total": lambda numbers: total(numbers, prec),
    }
    return {
        **column,
        **exact_column(column),
        "sum": lambda a, axis=None: total(a, prec, whole(axis)),
        "matmul": lambda a, b: matmul(a, b, prec),
        "dot": lambda a, b: matmul(a, b, prec),
        "outer": lambda a, b: column["mul"](a[:, None], b),
        "norm": _along(_norm, prec),
        "logsumexp": _along(_logsumexp, prec),
        "softmax": _along(_softmax, prec),
    }
