"""Formulas of vectors and matrices in LaTeX: vectors are columns, and no text is left as typed."""

from io import StringIO

import pytest

from diffcalc.language.grammar import read
from diffcalc.render.latex import LatexRenderer, statement
from diffcalc.render.latex_arrays import Matrices
from diffcalc.render.renderer import Options
from diffcalc.symbolic import differentiate_again, rules
from diffcalc.symbolic.arrays.assumed_shapes import sizes_of
from diffcalc.symbolic.arrays.differentials import ARRAY_RULES
from diffcalc.symbolic.arrays.steps import COLLECTED, DIFFERENTIAL_CHAIN, GRADIENT, SEVERAL
from diffcalc.symbolic.arrays.transposition import MOVES
from diffcalc.symbolic.rules import Rule
from diffcalc.symbolic.steps.working import working

T = r"^{\mathsf{T}}"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x @ y", f"x{T} y"),
        ("x.T @ A @ x", f"x{T} A x"),
        ("x @ A @ y + y @ x", f"x{T} A y + y{T} x"),
        ("A @ x", "A x"),
        ("x @ A", f"A{T} x"),
        ("x @ A.T", "A x"),
        ("x @ A @ B", f"B{T} A{T} x"),
        ("(A @ x) @ (B @ y)", f"x{T} A{T} B y"),
        ("x @ (A @ B) @ y", f"x{T} A B y"),
        ("(A + B) @ x @ y", rf"x{T} \left(A + B\right){T} y"),
        ("outer(x, y)", f"x y{T}"),
        ("outer(x, y) @ y", f"x y{T} y"),
        ("dot(x, A @ y)", f"x{T} A y"),
        ("x*y", r"x \odot y"),
        ("t*x", "t x"),
        ("2*(A @ x - y)*t", r"2 \left(A x - y\right) t"),
        ("A @ dx", r"A\,\mathrm{d}x"),
        ("dx @ A @ x", rf"\mathrm{{d}}x{T} A x"),
        ("d(x.T @ A) @ x", rf"\mathrm{{d}}\left(A{T} x\right){T} x"),
        ("d(d(A @ x)*y)", r"\mathrm{d}\left(\mathrm{d}\left(A x\right) \odot y\right)"),
        ("<x, A.T @ dx>", rf"\left\langle x, A{T}\,\mathrm{{d}}x \right\rangle"),
        ("<x, dx> + <y, dx>", r"\left\langle x, \mathrm{d}x \right\rangle + \left\langle y, \mathrm{d}x \right\rangle"),
        ("eye(n)*t + A", "I t + A"),
        ("x + ones(n)", r"x + \mathbf{1}"),
        ("max(x)", r"\max\left(x\right)"),
    ],
)  # fmt: skip
def test_vectors_are_columns(text: str, latex: str) -> None:
    shapes = {"x": (3,), "y": (3,), "A": (3, 3), "B": (3, 3), "t": ()}
    assert Matrices(shapes).formula(text) == latex


def test_matrices_that_are_not_square_have_their_sizes() -> None:
    shapes = {"A": (2, 3), "x": (3,), "y": (2,)}
    assert Matrices(shapes).formula("y @ A @ x") == f"y{T} A x"
    assert Matrices(shapes).formula("x @ A") == r"\texttt{x @ A}"


RULES = [
    *[one for one in vars(rules).values() if isinstance(one, Rule)],
    *[row.rule for row in rules.FUNCTION_RULES.values()],
    *[row.rule for row in ARRAY_RULES.values()],
    *MOVES.values(), GRADIENT, DIFFERENTIAL_CHAIN, SEVERAL, COLLECTED,
]  # fmt: skip


def test_what_a_rule_says_is_mathematics() -> None:
    for rule in RULES:
        shown = statement(rule.statement)
        assert "texttt" not in shown, rule
        assert shown.count("$") == 2, rule


STEPS = [
    ("x.T @ A @ x", "x"), ("sum((A @ x - y)**2)", "x"), ("trace(A @ B) + norm(x)", "A"),
    ("log(1 + exp(-(w @ x)))*t", "w"), ("mean((X@w + b - y)^2) + norm(w)^2", "w"),
    ("x[0]*x[1]", "x"), ("max(x)", "x"), ("sum(x)*x", "x"), ("sum(softmax(W @ x)*y)", "W"),
    ("where(x > 0, x, -x) @ y", "x"), ("det(A) + trace(inv(A))", "A"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), STEPS)
def test_every_step_is_mathematics(text: str, name: str) -> None:
    expression, out = read(text), StringIO()
    sizes = sizes_of(expression, {})
    (found,) = differentiate_again(expression, [name], dict(sizes.shapes), sizes.rank > 0)
    LatexRenderer(out, Options()).derivations(expression, [working(expression, found)])
    assert "texttt" not in out.getvalue()
    assert " A dx" not in out.getvalue()
