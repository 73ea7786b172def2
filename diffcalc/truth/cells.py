"""A cell of an interval: the numbers between two, or those so far beside a point known exactly."""

from dataclasses import dataclass, replace

from mpmath.libmp import (
    from_man_exp,
    mpf_add,
    mpf_cmp,
    mpf_mul,
    mpf_neg,
    mpf_shift,
    mpf_sqrt,
    mpf_sub,
)

from diffcalc.truth import ball
from diffcalc.truth.ball import DOWN, Ball, Mpf, point_ball
from diffcalc.truth.line import Target
from diffcalc.truth.zero import Place

# Enclosures of cells: more bits would not make them narrower.
BITS = 64
# Not in the middle, where zeros like to be.
UNEVEN = from_man_exp(7_919 * 4 + 1, -16)
# Closer to its anchor than 2 to the minus this of its width a cell is not enclosed: series decide.
NEAREST = 1_000


@dataclass(frozen=True)
class Cell:
    """The numbers from `low` to `high`, or those so far beside the `anchor`, on that `side`.

    The targets that are `settled` are not met in it.
    """

    low: Mpf
    high: Mpf
    depth: int
    anchor: Place | None = None
    side: int = 1
    settled: frozenset[tuple[Target, int | None]] = frozenset()
    more_bits: int = 0
    touching: bool = False
    """Whether it is the nearest to its anchor; what is between them is left to series."""

    @property
    def bits(self) -> int:
        """Enough bits to tell its ends apart."""
        if self.anchor is not None:
            return NEAREST + BITS
        lost = max(size(self.low), size(self.high)) - size(mpf_sub(self.high, self.low))
        return BITS + self.more_bits + 2 * max(0, lost)

    def at(self, t: Mpf, bits: int) -> Ball:
        """A number of the cell, by what it is parted by."""
        if self.anchor is None:
            return point_ball(t)
        start = self.anchor.enclosed(bits)
        return ball.add(start, point_ball(t if self.side > 0 else mpf_neg(t)), bits)

    def ball(self) -> Ball:
        """All of its numbers."""
        return ball.hull(self.at(self.low, self.bits), self.at(self.high, self.bits))

    def ends(self) -> tuple[Ball, Ball]:
        """The lower and the upper end."""
        first, last = self.at(self.low, self.bits), self.at(self.high, self.bits)
        return (first, last) if self.side > 0 else (last, first)

    def hull(self) -> tuple[Ball, Ball]:
        """The ends, but the anchor where it is the nearest to that."""
        first, last = self.ends()
        if self.touching and self.anchor is not None:
            start = self.anchor.enclosed(self.bits)
            return (start, last) if self.side > 0 else (first, start)
        return first, last

    def halves(self) -> "tuple[Cell, Cell]":
        """Its two parts; beside an exact point, by the logarithm of the distance."""
        if self.anchor is None or mpf_cmp(mpf_shift(self.low, 3), self.high) > 0:
            share = mpf_mul(mpf_sub(self.high, self.low), UNEVEN, 40, DOWN)
            middle = mpf_add(self.low, share)
        else:
            middle = mpf_sqrt(mpf_mul(self.low, self.high), 30, DOWN)
        return (
            replace(self, high=middle, depth=self.depth + 1),
            replace(self, low=middle, depth=self.depth + 1, touching=False),
        )


def size(x: Mpf) -> int:
    """The exponent of a number in bits; 0 has that of the nearest."""
    return x[2] + x[3] if x[1] else -NEAREST


def bits_for(x: Ball) -> int:
    """Enough bits to tell the ends of a cell apart."""
    width = ball.width(x)
    return BITS + max(0, max(size(x.lower), size(x.upper)) - size(width))
