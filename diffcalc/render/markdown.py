"""Markdown: a derivation as nested lists, as GitHub shows them."""

from __future__ import annotations

from collections.abc import Sequence
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
        name, colon, rest = reason.partition(": ")
        shown = f" — **{name}**{colon}{rest and f'`{rest}`'}" if reason else ""
        self.line(f"{'  ' * depth}- `{formula}`{shown}")
