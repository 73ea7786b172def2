r"""LaTeX: a derivation as an `align*` environment of amsmath, a line for each step."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from diffcalc.errors import DiffcalcError
from diffcalc.expression import Expression
from diffcalc.reader import read
from diffcalc.render.base import StepsRenderer, shown_closing, shown_steps
from diffcalc.render.typeset import name, typeset, verbatim

if TYPE_CHECKING:
    from diffcalc.symbolic import Step, Working

_WORD = re.compile(r"[^\W\d]\w*")
_DIFFERENTIAL = re.compile(r"d\((.*)\)")


class LatexRenderer(StepsRenderer):
    r"""A fragment for a document with `\usepackage{amsmath}`. Lines are not broken."""

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        for working in found:
            self._align(self._lines(working))
        if note:
            self.line(f"% {note}")

    def _lines(self, working: Working) -> list[str]:
        level = self.options.level
        lines = []
        for _, step, right in shown_steps(working, level):
            sides = " = ".join(map(formula, right))
            reason = "" if level == "line" else self._reason(step)
            lines.append(f"{_left(step)} &= {sides}{reason}")
        for step in shown_closing(working, level):
            lines.append(rf"&= {formula(step.after)} && \text{{{step.rule.name}}}")
        return lines

    def _reason(self, step: Step) -> str:
        full = self.options.level == "full"
        name = f"{step.rule.name} rule{': ' * full}"
        statement = _statement(step.rule.statement) if full else ""
        where = rf",\ {_where(step)}" if step.where else ""
        return rf" && \text{{{name}}} {statement}{where}".rstrip()

    def _align(self, lines: Sequence[str]) -> None:
        self.line(r"\begin{align*}")
        self.line(" \\\\\n".join(lines))
        self.line(r"\end{align*}")


def formula(text: str) -> str:
    """A formula in diffcalc's notation as LaTeX; as it is where it is none."""
    try:
        return typeset(read(text, declared=_words(text), checked=False))
    except DiffcalcError:
        return verbatim(text)


def _words(text: str) -> Collection[str]:
    """The names in a formula that diffcalc printed: they are all known, but not by the reader."""
    return [word for word in _WORD.findall(text) if word != "e"]


def _left(step: Step) -> str:
    if step.variable:
        below = name(step.variable)
        return rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}{below}}} \left({formula(step.before)}\right)"
    if step.before.startswith("∇"):
        variable, _, rest = step.before.removeprefix("∇").partition(" ")
        return rf"\nabla_{{{name(variable)}}} {formula(rest)}"
    inside = _DIFFERENTIAL.fullmatch(step.before)
    if inside is None:
        return formula(step.before)
    return rf"\mathrm{{d}}\left({formula(inside[1])}\right)"


def _where(step: Step) -> str:
    """The inner functions, each with its name; other words as they are."""
    known, equals, inner = step.where.partition(" = ")
    if equals and ", " not in inner and _WORD.fullmatch(known):
        return f"{name(known)} = {formula(inner)}"
    return verbatim(step.where)


def _statement(text: str) -> str:
    """D (u*v) = u*Dv + v*Du, in LaTeX; as it is where it is no single equation."""
    left, equals, right = text.partition(" = ")
    if not equals or not left.startswith(("D ", "dy")):
        return verbatim(text)
    shown = formula(left.removeprefix("D "))
    if left.startswith("D ("):
        shown = rf"\left({shown}\right)"
    sign = r"\mathrm{D} " if left.startswith("D ") else ""
    return f"{sign}{shown} = {formula(right)}"
