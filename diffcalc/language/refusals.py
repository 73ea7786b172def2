"""What the reader refuses, each with what was probably meant and how to write it."""

import keyword
import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from diffcalc.base.errors import ReadError
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.bars import WORDS
from diffcalc.language.cursor import Cursor
from diffcalc.language.expression import Expression
from diffcalc.language.numerals import elsewhere, grouped, with_comma
from diffcalc.language.operations import ALIASES, COMPARISONS, CONSTANTS, ELEMENTARY, FUNCTIONS
from diffcalc.language.tokens import GREEK_NAMES, Token

RELATIONS = {sign: name for name, sign in COMPARISONS.items()}
_PLAIN_NAME = re.compile(r"(?P<stem>[A-Za-z]+)(_?[0-9]+|_[A-Za-z0-9]+)?")
_OTHER_NAMES = {
    word: row.sign or row.name for row in ELEMENTARY.values() for word in row.elsewhere.split()
}
_NOT_REAL = {
    "I": "the imaginary unit is not a real number",
    "nan": "not a number",
    "inf": "infinity is not a number",
    "oo": "infinity is not a number",
    "zoo": "infinity is not a number",
}
# Up to four letters may be meant as a product, as in 2*abc; a longer name is a word.
_LONGEST_PRODUCT = 4


class Definition(NamedTuple):
    """A named function: `g(x, y) = …`."""

    name: str
    parameters: tuple[str, ...]
    expression: Expression


Lookup = Callable[[str], Definition | None]


class Refusals(Cursor):
    """A cursor that says what is wrong where it stands.

    `declared` are the names that are variables, `lookup` finds named functions.
    """

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, checked)
        self._declared = declared
        self._lookup = lookup

    def _refuse_other_notations(self) -> None:
        match = re.match(r"\s*(\w+)\s*\(([^()]*)\)\s*=(?!=)", self._text)
        if match:
            raise self._error(
                "this is a definition, not an expression",
                hint="give the right-hand side only, or use `diffcalc define`",
            )
        match = re.match(r"\s*(d\s*/\s*d([A-Za-z]\w*))\s*", self._text)
        if match and match.group(2) not in self._declared:
            rest = self._text[match.end() :].strip() or "x**2"
            raise self._error(
                "the d/dx is not part of the expression",
                hint=f"give {rest} and choose the variable with --wrt {match.group(2)}",
            )

    def _refuse_other_numbers(self, token: Token) -> None:
        """Asks where this number and the name behind it are one number elsewhere: 0x10, 3x10^8."""
        name = self._token
        if name.kind != "name" or name.spaced or name.text in self._declared:
            return
        hint = elsewhere(token.text, name.text, self._text[name.column + len(name.text) :])
        if hint:
            raise self._error(f"it is not clear what `{token.text}{name.text}` is", token, hint)

    def _refuse_ambiguous_product(self, first: int, divided: Token | None) -> None:
        token = self._token
        before = self._tokens[self._at - 1]
        if token.kind == "number":
            if before.kind == "number" and token.text[0] == ".":
                raise self._error(f"`{before.text}{token.text}` is not a number", before)
            if before.kind == "number":
                hint = grouped(self._text, token.column)
                raise self._error("two numbers without an operator between them", hint=hint)
            hint = f"write *{token.text}"
            number = self._tokens[self._at - 2]
            if before.text in ("x", "X") and self._at > 1 and number.kind == "number":
                # 3 x 10^8
                product = f"{number.text}*{token.text}"
                hint = f"write {product}, or {number.text}*{before.text}*{token.text}"
            raise self._error("an operator is missing before this number", hint=hint)
        if before.text == ".T":
            raise self._error(
                "which product is meant", token, hint="write @ for the matrix product, or *"
            )
        if divided is not None and divided.text == "@":
            raise self._error("it is not clear where the product ends", token, hint="write *")
        if divided is not None:
            raise self._error(
                "it is not clear what is divided",
                token,
                hint=f"write {self._two_readings(first, divided)}",
            )
        if self._exponent_ends_here() and not token.spaced:
            right = self._text[token.column :].split(maxsplit=1)[0]
            raise self._error(
                "it is not clear where the exponent ends",
                token,
                hint=f"write ^({before.text}*{right}) or ^{before.text}*{right}",
            )

    def _two_readings(self, first: int, divided: Token) -> str:
        """1/2x as (1/2)*x and as 1/(2*x), in the user's own words."""
        tokens = self._tokens
        end = self._at + 1
        if tokens[self._at].text == "(":
            depth = 0
            for end in range(self._at, len(tokens)):
                depth += {"(": 1, ")": -1}.get(tokens[end].text, 0)
                if depth == 0:
                    break
            end += 1
        start, middle = tokens[first].column, divided.column
        here, stop = self._token.column, tokens[min(end, len(tokens) - 1)].column
        above = self._text[start:middle].strip()
        below = self._text[middle + 1 : here].strip()
        factor = self._text[here:stop].strip()
        return f"({above}/{below})*{factor} or {above}/({below}*{factor})"

    def _exponent_ends_here(self) -> bool:
        """Whether the last factor was a power whose exponent is a bare number or name."""
        back = self._at - 1
        if self._tokens[back].kind not in ("number", "name"):
            return False
        while back > 0 and self._tokens[back - 1].text in ("+", "-"):
            back -= 1
        return self._tokens[back - 1].text == "**" if back > 0 else False

    def _refuse_bare_function(self, token: Token) -> None:
        name, following = token.text, self._token
        known = name in FUNCTIONS or name in ALIASES or name in ARRAYS or name == "where"
        meant = name if known else _OTHER_NAMES.get(name)
        if meant is None and name not in GREEK_NAMES:
            if self._lookup(name) is not None:
                raise self._error(
                    f"`{name}` is a named function",
                    token,
                    hint=f"write {name}(…), or give {name} a value to use it as a variable",
                )
            return
        argument = following.text if following.kind in ("name", "number") else "x"
        if following.kind == "opening":
            argument = f"{WORDS[following.text]}(…)"
        if following.kind == "superscript" or following.text == "**":
            power = self._tokens[self._at + (following.kind == "symbol")].text
            if power == "-1" or (power == "-" and following.text == "**"):
                hint = f"write a{meant}(x) for the inverse function or 1/{meant}(x)"
            else:
                hint = f"write {meant}(x)^{power}"
            raise self._error(f"a power of the function `{name}` itself", token, hint)
        problem = "needs its argument in brackets" if known else "is not a function's name here"
        raise self._error(f"`{name}` {problem}", token, f"write {meant}({argument})")

    def _refuse_unclear_name(self, token: Token) -> None:
        name = token.text
        if name in _NOT_REAL:
            raise self._error(f"`{name}`: {_NOT_REAL[name]}", token)
        match = _PLAIN_NAME.fullmatch(name)
        stem = match["stem"] if match else name
        if len(stem) == 1 or stem in GREEK_NAMES:
            return
        raise self._error(f"unknown name `{name}`", token, _name_hint(name))

    def _unknown_function(self, token: Token) -> ReadError:
        message, hint = _unknown_function(token.text, self._declared)
        return self._error(message, token, hint)

    def _leftover(self) -> ReadError:
        token = self._token
        if token.text == ")":
            return self._error("this bracket was never opened")
        if token.text == ",":
            hint = with_comma(self._text, token.column)
            return self._error("a comma outside a function's arguments", hint=hint)
        if token.text == "=":
            return self._error(
                "an equation, not an expression", hint="give the right-hand side only"
            )
        if token.text in RELATIONS:
            return self._error("a comparison belongs in where(…)", hint="where(x > 0, a, b)")
        if token.kind == "superscript":
            return self._error("a power of a power", hint="use brackets: (x^2)^3 or x^(2^3)")
        return self._error(f"unexpected `{token.text}`")


def _name_hint(name: str) -> str:
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


def _unknown_function(name: str, variables: Collection[str]) -> tuple[str, str | None]:
    """The message for `name(…)` where there is no such function, and what to write instead."""
    if name in _OTHER_NAMES:
        meant = _OTHER_NAMES[name]
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
