"""Derivatives of any Python function: the error is one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffcalc.numerical import derivative, gradient, hessian, jacobian

NOISE = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("f", "x", "slope", "digits"),
    [
        (math.sin, 1.0, math.cos(1.0), 12),
        (math.exp, 20.0, math.exp(20.0), 12),
        (math.log, 1e-3, 1e3, 10),
        (math.sqrt, 1e6, 5e-4, 10),
        (lambda x: np.float32(np.sin(np.float32(x))), 1.0, math.cos(1.0), 3),
        (lambda x: float(np.float32(math.sin(x))), 1.0, math.cos(1.0), 3),
        (lambda x: math.sin(x) + 1e-6 * NOISE.standard_normal(), 1.0, math.cos(1.0), 2),
        (lambda x: round(math.sin(x), 7), 1.0, math.cos(1.0), 3),
        (lambda x: math.sin(x) + 1e-8 * math.sin(1e9 * x), 1.0, math.cos(1.0), 3),
        (lambda x: (1 - x) ** 10 - 1, 0.5, -10 * 0.5**9, 10),
    ],
)
def test_the_error_covers_what_is_wrong(
    f: Callable[[float], float], x: float, slope: float, digits: int
) -> None:
    value, error = derivative(f, x)
    assert abs(value - slope) <= 4 * error + 1e-15
    assert error <= 10.0**-digits * abs(slope)


def test_arrays_are_asked_for_all_at_once() -> None:
    calls = 0

    def f(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.exp(x)

    at = np.linspace(-2, 5, 300)
    value, error = derivative(f, at)
    assert np.all(np.abs(value - np.exp(at)) <= error + 1e-13 * np.exp(at))
    assert calls < 300
    assert derivative(np.sin, [1.0], order=2).value == pytest.approx(-math.sin(1.0), rel=1e-9)


def test_where_there_is_none_it_is_nan() -> None:
    assert all(map(math.isnan, derivative(abs, 0.0)))
    assert math.isnan(derivative(math.sqrt, 0.0).value)
    value, error = gradient(lambda x: abs(x[0]) + x[1] ** 2, [0.0, 1.0])
    assert math.isnan(value[0])
    assert value[1] == pytest.approx(2.0)
    assert error[1] < 1e-9


def test_matrices_have_their_shapes() -> None:
    found = jacobian(lambda x: np.array([[x[0] * x[1]], [x[0]]]), [2.0, 3.0])
    assert found.value.shape == (2, 1, 2)
    assert found.value[:, 0] == pytest.approx(np.array([[3.0, 2.0], [1.0, 0.0]]))
    second = hessian(lambda w: w[0, 0] ** 2 * w[0, 1], np.array([[1.0, 2.0]]))
    assert second.value.shape == (1, 2, 1, 2)
    assert second.value.reshape(2, 2) == pytest.approx(np.array([[4.0, 2.0], [2.0, 0.0]]), abs=1e-9)
