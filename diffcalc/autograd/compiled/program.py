"""The compiled tape: one reverse-mode program, replayed at millions of points.

The eager tensors record a tape, walk it back and forget it. Here the expression is traced once (see
`tracing.py`), and so are the vjps of the walk back, the very ones that the tensors use
(`primitives.py`): adjoints are further lines of the same program, and what no result needs is
dropped. By the *cheap gradient principle* the gradient in all variables together costs a small
multiple of the value, three to five times, however many variables there are (Griewank and Walther,
*Evaluating Derivatives*, sections 3.3 and 4.6).

How it is run, over arrays and at one point, is in `replay.py`. Where a point has no finite result,
because 0 met infinity or a branch that `where` did not take is undefined, the eager tensors tell
what a zero cotangent carries (see `settled` in `tape.py`).
"""

import os
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush

import numpy as np

from diffcalc.autograd.compiled.replay import Lines, OfArrays, OfFloats, needed
from diffcalc.autograd.compiled.rounding import bounds, constants_in
from diffcalc.autograd.compiled.screening import BlockBounds, Screen
from diffcalc.autograd.compiled.tracing import (
    Traced,
    TracedLine,
    TracedProgram,
    TracedValue,
    tangent_is_fast,
)
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.base.types import BoolArray, FloatArray
from diffcalc.language.expression import Expression, Node


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
        self.is_screened = True
        """Whether it pays to ask `screened` first."""

    def __call__(self, points: Mapping[str, FloatArray], threads: int | None = None) -> FloatArray:
        """The value, the derivatives and what is `beside`, a row each, with a column for a point.

        `points` has a vector of float64 for each variable that is not constant, all of one length.
        `threads` are as many as there are processors if not given.
        """
        return self.of_arrays(points, threads or os.cpu_count() or 1)

    def screened(
        self,
        points: Mapping[str, FloatArray],
        trusted: Sequence[float],
        small: float,
        threads: int | None = None,
    ) -> tuple[FloatArray, BoolArray]:
        """The results without bounds, and the points where that is plainly enough.

        See `Screen.screened`.
        """
        return self._screen.screened(points, threads or os.cpu_count() or 1, trusted, small)

    def at(self, point: Mapping[str, float]) -> FloatArray:
        """The same at one point, as a vector; Python's floats are faster than arrays of one."""
        try:
            return self.of_floats(point)
        except (ArithmeticError, ValueError):
            # What is an error in Python is nan or infinite in numpy.
            return self({name: np.array([number]) for name, number in point.items()})[:, 0]

    @cached_property
    def of_arrays(self) -> OfArrays:
        """The program for arrays."""
        return OfArrays(self._lines(tangent_is_fast()))

    @cached_property
    def of_floats(self) -> OfFloats:
        """The program for Python's floats."""
        return OfFloats(self._lines(tangents=False))

    @cached_property
    def _screen(self) -> Screen:
        """The program for arrays that tells where its results need no bound of their own."""
        program, order, results = self._traced(tangent_is_fast())
        # Distances that are the same everywhere need no row.
        results = [
            line
            for row, line in enumerate(results)
            if row <= len(self._wrt) or not (program.constant(line) or 0) > 0
        ]
        found = BlockBounds(program, order, results, 1 + len(self._wrt))
        order = _extended(program.lines, order, [*results, *(line for line, _ in found.measures)])
        return Screen(Lines(program, order, results), found)

    def _lines(self, tangents: bool) -> Lines:
        program, order, results = self._traced(tangents)
        if self._bounded:
            with np.errstate(all="ignore"):
                errors = bounds(program, order, results)
            results += map(program.number, errors)
            order = _extended(program.lines, order, results)
        return Lines(program, order, results)

    def _traced(self, tangents: bool) -> tuple[TracedProgram, list[int], list[int]]:
        """The program, the lines that are needed, and those of the results."""
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
        return program, _order(program.lines, program.forward, results), results


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
    chosen = sorted(needed(lines, results))
    turn = bisect_left(chosen, forward)
    return _merged(lines, chosen[:turn], chosen[turn:])


def _extended(
    lines: Sequence[TracedLine], order: Sequence[int], wanted: Sequence[int]
) -> list[int]:
    """The lines in `order`, and the others that are needed for those that are `wanted`."""
    return _merged(lines, order, sorted(needed(lines, wanted).difference(order)))


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
