"""The names that mean something in a language already: `reserved.txt`.

It is made from the languages' own headers and tables; tests/codegen/reserved.py says how.
"""

import builtins
import keyword
from functools import cache
from importlib.resources import files

PYTHON = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


@cache
def _sections() -> dict[str, frozenset[str]]:
    text = files("diffcalc.codegen").joinpath("reserved.txt").read_text("utf-8")
    parts = (section.partition("]\n") for section in text.split("[")[1:])
    return {title: frozenset(words.split()) for title, _, words in parts}


def reserved(section: str) -> frozenset[str]:
    """The words of a section: a language's, or those that only its functions may not have."""
    return _sections()[section]
