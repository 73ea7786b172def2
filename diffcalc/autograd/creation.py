"""Tensors made of nothing but a shape."""

import numpy as np
from numpy.typing import DTypeLike

from diffcalc.autograd.linear import Sizes, sizes_of
from diffcalc.autograd.primitives import values
from diffcalc.autograd.tensor import Tensor, as_tensor


def ones(*shape: Sizes, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf full of ones, of `ones(2, 3)` or `ones((2, 3))`."""
    return full(sizes_of(shape), 1, dtype=dtype or float, requires_grad=requires_grad)


def zeros(*shape: Sizes, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf full of zeros, of `zeros(2, 3)` or `zeros((2, 3))`."""
    return full(sizes_of(shape), 0, dtype=dtype or float, requires_grad=requires_grad)


def full(
    shape: Sizes, fill_value: object, *, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A leaf full of one number."""
    return Tensor(np.full(shape, fill_value, dtype)).requires_grad_(requires_grad)


def ones_like(a: object, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf full of ones in the shape of another tensor, and of its kind of numbers."""
    return full_like(a, 1, dtype=dtype, requires_grad=requires_grad)


def zeros_like(a: object, *, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """A leaf full of zeros in the shape of another tensor, and of its kind of numbers."""
    return full_like(a, 0, dtype=dtype, requires_grad=requires_grad)


def full_like(
    a: object, fill_value: object, *, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A leaf full of one number in the shape of another tensor, and of its kind of numbers."""
    array = values(as_tensor(a))
    return full(array.shape, fill_value, dtype=dtype or array.dtype, requires_grad=requires_grad)


def eye(
    n: int, m: int | None = None, *, dtype: DTypeLike | None = None, requires_grad: bool = False
) -> Tensor:
    """A matrix with ones on its diagonal, zeros elsewhere."""
    return Tensor(np.eye(n, m, dtype=dtype or float)).requires_grad_(requires_grad)


def arange(*ends: float, dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """The numbers from a start (0) to before an end, by steps of 1: `arange(5)`, `arange(1, 5, 2)`.

    Whole ones are of whole numbers' kind, as in PyTorch: they may be an index.
    """
    return Tensor(np.arange(*ends, dtype=dtype)).requires_grad_(requires_grad)
