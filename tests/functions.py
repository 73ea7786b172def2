"""The functions of the table: where to try each, and what SymPy calls those it has no symbol for."""

import sympy

from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.language.operations import FUNCTIONS
from diffcalc.symbolic import FUNCTION_RULES
from diffcalc.truth.elementary import ENCLOSURES
from diffcalc.truth.slopes import SLOPES

COMPLETE = [
    name
    for name in FUNCTIONS
    if all(name in column for column in (PRIMITIVES, FUNCTION_RULES, ENCLOSURES, SLOPES))
]
"""The functions that no file lacks: what is lacking is said once, by test_completeness.py."""
BEYOND_ONE = {"asec", "acsc", "acosh", "acoth"}
OPAQUE = {
    "cbrt": lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "silu": lambda x: x / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "lgamma": lambda x: sympy.log(sympy.Abs(sympy.gamma(x))),
    "relu": lambda x: sympy.Max(x, 0),
    "atan2": sympy.atan2,
    "min": sympy.Min,
    "max": sympy.Max,
}


def arguments(name: str) -> list[tuple[float, ...]]:
    """Points inside the domain and away from corners."""
    if name == "polygamma":
        return [(0.0, 0.7), (2.0, 3.5)]
    values = [1.3, 2.75] if name in BEYOND_ONE else [0.31, 0.87]
    if name in {
        "asinh",
        "sinh",
        "tanh",
        "atan",
        "erf",
        "sigmoid",
        "silu",
        "relu",
        "abs",
        "exp",
        "floor",
    }:
        values += [-1.75, 4.5]
    arity = FUNCTIONS[name].arity
    return [tuple(v + 0.4 * i for i in range(arity)) for v in values]


CASES = [(name, at) for name in COMPLETE for at in arguments(name)]


def of_inexact(name: str, at: tuple[float, ...]) -> tuple[str, dict[str, float]]:
    """A function of what is rounded, and a point for it."""
    if name == "polygamma":  # its order is no variable
        text, at = f"polygamma({int(at[0])}, u*1.1)", at[1:]
    else:
        text = f"{name}({', '.join(f'{u}*1.1' for u in 'uvw'[: len(at)])})"
    return text, dict(zip("uvw", at, strict=False))
