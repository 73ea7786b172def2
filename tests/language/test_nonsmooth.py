"""The table of nonsmooth places: it is complete, and what it says is true."""

import mpmath
import numpy as np
import pytest

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.language.nonsmooth import NONSMOOTH, switching_functions
from diffcalc.language.point import read_point
from diffcalc.numerical.restriction import Restriction


@pytest.mark.parametrize(
    ("text", "nonsmooth"),
    [
        ("abs(x)", "0"), ("sign(x)", "0"), ("relu(x)", "0"), ("cbrt(x)", "0"), ("sqrt(x)", "0"),
        ("log(x)", "0"), ("log2(x)", "0"), ("log10(x)", "0"), ("log1p(x)", "-1"),
        ("1/x", "0"), ("x**0.5", "0"), ("x**(-2)", "0"), ("x**x", "0"), ("x**a", "0"),
        ("max(x, 1)", "1"), ("min(x, 1)", "1"), ("where(x < 1, 1, 2)", "1"), ("where(x == 1, 1, 2)", "1"),
        ("floor(x)", "-3 -2 -1 0 1 2 3"), ("ceil(2*x)", "-3 -2 -1.5 -1 0 0.5 1 2 3"), ("hypot(x, 2*x)", "0"),
        ("tan(x)", "-pi/2 pi/2"), ("sec(x)", "-pi/2 pi/2"), ("cot(x)", "0 pi"), ("csc(x)", "0 pi"),
        ("asin(x)", "-1 1"), ("acos(x)", "-1 1"), ("atanh(x)", "-1 1"), ("asec(x)", "-1 1"),
        ("acsc(x)", "-1 1"), ("acoth(x)", "-1 1"), ("acosh(x)", "1"), ("asech(x)", "0 1"),
        ("acot(x)", "0"), ("coth(x)", "0"), ("csch(x)", "0"), ("acsch(x)", "0"),
        ("gamma(x)", "-3 -2 -1 0"), ("lgamma(x)", "-3 -2 -1 0"), ("polygamma(1, x)", "-3 -2 -1 0"),
        ("atan2(x, -1)", "0"), ("atan2(0*x, x)", "-3 -2 -1.5 -pi/2 -1 -0.7 0"),
        ("atan2(0, x)", "-3 -2 -1.5 -pi/2 -1 -0.7 0"), ("atan2(x, x)", "0"), ("atan2(x**2, x)", "0"), ("atan2(x**2 - 1, x)", "-1"),
        # Smooth, or nonsmooth in nothing that moves.
        ("atan2(x, 1)", ""), ("x**2", ""), ("x**0", ""), ("x**(4/2)", ""), ("x**b", ""), ("0**x", "0"), ("2**x", ""), ("x*abs(a)", ""),
        ("exp(x) - sin(x)", ""), ("softplus(x)*sigmoid(x)", ""),
    ],
)  # fmt: skip
def test_where_operations_are_nonsmooth(text: str, nonsmooth: str) -> None:
    expression = read(text)
    places = [
        "-3",
        "-2",
        "-1.5",
        "-pi/2",
        "-1",
        "-0.7",
        "0",
        "0.25",
        "0.5",
        "1",
        "pi/2",
        "2",
        "3",
        "pi",
    ]
    found = []
    with mpmath.mp.workdps(30):
        for place in places:
            values = {"x": read(place)(exact()), "a": mpmath.mpf(1) / 2, "b": mpmath.mpf(3)}
            met = expression.replay(values, exact())
            for index, function in switching_functions(expression, "x"):
                operands = function.operands(expression.nodes[index].operands)
                if function.holds(**{name: met[i] for name, i in operands.items()}):
                    found.append(place)
    assert list(dict.fromkeys(found)) == nonsmooth.split()


def test_nonsmooth_elementwise() -> None:
    holds = NONSMOOTH["max"][0].holds(u=np.array([mpmath.mpf(1), mpmath.mpf(2)]), v=mpmath.mpf(2))
    assert list(holds) == [False, True]


@pytest.mark.parametrize(
    ("text", "at", "corners"),
    [
        ("x*abs(x)", "x=0", ["abs(x)"]),
        ("abs(x)**3 + sqrt(x**4)", "x=0", ["abs(x)", "sqrt(x**4)"]),
        ("where(x > 1, x, x)", "x=1", ["x > 1"]),
        ("x**1.5", "x=0,1", ["x**1.5"]),
        ("log(x) + 1/x", "x=0", []),
        ("x**(-2)", "x=0", []),
        ("x**2", "x=0", []),
    ],
)
def test_a_corner_has_a_value(text: str, at: str, corners: list[str]) -> None:
    point = read_point([at])
    index = (0,) if point["x"].shape else ()
    assert Restriction(read(text), point, "x", index).at_corners() == corners
