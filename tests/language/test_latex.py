"""LaTeX: formulas term by term, and documents that compile where there is a LaTeX."""

import os
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from random import Random

import pytest

from diffcalc.language.grammar import read
from diffcalc.language.latex import name, typeset, verbatim
from diffcalc.language.latex_lines import Line, breakable, paragraphs
from diffcalc.language.operations import FUNCTIONS
from diffcalc.render.latex import LatexRenderer
from diffcalc.render.renderer import Options
from diffcalc.symbolic import differentiate_again
from diffcalc.symbolic.steps.working import working
from tests.conftest import Run
from tests.random_formulas import formula


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("3*2*x - 4*1", r"3 \cdot 2 x - 4 \cdot 1"),
        ("(x + 1)*(x - 1)", r"\left(x + 1\right) \left(x - 1\right)"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("-(a + b)*-c", r"-\left(a + b\right) \left(-c\right)"),
        ("a/b*c", r"\frac{a}{b} c"),
        ("(a/b)**2", r"\left(\frac{a}{b}\right)^{2}"),
        ("sin(x)**2", r"\sin\left(x\right)^{2}"),
        ("exp(-x)**2", r"\left(\mathrm{e}^{-x}\right)^{2}"),
        ("2**x**y", "2^{x^{y}}"),
        ("sqrt(x) + cbrt(x) + abs(x)", r"\sqrt{x} + \sqrt[3]{x} + \left|x\right|"),
        ("1e-9*log(x) + pi*e", r"1 \cdot 10^{-9} \ln\left(x\right) + \pi \mathrm{e}"),
        ("sigmoid(alpha)", r"\operatorname{sigmoid}\left(\alpha\right)"),
        ("where(x <= 1, x, 2)", r"\begin{cases} x & \text{if } x \le 1 \\ 2 & \text{otherwise} \end{cases}"),
        ("a - -x*y", r"a - \left(-x y\right)"),
        ("A @ B @ x - A @ -B", r"A B x - A \left(-B\right)"),
        ("(A * B) @ x", r"\left(A \odot B\right) x"),
        ("2*where(x <= 1, x, y)", r"2 \left(\begin{cases} x & \text{if } x \le 1 \\ y & \text{otherwise} \end{cases}\right)"),
        ("max(a, b, c)", r"\max\left(a, b, c\right)"),
        ("norm(A) + norm(A, axis=1)", r"\left\|A\right\| + \operatorname{norm}\left(A, \mathrm{axis} = 1\right)"),
        ("x @ A.T * y", r"\left(x A^{\mathsf{T}}\right) \odot y"),
    ],
)  # fmt: skip
def test_a_formula_is_set_as_it_was_typed(text: str, latex: str) -> None:
    assert typeset(read(text)) == latex


@pytest.mark.parametrize(
    ("variable", "latex"),
    [
        ("x", "x"), ("x1", "x_{1}"), ("x_12", "x_{12}"), ("theta", r"\theta"),
        ("rate", r"\mathrm{rate}"), ("learning_rate", r"\mathrm{learning\_rate}"),
        ("omicron", r"\mathrm{omicron}"),
    ],
)  # fmt: skip
def test_names(variable: str, latex: str) -> None:
    assert name(variable) == latex


def test_what_is_no_formula_is_shown_as_it_is() -> None:
    assert verbatim("∇x <A_1, B^2>") == r"\texttt{}\nabla\texttt{x <A\_1, B\textasciicircum{}2>}"


TEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
# As a document of one column has it; more than that many points too wide is seen.
PREAMBLE = "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
SEEN = 5.0


def typeset_by_tex(folder: Path, document: str) -> list[float]:
    """By how many points each line is too wide that is so in this document."""
    (folder / "it.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    log = (folder / "it.log").read_text(errors="replace")
    return [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]


def derivation(text: str) -> str:
    expression, out = read(text), StringIO()
    (found,) = differentiate_again(expression, ["x"])
    LatexRenderer(out, Options()).derivations(expression, [working(expression, found)])
    return out.getvalue()


def test_short_lines_are_aligned_and_long_ones_are_paragraphs() -> None:
    short, long = Line("y", ["x", "1"], "why"), Line("y", [" + ".join("x" * 30)])
    assert paragraphs([short]) == (
        "\\begin{align*}\ny &= x && \\text{why} \\\\\n &= 1\n\\end{align*}"
    )
    assert paragraphs([short, long]).startswith("\\begin{flushleft}")


@TEX
def test_no_line_of_a_derivation_is_too_wide(tmp_path: Path) -> None:
    count = 300 if "DIFFCALC_LONG" in os.environ else 20
    texts = [formula(Random(seed), 2 + seed % 4) for seed in range(count)]
    body = "".join(map(derivation, texts))
    wide = typeset_by_tex(tmp_path, f"{PREAMBLE}{body}\\end{{document}}\n")
    assert [width for width in wide if width > SEEN] == []


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        # What fits stays as it is.
        (r"\left(x + 1\right) \left(x - 1\right)", None),
        (r"\frac{x + 1}{\sqrt[3]{x}}", None),
        (
            rf"\left({' + '.join(f'x^{{{n}}}' for n in range(12))}\right)",
            rf"\bigl({' + '.join(f'x^{{{n}}}' for n in range(12))}\bigr)",
        ),
        (
            rf"\frac{{{'x + ' * 20}1}}{{y}}",
            rf"\bigl({'x + ' * 20}1\bigr) \big/\allowbreak \bigl(y\bigr)",
        ),
        (rf"\sqrt{{{'x + ' * 20}1}}", rf"\bigl({'x + ' * 20}1\bigr)^{{1/2}}"),
        (" ".join("x" * 60), r" \penalty900 ".join("x" * 60)),
    ],
)
def test_what_may_be_too_wide_can_be_broken(text: str, latex: str | None) -> None:
    shown = breakable(text)
    assert shown.replace(r"x \penalty900 ", "x ") == (latex or text).replace(
        r"x \penalty900 ", "x "
    )
    assert (shown == text) == (latex is None)


@TEX
def test_latex_compiles(run: Run, tmp_path: Path) -> None:
    functions = [f"{row.name}({', '.join('1x'[-row.arity :])})" for row in FUNCTIONS.values()]
    expressions = [
        "(x + 1)^2*(x - 1)^3/(x^2 + 1)^4",
        "sin(cos(tan(x^2)))",
        "where(x > 1, x^2, -x)/3*1e-9",
        "alpha*x_1**2*exp(-x_1)*omicron",
        "hypot(x, sin(x))",
        "sum((A @ x - y)**2)",
        "mean(softmax(x))",
    ]
    body = [run("steps", text, "--format", "latex").out for text in expressions]
    body += [
        run("steps", text, "--from-definition", "--format", "latex").out
        for text in ("3*x^2 - 4*x + 1/x", "sin(x) - 2*cos(x) + exp(x)", "sqrt(x) + log(x)")
    ]
    body.append(run("steps", "x^x*log(x)", "--detail", "line", "--format", "latex").out)
    body += [f"\\begin{{align*}}\n{typeset(read(text))}\n\\end{{align*}}\n" for text in functions]
    starts = ("\\begin{flushleft}", "\\begin{align*}")
    assert {part.startswith(starts) for part in body[: -len(functions)]} == {True}
    typeset_by_tex(tmp_path, f"{PREAMBLE}{''.join(body)}\\end{{document}}\n")
