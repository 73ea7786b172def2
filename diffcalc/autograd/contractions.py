"""Sums of products over named axes: `einsum`, and the products that are special cases of it.

Two operands at a time are brought to one product of matrices: the axes that both have and that are
kept are batches, those that both have and that are kept no longer are summed over. What only one
operand has and nobody keeps is summed before. So a walk back is made of products of matrices too.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from diffcalc.autograd.elementwise import misfit
from diffcalc.autograd.linear import (
    Shape,
    Sizes,
    axis_of,
    diagonal,
    expand,
    operation,
    permute,
    reshape,
    total,
)
from diffcalc.autograd.moves import moveaxis
from diffcalc.autograd.primitives import Array
from diffcalc.autograd.products import matmul
from diffcalc.autograd.tape import operand

Label = Hashable
"""The name of an axis: a letter, a number, or a pair for one of those that `...` stands for."""


def einsum(equation: Any, *operands: Any) -> Array:
    """The sum of products of elements that an equation says: `einsum("ij,jk->ik", a, b)`.

    As in PyTorch and numpy: `...` stands for the axes that are not named, which broadcast; without
    `->` the labels that appear once are kept, in their order; and lists of numbers may follow each
    operand instead, `einsum(a, [0, 1], [1, 0])`. Raises `ValueError` for what does not fit.
    """
    arrays, inputs, output = _terms(equation, operands)
    if len(inputs) != len(arrays):
        raise ValueError(f"einsum: {len(inputs)} terms are given {len(arrays)} operands")
    named = [_labelled(a, term) for a, term in zip(arrays, inputs, strict=True)]
    kept = _output(output, named)
    sizes = _sizes(named)
    if len(set(kept)) < len(kept) or not set(kept) <= set(sizes):
        raise ValueError("einsum: the result has each of its labels once, and of an operand's only")
    terms = [_diagonals(_broadcast(a, labels, sizes), labels) for a, labels in named]
    first = terms.pop(0)
    while terms:
        wanted = {*kept, *(label for _, labels in terms[1:] for label in labels)}
        first = _pair(first, terms.pop(0), wanted)
    return _ordered(_summed(first, set(kept)), kept)


def _ordered(term: tuple[Array, list[Label]], kept: list[Label]) -> Array:
    a, labels = term
    return a if labels == kept else permute(a, [labels.index(label) for label in kept])


# -- the equation ----------------------------------------------------------------------------------


def _terms(
    equation: Any, operands: Sequence[Any]
) -> tuple[list[Array], list[list[Label]], list[Label] | None]:
    """The operands, the labels of each, and those of the result if they are given."""
    if not isinstance(equation, str):
        given = [equation, *operands]
        pairs, rest = given[: len(given) // 2 * 2], given[len(given) // 2 * 2 :]
        return (
            [*map(operand, pairs[::2])],
            [list(t) for t in pairs[1::2]],
            [*rest[0]] if rest else None,
        )
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    left, arrow, right = equation.replace(" ", "").partition("->")
    return (
        [operand(a) for a in operands],
        [_labels(term) for term in left.split(",")],
        _labels(right) if arrow else None,
    )


def _labels(term: str) -> list[Label]:
    before, dots, after = term.partition("...")
    if not (before + after).isalpha() and before + after:
        raise ValueError(f"einsum: {term!r} is no row of letters, of which three dots may be one")
    return [*before, *([...] if dots else []), *after]


def _labelled(a: Array, term: Sequence[Label]) -> tuple[Array, list[Label]]:
    """An operand with a label for each axis, those of the dots counted from the last of them."""
    count = len(a.shape) - (len(term) - 1 if ... in term else len(term))
    if count < 0 or (count and ... not in term):
        raise ValueError(f"einsum: {len(term)} labels do not fit the shape {a.shape}")
    dots: list[Label] = [(..., place) for place in range(count, 0, -1)]
    return a, [x for label in term for x in (dots if label is ... else [label])]


def _output(output: list[Label] | None, named: Sequence[tuple[Array, list[Label]]]) -> list[Label]:
    counts = Counter(label for _, labels in named for label in labels)
    dots: list[Any] = sorted((x for x in counts if isinstance(x, tuple)), key=str, reverse=True)
    if output is not None:
        return [x for label in output for x in (dots if label is ... else [label])]
    single: Iterable[Any] = (x for x, n in counts.items() if n == 1 and not isinstance(x, tuple))
    return [*dots, *sorted(single)]


def _sizes(named: Sequence[tuple[Array, list[Label]]]) -> dict[Label, int]:
    """The size of each label's axis. Only axes that dots stand for broadcast."""
    sizes: dict[Label, int] = {}
    for a, labels in named:
        for label, size in zip(labels, a.shape, strict=True):
            before = sizes.get(label, size)
            if before != size and not (isinstance(label, tuple) and 1 in (before, size)):
                raise misfit("einsum", *(a.shape for a, _ in named))
            sizes[label] = size if before == 1 else before
    return sizes


# -- the operands ----------------------------------------------------------------------------------


def _broadcast(a: Array, labels: Sequence[Label], sizes: dict[Label, int]) -> Array:
    return expand(a, [sizes[label] for label in labels])


def _diagonals(a: Array, labels: list[Label]) -> tuple[Array, list[Label]]:
    """An operand in which no label stands twice."""
    for label, count in Counter(labels).items():
        for _ in range(count - 1):
            one = labels.index(label)
            other = labels.index(label, one + 1)
            a = diagonal(a, 0, one, other)
            labels = [x for i, x in enumerate(labels) if i not in (one, other)] + [label]
    return a, labels


def _summed(term: tuple[Array, list[Label]], wanted: set[Label]) -> tuple[Array, list[Label]]:
    """A term without the axes that nobody wants."""
    a, labels = term
    axes = tuple(i for i, label in enumerate(labels) if label not in wanted)
    return (total(a, axes) if axes else a), [label for label in labels if label in wanted]


def _pair(
    one: tuple[Array, list[Label]], other: tuple[Array, list[Label]], wanted: set[Label]
) -> tuple[Array, list[Label]]:
    """The product of two terms, summed over the labels that are no longer wanted."""
    a, of_a = _summed(one, {*wanted, *other[1]})
    b, of_b = _summed(other, {*wanted, *of_a})
    batch = [x for x in of_a if x in of_b and x in wanted]
    inner = [x for x in of_a if x in of_b and x not in wanted]
    rows = [x for x in of_a if x not in of_b]
    columns = [x for x in of_b if x not in of_a]
    left, right = _grouped(a, of_a, batch, rows, inner), _grouped(b, of_b, batch, inner, columns)
    sizes = {**dict(zip(of_a, a.shape, strict=True)), **dict(zip(of_b, b.shape, strict=True))}
    kept = [*batch, *rows, *columns]
    return reshape(matmul(left, right), [sizes[label] for label in kept]), kept


def _grouped(a: Array, labels: list[Label], *groups: list[Label]) -> Array:
    """An operand with one axis for each group of labels."""
    moved = permute(a, [labels.index(label) for group in groups for label in group])
    sizes = dict(zip(labels, a.shape, strict=True))
    return reshape(moved, [math.prod(sizes[label] for label in group) for group in groups])


# -- special cases ---------------------------------------------------------------------------------


@operation
def tensordot(a: Array, b: Array, dims: int | Sequence[Sizes] = 2) -> Array:
    """The products summed over the last axes of a and the first of b, or over the pairs listed."""
    b = operand(b)
    if isinstance(dims, (int, np.integer)):
        if dims > min(len(a.shape), len(b.shape)):
            raise misfit("tensordot", a.shape, b.shape)
        of_a: Shape = tuple(range(len(a.shape) - int(dims), len(a.shape)))
        of_b: Shape = tuple(range(int(dims)))
    else:
        of_a, of_b = (_axes("tensordot", x, d) for x, d in zip((a, b), dims, strict=True))
    labels: list[Label] = [("b", place) for place in range(len(b.shape))]
    for one, other in zip(of_a, of_b, strict=True):
        labels[other] = ("a", one)
    names = [("a", place) for place in range(len(a.shape))]
    if any(a.shape[i] != b.shape[j] for i, j in zip(of_a, of_b, strict=True)):
        raise misfit("tensordot", a.shape, b.shape)
    kept = {*names, *labels} - {("a", place) for place in of_a}
    product = _pair((a, [*names]), (b, labels), kept)
    return _ordered(product, [x for x in (*names, *labels) if x in kept])


def _axes(name: str, a: Array, dims: int | Sequence[Sizes]) -> Shape:
    listed = dims if isinstance(dims, (tuple, list)) else (dims,)
    return tuple(axis_of(name, a.shape, dim) for dim in listed)


@operation
def inner(a: Array, b: Array) -> Array:
    """The products summed over the last axis of both; of a number the multiples."""
    b = operand(b)
    if not (a.shape and b.shape):
        return a * b
    if a.shape[-1] != b.shape[-1]:
        raise misfit("inner", a.shape, b.shape)
    return tensordot(a, b, ((-1,), (-1,)))


@operation
def kron(a: Array, b: Array) -> Array:
    """The array with each element of a times the whole of b in its place."""
    b = operand(b)
    rank = max(len(a.shape), len(b.shape))
    of_a, of_b = ((1,) * (rank - len(x.shape)) + x.shape for x in (a, b))
    left = reshape(a, [n for size in of_a for n in (size, 1)])
    right = reshape(b, [n for size in of_b for n in (1, size)])
    return reshape(left * right, [n * m for n, m in zip(of_a, of_b, strict=True)])


@operation
def cross(a: Array, b: Array, dim: int = -1) -> Array:
    """The vector products of vectors of 3 along an axis. Raises `ValueError` for other sizes."""
    b = operand(b)
    axis = axis_of("cross", a.shape, dim)
    if a.shape[axis : axis + 1] != (3,) or b.shape[axis : axis + 1] != (3,):
        raise misfit("cross", a.shape, b.shape)
    one, other = moveaxis(a, axis, 0), moveaxis(b, axis, 0)
    following, last = [1, 2, 0], [2, 0, 1]
    product = one[following] * other[last] - one[last] * other[following]
    return moveaxis(product, 0, axis)
