"""Method 1: difference quotients and their limit, in float64; the definition in many digits.

For any Python function, `derivative(f, x)`, `gradient`, `jacobian` and `hessian` give the value and
its error:

>>> from diffcalc.numerical import derivative
>>> value, error = derivative(lambda x: x**3, 2.0)
>>> abs(value - 12) <= error < 1e-9
True

Imports base and language.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffcalc.numerical.callables import Measured, derivative, gradient, hessian, jacobian

__all__ = ["Measured", "derivative", "gradient", "hessian", "jacobian"]


def __getattr__(name: str) -> Any:
    # The commands know expressions, and have no use for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("diffcalc.numerical.callables"), name)
