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
    "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "^": "**",
    "ᵀ": ".T", "∣": "|", "∥": "‖",
}  # fmt: skip
_BARS = ("|", "‖", "∣", "∥")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_HINTS = {
    "!": "for a factorial write gamma(x + 1)",
    "{": "use ( ) for grouping",
    "}": "use ( ) for grouping",
    "[": "use ( ) for grouping; a list of functions is for diffcalc jacobian",
    "]": "use ( ) for grouping",
    "\\": "LaTeX is not read: write 1/(1 + x**2) for \\frac{1}{1+x^2}",
    "%": "only + - * / ** @ are operators",
    "&": "only + - * / ** @ are operators",
    "½": "write (1/2)*",
    "⅓": "write (1/3)*",
    "¼": "write (1/4)*",
    "¾": "write (3/4)*",
    "∞": "infinity is not a number",
    "≤": "a comparison is written <= and stands in where(…)",
    "≥": "a comparison is written >= and stands in where(…)",
    "≠": "a comparison is written != and stands in where(…)",
    "\n": "one expression only",
}

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\u00a0]+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z][A-Za-z0-9_]*)
    | (?P<greek>[α-ωΑ-Ωϑϕϵµ](?:_[A-Za-z0-9]+|[0-9]+)?)
    | (?P<superscript>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
    | (?P<symbol>\*\*|<=|>=|==|!=|\.T(?![A-Za-z0-9_])|[-+*/@^(),|‖∣∥√<>=×·⋅∗÷∕−–ᵀ])
    """,
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
    at, spaced = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _refusal(text, at)
        if match.lastgroup == "space":
            spaced = True
        else:
            tokens.append(_token(match.lastgroup, match.group(), at, spaced))
            spaced = False
        at = match.end()
        if checked and len(tokens) > MAX_TOKENS:
            raise LimitError(f"the expression has more than {MAX_TOKENS:,} numbers and operators")
    tokens.append(Token("end", "", len(text.rstrip()), spaced))
    return tokens


def spelled(name: str) -> str:
    """A name as the reader has it: theta for θ. What is no name stays as it is."""
    try:
        first, *rest = tokenize(name)
    except DiffcalcError:
        return name
    return first.text if first.kind == "name" and len(rest) == 1 else name


def _token(kind: str, text: str, column: int, spaced: bool) -> Token:
    if kind == "greek":
        return Token("name", GREEK.get(text[0], text[0]) + text[1:], column, spaced)
    if kind == "superscript":
        return Token(kind, text.translate(_SUPERSCRIPTS), column, spaced)
    return Token(kind, _SPELLINGS.get(text, text), column, spaced)


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
