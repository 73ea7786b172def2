r"""A text that is a derivative as a whole, as d/dx x^2: of what, in which variable, how often.

`d/dx (x^2)`, `∂/∂x x*y`, `\frac{d^2}{dx^2} x^3`, `diff(x^2, x)`, `D[x^2, x]`, `f''(x)`, `(x^2)'`.
Where it is not clear how far it reaches (`d/dx x^2 + 1`) it is none, and the reader asks.
"""

import re
import unicodedata
from typing import NamedTuple

from diffcalc.language.tokens import BRACKETS


class Taken(NamedTuple):
    """What is differentiated, in which variable (None where it is not said), how often."""

    text: str
    variable: str | None
    order: int


_D = r"(?:[d∂]|\\(?:mathrm|operatorname|text|rm)\s*\{?\s*d\s*\}?|\\partial\b)"
_TIMES = r"(?:\s*\^?\s*\{?\s*([1-9²³])\s*\}?)?"
_VARIABLE = r"\s*([A-Za-zα-ω][A-Za-z0-9_]{0,9}|\\[a-z]{2,7})"
_QUOTIENTS = (
    re.compile(rf"\s*{_D}{_TIMES}\s*/\s*{_D}{_VARIABLE}{_TIMES}(?![A-Za-z0-9_'])\s*"),
    re.compile(
        rf"\s*\\[dt]?frac\s*\{{\s*{_D}{_TIMES}\s*\}}\s*\{{\s*{_D}{_VARIABLE}{_TIMES}\s*\}}\s*"
    ),
)
_CALL = re.compile(
    r"\s*(?:diff|D|Diff|deriv|derivative|Derivative|differentiate)\s*([(\[])(.*)[)\]]\s*",
    re.DOTALL,
)
_PRIMED = re.compile(
    r"\s*([A-Za-z]\w*|\(.*\))\s*(['′’]{1,9}|″|\^\{\\prime+\})\s*(\([A-Za-z]\w*\))?\s*"
)
_PRIME = "['′’]"
NAMED = (
    rf"[A-Za-z]{_PRIME}+\s*(?:\([A-Za-z]\))?|d[a-z]?\s*/\s*d[a-z][^=]*|\(.*\){_PRIME}+"
    r"|\\d?frac\s*\{\s*d[a-z]?\s*\}\s*\{\s*d[a-z]\s*\}[^=]*"
)
"""The left side of f'(x) = 2x, dy/dx = 2x and (x^2)' = 2x."""
_STATED = re.compile(rf"\s*(?:{NAMED})\s*=(?!=)\s*([^=]+)")
HIGHEST = 9
"""The highest order of a derivative that is written within a formula."""


def taken_apart(text: str) -> Taken | None:
    """The derivative that a text is as a whole; None where it is something else."""
    for pattern in _QUOTIENTS:
        if match := pattern.match(text):
            return _of_quotient(match, text[match.end() :].strip())
    if match := _CALL.fullmatch(text):
        return _of_call(match[2])
    if match := _PRIMED.fullmatch(text):
        name, primes, argument = match.groups()
        if argument is None and not _is_bracket(name):
            return None
        if argument is not None and name[0] == "(":
            return None
        order = 2 if primes == "″" else primes.count("prime") or len(primes)
        return Taken(name + (argument or ""), argument and argument[1:-1], order)
    return None


def stated(text: str) -> str | None:
    """What a derivative is said to be in dy/dx = x^2; None where the text says something else."""
    match = _STATED.fullmatch(text)
    return match and match[1].strip()


def _of_quotient(match: re.Match[str], body: str) -> Taken | None:
    above, variable, below = match.groups()
    if (above or "1") != (below or "1") or not body or not _is_term(body):
        return None
    if body[0] == "(" and not _is_bracket(body):
        # d/dx (x)*x may be a product with the derivative.
        return None
    order = int(unicodedata.normalize("NFKC", above or "1"))
    return Taken(body, variable.lstrip("\\"), order)


def _of_call(inside: str) -> Taken | None:
    """f, x and f, x, 2 and f, x, x: what stands in the brackets."""
    body, *places = _parts(inside)
    if not 1 <= len(places) <= HIGHEST or not body:
        return None
    variable, *further = places
    if not re.fullmatch(r"[A-Za-zα-ω]\w*", variable):
        return None
    if len(further) == 1 and further[0].isdecimal():
        order = int(further[0])
    elif all(one == variable for one in further):
        order = 1 + len(further)
    else:
        return None
    return Taken(body, variable, order) if 1 <= order <= HIGHEST else None


def _parts(text: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts, start = list[str](), 0
    for column, sign in _outside(text):
        if sign == ",":
            parts.append(text[start:column].strip())
            start = column + 1
    return [*parts, text[start:].strip()]


def _outside(text: str) -> list[tuple[int, str]]:
    """The characters that are in no brackets, with their columns."""
    depth, found = 0, []
    closing = {*BRACKETS.values(), "}"}
    for column, sign in enumerate(text):
        depth -= sign in closing
        if depth == 0:
            found.append((column, sign))
        depth += sign in BRACKETS or sign == "{"
    return found


def _is_bracket(text: str) -> bool:
    """Whether the first bracket closes at the end."""
    return len([1 for _, sign in _outside(text) if not sign.isspace()]) == 2


def _is_term(text: str) -> bool:
    """Whether no sum or equation lies open: x^2 sin(x), (x+1), and not x + 1; |x+1| is a term."""
    bars, before = 0, ""
    for _, sign in _outside(text):
        bars += sign == "|"
        if sign in "=<>," or (sign in "+-−" and before not in ("", *"^*/eE(") and bars % 2 == 0):
            return False
        before = before if sign.isspace() else sign
    return True
