"""Operations in place: what PyTorch's users write, and what is refused as it refuses it."""

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffcalc.autograd import Tensor, grad, no_grad, ones, tensor, zeros

LEAF = "a leaf Variable that requires grad is being used in an in-place operation"
MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace"


def leaf(*values: Any) -> Tensor:
    return tensor(list(values), requires_grad=True)


def test_the_loop_that_everyone_writes() -> None:
    x, y = tensor([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), tensor([1.0, 3.0, 5.0])
    w = zeros(2, requires_grad=True)
    same = w
    for _ in range(200):
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        with no_grad():
            w -= 0.3 * w.grad
        w.grad.zero_()
    assert w is same
    assert (w.is_leaf, w.requires_grad, w.grad.tolist()) == (True, True, [0, 0])
    assert w.tolist() == pytest.approx([2, 1], abs=1e-6)


def test_a_loop_over_parameters_changes_each_of_them() -> None:
    parameters = [leaf(1.0, 2.0), leaf(3.0, 4.0)]
    (parameters[0] * parameters[1]).sum().backward()
    with no_grad():
        for p in parameters:
            p -= p.grad  # noqa: PLW2901  # in place
            p.grad = None
    assert [p.tolist() for p in parameters] == [[-2, -2], [2, 2]]


OPERATIONS: list[tuple[Callable[[Any, Any], Any], list[float]]] = [
    (lambda a, b: a.__iadd__(b), [4, 10]),
    (lambda a, b: a.__isub__(b), [0, 6]),
    (lambda a, b: a.__imul__(b), [4, 16]),
    (lambda a, b: a.__itruediv__(b), [1, 4]),
    (lambda a, b: a.__ipow__(b), [4, 64]),
    (lambda a, b: a.zero_(), [0, 0]),
    (lambda a, b: a.fill_(3), [3, 3]),
    (lambda a, b: a.copy_(b), [2, 2]),
    (lambda a, b: a.__setitem__(0, b[0]), [2, 8]),
    (lambda a, b: a.__setitem__(a > 5, 1), [2, 1]),
    (lambda a, b: a.__setitem__([0, 1], b), [2, 2]),
]


@pytest.mark.parametrize(("act", "values"), OPERATIONS)
def test_each_operation_on_plain_numbers_on_a_leaf_and_on_a_tape(
    act: Callable[[Any, Any], Any], values: list[float]
) -> None:
    b = tensor([2.0, 2.0])
    plain = tensor([2.0, 8.0])
    act(plain, b)
    assert plain.tolist() == values
    a = leaf(2.0, 8.0)
    with pytest.raises(RuntimeError, match=LEAF):
        act(a, b)
    assert a.tolist() == [2, 8]
    with no_grad():
        act(a, b)
    assert (a.tolist(), a.is_leaf, a.requires_grad) == (values, True, True)
    interior = 1 * leaf(2.0, 8.0)
    act(interior, b)
    assert interior.tolist() == values


def test_a_gradient_flows_through_operations_in_place() -> None:
    x = leaf(1.0, 2.0)
    y = x * x
    z = y * y
    y += x
    y *= 3
    y[0] = 5 * x[1]
    (z + y).sum().backward()
    # x^4 and, of the second element, 3x² + 3x; the first gives way to 5x of the second.
    assert x.grad.tolist() == [4, 4 * 8 + 3 * 4 + 3 + 5]


def test_a_sum_that_is_added_up_in_place() -> None:
    w = leaf(2.0, 3.0)
    total = zeros(())
    same = total
    for power in (1, 2, 3):
        total += (w**power).sum()
    total.backward()
    assert same is total
    assert w.grad.tolist() == [1 + 4 + 12, 1 + 6 + 27]


def test_what_was_computed_before_is_walked_back_as_it_was() -> None:
    w, c = leaf(2.0), tensor([3.0])
    y = c * w
    c += w
    (y * c).sum().backward()
    assert w.grad.tolist() == [2 * 3 * 2 + 9]


def test_assignment_passes_the_cotangent_where_the_values_came_from() -> None:
    a, b = leaf(1.0, 2.0, 3.0), leaf(4.0, 5.0)
    y = a * a
    y[[2, 0]] = b * b
    (grads,) = grad((y * tensor([1.0, 10.0, 100.0])).sum(), b, create_graph=True)
    assert grads.tolist() == [2 * 4 * 100, 2 * 5]
    assert grad(grads.sum(), b)[0].tolist() == [200, 2]
    assert grad(y.sum(), a)[0].tolist() == [0, 4, 0]


def test_a_part_of_another_is_not_assigned_to_in_vain() -> None:
    x = ones(2, 2)
    x[0][1] = 5.0
    assert x.tolist() == [[1, 5], [1, 1]]
    with pytest.raises(RuntimeError, match="looks at the numbers of another"):
        x[0][1] = leaf(5.0)[0]
    x[0, 1] = leaf(6.0)[0]
    assert x.requires_grad
    assert x.tolist() == [[1, 6], [1, 1]]


def test_a_part_is_changed_in_its_place() -> None:
    x = ones(2, 2)
    x[0] += 1
    x[x > 1] *= 5
    assert x.tolist() == [[10, 10], [1, 1]]
    w = leaf([1.0, 2.0], [3.0, 4.0])
    y = w * w
    y[0] += 1
    y[:, 1] *= w[:, 0]
    y.sum().backward()
    # 1 + a² + (1 + b²)a + c² + d²c
    assert y.tolist() == [[2, 5], [9, 48]]
    assert w.grad.tolist() == [[2 + 5, 4], [6 + 16, 24]]
    with no_grad():
        w[1] -= 3
    assert (w.tolist(), w.is_leaf) == ([[1, 2], [0, 1]], True)


def test_any_operation_ends_in_an_underscore() -> None:
    a = tensor([1.0, -4.0])
    same = a
    a.abs_().sqrt_().mul_(2).add_(tensor([1.0, 1.0]), alpha=10).clamp_(max=13)
    assert (same is a, a.tolist()) == (True, [12, 13])
    with pytest.raises(AttributeError, match="no attribute 'frobnicate_'"):
        a.frobnicate_()


def test_numbers_overwritten_after_they_were_needed_are_noticed() -> None:
    for act in (
        lambda w: w.__imul__(2),
        lambda w: w.zero_(),
        lambda w: w.detach().__iadd__(1),
        lambda w: w[0:1].__iadd__(1),
        lambda w: setattr(w, "data", w.data - 1),
    ):
        w = leaf(1.0, 2.0)
        needed, unneeded = (w * w).sum(), (3 * w + 1)[0]
        with no_grad():
            act(w)
        unneeded.backward()
        assert w.grad.tolist() == [3, 0]
        with pytest.raises(RuntimeError, match=MODIFIED):
            needed.backward()
        with pytest.raises(RuntimeError, match=MODIFIED):
            grad(needed, w, create_graph=True)


def test_a_result_overwritten_is_noticed_too() -> None:
    x = leaf(1.0)
    y = x.exp()
    with no_grad():
        y += 1
    with pytest.raises(RuntimeError, match=MODIFIED):
        y.sum().backward()


def test_shapes_and_kinds_stay() -> None:
    a = tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"the result has shape \(2, 2\), the tensor \(2,\)"):
        a += ones(2, 2)
    whole = tensor([1, 2], dtype=int)
    with pytest.raises(TypeError, match="same_kind"):
        whole += 0.5


def test_the_numbers_are_exchanged_for_those_of_a_tensor() -> None:
    w = leaf(1.0, 2.0)
    (w * w).sum().backward()
    w.data = w - 0.5 * w.grad
    assert isinstance(w.data, np.ndarray)
    assert (w.tolist(), w.is_leaf, w.requires_grad) == ([0, 0], True, True)
    w.data = [3, 4]
    (w * w).sum().backward()
    assert w.grad.tolist() == [2 + 6, 4 + 8]


def test_a_tape_in_place_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        gc.collect()
        y = leaf(1.0) * 2
        for _ in range(3):
            y += 1
        del y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_masks() -> None:
    a = leaf(-1.0, 0.5, 2.0)
    within = (a > 0) & (a < 1)
    assert within.tolist() == [False, True, False]
    assert (~within).tolist() == [True, False, True]
    assert ((a < 0) | (a > 1)).tolist() == [True, False, True]
    assert ((a > 0) ^ (a < 1)).tolist() == [True, False, True]
    assert (np.array([True, False, True]) & (a > 0)).tolist() == [False, False, True]
    assert (True & (a > 0)).tolist() == [False, True, True]
    assert (tensor([6, 5], dtype=int) & 3).tolist() == [2, 1]
    assert (~tensor([0, 5], dtype=int)).tolist() == [-1, -6]
    assert a[within].tolist() == [0.5]
    with pytest.raises(TypeError, match="bitwise_and: of truths or whole numbers, not float64"):
        a.__and__(a)
    with pytest.raises(TypeError, match="not float64"):
        a.__invert__()


def test_a_second_walk_back_adds_the_gradient_again() -> None:
    """In PyTorch it needs `retain_graph=True`: here a tape lives as long as its result."""
    x = leaf(3.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    y.backward(None, False, False)
    assert x.grad.tolist() == [18]
    (first,) = grad(y, x, retain_graph=True)
    assert first.tolist() == [6]
