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
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.tokens import BRACKETS, GREEK_NAMES, ROOTS, Token, is_latex

_OF_D = r"\{(?:\\mathrm|\\partial|\\rm|[{}d\s])+"
_DERIVATIVE = re.compile(
    r"\s*(?:[d∂]\s*/\s*[d∂]\s*([A-Za-z]\w*)"
    rf"|\\d?frac\s*{_OF_D}\}}\s*{_OF_D}([A-Za-z])\s*\}})\s*"
)
RELATIONS = {sign: name for name, sign in COMPARISONS.items()}
_PLAIN_NAME = re.compile(r"(?P<stem>[A-Za-z]+)(_?[0-9]+|_[A-Za-z0-9]+)?")
_OTHER_NAMES = {
    word: row.sign or row.name for row in ELEMENTARY.values() for word in row.elsewhere.split()
}
# Choices, and operations on arrays, as other tools call them.
_OTHER_WORDS = {
    "if": "where", "If": "where", "ifelse": "where", "Piecewise": "piecewise", "tr": "trace",
}  # fmt: skip
# What stands between values and conditions, and is no factor.
WORDS_BETWEEN = frozenset(("if", "else", "and", "or", "not"))
_NOT_REAL = {
    "I": "the imaginary unit is not a real number",
    "nan": "not a number",
    "inf": "infinity is not a number",
    "oo": "infinity is not a number",
    "zoo": "infinity is not a number",
}
# Up to four letters may be meant as a product, as in 2*abc; a longer name is a word.
_LONGEST_PRODUCT = 4
# A hint repeats all of the formula where that is short.
_LONGEST_AROUND = 60


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
        super().__init__(text, declared, checked)
        self._declared = declared
        self._lookup = lookup
        self._matrix_ends = -1

    def _refuse_other_notations(self) -> None:
        match = _DERIVATIVE.match(self._text)
        variable = (match.group(1) or match.group(2)) if match else None
        if match and variable not in self._declared:
            rest = self._text[match.end() :].strip() or "x**2"
            raise self._error(
                f"{match.group().strip()} is not part of the expression",
                hint=f"give {rest} and choose the variable with --wrt {variable}",
            )

    def _refuse_other_numbers(self, token: Token) -> None:
        """Asks where this number and the name behind it are one number elsewhere: 0x10, 3x10^8."""
        name = self._token
        if name.kind != "name" or name.spaced or name.text in self._declared:
            return
        hint = elsewhere(token.text, name.text, self._text[name.column + len(name.text) :])
        if hint:
            raise self._error(f"it is not clear what `{token.text}{name.text}` is", token, hint)

    # -- what was typed, in a hint ---------------------------------------------------------------

    def _column_behind(self, index: int) -> int:
        """Where the token before this one ends: what stands between is space only."""
        upto = self._tokens[min(index, len(self._tokens) - 1)].column
        return len(self._text[:upto].rstrip())

    def _cut(self, first: int, behind: int) -> str:
        """The text of the tokens from the first to the one before `behind`."""
        return self._text[self._tokens[first].column : self._column_behind(behind)]

    def _factor_end(self, index: int) -> int:
        """The index behind the factor that begins here: its sign, brackets, call and powers."""
        tokens, last = self._tokens, len(self._tokens) - 1
        raised = True
        while raised and index < last:
            while index < last and tokens[index].text in {"-", "+", *ROOTS}:
                index += 1
            called = tokens[index].kind == "name" and tokens[index + 1].text in ("(", "[")
            index += called and self._is_function(tokens[index])
            depth = 0
            while index < last:
                token = tokens[index]
                depth += (token.text in BRACKETS or token.kind == "opening") - (
                    token.text in BRACKETS.values() or token.kind == "closing"
                )
                index += 1
                if depth <= 0:
                    break
            while tokens[index].kind == "superscript" or tokens[index].text in (".T", "!", "°"):
                index += 1
            raised = tokens[index].text == "**"
            index += raised
        return index

    def _asked(self, message: str, at: Token, place: tuple[int, int], *readings: str) -> ReadError:
        """The error that asks which reading is meant, each with all that stands around it."""
        start, stop = place
        before, behind = self._text[:start], self._text[stop:]
        if len(before) + len(behind) > _LONGEST_AROUND:
            before = behind = ""
        shown = [f"{before}{reading}{behind}".strip() for reading in readings]
        return self._error(message, at, f"write {', '.join(shown[:-1])} or {shown[-1]}")

    def _no_operand(self) -> ReadError:
        token = self._token
        if token.kind == "end":
            return self._error("the expression ends too soon")
        if token.text in {*BRACKETS.values(), "|", "‖"}:
            return self._error(f"nothing stands before {token.text}")
        if token.kind == "superscript":
            return self._error("a power of nothing")
        return self._error(f"`{token.text}` needs a number or a variable before it")

    def _suffixed(self, token: Token) -> bool:
        """Whether a decimal has the suffix of another language behind it: 2.0f, 2.5D-3."""
        name, *behind = self._tokens[self._at : self._at + 3]
        if "." not in token.text or name.spaced or name.text in self._declared:
            return False
        if name.text == "f":
            return True
        exponent = len(behind) == 2 and behind[0].text in ("+", "-") and behind[1].text.isdecimal()
        return name.text == "D" and exponent and not (behind[0].spaced or behind[1].spaced)

    def _unclosed(self, opening: Token, what: str = "bracket") -> ReadError:
        if self._token.kind == "end":
            return self._error(f"this {what} is never closed", opening)
        return self._leftover()

    # -- functions without brackets ----------------------------------------------------------------

    def _function_name(self, token: Token) -> str:
        """The name of the operation that a word names."""
        name = ALIASES.get(token.text, token.text)
        return _OTHER_WORDS.get(name, name)

    def _is_function(self, token: Token) -> bool:
        name = self._function_name(token)
        known = name in FUNCTIONS or name in ARRAYS or name in SPELLED
        return (known or name.startswith("log_")) and token.text not in self._declared

    def _opens_call(self, token: Token) -> bool:
        """Whether brackets with arguments come next. x[0] is none, Sin[x] is."""
        known = self._is_function(token)
        # A group of LaTeX's behind a variable is a factor.
        if self._is("(") and self._text[self._token.column] in "\\{":
            return known
        return self._is("(") or (self._is("[") and known)

    def _starts_a_factor(self) -> bool:
        token = self._token
        if token.text in WORDS_BETWEEN - self._declared:
            return False
        return token.kind in ("name", "number", "opening") or self._is("(", "⌊", "⌈", *ROOTS)

    def _takes_bare_argument(self, token: Token) -> bool:
        """Whether this function is written without brackets, and something stands behind it.

        Not a root: nobody knows where it ends.
        """
        row = FUNCTIONS.get(self._function_name(token))
        bare = row is not None and row.arity == 1 and row.name not in ("sqrt", "cbrt")
        if not (bare or (token.text.startswith("log_") and len(token.text) > 4)):
            return False
        following = self._token
        return (
            following.kind in ("name", "number", "opening", "superscript")
            or following.text == "**"
            or following.text in {*ROOTS, "⌊", "⌈", "-"}
        )

    def _example(self, token: Token) -> str | None:
        row = FUNCTIONS.get(self._function_name(token))
        return f"write {token.text}(x)" if row and row.arity == 1 else None

    def _needs_argument(self, token: Token) -> ReadError:
        hint = f"write {token.text}(x)"
        if self._is("-"):
            end = self._factor_end(self._at)
            hint = f"write {token.text}({self._cut(self._at, end)})"
        return self._error(f"`{token.text}` needs its argument in brackets", token, hint)

    def _inverse_or_power(self, token: Token, power: str) -> ReadError:
        name, inverse = token.text, f"a{self._function_name(token)}"
        positive = power.lstrip("-−– ")
        raised = f"1/{name}(x)" if positive == "1" else f"1/{name}(x)^{positive}"
        if positive == "1" and inverse in FUNCTIONS:
            hint = f"write {inverse}(x) for the inverse function or {raised}"
        else:
            hint = f"write {raised}"
        return self._error(f"a power of the function `{name}` itself", token, hint)

    def _refuse_unclear_argument(self, token: Token, start: int) -> None:
        """Asks where the argument of a bare function ends: sin x^2, sin x/2, sin x y."""
        following = self._token
        name = self._cut(self._tokens.index(token), start)
        argument = self._cut(start, self._at)
        behind = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        function_next = self._is_function(behind)
        if following.text == "**" or following.kind == "superscript":
            joint, end = "", self._factor_end(self._at - 1)
        elif self._is("/") or (self._is("*", "@") and not following.spaced and not function_next):
            joint, end = "", self._factor_end(self._at + 1)
        elif self._starts_a_factor() and not self._is_function(following):
            joint, end = "*", self._factor_end(self._at)
        else:
            return
        rest = self._cut(self._at, end)
        raise self._asked(
            f"where does the argument of `{token.text}` end",
            token,
            (token.column, self._column_behind(end)),
            f"{name}({argument}{joint}{rest})",
            f"{name}({argument}){joint}{rest}",
        )

    def _refuse_unclear_root(self, first: int, sign: Token | None = None) -> None:
        """√x²: asks whether the power is in the root."""
        tokens = self._tokens
        root = first
        while tokens[root].kind == "superscript":
            root += 1
        if tokens[root].text not in ROOTS or tokens[root + 1].text in BRACKETS:
            return
        power = self._at - 1
        base = self._cut(root + 1, power)
        end = power + 1 if sign else self._factor_end(power + 1)
        stop = self._column_behind(end)
        exponent = self._text[tokens[power].column : stop]
        mark = self._cut(first, root + 1)
        raise self._asked(
            "where does the root end",
            tokens[root],
            (tokens[first].column, stop),
            f"{mark}({base}{exponent})",
            f"{mark}({base}){exponent}",
        )

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
        if before.text == ".T" and self._text[before.column] in ".ᵀ":
            raise self._error(
                "which product is meant", token, hint="write @ for the matrix product, or *"
            )
        if divided is not None and divided.text == "@":
            raise self._error("it is not clear where the product ends", token, hint="write *")
        if divided is not None:
            end = self._factor_end(self._at)
            start = self._tokens[first].column
            above = self._text[start : divided.column].strip()
            below = self._text[divided.column + 1 : token.column].strip()
            factor = self._cut(self._at, end)
            raise self._asked(
                "it is not clear what is divided",
                token,
                (start, self._column_behind(end)),
                f"({above}/{below})*{factor}",
                f"{above}/({below}*{factor})",
            )
        transposed = self._matrix_ends == self._at
        if (
            not transposed
            and self._exponent_ends_here()
            and not (token.spaced or self._ends_at_bracket())
        ):
            back = self._exponent_start()
            exponent = self._cut(back, self._at)
            end = self._factor_end(self._at)
            factor = self._cut(self._at, end)
            raise self._asked(
                "it is not clear where the exponent ends",
                token,
                (self._tokens[back].column, self._column_behind(end)),
                f"({exponent}*{factor})",
                f"({exponent})*{factor}" if exponent[0] in "-+−–" else f"{exponent}*{factor}",
            )

    def _exponent_ends_here(self) -> bool:
        """Whether the last factor was a power whose exponent is a bare number or name."""
        back = self._at - 1
        if self._tokens[back].kind not in ("number", "name"):
            return False
        while back > 0 and self._tokens[back - 1].text in ("+", "-"):
            back -= 1
        return self._tokens[back - 1].text == "**" if back > 0 else False

    def _ends_at_bracket(self) -> bool:
        """(x+1)^2(x-1) and e^x(x+1) are products; e^2(x+1) may be another power of e."""
        start = self._exponent_start()
        base, exponent = self._tokens[start - 2].text, self._tokens[self._at - 1]
        signed = start < self._at - 1
        return self._is("(") and not signed and (base not in CONSTANTS or exponent.kind == "name")

    def _is_factor(self, token: Token) -> bool:
        """Whether a letter before brackets is a factor, as in x(x+1): it is a variable elsewhere.

        In LaTeX all are but f, g and h.

        x(1) may be an element, and f(x) a function.
        """
        letter = len(token.text) == 1 or token.text in GREEK_NAMES or token.text in CONSTANTS
        if token.text in "fgh" or not letter or not self._is("(") or self._lookup(token.text):
            return False
        if is_latex(self._text) and token.text not in ("D", "S"):
            return True
        inside = self._tokens[self._at + 1 : self._factor_end(self._at) - 1]
        alone = any(
            one.text == token.text and other.text != "("
            for one, other in zip(self._tokens, self._tokens[1:], strict=False)
        )
        return alone and not (len(inside) == 1 and inside[0].kind == "number")

    def _exponent_start(self) -> int:
        back = self._at - 1
        while self._tokens[back - 1].text in ("+", "-"):
            back -= 1
        return back

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
        sign = self._text[token.column]
        if sign in "ΣΠ":
            what = "sum" if sign == "Σ" else "product"
            raise self._error(
                f"{sign} is a sign of a {what} or a name",
                token,
                f"write sum(…), or give {name} a value ({name}=2)"
                if sign == "Σ"
                else f"give {name} a value ({name}=2) to make it a variable",
            )
        self._refuse_lost_power(token)
        match = _PLAIN_NAME.fullmatch(name)
        stem = match["stem"] if match else name
        if len(stem) == 1 or stem in GREEK_NAMES:
            return
        raise self._error(f"unknown name `{name}`", token, _name_hint(name))

    def _refuse_lost_power(self, token: Token) -> None:
        """Asks whether x2 is x^2, in a formula of x itself."""
        name = token.text
        stem, digits = name[:1], name[1:]
        if (
            len(digits) != 1
            or digits not in "23456789"
            or all(other.text != stem for other in self._tokens)
        ):
            return
        readings = [t for t in self._tokens if t.text == name]
        shown, at = "", 0
        for other in readings:
            shown += self._text[at : other.column] + f"{other.text[0]}^{other.text[1:]}"
            at = other.column + len(other.text)
        hint = f"write {shown}{self._text[at:]}, or give {name} a value ({name}=2)"
        raise self._error(f"`{name}` may be a name or a lost power", token, hint)

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
        if token.text == "[":
            return self._error(
                "an element of an array is not read",
                hint="write x_1 for a variable of its own, or sum(…) for all elements",
            )
        if token.text == "=":
            return self._error(
                "an equation, not an expression", hint="give the right-hand side only"
            )
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
    if name == "if":
        return "write a if x > 0 else b"
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

    near = difflib.get_close_matches(name, [*FUNCTIONS, *ALIASES], 5)
    # cosine is cos and not cosec; inv has two letters of sin, and is something else.
    near.sort(key=lambda one: (sorted(one) != sorted(name), not name.startswith(one)))
    likely = [one for one in near if one[0] == name[0]]
    return f"unknown function `{name}`", f"did you mean {likely[0]}?" if likely else None
