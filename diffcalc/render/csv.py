"""CSV and TSV: a header once, then a row per partial derivative, h or step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffcalc.language.expression import Expression
from diffcalc.language.point import Point
from diffcalc.render.lines import csv_line
from diffcalc.render.reasons import sentence, side
from diffcalc.render.renderer import Definitions, Renderer
from diffcalc.render.wording import (
    chain_left,
    derivative,
    location_value,
    shown_closing,
    shown_steps,
    typed,
)

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Links
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.gradient import Gradient
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Element, Partial, Quotients
    from diffcalc.comparison.scan import Scan
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

METHODS = ("numerical", "symbolic", "autograd")
_ELEMENT = [
    "element", "at", "formula", "derivative", "numerical", "numerical_error", "symbolic",
    "autograd", *(f"digits_{method}" for method in METHODS), "left", "right", "verdict", "kind",
    "reason", "known",
]  # fmt: skip
_FEATURE = [
    "expression", "variable", "at", "exactly", "kind", "defined", "left", "right", "because_of",
    "reason", "known",
]  # fmt: skip


class CsvRenderer(Renderer):
    """Comma-separated values as in RFC 4180, but with a bare newline at the end of a line."""

    delimiter = ","
    notes = False
    _header: Sequence[str] = ()

    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        for partial in result.partials:
            for element in partial.elements:
                self._row(expression=result.expression, **_compared(element, partial))

    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        reason = "; ".join(filter(None, [result.note, result.hint]))
        for partial in result.partials:
            known = {"element": partial.variables[0], "formula": partial.formula, "reason": reason}
            self._row(expression=result.expression, **dict.fromkeys(_ELEMENT, "") | known)

    def matrix(self, result: Matrix) -> None:
        for name, comparison in result.compared:
            for partial in comparison.partials:
                for element in partial.elements:
                    compared = _compared(element, partial)
                    self._row(function=name, expression=comparison.expression, **compared)

    def slope(self, result: Slope) -> None:
        place = {"equation": result.equation, "of": result.dependent, "wrt": result.independent}
        if result.partial is not None:
            compared = _compared(result.partial.elements[0], result.partial)
            self._row(**place, **compared)
            return
        found = result.judgement
        at = result.point[result.independent]
        known = {"element": result.independent, "at": at, "derivative": math.nan}
        told = {"verdict": found.verdict, "kind": found.kind, "reason": sentence(found)}
        row = dict.fromkeys(_ELEMENT, "") | known | told
        self._row(**place, **row)

    def scan(self, result: Scan) -> None:
        self._write_header(_FEATURE)
        for feature in result.features:
            truth = feature.truth
            place = [result.expression, result.name, location_value(feature.x), feature.x.at or ""]
            found = [truth.kind, truth.defined, side(truth.left), side(truth.right)]
            row = [*place, *found, feature.culprit, sentence(feature.judgement), truth.known]
            self._row(**dict(zip(_FEATURE, row, strict=True)))

    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        for quotients in found:
            for row in quotients.convergence.rows:
                self._row(
                    expression=expression,
                    element=quotients.name,
                    at=typed(quotients),
                    h=row.h,
                    quotient=row.quotient,
                    error=row.error,
                    order=row.order,
                    extrapolated=row.extrapolated,
                )

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        level = self.options.level
        for working in found:
            steps = [(depth, step) for depth, step, _ in shown_steps(working, level)]
            steps.extend((0, step) for step in shown_closing(working, level))
            for depth, step in steps:
                self._row(
                    expression=expression,
                    depth=depth,
                    rule=step.rule.name,
                    variable=step.variable,
                    before=step.before,
                    applied=step.applied,
                    after=step.after,
                    where=step.where,
                )

    def proof(self, expression: Expression, found: Proof) -> None:
        for chain in found.chains:
            for line in chain.lines:
                self._row(
                    expression=expression,
                    of=chain_left(chain, found),
                    limit=f"{found.step} → 0" if line.limit else "",
                    text=line.text,
                    reason=line.reason,
                    identity=line.identity,
                )

    def definitions(self, found: Definitions) -> None:
        kinds = {"built in": found.built_in, "own": found.own, "elementary": found.elementary}
        for kind, texts in kinds.items():
            for text in texts:
                self._row(kind=kind, definition=text)

    def _row(self, **fields: object) -> None:
        self._write_header(list(fields))
        self.line(csv_line(fields.values(), self.delimiter))

    def _write_header(self, header: list[str]) -> None:
        if header != self._header:
            self.line(csv_line(header, self.delimiter))
            self._header = header


class TsvRenderer(CsvRenderer):
    """Tab-separated values."""

    delimiter = "\t"


def _compared(element: Element, partial: Partial) -> dict[str, object]:
    limit, judgement = element.convergence.limit, element.judgement
    return (
        {
            "element": element.name,
            "at": typed(element),
            "formula": _formula(element, partial),
            "derivative": derivative(element),
            "numerical": limit.value,
            "numerical_error": limit.error,
            "symbolic": "" if element.symbolic is None else element.symbolic,
            "autograd": element.autograd,
        }
        | {f"digits_{m}": _count(judgement.digits.get(m)) for m in METHODS}
        | {
            "left": side(element.truth.left),
            "right": side(element.truth.right),
            "verdict": judgement.verdict,
            "kind": judgement.kind,
            "reason": sentence(judgement),
            "known": element.truth.known,
        }
    )


def _formula(element: Element, partial: Partial) -> str:
    if partial.skipped:
        return f"skipped: {partial.skipped}"
    return "0" if element.idle else partial.formula


def _count(digits: float | None) -> str:
    return "" if digits is None else f"{digits:.1f}"
