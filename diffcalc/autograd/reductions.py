"""The reductions that are not plain sums, and the functions made of them.

All of them take `dim` (None for all elements, an axis or several) and `keepdim`, and a single
number as well as an array. Where a reduction has a corner its vjp follows PyTorch's convention:
equal elements share the cotangent of amax evenly, and the norm's is 0 at the zero vector.
"""

import math
from typing import Any

import numpy as np

from diffcalc.autograd.linear import (
    Dim,
    Shape,
    axes_of,
    axis_of,
    cat,
    flatten,
    index,
    operation,
    permute,
    reshape,
    restored,
    stack,
    total,
)
from diffcalc.autograd.primitives import Array, Vjp, choose, f, like, values
from diffcalc.autograd.tape import record, renamed
from diffcalc.base.types import NumberArray
from diffcalc.language.operations import Operation


def _count(shape: Shape, axes: Shape) -> int:
    return math.prod(shape[axis] for axis in axes)


def _name(name: str, dim: Dim) -> str:
    """PyTorch numbers the version of a reduction that takes `dim` with 1."""
    return f"{name}Backward{int(dim is not None)}"


@operation
def mean(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The mean of all elements, or along the axes `dim`."""
    axes = axes_of("mean", a.shape, dim)
    size = like(a, _count(a.shape, axes))
    value = values(a).sum(axis=axes, keepdims=keepdim) / size

    def back(g: Array, y: Array, a: Array) -> Array:
        return restored(g / size, a.shape, axes)

    return record(_name("Mean", dim), value, (a,), (back,))


@operation
def var(
    a: Array,
    dim: Dim = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """The variance of a sample, or of all there is with `unbiased=False` or `correction=0`.

    As in PyTorch, a `dim` that is True or False is `unbiased`.
    """
    axes, size, from_mean = _from_mean("var", a, dim, unbiased, correction)
    return renamed("VarBackward0", f.div(total(from_mean * from_mean, axes, keepdim), size))


@operation
def std(
    a: Array,
    dim: Dim = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Array:
    """The square root of the variance; where that is 0 the gradient is 0, as PyTorch's."""
    axes, size, from_mean = _from_mean("std", a, dim, unbiased, correction)
    lengths = norm(from_mean, dim=axes, keepdim=keepdim)
    return renamed("StdBackward0", f.div(lengths, f.sqrt(size)))


def _from_mean(
    name: str, a: Array, dim: Any, unbiased: bool, correction: float | None
) -> tuple[Shape, Array, Array]:
    """The axes, the number of degrees of freedom along them, and the distances from the mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    axes = axes_of(name, a.shape, dim)
    less = int(unbiased) if correction is None else correction
    size = max(_count(a.shape, axes) - less, 0)
    number: Any = like(a, int(size)) if size == int(size) else size
    return axes, number, a - mean(a, axes, keepdim=True)


@operation
def prod(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The product of all elements, or along the axes `dim`."""
    axes = axes_of("prod", a.shape, dim)
    value = values(a).prod(axis=axes, keepdims=keepdim)

    def back(g: Array, y: Array, a: Array) -> Array:
        return restored(g, a.shape, axes) * _products_of_others(a, axes)

    return record(_name("Prod", dim), value, (a,), (back,))


@operation
def cumprod(a: Array, dim: Dim = None) -> Array:
    """The products of the elements up to each one along an axis; by default of all in one row."""
    if dim is None and len(a.shape) > 1:
        a = flatten(a)
    if 0 in a.shape:
        return a
    axis = axis_of("cumprod", a.shape, dim or 0)
    value = np.cumprod(values(a), axis=axis).reshape(a.shape)

    def at(array: Array, place: int | slice) -> Array:
        return index(array, (*(slice(None),) * axis, place))

    def back(g: Array, y: Array, a: Array) -> Array:
        if not a.shape:
            return g
        # An element's slope is the product before it, times the sum of the products that follow.
        # No division by the element itself, which may be 0: the sums are added up from the end.
        after = [at(g, -1)]
        for place in range(a.shape[axis] - 2, -1, -1):
            after.append(at(g, place) + at(a, place + 1) * after[-1])
        one = np.full(at(a, slice(1)).shape, like(a, 1))
        return cat([one, at(y, slice(-1))], axis) * stack(after[::-1], axis)

    return record("CumprodBackward0", value, (a,), (back,))


def _products_of_others(a: Array, axes: Shape) -> Array:
    """For each element, the product of all others along the axes."""
    rest = [axis for axis in range(len(a.shape)) if axis not in axes]
    order = (*rest, *axes)
    moved = permute(a, order)
    flat = reshape(moved, (*moved.shape[: len(rest)], _count(a.shape, axes)))
    others = reshape(_others_in_row(flat), moved.shape)
    return permute(others, tuple(int(axis) for axis in np.argsort(order)))


def _others_in_row(a: Array) -> Array:
    """The same along the last axis: of each pair the partner, times the product of other pairs.

    y/a would be shorter, but fails where a factor is 0 or y leaves the range of a float64.
    """
    size = a.shape[-1]
    if size < 2:
        return np.full(a.shape, like(a, 1))
    if size % 2:
        a = cat([a, np.full((*a.shape[:-1], 1), like(a, 1))], -1)
    one, other = (index(a, (..., slice(start, None, 2))) for start in (0, 1))
    pairs = _others_in_row(one * other)
    return index(reshape(stack([pairs * other, pairs * one], -1), a.shape), (..., slice(size)))


@operation
def amax(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The largest of all elements, or along the axes `dim`; nan where one of them is."""
    return _extreme("Amax", np.max, a, dim, keepdim)


@operation
def amin(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The smallest of all elements, or along the axes `dim`; nan where one of them is."""
    return _extreme("Amin", np.min, a, dim, keepdim)


# `keepdim` is Any here and below: NumPy 2.5's types know only the literals True and False.
def _extreme(name: str, extreme: Operation, a: Array, dim: Dim, keepdim: Any) -> Array:
    shape, array = a.shape, values(a)
    axes = axes_of(name.lower(), shape, dim)
    if not _count(shape, axes):
        raise ValueError(f"{name.lower()}: the shape {shape} has no element to choose")
    value = extreme(array, axis=axes, keepdims=keepdim)
    if array.dtype.kind == "O":
        # Only floats' max lets nan win.
        unknown = np.any(array - array != 0, axis=axes, keepdims=keepdim)
        value = np.where(unknown, like(a, 0) * math.nan, value)

    return record(f"{name}Backward0", value, (a,), (evenly(shape, axes),))


def evenly(shape: Shape, axes: Shape) -> Vjp:
    """The vjp of a choice along the axes: all elements equal to the chosen one share."""

    def back(g: Array, y: Array, a: Array) -> Array:
        here = f.eq(values(a), restored(values(y), shape, axes))
        ties = np.sum(here, axis=axes, keepdims=True)
        return restored(g, shape, axes) * f.div(here, ties)

    return back


@operation
def norm(a: Array, p: float | str | None = 2, dim: Dim = None, keepdim: bool = False) -> Array:
    """The p-norm of all elements, or along the axes `dim`: by default the Euclidean norm.

    p may be any number, also inf (the largest), -inf (the smallest) and 0 (how many are not 0), or
    "fro", which is 2. Raises `ValueError` for another word.
    """
    p = 2 if p in ("fro", None) else p
    if isinstance(p, str):
        raise ValueError(f"norm: p is a number, inf or 'fro', not {p!r}")
    if math.isinf(p):
        return (amax if p > 0 else amin)(f.abs(a), dim, keepdim)
    if p == 0:
        return total(f.ne(a, 0), dim, keepdim)
    shape = a.shape
    axes = axes_of("norm", shape, dim)
    value = _norm(values(a), axes, keepdim) if p == 2 else _p_norm(values(a), p, axes, keepdim)

    def back(g: Array, y: Array, a: Array) -> Array:
        whole = restored(y, shape, axes)
        parts = f.div(a, whole) if p == 2 else f.sign(a) * f.pow(f.div(f.abs(a), whole), p - 1)
        # Where all are 0 that is 0/0; with p below 1 it is infinite at any element that is.
        return restored(g, shape, axes) * choose(f.eq(whole if p >= 1 else a, 0), 0 * a, parts)

    return record("LinalgVectorNormBackward0", value, (a,), (back,))


def _p_norm(array: NumberArray, p: float, axes: Shape, keepdim: Any) -> Any:
    # Powers of 1e200 overflow: elements are divided by the largest, or the smallest for p < 0.
    sizes = f.abs(array)
    extreme, start = (np.max, 0) if p > 0 else (np.min, math.inf)
    most: Any = np.asarray(extreme(sizes, axis=axes, keepdims=True, initial=start))
    most = f.where((most == 0) | (most - most != 0), like(array, 1), most)
    sums = np.asarray(np.sum(f.pow(f.div(sizes, most), p), axis=axes, keepdims=True))
    whole = most * f.pow(sums, like(array, 1) / p)
    return whole if keepdim else np.squeeze(whole, axes)


def _norm(array: NumberArray, axes: Shape, keepdim: Any) -> Any:
    if array.dtype.kind == "O":
        return f.sqrt(np.asarray(np.sum(array * array, axis=axes, keepdims=keepdim)))
    # The squares of 1e200 overflow, those of 1e-200 vanish: scaled by a power of 2, which is exact.
    _, exponent = np.frexp(np.max(np.abs(array), axis=axes, keepdims=True, initial=0))
    scaled = np.ldexp(array, -exponent)
    whole = np.ldexp(np.sqrt(np.sum(scaled * scaled, axis=axes, keepdims=True)), exponent)
    return whole if keepdim else np.squeeze(whole, axes)


@operation
def logsumexp(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """log(sum(exp(a))) of all elements, or along the axes `dim`, without overflow."""
    shape, array = a.shape, values(a)
    axes = axes_of("logsumexp", shape, dim)
    largest = _largest(array, axes)
    sums = np.sum(f.exp(array - largest), axis=axes, keepdims=True)
    value = f.log(np.asarray(sums)) + largest
    if not keepdim:
        value = np.squeeze(value, axes)

    def back(g: Array, y: Array, a: Array) -> Array:
        return restored(g, shape, axes) * softmax(a, axes)

    return record("LogsumexpBackward0", value, (a,), (back,))


def _largest(array: NumberArray, axes: Shape) -> Any:
    """What to take from the exponents before they are raised: 0 where the largest is infinite."""
    if not array.size:
        return np.zeros(())
    largest = np.asarray(np.max(array, axis=axes, keepdims=True))
    return f.where(largest - largest == 0, largest, like(array, 0))


@operation
def softmax(a: Array, dim: Dim = None) -> Array:
    """exp(a)/sum(exp(a)) over all elements, or along the axes `dim`, without overflow."""
    array = values(a)
    axes = axes_of("softmax", a.shape, dim)
    powers = f.exp(array - _largest(array, axes))
    value = powers / np.sum(powers, axis=axes, keepdims=True)

    def back(g: Array, y: Array, a: Array) -> Array:
        return y * (g - total(g * y, axes, keepdim=True))

    return record("SoftmaxBackward0", value, (a,), (back,))


@operation
def log_softmax(a: Array, dim: Dim = None) -> Array:
    """log(softmax(a)), without overflow and without the logarithm of a tiny number."""
    axes = axes_of("log_softmax", a.shape, dim)
    less = values(a) - _largest(values(a), axes)
    value = less - f.log(np.asarray(np.sum(f.exp(less), axis=axes, keepdims=True)))

    def back(g: Array, y: Array, a: Array) -> Array:
        return g - softmax(a, axes) * total(g, axes, keepdim=True)

    return record("LogSoftmaxBackward0", value, (a,), (back,))


@operation
def clamp(a: Array, min: Any = None, max: Any = None) -> Array:  # noqa: A002  # PyTorch's names
    """Each element moved into the range from `min` to `max`, of which one may be missing."""
    array: Any = values(a)
    inside = np.ones(a.shape)
    for bound, comparison, limit in ((min, f.ge, f.max), (max, f.le, f.min)):
        if getattr(bound, "requires_grad", False):
            return _between(a, min, max)
        if bound is not None:
            inside = inside * comparison(values(a), values(bound))
            array = limit(array, values(bound))
    if array.shape != a.shape:
        return _between(a, min, max)
    return record("ClampBackward1", array, (a,), (lambda g, y, a: choose(inside, g, 0 * g),))


def _between(a: Array, lower: object, upper: object) -> Array:
    """The same with bounds that are arrays and may move: on its bound an element is itself."""
    for bound, beyond in ((lower, f.lt), (upper, f.gt)):
        if bound is not None:
            a = f.where(beyond(a, bound), bound, a)
    return renamed("ClampBackward0", a)
