"""Sums and products over an index, and what is short for sums."""

import numpy as np
import pytest
import sympy

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("sum(k^2, k, 1, 3)", "1**2 + 2**2 + 3**2"),
        ("prod(x-k, k, -1, 1)", "(x - -1)*(x - 0)*(x - 1)"),
        ("sum(sin(k*x)/k for k in range(1, 3))", "sin(1*x)/1 + sin(2*x)/2"),
        ("sum(x^k for k in range(2))", "x**0 + x**1"),
        ("sum(row*x for row in range(3))", "0*x + 1*x + 2*x"),
        ("sum(sum(j*k*x, j, 1, 2), k, 1, 2)", "(1*1*x + 2*1*x) + (1*2*x + 2*2*x)"),
        ("k*sum(k, k, 1, 2)", "k*(1 + 2)"),
        ("sum(k, k, 3, 1) + prod(k, k, 3, 1)", "0 + 1"),
        ("var(x)", "mean((x - mean(x))**2)"),
    ],
)
def test_the_terms_are_written_out(typed: str, means: str) -> None:
    assert read(typed).nodes == read(means).nodes


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("sum(k, k, 1, 100000)", "a sum of more than 1,000 terms"),
        ("sum(sum(sum(j*k*m*x,j,1,999),k,1,999),m,1,999)", "more than"),
        ("sum(k, 2, 1, 3)", "the index of `sum` must be a name: write sum(k^2, k, 1, 10)"),
        ("sum(k, k, 1, n)", "`sum` goes from a whole number to another"),
        ("sum(x for k in x)", "only `for k in range(1, 11)` is read"),
        ("sum(x for", "only `for k in range(1, 11)` is read"),
        ("sum(k, k, 1)", "`sum` takes 2 arguments, not 3"),
    ],
)
def test_what_is_no_sum_is_refused(typed: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read(typed)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "theirs"),
    [
        ("sum(x^k/k!, k, 0, 6)", "Sum(x**k/factorial(k), (k, 0, 6))"),
        ("prod(x - k, k, 1, 4)", "Product(x - k, (k, 1, 4))"),
        ("sum(sin(k*x)/k for k in range(1, 6))", "Sum(sin(k*x)/k, (k, 1, 5))"),
    ],
)
def test_sums_are_differentiated_as_sympy_does(typed: str, theirs: str) -> None:
    x = sympy.Symbol("x", real=True)
    slope = sympy.diff(sympy.sympify(theirs, locals={"x": x}).doit(), x)
    for point in (-1.3, 0.4, 2.7):
        (element,) = compare(read(typed), read_point([f"x={point}"])).elements
        assert element.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE)
        wanted = float(slope.subs(x, point))
        values = (element.convergence.limit.value, element.symbolic, element.autograd)
        assert np.allclose([float(v) for v in values], wanted, rtol=1e-7)


@pytest.mark.parametrize("name", ["var", "std"])
def test_the_spread_of_numbers_is_that_of_numpy(name: str) -> None:
    values = np.array([1.0, 2.5, -0.5, 4.0])
    assert read(f"{name}(x)")(x=values) == pytest.approx(getattr(np, name)(values))
    found = compare(read(f"{name}(x)"), read_point(["x=1,2.5,-0.5,4"]))
    for index, element in enumerate(found.elements):
        step = 1e-6 * np.eye(4)[index]
        change = getattr(np, name)(values + step) - getattr(np, name)(values - step)
        assert element.judgement.verdict is Verdict.AGREE
        assert float(element.truth.derivative) == pytest.approx(change / 2e-6, rel=1e-6)
