"""All second derivatives of a program from one sweep back, in balls.

What the result changes by, twice, with each pair of nodes is handed down to the pairs of what they
are made of: edge pushing (Gower and Mello, *A new framework for the computation of Hessians*).
The work grows with the pairs that act on one another, not with the variables times the program.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.expansions import coefficient
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import H
from diffcalc.truth.program import Program
from diffcalc.truth.replay import result
from diffcalc.truth.slopes import regular, slope

# Some seconds. The square of a sum of a thousand nonlinear terms is more.
_MOST_GIVEN = 300_000
_Second = Mapping[tuple[int, int], Ball]
"""The second derivatives of an operation by the positions of two operands; 0 is left out."""


def curvature(
    program: Program, values: Sequence[Any], moving: Sequence[bool], algebra: Balls
) -> dict[tuple[int, int], Ball]:
    """The second derivatives by pairs of nodes that no operation makes; 0 is left out.

    Raises `NoValue` or `Undecided` where an operation may be on its border.
    """
    sweep = _Sweep(program, values, moving, algebra)
    for index in range(len(program.nodes) - 1, -1, -1):
        if program.nodes[index].operands:
            sweep.through(index)
    return {(i, j): each for i, row in sweep.pairs.items() for j, each in row.items()}


class _Sweep:
    def __init__(
        self,
        program: Program,
        values: Sequence[Any],
        moving: Sequence[bool],
        algebra: Balls,
    ) -> None:
        self._program = program
        self._values = values
        self._moving = moving
        self._algebra = algebra
        self._germs = Germs(algebra, Constants(), 2)
        self._slopes: dict[int, Ball] = {program.outputs[0]: ball.ONE}
        self._given = 0
        self.pairs: dict[int, dict[int, Ball]] = defaultdict(dict)

    def through(self, index: int) -> None:
        """Hands down what a node has to its operands."""
        here, pairs = self._slopes.pop(index, None), self.pairs.pop(index, {})
        if not self._moving[index] or (here is None and not pairs):
            return
        if isinstance(self._values[index], Exception):
            raise self._values[index]
        mul, operands = self._algebra.mul, self._program.nodes[index].operands
        first, second = self._derivatives(index)
        for other, each in pairs.items():
            if other == index:
                for (a, u), (b, v) in product(first.items(), repeat=2):
                    self._give(operands[a], operands[b], mul(each, mul(u, v)))
                continue
            del self.pairs[other][index]
            for a, u in first.items():
                part = mul(each, u)
                self._give(operands[a], other, part)
                self._give(other, operands[a], part)
        if here is not None:
            for (a, b), each in second.items():
                self._give(operands[a], operands[b], mul(here, each))
            for a, u in first.items():
                part, old = mul(here, u), self._slopes.get(operands[a])
                self._slopes[operands[a]] = part if old is None else self._algebra.add(old, part)

    def _give(self, i: int, j: int, part: Ball) -> None:
        self._given += 1
        if self._given > _MOST_GIVEN:
            raise Undecided("pairs")
        row = self.pairs[i]
        row[j] = self._algebra.add(row[j], part) if j in row else part

    def _derivatives(self, index: int) -> tuple[dict[int, Ball], _Second]:
        """The first and second derivatives of an operation in its operands that move."""
        algebra, node = self._algebra, self._program.nodes[index]
        places = [a for a, i in enumerate(node.operands) if self._moving[i]]
        values = [self._values[i] for i in node.operands]
        one, minus = ball.ONE, ball.neg(ball.ONE)
        match node.operation:
            case "add" | "total":
                return dict.fromkeys(places, one), {}
            case "sub":
                return {a: minus if a else one for a in places}, {}
            case "neg":
                return {0: minus}, {}
            case "mul":
                both = {(0, 1): one, (1, 0): one} if len(places) == 2 else {}
                return {a: values[1 - a] for a in places}, both
            case "where":
                chosen = 1 if algebra.holds(values[0]) else 2
                return {a: one for a in places if a == chosen}, {}
            case "pow" if self._program.rational[node.operands[1]] is not None:
                return self._power(values[0], self._program.rational[node.operands[1]])
        return self._by_slopes(node.operation, values, places)

    def _power(self, u: Ball, power: Fraction | None) -> tuple[dict[int, Ball], _Second]:
        assert power is not None
        if power.denominator != 1 and self._algebra.sign(u) <= 0:
            raise NoValue("border")
        found, factor = [], power
        for order in (1, 2):
            rate = self._algebra.power(u, power - order) if factor else ball.ZERO
            found.append(self._algebra.mul(self._algebra.number(factor), rate))
            factor *= power - order
        return {0: found[0]}, {(0, 0): found[1]} if power != 1 else {}

    def _by_slopes(
        self, operation: str, values: Sequence[Any], places: Sequence[int]
    ) -> tuple[dict[int, Ball], _Second]:
        operands = dict(zip("uvw", values, strict=False))
        border = regular(operation)
        if border is not None and self._algebra.sign(result(border, operands, self._algebra)) <= 0:
            raise NoValue("border")
        first: dict[int, Ball] = {}
        second: dict[tuple[int, int], Ball] = {}
        for a in places:
            program = slope(operation, a)
            if program is None:
                continue
            first[a] = result(program, operands, self._algebra)
            for b in places:
                moved = {n: self._germs.of(x) for n, x in operands.items()}
                name = "uvw"[b]
                moved[name] = self._germs.add(moved[name], self._germs.of(ball.ONE, H))
                found = coefficient(self._germs, result(program, moved, self._germs), H)
                if found is None:
                    raise Undecided("slope")
                # A quotient by a number has none: else it would pair all that it is made of.
                if ball.sign(found) != 0:
                    second[a, b] = found
        return first, second
