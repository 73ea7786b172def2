r"""LaTeX as it is pasted: its tokens in the language's own, each at its column.

A command is a row of a table: what it stands for, or how many groups it takes. A group is one pair
of brackets: `\frac{1}{2}x` is ((1)/(2)) x, so nothing here knows of precedence. Letters side by
side are a product, as TeX sets them; a word is `\mathrm{word}`. Nothing is expanded or defined.
"""

import re
from collections.abc import Callable, Collection, Sequence

from diffcalc.base.errors import LimitError, ReadError
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.bounds import MAX_NESTING
from diffcalc.language.operations import ALIASES, CONSTANTS, FUNCTIONS
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.tokens import GREEK_NAMES, Token

_MATRICES = ("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "vmatrix")
WORDS = frozenset({*FUNCTIONS, *ALIASES, *ARRAYS, *SPELLED, *CONSTANTS, "where"})
"""Letters side by side that are no product."""

_DIFFERENTIAL = re.compile(r"d[a-z]")
_QUOTIENT = re.compile(r"\\[a-z]*frac\s*\{\s*d(?![a-zA-Z])[^{}]*\}\s*\{\s*d\s+\\?[A-Za-z]")
_NO_DERIVATIVE = "a derivative is not part of the expression"
_VARIABLE = re.compile(r"[A-Za-z](?:_[0-9]+|_[A-Za-z]|[0-9]+)?")
_SKIPPED = {
    ",", ";", ":", "!", ">", " ", "quad", "qquad", "displaystyle", "textstyle", "limits",
    "nolimits", "left", "right", "middle", "rm", "it", "bf", "mathit", "mathbf", "boldsymbol", "bm",
    "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl",
    "Biggr", "thinspace", "hspace", "mathstrut",
}  # fmt: skip
_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">",
    "vert": "|", "mid": "|", "|": "‖", "Vert": "‖", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "lbrace": "(", "rbrace": ")", "{": "(", "}": ")", "lbrack": "[", "rbrack": "]",
    "degree": "°", "%": "%", "rvert": ")", "rVert": ")", "rangle": ")",
    "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "neg": "¬", "lnot": "¬",
}  # fmt: skip
_OPENING = {"lvert": "abs", "lVert": "norm", "langle": "dot"}
_BARS = {"|": "abs", "‖": "norm"}
_UPRIGHT = {"mathrm", "operatorname", "text", "textrm", "mathsf", "mathop", "mbox", "textbf"}
_NAMES = {
    "varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho",
    "varsigma": "sigma", "Tr": "trace", "tr": "trace", "sgn": "sign",
}  # fmt: skip
_TRANSPOSES = {"T", "top", "intercal", "mathsf", "mathrm", "text", "rm", "transp"}
_OTHERWISE = {"otherwise", "else", "sonst", "elsewhere"}


def plain(tokens: Sequence[Token], text: str, declared: Collection[str]) -> list[Token]:
    """The tokens without commands and braces. Raises `ReadError` at what is not read."""
    source = _Source(tokens, text, declared)
    source.until("end")
    return [*source.out, tokens[-1]]


class _Source:
    """Where it stands in the tokens, and what it has written."""

    def __init__(self, tokens: Sequence[Token], text: str, declared: Collection[str]) -> None:
        self._tokens, self._text, self._declared = tokens, text, declared
        self._at = self._depth = 0
        self.out: list[Token] = []

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise self._error("the formula ends where a command needs more", token)
        self._at += 1
        return token

    def _error(self, message: str, at: Token, hint: str | None = None) -> ReadError:
        return ReadError(message, hint=hint, text=self._text, column=at.column)

    def _write(self, at: Token, *signs: str) -> None:
        self.out += [Token("symbol", sign, at.column, at.spaced) for sign in signs]

    def _name(self, at: Token, name: str) -> None:
        self.out.append(Token("name", name, at.column, at.spaced))

    def until(self, closing: str) -> None:
        r"""Writes all up to `closing`, and takes that; a fraction by \over is of all of it."""
        start, opening, over = len(self.out), self._tokens[self._at - 1], False
        while self._token.kind != "end" and self._token.text != closing:
            if self._token.text == "\\over":
                at = self._take()
                self.out.insert(start, Token("symbol", "(", at.column, False))
                self._write(at, ")", "/", "(")
                over = True
            else:
                self._one()
        if over:
            self._write(self._token, ")")
        if closing != "end":
            if self._token.kind == "end":
                raise self._error("this brace is never closed", opening)
            self._at += 1

    def _one(self) -> None:
        """Writes what the next token begins."""
        token = self._take()
        self._depth += 1
        if self._depth > MAX_NESTING:
            problem = f"nested more than {MAX_NESTING} deep"
            raise LimitError(problem, text=self._text, column=token.column)
        if token.kind == "command":
            self._command(token, token.text[1:])
        elif token.kind == "name":
            self._letters(token)
        elif token.text == "{":
            self._group(token)
        elif token.text == "**":
            self._raised(token)
        elif token.text == "_" and self.out and self._behind_norm():
            self._norm_index(token)
        elif token.text in ("}", "&", "_"):
            raise self._error(f"unexpected `{token.text}`", token)
        elif token.text != "~":
            self.out.append(token)
        self._depth -= 1

    def _behind_norm(self) -> bool:
        """Whether a norm has just been closed."""
        depth = 0
        for place in range(len(self.out) - 1, -1, -1):
            text = self.out[place].text
            if text == "‖" and place == len(self.out) - 1:
                return sum(t.text == "‖" for t in self.out) % 2 == 0
            depth += (text in (")", "]")) - (text in ("(", "["))
            if depth <= 0:
                return place > 0 and self.out[place - 1].text == "norm"
        return False

    def _letters(self, token: Token) -> None:
        """A name, or a product of letters; with what stands lowered behind it."""
        stem = token.text.rstrip("_")
        if _DIFFERENTIAL.fullmatch(stem) and not {"d", stem} & {*self._declared}:
            raise self._error(_NO_DERIVATIVE, token)
        lowered = self._token.text == "{" and stem != token.text
        if not (stem in WORDS or stem in self._declared or stem.startswith("log_")):
            parts = _VARIABLE.findall(stem)
            if "".join(parts) == stem:
                for part in parts[:-1]:
                    self._name(token, part)
                    token = token._replace(column=token.column + len(part), spaced=False)
                stem = parts[-1]
        self._lowered(token, stem, lowered)

    def _lowered(self, token: Token, name: str, lowered: bool) -> None:
        r"""A name with its index: x_{1}, \alpha_1, \log_{10}."""
        if not lowered and self._token.text == "_":
            lowered = bool(self._take())
        if lowered:
            braced = self._token.text == "{" and self._take()
            index = self._take()
            if index.kind not in ("name", "number", "command"):
                raise self._error("an index is a number or a name", index)
            stem, index_text = name, index.text.lstrip("\\")
            name = f"{stem}_{index_text}"
            if f"{stem}{index_text}" in self._declared and name not in self._declared:
                # How a variable x1 is typeset.
                name = f"{stem}{index_text}"
            if braced:
                if self._token.text != "}":
                    raise self._error("an index is one number or name", index)
                self._take()
        self._name(token, name)

    def _group(self, token: Token) -> None:
        """What stands in braces, as brackets; 2{,}5 is a number."""
        if self._token.text == "," and self._tokens[self._at + 1].text == "}":
            before, behind = self.out[-1:], self._tokens[self._at + 2]
            if before and before[0].kind == behind.kind == "number":
                self._at += 3
                self.out[-1] = before[0]._replace(text=f"{before[0].text}.{behind.text}")
                return
        self._write(token, "(")
        start = len(self.out)
        self.until("}")
        if len(self.out) == start:
            del self.out[-1]
        else:
            self._write(token, ")")

    def _argument(self, at: Token) -> None:
        """What a command takes: a group, or one token as TeX has it, in brackets."""
        self._write(at, "(")
        if self._token.text == "{":
            self._take()
            self.until("}")
        elif self._token.kind == "number" and len(self._token.text) > 1:
            number = self._take()
            raise self._error("a group is in braces", number, f"write {{{number.text}}}")
        else:
            self._one()
        self._write(at, ")")

    def _raised(self, token: Token) -> None:
        r"""A power; x^{T}, x^\top are transposes, 30^\circ degrees."""
        inside = self._inside()
        words = {t.text.lstrip("\\") for t in inside if t.text not in "{}"}
        if (
            "T" not in self._declared
            and words != {"T"}
            and words & {"T", "top", "intercal"}
            and (words <= _TRANSPOSES)
        ):
            self._at += len(inside)
            self._write(token, ".T")
        elif words == {"circ"}:
            self._at += len(inside)
            self._write(token, "°")
        elif words & {"prime", "'"}:
            raise self._error("a derivative is not part of the expression", token)
        else:
            self.out.append(token)
            while self._token.kind == "command" and self._token.text[1:] in _SKIPPED:
                self._take()
            if words == {"T"}:
                self._at += len(inside)
                self._name(token, "T")
            elif self._token.text == "{":
                self._argument(token)
            elif self._token.text != "-":
                self._one()

    def _inside(self) -> Sequence[Token]:
        """The tokens of the next group, its braces too, or of one command and its group."""
        end, depth = self._at, 0
        while self._tokens[end].kind != "end" and end < self._at + 8:
            token = self._tokens[end]
            depth += (token.text == "{") - (token.text == "}")
            end += 1
            follows = token.kind == "command" and token.text[1:] in _UPRIGHT
            if depth == 0 and not follows:
                break
        return self._tokens[self._at : end]

    def _command(self, token: Token, name: str) -> None:
        if name in ("left", "right") and self._token.text in (".", "\\."):
            self._take()
        elif name in ("left", "right") and self._token.text in {*_BARS, "\\|", "\\vert", "\\Vert"}:
            bar = self._take()
            command = bar.text.startswith("\\")
            sign = _SIGNS[bar.text[1:]] if command else bar.text
            if name == "left":
                self._name(bar, _BARS[sign])
            self._write(bar, "(" if name == "left" else ")")
        elif name == "left" and self._token.text == "[":
            # A bracket of a factor, and of no index.
            self.out.append(self._take()._replace(spaced=True))
        elif name in _SKIPPED:
            pass
        elif name in _SIGNS:
            self._write(token, _SIGNS[name])
        elif name in _OPENING:
            self._name(token, _OPENING[name])
            self._write(token, "(")
        elif name in _UPRIGHT:
            self._upright(token)
        elif name in _TAKING:
            _TAKING[name](self, token)
        else:
            self._word(token, name)

    def _word(self, token: Token, name: str) -> None:
        """A function or a letter by its command's name."""
        name = _NAMES.get(name, name)
        if name == "Gamma" and self._token.text in ("(", "{", "\\left"):
            name = "gamma"
        if name not in WORDS and name not in GREEK_NAMES:
            raise self._error(f"\\{name} is not read", token)
        self._lowered(token, name, False)

    def _upright(self, token: Token) -> None:
        """A word in upright letters, which is a name; a single letter may stand without braces."""
        if self._token.text == "*":
            self._take()
        if self._token.text != "{":
            if self._token.text == "d":
                raise self._error(_NO_DERIVATIVE, token)
            return
        start = self._take().column + 1
        end = self._text.find("}", start)
        word = self._text[start:end].replace("\\_", "_").strip()
        while self._take().text != "}":
            pass
        name = _NAMES.get(word, word)
        if name == "d" and "d" not in self._declared:
            raise self._error(_NO_DERIVATIVE, token)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise self._error("this is no name", token)
        self._lowered(token, name, False)

    def _fraction(self, token: Token) -> None:
        r"""\frac{1}{2}, and \frac12 as TeX has it: each takes one character."""
        if _QUOTIENT.match(self._text, token.column) and "d" not in self._declared:
            raise self._error(_NO_DERIVATIVE, token)
        both = self._token
        if both.kind in ("name", "number") and len(both.text) == 2 and both.text.isalnum():
            self._take()
            self._write(token, "(")
            for place, sign in enumerate(both.text):
                self._write(both, *"/" * place)
                kind = "number" if sign.isdigit() else "name"
                self.out.append(Token(kind, sign, both.column + place, False))
            self._write(token, ")")
            return
        self._write(token, "(")
        self._argument(token)
        self._write(token, "/")
        self._argument(token)
        self._write(token, ")")

    def _binomial(self, token: Token) -> None:
        self._name(token, "binomial")
        self._write(token, "(")
        self._argument(token)
        self._write(token, ",")
        self._argument(token)
        self._write(token, ")")

    def _norm_index(self, token: Token) -> None:
        r"""What stands lowered behind a norm: \|x\|_2 is the Euclidean one, as without it."""
        braced = self._token.text == "{" and self._take()
        index = self._take()
        if braced and self._take().text != "}":
            raise self._error("an index is one number or name", index)
        if index.text == "2":
            return
        opens = [i for i, t in enumerate(self.out[:-1]) if t.text in ("‖", "norm")]
        if index.text != "1" or not opens:
            hint = "write sum(abs(x)) and max(abs(x)) for the others"
            raise self._error("a norm is the Euclidean one", token, hint)
        first, last = opens[-1], len(self.out) - 1
        if any(t.text in ("‖", "norm") for t in self.out[first + 1 : last]):
            raise self._error("a norm within a norm", token, "write sum(abs(x))")
        inside = self.out[first + (2 if self.out[first].text == "norm" else 1) : last]
        del self.out[first:]
        for name in ("sum", "abs"):
            self._name(token, name)
            self._write(token, "(")
        self.out += inside
        self._write(token, ")", ")")

    def _root(self, token: Token) -> None:
        r"""\sqrt{x} and \sqrt[n]{x}: the root of a whole degree, or a power."""
        if self._token.text != "[":
            self._name(token, "sqrt")
            self._argument(token)
            return
        self._take()
        start = len(self.out)
        self.until("]")
        index = self.out[start:]
        del self.out[start:]
        whole = len(index) == 1 and index[0].kind == "number"
        if whole:
            self._name(token, "root")
        self._write(token, "(")
        self._argument(token)
        if whole:
            self._write(token, ",")
            self.out += index
        else:
            self._write(token, "**", "(")
            self.out.append(Token("number", "1", token.column, False))
            self._write(token, "/", "(")
            self.out += index
            self._write(token, ")", ")")
        self._write(token, ")")

    # -- cases and matrices ------------------------------------------------------------------------

    def _environment(self, token: Token) -> None:
        r"""\begin{cases}: nested choices; \begin{pmatrix}: an array that is written out."""
        opening, name, closing = (t.text for t in self._tokens[self._at : self._at + 3])
        if (opening, closing) != ("{", "}") or name not in ("cases", *_MATRICES):
            raise self._error("this environment is not read", token)
        self._at += 3
        rows = self._rows(token, name)
        if name == "cases":
            self._cases(token, rows)
        else:
            self._matrix(token, name, rows)

    def _cases(self, token: Token, rows: Sequence[Sequence[list[Token]]]) -> None:
        """The last case has to be all that is left; a condition is empty where it is otherwise."""
        opening, closing, comma = (Token("symbol", sign, token.column, False) for sign in "(),")
        self._name(token, "Piecewise")
        self._write(token, "(")
        for place, (value, *condition) in enumerate(rows):
            said = [t for cell in condition for t in cell]
            always = [Token("name", "True", token.column, False)]
            pair = (opening, *value, comma, *(said or always), closing)
            self.out += [*([comma] if place else []), *pair]
        self._write(token, ")")

    def _matrix(self, token: Token, name: str, rows: Sequence[Sequence[list[Token]]]) -> None:
        """[[a, b], [c, d]]; a column is the vector [a, b]. Behind a name it is no index."""
        opening, closing, comma = (Token("symbol", sign, token.column, True) for sign in "[],")
        if name == "vmatrix":
            self._name(token, "det")
            self._write(token, "(")
        column = name != "vmatrix" and all(len(row) == 1 for row in rows)
        self.out.append(opening)
        for place, row in enumerate(rows):
            cells = [[comma] * bool(k) + cell for k, cell in enumerate(row)]
            flat = [t for cell in cells for t in cell]
            inside = flat if column else [opening, *flat, closing]
            self.out += [*([comma] if place else []), *inside]
        self.out.append(closing)
        if name == "vmatrix":
            self._write(token, ")")

    def _rows(self, token: Token, name: str) -> list[list[list[Token]]]:
        """The cells of each row, written apart."""
        before, rows = self.out, []
        cells: list[list[Token]] = []
        sign = token
        while sign.text != "\\end":
            self.out = []
            sign = self._cell(token)
            cells.append(self.out)
            if sign.text != "&":
                if any(cells):
                    rows.append(cells)
                cells = []
        self.out = before
        closes = [t.text for t in self._tokens[self._at : self._at + 3]] == ["{", name, "}"]
        if not closes or not rows:
            raise self._error(f"this {name} is never closed", token)
        self._at += 3
        return rows

    def _cell(self, token: Token) -> Token:
        """Writes a value or a condition, without a comma at its end; the sign behind it."""
        while self._token.text not in ("&", "\\\\", "\\end"):
            if self._token.kind == "end":
                raise self._error("this environment is never closed", token)
            if self._token.text in ("\\text", "\\mbox", "\\textrm", "\\mathrm"):
                self._remark()
            elif self._token.text == "=":
                self._write(self._take(), "==")
            else:
                self._one()
        while self.out and self.out[-1].text in (",", ";", "."):
            self.out.pop()
        return self._take()

    def _remark(self) -> None:
        r"""\text{if } before a condition says nothing, \text{otherwise} that there is none."""
        token = self._take()
        start = self._token.column + 1
        word = self._text[start : self._text.find("}", start)].strip(" .,;")
        if word not in _OTHERWISE and word not in ("if", "for", "when", "falls", "wenn", ""):
            self._upright(token)
            return
        while self._take().text != "}":
            pass


_TAKING: dict[str, Callable[[_Source, Token], None]] = {
    "frac": _Source._fraction,
    "dfrac": _Source._fraction,
    "tfrac": _Source._fraction,
    "cfrac": _Source._fraction,
    "binom": _Source._binomial,
    "dbinom": _Source._binomial,
    "sqrt": _Source._root,
    "begin": _Source._environment,
}
