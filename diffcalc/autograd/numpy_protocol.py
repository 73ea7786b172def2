"""What numpy's own functions do with a tensor: `np.sin(t)`, `np.sum(t, axis=0)`, `array @ t`.

They are the library's operations, recorded. What it lacks (`np.isnan`, `np.allclose`) runs on the
plain array, but not for a tensor that requires a gradient, which would be lost.
"""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diffcalc.autograd.numpy_functions import FUNCTIONS
from diffcalc.autograd.tape import Tracked
from diffcalc.language.operations import Operation

# For `tensor - array` and for `array - tensor`, whose ufunc is the same.
_OPERATORS: Mapping[str, tuple[Operation, Operation]] = {
    "subtract": (operator.sub, lambda array, tensor: tensor.__rsub__(array)),
    "less": (operator.lt, lambda array, tensor: tensor > array),
    "less_equal": (operator.le, lambda array, tensor: tensor >= array),
    "greater": (operator.gt, lambda array, tensor: tensor < array),
    "greater_equal": (operator.ge, lambda array, tensor: tensor <= array),
    "equal": (operator.eq, lambda array, tensor: tensor == array),
    "not_equal": (operator.ne, lambda array, tensor: tensor != array),
}


_UNSAID = [("dtype", None), ("out", None), ("casting", "same_kind")]
"""What numpy hands on though nobody asked for it."""
_OF_SHAPES = {np.ndim, np.shape, np.size, np.allclose, np.array_equal, np.iscomplex, np.isreal}
"""What tells nothing that a gradient could be of."""


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
    options = {n: value for n, value in options.items() if (n, value) not in _UNSAID}
    if function in FUNCTIONS:
        try:
            return FUNCTIONS[function](*operands, **options)
        except TypeError as error:
            raise TypeError(f"np.{function.__name__} of a tensor: {error}") from None
    if function is np.where and len(operands) == 3:
        return type(tensor).column["where"](*operands)
    return _on_arrays(function.__name__, function, operands, options, function not in _OF_SHAPES)


def _on_arrays(
    name: str,
    function: Operation,
    operands: Sequence[Any],
    options: Mapping[str, Any],
    moving: bool = True,
) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(plain, value))
        if not isinstance(value, Tracked):
            return value
        if moving and value.requires_grad:
            raise RuntimeError(f"np.{name} has no gradient here: detach() the tensor first")
        return value.data

    return function(*map(plain, operands), **{n: plain(v) for n, v in options.items()})
