"""The algebras that a program is replayed with: float64, many digits, symbols.

An *algebra* is a dictionary from operation name to a callable. An `Expression` is replayed with
any of them (see `expression.py`), so the same program computes with numbers, with digits without
end, and with symbols:

* `FLOAT`: numpy float64 arrays, elementwise and broadcasting, IEEE 754 results;
* `exact()`: mpmath numbers, or object arrays of them, at mpmath's working precision. Real analysis:
  what has no finite real value (a square root of -1, a division by zero) is nan, and stays nan;
* `symbols()`: SymPy expressions.

Others live with what they are for: autograd's tensors in `autograd/names.py`, balls and series in
`truth/`.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from diffcalc.base.numbers import Algebra, Formula, MpContext, MpNumber, Real
from diffcalc.base.types import Floats
from diffcalc.language import array_operations
from diffcalc.language.operations import CONSTANTS, ELEMENTARY, Function, Operation

# mpmath needs as many bits as the argument's exponent says to reduce it: beyond this one more
# exponential on top would never end. An `easy` operation needs no
# bound.
_LARGEST_EXPONENT = 20_000
# An exponent is bounded sooner: 2**1000 is nearly all that a float64 holds, and it becomes part of
# the result's own exponent, with which the next operation has to cope.
_LARGEST_POWER = 1_000
# How many of the last bits of a result may be round-off.
_GUARD_BITS = 50

FLOAT: Algebra[Floats] = {
    **{row.name: row.numpy for row in ELEMENTARY.values()},
    **array_operations.float_column(),
    "number": lambda value: np.float64(fraction_to_float(value)),
    "constant": lambda name: np.float64(CONSTANTS[name]),
}


def _bound(
    row: Function, value: str | Operation | None, module: "ModuleType | Careful"
) -> Operation:
    if value is None:
        return row.numpy
    if isinstance(value, str):
        found: Operation = getattr(module, value)
        return found
    return lambda *args: value(module, *args)


@cache
def symbols() -> Algebra[Formula]:
    """The column of SymPy, for `real=True` symbols: with others abs and sign stay complex."""
    import sympy

    constants = {"pi": sympy.pi, "e": sympy.E}
    return {
        **{name: _bound(row, row.sympy, sympy) for name, row in ELEMENTARY.items()},
        "number": lambda value: sympy.Rational(value.numerator, value.denominator),
        "constant": constants.__getitem__,
    }


@cache
def exact() -> Algebra[MpNumber]:
    """The column of mpmath, at its working precision: a finite real value or nan.

    What differs from zero, from an integer or from its neighbour in a comparison by round-off only
    is taken to be equal: sin(pi) is 0 here, x**2 - 2 is 0 at sqrt(2), and tan has a pole at pi/2.
    """
    import mpmath

    mp = mpmath.mp
    constants = {"pi": lambda: +mp.pi, "e": lambda: +mp.e}
    careful = Careful(mp)
    operations = {name: _bound(row, row.mpmath, careful) for name, row in ELEMENTARY.items()}
    # The branch that is not taken may be nan.
    choose = operations.pop("where")
    for name, function in operations.items():
        if not ELEMENTARY[name].easy:
            operations[name] = _bounded(mp, function, _LARGEST_EXPONENT)
    operations["pow"] = _bounded(mp, operations["pow"], _LARGEST_POWER)
    column = {
        **{name: _elementwise(_real(mp, function)) for name, function in operations.items()},
        "where": _elementwise(choose),
        "number": lambda value: _ratio(mp, value.numerator, value.denominator),
        "constant": lambda name: constants[name](),
    }
    return {**column, **array_operations.exact_column({**column, "total": _total(mp)})}


def _real(mp: MpContext, function: Operation) -> Operation:
    """A function of finite real numbers with finite real values, nan elsewhere."""
    kind = mp.mpf

    def real(value: MpNumber) -> bool:
        # An mpc can only come from a power of a negative number; it must not turn real again.
        # Infinities and nan have no mantissa, but an exponent: `isfinite` takes ten times as long.
        return type(value) is kind and bool(value._mpf_[1] or not value._mpf_[2])

    def one(*args: MpNumber) -> MpNumber:
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


def _bounded(mp: MpContext, function: Operation, bits: int) -> Operation:
    """The function where its last argument (an exponent, an angle) is below 2**bits."""
    return lambda *args: mp.nan if _is_above(args[-1], bits) else function(*args)


def _is_above(number: MpNumber, bits: int) -> bool:
    _, _, exponent, size = number._mpf_
    return bool(exponent + size > bits)


def is_given_up(operation: str, last: MpNumber) -> bool:
    """Whether the exact column has nan only because the last operand, an mpmath number, is huge."""
    import mpmath

    row = ELEMENTARY.get(operation)
    if row is None or row.easy or not mpmath.isfinite(last):
        return False
    return _is_above(last, _LARGEST_POWER if operation == "pow" else _LARGEST_EXPONENT)


class Careful:
    """mpmath, and its operations with what may be nothing but round-off taken for what it is."""

    def __init__(self, mp: MpContext) -> None:
        self._mp = mp

    def __getattr__(self, name: str) -> Callable[..., MpNumber]:
        found: Callable[..., MpNumber] = getattr(self._mp, name)
        return found

    def same(self, a: MpNumber, b: MpNumber) -> bool:
        """Whether the two differ by round-off only."""
        return bool(abs(a - b) <= _round_off(self._mp, max(abs(a), abs(b))))

    def add(self, a: MpNumber, b: MpNumber) -> MpNumber:
        """The sum; 0 where it is round-off."""
        value = a + b
        return value if _is_clear(self._mp, value, a, b) or not self.same(a, -b) else self._mp.zero

    def sub(self, a: MpNumber, b: MpNumber) -> MpNumber:
        """The difference; 0 where it is round-off."""
        value = a - b
        return value if _is_clear(self._mp, value, a, b) or not self.same(a, b) else self._mp.zero

    def sine(self, x: MpNumber) -> MpNumber:
        """The sine; 0 where it is no larger than the argument's round-off."""
        return self._or_zero(self._mp.sin(x), x)

    def cosine(self, x: MpNumber) -> MpNumber:
        """The cosine, likewise."""
        return self._or_zero(self._mp.cos(x), x)

    def _or_zero(self, value: MpNumber, x: MpNumber) -> MpNumber:
        mp = self._mp
        if _is_clear(mp, value, mp.one, x):
            return value
        return mp.zero if abs(value) <= _round_off(mp, max(mp.one, abs(x))) else value

    def whole(self, function: Operation, x: MpNumber) -> MpNumber:
        """A rounding of x, which does nothing to what is as good as whole."""
        nearest = self._mp.nint(x)
        return nearest if self.same(x, nearest) else function(x)

    def is_pole(self, x: MpNumber) -> bool:
        """Whether gamma and its kin have a pole: at 0, -1, -2 and so on."""
        return bool(x <= 0 and self.same(x, self._mp.nint(x)))


def _total(mp: MpContext) -> Operation:
    """The sum of a list of numbers; 0 where it is no more than the round-off of the largest."""

    def total(numbers: list[MpNumber]) -> MpNumber:
        value = mp.fsum(numbers)
        if not mp.isfinite(value):
            return mp.nan
        return mp.zero if abs(value) <= _round_off(mp, max(map(abs, numbers))) else value

    return total


def _ratio(mp: MpContext, numerator: int, denominator: int) -> MpNumber:
    """Most numbers that people type are whole."""
    return mp.mpf(numerator) if denominator == 1 else mp.mpf(numerator) / denominator


def _round_off(mp: MpContext, size: Real) -> MpNumber:
    return mp.ldexp(size, _GUARD_BITS - mp.prec)


def _is_clear(mp: MpContext, value: MpNumber, a: MpNumber, b: MpNumber) -> bool:
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


def numbers(*operands: object) -> Algebra[Any]:
    """The column for these operands.

    Their own where one brings its `column`, as autograd's tensors do; `exact()` if any is mpmath's,
    alone or in an object array; else `FLOAT`.
    """
    for operand in operands:
        own: Algebra[Any] | None = getattr(type(operand), "column", None)
        if own is not None:
            return own
    return exact() if any(_is_exact(a) for a in operands) else FLOAT


def _is_exact(array: object) -> bool:
    if isinstance(array, (np.ndarray, np.generic)):
        return array.dtype.kind == "O"
    return not isinstance(array, (int, float))


def fraction_to_float(value: Fraction) -> float:
    """The float64 nearest to `value`, correctly rounded; infinite beyond its range."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf
