"""The compiled tape: one reverse-mode program, replayed at millions of points.

The eager tensors record a tape, walk it back and forget it. Here the expression is traced once (see
`tracing.py`), and so are the vjps of the walk back, the very ones that the tensors use
(`primitives.py`): adjoints are further lines of the same program, and what no result needs is
dropped. By the *cheap gradient principle* the gradient in all variables together costs a small
multiple of the value, three to five times, however many variables there are (Griewank and Walther,
*Evaluating Derivatives*, sections 3.3 and 4.6).

Replayed over all points at once, each line would stream through memory, which is slower than the
arithmetic. So the points are cut into *blocks*, whose arrays stay in the processor's cache, and a
line writes into one of few buffers made beforehand. Which one, *liveness* tells: a buffer whose
value no later line uses is free for the next (linear scan: Poletto and Sarkar, 1999). numpy
releases the interpreter's lock within a ufunc, so blocks can be spread over threads.

Where a point has no finite result, because 0 met infinity or a branch that `where` did not take is
undefined, the eager tensors tell what a zero cotangent carries (see `settled` in `tape.py`).
"""

import math
import operator
import os
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from heapq import heappop, heappush
from operator import itemgetter
from threading import Event
from typing import Any

import numpy as np

from diffcalc.autograd.compiled.rounding import bounds, constants_in
from diffcalc.autograd.compiled.tracing import (
    Traced,
    TracedLine,
    TracedProgram,
    TracedValue,
    tangent_is_fast,
)
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.base.numbers import V, W
from diffcalc.base.types import FloatArray, NumberArray
from diffcalc.language.expression import Expression, Node
from diffcalc.language.operations import ByElement, Operation

# Points: shorter blocks are more often the interpreter's, longer ones leave the cache.
_BLOCK, _SMALLEST_BLOCK = 32_768, 64
# Numbers in all buffers of all threads.
_WORKSPACE = 2**22
_SCALAR = {
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul,
    np.divide: operator.truediv, np.negative: operator.neg, np.absolute: abs,
    np.exp: math.exp, np.log: math.log, np.sqrt: math.sqrt,
    np.sin: math.sin, np.cos: math.cos, np.tan: math.tan, np.tanh: math.tanh,
}  # fmt: skip


class Tape:
    """The value of an expression and its gradient, at any number of points.

    `wrt` are the variables of the gradient, `constants` those that have one value at all points,
    and `beside` are further expressions whose values are wanted. Where it is `bounded`, each of
    these results has a bound on its round-off error (see `rounding.py`), in as many rows more.
    Everything is elementwise: a variable is a single number at each point.
    """

    def __init__(
        self,
        expression: Expression,
        wrt: Sequence[str],
        constants: Mapping[str, float] | None = None,
        beside: Sequence[Expression] = (),
        bounded: bool = False,
    ) -> None:
        self._expression = expression
        self._wrt = tuple(wrt)
        self._fixed = constants or {}
        self._beside = beside
        self._bounded = bounded

    def __call__(self, points: Mapping[str, FloatArray], threads: int | None = None) -> FloatArray:
        """The value, the derivatives and what is `beside`, a row each, with a column for a point.

        `points` has a vector of float64 for each variable that is not constant, all of one length.
        `threads` are as many as there are processors if not given.
        """
        return self.of_arrays(points, threads or os.cpu_count() or 1)

    def at(self, point: Mapping[str, float]) -> FloatArray:
        """The same at one point, as a vector; Python's floats are faster than arrays of one."""
        try:
            return self.of_floats(point)
        except (ArithmeticError, ValueError):
            # What is an error in Python is nan or infinite in numpy.
            return self({name: np.array([number]) for name, number in point.items()})[:, 0]

    @cached_property
    def of_arrays(self) -> "OfArrays":
        """The program for arrays."""
        return OfArrays(self._traced(tangent_is_fast()))

    @cached_property
    def of_floats(self) -> "OfFloats":
        """The program for Python's floats."""
        return OfFloats(self._traced(tangents=False))

    def _traced(self, tangents: bool) -> "_Lines":
        program = TracedProgram(tangents)
        names = dict.fromkeys(n for e in (self._expression, *self._beside) for n in e.variables)
        leaves: dict[str, TracedValue] = {n: Traced(program, program.line(n)) for n in names}
        leaves.update(self._fixed)
        with np.errstate(all="ignore"):
            known = constants_in(self._expression, self._fixed) if self._bounded else {}
            met = self._expression.replay(leaves, Traced.column, known)
            others = [other(Traced.column, **leaves) for other in self._beside]
            program.forward = len(program.lines)
            gradient = _walk_back(self._expression, met, self._wrt)
            values = [met[-1], *(gradient[name] for name in self._wrt), *others]
            results = [program.number(value) for value in values]
            order = _order(program.lines, program.forward, results)
            if self._bounded:
                results += [program.number(bound) for bound in bounds(program, order, results)]
                others = sorted(_needed(program.lines, results).difference(order))
                order = _merged(program.lines, order, others)
        return _Lines(program, order, results)


class _Lines:
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

    def __init__(self, lines: _Lines) -> None:
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
    """A program for arrays: its instructions, and how many buffers they need."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.instructions: list[tuple[Operation, Operation]] = []
        self.buffers = 0
        self._slow = any(isinstance(lines.all[line][0], ByElement) for line in lines.order)
        self._allocate(lines.all, lines.results)

    def __call__(self, points: Mapping[str, FloatArray], threads: int) -> FloatArray:
        """The results, a row each; blocks of points are spread over the threads."""
        count = len(next(iter(points.values())))
        results = np.empty((len(self._lines.results), count))
        size = min(_BLOCK, max(_SMALLEST_BLOCK, _WORKSPACE // (self.buffers + 1) // threads))
        starts = range(0, count, size)
        # Elements one by one in Python gain nothing from threads, which no deadline ends.
        hands = min(len(starts), 1 if self._slow else threads)
        stopped = Event()

        def work(hand: int) -> None:
            buffers = np.empty((self.buffers, min(size, count)))
            with np.errstate(all="ignore"):
                for start in starts[hand::hands]:
                    if stopped.is_set():
                        return
                    self._replay(points, results, buffers, slice(start, start + size))

        if hands == 1:
            work(0)
        elif hands:
            with ThreadPoolExecutor(hands) as pool:
                try:
                    list(pool.map(work, range(hands)))
                finally:
                    stopped.set()
        return results

    def _replay(
        self,
        points: Mapping[str, FloatArray],
        results: FloatArray,
        buffers: FloatArray,
        block: slice,
    ) -> None:
        """The lines, one after the other, for one block of points."""
        rows = results[:, block]
        registers = [
            *map(np.array, self._lines.constants.values()),
            *(np.ascontiguousarray(points[name][block]) for name in self._lines.inputs.values()),
            *rows,
            *buffers[:, : rows.shape[1]],
        ]
        for function, chosen in self.instructions:
            function(*chosen(registers))

    def _allocate(self, lines: Sequence[TracedLine], results: Sequence[int]) -> None:
        """Gives each line a register: a constant's, an input's, a result's row, or a buffer."""
        place = {n: at for at, n in enumerate([*self._lines.constants, *self._lines.inputs])}
        rows = list(enumerate(results, start=len(place)))
        row_of = {line: row for row, line in rows}
        first_buffer = len(place) + len(results)
        last_use = {operand: line for line in self._lines.order for operand in lines[line][1]}
        free: list[int] = []
        for line in self._lines.order:
            function, operands = lines[line]
            registers = [place[operand] for operand in operands]
            dying = {place[operand] for operand in operands if last_use[operand] == line}
            free.extend(register for register in dying if register >= first_buffer)
            if line not in row_of and not free:
                free.append(first_buffer + self.buffers)
                self.buffers += 1
            place[line] = row_of[line] if line in row_of else free.pop()
            self.instructions.append((_into(function), itemgetter(*registers, place[line])))
        for row, line in rows:
            if place[line] != row:
                self.instructions.append((np.positive, itemgetter(place[line], row)))


def _walk_back(
    expression: Expression, met: Sequence[TracedValue], wrt: Sequence[str]
) -> dict[str, TracedValue]:
    """The derivative in each variable: every vjp of the walk, traced."""
    moving = expression.depending_on(*wrt)
    cotangents: list[TracedValue] = [0.0] * len(met)
    cotangents[-1] = 1.0
    gradient: dict[str, TracedValue] = dict.fromkeys(wrt, 0.0)
    for index in _backwards(expression.nodes):
        node, cotangent = expression.nodes[index], cotangents[index]
        if not moving[index] or (not isinstance(cotangent, Traced) and cotangent == 0):
            continue
        if node.operation == "variable":
            gradient[str(node.content)] = cotangent
            continue
        primals = [met[i] for i in node.operands]
        for i, vjp in zip(node.operands, PRIMITIVES[node.operation].vjps, strict=True):
            if vjp is not None and moving[i]:
                cotangents[i] = cotangents[i] + vjp(cotangent, met[index], *primals)
    return gradient


def _backwards(nodes: Sequence[Node]) -> Iterator[int]:
    """Each node after those that use it; of several that could be next, the one typed first.

    So the derivatives of a sum's terms are added up in the order in which the terms are computed,
    and a term's buffers are free again before the next term needs some.
    """
    uses = Counter(operand for node in nodes for operand in node.operands)
    ready = [len(nodes) - 1]
    while ready:
        index = heappop(ready)
        yield index
        for operand in nodes[index].operands:
            uses[operand] -= 1
            if not uses[operand]:
                heappush(ready, operand)


def _order(lines: Sequence[TracedLine], forward: int, results: Sequence[int]) -> list[int]:
    """The lines that the results need: the first `forward` as they come, and the walk back."""
    needed = sorted(_needed(lines, results))
    turn = bisect_left(needed, forward)
    return _merged(lines, needed[:turn], needed[turn:])


def _needed(lines: Sequence[TracedLine], results: Sequence[int]) -> set[int]:
    """The lines that the results need."""
    needed = set(results)
    for line in range(max(results), -1, -1):
        if line in needed:
            needed.update(lines[line][1])
    return needed


def _merged(lines: Sequence[TracedLine], first: Sequence[int], others: Sequence[int]) -> list[int]:
    """The `first`, and the others in their order, each as soon as it can be computed.

    A sum's terms so are forgotten one after the other, and need a few buffers together.
    """
    order: list[int] = []
    done: set[int] = set()
    waiting = deque(others)
    for line in first:
        order.append(line)
        done.add(line)
        while waiting and done.issuperset(lines[waiting[0]][1]):
            done.add(waiting[0])
            order.append(waiting.popleft())
    return [*order, *waiting]


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
