"""First-order models: what shows that a function of several variables is differentiable as a whole.

A tangent says f(x + d) = value + slopes*d + O(|d|**order) for all small d that are not 0. With an
order above 1 that is differentiability. On a border no slopes are left but the order is: |x| is
O(|d|), so |x|*y is O(|d|**2) at 0. Nothing is said where this does not tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Any

from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.numbers import ONE, ZERO, Number
from diffcalc.truth.replay import Found, result
from diffcalc.truth.slopes import definition, regular, slope
from diffcalc.truth.values import COMPARED, Exactly, value_of

Order = Fraction | float
"""A rational number, or infinity where nothing is left out."""


@dataclass(frozen=True)
class Tangent:
    """A value, slopes by the number of the leaf, and the order of the remainder.

    It is `positive` where the function is known to be at least 0 nearby.
    """

    value: Number
    slopes: Mapping[int, Number] = field(default_factory=dict)
    order: Order = inf
    positive: bool = False

    @property
    def change(self) -> Order:
        """The order of f(x + d) - value."""
        return min(1, self.order) if self.slopes else self.order


class Open:
    """A comparison that holds at some points nearby and not at others."""

    def __init__(self, tangents: "Tangents") -> None:
        self._tangents = tangents

    def either(self, yes: Found[Tangent], no: Found[Tangent]) -> Tangent:
        """`where` on its border: one branch, with the difference of the other as a remainder."""
        return self._tangents.choose(yes, no)


class Tangents:
    """The algebra of tangents."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self._exactly = Exactly(constants)

    def number(self, value: Fraction | int) -> Tangent:
        """A rational number."""
        return Tangent(Number(rational=value), positive=value >= 0)

    def constant(self, name: str) -> Tangent:
        """The number pi or e."""
        return Tangent(self.constants.constant(name), positive=True)

    def leaf(self, index: int, value: Number) -> Tangent:
        """An element of a variable."""
        return Tangent(value, {index: ONE})

    def holds(self, condition: "Tangent | Open") -> bool:
        """Whether a comparison holds at every point nearby."""
        if isinstance(condition, Open):
            raise Undecided("where")
        return self.constants.sign(condition.value) != 0

    def choose(self, yes: Found[Tangent], no: Found[Tangent]) -> Tangent:
        """One of two branches, whichever that is."""
        if isinstance(yes, Exception):
            raise yes
        if isinstance(no, Exception):
            raise no
        found = self._either(yes, no)
        return Tangent(found.value, found.slopes, found.order, yes.positive and no.positive)

    def apply(self, operation: str, args: tuple[Any, ...]) -> "Tangent | Open":
        """An operation; raises `NoValue` or `Undecided`."""
        if any(isinstance(arg, Open) for arg in args):
            raise Undecided(operation)
        if operation in COMPARED:
            return self._compared(operation, *args)
        own: Callable[..., Tangent] | None = _OPERATIONS.get(operation)
        if own is not None:
            return own(self, *args)
        return self._analytic(operation, args)

    def _added(self, a: Tangent, b: Tangent) -> Tangent:
        return self._made(*self._sum(a, b), a.positive and b.positive)

    def _quotient(self, a: Tangent, b: Tangent) -> Tangent:
        if self.constants.sign(b.value) == 0:
            raise Undecided("div")
        return self._product(a, self._power(b, Fraction(-1)))

    def _raised(self, a: Tangent, b: Tangent) -> Tangent:
        exponent = b.value.rational
        if b.slopes or b.order != inf or exponent is None:
            return self._analytic("pow", (a, b))
        return self._power(a, Fraction(exponent))

    def _cube_root(self, a: Tangent) -> Tangent:
        if self.constants.sign(a.value):
            return self._analytic("cbrt", (a,))
        return self._made(ZERO, {}, a.change / 3, a.positive)

    def _distance(self, a: Tangent, b: Tangent) -> Tangent:
        if self.constants.sign(a.value) or self.constants.sign(b.value):
            return self._analytic("hypot", (a, b))
        return self._made(ZERO, {}, min(a.change, b.change), True)

    def _made(
        self, value: Number, slopes: Mapping[int, Number], order: Order, positive: bool = False
    ) -> Tangent:
        kept = {i: s for i, s in slopes.items() if s.rational != 0} if order > 1 else {}
        return Tangent(value, kept, order, positive)

    def _sum(self, a: Tangent, b: Tangent) -> tuple[Number, dict[int, Number], Order]:
        add = self.constants.add
        slopes = dict(a.slopes)
        for index, each in b.slopes.items():
            slopes[index] = add(slopes.get(index, ZERO), each)
        return add(a.value, b.value), slopes, min(a.order, b.order)

    def _scaled(self, a: Tangent, factor: Number) -> Tangent:
        mul = self.constants.mul
        slopes = {i: mul(s, factor) for i, s in a.slopes.items()}
        positive = a.positive and factor.rational is not None and factor.rational >= 0
        return self._made(mul(a.value, factor), slopes, a.order, positive)

    def _product(self, a: Tangent, b: Tangent) -> Tangent:
        c = self.constants
        slopes: dict[int, Number] = {}
        order: Order = a.change + b.change
        for one, other in ((a, b), (b, a)):
            if c.sign(one.value):
                order = min(order, other.order)
                for i, s in other.slopes.items():
                    slopes[i] = c.add(slopes.get(i, ZERO), c.mul(one.value, s))
        positive = a is b or (a.positive and b.positive)
        return self._made(c.mul(a.value, b.value), slopes, order, positive)

    def _absolute(self, a: Tangent) -> Tangent:
        side = self.constants.sign(a.value)
        if side == 0:
            return self._made(ZERO, {}, a.change, True)
        found = self._scaled(a, Number(rational=side))
        return Tangent(found.value, found.slopes, found.order, True)

    def _either(self, a: Tangent, b: Tangent) -> Tangent:
        """One of two with the same value: the first, up to their difference."""
        difference = self._made(*self._sum(a, self._scaled(b, Number(rational=-1))))
        if self.constants.sign(difference.value):
            raise Undecided("where")
        kept = {
            i: s for i, s in difference.slopes.items() if self.constants.sign(s)
        }  # fmt: skip
        order = min(a.order, difference.order, 1 if kept else inf)
        return self._made(a.value, a.slopes, order)

    def _largest(self, a: Tangent, b: Tangent) -> Tangent:
        side = self.constants.sign(self.constants.sub(a.value, b.value))
        found = self._either(a, b) if side == 0 else (a if side > 0 else b)
        return Tangent(found.value, found.slopes, found.order, a.positive or b.positive)

    def _smallest(self, a: Tangent, b: Tangent) -> Tangent:
        minus = Number(rational=-1)
        return self._scaled(self._largest(self._scaled(a, minus), self._scaled(b, minus)), minus)

    def _compared(self, operation: str, a: Tangent, b: Tangent) -> "Tangent | Open":
        side = self.constants.sign(self.constants.sub(a.value, b.value))
        still = not (a.slopes or b.slopes) and a.order == b.order == inf
        if side == 0 and not still:
            return Open(self)
        return self.number(COMPARED[operation](side))

    def _power(self, a: Tangent, exponent: Fraction) -> Tangent:
        c = self.constants
        whole = exponent.denominator == 1
        if exponent == 0:
            return self.number(1)
        side = c.sign(a.value)
        even = whole and exponent.numerator % 2 == 0
        if side == 0:
            if exponent < 0:
                raise Undecided("pow")
            if whole and exponent > 1:
                return self._made(ZERO, {}, a.change * exponent, even or a.positive)
            if whole:
                return a
            if not a.positive:
                raise Undecided("pow")
            return self._made(ZERO, {}, a.change * exponent, True)
        if side < 0 and not whole:
            raise NoValue("pow")
        rate = c.scaled(c.power(a.value, exponent - 1), exponent)
        found = self._composed(a, c.power(a.value, exponent), rate)
        return Tangent(found.value, found.slopes, found.order, even or side > 0)

    def _composed(self, a: Tangent, value: Number, rate: Number) -> Tangent:
        """An analytic function of a tangent, by its value and slope."""
        if not a.slopes and a.order == inf:
            return Tangent(value)
        order = 2 * a.change if self.constants.sign(rate) == 0 else min(a.order, 2 * a.change)
        if order <= 0:
            raise Undecided("bounded")
        slopes = {i: self.constants.mul(rate, s) for i, s in a.slopes.items()}
        return self._made(value, slopes if self.constants.sign(rate) else {}, order)

    def _analytic(self, operation: str, args: tuple[Tangent, ...]) -> Tangent:
        values = {name: arg.value for name, arg in zip("uvw", args, strict=False)}
        border = regular(operation)
        if border is None or self.constants.sign(value_of(self.constants, border, values)) > 0:
            found = Tangent(self._exactly.apply(operation, tuple(values.values())))
            for position, arg in enumerate(args):
                program = slope(operation, position)
                if arg.slopes or arg.order != inf:
                    rate = ZERO if program is None else value_of(self.constants, program, values)
                    part = self._composed(arg, ZERO, rate)
                    found = self._made(*self._sum(found, part))
            if len(args) > 1 and len([a for a in args if a.slopes or a.order != inf]) > 1:
                mixed = 2 * min(a.change for a in args)
                found = self._made(found.value, found.slopes, min(found.order, mixed))
            return found
        program = definition(operation)
        if program is None:
            raise Undecided(operation)
        again = result(program, dict(zip("uv", args, strict=False)), self)
        assert isinstance(again, Tangent), operation
        return again


_OPERATIONS: Mapping[str, Callable[..., Tangent]] = {
    "add": Tangents._added,
    "neg": lambda tangents, a: tangents._scaled(a, Number(rational=-1)),
    "mul": Tangents._product,
    "div": Tangents._quotient,
    "pow": Tangents._raised,
    "sqrt": lambda tangents, a: tangents._power(a, Fraction(1, 2)),
    "abs": Tangents._absolute,
    "max": Tangents._largest,
    "min": Tangents._smallest,
    "relu": lambda tangents, a: tangents._largest(a, tangents.number(0)),
    "cbrt": Tangents._cube_root,
    "hypot": Tangents._distance,
}
