"""What finite steps show, where nothing is proved."""

import mpmath
import pytest

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.numerical.definition import Truth, observe


def seen(text: str, at: str, digits: int = 30) -> Truth:
    expression, constant = read(text), read_point([f"x={at}"])["x"].constants.item()
    return observe(lambda t: expression(exact(), x=t), lambda: constant(exact()), digits)


@pytest.mark.parametrize("digits", [30, 60])
@pytest.mark.parametrize(
    ("text", "at", "derivative"),
    [
        ("x**2", "3", "6"),
        ("sin(x)", "1", "cos(1)"),
        ("exp(x)", "1e6", "exp(1e6)"),
        ("x**3", "0", "0"),
        ("x**2", "1e-30", "2e-30"),
        ("gamma(2 + sin(1/x))", "1", "-cos(1)*gamma(2 + sin(1))*polygamma(0, 2 + sin(1))"),
    ],
)
def test_smooth_functions(text: str, at: str, derivative: str, digits: int) -> None:
    truth = seen(text, at, digits)
    assert (truth.kind, truth.known) == ("differentiable", "observed")
    with mpmath.mp.workdps(digits + 20):
        expected = read(derivative, checked=False)(exact())
        assert abs(truth.derivative - expected) <= mpmath.mpf(10) ** (2 - digits) * abs(expected)


def test_both_sides_of_a_corner() -> None:
    truth = seen("abs(x) + x", "0")
    assert (truth.kind, truth.left.value, truth.right.value) == ("corner", 0, 2)


@pytest.mark.parametrize("text", ["sqrt(x)", "x*sin(1/x)", "1/x", "cbrt(x)", "x/log(abs(x))"])
def test_what_does_not_settle_is_undecided(text: str) -> None:
    assert seen(text, "0").kind == "undecided"
