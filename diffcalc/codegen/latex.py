"""The function and its derivatives as LaTeX."""

from collections.abc import Sequence

from diffcalc import __version__
from diffcalc.language.expression import Expression
from diffcalc.language.latex import derivative, name, typeset
from diffcalc.language.latex_lines import Line, paragraphs
from diffcalc.symbolic import Derivation


def latex(expression: Expression, derivations: Sequence[Derivation], function: str) -> str:
    """Paragraphs for a document with amsmath: f(x) = …, then one for each derivative."""
    variables = expression.variables
    shown = name(function)
    arguments = ", ".join(map(name, variables))
    lines = [Line(rf"{shown}\left({arguments}\right)", [typeset(expression)])]
    sign = r"\partial " if len(variables) > 1 else r"\mathrm{d}"
    for one in derivations:
        assert one.program is not None, one.text
        lines.append(Line(derivative(one.variable, shown, sign), [typeset(one.program)]))
    title = f"% diffcalc {__version__} wrote this; it needs \\usepackage{{amsmath}}"
    return f"{title}\n{paragraphs(lines)}\n"
