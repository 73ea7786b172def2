"""The function beside the point: its exact value there, and its series on either side.

Elements of variables move along a path, all others stand still. What stands still is computed at
the point once. Outputs are added up without their constant terms, which cancel in a quotient.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from diffcalc.base.numbers import V
from diffcalc.language.expression import Expression
from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.findings import Path
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import Monomial
from diffcalc.truth.numbers import ZERO, Number
from diffcalc.truth.program import Program
from diffcalc.truth.replay import Found, step
from diffcalc.truth.series import Series
from diffcalc.truth.sweep import backward, forward
from diffcalc.truth.tangents import Open, Tangent, Tangents
from diffcalc.truth.values import Exactly, value_of

Terms = Sequence[tuple[Number, int]]
"""Nodes, each with its weight in a sum."""


class Beside:
    """A program at a point, as elements of variables move along a path.

    `leaf` gives the constant that an element is, `seeds` the weight of each output, and `is_open`
    says of a node whether it is not known to have a value. With `closed`, what stands still though
    it does not look so, as tan(x)*cos(x) - sin(x), is found by its closed form.
    """

    def __init__(
        self,
        program: Program,
        path: Path,
        germs: Germs,
        leaf: Callable[[int], Expression],
        seeds: Callable[[Exactly, Sequence[int]], Mapping[int, Found[Number]]],
        is_open: Callable[[int], bool],
        *,
        closed: bool = False,
    ) -> None:
        self._program = program
        self._constant_of = leaf
        self._seeds = seeds
        self._is_open = is_open
        self._closed = closed
        self._path = {self._program.place[leaf]: each for leaf, each in path.items()}
        self._moving = self._program.depending_on(*self._path)
        self.germs = germs
        self._constants: Constants = germs.constants
        self._exact: dict[int, Found[Number]] = {}
        self._exactly = Exactly(self._constants)

    # -- at the point ------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> tuple[Terms, Terms]:
        """The outputs that move as a sum: its terms that move, and those that do not.

        The latter have no part in a quotient.
        """
        moving: dict[int, Number] = {}
        still: dict[int, Number] = {}
        seeds = self._seeds(self._exactly, self._moving)
        stack = [(_known(weight), index) for index, weight in seeds.items()]
        while stack:
            weight, index = stack.pop()
            node = self._program.nodes[index]
            operands = node.operands
            if not self._moving[index]:
                still[index] = self._constants.add(still.get(index, ZERO), weight)
                continue
            match node.operation:
                case "add" | "total":
                    stack += [(weight, i) for i in operands]
                case "sub":
                    minus = self._constants.neg(weight)
                    stack += [(weight, operands[0]), (minus, operands[1])]
                case "neg":
                    stack.append((self._constants.neg(weight), operands[0]))
                case "div" if self._program.rational[operands[1]]:
                    by = Number(rational=self._program.rational[operands[1]])
                    stack.append((self._constants.div(weight, by), operands[0]))
                case _:
                    old = moving.get(index, ZERO)
                    moving[index] = self._constants.add(old, weight)
        return [(w, i) for i, w in moving.items()], [(w, i) for i, w in still.items()]

    @cached_property
    def terms(self) -> Terms:
        """The terms that move."""
        return self._parts[0]

    def restricted(self, leaf: int) -> "Beside":
        """The same of those terms alone that this leaf is in as well."""
        inside = self._program.depending_on(leaf)
        self.terms = [(weight, index) for weight, index in self.terms if inside[index]]
        return self

    @property
    def still(self) -> Number:
        """The sum of those that do not."""
        found = None if self._is_outside else self._sum(self._parts[1])
        return ZERO if found is None else found

    @cached_property
    def _is_outside(self) -> bool:
        """Whether a term that does not move has no value."""
        found = [self._at_point(index) for _, index in self._parts[1] if self._is_open(index)]
        if any(isinstance(each, NoValue) for each in found):
            return True
        for each in found:
            _known(each)
        return False

    def _sum(self, terms: Terms) -> Number | None:
        """A sum of terms at the point; None where one has no value."""
        found = [self._at_point(index) for _, index in terms]
        if any(isinstance(each, NoValue) for each in found):
            return None
        total = ZERO
        for (weight, _), each in zip(terms, found, strict=True):
            total = self._constants.add(total, self._constants.mul(weight, _known(each)))
        return total

    @cached_property
    def value(self) -> Number | None:
        """The terms that move, at the point; None where the function has no value."""
        return None if self._is_outside else self._sum(self.terms)

    def _at_point(self, index: int) -> Found[Number]:
        """A node's value at the point, exactly; what stands in the place of one that has none."""
        stack = [index]
        nodes, exact = self._program.nodes, self._exact
        while stack:
            at = stack[-1]
            if at in exact:
                stack.pop()
                continue
            node = nodes[at]
            missing = [i for i in node.operands if i not in exact]
            if missing:
                stack += reversed(missing)
                continue
            stack.pop()
            if at in self._program.leaves:
                exact[at] = self._constant(self._constant_of(at))
            elif isinstance(node.content, Fraction):
                exact[at] = Number(rational=node.content)
            elif node.content is not None:
                exact[at] = self._exactly.constant(node.content)
            else:
                args = tuple([exact[i] for i in node.operands])
                exact[at] = step(self._exactly, node.operation, args)
        return exact[index]

    def _constant(self, constant: Expression) -> Found[Number]:
        try:
            return value_of(self._constants, constant, {})
        except (NoValue, Undecided) as problem:
            return problem

    # -- on either side ----------------------------------------------------------------------------

    @cached_property
    def _needed(self) -> list[int]:
        """The moving nodes that the terms are made of, in order."""
        needed: set[int] = set()
        stack = [index for _, index in self.terms]
        while stack:
            index = stack.pop()
            if self._moving[index] and index not in needed:
                needed.add(index)
                stack += self._program.nodes[index].operands
        return sorted(needed)

    def _nodes_beside(self, side: int) -> dict[int, Found[Series]]:
        """The series of each moving node on one side."""
        germs = self.germs
        found: dict[int, Found[Series]] = {}
        forms = self._forms(side) if self._closed else {}

        def of(index: int) -> Found[Series]:
            if self._moving[index]:
                return found[index]
            value = self._at_point(index)
            return value if isinstance(value, Exception) else germs.of(value)

        for index in self._needed:
            node = self._program.nodes[index]
            if index in self._path:
                found[index] = self._moved(index, side)
            elif isinstance(form := forms.get(index), Number) and not form.moving:
                found[index] = germs.of(form)
            else:
                found[index] = step(germs, node.operation, tuple([of(i) for i in node.operands]))
        return found

    def _forms(self, side: int) -> dict[int, Found[Number]]:
        """Each moving node in closed form, by an infinitesimal h: some turn out to stand still."""
        h = self._constants.infinitesimal()
        found: dict[int, Found[Number]] = {}
        for index in self._needed:
            node = self._program.nodes[index]
            if index in self._path:
                weight, power = self._path[index]
                moved = self._constants.scaled(
                    self._constants.power(h, power), weight * side**power
                )
                found[index] = self._constants.add(self._start(index), moved)
            else:
                args = [found[i] if i in found else self._at_point(i) for i in node.operands]
                found[index] = step(self._exactly, node.operation, tuple(args))
        return found

    def _start(self, index: int) -> Number:
        return _known(self._at_point(index))

    def _moved(self, index: int, side: int) -> Series:
        """An element of a variable on one side: its value and weight*(side*h)**power."""
        weight, power = self._path[index]
        change = self.germs.of(Number(rational=weight * side**power), Monomial((-power,)))
        return self.germs.add(self.germs.of(self._start(index)), change)

    def series(self, side: int) -> Series | None:
        """The terms that move, on one side; None where the function is outside its domain."""
        if self._is_outside:
            return None
        germs = self.germs
        nodes = self._nodes_beside(side)
        total = germs.number(0)
        found = [nodes[index] for _, index in self.terms]
        if any(isinstance(each, NoValue) for each in found):
            return None
        for (weight, _), each in zip(self.terms, found, strict=True):
            total = germs.add(total, germs.scale(_known(each), weight))
        return total

    def slope(self, other: int, side: int) -> Series:
        """The derivative in another leaf, on one side."""
        germs = self.germs
        leaves: dict[int, Series] = {}
        for index in self._program.leaves:
            leaves[index] = germs.of(self._start(index))
        for index in self._path:
            leaves[index] = self._moved(index, side)
        values = forward(self._program, leaves, germs)
        seeds = {index: germs.of(weight) for weight, index in self.terms}
        moving = self._program.depending_on(other)
        found = backward(self._program, values, seeds, germs, moving)[other]
        if found is None:
            return germs.number(0)
        if isinstance(found, Exception):
            raise Undecided("border")
        series: Series = found
        return series

    def tangent(self) -> Tangent:
        """The first-order model of the function in all elements that move together."""
        algebra = Tangents(self._constants)
        values: dict[int, Found[Tangent | Open]] = {}
        for index, node in enumerate(self._program.nodes):
            if index in self._path:
                values[index] = algebra.leaf(index, self._start(index))
            elif not self._moving[index]:
                found = self._at_point(index)
                values[index] = found if isinstance(found, Exception) else Tangent(found)
            else:
                args = tuple([values[i] for i in node.operands])
                values[index] = step(algebra, node.operation, args)
        total: Tangent | Open = algebra.number(0)
        for weight, index in self.terms:
            part = algebra.apply("mul", (Tangent(weight), _known(values[index])))
            total = algebra.apply("add", (total, part))
        assert isinstance(total, Tangent)
        if self.value is None or self._constants.sign(self._constants.sub(total.value, self.value)):
            raise Undecided("value")
        return total


def _known(value: Found[V]) -> V:
    """A value; raises what stands in its place."""
    if isinstance(value, Exception):
        raise value
    return value
