"""The library around the operations: PyTorch's names and habits, numpy, errors, what is refused."""

import copy
import math
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest

from diffcalc import autograd
from diffcalc.autograd import Tensor, grad, no_grad, tensor, zeros
from diffcalc.autograd.names import ALIASES


def leaf(*values: Any) -> Tensor:
    return tensor(list(values), requires_grad=True)


MATRIX = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda a: a.sum(), "SumBackward0"),
        (lambda a: a.sum(0), "SumBackward1"),
        (lambda a: a.mean(), "MeanBackward0"),
        (lambda a: a.mean(dim=1), "MeanBackward1"),
        (lambda a: a.prod(), "ProdBackward0"),
        (lambda a: a.prod(0), "ProdBackward1"),
        (lambda a: a.amax(), "AmaxBackward0"),
        (lambda a: a.amin(1), "AminBackward0"),
        (lambda a: a.norm(), "LinalgVectorNormBackward0"),
        (lambda a: a.logsumexp(0), "LogsumexpBackward0"),
        (lambda a: a.softmax(0), "SoftmaxBackward0"),
        (lambda a: a.log_softmax(0), "LogSoftmaxBackward0"),
        (lambda a: a[0] @ a[1], "DotBackward0"),
        (lambda a: a @ a[1], "MvBackward0"),
        (lambda a: a @ a.T, "MmBackward0"),
        (lambda a: a.unsqueeze(0) @ a.T, "BmmBackward0"),
        (lambda a: a.T, "PermuteBackward0"),
        (lambda a: a.t(), "TBackward0"),
        (lambda a: a.transpose(0, 1), "TransposeBackward0"),
        (lambda a: a.permute(1, 0), "PermuteBackward0"),
        (lambda a: a.reshape(6), "ViewBackward0"),
        (lambda a: a[0], "SelectBackward0"),
        (lambda a: a[:, 0], "SelectBackward0"),
        (lambda a: a[0, :], "SelectBackward0"),
        (lambda a: a[0, 1:], "SliceBackward0"),
        (lambda a: a[..., :1], "SliceBackward0"),
        (lambda a: a[[0, 1]], "IndexBackward0"),
        (lambda a: a[a > 2], "IndexBackward0"),
        (lambda a: a[None], "UnsqueezeBackward0"),
        (lambda a: a.unsqueeze(0), "UnsqueezeBackward0"),
        (lambda a: a.squeeze(), "SqueezeBackward0"),
        (lambda a: a.squeeze(0), "SqueezeBackward1"),
        (lambda a: a.expand(2, 2, 3), "ExpandBackward0"),
        (lambda a: autograd.stack([a, a]), "StackBackward0"),
        (lambda a: autograd.cat([a, a]), "CatBackward0"),
        (lambda a: a.diag(), "DiagonalBackward0"),
        (lambda a: a[0].diag(), "DiagEmbedBackward0"),
        (lambda a: a.var(), "VarBackward0"),
        (lambda a: a.std(), "StdBackward0"),
        (lambda a: a.cumprod(0), "CumprodBackward0"),
        (lambda a: a.max(), "MaxBackward1"),
        (lambda a: a.max(0).values, "MaxBackward0"),
        (lambda a: a.sort().values, "SortBackward0"),
        (lambda a: a.clone(), "CloneBackward0"),
        (lambda a: a.exp2(), "Exp2Backward0"),
        (lambda a: autograd.logaddexp(a, a), "LogaddexpBackward0"),
        (lambda a: a.flip(0), "FlipBackward0"),
        (lambda a: a.roll(1, 0), "RollBackward0"),
        (lambda a: a % 2, "RemainderBackward0"),
        (lambda a: a.clamp(min=a), "ClampBackward0"),
        (lambda a: a.trace(), "TraceBackward0"),
        (lambda a: a.cumsum(0), "CumsumBackward0"),
        (lambda a: a.clamp(min=0), "ClampBackward1"),
        (lambda a: a.pow(2), "PowBackward0"),
        (lambda a: autograd.square(a), "PowBackward0"),
    ],
)
def test_grad_fn_names_are_pytorchs(make: Any, name: str) -> None:
    assert make(leaf(*MATRIX)).grad_fn.name() == name


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda a: a + np.ones(2), ValueError, r"add: the shapes \(2, 3\) and \(2,\) do not fit"),
        (lambda a: a < np.ones(2), ValueError, r"less: the shapes \(2, 3\) and \(2,\)"),
        (lambda a: a @ a, ValueError, r"matmul: the shapes \(2, 3\) and \(2, 3\) do not fit"),
        (lambda a: a @ 2.0, ValueError, r"matmul: the shapes \(2, 3\) and \(\)"),
        (lambda a: np.ones((4, 5)) @ a, ValueError, r"matmul: the shapes \(4, 5\) and \(2, 3\)"),
        (lambda a: np.ones((2, 2, 3)) @ zeros(3, 3, 4), ValueError, r"matmul: .*\(2, 2, 3\) and"),
        (lambda a: a.mv(a), ValueError, "mv: the shapes"),
        (lambda a: a.dot(a), ValueError, "dot: the shapes"),
        (lambda a: a.outer(a[0]), ValueError, "outer: the shapes"),
        (lambda a: a.reshape(4, 2), ValueError, r"reshape: the shape \(2, 3\) .* \(4, 2\)"),
        (lambda a: a.reshape(-1, 4), ValueError, r"reshape: the shape \(2, 3\) .* \(-1, 4\)"),
        (lambda a: a.expand(4, 3), ValueError, r"expand: the shape \(2, 3\) .* \(4, 3\)"),
        (lambda a: a.expand(3), ValueError, r"expand: the shape \(2, 3\) .* \(3,\)"),
        (lambda a: a.permute(0, 0), ValueError, "permute: .* each axis"),
        (lambda a: a.flatten(1, 0), ValueError, "flatten: dim 1 comes after dim 0"),
        (lambda a: a.sum(2), IndexError, r"sum: dim 2 is no axis of the shape \(2, 3\)"),
        (lambda a: a.sum((0, -2)), ValueError, "sum: .* names an axis twice"),
        (lambda a: a.mean(0.5), TypeError, "mean: dim is a whole number, not 0.5"),
        (lambda a: zeros(0).amax(), ValueError, r"amax: the shape \(0,\) has no element"),
        (lambda a: a.unsqueeze(0).diag(), ValueError, r"diag: .* the shape \(1, 2, 3\)"),
        (lambda a: a[0].trace(), ValueError, r"trace: .* the shape \(3,\)"),
        (lambda a: a.unsqueeze(0).t(), ValueError, "t: a matrix"),
        (lambda a: a[5], IndexError, r"index 5 does not fit the shape \(2, 3\)"),
        (lambda a: a[0, 0, 0], IndexError, r"index \(0, 0, 0\) does not fit"),
        (lambda a: a["a"], IndexError, "index 'a' does not fit"),
        (lambda a: a[tensor([0.0])], IndexError, "integer"),
        (lambda a: autograd.stack([a, a[0]]), ValueError, r"stack: .*\(2, 3\) and \(3,\)"),
        (lambda a: autograd.stack([]), ValueError, "stack: .* none"),
        (lambda a: autograd.cat([a, a.T]), ValueError, r"cat: .*\(2, 3\) and \(3, 2\)"),
        (lambda a: autograd.cat([]), ValueError, "cat: .* none"),
        (lambda a: autograd.cat([tensor(1.0)]), ValueError, r"cat: .*\(\)"),
        (lambda a: a.norm("nuc"), ValueError, "norm: p is a number, inf or 'fro', not 'nuc'"),
        (lambda a: a.max(2), IndexError, r"max: dim 2 is no axis of the shape \(2, 3\)"),
        (lambda a: zeros(0).max(0), ValueError, "no element to choose along dim 0"),
        (lambda a: a.split([1, 2]), ValueError, r"split: \[1, 2\] does not add up to 2"),
        (lambda a: a.repeat(2), ValueError, "repeat: a count for each axis"),
        (lambda a: a.gather(0, [0]), ValueError, r"gather: the index has shape \(1,\)"),
        (lambda a: a[0].tril(), ValueError, "tril: a matrix is needed"),
        (lambda a: a.sum().diff(), ValueError, r"diff: of the shape \(\)"),
        (lambda a: a.diff(-1), ValueError, "no differences taken -1 times"),
        (lambda a: a.split(0), ValueError, "split: parts have a size of 1"),
        (lambda a: a.chunk(0), ValueError, "chunk: 1 part or more, not 0"),
        (lambda a: a.tile(-1), ValueError, r"tile: counts are 0 or more, not \(-1,\)"),
        (lambda a: a.topk(4), ValueError, "topk: there are no 4 of 3 elements"),
        (lambda a: a.kthvalue(0), ValueError, "kthvalue: there is no 0th of 3 elements"),
        (lambda a: a[0].diagonal(), IndexError, "diagonal: dim 1 is no axis"),
        (lambda a: a.diagonal(0, 1, 1), ValueError, "diagonal: two axes"),
        (lambda a: a.inner(a[:, :2]), ValueError, r"inner: the shapes \(2, 3\) and \(2, 2\)"),
        (lambda a: a.cross(a.T), ValueError, "cross: the shapes"),
        (lambda a: a.tensordot(a, 1), ValueError, "tensordot: the shapes"),
        (lambda a: autograd.einsum("ij,jk", a, a), ValueError, "einsum: the shapes"),
        (lambda a: autograd.einsum("ij,jk", a), ValueError, "einsum: 2 terms are given 1 op"),
        (lambda a: autograd.einsum("ijk", a), ValueError, r"einsum: 3 labels .* \(2, 3\)"),
        (lambda a: autograd.einsum("i", a), ValueError, r"einsum: 1 labels .* \(2, 3\)"),
        (lambda a: autograd.einsum("ij->k", a), ValueError, "einsum: the result has"),
        (lambda a: autograd.einsum("ij->ii", a), ValueError, "einsum: the result has"),
        (lambda a: autograd.einsum("i.j", a), ValueError, "einsum: 'i.j' is no row of letters"),
        (lambda a: a.frobnicate(), AttributeError, "no attribute 'frobnicate'"),
        (lambda a: list(a.sum()), TypeError, "a single number has no elements"),
        (lambda a: tensor([a, a]), RuntimeError, "stack"),
        (lambda a: a.sum().requires_grad_(), RuntimeError, "detach"),
        (lambda a: tensor([True]).requires_grad_(), RuntimeError, "only floating-point"),
        (lambda a: a.detach().retain_grad(), RuntimeError, "none to retain"),
    ],
)  # fmt: skip
def test_errors_name_the_operation_and_the_shapes(act: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        act(leaf(*MATRIX))


# -- conventions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "gradient"),
    [
        ((2.0, 3.0, 4.0), (12, 8, 6)),
        ((2.0, 0.0, 4.0), (0, 8, 0)),
        ((0.0, 0.0, 4.0), (0, 0, 0)),
        ((0.0,), (1,)),
        ((1e-200, 1e-200), (1e-200, 1e-200)),
        ((1e200, 1e200, 0.5), (5e199, 5e199, math.inf)),
    ],
)
def test_prod_with_zero_factors(factors: tuple[float, ...], gradient: tuple[float, ...]) -> None:
    a = leaf(*factors)
    a.prod().backward()
    assert a.grad.tolist() == list(gradient)


def test_second_derivatives_of_prod_with_zero_factors() -> None:
    a = leaf(0.0, 0.0, 5.0)
    (first,) = grad(a.prod(), a, create_graph=True)
    assert first.tolist() == [0, 0, 0]
    rows = [grad(first[i], a, create_graph=True, allow_unused=True)[0] for i in range(3)]
    assert [row.tolist() for row in rows] == [[0, 5, 0], [5, 0, 0], [0, 0, 0]]
    assert grad(rows[0][1], a)[0].tolist() == [0, 0, 1]


def test_prod_with_a_zero_in_one_row_only() -> None:
    a = leaf([2.0, 3.0], [0.0, 5.0])
    a.prod(dim=1).sum().backward()
    assert a.grad.tolist() == [[3, 2], [5, 0]]


def test_ties_share_the_cotangent() -> None:
    a = leaf(3.0, 1.0, 3.0, 3.0)
    a.amax().backward(gradient=6.0)
    assert a.grad.tolist() == [2, 0, 2, 2]
    b = leaf([1.0, 1.0], [0.0, 2.0])
    b.amin(1).sum().backward()
    assert b.grad.tolist() == [[0.5, 0.5], [1, 0]]


def test_nan_is_the_largest_and_the_smallest() -> None:
    for kind in (float, mpmath.mpf):
        a = tensor(np.array([kind(1), kind("nan"), kind(2)]))
        assert math.isnan(a.amax().item())
        assert math.isnan(a.amin().item())


def test_norm_at_zero_and_at_the_ends_of_the_range() -> None:
    a = leaf(0.0, 0.0)
    a.norm().backward()
    assert a.grad.tolist() == [0, 0]
    assert tensor([3e200, 4e200]).norm().item() == pytest.approx(5e200, rel=1e-15)
    assert tensor([3e-200, 4e-200]).norm().item() == pytest.approx(5e-200, rel=1e-15)
    assert tensor([math.inf, 1.0]).norm().item() == math.inf
    b = leaf([3e200, 4e200], [0.0, 0.0], [3e-310, 4e-310])
    b.norm(dim=1).sum().backward()
    np.testing.assert_allclose(b.grad.data, [[0.6, 0.8], [0, 0], [0.6, 0.8]], rtol=1e-12)


def test_prod_of_many_factors() -> None:
    a = tensor(np.full(100_001, 0.5), requires_grad=True)
    a.prod().backward()
    assert a.grad.tolist() == [0] * 100_001
    b = tensor(np.tile([2.0, 0.5], 500), requires_grad=True)
    b.prod().backward()
    assert b.grad.tolist() == [0.5, 2.0] * 500


def test_exponentials_do_not_overflow() -> None:
    a = leaf(1000.0, 1000.0, -1000.0)
    assert a.logsumexp().item() == 1000 + math.log(2)
    assert a.softmax().tolist() == [0.5, 0.5, 0]
    assert a.log_softmax().tolist() == pytest.approx([-math.log(2)] * 2 + [-2000 - math.log(2)])
    assert tensor([math.inf, 0.0]).logsumexp().item() == math.inf
    assert tensor([-math.inf, -math.inf]).logsumexp().item() == -math.inf
    a.logsumexp().backward()
    assert a.grad.tolist() == [0.5, 0.5, 0]


def test_clamp_passes_the_cotangent_on_its_bounds() -> None:
    a = leaf(-1.0, 0.0, 0.5, 1.0, 2.0)
    a.clamp(0, 1).sum().backward()
    assert a.grad.tolist() == [0, 1, 1, 1, 0]


def test_nothing_flows_into_what_was_not_taken() -> None:
    a, w = leaf(-1.0, 2.0), leaf(3.0, 4.0)
    autograd.where(tensor(True), a.sum(), (autograd.log(a) @ w).sum()).backward()
    assert (a.grad.tolist(), w.grad.tolist()) == ([1, 1], [0, 0])


def test_repeated_indices_accumulate() -> None:
    a = leaf(1.0, 2.0, 3.0)
    a[[0, 2, 0, 0]].sum().backward()
    assert a.grad.tolist() == [3, 0, 1]


# -- habits ----------------------------------------------------------------------------------------


def test_no_grad_as_a_context_and_as_a_decorator() -> None:
    a = leaf(2.0)
    with no_grad():
        assert not (a * a).requires_grad

    @no_grad()
    def squared(x: Tensor) -> Tensor:
        return x * x

    assert not squared(a).requires_grad
    assert not squared(a).requires_grad
    assert (a * a).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (a * a).requires_grad


def test_create_graph_records_within_no_grad() -> None:
    a = tensor(2.0, requires_grad=True)
    y = a**3
    with no_grad():
        (slope,) = grad(y, a, create_graph=True)
    assert grad(slope, a)[0].item() == 12


def test_the_gradient_of_several_outputs_is_that_of_their_sum() -> None:
    a = leaf(2.0, 3.0)
    outputs = [(a**2).sum(), a**3, 5 * a.detach()]
    with no_grad():
        (found,) = grad(outputs, [a], [None, [1.0, 10.0], [1.0, 1.0]], create_graph=True)
    assert found.tolist() == [4 + 12, 6 + 270]
    assert grad(outputs=found.sum(), inputs=a)[0].tolist() == [2 + 12, 2 + 180]
    with pytest.raises(RuntimeError, match="needs a gradient of that shape"):
        grad([a, a.sum()], a)


def test_copies_and_pickles_of_a_leaf() -> None:
    a = leaf(2.0, 3.0)
    for make in (copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))):  # our own
        other = make(a)
        with no_grad():
            other += 1
        assert (a.tolist(), other.tolist(), other.requires_grad) == ([2, 3], [3, 4], True)
    with pytest.raises(RuntimeError, match="only a leaf is copied"):
        copy.deepcopy(a * 2)


def test_a_tensor_forgets_how_it_was_computed() -> None:
    a = leaf(2.0)
    b = a * 3
    c = b * b
    assert b.detach_() is b
    assert (b.is_leaf, b.requires_grad, b.tolist()) == (True, False, [6])
    c.sum().backward()
    assert a.grad.tolist() == [2 * 6 * 3]


def test_kinds_of_numbers_beside_one_another() -> None:
    whole, narrow = tensor([1, 2], dtype=int), tensor([1, 2], dtype=autograd.float32)
    for result, kind in [
        (whole + 1, int), (whole * 2, int), (whole / 2, float), (whole + 0.5, float),
        (whole.sum(), int), ((whole > 1).sum(), int), (narrow * 2, np.float32),
        (0.5 + narrow, np.float32), (narrow.sum(), np.float32), (narrow * whole, float),
        (narrow * leaf(1.0, 1.0), float), (whole.float(), np.float32), (whole > 1, bool),
        ((whole > 1).double(), float), (leaf(1.5, 2.5).long(), int), (whole.max(), int),
        (autograd.zeros_like(whole), int), (autograd.ones_like(narrow), np.float32),
    ]:  # fmt: skip
        assert result.dtype == kind
    narrow.requires_grad_()
    (narrow.double() * 2 * leaf(1.0, 3.0)).exp().sum().backward()
    assert narrow.grad.dtype == np.float32
    assert [type(n) for n in ((whole > 1)[0].item(), whole[0].item(), narrow[0].item())] == [
        bool, int, float,
    ]  # fmt: skip


def test_numbers_in_texts_and_places() -> None:
    a = leaf(0.125, 2.0)
    assert f"{a.sum():.2f} {a.detach()}" == "2.12 tensor([0.125, 2.])"
    places = a.argmax()
    assert (["x", "y"][places], int(a[1]), a.size(), a.size(-1), a.dim()) == ("y", 2, (2,), 2, 1)
    assert autograd.max(a, 0).indices.tolist() == a.max(dim=0)[1].tolist() == 1
    assert (a % 1.5).tolist() == [0.125, 0.5]
    assert (5 % a).tolist() == [0, 1]
    assert (a // 0.1).tolist() == [1, 19]


def test_ties_and_unknown_numbers_in_selections() -> None:
    a = leaf(1.0, 3.0, 3.0, 2.0)
    a.max(0).values.backward(gradient=1.0)
    assert a.grad.tolist() == [0, 1, 0, 0]
    assert a.sort(descending=True).indices.tolist() == [1, 2, 3, 0]
    b = leaf(1.0, math.nan, 3.0)
    assert [b.max(0).indices.item(), b.min(0).indices.item()] == [1, 1]
    assert b.sort().indices.tolist() == [0, 2, 1]
    assert tensor([1.0, 2.0, 2.0, 4.0]).median().item() == 2


def test_spread_of_equal_numbers_has_the_gradient_0() -> None:
    a = leaf([1.0, 1.0], [0.0, 2.0])
    a.std(1).sum().backward()
    np.testing.assert_allclose(a.grad.data, [[0, 0], [-(0.5**0.5), 0.5**0.5]], rtol=1e-15)
    assert math.isnan(tensor(3.0).std().item())


def test_products_up_to_an_element_that_is_0() -> None:
    a = leaf(2.0, 0.0, 3.0, 0.0)
    (first,) = grad((a.cumprod(0) * tensor([1.0, 10.0, 100.0, 1000.0])).sum(), a, create_graph=True)
    assert first.tolist() == [1, 2 * 10 + 6 * 100, 0, 0]
    assert grad(first[3], a)[0].tolist() == [0, 6000, 0, 0]


def test_norms_of_large_and_small_numbers() -> None:
    for p in (1, 3, 0.5, -1):
        for scale in (1e200, 1e-200):
            a = tensor([scale, scale], requires_grad=True)
            a.norm(p).backward()
            assert a.detach().norm(p).item() == pytest.approx(2 ** (1 / p) * scale, rel=1e-14)
            assert a.grad.tolist() == pytest.approx([2 ** (1 / p - 1)] * 2, rel=1e-14)
    assert tensor([]).norm(1).item() == tensor([]).norm(3).item() == 0
    b = leaf(0.0, -3.0)
    b.norm(1).backward()
    assert b.grad.tolist() == [0, -1]


def test_bounds_of_clamp_that_move() -> None:
    a, low, high = leaf(-1.0, 0.5, 3.0), leaf(0.0, 0.5, 0.0), leaf(1.0, 1.0, 2.0)
    assert a.clamp(low, high).tolist() == [0, 0.5, 2]
    a.clamp(low, high).sum().backward()
    assert [t.grad.tolist() for t in (a, low, high)] == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_logarithms_of_sums_at_the_ends_of_the_range() -> None:
    a = leaf(1000.0, -math.inf, -math.inf)
    b = tensor([1000.0, 3.0, -math.inf])
    assert autograd.logaddexp(a, b).tolist() == [1000 + math.log(2), 3, -math.inf]
    assert autograd.logaddexp2(a[:1], 1000).tolist() == pytest.approx([1001], rel=1e-15)


def test_remainders_are_numpys_and_flat_in_steps() -> None:
    a, b = leaf(5.3, -5.3, 1.0), leaf(-2.0, 2.0, 0.1)
    assert (a % b).tolist() == np.remainder(a.data, b.data).tolist()
    assert autograd.fmod(a, b).tolist() == np.fmod(a.data, b.data).tolist()
    # 1/0.1 is 10 in float64, but 1 % 0.1 leaves nearly 0.1: nine times.
    (a % b).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([1, 1, 1], [3, 3, -9])


def test_retain_grad() -> None:
    a = tensor(3.0, requires_grad=True)
    b = a * a
    c = 2 * b
    b.retain_grad()
    c.retain_grad()
    c.backward()
    assert (a.grad.item(), b.grad.item(), c.grad.item()) == (12, 2, 1)
    c.backward()
    assert (a.grad.item(), b.grad.item()) == (24, 4)


def test_resetting_a_gradient() -> None:
    a = leaf(3.0)
    (a * a).sum().backward()
    a.grad.zero_()
    assert a.grad.tolist() == [0]
    (a * a).sum().backward()
    assert a.grad.tolist() == [6]
    a.grad = None
    (2 * a).sum().backward()
    assert a.grad.tolist() == [2]


def test_requires_grad_and_sizes() -> None:
    a = tensor([[1.0, 2.0]]).requires_grad_()
    assert (a.requires_grad, a.is_leaf, a.ndim, a.numel()) == (True, True, 2, 2)
    assert not a.requires_grad_(False).requires_grad
    assert [row.tolist() for row in a] == [[1, 2]]
    assert float(a[0, 1]) == 2


def test_comparisons_have_no_gradient_and_choose() -> None:
    a = leaf(1.0, 2.0, 3.0)
    assert not (a > 1).requires_grad
    assert (a > 1).tolist() == a.gt(1).tolist() == [False, True, True]
    assert a[a > 1].tolist() == [2, 3]
    assert a.where(a > 1, 0.0).tolist() == [0, 2, 3]


# Their names are also those of the largest and smallest of one array, which are the methods.
@pytest.mark.parametrize("alias", sorted({*ALIASES} - {"maximum", "minimum"}))
def test_aliases(alias: str) -> None:
    assert getattr(autograd, alias) is getattr(autograd, ALIASES[alias])


def test_names_of_numpy_that_are_made_of_others() -> None:
    assert autograd.square([1.0, 3.0]).tolist() == [1, 9]
    assert autograd.reciprocal([1.0, 4.0]).tolist() == [1, 0.25]
    assert leaf(1.0, 3.0).exp().tolist() == pytest.approx([math.e, math.e**3])


# -- a gradient that was not recorded --------------------------------------------------------------

SEVERED = "a gradient taken without create_graph=True is used here"


def test_a_gradient_penalty_without_create_graph_is_refused() -> None:
    x = leaf(1.0, 2.0)
    loss = (x**3).sum()
    (slope,) = grad(loss, x)
    penalised = loss + (slope**2).sum()
    with pytest.raises(RuntimeError, match=SEVERED):
        penalised.backward()
    assert x.grad is None
    (slope,) = grad(loss, x, create_graph=True)
    found = grad(loss + (slope**2).sum(), x)[0]
    assert found.tolist() == [3 + 36 * 1, 3 * 4 + 36 * 8]


def test_a_gradient_inside_a_differentiated_function_is_refused() -> None:
    # Perturbation confusion: d/dx [x * d/dy (x*y)] is 2*x, not x.
    def inner(x: Tensor, **options: bool) -> Any:
        y = tensor(1.0, requires_grad=True)
        return grad(x * y, y, **options)[0]

    x = tensor(3.0, requires_grad=True)
    with pytest.raises(RuntimeError, match=SEVERED):
        (x * inner(x)).backward()
    assert grad(x * inner(x, create_graph=True), x)[0].item() == 6
    assert grad(x * inner(x).detach(), x)[0].item() == 3


def test_the_mark_survives_grad_accumulation_and_interior_tensors() -> None:
    x = leaf(1.0)
    (x**3).sum().backward()
    (x**3).sum().backward()
    with pytest.raises(RuntimeError, match=SEVERED):
        (x * x.grad).sum().backward()
    y = 2 * x
    (slope,) = grad((y**3).sum(), y)
    with pytest.raises(RuntimeError, match=SEVERED):
        grad((y * slope).sum(), y)
    other = leaf(1.0)
    (again,) = grad((other * slope).sum(), other)
    with pytest.raises(RuntimeError, match=SEVERED):
        grad((x * again).sum(), x)


def test_such_a_gradient_cannot_be_differentiated_itself() -> None:
    x = leaf(1.0)
    (slope,) = grad((x**2).sum(), x)
    with pytest.raises(RuntimeError, match="cannot be differentiated again"):
        slope.sum().backward()


def test_no_false_alarm_where_a_gradient_is_plain_numbers() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(3):
        (x**2).sum().backward()
        with no_grad():
            x = (x - 0.1 * x.grad).requires_grad_()
    assert x.tolist() == pytest.approx([0.8**3, 2 * 0.8**3])
    (slope,) = grad((x**2).sum(), x)
    other = leaf(5.0, 5.0)
    assert grad((other * slope).sum(), other)[0].tolist() == slope.tolist()
    moved = x - 0.1 * slope
    assert grad((moved**2).sum(), moved)[0].tolist() == pytest.approx(
        [2 * v for v in moved.tolist()]
    )
    with pytest.raises(RuntimeError, match=SEVERED):
        (moved**2).sum().backward()


# -- numpy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda a: np.sin(a), "SinBackward0"),
        (lambda a: np.add(a, 1), "AddBackward0"),
        (lambda a: np.ones((2, 3)) * a, "MulBackward0"),
        (lambda a: np.ones((2, 3)) - a, "RsubBackward1"),
        (lambda a: np.float64(2) - a, "RsubBackward1"),
        (lambda a: np.subtract(a, 1.0), "SubBackward0"),
        (lambda a: np.ones((4, 2)) @ a, "MmBackward0"),
        (lambda a: np.matmul(a, np.ones(3)), "MvBackward0"),
        (lambda a: np.maximum(a, 0), "MaximumBackward0"),
        (lambda a: np.sum(a), "SumBackward0"),
        (lambda a: np.sum(a, axis=0, keepdims=True), "SumBackward1"),
        (lambda a: np.max(a, 1), "AmaxBackward0"),
        (lambda a: np.linalg.norm(a), "LinalgVectorNormBackward0"),
        (lambda a: np.concatenate([a, np.ones((1, 3))]), "CatBackward0"),
        (lambda a: np.stack([a, a], axis=1), "StackBackward0"),
        (lambda a: np.where(a > 2, a, 0), "WhereBackward0"),
        (lambda a: np.reshape(a, (3, 2)), "ViewBackward0"),
        (lambda a: np.transpose(a), "PermuteBackward0"),
        (lambda a: np.transpose(a, (0, 1)), "PermuteBackward0"),
        (lambda a: np.var(a), "VarBackward0"),
        (lambda a: np.std(a, axis=1, ddof=1), "StdBackward0"),
        (lambda a: np.dot(a, a.T), "MmBackward0"),
    ],
)
def test_numpys_functions_are_recorded_and_right(call: Any, name: str) -> None:
    a = leaf(*MATRIX)
    result = call(a)
    assert result.grad_fn.name() == name
    if name != "MmBackward0":
        np.testing.assert_allclose(result.data, call(a.data), rtol=1e-15)


def test_arrays_on_the_left_of_a_comparison() -> None:
    a, array = leaf(1.0, 2.0), np.array([2.0, 2.0])
    found = [array < a, array <= a, array > a, array >= a, array == a, array != a]
    assert all(isinstance(truth, Tensor) for truth in found)
    assert [truth.tolist() for truth in found] == [
        [False, False], [False, True], [True, False], [True, True], [False, True], [True, False],
    ]  # fmt: skip


def test_what_has_no_gradient_runs_on_plain_numbers_only() -> None:
    a = leaf(1.0, math.nan)
    assert np.isnan(a.detach()).tolist() == [False, True]
    assert np.asarray(a.detach()).tolist()[0] == 1
    assert np.isnan(a).tolist() == [False, True]
    assert np.allclose(a, a) is False
    assert np.shape(a) == (2,)
    for act in (np.fft.fft, np.nanmean, np.add.reduce, np.cov):
        with pytest.raises(RuntimeError, match="has no gradient here"):
            act(a)
    with pytest.raises(RuntimeError, match="call detach"):
        np.asarray(a)
    with pytest.raises(TypeError, match=r"np\.norm of a tensor"):
        np.linalg.norm(leaf(*MATRIX), 1)
    with pytest.raises(TypeError, match=r"np\.sum of a tensor"):
        np.sum(a, where=[True, False])


def test_an_array_takes_a_step_but_no_gradient() -> None:
    a = leaf(1.0, 2.0)
    (a**2).sum().backward()
    array = a.data
    a.data -= 0.25 * a.grad
    assert a.data is array
    assert a.tolist() == [0.5, 1]
    with pytest.raises(RuntimeError, match="cannot be written into an array"):
        array += a
