"""Markdown: a derivation as nested lists, as GitHub shows them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from diffcalc.language.expression import Expression
from diffcalc.render.renderer import StepsRenderer
from diffcalc.render.wording import (
    chain_left,
    closing_text,
    equation,
    line_text,
    reason_text,
    rule_text,
    shown_closing,
    shown_steps,
)

if TYPE_CHECKING:
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working


# So many letters of a typewriter stand on a line of a page; code is not broken within.
_WIDTH = 60


class MarkdownRenderer(StepsRenderer):
    """Formulas stand in backticks, as they can be typed in again."""

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        level = self.options.level
        for working in found:
            for depth, step, right in shown_steps(working, level):
                self._item(depth, equation(step, right), rule_text(step, level))
            for step in shown_closing(working, level):
                self._item(0, f"= {step.after}", closing_text(step))
            self.line()
        if note:
            self.line(note)

    def proof(self, expression: Expression, found: Proof) -> None:
        for chain in found.chains:
            self.line(f"- `{chain_left(chain, found)}`")
            for line in chain.lines:
                self._item(1, f"= {line_text(line, found)}", reason_text(line))
        self.line(f"\nFor `{found.domain}`.\n" if found.domain else "")

    def _item(self, depth: int, formula: str, reason: str) -> None:
        indent = "  " * depth
        name, colon, rest = reason.partition(": ")
        below = f"\\\n{indent}  **{name}**{colon}{_code(rest, indent)}" if reason else ""
        self.line(f"{indent}- {_code(formula, indent)}{below}")


def _code(text: str, indent: str) -> str:
    """A formula in backticks, in parts between which a line may end: before or after a sign."""
    parts = wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return f"\n{indent}  ".join(f"`{part}`" for part in parts)
