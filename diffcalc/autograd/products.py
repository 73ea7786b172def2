"""The products of linear algebra, in every rank, and their vjps in the same products."""

import numpy as np

from diffcalc.autograd.elementwise import misfit
from diffcalc.autograd.linear import operation, reshape, squeeze, transpose, unbroadcast, unsqueeze
from diffcalc.autograd.primitives import Array, values
from diffcalc.autograd.tape import operand, record


@operation
def matmul(a: Array, b: Array) -> Array:
    """The matrix product of arrays of any rank, as `numpy.matmul`.

    A vector is a row on the left and a column on the right; axes before the last two are batches
    and broadcast. Raises `ValueError` for a single number, or shapes that do not fit.
    """
    b = operand(b)
    if not (a.shape and b.shape) or a.shape[-1] != b.shape[max(len(b.shape) - 2, 0)]:
        raise misfit("matmul", a.shape, b.shape)
    if len(b.shape) == 1:
        return dot(a, b) if len(a.shape) == 1 else _matrix_vector(a, b)
    if len(a.shape) == 1:
        return squeeze(_product(unsqueeze(a, 0), b), -2)
    return _product(a, b)


def _product(a: Array, b: Array) -> Array:
    """The product of two matrices, or of two batches of them."""
    try:
        value = np.matmul(values(a), values(b))
    except ValueError:
        raise misfit("matmul", a.shape, b.shape) from None
    return record(
        "MmBackward0" if value.ndim == 2 else "BmmBackward0",
        value,
        (a, b),
        (
            lambda g, y, a, b: unbroadcast(_product(g, transpose(b, -2, -1)), a.shape),
            lambda g, y, a, b: unbroadcast(_product(transpose(a, -2, -1), g), b.shape),
        ),
    )


def _matrix_vector(a: Array, b: Array) -> Array:
    if len(a.shape) > 2:
        return squeeze(_product(a, unsqueeze(b, -1)), -1)
    return record(
        "MvBackward0",
        np.matmul(values(a), values(b)),
        (a, b),
        (lambda g, y, a, b: outer(g, b), lambda g, y, a, b: _matrix_vector(transpose(a), g)),
    )


def mv(a: Array, b: Array) -> Array:
    """The product of a matrix and a vector. Raises `ValueError` for other ranks."""
    return _of_ranks("mv", a, b, 2, 1)


def mm(a: Array, b: Array) -> Array:
    """The product of two matrices. Raises `ValueError` for other ranks."""
    return _of_ranks("mm", a, b, 2, 2)


def bmm(a: Array, b: Array) -> Array:
    """The products of two batches of matrices. Raises `ValueError` for other ranks."""
    return _of_ranks("bmm", a, b, 3, 3)


def _of_ranks(name: str, a: Array, b: Array, *ranks: int) -> Array:
    a, b = operand(a), operand(b)
    if (len(a.shape), len(b.shape)) != ranks:
        raise misfit(name, a.shape, b.shape)
    return matmul(a, b)


@operation
def dot(a: Array, b: Array) -> Array:
    """The inner product of two vectors. Raises `ValueError` for anything else."""
    b = operand(b)
    if len(a.shape) != 1 or a.shape != b.shape:
        raise misfit("dot", a.shape, b.shape)
    value = np.dot(values(a), values(b))
    return record(
        "DotBackward0", value, (a, b), (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
    )


@operation
def outer(a: Array, b: Array) -> Array:
    """The matrix of all products of elements of two vectors. `ValueError` for anything else."""
    b = operand(b)
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise misfit("outer", a.shape, b.shape)
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))
