"""A function of one number as a program, with the zeros that its borders are.

An operation can be on a border only where one of its switching functions is 0, or for a lattice an
integer. Where that is a product, a root or a sine, it is so where a factor is: these are the
*targets* whose zeros are looked for.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from diffcalc.language.expression import Builder, Expression, below
from diffcalc.language.nonsmooth import switching_functions
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import H
from diffcalc.truth.moving import moving_on
from diffcalc.truth.numbers import Number
from diffcalc.truth.program import Program
from diffcalc.truth.replay import Found
from diffcalc.truth.series import Coefficient, Series
from diffcalc.truth.sweep import backward, forward
from diffcalc.truth.values import Exactly

# So many terms of a series are kept, more where the first ones cancel.
_LENGTHS = (4, 12, 30)


class Target(NamedTuple):
    """A node that is 0, or for a lattice an integer, where an operation is on its border."""

    node: int
    lattice: bool


class Border(NamedTuple):
    """An operation that has a border, its switching function, and what that is made of.

    `of` is its node in the expression as it was given, `place` that in the line's program.
    """

    of: int
    place: int
    switching: Target
    targets: tuple[Target, ...]


class Swept(NamedTuple):
    """Every node on a cell, and how f changes with each: None where it does not reach f.

    `moving` says which nodes move on the cell: sign(x) does not where x > 0.
    """

    values: Sequence[Found[Ball]]
    slopes: Sequence[Found[Ball] | None]
    moving: Sequence[bool]


class Line:
    """An expression as a function of one variable; the others stand still at these constants."""

    def __init__(self, expression: Expression, still: Mapping[str, Expression], name: str) -> None:
        self.name = name
        self._builder = builder = Builder()
        leaves = {n: builder.splice(constant, {}) for n, constant in still.items()}
        self.leaf = leaves[name] = builder.add("variable", content=name)
        place: list[int] = []
        for node in expression.nodes:
            if node.operation == "variable":
                place.append(leaves[str(node.content)])
            else:
                operands = [place[i] for i in node.operands]
                if node.operation in ("max", "min") and operands[0] == operands[1]:
                    place.append(operands[0])
                    continue
                place.append(builder.add(node.operation, *operands, content=node.content))
        self.borders = []
        for node_index, switching in switching_functions(expression, name):
            letters = switching.operands(expression.nodes[node_index].operands)
            values = {letter: place[i] for letter, i in letters.items()}
            if len(set(values.values())) < len(values) and place[node_index] == values["u"]:
                continue
            index = builder.splice(switching.function, values)
            target = Target(index, switching.lattice)
            found = tuple(dict.fromkeys(self._factors(target)))
            self.borders.append(Border(node_index, place[node_index], target, found))
        self.result = place[-1]
        self.function = builder.finish(self.result, expression.text)
        self.program = Program(tuple(builder.nodes), {self.leaf: (name, ())}, [self.result])

    def _factors(self, target: Target) -> list[Target]:
        """The factors of a target: one of them is 0 wherever the target is."""
        nodes, stack, found = self._builder.nodes, [target], []
        while stack:
            one = stack.pop()
            node = nodes[one.node]
            operands = node.operands
            if one.lattice:
                found.append(one)
            elif node.operation in ("neg", "abs", "sqrt", "cbrt", "relu", "pow", "div", "hypot"):
                first = operands[0]
                if node.operation == "hypot" and not self._depends(first):
                    first = operands[1]
                stack.append(Target(first, False))
            elif node.operation == "mul":
                stack += [Target(i, False) for i in operands]
            elif node.operation == "where":
                stack += [Target(i, False) for i in operands[1:]]
            elif node.operation in ("sin", "cos"):
                angle = self._builder.add("div", operands[0], self._constant("pi"))
                if node.operation == "cos":
                    half = self._builder.add("number", content=Fraction(1, 2))
                    angle = self._builder.add("sub", angle, half)
                found.append(Target(angle, True))
            else:
                found.append(one)
        return [one for one in found if self._depends(one.node)]

    def _constant(self, name: str) -> int:
        return self._builder.add("constant", content=name)

    def _depends(self, index: int) -> bool:
        return self.leaf in below(self._builder.nodes, index)

    # -- on cells ----------------------------------------------------------------------------------

    def values(self, x: Ball, bits: int) -> list[Found[Ball]]:
        """Every node on a cell."""
        return forward(self.program, {self.leaf: x}, Balls(bits))

    def swept(self, x: Ball, bits: int) -> Swept:
        """Every node on a cell, and what f changes by with it."""
        algebra = Balls(bits)
        values = self.values(x, bits)
        moving = moving_on(self.program, (self.leaf,), values, algebra)
        if not moving[self.result]:
            return Swept(values, [None] * len(values), moving)
        seeds = {self.result: ball.ONE}
        return Swept(values, backward(self.program, values, seeds, algebra, moving), moving)

    def slope(self, target: Target, swept: Swept, bits: int) -> Ball | None:
        """The derivative of a target on a cell; None where it is not enclosed."""
        algebra, seeds = Balls(bits), {target.node: ball.ONE}
        found = backward(self.program, swept.values, seeds, algebra, swept.moving)[self.leaf]
        if found is None:
            return ball.ZERO
        return None if isinstance(found, Exception) else found

    # -- at exact places ---------------------------------------------------------------------------

    @cache  # noqa: B019 - it lives as long as the cover
    def part(self, index: int) -> Program:
        """The program of one node alone."""
        expression = self._builder.finish(index, "")
        at = expression.nodes
        leaves = {i: (self.name, ()) for i, node in enumerate(at) if node.operation == "variable"}
        return Program(at, leaves, [len(at) - 1])

    def at(self, index: int, x: Number, constants: Constants) -> Found[Number]:
        """A node's value at an exact place; an exception in its place where it has none."""
        program = self.part(index)
        return forward(program, dict.fromkeys(program.leaves, x), Exactly(constants))[-1]

    def series(
        self, index: int, algebra: Germs, start: Coefficient, side: int = 1
    ) -> Found[Series]:
        """A node's series beside a place."""
        program = self.part(index)
        step = algebra.of(algebra.field.number(side), H)
        moved = algebra.add(algebra.of(start), step)
        return forward(program, dict.fromkeys(program.leaves, moved), algebra)[-1]

    def order(self, target: Target, whole: int, x: Number, constants: Constants) -> int | None:
        """The order of the zero that the target less `whole` has at x; None if it is not told."""
        for length in _LENGTHS:
            germs = Germs(constants, constants, length)
            with suppress(NoValue, Undecided, RecursionError):
                found = self.series(target.node, germs, x)
                if not isinstance(found, Series):
                    return None
                lead = germs.lead(germs.sub(found, germs.number(whole)))
                if lead is None:
                    continue
                powers = lead.monomial.powers
                if lead.monomial.sum or len(powers) > 1:
                    return None
                power = powers[0] if powers else 0
                return None if isinstance(power, Number) or power % 1 else -int(power)
        return None

    def coefficient(self, target: Target, order: int, x: Ball, bits: int) -> Ball | None:
        """The Taylor coefficient of an order on a cell; None where it is not enclosed."""
        algebra = Germs(Balls(bits), Constants(), order + 1)
        with suppress(NoValue, Undecided, RecursionError):
            found = self.series(target.node, algebra, x)
            if isinstance(found, Series):
                for term in found.terms:
                    if term.monomial.powers == ((-order,) if order else ()):
                        found_one: Ball = term.coefficient
                        return found_one
        return None
