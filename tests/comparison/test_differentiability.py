"""Several variables together: partial derivatives are not the whole truth."""

import pytest

from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point, values_of
from diffcalc.render.reasons import sentence

QUOTIENT = "x**2*y/(x**4 + y**2)"
WITH_VALUE = f"where(x**2 + y**2 > 0, {QUOTIENT}, 0)"


def together(text: str, at: str) -> tuple[str, str]:
    result = compare(read(text), read_point(at.split()))
    return result.verdict.value, sentence(result.joint) if result.joint else ""


@pytest.mark.parametrize(
    ("text", "at", "verdict", "reason"),
    [
        # The directional derivative at the origin is a**2/b, the partial ones are 0.
        (WITH_VALUE, "x=0 y=0", "not differentiable",
         "the partial derivatives exist, but in the direction (1, 1) the slope is 1, not their sum 0"),
        ("sqrt(abs(x*y))", "x=0 y=0", "not differentiable",
         "the partial derivatives exist, but in the direction (1, 1) the slope is -1 on one side and 1 on the other, not their sum 0"),
        ("where(x**2 + y**2 == 0, 0, x**3*y/(x**4 + y**2))", "x=0 y=0", "not differentiable",
         "the partial derivatives exist, but along the curve (t, t**2) the slope is 0.5, not 0"),
        ("cbrt(x*y)", "x=0 y=0", "not differentiable",
         "the partial derivatives exist, but in the direction (1, 1) the slope is -∞ on one side and +∞ on the other, not their sum 0"),
        ("cbrt((x - 1)*(y - 2))", "x=1 y=2", "not differentiable",
         "the partial derivatives exist, but in the direction (1, 1) the slope is -∞ on one side and +∞ on the other, not their sum 0"),
        ("abs(x*y - y**2)**0.5 + x", "x=0 y=0", "not differentiable", ""),
        (QUOTIENT, "x=0 y=0", "undefined",
         "no limit: f tends to 0 along x alone, but to 0.5 along y = x**2"),
        ("x*y/(x**2 + y**2)", "x=0 y=0", "undefined",
         "no limit: f tends to 0 along x alone, but to 0.5 along y = x"),
        ("(x - 1)*y/((x - 1)**2 + y**2)", "x=1 y=0", "undefined",
         "no limit: f tends to 0 along x alone, but to 0.5 along y = x, measured from the point"),
        ("(x**2 - y**2)/(x**2 + y**2)", "x=0 y=0", "undefined",
         "no limit: f tends to 1 along x alone, but to -1 along y alone"),
        ("sin(x*y)/(x*y)*0 + (x**3 + y**3)/(x**2 + y**2)", "x=0 y=0", "undefined", ""),
        ("x*y*z/(abs(x)**3 + abs(y)**3 + abs(z)**3)", "x=0 y=0 z=0", "undefined",
         "no limit: f tends to 0 along x alone, but to 0.333333 along y = z = x"),
        ("x**2*y + y", "x=1 y=2", "agree", ""),
        ("x*abs(y)", "x=0 y=0", "agree", ""),
        ("exp(x)*sin(y)*z", "x=0 y=1 z=2", "agree", ""),
        ("abs(x) + y", "x=0 y=0", "not differentiable", ""),
    ],
)  # fmt: skip
def test_together(text: str, at: str, verdict: str, reason: str) -> None:
    assert together(text, at) == (verdict, reason)


def test_the_external_gradient_is_in_the_slopes_too() -> None:
    """With a gradient of 2 the slope along (1, 1) was said not to be the sum of the partial ones."""
    point = read_point(["x=2", "y=3"])
    result = compare(read("x*y"), point, gradient=values_of(2))
    assert (result.verdict, result.joint) == (Verdict.AGREE, None)


def test_a_chosen_variable_is_judged_alone() -> None:
    result = compare(read(WITH_VALUE), read_point(["x=0", "y=0"]), wrt=["x"])
    assert result.verdict is Verdict.AGREE
    assert result.joint is None


def test_a_tiny_slope_in_a_direction_is_resolved() -> None:
    assert compare(read("erf(x+2*y)"), read_point(["x=9", "y=9"])).joint is None
