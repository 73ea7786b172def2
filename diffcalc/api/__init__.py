"""The Python API: one function for each command, and the results that they give.

What they take is text or an `Expression`, and values as plain numbers, lists, arrays or text. The
names are exported by `diffcalc` itself.

Imports every room but cli, each where it is used.
"""

from diffcalc.api.functions import (
    check,
    check_gradient,
    descend,
    emit,
    grad,
    hessian,
    implicit,
    jacobian,
    limit,
    scan,
    steps,
)
from diffcalc.api.many_points import batch

__all__ = [
    "batch",
    "check",
    "check_gradient",
    "descend",
    "emit",
    "grad",
    "hessian",
    "implicit",
    "jacobian",
    "limit",
    "scan",
    "steps",
]
