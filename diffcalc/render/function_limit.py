"""The limit of a function itself: as a table, lines, JSON, CSV and one number."""

import math
from collections.abc import Iterator
from typing import Any, TextIO

from rich import box
from rich.table import Table
from rich.text import Text

from diffcalc.base.numbers import MpNumber
from diffcalc.comparison.function_limit import Beside, FunctionLimit
from diffcalc.language.expression import function_name
from diffcalc.numerical.definition import Side
from diffcalc.render.console import console_on, fits
from diffcalc.render.json import numbers
from diffcalc.render.lines import csv_line, json_line
from diffcalc.render.reasons import known_sentence, side
from diffcalc.render.wording import short

_PRECISIONS = (15, 12, 10, 8, 6, 4)
_HEAD = ("expression", "variable", "to", "limit", "left", "right", "known")


def table(found: FunctionLimit, stream: TextIO) -> None:
    """Writes the function, its limit and how that is known, and its values on the way there."""
    console = console_on(stream)
    function = function_name(found.expression.variables)
    names = ", ".join(found.expression.variables)
    console.print(Text(f"{function}({names}) = ").append(str(found.expression), "bold"))
    console.print(Text(sentence(found), "bold cyan" if not math.isnan(found.value) else "yellow"))
    if found.known:
        console.print(Text(known_sentence(found.known, _way(found), found.assuming)))
    console.print()
    # Numbers lose digits before they are cut off.
    for digits in _PRECISIONS:
        shown = _table(found, function, digits)
        if fits(console, shown):
            break
    console.print(shown)


def _table(found: FunctionLimit, function: str, digits: int) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading in _headings(found, function):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in _cells(found, digits):
        shown.add_row(*row)
    return shown


def plain(found: FunctionLimit, stream: TextIO) -> None:
    """Writes the limit, and the values, in lines."""
    stream.write(f"{sentence(found)}\n")
    headings = _headings(found, "f")
    for row in _cells(found):
        stream.write(", ".join(f"{h}={v}" for h, v in zip(headings, row, strict=True)) + "\n")


def json_object(found: FunctionLimit, stream: TextIO) -> None:
    """Writes one object; an infinite limit is null, with that beside it."""
    rows = [
        {"h": row.h} | {k: v for side in row._fields[1:] for k, v in _number(row, side).items()}
        for row in found.rows
    ]
    content: dict[str, Any] = {
        "expression": str(found.expression),
        "variable": found.name,
        "to": found.to,
    }
    content |= numbers("limit", float(found.value))
    content |= {"reason": sentence(found), "left": _word(found.left), "right": _word(found.right)}
    content |= {"known": found.known, "assuming": list(found.assuming), "values": rows}
    stream.write(json_line(content) + "\n")


def in_csv(found: FunctionLimit, stream: TextIO, delimiter: str = ",") -> None:
    """Writes a head and one row."""
    sides = (_word(found.left), _word(found.right))
    row = (found.expression, found.name, found.to, float(found.value), *sides, found.known)
    for cells in (_HEAD, row):
        stream.write(csv_line(cells, delimiter) + "\n")


def in_tsv(found: FunctionLimit, stream: TextIO) -> None:
    """The same with tabs."""
    in_csv(found, stream, "\t")


def value(found: FunctionLimit, stream: TextIO) -> None:
    """Writes the limit alone; nan where there is none."""
    limit = float(found.value)
    stream.write(f"{short(limit) if math.isfinite(limit) else repr(limit)}\n")


def sentence(found: FunctionLimit) -> str:
    """The limit, or what either side does instead."""
    to = f"as {found.name} → {found.to}"
    if not math.isnan(found.value):
        sides = [name for name, one in _sides(found) if one.behaviour != "outside"]
        one_sided = len(sides) < len(list(_sides(found)))
        alone = f" from the {sides[0]}: f has no values on the other side" if one_sided else ""
        return f"the limit is {side(found.sides[0], found.digits)} {to}{alone}"
    if found.known is None:
        return f"whether there is a limit {to} is undecided"
    if not found.sides:
        return f"no limit {to}: f has no values there"
    if None in (found.left, found.right):
        return f"no limit {to}: {_word(found.sides[0])}"
    told = ", ".join(f"{_word(one)} from the {name}" for name, one in _sides(found))
    return f"no limit {to}: {told}"


def _number(row: Beside, side: str) -> dict[str, Any]:
    value = getattr(row, side)
    return {} if value is None else numbers(side, float(value))


def _sides(found: FunctionLimit) -> Iterator[tuple[str, Side]]:
    for name, one in (("left", found.left), ("right", found.right)):
        if one is not None:
            yield name, one


def _way(found: FunctionLimit) -> str:
    if found.known == "proved":
        return "by series at the point, not by the values below"
    return "f was followed in many digits, to tiny h"


def _word(one: Side | None) -> str | None:
    if one is None:
        return None
    return "f oscillates" if one.behaviour == "unsettled" else side(one, 17)


def _headings(found: FunctionLimit, function: str) -> list[str]:
    x = found.name
    if found.to in ("+∞", "-∞"):
        return [x, f"{function}({x})"]
    return ["h", f"{function}({x} - h)", f"{function}({x} + h)"]


def _cells(found: FunctionLimit, digits: int = 15) -> Iterator[list[str]]:
    for row in found.rows:
        values: list[MpNumber | Any] = [row.left, row.right]
        shown = [short(one, digits) for one in values if one is not None]
        if found.to in ("+∞", "-∞"):
            yield [f"{'-' * (found.to == '-∞')}{1 / row.h:.6g}", *shown]
        else:
            yield [f"{row.h:.6g}", *shown]
