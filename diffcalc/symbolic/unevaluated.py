"""Formulas as they are written down: operations are noted, and nothing is evaluated.

`3*2*x` stays 3*2*x, where SymPy would make it 6*x at once. Only brackets and signs are set as a
person sets them: a*(b*c) is a*b*c, a + -b is a - b.
"""

from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Union

from diffcalc.language.expression import Builder, Expression
from diffcalc.language.operations import SUMS

Operand = Union["Written", int]


class Written:
    """A formula in a `Builder`, with the operators of arithmetic."""

    __slots__ = ("builder", "index")

    def __init__(self, builder: Builder, index: int) -> None:
        self.builder = builder
        self.index = index

    @property
    def program(self) -> Expression:
        """The formula as a program of its own."""
        return self.builder.finish(self.index, "")

    def __str__(self) -> str:
        return str(self.program)

    def __add__(self, other: Operand) -> "Written":
        return self._plus(1, self._of(other))

    def __radd__(self, other: Operand) -> "Written":
        return self._of(other) + self

    def __sub__(self, other: Operand) -> "Written":
        return self._plus(-1, self._of(other))

    def __rsub__(self, other: Operand) -> "Written":
        return self._of(other) - self

    def __mul__(self, other: Operand) -> "Written":
        sign, factor = self._of(other)._without_sign()
        if sign < 0:
            return -self * factor
        if factor._operation == "mul":
            left, right = factor._operands
            return self * left * right
        return self._node("mul", self, factor)

    def __rmul__(self, other: Operand) -> "Written":
        return self._of(other) * self

    def __truediv__(self, other: Operand) -> "Written":
        sign, divisor = self._of(other)._without_sign()
        return self._node("div", self if sign > 0 else -self, divisor)

    def __rtruediv__(self, other: Operand) -> "Written":
        return self._of(other) / self

    def __pow__(self, other: Operand) -> "Written":
        return self._node("pow", self, self._of(other))

    def __neg__(self) -> "Written":
        sign, rest = self._without_sign()
        return rest if sign < 0 else rest._with_sign()

    def _of(self, other: Operand) -> "Written":
        return other if isinstance(other, Written) else number(self.builder, other)

    def _node(self, operation: str, *operands: "Written") -> "Written":
        return Written(self.builder, self.builder.add(operation, *[o.index for o in operands]))

    @property
    def _operation(self) -> str:
        return self.builder.nodes[self.index].operation

    @property
    def _operands(self) -> list["Written"]:
        return [Written(self.builder, i) for i in self.builder.nodes[self.index].operands]

    def _plus(self, sign: int, term: "Written") -> "Written":
        if sign > 0 and term._operation in SUMS:
            left, right = term._operands
            return (self + left)._plus(SUMS[term._operation], right)
        own, rest = term._without_sign()
        return self._node("add" if own * sign > 0 else "sub", self, rest)

    def _without_sign(self) -> tuple[int, "Written"]:
        """The sign in front, and the rest: -x*y is -1 and x*y."""
        spine = self._spine()
        first = spine[-1]
        if first._operation != "neg":
            return 1, self
        return -1, _rebuilt(spine, first._operands[0])

    def _with_sign(self) -> "Written":
        """A minus before the first factor."""
        spine = self._spine()
        return _rebuilt(spine, self._node("neg", spine[-1]))

    def _spine(self) -> list["Written"]:
        """A product or quotient, what is on its left, and so on to the first factor."""
        found = [self]
        while found[-1]._operation in ("mul", "div"):
            found.append(found[-1]._operands[0])
        return found


def _rebuilt(spine: list[Written], first: Written) -> Written:
    """A product or quotient with another first factor."""
    for outer in reversed(spine[:-1]):
        first = outer._node(outer._operation, first, outer._operands[1])
    return first


def number(builder: Builder, value: int) -> Written:
    """A whole number."""
    found = Written(builder, builder.add("number", content=Fraction(abs(value))))
    return -found if value < 0 else found


def functions(builder: Builder) -> SimpleNamespace:
    """The functions of the table by name, as the formulas of the rules call them."""

    def function(name: str) -> Callable[..., Written]:
        def call(*arguments: Operand) -> Written:
            operands = [a if isinstance(a, Written) else number(builder, a) for a in arguments]
            return Written(builder, builder.add(name, *[o.index for o in operands]))

        return call

    class Functions(SimpleNamespace):
        def __getattr__(self, name: str) -> Callable[..., Written]:
            return function(name)

    return Functions(
        number=lambda value: number(builder, int(value)),
        constant=lambda name: Written(builder, builder.add("constant", content=name)),
    )
