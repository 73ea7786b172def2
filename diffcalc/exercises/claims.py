"""A claim as it is written in an answer: read leniently, and always shown as it was read."""

import re
from collections.abc import Callable, Collection
from functools import partial

import numpy as np

from diffcalc.base.errors import DiffcalcError, ReadError
from diffcalc.language.derivative_notation import NAMED
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import ALIASES, FUNCTIONS
from diffcalc.language.refusals import Lookup

Answer = Callable[[], Expression | None]
"""What would be right; asked only where a claim has several readings."""

_HEAD = re.compile(rf"\s*(?:{NAMED})?\s*=")
_TAIL = re.compile(r"\s*(?:[✓✔]|\bd[a-z]|[.;])\s*$")
_DECIMAL_COMMA = re.compile(r"(?<![\w.,(])([0-9]+),([0-9]+)(?![\w]*,)")
_BEHIND_BRACKET = re.compile(r"\)(?=[0-9.]+\s*(?:\^|\*\*))")
# x^-1/2 of someone who means the exponent.
_HALVES = re.compile(r"\^(-?[0-9]/[0-9])(?![\w.^(])")
_WORD = re.compile(r"(?<![\\A-Za-z_])[A-Za-z]\w*")


def read_claim(
    text: str, variables: Collection[str], lookup: Lookup, answer: Answer = lambda: None
) -> Expression:
    """The claim: as it stands where it can be read in these variables, else as it is meant.

    Of two readings it is the one that has the values of the `answer`, where one has, else the
    first. In a chain of equals all have to agree, and the last one counts.
    Raises the error of the text as it stands.
    """
    head = _HEAD.match(text)
    sides = (text[head.end() :] if head else text).split("=")
    if len(sides) < 3 - bool(head) or not all(side.strip(" <>!") for side in sides):
        sides = [text]
    found = [_readings(side, variables, lookup) for side in sides]
    last = found[-1]
    if any(not _alike(side[0], last[0]) for side in found[:-1]):
        raise ReadError("the sides of the claim are not equal", text=text, column=0)
    if len(last) == 1 or (wanted := answer()) is None:
        return last[0]
    return next((one for one in last if _alike(one, wanted)), last[0])


def _readings(text: str, variables: Collection[str], lookup: Lookup) -> list[Expression]:
    """What a claim may mean, the likeliest first."""
    first: DiffcalcError | None = None
    reading = partial(read, declared=variables, lookup=lookup)
    for typed in dict.fromkeys((text, meant := _meant(text, variables))):
        try:
            found = reading(typed)
        except DiffcalcError as error:
            first = first or error
            continue
        further = [reading(_HALVES.sub(r"^(\1)", meant))] if _HALVES.search(meant) else []
        if typed != text or set(found.variables) <= {*variables}:
            return [found, *further]
        plain = found
    if first is None:
        return [_renamed(plain, variables)]
    try:
        reading(meant)
    except ReadError as error:
        if len(error.readings) > 1:
            return [*map(reading, error.readings)]
    raise first


def _renamed(found: Expression, variables: Collection[str]) -> Expression:
    """A claim in another letter, where there is only one to be meant: 2x of t^2."""
    others = [name for name in found.variables if len(name) == 1]
    if len(variables) != 1 or len(others) != len(found.variables) or len(others) != 1:
        return found
    builder = Builder()
    variable = builder.add("variable", content=next(iter(variables)))
    return builder.finish(builder.splice(found, {others[0]: variable}), found.text)


def _alike(one: Expression, other: Expression) -> bool:
    """Whether two formulas have the same values at some points."""
    names = sorted({*one.variables, *other.variables})
    points = [{n: 0.4 + 0.37 * k + 0.11 * i for i, n in enumerate(names)} for k in range(4)]
    with np.errstate(all="ignore"):
        try:
            found, wanted = (
                np.array([e(**{n: point[n] for n in e.variables}) for point in points])
                for e in (one, other)
            )
        except (ValueError, IndexError):
            return False
        return bool(np.isfinite(found).all() and np.allclose(found, wanted, rtol=1e-9))


def _meant(text: str, variables: Collection[str]) -> str:
    """The claim without what stands around it, and with its names as the question has them."""
    head = _HEAD.match(text)
    text = _TAIL.sub("", text[head.end() :] if head else text)
    text = _BEHIND_BRACKET.sub(")*", text)
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
