"""The primitives of reverse-mode autograd: for each, its vjps and the name of its grad_fn.

A *vjp* (vector-Jacobian product) pulls the cotangent g of a result y back to one of its primals: it
is g times the partial derivative there. The forward values are the table's
(`language/operations.py`), and `f` stands for it: a vjp works on whatever the table has a column
for. On object arrays of mpmath numbers, so that a lost digit can be told from a wrong formula; and
on tensors, so that a walk back can be recorded and walked back itself, which is how higher
derivatives are found. Where a function has a corner the vjp follows PyTorch's convention (0 for abs
and relu at 0, half the cotangent to each of two equal arguments of max).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from diffcalc.base.numbers import Algebra, Number
from diffcalc.base.types import NumberArray
from diffcalc.language.algebras import numbers
from diffcalc.language.operations import COMPARISONS


class Array(Number, Protocol):
    """A numpy array, or numpy scalar, of float64 or of mpmath numbers; or a tensor of such."""

    def __abs__(self) -> Self: ...
    def __array__(self) -> NumberArray: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""


Vjp = Callable[..., Array]
"""Takes the cotangent g, the result y, and the primals; gives one primal's cotangent."""


class Primitive(NamedTuple):
    """One operation: the name PyTorch gives its grad_fn, and a vjp for each argument.

    A vjp is None where nothing flows back (the condition of `where`).
    """

    grad_fn: str
    vjps: tuple[Vjp | None, ...]


class _Elementary:
    """The elementary functions of the table, each in the column its arguments belong to."""

    def __getattr__(self, name: str) -> Callable[..., Array]:
        return lambda *operands: numbers(*operands)[name](*operands)


f = _Elementary()


def _slope(name: str, slope: Callable[[Array, Array], Array]) -> Primitive:
    """A function of one argument, by its derivative in terms of the argument x and the result y."""
    return Primitive(f"{name}Backward0", (lambda g, y, x: g * slope(x, y),))


def _zero(name: str) -> Primitive:
    return Primitive(f"{name}Backward0", (lambda g, y, x: 0 * g,))


def choose(condition: Array, yes: Array, no: Array) -> Array:
    """`where`, leaving out a branch that is taken nowhere: what is not recorded costs nothing."""
    known = values(condition)
    if hasattr(type(known), "column"):
        # A traced program: which branch a point takes, it will tell.
        return f.where(condition, yes, no)
    chosen = np.asarray(known != 0)
    if chosen.all():
        return yes
    return f.where(condition, yes, no) if chosen.any() else no


def _is_nowhere(condition: Array) -> bool:
    known = values(condition)
    return not hasattr(type(known), "column") and not np.any(known)


def values(operand: Any) -> NumberArray:
    """The numbers of a tensor; anything else is its own."""
    numbers: NumberArray = operand.data if hasattr(type(operand), "column") else operand
    return numbers


def like(x: object, content: int | str) -> Array:
    """A whole number, or "pi", in the kind of numbers that x is made of."""
    kind: Algebra[Array] = numbers(values(x))
    return kind["constant" if isinstance(content, str) else "number"](content)


def _power_base(g: Array, y: Array, a: Array, b: Array) -> Array:
    # b*a**(b-1) is 0*inf at a = b = 0, where the derivative of a constant is meant. An exponent
    # that moves must stay in the formula: it is differentiated next.
    constant = f.eq(b, 0) if not getattr(b, "requires_grad", False) else f.eq(a, 0) * f.eq(b, 0)
    slope = g * b * f.pow(a, b - 1)
    return slope if _is_nowhere(constant) else choose(constant, 0 * g, slope)


def _power_exponent(g: Array, y: Array, a: Array, b: Array) -> Array:
    return choose(f.eq(a, 0) * f.ge(b, 0), 0 * g, g * y * f.log(a))


def _share(g: Array, wins: Array, ties: Array) -> Array:
    """The cotangent where this argument was taken, half of it where both were."""
    return choose(wins, g, choose(ties, g / 2, 0 * g))


def _nothing(name: str) -> Primitive:
    return Primitive(f"{name.capitalize()}Backward0", (None, None))


# fmt: off
PRIMITIVES: Mapping[str, Primitive] = {
    "add": Primitive("AddBackward0", (lambda g, y, a, b: g, lambda g, y, a, b: g)),
    "sub": Primitive("SubBackward0", (lambda g, y, a, b: g, lambda g, y, a, b: -g)),
    "mul": Primitive("MulBackward0", (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)),
    "div": Primitive("DivBackward0", (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b)),
    "neg": Primitive("NegBackward0", (lambda g, y, a: -g,)),
    "pow": Primitive("PowBackward1", (_power_base, _power_exponent)),
    "where": Primitive("WhereBackward0", (
        None,
        lambda g, y, c, a, b: choose(c, g, 0 * g),
        lambda g, y, c, a, b: choose(c, 0 * g, g))),
    "max": Primitive("MaximumBackward0", (
        lambda g, y, a, b: _share(g, f.gt(a, b), f.eq(a, b)),
        lambda g, y, a, b: _share(g, f.gt(b, a), f.eq(a, b)))),
    "min": Primitive("MinimumBackward0", (
        lambda g, y, a, b: _share(g, f.lt(a, b), f.eq(a, b)),
        lambda g, y, a, b: _share(g, f.lt(b, a), f.eq(a, b)))),
    "atan2": Primitive("Atan2Backward0", (
        lambda g, z, y, x: g * x / (x * x + y * y), lambda g, z, y, x: -g * y / (x * x + y * y))),
    "hypot": Primitive("HypotBackward0", (
        lambda g, r, x, y: g * x / r, lambda g, r, x, y: g * y / r)),
    "exp": _slope("Exp", lambda x, y: y),
    "expm1": _slope("Expm1", lambda x, y: f.exp(x)),
    "log": _slope("Log", lambda x, y: 1 / x),
    "log2": _slope("Log2", lambda x, y: 1 / (x * f.log(like(x, 2)))),
    "log10": _slope("Log10", lambda x, y: 1 / (x * f.log(like(x, 10)))),
    "log1p": _slope("Log1P", lambda x, y: 1 / (1 + x)),
    "sqrt": _slope("Sqrt", lambda x, y: 1 / (2 * y)),
    "cbrt": _slope("Cbrt", lambda x, y: 1 / (3 * y * y)),
    "abs": _slope("Abs", lambda x, y: f.sign(x)),
    "sign": _zero("Sign"),
    "floor": _zero("Floor"),
    "ceil": _zero("Ceil"),
    "sin": _slope("Sin", lambda x, y: f.cos(x)),
    "cos": _slope("Cos", lambda x, y: -f.sin(x)),
    "tan": _slope("Tan", lambda x, y: 1 + y * y),
    "sec": _slope("Sec", lambda x, y: y * f.tan(x)),
    "csc": _slope("Csc", lambda x, y: -y * f.cot(x)),
    "cot": _slope("Cot", lambda x, y: -(1 + y * y)),
    "asin": _slope("Asin", lambda x, y: 1 / f.sqrt((1 - x) * (1 + x))),
    "acos": _slope("Acos", lambda x, y: -1 / f.sqrt((1 - x) * (1 + x))),
    "atan": _slope("Atan", lambda x, y: 1 / (1 + x * x)),
    "asec": _slope("Asec", lambda x, y: 1 / (f.abs(x) * f.sqrt((x - 1) * (x + 1)))),
    "acsc": _slope("Acsc", lambda x, y: -1 / (f.abs(x) * f.sqrt((x - 1) * (x + 1)))),
    "acot": _slope("Acot", lambda x, y: -1 / (1 + x * x)),
    "sinh": _slope("Sinh", lambda x, y: f.cosh(x)),
    "cosh": _slope("Cosh", lambda x, y: f.sinh(x)),
    # 1 - y*y would cancel for large x.
    "tanh": _slope("Tanh", lambda x, y: f.sech(x) * f.sech(x)),
    "sech": _slope("Sech", lambda x, y: -y * f.tanh(x)),
    "csch": _slope("Csch", lambda x, y: -y * f.coth(x)),
    "coth": _slope("Coth", lambda x, y: -f.csch(x) * f.csch(x)),
    "asinh": _slope("Asinh", lambda x, y: 1 / f.hypot(x, 1)),
    "acosh": _slope("Acosh", lambda x, y: 1 / f.sqrt((x - 1) * (x + 1))),
    "atanh": _slope("Atanh", lambda x, y: 1 / ((1 - x) * (1 + x))),
    "asech": _slope("Asech", lambda x, y: -1 / (x * f.sqrt((1 - x) * (1 + x)))),
    "acsch": _slope("Acsch", lambda x, y: -1 / (f.abs(x) * f.hypot(x, 1))),
    "acoth": _slope("Acoth", lambda x, y: 1 / ((1 - x) * (1 + x))),
    "erf": _slope("Erf", lambda x, y: 2 * f.exp(-x * x) / f.sqrt(like(x, "pi"))),
    "erfi": _slope("Erfi", lambda x, y: 2 * f.exp(x * x) / f.sqrt(like(x, "pi"))),
    "erfc": _slope("Erfc", lambda x, y: -2 * f.exp(-x * x) / f.sqrt(like(x, "pi"))),
    "gamma": _slope("Gamma", lambda x, y: y * f.polygamma(0, x)),
    "lgamma": _slope("Lgamma", lambda x, y: f.polygamma(0, x)),
    "polygamma": Primitive("PolygammaBackward0", (
        None, lambda g, y, n, x: g * f.polygamma(n + 1, x))),
    # 1 - y would cancel for large x.
    "sigmoid": _slope("Sigmoid", lambda x, y: y * f.sigmoid(-x)),
    "silu": _slope("Silu", lambda x, y: f.sigmoid(x) * (1 + x * f.sigmoid(-x))),
    "softplus": _slope("Softplus", lambda x, y: f.sigmoid(x)),
    "relu": Primitive("ReluBackward0", (lambda g, y, x: choose(f.gt(x, 0), g, 0 * g),)),
} | {name: _nothing(name) for name in COMPARISONS}
# fmt: on
