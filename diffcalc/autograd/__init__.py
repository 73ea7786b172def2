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

from diffcalc.autograd.column import algebra, named
from diffcalc.autograd.tape import GradFn, no_grad
from diffcalc.autograd.tensor import Tensor, ones, tensor, zeros
from diffcalc.autograd.walk import grad, partial_derivative

__all__ = [
    "GradFn",
    "Tensor",
    "algebra",
    "grad",
    "no_grad",
    "ones",
    "partial_derivative",
    "tensor",
    "zeros",
]


def __getattr__(name: str) -> Callable[..., Tensor]:
    found = named(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
