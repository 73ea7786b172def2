"""What the reader refuses, each with what was probably meant and how to write it."""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from diffcalc.base.errors import ReadError
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.cursor import Cursor
from diffcalc.language.derivative_notation import taken_apart
from diffcalc.language.expression import Expression
from diffcalc.language.hints import offered, split
from diffcalc.language.numerals import elsewhere, grouped, with_comma
from diffcalc.language.operations import ALIASES, COMPARISONS, CONSTANTS, ELEMENTARY, FUNCTIONS
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.spellings import counts
from diffcalc.language.tokens import BRACKETS, GREEK_NAMES, ROOTS, Token, is_latex

RELATIONS = {sign: name for name, sign in COMPARISONS.items()}
_PLAIN_NAME = re.compile(r"(?P<stem>[A-Za-z]+)(_?[0-9]+|_[A-Za-z0-9]+)?")
_OTHER_NAMES = {
    word: row.sign or row.name for row in ELEMENTARY.values() for word in row.elsewhere.split()
}
# Choices, and operations on arrays, as other tools call them.
_OTHER_WORDS = {
    **dict.fromkeys(("if", "If", "ifelse", "iif", "IIf", "iff"), "where"),
    "Piecewise": "piecewise", "tr": "trace", "product": "prod",
}  # fmt: skip
# What stands between values and conditions, and is no factor.
WORDS_BETWEEN = frozenset(("if", "else", "and", "or", "not", "for", "in"))
_FUNCTIONS_BY_LETTERS = {
    "Gamma": "gamma", "psi": "digamma", "sigma": "sigmoid", "theta": "heaviside", "H": "heaviside",
    "u": "heaviside", "C": "binomial", "B": "beta",
}  # fmt: skip
_OF_NAME = re.compile(r"[A-Za-z]\w*\([A-Za-z]\w*\)")
# In LaTeX too, where other letters before brackets are factors.
_RATHER_FUNCTIONS = {"psi", "sigma", "D", "S"}
_NOT_REAL = {
    "I": "the imaginary unit is not a real number",
    "nan": "not a number",
    "inf": "infinity is not a number",
    "oo": "infinity is not a number",
    "zoo": "infinity is not a number",
}
# Functions that look like others, and are not those.
_OTHERS = {
    "sind", "cosd", "tand", "asind", "acosd", "atand", "sinpi", "cospi", "sqr", "polylog",
    "erfi", "cis",
}  # fmt: skip
# A hint repeats all of the formula where that is short.
_LONGEST_AROUND = 60


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


class Refusals(Cursor):
    """A cursor that says what is wrong where it stands.

    `declared` are the names that are variables, `lookup` finds named functions.
    """

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, checked)
        self._declared = declared
        self._lookup = lookup
        self._parts = lookup.found if isinstance(lookup, Parts) else {}
        self._matrix_ends = -1

    def _refuse_other_notations(self) -> None:
        found = taken_apart(self._text)
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
        if len(before) + len(behind) > _LONGEST_AROUND:
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

    def _refuse_unclear_argument(self, token: Token, start: int) -> None:
        """Asks where the argument of a bare function ends: sin x^2, sin x/2, sin x y."""
        following = self._token
        name = self._cut(self._tokens.index(token), start)
        argument = self._cut(start, self._at)
        behind = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        function_next = self._is_function(behind)
        if following.text == "**" or following.kind == "superscript":
            joint, end = "", self._factor_end(self._at - 1)
        elif (
            self._is("/", "*", "@")
            and not function_next
            and (self._is("/") or not following.spaced)
        ):
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

    def _root_of_negative(self, sign: Token) -> ReadError:
        """The error of √-x."""
        end = self._factor_end(self._at)
        place = (self._token.column, self._column_behind(end))
        problem = "the root needs brackets here"
        return self._asked(problem, sign, place, f"({self._cut(self._at, end)})")

    def _power_of_power(self, first: int) -> ReadError:
        """The error of x²^3, whose base begins at the token `first`, at the second power."""
        raised = self._at - 1
        end = self._at + 1 if self._token.kind == "superscript" else self._factor_end(self._at + 1)
        base, exponent = self._cut(first, raised), self._tokens[raised].text
        further = self._cut(self._at + self._is("**"), end)
        place = (self._tokens[first].column, self._column_behind(end))
        if self._token.kind == "superscript":
            further = self._token.text
        readings = f"({base}^{exponent})^{further}", f"{base}^({exponent}^{further})"
        return self._asked("a power of a power", self._token, place, *readings)

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
        far = self._far_end(end)
        rest = self._cut(end, far)
        readings = [f"{mark}({base}{exponent}){rest}", f"{mark}({base}){exponent}{rest}"]
        if rest:
            readings.append(f"{mark}({base}{exponent}{rest})")
        place = (tokens[first].column, self._column_behind(far))
        raise self._asked("where does the root end", tokens[root], place, *readings)

    def _far_end(self, index: int) -> int:
        """The index behind all the terms and factors that begin with an operator here."""
        while self._tokens[index].text in ("+", "-", "*", "/"):
            index = self._factor_end(index + 1)
        return index

    def _refuse_ambiguous_product(self, first: int, divided: Token | None) -> None:
        token = self._token
        before = self._tokens[self._at - 1]
        if token.kind == "number":
            if before.kind == "number" and token.text[0] == ".":
                raise self._error(f"`{before.text}{token.text}` is not a number", before)
            if before.kind == "number":
                hint = grouped(self._text, token.column)
                raise self._error("two numbers without an operator between them", hint=hint)
            raise self._missing_operator(token)
        if before.text == ".T" and self._text[before.column] in ".ᵀ":
            matrices = "".join(f"@{letter}" for letter in token.text)
            place = (token.column, self._column_behind(self._at + 1))
            besides = ", or * for the product by elements"
            raise self._asked("which product is meant", token, place, matrices, besides=besides)
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

    def _missing_operator(self, token: Token) -> ReadError:
        """The error of (x+1)2 and of 3 x 10^8, where x may be a sign."""
        problem = "an operator is missing before this number"
        before, number = self._tokens[self._at - 1], self._tokens[self._at - 2]
        stop = self._column_behind(self._at + 1)
        written = self._text[token.column : stop]
        if before.text in ("x", "X") and self._at > 1 and number.kind == "number":
            place = (self._column_behind(self._at - 1), stop)
            return self._asked(problem, token, place, f"*{written}", f"*{before.text}*{written}")
        start = self._column_behind(self._at)
        raised = self._tokens[self._at + 1]
        if raised.text == "**" or raised.kind == "superscript" or "." in token.text:
            return self._asked(problem, token, (start, stop), f"*{written}")
        readings = (f"^{written}", f"*{written}")
        if before.text != ")" and "/" not in token.text:
            readings = readings[::-1]
        return self._asked(problem, token, (start, stop), *readings)

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
        if is_latex(self._text) and token.text not in _RATHER_FUNCTIONS - self._declared:
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
        row = FUNCTIONS.get(self._function_name(token))
        if self._is_function(token) and name not in WORDS_BETWEEN:
            if not self._takes_one(self._function_name(token)):
                problem = f"`{name}` needs its arguments in brackets"
                raise self._error(problem, token, f"write {name}(…)")
            bare = row is not None and row.name not in ("sqrt", "cbrt")
            if self._starts_a_factor() and not bare:
                raise self._where_root_ends(token)
            raise self._needs_argument(token)
        meant = _OTHER_NAMES.get(name) or self._in_small_letters(name)
        if meant:
            problem = f"`{name}` is not a function's name here"
            opened = following.kind in ("name", "number") and not following.spaced
            raise self._instead(problem, token, f"{meant} " if opened else meant)
        if name not in GREEK_NAMES and self._lookup(name) is not None:
            raise self._error(
                f"`{name}` is a named function",
                token,
                hint=f"write {name}(…), or give {name} a value to use it as a variable",
            )

    def _takes_one(self, name: str) -> bool:
        """Whether this function may have one argument."""
        if name in FUNCTIONS:
            return FUNCTIONS[name].arity == 1
        return 1 in counts(name) or (name in ARRAYS and ARRAYS[name].operands == 1)

    def _where_root_ends(self, token: Token) -> ReadError:
        """The error of sqrt x+1."""
        start, end = self._at, self._factor_end(self._at)
        numeral = self._token.kind == "number" and self._tokens[end].kind == "name"
        far = self._far_end(self._factor_end(end) if numeral else end)
        name, rest = token.text, self._cut(end, far)
        joint = "*" if numeral else ""
        readings = [f"{name}({self._cut(start, end)}){joint}{rest}"]
        if rest:
            readings.insert(0, f"{name}({self._cut(start, far)})")
        place = (token.column, self._column_behind(far))
        return self._asked(f"`{name}` needs its argument in brackets", token, place, *readings)

    def _in_small_letters(self, name: str) -> str | None:
        """Cos as cos: a function's name, which is small here."""
        small = name.lower()
        known = small in FUNCTIONS or small in ALIASES or small in SPELLED
        return small if known and len(name) > 1 and small != name else None

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
        problem = f"unknown name `{name}`"
        following = self._token
        single = following.kind != "superscript" and following.text not in ("**", "/")
        meant = split(name, called=False, single=single)
        if meant is None:
            raise self._error(problem, token, _name_hint(name))
        besides = f" for a product, or give {name} a value ({name}=2)"
        if "(" in meant or " " in meant:
            besides = ""
        index = self._tokens.index(token)
        before = self._tokens[index - 1] if index else token
        place = (token.column, self._column_behind(index + 1))
        if before.text in ("**", *ROOTS):
            raise self._asked(problem, token, place, f"({meant})", meant)
        if before.text == "/" or (before is not token and self._is_function(before)):
            # Where the denominator or the argument ends is asked in turn.
            meant = meant.replace("*", " ")
        raise self._asked(problem, token, place, meant, besides=besides)

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
        problem = f"`{name}` may be a name or a lost power"
        besides = f", or give {name} a value ({name}=2)"
        everything = (0, len(self._text))
        raise self._asked(problem, token, everything, shown + self._text[at:], besides=besides)

    def _unknown_function(self, token: Token) -> ReadError:
        name = token.text
        problem = f"unknown function `{name}`"
        if name in CONSTANTS or name in GREEK_NAMES or name in self._declared or len(name) == 1:
            return self._not_called(f"`{name}` is not a function", token)
        other = _OTHER_NAMES.get(name) or self._in_small_letters(name)
        meant = other or split(name, called=True, single=True)
        if meant:
            return self._instead(problem, token, meant)
        likely = _alike(name)
        if likely is None:
            return self._error(problem, token)
        error = self._instead(problem, token, likely)
        error.hint = f"did you mean {likely}?"
        return error

    def _equation(self, token: Token) -> ReadError:
        """The error of x^2 = 4: as a formula it is what has to be 0."""
        error = self._error("an equation, not an expression", token)
        left, right = self._text[: token.column].strip(), self._text[token.column + 1 :].strip()
        if not right or len(self._text) > _LONGEST_AROUND:
            error.hint = "give one side only"
            return error
        error.readings = (f"{left} - ({right})",)
        error.hint = f"give one side only, or {error.readings[0]} for their difference"
        return error

    def _not_called(self, problem: str, token: Token) -> ReadError:
        """The error of a(b+c), a product; x(1) may be an element."""
        inside = self._tokens[self._at + 1 : self._factor_end(self._at) - 1]
        if len(inside) == 1 and inside[0].kind == "number":
            return self._error(problem, token, f"write {token.text}*(…)")
        name = token.text
        besides = f" for a product, or define {name} first" if name in "fghFG" else ""
        place = (token.column, self._column_behind(self._at))
        meant = [f"{_FUNCTIONS_BY_LETTERS[name]}"] if name in _FUNCTIONS_BY_LETTERS else []
        return self._asked(problem, token, place, *meant, f"{name}*", besides=besides)

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
            return self._equation(token)
        if token.kind == "superscript":
            return self._error("a power of a power", hint="use brackets: (x^2)^3 or x^(2^3)")
        return self._error(f"unexpected `{token.text}`")


def _name_hint(name: str) -> str:
    """What to write instead of a name that is neither a letter nor declared."""
    if re.fullmatch(r"d[a-z]", name):
        return "a derivative is not part of the expression; choose the variable with --wrt"
    if name == "if":
        return "write a if x > 0 else b"
    if keyword.iskeyword(name):
        return "Python is not read here, only formulas"
    return f"give it a value ({name}=2) to make it a variable"


def _alike(name: str) -> str | None:
    """The function whose name this is but for a slip, or a longer form of it."""
    # Only a refusal has a use for it.
    import difflib

    near = difflib.get_close_matches(name, [*FUNCTIONS, *ALIASES], 5)
    # cosine is cos and not cosec.
    near.sort(key=lambda one: (sorted(one) != sorted(name), not name.startswith(one)))
    for one in near:
        longer = len(one) > 2 and (name.startswith(one) or (len(one) > 3 and _within(one, name)))
        if one[0] == name[0] and name not in _OTHERS and (longer or _is_slip(one, name)):
            return one
    return None


def _within(short: str, long: str) -> bool:
    """Whether the letters of the one are in the other in this order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _is_slip(one: str, other: str) -> bool:
    """Whether the two are one letter apart, or two are the other way round."""
    if len(one) == len(other):
        differing = sum(a != b for a, b in zip(one, other, strict=True))
        return sorted(one) == sorted(other) or (differing == 1 and len(one) > 3)
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and len(long) > 3 and _within(short, long)
