"""What plots draw, by value: lines that end where they should, slopes, powers of h, contours."""

import math
from itertools import pairwise

import numpy as np
import pytest

from diffcalc.base.errors import PointError
from diffcalc.base.types import FloatArray
from diffcalc.comparison.contours import Range, around, contours
from diffcalc.comparison.plots import Line, Plot, curve, errors, walk
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point


def drawn(text: str, low: str = "-3", high: str = "3", at: str | None = None, *still: str) -> Plot:
    values = None if at is None else read_point([f"x={at}"])["x"]
    return curve(read(text), read_point(still), "x", read(low), read(high), values)[0]


def role(plot: Plot, name: str) -> list[Line]:
    return [line for line in plot.lines if line.role == name]


def pieces(line: Line) -> list[tuple[float, float]]:
    """Where each piece begins and ends."""
    gaps = np.flatnonzero(np.isnan(line.y))
    runs = [line.x[a + 1 : b] for a, b in pairwise([-1, *gaps, len(line.y)]) if b > a + 1]
    return [(float(run[0]), float(run[-1])) for run in runs]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1/x", [(-3, 0), (0, 3)]),
        ("abs(x - 1)", [(-3, 1), (1, 3)]),
        ("tan(x)", [(-3, -math.pi / 2), (-math.pi / 2, math.pi / 2), (math.pi / 2, 3)]),
        ("sqrt(x + 1)", [(-1, 3)]),
        ("floor(x/2)", [(-3, -2), (-2, 0), (0, 2), (2, 3)]),
        ("log(1 - x^2)", [(-1, 1)]),
        ("x^3", [(-3, 3)]),
        ("sin(x)/x", [(-3, 0), (0, 3)]),
    ],
)
def test_lines_end_where_the_scan_finds_something(
    text: str, ends: list[tuple[float, float]]
) -> None:
    for name in ("function", "derivative"):
        (line,) = role(drawn(text), name)
        assert np.allclose(pieces(line), ends, atol=1e-8)


def test_both_lines_have_the_values_of_f_and_of_its_derivative() -> None:
    plot = drawn("a*x^3 - 3x", "-2", "2", None, "a=2")
    (f,), (slope,) = role(plot, "function"), role(plot, "derivative")
    known = np.isfinite(f.x)
    x = f.x[known]
    assert np.allclose(f.y[known], 2 * x**3 - 3 * x)
    assert np.allclose(slope.y[known], 6 * x**2 - 3)


def test_a_pole_is_out_of_sight_and_a_polynomial_is_not() -> None:
    assert max(map(abs, drawn("1/x").up)) < 30
    assert max(map(abs, drawn("log(x)", "0", "3").up)) < 5
    low, high = drawn("x^5", "-3", "3").up
    assert low < -243
    assert high > 405


@pytest.mark.parametrize(
    ("text", "label", "y", "filled"),
    [
        ("abs(x)", "corner at x = 0", 0, True),
        ("1/x", "pole at x = 0", math.nan, False),
        ("sin(x)/x", "removable at x = 0", 1, False),
        ("sign(x)", "jump at x = 0", 0, True),
    ],
)
def test_what_the_scan_finds_is_marked(text: str, label: str, y: float, filled: bool) -> None:
    (mark,) = drawn(text).marks
    assert (mark.label, mark.x, mark.filled) == (label, 0, filled)
    assert mark.y == pytest.approx(y, nan_ok=True)


def rise(line: Line) -> float:
    return float((line.y[1] - line.y[0]) / (line.x[1] - line.x[0]))


def test_secants_turn_into_the_tangent() -> None:
    plot = drawn("x^2", at="1")
    assert [rise(line) for line in role(plot, "secant")] == [3.5, 2.75, 2.375]
    (tangent,) = role(plot, "tangent")
    assert rise(tangent) == 2
    assert np.interp(1, tangent.x, tangent.y) == 1


def test_a_corner_has_a_tangent_on_each_side_and_a_pole_has_none() -> None:
    left, right = role(drawn("abs(x) + x", at="0"), "tangent")
    assert (rise(left), max(left.x), rise(right), min(right.x)) == (0, 0, 2, 0)
    assert not role(drawn("1/x", at="0"), "tangent")
    assert not role(drawn("cbrt(x)", at="0"), "tangent")


@pytest.mark.parametrize("at", ["5", "1,2"])
def test_a_tangent_is_at_one_number_of_the_interval(at: str) -> None:
    with pytest.raises(PointError, match="is no number from -3 to 3"):
        drawn("x^2", at=at)


def steepness(line: Line, low: float, high: float) -> float:
    """The slope on logarithmic axes between two h."""
    seen = (line.x > low) & (line.x < high) & (line.y > 0)
    return float(np.polyfit(np.log(line.x[seen]), np.log(line.y[seen]), 1)[0])


@pytest.mark.parametrize(("text", "at"), [("sin(x)", "1"), ("exp(x)", "0"), ("x^4", "2")])
def test_the_error_falls_by_its_power_of_h_and_rises_by_round_off(text: str, at: str) -> None:
    plot = errors(read(text), read_point([f"x={at}"]), "x", 0.1, 1)
    assert plot.log
    forward, central = role(plot, "function") + role(plot, "derivative")
    assert steepness(forward, 1e-5, 0.1) == pytest.approx(1, abs=0.05)
    assert steepness(central, 1e-3, 0.1) == pytest.approx(2, abs=0.05)
    assert steepness(forward, 1e-15, 1e-10) == pytest.approx(-1, abs=0.2)
    first, second, noise = role(plot, "guide")
    assert [steepness(one, 0, 1) for one in (first, second, noise)] == pytest.approx([1, 2, -1])
    # Above the round-off guide there is nothing but what truncation left.
    small = forward.x < 1e-10
    assert np.nanmax(forward.y[small] / noise.y[small]) < 2


PLANE: tuple[Range, Range] = ((-2.0, 2.1), (-1.0, 1.2))


def residuals(line: Line, f: FloatArray) -> float:
    return float(np.nanmax(np.abs(f - line.level)))


def test_a_contour_has_the_value_of_its_level() -> None:
    plot = contours(read("x^2 + a*y"), read_point(["a=3"]), ("x", "y"), PLANE)
    lines = role(plot, "contour")
    assert len(lines) == 10
    for line in lines:
        assert np.isfinite(line.x).sum() > 20
        assert residuals(line, line.x**2 + 3 * line.y) < 1e-3


def test_no_contour_goes_along_a_pole_or_a_jump() -> None:
    for line in role(contours(read("1/(x - y)"), {}, ("x", "y"), PLANE), "contour"):
        known = np.isfinite(line.x)
        assert (np.sign(line.x - line.y)[known] == np.sign(line.level)).all()
    for line in role(contours(read("floor(x + y/8) + y"), {}, ("x", "y"), PLANE), "contour"):
        assert residuals(line, np.floor(line.x + line.y / 8) + line.y) < 1e-9


def test_no_contour_is_where_f_has_no_value() -> None:
    for line in role(contours(read("sqrt(x*y)"), {}, ("x", "y"), PLANE), "contour"):
        known = np.isfinite(line.x)
        assert (line.x * line.y)[known].min() >= 0


def test_arrows_go_along_the_gradient() -> None:
    plot = contours(read("x^2 - x*y"), {}, ("x", "y"), PLANE)
    for x, y, dx, dy in plot.arrows:
        assert dx * -x == pytest.approx(dy * (2 * x - y))
        assert dx * (2 * x - y) + dy * -x > 0


@pytest.mark.parametrize(
    ("text", "still", "said"),
    [
        ("x*y*a", [], "no value for a"),
        ("x*y", ["x=2"], "x has a range and a value"),
        ("x*y*a", ["a=2,3"], "a has more than one value"),
        ("log(-x^2 - y^2)", [], "no value in this rectangle"),
        ("x^2", [], "y"),
    ],
)
def test_what_has_no_contours_is_refused(text: str, still: list[str], said: str) -> None:
    with pytest.raises(PointError, match=said):
        contours(read(text), read_point(still), ("x", "y"), PLANE)


def test_a_path_is_within_what_is_seen() -> None:
    path = np.array([[5.0, 1.0], [2.0, 1.0], [0.0, 1.0]])
    (left, right), (low, high) = around(path)
    assert left < 0
    assert right > 5
    assert high - low > 1
    plot = contours(read("x^2 + y^2"), {}, ("x", "y"), around(path), path)
    (line,) = role(plot, "path")
    assert (line.x.tolist(), line.y.tolist()) == ([5, 2, 0], [1, 1, 1])
    assert [(mark.label, mark.x, mark.y) for mark in plot.marks] == [("start", 5, 1), ("end", 0, 1)]


def test_a_path_of_one_variable_is_on_its_curve() -> None:
    x = np.array([5.0, 2.0, 0.5])
    plot = walk(read("x^2"), {}, "x", x, x**2)
    (line,) = role(plot, "path")
    assert line.y.tolist() == [25, 4, 0.25]
    assert plot.across[0] < 0.5
    assert plot.across[1] > 5
