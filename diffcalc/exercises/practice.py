"""Exercises in differentiation that need given rules, with short answers.

They are put together at random and kept if the derivation, as the symbolic rules find it, uses what
was asked for and nothing else, and the answer is one a person would want to arrive at.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises.broken_rules import Walk
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import FUNCTIONS
from diffcalc.symbolic import FUNCTION_RULES, Step, differentiate
from diffcalc.symbolic.notation import form_of, to_text
from diffcalc.symbolic.rules import Rule

VARIABLE = "x"
STRUCTURES = ("product", "quotient", "chain")
ELEMENTARY = ("power", "sum", "constant multiple")
FAMILIES = {
    family: tuple(row.name for row in FUNCTIONS.values() if row.family == family)
    for family in ("exponential", "logarithm", "trigonometric", "root")
}
RULES = (*ELEMENTARY, *STRUCTURES, *FAMILIES)
"""What can be asked for."""

# The rules of a derivation that are not called what they are asked for by.
_ASKED_AS = {"reciprocal": "quotient"} | {
    FUNCTION_RULES[name].rule.name: family for family, names in FAMILIES.items() for name in names
}
_ALWAYS = {"constant", "identity", *ELEMENTARY}
# Tries in vain for each exercise of the same form: fewer give more of the same, more take longer
# where the rules allow few forms.
_IDLE_FOR_SHAPE = 10
# Tries without a new exercise before it is said that there are no more.
_MOST_IDLE = 1000
# Characters of the function, by level: what fits on half a line, and at most on one of 80.
_LONGEST = {1: 32, 2: 48, 3: 64}
# Steps of the derivation, by level: fewer would be no harder than the level below.
_FEWEST_STEPS = {1: 1, 2: 4, 3: 6}
# Numbers in the answer, by level: they are products of those given, to be found in one's head.
_LARGEST_NUMBER = {1: 12, 2: 36, 3: 80}
# As far as the multiplication table goes.
_LARGEST_GIVEN = 12
# Fractions in a formula, by level: a fraction within a fraction is no fun to write down.
_MOST_DIVISIONS = {1: 1, 2: 1, 3: 2}
# A fractional exponent, a function of a number, a minus before a whole bracket, exp(…)*exp(…), e.
_UGLY = re.compile(r"\*\*\(|[a-z]\(-?\d+\)|^-(\d+\*)?\(|exp\([^()]*\)\*exp|\be\b")
# By level; its product with an exponent stays within the numbers of the answer.
_LARGEST_COEFFICIENT = {1: 4, 2: 5, 3: 6}


@dataclass(frozen=True)
class Exercise:
    """A function of x, its derivative, the rules that lead there, and the first to think of."""

    expression: Expression
    answer: Expression
    rules: tuple[str, ...]
    hint: Rule


def exercises(rules: Collection[str], level: int, seed: int, count: int) -> list[Exercise]:
    """`count` different exercises, the same ones for the same seed.

    Each needs all the `rules`; beyond them only the elementary ones, and where no family of
    functions is among them, functions of any. Raises `DiffcalcError` for rules that are not in
    `RULES`, and where so many are not found.
    """
    for rule in rules:
        if rule not in RULES:
            raise DiffcalcError(f"no rule is called `{rule}`", hint=f"choose of {', '.join(RULES)}")
    found: dict[str, Exercise] = {}
    shapes: Counter[str] = Counter()
    maker = _Maker(Random(seed), {*rules}, level)  # noqa: S311 - nothing here is a secret
    examined = cache(lambda text: _exercise(text, {*rules}, level))
    idle = 0
    while len(found) < count and idle < _MOST_IDLE:
        exercise = examined(maker.formula())
        idle += 1
        if exercise is None or str(exercise.expression) in found:
            continue
        # Those that differ in their numbers only are taken when others are hard to find.
        shape = re.sub(r"\d+", "", str(exercise.expression))
        if shapes[shape] * _IDLE_FOR_SHAPE <= idle:
            found[str(exercise.expression)] = exercise
            shapes[shape] += 1
            idle = 0
    if len(found) == count:
        return list(found.values())
    raise DiffcalcError(
        f"of these rules only {len(found)} different exercises were found at level {level}",
        hint="ask for fewer, for other rules, or for a higher level",
    )


def _exercise(text: str, asked: set[str], level: int) -> Exercise | None:
    """The exercise of this formula, as SymPy orders it; None where it is not what was asked for."""
    expression = read(to_text(form_of(read(text))))
    if VARIABLE not in expression.variables or not _has_structures(expression, asked):
        return None
    if not _is_pretty(str(expression), _LONGEST[level], _LARGEST_GIVEN, level):
        return None
    derivation = differentiate(expression, VARIABLE)
    answer = derivation.program
    if answer is None or VARIABLE not in answer.variables or answer == expression:
        return None
    # Each structure within another one makes answers longer.
    longest = _LONGEST[level] + 6 * len(asked & {*STRUCTURES})
    if not _is_pretty(str(answer), longest, _LARGEST_NUMBER[level], level):
        return None
    steps = list(_steps(derivation.step))
    if len(steps) < _FEWEST_STEPS[level] or not _is_somewhere_real(expression):
        return None
    used = {_ASKED_AS.get(step.rule.name, step.rule.name) for step in steps}
    families = asked & FAMILIES.keys() or FAMILIES.keys()
    if not asked <= used or not used <= asked | _ALWAYS | families:
        return None
    rules = tuple(rule for rule in RULES if rule in used)
    hint = next((s.rule for s in steps if s.rule.name not in _ALWAYS), derivation.step.rule)
    return Exercise(expression, answer, rules, hint)


def _has_structures(expression: Expression, asked: set[str]) -> bool:
    """Whether products, quotients and chains are in it as asked for: quicker than a derivation."""
    walk = Walk(expression, [VARIABLE], FLOAT, {VARIABLE: np.float64(math.nan)})
    used = {_ASKED_AS.get(rule.name, rule.name) for use in walk.uses.values() for rule in use.rules}
    return used & {*STRUCTURES} == asked & {*STRUCTURES}


def _steps(step: Step) -> Iterator[Step]:
    yield step
    for below in step.steps:
        yield from _steps(below)


def _is_pretty(text: str, longest: int, largest: int, level: int) -> bool:
    """Whether a formula has few characters, small numbers and few fractions, and starts well."""
    numbers = [float(number) for number in re.findall(r"\d+\.?\d*", text)]
    return (
        not _UGLY.search(text)
        and len(text) <= longest
        and max(numbers, default=0) <= largest
        and text.count("/") <= _MOST_DIVISIONS[level]
    )


def _is_somewhere_real(expression: Expression) -> bool:
    with np.errstate(all="ignore"):
        values = expression(**{VARIABLE: np.linspace(-4, 4, 33)})
    return bool(np.count_nonzero(np.isfinite(values)) >= 5)


class _Maker:
    """Puts formulas together: a skeleton of the structures asked for, filled with functions."""

    def __init__(self, random: Random, asked: set[str], level: int) -> None:
        self._random = random
        self._level = level
        self._structures = [rule for rule in STRUCTURES if rule in asked]
        families = [name for name in FAMILIES if name in asked]
        self._must_sum = "sum" in asked
        self._functions = [f for name in families or FAMILIES for f in FAMILIES[name]]

    def formula(self) -> str:
        """A formula that is likely to need the rules asked for."""
        order = self._random.sample(self._structures, len(self._structures))
        text = self._nested(order)
        if self._level == 3 and self._random.random() < 0.5:
            text = self._nested([*order, self._random.choice(order)] if order else [])
        more = self._random.randrange(max(2, self._level)) if len(order) < 2 else 0
        if self._must_sum or (self._level > 1 and not order):
            more = max(more, 1)
        for _ in range(more):
            text = f"{text} {self._random.choice('+-')} {self._simple()}"
        return text

    def _nested(self, structures: Sequence[str]) -> str:
        """The structures one within the other, the first outermost."""
        if not structures:
            return self._simple()
        build: dict[str, Callable[[str], str]] = {
            "product": lambda inner: f"{self._simple()}*({inner})",
            "quotient": self._quotient,
            "chain": self._chain,
        }
        rest = structures[1:]
        inner = self._nested(rest) if rest else self._innermost(structures[0])
        return build[structures[0]](inner)

    def _innermost(self, structure: str) -> str:
        return self._sum() if structure == "chain" else self._simple()

    def _quotient(self, inner: str) -> str:
        other = self._random.choice([self._simple(), self._sum()])
        above, below = self._random.sample([inner, other], 2)
        return f"({above})/({below})"

    def _chain(self, inner: str) -> str:
        outer = self._random.choice([*self._functions, "power"])
        if outer == "power":
            return f"({inner})^{self._random.randint(2, 2 + self._level)}"
        return f"{outer}({inner})"

    def _simple(self) -> str:
        """A power or a function of x, perhaps with a factor."""
        options = [f"{name}(x)" for name in self._functions]
        options += [self._power(), self._power()]
        factor = self._coefficient() if self._random.random() < 0.4 else 1
        chosen = self._random.choice(options)
        return chosen if factor == 1 else f"{factor}*{chosen}"

    def _power(self) -> str:
        exponent = self._random.randint(1, 3 + self._level)
        return "x" if exponent == 1 else f"x^{exponent}"

    def _sum(self) -> str:
        """The inside of a chain, or a denominator: a*x^n + b."""
        inner = f"{self._coefficient()}*{self._power()}"
        sign = self._random.choice(["+", "-", ""])
        return f"{inner} {sign} {self._coefficient()}" if sign else inner

    def _coefficient(self) -> int:
        return self._random.randint(1, _LARGEST_COEFFICIENT[self._level])
