"""Determinants and inverses of square matrices, and of batches of them."""

import numpy as np

from diffcalc.autograd.linear import Shape, expand, index, operation, reshape, transpose
from diffcalc.autograd.primitives import Array, like, values
from diffcalc.autograd.products import matmul
from diffcalc.autograd.tape import record
from diffcalc.base.types import NumberArray
from diffcalc.language.algebras import numbers


def _check_square(name: str, shape: Shape) -> None:
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"{name}: a square matrix is needed, not the shape {shape}")


def _each(name: str, a: NumberArray) -> NumberArray:
    """A function of one matrix, of each in a batch, in numbers that NumPy knows nothing of."""
    found = [numbers(a)[name](one) for one in a.reshape(-1, *a.shape[-2:])]
    shape = a.shape if name == "inv" else a.shape[:-2]
    return np.array(found, dtype=object).reshape(shape)


@operation
def det(a: Array) -> Array:
    """The determinant. Raises `ValueError` for what is no square matrix."""
    _check_square("det", a.shape)
    array = values(a)
    value = _each("det", array) if array.dtype == object else np.linalg.det(array)

    def back(g: Array, y: Array, a: Array) -> Array:
        return reshape(g, (*g.shape, 1, 1)) * _cofactors(a)

    return record("LinalgDetBackward0", value, (a,), (back,))


def _cofactors(a: Array) -> Array:
    """The determinants without a row and a column each, with their signs.

    They are there for singular matrices too, unlike det(a)*inv(a).T.
    """
    size = a.shape[-1]
    places = np.arange(size)
    signs = np.where((places[:, None] + places) % 2 == 0, like(a, 1), like(a, -1))
    if size == 1:
        return expand(signs, a.shape)
    others = np.array([np.delete(places, k) for k in places])
    minors = index(a, (..., others[:, None, :, None], others[None, :, None, :]))
    return det(minors) * signs


@operation
def inv(a: Array) -> Array:
    """The inverse. Raises `ValueError` for what is no square matrix; nan where there is none."""
    _check_square("inv", a.shape)
    array = values(a)
    value = _each("inv", array) if array.dtype == object else _inverted(array)

    def back(g: Array, y: Array, a: Array) -> Array:
        turned = transpose(y, -2, -1)
        return -matmul(matmul(turned, g), turned)

    return record("LinalgInvExBackward0", value, (a,), (back,))


def _inverted(array: NumberArray) -> NumberArray:
    try:
        return np.linalg.inv(array)
    except np.linalg.LinAlgError:
        return np.full(array.shape, np.nan)
