"""The library's operations under numpy's names and with numpy's arguments.

What is only an argument's other name stands in the table; what numpy does differently, as it splits
at places and not into sizes, is a function before it.
"""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diffcalc.autograd import (
    composed,
    contractions,
    linear,
    moves,
    products,
    reductions,
    selections,
)
from diffcalc.autograd.linear import Dim, Sizes
from diffcalc.autograd.primitives import Array, f, like, values
from diffcalc.autograd.tape import operand
from diffcalc.language.operations import Operation


def _along(reduction: Operation) -> Operation:
    """A reduction with the arguments of numpy's: others than these are refused, not ignored."""
    return lambda a, axis=None, *, keepdims=False: reduction(a, dim=axis, keepdim=keepdims)


def _spread(reduction: Operation) -> Operation:
    return lambda a, axis=None, *, ddof=0, keepdims=False: reduction(
        a, axis, keepdim=keepdims, correction=ddof
    )


def _transpose(a: Array, axes: Sequence[int] | None = None) -> Array:
    return linear.transpose(a) if axes is None else linear.permute(a, tuple(axes))


def _swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    return linear.transpose(a, axis1, axis2)


def _tile(a: Array, reps: Sizes) -> Array:
    return moves.tile(a, reps)


def _clip(a: Array, a_min: object = None, a_max: object = None, **bounds: object) -> Array:
    return reductions.clamp(a, **{"min": a_min, "max": a_max, **bounds})


def _norm(
    a: Array,
    ord: float | str | None = None,  # noqa: A002  # numpy's name
    axis: Dim = None,
    keepdims: bool = False,
) -> Array:
    if ord is not None and (len(a.shape) if axis is None else np.size(axis)) != 1:
        raise TypeError("norm() of matrices takes no ord here")
    return reductions.norm(a, 2 if ord is None else ord, axis, keepdims)


def _dot(a: Array, b: Array) -> Array:
    a, b = operand(a), operand(b)
    if not (a.shape and b.shape):
        return a * b
    return (
        products.matmul(a, b) if len(b.shape) < 3 else contractions.tensordot(a, b, ((-1,), (-2,)))
    )


def _einsum(*terms: Any, optimize: Any = False) -> Array:
    # In which order to contract: of no matter to the result.
    return contractions.einsum(*terms)


def _append(a: Array, b: Array, axis: int | None = None) -> Array:
    a, b = operand(a), operand(b)
    return linear.cat([linear.flatten(a), linear.flatten(b)] if axis is None else [a, b], axis or 0)


def _cut(sections: Any, axis: int, a: Array, exactly: bool = True) -> Any:
    """Numpy's split: into so many parts, which must be equal if `exactly`, or at these places."""
    if exactly and not np.ndim(sections) and a.shape[axis] % sections:
        raise ValueError(f"split: {a.shape[axis]} is no multiple of {sections}")
    return list(moves.tensor_split(a, sections, axis))


def _rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    axis = linear.axis_of("rollaxis", a.shape, axis)
    start = linear.axis_of("rollaxis", a.shape, start, more=1)
    return moves.moveaxis(a, axis, start - 1 if axis < start else start)


def _partition(a: Array, kth: int | Sequence[int], axis: int = -1) -> Array:
    return moves.take_along_dim(a, np.argpartition(values(a), kth, axis), axis)


def _pad(
    a: Array, pad_width: ArrayLike, mode: str = "constant", *, constant_values: float = 0
) -> Array:
    if mode != "constant":
        raise TypeError(f"pad() takes mode 'constant' here, not {mode!r}")
    widths = np.broadcast_to(np.asarray(pad_width), (len(a.shape), 2))
    key = tuple(slice(int(w[0]), int(w[0]) + n) for w, n in zip(widths, a.shape, strict=True))
    shape = tuple(n + int(sum(w)) for w, n in zip(widths, a.shape, strict=True))
    return linear.put(np.full(shape, like(a, 0) + constant_values), key, a)


def _cross(
    a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array:
    of_a, of_b, of_c = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    product = contractions.cross(moves.moveaxis(a, of_a, -1), moves.moveaxis(b, of_b, -1))
    return moves.moveaxis(product, -1, of_c)


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    chosen = default
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        chosen = f.where(linear.plain(condition), choice, chosen)
    return chosen


def _gradient(a: Array, *spacing: float, axis: Dim = None, edge_order: int = 1) -> Any:
    if edge_order != 1 or len(spacing) > 1 or np.ndim(spacing[0] if spacing else 1.0):
        raise TypeError("gradient() takes one distance and edge_order 1 here")
    axes = linear.axes_of("gradient", a.shape, None) if axis is None else axis
    step = spacing[0] if spacing else 1.0
    found = [_slopes(a, linear.axis_of("gradient", a.shape, one), step) for one in _several(axes)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(a: Array, axis: int, step: float) -> Array:
    """Central differences along an axis, one-sided ones at its ends."""
    if a.shape[axis] < 2:
        raise ValueError("gradient: two elements along each axis are needed")
    below = moves.diff(linear.index(a, moves.along(axis, slice(0, 2))), dim=axis)
    above = moves.diff(linear.index(a, moves.along(axis, slice(-2, None))), dim=axis)
    ends = (linear.index(a, moves.along(axis, s)) for s in (slice(2, None), slice(None, -2)))
    return linear.cat([below, operator.sub(*ends) / 2, above], axis) / step


def _several(one_or_more: Any) -> Sequence[Any]:
    return one_or_more if isinstance(one_or_more, (tuple, list)) else (one_or_more,)


FUNCTIONS: Mapping[Operation, Operation] = {
    np.sum: _along(linear.total),
    np.mean: _along(reductions.mean),
    np.prod: _along(reductions.prod),
    np.max: _along(reductions.amax),
    np.min: _along(reductions.amin),
    np.amax: _along(reductions.amax),
    np.amin: _along(reductions.amin),
    np.var: _spread(reductions.var),
    np.std: _spread(reductions.std),
    np.linalg.norm: _norm,
    np.cumsum: linear.cumsum,
    np.cumprod: reductions.cumprod,
    np.clip: _clip,
    np.reshape: linear.reshape,
    np.ravel: linear.flatten,
    np.squeeze: linear.squeeze,
    np.expand_dims: linear.unsqueeze,
    np.broadcast_to: linear.expand,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.moveaxis: moves.moveaxis,
    np.rollaxis: _rollaxis,
    np.flip: lambda a, axis=None: moves.flip(a, linear.axes_of("flip", a.shape, axis)),
    np.fliplr: moves.fliplr,
    np.flipud: moves.flipud,
    np.rot90: lambda a, k=1, axes=(0, 1): moves.rot90(a, k, axes),
    np.roll: lambda a, shift, axis=None: moves.roll(a, shift, axis),
    np.tile: _tile,
    np.repeat: moves.repeat_interleave,
    np.diff: lambda a, n=1, axis=-1, prepend=None, append=None: moves.diff(
        a, n, axis, prepend, append
    ),
    np.gradient: _gradient,
    np.diag: lambda a, k=0: linear.diag(a, k),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: linear.diagonal(a, offset, axis1, axis2),
    np.trace: lambda a, offset=0, axis1=0, axis2=1: linear.total(
        linear.diagonal(a, offset, axis1, axis2), -1
    ),
    np.tril: lambda a, k=0: moves.tril(a, k),
    np.triu: lambda a, k=0: moves.triu(a, k),
    np.sort: lambda a, axis=-1: selections.sort(a, axis).values,
    np.partition: _partition,
    np.take_along_axis: lambda a, indices, axis=-1: moves.take_along_dim(a, indices, axis),
    np.select: _select,
    np.pad: _pad,
    np.append: _append,
    np.stack: lambda arrays, axis=0: linear.stack(arrays, axis),
    np.concatenate: lambda arrays, axis=0: linear.cat(arrays, axis),
    np.vstack: moves.vstack,
    np.hstack: moves.hstack,
    np.dstack: moves.dstack,
    np.column_stack: moves.column_stack,
    np.atleast_1d: moves.atleast_1d,
    np.atleast_2d: moves.atleast_2d,
    np.atleast_3d: moves.atleast_3d,
    np.split: lambda a, sections, axis=0: _cut(sections, axis, a),
    np.array_split: lambda a, sections, axis=0: _cut(sections, axis, a, exactly=False),
    np.vsplit: lambda a, sections: _cut(sections, 0, a),
    np.hsplit: lambda a, sections: _cut(sections, min(len(a.shape) - 1, 1), a),
    np.dsplit: lambda a, sections: _cut(sections, 2, a),
    np.dot: _dot,
    np.outer: lambda a, b: products.outer(linear.flatten(a), linear.flatten(b)),
    np.inner: contractions.inner,
    np.kron: contractions.kron,
    np.cross: _cross,
    np.tensordot: lambda a, b, axes=2: contractions.tensordot(a, b, axes),
    np.einsum: _einsum,
    np.linspace: lambda start, stop, num=50: composed.linspace(start, stop, num),
    np.sinc: composed.sinc,
    np.nan_to_num: lambda a, copy=True, nan=0.0, posinf=None, neginf=None: composed.nan_to_num(
        a, nan, posinf, neginf
    ),
    np.real: lambda a: a,
    np.real_if_close: lambda a: a,
}
