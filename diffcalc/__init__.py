"""diffcalc differentiates an expression three independent ways and says whether to believe it.

>>> from diffcalc import compare, read, read_point
>>> expression = read("3*a**3 - b**2")
>>> result = compare(expression, read_point(["a=2,3", "b=6,4"]))
>>> result.verdict.value
'agree'

The names here are imported on first use, so that `import diffcalc` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffcalc.base.errors import DiffcalcError
    from diffcalc.comparison.compare import Comparison, compare, quotients
    from diffcalc.comparison.verdict import Verdict
    from diffcalc.language.expression import Expression
    from diffcalc.language.library import read_known as read
    from diffcalc.language.point import read_point
    from diffcalc.symbolic import differentiate

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "DiffcalcError",
    "Expression",
    "Verdict",
    "compare",
    "differentiate",
    "quotients",
    "read",
    "read_point",
]

_HOMES = {
    "Comparison": "diffcalc.comparison.compare:Comparison",
    "DiffcalcError": "diffcalc.base.errors:DiffcalcError",
    "Expression": "diffcalc.language.expression:Expression",
    "Verdict": "diffcalc.comparison.verdict:Verdict",
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
