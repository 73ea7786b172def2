"""The names of all operations: the table's column of tensors, and the module's functions."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from diffcalc.autograd import (
    composed,
    contractions,
    linear,
    matrices,
    moves,
    products,
    reductions,
    selections,
)
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.autograd.tensor import Tensor, apply, as_tensor
from diffcalc.base.numbers import Algebra
from diffcalc.language.algebras import FLOAT
from diffcalc.language.operations import ALIASES as WORDS
from diffcalc.language.operations import COMPARISONS, OPERATORS, Operation

OPERATIONS: Mapping[str, Operation] = {
    "reshape": linear.reshape, "flatten": linear.flatten, "squeeze": linear.squeeze,
    "unsqueeze": linear.unsqueeze, "expand": linear.expand, "permute": linear.permute,
    "transpose": linear.transpose, "clone": linear.clone, "cast": linear.cast, "sum": linear.total,
    "cumsum": linear.cumsum, "diag": linear.diag, "diagonal": linear.diagonal,
    "diag_embed": linear.diag_embed, "trace": linear.trace, "stack": linear.stack,
    "cat": linear.cat, "element": moves.element, "part": moves.part, "pad": moves.pad,
    "flip": moves.flip, "fliplr": moves.fliplr, "flipud": moves.flipud, "rot90": moves.rot90,
    "roll": moves.roll, "moveaxis": moves.moveaxis, "tile": moves.tile, "repeat": moves.repeat,
    "repeat_interleave": moves.repeat_interleave, "split": moves.split, "chunk": moves.chunk,
    "tensor_split": moves.tensor_split, "unbind": moves.unbind, "gather": moves.gather,
    "take_along_dim": moves.take_along_dim, "index_select": moves.index_select,
    "narrow": moves.narrow, "select": moves.select,
    "masked_fill": moves.masked_fill, "masked_select": moves.masked_select,
    "tril": moves.tril, "triu": moves.triu, "diff": moves.diff,
    "atleast_1d": moves.atleast_1d, "atleast_2d": moves.atleast_2d,
    "atleast_3d": moves.atleast_3d, "vstack": moves.vstack, "hstack": moves.hstack,
    "dstack": moves.dstack, "column_stack": moves.column_stack,
    "mean": reductions.mean, "var": reductions.var, "std": reductions.std,
    "prod": reductions.prod, "cumprod": reductions.cumprod,
    "det": matrices.det, "inv": matrices.inv,
    "amax": reductions.amax, "amin": reductions.amin, "norm": reductions.norm,
    "logsumexp": reductions.logsumexp, "softmax": reductions.softmax,
    "log_softmax": reductions.log_softmax, "clamp": reductions.clamp,
    "max": selections.largest, "min": selections.smallest, "sort": selections.sort,
    "topk": selections.topk, "kthvalue": selections.kthvalue, "median": selections.median,
    "exp2": composed.exp2, "rsqrt": composed.rsqrt, "deg2rad": composed.deg2rad,
    "rad2deg": composed.rad2deg, "trunc": composed.trunc, "frac": composed.frac,
    "sinc": composed.sinc, "nan_to_num": composed.nan_to_num,
    "logaddexp": composed.logaddexp, "logaddexp2": composed.logaddexp2,
    "fmax": composed.fmax, "fmin": composed.fmin, "remainder": composed.remainder,
    "fmod": composed.fmod, "lerp": composed.lerp, "linspace": composed.linspace,
    "matmul": products.matmul, "mv": products.mv, "mm": products.mm, "bmm": products.bmm,
    "dot": products.dot, "outer": products.outer, "einsum": contractions.einsum,
    "tensordot": contractions.tensordot, "inner": contractions.inner, "kron": contractions.kron,
    "cross": contractions.cross,
}  # fmt: skip

WITHOUT_GRADIENT: Mapping[str, Operation] = {
    "argmax": selections.argmax, "argmin": selections.argmin, "argsort": selections.argsort,
    "nonzero": composed.plainly(np.argwhere),
    **{name: composed.plainly(getattr(np, name)) for name in (
        "any", "all", "count_nonzero", "isnan", "isinf", "isfinite", "isclose",
        "logical_and", "logical_or", "logical_xor", "logical_not",
        "floor_divide", "round", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not",
    )},
}  # fmt: skip

ALIASES: Mapping[str, str] = {
    **WORDS,
    "absolute": "abs", "negative": "neg", "subtract": "sub", "multiply": "mul",
    "divide": "div", "true_divide": "div", "power": "pow",
    "maximum": "max", "minimum": "min",
    "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
    "equal": "eq", "not_equal": "ne",
    "ravel": "flatten", "broadcast_to": "expand", "concatenate": "cat", "concat": "cat",
    "clip": "clamp", "swapaxes": "transpose", "swapdims": "transpose",
    "expand_dims": "unsqueeze", "movedim": "moveaxis", "row_stack": "vstack",
    "take_along_axis": "take_along_dim", "mod": "remainder", "radians": "deg2rad",
    "degrees": "rad2deg", "fabs": "abs", "fix": "trunc",
    "astype": "cast", "to": "cast", "type": "cast",
    "positive": "clone", "conj": "clone", "conjugate": "clone",
}  # fmt: skip
"""numpy's names, and more of PyTorch's."""


def _on_tensors(operation: Operation) -> Operation:
    """An operation that gives tensors also where it is given none."""

    @wraps(operation)
    def to_tensor(*operands: object, **options: object) -> Any:
        result = operation(*operands, **linear.pytorchs(options))
        if not isinstance(result, tuple):
            return as_tensor(result)
        parts = map(as_tensor, result)
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)

    return to_tensor


def _compare(name: str, a: object, b: object) -> Tensor:
    """A comparison, as truths."""
    found: Tensor = getattr(as_tensor(a), name)(b)
    return found


def _scaled(name: str) -> Callable[..., Tensor]:
    """A sum or difference in which the second operand may be scaled by `alpha`."""
    return lambda a, b, *, alpha=1: apply(name, a, b if alpha == 1 else as_tensor(b) * alpha)


_KINDS = {
    "double": np.float64, "float": np.float32, "half": np.float16, "long": np.int64,
    "int": np.int32, "bool": np.bool_,
}  # fmt: skip


def _to(dtype: DTypeLike) -> Callable[..., Tensor]:
    return lambda a: as_tensor(linear.cast(a, dtype))


def _in_the_shape_of(name: str) -> Callable[..., Tensor]:
    return lambda a, other: getattr(as_tensor(a), name)(as_tensor(other).shape)


def _where(condition: object, *branches: Any) -> Any:
    """The elements of one branch or of the other; without branches, where the condition holds."""
    if branches:
        return apply("where", condition, *branches)
    return tuple(map(as_tensor, np.nonzero(as_tensor(condition).data)))


_NAMED: Mapping[str, Callable[..., Tensor]] = {
    **{name: _on_tensors(op) for name, op in {**OPERATIONS, **WITHOUT_GRADIENT}.items()},
    **{name: partial(apply, name) for name in PRIMITIVES},
    "pow": lambda a, b: as_tensor(a) ** b,
    "square": lambda a: as_tensor(a) ** 2,
    "reciprocal": lambda a: 1 / as_tensor(a),
    "norm": lambda a, dim=None: as_tensor(reductions.norm(a, dim=dim)),
}

_PYTORCH: Mapping[str, Operation] = {
    **{name: _on_tensors(OPERATIONS[name]) for name in ("norm", "max", "min")},
    **{name: partial(_compare, name) for name in COMPARISONS},
    "add": _scaled("add"), "sub": _scaled("sub"),
    "where": _where,
    **{f"{name}_as": _in_the_shape_of(name) for name in ("reshape", "view", "expand")},
    **{name: _to(dtype) for name, dtype in _KINDS.items()},
}  # fmt: skip
"""What means something else in the language: there a comparison is a number, and `max(x, 0)` has
two arguments, none of them an axis."""

_column = {**_NAMED, **{alias: _NAMED[name] for alias, name in ALIASES.items()}}
Tensor.column = _column
Tensor.functions = {
    **_column,
    **_PYTORCH,
    **{alias: _PYTORCH[name] for alias, name in ALIASES.items() if name in _PYTORCH},
    "maximum": _NAMED["max"],
    "minimum": _NAMED["min"],
}


def algebra(base: Algebra[Any] = FLOAT) -> Algebra[Tensor]:
    """The table's column of tensors, with literals and constants in the numbers of `base`."""
    zero, one = base["number"](0), base["number"](1)
    return {
        **Tensor.column,
        **OPERATORS,
        "eye": lambda n: np.where(np.eye(int(n)) == 1, one, zero),
        "stack": lambda *parts: as_tensor(linear.stack(parts)),
        "ones": lambda *sizes: np.full(tuple(map(int, sizes)), one),
        "number": base["number"],
        "constant": base["constant"],
    }
