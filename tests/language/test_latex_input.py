r"""LaTeX as people paste it: what each formula means, and that no derivative is a quotient."""

import numpy as np
import pytest

from diffcalc.base.errors import ReadError
from diffcalc.language.grammar import read
from diffcalc.language.latex import typeset


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (r"\frac12 x + \frac x2 + \frac1x", "1/2*x + x/2 + 1/x"),
        (r"\binom{n}{2}", "gamma(n + 1)/(gamma(2 + 1)*gamma(n - 2 + 1))"),
        (r"\begin{pmatrix}1 & 2\\3 & x\end{pmatrix} y", "[[1, 2], [3, x]] @ y"),
        (r"x^T\begin{bmatrix}1 & 2\\3 & 4\end{bmatrix} x", "x.T @ [[1, 2], [3, 4]] @ x"),
        (r"A\begin{pmatrix}1\\2\end{pmatrix}", "A @ [1, 2]"),
        (r"\begin{vmatrix}x & 2\\3 & x\end{vmatrix}", "det([[x, 2], [3, x]])"),
        (r"2\left[x+1\right]\left[x-1\right]", "2*(x + 1)*(x - 1)"),
        (r"x\left[x+\left(1-x\right)\right]^2", "x*(x + (1 - x))**2"),
        (r"\|x\|_1 + 1", "sum(abs(x)) + 1"),
        (r"2\left\|x - y\right\|_{1}", "2*sum(abs(x - y))"),
        (r"\|x\|_2^2 + \left\|y\right\|_2", "norm(x)**2 + norm(y)"),
        (r"\|x\| + \|y\|_1", "norm(x) + sum(abs(y))"),
        (r"\operatorname*{max}(x, y)", "max(x, y)"),
        (r"\begin{equation*} x^{2} \end{equation*}", "x**2"),
        (r"a d + \frac{d}{2}", "a*d + d/2"),
    ],
)
def test_latex_is_read(typed: str, shown: str) -> None:
    assert str(read(typed)) == shown


@pytest.mark.parametrize(
    "typed",
    [r"\frac{dy}{dx}", r"\frac{d y}{d x}", r"2\frac{\mathrm{d}y}{\mathrm{d}x}",
     r"\frac{\mathrm dy}{\mathrm dx}", r"x\,dx", r"x\,\mathrm{d}x", r"\frac{d}{dx} x^2",
     r"\|x\|_\infty", r"\|x\|_{3}", r"\|\|x\|_1 + y\|_1", r"\sigma(x)", r"\int x dx"],
)  # fmt: skip
def test_what_may_be_something_else_is_refused(typed: str) -> None:
    with pytest.raises(ReadError):
        read(typed)


@pytest.mark.parametrize("text", ["d*y/(d*x)", "sigma*(x + 1)", "psi*(x)^2/d", "D*(x + 1) + S*(x)"])
def test_variables_of_such_names_are_read_back(text: str) -> None:
    expression = read(text)
    assert read(typeset(expression), declared=expression.variables) == expression


@pytest.mark.parametrize(
    "typed",
    [
        "x_1*(y - 2)",
        "rate*(beta2 - alpha)",
        "A1**x_1/(A1*1e-8)",
        "-(-x1*(omega - E))",
        "log2(x1)*(x1 + 2)",
    ],
)
def test_what_is_typeset_has_the_same_names_when_it_is_read(typed: str) -> None:
    """x_1 (y - 2) was refused as a call, and A_{1} was read as another name than A1."""
    names = ["x_1", "y", "rate", "beta2", "alpha", "A1", "x1", "omega", "E"]
    found = read(typed, declared=names)
    again = read(typeset(found), declared=found.variables)
    point = {name: 0.7 + 0.31 * place for place, name in enumerate(found.variables)}
    assert again.variables == found.variables
    assert np.isclose(again(**point), found(**point))
