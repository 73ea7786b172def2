"""The rules of differentiation, each written down once: its name, its statement, its slope."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """A rule of differentiation: its name, and its statement, D being d/dx."""

    name: str
    statement: str


CONSTANT = Rule("constant", "D c = 0")
IDENTITY = Rule("identity", "D x = 1")
CONSTANT_MULTIPLE = Rule("constant multiple", "D (c*u) = c*Du")
SUM = Rule("sum", "D (u + v) = Du + Dv")
PRODUCT = Rule("product", "D (u*v) = u*Dv + v*Du")
QUOTIENT = Rule("quotient", "D (u/v) = (v*Du - u*Dv)/v**2")
RECIPROCAL = Rule("reciprocal", "D (1/v) = -Dv/v**2")
POWER = Rule("power", "D x**n = n*x**(n-1)")
EXPONENTIAL = Rule("exponential", "D a**x = a**x*log(a)")
GENERAL_POWER = Rule("general power", "D u**v = u**v*(Dv*log(u) + v*Du/u)")
LOGARITHMIC = Rule("logarithmic derivative", "D (u**m*v**n) = u**m*v**n*(m*Du/u + n*Dv/v)")
CHAIN = Rule("chain", "dy/dx = (dy/du)*(du/dx)")
TWO_PATHS = Rule("chain in two variables", "dy/dx = (dy/du)*(du/dx) + (dy/dv)*(dv/dx)")
BRANCH = Rule("piecewise", "D where(c, u, v) = where(c, Du, Dv)")
IMPLICIT = Rule("implicit differentiation", "F(x, y) = 0: dy/dx = -F_x/F_y")

SlopeFormula = Callable[..., Any]
"""The derivative of a function: takes the functions of the table by name, then the argument."""


class FunctionRule(NamedTuple):
    """The rule of one elementary function: its name in words, its statement and its slope.

    `slopes` has one entry for each argument; None where there is no derivative in it.
    """

    rule: Rule
    slopes: tuple[SlopeFormula | None, ...]


def _rule(name: str, statement: str, *slopes: SlopeFormula | None) -> FunctionRule:
    return FunctionRule(Rule(name, f"D {statement}"), slopes)


# fmt: off
FUNCTION_RULES: Mapping[str, FunctionRule] = {
    "exp": _rule("exponential", "exp(x) = exp(x)", lambda f, x: f.exp(x)),
    "expm1": _rule("exponential", "expm1(x) = exp(x)", lambda f, x: f.exp(x)),
    "log": _rule("logarithm", "log(x) = 1/x", lambda f, x: 1 / x),
    "log2": _rule("logarithm", "log2(x) = 1/(x*log(2))", lambda f, x: 1 / (x * f.log(2))),
    "log10": _rule("logarithm", "log10(x) = 1/(x*log(10))", lambda f, x: 1 / (x * f.log(10))),
    "log1p": _rule("logarithm", "log1p(x) = 1/(1 + x)", lambda f, x: 1 / (1 + x)),
    "sqrt": _rule("square root", "sqrt(x) = 1/(2*sqrt(x))", lambda f, x: 1 / (2 * f.sqrt(x))),
    "cbrt": _rule("cube root", "cbrt(x) = 1/(3*cbrt(x)**2)", lambda f, x: 1 / (3 * f.cbrt(x)**2)),
    "abs": _rule("absolute value", "abs(x) = sign(x)", lambda f, x: f.sign(x)),
    "sign": _rule("step", "sign(x) = 0", lambda f, x: x * 0),
    "floor": _rule("step", "floor(x) = 0", lambda f, x: x * 0),
    "ceil": _rule("step", "ceil(x) = 0", lambda f, x: x * 0),
    "sin": _rule("sine", "sin(x) = cos(x)", lambda f, x: f.cos(x)),
    "cos": _rule("cosine", "cos(x) = -sin(x)", lambda f, x: -f.sin(x)),
    "tan": _rule("tangent", "tan(x) = sec(x)**2", lambda f, x: f.sec(x)**2),
    "sec": _rule("secant", "sec(x) = sec(x)*tan(x)", lambda f, x: f.sec(x) * f.tan(x)),
    "csc": _rule("cosecant", "csc(x) = -csc(x)*cot(x)", lambda f, x: -f.csc(x) * f.cot(x)),
    "cot": _rule("cotangent", "cot(x) = -csc(x)**2", lambda f, x: -f.csc(x)**2),
    "asin": _rule("arcsine", "asin(x) = 1/sqrt(1 - x**2)", lambda f, x: 1 / f.sqrt(1 - x**2)),
    "acos": _rule("arccosine", "acos(x) = -1/sqrt(1 - x**2)", lambda f, x: -1 / f.sqrt(1 - x**2)),
    "atan": _rule("arctangent", "atan(x) = 1/(1 + x**2)", lambda f, x: 1 / (1 + x**2)),
    "asec": _rule("arcsecant", "asec(x) = 1/(abs(x)*sqrt(x**2 - 1))",
                  lambda f, x: 1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    "acsc": _rule("arccosecant", "acsc(x) = -1/(abs(x)*sqrt(x**2 - 1))",
                  lambda f, x: -1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    "acot": _rule("arccotangent", "acot(x) = -1/(1 + x**2)", lambda f, x: -1 / (1 + x**2)),
    "sinh": _rule("hyperbolic sine", "sinh(x) = cosh(x)", lambda f, x: f.cosh(x)),
    "cosh": _rule("hyperbolic cosine", "cosh(x) = sinh(x)", lambda f, x: f.sinh(x)),
    "tanh": _rule("hyperbolic tangent", "tanh(x) = sech(x)**2", lambda f, x: f.sech(x)**2),
    "sech": _rule("hyperbolic secant", "sech(x) = -sech(x)*tanh(x)",
                  lambda f, x: -f.sech(x) * f.tanh(x)),
    "csch": _rule("hyperbolic cosecant", "csch(x) = -csch(x)*coth(x)",
                  lambda f, x: -f.csch(x) * f.coth(x)),
    "coth": _rule("hyperbolic cotangent", "coth(x) = -csch(x)**2", lambda f, x: -f.csch(x)**2),
    "asinh": _rule("inverse hyperbolic sine", "asinh(x) = 1/sqrt(x**2 + 1)",
                   lambda f, x: 1 / f.sqrt(x**2 + 1)),
    "acosh": _rule("inverse hyperbolic cosine", "acosh(x) = 1/sqrt(x**2 - 1)",
                   lambda f, x: 1 / f.sqrt(x**2 - 1)),
    "atanh": _rule("inverse hyperbolic tangent", "atanh(x) = 1/(1 - x**2)",
                   lambda f, x: 1 / (1 - x**2)),
    "asech": _rule("inverse hyperbolic secant", "asech(x) = -1/(x*sqrt(1 - x**2))",
                   lambda f, x: -1 / (x * f.sqrt(1 - x**2))),
    "acsch": _rule("inverse hyperbolic cosecant", "acsch(x) = -1/(abs(x)*sqrt(1 + x**2))",
                   lambda f, x: -1 / (f.abs(x) * f.sqrt(1 + x**2))),
    "acoth": _rule("inverse hyperbolic cotangent", "acoth(x) = 1/(1 - x**2)",
                   lambda f, x: 1 / (1 - x**2)),
    "atan2": _rule("two-argument arctangent", "atan2(y, x) = (x*Dy - y*Dx)/(x**2 + y**2)",
                   lambda f, y, x: x / (x**2 + y**2), lambda f, y, x: -y / (x**2 + y**2)),
    "hypot": _rule("hypotenuse", "hypot(x, y) = (x*Dx + y*Dy)/hypot(x, y)",
                   lambda f, x, y: x / f.hypot(x, y), lambda f, x, y: y / f.hypot(x, y)),
    "min": _rule("minimum", "min(u, v) = where(u < v, Du, Dv)",
                 lambda f, u, v: f.where(f.lt(u, v), 1, 0),
                 lambda f, u, v: f.where(f.lt(u, v), 0, 1)),
    "max": _rule("maximum", "max(u, v) = where(u > v, Du, Dv)",
                 lambda f, u, v: f.where(f.gt(u, v), 1, 0),
                 lambda f, u, v: f.where(f.gt(u, v), 0, 1)),
    "erf": _rule("error function", "erf(x) = 2*exp(-x**2)/sqrt(pi)",
                 lambda f, x: 2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    "erfc": _rule("complementary error function", "erfc(x) = -2*exp(-x**2)/sqrt(pi)",
                  lambda f, x: -2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    "gamma": _rule("gamma function", "gamma(x) = gamma(x)*polygamma(0, x)",
                   lambda f, x: f.gamma(x) * f.polygamma(0, x)),
    "lgamma": _rule("log-gamma function", "lgamma(x) = polygamma(0, x)",
                    lambda f, x: f.polygamma(0, x)),
    "polygamma": _rule("polygamma function", "polygamma(n, x) = polygamma(n + 1, x)",
                       None, lambda f, n, x: f.polygamma(n + 1, x)),
    "sigmoid": _rule("sigmoid", "sigmoid(x) = sigmoid(x)*(1 - sigmoid(x))",
                     lambda f, x: f.sigmoid(x) * (1 - f.sigmoid(x))),
    "silu": _rule("sigmoid linear unit", "silu(x) = sigmoid(x) + silu(x)*(1 - sigmoid(x))",
                  lambda f, x: f.sigmoid(x) + f.silu(x) * (1 - f.sigmoid(x))),
    "softplus": _rule("softplus", "softplus(x) = sigmoid(x)", lambda f, x: f.sigmoid(x)),
    "relu": _rule("rectifier", "relu(x) = where(x > 0, 1, 0)",
                  lambda f, x: f.where(f.gt(x, 0), 1, 0)),
}
# fmt: on
