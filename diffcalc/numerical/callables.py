"""Method 1 as a library: derivatives of any Python function, each with the error it may have.

Each is a limit of difference quotients in float64, found by `limit`, so a corner has none: the
value is nan there, and so is the error. How noisy f is, is measured first, and a function that
works in 32 bits is seen by its values; the errors follow.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.numerical.limit import Limit, limit, mixed_limit
from diffcalc.numerical.round_off import EPSILON, power_of_two

Function = Callable[[Any], Any]
# What a sum of squares of the differences of independent errors is divided by, for each order.
_SQUARES = {k: math.factorial(2 * k) / math.factorial(k) ** 2 for k in (4, 5, 6)}
# Round-off shows at the smallest, the error of an inner solver, or 32 bits, only at a larger one.
_NOISE_STEPS = (2.0**-36, 2.0**-26, 2.0**-16)
# Differences to order 10, as in ECnoise (Moré and Wild, 2011).
_NOISE_VALUES = 11
# Differences of a smooth function shrink much faster with their order than those of noise.
_ALIKE = 4.0
_EPSILON_32 = 2.0**-23


class Measured(NamedTuple):
    """A derivative, or an array of them, and the error of each; both nan where there is none."""

    value: Any
    error: Any


def derivative(f: Function, x: Any, order: int = 1) -> Measured:
    """The derivative of f at x, a number or an array: f is then called with arrays of that shape.

    >>> value, error = derivative(lambda x: x**3, 2.0)
    >>> abs(value - 12) <= error < 1e-9
    True
    >>> derivative(abs, 0.0)
    Measured(value=nan, error=nan)
    >>> derivative(np.sin, [0.0, np.pi]).value.round(9).tolist()
    [1.0, -1.0]
    """
    at = np.asarray(x, dtype=np.float64)
    if not at.ndim:
        alone = Along(lambda t: f(float(t))).limit(float(at), order=order)
        return Measured(float(alone.value), float(alone.error))
    scale = np.array([power_of_two(max(abs(v), 1.0)) for v in at.ravel()]).reshape(at.shape)
    line = Along(lambda t: f(at + t * scale))
    found = [line.limit(0.0, k, order) for k in range(at.size)]
    return _shaped(found, at.shape, scale**order)


def gradient(f: Function, x: Any) -> Measured:
    """The gradient of f at x; f takes an array in the shape of x, and gives a number.

    >>> gradient(lambda x: x @ x, [1.0, 2.0]).value.round(9).tolist()
    [2.0, 4.0]
    """
    at = np.asarray(x, dtype=np.float64)
    absolute = noise_of(f, at)
    found = [
        along(f, at, index).limit(float(at[index]), absolute=absolute)
        for index in np.ndindex(at.shape)
    ]
    return _shaped(found, at.shape)


def jacobian(f: Function, x: Any) -> Measured:
    """The derivatives of each element of f in each element of x, in the shape of f, then of x.

    >>> jacobian(lambda x: [x[0] * x[1], x[0]], [2.0, 3.0]).value.round(9).tolist()
    [[3.0, 2.0], [1.0, 0.0]]
    """
    at = np.asarray(x, dtype=np.float64)
    shape = np.shape(f(at.copy()))
    columns = []
    for index in np.ndindex(at.shape):
        line = along(f, at, index)
        limits = [line.limit(float(at[index]), k) for k in range(math.prod(shape))]
        columns.append(_shaped(limits, shape))
    return Measured(*(
        np.moveaxis(np.array([c[k] for c in columns]), 0, -1).reshape(shape + at.shape)
        for k in (0, 1)
    ))  # fmt: skip


def hessian(f: Function, x: Any) -> Measured:
    """The second derivatives of f, a number, in each pair of elements of x.

    >>> hessian(lambda x: x[0] ** 2 * x[1], [1.0, 2.0]).value.round(6).tolist()
    [[4.0, 2.0], [2.0, 0.0]]
    """
    at = np.asarray(x, dtype=np.float64)
    places = list(np.ndindex(at.shape))
    found = np.empty((2, len(places), len(places)))
    for i, one in enumerate(places):
        for j, other in enumerate(places[: i + 1]):
            limits = _second(f, at, one, other)
            found[:, i, j] = found[:, j, i] = limits.value, limits.error
    return Measured(*found.reshape(2, *at.shape, *at.shape))


def _second(f: Function, at: FloatArray, one: tuple[int, ...], other: tuple[int, ...]) -> Limit:
    if one == other:
        return along(f, at, one).limit(float(at[one]), order=2)

    def both(a: float, b: float) -> float:
        return float(np.asarray(f(moved(moved(at, one, a), other, b))).item())

    return mixed_limit(both, float(at[one]), float(at[other]))


def moved(at: FloatArray, index: tuple[int, ...], t: float) -> FloatArray:
    """The array with one element replaced."""
    found = at.copy()
    found[index] = t
    return found


class Along:
    """A function of one number whose values may be arrays, each worked out once."""

    def __init__(self, f: Callable[[float], Any]) -> None:
        self._f = f
        self._values: dict[float, FloatArray] = {}

    @property
    def count(self) -> int:
        """How often f was called."""
        return len(self._values)

    def at(self, t: float) -> FloatArray:
        """What f gives, flat, as float64; nan where arithmetic fails."""
        if t not in self._values:
            try:
                with np.errstate(all="ignore"):
                    found = np.ravel(np.asarray(self._f(t), dtype=np.float64))
            except (ArithmeticError, ValueError):
                found = np.full(1, np.nan)
            self._values[t] = found
        return self._values[t]

    def element(self, k: int) -> Callable[[float], float]:
        """Element k of what f gives, nan where there is none."""

        def one(t: float) -> float:
            values = self.at(t)
            return float(values[k]) if k < len(values) else math.nan

        return one

    def limit(self, x: float, k: int = 0, order: int = 1, absolute: float | None = None) -> Limit:
        """The limit of element k; `absolute` is its noise, measured if not given."""
        one = self.element(k)
        return limit(one, x, order, noise_along(one, x) if absolute is None else absolute)


def along(f: Function, at: FloatArray, index: tuple[int, ...]) -> Along:
    """The function of one element of x."""
    return Along(lambda t: f(moved(at, index, t)))


def noise_of(f: Function, at: FloatArray) -> float:
    """How far off values of f near x are, measured along one direction."""
    direction = np.random.default_rng(0).uniform(0.5, 1.0, at.shape)
    direction = direction * np.maximum(np.abs(at), 1.0)
    line = Along(lambda t: f(at + t * direction))
    return noise_along(lambda t: float(line.at(t)[0]), 0.0)


def noise_along(f: Callable[[float], float], x: float) -> float:
    """How far off values of f beside x are by what is no smooth function, from its values.

    By high differences at three distances (Moré and Wild, *Estimating Computational Noise*, 2011);
    values that are all 32-bit numbers have at least the round-off of those.
    """
    scale = power_of_two(max(abs(x), 1.0))
    least, met = 0.0, list[float]()
    for step in _NOISE_STEPS:
        values = [f(x + k * step * scale) for k in range(1, _NOISE_VALUES + 1)]
        if not all(map(math.isfinite, values)):
            continue
        met += values
        least = max(least, _noise(values))
    size = max(map(abs, met), default=0.0)
    if met and len(set(met)) > 1 and all(float(np.float32(v)) == v for v in met if abs(v) < 1e38):
        return max(least, 2 * _EPSILON_32 * size)
    # What a float64 cannot hold is no noise of f.
    return least if least > EPSILON * size / 2 else 0.0


def _noise(values: list[float]) -> float:
    """The noise that differences of three orders agree on; 0 where they do not."""
    found = []
    differences = values
    for order in range(1, max(_SQUARES) + 1):
        differences = [b - a for a, b in pairwise(differences)]
        if order in _SQUARES:
            square = sum(d * d for d in differences) / len(differences) / _SQUARES[order]
            found.append(math.sqrt(square))
    if min(found) == 0 or max(found) > _ALIKE * min(found):
        return 0.0
    # Twice the deviation, and so that of a sum of two.
    return 4 * max(found)


def _shaped(found: list[Limit], shape: tuple[int, ...], over: Any = 1.0) -> Measured:
    values, errors = (np.array([part[k] for part in found]).reshape(shape) for k in (0, 1))
    return Measured(values / over, errors / over)
