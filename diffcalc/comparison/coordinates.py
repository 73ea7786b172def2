"""What the methods are compared in: every element of every variable, or a few random directions.

Each element takes some dozens of evaluations of f. Where that is too much for all of them, they are
moved together, along random directions, as in the fast mode of torch's gradcheck; and where even
that is too much, as many of the variables as there is time for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffcalc.base.errors import LimitError
from diffcalc.base.types import FloatArray
from diffcalc.language.expression import Expression
from diffcalc.language.operations import FUNCTIONS, SUMS
from diffcalc.language.point import Point
from diffcalc.numerical.restriction import work_along

# What the numerical limit takes for one element, and judging it, about.
_EVALUATIONS = 50
_MOST_EVALUATIONS = 10_000
_MOST_ELEMENTS = _MOST_EVALUATIONS // _EVALUATIONS
# In functions of single numbers, of which some 200,000 are evaluated a second.
_MOST_WORK = 600_000
# For one evaluation along each of the variables, in multiplications.
_MOST_AT_ONCE = 15_000
# About how many multiplications a function like sin takes.
_FUNCTION = 8
# One may be blind to an error by chance, three hardly.
_DIRECTIONS = 3


@dataclass(frozen=True)
class Coordinate:
    """One element of one variable, and its value as typed; `index` is empty for a single number.

    Or all elements at once in a random direction: its number, from 1 on, and nothing typed. Where
    variables are too many, no one is named: `among` are those that move, all at once.
    """

    variable: str
    index: tuple[int, ...]
    typed: str
    direction: int = 0
    among: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`x`, or `a[0]` in an array; `A along v1` for a direction, `along v1` for variables."""
        if self.direction:
            return f"{self.variable} along v{self.direction}".lstrip()
        return self.variable + "".join(f"[{i}]" for i in self.index)

    def vectors(self, point: Point) -> dict[str, FloatArray]:
        """The direction, of length 1 or so: numbers for each variable that moves.

        They are the same every time.
        """
        shape = (len(self.among),) if self.among else point[self.variable].shape
        numbers = np.random.default_rng(self.direction).standard_normal(shape)
        numbers = numbers / math.sqrt(numbers.size)
        if not self.among:
            return {self.variable: numbers}
        return dict(zip(self.among, numbers, strict=True))


def coordinates_of(
    expression: Expression, point: Point, variable: str, *, directions: bool = True
) -> list[Coordinate]:
    """Every element of a variable; where those are too many to be followed, a few directions.

    That is so beyond 10,000 evaluations of f for one variable, or what takes as long.
    Raises `LimitError` for so many elements where there are to be no `directions`.
    """
    values = point[variable]
    work = 0 if expression.elementwise else work_along(expression, point, variable)
    evaluations = _EVALUATIONS * values.constants.size
    if work and (evaluations > _MOST_EVALUATIONS or evaluations * work > _MOST_WORK):
        if not directions:
            raise LimitError(f"{variable} has too many elements for that")
        count = min(_DIRECTIONS, max(1, _MOST_WORK // (_EVALUATIONS * work)))
        return [Coordinate(variable, (), "", number) for number in range(1, count + 1)]
    return [
        Coordinate(variable, index, str(values.constants[index]))
        for index in np.ndindex(values.shape)
    ]


def coordinates_among(expression: Expression, names: Sequence[str]) -> list[Coordinate]:
    """Directions among variables that are single numbers, where they are too many to be followed.

    Empty where they are not: more than 200, or so long an expression that it takes as long.
    """
    if len(names) < 2 or _is_followed(expression, names):
        return []
    work, count = _work(expression, names), len(names)
    directions = min(_DIRECTIONS, max(1, _MOST_AT_ONCE // max(work, 1)))
    found = []
    for number in range(1, directions + 1):
        order = np.random.default_rng(number).permutation(len(names))
        among = tuple(names[i] for i in order)
        while work > _MOST_AT_ONCE and count > 1:
            count //= 2
            work = _work(expression, among[:count])
        found.append(Coordinate("", (), "", number, among[:count]))
    return found


def _is_followed(expression: Expression, names: Sequence[str]) -> bool:
    """Whether each of the variables can be moved alone, and all together as they are in the end."""
    if len(names) > _MOST_ELEMENTS:
        return False
    # All together twice: there and back, as a sweep goes.
    total = 2 * len(expression.nodes)
    for name in names:
        if total > _MOST_AT_ONCE:
            return False
        total += _work(expression, [name])
    return total <= _MOST_AT_ONCE


def _work(expression: Expression, names: Sequence[str]) -> int:
    """About how many multiplications one evaluation takes, once only these variables move.

    An addition takes next to nothing beside them.
    """
    moves = expression.depending_on(*names)
    operations = [n.operation for n, m in zip(expression.nodes, moves, strict=True) if m]
    functions = sum(operation in FUNCTIONS for operation in operations)
    sums = sum(operation in SUMS for operation in operations)
    return len(operations) + len(names) - sums + (_FUNCTION - 1) * functions
