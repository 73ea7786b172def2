"""diffcalc differentiates an expression three independent ways and says whether to believe it.

>>> from diffcalc import compare, read, read_point
>>> expression = read("3*a**3 - b**2")
>>> result = compare(expression, read_point(["a=2,3", "b=6,4"]))
>>> result.verdict.value
'agree'

One function for each command takes text and plain numbers, and its result shows itself:

>>> import diffcalc
>>> diffcalc.grad("x^2*y", x=2, y=3)
<grad of x**2*y: agree: x = 12, y = 4>
>>> diffcalc.check("sin(x^2)", "2x*cos(x^2)")
<check of sin(x^2): correct>

The names here are imported on first use, so that `import diffcalc` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from diffcalc.base.errors import DiffcalcError
    from diffcalc.comparison.compare import Comparison, compare, quotients
    from diffcalc.comparison.verdict import Verdict
    from diffcalc.exercises.gradients import assert_gradient
    from diffcalc.language.expression import Expression
    from diffcalc.language.library import read_known as read
    from diffcalc.language.point import read_point
    from diffcalc.symbolic import differentiate

__version__ = "0.2.0"

__all__ = [
    "Comparison",
    "DiffcalcError",
    "Expression",
    "Verdict",
    "assert_gradient",
    "batch",
    "check",
    "check_gradient",
    "compare",
    "descend",
    "differentiate",
    "emit",
    "grad",
    "hessian",
    "implicit",
    "jacobian",
    "limit",
    "quotients",
    "read",
    "read_point",
    "scan",
    "steps",
]

_HOMES = {
    "Comparison": "diffcalc.comparison.compare:Comparison",
    "DiffcalcError": "diffcalc.base.errors:DiffcalcError",
    "Expression": "diffcalc.language.expression:Expression",
    "Verdict": "diffcalc.comparison.verdict:Verdict",
    "assert_gradient": "diffcalc.exercises.gradients:assert_gradient",
    "batch": "diffcalc.api.many_points:batch",
    "check": "diffcalc.api.functions:check",
    "check_gradient": "diffcalc.api.functions:check_gradient",
    "descend": "diffcalc.api.functions:descend",
    "emit": "diffcalc.api.functions:emit",
    "grad": "diffcalc.api.functions:grad",
    "hessian": "diffcalc.api.functions:hessian",
    "implicit": "diffcalc.api.functions:implicit",
    "jacobian": "diffcalc.api.functions:jacobian",
    "limit": "diffcalc.api.functions:limit",
    "scan": "diffcalc.api.functions:scan",
    "steps": "diffcalc.api.functions:steps",
    "compare": "diffcalc.comparison.compare:compare",
    "differentiate": "diffcalc.symbolic:differentiate",
    "quotients": "diffcalc.comparison.compare:quotients",
    "read": "diffcalc.language.library:read_known",
    "read_point": "diffcalc.language.point:read_point",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute)
