"""The function and its derivatives as a LaTeX environment."""

from collections.abc import Sequence

from diffcalc import __version__
from diffcalc.language.expression import Expression
from diffcalc.language.latex import aligned, derivative, name, typeset
from diffcalc.symbolic import Derivation


def latex(expression: Expression, derivations: Sequence[Derivation], function: str) -> str:
    """An `align*` environment of the amsmath package: f(x) = …, then a line for each derivative."""
    variables = expression.variables
    shown = name(function)
    arguments = ", ".join(map(name, variables))
    lines = [rf"{shown}\left({arguments}\right) &= {typeset(expression)}"]
    sign = r"\partial " if len(variables) > 1 else r"\mathrm{d}"
    for one in derivations:
        assert one.program is not None, one.text
        lines.append(f"{derivative(one.variable, shown, sign)} &= {typeset(one.program)}")
    title = f"% diffcalc {__version__} wrote this; it needs \\usepackage{{amsmath}}"
    return f"{title}\n{aligned(lines)}\n"
