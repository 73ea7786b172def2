"""The elementwise operations on the tape: broadcasting done, and undone again."""

from typing import Any

import numpy as np

from diffcalc.autograd.linear import unbroadcast
from diffcalc.autograd.primitives import PRIMITIVES, Array, Vjp, values
from diffcalc.autograd.tape import operand, record, settled
from diffcalc.language.algebras import numbers


def elementwise(operation: str, *operands: Any, name: str | None = None) -> Any:
    """The result of a primitive on tensors, recorded as `name`, or by the primitive's own.

    Raises `TypeError` for a wrong number of operands, `ValueError` for shapes that do not
    broadcast against one another.
    """
    primitive = PRIMITIVES[operation]
    if len(operands) != len(primitive.vjps):
        raise TypeError(f"{operation} takes {len(primitive.vjps)} arguments, not {len(operands)}")
    arrays = [primal.data for primal in operands]
    shapes = [array.shape for array in arrays]
    try:
        with np.errstate(all="ignore"):
            value = numbers(*arrays)[operation](*arrays)
    except ValueError:
        if _broadcast(shapes):
            raise
        raise misfit(operation, *shapes) from None
    return record(name or primitive.grad_fn, value, operands, _PULLS[operation])


def misfit(operation: str, *shapes: tuple[int, ...]) -> ValueError:
    """The error for operands whose shapes do not go together."""
    return ValueError(f"{operation}: the shapes {' and '.join(map(str, shapes))} do not fit")


def _broadcast(shapes: list[tuple[int, ...]]) -> bool:
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def pulled(vjp: Vjp, position: int) -> Vjp:
    """The vjp, summed back to the shape of its primal where that was broadcast."""

    def pull(cotangent: Array, value: Array, *operands: Array) -> Array:
        full = operand(vjp(cotangent, value, *operands))
        dead = values(cotangent) == 0
        if dead.any():
            full = settled(full, dead)
        shape = operands[position].shape
        return full if full.shape == shape else unbroadcast(full, shape)

    return pull


_PULLS = {
    name: tuple(vjp and pulled(vjp, i) for i, vjp in enumerate(primitive.vjps))
    for name, primitive in PRIMITIVES.items()
}
