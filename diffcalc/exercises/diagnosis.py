"""Which mistake explains a wrong answer: the formula differentiated anew with broken rules.

Each mistake is made at one place after the other, then everywhere. What gives the values of the
claim in float64 is computed in symbols, and compared with the claim as strictly as the derivative
itself, so that no mistake is reported that does not lead to that very answer.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError
from diffcalc.base.numbers import Formula
from diffcalc.base.types import FloatArray
from diffcalc.exercises.broken_rules import Walk
from diffcalc.exercises.equality import At, compare_at, program_of
from diffcalc.exercises.mistakes import MISTAKES, Mistake
from diffcalc.exercises.sample_points import Columns, Screen
from diffcalc.language.algebras import FLOAT, symbols
from diffcalc.language.expression import Expression
from diffcalc.language.printing import POWER
from diffcalc.symbolic.notation import form_of, real_symbols, tidy, to_text
from diffcalc.symbolic.rules import Rule
from diffcalc.truth.claims import Enclosed

# Points at which every mistake at every place is worked out in float64: more take longer, and what
# is left is confirmed in 50 digits anyway.
_TRIED = 24
# At one or two points a wrong explanation may fit by chance.
_NEEDED = 3
# Each takes many digits of both formulas, and most mistakes were ruled out before.
_CONFIRMED = 6
# A screen only: float64 may have lost ten digits on one way, and a closer look follows.
_CLOSE = 1e-6
# The share of the points that must agree: at others float64 may underflow on one way alone.
_MOST = 0.8
# Each place is one more walk through all of the formula, so time grows with the square of its
# length.
_MOST_PLACES = 60
# A mark without an explanation is worth more than none: SymPy may take for ever to tidy a formula.
_SECONDS = 4.0


@dataclass(frozen=True)
class Diagnosis:
    """The mistake that leads to a claim: its name, the rule it breaks, and a sentence about it.

    `rule` is None where no single rule is broken: f itself given as the answer, and the like.
    """

    mistake: str
    rule: Rule | None
    sentence: str


def diagnose(expression: Expression, variable: str, at: Screen) -> Diagnosis | None:
    """The simplest mistake that leads from `expression` to the claim of `at`; None if none does.

    One place before everywhere, then in the order of `mistakes.MISTAKES`.
    """
    sides = _Sides.at(at)
    if sides is None:
        return None
    explanations = chain(_broken(expression, variable, sides), _else(expression, variable, sides))
    with suppress(DeadlineError), deadline(_SECONDS):
        return next(explanations, None)
    return None


@dataclass(frozen=True)
class _Sides:
    """The claim and the derivative at a few points, to be compared with what a mistake gives."""

    screen: Screen
    indices: NDArray[np.intp]

    @staticmethod
    def at(screen: Screen) -> "_Sides | None":
        indices = np.flatnonzero(screen.comparable)
        chosen = indices[:: max(1, len(indices) // _TRIED)]
        return _Sides(screen, chosen) if len(chosen) >= _NEEDED else None

    @cached_property
    def claim(self) -> Enclosed:
        return Enclosed(self.screen.sides[1])

    @property
    def columns(self) -> Columns:
        return {name: column[self.indices] for name, column in self.screen.columns.items()}

    @cached_property
    def _values(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Those of the claim and of the derivative, and what is nothing beside them.

        What cancels to 0 leaves round-off, which is small beside the derivative.
        """
        claim, derivative = self.screen.claim[self.indices], self.screen.derivative[self.indices]
        return claim, derivative, _CLOSE * np.maximum(np.abs(claim), np.abs(derivative))

    def fits(self, values: ArrayLike) -> bool:
        """Whether these are the values of the claim, and not those of the derivative too."""
        claim, derivative, nothing = self._values
        found = np.broadcast_to(values, claim.shape)
        known = np.isfinite(found)
        count = np.count_nonzero(known)
        alike, of_derivative = (
            np.count_nonzero(known & (np.abs(found - side) <= nothing))
            for side in (claim, derivative)
        )
        return bool(count >= _NEEDED and alike >= _MOST * count and of_derivative < count)

    def confirms_form(self, form: Formula) -> bool:
        """The same of a formula of SymPy's, which may be that of the claim as it is."""
        claim = self.screen.sides[1]
        if form == form_of(claim):
            return True
        formula = program_of(form, [*self.screen.columns])
        return formula is not None and self.confirms(Enclosed(formula))

    def confirms(self, one: Enclosed, other: Enclosed | None = None) -> bool:
        """Whether this is the claim, or `other`, at a few points in 50 digits."""
        same = 0
        for index in self.indices:
            at = compare_at(one, other or self.claim, self.screen.point(int(index))).at
            if at is At.UNKNOWN:
                continue
            if at is not At.SAME:
                return False
            same += 1
            if same == _CONFIRMED:
                break
        return same >= _NEEDED


def _broken(expression: Expression, variable: str, sides: _Sides) -> Iterator[Diagnosis]:
    """The mistakes that break a rule."""
    with np.errstate(all="ignore"):
        walk = Walk(expression, [variable], FLOAT, sides.columns)
        fitting = [
            (mistake, places)
            for mistake, places in _candidates(walk)
            if sides.fits(walk(dict.fromkeys(places, mistake.breaks)))
        ]
    if not fitting:
        return
    symbolic = _symbolic(expression, variable)
    for mistake, places in fitting:
        broken = symbolic.derivatives(dict.fromkeys(places, mistake.breaks))
        if sides.confirms_form(broken[len(expression.nodes) - 1]):
            index = places[0]
            rule = next(r for r in walk.uses[index].rules if r in mistake.breaks)
            right, wrong = symbolic.derivatives({})[index], broken[index]
            sentence = f"{mistake.words}: {_equation(expression, index, right, wrong)}"
            more = f", and so in all {len(places)} places" if len(places) > 1 else ""
            yield Diagnosis(mistake.name, rule, sentence + more)


def _candidates(walk: Walk) -> Iterator[tuple[Mistake, list[int]]]:
    """Each mistake at each place, then each everywhere."""
    found = [
        (mistake, [i for i, use in walk.uses.items() if mistake.breaks.keys() & {*use.rules}])
        for mistake in MISTAKES
    ]
    for mistake, places in found:
        yield from ((mistake, [place]) for place in places[:_MOST_PLACES])
    yield from ((mistake, places) for mistake, places in found if len(places) > 1)


def _equation(expression: Expression, index: int, right: Formula, wrong: Formula) -> str:
    """What the rule gives at one node, and what was taken instead."""
    names = expression.variables
    of = expression.render(index, least=POWER)
    return f"D {of} = {to_text(tidy(right), names)}, not {to_text(tidy(wrong), names)}"


def _else(expression: Expression, variable: str, sides: _Sides) -> Iterator[Diagnosis]:
    """The mistakes that break no single rule."""
    yield from _other_variables(expression, variable, sides)
    f = Enclosed(expression)
    if sides.confirms(f):
        yield Diagnosis("f itself", None, "this is the function itself, not its derivative")
    derivative, claim = sides.screen.sides
    if variable in claim.variables and sides.confirms(Enclosed(claim, variable), f):
        sentence = "this is an antiderivative: its derivative is the function"
        yield Diagnosis("antiderivative", None, sentence)
    if sides.confirms(Enclosed(derivative, variable)):
        yield Diagnosis("differentiated twice", None, "this is the second derivative")


def _other_variables(expression: Expression, variable: str, sides: _Sides) -> Iterator[Diagnosis]:
    for other in expression.variables:
        if other == variable:
            continue
        if sides.confirms(Enclosed(expression, other)):
            sentence = f"this is the derivative in {other}, not in {variable}"
            yield Diagnosis("derivative in another variable", None, sentence)
        if _both_vary(expression, (variable, other), sides):
            sentence = f"{other} was treated as varying: D {other} = 0, not 1"
            yield Diagnosis("another variable treated as varying", None, sentence)


def _both_vary(expression: Expression, varying: tuple[str, str], sides: _Sides) -> bool:
    """Whether the claim is the derivative with Dx = Dy = 1."""
    with np.errstate(all="ignore"):
        if not sides.fits(Walk(expression, varying, FLOAT, sides.columns)()):
            return False
    return sides.confirms_form(_symbolic(expression, *varying)())


def _symbolic(expression: Expression, *varying: str) -> Walk:
    return Walk(expression, varying, symbols(), real_symbols(expression.variables))
