"""What to write instead: whole formulas, and each is read before it is offered.

A refusal that knows what may be meant says so in its `readings`; for others a row of `_REWRITES`
makes one of the text. A reading that is refused in turn gives way to what that refusal offers: a
hint, typed in, is read.
"""

import keyword
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from diffcalc.base.errors import ReadError
from diffcalc.language.operations import ALIASES, FUNCTIONS
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.tokens import BRACKETS, GREEK_NAMES

Read = Callable[[str], object]
Template = str | Callable[[re.Match[str]], str]

# A longer formula is not repeated in a hint.
_LONGEST = 120
_CALLED = frozenset({*FUNCTIONS, *ALIASES, *SPELLED, "tr", "trace", "norm", "sum", "mean"})
_BY_LENGTH = sorted(_CALLED, key=len, reverse=True)
_PIECE = re.compile(
    rf"(?P<function>{'|'.join(_BY_LENGTH)})|(?:{'|'.join(sorted(GREEK_NAMES | {'pi'}))})|[A-Za-z]"
    "|[0-9]+"
)
# Words that are no product of their letters.
_WORDS = {
    "and", "any", "arc", "arg", "args", "deg", "det", "diff", "dim", "div", "dot", "end",
    "euler", "fix", "for", "func", "if", "iff", "ifs", "im", "inf", "int", "inv", "lim", "map",
    "max", "min", "nan", "new", "not", "np", "null", "num", "old", "or", "out", "prod", "rad", "re",
    "real", "set", "std", "step", "sup", "the", "true", "use", "val", "var", "vec", "with",
    "xor", "zeta",
}  # fmt: skip
# Up to four letters may be meant as a product, as in 2*abc; a longer name is a word.
_LONGEST_PRODUCT = 4

_OF_ONE = [n for n, row in FUNCTIONS.items() if row.arity == 1 and n not in ("log", "gamma")]
_OPERAND = r"(\w[\w.]*|\([^()]*\))"
_INVERTIBLE = "sin|cos|tan|cot|sec|csc|sinh|cosh|tanh|coth"
_REWRITES: Sequence[tuple[re.Pattern[str], Sequence[Template]]] = tuple(
    (re.compile(row[0]), row[1:])
    for row in (
        # What is no part of the formula.
        (
            r"(?is)^\s*(?:(?:find|compute|calculate|what is|berechne)\s+)?(?:the\s+|die\s+)?"
            r"(?:differentiate|derive|derivative\s+of|gradient\s+of|ableitung\s+von|ableiten)\s+"
            r"(.*?)(?:\s+(?:at|for|wrt|with\s+respect\s+to|nach|bei)\s.*)?\s*$",
            r"\1",
        ),
        (r"^(.*[^=<>!])=\s*\??\s*$", r"\1"),
        (r"^\s*(?:calc|compute|evaluate|simplify|plot|grad)\s+(.*)$", r"\1"),
        (r"""^\s*(["'`])(.*)\1\s*$""", r"\2"),
        (r"^(.*?),\s*(?:\\q?quad\s*)?(?:for\s+)?\w+\s*(?:[<>≤≥≠]|\\[lgn]e?q?\b).*$", r"\1"),
        (r"^\s*=(.*)\bLOG\(([^,;()]*)\)(.*)$", r"\1log10(\2)\3"),
        (rf"^\s*=\s*-\s*{_OPERAND}\s*\^(.*)$", r"(-\1)^\2", r"-(\1^\2)"),
        # Signs.
        (r"\\(hat|bar|tilde|vec)\s*\{?([A-Za-z])\}?", r"\2_{\1}"),
        (r"([0-9.]+)\s*%\s*(?=[A-Za-z(])([A-Za-z]\w*|\([^()]*\))", r"(\1/100)*\2", r"mod(\1, \2)"),
        (r"([0-9.]+)\s*%(?=\s*(?:[-+*/·×)]|$))", r"(\1/100)"),
        (rf"{_OPERAND}\s*%\s*{_OPERAND}", r"mod(\1, \2)"),
        (rf"{_OPERAND}\s+mod\s+{_OPERAND}", r"mod(\1, \2)"),
        (rf"{_OPERAND}\s*//\s*{_OPERAND}", r"floor(\1/\2)"),
        (r"(?<![\w.)])([0-9]+) ([0-9]+/[0-9]+)(?![\w.])", r"(\1+\2)", r"\1*\2"),
        (r"(?<![\w.])([0-9]+)([¼½¾⅓⅔])", r"(\1+\2)"),
        (r"(?<=[0-9])\s*deg(?:rees?)?\b", "°"),
        (r"\b([A-Z])['′’]", r"\1.T"),
        # Functions.
        (rf"\bexp\s*(?:\^|\*\*)\s*{_OPERAND}", r"exp(\1)"),
        (r"\b[a-z]+\.(?:special\.)?sinc\(([^()]*)\)", r"sinc(pi*(\1))"),
        (r"\barc\s+(?=[a-z])", "arc"),
        (rf"\b({_INVERTIBLE})[-−–]1(?=\()", r"a\1", r"1/\1"),
        (r"\barc(sin|cos|tan)e\b", r"arc\1"),
        (r"\bsqr\(", "sqrt(", "square("),
        (r"\batan\((?=[^()]*,)", "atan2("),
        (r"\bsqrt\((?=[^()]*,\s*[0-9]+\s*\))", "root("),
        (r"\b(?:psi|ψ)\(", "digamma("),
        (rf"\b({'|'.join(_OF_ONE)})\(([^(),]*),[^()]*\)", r"\1(\2)"),
        # Elements counted from 1.
        (r"\b([a-zA-Z])\(([1-9])\)", lambda m: f"{m[1]}[{int(m[2]) - 1}]"),
    )
)


def offered(readings: Sequence[str], besides: str = "") -> str:
    """The hint that offers these formulas, and what else there is."""
    *first, last = readings
    return f"write {', '.join(first)} or {last}{besides}" if first else f"write {last}{besides}"


def settle(error: ReadError, again: Read) -> None:
    """Leaves in a refusal of a whole text only what can be read."""
    text = error.text or ""
    found = list[str]()
    if error.readings:
        found = list(_read(error.readings, again))
    if not found and len(error.readings) < 2:
        found = next(filter(None, (list(_read(r, again)) for r in _rewritten(text))), [])
    if found and tuple(found) != error.readings:
        error.readings = tuple(found)
        error.hint = offered(found, error.besides)
    elif len(error.readings) == 1 and not found:
        error.readings = ()
        error.hint = error.besides.rpartition("or ")[2] or None


def _read(readings: Sequence[str], again: Read) -> Iterator[str]:
    """Those that are read, or else what is offered for them."""
    for place, reading in enumerate(readings):
        try:
            again(reading)
        except ReadError as error:
            further = error.readings
            if len(readings) == 1:
                yield from further
            elif further:
                # Where each of two places is asked for, one answer for both.
                yield further[min(place, len(further) - 1)]
        else:
            yield reading


def _rewritten(text: str) -> Iterator[tuple[str, ...]]:
    if len(text) > _LONGEST:
        return
    if closed := _closed(text):
        yield (closed,)
    for pattern, templates in _REWRITES:
        if pattern.search(text):
            yield tuple(pattern.sub(template, text).strip() for template in templates)


def _closed(text: str) -> str | None:
    """The text with brackets and bars that pair: what is open is closed at the end."""
    open_ = list[str]()
    for column, sign in enumerate(text):
        if sign in BRACKETS:
            open_.append(BRACKETS[sign])
        elif sign in BRACKETS.values():
            if not open_ or open_[-1] != sign:
                behind = text[column + 1 :].strip()
                return f"({text}" if behind else text[:column].strip()
            open_.pop()
    if open_:
        return text.rstrip() + "".join(reversed(open_))
    if text.count("|") % 2 == 0:
        return None
    if text.rstrip().endswith("|"):
        return text.rstrip()[:-1]
    before = text[: text.index("|")].rstrip()
    return f"{text.rstrip()}|" if before[-1:] in ("", *"+-*/(,^") else None


def split(name: str, called: bool, single: bool) -> str | None:
    """What a run of letters may mean: x*ln(x) for xlnx, a*x for ax; None for a word.

    `called` says whether brackets follow; then it ends in a function. `single` says whether what
    stands behind is no part of an argument.
    """
    pieces = list(_PIECE.finditer(name))
    if "".join(piece.group() for piece in pieces) != name or name.lower() in _WORDS:
        return None
    if any(two.group().isdigit() and not one["function"] for one, two in pairwise(pieces)):
        return None
    if keyword.iskeyword(name) or re.fullmatch("d[a-z]", name):
        return None
    functions = [piece for piece in pieces if piece["function"]]
    letters = sum(len(piece.group()) == 1 for piece in pieces)
    most = 1 if called else 2 if functions else _LONGEST_PRODUCT
    if letters > most or (called and not functions):
        return None
    if not functions:
        return "*".join(piece.group() for piece in pieces)
    if called != bool(pieces[-1]["function"]):
        return None
    return _with_arguments(pieces, single)


def _with_arguments(pieces: Sequence[re.Match[str]], single: bool) -> str:
    """The pieces as a product, each function of what stands up to the next one."""
    shown, at = "", 0
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        joint = "*" if shown and not shown.endswith((" ", "(")) else ""
        shown += joint + piece.group()
        if not piece["function"] or at == len(pieces):
            continue
        start = at
        while at < len(pieces) and not pieces[at]["function"]:
            at += 1
        argument = "".join(one.group() for one in pieces[start:at])
        if start == at:
            shown += " "
        elif (at == len(pieces) and not single) or at - start > 1:
            shown += f" {argument}"
        else:
            shown += f"({argument})"
    return shown
