"""A formula is checked against what it is the gradient of, before anyone sees it.

At a few points, the central difference of sum(seed*f) along a direction must be sum(G*direction).
In 50 digits it shows the first 20 of the slope; where arrays are large, in float64, the first 5.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import Algebra, MpNumber, Real
from diffcalc.base.types import FloatArray, Floats, NumberArray
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Expression
from diffcalc.language.shapes import moves

# Values of either sign, in (0, 1) for logarithms and probabilities, and above 1 for acosh.
_RANGES = ((-0.9, 0.9), (0.1, 0.9), (1.1, 2.9))
# A wrong formula would have to fit at two unrelated points; each takes two values of f.
_ENOUGH = 2
# A step of 2**-50 leaves an error of 1e-30, and round-off over the step leaves 35 of these digits:
# more than the 20 that are compared.
_DIGITS = 50
_QUICK = 3_000
"""How many operations mpmath may take for one value of f."""
Given = NumberArray | int
"""The value of a variable: an array of numbers, or the size of one."""


@dataclass(frozen=True, slots=True)
class Precision:
    """The numbers to check with: the step of the difference, and which error is none."""

    algebra: Algebra[Floats | MpNumber]
    step: float
    relative: float
    absolute: float


@dataclass(frozen=True, slots=True)
class Claim:
    """That `gradient` is the gradient in `variable` of the sum of seed*`expression`.

    `shapes` has those of all variables and of the seed; `work` says how many operations f takes.
    `sizes` are variables that stand for the size of others, and have no value but that.
    """

    expression: Expression
    variable: str
    shapes: Mapping[str, tuple[int, ...]]
    seed: str | None
    work: int
    sizes: Mapping[str, int]


def holds(claim: Claim, gradient: Expression) -> bool:
    """Whether it does at every point tried; so it does where f has no value at any of them."""
    large = claim.work > _QUICK
    if not large and not _fits(claim, gradient):
        return False
    # Powers of two: no step is rounded.
    fine = Precision(exact(), 2.0**-50, 1e-20, 1e-25)
    column = Precision(FLOAT, 2.0**-17, 1e-5, 1e-8) if large else fine
    with mpmath.mp.workdps(_DIGITS), np.errstate(all="ignore"):
        tried = 0
        for values in _points(claim.shapes):
            found = _holds_at(claim, gradient, column, {**values, **claim.sizes})
            if found is False:
                return False
            tried += found is not None
            if tried == _ENOUGH:
                break
    return True


def _fits(claim: Claim, gradient: Expression) -> bool:
    """Whether the gradient has a value, of a shape that broadcasts to that of the variable."""
    shape = claim.shapes[claim.variable]
    try:
        return np.broadcast_shapes(moves(gradient, claim.shapes)[-1].shape, shape) == shape
    except (PointError, ValueError):
        return False


def same(claim: Claim, left: Sequence[Expression], right: Expression) -> bool:
    """Whether the matrix product of `left` has the value of `right`, in float64."""
    with np.errstate(all="ignore"):
        for point in _points(claim.shapes):
            values: dict[str, Given] = {**point, **claim.sizes}
            product = [_value(e, FLOAT, values) for e in left]
            found, wanted = product[0] @ product[1], _value(right, FLOAT, values)
            if not np.all(np.isfinite(wanted)):
                continue
            if not np.allclose(found, wanted, rtol=1e-9, atol=1e-12):
                return False
    return True


def _points(shapes: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, FloatArray]]:
    """The same points every time."""
    for number, (low, high) in enumerate(_RANGES):
        random = np.random.default_rng(number)
        yield {name: random.uniform(low, high, shape) for name, shape in shapes.items()}


def _holds_at(
    claim: Claim, gradient: Expression, column: Precision, values: Mapping[str, Given]
) -> bool | None:
    """None where f has no value, or none that is large enough to be told from its round-off."""
    if column.algebra is not FLOAT:
        values = {name: np.vectorize(mpmath.mpf, otypes=[object])(v) for name, v in values.items()}
    direction = np.cos(np.arange(1.0, 1 + math.prod(claim.shapes[claim.variable])))
    direction = direction.reshape(claim.shapes[claim.variable])
    high, low = (_along(claim, column, values, direction * s) for s in (1, -1))
    quotient = (high - low) / (2 * column.step)
    if not mpmath.isfinite(quotient):
        return None
    parts = np.ravel(_value(gradient, column.algebra, values) * direction)
    error = abs(sum(parts) - quotient)
    size = abs(quotient) + sum(map(abs, parts))
    return bool(error <= column.relative * size + column.absolute * (1 + abs(high)))


def _along(
    claim: Claim, column: Precision, values: Mapping[str, Given], direction: FloatArray
) -> Real:
    """The sum of seed*f, a step along the direction."""
    x = values[claim.variable] + column.step * direction
    value = _value(claim.expression, column.algebra, {**values, claim.variable: x})
    total: Real = np.sum(value if claim.seed is None else value * values[claim.seed])
    return total


def _value(
    expression: Expression, algebra: Algebra[Floats | MpNumber], values: Mapping[str, Given]
) -> Any:
    return expression(algebra, **{name: values[name] for name in expression.variables})
