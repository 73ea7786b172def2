"""Which nodes of a program move on a cell: sign(x) does not where x > 0, nor what is not chosen."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from diffcalc.language.operations import ELEMENTARY
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.program import Program
from diffcalc.truth.replay import result
from diffcalc.truth.slopes import regular


def moving_on(
    program: Program, leaves: Collection[int], values: Sequence[Any], algebra: Balls
) -> list[bool]:
    """For each node, whether it moves as these leaves do, with these values on the cell."""
    moving: list[bool] = []
    for index, node in enumerate(program.nodes):
        moves = index in leaves or any(moving[i] for i in node.operands)
        if moves and _piece(node.operation) == "constant":
            value = values[index]
            still = isinstance(value, Ball) and ball.is_exact(value)
            moves = not (still and _is_off(program, index, values, algebra))
        elif moves and _piece(node.operation) == "operand":
            moves = _picked_moves(program, index, values, algebra, moving)
        moving.append(moves)
    return moving


def _piece(operation: str) -> str:
    row = ELEMENTARY.get(operation)
    return "" if row is None else row.piece


def _is_off(program: Program, index: int, values: Sequence[Any], algebra: Balls) -> bool:
    """Whether an operation is known not to be on its border."""
    node = program.nodes[index]
    border = regular(node.operation)
    assert border is not None
    operands = dict(zip("uvw", [values[i] for i in node.operands], strict=False))
    with suppress(NoValue, Undecided):
        return algebra.sign(result(border, operands, algebra)) > 0
    return False


def _picked_moves(
    program: Program,
    index: int,
    values: Sequence[Any],
    algebra: Balls,
    moving: Sequence[bool],
) -> bool:
    node = program.nodes[index]
    if node.operation == "where":
        condition, yes, no = node.operands
        if moving[condition] or isinstance(values[condition], Exception):
            return True
        with suppress(Undecided):
            return moving[yes if algebra.holds(values[condition]) else no]
        return True
    if not _is_off(program, index, values, algebra):
        return True
    u, v = node.operands
    larger = ball.sign(ball.sub(values[u], values[v], algebra.bits)) == 1
    return moving[u if larger == (node.operation == "max") else v]
