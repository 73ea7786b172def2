"""One sweep back: the derivative of a program in all of its variables at once.

It runs in any algebra: in balls it encloses every partial derivative, in series of length 2 each
enclosure comes with its derivative along one variable, a row of the Hessian. Where an operation is
on its border, or is not known not to be, nothing is said of the variables that reach it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Generic, Protocol

from diffcalc.base.numbers import Operand, V
from diffcalc.language.expression import Expression
from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.program import Program
from diffcalc.truth.replay import Algebra, Found, N_co, result, step
from diffcalc.truth.slopes import regular, slope


class Powers(Algebra[N_co], Protocol[N_co]):
    """What a program is swept forward in."""

    def add(self, a: Operand, b: Operand, /) -> N_co:
        """The sum."""

    def power(self, a: Operand, exponent: Fraction, /) -> N_co:
        """A rational power."""


class Ring(Powers[N_co], Protocol[N_co]):
    """What it is swept back in."""

    def mul(self, a: Operand, b: Operand, /) -> N_co:
        """The product."""

    def neg(self, a: Operand, /) -> N_co:
        """The number with the other sign."""

    def sign(self, a: Operand, /) -> int:
        """The sign."""


def forward(program: Program, leaves: Mapping[int, Found[V]], algebra: Powers[V]) -> list[Found[V]]:
    """The value of every node."""
    values: list[Found[V]] = []
    for index, node in enumerate(program.nodes):
        if node.operands:
            args = tuple([values[i] for i in node.operands])
            rational = program.rational[node.operands[-1]] if node.operation == "pow" else None
            if rational is None or isinstance(args[0], Exception):
                values.append(step(algebra, node.operation, args))
            else:
                values.append(_raised(algebra, args[0], rational))
        elif node.operation == "variable":
            values.append(leaves[index])
        elif node.operation == "number":
            values.append(algebra.number(node.content))
        else:
            values.append(algebra.constant(node.content))
    return values


def constant_value(constant: Expression, algebra: Powers[V]) -> Found[V]:
    """The value of a constant; an exception in its place where it has none."""
    node = constant.nodes[-1]
    if node.operation == "number":
        return algebra.number(node.content)
    program = Program(constant.nodes, {}, [len(constant.nodes) - 1])
    return forward(program, {}, algebra)[-1]


def _raised(algebra: Powers[V], base: V, exponent: Fraction) -> Found[V]:
    try:
        return algebra.power(base, exponent)
    except (NoValue, Undecided) as problem:
        return problem


def backward(
    program: Program,
    values: Sequence[Found[V]],
    seeds: Mapping[int, Found[V]],
    algebra: Ring[V],
    moving: Sequence[int] | None = None,
) -> list[Found[V] | None]:
    """The derivative of the outputs, times these seeds, in every node; None where there is none."""
    back = _Backward(program, values, algebra, moving or program.moving)
    for index, seed in seeds.items():
        back.give(index, seed)
    for index in range(len(program.nodes) - 1, -1, -1):
        if back.found[index] is not None and program.nodes[index].operands:
            back.through(index)
    return back.found


class _Backward(Generic[V]):
    def __init__(
        self, program: Program, values: Sequence[Found[V]], algebra: Ring[V], moving: Sequence[int]
    ) -> None:
        self._program = program
        self._values = values
        self._algebra = algebra
        self._moving = moving
        self.found: list[Found[V] | None] = [None] * len(program.nodes)

    def give(self, index: int, part: Found[V]) -> None:
        """Adds a part to what a node has, if it moves; what is unknown stays so."""
        if not self._moving[index]:
            return
        before = self.found[index]
        if before is None or isinstance(part, Exception):
            self.found[index] = part
        elif not isinstance(before, Exception):
            self.found[index] = self._algebra.add(before, part)

    def through(self, index: int) -> None:
        """Hands what a node has down to its operands."""
        node = self._program.nodes[index]
        here, value = self.found[index], self._values[index]
        if isinstance(here, Exception):
            return self._spread(node.operands, here)
        if isinstance(value, Exception):
            return self._spread(node.operands, value)
        assert here is not None
        try:
            parts = self._parts(index, here)
        except (NoValue, Undecided) as problem:
            return self._spread(node.operands, problem)
        for operand, part in zip(node.operands, parts, strict=False):
            if part is not None:
                self.give(operand, part)
        return None

    def _spread(self, operands: Sequence[int], unknown: Found[V]) -> None:
        for operand in operands:
            self.give(operand, unknown)

    def _parts(self, index: int, here: V) -> list[V | None]:
        """What each operand gets; raises `NoValue` on a border, `Undecided` near one."""
        algebra, operands = self._algebra, self._program.nodes[index].operands
        match self._program.nodes[index].operation:
            case "add" | "total":
                return [here] * len(operands)
            case "sub":
                return [here, algebra.neg(here)]
            case "neg":
                return [algebra.neg(here)]
            case "mul":
                moving = [self._moving[i] for i in operands]
                u, v = (self._values[i] for i in operands)
                return [
                    algebra.mul(here, v) if moving[0] else None,
                    algebra.mul(here, u) if moving[1] else None,
                ]
            case "where":
                nothing = algebra.number(Fraction(0))
                chosen = algebra.holds(self._values[operands[0]])
                return [nothing, here if chosen else None, None if chosen else here]
            case "pow" if self._program.rational[operands[1]] is not None:
                return [self._power(here, *operands)]
        return self._by_slopes(index, here)

    def _power(self, here: V, base: int, exponent: int) -> V:
        power = self._program.rational[exponent]
        assert power is not None
        u = self._values[base]
        if power == 0:
            return self._algebra.number(Fraction(0))
        if power.denominator != 1 and self._algebra.sign(u) <= 0:
            raise NoValue("border")
        rate = self._algebra.power(u, power - 1)
        return self._algebra.mul(here, self._algebra.mul(self._algebra.number(power), rate))

    def _by_slopes(self, index: int, here: V) -> list[V | None]:
        algebra, node = self._algebra, self._program.nodes[index]
        operands = dict(zip("uvw", [self._values[i] for i in node.operands], strict=False))
        border = regular(node.operation)
        if border is not None and algebra.sign(result(border, operands, algebra)) <= 0:
            raise NoValue("border")
        parts: list[V | None] = []
        for position, operand in enumerate(node.operands):
            program = slope(node.operation, position)
            if not self._moving[operand]:
                parts.append(None)
            elif program is None:
                # Nothing, which still finds out whether the operand is off its own border.
                parts.append(algebra.number(Fraction(0)))
            else:
                parts.append(algebra.mul(here, result(program, operands, algebra)))
        return parts
