"""Exponentials, logarithms, hyperbolic functions, roots and powers of balls."""

from fractions import Fraction

from mpmath.libmp import (
    finf,
    fnone,
    fone,
    from_man_exp,
    fzero,
    mpf_div,
    mpf_exp,
    mpf_ln2,
    mpf_log,
    mpf_neg,
    mpf_shift,
    to_int,
)

from diffcalc.truth.ball import (
    DOWN,
    LARGEST_POWER,
    ONE,
    TWO,
    UP,
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
    mul,
    neg,
    point_ball,
    power_int,
    relative_bits,
    rounded,
    sign,
    sqrt,
    sub,
)
from diffcalc.truth.pieces import (
    GUARD,
    HUGE,
    LARGEST_EXPONENT,
    TINY,
    claimed,
    falling,
    magnitude,
    mirrored,
    odd,
    require,
    require_nonzero,
    rising,
    sharp,
)

# Up to this magnitude libmp's exp is quick, whatever its argument: beyond, it raises e to a power.
_SMALL = 8
# Roots of higher degree than this are found by log and exp.
_LARGEST_ROOT = 64
# A ball with fewer leading bits than this is a wide one.
_WIDE = 10


# -- exp and log -----------------------------------------------------------------------------------


def _exp_point(x: Mpf, prec: int) -> Ball:
    if x == fzero:
        return ONE
    if magnitude(x) <= _SMALL:
        return rounded(claimed(mpf_exp(x, prec + GUARD), prec), prec)
    size = magnitude(x)
    if size > LARGEST_EXPONENT:  # exp(x) is above 2**x, or below
        return Ball(fzero, TINY) if x[0] else Ball(HUGE, finf)
    # exp(x) = 2**n * exp(x - n*log(2)), with as many more bits of log(2) as n has.
    fine = prec + size + 20
    log_2 = claimed(mpf_ln2(fine + GUARD), fine)
    n = int(to_int(mpf_div(x, log_2.lower, size + 10)))
    rest = exp(sub(point_ball(x), mul(exact(n), log_2, fine), fine), prec + 2)
    return Ball(mpf_shift(rounded(rest, prec).lower, n), mpf_shift(rounded(rest, prec).upper, n))


exp = rising(_exp_point, fzero)


def _expm1_point(x: Mpf, prec: int) -> Ball:
    if x == fzero:
        return ZERO
    if magnitude(x) < -prec:  # x < exp(x) - 1 < x + x²
        ball = point_ball(x)
        return rounded(Ball(x, add(ball, mul(ball, ball, prec), prec).upper), prec)
    fine = prec + max(0, -magnitude(x)) + 10
    return sub(exp(point_ball(x), fine), ONE, prec)


expm1 = rising(_expm1_point, fnone)


def _log_point(x: Mpf, prec: int) -> Ball:
    return rounded(claimed(mpf_log(x, prec + GUARD), prec), prec)


_log = rising(_log_point)


def _log1p_point(x: Mpf, prec: int) -> Ball:
    if x == fzero:
        return ZERO
    if magnitude(x) < -prec:  # x - x² < log(1 + x) < x
        ball = point_ball(x)
        return rounded(Ball(sub(ball, mul(ball, ball, prec), prec).lower, x), prec)
    fine = prec + max(0, -magnitude(x)) + 10
    return rounded(_log(add(ONE, point_ball(x), fine), fine), prec)


_log1p = rising(_log1p_point)


def log(a: Ball, prec: int) -> Ball:
    """The natural logarithm."""
    require("log", a, fzero, finf, open_below=True)
    return _log(a, prec)


def log1p(a: Ball, prec: int) -> Ball:
    """log(1 + a)."""
    require("log1p", a, fnone, finf, open_below=True)
    return _log1p(a, prec)


def _log2_point(x: Mpf, prec: int) -> Ball:
    if x[1] == 1 and not x[0]:
        return exact(x[2])
    return div(_log_point(x, prec + 5), _log_point(TWO.lower, prec + 5), prec)


def _log10_point(x: Mpf, prec: int) -> Ball:
    _, mantissa, exponent, bits = x
    if 0 <= exponent < bits and mantissa == 5**exponent:
        return exact(exponent)
    return div(_log_point(x, prec + 5), _log_point(exact(10).lower, prec + 5), prec)


def log2(a: Ball, prec: int) -> Ball:
    """The logarithm to base 2; of a power of 2 an integer."""
    require("log2", a, fzero, finf, open_below=True)
    return rising(_log2_point)(a, prec)


def log10(a: Ball, prec: int) -> Ball:
    """The logarithm to base 10; of a power of 10 an integer."""
    require("log10", a, fzero, finf, open_below=True)
    return rising(_log10_point)(a, prec)


# -- hyperbolic functions --------------------------------------------------------------------------
#
# Written so that nothing cancels: in E = exp(x) - 1 where x is small, in exp(x) where it is not.


def _is_small(x: Mpf) -> bool:
    return magnitude(x) < 1


def _sinh_point(x: Mpf, prec: int) -> Ball:
    if _is_small(x):
        e = _expm1_point(x, prec)
        return halved(add(e, div(e, add(e, ONE, prec), prec), prec))
    e = _exp_point(x, prec)
    return halved(sub(e, div(ONE, e, prec), prec))


def _cosh_point(x: Mpf, prec: int) -> Ball:
    e = _exp_point(x, prec)
    return halved(add(e, div(ONE, e, prec), prec))


def _tanh_point(x: Mpf, prec: int) -> Ball:
    if _is_small(x):
        e = _expm1_point(mpf_shift(x, 1), prec)
        return div(e, add(e, TWO, prec), prec)
    e = _exp_point(mpf_shift(x, 1), prec)
    return sub(ONE, div(TWO, add(e, ONE, prec), prec), prec)


def _coth_point(x: Mpf, prec: int) -> Ball:
    e = _expm1_point(mpf_shift(x, 1), prec)
    return add(ONE, div(TWO, e, prec), prec)


sinh = rising(sharp(odd(_sinh_point)))
tanh = rising(sharp(odd(_tanh_point)), fnone, fone)
_cosh = rising(sharp(_cosh_point))
_sech = falling(sharp(lambda x, prec: div(ONE, _cosh_point(x, prec), prec)), lowest=fzero)
_csch = falling(sharp(lambda x, prec: div(ONE, _sinh_point(x, prec), prec)), lowest=fzero)
_coth = falling(sharp(_coth_point), lowest=fone)


def cosh(a: Ball, prec: int) -> Ball:
    """The hyperbolic cosine: even, least at 0."""
    return _cosh(absolute(a), prec)


def sech(a: Ball, prec: int) -> Ball:
    """1/cosh: even, largest at 0."""
    return _sech(absolute(a), prec)


def csch(a: Ball, prec: int) -> Ball:
    """1/sinh."""
    require_nonzero("csch", a)
    return mirrored(_csch, a, prec)


def coth(a: Ball, prec: int) -> Ball:
    """1/tanh."""
    require_nonzero("coth", a)
    return mirrored(_coth, a, prec)


def _asinh_point(x: Mpf, prec: int) -> Ball:
    ball = point_ball(x)
    square = mul(ball, ball, prec)
    root = sqrt(add(square, ONE, prec), prec)
    if _is_small(x):
        return _log1p(add(ball, div(square, add(root, ONE, prec), prec), prec), prec)
    return _log(add(ball, root, prec), prec)


def _acosh_above(t: Ball, prec: int) -> Ball:
    """acosh(1 + t)."""
    root = sqrt(mul(t, add(t, TWO, prec), prec), prec)
    return _log1p(add(t, root, prec), prec)


def _acosh_point(x: Mpf, prec: int) -> Ball:
    return _acosh_above(sub(point_ball(x), ONE, prec), prec)


def _asech_point(x: Mpf, prec: int) -> Ball:
    ball = point_ball(x)
    return _acosh_above(div(sub(ONE, ball, prec), ball, prec), prec)


def _atanh_point(x: Mpf, prec: int) -> Ball:
    ball = point_ball(x)
    return halved(_log1p(div(mul(TWO, ball, prec), sub(ONE, ball, prec), prec), prec))


def _acoth_point(x: Mpf, prec: int) -> Ball:
    return halved(_log1p(div(TWO, sub(point_ball(x), ONE, prec), prec), prec))


asinh = rising(sharp(odd(_asinh_point)))
_acosh = rising(sharp(_acosh_point))
_asech = falling(sharp(_asech_point))
_atanh = rising(sharp(odd(_atanh_point)))
_acsch = falling(sharp(lambda x, prec: asinh(div(ONE, point_ball(x), prec), prec)), lowest=fzero)
_acoth = falling(sharp(_acoth_point), lowest=fzero)


def acosh(a: Ball, prec: int) -> Ball:
    """The inverse of cosh, from 1 up."""
    require("acosh", a, fone, finf)
    return _acosh(a, prec)


def atanh(a: Ball, prec: int) -> Ball:
    """The inverse of tanh, between -1 and 1."""
    require("atanh", a, fnone, fone, open_below=True, open_above=True)
    return _atanh(a, prec)


def asech(a: Ball, prec: int) -> Ball:
    """acosh(1/a), above 0 and up to 1."""
    require("asech", a, fzero, fone, open_below=True)
    return _asech(a, prec)


def acsch(a: Ball, prec: int) -> Ball:
    """asinh(1/a)."""
    require_nonzero("acsch", a)
    return mirrored(_acsch, a, prec)


def acoth(a: Ball, prec: int) -> Ball:
    """atanh(1/a), above 1 and below -1."""
    require("acoth", absolute(a), fone, finf, open_below=True)
    return mirrored(_acoth, a, prec)


# -- sigmoid and softplus --------------------------------------------------------------------------


def _sigmoid_point(x: Mpf, prec: int) -> Ball:
    e = _exp_point(mpf_neg(absolute(point_ball(x)).lower), prec)
    return div(e if x[0] else ONE, add(ONE, e, prec), prec)


def _softplus_point(x: Mpf, prec: int) -> Ball:
    tail = _log1p(_exp_point(mpf_neg(absolute(point_ball(x)).lower), prec), prec)
    return tail if x[0] else add(point_ball(x), tail, prec)


sigmoid = rising(sharp(_sigmoid_point), fzero, fone)
softplus = rising(sharp(_softplus_point), fzero)


# -- roots and powers ------------------------------------------------------------------------------


def _integer_root(number: int, degree: int) -> int:
    """The largest r with r**degree <= number, by Newton's method from above."""
    root = 1 << -(-number.bit_length() // degree)
    while True:
        lower = ((degree - 1) * root + number // root ** (degree - 1)) // degree
        if lower >= root:
            return root
        root = lower


def _end_root(x: Mpf, degree: int, prec: int, rounding: str) -> Mpf:
    """The directed root of an x ≥ 0, in integers: nothing is trusted."""
    _, mantissa, exponent, bits = x
    if not mantissa:
        return x
    shift = max(0, degree * (prec + 2) - bits)
    shift += (exponent - shift) % degree
    scaled = mantissa << shift
    root = _integer_root(scaled, degree)
    if rounding == UP and root**degree < scaled:
        root += 1
    return from_man_exp(root, (exponent - shift) // degree, prec, rounding)


def root(a: Ball, degree: int, prec: int) -> Ball:
    """The root of this degree of an a ≥ 0."""
    lower = _end_root(a.lower, degree, prec, DOWN)
    upper = _end_root(a.upper, degree, prec, UP)
    return Ball(lower, lower if lower == upper else upper)


def cbrt(a: Ball, prec: int) -> Ball:
    """The cube root, of every sign."""
    if not a.lower[0]:
        return root(a, 3, prec)
    if a.upper[0]:
        return neg(root(neg(a), 3, prec))
    return hull(
        neg(root(Ball(fzero, mpf_neg(a.lower)), 3, prec)), root(Ball(fzero, a.upper), 3, prec)
    )


def power_fraction(a: Ball, power: Fraction, prec: int) -> Ball:
    """The power with this exact exponent: an integer for every a, another for a ≥ 0."""
    degree, times = power.denominator, power.numerator
    if degree == 1:
        return power_int(a, times, prec)
    if a.lower[0]:
        raise NoValue("pow") if a.upper[0] else Undecided("pow")
    if degree > _LARGEST_ROOT or times.bit_length() > LARGEST_POWER:
        return _by_log(a, from_fraction(power, prec + LARGEST_POWER), prec)
    fine = prec + times.bit_length() + 5
    return rounded(power_int(root(a, degree, fine), times, fine), prec)


def power(a: Ball, b: Ball, prec: int) -> Ball:
    """The power with b as exponent, for real numbers: a negative a needs an integer b."""
    if is_exact(b):
        _, mantissa, exponent, _ = b.lower
        if exponent >= 0 and exponent + b.lower[3] <= LARGEST_POWER:
            return power_int(a, int(to_int(b.lower)), prec)
        if -exponent < _LARGEST_ROOT.bit_length() and exponent < 0:
            number = Fraction(-mantissa if b.lower[0] else mantissa, 1 << -exponent)
            return power_fraction(a, number, prec)
    if a.upper[0]:
        raise NoValue("pow") if _without_integer(b) else Undecided("pow")
    if a.lower[0]:
        raise Undecided("pow")
    return _by_log(a, b, prec)


def _without_integer(b: Ball) -> bool:
    """Whether no integer is in the ball."""
    if b.lower[2] > 0 or b.upper[2] > 0 or not (b.lower[1] and b.upper[1]):
        return False
    return bool(to_int(b.lower, UP) > to_int(b.upper, DOWN))


def _by_log(a: Ball, b: Ball, prec: int) -> Ball:
    """exp(b*log(a)) for a ≥ 0, with as many more bits as the exponent has before its point."""
    if a.lower == fzero:
        if sign(b) != 1:
            raise NoValue("pow") if a.upper == fzero and sign(b) == -1 else Undecided("pow")
        return (
            ZERO if a.upper == fzero else Ball(fzero, _by_log(point_ball(a.upper), b, prec).upper)
        )
    rough = mul(b, _log(a, 20), 20)
    largest = max(magnitude(end) if end[1] else 0 for end in (rough.lower, rough.upper))
    # Rounding the ends of a ball that is wide already, in the first digits, loses nothing.
    most = LARGEST_EXPONENT if relative_bits(rough) > _WIDE else prec
    fine = prec + 10 + max(0, min(largest, most))
    return rounded(exp(mul(b, _log(a, fine), fine), prec + 2), prec)
