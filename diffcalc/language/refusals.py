"""What the reader refuses, each with what was probably meant and how to write it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from diffcalc.base.errors import ReadError
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.cursor import Cursor
from diffcalc.language.derivative_notation import stated, taken_apart
from diffcalc.language.expression import Expression
from diffcalc.language.hints import offered
from diffcalc.language.numerals import elsewhere, with_comma
from diffcalc.language.operations import ALIASES, COMPARISONS, FUNCTIONS
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.tokens import BRACKETS, ROOTS, Token

RELATIONS = {sign: name for name, sign in COMPARISONS.items()}
# Choices, and operations on arrays, as other tools call them.
_OTHER_WORDS = {
    **dict.fromkeys(("if", "If", "ifelse", "iif", "IIf", "iff"), "where"),
    "Piecewise": "piecewise", "tr": "trace", "product": "prod",
}  # fmt: skip
# What stands between values and conditions, and is no factor.
WORDS_BETWEEN = frozenset(("if", "else", "and", "or", "not", "for", "in"))
_OF_NAME = re.compile(r"[A-Za-z]\w*\([A-Za-z]\w*\)")
# A hint repeats all of the formula where that is short.
LONGEST_AROUND = 60


class Definition(NamedTuple):
    """A named function: `g(x, y) = …`."""

    name: str
    parameters: tuple[str, ...]
    expression: Expression


Lookup = Callable[[str], Definition | None]


@dataclass(frozen=True)
class Parts:
    """A `Lookup` with parts of a formula beside it, each a formula by its name."""

    found: Mapping[str, Expression]
    functions: Lookup

    def __call__(self, name: str) -> Definition | None:
        """The named function."""
        return self.functions(name)


def _refuse_stated(text: str) -> None:
    """Raises the error of dy/dx = x^2, whose signs are none of a formula."""
    right = stated(text)
    if right:
        problem = "a derivative is given here, not the function"
        error = ReadError(problem, hint=f"write {right} for the right side alone", text=text)
        error.column, error.readings = 0, (right,)
        raise error


class Refusals(Cursor):
    """A cursor that says what is wrong where it stands.

    `declared` are the names that are variables, `lookup` finds named functions.
    """

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        if checked and "=" in text:
            _refuse_stated(text)
        super().__init__(text, declared, checked)
        self._declared = declared
        self._lookup = lookup
        self._parts = lookup.found if isinstance(lookup, Parts) else {}
        self._matrix_ends = -1

    def _refuse_other_notations(self) -> None:
        found = taken_apart(self._text) if self._checked else None
        if found is None or {"d", "D"} & self._declared:
            return
        error = self._error("a derivative is not part of the expression")
        if not _OF_NAME.fullmatch(found.text):
            error.readings = (found.text,)
        error.hint = f"give {found.text}"
        if found.variable:
            error.hint += f" and choose the variable with --wrt {found.variable}"
        if found.order > 1:
            error.hint += f" --order {found.order}"
        raise error

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

    def _asked(
        self,
        message: str,
        at: Token,
        place: tuple[int, int],
        *readings: str,
        besides: str = "",
    ) -> ReadError:
        """The error that asks which reading is meant, each with all that stands around it."""
        start, stop = place
        before, behind = self._text[:start], self._text[stop:]
        if len(before) + len(behind) > LONGEST_AROUND:
            before = behind = ""
        error = self._error(message, at)
        error.readings = tuple(f"{before}{reading}{behind}".strip() for reading in readings)
        error.besides = besides
        error.hint = offered(error.readings, besides)
        return error

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

    def _lacks_argument(self, token: Token) -> ReadError:
        """The error of sin()."""
        problem = f"`{token.text}` needs an argument"
        row = FUNCTIONS.get(self._function_name(token))
        if row is None or row.arity != 1:
            return self._error(problem, token)
        place = (self._tokens[self._at - 1].column, self._column_behind(self._at + 1))
        return self._asked(problem, token, place, "(x)")

    def _instead(
        self, message: str, token: Token, replacement: str, besides: str = ""
    ) -> ReadError:
        """The error that offers something else for this one token, the last one taken."""
        stop = self._column_behind(self._tokens.index(token) + 1)
        return self._asked(message, token, (token.column, stop), replacement, besides=besides)

    def _needs_argument(self, token: Token) -> ReadError:
        """The error of sin -x, sin*x and sin: what stands behind goes into brackets."""
        problem = f"`{token.text}` needs its argument in brackets"
        sign = self._token
        start = self._at + (sign.text == "*")
        end = self._factor_end(start)
        argument = self._cut(start, end)
        if self._tokens[self._at - 1] is not token and token.text == "exp":
            # exp^(2x)
            return self._error(problem, token)
        one = self._is("-") and not sign.spaced and self._tokens[start + 1].text == "1"
        if one and self._tokens[start + 2].text == "(":
            # A raised -1 that was lost.
            return self._inverse_or_power(token, "-1", start + 2)
        function_next = self._is_function(self._tokens[start])
        if function_next or not argument or not (self._is("-", "*") or self._starts_a_factor()):
            place = (token.column, self._column_behind(self._at))
            return self._asked(problem, token, place, f"{self._text[slice(*place)]}(x)")
        if argument[0] == "(":
            argument = argument[1:-1]
        place = (token.column, self._column_behind(end))
        return self._asked(problem, token, place, f"{token.text}({argument})")

    def _inverse_or_power(self, token: Token, power: str, behind: int) -> ReadError:
        """The error of sin^-1 x, whose argument begins at the token `behind`."""
        tokens, last = self._tokens, len(self._tokens) - 1
        behind = min(behind, last)
        end = self._factor_end(behind)
        following = tokens[end]
        if tokens[behind].kind == "number" and following.kind == "name" and not following.spaced:
            end = self._factor_end(end)
        argument = self._cut(behind, end) if behind < last else "x"
        if tokens[behind].text != "(":
            argument = f"({argument})"
        name, inverse = token.text, f"a{self._function_name(token)}"
        positive = power.lstrip("-−– ")
        before = self._text[: token.column].rstrip()[-1:]
        raised = f"{name}{argument}^(-{positive})"
        if before in ("", "+", "-", "(", ",", "="):
            raised = f"1/{name}{argument}" + (f"^{positive}" if positive != "1" else "")
        readings = [raised]
        if positive == "1" and inverse in FUNCTIONS:
            readings = [f"{inverse}{argument}", raised]
        place = (token.column, self._column_behind(end))
        problem = f"a power of the function `{token.text}` itself"
        error = self._asked(problem, token, place, *readings)
        if len(readings) > 1:
            error.hint = "write {} for the inverse function or {}".format(*error.readings)
        return error

    def _equation(self, token: Token) -> ReadError:
        """The error of x^2 = 4: as a formula it is what has to be 0."""
        error = self._error("an equation, not an expression", token)
        left, right = self._text[: token.column].strip(), self._text[token.column + 1 :].strip()
        if not right or len(self._text) > LONGEST_AROUND:
            error.hint = "give one side only"
            return error
        error.readings = (f"{left} - ({right})",)
        error.hint = f"give one side only, or {error.readings[0]} for their difference"
        return error

    def _leftover(self) -> ReadError:
        token = self._token
        if token.text == ")":
            return self._error("this bracket was never opened")
        if token.text == ",":
            hint = with_comma(self._text, token.column)
            return self._error("a comma outside a function's arguments", hint=hint)
        if token.text == "[":
            problem = "an element stands directly behind its array, a product has a sign"
            return self._error(problem, hint="write x[0], x*(…), or A @ [1, 2]")
        if token.text == "=":
            return self._equation(token)
        if token.kind == "superscript":
            return self._error("a power of a power", hint="use brackets: (x^2)^3 or x^(2^3)")
        return self._error(f"unexpected `{token.text}`")
