"""Balls: enclosures of one exact real number each, and their arithmetic.

A ball is kept as two ends, raw numbers of mpmath's `libmp`; the number lies between them, both
included. An end may be infinite: then nothing is known of the number on that side. Each operation
takes the working precision in bits and rounds the lower end down and the upper end up, so that
what it gives encloses the exact result for every number in its operands.

Only `libmp`'s directed + − × ÷ and square root are used here, which are sound; `add` says where
even the sum is not.
"""

import math
from fractions import Fraction
from typing import Any, Final

from mpmath import mp
from mpmath.libmp import (
    finf,
    fninf,
    fone,
    from_int,
    from_man_exp,
    from_rational,
    fzero,
    mpf_add,
    mpf_cmp,
    mpf_div,
    mpf_ln2,
    mpf_ln10,
    mpf_mul,
    mpf_mul_int,
    mpf_neg,
    mpf_pos,
    mpf_pow_int,
    mpf_shift,
    mpf_sqrt,
    mpf_sub,
    to_int,
)

from diffcalc.base.numbers import MpNumber

Mpf = Any
"""libmp's raw number: the tuple of sign, odd mantissa, exponent of 2, bits of the mantissa."""

DOWN, UP = "f", "c"

EASY_EXPONENT = 20_000
"""Up to this many bits a decimal is found exactly, by integers; beyond, by the power of ten."""
LARGEST_POWER = 1_000
"""How many bits an exponent may have: each costs a multiplication."""


class Undecided(Exception):  # noqa: N818 - no error: these balls are too wide to tell
    """The operation has a value for some of the numbers in its operands, and for others none.

    Also where its value would take more work than is allowed.
    """


class NoValue(Exception):  # noqa: N818 - the answer, where the number has no value
    """The operation has no real value for any of the numbers in its operands."""


class Ball:
    """An enclosure of one exact real number: it is not below `lower` and not above `upper`.

    A plain class, not a tuple: numpy would take a tuple in an object array apart.
    """

    __slots__ = ("lower", "upper")

    def __init__(self, lower: Mpf, upper: Mpf) -> None:
        self.lower: Final = lower
        self.upper: Final = upper

    def __int__(self) -> int:
        """The whole number that this ball holds, an axis or a size."""
        if self.lower != self.upper:
            raise ValueError(f"{self!r} is more than one number")
        return int(to_int(self.lower))

    def __repr__(self) -> str:
        return "Ball({}, {})".format(*bounds(self, 20))


# -- making ----------------------------------------------------------------------------------------


def exact(number: int) -> Ball:
    """The ball of this integer alone."""
    end = from_int(number)
    return Ball(end, end)


def point_ball(x: Mpf) -> Ball:
    """The ball of this number alone."""
    return Ball(x, x)


ZERO, ONE, TWO = exact(0), exact(1), exact(2)
LINE = Ball(fninf, finf)
"""Every real number."""


def from_fraction(number: Fraction | int, prec: int) -> Ball:
    """The narrowest ball of this fraction; of an integer or a dyadic fraction, that number alone.

    >>> from_fraction(Fraction(3, 4), 53)
    Ball(0.75, 0.75)
    """
    numerator, denominator = number.numerator, number.denominator
    if not denominator & (denominator - 1):
        end = from_man_exp(numerator, 1 - denominator.bit_length())
        return Ball(end, end)
    return Ball(
        from_rational(numerator, denominator, prec, DOWN),
        from_rational(numerator, denominator, prec, UP),
    )


# -- asking ----------------------------------------------------------------------------------------


def is_exact(a: Ball) -> bool:
    """Whether the ball holds one number only."""
    return a.lower is a.upper or a.lower == a.upper


def sign(a: Ball) -> int | None:
    """-1, 0 or 1 where every number in the ball has that sign; else None."""
    if a.lower[1] and not a.lower[0]:
        return 1
    if a.upper[0]:
        return -1
    return 0 if a.lower == fzero == a.upper else None


def contains_zero(a: Ball) -> bool:
    """Whether 0 is in the ball.

    >>> contains_zero(Ball(from_int(-1), fzero)), contains_zero(exact(2))
    (True, False)
    """
    return not (a.upper[0] or (a.lower[1] and not a.lower[0]))


def contains(a: Ball, number: Mpf) -> bool:
    """Whether this number is in the ball."""
    return bool(mpf_cmp(a.lower, number) <= 0 <= mpf_cmp(a.upper, number))


def overlaps(a: Ball, b: Ball) -> bool:
    """Whether some number is in both."""
    return bool(mpf_cmp(a.lower, b.upper) <= 0 <= mpf_cmp(a.upper, b.lower))


def is_finite(a: Ball) -> bool:
    """Whether both ends are finite."""
    return bool(a.lower != fninf and a.upper != finf)


def width(a: Ball) -> Mpf:
    """An upper bound of the distance between the ends."""
    return mpf_sub(a.upper, a.lower, 30, UP) if is_finite(a) else finf


def about(a: Ball) -> MpNumber:
    """The middle, as a number of mpmath's."""
    number: MpNumber = mp.make_mpf(middle(a))
    return number


def middle(a: Ball) -> Mpf:
    """A number in the middle, or close to it: exactly, one of 0 to 1e-(10**60) has no memory."""
    bits = max(a.lower[3], a.upper[3]) + 64
    return mpf_shift(mpf_add(a.lower, a.upper, bits, DOWN), -1)


def relative_bits(a: Ball) -> float:
    """How many leading bits the ball fixes: none where it has 0 in it, all of an exact one."""
    if is_exact(a):
        return math.inf
    if contains_zero(a) or not is_finite(a):
        return 0
    nearer = a.upper if a.upper[0] else a.lower
    across = width(a)
    return float(max(0, nearer[2] + nearer[3] - across[2] - across[3]))


def least(a: Mpf, b: Mpf) -> Mpf:
    """The smaller of two ends."""
    return a if mpf_cmp(a, b) <= 0 else b


def most(a: Mpf, b: Mpf) -> Mpf:
    """The larger of two ends."""
    return a if mpf_cmp(a, b) >= 0 else b


def hull(a: Ball, b: Ball) -> Ball:
    """The smallest ball with both of these in it."""
    return Ball(least(a.lower, b.lower), most(a.upper, b.upper))


def rounded(a: Ball, prec: int) -> Ball:
    """The ball with ends of no more than `prec` bits."""
    return Ball(mpf_pos(a.lower, prec, DOWN), mpf_pos(a.upper, prec, UP))


# -- + - × ÷ ---------------------------------------------------------------------------------------


def neg(a: Ball) -> Ball:
    """-a."""
    lower = mpf_neg(a.upper)
    return Ball(lower, lower if a.lower is a.upper else mpf_neg(a.lower))


def halved(a: Ball) -> Ball:
    """Half of it, exactly."""
    return Ball(mpf_shift(a.lower, -1), mpf_shift(a.upper, -1))


def absolute(a: Ball) -> Ball:
    """|a|."""
    if not a.lower[0]:
        return a
    if a.upper[0]:
        return neg(a)
    return Ball(fzero, most(mpf_neg(a.lower), a.upper))


def _end_sum(s: Mpf, t: Mpf, prec: int, rounding: str) -> Mpf:
    """The directed sum. Where exponents are far apart, `mpf_add` moves the larger number by its
    last bit in place of adding the smaller: too little where it has more than `prec` bits.
    """
    bits = max(s[3], t[3])
    if bits <= prec:
        return mpf_add(s, t, prec, rounding)
    return mpf_pos(mpf_add(s, t, bits, rounding), prec, rounding)


def add(a: Ball, b: Ball, prec: int) -> Ball:
    """The sum."""
    lower = _end_sum(a.lower, b.lower, prec, DOWN)
    upper = _end_sum(a.upper, b.upper, prec, UP)
    return Ball(lower, lower if lower == upper else upper)


def sub(a: Ball, b: Ball, prec: int) -> Ball:
    """The difference."""
    return add(a, neg(b), prec)


def _end_product(s: Mpf, t: Mpf, prec: int, rounding: str) -> Mpf:
    """The directed product; that of 0 and an end at infinity is 0: the numbers are finite."""
    if s[1] and t[1]:
        return mpf_mul(s, t, prec, rounding)
    return fzero if fzero in (s, t) else mpf_mul(s, t)


def mul(a: Ball, b: Ball, prec: int) -> Ball:
    """The product."""
    al, au, bl, bu = a.lower, a.upper, b.lower, b.upper
    if bl[0] and not al[0]:
        al, au, bl, bu = bl, bu, al, au
    if not al[0]:  # both are ≥ 0
        lower, upper = _end_product(al, bl, prec, DOWN), _end_product(au, bu, prec, UP)
        return Ball(lower, lower if lower == upper else upper)
    if au[0]:  # a < 0
        if bu[0]:
            return Ball(_end_product(au, bu, prec, DOWN), _end_product(al, bl, prec, UP))
        upper = _end_product(al, bl, prec, UP) if bl[0] else _end_product(au, bl, prec, UP)
        return Ball(_end_product(al, bu, prec, DOWN), upper)
    if not bl[0]:  # 0 in a, b ≥ 0
        return Ball(_end_product(al, bu, prec, DOWN), _end_product(au, bu, prec, UP))
    if bu[0]:  # 0 in a, b < 0
        return Ball(_end_product(au, bl, prec, DOWN), _end_product(al, bl, prec, UP))
    return Ball(
        least(_end_product(al, bu, prec, DOWN), _end_product(au, bl, prec, DOWN)),
        most(_end_product(al, bl, prec, UP), _end_product(au, bu, prec, UP)),
    )


def _end_quotient(s: Mpf, t: Mpf, prec: int, rounding: str) -> Mpf:
    """The directed quotient, t not 0; of two ends at infinity, 0: the numbers are finite."""
    if s[1] and t[1]:
        return mpf_div(s, t, prec, rounding)
    return fzero if not t[1] else mpf_div(s, t, prec, rounding)


def div(a: Ball, b: Ball, prec: int, *, line: bool = False) -> Ball:
    """The quotient. With `line`, a divisor that may be 0 gives the whole line."""
    al, au, bl, bu = a.lower, a.upper, b.lower, b.upper
    if bu[0]:  # b < 0
        al, au, bl, bu = mpf_neg(au), mpf_neg(al), mpf_neg(bu), mpf_neg(bl)
    elif bl[0] or not bl[1]:
        if line:
            return LINE
        if sign(b) == 0:
            raise NoValue("div")
        raise Undecided("div")
    lower = _end_quotient(al, bl if al[0] else bu, prec, DOWN)
    upper = _end_quotient(au, bu if au[0] else bl, prec, UP)
    return Ball(lower, lower if lower == upper else upper)


def sqrt(a: Ball, prec: int) -> Ball:
    """The square root."""
    if a.lower[0]:
        if a.upper[0]:
            raise NoValue("sqrt")
        raise Undecided("sqrt")
    lower, upper = mpf_sqrt(a.lower, prec, DOWN), mpf_sqrt(a.upper, prec, UP)
    return Ball(lower, lower if lower == upper else upper)


def power_int(a: Ball, n: int, prec: int) -> Ball:
    """The nth power, n of any sign; 0 to the power 0 is 1, as everywhere in diffcalc."""
    if n.bit_length() > LARGEST_POWER:
        raise Undecided("pow")
    if n < 0:
        extra = prec + 5
        try:
            return div(ONE, power_int(a, -n, extra), prec)
        except (NoValue, Undecided) as error:
            raise type(error)("pow") from None
    if not n & 1:
        a = absolute(a)
    lower, upper = _end_power(a.lower, n, prec, DOWN), _end_power(a.upper, n, prec, UP)
    return Ball(lower, lower if lower == upper else upper)


def _end_power(s: Mpf, n: int, prec: int, rounding: str) -> Mpf:
    if n == 0:
        return fone
    return mpf_pow_int(s, n, prec, rounding)


# -- showing ---------------------------------------------------------------------------------------


def bounds(a: Ball, digits: int) -> tuple[str, str]:
    """The ends as decimals of that many digits, rounded outward.

    >>> bounds(from_fraction(Fraction(-2, 3), 53), 4)
    ('-0.6667', '-0.6666')
    """
    return _decimal(a.lower, digits, DOWN), _decimal(a.upper, digits, UP)


def _decimal(end: Mpf, digits: int, rounding: str) -> str:
    negative, mantissa, exponent, bits = end
    if not mantissa:
        return "0" if not exponent else ("-inf" if negative else "inf")
    top = exponent + bits
    if top.bit_length() > LARGEST_POWER:
        return _beyond(bool(negative), top > 0, rounding)
    fine = top.bit_length() + 20
    leading = to_int(mpf_mul_int(mpf_div(mpf_ln2(fine), mpf_ln10(fine), fine), top, fine), DOWN)
    up = (rounding == UP) != bool(negative)
    # The number is below 2**top: its leading digit may stand one place lower, by round-off two.
    for place in (leading, leading - 1, leading - 2):
        number = str(_scaled(mantissa, exponent, digits - 1 - place, up))
        if len(number) > digits - 1 and number != "0":
            break
    return ("-" if negative else "") + _written(number, place - (digits - 1))


def _beyond(negative: bool, huge: bool, rounding: str) -> str:
    """An end whose exponent no person would read, rounded outward to one that still has a name."""
    inward = (rounding == DOWN) != negative
    if huge:
        size = f"1e+{10 ** (LARGEST_POWER // 4)}" if inward else "inf"
    else:
        size = "0" if inward else f"1e-{10 ** (LARGEST_POWER // 4)}"
    return f"-{size}" if negative and size != "0" else size


def _scaled(mantissa: int, exponent: int, places: int, up: bool) -> int:
    """The number times 10**places, rounded to an integer up or down."""
    if abs(exponent) + 4 * abs(places) < EASY_EXPONENT:
        above: int = (mantissa << max(exponent, 0)) * 10 ** max(places, 0)
        below: int = 10 ** max(-places, 0) << max(-exponent, 0)
        return -(-above // below) if up else above // below
    prec = mantissa.bit_length() + 2 * places.bit_length() + 60
    number = from_man_exp(mantissa, exponent)
    found = mul(Ball(number, number), power_int(exact(10), places, prec), prec)
    nearest: int = to_int(found.upper if up else found.lower, UP if up else DOWN)
    return nearest


def _written(number: str, place: int) -> str:
    """The digits of an integer times 10**place, plain where that is short."""
    kept = number.rstrip("0")
    place += len(number) - len(kept)
    leading = place + len(kept) - 1
    if not -5 <= leading < 16:
        return f"{kept[0]}{'.' if kept[1:] else ''}{kept[1:]}e{leading:+d}"
    if place >= 0:
        return kept + "0" * place
    if leading < 0:
        return "0." + "0" * (-leading - 1) + kept
    return f"{kept[: leading + 1]}.{kept[leading + 1 :]}"
