"""The working of a derivative in full: what each rule gives before anything is evaluated.

The differentiator collects as it goes: 3*2*x is 6*x before anyone sees it. Here its steps are gone
through once more, and the right side of each rule is written down with the results of the steps
below it put in; then how that was collected and tidied, as steps of their own. Inner functions get
names that are different wherever they are, and products of many powers are differentiated by their
logarithm where that is shorter.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from diffcalc.language.expression import Expression
from diffcalc.symbolic.derivation import NOT_REAL, Derivation, Step, real_text
from diffcalc.symbolic.elementwise import elementwise
from diffcalc.symbolic.rules import (
    CHAIN,
    CONSTANT,
    IDENTITY,
    LOGARITHMIC,
    PRODUCT,
    QUOTIENT,
    Rule,
)
from diffcalc.symbolic.steps.right_sides import RightSides
from diffcalc.symbolic.unevaluated import Written

COLLECT = Rule("collect", "multiply numbers and powers, add like terms")
_TIDYING = {
    "take out common factors": "u*v + u*w = u*(v + w)",
    "factor": "u*v + u*w = u*(v + w)",
    "multiply out": "u*(v + w) = u*v + u*w",
}
_TRIVIAL = (CONSTANT, IDENTITY)
# Nobody takes the logarithm of fewer factors; with more it takes too long to see what is shorter.
_FEWEST_FACTORS, _MOST_FACTORS = 3, 12
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Working:
    """A derivation with every equals sign.

    `step` is its tree of steps; `closing` are the steps from what the first rule gives to the
    answer; `unsimplified` is the derivative as the rules alone give it, nothing evaluated on the
    way, and empty where they have no such form (vectors and matrices, no real number).
    """

    derivation: Derivation
    step: Step
    closing: tuple[Step, ...]
    unsimplified: str

    @property
    def first(self) -> str:
        """What the rules give, before the closing steps."""
        return self.closing[0].before if self.closing else self.step.after

    @property
    def compact(self) -> Step:
        """The steps without those of constants and of the variable itself."""
        kept: dict[int, Step] = {}
        for step in _from_below(self.step):
            below = [kept[id(s)] for s in step.steps if s.rule not in _TRIVIAL]
            kept[id(step)] = step._replace(steps=tuple(below))
        return kept[id(self.step)]

    @property
    def chain(self) -> list[str]:
        """The unsimplified derivative, what it is collected to, and the answer; each once."""
        between = [step.before for step in self.closing if step.rule != COLLECT]
        found = [self.unsimplified, *between, self.derivation.text]
        return list(dict.fromkeys(filter(None, found)))


def working(expression: Expression, derivation: Derivation) -> Working:
    """The working of a derivation of `expression`, or of one of its derivatives."""
    formula = derivation.formula
    names = {*expression.variables, *map(str, formula.free_symbols), derivation.variable}
    telling = _Telling(names)
    step = telling.told(derivation.step)
    # A gradient's moves put nothing into one another.
    raw = "" if derivation.collected is None else telling.raw(step)
    return Working(derivation, step, tuple(_closing(derivation, step, names)), raw)


def _closing(derivation: Derivation, step: Step, names: Collection[str]) -> Iterator[Step]:
    """From the first rule's right side to the answer."""
    formula = derivation.collected
    if formula is None:
        return
    collected = real_text(formula, names)
    if step.rule == LOGARITHMIC:
        # What it is collected to was found by the product rule.
        yield Step(COLLECT, "", step.applied, derivation.text, derivation.formula)
        return
    if step.applied and step.applied != collected:
        yield Step(COLLECT, "", step.applied, collected, formula)
    if collected != derivation.text:
        rule = Rule(derivation.tidying, _TIDYING[derivation.tidying])
        yield Step(rule, "", collected, derivation.text, derivation.formula)


def _from_below(root: Step) -> list[Step]:
    """All steps, each once, and after those below it."""
    found: dict[int, Step] = {}
    stack = [(root, False)]
    while stack:
        step, seen = stack.pop()
        if seen:
            found.setdefault(id(step), step)
        elif id(step) not in found:
            stack.append((step, True))
            stack.extend((below, False) for below in reversed(step.steps))
    return list(found.values())


class _Telling:
    """Goes through the steps of one derivation, from below."""

    def __init__(self, names: Collection[str]) -> None:
        self._sides = RightSides(names)
        self._taken = set(names)
        self._inner: dict[str, str] = {}
        letters = (f"{letter}{n or ''}" for n in count() for letter in "uvw")
        self._letters = (letter for letter in letters if letter not in self._taken)

    def told(self, root: Step) -> Step:
        """The same steps, with what each rule gives before it is collected."""
        self._name(root)
        done: dict[int, Step] = {}
        for step in _from_below(root):
            same = step._replace(steps=tuple(done[id(s)] for s in step.steps))
            if step.rule == CHAIN and step.variable:
                same = self._renamed(same)
            told = self._with_right_side(same)
            done[id(step)] = self._by_logarithm(told) or told
        return done[id(root)]

    def raw(self, root: Step) -> str:
        """The derivative with the right side of each rule put into that of the one above it."""
        done: dict[int, Written | None] = {}
        for step in _from_below(root):
            written = self._sides.of(step, [done[id(s)] for s in step.steps])
            done[id(step)] = written or self._sides.formula(step.after)
        written = done[id(root)]
        return "" if written is None or root.after == NOT_REAL else str(written)

    def _name(self, root: Step) -> None:
        """Gives each inner function of a chain a letter, the outermost first."""
        chains = []
        stack = [root]
        while stack:
            step = stack.pop()
            if step.rule == CHAIN and step.variable:
                chains.append(step)
                self._taken |= set(_WORD.findall(step.before))
            stack.extend(reversed(step.steps))
        for step in chains:
            inner = step.steps[-1].before
            self._inner[inner] = self._inner.get(inner) or next(self._letters)

    def _renamed(self, step: Step) -> Step:
        """A chain whose inner function has the letter given to it."""
        outer, inner = step.steps
        old, new = outer.variable, self._inner[inner.before]
        self._sides.names |= {old, new}
        texts = [self._replaced(text, old, new) for text in (outer.before, outer.after)]
        outer = outer._replace(variable=new, before=texts[0], after=texts[1])
        return step._replace(steps=(outer, inner), where=f"{new} = {inner.before}")

    def _replaced(self, text: str, old: str, new: str) -> str:
        written = self._sides.formula(text, {old: self._sides.variable(new)})
        return text if written is None or old == new else str(written)

    def _with_right_side(self, step: Step) -> Step:
        written = self._sides.of(step, [self._sides.formula(s.after) for s in step.steps])
        applied = "" if written is None or step.after == NOT_REAL else str(written)
        return step._replace(applied="" if applied == step.after else applied)

    def _by_logarithm(self, step: Step) -> Step | None:
        """The step by the rule of the logarithmic derivative, where that is shorter."""
        before = self._sides.formula(step.before) if step.rule in (PRODUCT, QUOTIENT) else None
        if before is None or step.after == NOT_REAL:
            return None
        powers = self._sides.powers(before.program, step.variable)
        if not _FEWEST_FACTORS <= len(powers) <= _MOST_FACTORS:
            return None
        bases = [elementwise(base.program, step.variable).step for base, _ in powers]
        if any(base.after == NOT_REAL for base in bases):
            return None
        shorter = step._replace(rule=LOGARITHMIC, steps=tuple(map(self.told, bases)))
        if len(self.raw(shorter)) >= len(self.raw(step)):
            return None
        where = f"where {_listed([base.before for base in bases])} not 0"
        return self._with_right_side(shorter)._replace(where=where)


def _listed(texts: Sequence[str]) -> str:
    return f"{', '.join(texts[:-1])} and {texts[-1]} are"
