"""A mark: whether a claim is the derivative, how that was decided, and what went wrong if not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import Any

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.numbers import MpNumber
from diffcalc.base.severity import Severity
from diffcalc.exercises.diagnosis import Diagnosis, diagnose
from diffcalc.exercises.equality import DIGITS, Compared, Sides
from diffcalc.exercises.rounded import rounded_decimals
from diffcalc.exercises.sample_points import ExactPoint
from diffcalc.exercises.terms import Terms, different_terms
from diffcalc.language.expression import Builder, Expression
from diffcalc.symbolic import Derivation, differentiate, differentiate_again

# Two formulas may agree at one or two points by chance: then nothing is claimed.
_FEWEST = 3
EXACTLY = "exactly"
"""By the normal form of the difference."""
BY_A_POINT = "by a counterexample"
"""By enclosures that have no number in common."""


class Grade(StrEnum):
    """What a claim is worth."""

    CORRECT = "correct"
    SMALLER_DOMAIN = "correct on a smaller domain"
    ROUNDED = "correct but rounded"
    WRONG = "wrong"
    UNDECIDED = "undecided"

    @property
    def severity(self) -> Severity:
        """`FINE` for a correct claim, on a smaller domain or with rounded numbers too."""
        right = self in (Grade.CORRECT, Grade.SMALLER_DOMAIN, Grade.ROUNDED)
        return Severity.FINE if right else Severity.UNTRUE


@dataclass(frozen=True)
class Counterexample:
    """A point where a claim is not the derivative, both values, and by what the claim is more; nan
    where there is none. `without` is the operation, as text, that has no value there.
    """

    point: ExactPoint
    derivative: MpNumber
    claim: MpNumber
    more: MpNumber
    without: str


@dataclass(frozen=True)
class Mark:
    """What is to be said about a claim.

    `decided` says how, and `known` is "proved", "observed", or "" where it is undecided. `terms`
    are those in which a wrong claim differs, `diagnosis` the mistake that leads to it; each is None
    where none is named. `before` are the variables that f is differentiated in first.
    """

    expression: Expression
    claim: Expression
    variable: str
    grade: Grade
    decided: str
    known: str
    counterexample: Counterexample | None = None
    terms: Terms | None = None
    diagnosis: Diagnosis | None = None
    before: tuple[str, ...] = ()
    answer: Callable[[], Derivation] = field(kw_only=True, repr=False, compare=False)

    @property
    def derivative(self) -> str:
        """The right answer as text: a table of marks does without, and to tidy it takes long."""
        return self.answer().text

    @property
    def severity(self) -> Severity:
        """That of the grade."""
        return self.grade.severity


def check(
    expression: Expression, claim: Expression, variable: str, before: Sequence[str] = ()
) -> Mark:
    """Whether `claim` is the derivative of `expression`, in the variables `before`, in `variable`.

    It is if the two are equal wherever f is differentiable, single points aside; beyond that the
    claim may be anything. Raises `DiffcalcError` where f has no real derivative, or is no
    elementwise formula.
    """
    if before:
        return _check_higher(expression, claim, variable, before)
    if not (expression.elementwise and claim.elementwise):
        raise DiffcalcError("formulas of vectors and matrices cannot be checked")
    answer = partial(differentiate, expression, variable)

    def mark(
        grade: Grade, decided: str, known: str, at: Compared | None = None, **more: Any
    ) -> Mark:
        found = None if at is None else Counterexample(at.point, *at.values, at.more, at.without)
        more["answer"] = answer
        return Mark(expression, claim, variable, grade, decided, known, found, **more)

    sides = Sides(expression, variable, claim)
    if sides.proved():
        return mark(Grade.CORRECT, EXACTLY, "proved")
    derivative = answer().program
    if derivative is None:
        raise DiffcalcError(f"{expression} has no real derivative")
    sides.take_points(derivative)
    differs, decided = _compare(sides)
    if differs is not None:
        if decimals := rounded_decimals(sides.screen):
            return mark(Grade.ROUNDED, f"to the digits of {' and '.join(decimals)}", "observed")
        return mark(
            Grade.WRONG,
            decided,
            "proved",
            differs,
            terms=different_terms(derivative, claim),
            diagnosis=diagnose(expression, variable, sides.screen),
        )
    missing, told = sides.hole()
    if not decided or (missing and not sides.screen.comparable.any()):
        return mark(Grade.UNDECIDED, "not at all", "", missing)
    known = "proved" if decided == EXACTLY and told else "observed"
    grade = Grade.SMALLER_DOMAIN if missing else Grade.CORRECT
    return mark(grade, decided, known, missing)


def _check_higher(
    expression: Expression, claim: Expression, variable: str, before: Sequence[str]
) -> Mark:
    """The same of the derivative in the variables `before`, as the rules find it."""
    lower, f = _derived(expression, before), expression
    # Where f has no value, no derivative of it has one: 1/x is more than that of log(x).
    builder = Builder()
    leaves = {n: builder.add("variable", content=n) for n in {*f.variables, *lower.variables}}
    zero = builder.add("number", content=Fraction(0))
    nothing = builder.add("mul", zero, builder.splice(f, leaves))
    within = builder.finish(builder.add("add", builder.splice(lower, leaves), nothing), "")
    found = check(within, claim, variable)
    diagnosis = found.diagnosis
    if diagnosis is not None and diagnosis.mistake == "f itself":
        sentence = f"this is the derivative of order {len(before)}, not {len(before) + 1}"
        diagnosis = Diagnosis("differentiated too few times", None, sentence)
    return replace(found, expression=f, before=tuple(before), diagnosis=diagnosis)


def _derived(f: Expression, variables: Sequence[str]) -> Expression:
    if not f.elementwise:
        raise DiffcalcError("of formulas of vectors and matrices only --order 1 can be checked")
    derivations = differentiate_again(f, list(variables))
    program = derivations[-1].program
    if program is None:
        raise DiffcalcError(f"{f} has no real derivative")
    return program


def _compare(sides: Sides) -> tuple[Compared | None, str]:
    """Where the two sides differ, or how they were found to be equal; "" where neither."""
    found = sides.counterexample()
    if found is None and sides.difference[-1:] == [0]:
        return None, EXACTLY
    result = found or sides.differing() or sides.agreement()
    if isinstance(result, Compared):
        return result, BY_A_POINT
    return None, f"at {result} points in {DIGITS} digits" if result >= _FEWEST else ""
