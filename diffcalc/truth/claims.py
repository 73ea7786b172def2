"""Formulas and derivatives enclosed at points and in cells: where they differ, where they are real.

At a point where every operation is off its border both are analytic, so what is proved there holds
beside it as well. In a cell poles are left aside: 1/x has a value almost everywhere.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count

from mpmath.libmp import finf, fninf, fzero

from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.truth import ball
from diffcalc.truth.ball import LINE, Ball, NoValue, Undecided
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.monomials import Exponent
from diffcalc.truth.program import Program, program_of
from diffcalc.truth.removable import scalar
from diffcalc.truth.replay import Found
from diffcalc.truth.slopes import REGULAR
from diffcalc.truth.sweep import backward, forward

ExactPoint = Mapping[str, Fraction]

# These have their borders at single points only.
_AT_POINTS = frozenset(
    name for name, text in REGULAR.items() if text.startswith(("abs", "u - floor", "where"))
)
# The others have no value on their borders, and where they have one are off them.
_CLOSED = REGULAR.keys() - {
    "div", "tan", "sec", "csc", "cot", "csch", "coth", "log", "log2", "log10", "log1p", "gamma",
    "lgamma", "polygamma",
}  # fmt: skip
# Enough to tell the ends of a cell 2**-40 wide, and what is computed from them.
_BITS = 100
# A cell around a point reaches this share of it, or of 1 if that is more, to either side.
_NEAR = Fraction(1, 2**40)
# Cells are split so often in each variable: what is left is as narrow as a point, or beyond 1e15.
_DEEPEST = 55
# They take some tenths of a second.
_MOST_CELLS = 400


class Enclosed:
    """A formula, or the derivative of one in a variable, of numbers."""

    def __init__(self, expression: Expression, variable: str | None = None) -> None:
        self.expression = expression
        self._variable = variable
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(expression.variables, ())
        self._typed = program_of(expression, shapes)
        self._analytic = _is_analytic(self._typed)
        # max(u, u) is on its border everywhere, and is none.
        kept = expression if self._analytic else scalar(expression, shapes, {})[0]
        self._program = program_of(kept, shapes)
        self._found: dict[tuple[object, ...], Found[Ball]] = {}

    def at(self, point: ExactPoint, bits: int) -> Found[Ball]:
        """The value at a point; undecided also where an operation is on its border."""
        asked = bits, *(point[name] for name in self.expression.variables)
        found = self._found.get(asked)
        if found is None:
            found = self._found[asked] = self._at(point, bits)
        return found

    def _at(self, point: ExactPoint, bits: int) -> Found[Ball]:
        algebra, result = Balls(bits), self._program.outputs[0]
        exact = {n: ball.from_fraction(x, bits) for n, x in point.items()}
        values = _values(self._program, exact, algebra)
        found: Found[Ball] = values[result]
        if isinstance(found, Exception) or (self._analytic and self._variable is None):
            return found
        slopes = backward(self._program, values, {result: ball.ONE}, algebra)
        if any(isinstance(slopes[i], Exception) for i in self._program.leaves):
            return Undecided("border")
        if self._variable is None:
            return found
        place = self._program.place.get((self._variable, ()))
        return ball.ZERO if place is None else slopes[place] or ball.ZERO

    def ends_around(self, point: ExactPoint) -> str:
        """The operation, as text, without a value anywhere around a point; "" if there is none."""
        radius = {name: _NEAR * max(abs(x), Fraction(1)) for name, x in point.items()}
        cell = {name: _between(x - radius[name], x + radius[name]) for name, x in point.items()}
        values = _values(self._typed, cell, Balls(_BITS))
        if not isinstance(values[self._typed.outputs[0]], NoValue):
            return ""
        first = next(i for i, value in enumerate(values) if isinstance(value, NoValue))
        return self.expression.render(first)

    @property
    def positive(self) -> set[str]:
        """The variables that are at least 0 wherever the formula has a value."""
        leaves = self._typed.leaves
        return {leaves[i][0] for i in _needed(self._typed)[1] if i in leaves}


def _is_analytic(program: Program) -> bool:
    """Whether it is wherever it has a value: no operation has a border at which it has one."""
    for node in program.nodes:
        power = program.rational[node.operands[1]] if node.operation == "pow" else None
        whole = power is not None and power.denominator == 1
        if node.operation == "where" or (node.operation in _CLOSED and not whole):
            return False
    return True


def _values(program: Program, at: Mapping[str, Ball], algebra: Balls) -> list[Found[Ball]]:
    leaves = {index: at[name] for index, (name, _) in program.leaves.items()}
    return forward(program, leaves, algebra)


class _AlmostEverywhere(Balls):
    """Enclosures of what has a value but at single points: there it may be any number."""

    def apply(self, operation: str, args: tuple[Ball, ...]) -> Ball:
        try:
            return super().apply(operation, args)
        except Undecided:
            if operation in _AT_POINTS:
                return LINE
            raise

    def power(self, a: Ball, exponent: Exponent) -> Ball:
        try:
            return super().power(a, exponent)
        except Undecided:
            if isinstance(exponent, Fraction | int) and Fraction(exponent).denominator == 1:
                return LINE
            raise


class _Shared:
    """Two formulas in a cell, where what the first needs to have a value is given to the second.

    Where log(sin(x)) has a value, sqrt(sin(x)) has one.
    """

    def __init__(self, one: Expression, other: Expression) -> None:
        builder = Builder()
        leaves = {n: builder.add("variable", content=n) for n in {*one.variables, *other.variables}}
        result = builder.splice(one, leaves)
        mine = len(builder.nodes)
        last = builder.splice(other, leaves)
        nodes = builder.nodes
        self._leaves = {index: (name, ()) for name, index in leaves.items()}
        self._one = Program(nodes[:mine], self._leaves, [result])
        needed, self._positive = _needed(self._one)
        self._given = needed | {*leaves.values()}
        kept = [
            Node("variable", (), f"{index}") if index in self._given else node
            for index, node in enumerate(nodes)
        ]
        self._other = Program(kept, {i: (f"{i}", ()) for i in self._given}, [last])

    def __call__(self, cell: Mapping[str, Ball]) -> tuple[Found[Ball], Found[Ball]]:
        """The values of both; those of the second but at single points."""
        leaves = {index: cell[name] for index, (name, _) in self._leaves.items()}
        values = forward(self._one, leaves, Balls(_BITS))
        given: dict[int, Found[Ball]] = {}
        for index in self._given:
            value = LINE if isinstance(values[index], Undecided) else values[index]
            if index in self._positive and isinstance(value, Ball) and value.lower[0]:
                value = Ball(fzero, value.upper) if not value.upper[0] else NoValue("negative")
            given[index] = value
        found = forward(self._other, given, _AlmostEverywhere(_BITS))[self._other.outputs[0]]
        here: Found[Ball] = values[self._one.outputs[0]]
        if any(isinstance(value, NoValue) for value in given.values()):
            here = NoValue("needed")
        return here, found


def _needed(program: Program) -> tuple[set[int], set[int]]:
    """The nodes without whose value the result has none, and those that must not be negative."""
    needed: set[int] = set()
    positive: set[int] = set()
    stack = list(program.outputs)
    while stack:
        index = stack.pop()
        if index in needed:
            continue
        needed.add(index)
        node = program.nodes[index]
        stack += node.operands[:1] if node.operation == "where" else node.operands
        if REGULAR.get(node.operation) == "u":
            power = program.rational[node.operands[-1]] if node.operation == "pow" else None
            if power is None or power.denominator != 1:
                positive.add(node.operands[0])
    return needed, positive


def hole(one: Enclosed, other: Enclosed, names: Sequence[str]) -> tuple[ExactPoint | None, bool]:
    """A point where the first is analytic and the second has no value, there and around it.

    And whether it is told: where there is no such point, all numbers were gone through but cells as
    narrow as a point.
    """
    shared = _Shared(one.expression, other.expression)
    number, left = count(), _MOST_CELLS
    queue: list[tuple[int, int, list[tuple[Fraction, Fraction]]]] = []
    heappush(queue, (0, next(number), [(Fraction(-1), Fraction(1))] * len(names)))
    while queue and left:
        depth, _, cell = heappop(queue)
        left -= 1
        here, there = shared(
            {n: _between(*map(_stretched, ends)) for n, ends in zip(names, cell, strict=True)}
        )
        if isinstance(there, Ball) or isinstance(here, NoValue):
            continue
        middles = [(low + high) / 2 for low, high in cell]
        if isinstance(there, NoValue):
            point = {n: _stretched(m) or Fraction(0) for n, m in zip(names, middles, strict=True)}
            if isinstance(one.at(point, _BITS), Ball) and other.ends_around(point):
                return point, True
        if depth < _DEEPEST * len(names):
            place = depth % len(names)
            (low, high), middle = cell[place], middles[place]
            for half in ((low, middle), (middle, high)):
                split = [*cell[:place], half, *cell[place + 1 :]]
                heappush(queue, (depth + 1, next(number), split))
    return None, not queue


def _stretched(t: Fraction) -> Fraction | None:
    """The numbers from -1 to 1 as all real numbers; None at the ends."""
    return None if abs(t) == 1 else t / (1 - abs(t))


def _between(low: Fraction | None, high: Fraction | None) -> Ball:
    """The ball of all numbers between two; without an end where that is None."""
    lower = fninf if low is None else ball.from_fraction(low, _BITS).lower
    return Ball(lower, finf if high is None else ball.from_fraction(high, _BITS).upper)
