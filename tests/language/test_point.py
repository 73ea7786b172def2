"""The point: values exact as typed, and what is said of those that do not fit."""

import math

import mpmath
import pytest

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.language.grammar import read
from diffcalc.language.point import check_point, check_values, read_point


@pytest.mark.parametrize(
    ("text", "shape", "floats", "shown"),
    [
        ("x=2", (), 2.0, "2"),
        ("a=2,3", (2,), [2.0, 3.0], "[2, 3]"),
        ("x=[2]", (1,), [2.0], "[2]"),
        ("x = -1.5", (), -1.5, "-1.5"),
        ("x=pi/2", (), math.pi / 2, "pi/2"),
        ("x=1e-3", (), 1e-3, "0.001"),
        ("x=1/3", (), 1 / 3, "1/3"),
        ("x=-1/3", (), -1 / 3, "-1/3"),
        ("x=max(1, 2),3", (2,), [2.0, 3.0], "[max(1, 2), 3]"),
        ("x=0.1", (), 0.1, "0.1"),
        ("A=[[1,2],[3,4]]", (2, 2), [[1.0, 2.0], [3.0, 4.0]], "[[1, 2], [3, 4]]"),
        ("x=2^0.5", (), math.sqrt(2), "2**0.5"),
    ],
)
def test_values(text: str, shape: tuple[int, ...], floats: object, shown: str) -> None:
    ((_, values),) = read_point([text]).items()
    assert values.shape == shape
    assert values.floats.tolist() == floats
    assert str(values) == shown


def test_values_are_exact_to_any_precision() -> None:
    values = read_point(["x=1/3"])["x"]
    with mpmath.mp.workdps(60):
        assert abs(values.exactly()[()] * 3 - 1) < mpmath.mpf(10) ** -59


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x=", "a value is missing\n  x=\n    ^"),
        ("x=1,", "a value is missing\n  x=1,\n      ^"),
        ("x=1,y", "a value must be a number, but `y` is a name\n  x=1,y\n      ^"),
        ("x=1 +* 2", "`*` needs a number or a variable before it\n  x=1 +* 2\n       ^"),
        ("x=[[1,2],[3]]", "the rows differ in length\n  x=[[1,2],[3]]\n    ^"),
        ("x=[1,2", "this bracket is never closed\n  x=[1,2\n    ^"),
        ("x=nan", "`nan`: not a number\n  x=nan\n    ^"),
        ("x=1/0", "division by zero\n  x=1/0\n     ^"),
        ("x=log(-1)", "`log` of this value is not a finite real number\n  x=log(-1)\n    ^"),
        ("1x=2", "`1x=2` is not an assignment: write name=value, as in x=2"),
    ],
)
def test_bad_values(text: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read_point([text])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("expression", "assignments", "message"),
    [
        ("a*b", ["a=1"], "no value for b: add --at b=2"),
        ("a*b", [], "no value for a and b: add --at a=2 b=3"),
        ("a", ["a=1", "c=2"], "c is not a variable of a: its variables: a"),
        (
            "a*b",
            ["a=1,2", "b=1,2,3"],
            "the values do not fit together: a has 2 values, b has 3 values: "
            "lengths must be equal, or 1",
        ),
    ],
)
def test_points_that_do_not_fit(expression: str, assignments: list[str], message: str) -> None:
    with pytest.raises(PointError) as caught:
        check_point(read(expression), read_point(assignments))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("e^(i*x)", "add --at i=2; there are no complex numbers, if i is to be one"),
        ("2j*x", "add --at j=2; there are no complex numbers, if j is to be one"),
        ("tau*x", "add --at tau=2; or write 2*pi for the constant"),
        ("φ*x", "add --at phi=2; or write (1 + sqrt(5))/2 for the golden ratio"),
    ],
)
def test_a_letter_that_is_a_constant_elsewhere_says_so(typed: str, said: str) -> None:
    with pytest.raises(PointError) as caught:
        check_values([read(typed)], read_point(["x=1"]))
    assert caught.value.hint == said


def test_a_name_twice() -> None:
    with pytest.raises(PointError, match="x is given twice"):
        read_point(["x=1", "x=2"])


def test_broadcasting() -> None:
    assert check_point(read("a*b"), read_point(["a=1,2,3", "b=2"])) == (3,)
    assert check_point(read("a*b"), read_point(["a=[[1],[2]]", "b=1,2,3"])) == (2, 3)
