"""A traced program, run: over arrays in blocks, or with Python's floats.

Replayed over all points at once, each line would stream through memory, which is slower than the
arithmetic. So the points are cut into *blocks*, whose arrays stay in the processor's cache, and a
line writes into one of few buffers made beforehand. Which one, *liveness* tells: a buffer whose
value no later line uses is free for the next (linear scan: Poletto and Sarkar, 1999). numpy
releases the interpreter's lock within a ufunc, so blocks can be spread over threads.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from threading import Event
from typing import Any

import numpy as np

from diffcalc.autograd.compiled.measures import PART, Measure, moduli, note
from diffcalc.autograd.compiled.tracing import TracedLine, TracedProgram
from diffcalc.base.numbers import V, W
from diffcalc.base.types import FloatArray, NumberArray
from diffcalc.language.operations import ByElement, Operation

# Points: shorter blocks are more often the interpreter's, longer ones leave the cache.
_BLOCK, _BLOCK_OF_MANY, _SMALLEST_BLOCK = 16_384, 32_768, 64
# Numbers between two buffers: those at the same place of a page get in each other's way.
_APART = 72
# Numbers in all buffers of all threads.
_WORKSPACE = 2**22
_SCALAR = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul,
    np.divide: operator.truediv, np.negative: operator.neg, np.absolute: abs,
    np.exp: math.exp, np.log: math.log, np.sqrt: math.sqrt,
    np.sin: math.sin, np.cos: math.cos, np.tan: math.tan, np.tanh: math.tanh,
}  # fmt: skip


# The registers behind the buffers: where the parts of the block start, and what was measured.
_MEASURED = (-3, -2, -1)


class Lines:
    """The lines that the `results` need: `constants` and `inputs`, then the rest in `order`."""

    def __init__(
        self, program: TracedProgram, order: Sequence[int], results: Sequence[int]
    ) -> None:
        self.all = program.lines
        self.results = results
        leaves = [line for line in order if not program.lines[line][1]]
        self.order = [line for line in order if program.lines[line][1]]
        self.constants = {n: v for n in leaves if (v := program.constant(n)) is not None}
        self.inputs = {n: program.lines[n][0] for n in leaves if n not in self.constants}


class OfFloats:
    """A program in Python's floats, for one point."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        # A function with its one or two operands; of three, the first two make a pair beforehand.
        self.instructions: list[tuple[int, Operation, int, int | None]] = []
        for line in lines.order:
            vector, operands = lines.all[line]
            function: Any = _SCALAR.get(vector, vector)
            if len(operands) > 2:
                self.instructions.append((-line, _pair, operands[0], operands[1]))
                self.instructions.append((line, partial(_spread, function), -line, operands[2]))
            else:
                self.instructions.append((line, function, *(*operands, None)[:2]))

    def __call__(self, point: Mapping[str, float]) -> FloatArray:
        """The results, as a vector. Raises `ArithmeticError` and `ValueError`, as Python does."""
        registers = dict(self._lines.constants)
        registers.update((line, float(point[name])) for line, name in self._lines.inputs.items())
        with np.errstate(all="ignore"):
            for line, function, first, second in self.instructions:
                if second is None:
                    registers[line] = function(registers[first])
                else:
                    registers[line] = function(registers[first], registers[second])
        return np.array([registers[line] for line in self._lines.results])


class OfArrays:
    """A program for arrays: its instructions, and how many buffers they need.

    `measures` are what is told of lines in each part of a block (see `measures.py`).
    """

    def __init__(self, lines: Lines, measures: Sequence[tuple[int, Measure]] = ()) -> None:
        self._lines = lines
        self.instructions: list[tuple[Operation, Operation]] = []
        self.buffers = 0
        self._measures = measures
        self._slow = any(isinstance(lines.all[line][0], ByElement) for line in lines.order)
        self._allocate(lines.all, lines.results)

    def __call__(self, points: Mapping[str, FloatArray], threads: int) -> FloatArray:
        """The results, a row each; blocks of points are spread over the threads."""
        results, _ = self.measured(points, threads)
        return joined(results, points)

    def measured(
        self, points: Mapping[str, FloatArray], threads: int
    ) -> tuple[FloatArray, FloatArray]:
        """The results and what was measured, a row each, which has the parts of the points.

        The last part is as long as the others: behind the last point there is anything.
        """
        count = _count(points)
        longest = _BLOCK if threads == 1 else _BLOCK_OF_MANY
        size = min(longest, max(_SMALLEST_BLOCK, _WORKSPACE // (self.buffers + 1) // threads))
        part = min(PART, size, max(count, 1))
        size -= size % part
        blocks = [slice(start, min(start + size, count)) for start in range(0, count, size)]
        parts = -(-count // part)
        results = np.empty((len(self._lines.results), parts * part))
        signed = np.empty((len(self._measures), parts), dtype=np.int64)
        bare = np.empty(signed.shape, dtype=np.uint64)
        # Elements one by one in Python gain nothing from threads, which no deadline ends.
        hands = min(len(blocks), 1 if self._slow else threads)
        stopped = Event()

        def work(hand: int) -> None:
            buffers = np.empty((self.buffers, min(size, count) + _APART))
            with np.errstate(all="ignore"):
                for block in blocks[hand::hands]:
                    if stopped.is_set():
                        return
                    length = block.stop - block.start
                    starts = np.arange(0, length, part)
                    first = block.start // part
                    place = slice(first, first + len(starts))
                    noted = [starts, signed[:, place], bare[:, place]]
                    rows = [*results[:, block], *buffers[:, :length], *noted]
                    self._replay(points, block, rows)

        if hands == 1:
            work(0)
        elif hands:
            with ThreadPoolExecutor(hands) as pool:
                try:
                    list(pool.map(work, range(hands)))
                finally:
                    stopped.set()
        measured = moduli(signed, bare, [measure for _, measure in self._measures])
        return results.reshape(len(results), parts, part), measured

    def _replay(
        self, points: Mapping[str, FloatArray], block: slice, rows: Sequence[NumberArray]
    ) -> None:
        """The lines, one after the other, for one block of points."""
        registers = [
            *map(np.array, self._lines.constants.values()),
            *(np.ascontiguousarray(points[name][block]) for name in self._lines.inputs.values()),
            *rows,
        ]
        for function, chosen in self.instructions:
            function(*chosen(registers))

    def _allocate(self, lines: Sequence[TracedLine], results: Sequence[int]) -> None:
        """Gives each line a register: a constant's, an input's, a result's row, or a buffer."""
        place = {n: at for at, n in enumerate([*self._lines.constants, *self._lines.inputs])}
        rows = list(enumerate(results, start=len(place)))
        first_buffer = len(place) + len(results)
        last_use = {operand: line for line in self._lines.order for operand in lines[line][1]}
        after: dict[int, list[tuple[Operation, Sequence[int]]]] = {}
        for number, (line, measure) in enumerate(self._measures):
            after.setdefault(line, []).append((partial(note, measure, number), _MEASURED))
        row_of = {line: row for row, line in rows if line not in place}
        for row, line in rows:
            if row_of.get(line) != row:
                after.setdefault(line, []).append((_copy, [row]))
        free: list[int] = []
        for line in [*place, *self._lines.order]:
            if line not in place:
                function, operands = lines[line]
                registers = [place[operand] for operand in operands]
                dying = {place[operand] for operand in operands if last_use[operand] == line}
                free.extend(register for register in dying if register >= first_buffer)
                if line not in row_of and not free:
                    free.append(first_buffer + self.buffers)
                    self.buffers += 1
                place[line] = row_of[line] if line in row_of else free.pop()
                self.instructions.append((_into(function), itemgetter(*registers, place[line])))
            for function, others in after.get(line, ()):
                self.instructions.append((function, itemgetter(place[line], *others)))
            if line not in last_use and place[line] >= first_buffer:
                free.append(place[line])


def _count(points: Mapping[str, FloatArray]) -> int:
    return len(next(iter(points.values())))


def joined(results: NumberArray, points: Mapping[str, FloatArray]) -> NumberArray:
    """The rows of parts as rows of points."""
    rows, parts, part = results.shape
    return results.reshape(rows, parts * part)[:, : _count(points)]


def _copy(array: FloatArray, into: FloatArray) -> None:
    into[...] = array


def _pair(first: V, second: W) -> tuple[V, W]:
    return first, second


def _spread(function: Operation, pair: tuple[float, float], last: float) -> Any:
    return function(*pair, last)


def _into(function: Operation) -> Operation:
    """The function with the array for its result as one more argument, as most ufuncs take it."""
    if function in (np.maximum, np.minimum):
        return lambda a, b, out: function(a, b, out=out)
    if isinstance(function, np.ufunc):
        return function

    def into(*operands: NumberArray) -> None:
        operands[-1][...] = function(*operands[:-1])

    return into


def needed(lines: Sequence[TracedLine], results: Sequence[int]) -> set[int]:
    """The lines that the results need."""
    found = set(results)
    for line in range(max(results, default=-1), -1, -1):
        if line in found:
            found.update(lines[line][1])
    return found
