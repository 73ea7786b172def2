"""What chooses among numbers or steps between them: |a|, sign, floor, max, comparisons, where.

Of a ball on a border the enclosure holds the values on both sides.
"""

from mpmath.libmp import fnone, fone, fzero, mpf_ceil, mpf_cmp, mpf_floor

from diffcalc.truth import ball
from diffcalc.truth.ball import ONE, ZERO, Ball, Mpf, hull, is_exact, least, most, overlaps

EITHER = Ball(fzero, fone)


def sign(a: Ball) -> Ball:
    """-1, 0 or 1."""
    known = ball.sign(a)
    if known is not None:
        return ball.exact(known)
    return Ball(fnone if a.lower[0] else fzero, fone if a.upper != fzero else fzero)


def _between(lower: Mpf, upper: Mpf) -> Ball:
    return Ball(lower, lower if lower == upper else upper)


def floor(a: Ball) -> Ball:
    """The largest integer that is not above, with all its digits."""
    return _between(mpf_floor(a.lower), mpf_floor(a.upper))


def ceil(a: Ball) -> Ball:
    """The smallest integer that is not below, with all its digits."""
    return _between(mpf_ceil(a.lower), mpf_ceil(a.upper))


def relu(a: Ball) -> Ball:
    """The larger of a and 0."""
    return largest(a, ZERO)


def smallest(a: Ball, b: Ball) -> Ball:
    """The smaller of two numbers."""
    return _between(least(a.lower, b.lower), least(a.upper, b.upper))


def largest(a: Ball, b: Ball) -> Ball:
    """The larger of two numbers."""
    return _between(most(a.lower, b.lower), most(a.upper, b.upper))


def where(condition: Ball, yes: Ball, no: Ball) -> Ball:
    """One of two numbers; both where the condition is not known."""
    known = ball.sign(condition)
    return hull(yes, no) if known is None else (yes if known else no)


# -- comparisons: 1 where they hold, 0 where they do not -------------------------------------------


def less(a: Ball, b: Ball) -> Ball:
    """1 where a < b."""
    if mpf_cmp(a.upper, b.lower) < 0:
        return ONE
    return ZERO if mpf_cmp(a.lower, b.upper) >= 0 else EITHER


def less_or_equal(a: Ball, b: Ball) -> Ball:
    """1 where a <= b."""
    return negated(less(b, a))


def equal(a: Ball, b: Ball) -> Ball:
    """1 where a = b: two balls with more than one number in them are never known to be equal."""
    if not overlaps(a, b):
        return ZERO
    return ONE if is_exact(a) and is_exact(b) else EITHER


def negated(truth: Ball) -> Ball:
    """1 for 0, and 0 for 1."""
    return Ball(*(fone if end == fzero else fzero for end in (truth.upper, truth.lower)))
