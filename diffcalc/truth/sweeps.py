"""A program at a point, swept in balls of more and more bits.

Where every operation is analytic at the point, one sweep back encloses all derivatives.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from typing import NamedTuple

from mpmath.libmp import from_float

from diffcalc.base.numbers import V
from diffcalc.base.types import ObjectArray
from diffcalc.language.expression import Expression
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, point_ball
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.findings import Proof, analytic
from diffcalc.truth.program import Leaf, program_of
from diffcalc.truth.replay import Found
from diffcalc.truth.sweep import Powers, Ring, backward, constant_value, forward

# What a digit takes, and what rounding may lose before another round is needed.
_BITS_A_DIGIT = 3.33
_GUARD = 90
# Each round has four times the bits of the one before: the last 33,000, for cos(2**20000). What is
# undecided or looks like 0 after two rounds is left to exact constants.
ROUNDS = (1, 4, 16, 64, 256)
EARLY_ROUNDS = 2
# Series for one element take about as long as a sweep of so many nodes: a larger program is swept
# again only where that many times as many elements are missing.
_SWEPT_AGAIN = 10_000


class Sweep(NamedTuple):
    """A sweep in balls: every node's value, and what the outputs' sum changes by with it.

    `total` is the sum of those outputs that have a value.
    """

    seeds: Mapping[int, Found[Ball]]
    values: Sequence[Found[Ball]]
    slopes: Sequence[Found[Ball] | None]
    total: Ball


class Sweeps:
    """The sweeps of one program at one point, each made once.

    `bits` are those of the first round, enough for the digits asked for if few are lost.
    """

    def __init__(
        self,
        expression: Expression,
        point: Mapping[str, ObjectArray],
        weights: Sequence[Expression] | None,
        digits: int,
    ) -> None:
        shapes = {name: point[name].shape for name in expression.variables}
        self.program = program_of(expression, shapes)
        self._point = point
        self._outputs = [
            (index, weight)
            for index, weight in zip(self.program.outputs, weights or repeat(None), strict=False)
            if weight is None or not _is_zero(weight)
        ]
        self._needed = digits * _BITS_A_DIGIT
        self.bits = int(self._needed) + _GUARD
        self._sweeps: dict[int, Sweep] = {}

    def sweep(self, bits: int) -> Sweep:
        """The sweep in so many bits."""
        found = self._sweeps.get(bits)
        if found is None:
            algebra = Balls(bits)
            seeds = self.seeds(algebra)
            values = forward(self.program, self.enclosed_leaves(algebra), algebra)
            slopes = backward(self.program, values, seeds, algebra)
            known = {i: w for i, w in seeds.items() if not isinstance(values[i], Exception)}
            sums = total(values, known, algebra)
            value = sums if isinstance(sums, Ball) else ball.LINE
            found = self._sweeps[bits] = Sweep(seeds, values, slopes, value)
        return found

    def swept(self, wanted: Sequence[Leaf]) -> dict[Leaf, Proof]:
        """The derivatives that sweeps enclose to the digits asked for."""
        found: dict[Leaf, Proof] = {}
        missing = list(wanted)
        for more in ROUNDS:
            bits = self.bits * more
            sweep = self.sweep(bits)
            again = []
            for leaf in missing:
                slope = sweep.slopes[self.program.place[leaf]]
                slope = ball.ZERO if slope is None else slope
                if isinstance(slope, Ball) and self.is_sharp(slope):
                    found[leaf] = analytic(slope, sweep.total)
                elif self.may_gain(slope, bits):
                    again.append(leaf)
            missing = again
            if len(missing) * _SWEPT_AGAIN < len(self.program.nodes):
                break
        return found

    def slanted(self, direction: Mapping[Leaf, float]) -> Proof | None:
        """The derivative in a direction, where no element reaches a border and it is sharp."""
        for more in ROUNDS[:EARLY_ROUNDS]:
            bits = self.bits * more
            sweep, algebra, sums = self.sweep(bits), Balls(bits), ball.ZERO
            for leaf, weight in direction.items():
                slope = sweep.slopes[self.program.place[leaf]]
                if isinstance(slope, Exception):
                    return None
                if slope is not None:
                    sums = algebra.add(sums, algebra.mul(point_ball(from_float(weight)), slope))
            if self.is_sharp(sums):
                return analytic(sums, sweep.total)
        return None

    def values(self, digits: int) -> list[Ball | None] | None:
        """Each output to so many digits, None where it has no value; None where one is not told."""
        for more in ROUNDS:
            bits = self.bits * more
            values = self.sweep(bits).values
            found = [values[index] for index in self.program.outputs]
            missing = [each for each in found if not _is_told(each, digits * _BITS_A_DIGIT)]
            if not missing:
                return [each if isinstance(each, Ball) else None for each in found]
            if not all(self.may_gain(each, bits) for each in missing):
                break
        return None

    def may_gain(self, found: Ball | Exception | None, bits: int) -> bool:
        """Whether what is not told in so many bits, or is not sharp, may be so in more."""
        early = bits < self.bits * ROUNDS[EARLY_ROUNDS - 1]
        if not isinstance(found, Ball):
            return early and not isinstance(found, NoValue)
        return not self.is_sharp(found) and (early or not _looks_like_zero(found, bits))

    def is_sharp(self, found: Ball) -> bool:
        """Whether a ball tells the digits asked for."""
        return _is_told(found, self._needed)

    def constant_of(self, index: int) -> Expression:
        """The constant that an element of a variable is."""
        name, at = self.program.leaves[index]
        constant: Expression = self._point[name][at]
        return constant

    def enclosed_leaves(self, algebra: Balls) -> dict[int, Found[Ball]]:
        """Every element of every variable."""
        return {i: constant_value(self.constant_of(i), algebra) for i in self.program.leaves}

    def seeds(self, algebra: Powers[V], moving: Sequence[int] | None = None) -> dict[int, Found[V]]:
        """The weight of each output that moves; of one that is there twice, their sum."""
        total: dict[int, Found[V]] = {}
        for index, constant in self._outputs:
            if moving is not None and not moving[index]:
                continue
            one = algebra.number(Fraction(1))
            weight = one if constant is None else constant_value(constant, algebra)
            total[index] = algebra.add(total[index], weight) if index in total else weight
        return total


def _is_told(found: Ball | Exception, bits: float) -> bool:
    return isinstance(found, NoValue) or (
        isinstance(found, Ball) and ball.is_finite(found) and ball.relative_bits(found) >= bits
    )


def _is_zero(constant: Expression) -> bool:
    value = constant_value(constant, Balls(_GUARD))
    return isinstance(value, Ball) and ball.is_exact(value) and ball.contains_zero(value)


def total(values: Sequence[Found[V]], seeds: Mapping[int, Found[V]], algebra: Ring[V]) -> Found[V]:
    """The sum of the outputs; an exception in its place where one has no value."""
    found = algebra.number(0)
    for index, weight in seeds.items():
        for part in (weight, values[index]):
            if isinstance(part, Exception):
                return part
        found = algebra.add(found, algebra.mul(weight, values[index]))
    return found


def _looks_like_zero(a: Ball, bits: int) -> bool:
    """Whether the ball is a tiny one around 0."""
    if not ball.contains_zero(a) or ball.is_exact(a) or not ball.is_finite(a):
        return False
    _, _, exponent, size = ball.width(a)
    return bool(exponent + size < -bits // 2)
