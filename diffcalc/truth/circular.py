"""Pi, the trigonometric functions and their inverses, of balls."""

from mpmath.libmp import (
    finf,
    fnone,
    fone,
    fzero,
    mpf_atan,
    mpf_cos,
    mpf_pi,
    mpf_sin,
    to_int,
)

from diffcalc.truth.ball import (
    DOWN,
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
    halved,
    hull,
    is_exact,
    is_finite,
    mul,
    neg,
    point_ball,
    rounded,
    sign,
    sqrt,
    sub,
)
from diffcalc.truth.pieces import (
    GUARD,
    LARGEST_EXPONENT,
    Enclosure,
    Point,
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

_ALL = Ball(fnone, fone)


def pi(prec: int) -> Ball:
    """The number pi."""
    return rounded(claimed(mpf_pi(prec + GUARD), prec), prec)


def _half_pi(prec: int) -> Ball:
    return halved(pi(prec))


# -- sine and its kin ------------------------------------------------------------------------------


def _is_within_reach(a: Ball) -> bool:
    """Whether both ends can be told from one another on the circle."""
    return is_finite(a) and all(
        not end[1] or magnitude(end) <= LARGEST_EXPONENT for end in (a.lower, a.upper)
    )


def _quarters(a: Ball, bits: int = 30) -> tuple[int, int]:
    """The first and last integer k for which k*pi/2 may be above the lower end and up to the upper.

    No others are; one that is not is no further away than the bits by which this is reckoned.
    """
    ends = []
    for end, rounding in ((a.lower, DOWN), (a.upper, UP)):
        fine = bits + (max(0, magnitude(end)) if end[1] else 0)
        turns = div(point_ball(end), _half_pi(fine), fine)
        ends.append(int(to_int(turns.lower if rounding == DOWN else turns.upper, DOWN)))
    return ends[0] + 1, ends[1]


def _wave(point: Point, crest: int) -> Enclosure:
    """The enclosure of sine or cosine, which is 1 at crest*pi/2, and at each full turn from it."""

    def enclosure(a: Ball, prec: int) -> Ball:
        if not _is_within_reach(a):
            return _ALL
        if is_exact(a):
            return point(a.lower, prec)
        first, last = _quarters(a)
        if last - first >= 4:
            return _ALL
        ends = hull(point(a.lower, prec), point(a.upper, prec))
        turns = {k % 4 for k in range(first, last + 1)}
        return Ball(
            fnone if (crest + 2) % 4 in turns else ends.lower,
            fone if crest in turns else ends.upper,
        )

    return enclosure


def _sin_point(x: Mpf, prec: int) -> Ball:
    return rounded(claimed(mpf_sin(x, prec + GUARD), prec), prec)


def _cos_point(x: Mpf, prec: int) -> Ball:
    if x == fzero:
        return ONE
    return rounded(claimed(mpf_cos(x, prec + GUARD), prec), prec)


sin = _wave(_sin_point, 1)
cos = _wave(_cos_point, 0)

_tan = rising(sharp(lambda x, prec: div(_sin_point(x, prec), _cos_point(x, prec), prec)))
_cot = falling(sharp(lambda x, prec: div(_cos_point(x, prec), _sin_point(x, prec), prec)))


def _require_no_pole(name: str, a: Ball, first: int, prec: int) -> None:
    """Refuses a ball that may have a pole in it: first*pi/2, or a half turn from it."""
    if _is_within_reach(a):
        if is_exact(a):
            return
        for bits in (30, prec):
            k, last = _quarters(a, bits)
            if k + (k - first) % 2 > last:
                return
    raise Undecided(name)


def tan(a: Ball, prec: int) -> Ball:
    """The tangent, between two poles."""
    _require_no_pole("tan", a, 1, prec)
    return _tan(a, prec)


def cot(a: Ball, prec: int) -> Ball:
    """The cotangent, between two poles."""
    require_nonzero("cot", a)
    _require_no_pole("cot", a, 0, prec)
    return _cot(a, prec)


def _reciprocal(name: str, a: Ball, prec: int) -> Ball:
    try:
        return div(ONE, a, prec)
    except (NoValue, Undecided) as error:
        raise type(error)(name) from None


def sec(a: Ball, prec: int) -> Ball:
    """1/cos."""
    return _reciprocal("sec", cos(a, prec + 5), prec)


def csc(a: Ball, prec: int) -> Ball:
    """1/sin."""
    return _reciprocal("csc", sin(a, prec + 5), prec)


# -- their inverses --------------------------------------------------------------------------------


def _atan_point(x: Mpf, prec: int) -> Ball:
    return rounded(claimed(mpf_atan(x, prec + GUARD), prec), prec)


atan = rising(_atan_point, None, None)


def _asin_point(x: Mpf, prec: int) -> Ball:
    if x == fone:
        return _half_pi(prec)
    ball = point_ball(x)
    return atan(
        div(ball, sqrt(mul(sub(ONE, ball, prec), add(ONE, ball, prec), prec), prec), prec), prec
    )


def _acos_point(x: Mpf, prec: int) -> Ball:
    if x == fnone:
        return pi(prec)
    ball = point_ball(x)
    tangent = sqrt(div(sub(ONE, ball, prec), add(ONE, ball, prec), prec), prec)
    return mul(TWO, atan(tangent, prec), prec)


def _asec_point(x: Mpf, prec: int) -> Ball:
    if x == finf:
        return _half_pi(prec)
    above = add(point_ball(x), ONE, prec)
    if magnitude(x) > 1:
        square = sub(ONE, div(TWO, above, prec), prec)
    else:
        square = div(sub(point_ball(x), ONE, prec), above, prec)
    return mul(TWO, atan(sqrt(square, prec), prec), prec)


def _acsc_point(x: Mpf, prec: int) -> Ball:
    if x == fone:
        return _half_pi(prec)
    ball = point_ball(x)
    square = mul(sub(ball, ONE, prec), add(ball, ONE, prec), prec)
    return atan(div(ONE, sqrt(square, prec), prec), prec)


def _acot_point(x: Mpf, prec: int) -> Ball:
    return _half_pi(prec) if x == fzero else atan(div(ONE, point_ball(x), prec), prec)


_asin = rising(sharp(odd(_asin_point)))
_acos = falling(sharp(_acos_point))
_asec = rising(sharp(_asec_point), highest=None)
_acsc = falling(sharp(_acsc_point), lowest=fzero)
_acot = falling(sharp(_acot_point), lowest=fzero)


def asin(a: Ball, prec: int) -> Ball:
    """The inverse of sine, from -1 to 1."""
    require("asin", a, fnone, fone)
    return _asin(a, prec)


def acos(a: Ball, prec: int) -> Ball:
    """The inverse of cosine, from -1 to 1."""
    require("acos", a, fnone, fone)
    return _acos(a, prec)


def asec(a: Ball, prec: int) -> Ball:
    """acos(1/a), from 1 up and from -1 down."""
    require("asec", absolute(a), fone, finf)
    return sub(pi(prec), _asec(neg(a), prec), prec) if a.upper[0] else _asec(a, prec)


def acsc(a: Ball, prec: int) -> Ball:
    """asin(1/a), from 1 up and from -1 down."""
    require("acsc", absolute(a), fone, finf)
    return mirrored(_acsc, a, prec)


def acot(a: Ball, prec: int) -> Ball:
    """atan(1/a), and pi/2 at 0: from below 0 it jumps there."""
    if a.lower[0] and not a.upper[0]:
        half = _half_pi(prec)
        return Ball(neg(half).lower, half.upper)
    return mirrored(_acot, a, prec)


def atan2(y: Ball, x: Ball, prec: int) -> Ball:
    """The angle of the point (x, y): above -pi and up to pi, 0 at the origin."""
    if sign(x) == 1:
        return atan(div(y, x, prec + 5), prec)
    if sign(y) in (1, -1):
        half = _half_pi(prec + 5)
        quarter = half if sign(y) == 1 else neg(half)
        return sub(quarter, atan(div(x, y, prec + 5), prec + 5), prec)
    whole = pi(prec)
    if y.lower[0]:
        return Ball(neg(whole).lower, whole.upper)
    if sign(x) == -1:
        return add(whole, atan(div(y, x, prec), prec), prec)
    return ZERO if sign(x) == sign(y) == 0 else Ball(fzero, whole.upper)
