"""What the values of a traced program lie between in a block of points: what is measured of it.

A bound on the modulus of a sum or a product follows from those of its operands. Others are measured
in the block; so is a product with a quotient, which at few points is much larger than elsewhere,
and mostly where the other factor is small.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from diffcalc.autograd.compiled.measures import Measure, largest
from diffcalc.autograd.compiled.rounding import KEEPS_MODULUS, WHERE
from diffcalc.autograd.compiled.tracing import Traced, TracedProgram, TracedValue
from diffcalc.language.operations import Operation

_AT_MOST_ONE = (np.sin, np.cos, np.tanh, np.sign, np.greater_equal)
_POSITIVE = (np.exp, np.absolute, np.sqrt, np.cosh, np.hypot, np.greater_equal)
_WITH_POLES = (np.divide, np.power, np.tan)


class Range(NamedTuple):
    """What is known of the values of a line.

    Bounds on the modulus, the `size` from above and the `least` from below; whether none is
    negative; and whether a few may be `far` from the others.
    """

    size: TracedValue
    least: float = 0.0
    positive: bool = False
    far: bool = False


class Ranges:
    """The ranges of a program's lines, as values of another one, whose inputs are `measures`."""

    def __init__(self, program: TracedProgram) -> None:
        self._program = program
        self._ranges: list[Range] = []
        self.numbers = TracedProgram()
        # A factor 0 is 0 here: there is no nan to be kept.
        self.numbers.forward = 1
        self.measures: dict[str, tuple[int, Measure]] = {}

    def __getitem__(self, line: int) -> Range:
        for one in range(len(self._ranges), line + 1):
            self._ranges.append(self._range(one))
        return self._ranges[line]

    def measured(self, measure: Measure, line: int) -> Traced:
        """What will be measured of a line, as a value to go on with."""
        name = f"{measure.__name__} {line}"
        self.measures[name] = line, measure
        return Traced(self.numbers, self.numbers.line(name))

    def size(self, value: TracedValue) -> TracedValue:
        """A bound on the modulus of a traced value."""
        if isinstance(value, Traced):
            return self[value.line].size * abs(value.factor)
        return abs(value)

    def may_fail(self, line: int) -> bool:
        """Whether it is an input, or may be no number where its operands are; quotients apart."""
        function, operands = self._program.whole(line)
        return not isinstance(function, float) and (not operands or function not in _RULES)

    def _range(self, line: int) -> Range:
        constant = self._program.constant(line)
        if constant is not None:
            return Range(abs(constant), abs(constant), constant >= 0)
        function, operands = self._program.whole(line)
        of = [self._ranges[operand] for operand in operands]
        same = len(operands) == 2 and operands[0] == operands[1]
        found = _RULES[function](of, same) if function in _RULES else None
        if found is None or found.far:
            known = found or Range(0.0, 0.0, function in _POSITIVE, function in _WITH_POLES)
            return known._replace(size=self.measured(largest, line))
        return found


def _product(of: Sequence[Range], same: bool) -> Range:
    a, b = of
    return Range(
        a.size * b.size, a.least * b.least, same or (a.positive and b.positive), a.far or b.far
    )


def _sum(of: Sequence[Range], _: bool) -> Range:
    a, b = of
    positive = a.positive and b.positive
    return Range(a.size + b.size, a.least + b.least if positive else 0.0, positive)


def _quotient(of: Sequence[Range], same: bool) -> Range | None:
    a, b = of
    if same:
        return Range(1.0, 1.0, True)
    positive = a.positive and b.positive
    return (
        Range(a.size / b.least, 0.0, positive, a.far)
        if b.least
        else Range(0.0, 0.0, positive, True)
    )


def _either(of: Sequence[Range], _: bool) -> Range:
    *_condition, a, b = of
    return Range(a.size + b.size, min(a.least, b.least), a.positive and b.positive)


_RULES: dict[Operation, Callable[[Sequence[Range], bool], Range | None]] = {
    np.multiply: _product,
    np.add: _sum,
    np.subtract: lambda of, _: Range(of[0].size + of[1].size),
    np.divide: _quotient,
    **dict.fromkeys((*WHERE, np.maximum, np.minimum), _either),
    **{one: lambda of, _: of[0]._replace(positive=False) for one in KEEPS_MODULUS},
    np.absolute: lambda of, _: of[0]._replace(positive=True),
    **{one: lambda of, _: Range(1.0) for one in _AT_MOST_ONE},
}
