"""Plain text: no frames and no colour, a line per fact, the lecture's own lines for the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffcalc.base.numbers import Real
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import Point
from diffcalc.render.reasons import sentence
from diffcalc.render.renderer import Definitions, Renderer
from diffcalc.render.wording import (
    beside_matrix,
    chain_left,
    closing_text,
    counts_text,
    derivative,
    differential,
    directions_text,
    domain_text,
    equation,
    exact_text,
    formula_text,
    formulas,
    found_text,
    function_text,
    kept_text,
    lets_text,
    limit_text,
    line_text,
    location_text,
    many_text,
    matrix_sequences,
    nested,
    place_text,
    reason_text,
    result_name,
    rule_text,
    short,
    shown_closing,
    shown_sequences,
    shown_steps,
    side_text,
    slope_name,
    slope_parts,
    slope_rule,
    slopes_text,
    smooth_text,
    symbolic_text,
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

# Beside an x near 1 a smaller h is lost in float64; more decimals would only widen the column.
_MOST_PLACES = 16


class PlainRenderer(Renderer):
    """Lines that are easy to read and easy to grep."""

    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        if links is not None:
            self.line(f"with {lets_text(links.chain)}")
        name = result_name(result.expression, links and links.chain)
        self._compared(name, result)
        if links is not None:
            self._links(links, name)
        for element in shown_sequences(result.elements, self.options):
            self._sequence(element, len(result.elements) > 1)
        if result.joint is not None:
            self.line(f"together: {result.joint.verdict}: {sentence(result.joint)}")
        self._known(result.elements)
        self._exact(result.elements)
        self.line(f"verdict: {result.verdict}")

    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        if lets is not None:
            self.line(f"with {lets_text(lets)}")
        name = result_name(result.expression, lets)
        self.line(f"{name} = {result.expression}")
        for partial in result.partials:
            self._formula(name, result.expression, result.rank, partial)
        for note in filter(None, [result.note, result.hint]):
            self.line(f"note: {note}")

    def _formula(self, name: str, expression: Expression, rank: int, partial: Partial) -> None:
        of = function_text(name, expression, rank, partial)
        self.line(f"{differential(of, partial.variables, False)} = {formula_text(partial)}")

    def _links(self, links: Links, name: str) -> None:
        if links.formulas:
            self.line(f"chain rule: {slopes_text(links, name)}")
        for place, products in links.sums:
            terms = " + ".join(
                f"{short(p.outer)}*{short(p.inner)} ({p.through.name})" for p in products
            )
            self.line(
                f"chain rule, {place.name}: {terms} = {short(sum(p.value for p in products))}"
            )
        for kept in links.tape:
            name = kept.name or kept.text
            self.line(
                f"tape, {name}: value={nested(kept.value)}, grad_fn={kept.grad_fn}, "
                f"grad={kept_text(kept)}"
            )

    def matrix(self, result: Matrix) -> None:
        for name, comparison in result.compared:
            self._compared(name, beside_matrix(comparison))
            if comparison.joint is not None:
                self.line(f"together: {comparison.joint.verdict}: {sentence(comparison.joint)}")
        if result.joint is not None:
            self.line(f"together: {result.joint.verdict}: {sentence(result.joint)}")
        for heading, formula, transposed in formulas(result):
            self.line(f"{heading} = {formula} (Jacobian layout) = {transposed} (gradient layout)")
        self.line(f"{result.kind}, {result.layout}:")
        self.line(f"columns: {', '.join(result.columns)}")
        for name, row in zip(result.rows, result.entries, strict=True):
            self.line(f"{name}: {' '.join(short(derivative(element)) for element in row)}")
        for _, element in matrix_sequences(result, self.options):
            self._sequence(element, True)
        self._known(result.elements)
        self._exact(result.elements)
        self.line(f"verdict: {result.verdict}")

    def slope(self, result: Slope) -> None:
        self.line(str(result.equation))
        for variable in result.equation.variables:
            self.line(f"{variable} = {result.point[variable]}")
        for name, formula, value in slope_parts(result):
            self.line(f"{name} = {formula} = {short(value)}")
        if result.partial is not None:
            self.line(f"{slope_name(result)} = {slope_rule(result)} = {result.partial.formula}")
            element = result.partial.elements[0]
            self.line(_element_line(element))
            if self.options.sequences != "none":
                self._sequence(element, several=False)
            self._exact([element])
        else:
            self.line(f"{result.judgement.verdict}: {sentence(result.judgement)}")
        self.line(f"verdict: {result.judgement.verdict}")

    def scan(self, result: Scan) -> None:
        self.line(f"{function_name(result.expression.variables)} = {result.expression}")
        for name, value in result.point.items():
            self.line(f"{name} = {value}")
        for feature in result.features:
            left, right = (side_text(feature, s) for s in (feature.truth.left, feature.truth.right))
            self.line(
                f"{result.name}={location_text(feature.x)}: {feature.truth.kind}, "
                f"left={left}, right={right}, because of {feature.culprit}"
            )
        self.line(f"found: {found_text(result)}")
        if result.pieces:
            self.line(f"defined on {domain_text(result)}")
        for note in (*filter(None, [smooth_text(result)]), *result.notes):
            self.line(f"note: {note}")

    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        for quotients in found:
            self._sequence(quotients, len(found) > 1)

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        level = self.options.level
        for working in found:
            for depth, step, right in shown_steps(working, level):
                rule = rule_text(step, level)
                self.line(f"{'  ' * depth}{equation(step, right)}{f'    [{rule}]' if rule else ''}")
            for step in shown_closing(working, level):
                self.line(f"= {step.after}    [{closing_text(step)}]")
        if note:
            self.line(f"note: {note}")

    def proof(self, expression: Expression, found: Proof) -> None:
        for chain in found.chains:
            self.line(chain_left(chain, found))
            for line in chain.lines:
                self.line(f"  = {line_text(line, found)}    [{reason_text(line)}]")
        if found.domain:
            self.line(f"for {found.domain}")

    def definitions(self, found: Definitions) -> None:
        for text in (*found.built_in, *found.own, *found.elementary):
            self.line(text)

    def _compared(self, name: str, result: Comparison) -> None:
        self.line(f"{name} = {result.expression}")
        for variable in result.expression.variables:
            self.line(f"{variable} = {result.point[variable]}")
        self.line(f"value = {nested(result.value)}")
        for partial in result.partials:
            self._formula(name, result.expression, result.value.ndim, partial)
            for note in filter(None, [directions_text(partial), many_text(partial)]):
                self.line(f"note: {note}")
            for element in partial.elements:
                self.line(_element_line(element))

    def _known(self, elements: Sequence[Element]) -> None:
        for statement in dict.fromkeys(s for e in elements for s in e.truth.assuming):
            self.line(f"assumed: {statement}")

    def _exact(self, elements: Sequence[Element]) -> None:
        if self.options.digits:
            for element in elements:
                self.line(f"{element.name}: {exact_text(element, self.options.digits)}")

    def _sequence(self, element: Quotients, several: bool) -> None:
        name = f"{element.name}: " if several else ""
        for row in element.convergence.rows:
            places = _places(float(row.h))
            shown = [
                _number(v, places, element.convergence.digits)
                for v in (row.quotient, row.extrapolated)
            ]
            extra = f", extrapolated={shown[1]}" * self.options.richardson
            self.line(f"{name}h={_fixed(row.h, places)}, numerical limit={shown[0]}{extra}")


def _fixed(value: Real, places: int) -> str:
    return f"{float(value):.{places}f}"


def _number(value: Real, places: int, digits: int | None) -> str:
    """With the decimals of the lecture, or with all digits where there is no round-off."""
    return _fixed(value, places) if digits is None else short(value, digits)


def _places(h: float) -> int:
    """Decimals as in the lecture, five, and more where h would show as 0."""
    if not 0 < abs(h) < 1:
        return 5
    return min(max(5, -math.floor(math.log10(abs(h) * 1.0000001))), _MOST_PLACES)


def _element_line(element: Element) -> str:
    judgement = element.judgement
    digits = "/".join(counts_text(element)) or "-"
    return (
        f"{place_text(element).replace(' = ', '=')}: numerical={limit_text(element)}, "
        f"symbolic={symbolic_text(element)}, autograd={short(element.autograd)}, "
        f"digits={digits}, {element.truth.known}, {judgement.verdict}: {sentence(judgement)}"
    )
