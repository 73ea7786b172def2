"""Method 3: the small library, as PyTorch would behave."""

import gc
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, broadcastable_shapes

from diffcalc import autograd
from diffcalc.autograd import (
    Tensor,
    algebra,
    cos,
    exp,
    grad,
    ones,
    partial_derivative,
    sin,
    tensor,
    where,
    zeros,
)  # fmt: skip
from diffcalc.autograd.linear import unbroadcast
from diffcalc.language.grammar import read
from tests import oracle
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def leaf(*values: float) -> Tensor:
    return tensor(list(values), requires_grad=True)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda a, b: a + b, "AddBackward0"),
        (lambda a, b: a - b, "SubBackward0"),
        (lambda a, b: a * b, "MulBackward0"),
        (lambda a, b: a / b, "DivBackward0"),
        (lambda a, b: a**2, "PowBackward0"),
        (lambda a, b: a**b, "PowBackward1"),
        (lambda a, b: 2**a, "PowBackward1"),
        (lambda a, b: -a, "NegBackward0"),
        (lambda a, b: 1 - a, "RsubBackward1"),
        (lambda a, b: 1 + a, "AddBackward0"),
        (lambda a, b: a.sum(), "SumBackward0"),
        (lambda a, b: a.mean(), "MeanBackward0"),
        (lambda a, b: abs(a), "AbsBackward0"),
        (lambda a, b: exp(a), "ExpBackward0"),
        (lambda a, b: sin(a), "SinBackward0"),
        (lambda a, b: autograd.log(a), "LogBackward0"),
        (lambda a, b: autograd.log1p(a), "Log1PBackward0"),
        (lambda a, b: autograd.max(a, b), "MaximumBackward0"),
        (lambda a, b: autograd.sigmoid(a), "SigmoidBackward0"),
        (lambda a, b: where(a > b, a, b), "WhereBackward0"),
    ],
)
def test_grad_fn_names_are_pytorchs(make, name: str) -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    result = make(a, b)
    assert result.grad_fn.name() == name
    assert repr(result).endswith(f"grad_fn=<{name}>)")
    assert not result.is_leaf


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (tensor(3), "tensor(3.)"),
        (tensor([1.5, -2]), "tensor([1.5, -2.])"),
        (tensor([[1, 2], [3, 4]]), "tensor([[1., 2.], [3., 4.]])"),
        (tensor(1 / 3), "tensor(0.3333333333333333)"),
        (tensor(float("nan")), "tensor(nan)"),
        (tensor([True, False]), "tensor([True, False])"),
        (ones(2, requires_grad=True), "tensor([1., 1.], requires_grad=True)"),
        (zeros(1), "tensor([0.])"),
        (tensor(1e-20), "tensor(1e-20)"),
    ],
)
def test_printing(value: Tensor, text: str) -> None:
    assert repr(value) == text


def test_grad_accumulates() -> None:
    x = leaf(2.0)
    y = x**2
    y.backward(gradient=[1.0])
    y.backward(gradient=[1.0])
    (3 * x).sum().backward()
    assert x.grad.tolist() == [4 + 4 + 3]


def test_a_second_backward_is_right_with_an_interior_node_used_twice() -> None:
    # micrograd keeps interior gradients, so that its second backward is wrong.
    x = tensor(3.0, requires_grad=True)
    y = x * x
    z = y * y
    z.backward()
    z.backward()
    assert x.grad.item() == 2 * 4 * 27


def test_only_leaves_keep_grad() -> None:
    x = leaf(1.0)
    y = x * 2
    y.sum().backward()
    assert y.grad is None
    assert x.grad_fn is None
    assert x.grad.requires_grad is False


def test_a_leaf_that_needs_none_gets_none() -> None:
    x, c = leaf(2.0), tensor([3.0])
    (x * c).sum().backward()
    assert (x.grad.tolist(), c.grad) == ([3.0], None)


def test_the_same_operand_twice() -> None:
    x = tensor(3.0, requires_grad=True)
    (x * x * x).backward()
    assert x.grad.item() == 27


def test_the_gradient_argument_is_not_kept() -> None:
    x = leaf(1.0)
    seed = np.array([1.0])
    (x * 1).backward(gradient=seed)
    seed[0] = 99
    y = leaf(1.0)
    z = y + 0
    z.backward(gradient=seed)
    y.grad.data[0] = 5
    assert (x.grad.tolist(), seed.tolist()) == ([1.0], [99.0])


def test_two_leaves_do_not_share_their_grad() -> None:
    a, b = leaf(1.0), leaf(2.0)
    (a + b).backward(gradient=[1.0])
    a.grad.data[0] = 7
    assert b.grad.tolist() == [1.0]


def test_numpy_arrays_on_either_side() -> None:
    x = leaf(1.0, 2.0)
    result = np.array([3.0, 4.0]) * x + np.array([1.0, 1.0])
    assert isinstance(result, Tensor)
    result.sum().backward()
    assert x.grad.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda x: x.backward(), "a result of shape \\(2,\\) needs a gradient of that shape"),
        (
            lambda x: (x * 2).backward(gradient=[1.0]),
            "gradient has shape \\(1,\\), the result \\(2,\\)",
        ),
        (lambda x: tensor([1.0]).backward(), "does not require grad"),
        (lambda x: x.numpy(), "detach"),
        (lambda x: tensor([True], requires_grad=True), "only floating-point"),
    ],
)
def test_errors(act, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        act(leaf(1.0, 2.0))


def test_unknown_function() -> None:
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        autograd.frobnicate(1)


def test_detach_cuts_the_tape() -> None:
    x = tensor(2.0, requires_grad=True)
    (x * (x * 3).detach()).backward()
    assert x.grad.item() == 6


def test_comparisons_and_truth() -> None:
    a = tensor([1.0, 2.0])
    assert (a < 2).tolist() == [True, False]
    assert (a >= tensor([1.0, 3.0])).tolist() == [True, False]
    assert bool(tensor(1.0) == 1.0)
    assert len(a) == 2
    assert len({a, tensor([1.0, 2.0])}) == 2


def test_a_chain_of_100_000_operations() -> None:
    x = tensor(1.0, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0 + x
    y.backward()
    assert x.grad.item() == 50_001
    del y
    gc.collect()


@given(st.data())
def test_broadcasting_is_undone(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    small = data.draw(broadcastable_shapes(shape, min_dims=0, max_dims=2, max_side=3))
    elements = st.floats(-3, 3).map(lambda v: round(v, 2))
    a = tensor(data.draw(arrays(np.float64, shape, elements=elements)), requires_grad=True)
    b = tensor(data.draw(arrays(np.float64, small, elements=elements)), requires_grad=True)
    (a * b).sum().backward()
    whole = np.broadcast_shapes(shape, small)
    by_hand = [np.zeros(shape), np.zeros(small)]
    for index in np.ndindex(whole):
        ia = tuple(
            min(i, n - 1) for i, n in zip(index[len(whole) - len(shape) :], shape, strict=True)
        )
        ib = tuple(
            min(i, n - 1) for i, n in zip(index[len(whole) - len(small) :], small, strict=True)
        )
        by_hand[0][ia] += b.data[ib]
        by_hand[1][ib] += a.data[ia]
    np.testing.assert_allclose(a.grad.data, by_hand[0], atol=1e-12)
    np.testing.assert_allclose(b.grad.data, by_hand[1], atol=1e-12)


def test_unbroadcast_shapes() -> None:
    g = np.ones((2, 3))
    assert unbroadcast(g, ()).tolist() == 6
    assert unbroadcast(g, (3,)).tolist() == [2, 2, 2]
    assert unbroadcast(g, (2, 1)).tolist() == [[3], [3]]


@pytest.mark.parametrize(
    ("text", "x", "convention"),
    [
        ("abs(x)", 0.0, 0.0),
        ("relu(x)", 0.0, 0.0),
        ("max(x, 0)", 0.0, 0.5),
        ("min(x, 0)", 0.0, 0.5),
        ("sign(x)", 0.0, 0.0),
        ("floor(x)", 1.5, 0.0),
        ("sqrt(x)", 0.0, math.inf),
        ("x**0", 0.0, 0.0),
        ("x**2", 0.0, 0.0),
        ("0**x", 1.0, 0.0),
        ("where(x > 0, x, 2*x)", 0.0, 2.0),
    ],
)
def test_conventions_are_pytorchs(text: str, x: float, convention: float) -> None:
    variable = tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        read(text)(algebra(), x=variable).backward()
    assert variable.grad.item() == convention


@given(formulas(), points, points)
def test_agrees_with_mpmath(text: str, x: float, y: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    at = {name: {"x": x, "y": y}[name] for name in expression.variables}
    scale = oracle.size(expression, at)
    true = oracle.derivative(expression, at, "x")
    assume(mpmath.isfinite(true) and scale < 1e4)
    leaves = {name: tensor(v, requires_grad=True) for name, v in at.items()}
    expression(algebra(), **leaves).backward()
    found = leaves["x"].grad.item()
    # cbrt(x - x): an infinite slope times 0, as in PyTorch.
    assume(not math.isnan(found) or "cbrt" not in text)
    assert abs(found - true) <= 1e-8 * float(1 + abs(true) + scale**2)


def test_shapes_are_given_as_numbers_or_as_one_tuple() -> None:
    assert ones((2, 3)).shape == ones(2, 3).shape == (2, 3)
    assert (zeros(2).shape, zeros(()).shape, zeros().shape) == ((2,), (), ())


def test_the_module_lists_its_functions() -> None:
    assert {"sin", "softmax", "stack", "grad", "arcsin"} <= set(dir(autograd))


def test_functions_take_plain_numbers() -> None:
    assert cos(0.0).item() == 1
    assert not cos(0.0).requires_grad


def higher(text: str, x: float, order: int) -> float:
    variable = tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        result = read(text)(algebra(), x=variable)
        return float(partial_derivative(result, np.ones(()), [(variable, ())] * order))


@pytest.mark.parametrize(
    ("text", "x", "order", "derivative"),
    [
        ("x**4", 0.0, 3, 0),
        # A cotangent of 0 still carries what is differentiated next.
        ("(x**2)**2", 0.0, 4, 24),
        ("x**2", 0.0, 2, 2),
        ("x**2", 3.0, 3, 0),
        ("sin(x)", 0.0, 7, -1),
        ("exp(2*x)", 0.0, 8, 256),
        ("1/x", 1.0, 5, -120),
        ("where(x > 0, x**3, sqrt(x))", 2.0, 2, 12),
        ("where(x > 0, x**3, sqrt(-x))", 2.0, 3, 6),
        ("max(x, x**3)", 2.0, 2, 12),
        ("abs(x)**3", -2.0, 3, -6),
        ("relu(x)*x", 3.0, 2, 2),
        ("x**x", 1.0, 2, 2),
        ("x**x", 1.0, 3, 3),
        ("x**x", 1.0, 4, 8),
        ("(x**2)**x", 1.0, 3, 18),
        ("3", 1.0, 2, 0),
    ],
)
def test_higher_derivatives(text: str, x: float, order: int, derivative: float) -> None:
    expression = read(text)
    if not expression.variables:
        text = f"{text} + 0*x"
    assert higher(text, x, order) == pytest.approx(derivative, rel=1e-13)


@given(formulas(5), st.integers(2, 4), points)
def test_higher_derivatives_agree_with_mpmath(text: str, order: int, x: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and expression.variables == ("x",))
    scale = oracle.size(expression, {"x": x})
    true = oracle.derivative(expression, {"x": x}, "x", order=order)
    assume(mpmath.isfinite(true) and scale < 1e3)
    found = higher(text, x, order)
    assume(not math.isnan(found) or "cbrt" not in text)
    assert abs(found - true) <= 1e-7 * float(1 + abs(true) + scale ** (order + 2))


def test_mixed_derivatives_are_symmetric() -> None:
    x, y = tensor(1.2, requires_grad=True), tensor(0.7, requires_grad=True)
    result = exp(x * y) * sin(x + y**2)
    one, other = ([(x, ()), (y, ())], [(y, ()), (x, ())])
    found = partial_derivative(result, np.ones(()), one)
    assert found == pytest.approx(partial_derivative(result, np.ones(()), other), rel=1e-14)
    with mpmath.workdps(30):
        true = mpmath.diff(
            lambda s, t: mpmath.exp(s * t) * mpmath.sin(s + t**2), (1.2, 0.7), (1, 1)
        )
    assert found == pytest.approx(float(true), rel=1e-14)


def test_a_gradient_of_a_broadcast_gradient() -> None:
    # s = sum(a*b**2): ds/db = 2*b*sum(a), d2s/db2 = 2*sum(a), d2s/db da = 2*b.
    a, b = leaf(1.0, 2.0, 3.0), tensor(0.5, requires_grad=True)
    (slope,) = grad((a * b**2).sum(), [b], create_graph=True)
    assert slope.item() == 2 * 0.5 * 6
    assert grad(slope, [b, a])[0].item() == 12
    assert grad(slope, [b, a])[1].tolist() == [1, 1, 1]
    (mean,) = grad((a * a).mean(), [a], create_graph=True)
    assert grad(mean, [a], grad_outputs=[1.0, 0.0, 0.0])[0].data == pytest.approx([2 / 3, 0, 0])


def test_grad_leaves_no_trace_and_takes_interior_tensors() -> None:
    x = tensor(3.0, requires_grad=True)
    y = x * x
    z = y * x
    assert [g.item() for g in grad(z, [x, y])] == [27, 3]
    assert x.grad is None
    with pytest.raises(RuntimeError, match="input 1 was not used"):
        grad(z, [x, tensor(1.0, requires_grad=True)])
    assert grad(z, [tensor(1.0, requires_grad=True)], allow_unused=True) == (None,)


def test_backward_with_create_graph_accumulates_what_can_be_differentiated() -> None:
    x = tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    (x**3).backward(create_graph=True)
    slope = x.grad
    assert slope.item() == 24
    assert grad(slope, [x])[0].item() == 24
    plain = tensor(2.0, requires_grad=True)
    (plain**3).backward()
    assert not plain.grad.requires_grad


@pytest.mark.parametrize(
    "act",
    [
        lambda: autograd.sin(autograd.tensor(1.0), autograd.tensor(1.0)),
        lambda: autograd.tensor("x"),
        lambda: autograd.tensor(None),
        lambda: autograd.tensor(1.0) + None,
        lambda: autograd.tensor(1.0) + "x",
    ],
)
def test_tensors_hold_numbers(act) -> None:
    with pytest.raises(TypeError, match=r"a tensor holds numbers|takes 1 arguments"):
        act()


def test_backward_warns_of_nothing() -> None:
    a = autograd.tensor(0.0, requires_grad=True)
    (a**0 + autograd.sqrt(a)).backward()
    assert a.grad.item() == float("inf")
