"""The names of all operations: the table's column of tensors, and the module's functions."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

import numpy as np

from diffcalc.autograd import linear, products, reductions
from diffcalc.autograd.primitives import PRIMITIVES, Array
from diffcalc.autograd.tensor import Tensor, apply, as_tensor
from diffcalc.base.numbers import Algebra
from diffcalc.language.algebras import FLOAT
from diffcalc.language.operations import ALIASES as WORDS
from diffcalc.language.operations import OPERATORS

OPERATIONS: Mapping[str, Callable[..., Array]] = {
    "reshape": linear.reshape, "flatten": linear.flatten, "squeeze": linear.squeeze,
    "unsqueeze": linear.unsqueeze, "expand": linear.expand, "permute": linear.permute,
    "transpose": linear.transpose, "sum": linear.total, "cumsum": linear.cumsum,
    "diag": linear.diag, "trace": linear.trace, "stack": linear.stack, "cat": linear.cat,
    "mean": reductions.mean, "var": reductions.var, "prod": reductions.prod,
    "amax": reductions.amax, "amin": reductions.amin, "norm": reductions.norm,
    "logsumexp": reductions.logsumexp, "softmax": reductions.softmax,
    "log_softmax": reductions.log_softmax, "clamp": reductions.clamp,
    "matmul": products.matmul, "mv": products.mv, "mm": products.mm, "bmm": products.bmm,
    "dot": products.dot, "outer": products.outer,
}  # fmt: skip

ALIASES: Mapping[str, str] = {
    **WORDS,
    "absolute": "abs", "negative": "neg", "subtract": "sub", "multiply": "mul",
    "divide": "div", "true_divide": "div", "power": "pow",
    "maximum": "max", "minimum": "min",
    "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
    "equal": "eq", "not_equal": "ne",
    "ravel": "flatten", "broadcast_to": "expand", "concatenate": "cat", "concat": "cat",
    "clip": "clamp", "swapaxes": "transpose", "expand_dims": "unsqueeze",
}  # fmt: skip
"""numpy's names, and more of PyTorch's."""


def _on_tensors(operation: Callable[..., Array]) -> Callable[..., Tensor]:
    """An operation that gives a tensor also where it is given none."""

    @wraps(operation)
    def to_tensor(*operands: Any, **options: Any) -> Tensor:
        return as_tensor(operation(*operands, **options))

    return to_tensor


_NAMED: Mapping[str, Callable[..., Tensor]] = {
    **{name: partial(apply, name) for name in PRIMITIVES},
    **{name: _on_tensors(operation) for name, operation in OPERATIONS.items()},
    "pow": lambda a, b: as_tensor(a) ** b,
    "square": lambda a: as_tensor(a) ** 2,
    "reciprocal": lambda a: 1 / as_tensor(a),
}

Tensor.column = {**_NAMED, **{alias: _NAMED[name] for alias, name in ALIASES.items()}}


def algebra(base: Algebra[Any] = FLOAT) -> Algebra[Tensor]:
    """The table's column of tensors, with literals and constants in the numbers of `base`."""
    zero, one = base["number"](0), base["number"](1)
    return {
        **Tensor.column,
        **OPERATORS,
        "eye": lambda n: np.where(np.eye(int(n)) == 1, one, zero),
        "ones": lambda *sizes: np.full(tuple(map(int, sizes)), one),
        "number": base["number"],
        "constant": base["constant"],
    }
