"""A claim as it is written in an answer: read leniently, and always shown as it was read."""

import re
from collections.abc import Collection

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import ALIASES, FUNCTIONS
from diffcalc.language.refusals import Lookup

_PRIME = "['′’]"
_HEAD = re.compile(
    rf"\s*(?:[A-Za-z]{_PRIME}+\s*(?:\([A-Za-z]\))?|d[a-z]?\s*/\s*d[a-z][^=]*|\(.*\){_PRIME}+"
    r"|\\d?frac\s*\{\s*d[a-z]?\s*\}\s*\{\s*d[a-z]\s*\}[^=]*)?\s*="
)
_TAIL = re.compile(r"\s*(?:[✓✔]|\bd[a-z]|[.;])\s*$")
_DECIMAL_COMMA = re.compile(r"(?<![\w.,(])([0-9]+),([0-9]+)(?![\w]*,)")
_WORD = re.compile(r"(?<![\\A-Za-z_])[A-Za-z]\w*")


def read_claim(text: str, variables: Collection[str], lookup: Lookup) -> Expression:
    """The claim: as it stands where it can be read in these variables, else as it is meant.

    Raises the error of the text as it stands.
    """
    first: DiffcalcError | None = None
    for typed in (text, _meant(text, variables)):
        try:
            found = read(typed, declared=variables, lookup=lookup)
        except DiffcalcError as error:
            first = first or error
            continue
        if typed != text or set(found.variables) <= {*variables}:
            return found
        plain = found
    if first is None:
        return plain
    raise first


def _meant(text: str, variables: Collection[str]) -> str:
    """The claim without what stands around it, and with its names as the question has them."""
    head = _HEAD.match(text)
    text = _TAIL.sub("", text[head.end() :] if head else text)
    text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    return _WORD.sub(lambda match: _name(match.group(), variables), text)


def _name(word: str, variables: Collection[str]) -> str:
    """A variable in capitals, x2 for x^2, Cos for cos, lnx for ln(x), xcos for x*cos."""
    lower = word.lower()
    if word in variables or word in FUNCTIONS or word in ALIASES:
        return word
    if lower in variables or lower in FUNCTIONS or lower in ALIASES:
        return lower
    if word[0] in variables and len(word) == 2 and word[1] in "23456789":
        return f"{word[0]}^{word[1]}"
    for function in sorted({*FUNCTIONS, *ALIASES}, key=len, reverse=True):
        if lower.startswith(function) and re.fullmatch(r"[0-9]*[a-z]?", lower[len(function) :]):
            return f"{function}({lower[len(function) :]})"
        if lower.endswith(function) and lower[: -len(function)] in variables:
            return f"{lower[: -len(function)]}*{function}"
    if all(letter in variables or letter == "e" for letter in lower):
        return " ".join(lower)
    return word
