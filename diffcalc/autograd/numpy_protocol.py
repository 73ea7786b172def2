"""What numpy's own functions do with a tensor: `np.sin(t)`, `np.sum(t, axis=0)`, `array @ t`.

They are the library's operations, recorded. What it lacks (`np.isnan`, `np.allclose`) runs on the
plain array, but not for a tensor that requires a gradient, which would be lost.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from diffcalc.autograd import linear, products, reductions
from diffcalc.autograd.primitives import Array
from diffcalc.autograd.tape import Tracked

ArrayFunction = Callable[..., Any]

# For `tensor - array` and for `array - tensor`, whose ufunc is the same.
_OPERATORS: Mapping[str, tuple[ArrayFunction, ArrayFunction]] = {
    "subtract": (operator.sub, lambda array, tensor: tensor.__rsub__(array)),
    "less": (operator.lt, lambda array, tensor: tensor > array),
    "less_equal": (operator.le, lambda array, tensor: tensor >= array),
    "greater": (operator.gt, lambda array, tensor: tensor < array),
    "greater_equal": (operator.ge, lambda array, tensor: tensor <= array),
    "equal": (operator.eq, lambda array, tensor: tensor == array),
    "not_equal": (operator.ne, lambda array, tensor: tensor != array),
}


def _along(reduction: ArrayFunction) -> ArrayFunction:
    """A reduction with the arguments of numpy's: others than these are refused, not ignored."""
    return lambda a, axis=None, *, keepdims=False: reduction(a, axis, keepdims)


def _transpose(a: Array, axes: Sequence[int] | None = None) -> Array:
    return linear.transpose(a) if axes is None else linear.permute(a, tuple(axes))


_FUNCTIONS: Mapping[ArrayFunction, ArrayFunction] = {
    np.sum: _along(linear.total),
    np.mean: _along(reductions.mean),
    np.prod: _along(reductions.prod),
    np.max: _along(reductions.amax),
    np.min: _along(reductions.amin),
    np.amax: _along(reductions.amax),
    np.amin: _along(reductions.amin),
    np.var: lambda a, axis=None, *, ddof=0, keepdims=False: reductions.var(
        a, axis, keepdims, correction=ddof
    ),
    np.linalg.norm: lambda a, *, axis=None, keepdims=False: reductions.norm(a, axis, keepdims),
    np.cumsum: linear.cumsum,
    np.clip: reductions.clamp,
    np.reshape: linear.reshape,
    np.ravel: linear.flatten,
    np.squeeze: linear.squeeze,
    np.expand_dims: linear.unsqueeze,
    np.broadcast_to: linear.expand,
    np.transpose: _transpose,
    np.swapaxes: linear.transpose,
    np.diag: linear.diag,
    np.trace: linear.trace,
    np.stack: lambda arrays, axis=0: linear.stack(arrays, axis),
    np.concatenate: lambda arrays, axis=0: linear.cat(arrays, axis),
    np.dot: products.matmul,
    np.outer: products.outer,
}


def array_ufunc(tensor: Tracked, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """A numpy function of elements, or `matmul`, with a tensor among its operands.

    An array may take the result, as in `x.data -= 0.1 * x.grad`. Raises `RuntimeError` where a
    gradient would be lost.
    """
    name = ufunc.__name__
    out = options.pop("out", (None,))[0]
    function = type(tensor).column.get(name)
    if name in _OPERATORS:
        function = _OPERATORS[name][not isinstance(inputs[0], Tracked)]
    if function is None or method != "__call__" or options:
        return _on_arrays(name, getattr(ufunc, method), inputs, options)
    result = function(*inputs)
    if out is None:
        return result
    if result.requires_grad:
        raise RuntimeError("a result that requires grad cannot be written into an array")
    out[...] = result.data
    return out


def array_function(
    tensor: Tracked, function: Any, types: Any, operands: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Any other numpy function with a tensor among its operands."""
    if function in _FUNCTIONS:
        try:
            return _FUNCTIONS[function](*operands, **options)
        except TypeError as error:
            raise TypeError(f"np.{function.__name__} of a tensor: {error}") from None
    if function is np.where and len(operands) == 3:
        return type(tensor).column["where"](*operands)
    return _on_arrays(function.__name__, function, operands, options)


def _on_arrays(
    name: str, function: ArrayFunction, operands: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(plain, value))
        if not isinstance(value, Tracked):
            return value
        if value.requires_grad:
            raise RuntimeError(f"np.{name} has no gradient here: detach() the tensor first")
        return value.data

    return function(*map(plain, operands), **{n: plain(v) for n, v in options.items()})
