"""A program in the operations that a language has: the others are written out in those.

The definitions, in the rows of the operations, are in diffcalc's own notation, so that one serves
every language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from diffcalc.base.errors import EmitError
from diffcalc.codegen.targets import TARGETS, Target
from diffcalc.language.expression import Builder, Content, Expression, Node
from diffcalc.language.grammar import read
from diffcalc.language.operations import FUNCTIONS

# Large powers as products would have more round-off than the language's own.
_LARGEST_PRODUCT = 4

_INLINE = {row.name: row.inline for row in FUNCTIONS.values() if row.inline}
_HELPERS = {row.name: row.helper for row in FUNCTIONS.values() if row.helper}


@dataclass(frozen=True, slots=True)
class Program:
    """Nodes as those of an `Expression`, of which several are results."""

    nodes: Sequence[Node]
    outputs: Sequence[int]


@cache
def definition(operation: str) -> Expression:
    """An operation of x, or of x and y, in simpler ones."""
    return read((_INLINE | _HELPERS)[operation])


def lowered(expressions: Sequence[Expression], target: Target) -> Program:
    """One program for all the expressions, sharing what they have in common.

    What is left that the language lacks is in `_HELPERS`, for which see `helpers`.
    Raises `EmitError` for an operation that cannot be written.
    """
    builder = _Lowering(target)
    outputs = []
    for expression in expressions:
        values = {name: builder.add("variable", content=name) for name in expression.variables}
        outputs.append(builder.splice(expression, values))
    return Program(builder.nodes, outputs)


def helpers(program: Program, target: Target) -> dict[str, Expression]:
    """The operations to be defined as functions of their own, each after those that it needs."""
    found: dict[str, Expression] = {}
    for node in program.nodes:
        if node.operation in _HELPERS and not target.has(node.operation):
            own = definition(node.operation)
            found |= helpers(lowered([own], target), target) | {node.operation: own}
    return found


def whole(nodes: Sequence[Node], index: int) -> int | None:
    """The whole number that a node is, as a literal with or without a sign; None if it is none."""
    node = nodes[index]
    if node.operation == "neg":
        size = whole(nodes, node.operands[0])
        return None if size is None else -size
    if isinstance(node.content, Fraction) and node.content.denominator == 1:
        return node.content.numerator
    return None


class _Lowering(Builder):
    """A `Builder` that writes out what the language lacks."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def add(self, operation: str, *operands: int, content: Content = None) -> int:
        """The index of this node; a + b is the same as b + a, to the last bit."""
        if operation == "pow" and not self._target.whole_power:
            product = self._product(*operands)
            if product is not None:
                return product
        if operation in ("add", "mul"):
            found = self._index.get(Node(operation, operands[::-1]))
            if found is not None:
                return found
        if operation in _INLINE and not self._target.has(operation):
            own = definition(operation)
            return self.splice(own, dict(zip(own.variables, operands, strict=True)))
        if not (content is not None or operation in {"pow", *_HELPERS}):
            self._check(operation)
        return super().add(operation, *operands, content=content)

    def _check(self, operation: str) -> None:
        if not self._target.has(operation):
            others = ", ".join(name for name, row in TARGETS.items() if row.has(operation))
            raise EmitError(
                f"{self._target.name} has no function {operation} of its own",
                hint=f"{others or 'only latex'} {'have' if ',' in others else 'has'} it",
            )

    def _product(self, base: int, exponent: int) -> int | None:
        """A small whole power as a product."""
        power = whole(self.nodes, exponent)
        if power is None or not 2 <= abs(power) <= _LARGEST_PRODUCT:
            return None
        square = self.add("mul", base, base)
        found = {2: square, 3: -1, 4: -1}[abs(power)]
        if abs(power) > 2:
            found = self.add("mul", square, base if abs(power) == 3 else square)
        if power > 0:
            return found
        return self.add("div", self.add("number", content=Fraction(1)), found)
