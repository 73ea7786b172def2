"""The objective of a descent: an expression as a function of one flat vector.

The vector holds the elements of all variables that move, one variable after the other. The gradient
is autograd's, and so is the Hessian, whose rows are the gradients of the gradient's elements.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from diffcalc import autograd
from diffcalc.base.errors import PointError
from diffcalc.base.types import FloatArray
from diffcalc.language.array_operations import shape_text
from diffcalc.language.expression import Expression
from diffcalc.language.nonsmooth import switching_functions
from diffcalc.language.point import Point, check_given, check_names, check_once, values_of
from diffcalc.language.shapes import Shape, moves

if TYPE_CHECKING:
    from diffcalc.truth.region import Region

Arrays = Mapping[str, FloatArray]
# Elements of an array in a sentence: more would fill the line and help nobody.
_SHOWN = 4
# How many digits the middle of a box has beyond those of its radius.
_BOX_DIGITS = 4
# Numbers in a forward pass: beyond, a sweep of enclosures takes more than some seconds.
_MOST_ENCLOSED = 20_000
# Beside a place where it touches 0, a switching function is at least so many times larger.
_TOUCHES = 1e-3
NEAR = 1e-6
"""What is this near, for its size, is taken to be at the same place."""


@dataclass(frozen=True, slots=True)
class Iterate:
    """One point of a descent: f and its gradient there, nan or infinite where they have no value.

    `x` and `slopes` are flat vectors; `at` and `gradient` are the same by variable.
    """

    number: int
    x: FloatArray
    value: float
    slopes: FloatArray
    shapes: Mapping[str, Shape]

    @property
    def at(self) -> dict[str, FloatArray]:
        """The values of the variables, each in its own shape."""
        return _split(self.x, self.shapes)

    @property
    def gradient(self) -> dict[str, FloatArray]:
        """The derivatives of f in each variable, in its shape."""
        return _split(self.slopes, self.shapes)

    def place_text(self, x: FloatArray) -> str:
        """Where a flat vector is, by variable: `x = 1, w = [0, 2]`; few digits of few elements."""
        return ", ".join(
            f"{name} = {_brief(array)}" for name, array in _split(x, self.shapes).items()
        )

    def box_text(self, middle: FloatArray, radius: FloatArray) -> str:
        """The same, with how far each element may be from there, in the digits that takes."""
        with np.errstate(divide="ignore"):
            digits = _BOX_DIGITS + np.max(np.log10(np.abs(middle) / radius), initial=0)
        middles, radii = _split(middle, self.shapes), _split(radius, self.shapes)
        return ", ".join(
            f"{name} = {_brief(array, min(int(digits), 17))} ± {_brief(radii[name], 2)}"
            for name, array in middles.items()
        )

    @property
    def steepest(self) -> float:
        """The largest modulus among the gradient's elements."""
        return float(np.max(np.abs(self.slopes)))

    @property
    def finite(self) -> bool:
        """Whether the variables, f and all its derivatives have finite values."""
        return math.isfinite(self.value) and bool(np.isfinite([self.x, self.slopes]).all())


class Objective:
    """`expression` as a function of the variables in `start`; those in `fixed` are constant.

    What was `typed` of these is kept as it was; others are the decimals that their float64s are.

    Raises `PointError` where a variable has no value or two, a value belongs to none, the shapes do
    not fit, or the result is not a single number.
    """

    def __init__(
        self, expression: Expression, start: Arrays, fixed: Arrays, typed: Point | None = None
    ) -> None:
        _check(expression, start, fixed)
        self.expression = expression
        self.shapes = {name: array.shape for name, array in start.items()}
        self.fixed = fixed
        self.start = np.concatenate([np.ravel(array) for array in start.values()])
        self._typed = typed or {}
        self._tensors = {name: autograd.tensor(array) for name, array in fixed.items()}

    def __call__(self, x: FloatArray, number: int = 0) -> Iterate:
        """The value of f and its gradient at x."""
        made = self._record(x)
        value = float(made.result.data.item())
        slopes = self._joined(made.gradients())
        # Where f has no value, what its formula's derivative says there means nothing.
        slopes = slopes if math.isfinite(value) else np.full_like(slopes, np.nan)
        return Iterate(number, x, value, slopes, self.shapes)

    @property
    def names(self) -> list[str]:
        """A name for each element of the flat vector: `w[0]`."""
        return [
            name + "".join(f"[{i}]" for i in index)
            for name, shape in self.shapes.items()
            for index in np.ndindex(shape)
        ]

    @cached_property
    def region(self) -> "Region | None":
        """It as a function to be enclosed; None where that takes too long."""
        from diffcalc.truth.region import Region

        if sum(map(np.size, self.values(self.start))) > _MOST_ENCLOSED:
            return None
        still = {n: self._typed.get(n) or values_of(a, typed=True) for n, a in self.fixed.items()}
        constants = {name: values.constants for name, values in still.items()}
        return Region(self.expression, self.shapes, constants)

    def hessian(self, x: FloatArray) -> FloatArray:
        """The second derivatives of f at x, a symmetric matrix; nan where they have no value."""
        made = self._record(x)
        leaves = {name: made.leaves[name] for name in self.shapes}
        slopes = made.cotangents(list(leaves.values()), create_graph=True)
        rows = []
        for leaf, slope in zip(leaves.values(), slopes, strict=True):
            row = autograd.Record([slope if slope is not None else np.zeros(leaf.shape)], leaves)
            for index in np.ndindex(leaf.shape):
                unit = np.zeros(leaf.shape)
                unit[index] = 1
                rows.append(self._joined(row.gradients(unit)))
        matrix = np.array(rows)
        return np.asarray((matrix + matrix.T) / 2)

    def values(self, x: FloatArray) -> list[FloatArray]:
        """The value of every node of the expression at x."""
        return self._record(x, wrt=()).values

    def moving(self) -> list[bool]:
        """For each node of the expression, whether it depends on a variable that moves."""
        return self.expression.depending_on(*self.shapes)

    def nonsmooth_between(self, a: FloatArray, b: FloatArray) -> list[str]:
        """The operations that are nonsmooth (`language/nonsmooth.py`) between a and b, close by.

        Their switching function changes its sign, or touches 0 halfway.
        """
        met = [self.values(x) for x in (a, a + (b - a) / 2, b)]
        found = []
        for name in self.shapes:
            for index, switching in switching_functions(self.expression, name):
                operands = switching.operands(self.expression.nodes[index].operands)
                with np.errstate(all="ignore"):
                    before, middle, after = (
                        np.asarray(switching.function(**{n: at[i] for n, i in operands.items()}))
                        for at in met
                    )
                if switching.lattice:
                    crossed = np.floor(before) != np.floor(after)
                else:
                    least = np.minimum(np.abs(before), np.abs(after))
                    crossed = (np.sign(before) * np.sign(after) < 0) | (
                        np.abs(middle) < _TOUCHES * least
                    )
                if np.any(crossed):
                    found.append(self.expression.render(index))
        return list(dict.fromkeys(found))

    def near_text(self, what: str, x: FloatArray) -> str:
        """Where something is, and of which nonsmooth operations: `a corner of abs(x) at x = 0`."""
        near = NEAR * np.maximum(np.abs(x), 1)
        culprits = " and ".join(self.nonsmooth_between(x - near, x + near))
        return f"{what}{f' of {culprits}' if culprits else ''} at {self(x).place_text(x)}"

    def _record(self, x: FloatArray, wrt: Collection[str] | None = None) -> autograd.Record:
        """The forward pass at x; the values that stand still are tensors once and for all."""
        values = {**_split(x, self.shapes), **self._tensors}
        return autograd.record(self.expression, values, wrt)

    def _joined(self, gradients: Mapping[str, FloatArray]) -> FloatArray:
        return np.concatenate([np.ravel(gradients[name]) for name in self.shapes])


def _brief(array: FloatArray, digits: int = 6) -> str:
    flat = [f"{v:.{digits}g}" for v in np.ravel(array)[:_SHOWN]]
    if not np.ndim(array):
        return flat[0]
    return f"[{', '.join(flat)}{', …' if np.size(array) > _SHOWN else ''}]"


def _check(expression: Expression, start: Arrays, fixed: Arrays) -> None:
    check_names([*start, *fixed], expression.variables, expression)
    check_once(start, fixed, "a variable moves or stands still")
    check_given(
        expression.variables,
        {*start, *fixed},
        lambda names: f"--from {names[0]}=… if it is to move, --at {names[0]}=… if it stands still",
    )
    shapes = {name: np.shape(array) for name, array in {**start, **fixed}.items()}
    shape = moves(expression, shapes)[-1].shape
    if math.prod(shape) != 1:
        raise PointError(
            f"f must be a single number, but here it is {shape_text(shape)}",
            hint="wrap it in sum or mean",
        )


def _split(x: FloatArray, shapes: Mapping[str, Shape]) -> dict[str, FloatArray]:
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    pieces = np.split(x, ends[:-1])
    return {n: p.reshape(s) for (n, s), p in zip(shapes.items(), pieces, strict=True)}
