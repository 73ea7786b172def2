"""Shapes: of every node of a program, and which of its elements move with one of a variable.

Both come from one replay, with arrays of bool in place of numbers: an element is true if it moves.
What does not fit is said with the operation and the shapes, before anything is worked out.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from types import EllipsisType

import numpy as np

from diffcalc.base.errors import LimitError, PointError
from diffcalc.language.array_operations import (
    ARRAYS,
    LARGEST,
    ArrayOperation,
    Moved,
    shape_text,
)
from diffcalc.language.expression import Expression

Shape = tuple[int, ...]
Index = tuple[int, ...] | EllipsisType
# Beside the constants, and what has counts: they may be much larger than their operands.
_GROWING = {"outer", "matmul", "diag"}


def moves(
    expression: Expression, shapes: Mapping[str, Shape], name: str = "", index: Index = ()
) -> list[Moved]:
    """For each node an array of bool of its shape: what moves with element `index` of `name`.

    Raises `PointError` where shapes do not fit, `LimitError` where an array gets too large.
    """
    found: list[Moved] = []
    for at in range(len(expression.nodes)):
        try:
            found.append(_moved(expression, at, found, shapes, name, index))
        except ValueError as error:
            raise PointError(f"`{expression.render(at)}`: {error}") from None
        _check_size(expression, at, found[-1].size)
    return found


def _moved(
    expression: Expression,
    at: int,
    found: list[Moved],
    shapes: Mapping[str, Shape],
    name: str,
    index: Index,
) -> Moved:
    node = expression.nodes[at]
    if node.operation == "variable":
        moved = np.zeros(shapes[str(node.content)], dtype=bool)
        if node.content == name:
            moved[index] = True
        return moved
    row = ARRAYS.get(node.operation)
    if row is not None:
        numbers = [_whole(expression, i) for i in node.operands[row.operands :]]
        operands = [found[i] for i in node.operands[: row.operands]]
        _check_size(expression, at, _size(row, operands, numbers))
        return np.asarray(row.moved(*operands, *numbers))
    operands = [found[i] for i in node.operands]
    try:
        shape = np.broadcast_shapes(*[operand.shape for operand in operands])
    except ValueError:
        sizes = " and ".join(shape_text(operand.shape) for operand in operands)
        raise ValueError(f"{sizes} do not fit: lengths must be equal, or 1") from None
    moved = np.zeros(shape, dtype=bool)
    for operand in operands:
        moved |= operand
    return moved


def _size(row: ArrayOperation, operands: list[Moved], numbers: list[int]) -> int:
    """How large the result will be, where that may be too much to find out by making it."""
    if row.counts is None and row.name not in _GROWING:
        return 0
    # A number is refused with the shapes.
    return math.prod(map(int, row.shape([o.shape or (1,) for o in operands], numbers)))


def _check_size(expression: Expression, at: int, size: int) -> None:
    if size > LARGEST:
        raise LimitError(f"`{expression.render(at)}` has more than {LARGEST:,} elements")


def _whole(expression: Expression, index: int) -> int:
    content = expression.nodes[index].content
    assert isinstance(content, Fraction)
    return int(content)
