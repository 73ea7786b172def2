"""A `Restriction`: the function along one element of one variable, everything else held still.

A partial derivative is the derivative of a function of one number. A `Restriction` is that
function, in float64 and in mpmath's precision, of a formula at a point: with vectors, the sum of
the outputs that this element moves, each weighted by the external gradient. Outputs it does not
move are left out, so that one of them being undefined spoils nothing else.

`Restriction` is of elementwise expressions, and evaluates only the outputs that move.
`ArrayRestriction` evaluates whole arrays, and a `Direction` moves all elements of an array at once.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import mpmath
import numpy as np

from diffcalc.base.errors import shortened
from diffcalc.base.numbers import MpNumber, Real, V
from diffcalc.base.types import FloatArray, Floats, MpNumbers, NumberArray, ObjectArray, Reals
from diffcalc.language.algebras import FLOAT, exact, is_given_up
from diffcalc.language.array_operations import ARRAYS, OPERATIONS, Moved
from diffcalc.language.expression import Expression
from diffcalc.language.nonsmooth import nonsmooth_operations
from diffcalc.language.operations import SUMS
from diffcalc.language.point import ONE, Point, Values
from diffcalc.language.shapes import Index, moves
from diffcalc.numerical.partial_evaluation import MovingPart

# log10(2).
_DIGITS_PER_BIT = 0.30103
# More digits than that take tenths of a second each time.
_MOST_DIGITS = 3000
# What vanishes in a few digits need not in more: tried in two sizes.
_MORE_DIGITS = (200, 1000)
# More digits than that take seconds.
_MOST_SATURATED = 10_000
# In bits: 1e-9 beside the point, where terms that are 0 at the point have a size.
_NEAR = 30
# In bits: with larger numbers, the longest steps of the definition, 1e-18, are no longer short
# beside the distance to the next integer.
_LARGEST_IN_LATTICE = 50
# Enough to tell the sizes of terms.
_FEW_DIGITS = 30
# A longer operation is not read in a sentence.
_LONGEST_TEXT = 1_000


class Met(NamedTuple):
    """An operation that was evaluated: its name, its operands' values and its own."""

    operation: str
    operands: list[MpNumbers]
    value: MpNumbers


def dynamic_range(expression: Expression, values: Mapping[str, MpNumbers]) -> int:
    """How many decimal digits lie between the terms of a sum, at most 3,000.

    A sum needs that many digits before its smaller term is seen at all: abs(x) + 1e300 needs 300.
    So does a periodic function, or floor, to find its place in a large argument.
    And what is left of 1 - tanh(300) is seen with 260.
    `values` are mpmath numbers near the point, not at it, where terms may be 0.
    """
    return enough_digits(lambda: _met(expression, values))


def _met(expression: Expression, values: Mapping[str, MpNumbers]) -> list[Met]:
    met = expression.replay(values, exact())
    return [
        Met(node.operation, [met[i] for i in node.operands], value)
        for node, value in zip(expression.nodes, met, strict=True)
        if node.operands
    ]


def enough_digits(replay: Callable[[], list[Met]]) -> int:
    """The same for these operations, which are evaluated again in more digits where it matters."""
    met, enough = _replayed_in_enough(replay)
    widest = 0
    for one in met:
        if OPERATIONS[one.operation].wide:
            numbers = _numbers(*one.operands, one.value)
            exponents = [_size(number) for number in numbers if mpmath.isfinite(number)]
            widest = max(widest, max(exponents, default=0) - min(exponents, default=0))
    return max(min(int(widest * _DIGITS_PER_BIT) + 1, _MOST_DIGITS), enough)


def _replayed_in_enough(replay: Callable[[], list[Met]]) -> tuple[list[Met], int]:
    """Every operation in so many digits that nothing vanishes that need not, and how many.

    What vanishes in any number of digits, as 1 - y does where y is 1, needs none of them.
    """
    met, enough = replay(), 0
    vanishing = _vanishing(met)
    for digits in sorted({*_MORE_DIGITS, _saturated(met)}):
        if not vanishing:
            break
        with mpmath.mp.workdps(max(digits, mpmath.mp.dps)):
            finer = replay()
        if _vanishing(finer) < vanishing:
            met, enough, vanishing = finer, digits, _vanishing(finer)
    return met, enough


def _numbers(*values: MpNumbers) -> Iterator[MpNumber]:
    for value in values:
        if isinstance(value, np.ndarray):
            yield from value.flat
        else:
            yield value


def _size(number: MpNumber) -> int:
    """The exponent of a number in bits; 0 has that of 1."""
    return mpmath.mag(number) if number else 0


def _saturated(met: Iterable[Met]) -> int:
    """How many digits tell the functions that come near a number, or near another, from it."""
    most = mpmath.mpf(0)
    for one in met:
        power, factor = OPERATIONS[one.operation].tail or (1, 0)
        for number in _numbers(*one.operands) if factor else ():
            if mpmath.isfinite(number):
                most = max(most, factor * abs(number) ** power)
    return int(min(most / mpmath.ln10 + mpmath.mp.dps, _MOST_SATURATED))


def _vanishing(met: Iterable[Met]) -> int:
    """How many sums are 0, and how many results nan, though their operands are neither."""
    count = 0
    for one in met:
        if isinstance(one.value, mpmath.mpf) and one.value and one.value == one.value:
            continue
        operands = [np.asarray(operand, dtype=object) for operand in one.operands]
        result = np.asarray(one.value, dtype=object)
        if one.operation in SUMS:
            count += int(np.count_nonzero((result == 0) & (operands[0] != 0)))
        # nan is not equal to itself.
        if all(np.all(o == o) for o in operands):  # noqa: PLR0124
            count += int(np.count_nonzero(result != result))  # noqa: PLR0124
    return count


class Restriction:
    """An elementwise expression as a function of `point[name][index]` alone.

    With `across`, the name and index of a second element, also as a function of both: of the
    outputs that both move.
    """

    def __init__(
        self,
        expression: Expression,
        point: Point,
        name: str,
        index: tuple[int, ...] = (),
        gradient: Values | None = None,
        across: tuple[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.expression = expression
        self.name = name
        self.index = index
        self.across = across
        self._point = point
        self._shapes = {n: point[n].shape for n in expression.variables}
        moved = self._moved_by(name, index)
        self._shape = moved.shape
        gradient = gradient or ONE
        weights = np.broadcast_to(gradient.floats, self._shape)
        self._moved = moved & (weights != 0)
        if across is not None:
            self._moved = self._moved & self._moved_by(*across)
        self.weights = weights[self._moved]
        self._constant_weights = np.broadcast_to(gradient.constants, self._shape)[self._moved]
        self._floats = {n: self._restrict(point[n].floats) for n in expression.variables}
        # What most lines are: one output, of which nothing is to be added up.
        self._alone = gradient is ONE and len(self.weights) == 1
        self._part = MovingPart(expression, self._moving_names())
        with np.errstate(all="ignore"):
            self._float_rest = self._part.at_rest(self._floats, FLOAT)
        # By mpmath's working precision: the values of all variables, and what does not move.
        self._exact: dict[int, dict[str, MpNumbers]] = {}
        self._exact_rest: dict[int, list[MpNumbers | None]] = {}

    def _moving_names(self) -> list[str]:
        return [self.name, *([] if self.across is None else [self.across[0]])]

    def _moved_by(self, name: str, index: Index) -> Moved:
        """Which elements of the expression's value this one moves."""
        if self.expression.elementwise and not any(self._shapes.values()):
            return np.array(self.expression.depending_on(name)[-1])
        return moves(self.expression, self._shapes, name, index)[-1]

    def _restrict(self, array: NumberArray) -> Any:
        """Those of a variable's values that belong to the outputs that move."""
        if not self._shape:
            return array[()]
        restricted = np.broadcast_to(array, self._shape)[self._moved]
        return restricted[0] if len(restricted) == 1 else restricted

    def _put(self, values: dict[str, Any], name: str, index: tuple[int, ...], t: Any) -> None:
        """Makes the moved element of these values t."""
        values[name] = t

    def _outputs(self, value: V) -> V:
        """Those outputs of the expression's value that move."""
        return value

    @property
    def x(self) -> float:
        """The value of the element in float64."""
        return float(self._point[self.name].floats[self.index])

    @property
    def x_across(self) -> float:
        """The value of the element `across` in float64."""
        assert self.across is not None
        name, index = self.across
        return float(self._point[name].floats[index])

    def value(self, t: float, s: float | None = None) -> float:
        """The function at t, in float64; nan or infinity outside the domain.

        `s` is the value of the element `across`.
        """
        values = self._moved_to(self._floats, np.float64(t), None if s is None else np.float64(s))
        with np.errstate(all="ignore"):
            outputs = self._outputs(self._rough(values))
            alone = self._alone and np.ndim(outputs) == 0
            return float(outputs if alone else np.sum(self.weights * outputs))

    def _rough(self, values: Mapping[str, Floats]) -> Floats:
        """The value of the expression in float64."""
        return self._part(values, FLOAT, self._float_rest)

    def _moved_to(self, values: Mapping[str, V], t: V, s: V | None = None) -> dict[str, V]:
        """These values of all variables, but for the element that is t, and the one `across`, s."""
        moved = dict(values)
        self._put(moved, self.name, self.index, t)
        if s is not None and self.across is not None:
            self._put(moved, *self.across, s)
        return moved

    def at(self) -> MpNumber:
        """The element's exact value, as an mpmath number at mpmath's working precision."""
        constant: Expression = self._point[self.name].constants[self.index]
        return constant(exact())

    def exactly(self, t: MpNumber) -> MpNumber:
        """The function at the mpmath number t; nan where it has no real value."""
        return self._total(self._outputs(self._replayed(self.exact_values(t))))

    def _replayed(self, values: Mapping[str, MpNumbers]) -> MpNumbers:
        rest = self._exact_rest.get(mpmath.mp.prec)
        if rest is None:
            # In this precision the values at the point are those of all that does not move.
            rest = self._part.at_rest(self.exact_values(self.at()), exact())
            self._exact_rest[mpmath.mp.prec] = rest
        return self._part(values, exact(), rest)

    def exact_values(self, t: MpNumber) -> dict[str, MpNumbers]:
        """The values of all variables at mpmath's working precision, this one's element being t."""
        values = self._exact.get(mpmath.mp.prec)
        if values is None:
            values = self._exact[mpmath.mp.prec] = {
                n: self._restrict(self._point[n].exactly()) for n in self.expression.variables
            }
        return self._moved_to(values, t)

    @property
    def float_values(self) -> Mapping[str, Floats]:
        """The values of all variables in float64, as far as the outputs that move need them."""
        return self._floats

    def along(self, derivative: Reals) -> float:
        """The derivative of this function from what the rules give at `float_values`."""
        with np.errstate(all="ignore"):
            return float(np.sum(self.weights * derivative))

    def along_exactly(self, derivative: Reals) -> Real:
        """The same in mpmath's precision."""
        return self._total(derivative)

    def _total(self, outputs: Reals) -> MpNumber:
        """The sum of the outputs that move, each weighted by the external gradient."""
        total: MpNumber = mpmath.mpf(0)
        if self._alone and isinstance(outputs, mpmath.mpf):
            alone: MpNumber = outputs
            return alone
        values: ObjectArray = np.broadcast_to(np.asarray(outputs), self.weights.shape)
        for weight, one in zip(self.exact_weights(), values, strict=True):
            total += weight * one
        return total

    def exact_weights(self) -> ObjectArray:
        """The external gradient of the outputs that move, as mpmath numbers."""
        return np.array([weight(exact()) for weight in self._constant_weights], dtype=object)

    def cotangent(self, shape: tuple[int, ...]) -> ObjectArray:
        """The external gradient in the shape of what the expression gives, as mpmath numbers."""
        return self.exact_weights().reshape(shape)

    @cached_property
    def spread(self) -> int:
        """How many digits lie between the terms of a sum near the point."""
        with mpmath.mp.workdps(_FEW_DIGITS):
            return self.dynamic_range(self.at())

    def dynamic_range(self, at: MpNumber) -> int:
        """How many digits lie between the terms of a sum near the mpmath number `at`."""
        near = at + mpmath.ldexp(max(mpmath.mpf(1), abs(at)), -_NEAR)
        return enough_digits(lambda: _met(self.expression, self.exact_values(near)))

    def at_corners(self) -> list[str]:
        """The operations that are at a corner or a jump of their own here: abs(u) where u is 0."""
        values = self.exact_values(self.at())
        found = nonsmooth_operations(self.expression, self._moving_names(), values)
        return [self._text(index) for index in dict.fromkeys(found)]

    def first_undefined(self) -> str | None:
        """The first operation that has no real value at the point, as text: log(p)[0]."""
        met = self.expression.replay(self.exact_values(self.at()), exact())
        for node, value in enumerate(met):
            for index, one in np.ndenumerate(np.asarray(value, dtype=object)):
                if mpmath.isnan(one):
                    return self._text(node) + self._index_text(index)
        return None

    def is_given_up(self) -> bool:
        """Whether steps tell nothing of f only because a number on the way is too large.

        It has no value, or digits that are not known are all that matters, or floor goes past
        many integers at each step, which looks like a slope.
        """
        for one in _met(self.expression, self.exact_values(self.at())):
            if any(mpmath.isnan(number) for number in _numbers(one.value)):
                return any(is_given_up(one.operation, n) for n in _numbers(one.operands[-1]))
            row = OPERATIONS[one.operation]
            most = _LARGEST_IN_LATTICE if row.lattice else _MOST_DIGITS / _DIGITS_PER_BIT
            if row.wide and any(_size(number) > most for number in _numbers(*one.operands)):
                return True
        return False

    def _text(self, node: int) -> str:
        return shortened(self.expression.render(node), _LONGEST_TEXT)

    def _index_text(self, index: tuple[int, ...]) -> str:
        """Which element of a node is meant; of an elementwise one the place says so already."""
        return ""


class ArrayRestriction(Restriction):
    """Any expression as a function of one element: operations on arrays need all of them."""

    def _restrict(self, array: NumberArray) -> Any:
        return array

    def _put(self, values: dict[str, Any], name: str, index: tuple[int, ...], t: Any) -> None:
        if name in values:
            values[name] = np.array(values[name])
            values[name][index] = t

    def _outputs(self, value: V) -> V:
        moved: V = np.asarray(value)[self._moved]
        return moved

    def cotangent(self, shape: tuple[int, ...]) -> ObjectArray:
        """The external gradient in the shape of what the expression gives, as mpmath numbers."""
        found = np.full(shape, mpmath.mpf(0), dtype=object)
        found[self._moved] = self.exact_weights()
        return found

    def _index_text(self, index: tuple[int, ...]) -> str:
        return "".join(f"[{i}]" for i in index)

    def along(self, derivative: Reals) -> float:
        """The derivative of this function from the gradient at `float_values`."""
        return float(self.along_exactly(derivative))

    def along_exactly(self, derivative: Reals) -> Real:
        """The same in mpmath's precision."""
        whole = np.broadcast_to(np.asarray(derivative), self._point[self.name].shape)
        found: Real = whole[self.index]
        return found


class Direction(ArrayRestriction):
    """An expression as a function of t, all elements of some variables being x + t*v.

    `directions` has v for each, float64 numbers in the variable's shape; where they are several,
    they are single numbers.
    """

    def __init__(
        self,
        expression: Expression,
        point: Point,
        directions: Mapping[str, FloatArray],
        gradient: Values | None = None,
    ) -> None:
        self._directions = directions
        exactly = np.frompyfunc(mpmath.mpf, 1, 1)
        self._exact_directions = {name: exactly(v) for name, v in directions.items()}
        super().__init__(expression, point, next(iter(directions)), (), gradient)

    def _moving_names(self) -> list[str]:
        return list(self._directions)

    def _moved_by(self, name: str, index: Index) -> Moved:
        if len(self._directions) == 1:
            return super()._moved_by(name, ...)
        return np.array(self.expression.depending_on(*self._directions)[-1])

    def _put(self, values: dict[str, Any], name: str, index: tuple[int, ...], t: Any) -> None:
        exactly = isinstance(t, mpmath.mpf)
        for one, v in (self._exact_directions if exactly else self._directions).items():
            values[one] = values[one] + t * v

    @property
    def x(self) -> float:
        """Where on the line the point is: at 0."""
        return 0.0

    def at(self) -> MpNumber:
        """The same as an mpmath number."""
        zero: MpNumber = mpmath.mpf(0)
        return zero

    def along_exactly(self, derivative: Reals) -> Real:
        """The slope in this direction from the gradient, in float64 or mpmath's precision."""
        return self.slope({self.name: derivative})

    def slope(self, gradients: Mapping[str, Reals]) -> Real:
        """The same from the gradients in all variables that move."""
        return sum(np.sum(np.asarray(gradients[n]) * v) for n, v in self._directions.items())


def restriction_along(
    expression: Expression,
    point: Point,
    name: str,
    index: tuple[int, ...] = (),
    gradient: Values | None = None,
    across: tuple[str, tuple[int, ...]] | None = None,
) -> Restriction:
    """The expression along one element: what is elementwise needs no whole arrays."""
    kind = Restriction if expression.elementwise else ArrayRestriction
    return kind(expression, point, name, index, gradient, across)


def work_along(expression: Expression, point: Point, name: str) -> int:
    """About how many functions of single numbers one value along an element of `name` takes.

    A product of a matrix takes a third of one, a term of a sum a twentieth.
    """
    shapes = {variable: point[variable].shape for variable in expression.variables}
    if name not in shapes:
        # One of several functions may lack a variable of the others.
        return 0
    masks = moves(expression, shapes, name, (0,) * len(shapes[name]))
    total = 0.0
    for node, moved in zip(expression.nodes, masks, strict=True):
        if moved.any() and node.operation in ARRAYS:
            sizes = [masks[i].size for i in node.operands]
            # Each element of a matrix product sums as many products as the operands share.
            shared = math.isqrt(math.prod(sizes) // moved.size) if len(sizes) == 2 else 0
            total += max(moved.size * shared / 3, *[size / 20 for size in sizes])
        elif moved.any():
            total += np.count_nonzero(moved)
    return math.ceil(total)
