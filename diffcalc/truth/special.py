"""Gamma, its logarithm and that one's derivatives, and the error functions, of balls.

The logarithm of gamma and its derivatives come from Stirling's series, the remainder of which is
no larger than the first term left out (for z > 0). Where z is too small for it they are reduced to
z + n, where it is negative reflected.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from mpmath.libmp import (
    finf,
    fnone,
    fone,
    fzero,
    mpf_cmp,
    mpf_erf,
    mpf_erfc,
    mpf_floor,
    mpf_mul,
    mpf_neg,
    mpf_nint,
    mpf_sub,
    round_ceiling,
    to_int,
)

from diffcalc.truth import ball
from diffcalc.truth.ball import (
    DOWN,
    ONE,
    TWO,
    ZERO,
    Ball,
    Mpf,
    NoValue,
    Undecided,
    absolute,
    add,
    div,
    exact,
    from_fraction,
    halved,
    hull,
    is_exact,
    least,
    most,
    mul,
    neg,
    point_ball,
    power_int,
    rounded,
    sqrt,
    sub,
)
from diffcalc.truth.circular import cos, pi, sin
from diffcalc.truth.exponential import exp, log
from diffcalc.truth.pieces import (
    GUARD,
    HUGE,
    LARGEST_EXPONENT,
    TINY,
    Enclosure,
    Point,
    claimed,
    falling,
    magnitude,
    rising,
    sharp,
)

HALF = halved(ONE)
LARGEST_ORDER = 100
"""The largest order of polygamma, as the reader allows."""
# Stirling's series needs z > 0.11*bits; from about this much on, a step costs more than it saves.
_ENOUGH = 0.3
# Below this gamma is reflected; above, raised step by step: each step costs a multiplication.
_FAR = 200
# Derivatives of digamma are only raised, from down to minus 2 to this power.
_LARGEST_STEPS = 13
# Gamma of integers below 2 to this power is a factorial, found exactly.
_FACTORIAL = 10
# How often a ball is halved to find where gamma's logarithm, or a derivative of it, turns.
_HALVINGS = 8
# From 2 to this power on, erfc comes from its asymptotic series, of which each term adds 60 bits.
_NEAR = 30
# From 2 to this power on, erfi's series takes thousands of terms, and a float64 holds no value.
_SERIES = 6


# -- Stirling's series -----------------------------------------------------------------------------
#
# Order -1 is the logarithm of gamma, order n >= 0 its derivative n + 1: polygamma(n, z).


@cache
def _tangents(count: int) -> list[int]:
    """The derivatives of odd order of tan at 0, after Brent and Harvey: the kth at index k."""
    found = [0, 1] + [0] * (count - 1)
    for k in range(2, count + 1):
        found[k] = (k - 1) * found[k - 1]
    for k in range(2, count + 1):
        for j in range(k, count + 1):
            found[j] = (j - k) * found[j - 1] + (j - k + 2) * found[j]
    return found


@cache
def _coefficient(order: int, k: int) -> Fraction:
    """The coefficient of z**-(2k + order): the Bernoulli number B(2k)*(2k + order - 1)!/(2k)!."""
    power = 4**k
    bernoulli = Fraction(2 * k * _tangents(1 << k.bit_length())[k], power * (power - 1))
    factorials = Fraction(math.factorial(2 * k + order - 1), math.factorial(2 * k))
    return bernoulli * factorials * (1 if k & 1 else -1)


def _stirling(order: int, z: Ball, prec: int) -> Ball:
    """The sum of the series at a z > 0, with its remainder."""
    inverse = div(ONE, z, prec)
    step = mul(inverse, inverse, prec)
    power = power_int(inverse, 2 + order, prec)
    target = -prec - (2 + order) * magnitude(z.lower)
    total, before, k = ZERO, finf, 1
    while True:
        term = mul(from_fraction(_coefficient(order, k), prec), power, prec)
        size = absolute(term).upper
        if magnitude(size) < target or mpf_cmp(size, before) >= 0:
            return add(total, Ball(mpf_neg(size), size), prec)
        total, before, k = add(total, term, prec), size, k + 1
        power = mul(power, step, prec)


def _steps(order: int, x: Mpf, prec: int) -> int:
    """By how many steps of 1 to raise x, so that the series is exact enough."""
    if not x[0] and magnitude(x) > 30:
        return 0
    return max(0, int(_ENOUGH * prec) + 5 + max(0, order) - _floor(x))


def _raised(x: Ball, steps: int, prec: int) -> Ball:
    return add(x, exact(steps), prec)


def _log_gamma(z: Ball, prec: int) -> Ball:
    """The logarithm of gamma by the series, at a large z."""
    main = mul(sub(z, HALF, prec), log(z, prec), prec)
    constant = halved(log(mul(TWO, pi(prec), prec), prec))
    return add(sub(main, z, prec), add(constant, _stirling(-1, z, prec), prec), prec)


# -- gamma and its logarithm -----------------------------------------------------------------------


def _floor(x: Mpf) -> int:
    whole: int = to_int(x, DOWN)
    return whole


def _circle(x: Mpf, prec: int) -> tuple[Ball, Ball]:
    """The sine and cosine of pi*x, of full relative precision wherever x is."""
    nearest = mpf_nint(x)
    angle = mul(pi(prec), point_ball(mpf_sub(x, nearest)), prec)
    s, c = sin(angle, prec), cos(angle, prec)
    return (neg(s), neg(c)) if _floor(nearest) & 1 else (s, c)


def _gamma_right(x: Ball, prec: int) -> Ball:
    """Gamma of an x that has few steps to go."""
    steps = _steps(-1, x.lower, prec)
    fine = prec + 20 + max(0, magnitude(x.upper)) + steps.bit_length()
    product = ONE
    for k in range(steps):
        product = mul(product, _raised(x, k, fine), fine)
    return div(exp(_log_gamma(_raised(x, steps, fine), fine), fine), product, prec)


def _gamma_point(x: Mpf, prec: int) -> Ball:
    if magnitude(x) > LARGEST_EXPONENT:
        return Ball(HUGE, finf)
    if x[2] >= 0 and magnitude(x) <= _FACTORIAL:
        return rounded(exact(math.factorial(_floor(x) - 1)), prec)
    if _floor(x) >= -_FAR:
        return _gamma_right(point_ball(x), prec)
    # gamma(x)*gamma(1 - x) = pi/sin(pi*x)
    fine = prec + 2 * magnitude(x)
    other = _gamma_right(sub(ONE, point_ball(x), fine), fine)
    return div(pi(fine), mul(_circle(x, fine)[0], other, fine), prec)


def _lgamma_point(x: Mpf, prec: int) -> Ball:
    if magnitude(x) < _FACTORIAL or x[0]:
        return log(absolute(_gamma_point(x, prec)), prec)
    return _log_gamma(point_ball(x), prec)


# -- polygamma -------------------------------------------------------------------------------------


def _polygamma_point(order: int) -> Point:
    def point(x: Mpf, prec: int) -> Ball:
        if order == 0 and x[0] and _floor(x) < -_FAR:
            fine = prec + magnitude(x)
            s, c = _circle(x, fine)
            other = _polygamma(0, sub(ONE, point_ball(x), fine), fine)
            return sub(other, mul(pi(fine), div(c, s, fine), fine), prec)
        return _polygamma(order, point_ball(x), prec)

    return sharp(point)


def _polygamma(order: int, x: Ball, prec: int) -> Ball:
    """By as many steps up as the series needs: each takes order!/(x + k)**(order + 1) away."""
    steps = _steps(order, x.lower, prec)
    z = _raised(x, steps, prec)
    total = ZERO
    for k in range(steps):
        total = add(total, power_int(_raised(x, k, prec), -order - 1, prec), prec)
    first = power_int(z, -order, prec)
    factorial = exact(math.factorial(order))
    lead = neg(log(z, prec)) if order == 0 else mul(div(factorial, exact(order), prec), first, prec)
    total = add(total, halved(div(first, z, prec)), prec)
    result = add(lead, add(mul(factorial, total, prec), _stirling(order, z, prec), prec), prec)
    return result if order & 1 else neg(result)


# -- of balls: between two poles the logarithm of gamma is convex ----------------------------------


def _require_no_pole(name: str, a: Ball, furthest: int = LARGEST_EXPONENT // 2) -> None:
    """Refuses a ball with 0, -1, -2 or another pole in it, or below -(2**furthest)."""
    highest = least(mpf_floor(a.upper), fzero)
    if mpf_cmp(highest, a.lower) >= 0:
        raise NoValue(name) if is_exact(a) else Undecided(name)
    if a.lower[0] and magnitude(a.lower) > furthest:
        raise Undecided(name)


def _bottom(point: Point, slope: Point, a: Ball, prec: int) -> Mpf:
    """A lower bound of a convex function on a ball: of its tangent close to where it turns."""
    low, high = a.lower, a.upper
    for _ in range(_HALVINGS):
        middle = ball.middle(Ball(low, high))
        steepness = ball.sign(slope(middle, 30))
        if steepness is None:
            break
        low, high = (middle, high) if steepness < 0 else (low, middle)
    touching = ball.middle(Ball(low, high))
    reach = sub(Ball(low, high), point_ball(touching), prec)
    rise = mul(slope(touching, prec), reach, prec)
    return add(point(touching, prec), rise, prec).lower


def _convex(point: Point, slope: Point, bottom: Callable[[Ball, int], Mpf]) -> Enclosure:
    """The enclosure of a function that falls and then rises, between two poles or up from one."""

    def enclosure(a: Ball, prec: int) -> Ball:
        if is_exact(a):
            return point(a.lower, prec)
        if ball.sign(slope(a.lower, 30)) == 1:
            return rising(point)(a, prec)
        if a.upper == finf:
            return Ball(bottom(a, prec), finf)
        if ball.sign(slope(a.upper, 30)) == -1:
            return falling(point)(a, prec)
        return Ball(bottom(a, prec), most(point(a.lower, prec).upper, point(a.upper, prec).upper))

    return enclosure


def _log_bottom(a: Ball, prec: int) -> Mpf:
    if not a.lower[0]:  # of all positive numbers it is least between 1 and 2
        a = Ball(most(a.lower, ONE.lower), least(a.upper, TWO.lower))
    return _bottom(_sharp_lgamma, _polygamma_point(0), a, prec)


def _gamma_size(x: Mpf, prec: int) -> Ball:
    return absolute(_sharp_gamma(x, prec))


_sharp_gamma, _sharp_lgamma = sharp(_gamma_point), sharp(_lgamma_point)
_lgamma = _convex(_sharp_lgamma, _polygamma_point(0), _log_bottom)
_gamma = _convex(
    _gamma_size,
    _polygamma_point(0),
    lambda a, prec: exp(point_ball(_log_bottom(a, prec + 10)), prec).lower,
)


def gamma(a: Ball, prec: int) -> Ball:
    """The gamma function, away from its poles at 0, -1, -2 and so on."""
    _require_no_pole("gamma", a)
    size = _gamma(a, prec)
    return neg(size) if a.lower[0] and _floor(a.lower) & 1 else size


def lgamma(a: Ball, prec: int) -> Ball:
    """log|gamma(a)|."""
    _require_no_pole("lgamma", a)
    return _lgamma(a, prec)


def polygamma(order: Ball, a: Ball, prec: int) -> Ball:
    """The derivative of that order of digamma, the derivative of lgamma."""
    if not is_exact(order):
        raise Undecided("polygamma")
    n = _floor(order.lower) if magnitude(order.lower) < LARGEST_ORDER else -1
    if order.lower[2] < 0 or not 0 <= n <= LARGEST_ORDER:
        raise NoValue("polygamma")
    _require_no_pole("polygamma", a, _LARGEST_STEPS if n else LARGEST_EXPONENT // 2)
    point, slope = _polygamma_point(n), _polygamma_point(n + 1)
    if n & 1 == 0:
        return rising(point, highest=fzero if n else finf)(a, prec)
    if not a.lower[0]:
        return falling(point, lowest=fzero)(a, prec)
    return _convex(point, slope, lambda b, bits: _bottom(point, slope, b, bits))(a, prec)


# -- error functions -------------------------------------------------------------------------------


def _erf_point(x: Mpf, prec: int) -> Ball:
    if magnitude(x) > _NEAR:
        most_of = sub(ONE, _erfc_far(absolute(point_ball(x)).lower, prec), prec)
        return neg(most_of) if x[0] else most_of
    return rounded(claimed(mpf_erf(x, prec + GUARD), prec), prec)


def _erfc_point(x: Mpf, prec: int) -> Ball:
    if x == fzero:
        return ONE
    if magnitude(x) > _NEAR:
        return sub(TWO, _erfc_far(mpf_neg(x), prec), prec) if x[0] else _erfc_far(x, prec)
    return rounded(claimed(mpf_erfc(x, prec + GUARD), prec), prec)


def _erfc_far(x: Mpf, prec: int) -> Ball:
    """By the asymptotic series, which alternates."""
    if magnitude(x) > LARGEST_EXPONENT // 2:
        return Ball(fzero, TINY)
    # exp(-x²)/(x*sqrt(pi)) * (1 - 1/(2x²) + 1*3/(2x²)² - …)
    square = point_ball(mpf_mul(x, x))
    total, term, k = ONE, ONE, 1
    while term.lower[1] and magnitude(term.lower) > -prec:
        term = neg(div(mul(term, exact(2 * k - 1), prec), mul(TWO, square, prec), prec))
        total, k = add(total, term, prec), k + 1
    total = hull(total, sub(total, term, prec))
    front = div(exp(neg(square), prec), mul(point_ball(x), sqrt(pi(prec), prec), prec), prec)
    return mul(front, total, prec)


def _erfi_point(x: Mpf, prec: int) -> Ball:
    if x[0]:
        return neg(_erfi_point(mpf_neg(x), prec))
    if magnitude(x) > _SERIES:
        return _erfi_far(x, prec)
    # 2/sqrt(pi) * (x + x³/3 + x⁵/(2!*5) + …)
    bits = prec + GUARD
    square, power = point_ball(mpf_mul(x, x)), point_ball(x)
    total, term, k = power, power, 0
    # From here on each term is less than half of the one before.
    falling_from = 2 * to_int(square.upper, round_ceiling)
    while term.lower[1] and (
        k < falling_from or magnitude(term.lower) > magnitude(total.lower) - bits
    ):
        k += 1
        power = div(mul(power, square, bits), exact(k), bits)
        term = div(power, exact(2 * k + 1), bits)
        total = add(total, term, bits)
    total = hull(total, add(total, mul(TWO, term, bits), bits))
    return div(mul(TWO, total, bits), sqrt(pi(bits), bits), prec)


def _erfi_far(x: Mpf, prec: int) -> Ball:
    """Dawson's integral is between 1/(2x) and 1/x beyond its maximum: a digit."""
    square = exp(point_ball(mpf_mul(x, x)), prec)
    least = div(square, mul(point_ball(x), sqrt(pi(prec), prec), prec), prec)
    return hull(least, mul(TWO, least, prec))


erfi = rising(_erfi_point)
erf = rising(_erf_point, fnone, fone)
erfc = falling(sharp(_erfc_point), TWO.lower, fzero)
