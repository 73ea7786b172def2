"""Tracing: what is done with a value is written down, as lines of a program of numpy ufuncs.

A `Traced` value knows no number. An `Expression` replayed with traced values, or a vjp called with
them, leaves behind the lines that compute it; equal lines are one. So the walk back uses what the
forward pass has computed, exp's derivative is the line that is there already, and no derivative is
written down a second time for millions of points.
"""

import math
import operator
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from diffcalc.base.numbers import Algebra
from diffcalc.language.algebras import FLOAT
from diffcalc.language.operations import ELEMENTARY, Operation

# Their numpy functions are no formulas of ufuncs: a line of the program each, as they are.
_WHOLE = [name for name, row in ELEMENTARY.items() if row.opaque]
# By repeated multiplication up to here: beyond, round-off would grow with each squaring.
_LARGEST_PRODUCT = 16
# numpy's names of it, before and since version 2.4.
_AVX512 = ("AVX512_SKX", "X86_V4")
# A product of two such factors neither overflows nor vanishes.
_SMALLEST, _LARGEST = 1e-150, 1e150

TracedLine = tuple[Any, tuple[int, ...]]
"""A callable and the numbers of the lines it is applied to; a float, or an input's name, alone."""
TracedValue = Any
"""A traced value, or a float where it is constant."""


class TracedProgram:
    """The lines that were traced: a callable and its operands each, equal lines being one.

    An operand is the number of a line. A line without operands is a constant or an input.
    """

    def __init__(self, tangents: bool = False) -> None:
        self.tangents = tangents
        self.lines: list[TracedLine] = []
        self.forward = 0
        self.wholes: dict[int, TracedLine] = {}
        """Lines that come from several others, and are one function together: a sine."""
        self._known: dict[TracedLine, int] = {}

    def line(self, function: Any, *operands: int) -> int:
        """The number of this line, new or already there."""
        if function in _COMMUTATIVE:
            operands = tuple(sorted(operands))
        key = (function, operands)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.lines)
            self.lines.append(key)
        return found

    def constant(self, line: int) -> float | None:
        """The value of a line that is a constant."""
        content, operands = self.lines[line]
        return content if isinstance(content, float) and not operands else None

    def number(self, value: TracedValue) -> int:
        """The line that holds this value, its factor multiplied in."""
        if not isinstance(value, Traced):
            return self.line(float(value))
        if value.factor == 1:
            return value.line
        if value.factor == -1:
            return self.line(np.negative, value.line)
        return self.line(np.multiply, value.line, self.line(value.factor))

    def whole(self, line: int) -> TracedLine:
        """What a line is, taken together with the lines that are only there for it."""
        return self.wholes.get(line, self.lines[line])

    def value(self, line: int) -> TracedValue:
        """What a line holds, as a value to go on with."""
        constant = self.constant(line)
        return Traced(self, line) if constant is None else constant

    def apply(self, function: Operation, *values: TracedValue) -> "Traced":
        """A new value: `function` of these."""
        return Traced(self, self.line(function, *map(self.number, values)))


class Traced:
    """A value that a program computes: a constant factor times the result of one of its lines.

    Scalings, signs and the seed of the walk back so cost nothing until the product is needed.
    """

    __slots__ = ("factor", "line", "program")
    column: ClassVar[Algebra[TracedValue]]

    def __init__(self, program: TracedProgram, line: int, factor: float = 1.0) -> None:
        self.program = program
        self.line = line
        self.factor = factor

    @property
    def data(self) -> "Traced":
        """Itself: a tensor keeps its numbers here, this has none yet."""
        return self

    def scaled(self, factor: float) -> TracedValue:
        """A constant times the value."""
        product = float(self.factor * factor)
        if factor == 0 and self.program.forward:
            return 0.0
        if _SMALLEST < abs(product) < _LARGEST:
            return Traced(self.program, self.line, product)
        # In the forward pass 0*x is nan where x is; and factors may not run into infinity.
        return self.program.apply(np.multiply, self, factor)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: TracedValue) -> TracedValue:
        if self.program.tangents and ufunc in _BY_TANGENTS:
            found = _BY_TANGENTS[ufunc](self)
            self.program.wholes[found.line] = ufunc, (self.program.number(self),)
            return found
        meaning = _MEANING.get(ufunc)
        return meaning(*operands) if meaning else self.program.apply(ufunc, *operands)

    def __array_function__(
        self, function: Any, types: Any, operands: Any, options: Any
    ) -> "Traced":
        return self.program.apply(function, *operands)

    def __neg__(self) -> TracedValue:
        return Traced(self.program, self.line, -self.factor)

    def __abs__(self) -> TracedValue:
        whole = self.program.apply(np.absolute, Traced(self.program, self.line))
        return whole.scaled(abs(self.factor))

    def __add__(self, other: TracedValue) -> TracedValue:
        return _add(self, other)

    def __radd__(self, other: TracedValue) -> TracedValue:
        return _add(other, self)

    def __sub__(self, other: TracedValue) -> TracedValue:
        return _add(self, -other)

    def __rsub__(self, other: TracedValue) -> TracedValue:
        return _add(other, -self)

    def __mul__(self, other: TracedValue) -> TracedValue:
        return _multiply(self, other)

    def __rmul__(self, other: TracedValue) -> TracedValue:
        return _multiply(other, self)

    def __truediv__(self, other: TracedValue) -> TracedValue:
        return _divide(self, other)

    def __rtruediv__(self, other: TracedValue) -> TracedValue:
        return _divide(other, self)

    def __pow__(self, other: TracedValue) -> TracedValue:
        return _power(self, other)

    def __rpow__(self, other: TracedValue) -> TracedValue:
        return _power(other, self)


def _add(a: TracedValue, b: TracedValue) -> TracedValue:
    if not isinstance(a, Traced):
        a, b = b, a
    program = a.program
    if not isinstance(b, Traced):
        if not b:
            return a
        if a.factor == -1:
            return program.apply(np.subtract, b, -a)
        return program.apply(np.add, a, b)
    if a.factor == b.factor:
        return Traced(program, program.line(np.add, a.line, b.line), a.factor)
    if a.factor == -b.factor:
        return Traced(program, program.line(np.subtract, a.line, b.line), a.factor)
    if a.factor == -1:
        a, b = b, a
    if b.factor == -1:
        return program.apply(np.subtract, a, -b)
    return program.apply(np.add, a, b)


def _multiply(a: TracedValue, b: TracedValue) -> TracedValue:
    if not isinstance(a, Traced):
        return b.scaled(a)
    if not isinstance(b, Traced):
        return a.scaled(b)
    program = a.program
    for one, other in ((a, b), (b, a)):
        function, operands = program.lines[one.line]
        if function is np.divide and (numerator := program.constant(operands[0])) is not None:
            quotient = program.line(np.divide, other.line, operands[1])
            return Traced(program, quotient, other.factor).scaled(one.factor).scaled(numerator)
    if abs(a.factor) != 1:
        a = Traced(program, program.number(a))
    if abs(b.factor) != 1:
        b = Traced(program, program.number(b))
    return Traced(program, program.line(np.multiply, a.line, b.line), a.factor * b.factor)


def _divide(a: TracedValue, b: TracedValue) -> TracedValue:
    program = (a if isinstance(a, Traced) else b).program
    if not isinstance(b, Traced):
        if math.frexp(b)[0] in (0.5, -0.5):
            return a.scaled(1 / b)
        return Traced(program, program.line(np.divide, a.line, program.number(b)), a.factor)
    if not isinstance(a, Traced):
        sign = math.copysign(1.0, b.factor)
        inverse = Traced(program, b.line, abs(b.factor))
        return program.apply(np.divide, a * sign, inverse)
    quotient = Traced(program, program.line(np.divide, a.line, b.line), a.factor)
    return quotient.scaled(1 / b.factor)


def _power(base: TracedValue, exponent: TracedValue) -> TracedValue:
    if isinstance(exponent, Traced):
        if base == math.e:
            return exponent.program.apply(np.exp, exponent)
        return exponent.program.apply(np.power, base, exponent)
    if exponent == 0.5:
        return base.program.apply(np.sqrt, base)
    if exponent != int(exponent) or abs(exponent) > _LARGEST_PRODUCT:
        return base.program.apply(np.power, base, exponent)
    product, square, bits = 1.0, base, int(abs(exponent))
    while bits:
        product = product * square if bits & 1 else product
        square, bits = square * square, bits >> 1
    return product if exponent >= 0 else 1.0 / product


def cosine(x: TracedValue) -> TracedValue:
    """The cosine within 3 units in the last place, also beside its zeros.

    With AVX-512 numpy's tangent is vectorised and its sine is not: twice as fast, together with the
    sine four times.
    """
    tangent = np.tan(x)
    return np.copysign(1.0 / np.sqrt(1.0 + tangent * tangent), tangent * np.tan(x / 2))


def sine(x: TracedValue) -> TracedValue:
    """The sine, as accurate; where both are needed, most of it is there already."""
    return np.tan(x) * cosine(x)


def tangent_is_fast() -> bool:
    """Whether numpy takes the tangents of several numbers at once here."""
    introspect = getattr(np.lib, "introspect", None)  # of numpy 2
    if introspect is None:
        return False
    found = introspect.opt_func_info(func_name="^tan$", signature="float64")
    return any(kind["current"] in _AVX512 for kind in found.get("tan", {}).values())


_COMMUTATIVE = {np.add, np.multiply}
_MEANING: dict[Operation, Callable[..., TracedValue]] = {
    np.add: _add,
    np.subtract: lambda a, b: _add(a, -b),
    np.multiply: _multiply,
    np.divide: _divide,
    np.power: _power,
    np.negative: operator.neg,
    np.absolute: abs,
}
_BY_TANGENTS = {np.sin: sine, np.cos: cosine}


def _whole(name: str) -> Callable[..., TracedValue]:
    def call(*operands: TracedValue) -> TracedValue:
        traced = next((o for o in operands if isinstance(o, Traced)), None)
        function = FLOAT[name]
        return traced.program.apply(function, *operands) if traced else function(*operands)

    return call


def _where(condition: TracedValue, yes: TracedValue, no: TracedValue) -> TracedValue:
    if isinstance(condition, Traced) or math.isnan(condition):
        return _whole("where")(condition, yes, no)
    return yes if condition else no


Traced.column = {**FLOAT, **{name: _whole(name) for name in _WHOLE}, "where": _where}
