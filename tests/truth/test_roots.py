"""Zeros to as many digits as are asked for, and what is recognised in them."""

import mpmath
import pytest

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.truth.roots import Root, find_root


def root(text: str, low: float, high: float) -> Root | None:
    expression = read(text)
    return find_root(lambda t: expression(exact(), x=t), low, high)


@pytest.mark.parametrize(
    ("text", "near", "at"),
    [
        ("x - 1/3", 0.333, "1/3"),
        ("x**3", 0.0001, "0"),
        ("(x - 1/7)**2", 0.1428, "1/7"),
        ("abs(x + 0.002)", -0.00201, "-0.002"),
        ("hypot(x, x**2)", 0.0002, "0"),
        ("cos(x)", 1.57, "pi/2"),
        ("cos(x) + sin(x)", -0.7854, "-pi/4"),
        ("sin(x/2)", -6.2832, "-2*pi"),
        ("log(x) - log(997/1000)", 0.9965, "0.997"),
        # Of a higher order: what cancels is rounded to 0 on all sides of the zero.
        ("x - sin(x)", 0.0001, "0"),
        ("cos(x) - 1 + x**2/2", 0.0001, "0"),
        ("1 - cos(x**4)", -0.0001, "0"),
        ("exp(x) - 1 - x - x**2/2", 0.0001, "0"),
        ("x**3 - 3*x**2 + 3*x - 1", 0.9999, "1"),
        ("tan(x - 1/3) - x + 1/3", 0.3332, "1/3"),
        ("x - pi/4 - sin(x - pi/4)", 0.7854, "pi/4"),
    ],
)
def test_simple_constants_are_recognised(text: str, near: float, at: str) -> None:
    found = root(text, near - 0.002, near + 0.0025)
    assert found is not None
    assert str(found.at) == at
    with mpmath.mp.workdps(300):
        assert found() == read(at)(exact())


@pytest.mark.parametrize(
    ("text", "low", "high", "value"),
    [
        ("x**2 - 2", 1.413, 1.416, "sqrt(2)"),
        ("(x**2 - 2)**2", 1.413, 1.416, "sqrt(2)"),
        ("x**4 - 4*x**2 + 4", 1.413, 1.416, "sqrt(2)"),
        ("(x**2 - 2)**3", 1.413, 1.416, "sqrt(2)"),
        ("cbrt(x**2 - 2)", 1.413, 1.416, "sqrt(2)"),
        ("x**2 - 2 - sin(x**2 - 2)", 1.413, 1.416, "sqrt(2)"),
        ("cos(x**2 - 2) - 1", 1.413, 1.416, "sqrt(2)"),
        ("x**3 - 3e-60*x**2 + 3e-120*x - 1e-180", -0.001, 0.0015, "1e-60"),
        ("exp(x) - 2", 0.692, 0.694, "log(2)"),
        ("x - 1e-12", -0.001, 0.0015, "1e-12"),
        ("x - 1/1001", 0, 0.0015, "1/1001"),
        ("25*x - pi", 0.125, 0.126, "pi/25"),
    ],
)
def test_others_are_refined_to_every_precision(
    text: str, low: float, high: float, value: str
) -> None:
    found = root(text, low, high)
    assert found is not None
    assert found.at is None
    for digits in (300, 15, 160, 400):
        with mpmath.mp.workdps(digits):
            true = read(value)(exact())
            assert abs(found() - true) <= mpmath.mpf(10) ** (3 - digits) * true


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1/x", -0.001, 0.0011),
        ("1/x - 5", -0.001, 0.0011),
        ("tan(x)", 1.57, 1.5711),
        ("sign(x) + 0.5", -0.001, 0.0011),
        ("x**2 + 1e-9", -0.001, 0.0011),
        ("x**2 + 1e-30", -0.001, 0.0011),
        ("(x**2 - 1e-8)**2 + 1e-30", 0, 0.0011),
        ("x + 1", -0.001, 0.0011),
        ("0*x", -0.001, 0.0011),
        ("relu(x - 1) - relu(-x - 1)", -1.001, 1.0011),
        ("relu(x)", -0.001, 0.0011),
        ("sin(x)**2 + cos(x)**2 - 1", -0.001, 0.0011),
        ("sqrt(-1 - x**2)", -0.001, 0.0011),
    ],
)
def test_a_pole_or_a_jump_is_no_zero(text: str, low: float, high: float) -> None:
    assert root(text, low, high) is None


def test_no_zero_in_the_bracket() -> None:
    with pytest.raises(ValueError, match="no zero"):
        Root(lambda t: t, 1.0, 2.0)()
