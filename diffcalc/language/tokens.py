"""Characters to tokens: what people type, in one spelling, and a refusal of everything else."""

import re
import unicodedata
from typing import NamedTuple

from diffcalc.base.errors import DiffcalcError, LimitError, ReadError
from diffcalc.language.bounds import MAX_CHARACTERS, MAX_TOKENS
from diffcalc.language.numerals import grouped

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "ρ": "rho",
    "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
    "π": "pi",
}  # fmt: skip
GREEK_NAMES = frozenset(GREEK.values()) - {"pi"}

_SPELLINGS = {
    "×": "*", "·": "*", "⋅": "*", "∗": "*", "•": "*", "∙": "*", "÷": "/", "∕": "/", "^": "**",
    "ᵀ": ".T", "∣": "|", "∥": "‖", "≤": "<=", "≥": ">=", "≠": "!=", "⁻": "-",
}  # fmt: skip
_BARS = ("|", "‖", "∣", "∥")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
# Other shapes of one character, and what takes no room: where a word processor or a keyboard of
# wide characters has been. Each is one character, so columns stay.
_SHAPES = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u2010\u2011\u2012–—−", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\u2062\ufeff\u2009\u202f\u3000", " ")
    | {"ℯ": "e", "ⅇ": "e"}
)
BRACKETS = {"(": ")", "[": "]", "⌊": "⌋", "⌈": "⌉"}
ROOTS = {"√": 2, "∛": 3, "∜": 4}
_HINTS = {
    "}": "use ( ) for grouping",
    "%": "only + - * / ** @ are operators",
    "⁻": "write - or a power as in x^(-1)",
    "∞": "infinity is not a number",
    "\n": "one expression only",
}

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\u00a0]+)
    | (?P<number>(?:(?:[0-9]{1,3}(?:_[0-9]{3})+(?![0-9_])|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)
        (?:[eE][+-]?[0-9]+)?)
    | (?P<fraction>[¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
    | (?P<name>∂?[A-Za-z][A-Za-z0-9_]*[₀-₉]*|∂)
    | (?P<greek>[α-ωΑ-Ωϑϕϵµ](?:_[A-Za-z0-9]+|[0-9]+|[₀-₉]+)?)
    | (?P<prime>(?<=[A-Za-z0-9_])['′’″]{1,9}(?=\())
    | (?P<superscript>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?![ᵃ-ᵧⁿⁱˣʸ⁽⁺⁻]))
    | (?P<raised>[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ⁿˣʸᵃᵇᵏᵐᵗ⁽⁾]*[ⁿˣʸᵃᵇᵏᵐᵗ⁾])
    | (?P<symbol>\*\*|<=|>=|==|!=|\.T(?![A-Za-z0-9_])|\.(?=[a-z]+\()
        |&&?|[-+*/@^(),:|‖∣∥√∛∜<>=×·⋅∗•∙÷∕ᵀ!°≤≥≠⌊⌋⌈⌉⁻∧∨¬]|\[|\])
    """,
    re.VERBOSE,
)
# What LaTeX has besides: commands, groups, indices. Its lines and characters' forms are no matter.
_LATEX_TOKEN = re.compile(
    _TOKEN.pattern.replace(r"[ \t\u00a0]+", r"[ \t\u00a0\n\r]+")
    + r"| (?P<command>\\(?:[A-Za-z]+|[^A-Za-z])) | (?P<brace>[{}&_~.;'])",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of the text: its kind, its normalised text, where it stands, a space before it.

    Kinds: "number", "name", "superscript" (a power), "symbol", "end". The bars among the symbols
    become "opening" and "closing" (see `bars.py`).
    """

    kind: str
    text: str
    column: int
    spaced: bool


def tokenize(text: str, *, checked: bool = True) -> list[Token]:
    """The tokens of `text`, an "end" token last.

    Raises `ReadError` at the first character that is not part of a formula, by its Unicode name,
    and `LimitError` where the text is too long (unless not `checked`).
    """
    if checked and len(text) > MAX_CHARACTERS:
        raise LimitError(f"the expression is longer than {MAX_CHARACTERS:,} characters")
    tokens: list[Token] = []
    shaped = text.translate(_SHAPES)
    pattern = _LATEX_TOKEN if is_latex(text) else _TOKEN
    at, spaced = 0, False
    while at < len(text):
        match = pattern.match(shaped, at)
        if match is None or match.lastgroup is None:
            raise _refusal(text, at)
        if match.lastgroup == "space":
            spaced = True
        elif (
            match.group() == "⁻"
            and tokens
            and (tokens[-1].kind != "symbol" or tokens[-1].text in BRACKETS.values())
        ):
            raise _refusal(text, at)
        else:
            tokens.extend(_pieces(match.lastgroup, match.group(), at, spaced))
            spaced = False
        at = match.end()
        if checked and len(tokens) > MAX_TOKENS:
            raise LimitError(f"the expression has more than {MAX_TOKENS:,} numbers and operators")
    tokens.append(Token("end", "", len(text.rstrip()), spaced))
    return tokens


def is_latex(text: str) -> bool:
    """Whether a text has what only LaTeX has: commands and braces."""
    return "\\" in text or "{" in text


def spelled(name: str) -> str:
    """A name as the reader has it: theta for θ. What is no name stays as it is."""
    try:
        first, *rest = tokenize(name)
    except DiffcalcError:
        return name
    return first.text if first.kind == "name" and len(rest) == 1 else name


def _pieces(kind: str, text: str, column: int, spaced: bool) -> list[Token]:
    """The tokens of one piece of the text: one, or those of a raised formula, as in x²ⁿ."""
    if kind == "greek":
        stem, rest = GREEK.get(text[0], text[0]), text[1:]
        return [Token("name", stem + _lowered(rest), column, spaced)]
    if kind == "name":
        return [Token("name", _lowered(text).replace("∂", "d"), column, spaced)]
    if kind == "superscript":
        return [Token(kind, text.translate(_SUPERSCRIPTS), column, spaced)]
    if kind == "fraction":
        plain = unicodedata.normalize("NFKC", text).replace("\u2044", "/")
        return [Token("number", plain, column, spaced)]
    if kind == "raised":
        inner = tokenize(unicodedata.normalize("NFKC", text))[:-1]
        raised = [Token(t.kind, t.text, column + t.column, t.spaced) for t in inner]
        last = column + len(text) - 1
        opening = [Token("symbol", sign, column, spaced) for sign in ("**", "(")]
        return [*opening, *raised, Token("symbol", ")", last, False)]
    if kind == "number":
        text = text.replace("_", "")
    return [Token(kind, _SPELLINGS.get(text, text), column, spaced)]


def _lowered(name: str) -> str:
    """A name with its lowered digits as people type them: x_1 for x₁."""
    plain = name.translate(_SUBSCRIPTS)
    if plain == name or "_" in name:
        return plain
    stem = name.rstrip("₀₁₂₃₄₅₆₇₈₉")
    return f"{stem}_{plain[len(stem) :]}"


def _refusal(text: str, column: int) -> ReadError:
    character = text[column]
    name = unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
    plain = unicodedata.normalize("NFKC", character)
    hint = grouped(text, column) or _HINTS.get(character)
    if hint:
        pass
    elif text[:column].rstrip()[-1:] in _BARS and (character == "_" or plain.isdecimal()):
        hint = "a norm is the Euclidean one: others are written sum(abs(x)) and max(abs(x))"
    elif plain != character and plain.isascii() and plain.isalnum():
        hint = f"write {plain}"
    elif character == "_":
        hint = "a name begins with a letter"
    elif character in "\"'`":
        hint = "text has no place in a formula"
    shown = f" {character}" if character.isprintable() and not character.isspace() else ""
    return ReadError(f"unexpected character{shown} ({name})", hint=hint, text=text, column=column)
