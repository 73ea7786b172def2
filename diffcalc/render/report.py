"""A derivative as a page to share: one file of HTML that fetches nothing.

The verdict and the quotients; the working, whose steps open one by one, so that a reader can try
first; and a secant that turns into the tangent as h shrinks.
"""

import html
import json
import math
from dataclasses import dataclass
from importlib.resources import files

from diffcalc import __version__
from diffcalc.base.errors import DiffcalcError
from diffcalc.base.numbers import Real
from diffcalc.comparison.partial_derivatives import Quotients
from diffcalc.comparison.plots import Plot
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.grammar import read
from diffcalc.language.latex import names_in
from diffcalc.language.mathml import BRACKETS, derivative, name, operator, row, typeset
from diffcalc.numerical.quotients import Row
from diffcalc.render.drawing import axes, legend, svg
from diffcalc.render.reasons import known_sentences, sentence
from diffcalc.render.wording import closing_text, rule_text, short, shown_steps
from diffcalc.symbolic import Step
from diffcalc.symbolic.steps.working import Working


@dataclass(frozen=True)
class Report:
    """What the page tells of f at a point: `sweep` has the quotients that the slider shows.

    There are no `errors` to draw where there is no derivative.
    """

    expression: Expression
    found: Quotients
    sweep: tuple[Row, ...]
    working: Working
    curve: Plot
    errors: Plot | None


def page(report: Report) -> str:
    """The whole page."""
    variable = report.found.places[0].variable
    x, y = axes(report.curve)
    settings = {
        "at": _known(float(report.curve.marks[-1].x)),
        "value": _known(float(report.found.truth.value)),
        "rows": [[_known(row_.h), _known(row_.quotient)] for row_ in report.sweep],
        "x": [x.low, x.high, x.first, x.last],
        "y": [y.low, y.high, y.first, y.last],
    }
    parts = {
        "title": html.escape(report.curve.title),
        "formula": _math(_function(report) + operator("=") + typeset(report.expression)),
        "place": html.escape(f"{variable} = {report.found.places[0].typed}"),
        "verdict": html.escape(f"{report.found.judgement.verdict}: {_reason(report)}"),
        "value": _value(report),
        "known": html.escape(" ".join(known_sentences([report.found]))),
        "table": _table(report),
        "steps": _steps(report.working),
        "curve": svg(report.curve, "curve", _SECANT) + legend(report.curve),
        "errors": _errors(report),
        # Within a script element nothing but < could end it.
        "settings": json.dumps(settings).replace("<", "\\u003c"),
        "last": str(len(report.sweep) - 1),
        "version": __version__,
    }
    text = files("diffcalc.render").joinpath("report.html").read_text("utf-8")
    # In one go, so that no part is taken for the place of another.
    pieces = text.split("@@")
    return "".join(parts[one] if k % 2 else one for k, one in enumerate(pieces))


_SECANT = '<line id="secant" class="moving"/><circle id="near" class="full" r="4"/>'


def _known(value: Real) -> float | None:
    return float(value) if math.isfinite(value) else None


def _reason(report: Report) -> str:
    return sentence(report.found.judgement) or "the quotient has the same limit from both sides"


def _math(inner: str, display: str = "inline") -> str:
    return f'<math display="{display}">{row(inner)}</math>'


def _function(report: Report) -> str:
    arguments = operator(",").join(map(name, report.expression.variables))
    shown = name(function_name(report.expression.variables))
    return shown + arguments.join(BRACKETS)


def _value(report: Report) -> str:
    if not report.found.truth.exists:
        return ""
    shown = derivative(report.found.places[0].variable) + name(
        function_name(report.expression.variables)
    )
    number = _formula(short(float(report.found.truth.derivative)))
    return f"<p class='value'>{_math(shown + operator('=') + number)}</p>"


def _table(report: Report) -> str:
    rows = report.found.convergence.rows
    cells = [(f"{r.h:.6g}", short(float(r.quotient)), f"{float(r.error):.2g}") for r in rows]
    lines = [f"<tr><td>{h}<td>{quotient}<td>{error}" for h, quotient, error in cells]
    return "\n".join(lines)


def _steps(working: Working) -> str:
    lines = []
    for depth, step, right in shown_steps(working, "full"):
        answer = operator("=").join(_formula(text) for text in right)
        reason = html.escape(rule_text(step, "full"))
        lines.append(_opening(depth, _math(_left(step)), _math(operator("=") + answer), reason))
    for step in working.closing:
        reason = html.escape(closing_text(step))
        answer = _math(operator("=") + _formula(step.after))
        lines.append(_opening(0, html.escape(step.rule.name), answer, reason))
    return "\n".join(lines)


def _opening(depth: int, asked: str, answer: str, reason: str) -> str:
    return (
        f'<details style="margin-left:{depth * 1.5}em"><summary>{asked}</summary>'
        f"<p>{answer}</p><p class='rule'>{reason}</p></details>"
    )


def _left(step: Step) -> str:
    inner = _formula(step.before)
    return derivative(step.variable) + inner.join(BRACKETS) if step.variable else inner


def _formula(text: str) -> str:
    """A formula in diffcalc's notation as MathML; as it is where it is none."""
    try:
        return typeset(read(text, declared=names_in(text), checked=False))
    except DiffcalcError:
        return f"<mtext>{html.escape(text)}</mtext>"


def _errors(report: Report) -> str:
    if report.errors is None:
        return "<p>There is no derivative that an error could be drawn against.</p>"
    return svg(report.errors, "errors") + legend(report.errors)
