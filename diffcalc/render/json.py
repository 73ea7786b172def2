"""JSON: one object per result and line, numbers as numbers.

A number JSON cannot hold is null, with the reason beside it under the same key and `_why`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from diffcalc.base.decimals import decimal, rounded
from diffcalc.base.numbers import Real
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point
from diffcalc.numerical.definition import Side
from diffcalc.numerical.limit import Convergence
from diffcalc.render.lines import JsonObject, json_line
from diffcalc.render.reasons import sentence, side
from diffcalc.render.renderer import Definitions, Level, Renderer
from diffcalc.render.wording import (
    derivative,
    formulas,
    location_value,
    shown_closing,
    slope_parts,
)

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Kept, Links, Product
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.gradient import Gradient
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Element, Partial, Quotients
    from diffcalc.comparison.scan import Feature, Scan
    from diffcalc.symbolic import Derivation, Step
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

# As many as the truth is worked out in, where --digits does not ask for others.
_REFERENCE_DIGITS = 30


class JsonRenderer(Renderer):
    """JSON Lines."""

    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        digits = self.options.digits or _REFERENCE_DIGITS
        self._write(
            _head(result.expression, result.point)
            | numbers("value", result.value)
            | {
                "verdict": result.verdict.value,
                "together": result.joint and sentence(result.joint),
                "derivatives": [
                    element_fields(e, p, digits) | _convergence(e.convergence)
                    for p in result.partials
                    for e in p.elements
                ],
            }
            | _gradients(result)
            | ({} if links is None else _links(links))
        )

    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        missing = {"value": None, "value_why": "no values", "verdict": None, "together": None}
        derivatives = [
            {"variable": partial.variables[0], "index": None, "order": len(partial.variables)}
            | {"formula": partial.formula}
            for partial in result.partials
        ]
        self._write(
            _head(result.expression, {})
            | missing
            | {"derivatives": derivatives}
            | ({} if lets is None else _lets(lets))
            | {"note": result.note or None, "hint": result.hint}
        )

    def matrix(self, result: Matrix) -> None:
        digits = self.options.digits or _REFERENCE_DIGITS
        joint = [c.joint for _, c in result.compared] + [result.joint]
        self._write(
            {
                "matrix": result.kind.lower(),
                "layout": result.layout,
                "functions": [
                    {"name": name} | _head(c.expression, result.point) | numbers("value", c.value)
                    for name, c in result.shown
                ],
                "formulas": [
                    {"of": heading, "jacobian": formula, "gradient": transposed}
                    for heading, formula, transposed in formulas(result)
                ],
                "rows": list(result.rows),
                "columns": list(result.columns),
                "verdict": result.verdict.value,
                "together": next((sentence(j) for j in joint if j), None),
            }
            | numbers("values", [[derivative(e) for e in row] for row in result.entries])
            | {
                "derivatives": [
                    {"function": name} | element_fields(e, p, digits)
                    for name, comparison in result.compared
                    for p in comparison.partials
                    for e in p.elements
                ]
            }
        )

    def slope(self, result: Slope) -> None:
        head = _head(result.equation.difference, result.point)
        partial, judgement = result.partial, result.judgement
        if partial is None:
            place: JsonObject = {"variable": result.independent, "derivative": None}
            why = {"kind": judgement.kind or None, "reason": sentence(judgement)}
            told = place | {"verdict": judgement.verdict.value} | why
        else:
            (element,), digits = partial.elements, self.options.digits or _REFERENCE_DIGITS
            told = element_fields(element, partial, digits) | _convergence(element.convergence)
        self._write(
            {"equation": str(result.equation), "at": head["at"], "typed": head["typed"]}
            | {
                name: {"formula": formula} | _number("value", value)
                for name, formula, value in slope_parts(result)
            }
            | {"verdict": judgement.verdict.value, "of": result.dependent, "derivatives": [told]}
        )

    def scan(self, result: Scan) -> None:
        self._write(
            {
                "expression": str(result.expression),
                "variable": result.name,
                "interval": [str(result.low), str(result.high)],
                "at": {name: v.floats.tolist() for name, v in result.point.items()},
                "features": [_feature(feature) for feature in result.features],
                "smooth": result.smooth,
                "left_out": result.left_out,
                "defined_on": [[location_value(end) for end in piece] for piece in result.pieces],
                "undecided": [list(cell) for cell in result.undecided],
                "notes": list(result.notes),
            }
        )

    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        digits = self.options.digits or _REFERENCE_DIGITS
        limits = [_place(q) | _conclusion(q, digits) | _convergence(q.convergence) for q in found]
        self._write(_head(expression, point) | {"limits": limits})

    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        derivatives = [_working(working, self.options.level) for working in found]
        head: JsonObject = {"expression": str(expression), "derivatives": derivatives}
        self._write(head | ({"note": note} if note else {}))

    def proof(self, expression: Expression, found: Proof) -> None:
        derivation = found.derivation
        self._write(
            {
                "expression": str(expression),
                "variable": derivation.variable,
                "formula": derivation.text,
                "step": found.step,
                "domain": found.domain or None,
                "chains": [asdict(chain) for chain in found.chains],
            }
        )

    def definitions(self, found: Definitions) -> None:
        self._write(
            {
                "built_in": list(found.built_in),
                "own": list(found.own),
                "elementary": list(found.elementary),
            }
        )

    def _write(self, content: JsonObject) -> None:
        self.line(json_line(content))


def _gradients(result: Comparison) -> JsonObject:
    """All derivatives in variables of very many elements: by autograd, and as they are proved."""
    found: JsonObject = {}
    proved: JsonObject = {}
    for partial in result.partials:
        if partial.many is not None:
            for name, gradient in partial.many.gradients.items():
                found |= numbers(name, gradient)
                proved |= numbers(name, partial.many.truths[name], "not proved")
    return {"gradients": found, "proved": proved} if found else {}


def _lets(lets: Chain) -> JsonObject:
    texts = {name: str(expression) for name, expression in lets.lets.items()}
    return {"let": texts, "of_lets": str(lets.outer)}


def _links(links: Links) -> JsonObject:
    return _lets(links.chain) | {
        "factors": [
            {"of": slope.above or None, "in": slope.below, "formula": slope.text}
            for slope in links.formulas
        ],
        "chain_rule": [_product(product) for product in links.products],
        "tape": [_kept(kept) for kept in links.tape],
    }


def _product(product: Product) -> JsonObject:
    return (
        {"of": product.of.name, "through": product.through.name}
        | _number("outer", product.outer)
        | _number("inner", product.inner)
        | _number("product", product.value)
    )


def _kept(kept: Kept) -> JsonObject:
    grad = {"grad": None, "grad_why": kept.why}
    return (
        {"name": kept.name or None, "text": kept.text or kept.name}
        | numbers("value", kept.value)
        | {"grad_fn": kept.grad_fn, "is_leaf": kept.grad_fn is None}
        | (grad if kept.grad is None else numbers("grad", kept.grad))
    )


def _head(expression: Expression, point: Point) -> JsonObject:
    names = [name for name in expression.variables if name in point]
    return {
        "expression": str(expression),
        "at": {name: point[name].floats.tolist() for name in names},
        "typed": {name: str(point[name]) for name in names},
    }


def numbers(key: str, array: ArrayLike, why: str = "not a finite real number") -> JsonObject:
    """An array as nested lists; null for what is not finite, and then `why` beside it."""
    values = np.asarray(array, dtype=object)
    finite = np.vectorize(math.isfinite, otypes=[bool])(values)
    kept = values.copy()
    kept[~finite] = None
    result: JsonObject = {key: kept.tolist()}
    if not finite.all():
        result[f"{key}_why"] = why
    return result


def _number(key: str, value: Real, why: str | None = None, digits: int | None = None) -> JsonObject:
    """A number, or null and why not; as text where it has more digits than a float64."""
    if mpmath.isfinite(value):
        return {key: value if digits is None else decimal(value, digits)}
    reason = "not a number" if mpmath.isnan(value) else "infinite"
    return {key: None, f"{key}_why": why or reason}


def _place(element: Quotients) -> JsonObject:
    first, last = element.places[0], element.places[-1]
    after: JsonObject = {"variable": first.variable, "index": list(first.index)}
    place: JsonObject
    if last.direction:
        place = {"variable": last.variable or None, "index": None, "direction": last.direction}
        among = {"among": list(last.among)} if last.among else {}
        return place | among | {"order": element.order}
    place = {"variable": last.variable, "index": list(last.index), "typed": last.typed}
    place |= {} if first == last else {"after": after}
    return place | {"order": element.order}


def _conclusion(element: Quotients, digits: int) -> JsonObject:
    truth, judgement = element.truth, element.judgement
    value = derivative(element)
    known = truth.exists
    why = f"{rounded(truth.derivative)} is beyond float64" if known else sentence(judgement)
    reference = decimal(truth.derivative, digits) if known else None
    return (
        _number("derivative", value, why)
        | {"reference": reference, "verdict": judgement.verdict.value}
        | {"kind": judgement.kind or None, "reason": sentence(judgement)}
        | {"known": truth.known, "assuming": list(truth.assuming), "enclosure": truth.enclosure}
        | _side("left", truth.left)
        | _side("right", truth.right)
    )


def _feature(feature: Feature) -> JsonObject:
    truth = feature.truth
    return (
        {
            "at": location_value(feature.x),
            "exactly": None if feature.x.at is None else str(feature.x.at),
            "kind": truth.kind,
            "defined": truth.defined,
        }
        | _side("left", truth.left)
        | _side("right", truth.right)
        | {"because_of": feature.culprit, "reason": sentence(feature.judgement)}
        | {"known": truth.known, "assuming": list(truth.assuming)}
    )


def _side(key: str, found: Side) -> JsonObject:
    order = found.order if found.behaviour == "infinite" else None
    return _number(key, float(found.value), side(found)) | {f"{key}_order": order}


def _formula(element: Element, partial: Partial) -> JsonObject:
    if partial.skipped:
        return {"formula": None, "formula_why": f"skipped: {partial.skipped}"}
    return {"formula": "0" if element.idle else partial.formula}


def _symbolic(element: Element, digits: float | None) -> JsonObject:
    if element.symbolic is None:
        return {"value": None, "value_why": "skipped", "digits": None}
    return _number("value", element.symbolic) | {"digits": digits}


def element_fields(
    element: Element, partial: Partial, shown: int = _REFERENCE_DIGITS
) -> JsonObject:
    """What is said of one partial derivative: the truth, the three methods and the verdict."""
    limit, digits = element.convergence.limit, element.judgement.digits
    return (
        _place(element)
        | _formula(element, partial)
        | _conclusion(element, shown)
        | {
            "numerical": _number("value", limit.value, None if limit.taken else "not taken")
            | _number("error", limit.error)
            | {"digits": digits.get("numerical"), "evaluations": limit.evaluations},
            "symbolic": _symbolic(element, digits.get("symbolic")),
            "autograd": _number("value", element.autograd) | {"digits": digits.get("autograd")},
        }
    )


def _convergence(convergence: Convergence) -> JsonObject:
    digits = convergence.digits
    rows = [
        {"h": float(row.h)}
        | _number("quotient", row.quotient, digits=digits)
        | _number("error", float(row.error))
        | _number("order", row.order)
        | _number("extrapolated", row.extrapolated, digits=digits)
        for row in convergence.rows
    ]
    limit = convergence.limit
    return {
        "convergence": {"kind": convergence.kind, "rows": rows}
        | _number("limit", limit.value, digits=digits)
        | _number("error", limit.error)
        | {"round_off_h": convergence.round_off_h}
    }


def _seed(derivation: Derivation) -> JsonObject:
    """The external gradient in a formula, the matrix before it, and that matrix' transpose."""
    if derivation.seed is None:
        return {}
    return {
        "seed": derivation.seed,
        "matrix": derivation.matrix,
        "jacobian": derivation.jacobian,
    }


def _working(found: Working, level: Level) -> JsonObject:
    derivation = found.derivation
    head = {"variable": derivation.variable, "formula": derivation.text} | _seed(derivation)
    head |= {"unsimplified": found.unsimplified or None}
    if level == "line":
        return head
    root = found.compact if level == "rules" else found.step
    closing = [_step(step) for step in shown_closing(found, level)]
    return head | {"steps": _step(root), "closing": closing}


def _step(step: Step) -> JsonObject:
    return {
        "rule": step.rule.name,
        "statement": step.rule.statement,
        "variable": step.variable or None,
        "before": step.before,
        "applied": step.applied or None,
        "after": step.after,
        "where": step.where or None,
        "steps": [_step(below) for below in step.steps],
    }
