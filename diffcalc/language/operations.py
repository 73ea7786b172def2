"""The one table of elementary functions, constants and operators, with a column per algebra.

A row says what a function is in float64, in mpmath's numbers and in SymPy's; `algebras.py` makes an
algebra of each column. The operations on vectors and matrices have a table of their own,
`array_operations.py`. A new elementary function is a row in `FUNCTIONS`, a vjp in
`autograd/primitives.py`, a rule in `symbolic/rules.py`, and a row in `nonsmooth.py`.
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Operation = Callable[..., Any]

CONSTANTS = {"pi": math.pi, "e": math.e}
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}

# Beyond this, mpmath's gamma takes seconds to begin with: its Taylor series' coefficients.
_LONG_GAMMA = 1_000


class Function(NamedTuple):
    """One elementary function.

    `mpmath` and `sympy` name an attribute of that module, or take the module and the arguments;
    they are looked up on first use, so that reading the table imports neither. It is `easy` where
    mpmath looks at the digits of its arguments only, so that the time does not grow with how large
    they are.
    """

    name: str
    numpy: Operation
    mpmath: str | Operation
    sympy: str | Operation
    arity: int = 1
    easy: bool = False


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
    Function("log", np.log, "log", "log", easy=True),
    Function("log2", np.log2, lambda mp, x: mp.log(x, 2), lambda sp, x: sp.log(x) / sp.log(2),
             easy=True),
    Function("log10", np.log10, lambda mp, x: mp.log(x, 10), lambda sp, x: sp.log(x) / sp.log(10),
             easy=True),
    Function("log1p", np.log1p, "log1p", lambda sp, x: sp.log(1 + x), easy=True),
    Function("sqrt", np.sqrt, "sqrt", "sqrt", easy=True),
    Function("cbrt", np.cbrt, lambda mp, x: mp.sign(x) * mp.cbrt(abs(x)), _opaque("cbrt"),
             easy=True),
    Function("abs", np.abs, lambda mp, x: abs(x), "Abs", easy=True),
    Function("sign", np.sign, "sign", "sign", easy=True),
    Function("floor", np.floor, "floor", "floor", easy=True),
    Function("ceil", np.ceil, "ceil", "ceiling", easy=True),
    Function("sin", np.sin, "sin", "sin"),
    Function("cos", np.cos, "cos", "cos"),
    Function("tan", np.tan, "tan", "tan"),
    Function("sec", lambda x: 1 / np.cos(x), "sec", "sec"),
    Function("csc", lambda x: 1 / np.sin(x), "csc", "csc"),
    Function("cot", lambda x: 1 / np.tan(x), "cot", "cot"),
    Function("asin", np.arcsin, "asin", "asin"),
    Function("acos", np.arccos, "acos", "acos"),
    Function("atan", np.arctan, "atan", "atan", easy=True),
    Function("asec", lambda x: np.arccos(1 / x), "asec", "asec"),
    Function("acsc", lambda x: np.arcsin(1 / x), "acsc", "acsc"),
    Function("acot", lambda x: np.arctan(1 / x), "acot", "acot"),
    Function("sinh", np.sinh, "sinh", "sinh"),
    Function("cosh", np.cosh, "cosh", "cosh"),
    Function("tanh", np.tanh, "tanh", "tanh", easy=True),
    Function("sech", lambda x: 1 / np.cosh(x), "sech", "sech"),
    Function("csch", lambda x: 1 / np.sinh(x), "csch", "csch"),
    Function("coth", lambda x: 1 / np.tanh(x), "coth", "coth"),
    Function("asinh", np.arcsinh, "asinh", "asinh", easy=True),
    Function("acosh", np.arccosh, "acosh", "acosh", easy=True),
    Function("atanh", np.arctanh, "atanh", "atanh"),
    Function("asech", lambda x: np.arccosh(1 / x), "asech", "asech"),
    Function("acsch", lambda x: np.arcsinh(1 / x), "acsch", "acsch"),
    Function("acoth", lambda x: np.arctanh(1 / x), "acoth", "acoth"),
    Function("atan2", np.arctan2, "atan2", _atan2, arity=2, easy=True),
    Function("hypot", np.hypot, "hypot", lambda sp, x, y: sp.sqrt(x**2 + y**2), arity=2,
             easy=True),
    # Of more numbers the reader makes max(max(a, b), c).
    Function("min", np.minimum, lambda mp, *x: min(x), _opaque("min"), arity=2, easy=True),
    Function("max", np.maximum, lambda mp, *x: max(x), _opaque("max"), arity=2, easy=True),
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
             _opaque("relu"), easy=True),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {row.name: row for row in _ROWS}

# `where` and the comparisons have no derivative in their condition; they are functions to every
# algebra but not to the reader, which allows a comparison nowhere else.
CHOICES = (
    Function("where", _where, lambda mp, c, a, b: c if mp.isnan(c) else (a if c else b),
             _opaque("where"), arity=3),
    Function("lt", _compare(np.less), lambda mp, a, b: a < b, _opaque("lt"), arity=2,
             easy=True),
    Function("le", _compare(np.less_equal), lambda mp, a, b: a <= b, _opaque("le"), arity=2,
             easy=True),
    Function("gt", _compare(np.greater), lambda mp, a, b: a > b, _opaque("gt"), arity=2,
             easy=True),
    Function("ge", _compare(np.greater_equal), lambda mp, a, b: a >= b, _opaque("ge"), arity=2,
             easy=True),
    Function("eq", _compare(np.equal), lambda mp, a, b: a == b, _opaque("eq"), arity=2,
             easy=True),
    Function("ne", _compare(np.not_equal), lambda mp, a, b: a != b, _opaque("ne"), arity=2,
             easy=True),
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
