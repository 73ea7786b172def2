"""The column of tensors: what an expression of the command line is replayed with."""

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from diffcalc.autograd import Tensor, algebra, partial_derivative, tensor
from diffcalc.language.algebras import FLOAT, exact

A = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]
V = [3.0, -4.0]
CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("matmul", (A, [1.0, 2.0, 4.0]), [-1.0, -0.5]),
    ("transpose", (A,), [[1.0, 3.0], [-2.0, 0.25], [0.5, -1.0]]),
    ("transpose", (V,), V),
    ("sum", (A,), 1.75),
    ("sum", (A, 1.0), [-0.5, 2.25]),
    ("mean", (A, 0.0), [2.0, -0.875, -0.25]),
    ("prod", (A, 1.0), [-1.0, -0.75]),
    ("amax", (A, -1.0), [1.0, 3.0]),
    ("amin", (A,), -2.0),
    ("norm", (V,), 5.0),
    ("norm", ([[3.0, 4.0], [5.0, 12.0]], 1.0), [5.0, 13.0]),
    ("logsumexp", ([0.0, 0.0],), float(np.log(2))),
    ("softmax", ([0.0, 0.0],), [0.5, 0.5]),
    ("softmax", ([[0.0, 0.0], [1.0, 1.0]], 1.0), [[0.5, 0.5], [0.5, 0.5]]),
    ("dot", (V, V), 25.0),
    ("outer", (V, [1.0, 2.0]), [[3.0, 6.0], [-4.0, -8.0]]),
    ("trace", ([[1.0, 2.0], [3.0, 4.0]],), 5.0),
    ("diag", (V,), [[3.0, 0.0], [0.0, -4.0]]),
    ("diag", ([[1.0, 2.0], [3.0, 4.0]],), [1.0, 4.0]),
    ("sum", (-2.0,), -2.0),
    ("mean", (-2.0,), -2.0),
    ("prod", (-2.0,), -2.0),
    ("amax", (-2.0,), -2.0),
    ("amin", (-2.0,), -2.0),
    ("norm", (-2.0,), 2.0),
    ("logsumexp", (-2.0,), -2.0),
    ("softmax", (-2.0,), 1.0),
    ("transpose", (-2.0,), -2.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "operands", "value"), CASES)
def test_values_of_arrays_and_tensors(name: str, operands: tuple[Any, ...], value: Any) -> None:
    arrays = [np.float64(o) if isinstance(o, float) else np.array(o) for o in operands]
    plain = algebra()[name](*arrays)
    assert isinstance(plain, Tensor)
    np.testing.assert_allclose(plain.data, value, rtol=1e-15)
    tracked = algebra()[name](tensor(arrays[0], requires_grad=True), *arrays[1:])
    assert tracked.requires_grad
    np.testing.assert_array_equal(tracked.data, plain.data)


@pytest.mark.parametrize(("name", "operands", "value"), CASES)
def test_values_in_mpmaths_digits(name: str, operands: tuple[Any, ...], value: Any) -> None:
    def precise(operand: Any) -> Any:
        return np.frompyfunc(mpmath.mpf, 1, 1)(np.asarray(operand))

    found = algebra(exact())[name](*map(precise, operands))
    assert all(isinstance(number, mpmath.mpf) for number in found.data.ravel())
    np.testing.assert_allclose(found.data.astype(float), value, rtol=1e-15)


@pytest.mark.parametrize(("base", "kind"), [(FLOAT, float), (exact(), mpmath.mpf)])
def test_constants_are_of_the_bases_numbers(base: Any, kind: type) -> None:
    made = algebra(base)
    assert made["eye"](np.float64(2)).tolist() == [[1, 0], [0, 1]]
    assert made["ones"](np.float64(3)).tolist() == [1, 1, 1]
    assert all(isinstance(e, kind) for e in (*made["eye"](2).ravel(), *made["ones"](2)))


@pytest.mark.parametrize("shape", [(), (1,), (2,), (2, 2)])
@pytest.mark.parametrize("operation", ["add", "sub", "mul", "div", "pow", "max", "atan2", "hypot"])
@pytest.mark.parametrize("left", [True, False])
def test_a_number_beside_a_tensor_in_mpmaths_digits(
    operation: str, left: bool, shape: tuple[int, ...]
) -> None:
    """mpmath asks a tensor on the right of one of its numbers for its text, which failed."""

    def slopes(column: Any, values: Any) -> Any:
        x = tensor(values, requires_grad=True)
        two = column["number"](Fraction(2))
        result = column[operation](two, x) if left else column[operation](x, two)
        result.backward(gradient=np.full(shape, column["number"](Fraction(1))))
        return [np.asarray(a.data).astype(np.float64) for a in (result, x.grad)]

    floats = np.full(shape, 0.75)
    with mpmath.mp.workdps(50):
        exactly = slopes(algebra(exact()), np.frompyfunc(mpmath.mpf, 1, 1)(floats))
    for found, wanted in zip(exactly, slopes(algebra(), floats), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_a_tensor_of_mpmaths_numbers_has_a_text() -> None:
    x = tensor(np.array([[mpmath.mpf(1), mpmath.mpf("0.5")]]), requires_grad=True)
    assert repr(2 + x) == "tensor([[3.0, 2.5]], grad_fn=<AddBackward0>)"


def test_where_nothing_flows_back_a_single_number_stays_an_array() -> None:
    """It came out of its array where 0 had met a slope that is none."""
    x = tensor(np.array(mpmath.mpf("0.5"), dtype=object), requires_grad=True)
    undefined = algebra(exact())["acosh"](x)
    assert partial_derivative(undefined * 0 + x * x, mpmath.mpf(1), [(x, ())]) == 1
