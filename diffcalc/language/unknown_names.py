"""Names that are no variable and no function here, and what was meant by them."""

import keyword
import re

from diffcalc.base.errors import ReadError
from diffcalc.language.ambiguities import Ambiguities
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.hints import split
from diffcalc.language.operations import ALIASES, CONSTANTS, ELEMENTARY, FUNCTIONS
from diffcalc.language.refusals import WORDS_BETWEEN
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.spellings import counts
from diffcalc.language.tokens import GREEK_NAMES, ROOTS, Token

_PLAIN_NAME = re.compile(r"(?P<stem>[A-Za-z]+)(_?[0-9]+|_[A-Za-z0-9]+)?")
_OTHER_NAMES = {
    word: row.sign or row.name for row in ELEMENTARY.values() for word in row.elsewhere.split()
}
_FUNCTIONS_BY_LETTERS = {
    "Gamma": "gamma", "psi": "digamma", "sigma": "sigmoid", "theta": "heaviside", "H": "heaviside",
    "u": "heaviside", "C": "binomial", "B": "beta",
}  # fmt: skip
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
    "cis",
}  # fmt: skip


class UnknownNames(Ambiguities):
    """Names that are no variable and no function here, and what was meant by them."""

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
        row = ARRAYS.get(name)
        return 1 in counts(name) or (row is not None and row.operands == 1 > row.numbers[0])

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

    def _not_called(self, problem: str, token: Token) -> ReadError:
        """The error of a(b+c), a product; x(1) may be an element."""
        inside = self._tokens[self._at + 1 : self._at + 3]
        if inside[0].kind == "number" and inside[-1].text == ")":
            return self._error(problem, token, f"write {token.text}*(…)")
        name = token.text
        besides = f" for a product, or define {name} first" if name in "fghFG" else ""
        place = (token.column, self._column_behind(self._at))
        meant = [f"{_FUNCTIONS_BY_LETTERS[name]}"] if name in _FUNCTIONS_BY_LETTERS else []
        return self._asked(problem, token, place, *meant, f"{name}*", besides=besides)


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
