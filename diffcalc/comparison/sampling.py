"""The switching functions of an expression, sampled along a line, and where they are met.

A switching function (see `language/nonsmooth.py`) is met where it is 0, a lattice where it is an
integer. Between two float64 samples that shows as a change of sign, or as a least modulus that is
small for its neighbours'. What is 0 within its round-off counts as 0, at one sample or at many in a
row. What changes faster than the samples follow is told as such.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.nonsmooth import SwitchingFunction, switching_functions
from diffcalc.numerical.restriction import Restriction

_INTERVALS = 2000
_MOST_VALUES = 4_000_000
# Samples at round numbers would meet the zeros of sin(1000*pi*x) every time.
_UNEVEN = 0.2
# Not to the last bit, where round-off decides what is on which side.
_HALVINGS = 26
# Smaller than this share of its neighbours, a least modulus may touch 0: |x|, sampled in its worst
# place, has 1/3, and its square root 0.58.
_TOUCHES = 0.6
# A value within so many times its round-off of an integer counts as that integer.
_ROUND_OFF = 4
# So many turns in so many intervals, or so many integers in one, are too fast for the samples.
_TURNS, _TURNS_IN, _INTEGERS = 4, 6, 10


@dataclass(frozen=True)
class Samples:
    """The switching functions at the samples `x`, ascending, and the value of f.

    `functions` are (node of the expression, its switching function, the program that computes it,
    its values). At `overflowed` samples a value is infinite that should not be.
    """

    low: float
    high: float
    x: FloatArray
    value: FloatArray
    functions: tuple[tuple[int, SwitchingFunction, Expression, FloatArray], ...]
    overflowed: int


def sample(line: Restriction, low: float, high: float) -> Samples:
    """The switching functions at the samples, and beside the places where one becomes undefined.

    One sample lies beyond either end, so that the ends are places like any other.
    """
    expression, builder = line.expression, Builder()
    for node in expression.nodes:
        builder.add(node.operation, *node.operands, content=node.content)
    found = []
    for index, switching in switching_functions(expression, line.name):
        operands = switching.operands(expression.nodes[index].operands)
        found.append((index, switching, builder.splice(switching.function, operands)))
    program = Expression(tuple(builder.nodes))
    intervals = int(np.clip(_MOST_VALUES // len(program.nodes), 50, _INTERVALS))
    numbers = np.arange(-1, intervals + 2)
    shares = (numbers + _UNEVEN * np.sin(numbers**2)) / intervals
    shares[1], shares[-2] = 0, 1

    def values(x: FloatArray) -> list[Any]:
        with np.errstate(all="ignore"):
            return program.replay({**line.float_values, line.name: x})

    watched = [result for _, _, result in found] + [len(expression.nodes) - 1]
    x = low + (high - low) * shares
    # Far from 0 a step may be too short to leave the end.
    x[0], x[-1] = min(x[0], np.nextafter(low, -np.inf)), max(x[-1], np.nextafter(high, np.inf))
    x = np.unique(x)
    x = np.union1d(x, _edges(x, lambda t: np.isnan([values(t)[i] for i in watched])))
    at = values(x)
    noise = _noise(program, line, at)
    functions = tuple(
        (
            index,
            switching,
            builder.finish(result, ""),
            _without_noise(at[result], noise[result], switching.lattice),
        )
        for index, switching, result in found
    )
    return Samples(low, high, x, at[watched[-1]], functions, _overflowed(expression, at, functions))


def _edges(x: FloatArray, undefined: Callable[[FloatArray], Any]) -> FloatArray:
    """Samples on both sides of, and close to, where something becomes undefined, by bisection."""
    pattern = undefined(x)
    changes = np.any(pattern[:, 1:] != pattern[:, :-1], axis=0)
    below, above, left = x[:-1][changes], x[1:][changes], pattern[:, :-1][:, changes]
    for _ in range(_HALVINGS if len(below) else 0):
        middle = below + (above - below) / 2
        same = np.all(undefined(middle) == left, axis=0)
        below, above = np.where(same, middle, below), np.where(same, above, middle)
    return np.concatenate([below, above])


def _noise(program: Expression, line: Restriction, at: list[Any]) -> list[Any]:
    """About how much of the values `at` of the nodes may be round-off.

    Each node adds its own rounding to what its operands' moves its value by. The samples are exact.
    """
    noise: list[Any] = []
    eps = np.finfo(np.float64).eps
    with np.errstate(all="ignore"):
        for node, value in zip(program.nodes, at, strict=True):
            same = line.name if node.operation == "variable" else value
            exact = node.content is not None and node.content == same
            total = np.float64(0) if exact else eps * np.abs(value)
            for place, operand in enumerate(node.operands):
                if np.any(noise[operand]):
                    moved = [at[i] for i in node.operands]
                    moved[place] = moved[place] + noise[operand]
                    total = total + np.abs(FLOAT[node.operation](*moved) - value)
            noise.append(np.nan_to_num(total, nan=0, posinf=0))
    return noise


def _without_noise(values: Any, noise: Any, lattice: bool) -> FloatArray:
    with np.errstate(all="ignore"):
        integer = np.rint(values) if lattice else np.zeros_like(values)
        near = np.abs(values - integer) <= _ROUND_OFF * noise
    found: FloatArray = np.where(near, integer, values)
    return found


def _overflowed(expression: Expression, at: list[Any], functions: Any) -> int:
    """At how many samples an operation is infinite that has no pole there."""
    infinite = np.zeros(np.shape(at[-1]), dtype=bool)
    poles: dict[int, Any] = {}
    for index, _, _, values in functions:
        poles[index] = poles.get(index, False) | (values == 0)
    for index, node in enumerate(expression.nodes):
        overflow = np.isinf(at[index]) & np.logical_not(poles.get(index, False))
        for operand in node.operands:
            overflow = overflow & np.isfinite(at[operand])
        if node.operation == "pow":  # 0 to a negative power.
            overflow = overflow & (at[node.operands[0]] != 0)
        infinite = infinite | overflow
    return int(np.sum(infinite))


@dataclass(frozen=True)
class Crossings:
    """The integers (0 alone without a lattice) that a switching function meets in an interval.

    `first` to `last` are in the order in which they are met between the samples `left` and `right`.
    """

    left: int
    right: int
    function: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many integers."""
        return abs(self.last - self.first) + 1

    def integers(self) -> Iterator[int]:
        """The integers."""
        step = 1 if self.last >= self.first else -1
        return iter(range(self.first, self.last + step, step))


def crossings(samples: Samples) -> list[Crossings]:
    """Where the switching functions cross an integer between samples, or come near one and turn."""
    found = []
    for number, (_, switching, _, values) in enumerate(samples.functions):
        for left, right, first, last in _crossed(values, switching.lattice):
            # Of those beyond an end, the one next to it may be at the end itself.
            nearest = last if samples.x[right] <= samples.low else first
            outside = samples.x[right] <= samples.low or samples.x[left] >= samples.high
            integers = (nearest, nearest) if outside else (first, last)
            found.append(Crossings(left, right, number, *integers))
        for i, integer in _touched(values, switching.lattice):
            found.append(Crossings(i - 1, i + 1, number, integer, integer))
    return sorted(found, key=lambda c: (c.left, c.right))


def _crossed(values: FloatArray, lattice: bool) -> Iterator[tuple[int, int, int, int]]:
    """(left sample, right sample, first integer, last integer) met strictly between the samples."""
    with np.errstate(all="ignore"):
        a, b = values[:-1], values[1:]
        sign = np.sign(b - a)
        # A falling function is a rising one, mirrored.
        first, last = np.floor(sign * a) + 1, np.ceil(sign * b) - 1
        if not lattice:
            first, last = np.maximum(first, 0), np.minimum(last, 0)
        met = np.flatnonzero(np.isfinite(a) & np.isfinite(b) & (first <= last))
    for i in met.tolist():
        yield i, i + 1, int(sign[i] * first[i]), int(sign[i] * last[i])
    yield from _met(values, lattice)


def _met(values: FloatArray, lattice: bool) -> Iterator[tuple[int, int, int, int]]:
    """The same for an integer met at samples, one or more in a row, with the samples around."""
    integral = np.isfinite(values) & (values == np.rint(values)) if lattice else values == 0
    starts = integral.copy()
    starts[1:] &= ~integral[:-1] | (values[1:] != values[:-1])
    for i in np.flatnonzero(starts).tolist():
        others = np.flatnonzero(values[i:] != values[i])
        after = i + int(others[0]) if len(others) else len(values)
        left = i - 1 if i and np.isfinite(values[i - 1]) else i
        right = after if after < len(values) and np.isfinite(values[after]) else after - 1
        if left < right:
            yield left, right, int(values[i]), int(values[i])


def _touched(values: FloatArray, lattice: bool) -> Iterator[tuple[int, int]]:
    """(sample, integer) where the distance to an integer is least, and small for its neighbours."""
    with np.errstate(all="ignore"):
        integer = np.rint(values[1:-1]) if lattice else np.zeros(len(values) - 2)
        before, here, after = values[:-2] - integer, values[1:-1] - integer, values[2:] - integer
        nearest = (abs(here) <= abs(before)) & (abs(here) <= abs(after))
        same_side = (before * here > 0) & (here * after > 0)
        small = abs(here) < _TOUCHES * np.maximum(abs(before), abs(after))
    for i in np.flatnonzero(nearest & same_side & small).tolist():
        yield i + 1, int(integer[i])


def blurred(x: FloatArray, values: FloatArray, lattice: bool) -> list[int]:
    """The intervals in which a switching function turns, or passes integers, too fast."""
    crossed = sorted(_crossed(values, lattice))
    left = np.array([i for i, *_ in crossed], dtype=int)
    rising = np.array([values[j] > values[i] for i, j, *_ in crossed], dtype=bool)
    turns = left[1:][rising[1:] != rising[:-1]]
    turns = np.union1d(turns, np.array([i for i, _ in _touched(values, lattice)], dtype=int))
    first, last = turns[: len(turns) + 1 - _TURNS], turns[_TURNS - 1 :]
    # Not counted in intervals: beside edges they are short.
    fast = first[x[last] - x[first] < _TURNS_IN * np.max(x[1:] - x[:-1])]
    return sorted({*fast.tolist(), *(i for i, _, k, m in crossed if abs(m - k) >= _INTEGERS)})
