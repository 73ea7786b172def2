"""Method 1: the quotients are the lecture's, the limit is accurate, its error estimate honest."""

import math
import statistics

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given

from diffcalc.comparison.verdict import correct_digits
from diffcalc.language.algebras import FLOAT
from diffcalc.language.grammar import read
from diffcalc.language.operations import FUNCTIONS
from diffcalc.numerical.limit import Limit, converge, limit, mixed_limit
from diffcalc.numerical.quotients import Difference, quotient, steps
from tests import oracle
from tests.conftest import Run
from tests.smooth_cases import CASES, ILL_CONDITIONED, function
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def test_the_three_quotients() -> None:
    def square(x: float) -> float:
        return x * x

    assert quotient(square, 3.0, 0.5, "forward") == 6.5
    assert quotient(square, 3.0, 0.5, "backward") == 5.5
    assert quotient(square, 3.0, 0.5, "central") == 6.0


def test_steps_are_multiplied_as_in_the_lecture() -> None:
    h, expected = 0.1, []
    for _ in range(5):
        expected.append(h)
        h *= 0.1
    assert list(steps(0.1, 0.1)) == expected


@pytest.mark.parametrize(("kind", "order"), [("forward", 1), ("backward", 1), ("central", 2)])
def test_observed_order(kind: Difference, order: int) -> None:
    rows = converge(math.exp, 1.0, kind=kind, factor=0.5, count=6).rows
    assert math.isnan(rows[0].order)
    assert [row.order for row in rows[1:]] == pytest.approx([order] * 5, abs=0.05)


def test_richardson_gains_on_every_row() -> None:
    rows = converge(math.exp, 0.0, kind="forward", factor=0.5, count=7).rows
    errors = [abs(row.extrapolated - 1) for row in rows]
    assert errors[-1] < 1e-12
    assert errors[-1] < rows[-1].error * 1e-8


def test_round_off_is_found() -> None:
    assert converge(math.sin, 1.0, count=5).round_off_h is None
    found = converge(math.sin, 1.0, count=14).round_off_h
    assert found is not None
    assert 1e-10 < found < 1e-6


def judged(text: str, at: str) -> tuple[Limit, float, bool]:
    """The limit, its correct digits, and whether its error estimate holds."""
    x = float(at)
    found = limit(function(text), x)
    true = oracle.derivative(read(text), {"x": x}, "x")
    return (
        found,
        correct_digits(found.value, true, mpmath.mpf(1)),
        abs(found.value - true) <= found.error,
    )


def test_accuracy_on_smooth_cases() -> None:
    found = [judged(*case) for case in CASES]
    digits = [d for _, d, _ in found]
    assert statistics.median(digits) >= 14
    assert min(digits) >= 8.5, CASES[digits.index(min(digits))]
    assert max(limit.evaluations for limit, _, _ in found) <= 30
    honest = [h for _, _, h in found]
    assert sum(honest) / len(honest) >= 0.95


@pytest.mark.parametrize(("text", "at"), ILL_CONDITIONED)
def test_what_float64_cannot_tell_is_in_the_error(text: str, at: str) -> None:
    x = float(at)
    size = abs(function(text)(x)) / max(1, abs(x))
    found, _, honest = judged(text, at)
    assert abs(found.value) < 1e-6 * size
    assert honest
    assert found.error < 1e-12 * size
    assert found.evaluations <= 30


@pytest.mark.parametrize(
    ("text", "slope"),
    [("atan(1e15*x)", 1e15), ("tanh(1e60*x)", 1e60), ("sqrt(x + 1e-20)", 5e9)],
)
def test_steps_reach_far_below_where_they_start(text: str, slope: float) -> None:
    found = limit(function(text), 0.0)
    assert found.value == pytest.approx(slope, rel=1e-13)
    assert abs(found.value - slope) <= found.error + 1e-15 * slope


def test_the_smooth_cases_are_many_and_use_every_smooth_function() -> None:
    texts = {text for text, _ in CASES}
    assert len(set(CASES)) == len(CASES) >= 200
    assert len(texts) >= 60
    used = {node.operation for text in texts for node in read(text).nodes}
    assert set(FUNCTIONS) - used == {"sign", "floor", "ceil"}


@given(formulas(6), points, points)
def test_agrees_with_mpmath(text: str, x: float, y: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    at = {name: {"x": x, "y": y}[name] for name in expression.variables}
    scale = oracle.size(expression, at)
    true = oracle.derivative(expression, at, "x")
    assume(mpmath.isfinite(true) and scale < 1e6)

    def f(t: float) -> float:
        return float(expression(FLOAT, **at | {"x": np.float64(t)}))

    with np.errstate(all="ignore"):
        found = limit(f, x)
    if math.isfinite(found.value):
        # Values within 10 times the estimate, and never worse than cancellation explains.
        assert abs(found.value - true) <= 10 * found.error + 1e-9 * float(1 + abs(true) + scale)


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("abs(x)", 0.0, -1, 1),
        ("abs(x - 3)", 3.0, -1, 1),
        ("max(x, 0)", 0.0, 0, 1),
        ("relu(x) + x**2", 0.0, 0, 1),
        ("abs(x)*exp(x)", 0.0, -1, 1),
        ("floor(x)", 1.0, math.inf, 0),
        ("sign(x)", 0.0, math.inf, math.inf),
        ("cbrt(x)", 0.0, math.inf, math.inf),
        ("sqrt(abs(x))", 0.0, -math.inf, math.inf),
        ("sqrt(x)", 0.0, None, math.inf),
        ("x**1.5", 0.0, None, 0),
        ("x**(1/3)", -8.0, None, None),
        ("1/x", 0.0, None, None),
    ],
)
def test_no_limit_is_ever_made_up(
    text: str, x: float, left: float | None, right: float | None
) -> None:
    found = limit(function(text), x)
    assert math.isnan(found.value)
    assert math.isnan(found.error)
    for side, expected in ((found.left, left), (found.right, right)):
        if expected is None:
            assert math.isnan(side)
        else:
            assert side == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("text", "x"), [("abs(x)**3", 0.0), ("x*abs(x)", 0.0), ("x**2", 0.0)])
def test_smooth_enough_is_differentiable(text: str, x: float) -> None:
    assert limit(function(text), x).value == pytest.approx(0, abs=1e-12)


def test_a_function_with_nan_everywhere() -> None:
    found = limit(lambda x: math.nan, 1.0)
    assert math.isnan(found.value)
    assert found.evaluations < 200


@pytest.mark.parametrize("kind", ["forward", "backward", "central"])
@pytest.mark.parametrize("order", [1, 2, 8])
@pytest.mark.parametrize(("start", "factor"), [(1e300, 1e-300), (1e-200, 0.1), (0.1, 1e-200)])
def test_no_step_is_too_large_or_too_small(
    kind: Difference, order: int, start: float, factor: float
) -> None:
    """h**2 overflowed, or was 0 and divided by; so were Richardson's powers of the ratio of two h."""
    found = converge(math.atan, 0.5, kind=kind, order=order, start=start, factor=factor, count=4)
    assert found.limit.value == pytest.approx(float(mpmath.diff(mpmath.atan, 0.5, order)), rel=1e-5)
    assert all(row.h > 0 for row in found.rows)


def test_steps_end_where_they_shrink_no_more() -> None:
    assert list(steps(5e-324, 0.9, 5)) == [5e-324]
    assert list(steps(1e-323, 0.1, 5)) == [1e-323]


@pytest.mark.parametrize(
    ("f", "x", "y", "mixed"),
    [
        (lambda x, y: x * y, 1e150, 1e150, 1.0),
        (lambda x, y: np.sqrt(x) * np.sqrt(y), 1e250, 1e250, 2.5e-251),
        (lambda x, y: np.sqrt(x) * y, 1e300, 1e-300, 5e-151),
    ],
)
def test_mixed_differences_of_large_numbers(f, x: float, y: float, mixed: float) -> None:
    """They were over the product of all three steps, which is infinite."""
    with np.errstate(invalid="ignore"):
        found = mixed_limit(f, x, y)
    assert found.value == pytest.approx(mixed, rel=1e-6)


@pytest.mark.parametrize(
    "args", [("--count", "330"), ("--start", "1e-300", "--count", "30"), ("--count", "1000")]
)
def test_h_may_reach_zero(run: Run, args: tuple[str, ...]) -> None:
    outcome = run("limit", "f", "--x", "1", "--format", "plain", *args)
    assert (outcome.status, outcome.err) == (0, "")


def test_the_numerical_limit_needs_a_value(run: Run) -> None:
    """1/x**2 at 0: central differences are 0, whatever h."""
    outcome = run("limit", "1/x**2", "--x", "0", "--count", "1")
    assert "no quotient: f has no value there" in outcome.out
    assert "limit 0" not in outcome.out


def test_a_corner_beside_the_point_is_within_no_false_bound() -> None:
    """clip(x, -1, 1) at 1.03: wide differences contracted by chance, and the limit was 0.36."""
    distances = np.geomspace(1e-4, 0.3, 60)
    for x in (*(1 + distances), *(1 - distances)):
        for f, slope in (
            (lambda t: min(max(t, -1.0), 1.0), float(x < 1)),
            (lambda t: abs(t - 1) + t * t, math.copysign(1, x - 1) + 2 * x),
            (lambda t: max(t, 1.0) ** 2, 2 * x * (x > 1)),
        ):
            found = limit(f, float(x))
            assert abs(found.value - slope) <= 2 * found.error + 1e-12
