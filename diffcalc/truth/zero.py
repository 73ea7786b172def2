"""A place on a line: an exact constant, or the only zero of a function between two numbers.

The latter is refined as often as someone asks for more digits, by Newton's method on balls, so it
is a constant like pi: known by its enclosures, and by what it makes 0.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import mpmath
from mpmath.libmp import mpf_cmp, mpf_shift, to_rational

from diffcalc.base.numbers import MpNumber
from diffcalc.language.expression import Expression, Node
from diffcalc.language.grammar import read
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, Mpf, NoValue, Undecided, point_ball
from diffcalc.truth.constants import Constants
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.numbers import Number
from diffcalc.truth.sweep import constant_value
from diffcalc.truth.values import value_of

if TYPE_CHECKING:
    from diffcalc.truth.line import Line, Target

# More bits than round-off takes from an ordinary formula; they are doubled where it takes more.
_GUARD = 40
# Each step halves what is left at least: that is 400 bits by bisection alone.
_MOST_STEPS = 400
# A zero that may be 0 itself is enclosed to so many times the bits, and then left.
_SMALLEST = 8
# Enough to tell a fraction with a denominator of twenty digits from what only comes near one.
_RECOGNISED_BITS = 200
_LARGEST_DENOMINATOR = 10**20
# Angles that people choose: 7*pi/24.
LARGEST_DENOMINATOR_OF_PI = 24
# As a fraction, a number beyond 2 to this would fill the memory: y*exp(1e60) = 1.
_LARGEST_EXPONENT = 2_000


_NOTHING = Expression((Node("number", (), Fraction(0)),))


class Place:
    """A number on a line: `at` is the constant it is exactly, None where only its digits are known.

    `constant` is it in any case, as an expression that a proof can be asked for.
    """

    def __init__(self, constant: Expression, at: Expression | None) -> None:
        self.constant = constant
        self.at = at

    def enclosed(self, bits: int) -> Ball:
        """An enclosure with about so many bits."""
        found = constant_value(self.constant, Balls(bits))
        if isinstance(found, Ball):
            return found
        # On a border, as sqrt(log(2) + log(3) - log(6)) is.
        constants = Constants()
        return constants.ball(value_of(constants, self.constant, {}), bits)

    def __call__(self) -> MpNumber:
        """The value, as an mpmath number at the working precision."""
        found = self.enclosed(int(mpmath.mp.prec) + _GUARD)
        value: MpNumber = +mpmath.mp.make_mpf(ball.middle(found))
        return value


def place(constant: Expression) -> Place:
    """A constant as a place."""
    return Place(constant, constant)


class Zero:
    """The only place between two numbers where a target is this integer; it is monotone there."""

    def __init__(self, line: "Line", target: "Target", whole: int, x: Ball, rising: bool) -> None:
        self._line = line
        self._target = target
        self._whole = whole
        self._bracket = self._x = x
        self._rising = rising
        self._equations: list[Target] = [target]

    def also(self, targets: Sequence["Target"]) -> None:
        """Other nodes that are 0 wherever this target is."""
        self._equations += [one for one in targets if one not in self._equations]

    def enclosed(self, bits: int) -> Ball:
        """An enclosure with so many leading bits."""
        working = bits + _GUARD
        for _ in range(_MOST_STEPS):
            if ball.is_exact(self._x) or ball.relative_bits(self._x) >= bits:
                return self._x
            before = ball.width(self._x)
            if before[2] + before[3] < -_SMALLEST * bits:
                return self._x
            self._x = self._nearer(working)
            if mpf_cmp(mpf_shift(ball.width(self._x), 1), before) > 0:
                # Round-off hides where it is.
                working *= 2
                if working > 64 * (bits + _GUARD):
                    break
        raise Undecided("zero")

    def _nearer(self, bits: int) -> Ball:
        """One step of Newton's method, or half the interval where that is better."""
        x = self._x
        middle = ball.middle(x)
        here = self._value(middle, bits)
        if here is None:
            return x
        side = ball.sign(here)
        if side == 0:
            return point_ball(middle)
        half = x
        if side is not None:
            below = (side < 0) == self._rising
            half = Ball(middle, x.upper) if below else Ball(x.lower, middle)
        slope = self._line.slope(self._target, self._line.swept(x, bits), bits)
        if slope is None or ball.contains_zero(slope):
            return half
        step = ball.div(here, slope, bits)
        found = ball.sub(point_ball(middle), step, bits)
        lower, upper = ball.most(found.lower, half.lower), ball.least(found.upper, half.upper)
        return Ball(lower, upper) if mpf_cmp(lower, upper) <= 0 else half

    def _value(self, x: Mpf, bits: int) -> Ball | None:
        values = self._line.values(point_ball(x), bits)
        value = values[self._target.node]
        if isinstance(value, Exception):
            return None
        return ball.sub(value, ball.exact(self._whole), bits)

    def equations(self, constants: Constants, x: Number) -> Iterator[Number]:
        """What is 0 here, as constants made of this one."""
        for target in self._equations:
            with suppress(NoValue, Undecided, RecursionError):
                found = self._line.at(target.node, x, constants)
                if isinstance(found, Number):
                    whole = self._whole if target == self._target else 0
                    yield constants.sub(found, Number(rational=whole))

    def place(self, others: Sequence[Expression] = ()) -> Place:
        """It as a place, recognised where it is a simple constant or one of the others."""
        for guess in chain((_NOTHING,), self._guesses(), others):
            if self._is(guess):
                return Place(guess, guess)
        return Place(Expression((Node("constant", (), self),)), None)

    def _guesses(self) -> Iterator[Expression]:
        try:
            x = self.enclosed(_RECOGNISED_BITS)
        except Undecided:
            return
        if abs(ball.middle(x)[2]) > _LARGEST_EXPONENT:
            return
        yield fraction_near(x, _LARGEST_DENOMINATOR)
        pi = ball.div(x, Balls(_RECOGNISED_BITS).constant("pi"), _RECOGNISED_BITS)
        yield times_pi(fraction_near(pi, LARGEST_DENOMINATOR_OF_PI))

    def _is(self, guess: Expression) -> bool:
        value = constant_value(guess, Balls(_RECOGNISED_BITS))
        if not isinstance(value, Ball) or not ball.overlaps(value, self._x):
            return False
        low, high = self._bracket.lower, self._bracket.upper
        if mpf_cmp(value.lower, low) < 0 or mpf_cmp(value.upper, high) > 0:
            return False  # Only in between there is no other.
        constants = Constants()
        with suppress(NoValue, Undecided, RecursionError):
            found = self._line.at(self._target.node, value_of(constants, guess, {}), constants)
            if isinstance(found, Number):
                rest = constants.sub(found, Number(rational=self._whole))
                return constants.sign(rest) == 0 and not constants.assuming
        return False


def fraction_near(x: Ball, largest: int) -> Expression:
    """The fraction with the nearest value among those whose denominators are not larger."""
    middle = ball.middle(x)
    value = Fraction(*to_rational(middle)).limit_denominator(largest)
    return Expression((Node("number", (), value),))


def times_pi(number: Expression) -> Expression:
    """A fraction of pi, as it is written."""
    content = number.nodes[0].content
    assert isinstance(content, Fraction)
    sign, count = "-" if content < 0 else "", abs(content.numerator)
    if not count:
        return number
    times = "" if count == 1 else f"{count}*"
    below = "" if content.denominator == 1 else f"/{content.denominator}"
    return read(f"{sign}{times}pi{below}")
