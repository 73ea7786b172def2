"""How far round-off may have taken each result of a traced program: running error analysis.

The result of a line is off by what its operands are off, carried on by its derivatives, and by one
rounding of its own (Wilkinson; Higham, *Accuracy and Stability of Numerical Algorithms*, section
3.3). The bounds are further lines of the program, so they are computed beside the results. A line's
function is elementwise, its Jacobian diagonal: the vjp that takes a cotangent back, given the error
of an operand in its place, carries that forward, and no derivative is written down again.

It is of the first order, and blind to underflow. Inputs count as exact.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from diffcalc.autograd.compiled.tracing import Traced, TracedProgram, TracedValue
from diffcalc.autograd.primitives import PRIMITIVES, Vjp
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Expression
from diffcalc.language.operations import COMPARISONS, SUMS, Operation

# numpy's functions are right within a unit in the last place, or two.
_ROUNDING = 2.0**-52
# Those that are made of several lines (see `cosine` in tracing.py) within three.
_OF_SEVERAL = 3 * _ROUNDING
# A float64 is rounded from 17 digits; the others are for what cancels on the way.
_DIGITS = 40
# A constant of so few bits is what was typed: 0.5 is, 0.1 is not.
_FEW_BITS = 2**24
_PRIMITIVES = {FLOAT[name]: PRIMITIVES[name] for name in PRIMITIVES} | {
    np.add: PRIMITIVES["add"], np.subtract: PRIMITIVES["sub"], np.multiply: PRIMITIVES["mul"],
    np.divide: PRIMITIVES["div"], np.negative: PRIMITIVES["neg"], np.power: PRIMITIVES["pow"],
}  # fmt: skip
WHERE = (np.where, FLOAT["where"])
_CHOOSES = {np.maximum, np.minimum, *WHERE}
# The modulus of the result is that of the first operand.
KEEPS_MODULUS = (np.negative, np.absolute, np.copysign)
# On which side of a corner, a jump or a zero a number is, is not asked here.
CARRIES_NOTHING = {np.greater_equal, np.sign, np.floor, np.ceil,
                   *(FLOAT[name] for name in COMPARISONS)}  # fmt: skip


class _Error(NamedTuple):
    """A bound on an error: `relative` times the value's modulus, and `absolute` beside it.

    What is multiplied and divided only has a relative error that is the same at all points.
    """

    relative: float
    absolute: TracedValue


_NONE = _Error(0.0, 0.0)


def constants_in(expression: Expression, fixed: Mapping[str, float]) -> dict[int, float]:
    """The nodes that are the same at all points, each rounded once.

    In float64, sqrt(2) - 1.4142 would lose digits before any point is looked at.
    """
    moving = expression.depending_on(*(n for n in expression.variables if n not in fixed))
    sums = [i for i, node in enumerate(expression.nodes) if node.operation in SUMS]
    if all(moving[i] for i in sums):
        return {}
    import mpmath

    with mpmath.mp.workdps(_DIGITS):
        values = {n: mpmath.mpf(fixed.get(n, math.nan)) for n in expression.variables}
        met = expression.replay(values, exact())
        return {i: float(value) for i, value in enumerate(met) if not moving[i]}


def bounds(
    program: TracedProgram, order: Sequence[int], results: Sequence[int]
) -> list[TracedValue]:
    """A bound on the error of each result; they become lines of the program themselves.

    `order` has the lines that the results need, operands first; so come the bounds.
    """
    errors: dict[int, _Error] = {}
    for line in order:
        errors[line] = _error(program, line, errors)
    return [_whole(program.value(line), errors[line]) for line in results]


def _error(program: TracedProgram, line: int, errors: Mapping[int, _Error]) -> _Error:
    function, operands = program.whole(line)
    if not operands:
        return _Error(rounding(program, line), 0.0)
    if function in CARRIES_NOTHING:
        return _NONE
    if function in KEEPS_MODULUS:
        return errors[operands[0]]
    values = [program.value(operand) for operand in operands]
    of = [errors[operand] for operand in operands]
    relative = rounding(program, line)
    if function in (np.multiply, np.divide):
        relative += sum(error.relative for error in of)
        rest = [error.absolute for error in of]
    else:
        rest = [_whole(*pair) for pair in zip(values, of, strict=True)]
    if not any(map(is_some, rest)):
        return _Error(relative, 0.0)
    return _Error(relative, _carried(function, rest, program.value(line), values))


def rounding(program: TracedProgram, line: int) -> float:
    """How far a line's own rounding takes its result, relative to that."""
    constant = program.constant(line)
    if constant is not None:
        return 0.0 if _is_short(constant) else _ROUNDING
    function, operands = program.whole(line)
    if not operands or function in _CHOOSES:
        return 0.0
    return _OF_SEVERAL if line in program.wholes else _ROUNDING


def _carried(
    function: Operation,
    errors: Sequence[TracedValue],
    result: TracedValue,
    values: Sequence[TracedValue],
) -> TracedValue:
    """What the errors of the operands do to the result."""
    if function in WHERE:
        return Traced.column["where"](values[0], *errors[1:])
    if function in (np.maximum, np.minimum):
        return np.maximum(*errors)
    if function in (np.add, np.subtract, np.logaddexp):
        return errors[0] + errors[1]
    if function in (np.multiply, np.divide):
        # The modulus of a product is that of its factors, and those are wanted elsewhere too.
        result, *values = map(abs, (result, *values))
    carried = [
        abs(vjp(error, result, *values))
        for error, vjp in zip(errors, vjps(function), strict=True)
        if vjp is not None and is_some(error)
    ]
    return sum(carried, 0.0)


def vjps(function: Operation) -> tuple[Vjp | None, ...]:
    """Those of a line's function."""
    return _PRIMITIVES[function].vjps


def _whole(value: TracedValue, error: _Error) -> TracedValue:
    return abs(value) * error.relative + error.absolute


def is_some(error: TracedValue) -> bool:
    """Whether there is an error at all."""
    return isinstance(error, Traced) or error != 0


def _is_short(constant: float) -> bool:
    return math.isfinite(constant) and (math.frexp(constant)[0] * _FEW_BITS).is_integer()
