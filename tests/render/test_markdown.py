"""Derivations as Markdown: formulas in parts that a line may end between, reasons below."""

import re

import pytest

from diffcalc.language.grammar import read
from diffcalc.render.wording import equation, shown_steps
from diffcalc.symbolic import differentiate
from diffcalc.symbolic.steps.working import working
from tests.conftest import Run


@pytest.mark.parametrize("text", ["x*sin(x^2)/exp(x)", "(x + 1)^2*(x - 1)^3/(x^2 + 1)^4", "x^2"])
def test_formulas_are_whole_in_short_parts(run: Run, text: str) -> None:
    out = run("steps", text, "--format", "markdown").out
    spans = re.findall(r"`([^`]*)`", out)
    assert max(map(len, spans)) <= 60
    joined = " ".join(spans)
    expression = read(text)
    for _, step, right in shown_steps(working(expression, differentiate(expression, "x")), "full"):
        assert equation(step, right) in joined


def test_reasons_are_below_their_lines(run: Run) -> None:
    lines = run("steps", "x^2*sin(x)", "--format", "markdown").out.splitlines()
    assert lines[:4] == [
        "- `d/dx (x**2*sin(x)) = x**2*cos(x) + sin(x)*2*x`\\",
        "  **product rule**: `D (u*v) = u*Dv + v*Du`",
        "  - `d/dx (x**2) = 2*x`\\",
        "    **power rule**: `D x**n = n*x**(n-1)`",
    ]
