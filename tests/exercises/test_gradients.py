"""Coded gradients held against the numerical limit: right, wrong, and what cannot be told."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises.components import Told
from diffcalc.exercises.functions import imported
from diffcalc.exercises.gradients import assert_gradient, check_gradient

X = np.random.default_rng(0).normal(size=(20, 3))
Y = X @ [1.0, 2.0, 3.0] + 0.1
START = np.array([-1.2, 1.0])


def rosenbrock(x: Any) -> float:
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def slope(x: Any) -> Any:
    found = np.zeros_like(x)
    found[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    found[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return found


def mse(w: Any) -> Any:
    return np.mean((X @ w - Y) ** 2)


def mse_slope(w: Any) -> Any:
    return 2 / 20 * X.T @ (X @ w - Y)


def spoilt(place: int, by: Callable[[float, Any], float]) -> Callable[[Any], Any]:
    def gradient(x: Any) -> Any:
        found = slope(x)
        found[place] = by(found[place], x)
        return found

    return gradient


@pytest.mark.parametrize(
    ("f", "gradient", "at"),
    [
        (rosenbrock, slope, START),
        (rosenbrock, slope, np.ones(2)),
        (rosenbrock, slope, np.linspace(-1, 1, 200)),
        (mse, mse_slope, np.zeros(3)),
        (mse, lambda w: mse_slope(w).astype(np.float32), np.ones(3)),
        (math.log, lambda x: 1 / x, 2.0),
        (lambda a, b: a**2 * b, lambda a, b: (2 * a * b, a**2), (2.0, 3.0)),
        (lambda a, b: a**2 * b, lambda a, b: {"b": a**2, "a": 2 * a * b}, {"a": 2.0, "b": 3.0}),
        (lambda x: [x[0] * x[1], x[0]], lambda x: [[x[1], x[0]], [1, 0]], [2.0, 3.0]),
        (lambda w: np.sum(np.tanh(w @ [1, 2, 3])), lambda w: np.outer(1 - np.tanh(w @ [1, 2, 3]) ** 2, [1, 2, 3]), np.full((2, 3), 0.1)),
        (lambda x: sum(v * v for v in x), lambda x: [2 * v for v in x], [1.0, 2.0]),
        (lambda x: 5.0, lambda x: 0 * x, [1.0, 2.0]),
        (lambda x: np.float32(np.sum(np.float32(x) ** 2)), lambda x: 2 * x, [1.0, 0.3]),
    ],
)  # fmt: skip
def test_what_is_right_is_called_right(f: Any, gradient: Any, at: Any) -> None:
    assert check_gradient(f, gradient, at).told is Told.RIGHT


@pytest.mark.parametrize(
    ("f", "gradient", "at", "mistake"),
    [
        (rosenbrock, lambda x: -slope(x), START, "the sign is wrong"),
        (rosenbrock, lambda x: slope(x) / 2, START, "a factor 2 is missing"),
        (rosenbrock, lambda x: slope(x)[::-1], START, "it is swapped with ∂/∂x["),
        (rosenbrock, spoilt(0, lambda g, x: -g), START, "the sign is wrong"),
        (rosenbrock, spoilt(0, lambda g, x: g + 2 * (1 - x[0])), START, "the term 2 - 2*x[0] is too much"),
        (rosenbrock, spoilt(1, lambda g, x: g - 200 * x[1]), START, "the term 200*x[1] is missing"),
        (rosenbrock, spoilt(37, lambda g, x: 2 * g), np.linspace(-1, 1, 100), "there is a factor 2 too many"),
        (mse, lambda w: 20 * mse_slope(w), np.zeros(3), "the factor 20 is too much, as a sum is for a mean"),
        (lambda x: np.sum(np.sin(x**2)), lambda x: np.cos(x**2), [1.0, 2.0], "the factor 2*x["),
        (lambda x: [x[0] * x[1], x[0]], lambda x: [[x[1], 1], [x[0], 0]], [2.0, 3.0], "it is the transpose"),
        (rosenbrock, lambda x: slope(x) * np.nan, START, "the gradient is nan"),
        (mse, lambda w: mse_slope(w) + np.array([0, 1e-6, 0]), np.zeros(3), "the term 1e-06 is too much"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_called_wrong_and_why(
    f: Any, gradient: Any, at: Any, mistake: str
) -> None:
    found = check_gradient(f, gradient, at)
    assert found.told is Told.WRONG
    assert found.worst is not None
    assert (found.mistake or found.worst.why).startswith(mistake)


def test_a_mistake_that_does_not_show_at_the_point_shows_beside_it() -> None:
    gradient = spoilt(0, lambda g, x: g + 2 * (1 - x[0]))
    found = check_gradient(rosenbrock, gradient, [1.0, 1.0])
    assert found.told is Told.WRONG
    assert found.notes[0] == "at x = [1, 1] itself it does not show."
    assert check_gradient(rosenbrock, gradient, [1.0, 1.0], beside=0)


def test_corners_and_noise_cannot_be_told() -> None:
    corner = check_gradient(lambda x: abs(x[0]) + x[1], lambda x: [np.sign(x[0]), 1.0], [0.0, 1.0])
    assert corner.told is Told.UNKNOWN
    assert corner.worst is not None
    assert corner.worst.why == "a corner: the slopes are -1 from the left, 1 from the right"
    noise = np.random.default_rng(0)

    def noisy(size: float) -> Any:
        return lambda x: np.sum(x**2) + size * noise.standard_normal()

    assert check_gradient(noisy(1e-7), lambda x: 2 * x, np.ones(3))
    loud = check_gradient(noisy(0.1), lambda x: 2 * x, np.ones(3))
    assert loud.told is Told.UNKNOWN
    assert "f is noisy" in loud.notes[0]
    assert check_gradient(noisy(1e-7), lambda x: 2.1 * x, np.ones(3)).told is Told.WRONG


@pytest.mark.parametrize(
    ("f", "gradient", "at", "message"),
    [
        (lambda x: 1 / 0, lambda x: x, 1.0, r"<lambda> raised ZeroDivisionError: division by zero \(line \d+ of test_gradients.py\)"),
        (lambda x: x @ x, lambda x: x[:1], [1.0, 2.0], r"<lambda> gives shape \(1,\) for the gradient in x, which has \(2,\)"),
        (lambda x: x.sum(), lambda x: np.ones((3, 2)), np.ones((2, 3)), "it is the transpose"),
        (lambda x, y: x, lambda x: x, [1.0], "missing 1 required positional argument"),
        (lambda x: math.nan, lambda x: x, [1.0], "<lambda> is nan at x = "),
        (lambda x: None, lambda x: x, [1.0], "gives no array of numbers, but NoneType"),
        (lambda x: "a", lambda x: x, [1.0], "gives no array of numbers, but str"),
        (lambda a, b: a, lambda a, b: (1.0,), (1.0, 2.0), "gives 1 gradients, not 2"),
        (lambda x: x, lambda x: x, math.nan, "the point must be numbers that are finite"),
        (3, lambda x: x, 1.0, "the function is not a function"),
    ],
)  # fmt: skip
def test_what_fails_is_said_in_a_line(f: Any, gradient: Any, at: Any, message: str) -> None:
    with pytest.raises(DiffcalcError, match=message):
        check_gradient(f, gradient, at)


def test_an_assertion_shows_the_wrong_components() -> None:
    assert_gradient(rosenbrock, slope, START)
    with pytest.raises(AssertionError) as error:
        assert_gradient(rosenbrock, spoilt(1, lambda g, x: -g), START)
    lines = str(error.value).splitlines()
    assert lines[0] == "gradient is not the gradient of rosenbrock at x = [-1.2, 1]"
    assert lines[1].startswith("  ∂/∂x[1]: wrong: 88, not -88 ± ")
    assert lines[1].endswith("the sign is wrong")


def test_modules_are_imported_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_losses.py").write_text("def loss(x):\n    return x\n")
    (tmp_path / "own_broken.py").write_text("import own_nothing\n")
    monkeypatch.chdir(tmp_path)
    assert imported("own_losses:loss")(3) == imported("own_losses.py:loss")(3) == 3
    with pytest.raises(DiffcalcError, match="own_losses has no function nope: its functions: loss"):
        imported("own_losses:nope")
    with pytest.raises(DiffcalcError, match=r"cannot import own_broken: it raised ModuleNotFound"):
        imported("own_broken:loss")
    with pytest.raises(DiffcalcError, match="write module:function"):
        imported("x^2")
    assert str(tmp_path) not in sys.path


class Tensor:
    """Of a library that wants its own arrays, as PyTorch does: what a function is given."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def detach(self) -> "Tensor":
        return self

    cpu = detach

    def numpy(self) -> Any:
        return self.values


def test_tensors_are_given_to_functions_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Torch:
        tensor = Tensor

    def loss(x: Tensor) -> Tensor:
        if not isinstance(x, Tensor):
            raise TypeError("a tensor is wanted")
        return Tensor(np.sum(x.values**2))

    def slope_of(x: Tensor) -> Tensor:
        return Tensor(2 * x.values)

    monkeypatch.setitem(sys.modules, "torch", Torch)  # type: ignore[arg-type]
    assert check_gradient(loss, slope_of, [1.0, 2.0])
    assert not check_gradient(loss, lambda x: Tensor(x.values), [1.0, 2.0])


def test_functions_that_keep_something_or_change_their_argument_are_seen_through() -> None:
    class Layer:
        def forward(self, x: Any) -> float:
            self.x = x
            return float(np.sum(x**3))

        def backward(self, x: Any) -> Any:
            return 3 * self.x**2

    def spoiling(x: Any) -> float:
        found = float(np.sum(x**3))
        x[:] = 0
        return found

    layer = Layer()
    assert check_gradient(layer.forward, layer.backward, np.array([1.0, 2.0]))
    assert check_gradient(spoiling, lambda x: 3 * x**2, np.array([1.0, 2.0]))


def test_of_very_many_that_are_wrong_none_is_called_right() -> None:
    at = np.linspace(-1, 1, 500)
    found = check_gradient(rosenbrock, lambda x: 2 * slope(x), at)
    assert all(one.told is not Told.RIGHT for one in found.components)
    assert found.mistake == "there is a factor 2 too many"
    half = check_gradient(rosenbrock, lambda x: np.where(x < 0, 2, 1) * slope(x), at)
    assert all(one.told is not Told.RIGHT for one in half.components[:250])
    assert all(one.told is not Told.WRONG for one in half.components[250:])
    assert half.evaluations < 6000


def test_a_small_component_is_seen_beside_large_ones() -> None:
    scale = 10.0 ** np.linspace(-4, 4, 60)

    def weighed(x: Any) -> float:
        return float(np.sum(scale * np.sin(x)))

    def gradient(x: Any, wrong: int = -1) -> Any:
        found = scale * np.cos(x)
        found[wrong] *= 1.01 if wrong >= 0 else 1
        return found

    assert check_gradient(weighed, gradient, np.ones(60))
    for place in (0, 30, 59):
        told = check_gradient(weighed, lambda x, i=place: gradient(x, i), np.ones(60))  # type: ignore[misc]
        assert [i for i, c in enumerate(told.components) if c.told is Told.WRONG] == [place]
