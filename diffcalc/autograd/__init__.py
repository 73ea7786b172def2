"""Method 3, reverse-mode autograd: a small library in PyTorch's words, usable alone.

>>> from diffcalc.autograd import grad, no_grad, tensor, zeros
>>> a = tensor(3.0, requires_grad=True)
>>> b = tensor(4.0, requires_grad=True)
>>> c = a * b
>>> c
tensor(12., grad_fn=<MulBackward0>)
>>> c.backward()
>>> a.grad, b.grad
(tensor(4.), tensor(3.))

Every elementary function of diffcalc is here under its own name, `sin(a)`, `where(a > 0, a, b)`,
and under numpy's and PyTorch's; so are the products, reductions and rearrangements of arrays. A
line through three points, by 200 steps of gradient descent:

>>> x, y = tensor([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), tensor([1.0, 3.0, 5.0])
>>> line = zeros(2, requires_grad=True)
>>> for _ in range(200):
...     ((x @ line - y) ** 2).mean().backward()
...     with no_grad():
...         line -= 0.3 * line.grad
...     _ = line.grad.zero_()
>>> [round(c, 6) for c in line.tolist()]
[2.0, 1.0]

Four things are not as in PyTorch. Numbers are float64 unless a `dtype` says otherwise, whole ones
too. A tape is kept as long as its result: a second `backward` is no error and adds the gradient
again, and `retain_graph` changes nothing. `x.data` is the numpy array. And in place a tensor that
others look at, `x[0]` of x, becomes a tensor of its own where a gradient flows.

Gradients can be differentiated again:

>>> (slope,) = grad(a**3, a, create_graph=True)
>>> grad(slope, a)
(tensor(18.),)

A gradient taken without `create_graph` is plain numbers; to use it as if it were not is an error:

>>> (slope,) = grad(a**3, a)
>>> grad(a * slope, a)
Traceback (most recent call last):
RuntimeError: a gradient taken without create_graph=True is used here, and it changes ...

Imports base and language.
"""

from collections.abc import Callable
from typing import Any

from numpy import float32, float64, int32, int64

from diffcalc.autograd.creation import (
    arange,
    eye,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from diffcalc.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from diffcalc.autograd.names import algebra
from diffcalc.autograd.record import Record, record
from diffcalc.autograd.tape import GradFn, no_grad
from diffcalc.autograd.tensor import Tensor, as_tensor, tensor
from diffcalc.autograd.walk import grad, partial_derivative

__all__ = [
    "GradFn",
    "GradcheckError",
    "Record",
    "Tensor",
    "algebra",
    "arange",
    "as_tensor",
    "eye",
    "float32",
    "float64",
    "full",
    "full_like",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "int32",
    "int64",
    "no_grad",
    "ones",
    "ones_like",
    "partial_derivative",
    "record",
    "tensor",
    "zeros",
    "zeros_like",
]


def __dir__() -> list[str]:
    return sorted({*__all__, *Tensor.functions})


def __getattr__(name: str) -> Callable[..., Any]:
    if name not in Tensor.functions:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return Tensor.functions[name]
