"""A program in parts: its variables, its operations on arrays, and what is elementwise in between.

An elementwise part is as large as it can be: in sum((A @ x - y)**2) it is (u - y)**2, u being
A @ x. So the rules of elementwise formulas apply to it as they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.expression import Builder, Expression


@dataclass(frozen=True, slots=True)
class Part:
    """Node `index` of a program, made of the nodes `operands`.

    Of an elementwise part, `formula` says what it computes from them, by the name each has there;
    of an operation on arrays, `numbers` are its axis or sizes. A variable has neither.
    """

    index: int
    operation: str
    operands: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    formula: Expression | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the operands are called in the formula."""
        return () if self.formula is None else self.formula.variables


def parts_of(expression: Expression) -> list[Part]:
    """The parts that the result needs, each after those it is made of."""
    found: dict[int, Part] = {}
    stack = [len(expression.nodes) - 1]
    while stack:
        index = stack.pop()
        if index not in found:
            found[index] = _part(expression, index)
            stack.extend(found[index].operands)
    return [found[index] for index in sorted(found)]


def _part(expression: Expression, index: int) -> Part:
    node = expression.nodes[index]
    row = ARRAYS.get(node.operation)
    if row is not None:
        content = [expression.nodes[i].content for i in node.operands[row.operands :]]
        numbers = tuple(int(number) for number in content if isinstance(number, Fraction))
        return Part(index, node.operation, node.operands[: row.operands], numbers)
    if node.operation == "variable":
        return Part(index, node.operation)
    return _elementwise_part(expression, index)


def _elementwise_part(expression: Expression, index: int) -> Part:
    builder, place, names = Builder(), dict[int, int](), _free_names(expression)
    leaves: dict[str, int] = {}
    for i in _inside(expression, index):
        node = expression.nodes[i]
        if node.operation == "variable" or node.operation in ARRAYS:
            name = str(node.content) if node.operation == "variable" else next(names)
            leaves[name] = i
            place[i] = builder.add("variable", content=name)
        else:
            inside = [place[k] for k in node.operands]
            place[i] = builder.add(node.operation, *inside, content=node.content)
    formula = builder.finish(place[index], "")
    operands = tuple(leaves[name] for name in formula.variables)
    return Part(index, "elementwise", operands, formula=formula)


def _inside(expression: Expression, root: int) -> list[int]:
    """The nodes of an elementwise part in order, its operands included."""
    wanted, stack = {root}, [root]
    while stack:
        node = expression.nodes[stack.pop()]
        if node.operation not in ARRAYS:
            new = set(node.operands) - wanted
            wanted |= new
            stack.extend(new)
    return sorted(wanted)


def _free_names(expression: Expression) -> Iterator[str]:
    """u, v, w, u1, v1, … but for those of variables."""
    for number in count():
        for letter in "uvw":
            name = f"{letter}{number or ''}"
            if name not in expression.variables:
                yield name
