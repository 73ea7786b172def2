"""gradcheck: what it passes, and what it finds."""

import math
from typing import Any

import numpy as np
import pytest

from diffcalc import autograd
from diffcalc.autograd import (
    GradcheckError,
    Tensor,
    abs,  # noqa: A004
    cbrt,
    exp,
    floor,
    gradcheck,
    gradgradcheck,
    log,
    max,  # noqa: A004
    relu,
    sin,
    sqrt,
    tensor,
    where,
)
from diffcalc.autograd.tape import record


def leaf(*values: Any) -> Tensor:
    return tensor(list(values), requires_grad=True)


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (lambda x: x * abs(x), 0.0),
        (lambda x: abs(x) ** 1.5, 0.0),
        (lambda x: cbrt(x) ** 4, 0.0),
        (lambda x: 1e6 * x * x, 0.3),
        (lambda x: sin(1000 * x), 0.3),
        (lambda x: sin(1000 * x), 1000.0),
        (lambda x: log(x), 1e-5),
        (lambda x: exp(x), 300.0),
        (lambda x: 1e-12 + relu(x), 1e-4),
        (lambda x: where(x > 0, x * x, x**3), 0.0),
        (lambda x: tensor(2.0), 1.0),
    ],
)
def test_what_is_right_passes(function: Any, at: float) -> None:
    assert gradcheck(function, tensor(at, requires_grad=True))


@pytest.mark.parametrize(
    ("function", "at", "message"),
    [
        (abs, (0.0,), "is 0.0 by walking back, -1.0 by the difference quotients from the left, 1.0"),
        (relu, (5.0, 0.0), r"input 0, element \(1,\): the derivative of output 0, element \(1,\)"),
        (lambda x: max(x, 2 * x), (0.0,), "2.0 from the right"),
        (lambda x: x.amax(), (1.0, 1.0), "is 0.5 by walking back"),
        (lambda x: x.norm(), (0.0, 0.0), "is 0.0 by walking back, -1.0"),
        (lambda x: where(x > 0, x * x, x), (0.0,), "is 1.0 by walking back"),
        (lambda x: where(x > 0, x + 1, x), (0.0,), "nan from the right"),
        (lambda x: floor(x), (1.0,), "nan by the difference quotients from the left, 0.0"),
        (sqrt, (0.0,), "is inf by walking back, nan"),
        (lambda x: where(x.detach() == 0, 0, x * sin(1 / x)), (0.0,), "nan from the right"),
        (lambda x: x * x.detach(), (1.0,), "is 1.0 by walking back"),
        (lambda x: x.clamp(0, 1), (1.0,), "is 1.0 by walking back"),
    ],
)  # fmt: skip
def test_corners_and_wrong_gradients_fail(
    function: Any, at: tuple[float, ...], message: str
) -> None:
    with pytest.raises(GradcheckError, match=message):
        gradcheck(function, leaf(*at))
    assert not gradcheck(function, leaf(*at), raise_exception=False)


def off_by(factor: float) -> Any:
    """A square with a wrong vjp."""

    def square(x: Tensor) -> Any:
        back = lambda g, y, x: g * x * (2 * factor)  # noqa: E731
        return record("WrongBackward0", x.data**2, (x,), (back,))

    return square


@pytest.mark.parametrize("factor", [1.0001, 0.9999, -1, 0, math.nan])
def test_a_wrong_vjp_is_found(factor: float) -> None:
    assert gradcheck(off_by(1), leaf(3.0, -1.0))
    with pytest.raises(GradcheckError, match="element"):
        gradcheck(off_by(factor), leaf(3.0, -1.0))
    assert gradcheck(off_by(1.0001), leaf(3.0), rtol=1e-3)


def test_several_inputs_and_outputs() -> None:
    def both(x: Tensor, y: Tensor) -> list[Any]:
        return [x @ y, y * abs(y)]

    x, y = leaf([1.0, 2.0], [3.0, 4.0]), leaf(0.0, 5.0)
    assert gradcheck(both, [x, y])
    with pytest.raises(GradcheckError, match=r"input 1, element \(0,\).* output 1, element \(0,\)"):
        gradcheck(lambda x, y: [x @ y, abs(y)], [x, y])
    assert gradcheck(lambda x, y: x * abs(y), [x, y.detach()])


def test_the_inputs_are_left_alone() -> None:
    x = leaf(1.0, 2.0)
    gradcheck(lambda x: x**3, x)
    assert (x.tolist(), x.grad) == ([1, 2], None)


def test_something_must_require_grad() -> None:
    with pytest.raises(ValueError, match="no input requires grad"):
        gradcheck(sin, tensor([1.0]))


def test_second_derivatives() -> None:
    assert gradgradcheck(lambda x: x**3 * x.norm(), leaf(1.0, -2.0))
    assert gradgradcheck(lambda x: 3 * x, leaf(1.0))
    assert gradgradcheck(lambda x, y: (autograd.sin(x * y), x**2), [leaf(1.0), leaf(2.0)])
    with pytest.raises(GradcheckError, match="by walking back, -2"):
        gradgradcheck(lambda x: x * abs(x), leaf(0.0))
    wrong = np.array([1.0])
    with pytest.raises(GradcheckError, match="derivative of output 0"):
        gradgradcheck(lambda x: x * (x * wrong).detach() ** 2, leaf(1.0))
