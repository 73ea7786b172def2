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
    from diffcalc.comparison import Comparison, compare, quotients
    from diffcalc.errors import DiffcalcError
    from diffcalc.expression import Expression
    from diffcalc.library import read_known as read
    from diffcalc.point import read_point
    from diffcalc.symbolic import differentiate
    from diffcalc.verdict import Verdict

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
    "Comparison": "comparison",
    "DiffcalcError": "errors",
    "Expression": "expression",
    "Verdict": "verdict",
    "compare": "comparison",
    "differentiate": "symbolic",
    "quotients": "comparison",
    "read": "library.read_known",
    "read_point": "point",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(".")
    return getattr(import_module(f"diffcalc.{module}"), attribute or name)
