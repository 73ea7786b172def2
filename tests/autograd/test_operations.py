"""Every operation on arrays: its value, its first and its second derivative, by differences.

The differences are worked out in 50 digits, on object arrays of mpmath numbers, where a step of
1e-15 leaves 30 digits right: no tolerance can hide a wrong factor.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import (
    array_shapes,
    basic_indices,
    integer_array_indices,
    mutually_broadcastable_shapes,
)

from diffcalc import autograd
from diffcalc.autograd import Tensor, grad, gradcheck, tensor
from diffcalc.autograd.names import OPERATIONS
from tests.conftest import examples

Function = Callable[..., Any]
DIGITS = 50


def exactly(array: Any) -> Any:
    """The same numbers, each as an mpmath number."""
    return np.array(np.frompyfunc(mpmath.mpf, 1, 1)(np.asarray(array, float)), dtype=object)


def some(shape: tuple[int, ...], seed: int = 0) -> Any:
    """Distinct numbers of both signs, in no order, none of them near 0."""
    size = int(np.prod(shape))
    values = (np.arange(size) + 0.7) * 0.31 * (-1.0) ** np.arange(size)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def leaves_of(arrays: Sequence[Any]) -> list[Tensor]:
    return [tensor(a, requires_grad=True) for a in arrays]


def weighted(function: Function, inputs: Sequence[Tensor]) -> Tensor:
    """One number made of all elements of the result, each with a weight of its own."""
    result = function(*inputs)
    return (result * some(result.shape, seed=1)).sum()


def slope(function: Function, inputs: Sequence[Tensor], **options: Any) -> Tensor:
    """One number made of all first derivatives, each with a weight of its own."""
    found = grad(weighted(function, inputs), inputs, **options)
    terms = [(g * some(g.shape, seed=i)).sum() for i, g in enumerate(found)]
    return sum(terms[1:], terms[0])


def right(function: Function, inputs: Sequence[Tensor]) -> bool:
    """gradcheck of all outputs at once, which is faster than one after the other."""
    return gradcheck(lambda *leaves: weighted(function, leaves), inputs)


def by_differences(
    number: Callable[[Sequence[Tensor]], Tensor], arrays: Sequence[Any]
) -> list[Any]:
    """The derivatives of a number in every element of these arrays of mpmath numbers."""
    h = mpmath.mpf(10) ** -15
    found = []
    for position, array in enumerate(arrays):
        slopes = np.full(array.shape, mpmath.mpf(0), dtype=object)
        for index in np.ndindex(array.shape):
            ends = []
            for step in (h, -h):
                moved = [a.copy() for a in arrays]
                moved[position][index] += step
                ends.append(number(leaves_of(moved)).data.item())
            slopes[index] = (ends[0] - ends[1]) / (2 * h)
        found.append(slopes)
    return found


def near(found: Any, true: Any, within: float) -> None:
    assert found.shape == true.shape
    for one, other in zip(found.data.ravel(), true.ravel(), strict=True):
        assert abs(one - other) <= within * (1 + abs(other))


def check(function: Function, *arrays: Any, second: bool = True) -> None:
    """Both derivatives of a function, in float64 and in mpmath's digits."""
    with mpmath.mp.workdps(DIGITS):
        precise = [exactly(a) for a in arrays]
        first = by_differences(lambda inputs: weighted(function, inputs), precise)
        for within, kind in ((1e-25, precise), (1e-12, arrays)):
            inputs = leaves_of(kind)
            for found, true in zip(grad(weighted(function, inputs), inputs), first, strict=True):
                near(found, true, within)
        if second:
            check_second(function, arrays, precise)


def check_second(function: Function, arrays: Sequence[Any], precise: Sequence[Any]) -> None:
    true = by_differences(lambda inputs: slope(function, inputs), precise)
    for within, kind in ((1e-25, precise), (1e-11, arrays)):
        inputs = leaves_of(kind)
        number = slope(function, inputs, create_graph=True)
        if not number.requires_grad:
            assert all(t == 0 for slopes in true for t in slopes.ravel())
            continue
        for found, expected in zip(grad(number, inputs, allow_unused=True), true, strict=True):
            near(tensor(np.zeros(expected.shape)) if found is None else found, expected, within)


KEYS = [
    0, -1, slice(0, 1), slice(None, None, -1), None, ..., (0, 1), (slice(None), 0), (..., 1, None),
    [0, 1, 0, 0], (slice(None), [2, 2, 0]), ([0, 1, 1], [2, 0, 0]), np.array([True, False]),
    np.array([[True, False, True], [False, False, True]]), np.array([[0, 1], [1, 1]]), (),
]  # fmt: skip

ONE = {
    "reshape": [lambda a: a.reshape(3, 2), lambda a: a.reshape((-1,)), lambda a: a.view(1, -1, 2)],
    "flatten": [lambda a: a.flatten(), lambda a: autograd.flatten(a, 0, 1)],
    "squeeze": [lambda a: a.unsqueeze(1).squeeze(), lambda a: a.unsqueeze(0).squeeze(0)],
    "unsqueeze": [lambda a: a.unsqueeze(1), lambda a: a.unsqueeze(-1)],
    "expand": [lambda a: a.expand(4, 2, 3), lambda a: a[:, :1].expand(-1, 5)],
    "permute": [lambda a: a.unsqueeze(0).permute(2, 0, 1), lambda a: a.permute((-1, 0))],
    "transpose": [lambda a: a.T, lambda a: a.t(), lambda a: a.unsqueeze(0).transpose(0, -1)],
    "sum": [lambda a: a.sum(), lambda a: a.sum(0), lambda a: a.sum((0, 1), keepdim=True)],
    "cumsum": [lambda a: a.cumsum(0), lambda a: a.cumsum(dim=-1), np.cumsum],
    "diag": [lambda a: a.diag(), lambda a: a[0].diag(), lambda a: autograd.diag(a[:, 1])],
    "trace": [lambda a: a.trace(), lambda a: (a @ a.T).trace()],
    "stack": [lambda a: autograd.stack([a, a * a]), lambda a: autograd.stack([a, a], dim=-1)],
    "cat": [lambda a: autograd.cat([a, a * a]), lambda a: autograd.cat([a[:, 1:], a], dim=1)],
    "mean": [lambda a: a.mean(), lambda a: a.mean(1), lambda a: a.mean(-2, keepdim=True)],
    "var": [lambda a: a.var(), lambda a: a.var(1), lambda a: a.var(1, correction=0)],
    "prod": [lambda a: a.prod(), lambda a: a.prod(1), lambda a: a.prod(0, keepdim=True)],
    "amax": [lambda a: a.amax(), lambda a: a.amax(1), lambda a: a.amax(0, keepdim=True)],
    "amin": [lambda a: a.amin(), lambda a: a.amin((0, 1)), lambda a: a.amin(0)],
    "norm": [
        lambda a: a.norm(), lambda a: a.norm(dim=1), lambda a: a.norm(dim=0, keepdim=True),
        lambda a: a.norm(1), lambda a: a.norm(3.5, 0), lambda a: a.norm(-2, 1, True),
        lambda a: autograd.norm(a, p=math.inf), lambda a: a.norm(-math.inf, dim=1),
    ],
    "logsumexp": [lambda a: a.logsumexp(), lambda a: a.logsumexp(1), lambda a: a.logsumexp(0, True)],
    "softmax": [lambda a: a.softmax(), lambda a: a.softmax(0), lambda a: a.softmax(dim=-1)],
    "log_softmax": [lambda a: a.log_softmax(), lambda a: a.log_softmax(1)],
    "clamp": [lambda a: a.clamp(-0.5, 0.6), lambda a: a.clamp(min=0), lambda a: a.clip(max=0.2)],
    "clone": [lambda a: a.clone() * a],
    "cast": [lambda a: a.to(a.dtype)],
    "std": [lambda a: a.std(), lambda a: a.std(1, keepdim=True), lambda a: a.std(0, False)],
    "cumprod": [lambda a: a.cumprod(0), lambda a: a.cumprod(dim=-1), np.cumprod],
    "det": [
        lambda a: (a @ a.T).det(), lambda a: (a.T @ a).det(), lambda a: (a[:1, :1] * 2).det(),
        lambda a: autograd.det(a.reshape(3, 1, 2) + a.T.reshape(3, 2, 1) ** 2),
    ],
    "inv": [lambda a: (a @ a.T).inv(), lambda a: a.T.unsqueeze(0)[:, :2].inv()],
    "diagonal": [lambda a: a.diagonal(1), lambda a: a.expand(2, 2, 3).diagonal(-1, 2, 1)],
    "diag_embed": [lambda a: a.diag_embed(), lambda a: a.diag_embed(-1, 0, 2)],
    "flip": [lambda a: a.flip(0), lambda a: a.flip((0, 1)), np.flip],
    "fliplr": [lambda a: a.fliplr()],
    "flipud": [lambda a: a.flipud()],
    "rot90": [lambda a: a.rot90(), lambda a: a.rot90(-1, (1, 0))],
    "roll": [lambda a: a.roll(2), lambda a: a.roll(-1, 1), lambda a: a.roll((1, 2), (0, 1))],
    "moveaxis": [lambda a: a.unsqueeze(0).moveaxis(0, 2), lambda a: a.movedim((0, 1), (1, 0))],
    "tile": [lambda a: a.tile(2), lambda a: a.tile((2, 1, 2))],
    "repeat": [lambda a: a.repeat(1, 2), lambda a: a.repeat((2, 1, 1))],
    "repeat_interleave": [
        lambda a: a.repeat_interleave(2), lambda a: a.repeat_interleave([0, 2, 1], dim=1),
    ],
    "split": [lambda a: a.split(2, 1)[0], lambda a: a.split([1, 2], dim=1)[1]],
    "chunk": [lambda a: a.chunk(2, 1)[1]],
    "tensor_split": [lambda a: a.tensor_split(2, 1)[0], lambda a: a.tensor_split([1], 1)[1]],
    "unbind": [lambda a: a.unbind()[1], lambda a: a.unbind(1)[2]],
    "gather": [lambda a: a.gather(1, [[2, 0], [1, 1]]), lambda a: a.gather(0, [[1, 1]])],
    "take_along_dim": [
        lambda a: a.take_along_dim(a.argsort(0), 0), lambda a: a.take_along_dim([0, 4, 0]),
    ],
    "element": [lambda a: autograd.element(a, 1)],
    "part": [lambda a: autograd.part(a, 1), lambda a: autograd.part(a.T, -2, 2)],
    "pad": [lambda a: autograd.pad(a, 1, 2), lambda a: autograd.pad(a[0], 0, 1)],
    "index_select": [lambda a: a.index_select(1, [0, 0, 2])],
    "narrow": [lambda a: a.narrow(1, 1, 2)],
    "select": [lambda a: a.select(1, 2)],
    "lerp": [lambda a: a.lerp(a * a, 0.25), lambda a: autograd.lerp(a[0], a[1], a[0])],
    "masked_fill": [lambda a: a.masked_fill(a > 0, 2.0)],
    "masked_select": [lambda a: a.masked_select(a > 0)],
    "tril": [lambda a: a.tril(), lambda a: a.expand(2, 2, 3).tril(1)],
    "triu": [lambda a: a.triu(), lambda a: a.triu(-1)],
    "diff": [lambda a: a.diff(), lambda a: a.diff(2), lambda a: a.diff(dim=0, prepend=a * a)],
    "atleast_1d": [lambda a: a.sum().atleast_1d(), lambda a: a.atleast_1d()],
    "atleast_2d": [lambda a: a[0].atleast_2d()],
    "atleast_3d": [lambda a: a.atleast_3d(), lambda a: a[0].atleast_3d()],
    "vstack": [lambda a: autograd.vstack([a, a[0]]), autograd.vstack],
    "hstack": [lambda a: autograd.hstack([a, a * a]), autograd.hstack],
    "dstack": [lambda a: autograd.dstack([a, a])],
    "column_stack": [lambda a: autograd.column_stack([a, a[:, 0]])],
    "max": [
        lambda a: a.max(), lambda a: a.max(1).values, lambda a: a.max(0, True)[0],
        lambda a: a.max(a * a), lambda a: autograd.maximum(a, 0.1),
    ],
    "min": [lambda a: a.min(), lambda a: a.min(dim=1).values, lambda a: a.min(other=a * a)],
    "sort": [lambda a: a.sort().values, lambda a: a.sort(0, descending=True)[0], np.sort],
    "topk": [lambda a: a.topk(2).values, lambda a: a.topk(1, 0, largest=False).values],
    "kthvalue": [lambda a: a.kthvalue(2).values],
    "median": [lambda a: a.median(), lambda a: a.median(1, keepdim=True).values],
    "exp2": [lambda a: a.exp2()],
    "rsqrt": [lambda a: (a * a).rsqrt()],
    "deg2rad": [lambda a: a.deg2rad()],
    "rad2deg": [lambda a: a.rad2deg()],
    "trunc": [lambda a: a.trunc() * a],
    "frac": [lambda a: a.frac() ** 2],
    "sinc": [lambda a: a.sinc()],
    "nan_to_num": [lambda a: a.nan_to_num() * a],
    "linspace": [lambda a: autograd.linspace(a[0], a[1, 0], 4)],
    "einsum": [
        lambda a: autograd.einsum("ij->ji", a), lambda a: autograd.einsum("ij,ij,j", a, a, a[0]),
        lambda a: autograd.einsum("...j,k", a, a[:, 0]), lambda a: autograd.einsum("ij,kj", [a, a]),
        lambda a: autograd.einsum("ii,i->", a[:, 1:], a[:, 0]),
        lambda a: autograd.einsum(a, [0, 1], a, [1, 2][::-1], [0, 2]),
    ],
}  # fmt: skip
PRODUCTS = {
    "matmul": [((2, 3), (3, 4)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((2, 2, 3), (3, 2)),
               ((2, 1, 2, 3), (3, 3, 2)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,))],
    "mv": [((2, 3), (3,))], "mm": [((2, 3), (3, 1))], "bmm": [((2, 1, 3), (2, 3, 2))],
    "dot": [((3,), (3,))], "outer": [((2,), (3,))],
}  # fmt: skip
PAIRS: dict[str, list[tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "inner": [((2, 3), (3,)), ((2, 3), (4, 3)), ((), (2,))],
    "tensordot": [((2, 2, 3), (2, 3, 1))],
    "kron": [((2, 1), (1, 3)), ((2,), (2, 2))],
    "cross": [((2, 3), (2, 3))],
    "logaddexp": [((2, 3), (3,)), ((), (2,))],
    "logaddexp2": [((2, 3), (3,))],
    "fmax": [((2, 3), (3,))],
    "fmin": [((3,), (2, 3))],
    "remainder": [((2, 3), (3,))],
    "fmod": [((3,), (2, 3))],
}


def test_every_operation_is_tested() -> None:
    assert {*ONE, *PRODUCTS, *PAIRS} == set(OPERATIONS)


@pytest.mark.parametrize(
    "function",
    [pytest.param(f, id=f"{name} {i}") for name, fs in ONE.items() for i, f in enumerate(fs)],
)
def test_derivatives(function: Function) -> None:
    check(function, some((2, 3)))


@pytest.mark.parametrize(("name", "shapes"), [(n, s) for n, all_ in PRODUCTS.items() for s in all_])
def test_derivatives_of_products(name: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    a, b = some(shapes[0]), some(shapes[1], seed=2)
    product = getattr(autograd, name)
    np.testing.assert_allclose(
        product(a, b).data, np.outer(a, b) if name == "outer" else np.matmul(a, b), rtol=1e-15
    )
    check(product, a, b)


@pytest.mark.parametrize(("name", "shapes"), [(n, s) for n, all_ in PAIRS.items() for s in all_])
def test_derivatives_of_functions_of_two(name: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    # Scaled, so that no two are equal, or multiples of one another.
    a, b = some(shapes[0]), 1.13 * some(shapes[1], seed=2)
    function = getattr(autograd, name)
    np.testing.assert_allclose(function(a, b).data, getattr(np, name)(a, b), rtol=1e-14)
    check(function, a, b)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_derivatives_of_indexing(key: Any) -> None:
    a = some((2, 3))
    assert tensor(a)[key].tolist() == a[key].tolist()
    check(lambda x: x[key] * x[key], a)


# -- any shape -------------------------------------------------------------------------------------

shapes = array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min,
    "norm": lambda a, **options: np.sqrt(np.sum(a * a, **options)),
    "logsumexp": lambda a, **options: np.log(np.sum(np.exp(a), **options)),
}  # fmt: skip


@given(st.sampled_from(sorted(REDUCTIONS)), shapes, st.booleans(), st.data())
def test_reductions_along_any_axes(
    name: str, shape: tuple[int, ...], keepdim: bool, data: st.DataObject
) -> None:
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1)) if shape else st.just(set()))
    dim = tuple(axes) or None
    a = some(shape)
    found = getattr(tensor(a), name)(dim=dim, keepdim=keepdim)
    np.testing.assert_allclose(
        found.data, REDUCTIONS[name](a, axis=dim, keepdims=keepdim), rtol=1e-13, strict=True
    )
    assert right(lambda x: getattr(x, name)(dim=dim, keepdim=keepdim), leaves_of([a]))


@examples(0.5)
@given(st.sampled_from(["softmax", "log_softmax"]), shapes, st.data())
def test_softmax_along_any_axis(name: str, shape: tuple[int, ...], data: st.DataObject) -> None:
    dim = data.draw(st.integers(-len(shape), len(shape) - 1)) if shape else None
    found = getattr(tensor(some(shape)), name)(dim)
    sums = (found.exp() if name == "log_softmax" else found).sum(dim)
    np.testing.assert_allclose(sums.data, np.ones(sums.shape), rtol=1e-14)
    assert right(lambda x: getattr(x, name)(dim), leaves_of([some(shape)]))


def adjoint(function: Function, *arrays: Any) -> None:
    """A function that is linear in each operand: <w, f(v)> is <vjp(w), v>, for any v."""
    leaves = leaves_of(arrays)
    pulled = grad(weighted(function, leaves), leaves)
    for position, array in enumerate(arrays):
        moved = [tensor(a) for a in arrays]
        moved[position] = tensor(some(array.shape, seed=7))
        inner = np.sum(pulled[position].data * moved[position].data)
        assert inner == pytest.approx(weighted(function, moved).item(), rel=1e-12, abs=1e-12)


@given(mutually_broadcastable_shapes(signature="(m?,n),(n,p?)->(m?,p?)", max_dims=2, max_side=3))
def test_matmul_of_any_ranks(found: Any) -> None:
    a, b = (some(shape, seed) for seed, shape in enumerate(found.input_shapes))
    np.testing.assert_allclose(
        (tensor(a) @ b).data, np.matmul(a, b), rtol=1e-13, atol=1e-13, strict=True
    )
    adjoint(autograd.matmul, a, b)
    v = some(a.shape, seed=5)

    def along(b: Tensor) -> Any:
        x = tensor(a, requires_grad=True)
        (slope,) = grad((x @ b).sum(), x, create_graph=True)
        return (slope * v).sum()

    adjoint(along, b)


@given(shapes.filter(bool), st.data())
def test_any_index(shape: tuple[int, ...], data: st.DataObject) -> None:
    key = data.draw(basic_indices(shape, allow_newaxis=True) | integer_array_indices(shape))
    a = some(shape)
    np.testing.assert_array_equal(tensor(a)[key].data, a[key])
    leaf = tensor(a, requires_grad=True)
    weights = some(np.shape(a[key]), seed=3)
    (leaf[key] * weights).sum().backward()
    expected = np.zeros(shape)
    np.add.at(expected, key, weights)
    np.testing.assert_array_equal(leaf.grad.data, expected)


@given(shapes, st.data())
def test_any_order_of_the_axes(shape: tuple[int, ...], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(shape))))
    a = some(shape)
    assert tensor(a).permute(order).tolist() == np.transpose(a, order).tolist()
    adjoint(lambda x: x.permute(order), a)


@given(shapes, st.integers(1, 3), st.data())
def test_stack_and_cat_along_any_axis(
    shape: tuple[int, ...], count: int, data: st.DataObject
) -> None:
    dim = data.draw(st.integers(-len(shape) - 1, len(shape)))
    parts = [some(shape, seed) for seed in range(count)]
    np.testing.assert_array_equal(autograd.stack(parts, dim).data, np.stack(parts, dim))
    leaves = leaves_of(parts)
    weights = some(np.stack(parts, dim).shape)
    pulled = grad((autograd.stack(leaves, dim) * weights).sum(), leaves)
    for place, found in enumerate(pulled):
        np.testing.assert_array_equal(found.data, np.take(weights, place, dim))
    if -len(shape) <= dim < len(shape):
        joined = np.concatenate(parts, dim)
        np.testing.assert_array_equal(autograd.cat(parts, dim).data, joined)
        weights = some(joined.shape)
        pulled = grad((autograd.cat(leaves, dim) * weights).sum(), leaves)
        for found, expected in zip(pulled, np.split(weights, count, dim), strict=True):
            np.testing.assert_array_equal(found.data, expected)
