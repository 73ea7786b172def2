r"""Lines of LaTeX: aligned where all are short, else formulas in paragraphs, reasons below.

TeX breaks a formula in a paragraph at its relations and at + and -, wherever the page ends, but
never within \left( … \right), a fraction or a root. Those that may be too wide for a line are
written in another way: brackets of a fixed size, which may be parted, and a slash.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
# In points; at ten points a line is 345 wide. What is shorter than two thirds of one fits, for the
# estimate is a rough one; in what does not, brackets of a third can be broken, and wider fractions
# are none. What is aligned is never broken; 300 derivations so estimated had no line too wide.
_FITS, _LONG, _WIDE, _ALIGNED = 240.0, 110.0, 190.0, 300.0
# So wide are a letter and most signs; a sign between two operands with its room; = and its room.
_LETTER, _BETWEEN, _EQUALS = 5.6, 12.2, 13.4
_WIDTHS = {
    "+": _BETWEEN, "-": _BETWEEN, "=": _EQUALS, r"\cdot": 7.3, r"\odot": _BETWEEN, "(": 3.9,
    ")": 3.9, "[": 2.8, "]": 2.8, ",": 4.5, "|": 2.8, r"\|": 5.0, r"\lim": 14.0, r"\to": 15.6,
    r"\quad": 10.0, r"\displaystyle": 0.0,
} | dict.fromkeys((r"\le", r"\ge", "<", ">", r"\ne"), _EQUALS)  # fmt: skip
_SIGNS = {"+", "-", "=", ",", r"\cdot", r"\odot", r"\to", *_WIDTHS} - {")", "]", "|", r"\|"}
_FUNCTION = re.compile(r"\\[a-z]{2,}")
_UPRIGHT = (r"\text", r"\mathrm", r"\operatorname", r"\texttt", r"\mathsf")
# A script is so much smaller.
_SMALL = 0.75


class Line(NamedTuple):
    """A line of a derivation: what stands on the left, then after each = a side, and why.

    Without a left side it goes on from the line above. The reason is text.
    """

    left: str
    sides: Sequence[str]
    reason: str = ""


class _Piece(NamedTuple):
    """A part of a formula: as it was, as it can be broken, and how wide it is."""

    plain: str
    broken: str
    width: float


def paragraphs(lines: Sequence[Line]) -> str:
    """The lines, aligned or as paragraphs; only the package amsmath is needed."""
    if _are_short(lines):
        rows = [row for line in lines for row in _aligned(line)]
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
    return "\n".join(
        [
            r"\begin{flushleft}\lineskiplimit=3pt\lineskip=5pt",
            *map(_paragraph, lines),
            r"\end{flushleft}",
        ]
    )


def _are_short(lines: Sequence[Line]) -> bool:
    """Whether all fit where they are aligned; the first that does not tells."""
    left = right = 0.0
    for line in lines:
        left, right = max(left, _left_width(line)), max(right, _right_width(line))
        if left + right > _ALIGNED:
            return False
    return True


def _left_width(line: Line) -> float:
    return _whole(line.left).width


def _right_width(line: Line) -> float:
    return _EQUALS + max(_whole(side).width for side in line.sides) + _LETTER * len(line.reason)


def _aligned(line: Line) -> Iterator[str]:
    reason = rf" && \text{{{line.reason}}}" if line.reason else ""
    for place, side in enumerate(line.sides):
        yield f"{'' if place else line.left} &= {side}{'' if place else reason}"


def _paragraph(line: Line) -> str:
    formula = "".join(f" = {breakable(side)}" for side in line.sides)
    start = breakable(line.left) if line.left else r"\quad"
    reason = f"\\newline\n  {line.reason}" if line.reason else ""
    return f"\\hangindent=2em\\relax $\\displaystyle {start}{formula}${reason}\\par"


def breakable(text: str) -> str:
    """The formula, such that TeX can break it in a paragraph where it is too long for a line."""
    whole = _whole(text)
    return whole.broken if whole.width > _FITS else text


def _whole(text: str) -> _Piece:
    return _joined(_pieces(iter(_TOKEN.findall(text))))


def _pieces(tokens: Iterator[str], end: str = "") -> Iterator[_Piece]:
    """The parts of a formula, as far as what ends it."""
    for part in tokens:
        if part == end:
            return
        if part == r"\left":
            yield _bracket(tokens)
        elif part == r"\frac":
            yield _fraction(_argument(tokens), _argument(tokens))
        elif part == r"\sqrt":
            yield _root(tokens)
        elif part in "^_":
            inner = _argument(tokens)
            script = f"{part}{{{inner.plain}}}"
            yield _Piece(script, script, _SMALL * inner.width)
        elif part == "{":
            inner = _joined(_pieces(tokens, "}"))
            yield _Piece(f"{{{inner.plain}}}", f"{{{inner.plain}}}", inner.width)
        elif part == r"\begin":
            yield _cases(tokens)
        elif part in _UPRIGHT:
            word = _argument(tokens).plain
            yield _Piece(f"{part}{{{word}}}", f"{part}{{{word}}}", _LETTER * len(word))
        else:
            yield _Piece(part, part, _width(part))


def _width(part: str) -> float:
    if part.isspace():
        return 0.0
    if part in _WIDTHS:
        return _WIDTHS[part]
    # \sin is as wide as its letters; a Greek letter is one.
    function = _FUNCTION.fullmatch(part) and len(part) <= len(r"\arctan")
    return _LETTER * (len(part) - 1 if function else 1)


def _joined(pieces: Iterator[_Piece]) -> _Piece:
    """All of them; in a long product a line may also end between two factors."""
    found = list(pieces)
    broken = [piece.broken for piece in found]
    signs = [-1, *(n for n, piece in enumerate(found) if piece.plain in _SIGNS), len(found)]
    for start, end in pairwise(signs):
        if sum(piece.width for piece in found[start + 1 : end]) > _LONG:
            # Next to the signs a line can end as it is.
            for place in range(start + 2, end - 1):
                if broken[place].isspace():
                    broken[place] = r" \penalty900 "
    width = sum(piece.width for piece in found)
    if width > _LONG:
        broken = [",\\allowbreak" if part == "," else part for part in broken]
    return _Piece("".join(piece.plain for piece in found), "".join(broken), width)


def _argument(tokens: Iterator[str]) -> _Piece:
    part = next(tokens)
    return _joined(_pieces(tokens, "}")) if part == "{" else _Piece(part, part, _width(part))


def _bracket(tokens: Iterator[str]) -> _Piece:
    start = next(tokens)
    inner = _joined(_pieces(tokens, r"\right"))
    end = next(tokens)
    width = inner.width + 2 * _LETTER
    plain = rf"\left{start}{inner.plain}\right{end}"
    return _Piece(plain, _apart(inner, start, end) if width > _LONG else plain, width)


def _apart(inner: _Piece, start: str = "(", end: str = ")") -> str:
    """In brackets of a fixed size, which TeX can part."""
    high = "bigg" if r"\frac" in inner.broken else "big"
    return rf"\{high}l{start}{inner.broken}\{high}r{end}"


def _fraction(above: _Piece, below: _Piece) -> _Piece:
    width = max(above.width, below.width) + _LETTER
    plain = rf"\frac{{{above.plain}}}{{{below.plain}}}"
    slash = rf"{_apart(above)} \big/\allowbreak {_apart(below)}"
    return _Piece(plain, slash if width > _WIDE else plain, width)


def _root(tokens: Iterator[str]) -> _Piece:
    part, index = next(tokens), ""
    if part == "[":
        index = _joined(_pieces(tokens, "]")).plain
        part = next(tokens)
    assert part == "{"
    inner = _joined(_pieces(tokens, "}"))
    width = inner.width + 2 * _LETTER
    plain = rf"\sqrt{f'[{index}]' * bool(index)}{{{inner.plain}}}"
    power = rf"{_apart(inner)}^{{1/{index or 2}}}"
    return _Piece(plain, power if width > _WIDE else plain, width)


def _cases(tokens: Iterator[str]) -> _Piece:
    """A choice, whose rows stand in one line where they are too wide for theirs."""
    name = _argument(tokens).plain
    rows: list[list[_Piece]] = [[]]
    for piece in _pieces(tokens, r"\end"):
        if piece.plain == r"\\":
            rows.append([])
        else:
            rows[-1].append(_Piece("&", r"\ ", 0.0) if piece.plain == "&" else piece)
    _argument(tokens)
    joined = [_joined(iter(row)) for row in rows]
    inside = r" \\ ".join(row.plain.strip() for row in joined)
    plain = rf"\begin{{{name}}} {inside} \end{{{name}}}"
    width = max(row.width for row in joined) + 4 * _LETTER
    line = r";\ \allowbreak ".join(row.broken.strip() for row in joined)
    return _Piece(plain, rf"\bigl\{{{line}\bigr\}}" if width > _WIDE else plain, width)
