"""The one table of elementary functions, constants and operators, with a column per algebra.

An *algebra* is a dictionary from operation name to a callable. An `Expression` is replayed with
any of them (see `expression.py`), so the same program computes with numbers, with digits without
end, and with symbols:

* `FLOAT`: numpy float64 arrays, elementwise and broadcasting, IEEE 754 results;
* `exact()`: mpmath numbers, or object arrays of them, at mpmath's working precision. Real analysis:
  what has no finite real value (a square root of -1, a division by zero) is nan, and stays nan;
* `symbols()`: SymPy expressions.

The fourth, autograd's tensors, lives with its vjps in `autograd/primitives.py`. The operations on
vectors and matrices have a table of their own, `array_operations.py`.
A new elementary function is a row in `FUNCTIONS`, a vjp there, a rule in `symbolic/rules.py`, and a
row in `nonsmooth.py`.
"""

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffcalc.language import array_operations

Algebra = Mapping[str, Callable[..., Any]]
Operation = Callable[..., Any]

CONSTANTS = {"pi": math.pi, "e": math.e}
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}

# mpmath needs as many bits as the argument's exponent says to reduce it: beyond this one more
# exponential on top would never end. Operations that look at the digits only need no bound.
_LARGEST_EXPONENT = 20_000
_LARGEST_POWER = 1_000
_EASY = {
    "add", "sub", "mul", "div", "neg", "abs", "sign", "floor", "ceil", "sqrt", "cbrt", "min",
    "max", "relu", "log", "log2", "log10", "log1p", "atan", "tanh", "asinh",
    "acosh", "hypot", "atan2", *COMPARISONS,
}  # fmt: skip
# Beyond this, mpmath's gamma takes seconds to begin with: its Taylor series' coefficients.
_LONG_GAMMA = 1_000
# How many of the last bits of a result may be round-off.
_GUARD_BITS = 50


class Function(NamedTuple):
    """One elementary function.

    `mpmath` and `sympy` name an attribute of that module, or take the module and the arguments;
    they are looked up on first use, so that reading the table imports neither.
    """

    name: str
    numpy: Operation
    mpmath: str | Operation
    sympy: str | Operation
    arity: int = 1


def _by_element(function: Operation) -> Operation:
    """A scalar function of the standard library or mpmath as an elementwise float64 one."""

    def one(*args: float) -> float:
        try:
            return float(function(*args))
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    def elementwise(*arrays: Any) -> Any:
        return np.asarray(np.frompyfunc(one, len(arrays), 1)(*arrays), dtype=np.float64)[()]

    return elementwise


def _polygamma(order: float, x: float) -> float:
    import mpmath

    if not (math.isfinite(order) and math.isfinite(x)):
        return math.nan
    value = mpmath.psi(int(order), x)
    return math.nan if isinstance(value, mpmath.mpc) else float(value)


def _raised(mp: Any, x: Any) -> tuple[Any, Any]:
    """With gamma(x) = gamma(x + n)/(x*(x + 1)*…*(x + n - 1)): x + n, and what it is divided by.

    In many digits x + n is so large that Stirling's series is used; else n is 0.
    """
    enough = mp.prec // 4
    if mp.prec < _LONG_GAMMA or abs(x) >= enough or mp.isint(x):
        return x, mp.one
    n = enough - int(mp.floor(x))
    return x + n, mp.fprod(x + k for k in range(n))


def _gamma(mp: Any, x: Any) -> Any:
    above, product = _raised(mp, x)
    return mp.gamma(above) / product


def _lgamma(mp: Any, x: Any) -> Any:
    above, product = _raised(mp, x)
    return mp.re(mp.loggamma(above)) - mp.log(abs(product))


def _sigmoid(x: Any) -> Any:
    # 1/(1 + exp(-x)) overflows for large negative x; exp of the negative modulus never does.
    small = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1.0, small) / (1.0 + small)


def _where(condition: Any, yes: Any, no: Any) -> Any:
    chosen = np.where(np.asarray(condition) != 0, yes, no)
    return np.where(np.isnan(condition), np.nan, chosen)[()]


def _compare(compare: Operation) -> Operation:
    def comparison(a: Any, b: Any) -> Any:
        unknown = np.isnan(a) | np.isnan(b)
        return np.where(unknown, np.nan, compare(a, b).astype(np.float64))[()]

    return comparison


def _opaque(name: str) -> Operation:
    """A SymPy function that keeps its name: sigmoid stays `sigmoid(x)` in a printed derivative.

    Choices are opaque too: SymPy's Piecewise and relations rewrite one another without end.
    """
    return lambda sp, *args: sp.Function(name, real=True)(*args)


def _atan2(sp: Any, y: Any, x: Any) -> Any:
    # SymPy works out the angle of two constants as a complex logarithm.
    constant = not (y.free_symbols | x.free_symbols)
    return _opaque("atan2")(sp, y, x) if constant else sp.atan2(y, x)


_ROWS = (
    Function("exp", np.exp, "exp", "exp"),
    Function("expm1", np.expm1, "expm1", lambda sp, x: sp.exp(x) - 1),
    Function("log", np.log, "log", "log"),
    Function("log2", np.log2, lambda mp, x: mp.log(x, 2), lambda sp, x: sp.log(x) / sp.log(2)),
    Function("log10", np.log10, lambda mp, x: mp.log(x, 10), lambda sp, x: sp.log(x) / sp.log(10)),
    Function("log1p", np.log1p, "log1p", lambda sp, x: sp.log(1 + x)),
    Function("sqrt", np.sqrt, "sqrt", "sqrt"),
    Function("cbrt", np.cbrt, lambda mp, x: mp.sign(x) * mp.cbrt(abs(x)), _opaque("cbrt")),
    Function("abs", np.abs, lambda mp, x: abs(x), "Abs"),
    Function("sign", np.sign, "sign", "sign"),
    Function("floor", np.floor, "floor", "floor"),
    Function("ceil", np.ceil, "ceil", "ceiling"),
    Function("sin", np.sin, "sin", "sin"),
    Function("cos", np.cos, "cos", "cos"),
    Function("tan", np.tan, "tan", "tan"),
    Function("sec", lambda x: 1 / np.cos(x), "sec", "sec"),
    Function("csc", lambda x: 1 / np.sin(x), "csc", "csc"),
    Function("cot", lambda x: 1 / np.tan(x), "cot", "cot"),
    Function("asin", np.arcsin, "asin", "asin"),
    Function("acos", np.arccos, "acos", "acos"),
    Function("atan", np.arctan, "atan", "atan"),
    Function("asec", lambda x: np.arccos(1 / x), "asec", "asec"),
    Function("acsc", lambda x: np.arcsin(1 / x), "acsc", "acsc"),
    Function("acot", lambda x: np.arctan(1 / x), "acot", "acot"),
    Function("sinh", np.sinh, "sinh", "sinh"),
    Function("cosh", np.cosh, "cosh", "cosh"),
    Function("tanh", np.tanh, "tanh", "tanh"),
    Function("sech", lambda x: 1 / np.cosh(x), "sech", "sech"),
    Function("csch", lambda x: 1 / np.sinh(x), "csch", "csch"),
    Function("coth", lambda x: 1 / np.tanh(x), "coth", "coth"),
    Function("asinh", np.arcsinh, "asinh", "asinh"),
    Function("acosh", np.arccosh, "acosh", "acosh"),
    Function("atanh", np.arctanh, "atanh", "atanh"),
    Function("asech", lambda x: np.arccosh(1 / x), "asech", "asech"),
    Function("acsch", lambda x: np.arcsinh(1 / x), "acsch", "acsch"),
    Function("acoth", lambda x: np.arctanh(1 / x), "acoth", "acoth"),
    Function("atan2", np.arctan2, "atan2", _atan2, arity=2),
    Function("hypot", np.hypot, "hypot", lambda sp, x, y: sp.sqrt(x**2 + y**2), arity=2),
    # Of more numbers the reader makes max(max(a, b), c).
    Function("min", np.minimum, lambda mp, *x: min(x), _opaque("min"), arity=2),
    Function("max", np.maximum, lambda mp, *x: max(x), _opaque("max"), arity=2),
    Function("erf", _by_element(math.erf), "erf", "erf"),
    Function("erfc", _by_element(math.erfc), "erfc", "erfc"),
    Function("gamma", _by_element(math.gamma), _gamma, "gamma"),
    Function("lgamma", _by_element(math.lgamma), _lgamma, _opaque("lgamma")),
    Function("polygamma", _by_element(_polygamma), lambda mp, n, x: mp.psi(int(n), x),
             "polygamma", arity=2),
    Function("sigmoid", _sigmoid, lambda mp, x: 1 / (1 + mp.exp(-x)), _opaque("sigmoid")),
    Function("softplus", lambda x: np.logaddexp(0.0, x),
             lambda mp, x: max(x, 0) + mp.log1p(mp.exp(-abs(x))), _opaque("softplus")),
    Function("relu", lambda x: np.maximum(x, 0.0), lambda mp, x: max(x, mp.zero),
             _opaque("relu")),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {row.name: row for row in _ROWS}

# `where` and the comparisons have no derivative in their condition; they are functions to every
# algebra but not to the reader, which allows a comparison nowhere else.
_CHOICES = (
    Function("where", _where, lambda mp, c, a, b: c if mp.isnan(c) else (a if c else b),
             _opaque("where"), arity=3),
    Function("lt", _compare(np.less), lambda mp, a, b: a < b, _opaque("lt"), arity=2),
    Function("le", _compare(np.less_equal), lambda mp, a, b: a <= b, _opaque("le"), arity=2),
    Function("gt", _compare(np.greater), lambda mp, a, b: a > b, _opaque("gt"), arity=2),
    Function("ge", _compare(np.greater_equal), lambda mp, a, b: a >= b, _opaque("ge"), arity=2),
    Function("eq", _compare(np.equal), lambda mp, a, b: a == b, _opaque("eq"), arity=2),
    Function("ne", _compare(np.not_equal), lambda mp, a, b: a != b, _opaque("ne"), arity=2),
)  # fmt: skip

ALIASES: Mapping[str, str] = {
    "ln": "log",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsec": "asec", "arccsc": "acsc", "arccot": "acot",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arcsech": "asech", "arccsch": "acsch", "arccoth": "acoth",
    "sgn": "sign", "loggamma": "lgamma", "logistic": "sigmoid",
}  # fmt: skip

OPERATORS: Mapping[str, Operation] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
}

FLOAT: Algebra = {
    **OPERATORS,
    **{row.name: row.numpy for row in _ROWS + _CHOICES},
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
        **{row.name: _bound(row.sympy, sympy) for row in _ROWS + _CHOICES},
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
    rows = {row.name: _bound(row.mpmath, mp) for row in _ROWS + _CHOICES}
    operations = {**rows, **OPERATORS, **_without_round_off(mp, rows)}
    for name in operations.keys() - _EASY:
        bits = _LARGEST_POWER if name == "pow" else _LARGEST_EXPONENT
        operations[name] = _bounded(mp, operations[name], bits)

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


FloatArray = NDArray[np.float64]
