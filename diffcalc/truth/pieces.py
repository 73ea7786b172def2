"""What enclosures of functions are made of: domains, monotone pieces, and what libmp claims.

Of `libmp`'s functions seven are used: exp, log, atan, cos, sin, erf and erfc (and the constants pi
and log 2). They are documented to be right to a few units of the last bit; their directed rounding
is not to be trusted, nor is that claim to the last bit. So each is asked for `GUARD` bits more, and
its value is widened by 2 units of the 12th of them: a hundred thousand times what is claimed. All
other functions are composed of these in the arithmetic of balls.

A *point* function encloses f(x) of one exact x, to a precision in bits. Where an end of a ball is
infinite the limit of the function is used; a limit of None is asked of the point function.
"""

from collections.abc import Callable

from mpmath.libmp import finf, fninf, from_man_exp, fzero, mpf_cmp, mpf_neg

from diffcalc.truth.ball import (
    ZERO,
    Ball,
    Mpf,
    NoValue,
    Undecided,
    contains_zero,
    is_exact,
    is_finite,
    neg,
    relative_bits,
    rounded,
)

Point = Callable[[Mpf, int], Ball]
Enclosure = Callable[[Ball, int], Ball]

GUARD = 30
LARGEST_EXPONENT = 32_768
"""An argument of 2 to this power is reduced by a pi or log(2) of so many bits: some milliseconds.

Beyond, sine is only known to lie between -1 and 1, and exp to be huge or tiny.
"""
TINY = from_man_exp(1, -(1 << LARGEST_EXPONENT))
HUGE = from_man_exp(1, 1 << LARGEST_EXPONENT)
# The bits that the few operations of a composition lose by rounding.
_SPARE = 12
# How often a point is tried, with more bits for those that cancelled: not many times the precision,
# so that the work has a bound.
_TRIES, _TIMES = 4, 5


def claimed(value: Mpf, prec: int) -> Ball:
    """The ball of a number that `libmp` computed to `prec` + `GUARD` bits."""
    negative, mantissa, exponent, bits = value
    if not mantissa:
        return Ball(value, value)
    cut = bits - (prec + 12)
    # It has prec + 12 bits: cutting loses less than 1 of the last, so 2 are left for the claim.
    kept = mantissa >> cut if cut > 0 else mantissa << -cut
    inner, outer = kept - 2, kept + 3
    if negative:
        inner, outer = -outer, -inner
    return Ball(from_man_exp(inner, exponent + cut), from_man_exp(outer, exponent + cut))


def magnitude(x: Mpf) -> int:
    """The k with 2**(k - 1) ≤ |x| < 2**k, for a finite x; 0 for 0."""
    exponent: int = x[2] + x[3]
    return exponent


def sharp(point: Point) -> Point:
    """The point function with the bits that cancelled in it made up for."""

    def one(x: Mpf, prec: int) -> Ball:
        extra = _SPARE
        for _ in range(_TRIES):
            ball = point(x, prec + extra)
            bits = relative_bits(ball)
            if bits >= prec or not is_finite(ball):
                break
            extra = min(2 * extra + prec - int(bits), _TIMES * prec)
        return rounded(ball, prec)

    return one


def rising(point: Point, lowest: Mpf | None = fninf, highest: Mpf | None = finf) -> Enclosure:
    """The enclosure of a function that never falls, with its limits at -infinity and infinity."""

    def end(x: Mpf, prec: int) -> Ball:
        limit = None if x[1] or x == fzero else (lowest if x[0] else highest)
        return point(x, prec) if limit is None else Ball(limit, limit)

    def enclosure(a: Ball, prec: int) -> Ball:
        if is_exact(a):
            return point(a.lower, prec)
        return Ball(end(a.lower, prec).lower, end(a.upper, prec).upper)

    return enclosure


def falling(point: Point, highest: Mpf | None = finf, lowest: Mpf | None = fninf) -> Enclosure:
    """The enclosure of a function that never rises, with its limits at -infinity and infinity."""
    turned = rising(
        lambda x, prec: neg(point(x, prec)),
        highest and mpf_neg(highest),
        lowest and mpf_neg(lowest),
    )
    return lambda a, prec: neg(turned(a, prec))


def odd(point: Point) -> Point:
    """The point function of an odd function from that for x > 0."""

    def one(x: Mpf, prec: int) -> Ball:
        if x == fzero:
            return ZERO
        return neg(point(mpf_neg(x), prec)) if x[0] else point(x, prec)

    return one


def mirrored(enclosure: Enclosure, a: Ball, prec: int) -> Ball:
    """An odd function of a ball without 0, from its enclosure for positive balls."""
    return neg(enclosure(neg(a), prec)) if a.upper[0] else enclosure(a, prec)


def require(
    name: str,
    a: Ball,
    lowest: Mpf,
    highest: Mpf,
    *,
    open_below: bool = False,
    open_above: bool = False,
) -> None:
    """Refuses a ball that is not wholly between these ends of the function's domain."""
    # A comparison gives -1, 0 or 1: an end that is itself outside is refused from 0 on.
    if mpf_cmp(a.upper, lowest) < open_below or mpf_cmp(a.lower, highest) > -open_above:
        raise NoValue(name)
    if mpf_cmp(a.lower, lowest) < open_below or mpf_cmp(a.upper, highest) > -open_above:
        raise Undecided(name)


def require_nonzero(name: str, a: Ball) -> None:
    """Refuses a ball with 0 in it."""
    if contains_zero(a):
        raise NoValue(name) if a.lower == a.upper else Undecided(name)
