"""Random formulas with vectors and matrices, and their gradients from outside, in 40 digits."""

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st

from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression

SHAPES: dict[str, tuple[int, ...]] = {"A": (2, 3), "B": (3, 3), "x": (3,), "y": (2,), "s": ()}
_DIGITS = 40
_STEP = 2.0**-40

_SMOOTH = (
    "sin({})", "tanh({})", "exp(-({})**2)", "sigmoid({})", "silu({})", "softplus({})", "sqrt(1 + ({})**2)",
    "log(1 + ({})**2)", "({})**2", "({})**3", "-({})", "2*({})", "relu({})", "abs({})",
)  # fmt: skip
_BINARY = (
    "({}) + ({})", "({}) - ({})", "({})*({})", "({})/(1 + ({})**2)", "max({}, {})",
    "where({0} > {1}, {1}, ({0})**2)",
)  # fmt: skip
_REDUCTIONS = ("sum", "mean", "prod", "norm", "logsumexp", "max", "min")


@st.composite
def tensors(draw: st.DrawFn, shape: tuple[int, ...], depth: int) -> str:
    """A formula whose value has this shape."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(_leaves(shape)))
    if draw(st.booleans()):
        return draw(_elementwise(shape, depth))
    return draw(_of_arrays(shape, depth))


def _leaves(shape: tuple[int, ...]) -> list[str]:
    """Variables and constants of a shape, or that are broadcast to it beside one that is."""
    found = [name for name, own in SHAPES.items() if own == shape]
    if len(shape) == 2:
        found += [f"{name}.T" for name, own in SHAPES.items() if own[::-1] == shape]
        found.append(f"ones({shape[0]}, {shape[1]})")
    if len(shape) == 1:
        found.append(f"ones({shape[0]})")
    return found or ["s", "2"]


@st.composite
def _elementwise(draw: st.DrawFn, shape: tuple[int, ...], depth: int) -> str:
    if draw(st.booleans()):
        return draw(st.sampled_from(_SMOOTH)).format(draw(tensors(shape, depth - 1)))
    smaller = draw(st.sampled_from([shape, shape, shape[1:], ()]))
    pair = [draw(tensors(shape, depth - 1)), draw(tensors(smaller, depth - 1))]
    return draw(st.sampled_from(_BINARY)).format(*draw(st.permutations(pair)))


@st.composite
def _of_arrays(draw: st.DrawFn, shape: tuple[int, ...], depth: int) -> str:
    inner = st.sampled_from([2, 3])
    below = depth - 1
    if len(shape) == 0:
        n = draw(inner)
        reduction = draw(st.sampled_from(_REDUCTIONS))
        vector, matrix = tensors((n,), below), tensors((n, draw(inner)), below)
        return draw(st.one_of(
            st.builds("{}({})".format, st.just(reduction), st.one_of(vector, matrix)),
            st.builds("({}) @ ({})".format, vector, vector),
            st.builds("dot({}, {})".format, vector, vector),
            st.builds("trace({})".format, tensors((n, n), below)),
            st.builds("({})[{}]".format, vector, st.sampled_from([0, 1, -1])),
        ))  # fmt: skip
    if len(shape) == 1:
        n, m = shape[0], draw(inner)
        reduction = draw(st.sampled_from(_REDUCTIONS))
        return draw(st.one_of(
            st.builds("({}) @ ({})".format, tensors((n, m), below), tensors((m,), below)),
            st.builds("({}) @ ({})".format, tensors((m,), below), tensors((m, n), below)),
            st.builds("{}({}, axis=0)".format, st.just(reduction), tensors((m, n), below)),
            st.builds("{}({}, axis=1)".format, st.just(reduction), tensors((n, m), below)),
            st.builds("softmax({})".format, tensors((n,), below)),
            st.builds("cumsum({})".format, tensors((n,), below)),
            st.builds("diag({})".format, tensors((n, n), below)),
            st.builds("({})[{}]".format, tensors((m, n), below), st.sampled_from([0, 1, -1])),
            _moved(shape, below),
        ))  # fmt: skip
    (n, m), k = shape, draw(inner)
    square = [st.builds("diag({})".format, tensors((n,), below)), st.just(f"eye({n})")]
    return draw(st.one_of(
        st.builds("({}) @ ({})".format, tensors((n, k), below), tensors((k, m), below)),
        st.builds("outer({}, {})".format, tensors((n,), below), tensors((m,), below)),
        st.builds("({}).T".format, tensors((m, n), below)),
        st.builds("cumsum({}, axis={})".format, tensors(shape, below), st.sampled_from([0, 1, -1])),
        st.builds("softmax({}, axis={})".format, tensors(shape, below), st.sampled_from([0, 1, -1])),
        *(square if n == m else []),
        _moved(shape, below),
    ))  # fmt: skip


def _moved(shape: tuple[int, ...], below: int) -> st.SearchStrategy[str]:
    """A part of a larger array, or a smaller one among zeros."""
    size, *rest = shape
    if size == 2:
        return st.builds(
            "({})[{}]".format,
            tensors((3, *rest), below),
            st.sampled_from(["1:", ":-1", "-2:", "0:2"]),
        )
    return st.builds(
        "pad({}, {})".format, tensors((2, *rest), below), st.sampled_from(["1, 0", "0, 1"])
    )


def point(shapes: Mapping[str, tuple[int, ...]], seed: int = 1) -> dict[str, Any]:
    """Values of both signs, as mpmath's numbers."""
    random = np.random.default_rng(seed)
    numbers = np.vectorize(mpmath.mpf, otypes=[object])
    return {name: numbers(random.uniform(-1.2, 1.2, shape)) for name, shape in shapes.items()}


def value(expression: Expression, values: Mapping[str, Any]) -> Any:
    """The value, in mpmath's numbers."""
    with mpmath.mp.workdps(_DIGITS):
        return expression(exact(), **{name: values[name] for name in expression.variables})


def along(expression: Expression, values: Mapping[str, Any], name: str, direction: Any) -> Any:
    """The derivative of every element of the result when `name` moves in this direction."""
    with mpmath.mp.workdps(_DIGITS):
        high, low = (
            value(expression, {**values, name: values[name] + direction * step})
            for step in (_STEP, -_STEP)
        )
        return (high - low) / (2 * _STEP)


def gradient(
    expression: Expression,
    values: Mapping[str, Any],
    name: str,
    seed: Any = 1,
    shape: tuple[int, ...] = (),
) -> Any:
    """The gradient of sum(seed*expression) in `name` at a point, element by element.

    The value is first broadcast to `shape`.
    """
    with mpmath.mp.workdps(_DIGITS):
        found = np.empty(np.shape(values[name]), dtype=object)
        for index in np.ndindex(found.shape):
            step = np.zeros(found.shape, dtype=object)
            step[index] = mpmath.mpf(1)
            slope = np.asarray(along(expression, values, name, step), dtype=object)
            found[index] = np.sum(seed * np.broadcast_to(slope, max(slope.shape, shape, key=len)))
    return found
