"""The rules of differentiation, each written down once: what it is called, and what it gives.

The formula of a rule is its statement, its right side as it is written, its value in SymPy's
symbols, and what `exercises/` breaks: it takes operands of any algebra.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from inspect import signature
from typing import Any, NamedTuple

from diffcalc.base.numbers import Number
from diffcalc.language.expression import Builder
from diffcalc.language.operations import Operation
from diffcalc.symbolic.unevaluated import Written, functions

RuleFormula = Operation
"""A rule's right side: takes the functions of the algebra by name, then the operands."""


class Dual(NamedTuple):
    """A value and its derivative."""

    x: Number
    d: Number | None


class _Named(Written):
    """An operand by its name, as a number and as a `Dual`."""

    __slots__ = ("d", "x")

    def __init__(self, builder: Builder, name: str) -> None:
        super().__init__(builder, builder.add("variable", content=name))
        self.x = self
        self.d = Written(builder, builder.add("variable", content=f"D{name}"))


@dataclass(frozen=True)
class Rule:
    """A rule of differentiation, by its name. D is d/dx.

    `of` is its statement, or only what is differentiated, a function by its name: then the
    statement is the formula's text.
    """

    name: str
    of: str
    formula: RuleFormula | None = field(default=None, compare=False)

    @cached_property
    def statement(self) -> str:
        """The rule as an equation."""
        if self.formula is None or " = " in self.of:
            return self.of
        builder = Builder()
        names = [*signature(self.formula).parameters][1:]
        left = f"{self.of}({', '.join(names)})" if self.of.isidentifier() else self.of
        return f"D {left} = {self(functions(builder), *[_Named(builder, n) for n in names])}"

    def __call__(self, functions: object, *operands: object) -> Any:
        """What the rule gives."""
        assert self.formula is not None, self.name
        return self.formula(functions, *operands)


# These take a `Dual` of each operand.
CONSTANT = Rule("constant", "D c = 0", lambda f, c: f.number(Fraction(0)))
IDENTITY = Rule("identity", "D x = 1", lambda f: f.number(Fraction(1)))
CONSTANT_MULTIPLE = Rule("constant multiple", "(c*u)", lambda f, c, u: c.x * u.d)
DIVISOR = Rule("constant multiple", "(u/c)", lambda f, u, c: u.d / c.x)
NEGATIVE = Rule("constant multiple", "(-u)", lambda f, u: -u.d)
SUM = Rule("sum", "(u + v)", lambda f, u, v: u.d + v.d)
DIFFERENCE = Rule("sum", "(u - v)", lambda f, u, v: u.d - v.d)
PRODUCT = Rule("product", "(u*v)", lambda f, u, v: u.x * v.d + v.x * u.d)
QUOTIENT = Rule("quotient", "(u/v)", lambda f, u, v: (v.x * u.d - u.x * v.d) / v.x**2)
RECIPROCAL = Rule("reciprocal", "D (1/v) = -Dv/v**2", lambda f, c, v: -c.x * v.d / v.x**2)
GENERAL_POWER = Rule(
    "general power",
    "u**v",
    lambda f, u, v: u.x**v.x * (v.d * f.log(u.x) + v.x * u.d / u.x),
)
BRANCH = Rule("piecewise", "where", lambda f, c, u, v: f.where(c.x, u.d, v.d))
MINIMUM = Rule("minimum", "min", lambda f, u, v: f.where(f.lt(u.x, v.x), u.d, v.d))
MAXIMUM = Rule("maximum", "max", lambda f, u, v: f.where(f.gt(u.x, v.x), u.d, v.d))
# These are slopes, of numbers. The chain rule takes the slope of the outer function first.
POWER = Rule("power", "D x**n = n*x**(n-1)", lambda f, x, n: n * x ** (n - 1))
EXPONENTIAL = Rule("exponential", "a**x", lambda f, a, x: a**x * f.log(a))
CHAIN = Rule("chain", "dy/dx = (dy/du)*(du/dx)", lambda f, outer, u: outer(u.x) * u.d)
# These take any number of operands, or none.
LOGARITHMIC = Rule("logarithmic derivative", "D (u**m*v**n) = u**m*v**n*(m*Du/u + n*Dv/v)")
TWO_PATHS = Rule("chain in two variables", "dy/dx = (dy/du)*(du/dx) + (dy/dv)*(dv/dx)")
IMPLICIT = Rule("implicit differentiation", "F(x, y) = 0: dy/dx = -F_x/F_y")


class FunctionRule(NamedTuple):
    """The rule of one elementary function, and its slopes.

    There is one for each argument; None where there is no derivative in it.
    """

    rule: Rule
    slopes: tuple[RuleFormula | None, ...] = ()


def _rule(
    function: str, name: str, *slopes: RuleFormula | None, states: str = ""
) -> tuple[str, FunctionRule]:
    return function, FunctionRule(Rule(name, states or function, slopes[-1]), slopes)


# fmt: off
FUNCTION_RULES: Mapping[str, FunctionRule] = dict((
    _rule("exp", "exponential", lambda f, x: f.exp(x)),
    _rule("expm1", "exponential", lambda f, x: f.exp(x)),
    _rule("log", "logarithm", lambda f, x: 1 / x),
    _rule("log2", "logarithm", lambda f, x: 1 / (x * f.log(2))),
    _rule("log10", "logarithm", lambda f, x: 1 / (x * f.log(10))),
    _rule("log1p", "logarithm", lambda f, x: 1 / (1 + x)),
    _rule("sqrt", "square root", lambda f, x: 1 / (2 * f.sqrt(x))),
    _rule("cbrt", "cube root", lambda f, x: 1 / (3 * f.cbrt(x)**2)),
    _rule("abs", "absolute value", lambda f, x: f.sign(x)),
    _rule("sign", "step", lambda f, x: x * 0, states="D sign(x) = 0"),
    _rule("floor", "step", lambda f, x: x * 0, states="D floor(x) = 0"),
    _rule("ceil", "step", lambda f, x: x * 0, states="D ceil(x) = 0"),
    _rule("sin", "sine", lambda f, x: f.cos(x)),
    _rule("cos", "cosine", lambda f, x: -f.sin(x)),
    _rule("tan", "tangent", lambda f, x: f.sec(x)**2),
    _rule("sec", "secant", lambda f, x: f.sec(x) * f.tan(x)),
    _rule("csc", "cosecant", lambda f, x: -f.csc(x) * f.cot(x)),
    _rule("cot", "cotangent", lambda f, x: -f.csc(x)**2),
    _rule("asin", "arcsine", lambda f, x: 1 / f.sqrt(1 - x**2)),
    _rule("acos", "arccosine", lambda f, x: -1 / f.sqrt(1 - x**2)),
    _rule("atan", "arctangent", lambda f, x: 1 / (1 + x**2)),
    _rule("asec", "arcsecant", lambda f, x: 1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    _rule("acsc", "arccosecant", lambda f, x: -1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    _rule("acot", "arccotangent", lambda f, x: -1 / (1 + x**2)),
    _rule("sinh", "hyperbolic sine", lambda f, x: f.cosh(x)),
    _rule("cosh", "hyperbolic cosine", lambda f, x: f.sinh(x)),
    _rule("tanh", "hyperbolic tangent", lambda f, x: f.sech(x)**2),
    _rule("sech", "hyperbolic secant", lambda f, x: -f.sech(x) * f.tanh(x)),
    _rule("csch", "hyperbolic cosecant", lambda f, x: -f.csch(x) * f.coth(x)),
    _rule("coth", "hyperbolic cotangent", lambda f, x: -f.csch(x)**2),
    _rule("asinh", "inverse hyperbolic sine", lambda f, x: 1 / f.sqrt(x**2 + 1)),
    _rule("acosh", "inverse hyperbolic cosine", lambda f, x: 1 / f.sqrt(x**2 - 1)),
    _rule("atanh", "inverse hyperbolic tangent", lambda f, x: 1 / (1 - x**2)),
    _rule("asech", "inverse hyperbolic secant", lambda f, x: -1 / (x * f.sqrt(1 - x**2))),
    _rule("acsch", "inverse hyperbolic cosecant", lambda f, x: -1 / (f.abs(x) * f.sqrt(1 + x**2))),
    _rule("acoth", "inverse hyperbolic cotangent", lambda f, x: 1 / (1 - x**2)),
    _rule("atan2", "two-argument arctangent",
          lambda f, y, x: x / (x**2 + y**2), lambda f, y, x: -y / (x**2 + y**2),
          states="D atan2(y, x) = (x*Dy - y*Dx)/(x**2 + y**2)"),
    _rule("hypot", "hypotenuse",
          lambda f, x, y: x / f.hypot(x, y), lambda f, x, y: y / f.hypot(x, y),
          states="D hypot(x, y) = (x*Dx + y*Dy)/hypot(x, y)"),
    ("min", FunctionRule(MINIMUM)),
    ("max", FunctionRule(MAXIMUM)),
    _rule("erf", "error function", lambda f, x: 2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    _rule("erfc", "complementary error function",
          lambda f, x: -2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    _rule("erfi", "imaginary error function",
          lambda f, x: 2 * f.exp(x**2) / f.sqrt(f.constant("pi"))),
    _rule("gamma", "gamma function", lambda f, x: f.gamma(x) * f.polygamma(0, x)),
    _rule("lgamma", "log-gamma function", lambda f, x: f.polygamma(0, x)),
    _rule("polygamma", "polygamma function", None, lambda f, n, x: f.polygamma(n + 1, x)),
    _rule("sigmoid", "sigmoid", lambda f, x: f.sigmoid(x) * (1 - f.sigmoid(x))),
    _rule("silu", "sigmoid linear unit",
          lambda f, x: f.sigmoid(x) + f.silu(x) * (1 - f.sigmoid(x))),
    _rule("softplus", "softplus", lambda f, x: f.sigmoid(x)),
    _rule("relu", "rectifier", lambda f, x: f.where(f.gt(x, 0), 1, 0)),
))
# fmt: on


def rule_of(function: str) -> FunctionRule:
    """The rule of an elementary function; of f that stands for any, that its derivative is f'."""
    known = FUNCTION_RULES.get(function)
    if known is not None:
        return known
    prime = f"{function}'"
    return FunctionRule(
        Rule("any function", f"D {function}(x) = {prime}(x)", lambda f, x: getattr(f, prime)(x)),
        (lambda f, x: getattr(f, prime)(x),),
    )
