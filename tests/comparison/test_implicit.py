"""Slopes of curves: three ways, and the points of a curve where it has none."""

import json
import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.implicit import Slope, read_equation, slope
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.render.reasons import sentence
from tests.conftest import Run, examples


def slope_of(text: str, at: str, **options: str) -> Slope:
    point = read_point(at.split())
    equation = read_equation(text, lambda side: read(side, declared=point))
    return slope(equation, point, **options)


@pytest.mark.parametrize(
    ("text", "at", "formula", "value"),
    [
        ("x**2 + y**2 = 25", "x=3 y=4", "-x/y", -3 / 4),
        ("x**2 + y**2 = 25", "x=3 y=-4", "-x/y", 3 / 4),
        ("y = x*exp(y)", "x=0 y=0", "exp(y)/(1 - x*exp(y))", 1),
        ("x^3 + y^3 = 6x*y", "x=3 y=3", "(2*y - x**2)/(y**2 - 2*x)", -1),
        ("sin(x*y) = 1/2", "x=pi/6 y=1", "-y/x", -6 / math.pi),
        ("y^2 = x^2*(x + 1)", "x=3 y=6", "x*(3*x + 2)/(2*y)", 33 / 12),
        ("x*y = 1e-20", "x=1e-10 y=1e-10", "-y/x", -1),
        ("x*y = 1e20", "x=1e10 y=1e10", "-y/x", -1),
        ("abs(y) = abs(x)", "x=1 y=-1", "sign(x)/sign(y)", -1),
        ("y = x^2", "x=3 y=9", "2*x", 6),
        ("0 = y*(x^2 + 1) - log(x)", "x=1 y=0", "(1/x - 2*x*y)/(x**2 + 1)", 1 / 2),
        ("y + y^5 = x^5", "x=0 y=0", "5*x**4/(5*y**4 + 1)", 0),
        ("x^2 + y^2 = 2", "x=sqrt(2)*sin(1) y=sqrt(2)*cos(1)", "-x/y", -math.tan(1)),
    ],
)  # fmt: skip
def test_slopes_three_ways(text: str, at: str, formula: str, value: float) -> None:
    found = slope_of(text, at)
    assert found.judgement.verdict is Verdict.AGREE
    assert found.partial is not None
    assert found.partial.formula == formula
    element = found.element
    assert element is not None
    assert float(element.truth.derivative) == pytest.approx(value, rel=1e-15)
    for method in (element.convergence.limit.value, element.symbolic, element.autograd):
        assert method == pytest.approx(value, rel=1e-11)
    assert abs(element.convergence.limit.value - value) <= element.convergence.limit.error + 1e-15


@pytest.mark.parametrize(
    ("of", "wrt", "name", "value"),
    [("V", "p", "p", -3 / 2), ("p", "T", "T", 2 / 3), ("T", "R", "R", -3 / 2)],
)
def test_one_of_many_variables(of: str, wrt: str, name: str, value: float) -> None:
    found = slope_of("p*V = n*R*T", "p=2 V=3 n=1 R=2 T=3", of=of, wrt=wrt)
    assert found.element is not None
    assert (found.element.name, float(found.element.truth.derivative)) == (name, value)


@pytest.mark.parametrize(
    ("text", "at", "kind", "reason"),
    [
        ("x**2 + y**2 = 25", "x=5 y=0", "vertical tangent", "F_y is 0 here, and F_x is 10"),
        ("y^3 = x", "x=0 y=0", "vertical tangent", "dx/dy is 0"),
        ("y^2 = x^2*(x + 1)", "x=0 y=0", "double point", "cross: dy/dx = -1 and dy/dx = 1"),
        ("x^3 + y^3 = 3*x*y", "x=0 y=0", "double point", "cross: dy/dx = 0 and vertical"),
        ("(y - 1)^2 = 2*(x - 1)^2*x", "x=1 y=1", "double point", "dy/dx = -1.414"),
        ("y^2 = x^2*(x - 1)", "x=0 y=0", "isolated point", "no other point nearby"),
        ("cos(x) + cos(y) = 2", "x=0 y=0", "isolated point", "no other point nearby"),
        ("y^2 = x^3", "x=0 y=0", "cusp", "its tangent: dy/dx = 0"),
        ("x^2 = y^3", "x=0 y=0", "cusp", "its tangent: vertical"),
        ("(y - x)^2 = x^3", "x=0 y=0", "cusp", "its tangent: dy/dx = 1"),
        # A coefficient that is no rational number, and a tangent along an axis.
        ("pi*y^2 = x^3", "x=0 y=0", "cusp", "its tangent: dy/dx = 0"),
        ("sqrt(2)*x^2 = y^3", "x=0 y=0", "cusp", "its tangent: vertical"),
        # Two branches that touch, a doubled line, three lines: more than the second derivatives say.
        ("y^2 = x^4", "x=0 y=0", "singular point", "the curve may cross itself"),
        ("(y - x)^2 = 0", "x=1 y=1", "singular point", "the curve may cross itself"),
        ("y^3 = x^2*y", "x=0 y=0", "singular point", "have a cusp"),
        ("y = abs(x)", "x=0 y=0", "corner", "the derivative of F in x is missing"),
        ("y = sqrt(x)", "x=0 y=0", "edge", "f is undefined on the left"),
    ],
)
def test_points_without_a_slope(text: str, at: str, kind: str, reason: str) -> None:
    found = slope_of(text, at)
    assert found.element is None
    assert (found.judgement.verdict, found.judgement.kind) == (Verdict.NOT_DIFFERENTIABLE, kind)
    assert reason in sentence(found.judgement)


points = st.fractions(-3, 3, max_denominator=20)


@examples(0.5)
@given(points, points, st.integers(-4, 4), st.integers(1, 4), st.integers(-4, 4))
def test_curves_through_any_point(x: Fraction, y: Fraction, a: int, b: int, c: int) -> None:
    """Level curves of a*x**2*y + b*y**3 + c*x, whose slope is known."""
    across, along = 2 * a * x * y + c, a * x**2 + 3 * b * y**2
    assume(abs(along) > 0.1)
    left = f"({a})*x^2*y + {b}*y^3 + ({c})*x"
    level = a * x**2 * y + b * y**3 + c * x
    found = slope_of(f"{left} = {level}" if a or c else f"{left} + 0*x = {level}", f"x={x} y={y}")
    assert found.element is not None
    assert found.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE)
    expected = float(-across / along)
    assert float(found.element.truth.derivative) == pytest.approx(expected, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("x**2 + y**2 = 25", "x=3 y=5", "x = 3, y = 5 is not on the curve: the sides differ by 9"),
        ("x**2 + y**2 = 25", "x=3", "no value for y: y=-4 or y=4 is on the curve"),
        ("x**2 + y**2 = 25", "x=6", "no value for y: give others, none was found for y here"),
        ("x**2 + y**2 = 25", "y=1", "no value for x: give those of a point on the curve with --at"),
        ("x**2 + y**2", "x=3 y=4", "this is not an equation"),
        ("x = y = 3", "x=3 y=3", "an equation has one = only"),
        ("x^2 = ", "x=3 y=3", "the expression is empty"),
        ("a + b = 2*c", "a=1 b=1 c=1", "say which variable depends on which"),
        ("x^2 = 4", "x=2", "a curve needs two variables"),
        ("x*y = 2", "x=1,2 y=2,1", "x has more than one value"),
        ("x*y = 2", "x=1 y=2 z=3", "z is not a variable"),
        ("y = log(x)", "x=-1 y=0", "log(x) has no real value here"),
        ("sum(x) = y", "x=1 y=1", "a curve is of numbers"),
        ("y = 1/3", "x=1 y=0.3333333333333333", "a curve needs two variables"),
        ("x*y = 1/3", "x=1 y=0.3333333333333333", "the sides differ by 3.33333e-17"),
    ],
)  # fmt: skip
def test_refusals(text: str, at: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as raised:
        slope_of(text, at)
    assert message in str(raised.value)


def test_the_caret_of_the_right_side_stands_below_it() -> None:
    with pytest.raises(DiffcalcError) as raised:
        slope_of("x*y = 1 + sqrt x", "x=1 y=1")
    assert raised.value.column == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": "z"}, "z is not in the equation"),
        ({"of": "y", "wrt": "y"}, "say which variable depends on which"),
    ],
)
def test_names_that_do_not_fit(options: dict[str, str], message: str) -> None:
    with pytest.raises(DiffcalcError, match=message):
        slope_of("x*y = 2", "x=1 y=2", **options)


def test_either_variable_may_be_the_dependent_one() -> None:
    found = slope_of("x*y = 2", "x=1 y=2", of="x")
    assert found.element is not None
    assert (found.independent, float(found.element.truth.derivative)) == ("y", -0.5)


def test_the_command(run: Run) -> None:
    """An equation that looks like a value, and lines of standard input."""
    assert run("implicit", "y = x^2", "x=2", "y=4", "--format", "value").out == "4\n"
    outcome = run("implicit", "-", "x=1", "y=2", "--format", "value", stdin="x*y=2\nx\nx+y=3\n")
    assert (outcome.status, outcome.out) == (2, "-2\n-1\n")
    assert "line 2: this is not an equation" in outcome.err
    outcome = run("implicit", "y^2 = x^3", "x=0", "y=0", "--format", "value")
    assert (outcome.status, outcome.out) == (1, "nan\n")
    assert "cusp" in outcome.err


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("sin(y) = x", "x=1/2", "y=pi/6 or y=5*pi/6 or y=-7*pi/6 or y=-11*pi/6"),
        ("tan(y) = x", "x=1", "y=pi/4 or y=-3*pi/4 or y=5*pi/4 or y=-7*pi/4"),
        ("(y - 1)^2 = x", "x=0", "y=1"),
        ("y^2 = x", "x=40000", "y=-200 or y=200"),
        ("y*exp(y) = x", "x=1", "y=0.5671432904"),
        ("abs(y) = x", "x=0", "y=0"),
    ],
)
def test_solutions_that_are_offered(run: Run, text: str, at: str, found: str) -> None:
    said = run("implicit", text, at).err
    assert said == f"diffcalc: no value for y: {found} is on the curve\n"


@pytest.mark.parametrize(("text", "at"), [("y*exp(x^30) = 1", "x=100"), ("exp(y) = x", "x=-1")])
def test_a_solution_that_cannot_be_typed_is_not_offered(run: Run, text: str, at: str) -> None:
    assert "none was found for y here" in run("implicit", text, at).err


def test_json(run: Run) -> None:
    found = json.loads(run("implicit", "x^2 + y^2 = 25", "x=3", "y=4", "--format", "json").out)
    assert (found["equation"], found["of"], found["verdict"]) == ("x**2 + y**2 = 25", "y", "agree")
    assert found["typed"] == {"x": "3", "y": "4"}
    assert (found["F_x"], found["F_y"]["value"]) == ({"formula": "2*x", "value": 6}, 8)
    (one,) = found["derivatives"]
    assert (one["variable"], one["derivative"], one["formula"]) == ("x", -0.75, "-x/y")
    found = json.loads(run("implicit", "x^2 + y^2 = 25", "x=5", "y=0", "--format", "json").out)
    assert (found["derivatives"][0]["derivative"], found["verdict"]) == (None, "not differentiable")
    assert found["derivatives"][0]["kind"] == "vertical tangent"


def test_digits_without_end(run: Run) -> None:
    out = run(
        "implicit", "x^2 + y^2 = 2", "x=1/3", "y=sqrt(17)/3", "--digits", "50", "--format", "value"
    ).out
    with mpmath.mp.workdps(60):
        assert out.strip() == mpmath.nstr(-1 / mpmath.sqrt(17), 50)


def test_a_slope_whose_parts_underflow(run: Run) -> None:
    """F_y is 3e-400, which a float64 holds as 0, and Python's own floats raise where that divides."""
    outcome = run("implicit", "y^3 = x^3", "x=1e-200", "y=1e-200", "--format", "json")
    assert (outcome.status, outcome.err) == (0, "")
    (slope,) = json.loads(outcome.out)["derivatives"]
    assert slope["derivative"] == 1
    assert slope["autograd"]["value"] is None


def test_a_slope_is_proved(run: Run) -> None:
    out = run("implicit", "x**2 + y**2 = 25", "x=3", "y=4", "--format", "json").out
    (found,) = json.loads(out)["derivatives"]
    assert (found["known"], found["enclosure"]) == ("proved", ["-0.75", "-0.75"])
    out = run("implicit", "exp(y) = x", "x=2", "y=log(2)", "--format", "json").out
    (found,) = json.loads(out)["derivatives"]
    assert (found["known"], found["derivative"]) == ("proved", 0.5)


def test_a_point_that_is_off_the_curve_by_a_factor_beyond_all_bounds(run: Run) -> None:
    outcome = run("implicit", "y*exp(x^30) = 1", "x=100", "y=0")
    assert outcome.status == 2
    assert "is not on the curve: the sides differ by 1: y*exp(x**30) is 0, 1 is 1" in outcome.err


def test_the_solution_nearest_to_zero_is_offered_first(run: Run) -> None:
    outcome = run("implicit", "sin(y) = x", "x=1/2")
    assert "y=pi/6 or " in outcome.err


@pytest.mark.parametrize(
    ("equation", "at", "second"),
    [
        ("x**2 + y**2 = 25", "x=3 y=4", -25 / 64),
        ("x + y = 7", "x=3 y=4", 0),
        ("y = x*exp(y)", "x=0 y=0", 2),
        ("y**3 + x*y = 2", "x=1 y=1", -2 * (-1 / 4) / 4 - 6 * (1 / 16) / 4),
        ("x*y = 6", "x=2 y=3", 1.5),
        ("sin(y) = x", "x=0 y=0", 0),
    ],
)
def test_the_second_derivative_of_a_curve_is_proved_and_agreed_on(
    equation: str, at: str, second: float
) -> None:
    found = slope(read_equation(equation, read), read_point(at.split()), order=2)
    assert found.element is not None
    assert found.element.truth.known == "proved"
    assert found.judgement.verdict is Verdict.AGREE
    values = (found.element.truth.derivative, found.element.symbolic, found.element.autograd)
    for value in values:
        assert float(value) == pytest.approx(second, rel=1e-12, abs=1e-30)
    assert found.element.convergence.limit.value == pytest.approx(second, rel=1e-7, abs=1e-7)
