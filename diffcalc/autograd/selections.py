"""Elements chosen by their size: the largest, the smallest, the middle one, and all in order.

What is chosen is looked up by its place, so that the cotangent goes to that place and no other:
also of equal elements, as PyTorch has it where it tells the places. `amax` and `max` of all
elements tell none and share the cotangent (`reductions.py`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from diffcalc.autograd.linear import Dim, axes_of, axis_of, flatten, operation, squeeze
from diffcalc.autograd.moves import along, gather
from diffcalc.autograd.primitives import Array, f, values
from diffcalc.autograd.reductions import amax, amin, evenly
from diffcalc.autograd.tape import Tracked, record, renamed
from diffcalc.base.types import NumberArray
from diffcalc.language.operations import Operation


class Selection(NamedTuple):
    """What was chosen, and the places where it stood along the axis."""

    values: Array
    indices: Array


def _chosen(name: str, a: Array, axis: int, places: NumberArray, keepdim: bool = True) -> Selection:
    found = gather(a, axis, places) if a.shape else a
    if not keepdim and a.shape:
        found, places = squeeze(found, axis), places.squeeze(axis)
    kind = type(a) if isinstance(a, Tracked) else np.asarray
    return Selection(renamed(f"{name}Backward0", found), kind(np.asarray(places)))


def _extreme(
    name: str, of_all: Callable[..., Array], place: Callable[..., NumberArray]
) -> Operation:
    @operation
    def extreme(a: Array, dim: Dim = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """The largest (smallest) element of one array; along an axis, also where it stood.

        With two arrays, the larger (smaller) of each pair of elements.
        """
        if other is not None or not (dim is None or _is_axis(dim)):
            return getattr(f, name)(a, dim if other is None else other)
        if dim is None:
            return renamed(f"{name.capitalize()}Backward1", of_all(a, keepdim=keepdim))
        axis = axis_of(name, a.shape, dim)
        places = place(values(a), axis) if a.shape else np.zeros((), int)
        return _chosen(name.capitalize(), a, axis, places, keepdim)

    return extreme


def _is_axis(dim: Dim) -> bool:
    return isinstance(dim, (int, np.integer)) and not isinstance(dim, bool)


def _first(array: NumberArray, axis: int, largest: bool) -> NumberArray:
    """Where the largest or smallest stands first along an axis; the first nan is both."""
    if not array.shape[axis]:
        raise ValueError(f"the shape {array.shape} has no element to choose along dim {axis}")
    at = (np.argmax if largest else np.argmin)(array, axis=axis, keepdims=True)
    unknown = array != array  # noqa: PLR0124  # true of nan only
    first: NumberArray = np.where(
        np.any(unknown, axis, keepdims=True), np.argmax(unknown, axis, keepdims=True), at
    )
    return first


largest = _extreme("max", amax, lambda array, axis: _first(array, axis, True))
smallest = _extreme("min", amin, lambda array, axis: _first(array, axis, False))


@operation
def argmax(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Where the largest element stands, of all in a row or along an axis."""
    return _place(largest, a, dim, keepdim)


@operation
def argmin(a: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Where the smallest element stands, of all in a row or along an axis."""
    return _place(smallest, a, dim, keepdim)


def _place(extreme: Operation, a: Array, dim: Dim, keepdim: bool) -> Array:
    found: Selection = extreme(flatten(a), 0) if dim is None else extreme(a, dim, keepdim)
    return found.indices


@operation
def sort(a: Array, dim: int = -1, descending: bool = False, stable: bool = True) -> Selection:
    """The elements in order along an axis, nan last, and where they stood; equal ones stay so."""
    axis = axis_of("sort", a.shape, dim)
    array = values(a)
    if not a.shape:
        return _chosen("Sort", a, axis, np.zeros((), int))
    if descending:
        backwards = along(axis, slice(None, None, -1))
        # From behind, so that equal elements end in the order they had.
        places = a.shape[axis] - 1 - np.argsort(array[backwards], axis, kind="stable")[backwards]
    else:
        places = np.argsort(array, axis, kind="stable")
    return _chosen("Sort", a, axis, places)


@operation
def argsort(a: Array, dim: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Where the elements stood that are now in order along an axis."""
    return sort(a, dim, descending).indices


@operation
def topk(a: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Selection:  # noqa: A002  # PyTorch's name
    """The k largest or smallest elements along an axis, in order, and where they stood."""
    axis = axis_of("topk", a.shape, dim)
    if not 0 <= k <= a.shape[axis]:
        raise ValueError(f"topk: there are no {k} of {a.shape[axis]} elements")
    places = np.asarray(values(argsort(a, axis, largest)))[along(axis, slice(k))]
    return _chosen("Topk", a, axis, places)


@operation
def kthvalue(a: Array, k: int, dim: int = -1, keepdim: bool = False) -> Selection:
    """The k-th smallest element along an axis, counted from 1, and where it stood."""
    axis = axis_of("kthvalue", a.shape, dim)
    if a.shape and not 1 <= k <= a.shape[axis]:
        raise ValueError(f"kthvalue: there is no {k}th of {a.shape[axis]} elements")
    places = np.asarray(values(argsort(a, axis)))
    places = places[along(axis, slice(k - 1, k))] if a.shape else places
    return _chosen("Kthvalue", a, axis, places, keepdim)


@operation
def median(a: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """The middle element, of two the smaller; along an axis, also where it stood."""
    if dim is None:
        middle = median(values(flatten(a)), 0).values
        return record(
            "MedianBackward0", middle, (a,), (evenly(a.shape, axes_of("", a.shape, None)),)
        )
    axis = axis_of("median", a.shape, dim)
    count = a.shape[axis] if a.shape else 1
    return kthvalue(a, (count + 1) // 2, axis, keepdim)
