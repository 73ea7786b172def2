"""An `Expression`: a formula as an immutable program of primitive operations, as it was typed.

The program is a flat tuple of nodes, operands before the operations that use them, equal
subexpressions shared. Replaying it is one loop, whatever the values are: numpy arrays, mpmath
numbers, SymPy symbols, autograd tensors (the *algebra*, see `algebras.py`). Nothing recurses, so
a sum of thousands of terms is as good as a short one, and nothing is ever passed to `eval`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, Protocol, overload

from diffcalc.base.numbers import Algebra, V, W
from diffcalc.base.types import Floats
from diffcalc.language.algebras import FLOAT
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.operations import ANY, SUMS
from diffcalc.language.printing import CHOICE, TEXT, written


class Irrational(Protocol):
    """A constant that no text says: a zero of a function, as `truth/zero.py` finds it."""

    def enclosed(self, bits: int, /) -> Any:
        """A ball with it inside."""

    def equations(self, constants: Any, x: Any, /) -> Any:
        """What is 0 where x is it."""

    def __hash__(self) -> int: ...


Content = Fraction | str | Irrational | None


class Node(NamedTuple):
    """One operation: its name, the indices of its operands, and for a leaf its content.

    A leaf's `operation` is "number" (content: a Fraction, exact as typed), "constant" (content:
    "pi" or "e") or "variable" (content: the name).
    """

    operation: str
    operands: tuple[int, ...] = ()
    content: Content = None


def below(nodes: Sequence[Node], index: int) -> set[int]:
    """The node and all that it is computed from."""
    found, stack = {index}, [index]
    while stack:
        new = set(nodes[stack.pop()].operands) - found
        found |= new
        stack += new
    return found


@dataclass(frozen=True)
class Expression:
    """A program whose last node is the result.

    `text` is what was typed; `str()` is how it was read, in a notation that reads back the same.
    """

    nodes: tuple[Node, ...]
    text: str = field(default="", compare=False)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in the order in which they were typed."""
        return tuple(str(n.content) for n in self.nodes if n.operation == "variable")

    def of(self, names: Iterable[str]) -> "Expression":
        """The same as a function of these variables, where it has none: a constant."""
        if self.variables:
            return self
        leaves = tuple(Node("variable", content=name) for name in names)
        nodes = [
            n._replace(operands=tuple(i + len(leaves) for i in n.operands)) for n in self.nodes
        ]
        return Expression((*leaves, *nodes), self.text)

    @cached_property
    def elementwise(self) -> bool:
        """Whether each element of the result comes from the same element of every variable."""
        return not any(node.operation in ARRAYS for node in self.nodes)

    @cached_property
    def of_any(self) -> bool:
        """Whether any function is called in it, f(x), which has no values."""
        return any(node.operands and ANY.fullmatch(node.operation) for node in self.nodes)

    @cached_property
    def entries(self) -> frozenset[str]:
        """The variables in arrays that are written out, as in [x, 2*y]: most likely numbers."""
        found, stack = set[int](), [i for n in self.nodes if n.operation == "stack" for i in n[1]]
        while stack:
            index = stack.pop()
            if index not in found and self.nodes[index].operation not in ARRAYS:
                found.add(index)
                stack.extend(self.nodes[index].operands)
        inside = [self.nodes[index] for index in found]
        return frozenset(str(n.content) for n in inside if n.operation == "variable")

    @overload
    def __call__(self, /, **values: Floats | float) -> Floats: ...
    @overload
    def __call__(self, algebra: Algebra[V], /, **values: W) -> V | W: ...
    def __call__(self, algebra: Algebra[Any] = FLOAT, /, **values: object) -> Any:
        """The value with these values of its variables.

        Every value must belong to `algebra`; arrays broadcast against one another.
        """
        return self.replay(values, algebra)[-1]

    def replay(
        self,
        values: Mapping[str, W],
        algebra: Algebra[V],
        known: Mapping[int, V | W] | None = None,
    ) -> list[V | W]:
        """The value of every node, in the program's order; those `known` are taken as they are."""
        results: list[V | W] = []
        known = known or {}
        for index, node in enumerate(self.nodes):
            if index in known:
                results.append(known[index])
            elif node.operation == "variable":
                results.append(values[str(node.content)])
            elif node.content is not None:
                results.append(algebra[node.operation](node.content))
            else:
                results.append(algebra[node.operation](*[results[i] for i in node.operands]))
        return results

    def depending_on(self, *names: str) -> list[bool]:
        """For each node, whether one of these variables is among what it is computed from."""
        moving = set(names)
        depends: list[bool] = []
        for node in self.nodes:
            if node.operation == "variable":
                depends.append(node.content in moving)
            else:
                depends.append(any(depends[i] for i in node.operands))
        return depends

    def variables_of_terms(self) -> list[set[str]]:
        """The variables of each term of the result as a sum, brackets opened."""
        found, stack = list[set[str]](), [len(self.nodes) - 1]
        while stack:
            node = self.nodes[stack[-1]]
            if node.operation in (*SUMS, "neg"):
                stack[-1:] = node.operands
            else:
                inside = [self.nodes[i] for i in below(self.nodes, stack.pop())]
                found.append({str(n.content) for n in inside if n.operation == "variable"})
        return found

    def terms(self, index: int) -> list[tuple[int, int]]:
        """The node as a flat sum: (sign, node) of each term. A node that is no sum is one term.

        Only the left spine is opened, which is how `a + b - c` is read; `a - (b + c)` keeps its
        bracket, as a person would.
        """
        found: list[tuple[int, int]] = []
        while self.nodes[index].operation in SUMS:
            left, right = self.nodes[index].operands
            found.append((SUMS[self.nodes[index].operation], right))
            index = left
        found.append((1, index))
        return found[::-1]

    def factors(self, index: int) -> list[int]:
        """The node as a flat product along its left spine, in order."""
        found: list[int] = []
        while self.nodes[index].operation == "mul":
            index, right = self.nodes[index].operands
            found.append(right)
        found.append(index)
        return found[::-1]

    def __str__(self) -> str:
        return self.render(len(self.nodes) - 1)

    def render(
        self, index: int, names: Mapping[int, str] | None = None, least: int = CHOICE
    ) -> str:
        """Node `index` as text; a node in `names` is written by its name there.

        It is in brackets where it binds less than `least`, a level of `printing.py`.
        """
        own = {**TEXT.constants, "e": "E"} if "e" in self.variables else TEXT.constants
        notation = replace(TEXT, constants=own)
        return "".join(written(self.nodes, index, notation, names or {}, least))


def function_name(variables: Sequence[str]) -> str:
    """What to call a function of these variables: f, unless one of them is called that."""
    return next(name for name in ("f", "F", "y", "the function") if name not in variables)


class Builder:
    """Makes programs: adds nodes, shares equal ones, drops what the result does not use."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._index: dict[Node, int] = {}

    def add(self, operation: str, *operands: int, content: Content = None) -> int:
        """The index of this node, new or already there."""
        node = Node(operation, operands, content)
        found = self._index.get(node)
        if found is None:
            found = self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def splice(self, expression: Expression, values: Mapping[str, int]) -> int:
        """Adds another program with nodes of this one for its variables: a function's call."""
        place: list[int] = []
        for node in expression.nodes:
            if node.operation == "variable":
                place.append(values[str(node.content)])
            else:
                operands = [place[i] for i in node.operands]
                place.append(self.add(node.operation, *operands, content=node.content))
        return place[-1]

    def finish(self, result: int, text: str) -> Expression:
        """The program that computes node `result`: its operands from left to right, and no more."""
        place: dict[int, int] = {}
        kept: list[Node] = []
        stack = [result]
        while stack:
            index = stack[-1]
            node = self.nodes[index]
            missing = [i for i in node.operands if i not in place]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if index not in place:
                place[index] = len(kept)
                operands = tuple(place[i] for i in node.operands)
                kept.append(Node(node.operation, operands, node.content))
        return Expression(tuple(kept), text)
