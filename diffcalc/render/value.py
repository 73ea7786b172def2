"""The derivative and nothing else, for `$(…)` in a shell: a line per variable, full precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffcalc.language.expression import Expression
from diffcalc.language.point import Point
from diffcalc.render.renderer import Definitions, Renderer
from diffcalc.render.wording import derivative, exact_text, location_value

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Links
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.gradient import Gradient
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.comparison.scan import Scan
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working


class ValueRenderer(Renderer):
    """Numbers as Python prints them, `nan` where there is no derivative, elements in one line."""

    reasons = notes = False

    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        for partial in result.partials:
            if partial.many is None:
                self._numbers(partial.elements)
            else:
                for numbers in partial.many.derivatives.values():
                    self.line(" ".join(map(repr, numbers.ravel().tolist())))

    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        for partial in result.partials:
            self.line(partial.formula)

    def matrix(self, result: Matrix) -> None:
        for row in result.entries:
            self._numbers(row)

    def slope(self, result: Slope) -> None:
        if result.element is None:
            self.line("nan")
        else:
            self._numbers([result.element])

    def scan(self, result: Scan) -> None:
        for feature in result.features:
            self.line(repr(location_value(feature.x)).removesuffix(".0"))

    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        for variable in dict.fromkeys(q.places[0].variable for q in found):
            self._numbers([q for q in found if q.places[0].variable == variable])

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        for working in found:
            self.line(working.derivation.text)

    def proof(self, expression: Expression, found: Proof) -> None:
        self.line(found.derivation.text)

    def definitions(self, found: Definitions) -> None:
        for text in (*found.built_in, *found.own, *found.elementary):
            self.line(text)

    def _numbers(self, elements: Sequence[Quotients]) -> None:
        digits = self.options.digits
        self.line(
            " ".join(
                exact_text(e, digits) if digits else repr(derivative(e)).removesuffix(".0")
                for e in elements
            )
        )
