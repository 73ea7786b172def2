"""The rules of differentiation, each written down once: its name, its statement, its formula.

A formula is replayed in any algebra. With SymPy's symbols it gives derivatives, with what is only
written down the workings and the rule's statement, with float64 a broken version beside it; the
broken ones stand in `exercises/mistakes.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

RuleFormula = Callable[..., Any]
"""A rule's right-hand side: takes the functions of the algebra by name, then the operands."""


class Dual(NamedTuple):
    """A value and its derivative."""

    x: Any
    d: Any


@dataclass(frozen=True)
class Rule:
    """A rule of differentiation.

    `said` is its statement, D being d/dx, or the left side of it where its formula is the right
    one. `formula` takes a `Dual` of each operand; `slope` takes numbers, and is that of a function
    of the last one, for the chain rule.
    """

    name: str
    said: str
    formula: RuleFormula | None = None
    slope: RuleFormula | None = None

    @cached_property
    def statement(self) -> str:
        """What the rule says, in the letters of its formula."""
        if " = " in self.said or not (self.formula or self.slope):
            return self.said
        from diffcalc.symbolic.steps.unevaluated import letters

        if self.slope:
            return f"{self.said} = {letters(self.slope, lambda x, d: x)}"
        assert self.formula
        return f"{self.said} = {letters(self.formula, Dual)}"

    def __call__(self, functions: Any, *operands: Dual) -> Any:
        """The derivative that the rule gives."""
        assert self.formula is not None, self.name
        return self.formula(functions, *operands)


CONSTANT = Rule("constant", "D c = 0", lambda f, c: f.number(0))
IDENTITY = Rule("identity", "D x = 1", lambda f: f.number(1))
CONSTANT_MULTIPLE = Rule("constant multiple", "D (c*u)", lambda f, c, u: c.x * u.d)
DIVISOR = Rule("constant multiple", "D (u/c)", lambda f, u, c: u.d / c.x)
NEGATIVE = Rule("constant multiple", "D (-u)", lambda f, u: -u.d)
SUM = Rule("sum", "D (u + v)", lambda f, u, v: u.d + v.d)
DIFFERENCE = Rule("sum", "D (u - v)", lambda f, u, v: u.d - v.d)
PRODUCT = Rule("product", "D (u*v)", lambda f, u, v: u.x * v.d + v.x * u.d)
QUOTIENT = Rule("quotient", "D (u/v)", lambda f, u, v: (v.x * u.d - u.x * v.d) / v.x**2)
RECIPROCAL = Rule("reciprocal", "D (1/v) = -Dv/v**2", lambda f, c, v: -c.x * v.d / v.x**2)
POWER = Rule("power", "D x**n = n*x**(n-1)", slope=lambda f, n, x: n * x ** (n - 1))
EXPONENTIAL = Rule("exponential", "D a**x", slope=lambda f, a, x: a**x * f.log(a))
GENERAL_POWER = Rule(
    "general power", "D u**v", lambda f, u, v: u.x**v.x * (v.d * f.log(u.x) + v.x * u.d / u.x)
)
LOGARITHMIC = Rule("logarithmic derivative", "D (u**m*v**n) = u**m*v**n*(m*Du/u + n*Dv/v)")
CHAIN = Rule("chain", "dy/dx = (dy/du)*(du/dx)", lambda f, outer, u: outer(u.x) * u.d)
TWO_PATHS = Rule("chain in two variables", "dy/dx = (dy/du)*(du/dx) + (dy/dv)*(dv/dx)")
BRANCH = Rule("piecewise", "D where(c, u, v)", lambda f, c, u, v: f.where(c.x, u.d, v.d))
MINIMUM = Rule("minimum", "D min(u, v)", lambda f, u, v: f.where(f.lt(u.x, v.x), u.d, v.d))
MAXIMUM = Rule("maximum", "D max(u, v)", lambda f, u, v: f.where(f.gt(u.x, v.x), u.d, v.d))
IMPLICIT = Rule("implicit differentiation", "F(x, y) = 0: dy/dx = -F_x/F_y")


def parameters(formula: RuleFormula) -> tuple[str, ...]:
    """What a formula calls its operands, after the functions."""
    code = formula.__code__
    return code.co_varnames[1 : code.co_argcount]


class FunctionRule(NamedTuple):
    """The rule of one elementary function: its name in words, its statement and its slopes.

    `slopes` has one entry for each argument; None where there is no derivative in it. They take
    the functions of the table by name, then the arguments.
    """

    rule: Rule
    slopes: tuple[RuleFormula | None, ...]


def _rule(
    function: str, name: str, *slopes: RuleFormula | None, said: str = ""
) -> tuple[str, FunctionRule]:
    last = slopes[-1]
    assert last is not None
    left = f"D {function}({', '.join(parameters(last))})"
    rule = Rule(name, f"{left} = {said}" if said else left, slope=last)
    return function, FunctionRule(rule, slopes)


# fmt: off
_ROWS = (
    _rule("exp", "exponential", lambda f, x: f.exp(x)),
    _rule("expm1", "exponential", lambda f, x: f.exp(x)),
    _rule("log", "logarithm", lambda f, x: 1 / x),
    _rule("log2", "logarithm", lambda f, x: 1 / (x * f.log(2))),
    _rule("log10", "logarithm", lambda f, x: 1 / (x * f.log(10))),
    _rule("log1p", "logarithm", lambda f, x: 1 / (1 + x)),
    _rule("sqrt", "square root", lambda f, x: 1 / (2 * f.sqrt(x))),
    _rule("cbrt", "cube root", lambda f, x: 1 / (3 * f.cbrt(x)**2)),
    _rule("abs", "absolute value", lambda f, x: f.sign(x)),
    _rule("sign", "step", lambda f, x: x * 0, said="0"),
    _rule("floor", "step", lambda f, x: x * 0, said="0"),
    _rule("ceil", "step", lambda f, x: x * 0, said="0"),
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
    _rule("atan2", "two-argument arctangent", lambda f, y, x: x / (x**2 + y**2),
          lambda f, y, x: -y / (x**2 + y**2), said="(x*Dy - y*Dx)/(x**2 + y**2)"),
    _rule("hypot", "hypotenuse", lambda f, x, y: x / f.hypot(x, y),
          lambda f, x, y: y / f.hypot(x, y), said="(x*Dx + y*Dy)/hypot(x, y)"),
    _rule("erf", "error function", lambda f, x: 2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    _rule("erfc", "complementary error function",
          lambda f, x: -2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    _rule("gamma", "gamma function", lambda f, x: f.gamma(x) * f.polygamma(0, x)),
    _rule("lgamma", "log-gamma function", lambda f, x: f.polygamma(0, x)),
    _rule("polygamma", "polygamma function", None, lambda f, n, x: f.polygamma(n + 1, x)),
    _rule("sigmoid", "sigmoid", lambda f, x: f.sigmoid(x) * (1 - f.sigmoid(x))),
    _rule("silu", "sigmoid linear unit",
          lambda f, x: f.sigmoid(x) + f.silu(x) * (1 - f.sigmoid(x))),
    _rule("softplus", "softplus", lambda f, x: f.sigmoid(x)),
    _rule("relu", "rectifier", lambda f, x: f.where(f.gt(x, 0), 1, 0)),
)

FUNCTION_RULES: Mapping[str, FunctionRule] = {
    **dict(_ROWS),
    "min": FunctionRule(MINIMUM, (lambda f, u, v: f.where(f.lt(u, v), 1, 0),
                                  lambda f, u, v: f.where(f.lt(u, v), 0, 1))),
    "max": FunctionRule(MAXIMUM, (lambda f, u, v: f.where(f.gt(u, v), 1, 0),
                                  lambda f, u, v: f.where(f.gt(u, v), 0, 1))),
}
# fmt: on
