"""Slopes and definitions: what the truth knows of each operation beside its value, as text.

Each is written in the language itself, in the operands u, v, w, and replayed as any `Expression`
is. A *slope* is the derivative in one operand where the operation is analytic; 0 is left out. A
*definition* says an operation by others: it is how constants are compared, and what is true where
an operation is on its border or its operand is infinite, as tan is at pi/2. `REGULAR` says where an
operation is analytic: where the text is more than 0 (of a power, if its exponent moves). An
operation of a single operand has no value where that text is less than 0.

A new elementary function needs a slope here; without a definition it is an operation of its own in
`constant_functions.py` and `germs.py`.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from diffcalc.language.expression import Expression, Node
from diffcalc.language.grammar import read

SLOPES: Mapping[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "mul": ("v", "u"),
    "div": ("1/v", "-u/v^2"),
    "neg": ("-1",),
    "pow": ("v*u^(v - 1)", "log(u)*u^v"),
    "exp": ("exp(u)",),
    "expm1": ("exp(u)",),
    "log": ("1/u",),
    "log2": ("1/(log(2)*u)",),
    "log10": ("1/(log(10)*u)",),
    "log1p": ("1/(1 + u)",),
    "sqrt": ("1/(2*sqrt(u))",),
    "cbrt": ("1/(3*cbrt(u)^2)",),
    "abs": ("sign(u)",),
    "sign": (),
    "floor": (),
    "ceil": (),
    "sin": ("cos(u)",),
    "cos": ("-sin(u)",),
    "tan": ("1/cos(u)^2",),
    "sec": ("sin(u)/cos(u)^2",),
    "csc": ("-cos(u)/sin(u)^2",),
    "cot": ("-1/sin(u)^2",),
    "asin": ("1/sqrt((1 - u)*(1 + u))",),
    "acos": ("-1/sqrt((1 - u)*(1 + u))",),
    "atan": ("1/(1 + u^2)",),
    "asec": ("1/(abs(u)*sqrt((u - 1)*(u + 1)))",),
    "acsc": ("-1/(abs(u)*sqrt((u - 1)*(u + 1)))",),
    "acot": ("-1/(1 + u^2)",),
    "sinh": ("cosh(u)",),
    "cosh": ("sinh(u)",),
    "tanh": ("1/cosh(u)^2",),
    "sech": ("-sinh(u)/cosh(u)^2",),
    "csch": ("-cosh(u)/sinh(u)^2",),
    "coth": ("-1/sinh(u)^2",),
    "asinh": ("1/sqrt(1 + u^2)",),
    "acosh": ("1/sqrt((u - 1)*(u + 1))",),
    "atanh": ("1/((1 - u)*(1 + u))",),
    "asech": ("-1/(u*sqrt((1 - u)*(1 + u)))",),
    "acsch": ("-1/(abs(u)*sqrt(1 + u^2))",),
    "acoth": ("1/((1 - u)*(1 + u))",),
    "atan2": ("v/(u^2 + v^2)", "-u/(u^2 + v^2)"),
    "hypot": ("u/hypot(u, v)", "v/hypot(u, v)"),
    "max": ("where(u > v, 1, 0)", "where(u > v, 0, 1)"),
    "min": ("where(u < v, 1, 0)", "where(u < v, 0, 1)"),
    "relu": ("where(u > 0, 1, 0)",),
    "erf": ("2*exp(-u^2)/sqrt(pi)",),
    "erfc": ("-2*exp(-u^2)/sqrt(pi)",),
    "erfi": ("2*exp(u^2)/sqrt(pi)",),
    "gamma": ("gamma(u)*polygamma(0, u)",),
    "lgamma": ("polygamma(0, u)",),
    "polygamma": ("0", "…"),
    "sigmoid": ("1/(2*cosh(u/2))^2",),
    "silu": ("sigmoid(u) + u/(2*cosh(u/2))^2",),
    "softplus": ("sigmoid(u)",),
    "where": ("0", "where(u != 0, 1, 0)", "where(u != 0, 0, 1)"),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), ()),
}

DEFINITIONS: Mapping[str, str] = {
    "sub": "u + -v",
    "expm1": "exp(u) - 1",
    "log2": "log(u)/log(2)",
    "log10": "log(u)/log(10)",
    "log1p": "log(1 + u)",
    "sqrt": "u^(1/2)",
    "tan": "sin(u)/cos(u)",
    "sec": "1/cos(u)",
    "csc": "1/sin(u)",
    "cot": "cos(u)/sin(u)",
    # On the whole of [-1, 1]; the root has the ends and the outside in it.
    "asin": "2*atan(u/(1 + sqrt(1 - u^2)))",
    "acos": "pi/2 - 2*atan(u/(1 + sqrt(1 - u^2)))",
    "asec": "acos(1/u)",
    "acsc": "asin(1/u)",
    "acot": "where(u == 0, pi/2, atan(1/u))",
    "sinh": "(exp(u) - exp(-u))/2",
    "cosh": "(exp(u) + exp(-u))/2",
    "tanh": "sinh(u)/cosh(u)",
    "sech": "1/cosh(u)",
    "csch": "1/sinh(u)",
    "coth": "cosh(u)/sinh(u)",
    "asinh": "log(u + sqrt(u^2 + 1))",
    "acosh": "log(u + sqrt(u - 1)*sqrt(u + 1))",
    "atanh": "log((1 + u)/(1 - u))/2",
    "asech": "acosh(1/u)",
    "acsch": "asinh(1/u)",
    "acoth": "log((u + 1)/(u - 1))/2",
    "hypot": "sqrt(u^2 + v^2)",
    "sigmoid": "1/(1 + exp(-u))",
    "silu": "u*sigmoid(u)",
    "softplus": "log(1 + exp(u))",
    "relu": "max(u, 0)",
    "min": "-max(-u, -v)",
    "ceil": "-floor(-u)",
}

REGULAR: Mapping[str, str] = {
    **dict.fromkeys(("abs", "sign", "relu", "cbrt"), "abs(u)"),
    **dict.fromkeys(("max", "min", "lt", "le", "gt", "ge", "eq", "ne"), "abs(u - v)"),
    **dict.fromkeys(("floor", "ceil"), "u - floor(u)"),
    **dict.fromkeys(("gamma", "lgamma"), "where(u > 0, 1, u - floor(u))"),
    "polygamma": "where(v > 0, 1, v - floor(v))",
    "div": "abs(v)",
    "pow": "u",
    "atan2": "where(v > 0, 1, abs(u))",
    "hypot": "max(abs(u), abs(v))",
    **dict.fromkeys(("tan", "sec"), "abs(cos(u))"),
    **dict.fromkeys(("csc", "cot"), "abs(sin(u))"),
    **dict.fromkeys(("csch", "coth", "acsch", "acot"), "abs(u)"),
    **dict.fromkeys(("asin", "acos", "atanh"), "(1 - u)*(1 + u)"),
    **dict.fromkeys(("asec", "acsc", "acoth"), "(u - 1)*(u + 1)"),
    **dict.fromkeys(("sqrt", "log", "log2", "log10"), "u"),
    "log1p": "1 + u",
    "acosh": "u - 1",
    "asech": "u*(1 - u)",
}


# polygamma(u + 1, v), which the reader takes with a written order only.
_NEXT_POLYGAMMA = Expression(
    (
        Node("variable", (), "u"),
        Node("number", (), Fraction(1)),
        Node("add", (0, 1)),
        Node("variable", (), "v"),
        Node("polygamma", (2, 3)),
    )
)


@cache
def slope(operation: str, operand: int) -> Expression | None:
    """The slope in one operand, read; None where it is 0."""
    if operation == "polygamma":
        return _NEXT_POLYGAMMA if operand == 1 else None
    texts = SLOPES[operation]
    if operand >= len(texts) or texts[operand] == "0":
        return None
    return read(texts[operand], declared=("u", "v", "w"))


@cache
def definition(operation: str) -> Expression | None:
    """The operation by others, read."""
    return read(DEFINITIONS[operation], declared="uv") if operation in DEFINITIONS else None


@cache
def regular(operation: str) -> Expression | None:
    """What is more than 0 where the operation is analytic; None where it is so everywhere."""
    return read(REGULAR[operation], declared="uv") if operation in REGULAR else None
