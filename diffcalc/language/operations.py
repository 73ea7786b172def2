"""The one table of elementary functions, constants and operators, with a column per algebra.

A row says all there is to say of an operation but its derivative: what it is in float64, in
mpmath's numbers and in SymPy's, of which `algebras.py` makes an algebra each, and what else the
fields of `Row` and `Function` ask for. The operations on vectors and matrices have a table of their
own, `array_operations.py`. Derivatives stand with the method that uses them. A new elementary
function is a row in `FUNCTIONS`, a vjp in `autograd/primitives.py`, a rule in `symbolic/rules.py`,
and a slope and an enclosure in `truth/`.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np

from diffcalc.base.numbers import Formula, MpContext, MpNumber
from diffcalc.base.types import Floats

Operation = Callable[..., Any]

# Any function, as f(x), g_1(x) and f'(x): an operation that is in no table.
ANY = re.compile(r"[^\W\d_](?:_?\d)?'*")
CONSTANTS = {"pi": math.pi, "e": math.e}

# Beyond this, mpmath's gamma takes seconds to begin with: its Taylor series' coefficients.
_LONG_GAMMA = 1_000


def bounded(degrees: Sequence[float]) -> float:
    """The degree of what is no polynomial: 1 where anything moves it."""
    return min(max(degrees), 1)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is true of any operation, on numbers or on arrays.

    `border` has *switching functions* of the operands u, v, parted by semicolons: the operation is
    nonsmooth (not smooth, or at the end of its domain) where one of them is 0, or where `lattice`
    an integer. It is "" where the operation is smooth wherever it is defined, which is everywhere,
    and None where nobody said. `degree` takes those of the operands. It is `wide` where it takes as
    many digits as lie between its operands to see the smallest, or the place in a period. What is
    left of it beside another function, or a number, that it comes near is exp(-factor*|u|**power),
    with a `tail` of (power, factor). `sign` is the infix sign. `latex` is a command, or a template
    for the operands; "" is the name in upright letters.
    """

    border: str | None = None
    lattice: bool = False
    degree: Callable[[Sequence[float]], float] = bounded
    wide: bool = False
    tail: tuple[int, int] | None = None
    sign: str = ""
    latex: str = ""


@dataclass(frozen=True)
class Function(Row):
    """One elementary function, operator or choice.

    `mpmath` and `sympy` name an attribute of that module, or take the module and the arguments;
    they are looked up on first use, so that reading the table imports neither, and are as `numpy`
    where they are None. mpmath is given as `algebras.Careful`. A function is `easy` where mpmath
    looks at the digits of its arguments only, so that the time does not grow with how large they
    are, and `opaque` where `numpy` is no formula of numpy's own functions.
    """

    name: str
    numpy: Operation
    mpmath: str | Operation | None = None
    sympy: str | Operation | None = None
    arity: int = 1
    easy: bool = False
    opaque: bool = False
    aliases: str = ""
    """Other names that are read."""
    elsewhere: str = ""
    """Names from elsewhere that are not read, but known."""
    inline: str = ""
    """How code says it in simpler functions of x, in a language that lacks it."""
    helper: str = ""
    """The same for what needs a function of its own, of x and y."""
    family: str = ""
    """The exercises it is in."""
    term: int = 0
    """The sign of the last term, where it is a sum of terms."""
    slips: str = ""
    """What people get wrong in its derivative: the sign, or the base."""
    piece: Literal["", "constant", "operand"] = ""
    """What it is between its borders, if that is known to be simpler; relu is 0 on one side."""


class ByElement:
    """A scalar function of the standard library or mpmath as an elementwise float64 one."""

    def __init__(self, function: Operation) -> None:
        self._function = function

    def _one(self, *args: float) -> float:
        try:
            return float(self._function(*args))
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    def __call__(self, *arrays: Floats) -> Floats:
        """The function of each element; as slow as Python, and it can be broken off."""
        return np.asarray(np.frompyfunc(self._one, len(arrays), 1)(*arrays), dtype=np.float64)[()]


def _polygamma(order: float, x: float) -> float:
    import mpmath

    if not (math.isfinite(order) and math.isfinite(x)):
        return math.nan
    value = mpmath.psi(int(order), x)
    return math.nan if isinstance(value, mpmath.mpc) else float(value)


def _erfi(x: float) -> float:
    import mpmath

    return float(mpmath.erfi(x)) if math.isfinite(x) else x


def _raised(mp: MpContext, x: MpNumber) -> tuple[MpNumber, MpNumber]:
    """With gamma(x) = gamma(x + n)/(x*(x + 1)*…*(x + n - 1)): x + n, and what it is divided by.

    In many digits x + n is so large that Stirling's series is used; else n is 0.
    """
    enough = mp.prec // 4
    if mp.prec < _LONG_GAMMA or abs(x) >= enough or mp.isint(x):
        return x, mp.one
    n = enough - int(mp.floor(x))
    return x + n, mp.fprod(x + k for k in range(n))


def _gamma(mp: MpContext, x: MpNumber) -> MpNumber:
    if mp.is_pole(x):
        return mp.nan
    above, product = _raised(mp, x)
    return mp.gamma(above) / product


def _lgamma(mp: MpContext, x: MpNumber) -> MpNumber:
    if mp.is_pole(x):
        return mp.nan
    above, product = _raised(mp, x)
    return mp.re(mp.loggamma(above)) - mp.log(abs(product))


def _sigmoid(x: Floats) -> Floats:
    # 1/(1 + exp(-x)) overflows for large negative x; exp of the negative modulus never does.
    small = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1.0, small) / (1.0 + small)


def _where(condition: Floats, yes: Floats, no: Floats) -> Floats:
    chosen = np.where(np.asarray(condition) != 0, yes, no)
    return np.where(np.isnan(condition), np.nan, chosen)[()]


def _compare(compare: Operation) -> Operation:
    def comparison(a: Floats, b: Floats) -> Floats:
        unknown = np.isnan(a) | np.isnan(b)
        return np.where(unknown, np.nan, compare(a, b).astype(np.float64))[()]

    return comparison


def _opaque(name: str) -> Operation:
    """A SymPy function that keeps its name: sigmoid stays `sigmoid(x)` in a printed derivative.

    Choices are opaque too: SymPy's Piecewise and relations rewrite one another without end.
    """
    return lambda sp, *args: sp.Function(name, real=True)(*args)


def _polygamma_of(sp: ModuleType, n: Formula, x: Formula) -> Formula:
    # SymPy adds up a fraction for each integer below this one: a hundred are many to read.
    large = x.is_Integer and x > 100
    found: Formula = _opaque("polygamma")(sp, n, x) if large else sp.polygamma(n, x)
    return found


def _atan2(sp: ModuleType, y: Formula, x: Formula) -> Formula:
    # SymPy works out the angle of two constants as a complex logarithm.
    constant = not (y.free_symbols | x.free_symbols)
    found: Formula = _opaque("atan2")(sp, y, x) if constant else sp.atan2(y, x)
    return found


# The cut: the angle jumps from pi to -pi across the negative half of the axis. A path may also
# reach the cut at its end, where u and v are 0, or run along it to that end: neither shows as a
# change of the sign of u where v is negative.
_CUT = "where(v <= 0, u, 1); hypot(u, v); where(u == 0, v, 1)"
_CASES = r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"

_OPERATORS = (
    Function("add", operator.add, "add", easy=True, sign="+", border="", degree=max, wide=True,
             term=1),
    Function("sub", operator.sub, "sub", easy=True, sign="-", border="", degree=max, wide=True,
             term=-1),
    Function("mul", operator.mul, easy=True, sign="*", border="", degree=sum),
    Function("div", operator.truediv, easy=True, sign="/", border="v", degree=max),
    # 0 to the power v is 1, 0 or undefined as v is 0, positive or negative.
    Function("pow", operator.pow, easy=True, sign="**", border="u; where(u == 0, v, 1)"),
    Function("neg", operator.neg, easy=True, border="", degree=max),
)  # fmt: skip

# The poles of gamma are 0, -1, -2, …; between 0 and 1/2, and at 1/2, there is no integer.
# In helpers, what is not a number is neither larger nor smaller, and stays what it is.
_ROWS = (
    Function("exp", np.exp, "exp", "exp", border="", latex=r"\mathrm{{e}}^{{{0}}}",
             family="exponential", tail=(1, 1)),
    Function("expm1", np.expm1, "expm1", lambda sp, x: sp.exp(x) - 1, border="", tail=(1, 1)),
    Function("log", np.log, "log", "log", easy=True, border="u", aliases="ln", latex=r"\ln",
             family="logarithm"),
    Function("log2", np.log2, lambda mp, x: mp.log(x, 2), lambda sp, x: sp.log(x) / sp.log(2),
             easy=True, border="u", elsewhere="ld lb", latex=r"\log_{{2}}\left({0}\right)",
             slips="base"),
    Function("log10", np.log10, lambda mp, x: mp.log(x, 10), lambda sp, x: sp.log(x) / sp.log(10),
             easy=True, border="u", elsewhere="lg", latex=r"\log_{{10}}\left({0}\right)",
             slips="base"),
    Function("log1p", np.log1p, "log1p", lambda sp, x: sp.log(1 + x), easy=True, border="1 + u"),
    Function("sqrt", np.sqrt, "sqrt", "sqrt", easy=True, border="u", latex=r"\sqrt{{{0}}}",
             family="root"),
    Function("cbrt", np.cbrt, lambda mp, x: mp.sign(x) * mp.cbrt(abs(x)), _opaque("cbrt"),
             easy=True, border="u", latex=r"\sqrt[3]{{{0}}}", helper="sign(x)*abs(x)**(1/3)"),
    Function("abs", np.abs, lambda mp, x: abs(x), "Abs", easy=True, border="u", elsewhere="Abs",
             latex=r"\left|{0}\right|"),
    Function("sign", np.sign, "sign", "sign", easy=True, border="u", aliases="sgn",
             piece="constant", helper="where(x > 0, 1, where(x < 0, -1, 0*x))"),
    Function("floor", np.floor, lambda mp, x: mp.whole(mp.floor, x), "floor", easy=True, border="u",
             piece="constant", lattice=True, latex=r"\left\lfloor {0}\right\rfloor", wide=True),
    Function("ceil", np.ceil, lambda mp, x: mp.whole(mp.ceil, x), "ceiling", easy=True, border="u",
             piece="constant", lattice=True, latex=r"\left\lceil {0}\right\rceil", wide=True),
    Function("sin", np.sin, "sine", "sin", border="", latex=r"\sin", family="trigonometric",
             slips="sign", wide=True, aliases="sen"),
    Function("cos", np.cos, "cosine", "cos", border="", latex=r"\cos", family="trigonometric",
             slips="sign", wide=True),
    Function("tan", np.tan, lambda mp, x: mp.sine(x) / mp.cosine(x), "tan", border="u/pi - 1/2",
             lattice=True, latex=r"\tan", family="trigonometric", slips="sign",
             wide=True, aliases="tg tang"),
    Function("sec", lambda x: 1 / np.cos(x), lambda mp, x: 1 / mp.cosine(x), "sec",
             border="u/pi - 1/2", lattice=True, latex=r"\sec", inline="1/cos(x)", slips="sign",
             wide=True),
    Function("csc", lambda x: 1 / np.sin(x), lambda mp, x: 1 / mp.sine(x), "csc", border="u/pi",
             lattice=True, latex=r"\csc", inline="1/sin(x)", slips="sign",
             wide=True, aliases="cosec"),
    Function("cot", lambda x: 1 / np.tan(x), lambda mp, x: mp.cosine(x) / mp.sine(x), "cot",
             border="u/pi", lattice=True, latex=r"\cot", inline="1/tan(x)",
             slips="sign", wide=True, aliases="ctg cotg cotan"),
    Function("asin", np.arcsin, "asin", "asin", border="u - 1; u + 1", aliases="arcsin arcsen",
             latex=r"\arcsin", slips="sign"),
    Function("acos", np.arccos, "acos", "acos", border="u - 1; u + 1", aliases="arccos",
             latex=r"\arccos", slips="sign"),
    Function("atan", np.arctan, "atan", "atan", easy=True, border="",
             aliases="arctan arctg", latex=r"\arctan", slips="sign"),
    Function("asec", lambda x: np.arccos(1 / x), "asec", "asec", border="u - 1; u + 1",
             aliases="arcsec", inline="acos(1/x)", slips="sign"),
    Function("acsc", lambda x: np.arcsin(1 / x), "acsc", "acsc", border="u - 1; u + 1",
             aliases="arccsc", inline="asin(1/x)", slips="sign"),
    Function("acot", lambda x: np.arctan(1 / x), "acot", "acot", border="u",
             aliases="arccot arcctg arccotg",
             inline="atan(1/x)", slips="sign"),
    Function("sinh", np.sinh, "sinh", "sinh", border="", latex=r"\sinh",
             slips="sign", tail=(1, 2), aliases="sh"),
    Function("cosh", np.cosh, "cosh", "cosh", border="", latex=r"\cosh",
             slips="sign", tail=(1, 2), aliases="ch"),
    Function("tanh", np.tanh, "tanh", "tanh", easy=True, border="", latex=r"\tanh",
             slips="sign", tail=(1, 2), aliases="th tgh"),
    Function("sech", lambda x: 1 / np.cosh(x), "sech", "sech", border="", inline="1/cosh(x)",
             slips="sign"),
    Function("csch", lambda x: 1 / np.sinh(x), "csch", "csch", border="u", inline="1/sinh(x)",
             slips="sign"),
    Function("coth", lambda x: 1 / np.tanh(x), "coth", "coth", border="u", latex=r"\coth",
             inline="1/tanh(x)", slips="sign", tail=(1, 2), aliases="cth ctgh"),
    Function("asinh", np.arcsinh, "asinh", "asinh", easy=True, border="",
             aliases="arcsinh arsinh argsinh arsh", slips="sign"),
    Function("acosh", np.arccosh, "acosh", "acosh", easy=True, border="u - 1",
             aliases="arccosh arcosh argcosh arch", slips="sign"),
    Function("atanh", np.arctanh, "atanh", "atanh", border="u - 1; u + 1",
             aliases="arctanh artanh argtanh arth"),
    Function("asech", lambda x: np.arccosh(1 / x), "asech", "asech", border="u; u - 1",
             aliases="arcsech", inline="acosh(1/x)", slips="sign"),
    Function("acsch", lambda x: np.arcsinh(1 / x), "acsch", "acsch", border="u", aliases="arccsch",
             inline="asinh(1/x)", slips="sign"),
    Function("acoth", lambda x: np.arctanh(1 / x), "acoth", "acoth", border="u - 1; u + 1",
             aliases="arccoth", inline="atanh(1/x)"),
    Function("atan2", np.arctan2, "atan2", _atan2, arity=2, easy=True, border=_CUT,
             aliases="arctan2"),
    Function("hypot", np.hypot, "hypot", lambda sp, x, y: sp.sqrt(x**2 + y**2), arity=2, easy=True,
             border="hypot(u, v)"),
    # The reader makes max(max(a, b), c) of more numbers.
    Function("min", np.minimum, lambda mp, *x: min(x), _opaque("min"), arity=2, easy=True,
             border="u - v", piece="operand", latex=r"\min",
             helper="where(x < y, x, where(y <= x, y, x + y))", aliases="minimum"),
    Function("max", np.maximum, lambda mp, *x: max(x), _opaque("max"), arity=2, easy=True,
             border="u - v", piece="operand", latex=r"\max",
             helper="where(x > y, x, where(y >= x, y, x + y))", aliases="maximum"),
    Function("erf", ByElement(math.erf), "erf", "erf", opaque=True, border="", slips="sign",
             tail=(2, 1)),
    Function("erfc", ByElement(math.erfc), "erfc", "erfc", opaque=True, border="", slips="sign",
             tail=(2, 1)),
    Function("erfi", ByElement(_erfi), "erfi", "erfi", opaque=True, border="", slips="sign"),
    Function("gamma", ByElement(math.gamma), _gamma, "gamma", opaque=True, border="min(u, 1/2)",
             lattice=True, latex=r"\Gamma"),
    Function("lgamma", ByElement(math.lgamma), _lgamma, _opaque("lgamma"), opaque=True,
             border="min(u, 1/2)", lattice=True, aliases="loggamma"),
    Function("polygamma", ByElement(_polygamma),
             lambda mp, n, x: mp.nan if mp.is_pole(x) else mp.psi(int(n), x), _polygamma_of,
             arity=2, opaque=True, border="min(v, 1/2)", lattice=True),
    # No exp of a large number, which would be infinite.
    Function("sigmoid", _sigmoid, lambda mp, x: 1 / (1 + mp.exp(-x)), _opaque("sigmoid"), border="",
             aliases="logistic", helper="where(x >= 0, 1, exp(-abs(x)))/(1 + exp(-abs(x)))",
             tail=(1, 1)),
    Function("silu", lambda x: x * _sigmoid(x), lambda mp, x: x / (1 + mp.exp(-x)),
             _opaque("silu"), border="", elsewhere="swish", inline="x*sigmoid(x)", tail=(1, 1)),
    Function("softplus", lambda x: np.logaddexp(0.0, x),
             lambda mp, x: max(x, 0) + mp.log1p(mp.exp(-abs(x))), _opaque("softplus"), border="",
             helper="max(x, 0) + log1p(exp(-abs(x)))", tail=(1, 1)),
    Function("relu", lambda x: np.maximum(x, 0.0), lambda mp, x: max(x, mp.zero), _opaque("relu"),
             easy=True, border="u", piece="constant", inline="max(x, 0)"),
)  # fmt: skip

# `where` and the comparisons have no derivative in their condition; they are functions to every
# algebra but not to the reader, which allows a comparison nowhere else.
_CHOICES = (
    Function("where", _where, lambda mp, c, a, b: c if mp.isnan(c) else (a if c else b),
             _opaque("where"), arity=3, opaque=True, border="", piece="operand", latex=_CASES),
    *(
        Function(name, _compare(compare), exactly, _opaque(name), arity=2, easy=True, opaque=True,
                 sign=sign, border="u - v", latex=latex, piece="constant")
        for name, compare, exactly, sign, latex in (
            ("lt", np.less, lambda mp, a, b: not mp.same(a, b) and a < b, "<", "<"),
            ("le", np.less_equal, lambda mp, a, b: mp.same(a, b) or a < b, "<=", r"\le"),
            ("gt", np.greater, lambda mp, a, b: not mp.same(a, b) and a > b, ">", ">"),
            ("ge", np.greater_equal, lambda mp, a, b: mp.same(a, b) or a > b, ">=", r"\ge"),
            ("eq", np.equal, "same", "==", "="),
            ("ne", np.not_equal, lambda mp, a, b: not mp.same(a, b), "!=", r"\ne"),
        )
    ),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {row.name: row for row in _ROWS}
ELEMENTARY: Mapping[str, Function] = {row.name: row for row in (*_OPERATORS, *_ROWS, *_CHOICES)}
OPERATORS: Mapping[str, Operation] = {row.name: row.numpy for row in _OPERATORS}
SUMS: Mapping[str, int] = {row.name: row.term for row in _OPERATORS if row.term}
COMPARISONS: Mapping[str, str] = {row.name: row.sign for row in _CHOICES if row.sign}
ALIASES: Mapping[str, str] = {word: row.name for row in _ROWS for word in row.aliases.split()}
