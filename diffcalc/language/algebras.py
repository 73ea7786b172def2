"""The algebras that a program is replayed with: float64, many digits, symbols.

An *algebra* is a dictionary from operation name to a callable. An `Expression` is replayed with
any of them (see `expression.py`), so the same program computes with numbers, with digits without
end, and with symbols:

* `FLOAT`: numpy float64 arrays, elementwise and broadcasting, IEEE 754 results;
* `exact()`: mpmath numbers, or object arrays of them, at mpmath's working precision. Real analysis:
  what has no finite real value (a square root of -1, a division by zero) is nan, and stays nan;
* `symbols()`: SymPy expressions.

The fourth, autograd's tensors, lives with its vjps in `autograd/primitives.py`.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from diffcalc.language import array_operations
from diffcalc.language.operations import CHOICES, CONSTANTS, FUNCTIONS, OPERATORS, Operation

Algebra = Mapping[str, Callable[..., Any]]

_ALL = (*FUNCTIONS.values(), *CHOICES)
# mpmath needs as many bits as the argument's exponent says to reduce it: beyond this one more
# exponential on top would never end. An `easy` operation needs no
# bound.
_LARGEST_EXPONENT = 20_000
# An exponent is bounded sooner: 2**1000 is nearly all that a float64 holds, and it becomes part of
# the result's own exponent, with which the next operation has to cope.
_LARGEST_POWER = 1_000
# How many of the last bits of a result may be round-off.
_GUARD_BITS = 50

FLOAT: Algebra = {
    **OPERATORS,
    **{row.name: row.numpy for row in _ALL},
    **array_operations.float_column(),
    "number": lambda value: np.float64(fraction_to_float(value)),
    "constant": lambda name: np.float64(CONSTANTS[name]),
}


def _bound(value: str | Operation, module: Any) -> Operation:
    if isinstance(value, str):
        found: Operation = getattr(module, value)
        return found
    return lambda *args: value(module, *args)


@cache
def symbols() -> Algebra:
    """The column of SymPy, for `real=True` symbols: with others abs and sign stay complex."""
    import sympy

    constants = {"pi": sympy.pi, "e": sympy.E}
    return {
        **OPERATORS,
        **{row.name: _bound(row.sympy, sympy) for row in _ALL},
        "number": lambda value: sympy.Rational(value.numerator, value.denominator),
        "constant": constants.__getitem__,
    }


@cache
def exact() -> Algebra:
    """The column of mpmath, at its working precision: a finite real value or nan.

    What differs from zero, from an integer or from its neighbour in a comparison by round-off only
    is taken to be equal: sin(pi) is 0 here, x**2 - 2 is 0 at sqrt(2), and tan has a pole at pi/2.
    """
    import mpmath

    mp = mpmath.mp
    constants = {"pi": lambda: +mp.pi, "e": lambda: +mp.e}
    rows = {row.name: _bound(row.mpmath, mp) for row in _ALL}
    operations = {**rows, **OPERATORS, **_without_round_off(mp, rows)}
    for row in _ALL:
        if not row.easy:
            operations[row.name] = _bounded(mp, operations[row.name], _LARGEST_EXPONENT)
    operations["pow"] = _bounded(mp, operations["pow"], _LARGEST_POWER)

    def choose(condition: Any, yes: Any, no: Any) -> Any:
        return mp.nan if mp.isnan(condition) else (yes if condition else no)

    column = {
        **{name: _elementwise(_real(mp, function)) for name, function in operations.items()},
        # The branch that is not taken may be nan.
        "where": _elementwise(choose),
        "number": lambda value: _ratio(mp, value.numerator, value.denominator),
        "constant": lambda name: constants[name](),
    }
    return {**column, **array_operations.exact_column({**column, "total": _total(mp)})}


def _real(mp: Any, function: Operation) -> Operation:
    """A function of finite real numbers with finite real values, nan elsewhere."""
    kind = mp.mpf

    def real(value: Any) -> bool:
        # An mpc can only come from a power of a negative number; it must not turn real again.
        # Infinities and nan have no mantissa, but an exponent: `isfinite` takes ten times as long.
        return type(value) is kind and bool(value._mpf_[1] or not value._mpf_[2])

    def one(*args: Any) -> Any:
        numbers = [a if type(a) is kind else mp.convert(a) for a in args]
        if not all(map(real, numbers)):
            return mp.nan
        try:
            value = function(*numbers)
        except (ValueError, ZeroDivisionError, OverflowError):
            return mp.nan
        value = value if type(value) is kind else mp.convert(value)
        return value if real(value) else mp.nan

    return one


def _bounded(mp: Any, function: Operation, bits: int) -> Operation:
    """The function where its last argument (an exponent, an angle) is below 2**bits."""

    def one(*args: Any) -> Any:
        _, _, exponent, size = args[-1]._mpf_
        if exponent + size > bits:
            return mp.nan
        return function(*args)

    return one


def _without_round_off(mp: Any, rows: Mapping[str, Operation]) -> dict[str, Operation]:
    """The operations whose results may be nothing but round-off, with that taken for what it is."""

    def same(a: Any, b: Any) -> bool:
        return bool(abs(a - b) <= _round_off(mp, max(abs(a), abs(b))))

    def add(a: Any, b: Any) -> Any:
        value = a + b
        return value if _is_clear(mp, value, a, b) or not same(a, -b) else mp.zero

    def sub(a: Any, b: Any) -> Any:
        value = a - b
        return value if _is_clear(mp, value, a, b) or not same(a, b) else mp.zero

    def zeros(function: Operation) -> Operation:
        """Of sin and its kin: a value no larger than the argument's round-off is 0."""

        def one(x: Any) -> Any:
            value = function(x)
            if _is_clear(mp, value, mp.one, x):
                return value
            return mp.zero if abs(value) <= _round_off(mp, max(1, abs(x))) else value

        return one

    sin, cos = zeros(rows["sin"]), zeros(rows["cos"])

    def whole(function: Operation) -> Operation:
        return lambda x: mp.nint(x) if same(x, mp.nint(x)) else function(x)

    def between_poles(function: Operation) -> Operation:
        """Of gamma and its kin: their poles are 0, -1, -2 and so on."""

        def one(*args: Any) -> Any:
            x = args[-1]
            return mp.nan if x <= 0 and same(x, mp.nint(x)) else function(*args)

        return one

    poles = {name: between_poles(rows[name]) for name in ("gamma", "lgamma", "polygamma")}
    return poles | {
        "add": add,
        "sub": sub,
        "sin": sin,
        "cos": cos,
        "tan": lambda x: sin(x) / cos(x),
        "cot": lambda x: cos(x) / sin(x),
        "sec": lambda x: 1 / cos(x),
        "csc": lambda x: 1 / sin(x),
        "floor": whole(rows["floor"]),
        "ceil": whole(rows["ceil"]),
        "lt": lambda a, b: not same(a, b) and a < b,
        "le": lambda a, b: same(a, b) or a < b,
        "gt": lambda a, b: not same(a, b) and a > b,
        "ge": lambda a, b: same(a, b) or a > b,
        "eq": same,
        "ne": lambda a, b: not same(a, b),
    }


def _total(mp: Any) -> Operation:
    """The sum of a list of numbers; 0 where it is no more than the round-off of the largest."""

    def total(numbers: list[Any]) -> Any:
        value = mp.fsum(numbers)
        if not mp.isfinite(value):
            return mp.nan
        return mp.zero if abs(value) <= _round_off(mp, max(map(abs, numbers))) else value

    return total


def _ratio(mp: Any, numerator: int, denominator: int) -> Any:
    """Most numbers that people type are whole."""
    return mp.mpf(numerator) if denominator == 1 else mp.mpf(numerator) / denominator


def _round_off(mp: Any, size: Any) -> Any:
    return mp.ldexp(size, _GUARD_BITS - mp.prec)


def _is_clear(mp: Any, value: Any, a: Any, b: Any) -> bool:
    """Whether the exponents alone tell that `value` is more than the round-off of a and b.

    They nearly always do, in a tenth of the time that the numbers take. All are finite.
    """
    (_, _, exponent, bits), (_, _, of_a, bits_a), (_, _, of_b, bits_b) = (
        value._mpf_, a._mpf_, b._mpf_,
    )  # fmt: skip
    largest = max(of_a + bits_a, of_b + bits_b)
    return bool(exponent + bits > largest + 1 + _GUARD_BITS - mp.prec)


def _elementwise(one: Operation) -> Operation:
    def elementwise(*args: Any) -> Any:
        for a in args:
            if isinstance(a, np.ndarray):
                return np.frompyfunc(one, len(args), 1)(*args)
        return one(*args)

    return elementwise


def numbers(*operands: Any) -> Algebra:
    """The column for these operands.

    Their own where one brings its `column`, as autograd's tensors do; `exact()` if any is mpmath's,
    alone or in an object array; else `FLOAT`.
    """
    for operand in operands:
        own: Algebra | None = getattr(type(operand), "column", None)
        if own is not None:
            return own
    return exact() if any(_is_exact(a) for a in operands) else FLOAT


def _is_exact(array: Any) -> bool:
    if isinstance(array, (np.ndarray, np.generic)):
        return array.dtype.kind == "O"
    return not isinstance(array, (int, float))


def fraction_to_float(value: Fraction) -> float:
    """The float64 nearest to `value`, correctly rounded; infinite beyond its range."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf
