"""The difference quotients as h shrinks: digits settle, the error shrinks, round-off takes over.

Numbers are aligned at their decimal points. The digits of a quotient that agree with the limit are
set apart, by colour where there is one and else by a bar behind them. Each error has a bar of one
block for a decimal digit, so a method of order 1 loses one from row to row, of order 2 two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import mpmath
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffcalc.render.console import fits
from diffcalc.render.reasons import side
from diffcalc.render.wording import error_text, one_side, short

if TYPE_CHECKING:
    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.numerical.quotients import Row

# More than a float64 is right to is noise.
_DIGITS = 14
# From an error of 1 to round-off are sixteen digits; more blocks say nothing more.
_LONGEST_BAR = 16
# h is written without an exponent down to here, so that its rows make a slope to look at.
_SMALLEST_PLAIN = 1e-9
# More places than a number has.
_ALL = 10_000
_OPTIONAL = ("", "order")
_RIGHT, _MARK = "bold green", "|"


def table_of(element: Quotients, console: Console, *, richardson: bool) -> Table:
    """The rows of the h-sequence; of what does not fit the width, bars go first, then orders."""
    for left_out in range(len(_OPTIONAL) + 1):
        table = _table(element, console, _OPTIONAL[:left_out], richardson=richardson)
        if fits(console, table):
            break
    return table


def marks_note(element: Quotients, console: Console) -> str:
    """What sets the digits that agree apart, where any are."""
    digits = element.convergence.digits or _DIGITS
    texts = [(row, short(row.quotient, digits)) for row in element.convergence.rows]
    if not any(0 < _end(row, text) < len(text) for row, text in texts):
        return ""
    how = "bold digits" if _has_colour(console) else f"digits left of {_MARK}"
    return f"{how} agree with the limit"


def _table(
    element: Quotients, console: Console, left_out: Sequence[str], *, richardson: bool
) -> Table:
    rows = element.convergence.rows
    digits = element.convergence.digits or _DIGITS
    quotients = [_marked(row, short(row.quotient, digits), console) for row in rows]
    columns = {
        "h": _aligned([Text(_plain(float(row.h))) for row in rows]),
        "quotient": _aligned(quotients),
        "error": [Text("-" if math.isnan(row.error) else short(row.error, 2)) for row in rows],
        "": [Text(bar) for bar in _bars([float(row.error) for row in rows])],
        "order": [Text("-" if math.isnan(row.order) else f"{row.order:.2f}") for row in rows],
    }
    if richardson:
        columns["extrapolated"] = _aligned([Text(short(row.extrapolated, digits)) for row in rows])
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    kept = {
        heading: column
        for heading, column in columns.items()
        if heading not in left_out and any(cell.plain not in ("", "-") for cell in column)
    }
    for heading in kept:
        table.add_column(heading, justify="right" if heading == "order" else "left", no_wrap=True)
    for cells in zip(*kept.values(), strict=True):
        table.add_row(*cells)
    return table


def _has_colour(console: Console) -> bool:
    return console.color_system is not None and not console.no_color


def _plain(h: float) -> str:
    """0.00001 rather than 1e-05."""
    text = f"{h:.6g}"
    if "e" not in text or abs(h) < _SMALLEST_PLAIN or abs(h) >= 1:
        return text
    return f"{h:.{5 - math.floor(math.log10(abs(h)))}f}".rstrip("0")


def _aligned(cells: Sequence[Text]) -> list[Text]:
    """The numbers moved to the right, so that their decimal points stand below one another."""
    points = [_point(cell.plain) for cell in cells]
    widest = max(points, default=0)
    return [Text(" " * (widest - at)) + cell for cell, at in zip(cells, points, strict=True)]


def _point(number: str) -> int:
    """Where the decimal point of a number is, or would be."""
    ends = [place for sign in ".e" if (place := number.find(sign)) >= 0]
    return min(ends, default=len(number))


def _agreeing(row: Row) -> int | None:
    """The last decimal place in which a quotient rounds to the limit: 0 for units, or None."""
    if not (math.isfinite(row.error) and math.isfinite(row.quotient)):
        return None
    # With --digits errors may be far below the smallest float64.
    return int(mpmath.floor(-mpmath.log10(2 * row.error))) if row.error else _ALL


def _end(row: Row, text: str) -> int:
    """Behind how many characters of a quotient the digits end that agree with the limit."""
    places, point = _agreeing(row), _point(text)
    if places is None or "e" in text or not text[-1].isdigit():
        return 0
    # Beside the point the mark stands behind it, so that the points stay below one another.
    end = max(min(point + places + (places >= 0), len(text)), 0)
    told = any(digit in "123456789" for digit in text[:end])
    return end if told or not row.quotient else 0


def _marked(row: Row, text: str, console: Console) -> Text:
    """A quotient with the digits set apart that agree with the limit."""
    end = _end(row, text)
    if not end:
        return Text(text)
    if _has_colour(console):
        return Text().append(text[:end], _RIGHT).append(text[end:])
    return Text(f"{text[:end]}{_MARK if end < len(text) else ''}{text[end:]}")


def _bars(errors: Sequence[float]) -> list[str]:
    """A bar for each error, one block longer for a digit less."""
    sizes = [math.log10(error) if error > 0 and math.isfinite(error) else None for error in errors]
    least = min((size for size in sizes if size is not None), default=0.0)
    return [
        "" if size is None else "█" * min(1 + round(size - least), _LONGEST_BAR) for size in sizes
    ]


def limit_line(element: Quotients) -> Text:
    """The limit with its error, or what the two sides give, and where round-off takes over."""
    convergence, truth = element.convergence, element.truth
    limit = convergence.limit
    if math.isnan(limit.value):
        left, right = (one_side(v) for v in (limit.left, limit.right))
        if left == right == "none":
            left, right = side(truth.left), side(truth.right)
        text = Text(f"limit: {left} from the left, {right} from the right")
        if not truth.defined:
            text = Text("no quotient: f has no value there; its own limit: diffcalc limit --of f")
    else:
        text = Text("limit ").append(short(limit.value, convergence.digits or 15), "bold cyan")
        if convergence.digits is None:
            text.append(f" ± {error_text(limit.error)}")
    if convergence.round_off_h is not None:
        text.append(f"; below h = {convergence.round_off_h:.2g} round-off takes over")
    return text
