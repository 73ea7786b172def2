"""Elements moved, repeated and taken apart: indexing, permuting and copying in PyTorch's words.

Nothing here has a vjp of its own: what these are made of has (`linear.py`).
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diffcalc.autograd.linear import (
    Dim,
    Sizes,
    axis_of,
    cat,
    expand,
    flatten,
    index,
    operation,
    permute,
    plain,
    put,
    reshape,
    sizes_of,
    unsqueeze,
)
from diffcalc.autograd.primitives import Array, f, like
from diffcalc.autograd.tape import operand, renamed
from diffcalc.language.operations import Operation


def along(axis: int, key: Any) -> tuple[Any, ...]:
    """The index that takes `key` of one axis and all of the others."""
    return (*(slice(None),) * axis, key)


# -- another order ---------------------------------------------------------------------------------


@operation
def flip(a: Array, *dims: Sizes) -> Array:
    """The elements in reverse order along these axes, `flip(0, 1)` or `flip((0, 1))`."""
    axes = {axis_of("flip", a.shape, dim) for dim in sizes_of(dims)}
    key = tuple(slice(None, None, -1 if i in axes else None) for i in range(len(a.shape)))
    return renamed("FlipBackward0", index(a, key))


@operation
def fliplr(a: Array) -> Array:
    """The columns in reverse order."""
    return flip(a, 1)


@operation
def flipud(a: Array) -> Array:
    """The rows in reverse order."""
    return flip(a, 0)


@operation
def rot90(a: Array, k: int = 1, dims: Sequence[int] = (0, 1)) -> Array:
    """Turned by k right angles from the first of these axes towards the second."""
    one, other = (axis_of("rot90", a.shape, dim) for dim in dims)
    for _ in range(k % 4):
        a = flip(permute(a, _swapped(len(a.shape), one, other)), one)
    return a


def _swapped(count: int, one: int, other: int) -> list[int]:
    order = list(range(count))
    order[one], order[other] = other, one
    return order


@operation
def roll(a: Array, shifts: Sizes, dims: Dim = None) -> Array:
    """The elements moved on by `shifts` along `dims`, those at the end to the front.

    Without `dims` as if all stood in one row.
    """
    if dims is None:
        return renamed("RollBackward0", reshape(roll(flatten(a), shifts, 0), a.shape))
    for shift, dim in zip(_several(shifts), _several(dims), strict=True):
        axis = axis_of("roll", a.shape, dim)
        a = index(a, along(axis, np.roll(np.arange(a.shape[axis]), shift)))
    return renamed("RollBackward0", a)


def _several(one_or_more: Any) -> Sequence[Any]:
    return one_or_more if isinstance(one_or_more, (tuple, list)) else (one_or_more,)


@operation
def moveaxis(a: Array, source: Sizes, destination: Sizes) -> Array:
    """Some axes moved to other places, the rest staying in order."""
    count = len(a.shape)
    pairs = [
        (axis_of("moveaxis", a.shape, to), axis_of("moveaxis", a.shape, axis))
        for axis, to in zip(_several(source), _several(destination), strict=True)
    ]
    order = [axis for axis in range(count) if axis not in {axis for _, axis in pairs}]
    for to, axis in sorted(pairs):
        order.insert(to, axis)
    return permute(a, order)


# -- repeated --------------------------------------------------------------------------------------


@operation
def tile(a: Array, *dims: Sizes) -> Array:
    """The array repeated along each axis, missing ones first: as `numpy.tile`."""
    counts = sizes_of(dims)
    if min(counts, default=0) < 0:
        raise ValueError(f"tile: counts are 0 or more, not {counts}")
    rank = max(len(counts), len(a.shape))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - len(a.shape)) + a.shape
    spread = [n for size in shape for n in (1, size)]
    copies = [n for pair in zip(counts, shape, strict=True) for n in pair]
    whole = tuple(map(math.prod, zip(counts, shape, strict=True)))
    return renamed("RepeatBackward0", reshape(expand(reshape(a, spread), copies), whole))


@operation
def repeat(a: Array, *sizes: Sizes) -> Array:
    """`tile` that names every axis. Raises `ValueError` for fewer counts than axes."""
    if len(sizes_of(sizes)) < len(a.shape):
        raise ValueError(f"repeat: a count for each axis of the shape {a.shape} is needed")
    return tile(a, *sizes)


@operation
def repeat_interleave(a: Array, repeats: ArrayLike, dim: Dim = None) -> Array:
    """Each element repeated, all of them or along an axis: as `numpy.repeat`."""
    if dim is None:
        return repeat_interleave(flatten(a), repeats, 0)
    axis = axis_of("repeat_interleave", a.shape, dim)
    counts = plain(repeats)
    return index(a, along(axis, np.repeat(np.arange(a.shape[axis]), counts)))


# -- taken apart -----------------------------------------------------------------------------------


@operation
def split(a: Array, split_size: Sizes, dim: int = 0) -> tuple[Array, ...]:
    """Parts of one size along an axis, the last perhaps smaller, or of the sizes that are listed.

    Raises `ValueError` where the sizes do not add up to the axis.
    """
    axis = axis_of("split", a.shape, dim)
    whole = a.shape[axis]
    if isinstance(split_size, (tuple, list)):
        ends = list(accumulate(split_size))
        if ends[-1:] != [whole]:
            raise ValueError(f"split: {list(split_size)} does not add up to {whole}")
    elif split_size < 1:
        raise ValueError(f"split: parts have a size of 1 or more, not {split_size}")
    else:
        ends = [*range(split_size, whole, split_size), whole]
    parts: tuple[Array, ...] = tensor_split(a, ends[:-1], axis)
    return parts


@operation
def chunk(a: Array, chunks: int, dim: int = 0) -> tuple[Array, ...]:
    """At most this many parts of one size along an axis, the last perhaps smaller."""
    whole = a.shape[axis_of("chunk", a.shape, dim)]
    if chunks < 1:
        raise ValueError(f"chunk: 1 part or more, not {chunks}")
    parts: tuple[Array, ...] = split(a, max(-(-whole // chunks), 1), dim)
    return parts


@operation
def tensor_split(a: Array, indices_or_sections: Sizes, dim: int = 0) -> tuple[Array, ...]:
    """That many parts along an axis, the first perhaps larger, or parts cut at these places."""
    axis = axis_of("tensor_split", a.shape, dim)
    whole, at = a.shape[axis], plain(indices_or_sections)
    if not np.ndim(at):
        less, more = divmod(whole, int(at))
        at = list(accumulate([less + 1] * more + [less] * (int(at) - more)))[:-1]
    ends = [0, *(int(end) for end in at), None]
    return tuple(index(a, along(axis, slice(*pair))) for pair in pairwise(ends))


@operation
def unbind(a: Array, dim: int = 0) -> tuple[Array, ...]:
    """The array's parts along an axis, without it."""
    axis = axis_of("unbind", a.shape, dim)
    return tuple(index(a, along(axis, place)) for place in range(a.shape[axis]))


# -- chosen by place -------------------------------------------------------------------------------


@operation
def gather(a: Array, dim: int, index: Array) -> Array:  # PyTorch's name
    """The elements at `index` along an axis, in the shape of `index`, which may be smaller."""
    places = np.asarray(plain(index))
    axis = axis_of("gather", a.shape, dim)
    if places.ndim != len(a.shape):
        raise ValueError(f"gather: the index has shape {places.shape}, the array {a.shape}")
    return renamed("GatherBackward0", _index(a, _along_places(axis, places)))


_index = index
"""Under a name that is not also an argument's."""


def _along_places(axis: int, places: Array) -> tuple[Any, ...]:
    grid: list[Any] = list(np.indices(places.shape, sparse=True))
    grid[axis] = places
    return tuple(grid)


@operation
def take_along_dim(a: Array, indices: Array, dim: Dim = None) -> Array:
    """The elements at `indices` along an axis, the other axes broadcast: as argsort gives them."""
    places = np.asarray(plain(indices))
    if dim is None:
        return _index(flatten(a), places.ravel())
    axis = axis_of("take_along_dim", a.shape, dim)
    kept = along(axis, slice(1))
    others = np.broadcast_shapes(np.empty(a.shape)[kept].shape, places[kept].shape)
    sizes = (list(others), list(others))
    sizes[0][axis], sizes[1][axis] = a.shape[axis], places.shape[axis]
    return gather(expand(a, sizes[0]), axis, np.broadcast_to(places, sizes[1]))


@operation
def index_select(a: Array, dim: int, index: Array) -> Array:  # PyTorch's name
    """The parts of the array at these places along an axis."""
    axis = axis_of("index_select", a.shape, dim)
    return renamed("IndexSelectBackward0", _index(a, along(axis, np.asarray(plain(index)))))


@operation
def narrow(a: Array, dim: int, start: int, length: int) -> Array:
    """So many parts of the array along an axis, from a place on."""
    return index(a, along(axis_of("narrow", a.shape, dim), slice(start, start + length)))


@operation
def select(a: Array, dim: int, index: int) -> Array:  # PyTorch's name
    """The part of the array at a place along an axis, which is lost."""
    return _index(a, along(axis_of("select", a.shape, dim), index))


@operation
def element(a: Array, index: Any) -> Array:
    """The part of the array at a place along its first axis."""
    return select(a, 0, int(index))


@operation
def part(a: Array, *ends: Any) -> Array:
    """What stands from one place to another along the first axis; to its end from one alone."""
    return index(a, slice(*map(int, ends)) if len(ends) > 1 else slice(int(ends[0]), None))


@operation
def pad(a: Array, before: Any, after: Any) -> Array:
    """The array with so many rows of zeros before and behind it."""
    first, size = int(before), a.shape[0]
    zeros = np.full((first + size + int(after), *a.shape[1:]), like(a, 0))
    return renamed("ConstantPadNdBackward0", put(zeros, slice(first, first + size), a))


@operation
def masked_fill(a: Array, mask: Array, value: Any) -> Array:
    """`value` where the mask holds, the elements elsewhere."""
    return renamed("MaskedFillBackward0", f.where(plain(mask), value, a))


@operation
def masked_select(a: Array, mask: Array) -> Array:
    """The elements where the mask, broadcast to the array, holds, in a row."""
    key = np.broadcast_to(plain(mask), a.shape).astype(bool)
    return renamed("MaskedSelectBackward0", index(a, key))


@operation
def tril(a: Array, diagonal: int = 0) -> Array:
    """The matrices with 0 above a diagonal."""
    return _kept("tril", np.tril, a, diagonal)


@operation
def triu(a: Array, diagonal: int = 0) -> Array:
    """The matrices with 0 below a diagonal."""
    return _kept("triu", np.triu, a, diagonal)


def _kept(name: str, triangle: Operation, a: Array, diagonal: int) -> Array:
    if len(a.shape) < 2:
        raise ValueError(f"{name}: a matrix is needed, not the shape {a.shape}")
    mask = triangle(np.ones(a.shape[-2:], bool), diagonal)
    return renamed(f"{name.capitalize()}Backward0", f.where(mask, a, like(a, 0)))


# -- side by side, with axes added -----------------------------------------------------------------


@operation
def atleast_1d(a: Array) -> Array:
    """With one axis at least."""
    return a if a.shape else unsqueeze(a, 0)


@operation
def atleast_2d(a: Array) -> Array:
    """With two axes at least: a vector is a row."""
    return a if len(a.shape) > 1 else unsqueeze(atleast_1d(a), 0)


@operation
def atleast_3d(a: Array) -> Array:
    """With three axes at least: a matrix is the first two."""
    return a if len(a.shape) > 2 else unsqueeze(atleast_2d(a), -1)


def vstack(tensors: Sequence[Array]) -> Array:
    """Arrays on top of one another, vectors as rows."""
    return cat([atleast_2d(a) for a in tensors], 0)


def hstack(tensors: Sequence[Array]) -> Array:
    """Arrays side by side: along the second axis, or of vectors along the only one."""
    parts = [atleast_1d(a) for a in tensors]
    return cat(parts, min(len(parts[0].shape) - 1, 1) if parts else 0)


def dstack(tensors: Sequence[Array]) -> Array:
    """Arrays behind one another, along the third axis."""
    return cat([atleast_3d(a) for a in tensors], 2)


def column_stack(tensors: Sequence[Array]) -> Array:
    """Arrays side by side, vectors as columns."""
    parts = [operand(a) for a in tensors]
    return cat([a if len(a.shape) > 1 else reshape(a, (-1, 1)) for a in parts], 1)


# -- differences -----------------------------------------------------------------------------------


@operation
def diff(
    a: Array, n: int = 1, dim: int = -1, prepend: Array | None = None, append: Array | None = None
) -> Array:
    """The differences of neighbours along an axis, taken n times; more may stand at its ends."""
    axis = axis_of("diff", a.shape, dim)
    if not a.shape or n < 0:
        raise ValueError(f"diff: of the shape {a.shape} there are no differences taken {n} times")
    a = cat([part for part in (prepend, a, append) if part is not None], axis)
    for _ in range(n):
        a = index(a, along(axis, slice(1, None))) - index(a, along(axis, slice(-1)))
    return a
