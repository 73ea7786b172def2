"""A formula of arrays as one of single numbers, without the borders that it takes back itself.

norm(w)^2 is a polynomial, and so are abs(x)^2, hypot(x, y)^2, cbrt(x)^3 and abs(x)*sign(x): the
border of the inner operation is none of the whole. What is known to be at least 0, as its enclosure
over all numbers says, is its own modulus.
"""

from collections.abc import Mapping
from fractions import Fraction

from diffcalc.base.types import ObjectArray
from diffcalc.language.expression import Builder, Content, Expression, Node
from diffcalc.truth.ball import LINE, Ball
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.program import Leaf, program_of
from diffcalc.truth.replay import Found, step

# As for cells (`cells.py`): wide enclosures need no more.
_BITS = 64


def scalar(
    expression: Expression, shapes: Mapping[str, tuple[int, ...]], still: Mapping[str, ObjectArray]
) -> tuple[Expression, dict[Leaf, str]]:
    """The formula with a variable of its own for each element that moves, and their names.

    `still` has an object array of constants for each variable that does not move.
    """
    every = dict(shapes) | {name: constants.shape for name, constants in still.items()}
    program = program_of(expression, every)
    kept = _Kept()
    names: dict[Leaf, str] = {}
    place: list[int] = []
    for index, node in enumerate(program.nodes):
        if program.rational[index] is not None:
            place.append(kept.number(program.rational[index]))
            continue
        if index not in program.leaves:
            operands = [place[i] for i in node.operands]
            place.append(kept.operation(node.operation, operands, node.content))
            continue
        name, at = leaf = program.leaves[index]
        if name in still:
            place.append(kept.constant(still[name][at]))
        else:
            names[leaf] = name + "".join(f"[{i}]" for i in at)
            place.append(kept.add("variable", content=names[leaf]))
    return kept.builder.finish(place[program.outputs[0]], expression.text), names


class _Kept:
    """A program under construction, with each node's enclosure over all numbers."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._values: list[Found[Ball]] = []

    def add(self, operation: str, *operands: int, content: Content = None) -> int:
        index = self.builder.add(operation, *operands, content=content)
        if index == len(self._values):
            algebra = Balls(_BITS)
            if operation == "variable":
                value: Found[Ball] = LINE
            elif operation in ("number", "constant"):
                value = getattr(algebra, operation)(content)
            else:
                value = step(algebra, operation, tuple([self._values[i] for i in operands]))
            self._values.append(value)
        return index

    def constant(self, constant: Expression) -> int:
        place: list[int] = []
        for node in constant.nodes:
            operands = [place[i] for i in node.operands]
            place.append(self.add(node.operation, *operands, content=node.content))
        return place[-1]

    def number(self, value: Fraction | None) -> int:
        return self.add("number", content=value)

    def operation(self, operation: str, operands: list[int], content: Content = None) -> int:
        """A node, or what it is equal to wherever it has a value."""
        found = None
        first = operands[0] if operands else 0
        match operation:
            case "pow":
                exponent = self._node(operands[1]).content
                if isinstance(exponent, Fraction) and exponent > 0:
                    found = self._power(first, exponent)
            case "sqrt":
                found = self._power(first, Fraction(1, 2))
            case "mul":
                found = self._product(*operands)
            case "abs" | "relu" if self._is_positive(first):
                found = first
            case "max" | "min" if first == operands[1]:
                found = first
        return self.add(operation, *operands, content=content) if found is None else found

    def _node(self, index: int) -> Node:
        return self.builder.nodes[index]

    def _is_positive(self, index: int) -> bool:
        value = self._values[index]
        return isinstance(value, Ball) and not value.lower[0]

    def _raised(self, base: int, exponent: Fraction) -> int:
        return self.operation("pow", [base, self.number(exponent)])

    def _power(self, base: int, exponent: Fraction) -> int | None:
        """A power of what is itself a power, a root, a modulus or a distance."""
        if exponent == 1:
            return base
        node, even = self._node(base), exponent % 2 == 0
        inner = node.operands[0] if node.operands else base
        match node.operation:
            case "abs" if even:
                return self._raised(inner, exponent)
            case "sqrt" if self._is_positive(inner):
                return self._raised(inner, exponent / 2)
            case "cbrt" if exponent % 3 == 0:
                return self._raised(inner, exponent / 3)
            case "hypot" if even:
                squares = [self._raised(i, Fraction(2)) for i in node.operands]
                return self._raised(self.operation("add", squares), exponent / 2)
            case "pow":
                before = self._node(node.operands[1]).content
                if isinstance(before, Fraction) and before > 0:
                    if before % 2 == 0:
                        inner = self.operation("abs", [inner])
                    if self._is_positive(inner):
                        return self._raised(inner, before * exponent)
        return None

    def _product(self, a: int, b: int) -> int | None:
        if a == b:
            return self._raised(a, Fraction(2))
        for one, other in ((a, b), (b, a)):
            sign, modulus = self._node(one), self._node(other)
            if sign.operation == "sign":
                if modulus.operation == "abs" and modulus.operands == sign.operands:
                    return sign.operands[0]
                if sign.operands[0] == other:
                    return self.operation("abs", [other])
        return None
