"""Partial derivatives three ways: in columns that line up, or one below the other where narrow.

Numbers lose digits first, down to a few; then the table changes its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from diffcalc.comparison.verdict import MOST_DIGITS, Verdict
from diffcalc.render.reasons import known_mark
from diffcalc.render.wording import counts_text, limit_text, place_text, short, symbolic_text

if TYPE_CHECKING:
    from diffcalc.comparison.partial_derivatives import Element

STYLES = {
    Verdict.AGREE: "green",
    Verdict.INACCURATE: "yellow",
    Verdict.UNDEFINED: "red",
    Verdict.NOT_DIFFERENTIABLE: "red",
    Verdict.UNDECIDED: "bold red",
    Verdict.DISAGREE: "bold red",
}
_METHODS = ("numerical limit", "symbolic", "autograd")
_COUNTS = "correct\ndigits\nnum sym aut"
# The most digits that fit the width are shown; with fewer, numbers stand below one another.
_PRECISIONS = (16, 14, 12, 10, 8, 7, 6)
# A longer label, with its value, would take the room of the numbers' digits: the name alone is
# shown.
_LONGEST_LABEL = 12
# Two blanks tell columns apart where numbers have signs; each more costs digits.
GAP = 2


def laid_out(
    blocks: Sequence[Sequence[Element]], width: int
) -> tuple[RenderableType | None, list[Table]]:
    """What stands above all blocks, and the table of each, to be shown in so many columns."""
    counted = any(_is_counted(element) for block in blocks for element in block)
    headings = ["", *_METHODS, *[_COUNTS] * counted, "verdict"]
    for digits in _PRECISIONS:
        rows = [[_cells(element, digits, counted) for element in block] for block in blocks]
        widths = _widths(headings, [row for block in rows for row in block])
        total = sum(widths) + GAP * (len(widths) - 1)
        if total <= width:
            header = _grid(headings, widths, header=True)
            tables = [_grid(headings, widths) for _ in blocks]
            for table, block in zip(tables, rows, strict=True):
                for cells in block:
                    table.add_row(*cells)
            return Group(header, Text("─" * total)), tables
    return None, [_stacked(block) for block in blocks]


def _is_counted(element: Element) -> bool:
    """Whether there is more to say of the methods' digits than that all are right."""
    return any(round(count) < MOST_DIGITS for count in element.judgement.digits.values())


def _numbers(element: Element, digits: int) -> list[Text]:
    # The formula's and autograd's numbers mean nothing where there is no derivative.
    style = "" if element.judgement.digits else "dim"
    return [
        Text(limit_text(element, digits)),
        Text(symbolic_text(element, digits), style),
        Text(short(element.autograd, digits), style),
    ]


def _verdict(element: Element) -> Text:
    judgement = element.judgement
    shown = Text(judgement.kind or judgement.verdict.value, STYLES[judgement.verdict])
    return shown.append(known_mark(element.truth), "dim")


def _cells(element: Element, digits: int, counted: bool) -> list[Text]:
    label = place_text(element)
    if len(label) > _LONGEST_LABEL:
        label = element.name
    counts = Text(" ".join(f"{count:>3}" for count in counts_text(element)) or "-")
    return [
        Text(f"  {label}"),
        *_numbers(element, digits),
        *[counts] * counted,
        _verdict(element),
    ]


def _widths(headings: Sequence[str], rows: list[list[Text]]) -> list[int]:
    """The width of each column; the last one's, a few words, may break between them."""
    columns = [[str(cell) for cell in column] for column in zip(headings, *rows, strict=True)]
    lines = [[line for cell in column for line in cell.split("\n")] for column in columns]
    lines[-1] = [word for cell in columns[-1] for word in cell.split()]
    return [max(map(cell_len, column)) for column in lines]


def _grid(headings: Sequence[str], widths: list[int], *, header: bool = False) -> Table:
    """A table of fixed column widths, so that the blocks of several variables line up."""
    table = Table(
        box=None, show_header=header, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold"
    )
    for heading, width in zip(headings, widths, strict=True):
        justify: Literal["left", "right"] = "left" if heading in ("", "verdict") else "right"
        text = Text(heading, justify=justify)
        table.add_column(text, width=width, justify=justify, overflow="fold", vertical="bottom")
    return table


def _stacked(block: Sequence[Element]) -> Table:
    """Each element's numbers below its name and verdict."""
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for element in block:
        table.add_row(Text(f"  {place_text(element)}"), _verdict(element))
        counts = counts_text(element) if _is_counted(element) else []
        for place, (name, number) in enumerate(
            zip(_METHODS, _numbers(element, _PRECISIONS[0]), strict=True)
        ):
            if counts:
                number.append(f", {counts[place]} digits right", "dim")
            table.add_row(Text(f"    {name}"), number)
    return table
