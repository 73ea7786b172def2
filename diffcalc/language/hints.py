"""What a name was probably meant to be: the hints behind the reader's refusals."""

import keyword
import re
from collections.abc import Collection

from diffcalc.language.operations import ALIASES, CONSTANTS, FUNCTIONS
from diffcalc.language.tokens import GREEK_NAMES

OTHER_NAMES = {
    "tg": "tan", "ctg": "cot", "cotan": "cot", "cosec": "csc", "lg": "log10", "ld": "log2",
    "arctg": "atan", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "Abs": "abs",
    "sh": "sinh", "ch": "cosh", "th": "tanh", "pow": "**", "power": "**", "root": "**",
    "factorial": "gamma", "maximum": "max", "minimum": "min",
}  # fmt: skip
NOT_REAL = {
    "I": "the imaginary unit is not a real number",
    "nan": "not a number",
    "inf": "infinity is not a number",
    "oo": "infinity is not a number",
    "zoo": "infinity is not a number",
}
_LONGEST_PRODUCT = 4


def name_hint(name: str) -> str:
    """What to write instead of a name that is neither a letter nor declared."""
    for function in sorted(FUNCTIONS, key=len, reverse=True):
        if name.startswith(function) and len(name) > len(function):
            return f"write {function}({name[len(function) :]})"
    if re.fullmatch(r"d[a-z]", name):
        return "a derivative is not part of the expression; choose the variable with --wrt"
    if keyword.iskeyword(name):
        return "Python is not read here, only formulas"
    if len(name) <= _LONGEST_PRODUCT and name.isalpha():
        return f"write {'*'.join(name)} for a product, or give {name} a value ({name}=2)"
    return f"give it a value ({name}=2) to make it a variable"


def unknown_function(name: str, variables: Collection[str]) -> tuple[str, str | None]:
    """The message for `name(…)` where there is no such function, and what to write instead."""
    if name in OTHER_NAMES:
        meant = OTHER_NAMES[name]
        return f"unknown function `{name}`", f"write {'x**y' if meant == '**' else f'{meant}(…)'}"
    if name.lower() in FUNCTIONS:
        return f"unknown function `{name}`", f"write {name.lower()}(…)"
    if name in CONSTANTS or name in GREEK_NAMES or name in variables or len(name) == 1:
        return f"`{name}` is not a function", f"write {name}*(…)"
    for function in sorted(FUNCTIONS, key=len, reverse=True):
        if name.endswith(function):
            factor = name[: -len(function)]
            return f"unknown function `{name}`", f"write {factor}*{function}(…)"
    # Only a refusal has a use for it.
    import difflib

    near = difflib.get_close_matches(name, [*FUNCTIONS, *ALIASES], 1)
    return f"unknown function `{name}`", f"did you mean {near[0]}?" if near else None
