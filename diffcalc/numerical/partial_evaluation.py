"""A long expression made of numbers, of which some variables move: made quick to work out again.

The definition of the derivative asks for the value of one expression some thirty times, near one
point. What does not move with these variables is evaluated once, and a sum, which is typed as one
addition after the other, is one operation on all of its terms.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from diffcalc.language.algebras import Algebra
from diffcalc.language.expression import Expression

SUM_OF_TERMS = "sum of terms"
"""The name of a sum of any number of terms, beside those of the table of functions."""

_TYPED_SUMS = ("add", "sub")


class Instruction(NamedTuple):
    """One operation, what it is applied to, and where its value is put.

    Of a `SUM_OF_TERMS` the operands from `first_subtracted` on are subtracted.
    """

    operation: str
    operands: tuple[int, ...]
    target: int
    content: Any = None
    first_subtracted: int = 0


class Met(NamedTuple):
    """An operation that was evaluated: its name, its operands' values and its own."""

    operation: str
    operands: list[Any]
    value: Any
    moves: bool = True


class MovingPart:
    """What of `expression` moves with the variables `names`, and what is constant.

    With `flat`, sums are added up at once, which in float64 may round otherwise than as typed.
    """

    def __init__(self, expression: Expression, names: Collection[str], *, flat: bool) -> None:
        self._places = len(expression.nodes)
        self._result = len(expression.nodes) - 1
        self._moving: list[Instruction] = []
        self._still: list[Instruction] = []
        moves = expression.depending_on(*names)
        for step in _flattened(expression) if flat else _as_typed(expression):
            if not moves[step.target]:
                self._still.append(step)
            elif step.operation == SUM_OF_TERMS:
                self._moving.append(self._split(step, moves))
            else:
                self._moving.append(step)

    def _split(self, step: Instruction, moves: list[bool]) -> Instruction:
        """A sum of what moves and the total of what does not, which gets a place of its own."""
        positions = range(len(step.operands))
        still = [i for i in positions if not moves[step.operands[i]]]
        if len(still) < 2:
            return step
        moving = [i for i in positions if moves[step.operands[i]]]
        added = sum(i < step.first_subtracted for i in still)
        rest = tuple(step.operands[i] for i in still)
        self._still.append(Instruction(SUM_OF_TERMS, rest, self._places, None, added))
        self._places += 1
        operands = (self._places - 1, *[step.operands[i] for i in moving])
        first = 1 + sum(i < step.first_subtracted for i in moving)
        return Instruction(SUM_OF_TERMS, operands, step.target, None, first)

    @property
    def size(self) -> int:
        """How many operations move."""
        return len(self._moving)

    def at_rest(self, values: Mapping[str, Any], algebra: Algebra) -> list[Any]:
        """The values of what is constant, each at its place; to be given to the other methods."""
        places: list[Any] = [None] * self._places
        _work_out(self._still, places, values, algebra)
        return places

    def __call__(self, values: Mapping[str, Any], algebra: Algebra, at_rest: list[Any]) -> Any:
        """The value of the expression with these values of its variables."""
        places = list(at_rest)
        _work_out(self._moving, places, values, algebra)
        return places[self._result]

    def met(self, values: Mapping[str, Any], algebra: Algebra, at_rest: list[Any]) -> Iterator[Met]:
        """Every operation, with the values of its operands and its own."""
        places = list(at_rest)
        _work_out(self._moving, places, values, algebra)
        for steps, moves in ((self._still, False), (self._moving, True)):
            for step in steps:
                if step.operands:
                    operands = [places[i] for i in step.operands]
                    yield Met(step.operation, operands, places[step.target], moves)


def _as_typed(expression: Expression) -> Iterator[Instruction]:
    for index, node in enumerate(expression.nodes):
        yield Instruction(node.operation, node.operands, index, node.content)


def _flattened(expression: Expression) -> Iterator[Instruction]:
    """The operations; those that only begin a longer sum are part of that."""
    nodes = expression.nodes
    uses = Counter(i for node in nodes for i in node.operands)
    begun = {
        node.operands[0]
        for node in nodes
        if node.operation in _TYPED_SUMS
        and nodes[node.operands[0]].operation in _TYPED_SUMS
        and uses[node.operands[0]] == 1
    }
    for step in _as_typed(expression):
        if step.target in begun:
            continue
        longer = step.operation in _TYPED_SUMS and step.operands[0] in begun
        yield _sum(expression, step, begun) if longer else step


def _sum(expression: Expression, step: Instruction, begun: Collection[int]) -> Instruction:
    added, subtracted, index = list[int](), list[int](), step.target
    while True:
        node = expression.nodes[index]
        index, right = node.operands
        (added if node.operation == "add" else subtracted).append(right)
        if index not in begun:
            break
    operands = (index, *reversed(added), *reversed(subtracted))
    return Instruction(SUM_OF_TERMS, operands, step.target, None, 1 + len(added))


def _work_out(
    steps: list[Instruction], places: list[Any], values: Mapping[str, Any], algebra: Algebra
) -> None:
    for step in steps:
        if step.operation == "variable":
            places[step.target] = values[step.content]
        elif step.content is not None:
            places[step.target] = algebra[step.operation](step.content)
        elif step.operation == SUM_OF_TERMS:
            first = step.first_subtracted
            terms = [places[i] for i in step.operands[:first]]
            terms += [-places[i] for i in step.operands[first:]]
            places[step.target] = algebra["sum"](np.array(terms, dtype=object))
        else:
            operation = algebra[step.operation]
            places[step.target] = operation(*[places[i] for i in step.operands])
