"""The signs of a table: what stands between its cells, and in its numbers.

csv.Sniffer takes `1,5;2,5` for commas, and raises where there is one column.
"""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from diffcalc.base.errors import DiffcalcError

COMMA, POINT = ",", "."
DELIMITERS = {"comma": COMMA, "semicolon": ";", "tab": "\t", "space": " ", "bar": "|"}
"""The signs between cells by names that a shell takes as they are."""

# What is recognised: a space may be part of a name.
_RECOGNISED = (COMMA, "\t", ";", "|")
# A comma before three digits may group them: 1,000.
_DECIMAL = re.compile(r"\s*[+-]?(\d*,(\d{1,2}|\d{4,})|(0|\d{4,}|),\d{3})(e[+-]?\d+)?\s*", re.I)
_POINTED = re.compile(r"\s*[+-]?(\d+,)*\d*\.\d+(e[+-]?\d+)?\s*", re.I)
# Enough of a table to see what it is like.
_ROWS = 100


def delimiter_named(text: str) -> str:
    """The sign of this name, or itself. Raises `DiffcalcError` where it cannot separate cells."""
    sign = DELIMITERS.get(text, "\t" if text == r"\t" else text)
    if len(sign) == 1 and not (sign.isalnum() or sign in '"+-._\r\n' or not sign.isascii()):
        return sign
    hint = f"one of , ; | : or {', '.join(DELIMITERS)}"
    raise DiffcalcError(f"`{text}` cannot stand between cells", hint=hint)


def delimiter_name(sign: str) -> str:
    """What to type for a sign that is not seen."""
    return {"\t": "tab", " ": "space"}.get(sign, sign)


def recognised(start: str, usual: str, delimiter: str = "", decimal: str = "") -> tuple[str, str]:
    """The signs of a table that begins like this: between cells, and in numbers.

    A `delimiter` or `decimal` sign that is given stays; `usual` is the first where nothing speaks
    for another one.
    """
    sign = delimiter or _delimiter(start, usual)
    rows = _rows(start, sign)
    alone = not delimiter and sign == COMMA and bool(rows) and len(rows[0]) == 1
    if alone:
        rows = _rows(start, ";")
    if not decimal:
        cells = [cell for row in rows for cell in row]
        fits = any(map(_DECIMAL.fullmatch, cells)) and not any(map(_POINTED.fullmatch, cells))
        decimal = COMMA if fits else POINT
    # A single column of decimal commas has nothing between its cells.
    return ";" if alone and decimal == COMMA else sign, decimal


def _delimiter(start: str, usual: str) -> str:
    """The sign that splits the first two rows, if a cell with another one is a number at most."""
    found = {}
    for sign in dict.fromkeys((usual, *_RECOGNISED)):
        rows = _rows(start, sign)[:2]
        if rows and all(len(row) > 1 for row in rows):
            found[sign] = [cell for row in rows for cell in row if not _DECIMAL.fullmatch(cell)]
    for sign, cells in found.items():
        if not any(other in cell for cell in cells for other in _RECOGNISED if other != sign):
            return sign
    return next(iter(found), usual)


def _rows(start: str, sign: str) -> Sequence[Sequence[str]]:
    # The last line may not be there as a whole.
    whole = start[: start.rfind("\n") + 1] or start
    with suppress(csv.Error):
        rows = csv.reader(io.StringIO(whole, newline=""), delimiter=sign)
        return list(islice((row for row in rows if any(map(str.strip, row))), _ROWS))
    return []
