"""What differentiation by rules gives: a `Derivation`, the formula and every step on the way."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, overload

from diffcalc.base.numbers import Algebra, Formula, V, W
from diffcalc.base.types import Floats
from diffcalc.language.algebras import FLOAT
from diffcalc.language.array_operations import Shape
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.symbolic.notation import is_real, to_text
from diffcalc.symbolic.rules import Rule

NOT_REAL = "no real number"


class Step(NamedTuple):
    """One application of a rule: D `before` = `after`, from the steps below it.

    `variable` is what the derivative is taken in; where it is empty, `before` is all that stands on
    the left. `where` names the inner functions of a chain. `applied` is the right side of the rule
    with the results of the steps below put in, where a `Working` was made of the steps.
    """

    rule: Rule
    variable: str
    before: str
    after: str
    derivative: Formula
    steps: tuple["Step", ...] = ()
    where: str = ""
    applied: str = ""


@dataclass(frozen=True)
class Derivation:
    """A derivative found by rules: the formula, as a person would write it, and every step.

    Of an expression with vectors and matrices the formula is the gradient of sum(seed*expression),
    and broadcasts to the shape of the variable. `seed` is the name of the external gradient, None
    where it is 1 for every element, and `seed_shape` its shape. Where the formula is a matrix times
    a seed, `matrix` is that matrix as text (a row for each element of the variable), and
    `jacobian` its transpose (a row for each element of the expression). `collected` is an
    elementwise formula before it was tidied, and `tidying` says how that was done. `shapes` has
    those of the variables of arrays, with some number for a size that is not known.
    """

    variable: str
    formula: Formula
    text: str
    tell: Callable[[], Step] = field(repr=False, compare=False)
    seed: str | None = None
    seed_shape: Shape = ()
    matrix: str | None = None
    jacobian: str | None = None
    collected: Formula | None = field(default=None, repr=False, compare=False)
    tidying: str = field(default="", repr=False, compare=False)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def step(self) -> Step:
        """How it was found."""
        return self.tell()

    @cached_property
    def program(self) -> Expression | None:
        """The formula as an `Expression`; None where it has no real value anywhere."""
        if not is_real(self.formula):
            return None
        names = [str(s) for s in self.formula.free_symbols]
        return read(self.text, declared=names, checked=False)

    @overload
    def __call__(self, values: Mapping[str, Floats]) -> Floats | float: ...
    @overload
    def __call__(self, values: Mapping[str, W], algebra: Algebra[V]) -> V | W | float: ...
    def __call__(self, values: Mapping[str, object], algebra: Algebra[object] = FLOAT) -> object:
        """The derivative at these values, elementwise, in float64 or in mpmath's precision."""
        if self.program is None:
            return float("nan")
        return self.program(algebra, **{name: values[name] for name in self.program.variables})


def real_text(formula: Formula, variables: Collection[str]) -> str:
    """The formula as it can be typed in again; a word where it is nowhere a real number."""
    return to_text(formula, variables) if is_real(formula) else NOT_REAL
