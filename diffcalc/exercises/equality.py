"""Whether a formula is the derivative of another one, and if not, where they differ.

Both are functions of real variables, compared where f is differentiable. A point at which their
enclosures have no number in common settles it: f's slope there comes from the truth, not from the
rules. Where none is found, the normal form of the difference may prove them equal, or differ from 0
somewhere; else they are called equal if the enclosures agree at many points, at a few of them in
hundreds of digits, so that a term of 1e-60 is not lost.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import mpmath
import numpy as np
import sympy
from sympy.functions.elementary.trigonometric import TrigonometricFunction
from sympy.simplify.fu import TR1, TR2, TR5

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError, LimitError
from diffcalc.base.numbers import Formula, MpNumber
from diffcalc.exercises.sample_points import ExactPoint, Screen, nice_points, screen
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.symbolic.differentiate import rough_derivative
from diffcalc.symbolic.notation import form_of, is_real, to_text
from diffcalc.truth import ball, claims
from diffcalc.truth.ball import Ball, NoValue
from diffcalc.truth.claims import Enclosed

# Far more than float64's 16, so that digits may be lost in working a formula out.
DIGITS = 50
# The more of them, the less likely are two different formulas alike at all; each takes many digits
# of both.
POINTS = 40
# Bits. Two values agree that have three fifths of them in common: 50, 200, 800 digits.
_LEVELS = (280, 1_100, 4_400)
_AGREE = 0.6
# In hundreds of digits, for a term of 1e-60: it shows at every point, so a few are enough.
_DEEPEST = 3
# Nine digits of a float64 may be lost to round-off; closer ones are left to the points that are
# compared in many digits anyway.
_SUSPICIOUS = 1e-7
# Those with the largest gap come first: where these are all round-off, so are the others.
_SUSPECTS = 8
# At the others a difference in closed form, or a derivative, has no value either.
_TRIED = 12
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
    """Two formulas at a point: their values and what the second is more, as mpmath numbers; nan
    where there is none. `without` is the operation that has no value there, as text.
    """

    at: At
    point: ExactPoint
    values: tuple[MpNumber, MpNumber] = (mpmath.nan, mpmath.nan)
    more: MpNumber = mpmath.nan
    without: str = ""


def compare_at(one: Enclosed, other: Enclosed, point: ExactPoint, deep: bool = False) -> Compared:
    """Both at a point, in 50 digits or as many as it takes up to 800; `deep` takes all of them."""
    for bits in _LEVELS[-1:] if deep else _LEVELS:
        a, b = one.at(point, bits), other.at(point, bits)
        if isinstance(a, NoValue):
            break
        if isinstance(b, NoValue) and isinstance(a, Ball):
            without = other.ends_around(point)
            known = At.NO_CLAIM if without else At.UNKNOWN
            return Compared(known, point, (ball.about(a), mpmath.nan), without=without)
        if not (isinstance(a, Ball) and isinstance(b, Ball)):
            continue
        gap = ball.sub(b, a, bits)
        if not ball.contains_zero(gap):
            return Compared(At.DIFFERENT, point, (ball.about(a), ball.about(b)), ball.about(gap))
        if _is_small(gap, a, bits):
            return Compared(At.SAME, point, (ball.about(a), ball.about(b)))
    return Compared(At.UNKNOWN, point)


def _is_small(gap: Ball, of: Ball, bits: int) -> bool:
    """Whether a gap is next to nothing, for its size; at the end, also of what may be 0."""
    if ball.is_exact(gap):
        return True
    if not ball.is_finite(gap):
        return False
    width, size = ball.width(gap), ball.absolute(of).upper
    top = size[2] + size[3] if not ball.contains_zero(of) or bits < _LEVELS[-1] else 0
    return bool(width[2] + width[3] < top - int(_AGREE * bits))


class Sides:
    """The derivative of `f` and a claim, to be compared where a screen suggests it."""

    screen: Screen

    def __init__(self, f: Expression, variable: str, claim: Expression) -> None:
        self.claim = Enclosed(claim)
        self.derivative = Enclosed(f, variable)
        self._rough = rough_derivative(f, variable)
        self._names = list(dict.fromkeys([*f.variables, *claim.variables]))

    @cached_property
    def _first(self) -> Compared | None:
        """The first point that a person would try at which the two can be compared."""
        tried = map(self.at, nice_points(self._names))
        return next((one for one in tried if one.at in (At.SAME, At.DIFFERENT)), None)

    def proved(self) -> bool:
        """Whether they are the same, with a value at the same points, without a look at many.

        Only what is equal at a point that a person would try is worth the normal forms.
        """
        if self._first is None or self._first.at is At.DIFFERENT:
            return False
        size = 2 * len(self.derivative.expression.nodes)
        return self._forms(self._rough, size)[-1:] == [0] and self._told_hole == (None, True)

    def take_points(self, derivative: Expression) -> None:
        """Takes a screen, with the rules' formula.

        Where f has a value at no point of it, or is on a border at all of them, the formula stands
        for the derivative.
        """
        f, claim = self.derivative.expression, self.claim.expression
        self.screen = screen(f, derivative, claim)
        if self.screen.domain is not f or not (self._first or self._has_a_value()):
            self.derivative = Enclosed(derivative)

    def _has_a_value(self) -> bool:
        points = [self.screen.point(int(i)) for i in np.flatnonzero(self.screen.real)[:_TRIED]]
        values = (self.derivative.at(point, _LEVELS[0]) for point in points)
        return not points or any(isinstance(value, Ball) for value in values)

    def at(self, point: ExactPoint, deep: bool = False) -> Compared:
        """Both at a point."""
        return compare_at(self.derivative, self.claim, point, deep)

    def counterexample(self) -> Compared | None:
        """A point where the sides differ, a simple one if there is; None where none was found."""
        screen = self.screen
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(screen.derivative), np.abs(screen.claim))
            gap = np.abs(screen.derivative - screen.claim) / size
            gap = np.where(screen.comparable, gap, 0)
        suspects = np.flatnonzero(gap > _SUSPICIOUS)
        if suspects.size and self._first is not None and self._first.at is At.DIFFERENT:
            return self._first
        for index in suspects[np.argsort(-gap[suspects], kind="stable")][:_SUSPECTS]:
            found = self.at(screen.point(int(index)))
            if found.at is At.DIFFERENT:
                return self._simpler(found)
        return None

    def _simpler(self, found: Compared) -> Compared:
        """The same at a point that a person would try; else as it was."""
        points = nice_points(self._names)
        alike = (self.at(point) for point in points)
        return next((one for one in alike if one.at is found.at), found)

    def hole(self) -> tuple[Compared | None, bool]:
        """A point where f has a derivative and the claim no value, beside which it has none either.

        And whether it is told that there is none, or one.
        """
        point, told = self._told_hole
        if told:
            points = [point] if point else []
        else:
            bad = np.flatnonzero(self.screen.real & ~np.isfinite(self.screen.claim))
            points = [self.screen.point(int(i)) for i in bad[:_TRIED]]
        for one in points:
            found = self.at(one)
            if found.at is At.NO_CLAIM:
                return self._simpler(found), True
        return None, told

    @cached_property
    def _told_hole(self) -> tuple[ExactPoint | None, bool]:
        return claims.hole(self.derivative, self.claim, self._names)

    @cached_property
    def difference(self) -> list[Formula]:
        """The difference in normal forms: as many as time allows, none after one that is 0."""
        derivative = self.screen.sides[0]
        return self._forms(form_of(derivative), len(derivative.nodes))

    def _forms(self, derivative: Formula, size: int) -> list[Formula]:
        forms: list[Formula] = []
        claim = self.claim.expression
        if size + len(claim.nodes) > _LARGEST_PROOF:
            return forms
        try:
            with deadline(_PROOF_SECONDS):
                positive = self.derivative.positive | self.claim.positive
                for form in _normal_forms(form_of(claim) - derivative, positive):
                    forms.append(form)
                    if form == 0:
                        break
        except (DeadlineError, sympy.PolynomialError, NotImplementedError, ValueError, TypeError):
            # A ValueError is of numbers too long to be printed, by which SymPy sorts.
            pass
        return forms

    def differing(self) -> Compared | None:
        """A point at which a normal form of the difference is not 0, however little that is."""
        names = self._names
        points = [*nice_points(names), *map(self.screen.point, self._near_one()[:_TRIED])]
        for form in dict.fromkeys(self.difference):
            program = program_of(form, names)
            if program is None:
                continue
            sides = Enclosed(program), self.derivative, self.claim
            for point in points:
                told = (side.at(point, _LEVELS[0]) for side in sides)
                found = [one for one in told if isinstance(one, Ball)]
                if len(found) == len(sides) and not ball.contains_zero(found[0]):
                    more, a, b = map(ball.about, found)
                    return Compared(At.DIFFERENT, point, (a, b), more)
        return None

    def agreement(self, count: int = POINTS) -> Compared | int:
        """At how many points the sides agree, of `count`; or the first point where they differ."""
        near = self._near_one()
        agreed = 0
        for index in dict.fromkeys([*near[:_DEEPEST], *_spread(sorted(near), count)]):
            found = self.at(self.screen.point(index), deep=agreed < _DEEPEST)
            if found.at is At.DIFFERENT:
                return found
            agreed += found.at is At.SAME
        return min(agreed, count)

    def _near_one(self) -> list[int]:
        """The points that can be compared, first those whose numbers have a size of about 1.

        There a term as exp(-x^2 - 1000) is not yet beyond all digits.
        """
        indices = np.flatnonzero(self.screen.comparable)
        columns = [np.abs(np.log(np.abs(c[indices]))) for c in self.screen.columns.values()]
        far = np.max(columns, axis=0) if columns else np.zeros(len(indices))
        return [int(i) for i in indices[np.argsort(far, kind="stable")]]


def _spread(indices: Sequence[int], count: int) -> list[int]:
    if len(indices) <= count:
        return list(indices)
    return [indices[k * len(indices) // count] for k in range(count)]


def program_of(form: Formula, names: Sequence[str]) -> Expression | None:
    """A SymPy formula as a program; None where it is not real or cannot be written down."""
    form = sympy.Integer(0) + form
    if not is_real(form):
        return None
    try:
        return read(to_text(form, names), declared=names, checked=False)
    except LimitError:
        return None


def _normal_forms(formula: Formula, positive: Collection[str]) -> Iterator[Formula]:
    """Forms that are 0 if the formula is: of polynomials, of quotients, of waves.

    They are equal to it but at single points, where these variables are positive.
    """
    if not is_real(formula):
        return
    symbols = [s for s in formula.free_symbols if s.name in positive]
    formula = formula.xreplace({s: sympy.Symbol(s.name, positive=True) for s in symbols})
    formula = formula.replace(sympy.sign, lambda u: u / sympy.Abs(u))
    yield formula
    yield sympy.expand(formula)
    whole = all(power.exp.is_Integer for power in formula.atoms(sympy.Pow))
    if whole and formula.has(TrigonometricFunction):
        yield _in_sines(formula)
    yield sympy.cancel(formula)
    yield sympy.cancel(sympy.expand(formula.rewrite(sympy.exp)))


def _in_sines(formula: Formula) -> Formula:
    """The formula in sines and cosines, no power of a sine above the line.

    Few need more, as sin(2*x) beside sin(x): exponentials, which take ten times as long.
    """
    above, below = sympy.fraction(sympy.together(TR2(TR1(formula))))
    form: Formula = sympy.expand(TR5(sympy.expand(above), max=_LARGEST_PROOF)) / below
    return form
