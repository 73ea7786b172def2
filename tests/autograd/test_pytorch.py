"""The library beside PyTorch itself, where that is installed: values, places and both derivatives.

PyTorch is no dependency: without it these tests are skipped, and what they say is asserted by
numbers in the other files.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffcalc import autograd

Function = Callable[..., Any]

# Of the module t, a matrix x, a vector v and a square matrix s.
CASES: list[Function] = [
    lambda t, x, v, s: x.std(),
    lambda t, x, v, s: x.std(1, True, True),
    lambda t, x, v, s: x.std(False),
    lambda t, x, v, s: t.std(x, dim=0, correction=0),
    lambda t, x, v, s: x.var(1, unbiased=False),
    lambda t, x, v, s: t.var(x, (0, 1), keepdim=True),
    lambda t, x, v, s: x.norm(1),
    lambda t, x, v, s: x.norm(p=3, dim=1),
    lambda t, x, v, s: t.norm(x, float("inf"), 0, True),
    lambda t, x, v, s: x.norm("fro"),
    lambda t, x, v, s: t.max(x),
    lambda t, x, v, s: x.max(0).values,
    lambda t, x, v, s: x.min(dim=1, keepdim=True).indices,
    lambda t, x, v, s: t.max(x, v),
    lambda t, x, v, s: v.max(),
    lambda t, x, v, s: v.max(0)[0],
    lambda t, x, v, s: v.median(),
    lambda t, x, v, s: x.sort(descending=True)[0],
    lambda t, x, v, s: v.sort(descending=True, stable=True).indices,
    lambda t, x, v, s: x.topk(2).values,
    lambda t, x, v, s: x.argmax(1),
    lambda t, x, v, s: x.cumprod(1),
    lambda t, x, v, s: t.exp2(x),
    lambda t, x, v, s: t.logaddexp(x, v),
    lambda t, x, v, s: t.logaddexp(v, v),
    lambda t, x, v, s: x % 0.7,
    lambda t, x, v, s: t.fmod(x, 0.7),
    lambda t, x, v, s: x.flip(0, 1),
    lambda t, x, v, s: t.moveaxis(x, 0, 1),
    lambda t, x, v, s: x.diff(prepend=x),
    lambda t, x, v, s: t.inner(x, v),
    lambda t, x, v, s: x.tile(2),
    lambda t, x, v, s: x.repeat(2, 1),
    lambda t, x, v, s: x.roll((1, -1), (0, 1)),
    lambda t, x, v, s: x.rot90(-1),
    lambda t, x, v, s: s.trace(),
    lambda t, x, v, s: s.diag(1),
    lambda t, x, v, s: v.diag(-1),
    lambda t, x, v, s: t.einsum("ij,jk->ik", x, s),
    lambda t, x, v, s: t.einsum("ba,b", x, x[:, 0]),
    lambda t, x, v, s: t.einsum("...j,j->...", x, v),
    lambda t, x, v, s: t.einsum("ii", s),
    lambda t, x, v, s: t.kron(x, v),
    lambda t, x, v, s: t.tensordot(x, s, dims=([1], [0])),
    lambda t, x, v, s: x.split([1, 2], dim=1)[1],
    lambda t, x, v, s: x.chunk(2, 1)[1],
    lambda t, x, v, s: x.clamp(v * 0, v),
    lambda t, x, v, s: x[(x > 0) & ~(x > 2)],
    lambda t, x, v, s: (x > 0).sum(),
    lambda t, x, v, s: x.gather(1, x.argsort(1)),
    lambda t, x, v, s: x.masked_fill(x > 0, 5.0),
    lambda t, x, v, s: x.tril(-1),
    lambda t, x, v, s: t.add(x, v, alpha=2),
    lambda t, x, v, s: t.lerp(x, v, 0.5),
    lambda t, x, v, s: t.ones_like(x),
]  # fmt: skip
X = [[0.5, -1.2, 3.0], [2.0, 0.7, -0.3]]
V = [1.0, 2.0, 2.0]
S = [[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 5.0]]


def outcome(function: Function, module: Any, gradients: Function) -> list[Any]:
    """The value, and what it has of first and second derivatives, as arrays."""
    leaves = [module.tensor(a, requires_grad=True, dtype=module.float64) for a in (X, V, S)]
    result = function(module, *leaves)
    found = [np.asarray(result.detach())]
    for _ in range(2):
        if not result.requires_grad:
            break
        slopes = gradients((result * result).sum(), leaves, create_graph=True, allow_unused=True)
        moving = [one for one in slopes if one is not None]
        found += [np.asarray(one.detach()) for one in moving]
        result = sum((one * one).sum() for one in moving)
    return found


@pytest.mark.parametrize("function", CASES)
def test_the_same_as_pytorch(function: Function) -> None:
    torch = pytest.importorskip("torch")
    expected = outcome(function, torch, torch.autograd.grad)
    found = outcome(function, autograd, autograd.grad)
    assert found[0].dtype == expected[0].dtype
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, strict=True)
