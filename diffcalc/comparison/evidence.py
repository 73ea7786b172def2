"""What the verdict on one derivative is drawn from: along a line, or of one of many elements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import mpmath
import numpy as np

from diffcalc import autograd
from diffcalc.base.numbers import Real
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.lost_digits import worst_loss
from diffcalc.comparison.task import Task
from diffcalc.comparison.verdict import Evidence
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, Values
from diffcalc.numerical.definition import DIGITS
from diffcalc.numerical.restriction import (
    ArrayRestriction,
    Direction,
    Restriction,
    restriction_along,
)

if TYPE_CHECKING:
    from diffcalc.symbolic import Derivation

_Told = TypeVar("_Told")
# Among more operations no one reads which lost digits.
_LONG = 300


@dataclass(frozen=True, kw_only=True)
class LineEvidence(Evidence):
    """Evidence on the derivative along a line, in one of its `places` after the other.

    `seeds` are what the formula of the `derivation` is multiplied by.
    """

    line: Restriction
    places: Sequence[Coordinate] = ()
    derivation: "Derivation | None" = None
    seeds: Mapping[str, Values] = field(default_factory=dict)

    def exactly(self, method: str) -> Real:
        """What the rules' formula, or the tape, says in mpmath numbers."""
        return self._by_rules() if method == "symbolic" else self._by_autograd()

    def undefined(self) -> str | None:
        """The first operation that has no real value at the point."""
        return in_digits_enough(self.line.first_undefined, self.line)

    def at_corners(self) -> list[str]:
        """The operations that are at a corner or a jump of their own at the point."""
        return in_digits_enough(self.line.at_corners, self.line)

    def spread(self) -> int:
        """How many digits lie between the terms of a sum in f."""
        return self.line.spread

    def where_lost(self) -> str | None:
        """The operation that lost digits, in the expression or else in the formula found by rules.

        In a long expression it is not looked for: that takes longer than a reader needs.
        """
        line = self.line
        if (
            line.weights.size != 1
            or not line.expression.elementwise
            or len(line.expression.nodes) > _LONG
        ):
            return None
        programs = [("", line.expression)]
        if self.derivation is not None and self.derivation.program is not None:
            programs.append(("in the formula ", self.derivation.program))
        for place, program in programs:
            floats = {**line.float_values, line.name: np.float64(line.x)}
            with mpmath.mp.workdps(2 * DIGITS):
                exactly = line.exact_values(line.at())
            loss = worst_loss(
                program,
                {name: floats[name] for name in program.variables},
                {name: exactly[name] for name in program.variables},
            )
            if loss is not None:
                return f"{place}{loss}"
        return None

    def _by_rules(self) -> Real:
        assert self.derivation is not None, "the rules were skipped"
        values = self.line.exact_values(self.line.at())
        values |= {name: seed.exactly()[()] for name, seed in self.seeds.items()}
        found: Real = self.line.along_exactly(self.derivation(values, exact()))
        return found

    def _by_autograd(self) -> Real:
        """The same tape, recorded and walked back with mpmath numbers."""
        line = self.line
        arrays = isinstance(line, ArrayRestriction)
        # Every output of a line is moved by the one leaf, so all of them are asked for, also where
        # they are equal.
        shape = () if arrays or line.weights.size == 1 else line.weights.shape
        names = {name for place in self.places for name in (place.variable, *place.among)}
        values = {n: np.asarray(v, dtype=object) for n, v in line.exact_values(line.at()).items()}
        if not arrays:
            values = {name: np.broadcast_to(value, shape) for name, value in values.items()}
        made = autograd.record(line.expression, values, names, exact())
        cotangent = line.cotangent(made.result.shape)
        total: Real = exact()["number"](0)
        try:
            if isinstance(line, Direction):
                slope: Real = line.slope(made.gradients(cotangent))
                return slope
            for index in np.ndindex(shape):
                along = [
                    (made.leaves[p.variable], p.index if arrays else index) for p in self.places
                ]
                total += autograd.partial_derivative(made.result, cotangent, along)
        except (ArithmeticError, ValueError):
            # mpmath's own numbers raise where IEEE 754 has an infinity.
            total = mpmath.nan
        return total


@dataclass(frozen=True, kw_only=True)
class ElementEvidence(Evidence):
    """Evidence on one of very many elements, along which no numerical limit is taken."""

    task: Task
    place: Coordinate
    derivations: Sequence["Derivation"]

    def exactly(self, method: str) -> Real:
        """What the whole gradient has here, in mpmath numbers."""
        name = self.place.variable
        if method == "symbolic":
            whole = self.task.exact_formula(self.derivations, name)
        else:
            whole = self.task.exact_gradient(name)
        found: Real = whole[self.place.index]
        return found

    def undefined(self) -> str | None:
        """The first operation that has no real value at the point."""
        return self.task.first_undefined

    def at_corners(self) -> list[str]:
        """The operations that are at a corner or a jump of their own at the point."""
        task = self.task
        return line_at(task.expression, task.point, (self.place,), task.gradient).at_corners()


def line_at(
    expression: Expression,
    point: Point,
    places: Sequence[Coordinate],
    gradient: Values | None = None,
) -> Restriction:
    """The function along what these places move, the last one first."""
    first, last = places[0], places[-1]
    if last.direction:
        return Direction(expression, point, last.vectors(point), gradient)
    across = None if first == last else (first.variable, first.index)
    return restriction_along(expression, point, last.variable, last.index, gradient, across)


def moved(expression: Expression, point: Point, place: Coordinate) -> str | None:
    """The name of what moves, where there is something else that is constant."""
    if place.among:
        return place.name
    if expression.elementwise:
        return place.variable if len(expression.variables) > 1 else None
    sizes = [point[name].constants.size for name in expression.variables]
    return place.name if sum(sizes) > 1 else None


def in_digits_enough(tell: Callable[[], _Told], line: Restriction) -> _Told:
    """What a line tells of the point, in digits enough to tell its terms apart."""
    with mpmath.mp.workdps(2 * DIGITS + line.spread):
        return tell()
