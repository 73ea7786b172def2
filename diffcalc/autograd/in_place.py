"""Operations in place, as PyTorch has them: `w -= 0.1 * w.grad`, `x[mask] = 0`, `g.zero_()`.

Where nothing is recorded, within `no_grad` or among tensors that require no gradient, the numbers
themselves are overwritten: all tensors that look at them see it, and so does the tape, which
refuses to walk back through an operation that needs the old ones. Where a gradient flows, the
tensor becomes the result of the operation, and those that looked at its old numbers keep them.
A leaf that requires a gradient is never changed while operations are recorded: what its gradient
is taken in would no longer be known.
"""

from typing import Any

import numpy as np

from diffcalc.autograd.linear import plain, put
from diffcalc.autograd.primitives import values
from diffcalc.autograd.tape import T, Tracked, is_recording


def overwrite(tensor: T, result: Any) -> T:
    """The tensor itself, with the numbers of the result of an operation, or becoming that result.

    Raises `RuntimeError` for a leaf that requires a gradient, and for a result of another shape.
    """
    if result.shape != tensor.shape:
        raise RuntimeError(
            f"in place: the result has shape {result.shape}, the tensor {tensor.shape}"
        )
    if _is_recorded(tensor, result):
        tensor.become(result)
        return tensor
    np.copyto(tensor.data, result.data, casting="same_kind")
    tensor.severed = tensor.severed | result.severed
    tensor.written()
    return tensor


def assign(tensor: Any, key: Any, value: Any) -> None:
    """`tensor[key] = value`.

    Raises `RuntimeError` for a leaf that requires a gradient, and for a part of another tensor,
    `x[0][1] = 5`, which that would not learn of.
    """
    if _is_recorded(tensor, value):
        if tensor.data.base is not None:
            raise RuntimeError(
                "in place: this tensor looks at the numbers of another, which would not become the "
                "result too: write x[0, 1] = … for x[0][1] = …, or clone() it first"
            )
        tensor.become(put(tensor, key, value))
    else:
        tensor.data[plain(key)] = values(value)
        tensor.severed = tensor.severed | getattr(value, "severed", frozenset())
        tensor.written()


def _is_recorded(tensor: Tracked, result: object) -> bool:
    if not is_recording():
        return False
    if tensor.requires_grad and tensor.grad_fn is None:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation: "
            "with no_grad() it may be changed"
        )
    return tensor.requires_grad or getattr(result, "requires_grad", False)
