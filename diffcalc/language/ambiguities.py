"""What has two readings is refused: sin x^2, 1/2x, sqrt 2x; the refusal offers both."""

from diffcalc.base.errors import ReadError
from diffcalc.language.numerals import grouped
from diffcalc.language.operations import CONSTANTS
from diffcalc.language.refusals import Refusals
from diffcalc.language.tokens import BRACKETS, GREEK_NAMES, ROOTS, Token, is_latex

# In LaTeX too, where other letters before brackets are factors.
_RATHER_FUNCTIONS = {"psi", "sigma", "D", "S"}


class Ambiguities(Refusals):
    """What has two readings is refused: sin x^2, 1/2x, sqrt 2x; the refusal offers both."""

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
        if divided is not None:
            raise self._unclear_quotient(first, divided)
        unclear = self._matrix_ends != self._at and self._exponent_ends_here()
        if unclear and not (token.spaced or self._ends_at_bracket()):
            raise self._unclear_exponent()

    def _unclear_quotient(self, first: int, divided: Token) -> ReadError:
        """The error of 1/2x."""
        token = self._token
        if divided.text == "@":
            return self._error("it is not clear where the product ends", token, hint="write *")
        end = self._bare_end(self._factor_end(self._at))
        start = self._tokens[first].column
        above = self._text[start : divided.column].strip()
        below = self._text[divided.column + 1 : token.column].strip()
        factor = self._cut(self._at, end)
        return self._asked(
            "it is not clear what is divided",
            token,
            (start, self._column_behind(end)),
            f"({above}/{below})*{factor}",
            f"{above}/({below}*{factor})",
        )

    def _bare_end(self, end: int) -> int:
        """The index behind what a function without brackets takes, where one ends there: cos 2x."""
        tokens = self._tokens
        while self._is_function(tokens[end - 1]) and tokens[end].kind in ("name", "number"):
            number = tokens[end].kind == "number" and tokens[end + 1].kind == "name"
            end = self._factor_end(end + number)
        return end

    def _unclear_exponent(self) -> ReadError:
        """The error of x^2y."""
        back = self._exponent_start()
        exponent = self._cut(back, self._at)
        end = self._factor_end(self._at)
        factor = self._cut(self._at, end)
        return self._asked(
            "it is not clear where the exponent ends",
            self._token,
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
        if is_latex(self._text) and not token.text.startswith("log_"):
            letter = letter or token.text in self._declared or "_" in token.text
        if token.text in "fgh" or not letter or not self._is("(") or self._lookup(token.text):
            return False
        if not self._checked:
            return False
        if is_latex(self._text) and token.text not in _RATHER_FUNCTIONS - self._declared:
            return True
        inside = self._tokens[self._at + 1 : self._factor_end(self._at) - 1]
        alone = any(
            one.text == token.text and other.text != "(" and other.kind != "prime"
            for one, other in zip(self._tokens, self._tokens[1:], strict=False)
        )
        return alone and not (len(inside) == 1 and inside[0].kind == "number")

    def _exponent_start(self) -> int:
        back = self._at - 1
        while self._tokens[back - 1].text in ("+", "-"):
            back -= 1
        return back
