r"""What stands around a formula where it was copied from, blanked out: columns stay.

`$…$`, `f(x) = …`, `lambda x: …`, `return …`, a comment, `np.` before a function: none of it changes
the meaning. What may is left, and refused by the reader: `x = 2`, `x^2 = 4`.
"""

import re

from diffcalc.language.tokens import GREEK_NAMES

_LETTER = r"[A-Za-z]\w*"
_HEADS = (
    re.compile(r"\s*return\s+"),
    re.compile(rf"\s*lambda\s+{_LETTER}(?:\s*,\s*{_LETTER})*\s*:"),
    re.compile(rf"\s*(?:{_LETTER}|\({_LETTER}(?:\s*,\s*{_LETTER})*\))\s*(?:->|=>|↦|→|\\mapsto\b)"),
    re.compile(r"\s*[A-Za-z]\w?\s*:="),
    re.compile(rf"\s*[A-Za-z]\w?\s*\(\s*{_LETTER}(?:\s*,\s*{_LETTER})*\s*\)\s*:?=(?!=)"),
)
# `y = x^2` is a function, `x = 2` a value, and `x = x^2` an equation.
_NAMED = re.compile(r"\s*([A-Za-z])\s*=(?!=)(?=(.*))", re.DOTALL)
_COMMENT = re.compile(r"\s#.*$|;\s*$|(?<=[\w)}\]$])(?<![0-9])\.\s*$")
_DOLLARS = re.compile(r"\s*(\${1,2})([^$]*)\1\.?\s*$")
_DISPLAYED = re.compile(
    r"\\[()\[\]](?![A-Z])|\\(?:begin|end)\{(?:equation|align|gather|math|displaymath)\*?\}"
)
_MODULE = re.compile(
    r"(?<![\w.])(?:(?:np|numpy|jnp|torch|tf|math|Math|cmath|sp|sympy|scipy|mpmath|F|nn|K)\."
    r"(?:(?:linalg|special|nn|functional|math|random)\.)*|std::)(?=(?!sinc\b)[A-Za-z])|\b(?:S|Integer)(?=\([0-9]+\))"
)
_ELEMENTWISE = re.compile(r"\.(?=[*/^])")
_MAXIMA = re.compile(r"%(?=(?:e|pi)\b)")
# Sin[x], and not D[x^2, x].
_HEADS_IN_BRACKETS = re.compile(r"(?<!\w)[A-Z][A-Za-z]+(?=\[)")
# A spreadsheet's -x^2 is (-x)^2, and its LOG(x) is of base 10: those are left, and refused.
_CELL = re.compile(r"\s*=(?![\s=]*-)(?!.*\bLOG\([^,;()]*\))")
_MATHEMATICA = re.compile(r"\\\[([A-Z][a-z]+)\]")


def framed(text: str) -> str:
    """The text with all that is no formula made spaces."""
    if dollars := _DOLLARS.match(text):
        text = _kept(text, dollars.start(2), dollars.end(2))
    text = _MATHEMATICA.sub(_letter, text)
    text = _HEADS_IN_BRACKETS.sub(lambda m: m.group().lower(), text)
    if _CELL.match(text):
        text = _of_a_cell(text)
    for pattern in (_DISPLAYED, _COMMENT, _MODULE, _MAXIMA):
        text = pattern.sub(_blank, text)
    text = _ELEMENTWISE.sub(lambda m: _blank(m) if _behind_operand(m) else m.group(), text)
    for head in _HEADS:
        text = head.sub(_blank, text, count=1) if head.match(text) else text
    named = _NAMED.match(text)
    if named and _is_formula(named.group(1), named.group(2)):
        text = _kept(text, named.end(), len(text))
    return text


def _of_a_cell(text: str) -> str:
    """=POWER(x;2) of a spreadsheet."""
    text = text.replace("=", " ", 1).replace(";", ",")
    text = re.sub(r"\b[A-Z][A-Z0-9]+(?=\()", lambda m: m.group().lower(), text)
    return text.replace("pi()", "pi  ")


def _is_formula(name: str, right: str) -> bool:
    """Whether what stands behind `name =` is a formula in other variables."""
    letters = re.findall(r"[A-Za-zα-ω]\w*", right)
    return bool(letters) and name not in letters and "=" not in right


def _behind_operand(match: re.Match[str]) -> bool:
    before = match.string[: match.start()].rstrip()
    return before[-1:].isalnum() or before[-1:] in (")", "]")


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _kept(text: str, start: int, end: int) -> str:
    return " " * start + text[start:end] + " " * (len(text) - end)


def _letter(match: re.Match[str]) -> str:
    r"""\[Alpha] of Mathematica."""
    name = match.group(1).lower()
    return name.ljust(len(match.group())) if name in GREEK_NAMES | {"pi"} else match.group()
