"""One bound for many points: most points so need none of their own.

The bounds of `rounding.py` take two or three times as long as the results. But a result is rarely
so near to 0 that its error matters, and of one that is not this is plain from the largest error in
the block: from numbers in place of arrays. So each line has a bound, `relative` times the value's
modulus and `absolute` beside it, made of what the values lie between (see `ranges.py`).

Each step is at least as large as the one that `rounding.py` takes at any of the points: what is
plain here would be found there. What is not plain is not therefore wrong.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from diffcalc.autograd.compiled.measures import Measure, largest, smallest
from diffcalc.autograd.compiled.ranges import Ranges
from diffcalc.autograd.compiled.replay import Lines, OfArrays, joined, needed
from diffcalc.autograd.compiled.rounding import (
    CARRIES_NOTHING,
    KEEPS_MODULUS,
    WHERE,
    is_some,
    rounding,
    vjps,
)
from diffcalc.autograd.compiled.tracing import Traced, TracedProgram, TracedValue
from diffcalc.base.types import BoolArray, FloatArray, Floats
from diffcalc.language.operations import Operation

# The bounds are rounded themselves, here and there.
_SLACK = 2.0
# A distance has to be more than this, where its error is 0 too.
_SOME = 1e-300
# What is known to be smaller is finite.
_FINITE = 1e300
_SUMS = (np.add, np.subtract, np.logaddexp, np.maximum, np.minimum)
# A relative error of the operand is multiplied by this.
_ROOTS = {np.sqrt: 1 / 2, np.cbrt: 1 / 3}


class _Bound(NamedTuple):
    """A bound on the error of a line at all points of a block."""

    relative: TracedValue
    absolute: TracedValue


_NONE = _Bound(0.0, 0.0)


class BlockBounds:
    """Bounds on the errors of the `results` of a program, from what is measured in a block.

    From the row `distances` on, results are distances, which have to be large enough. `moving` are
    the rows of those that are not constant; of these, `near` are those that could be too small.
    `measures` are those: a line, and how. Some are, by their places, the smallest `moduli` of what
    may be near 0, and of the `inputs`; where those of the `largest` are finite, the results are
    numbers if their bounds are.
    """

    def __init__(
        self,
        program: TracedProgram,
        order: Sequence[int],
        results: Sequence[int],
        distances: int,
    ) -> None:
        self._program = program
        self._ranges = Ranges(program)
        self._bounds: dict[int, _Bound] = {}
        inputs = [n for n in order if not program.lines[n][1] and program.constant(n) is None]
        constants = [program.constant(line) for line in results]
        self.moving = [row for row, constant in enumerate(constants) if constant is None]
        self.defined = all(constant is None or math.isfinite(constant) for constant in constants)
        with np.errstate(all="ignore"):
            for line in order:
                self._bounds[line] = self._bound(line)
            moving, numbers = [results[row] for row in self.moving], self._ranges.numbers
            met = self._met(moving)
            infinite = self._infinite(met)
            wanted = [
                numbers.number(value)
                for line in moving
                for value in (*self._bounds[line], self._limit(line) + infinite)
            ]
        self._lines = Lines(numbers, sorted(needed(numbers.lines, wanted)), wanted)
        self._place: dict[tuple[int, Measure], int] = {}
        self._places([self._ranges.measures[name] for name in self._lines.inputs.values()])
        failing = [(line, largest) for line in met if self._ranges.may_fail(line)]
        self.largest = self._places(failing)
        # Any modulus will do where the error is a share of it.
        self.near = [
            number
            for number, (row, line) in enumerate(zip(self.moving, moving, strict=True))
            if row >= distances or is_some(self._bounds[line].absolute)
        ]
        self.moduli = self._places([(self._bare(moving[n]), smallest) for n in self.near])
        self.inputs = self._places([(line, smallest) for line in inputs])
        self.measures = list(self._place)

    def _places(self, measures: Sequence[tuple[int, Measure]]) -> list[int]:
        """Where these stand among all measures."""
        return [self._place.setdefault(measure, len(self._place)) for measure in measures]

    def _bare(self, line: int) -> int:
        """The line that has the moduli of this one, and no sign put on or taken off."""
        function, operands = self._program.whole(line)
        return self._bare(operands[0]) if function in KEEPS_MODULUS else line

    def _limit(self, line: int) -> TracedValue:
        """A bound on the modulus of a result; that of a quotient is in what may overflow."""
        divides = self._program.whole(line)[0] is np.divide
        return 0.0 if divides else self._ranges[line].size

    def _met(self, results: Sequence[int]) -> list[int]:
        """The lines on the way to the results, a sine as one."""
        found, stack = set(results), list(results)
        while stack:
            new = set(self._program.whole(stack.pop())[1]) - found
            found |= new
            stack += new
        return sorted(found)

    def _infinite(self, met: Sequence[int]) -> TracedValue:
        """What is infinite where a quotient is, or what one divides by: that makes it 0.

        The bound on a quotient is a large one, for which none has to be measured.
        """
        found, sizes = 0.0, dict[int, TracedValue]()
        for line in met:
            function, operands = self._program.whole(line)
            if function is np.divide:
                above, below = operands
                size = sizes[above] if above in sizes else self._ranges[above].size
                sizes[line] = size / self._from_zero(below)
                found += self._ranges[below].size + sizes[line]
        return found

    def _from_zero(self, line: int) -> TracedValue:
        """A bound on the modulus from below."""
        return self._ranges[line].least or self._ranges.measured(smallest, line)

    def of(self, measured: FloatArray) -> FloatArray:
        """How large the error of each moving result may be in each part, relative to it and beside
        that, and how large it may be itself, or what might be infinite on the way to it.
        """
        lines = self._lines
        found: dict[int, Floats | float] = {
            **lines.constants,
            **dict(zip(lines.inputs, measured, strict=False)),
        }
        for line in lines.order:
            function, operands = lines.all[line]
            found[line] = function(*[found[operand] for operand in operands])
        bounds = np.empty((len(lines.results), measured.shape[1]))
        for bound, line in zip(bounds, lines.results, strict=True):
            bound[:] = found[line]
        return bounds.reshape(len(self.moving), 3, measured.shape[1]).swapaxes(0, 1)

    def _bound(self, line: int) -> _Bound:
        function, operands = self._program.whole(line)
        if function in CARRIES_NOTHING:
            return _NONE
        if function in KEEPS_MODULUS:
            return self._bounds[operands[0]]
        relative = rounding(self._program, line)
        if not operands:
            return _Bound(relative, 0.0)
        if function in WHERE:
            _condition, yes, no = (self._bounds[operand] for operand in operands)
            return _Bound(yes.relative + no.relative, yes.absolute + no.absolute)
        if function is np.multiply:
            return self._of_product(operands, relative)
        if function is np.divide:
            return self._of_quotient(operands, relative)
        if function in _SUMS:
            return self._of_sum(function, operands, relative)
        return self._carried(line, relative)

    def _of_product(self, operands: Sequence[int], relative: float) -> _Bound:
        one, other = operands
        a, b = self._bounds[one], self._bounds[other]
        absolute = a.absolute * self._ranges[other].size + b.absolute * self._ranges[one].size
        return _Bound(a.relative + b.relative + relative, absolute)

    def _of_quotient(self, operands: Sequence[int], relative: float) -> _Bound:
        above, below = operands
        a, b = self._bounds[above], self._bounds[below]
        relative += a.relative + b.relative
        if not (is_some(a.absolute) or is_some(b.absolute)):
            return _Bound(relative, 0.0)
        most = 1.0 / self._from_zero(below)
        return _Bound(relative + b.absolute * most, a.absolute * most)

    def _of_sum(self, function: Operation, operands: Sequence[int], relative: float) -> _Bound:
        one, other = operands
        a, b = self._bounds[one], self._bounds[other]
        if function is np.add and self._ranges[one].positive and self._ranges[other].positive:
            return _Bound(a.relative + b.relative + relative, a.absolute + b.absolute)
        return _Bound(relative, self._whole(one) + self._whole(other))

    def _whole(self, line: int) -> TracedValue:
        """A bound on the error."""
        bound = self._bounds[line]
        if not is_some(bound.relative):
            return bound.absolute
        return bound.relative * self._ranges[line].size + bound.absolute

    def _carried(self, line: int, relative: TracedValue) -> _Bound:
        """What the errors of the operands do to the result of a function."""
        program, absolute = self._program, 0.0
        function, operands = program.whole(line)
        result, values = program.value(line), [program.value(operand) for operand in operands]
        for operand, value, vjp in zip(operands, values, vjps(function), strict=True):
            error = self._bounds[operand]
            if vjp is None or not (is_some(error.relative) or is_some(error.absolute)):
                continue
            slope = vjp(1.0, result, *values)
            if isinstance(slope, Traced) and slope.line == line:
                relative += abs(slope.factor) * self._whole(operand)
                continue
            if function in _ROOTS:
                relative += _ROOTS[function] * error.relative
            elif is_some(error.relative):
                elastic = vjp(value, result, *values)
                absolute += error.relative * self._steep(elastic, len(operands))
            if is_some(error.absolute):
                absolute += error.absolute * self._steep(slope, len(operands))
        return _Bound(relative, absolute)

    def _steep(self, slope: TracedValue, operands: int) -> TracedValue:
        """A bound on the modulus of a slope.

        Of two operands a function may have a value where the slope is not a number, as atan2 at 0.
        """
        if operands == 1 or not isinstance(slope, Traced):
            return self._ranges.size(slope)
        return self._ranges.measured(largest, slope.line) * abs(slope.factor)


class Screen(OfArrays):
    """A program for arrays that tells at which points its results are plainly right."""

    def __init__(self, lines: Lines, bounds: BlockBounds) -> None:
        super().__init__(lines, bounds.measures)
        self._bounds = bounds

    def screened(
        self,
        points: Mapping[str, FloatArray],
        threads: int,
        trusted: Sequence[float],
        small: float,
    ) -> tuple[FloatArray, BoolArray]:
        """The results, a row each, and the points where it is plain that all are right.

        They are finite there. The error of none is more than a share of it that is `trusted`, which
        has one for each of the first results; of the others, distances, it is below 1. No point is
        plain that has a number as `small`, and not 0.
        """
        results, measured = self.measured(points, threads)
        inputs = list(self._lines.inputs.values())
        with np.errstate(all="ignore"):
            plain = joined(self._large_enough(results, measured, trusted)[None], points)[0]
            for name, lowest in zip(inputs, measured[self._bounds.inputs], strict=True):
                for start in np.flatnonzero(~(lowest > small)) * results.shape[2]:
                    part = slice(start, start + results.shape[2])
                    plain[part] &= _is_there(points[name][part], small)
            for name in points.keys() - set(inputs):
                plain &= _is_there(points[name], small)
        return joined(results, points), plain

    def _large_enough(
        self, results: FloatArray, measured: FloatArray, trusted: Sequence[float]
    ) -> BoolArray:
        """Where the error of each result is a smaller share of it, in the parts of the points."""
        plain = np.full(results.shape[1:], self._bounds.defined)
        rows = self._bounds.moving
        near = np.full((len(rows), measured.shape[1]), np.inf)
        near[self._bounds.near] = measured[self._bounds.moduli]
        shares = np.array([trusted[row] if row < len(trusted) else 1.0 for row in rows])
        least = _least(shares[:, None], *self._bounds.of(measured))
        numbers = np.all(measured[self._bounds.largest] < np.inf, axis=0)
        plain[~(numbers & np.all(least < np.inf, axis=0))] = False
        close = (near < least) & (least < np.inf)
        for number in np.flatnonzero(close.any(axis=1)):
            result, low = results[rows[number]], least[number]
            some = np.flatnonzero(close[number])
            most = low[some].max()
            if 2 * some.size < low.size:
                result = result[some]
            else:  # to pick them out would take longer
                some = np.arange(low.size)
            # Few are smaller than the largest of these bounds, and are asked one by one.
            few = np.flatnonzero((result < most) & (result > -most))
            part, point = some[few // result.shape[1]], few % result.shape[1]
            plain[part, point] &= np.abs(result.ravel()[few]) >= low[part]
        return plain


def _least(
    share: FloatArray, relative: FloatArray, absolute: FloatArray, limit: FloatArray
) -> FloatArray:
    """How large results have to be in each part for their errors to be smaller shares of them.

    Infinite where no size is enough.
    """
    left = share - _SLACK * relative
    least = np.maximum(_SLACK * absolute / left, np.where(share == 1, _SOME, 0.0))
    return np.where((left > 0) & (least < np.inf) & (limit < _FINITE), least, np.inf)


def _is_there(column: FloatArray, small: float) -> BoolArray:
    there: BoolArray = (np.abs(column) > small) | (column == 0)
    return there
