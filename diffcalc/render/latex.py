r"""LaTeX: a derivation as an `align*` environment of amsmath, a line for each step."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.latex import aligned, derivative, name, typeset, verbatim
from diffcalc.language.refusals import WORDS_BETWEEN
from diffcalc.render.renderer import StepsRenderer
from diffcalc.render.wording import shown_closing, shown_steps

if TYPE_CHECKING:
    from diffcalc.symbolic import Step
    from diffcalc.symbolic.steps.lemmas import ProofLine
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

_WORD = re.compile(r"[^\W\d]\w*")
_RELATION = re.compile(" = | → ")
_DIFFERENTIAL = re.compile(r"d\((.*)\)")


class LatexRenderer(StepsRenderer):
    r"""A fragment for a document with `\usepackage{amsmath}`. Lines are not broken."""

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        for working in found:
            self.line(aligned(self._lines(working)))
        if note:
            self.line(f"% {note}")

    def proof(self, expression: Expression, found: Proof) -> None:
        below = rf"\lim_{{{name(found.step)} \to 0}} "
        for chain in found.chains:
            left = formula(chain.left)
            if chain.derivative:
                left = _derivative(found.derivation.variable, left)
            lines = []
            for line in chain.lines:
                shown = formula(line.text)
                side = rf"{below}\left({shown}\right)" if line.limit else shown
                lines.append(f"{left} &= {side} && {_law(line)}")
                left = ""
            self.line(aligned(lines))
        if found.domain:
            x, sign, bound = found.domain.split(" ")
            relation = sign.replace("≠", r"\ne")
            self.line(rf"For ${name(x)} {relation} {bound}$.")

    def _lines(self, working: Working) -> list[str]:
        level = self.options.level
        lines = []
        for _, step, right in shown_steps(working, level):
            sides = " = ".join(map(formula, right))
            reason = "" if level == "line" else self._reason(step)
            lines.append(f"{_left(step)} &= {sides}{reason}")
        closing = shown_closing(working, level)
        return lines + [rf"&= {formula(s.after)} && \text{{{s.rule.name}}}" for s in closing]

    def _reason(self, step: Step) -> str:
        full = self.options.level == "full"
        name = f"{step.rule.name} rule{': ' * full}"
        statement = _statement(step.rule.statement) if full else ""
        where = rf",\ {_where(step)}" if step.where else ""
        return rf" && \text{{{name}}} {statement}{where}".rstrip()


def formula(text: str) -> str:
    """A formula in diffcalc's notation as LaTeX; as it is where it is none."""
    try:
        return typeset(read(text, declared=words(text), checked=False))
    except DiffcalcError:
        return verbatim(text)


def words(text: str) -> Collection[str]:
    """The names in a formula that diffcalc printed: they are all known, but not by the reader."""
    return [word for word in _WORD.findall(text) if word not in {"e", *WORDS_BETWEEN}]


def _left(step: Step) -> str:
    if step.variable:
        return _derivative(step.variable, formula(step.before))
    if step.before.startswith("∇"):
        variable, _, rest = step.before.removeprefix("∇").partition(" ")
        return rf"\nabla_{{{name(variable)}}} {formula(rest)}"
    inside = _DIFFERENTIAL.fullmatch(step.before)
    if inside is None:
        return formula(step.before)
    return rf"\mathrm{{d}}\left({formula(inside[1])}\right)"


def _derivative(variable: str, inner: str) -> str:
    return rf"{derivative(variable)} \left({inner}\right)"


def _law(line: ProofLine) -> str:
    """Why a line is true: in words, then the law as an equation or a limit."""
    if not line.identity:
        return rf"\text{{{line.reason}}}"
    sign = r" \to " if "→" in line.identity else " = "
    law = sign.join(map(formula, _RELATION.split(line.identity)))
    return rf"\text{{{line.reason}: }} {law}"


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
