"""Derivatives of order two and more from float64 values: accurate, and honest about it."""

import math
import statistics

import mpmath
import numpy as np
import pytest

from diffcalc.comparison.verdict import correct_digits
from diffcalc.language.algebras import FLOAT
from diffcalc.language.grammar import read
from diffcalc.numerical import chebyshev
from diffcalc.numerical.limit import converge, limit, mixed_limit
from diffcalc.numerical.quotients import Difference, stencil
from tests import oracle
from tests.smooth_cases import CASES, function

_FEW = CASES[::4]


@pytest.mark.parametrize(("order", "median", "worst"), [(2, 13, 8), (4, 10.4, 5), (8, 6.5, 2.5)])
def test_accuracy_on_smooth_cases(order: int, median: float, worst: float) -> None:
    digits, honest = [], []
    for text, at in _FEW:
        x = float(at)
        with np.errstate(all="ignore"):
            found = limit(function(text), x, order)
        true = oracle.derivative(read(text), {"x": x}, "x", digits=80, order=order)
        if abs(true) < 1e-12 or found.error > 1e-3 * abs(true):
            # It says itself that it does not know: sin(1e4*x) at 0.
            assert abs(found.value - true) <= found.error
            continue
        digits.append(correct_digits(found.value, true, mpmath.mpf(1)))
        honest.append(bool(abs(found.value - true) <= found.error))
    assert len(digits) > 45
    assert statistics.median(digits) >= median
    assert min(digits) >= worst
    assert sum(honest) / len(honest) >= 0.95


@pytest.mark.parametrize(
    ("text", "x", "order", "left", "right"),
    [
        ("x*abs(x)", 0.0, 2, -2, 2),
        ("abs(x)**3", 0.0, 3, -6, 6),
        ("abs(x - 3)**3 + x**2", 3.0, 3, -6, 6),
        ("where(x > 1, x**3, 3*x - 2)", 1.0, 2, 0, 6),
        ("abs(x)", 0.0, 3, None, None),
        ("floor(x)", 1.0, 2, None, None),
        ("sqrt(x)", 0.0, 2, None, None),
        ("x**2.5", 0.0, 3, None, None),
        ("log(x)", -1.0, 2, None, None),
        ("max(x, 2)", 2.0, 2, None, None),
    ],
)
def test_no_limit_is_ever_made_up(
    text: str, x: float, order: int, left: float | None, right: float | None
) -> None:
    with np.errstate(all="ignore"):
        found = limit(function(text), x, order)
    assert math.isnan(found.value)
    for side, expected in ((found.left, left), (found.right, right)):
        assert math.isnan(side) if expected is None else side == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "x", "order", "derivative"),
    [
        ("x*abs(x)**3", 0.0, 3, 0),
        ("x**2", 5.0, 3, 0),
        ("x**8", 0.0, 8, math.factorial(8)),
        ("abs(x)", 1e-3, 2, 0),
        ("sin(1e5*x)", 0.0, 3, -1e15),
        ("log(1 + x**2)", 0.0, 2, 2),
        ("log(1 + x**2)", 0.0, 4, -12),
        ("log(1 + x**4)", 0.01, 3, 0.23999998320000043),
    ],
)
def test_the_limit(text: str, x: float, order: int, derivative: float) -> None:
    found = limit(function(text), x, order)
    assert found.value == pytest.approx(derivative, rel=1e-9, abs=1e-9)
    assert abs(found.value - derivative) <= found.error


def test_aliasing_is_seen_through() -> None:
    # At wide radii sin(1e5) samples look like noise; only where they are resolved do they count.
    found = chebyshev.derivative(math.sin, 1e5, 2)
    assert found is not None
    assert found.value == pytest.approx(-math.sin(1e5), abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "order", "places", "width"),
    [
        ("forward", 1, [(1, 1), (0, -1)], 1),
        ("backward", 2, [(0, 1), (-1, -2), (-2, 1)], 1),
        ("central", 1, [(1, 1), (-1, -1)], 2),
        ("central", 2, [(1, 1), (0, -2), (-1, 1)], 1),
        ("forward", 3, [(3, 1), (2, -3), (1, 3), (0, -1)], 1),
    ],
)
def test_stencils(kind: Difference, order: int, places: list[tuple[int, int]], width: int) -> None:
    assert stencil(kind, order) == (places, width)


@pytest.mark.parametrize(("kind", "observed"), [("forward", 1), ("backward", 1), ("central", 2)])
@pytest.mark.parametrize("order", [2, 3])
def test_the_sequence_converges_in_its_order(kind: Difference, observed: int, order: int) -> None:
    rows = converge(math.exp, 0.5, kind=kind, order=order, count=2, factor=0.5).rows
    assert rows[1].order == pytest.approx(observed, abs=0.15)


@pytest.mark.parametrize(
    ("text", "x", "y", "mixed"),
    [
        ("x*y", 1.0, 2.0, 1),
        ("x**2*y**3", 1.0, 2.0, 24),
        ("x**2*y/(x**4 + y**2)", 1.0, 2.0, 0.112),
        ("100*(y - x**2)**2 + (1 - x)**2", -1.2, 1.0, 480),
        ("x**2 + y**2", 1.0, 2.0, 0),
        ("hypot(x, y)", 3.0, 4.0, -12 / 125),
        ("sin(x*y)", 1e5, 1e-5, math.cos(1) - math.sin(1)),
    ],
)
def test_mixed_second_derivatives(text: str, x: float, y: float, mixed: float) -> None:
    expression = read(text)
    found = mixed_limit(
        lambda s, t: float(expression(FLOAT, x=np.float64(s), y=np.float64(t))), x, y
    )
    assert found.value == pytest.approx(mixed, rel=1e-9, abs=1e-12)
    assert abs(found.value - mixed) <= found.error + 1e-16


@pytest.mark.parametrize(
    ("text", "x", "order", "derivative"),
    [
        ("x", 1e154, 2, 0),
        ("x**2", 1e40, 8, 0),
        ("x**2", 1e154, 2, 2),
        ("x**1.5", 1e200, 2, 0.75e-100),
        ("x**8", 1e30, 8, math.factorial(8)),
        ("sin(x)*1e300", 1.0, 8, math.sin(1) * 1e300),
        ("x/2", 1.7e308, 2, 0),
    ],
)
def test_where_powers_of_the_radius_overflow(
    text: str, x: float, order: int, derivative: float
) -> None:
    found = limit(function(text), x, order)
    assert found.value == pytest.approx(derivative, rel=1e-6, abs=1e-100)
    assert found.error < 1e-6 * abs(derivative) or found.error < 1e-100
