"""The one table of operations on vectors and matrices, as `operations.py` is of elementwise ones.

Each row says what the operation gives in float64, in the numbers of any other column of the table
(by that column's own sums, products and roots), and which elements of the result move with which
elements of its operands. The last gives the shapes too, and says which shapes do not fit.

An `axis` is an operand like any other: a whole number, written `axis=0`.
A new operation is a row here, an entry in `autograd/` and a rule in `symbolic/`; `truth/` takes it
from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import SupportsInt

import numpy as np

from diffcalc.base.numbers import Algebra, Formula
from diffcalc.base.types import BoolArray, FloatArray, Floats, NumberArray
from diffcalc.language.operations import ELEMENTARY, Row

Array = NumberArray
"""A numpy array or a single number."""
Column = Algebra[Array]
Moved = BoolArray
"""A numpy array of bool: whether each element moves with the one that is being moved."""
Size = int | Formula
Shape = tuple[Size, ...]

MANY = 1_000_000
"""The operands of a row that takes any number of arrays."""
# With more rows the exact determinant, which divides by nothing, would have millions of products.
_MOST_ROWS = 10
LARGEST = 20_000_000
"""How many elements an array may have on the way."""
# As a float64 array, eye(10_000) takes 800 MB: a larger one is a slip, not a wish.
_LARGEST_SQUARE = 10_000


def _reduced(shapes: Sequence[Shape], numbers: Sequence[Size]) -> Shape:
    """The shape of a reduction, of all elements or along an axis."""
    if not numbers:
        return ()
    (first,) = shapes
    axis = int(numbers[0]) % len(first)
    return first[:axis] + first[axis + 1 :]


def _part_of(shapes: Sequence[Shape], ends: Sequence[Size]) -> Shape:
    """The shape from one place to another along the first axis, whose size may be a symbol."""
    size, *rest = shapes[0]
    first, last = places(size, ends)
    return (last - first, *rest)


def places(size: Size, ends: Sequence[Size]) -> tuple[Size, Size]:
    """Where a part of `size` rows begins and ends, counted from the front."""
    if isinstance(size, int):
        first, last, _ = slice(*_ends(ends)).indices(size)
        return first, max(first, last)
    found = [int(end) + (size if int(end) < 0 else 0) for end in ends]
    return found[0], found[1] if len(found) > 1 else size


def _with_axis(shape: Shape, axis: Size) -> Shape:
    at = int(axis) % (len(shape) + 1)
    return (*shape[:at], 1, *shape[at:])


@dataclass(frozen=True)
class ArrayOperation(Row):
    """One operation on whole arrays.

    `operands` counts the arrays it takes, perhaps `MANY`; `numbers` how many whole numbers may
    follow them: an axis, or from the range `counts`. `exact` takes a column of the table first.
    `moved` raises `ValueError`, with the reason in words, for shapes that do not fit. `shape` takes
    those of fitting operands, whose sizes may be symbols, and the whole numbers. It is `written` by
    another name where that is not its own: with one argument, max is the largest element.
    """

    name: str
    operands: int
    numbers: tuple[int, ...]
    numpy: Callable[..., Floats]
    exact: Callable[..., Array]
    moved: Callable[..., Moved | np.bool_]
    shape: Callable[[Sequence[Shape], Sequence[Size]], Shape] = _reduced
    written: str = ""
    counts: range | None = None

    @property
    def reduces(self) -> bool:
        """Whether it makes one number of those along an axis."""
        return self.shape is _reduced and 1 in self.numbers


def whole(number: SupportsInt | None) -> int | None:
    """An axis or a size in any kind of numbers as an int; None stays."""
    return None if number is None else int(number)


def shape_text(shape: Shape) -> str:
    """A shape in words: a number, a vector of 3, a 2×3 matrix."""
    match len(shape):
        case 0:
            return "a number"
        case 1:
            return f"a vector of {shape[0]}"
        case 2:
            return f"a {shape[0]}×{shape[1]} matrix"
        case _:
            return "an array of shape " + "×".join(map(str, shape))


# -- float64 ---------------------------------------------------------------------------------------


def _along(reduce: Callable[..., Array]) -> Callable[..., Array]:
    """A numpy reduction whose axis may be any kind of whole number."""
    return lambda a, axis=None: reduce(np.asarray(a), axis=whole(axis))


def _logsumexp(a: Floats, axis: SupportsInt | None = None) -> Floats:
    a = np.asarray(a)
    # The largest element: exp of it would overflow.
    most: FloatArray = np.max(a, axis=whole(axis), keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.where(np.isfinite(most), a - most, a)
        total: FloatArray = np.log(np.sum(np.exp(small), axis=whole(axis)))
    return total + np.where(np.isfinite(most), most, 0.0).reshape(np.shape(total))


def _softmax(a: Floats, axis: SupportsInt | None = None) -> Floats:
    a = np.asarray(a)
    powers: FloatArray = np.exp(a - np.max(a, axis=whole(axis), keepdims=True))
    return powers / np.sum(powers, axis=whole(axis), keepdims=True)


def _norm(a: Floats, axis: SupportsInt | None = None) -> Floats:
    a = np.asarray(a)
    # Scaled, so that no square overflows or vanishes.
    most: FloatArray = np.max(np.abs(a), axis=whole(axis), keepdims=True)
    scale = np.where((most > 0) & np.isfinite(most), most, 1.0)
    root: FloatArray = np.sqrt(np.sum((a / scale) ** 2, axis=whole(axis)))
    return root * scale.reshape(np.shape(root))


def _padded(
    zeros: Callable[[tuple[int, ...]], Array], a: Array, before: SupportsInt, after: SupportsInt
) -> Array:
    a = np.asarray(a)
    above, below = (zeros((int(count), *a.shape[1:])) for count in (before, after))
    return np.concatenate([above, a, below])


def _cumsum(a: Floats, axis: SupportsInt | None = None) -> Floats:
    return np.cumsum(a, axis=whole(axis)).reshape(np.shape(a))


def _cumprod(a: Floats, axis: SupportsInt | None = None) -> Floats:
    return np.cumprod(a, axis=whole(axis)).reshape(np.shape(a))


def _inv(a: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(a), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(np.shape(a), np.nan)


# -- any other column ------------------------------------------------------------------------------


def _rows(a: Array, axis: SupportsInt | None) -> tuple[Array, tuple[int, ...]]:
    """The numbers to be reduced together, a row each, and the shape of the result."""
    array = np.asarray(a, dtype=object)
    if axis is None:
        return array.reshape(1, -1), ()
    last = np.moveaxis(array, int(axis), -1)
    return last.reshape(-1, last.shape[-1]), last.shape[:-1]


def _by_row(operation: str) -> Callable[..., Array]:
    """A reduction by an operation of the column that takes a list of numbers."""

    def reduce(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
        rows, shape = _rows(a, axis)
        found = np.empty(len(rows), dtype=object)
        found[:] = [x[operation](list(row)) for row in rows]
        return found.reshape(shape)[()]

    return reduce


def _folded(operation: str) -> Callable[..., Array]:
    """A reduction by the column's own function of two numbers."""

    def reduce(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
        rows, shape = _rows(a, axis)
        return np.frompyfunc(x[operation], 2, 1).reduce(rows, axis=1).reshape(shape)[()]

    return reduce


_sum, _largest = _by_row("total"), _folded("max")


def _kept(reduced: Array, axis: SupportsInt | None) -> Array:
    """A reduction with its axis kept, to broadcast against what it was made of."""
    return reduced if axis is None else np.expand_dims(reduced, int(axis))


def _mean_exactly(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
    total = _sum(x, a, axis)
    return x["div"](total, np.size(a) // np.size(total))


def _logsumexp_exactly(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
    most = _largest(x, a, axis)
    powers = x["exp"](x["sub"](a, _kept(most, axis)))
    return x["add"](most, x["log"](_sum(x, powers, axis)))


def _softmax_exactly(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
    powers = x["exp"](x["sub"](a, _kept(_largest(x, a, axis), axis)))
    return x["div"](powers, _kept(_sum(x, powers, axis), axis))


def _norm_exactly(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
    return x["sqrt"](_sum(x, np.asarray(a) * a, axis))


def _accumulated(operation: str) -> Callable[..., Array]:
    """What an operation of two numbers makes of the elements up to each one."""

    def accumulate(x: Column, a: Array, axis: SupportsInt | None = None) -> Array:
        array = np.asarray(a, dtype=object)
        along = max(array.ndim - 1, 0) if axis is None else int(axis)
        two = np.frompyfunc(x[operation], 2, 1)
        return two.accumulate(array, axis=along) if array.ndim else a

    return accumulate


def _stacked(x: Column, *parts: Array) -> Array:
    found = np.empty((len(parts), *np.shape(parts[0])), dtype=object)
    for place, part in enumerate(parts):
        found[place, ...] = part
    return found


def _det_exactly(x: Column, a: Array) -> Array:
    """By minors of the first rows: without a division, an exact 0 is one."""
    minors: dict[tuple[int, ...], Array] = {(k,): a[0, k] for k in range(len(a))}
    for size in range(2, len(a) + 1):
        rows = combinations(range(len(a)), size)
        minors = {chosen: _expanded(x, a[size - 1], chosen, minors) for chosen in rows}
    return minors[tuple(range(len(a)))]


def _expanded(
    x: Column, row: Array, chosen: tuple[int, ...], minors: Mapping[tuple[int, ...], Array]
) -> Array:
    """The minor in these columns, by those without this row."""
    *places, last = range(len(chosen))
    total = x["mul"](row[chosen[last]], minors[chosen[:last]])
    for sign, place in enumerate(reversed(places)):
        product = x["mul"](row[chosen[place]], minors[chosen[:place] + chosen[place + 1 :]])
        total = x["add" if sign % 2 else "sub"](total, product)
    return total


def _inv_exactly(x: Column, a: Array) -> Array:
    """The adjugate by the traces of its own products (Faddeev and LeVerrier), over det."""
    size, adjugate = len(a), _filled(x, np.eye(len(a)))
    for k in range(1, size):
        product = _sum(x, x["mul"](np.asarray(a)[..., None], adjugate), axis=1)
        mean = x["div"](_sum(x, np.diagonal(product)), k)
        adjugate = product.copy()
        np.fill_diagonal(adjugate, x["sub"](np.diagonal(product), mean))
    found = x["div"](adjugate, _det_exactly(x, a))
    return found if size % 2 else x["neg"](found)


def _matmul_exactly(x: Column, a: Array, b: Array) -> Array:
    left = np.asarray(a)[..., None] if np.ndim(b) == 2 else np.asarray(a)
    return _sum(x, left * b, axis=np.ndim(a) - 1)


def _filled(x: Column, array: Array) -> Array:
    """An array of 0 and 1 in the column's own numbers."""
    filled: Array = np.frompyfunc(lambda one: x["number"](int(one)), 1, 1)(array)
    return filled


def _diag_exactly(x: Column, a: Array) -> Array:
    if np.ndim(a) == 2:
        return np.diag(a)
    matrix = _filled(x, np.zeros((len(a), len(a))))
    np.fill_diagonal(matrix, a)
    return matrix


# -- what moves, and which shapes fit --------------------------------------------------------------


def _checked_axis(a: Moved, axis: int | None) -> None:
    if axis is not None and not -a.ndim <= axis < a.ndim:
        raise ValueError(f"{shape_text(a.shape)} has no axis {axis}")


def _any(a: Moved, axis: int | None = None) -> Moved | np.bool_:
    _checked_axis(a, axis)
    return np.any(a, axis=axis)


def _checked_needed_axis(name: str, a: Moved, axis: int | None) -> None:
    if axis is None and a.ndim > 1:
        raise ValueError(f"of a matrix, {name} needs an axis: axis=1 for each row")
    _checked_axis(a, axis)


def _any_kept(a: Moved, axis: int | None = None) -> Moved:
    _checked_needed_axis("softmax", a, axis)
    return np.broadcast_to(np.any(a, axis=axis, keepdims=True), a.shape)


def _accumulated_moved(name: str) -> Callable[..., Moved]:
    def moved(a: Moved, axis: int | None = None) -> Moved:
        _checked_needed_axis(name, a, axis)
        found: Moved = np.cumsum(a, axis=axis).reshape(a.shape) > 0
        return found

    return moved


def _need(a: Moved, rank: int, name: str, wanted: str) -> None:
    if a.ndim != rank:
        raise ValueError(f"{name} takes {wanted}, not {shape_text(a.shape)}")


def _matmul_moved(a: Moved, b: Moved) -> Moved:
    for operand in (a, b):
        if operand.ndim not in (1, 2):
            raise ValueError(f"@ takes vectors and matrices, not {shape_text(operand.shape)}")
    if a.shape[-1] != b.shape[0]:
        raise ValueError(f"{shape_text(a.shape)} @ {shape_text(b.shape)} does not fit")
    counts = [operand.astype(int) for operand in (a, b)]
    ones = [np.ones(operand.shape, dtype=int) for operand in (a, b)]
    moved: Moved = counts[0] @ ones[1] + ones[0] @ counts[1] > 0
    return moved


def _transpose_moved(a: Moved) -> Moved:
    if a.ndim > 2:
        raise ValueError(f"the transpose takes a matrix, not {shape_text(a.shape)}")
    return a.T


def _dot_moved(a: Moved, b: Moved) -> Moved | np.bool_:
    for operand in (a, b):
        _need(operand, 1, "dot", "vectors")
    if a.shape != b.shape:
        raise ValueError(f"{shape_text(a.shape)} and {shape_text(b.shape)} have no dot product")
    return np.any(a | b)


def _outer_moved(a: Moved, b: Moved) -> Moved:
    for operand in (a, b):
        _need(operand, 1, "outer", "vectors")
    return a[:, None] | b


def _trace_moved(a: Moved) -> Moved | np.bool_:
    _need(a, 2, "trace", "a matrix")
    return np.any(np.diagonal(a))


def _diag_moved(a: Moved) -> Moved:
    if a.ndim not in (1, 2):
        raise ValueError(f"diag takes a vector or a matrix, not {shape_text(a.shape)}")
    return np.diag(a)


def _need_square(a: Moved, name: str) -> None:
    _need(a, 2, name, "a matrix")
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"{name} takes a square matrix, not {shape_text(a.shape)}")
    if len(a) > _MOST_ROWS:
        raise ValueError(f"{name} takes matrices of up to {_MOST_ROWS} rows")


def _det_moved(a: Moved) -> Moved | np.bool_:
    _need_square(a, "det")
    return np.any(a)


def _inv_moved(a: Moved) -> Moved:
    _need_square(a, "inv")
    return np.broadcast_to(np.any(a), a.shape)


def _element_moved(a: Moved, index: int) -> Moved:
    if not a.ndim:
        raise ValueError("a number has no elements")
    if not -len(a) <= index < len(a):
        raise ValueError(f"{shape_text(a.shape)} has no element {index}: they count from 0")
    moved: Moved = a[index]
    return moved


def _part_moved(a: Moved, *ends: int) -> Moved:
    if not a.ndim:
        raise ValueError("a number has no elements")
    moved: Moved = a[slice(*_ends(ends))]
    if not len(moved):
        raise ValueError(f"{shape_text(a.shape)} has nothing there")
    return moved


def _ends(ends: Sequence[SupportsInt]) -> Sequence[int | None]:
    """One number alone is the first place, not the last."""
    return [*map(int, ends), *[None] * (2 - len(ends))]


def _part(a: Array, *ends: SupportsInt) -> Array:
    part: Array = np.asarray(a)[slice(*_ends(ends))]
    return part


def _pad_moved(a: Moved, before: int, after: int) -> Moved:
    if not a.ndim:
        raise ValueError("pad takes a vector or a matrix, not a number")
    return _padded(partial(np.zeros, dtype=bool), a, before, after)


def _stack_moved(*parts: Moved) -> Moved:
    if len({part.shape for part in parts}) > 1:
        sizes = " and ".join(dict.fromkeys(shape_text(part.shape) for part in parts))
        raise ValueError(f"{sizes} are no rows of one array")
    return np.stack(parts)


def _expand_moved(a: Moved, axis: int) -> Moved:
    if not -a.ndim - 1 <= axis <= a.ndim:
        raise ValueError(f"{shape_text(a.shape)} has no place {axis} for an axis")
    return np.expand_dims(a, axis)


# -- the table -------------------------------------------------------------------------------------

# The whole numbers that may follow the array: none, for all of it, or the axis.
_AXIS = (0, 1)
# Several elements are the largest, or the smallest.
_LARGEST = "where(sum(where(u == max(u{kept}), 1, 0){axis}) > 1, 0, 1)"
_SMALLEST = _LARGEST.replace("max", "min")
_ROWS = (
    ArrayOperation("matmul", 2, (0,), np.matmul, _matmul_exactly, _matmul_moved,
                   lambda s, _: s[0][:-1] + s[-1][1:], border="", degree=sum, sign="@", wide=True),
    ArrayOperation("transpose", 1, (0,), np.transpose, lambda x, a: np.transpose(a),
                   _transpose_moved, lambda s, _: s[0][::-1], border="", degree=max),
    ArrayOperation("sum", 1, _AXIS, _along(np.sum), _sum, _any, border="", degree=max, wide=True),
    ArrayOperation("mean", 1, _AXIS, _along(np.mean), _mean_exactly, _any, border="", degree=max,
                   wide=True),
    ArrayOperation("prod", 1, _AXIS, _along(np.prod), _folded("mul"), _any, border="", degree=max),
    ArrayOperation("amax", 1, _AXIS, _along(np.max), _largest, _any, written="max",
                   border=_LARGEST),
    ArrayOperation("amin", 1, _AXIS, _along(np.min), _folded("min"), _any, written="min",
                   border=_SMALLEST),
    ArrayOperation("norm", 1, _AXIS, _norm, _norm_exactly, _any, border="norm(u{axis})",
                   latex=r"\left\|{0}\right\|"),
    ArrayOperation("logsumexp", 1, _AXIS, _logsumexp, _logsumexp_exactly, _any, border="",
                   wide=True, tail=(1, 2)),
    ArrayOperation("softmax", 1, _AXIS, _softmax, _softmax_exactly, _any_kept, lambda s, _: s[0],
                   border="", tail=(1, 2)),
    ArrayOperation("cumsum", 1, _AXIS, _cumsum, _accumulated("add"),
                   _accumulated_moved("cumsum"), lambda s, _: s[0], border="", degree=max,
                   wide=True),
    ArrayOperation("cumprod", 1, _AXIS, _cumprod, _accumulated("mul"),
                   _accumulated_moved("cumprod"), lambda s, _: s[0], border="", degree=max),
    ArrayOperation("dot", 2, (0,), np.dot, lambda x, a, b: _sum(x, np.asarray(a) * b), _dot_moved,
                   border="", degree=sum, wide=True),
    ArrayOperation("outer", 2, (0,), np.outer, lambda x, a, b: np.asarray(a)[:, None] * b,
                   _outer_moved, lambda s, _: s[0] + s[1], border="", degree=sum),
    ArrayOperation("trace", 1, (0,), np.trace, lambda x, a: _sum(x, np.diagonal(a)), _trace_moved,
                   border="", degree=max, wide=True),
    ArrayOperation("det", 1, (0,), np.linalg.det, _det_exactly, _det_moved, border="", degree=max,
                   wide=True, latex=r"\det"),
    ArrayOperation("inv", 1, (0,), _inv, _inv_exactly, _inv_moved, lambda s, _: s[0],
                   border="det(u)", wide=True),
    ArrayOperation("element", 1, (1,), lambda a, i: np.asarray(a)[int(i)],
                   lambda x, a, i: np.asarray(a)[int(i)], _element_moved, lambda s, _: s[0][1:],
                   border="", degree=max),
    ArrayOperation("part", 1, (1, 2), _part, lambda x, a, *ends: _part(a, *ends), _part_moved,
                   _part_of, border="", degree=max),
    ArrayOperation("pad", 1, (2,), partial(_padded, np.zeros),
                   lambda x, a, *counts: _padded(lambda s: _filled(x, np.zeros(s)), a, *counts),
                   _pad_moved, lambda s, n: (s[0][0] + n[0] + n[1], *s[0][1:]), border="",
                   degree=max, counts=range(LARGEST + 1)),
    ArrayOperation("stack", MANY, (0,), lambda *parts: np.stack(parts), _stacked, _stack_moved,
                   lambda s, _: (len(s), *s[0]), border="", degree=max),
    ArrayOperation("expand_dims", 1, (1,), lambda a, axis: np.expand_dims(a, int(axis)),
                   lambda x, a, axis: np.expand_dims(a, int(axis)), _expand_moved,
                   lambda s, axis: _with_axis(s[0], axis[0]), border="", degree=max),
    ArrayOperation("diag", 1, (0,), np.diag, _diag_exactly, _diag_moved,
                   lambda s, _: s[0] * 2 if len(s[0]) == 1 else s[0][:1], border="", degree=max),
    ArrayOperation("eye", 0, (1,), lambda n: np.eye(int(n)),
                   lambda x, n: _filled(x, np.eye(int(n))),
                   lambda n: np.zeros((n, n), dtype=bool), lambda _, n: (*n, *n),
                   border="", counts=range(1, _LARGEST_SQUARE + 1)),
    ArrayOperation("ones", 0, tuple(range(1, 9)), lambda *sizes: np.ones(list(map(int, sizes))),
                   lambda x, *sizes: _filled(x, np.ones(list(map(int, sizes)))),
                   lambda *sizes: np.zeros(sizes, dtype=bool), lambda _, sizes: (*sizes,),
                   border="", counts=range(1, LARGEST + 1)),
)  # fmt: skip

ARRAYS: Mapping[str, ArrayOperation] = {row.name: row for row in _ROWS}
OPERATIONS: Mapping[str, Row] = {**ELEMENTARY, **ARRAYS}
SHOWN = {row.name: row.written for row in _ROWS if row.written}


def float_column() -> dict[str, Callable[..., Floats]]:
    """The operations in float64."""
    return {row.name: row.numpy for row in _ROWS}


def exact_column(column: Column) -> dict[str, Callable[..., Array]]:
    """The operations in the numbers of another column, made of its elementwise ones.

    They need one more of it: `total`, the sum of a list of numbers.
    """

    def bound(operation: Callable[..., Array]) -> Callable[..., Array]:
        return lambda *operands: operation(column, *operands)

    return {row.name: bound(row.exact) for row in _ROWS}
