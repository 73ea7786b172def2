"""A line through a long expression: a number made of numbers by many operations.

It is what a `Restriction` is, along one variable or along all of many at once, but each value takes
only the operations that move (see `partial_evaluation.py`).
"""

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np

from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.array_operations import Moved
from diffcalc.language.expression import Expression
from diffcalc.language.nonsmooth import nonsmooth_operations
from diffcalc.language.point import Point, Values
from diffcalc.numerical.partial_evaluation import Met, MovingPart
from diffcalc.numerical.restriction import Restriction, enough_digits

_LONG = 300
_MOVES, _STANDS = np.array(True), np.array(False)
_SLOW = 10_000
# What is constant is evaluated in more bits than are asked for at first: more soon will be.
_MORE_BITS = 2


def are_numbers(expression: Expression, point: Point) -> bool:
    """Whether all variables, and what is computed of them, are single numbers."""
    return expression.elementwise and not any(point[n].shape for n in expression.variables)


def is_long(expression: Expression, point: Point) -> bool:
    """Whether it is worth what a `LongRestriction` takes to be made."""
    return len(expression.nodes) >= _LONG and are_numbers(expression, point)


def value_of(expression: Expression, point: Point, digits: int) -> Any:
    """The value of a long expression of numbers, evaluated in twice so many digits and more."""
    part = MovingPart(expression, (), flat=True)

    def replay() -> list[Met]:
        values = {name: point[name].exactly()[()] for name in expression.variables}
        return list(part.met({}, exact(), part.at_rest(values, exact())))

    with mpmath.mp.workdps(digits):
        enough = 2 * digits + enough_digits(replay)
    with mpmath.mp.workdps(enough):
        return replay()[-1].value


class LongRestriction(Restriction):
    """An expression as a function of the variable `name`; with a `vector`, of t along that.

    A vector has a number v for each variable that moves, which is then x + t*v.
    """

    def __init__(
        self,
        expression: Expression,
        point: Point,
        name: str,
        gradient: Values | None = None,
        vector: Mapping[str, float] | None = None,
    ) -> None:
        self.vector = vector
        self._moving = [name] if vector is None else list(vector)
        super().__init__(expression, point, name, (), gradient)
        # In float64 as it was typed, since the order of a sum changes its round-off.
        self._as_typed = MovingPart(expression, self._moving, flat=False)
        with np.errstate(all="ignore"):
            self._rough_rest = self._as_typed.at_rest(self.float_values, FLOAT)
        self._flat = MovingPart(expression, self._moving, flat=True)
        self._exact_rest: list[Any] = []
        self._bits = 0

    @property
    def is_slow(self) -> bool:
        """Whether one value takes a tenth of a second or so."""
        return self._flat.size > _SLOW

    def _moved_by(self, name: str, index: Any) -> list[Moved]:
        return [_MOVES if m else _STANDS for m in self.expression.depending_on(*self._moving)]

    def _put(self, values: dict[str, Any], name: str, index: tuple[int, ...], t: Any) -> None:
        if self.vector is None:
            values[name] = t
            return
        for one, v in self.vector.items():
            values[one] = values[one] + t * v

    @property
    def x(self) -> float:
        """The value of the variable in float64; 0 along a vector."""
        return super().x if self.vector is None else 0.0

    def at(self) -> Any:
        """The same, exactly."""
        return super().at() if self.vector is None else mpmath.mpf(0)

    def _rough(self, values: Mapping[str, Any]) -> Any:
        return self._as_typed(values, FLOAT, self._rough_rest)

    def _replayed(self, values: Mapping[str, Any]) -> Any:
        return self._flat(values, exact(), self._standing())

    def _standing(self) -> list[Any]:
        if mpmath.mp.prec > self._bits:
            self._bits = _MORE_BITS * mpmath.mp.prec
            with mpmath.mp.workprec(self._bits):
                values = self.exact_values(self.at())
                self._exact_rest = self._flat.at_rest(values, exact())
        return self._exact_rest

    def _met(self, values: Mapping[str, Any]) -> list[Met]:
        return list(self._flat.met(values, exact(), self._standing()))

    def at_corners(self) -> list[str]:
        """The operations that are at a corner or a jump of their own here."""
        values = self.exact_values(self.at())
        found = nonsmooth_operations(self.expression, self._moving, values)
        return [self._text(index) for index in found]

    def slope(self, gradients: Mapping[str, Any]) -> Any:
        """The slope along the vector from the derivatives in its variables."""
        assert self.vector is not None
        return sum(gradients[name] * v for name, v in self.vector.items())
