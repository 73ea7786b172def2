"""Elements of arrays by their place, which counts from 0."""

import numpy as np
import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.latex import typeset
from diffcalc.language.point import read_point


@pytest.mark.parametrize(
    "typed",
    [
        "x[0]",
        "A[0, 1]*x[-1]",
        "A[:, 0] @ x",
        "(A @ x)[1]^2",
        "x[1:] @ x[:-1]",
        "A[1:, :2]",
        "[1, x] @ y",
        "[[1, 2], [3, 4]] @ x",
        "[[1], [x]]",
        "sum(A, axis=(0, 2))",
        "A - mean(A, axis=1, keepdims=True)",
    ],
)
def test_elements_are_read_back_from_text(typed: str) -> None:
    found = read(typed)
    assert read(str(found)).nodes == found.nodes


@pytest.mark.parametrize(
    "typed",
    [
        "x[0]",
        "A[0, 1] + x[-1]^2",
        "A[:, 0] - x",
        "x[1:]",
        "A[:, 1:3]",
        "[[1, x], [3, 4]]",
        "A @ [1, 2]",
    ],
)
def test_elements_are_read_back_from_latex(typed: str) -> None:
    found = read(typed)
    assert read(typeset(found), declared=found.variables).nodes == found.nodes


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("x[i]", "an index must be a whole number or a colon"),
        ("x[::2]", "a part with a step is not read"),
        ("x[-3:2]", "a part from a place at the end to one at the front"),
        ("[1, 2,]", "nothing stands before ]"),
        ("sum(A, axis=1, 2)", "nothing may stand behind the axis"),
        ("sum(A, axis=(0, -1))", "axes are counted from the front or from the end"),
        ("softmax(A, axis=1, keepdims=True)", "`softmax` takes one axis, and keeps none"),
        ("x[1]^2 + x[2]^2", "elements count from 0 here: write x[0]^2 + x[1]^2"),
        ("A[:, 0, 1]", "of more than two axes only single elements are read"),
    ],
)
def test_what_is_no_element_is_refused(typed: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read(typed)
    assert message in str(caught.value)


def test_an_element_that_is_not_there_is_refused() -> None:
    with pytest.raises(DiffcalcError, match="no element 3"):
        compare(read("x[3]"), read_point(["x=1,2"]))


@pytest.mark.parametrize(
    ("typed", "slopes"),
    [
        ("100*(x[1]-x[0]**2)**2 + (1-x[0])**2", lambda x, y: (-400*x*(y - x*x) - 2*(1 - x), 200*(y - x*x))),
        ("sin(x[0])*x[-1]", lambda x, y: (np.cos(x)*y, np.sin(x))),
        ("sum(outer(x, x)[:, 1])", lambda x, y: (y, x + 2*y)),
    ],
)  # fmt: skip
def test_all_three_methods_give_the_slopes_of_elements(typed: str, slopes) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(7)
    for x, y in random.uniform(0.5, 2, (3, 2)):
        found = compare(read(typed), read_point([f"x={x},{y}"])).elements
        for element, wanted in zip(found, slopes(x, y), strict=True):
            assert element.judgement.verdict is Verdict.AGREE
            assert element.truth.known == "proved"
            values = (element.convergence.limit.value, element.symbolic, element.autograd)
            assert np.allclose([float(v) for v in values], wanted, rtol=1e-7)


def test_a_corner_of_one_element_is_none_of_another() -> None:
    first, second = compare(read("abs(x[0])*x[1]"), read_point(["x=0,2"])).elements
    assert (first.truth.kind, second.truth.kind) == ("corner", "differentiable")


@pytest.mark.parametrize("typed", ["A^-1 @ x", r"x^\top A^{-1} x", "A^(-1) @ B"])
def test_a_power_in_a_matrix_product_is_no_silent_inverse(typed: str) -> None:
    with pytest.raises(DiffcalcError, match=r"write inv\(A\) for the inverse, 1/A for"):
        read(typed)
