"""The column of tensors: what an expression of the command line is replayed with."""

from typing import Any

import mpmath
import numpy as np
import pytest

from diffcalc.autograd import Tensor, algebra, tensor
from diffcalc.functions import FLOAT, exact

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
