"""A formula of vectors and matrices as a program of single numbers.

Every element is a node of its own, and a sum of many is one node, `total`, so what proves a
derivative knows numbers only. The tables of the language say how each operation on arrays is made
of elementary ones; logsumexp and softmax need no largest element here, where nothing overflows.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from typing import Any

import numpy as np

from diffcalc.base.numbers import Algebra
from diffcalc.base.types import ObjectArray
from diffcalc.language import array_operations as arrays
from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.language.operations import COMPARISONS, FUNCTIONS, OPERATORS, Operation

Leaf = tuple[str, tuple[int, ...]]
"""One element of one variable: its name and index, () for a single number."""


class Program:
    """Nodes of single numbers, which of them are elements of variables, and the outputs."""

    def __init__(
        self, nodes: Sequence[Node], leaves: Mapping[int, Leaf], outputs: Sequence[int]
    ) -> None:
        self.nodes = nodes
        self.leaves = leaves
        self.outputs = outputs
        self.place = {leaf: index for index, leaf in leaves.items()}
        self.rational = _rationals(nodes)
        """The value of each node that is a rational number whatever the variables are."""
        self.moving = [False] * len(nodes)
        for index, node in enumerate(nodes):
            self.moving[index] = index in leaves or any(self.moving[i] for i in node.operands)

    @cached_property
    def _users(self) -> list[list[int]]:
        """For each node, those that it is an operand of."""
        users: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes):
            for operand in node.operands:
                users[operand].append(index)
        return users

    def depending_on(self, *leaves: int) -> bytearray:
        """For each node, whether one of these leaves is among what it is computed from."""
        depends = bytearray(len(self.nodes))
        stack = list(leaves)
        while stack:
            index = stack.pop()
            if not depends[index]:
                depends[index] = True
                stack += self._users[index]
        return depends


def program_of(expression: Expression, shapes: Mapping[str, tuple[int, ...]]) -> Program:
    """The program for variables of these shapes."""
    if expression.elementwise and not any(shapes[name] for name in expression.variables):
        return _program_of_numbers(expression)
    builder = Builder()
    column = _column(builder)
    values = {}
    leaves = {}
    for name in expression.variables:
        elements = np.empty(shapes[name], dtype=object)
        for index in np.ndindex(shapes[name]):
            at = builder.add("variable", content=name + "".join(f"[{i}]" for i in index))
            leaves[at] = name, index
            elements[index] = _Wire(builder, at)
        values[name] = elements[()]
    result = np.asarray(expression(column, **values), dtype=object)
    return Program(builder.nodes, leaves, [wire.index for wire in result.flat])


@lru_cache(maxsize=1)  # a table asks for the same one at every row
def _program_of_numbers(expression: Expression) -> Program:
    leaves = {
        index: (str(node.content), ())
        for index, node in enumerate(expression.nodes)
        if node.operation == "variable"
    }
    return Program(expression.nodes, leaves, [len(expression.nodes) - 1])


class _Wire:
    """A node under construction, with what the table of arrays asks of numbers: * and int."""

    __slots__ = ("builder", "index")

    def __init__(self, builder: Builder, index: int) -> None:
        self.builder = builder
        self.index = index

    def __mul__(self, other: "_Wire") -> "_Wire":
        return _Wire(self.builder, self.builder.add("mul", self.index, other.index))

    def __int__(self) -> int:
        content = self.builder.nodes[self.index].content
        assert isinstance(content, Fraction)
        return int(content)


def _column(builder: Builder) -> dict[str, Operation]:
    def wire(value: _Wire | Fraction | int) -> _Wire:
        if isinstance(value, _Wire):
            return value
        return _Wire(builder, builder.add("number", content=Fraction(value)))

    def elementwise(operation: str) -> Operation:
        def one(*operands: _Wire | int) -> _Wire:
            return _Wire(builder, builder.add(operation, *[wire(o).index for o in operands]))

        def each(*operands: Any) -> Any:
            if any(isinstance(o, np.ndarray) for o in operands):
                return np.frompyfunc(one, len(operands), 1)(*operands)
            return one(*operands)

        return each

    def total(numbers: list[_Wire]) -> _Wire:
        if len(numbers) < 3:
            return reduce(elementwise("add"), numbers)
        return _Wire(builder, builder.add("total", *[number.index for number in numbers]))

    names = {*FUNCTIONS, *OPERATORS, *COMPARISONS, "where"}
    column: dict[str, Operation] = {name: elementwise(name) for name in names}
    column["number"] = wire
    column["constant"] = lambda name: _Wire(builder, builder.add("constant", content=name))
    column["total"] = total
    column |= arrays.exact_column(column)
    total_of, exp = column["sum"], column["exp"]
    column["logsumexp"] = lambda a, *axis: column["log"](total_of(exp(a), *axis))
    column["softmax"] = lambda a, *axis: _softmax(column, exp(a), *axis)
    return column


def _softmax(
    column: Algebra[ObjectArray], powers: ObjectArray, axis: _Wire | None = None
) -> ObjectArray:
    total = column["sum"](powers, axis)
    return column["div"](powers, total if axis is None else np.expand_dims(total, int(axis)))


def _rationals(nodes: Sequence[Node]) -> list[Fraction | None]:
    found: list[Fraction | None] = []
    for node in nodes:
        value = None
        if isinstance(node.content, Fraction):
            value = node.content
        elif node.operation in _FOLDED:
            operands = [found[i] for i in node.operands]
            if all(operand is not None for operand in operands):
                value = _FOLDED[node.operation](*operands)
        found.append(value)
    return found


_FOLDED: Mapping[str, Callable[..., Fraction | None]] = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else None,
}
