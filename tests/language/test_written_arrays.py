"""Arrays that are written out, parts of arrays, and axes: by all three methods, with the truth."""

import numpy as np
import pytest

from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.symbolic.arrays.assumed_shapes import sizes_of

X, A, T, B = (
    "x=1,2,3,4",
    "A=[[1,2,3],[4,5,7]]",
    "T=[[[1,2]],[[3,4]],[[5,6]]]",
    "B=[[1,2],[3,4],[5,6],[7,8]]",
)
S = "S=[[2,1],[3,4]]"


@pytest.mark.parametrize(
    ("typed", "points", "slopes"),
    [
        ("x[1:] @ x[:-1]", [X], [2, 4, 6, 3]),
        ("sum(x[-3:-1]**2)", [X], [0, 4, 6, 0]),
        ("sum(A[:, 1:]**2) + sum(A[1:, 0])", [A], [0, 4, 6, 1, 10, 14]),
        ("[1, 2, 3, 4] @ x", [X], [1, 2, 3, 4]),
        ("y @ [[1, 2], [3, 4]] @ y", ["y=3,4"], [26, 47]),
        ("[s, s**2] @ [3, 4]", ["s=2"], [19]),
        ("det([[s, 1], [2, s]])", ["s=2"], [4]),
        ("sum(inv(S))", [S], [-0.12, 0.04, -0.12, 0.04]),
        ("sum(x[i]**2 for i in range(2))", [X], [2, 4, 0, 0]),
        ("sum((x[k + 1] - x[k])^2, k, 0, 2)", [X], [-2, 0, 0, 2]),
        ("sum(sum(S[i, j]*y[j] for j in range(2)) for i in range(2))", [S, "y=3,4"], [3, 4] * 2 + [5, 5]),
        ("sum(k*z[k], k, 0, 2)", ["z=1,2,3"], [0, 1, 2]),
        ("<y, S @ y>", [S, "y=3,4"], [28, 44, 9, 12, 12, 16]),
        ("det(S)", [S], [4, -3, -1, 2]),
        ("sum(T*B)", [T, B], [16, 20] * 3 + [9, 12] * 4),
        ("sum((A - mean(A, axis=1, keepdims=True))**2)", [A], [-2, 0, 2, -8 / 3, -2 / 3, 10 / 3]),
        ("sum(std(S, axis=0))", [S], [-0.5, -0.5, 0.5, 0.5]),
        ("sum(max(T, axis=2))", [T], [0, 1] * 3),
        ("3*sum(T, axis=(0, 2))[0]", [T], [3] * 6),
        ("sum(cumprod(x))", ["x=1,2,3"], [9, 4, 2]),
        ("sum(z[:, None]*y)", ["y=3,4", "z=1,2"], [7, 7, 3, 3]),
    ],
)  # fmt: skip
def test_all_three_methods_agree(typed: str, points: list[str], slopes: list[float]) -> None:
    elements = compare(read(typed), read_point(points)).elements
    assert {each.judgement.verdict for each in elements} == {Verdict.AGREE}
    assert {each.truth.known for each in elements} == {"proved"}
    assert np.allclose([float(each.autograd) for each in elements], slopes)


def test_entries_of_an_array_are_numbers_where_nothing_else_is_known() -> None:
    sizes = sizes_of(read("sum([x, 2*y])*v"), {})
    assert (sizes.shapes["x"], len(sizes.shapes["v"])) == ((), 1)
