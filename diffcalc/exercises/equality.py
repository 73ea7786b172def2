"""Whether two formulas are the same function, and if not, where they differ.

Both are functions of real variables, compared where f and its derivative have values. A point at
which they differ settles it: both are evaluated in more and more digits until the difference is
far beyond what round-off makes of either. Where none is found, SymPy may prove them equal; else
they are called equal if they agree at many points, at a few of them in hundreds of digits, so that
a term of 1e-60 is not lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError
from diffcalc.exercises.sample_points import ExactPoint, Screen, nice_points
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.numerical.restriction import dynamic_range
from diffcalc.symbolic.derivation import Formula
from diffcalc.symbolic.notation import form_of, is_real

# Far more than float64's 16, so that digits may be lost in working a formula out.
DIGITS = 50
# The more of them, the less likely are two different formulas alike at all; each takes many digits
# of both.
POINTS = 40
# Twice as many each time, so that all levels together cost little more than the last one.
_LEVELS = (DIGITS, 100, 200, 400, 800)
# In hundreds of digits, for a term of 1e-60: it shows at every point, so a few are enough.
_DEEPEST = 3
# Nine digits of a float64 may be lost to round-off; closer ones are left to the points that are
# compared in many digits anyway.
_SUSPICIOUS = 1e-7
# Those with the largest gap come first: where these are all round-off, so are the others.
_SUSPECTS = 8
# A claim without a value may be float64's overflow, so it is tried at more points than one.
_HOLES = 12
# Two values are the same that agree in three fifths of the digits.
_AGREE = 0.6
# What changed with the last digits is the error; six digits beyond it, a difference is no accident.
_BEYOND_ERROR = 10**6
# So many digits of the smallest term are seen, too.
_MARGIN = 20
# A simple point is refused where values a share of 1e-12 beside it differ: it is on a jump.
_NEXT_TO = 1 + Fraction(1, 10**12)
# Over that distance a slope of a million changes a value by no more; a jump does.
_CLOSE = 1e-6
# Nodes of both: a larger bound spends the second below on formulas that SymPy is unlikely to
# finish, a smaller one leaves more to the points.
_LARGEST_PROOF = 300
# A longer time proves more identities, and keeps the others waiting, of which the points decide.
_PROOF_SECONDS = 1.0


class At(Enum):
    """How two formulas compare at a point."""

    SAME = "same"
    DIFFERENT = "different"
    NO_CLAIM = "the second has no value"
    UNKNOWN = "the first has no value, or no number of digits tells them apart"


@dataclass(frozen=True)
class Compared:
    """Two formulas at a point, with their values in as many digits as it took."""

    at: At
    point: ExactPoint
    values: tuple[Any, Any]


def compare_at(
    one: Expression, other: Expression, point: ExactPoint, deep: bool = False
) -> Compared:
    """Both at a point, in 50 digits or as many as it takes up to 800; `deep` takes all of them."""
    before: tuple[Any, ...] = ()
    for digits in _LEVELS[-2:] if deep else _LEVELS:
        values = _values((one, other), point, digits)
        a, b = values
        if mpmath.isnan(a) or mpmath.isnan(b):
            if digits == DIGITS:
                continue  # What is 0 in 50 digits need not be.
            known = not mpmath.isnan(a) and _are_enough(digits, (one, other), point)
            return Compared(At.NO_CLAIM if known else At.UNKNOWN, point, (a, b))
        with mpmath.mp.workdps(digits):
            gap, size = abs(a - b), max(abs(a), abs(b))
            enough = not deep or digits == _LEVELS[-1]
            if enough and gap <= size * mpmath.mpf(10) ** int(-_AGREE * digits):
                return Compared(At.SAME, point, (a, b))
            error = sum(abs(v - w) for v, w in zip(values, before, strict=True)) if before else None
            beyond = error is not None and gap > _BEYOND_ERROR * error
            if beyond and _are_enough(digits, (one, other), point):
                return Compared(At.DIFFERENT, point, (a, b))
        before = values
    return Compared(At.UNKNOWN, point, (a, b))


def _are_enough(digits: int, expressions: Sequence[Expression], point: ExactPoint) -> bool:
    """Whether no term of a sum is lost in so many digits, as 1e-900 is in 1e-900 + x - x."""
    at = _numbers(point)
    return all(dynamic_range(e, at) + _MARGIN < digits for e in expressions)


def _values(expressions: Sequence[Expression], point: ExactPoint, digits: int) -> tuple[Any, ...]:
    with mpmath.mp.workdps(digits):
        at = _numbers(point)
        return tuple(mpmath.mp.convert(e.replay(at, exact())[-1]) for e in expressions)


def _numbers(point: ExactPoint) -> dict[str, Any]:
    return {name: mpmath.mpf(v.numerator) / v.denominator for name, v in point.items()}


def counterexample(at: Screen) -> Compared | None:
    """A point where the sides differ, a simple one if there is; None where none was found."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(at.derivative), np.abs(at.claim))
        gap = np.where(at.comparable, np.abs(at.derivative - at.claim) / size, 0)
    suspects = np.flatnonzero(gap > _SUSPICIOUS)
    for index in suspects[np.argsort(-gap[suspects], kind="stable")][:_SUSPECTS]:
        found = compare_at(*at.sides, at.point(int(index)))
        if found.at is At.DIFFERENT and _has_value(at.domain, found.point):
            return _simpler(at, found)
    return None


def hole(at: Screen) -> Compared | None:
    """A point where f has a derivative and the claim no value, beside which it has none either."""
    for index in np.flatnonzero(at.real & ~np.isfinite(at.claim))[:_HOLES]:
        found = compare_at(*at.sides, at.point(int(index)))
        if found.at is At.NO_CLAIM and _has_value(at.domain, found.point):
            return _simpler(at, found)
    return None


def _simpler(at: Screen, found: Compared) -> Compared:
    """The same at a point that a person would try, off corners and jumps; else as it was."""
    for point in nice_points(list(found.point)):
        compared = compare_at(*at.sides, point)
        if compared.at is not found.at or not _has_value(at.domain, point):
            continue
        beside = {name: value * _NEXT_TO for name, value in point.items()}
        pairs = zip(compared.values, _values(at.sides, beside, DIGITS), strict=True)
        if all(_is_near(a, b) for a, b in pairs):
            return compared
    return found


def _is_near(a: Any, b: Any) -> bool:
    if mpmath.isnan(a) or mpmath.isnan(b):
        return bool(mpmath.isnan(a) and mpmath.isnan(b))
    return bool(abs(a - b) <= _CLOSE * max(1, abs(a)))


def _has_value(f: Expression, point: ExactPoint) -> bool:
    return not mpmath.isnan(_values([f], point, DIGITS)[0])


def agreement(at: Screen, count: int = POINTS) -> Compared | int:
    """At how many points the sides agree, of `count`; or the first point where they differ."""
    agreed = 0
    for index in _spread(np.flatnonzero(at.comparable), count):
        found = compare_at(*at.sides, at.point(index), deep=agreed < _DEEPEST)
        if found.at is At.DIFFERENT and _has_value(at.domain, found.point):
            return found
        agreed += found.at is At.SAME
    return agreed


def _spread(indices: Any, count: int) -> list[int]:
    if len(indices) <= count:
        return [int(i) for i in indices]
    return [int(indices[k * len(indices) // count]) for k in range(count)]


def proved(one: Expression, other: Expression) -> bool:
    """Whether SymPy proves that the two are equal wherever both have values, in about a second.

    What it cannot decide is not proved.
    """
    if len(one.nodes) + len(other.nodes) > _LARGEST_PROOF:
        return False
    try:
        with deadline(_PROOF_SECONDS):
            return any(form == 0 for form in _normal_forms(form_of(one) - form_of(other)))
    except (DeadlineError, sympy.PolynomialError, NotImplementedError, ValueError, TypeError):
        # A ValueError is of numbers too long to be printed, by which SymPy sorts.
        return False


def _normal_forms(formula: Formula) -> Iterator[Formula]:
    """Forms that are 0 if the formula is: of polynomials, of quotients, of sines and cosines."""
    if not is_real(formula):
        return
    yield formula
    yield sympy.expand(formula)
    yield sympy.cancel(formula)
    yield sympy.cancel(sympy.expand(formula.rewrite(sympy.exp)))
