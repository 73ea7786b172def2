"""The linear operations: numbers moved about, copied, and added up.

The vjp of a linear map is its transpose, which is another one of them: `expand` copies what `total`
adds up, `scatter` puts back what `index` takes out. So a walk back can itself be recorded. All of
them take arrays, of float64 or of mpmath numbers, and tensors.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from diffcalc.autograd.primitives import Array, Vjp, like, values
from diffcalc.autograd.tape import Tracked, operand, record, renamed
from diffcalc.base.numbers import V

Shape = tuple[int, ...]
Sizes = int | tuple[int, ...] | list[int]
Dim = Sizes | None
"""One axis, several, or all."""

_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def operation(function: Callable[..., V]) -> Callable[..., V]:
    """What all operations on one array share.

    It may be given as numbers or nested lists of them, `dim` and `keepdim` may be called `axis` and
    `keepdims`, as in numpy, and an infinite or undefined element is a value, not worth a warning.
    """

    @wraps(function)
    def with_array(a: Any, *rest: Any, **options: Any) -> V:
        with np.errstate(all="ignore"):
            return function(operand(a), *rest, **pytorchs(options))

    return with_array


def pytorchs(options: Mapping[str, V]) -> dict[str, V]:
    """Options by PyTorch's names that may have been given by numpy's."""
    return {_NUMPY_NAMES.get(name, name): value for name, value in options.items()}


# -- shapes ----------------------------------------------------------------------------------------


def axes_of(operation: str, shape: Shape, dim: Dim) -> Shape:
    """The axes that `dim` (None for all, one or several, negative from the end) means, in order.

    A single number has an axis 0, as in PyTorch. Raises `IndexError` for an axis that is not there,
    `ValueError` for one that is named twice, `TypeError` for what is no whole number.
    """
    if dim is None:
        return tuple(range(len(shape)))
    named = dim if isinstance(dim, (tuple, list)) else (dim,)
    axes = tuple(sorted(axis_of(operation, shape, one) for one in named))
    if len(set(axes)) < len(axes):
        raise ValueError(f"{operation}: dim {dim} names an axis twice")
    return axes if shape else ()


def axis_of(operation: str, shape: Shape, dim: Any, more: int = 0) -> int:
    """One axis, counted from the front; with `more`, of that many axes more than `shape` has."""
    size = max(len(shape) + more, 1)
    if isinstance(dim, str) or int(dim) != dim:
        raise TypeError(f"{operation}: dim is a whole number, not {dim!r}")
    if not -size <= dim < size:
        raise IndexError(f"{operation}: dim {int(dim)} is no axis of the shape {shape}")
    return int(dim) % size


def sizes_of(sizes: Sequence[Any]) -> Shape:
    """The sizes of `reshape(2, 3)` or of `reshape((2, 3))`."""
    one = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    return tuple(map(int, one))


@operation
def reshape(a: Array, *shape: Sizes) -> Array:
    """The same elements in row-major order in another shape; a size of -1 is worked out.

    Raises `ValueError` where that shape has another number of elements.
    """
    return _reshaped("ViewBackward0", a, sizes_of(shape))


def _reshaped(name: str, a: Array, shape: Shape) -> Array:
    try:
        value = np.reshape(values(a), shape)
    except ValueError:
        raise ValueError(f"reshape: the shape {a.shape} does not fit into {shape}") from None
    return record(name, value, (a,), (lambda g, y, a: reshape(g, a.shape),))


@operation
def flatten(a: Array, start_dim: int = 0, end_dim: int = -1) -> Array:
    """The axes from `start_dim` to `end_dim` as one."""
    first, last = (axis_of("flatten", a.shape, dim) for dim in (start_dim, end_dim))
    if first > last:
        raise ValueError(f"flatten: dim {start_dim} comes after dim {end_dim}")
    size = math.prod(a.shape[first : last + 1])
    return reshape(a, (*a.shape[:first], size, *a.shape[last + 1 :]))


@operation
def squeeze(a: Array, dim: Dim = None) -> Array:
    """Without the axes of size 1, all of them or those in `dim`."""
    axes = axes_of("squeeze", a.shape, dim)
    kept = tuple(size for axis, size in enumerate(a.shape) if size != 1 or axis not in axes)
    return _reshaped(f"SqueezeBackward{int(dim is not None)}", a, kept)


@operation
def unsqueeze(a: Array, dim: Dim) -> Array:
    """With a new axis of size 1 before axis `dim`."""
    axis = axis_of("unsqueeze", a.shape, dim, more=1)
    return _reshaped("UnsqueezeBackward0", a, (*a.shape[:axis], 1, *a.shape[axis:]))


@operation
def expand(a: Array, *shape: Sizes) -> Array:
    """The array broadcast to a shape, in which -1 keeps a size.

    Raises `ValueError` where it does not broadcast to it.
    """
    wanted = sizes_of(shape)
    old = (1,) * (len(wanted) - len(a.shape)) + a.shape
    sizes = tuple(o if n == -1 else n for o, n in zip(old, wanted, strict=False))
    try:
        value = np.broadcast_to(values(a), sizes)
    except ValueError:
        raise ValueError(f"expand: the shape {a.shape} does not broadcast to {wanted}") from None
    return record("ExpandBackward0", value, (a,), (lambda g, y, a: unbroadcast(g, a.shape),))


@operation
def clone(a: Array) -> Array:
    """A copy."""
    return record("CloneBackward0", values(a).copy(), (a,), (lambda g, y, a: g,))


@operation
def cast(a: Array, dtype: DTypeLike) -> Array:
    """The numbers in another kind: a numpy dtype, its name or float, int, bool."""
    value = values(a).astype(dtype)
    back = (lambda g, y, a: cast(g, a.dtype)) if value.dtype.kind in "fO" else None
    return record("ToCopyBackward0", value, (a,), (back,))


# -- sums ------------------------------------------------------------------------------------------


@operation
def total(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The sum of all elements, or along the axes `dim`, which stay with size 1 by `keepdim`."""
    axes = axes_of("sum", a.shape, dim)
    value = values(a).sum(axis=axes, keepdims=keepdim)
    name = f"SumBackward{int(dim is not None)}"
    return record(name, value, (a,), (lambda g, y, a: restored(g, a.shape, axes),))


@operation
def restored(reduced: Array, shape: Shape, axes: Shape) -> Array:
    """A reduced array copied along the axes that it lost, or kept with size 1."""
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return expand(reshape(reduced, kept), shape)


@operation
def unbroadcast(cotangent: Array, shape: Shape) -> Array:
    """A cotangent summed back to the `shape` of the primal that was broadcast."""
    if cotangent.shape == shape:
        return cotangent
    leading = len(cotangent.shape) - len(shape)
    ones = tuple(leading + axis for axis, size in enumerate(shape) if size == 1)
    return reshape(total(cotangent, (*range(leading), *ones), keepdim=True), shape)


@operation
def cumsum(a: Array, dim: Dim = None) -> Array:
    """The sums of the elements up to each one along an axis; by default of all in one row."""
    if dim is None and len(a.shape) > 1:
        a = flatten(a)
    axis = axis_of("cumsum", a.shape, dim or 0)
    value = np.cumsum(values(a), axis=axis).reshape(a.shape)
    backwards = (*(slice(None),) * axis, slice(None, None, -1)) if a.shape else ()
    return record(
        "CumsumBackward0",
        value,
        (a,),
        (lambda g, y, a: index(cumsum(index(g, backwards), axis), backwards),),
    )


# -- axes in another order -------------------------------------------------------------------------


@operation
def permute(a: Array, *dims: Sizes) -> Array:
    """The axes in another order. Raises `ValueError` where `dims` does not name each once."""
    named = sizes_of(dims)
    order = tuple(axis_of("permute", a.shape, dim) for dim in named)
    if sorted(order) != list(range(len(a.shape))):
        raise ValueError(f"permute: {named} does not name each axis of the shape {a.shape} once")
    return _permuted("PermuteBackward0", a, order)


def _permuted(name: str, a: Array, order: Shape) -> Array:
    back = tuple(int(axis) for axis in np.argsort(order))
    value = np.transpose(values(a), order)
    return record(name, value, (a,), (lambda g, y, a: _permuted(name, g, back),))


@operation
def transpose(a: Array, dim0: int | None = None, dim1: int | None = None) -> Array:
    """The axes reversed, or two of them swapped."""
    if dim0 is None or dim1 is None:
        return _permuted("PermuteBackward0", a, tuple(reversed(range(len(a.shape)))))
    order = list(range(len(a.shape)))
    one, other = (axis_of("transpose", a.shape, dim) for dim in (dim0, dim1))
    if order:
        order[one], order[other] = order[other], order[one]
    return _permuted("TransposeBackward0", a, tuple(order))


@operation
def t(a: Array) -> Array:
    """A matrix transposed; a vector or a single number stays. `ValueError` for more axes."""
    if len(a.shape) > 2:
        raise ValueError(f"t: a matrix is needed, not the shape {a.shape}")
    return _permuted("TBackward0", a, tuple(reversed(range(len(a.shape)))))


# -- elements taken out and put back ---------------------------------------------------------------


@operation
def index(a: Array, key: Any) -> Array:
    """The elements at `key`, as numpy has it: whole numbers, slices, None, ..., arrays, masks.

    Raises `IndexError` where there are none.
    """
    at = plain(key)
    try:
        value = values(a)[at]
    except IndexError as error:
        raise IndexError(f"index {key!r} does not fit the shape {a.shape}: {error}") from None
    shape = a.shape
    return record(_index_name(at), value, (a,), (lambda g, y, a: scatter(g, at, shape),))


@operation
def scatter(a: Array, key: Any, shape: Shape) -> Array:
    """Zeros of this shape, with the elements of `a` added at `key`, more than once if repeated."""
    array = values(a)
    value = np.full(shape, like(a, 0), dtype=array.dtype)
    if _index_name(key) == "IndexBackward0":
        np.add.at(value, key, array)
    else:
        # No element is there twice: a hundred times as fast.
        value[key] += array
    return record("IndexPutBackward0", value, (a,), (lambda g, y, a: index(g, key),))


def put(a: Array, key: Any, new: Array | int) -> Array:
    """The elements of `a`, but those at `key` replaced by `new`, which broadcasts to them."""
    at = plain(key)
    value = values(a).copy()
    wide = expand(new, value[at].shape)
    value[at] = values(wide)
    pulls = (lambda g, y, a, b: put(g, at, 0), lambda g, y, a, b: index(g, at))
    return record("IndexPutBackward0", value, (a, wide), pulls)


def plain(key: Any) -> Any:
    """An index without tensors in it."""
    if isinstance(key, tuple):
        return tuple(map(plain, key))
    return key.data if isinstance(key, Tracked) else key


def _index_name(key: Any) -> str:
    """The name PyTorch gives the last step of an index."""
    parts = [part for part in (key if isinstance(key, tuple) else (key,)) if part is not ...]
    if any(isinstance(part, (list, np.ndarray, bool)) for part in parts):
        return "IndexBackward0"
    last = next((part for part in reversed(parts) if part != slice(None)), slice(None))
    if last is None:
        return "UnsqueezeBackward0"
    return "SliceBackward0" if isinstance(last, slice) else "SelectBackward0"


@operation
def diagonal(a: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """The diagonal of two of the axes, as a last axis; `offset` is above the main one.

    Raises `ValueError` where there are no two axes.
    """
    one, other = (axis_of("diagonal", a.shape, dim) for dim in (dim1, dim2))
    if one == other or len(a.shape) < 2:
        raise ValueError(f"diagonal: two axes of the shape {a.shape} are needed")
    rest = [axis for axis in range(len(a.shape)) if axis not in (one, other)]
    moved = permute(a, (*rest, one, other))
    below, above = max(-offset, 0), max(offset, 0)
    places = np.arange(max(min(moved.shape[-2] - below, moved.shape[-1] - above), 0))
    return renamed("DiagonalBackward0", index(moved, (..., places + below, places + above)))


@operation
def diag_embed(a: Array, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Array:
    """Matrices with the last axis as a diagonal, `offset` above the main one, 0 elsewhere."""
    if not a.shape:
        raise ValueError("diag_embed: a vector is needed, not a single number")
    size = a.shape[-1] + abs(offset)
    shape = (*a.shape[:-1], size, size)
    places = np.arange(a.shape[-1])
    key = (..., places + max(-offset, 0), places + max(offset, 0))
    order = list(range(len(shape) - 2))
    one, other = (axis_of("diag_embed", shape, dim) for dim in (dim1, dim2))
    for axis, place in sorted([(one, len(shape) - 2), (other, len(shape) - 1)]):
        order.insert(axis, place)
    return renamed("DiagEmbedBackward0", permute(scatter(a, key, shape), order))


@operation
def diag(a: Array, diagonal: int = 0) -> Array:
    """A vector as a matrix with it as a diagonal; of a matrix, a diagonal.

    Raises `ValueError` for a single number or more than two axes.
    """
    if len(a.shape) not in (1, 2):
        raise ValueError(f"diag: a vector or a matrix is needed, not the shape {a.shape}")
    return (diag_embed if len(a.shape) == 1 else _diagonal)(a, diagonal)


_diagonal = diagonal
"""Under a name that is not also an argument's."""


@operation
def trace(a: Array) -> Array:
    """The sum of a matrix's diagonal. Raises `ValueError` for anything but a matrix."""
    if len(a.shape) != 2:
        raise ValueError(f"trace: a matrix is needed, not the shape {a.shape}")
    return renamed("TraceBackward0", total(diagonal(a)))


# -- several arrays made one -----------------------------------------------------------------------


def stack(tensors: Sequence[Array], dim: int = 0) -> Array:
    """Arrays of one shape side by side along a new axis.

    Raises `ValueError` for shapes that differ, or no array at all.
    """
    tensors = [operand(a) for a in tensors]
    shapes = [a.shape for a in tensors]
    if len(set(shapes)) != 1:
        raise ValueError(f"stack: one shape is needed, not {_listed(shapes)}")
    axis = axis_of("stack", shapes[0], dim, more=1)
    value = np.stack([values(a) for a in tensors], axis)
    return record("StackBackward0", value, tensors, _parts(axis, range(len(shapes))))


def cat(tensors: Sequence[Array], dim: int = 0) -> Array:
    """Arrays one after the other along an axis that they have.

    Raises `ValueError` for shapes that differ in another axis, or no array at all.
    """
    tensors = [operand(a) for a in tensors]
    shapes = [a.shape for a in tensors]
    axis = axis_of("cat", shapes[0], dim) if shapes else 0
    if () in shapes or len({(*s[:axis], *s[axis + 1 :]) for s in shapes}) != 1:
        raise ValueError(f"cat: shapes may differ in dim {dim} only, not {_listed(shapes)}")
    ends = list(itertools.accumulate(shape[axis] for shape in shapes))
    parts = [slice(end - shape[axis], end) for end, shape in zip(ends, shapes, strict=True)]
    value = np.concatenate([values(a) for a in tensors], axis)
    return record("CatBackward0", value, tensors, _parts(axis, parts))


def _parts(axis: int, places: Iterable[int | slice]) -> list[Vjp]:
    """The vjps of arrays put side by side: each takes its own part of the cotangent."""
    keys = [(*(slice(None),) * axis, place) for place in places]
    return [lambda g, y, *_, key=key: index(g, key) for key in keys]


def _listed(shapes: Sequence[Shape]) -> str:
    return " and ".join(map(str, shapes)) or "none"
