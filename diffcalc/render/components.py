"""A claim that was judged component by component: as a table, lines, JSON, CSV and one word."""

import math
from collections.abc import Sequence
from typing import TextIO

from rich.table import Table
from rich.text import Text

from diffcalc.exercises.components import Component, Judged, Told
from diffcalc.render.console import console_on
from diffcalc.render.json import numbers
from diffcalc.render.lines import JsonObject, csv_line, json_line
from diffcalc.render.reasons import known_sentence

# Nobody reads all components of a network's gradient.
_SHOWN = 20
# An enclosure is as good as exact.
_EXACT = 1e-20
_STYLES = {Told.RIGHT: "green", Told.WRONG: "red", Told.UNKNOWN: "yellow"}
_HEAD = ("derivative", "claim", "value", "error", "told", "why")


def table(judged: Judged, stream: TextIO) -> None:
    """Writes what was claimed, the verdict, and a row for each component that is not right."""
    console = console_on(stream)
    console.print(Text(judged.function, "bold"))
    console.print(Text("claim: ").append(judged.claim, "bold"))
    console.print()
    line = Text(judged.told.value, _STYLES[judged.told])
    console.print(line.append(f": {verdict(judged)}.", "default"))
    if judged.known:
        console.print(Text(known_sentence(judged.known, judged.decided, ())))
    if judged.mistake:
        console.print(Text(f"{judged.mistake[0].upper()}{judged.mistake[1:]}."))
    shown = judged.wrong[:_SHOWN]
    if any(not math.isnan(one.claim) for one in shown):
        console.print(_rows(shown))
    if len(judged.wrong) > _SHOWN:
        console.print(f"… and {len(judged.wrong) - _SHOWN:,} more")
    if judged.formula and not judged:
        console.print(Text(f"right: {judged.formula}", "bold cyan"))
    for note in judged.notes:
        console.print(Text(note))


def _rows(shown: Sequence[Component]) -> Table:
    found = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "claim", "derivative", "why"):
        found.add_column(heading, justify="left" if heading in ("", "why") else "right")
    for one in shown:
        style = _STYLES[one.told]
        found.add_row(one.name, _number(one.claim), _value(one), Text(reason(one), style))
    return found


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.10g}"


def _value(one: Component) -> str:
    """The derivative, with its error where that is one of a float64's limit."""
    if math.isnan(one.value):
        return "-"
    if one.error <= 1e-12 * abs(one.value):
        return f"{one.value:.10g}"
    return f"{one.value:.10g} ± {one.error:.0e}"


def reason(one: Component) -> str:
    """Why a component is not right, in words."""
    if one.why or one.told is Told.RIGHT:
        return one.why
    gap = abs(one.claim - one.value)
    errors = f", {gap / one.error:.1g} times the error" if one.error > _EXACT * gap else ""
    return f"off by {gap:.3g}{errors}"


def verdict(judged: Judged) -> str:
    """How many components are right, and where."""
    count = len(judged.components)
    wrong = sum(one.told is Told.WRONG for one in judged.components)
    unknown = sum(one.told is Told.UNKNOWN for one in judged.components)
    if judged:
        return f"{judged.place}" if count == 1 else f"all {count:,} components {judged.place}"
    if count == 1:
        return judged.place
    parts = [f"{wrong:,} of {count:,} components"] * bool(wrong)
    parts += [f"{unknown:,} of {count:,} cannot be told"] * bool(unknown)
    return f"{', '.join(parts)} {judged.place}"


def plain(judged: Judged, stream: TextIO) -> None:
    """Writes a line for each thing that is to be said."""
    said = _said(judged)
    stream.writelines(f"{name}: {text}\n" for name, text in said.items() if text)
    for one in judged.wrong:
        pair = f"claim {_number(one.claim)}, derivative {_value(one)}"
        stream.write(f"{one.name}: {one.told}: {pair}: {reason(one)}\n")


def _said(judged: Judged) -> dict[str, str]:
    return {
        "function": judged.function,
        "claim": judged.claim,
        "mark": judged.told.value,
        "where": judged.place,
        "decided": judged.decided,
        "known": judged.known,
        "mistake": judged.mistake,
        "formula": judged.formula,
        "note": " ".join(judged.notes),
    }


def fields(judged: Judged) -> JsonObject:
    """What is said, for programs; the keys are stable."""
    said: JsonObject = {name: text or None for name, text in _said(judged).items()}
    components: list[JsonObject] = [
        {"derivative": one.name, "mark": one.told.value}
        | numbers("claim", one.claim, "no number")
        | numbers("value", one.value, "no derivative")
        | numbers("error", one.error, "not known")
        | {"why": one.why or None}
        for one in judged.components
    ]
    return said | {"evaluations": judged.evaluations, "components": components}


def json_object(judged: Judged, stream: TextIO) -> None:
    """Writes one object in a line."""
    stream.write(json_line(fields(judged)) + "\n")


def in_csv(judged: Judged, stream: TextIO, delimiter: str = ",") -> None:
    """Writes a row for each component."""
    stream.write(csv_line(_HEAD, delimiter) + "\n")
    for one in judged.components:
        cells = (one.name, _cell(one.claim), _cell(one.value), _cell(one.error), one.told.value)
        stream.write(csv_line((*cells, one.why or judged.mistake), delimiter) + "\n")


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(value).removesuffix(".0")


def in_tsv(judged: Judged, stream: TextIO) -> None:
    """Writes the same between tabs."""
    in_csv(judged, stream, "\t")


def value(judged: Judged, stream: TextIO) -> None:
    """Writes one word."""
    stream.write(f"{judged.told.value}\n")
