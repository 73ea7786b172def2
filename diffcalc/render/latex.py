r"""LaTeX: a derivation as an `align*` environment of amsmath, a line for each step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.latex import derivative, name, names_in, typeset, verbatim
from diffcalc.language.latex_lines import Line, breakable, paragraphs
from diffcalc.language.point import split
from diffcalc.render.latex_arrays import STATEMENTS, Matrices, letters
from diffcalc.render.renderer import StepsRenderer
from diffcalc.render.wording import shown_closing, shown_steps

if TYPE_CHECKING:
    from diffcalc.symbolic import Step
    from diffcalc.symbolic.steps.lemmas import ProofLine
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

_WORD = re.compile(r"[^\W\d]\w*")
_WITH_FORMULA = re.compile(r"(gradient layout|Jacobian) (.*)|(\w+) is the external gradient")
# dy and Du in the statement of a rule.
_DIFFERENTIAL = re.compile(r"\\mathrm\{([dD])([a-z])\}")
_RELATION = re.compile(" = | → ")
# What may not be 0 where a logarithm is taken: x, sin(x) and y.
_FACTORS = re.compile(r"where (.*) are not 0")
_APART = re.compile(r"(?:, | and )(?![^()]*\))")


class LatexRenderer(StepsRenderer):
    r"""A fragment for a document with `\usepackage{amsmath}`."""

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        for working in found:
            self.line(paragraphs(list(self._lines(working))))
        if note:
            self.line(f"% {note}")

    def proof(self, expression: Expression, found: Proof) -> None:
        below = rf"\lim_{{{name(found.step)} \to 0}}"
        for chain in found.chains:
            left = formula(chain.left)
            if chain.derivative:
                left = _derivative(found.derivation.variable, left)
            lines = []
            for line in chain.lines:
                shown = formula(line.text)
                side = rf"{below}\left({shown}\right)" if line.limit else shown
                lines.append(Line(left, [side], _law(line)))
                left = ""
            self.line(paragraphs(lines))
        if found.domain:
            x, sign, bound = found.domain.split(" ")
            relation = sign.replace("≠", r"\ne")
            self.line(rf"For ${name(x)} {relation} {bound}$.")

    def _lines(self, working: Working) -> Iterator[Line]:
        level = self.options.level
        matrices = Matrices(working.derivation.shapes)
        for _, step, right in shown_steps(working, level):
            reason = "" if level == "line" else self._reason(step, matrices)
            if step.variable:
                yield Line(_left(step), list(map(formula, right)), reason)
            else:
                yield Line(_of_arrays(step, matrices), list(map(matrices.formula, right)), reason)
        for step in shown_closing(working, level):
            yield Line("", [formula(step.after)], step.rule.name)

    def _reason(self, step: Step, matrices: Matrices) -> str:
        said = f"{step.rule.name} rule"
        if self.options.level == "full":
            said += f": {statement(step.rule.statement)}"
        return f"{said}, {_where(step, matrices)}" if step.where else said


def formula(text: str) -> str:
    """A formula in diffcalc's notation as LaTeX; as it is where it is none."""
    try:
        return typeset(read(text, declared=names_in(text), checked=False))
    except DiffcalcError:
        return verbatim(text)


def _left(step: Step) -> str:
    return _derivative(step.variable, formula(step.before))


def _of_arrays(step: Step, matrices: Matrices) -> str:
    if not step.before.startswith("∇"):
        return matrices.formula(step.before)
    variable, _, rest = step.before.removeprefix("∇").partition(" ")
    return rf"\nabla_{{{name(variable)}}} \left({matrices.formula(rest)}\right)"


def _derivative(variable: str, inner: str) -> str:
    return rf"{derivative(variable)} \left({inner}\right)"


def _law(line: ProofLine) -> str:
    """Why a line is true: in words, then the law as an equation or a limit."""
    if not line.identity:
        return line.reason
    sign = r" \to " if "→" in line.identity else " = "
    law = sign.join(map(formula, _RELATION.split(line.identity)))
    return f"{line.reason}: {_inline(law)}"


def _where(step: Step, matrices: Matrices) -> str:
    """The inner functions, each with its name; other words as they are."""
    named = [piece.strip().partition(" = ") for piece, _ in split(step.where, 0)]
    if all(_WORD.fullmatch(known) and equals for known, equals, _ in named):
        sides = [f"{name(one)} = {matrices.formula(inner)}" for one, _, inner in named]
        return ", ".join(map(_inline, sides))
    factors = _FACTORS.fullmatch(step.where)
    if factors:
        shown = (_inline(formula(one)) for one in _APART.split(factors[1]))
        return f"where {', '.join(shown)} are not 0"
    return ", ".join(_words(piece.strip(), matrices) for piece, _ in split(step.where, 0))


def _words(text: str, matrices: Matrices) -> str:
    """Words with a formula before or behind them."""
    known = _WITH_FORMULA.fullmatch(text)
    if known is None:
        return verbatim(text)
    layout, matrix, seed = known.groups()
    if seed:
        return f"{_inline(name(seed))} is the external gradient"
    return f"{layout} {_inline(matrices.formula(matrix))}"


def statement(text: str) -> str:
    """What a rule says, as mathematics; as it is where it is no single equation."""
    left, equals, right = text.partition(" = ")
    if text in STATEMENTS or not equals or not left.startswith(("D ", "dy")):
        return Matrices(letters(text)).statement(text)
    shown = formula(left.removeprefix("D "))
    if left.startswith("D ("):
        shown = rf"\left({shown}\right)"
    sign = r"\mathrm{D} " if left.startswith("D ") else ""
    return _inline(_DIFFERENTIAL.sub(r"\\mathrm{\1}\2", f"{sign}{shown} = {formula(right)}"))


def _inline(formula: str) -> str:
    return f"${breakable(formula)}$"
