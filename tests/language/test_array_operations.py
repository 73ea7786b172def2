"""Operations on arrays: the columns of their table agree, shapes fit or are refused in words."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.autograd import algebra
from diffcalc.base.errors import DiffcalcError, LimitError, PointError
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.grammar import read
from diffcalc.language.point import check_point, read_point, values_of
from diffcalc.language.shapes import LARGEST, moves
from tests.array_values import POINT, VALUES


def values_in(text: str, names: str = "ABSxys") -> dict[str, object]:
    variables = read(text).variables
    return {name: POINT[name] for name in names if name in variables}


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values_in_every_column(text: str, value: object) -> None:
    expression, point = read(text), values_in(text)
    expected = np.asarray(value, dtype=float)
    assert check_point(expression, point) == expected.shape
    found = expression(FLOAT, **{n: v.floats for n, v in point.items()})
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14)
    with mpmath.mp.workdps(30):
        precise = expression(exact(), **{n: v.exactly()[()] for n, v in point.items()})
    np.testing.assert_allclose(
        np.asarray(precise, dtype=object).astype(float), expected, rtol=1e-14, atol=1e-300
    )
    with np.errstate(all="ignore"):
        tensor = expression(algebra(), **{n: v.floats for n, v in point.items()})
    np.testing.assert_allclose(getattr(tensor, "data", tensor), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("text", [text for text, _ in VALUES])
def test_shapes_of_rows_are_those_of_what_moves(text: str) -> None:
    """The shape of a row is for symbols too; its default, that of a reduction, fits few others."""
    expression, point = read(text), values_in(text)
    shapes = [m.shape for m in moves(expression, {n: v.shape for n, v in point.items()})]
    for index, node in enumerate(expression.nodes):
        row = ARRAYS.get(node.operation)
        if row is not None:
            below = [shapes[i] for i in node.operands[: row.operands]]
            numbers = [expression.nodes[i].content for i in node.operands[row.operands :]]
            if below != [()]:  # SymPy's forms are spared what an operation does to a number
                assert row.shape(below, numbers) == shapes[index], f"the shape of {row.name}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A @ y", "`A @ y`: a 2×3 matrix @ a vector of 2 does not fit"),
        ("A @ A", "`A @ A`: a 2×3 matrix @ a 2×3 matrix does not fit"),
        ("A @ s", "`A @ s`: @ takes vectors and matrices, not a number"),
        ("s @ s", "`s @ s`: @ takes vectors and matrices, not a number"),
        ("x + y", "the values do not fit together: x has 3 values, y has 2 values: lengths must be equal, or 1"),
        ("sum(x + y)", "`x + y`: a vector of 3 and a vector of 2 do not fit: lengths must be equal, or 1"),
        ("sum(x, axis=1)", "`sum(x, axis=1)`: a vector of 3 has no axis 1"),
        ("sum(s, axis=0)", "`sum(s, axis=0)`: a number has no axis 0"),
        ("max(A, axis=2)", "`max(A, axis=2)`: a 2×3 matrix has no axis 2"),
        ("softmax(A)", "`softmax(A)`: of a matrix, softmax needs an axis: axis=1 for each row"),
        ("cumsum(A)", "`cumsum(A)`: of a matrix, cumsum needs an axis: axis=1 for each row"),
        ("trace(x)", "`trace(x)`: trace takes a matrix, not a vector of 3"),
        ("dot(A, x)", "`dot(A, x)`: dot takes vectors, not a 2×3 matrix"),
        ("dot(x, y)", "`dot(x, y)`: a vector of 3 and a vector of 2 have no dot product"),
        ("outer(x, s)", "`outer(x, s)`: outer takes vectors, not a number"),
        ("diag(s)", "`diag(s)`: diag takes a vector or a matrix, not a number"),
        ("pad(s, 1, 0)", "`pad(s, 1, 0)`: pad takes a vector or a matrix, not a number"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(text: str, message: str) -> None:
    expression = read(text)
    with pytest.raises(PointError) as caught:
        check_point(expression, values_in(text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["sum(outer(x, x))", "sum(diag(x))", "x[:, None] @ x[None]", "sum(pad([x, x], 10000000, 0))", "ones(5000, 5000) @ x"],
)  # fmt: skip
def test_what_is_too_large_is_refused_before_it_is_worked_out(text: str) -> None:
    size = math.isqrt(LARGEST) + 1
    with pytest.raises(LimitError, match="has more than 20,000,000 elements"):
        check_point(read(text), {"x": values_of(np.ones(size))})


TEXTS = [text for text, _ in VALUES if read(text).variables]


@given(st.data())
def test_what_moves_is_what_changes(data: st.DataObject) -> None:
    """An output that is said to stand still does; at a general point the others change."""
    expression = read(data.draw(st.sampled_from(TEXTS)))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    arrays = {n: rng.uniform(0.5, 2, POINT[n].shape) for n in expression.variables}
    name = data.draw(st.sampled_from(expression.variables))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in arrays[name].shape)
    moved = moves(expression, {n: a.shape for n, a in arrays.items()}, name, index)[-1]
    other = dict(arrays, **{name: np.array(arrays[name])})
    other[name][index] += 0.25
    with np.errstate(all="ignore"):
        change = np.asarray(expression(FLOAT, **other) != expression(FLOAT, **arrays))
    assert change.shape == moved.shape
    assert not np.any(change & ~moved)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x.T@A@x", "x.T @ A @ x"), ("transpose(A) @ x", "A.T @ x"), ("Aᵀ@x", "A.T @ x"), ("A.T.T", "A.T.T"),
        ("(A@B).T", "(A @ B).T"), ("A@(x+y)", "A @ (x + y)"), ("A@x+y", "A @ x + y"), ("2A @ x", "2*A @ x"), ("a*(A@x)", "a*(A @ x)"),
        ("-A.T@x", "-A.T @ x"), ("A.T**2", "A.T**2"), ("(A**2).T", "(A**2).T"), ("sum(A, 0)", "sum(A, axis=0)"), ("mean(A, dim=1)", "mean(A, axis=1)"),
        ("max(A)", "max(A)"), ("min(A, axis=0)", "min(A, axis=0)"), ("max(a, b, c)", "max(a, b, c)"), ("max(max(A), 0)", "max(max(A), 0)"),
        ("softmax(A, axis=-1)", "softmax(A, axis=-1)"), ("ones(2,3)", "ones(2, 3)"), ("|x|.T", "abs(x).T"), ("matmul(A, x)", "A @ x"),
        ("pad(x,1,1+1)", "pad(x, 1, 2)"), ("x.pad(1, 0)", "pad(x, 1, 0)"), ("pad([2x], 0, 1)", "pad([2*x], 0, 1)"), ("pad([[1,x]],1,0)", "pad([[1, x]], 1, 0)"),
        ("pad([1, x], 0, 1)", "pad([1, x], 0, 1)"), ("sum(A, -1)", "sum(A, axis=-1)"),
    ],
)  # fmt: skip
def test_notation_reads_back(text: str, shown: str) -> None:
    expression = read(text)
    assert str(expression) == shown
    assert read(shown) == expression


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("sin(x, axis=1)", "`sin` takes no axis: write sin(x)", 0),
        ("trace(A, axis=1)", "`trace` takes no axis", 0),
        ("max(x, 1, axis=0)", "`max` takes no axis", 0),
        ("sum(x, axis=y)", "an axis must be a whole number", 12),
        ("sum(x, axis=1.5)", "an axis must be a whole number", 12),
        ("sum(x, 1.5)", "the axis of `sum` must be a whole number", 0),
        ("sum(x, y)", "the axis of `sum` must be a whole number", 0),
        ("dot(x)", "`dot` takes 2 arguments, not 1", 0),
        ("sum()", "`sum` needs an argument", 0),
        ("eye(0)", "a size must be from 1 to 10,000", 0),
        ("eye(n)", "a size of `eye` must be a whole number", 0),
        ("ones(100000000)", "a size must be from 1 to 20,000,000", 0),
        ("pad(x, -1, 0)", "a count must be from 0 to 20,000,000", 0),
        ("pad(x, 0, 20000001)", "a count must be from 0 to 20,000,000", 0),
        ("pad(x, 1.5, 0)", "a count of `pad` must be a whole number", 0),
        ("pad(x, n, 0)", "a count of `pad` must be a whole number", 0),
        ("pad(x, 1)", "`pad` takes 3 arguments, not 2", 0),
        (
            "2*pad(x, (1, 0))",
            "`pad` takes its counts without brackets: write 2*pad(x, 1, 0) for rows before and behind",
            2,
        ),
        (
            "np.pad(x, [0, 2])",
            "`pad` takes its counts without brackets: write np.pad(x, 0, 2) for rows before and behind",
            3,
        ),
        ("pad(x,", "the expression ends too soon", 6),
        ("pad*x", "`pad` needs its arguments in brackets: write pad(…)", 0),
        ("A @ 2x", "it is not clear where the product ends: write *", 5),
        ("Aᵀx", "which product is meant: write Aᵀ@x, or * for the product by elements", 2),
        ("x^T", "a transpose or a power: write A.T, or give T a value", 2),
        ("x @", "the expression ends too soon", 3),
        ("@x", "`@` needs a number or a variable before it", 0),
        ("sum", "`sum` needs its argument in brackets: write sum(x)", 0),
        ("x.t", "unexpected character . (full stop)", 1),
        ("x.T2", "unexpected character . (full stop)", 1),
    ],
)
def test_refusals(text: str, message: str, column: int) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read(text)
    error = caught.value
    assert (str(error).split("\n")[0], error.column) == (message, column)


def test_a_value_is_a_number() -> None:
    with pytest.raises(PointError, match="a value must be a number"):
        read_point(["x=ones(3)"])


def test_round_off_in_a_sum_is_zero() -> None:
    """pi + 1 - pi - 1 is 0 in real numbers; what is left in any precision is round-off."""
    point = read_point(["x=pi,1,-pi,-1"])
    with mpmath.mp.workdps(40):
        assert read("sum(x)")(exact(), x=point["x"].exactly()) == 0
        assert read("x @ x")(exact(), x=point["x"].exactly()) > 21
