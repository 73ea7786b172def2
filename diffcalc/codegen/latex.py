"""The function and its derivatives as a LaTeX environment, by SymPy's printer."""

from collections.abc import Sequence
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from diffcalc import __version__
from diffcalc.language.expression import Expression
from diffcalc.symbolic import Derivation
from diffcalc.symbolic.notation import form_of, real_symbols

_RELATIONS = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_SHAPES = {
    "cbrt": r"\sqrt[3]{{{0}}}",
    "where": r"\left(\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} "
    r"\end{{cases}}\right)",
}


class _Printer(LatexPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's own printer, with the functions that SymPy does not know."""

    def __init__(self) -> None:
        super().__init__({"ln_notation": True})

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        # A person writes y**2 - x**4 rather than -x**4 + y**2.
        terms = super()._as_ordered_terms(expr, order=order)
        first = next((t for t in terms if not t.could_extract_minus_sign()), terms[0])
        return [first, *(t for t in terms if t is not first)]

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        text = str(super()._print_Symbol(expr, style=style))
        # A word in italics would be a product.
        return rf"\mathrm{{{text}}}" if len(text) > 1 and text.isalpha() else text

    def _print_Function(self, expr: Any, exp: str | None = None) -> str:
        name = expr.func.__name__
        arguments = [self._print(argument) for argument in expr.args]
        if name in _RELATIONS:
            return f"{arguments[0]} {_RELATIONS[name]} {arguments[1]}"
        if name not in _SHAPES:
            return str(super()._print_Function(expr, exp))
        text = _SHAPES[name].format(*arguments)
        return text if exp is None else f"{text}^{{{exp}}}"


def latex(expression: Expression, derivations: Sequence[Derivation], name: str) -> str:
    """An `align*` environment of the amsmath package: f(x) = …, then a line for each derivative."""
    printer = _Printer()
    names = real_symbols(expression.variables)
    value = printer.doprint(form_of(expression))
    shown = printer.doprint(sympy.Symbol(name))
    arguments = ", ".join(map(printer.doprint, names.values()))
    lines = [rf"{shown}\left({arguments}\right) &= {value}"]
    sign = r"\partial" if len(names) > 1 else r"\mathrm{d}"
    for derivation in derivations:
        below = printer.doprint(names[derivation.variable])
        left = rf"\frac{{{sign} {shown}}}{{{sign} {below}}}"
        lines.append(rf"{left} &= {printer.doprint(derivation.formula)}")
    body = " \\\\\n".join(lines)
    title = f"% diffcalc {__version__} wrote this; it needs \\usepackage{{amsmath}}"
    return f"{title}\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n"
