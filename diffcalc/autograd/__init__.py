"""Method 3, reverse-mode autograd: a small library in PyTorch's words, usable alone.

>>> from diffcalc.autograd import tensor
>>> a = tensor(3.0, requires_grad=True)
>>> b = tensor(4.0, requires_grad=True)
>>> c = a * b
>>> c
tensor(12., grad_fn=<MulBackward0>)
>>> c.backward()
>>> a.grad, b.grad
(tensor(4.), tensor(3.))

Every elementary function of diffcalc is here under its own name: `sin(a)`, `where(a > 0, a, b)`.
Gradients can be differentiated again:

>>> from diffcalc.autograd import grad
>>> (slope,) = grad(a**3, [a], create_graph=True)
>>> grad(slope, [a])
(tensor(18.),)
"""

from collections.abc import Callable

from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.autograd.tensor import (
    GradFn,
    Tensor,
    grad,
    ones,
    partial_derivative,
    tensor,
    zeros,
)
from diffcalc.functions import FLOAT, OPERATORS, Algebra

__all__ = ["GradFn", "Tensor", "algebra", "grad", "ones", "partial_derivative", "tensor", "zeros"]


def __getattr__(name: str) -> Callable[..., Tensor]:
    if name not in PRIMITIVES or name in OPERATORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Callable[..., Tensor] = Tensor.column[name]
    return found


def algebra(base: Algebra = FLOAT) -> Algebra:
    """The table's column of tensors, with literals and constants in the numbers of `base`."""
    return {**Tensor.column, **OPERATORS, "number": base["number"], "constant": base["constant"]}
