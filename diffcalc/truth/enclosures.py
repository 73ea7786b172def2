"""Enclosures as an algebra: balls that are worked out with a fixed number of bits.

They are numbers by themselves, and the coefficients of series where a function is analytic.
"""

from fractions import Fraction
from typing import TYPE_CHECKING

from diffcalc.language.expression import Irrational
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, Undecided
from diffcalc.truth.elementary import CONSTANTS, ENCLOSURES

if TYPE_CHECKING:
    from diffcalc.truth.numbers import Number

# The largest exponent of a number that is worth writing out as a fraction.
_LARGEST_EXPONENT = 1_000


class Balls:
    """The algebra of enclosures. Every operation raises `NoValue` or `Undecided`."""

    one = ball.ONE

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def number(self, value: Fraction | int) -> Ball:
        """A rational number."""
        return ball.from_fraction(value, self.bits)

    def constant(self, name: str | Irrational) -> Ball:
        """The number pi or e, or a zero."""
        return CONSTANTS[name](self.bits) if isinstance(name, str) else name.enclosed(self.bits)

    def apply(self, operation: str, args: tuple[Ball, ...]) -> Ball:
        """An operation of the language."""
        return ENCLOSURES[operation](*args, self.bits)

    def function(self, name: str, *args: Ball) -> Ball:
        """The same, as series ask for it."""
        return ENCLOSURES[name](*args, self.bits)

    def add(self, a: Ball, b: Ball) -> Ball:
        """The sum."""
        return ball.add(a, b, self.bits)

    def mul(self, a: Ball, b: Ball) -> Ball:
        """The product."""
        return ball.mul(a, b, self.bits)

    def neg(self, a: Ball) -> Ball:
        """The number with the other sign."""
        return ball.neg(a)

    def div(self, a: Ball, b: Ball) -> Ball:
        """The quotient."""
        return ball.div(a, b, self.bits)

    def power(self, a: Ball, exponent: "Fraction | int | Number") -> Ball:
        """A power."""
        if not isinstance(exponent, Fraction | int):
            raise Undecided("pow")
        if exponent == int(exponent):
            return ball.power_int(a, int(exponent), self.bits)
        return self.function("pow", a, self.number(exponent))

    def sign(self, a: Ball) -> int:
        """The sign."""
        found = ball.sign(a)
        if found is None:
            raise Undecided("sign")
        return found

    def holds(self, condition: Ball) -> bool:
        """Whether a comparison's result stands for true."""
        return self.sign(condition) != 0

    def is_nothing(self, a: Ball) -> bool:
        """Whether the ball is that of 0 alone."""
        return ball.sign(a) == 0

    def exact(self, number: "Number") -> Ball:
        """A constant as an enclosure. Others than rational ones come with a border only."""
        if number.rational is None:
            raise Undecided("exact")
        return self.number(number.rational)

    def exactly(self, a: Ball) -> "Number":
        """The one number in a ball, for an exponent."""
        from diffcalc.truth.numbers import Number

        negative, mantissa, exponent, _ = a.lower
        if not ball.is_exact(a) or abs(exponent) > _LARGEST_EXPONENT:
            raise Undecided("exact")
        value = Fraction(mantissa) * Fraction(2) ** exponent
        return Number(rational=-value if negative else value)
