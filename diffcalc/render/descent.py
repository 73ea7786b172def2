"""A descent as a table, as plain lines, as JSON Lines, as CSV or TSV, and as its last values.

JSON, CSV and TSV are written while the iterates come. The others show few of them: the first ones,
then those at 10, 20, 50, 100 and so on, and the last.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import TextIO

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffcalc.base.types import FloatArray
from diffcalc.descent.descent import Descent
from diffcalc.descent.endings import Ending, EndingKind
from diffcalc.descent.objective import Arrays, Iterate
from diffcalc.descent.stationary import Ground
from diffcalc.language.array_operations import shape_text
from diffcalc.language.expression import function_name
from diffcalc.render.console import console_on, fits
from diffcalc.render.json import numbers
from diffcalc.render.lines import JsonObject, csv_line, json_line
from diffcalc.render.progress import watched
from diffcalc.render.reasons import known_sentence
from diffcalc.render.wording import nested, short

# The most that fit are shown; with fewer than three, steps next to one another look the same.
_DIGITS = (8, 6, 4, 3)
_STEEPEST = "max |grad|"
# Elements of a vector in a cell, and steps that are all shown at the start.
_FEW = 6
_STYLES = {EndingKind.MINIMUM: "green", EndingKind.UNKNOWN: "yellow", EndingKind.FLAT: "yellow"}


def write_descent(
    written: "DescentWriter", also: Callable[[Iterate], None] = lambda iterate: None
) -> Ending:
    """Runs a descent and writes it, telling `also` of each iterate; returns how it ended."""
    # A bar would run into lines that appear on the same terminal.
    descent = written.descent
    bar = not (written.streams and written.stream.isatty())
    for item in watched(descent, descent.steps) if bar else descent:
        if isinstance(item, Ending):
            written.ending(item)
            return item
        written.iterate(item)
        also(item)
    raise AssertionError("the last item is the ending")


class DescentWriter(ABC):
    """One output format of a descent."""

    streams = False
    """Whether every iterate is written as it comes."""
    notes = True
    """Whether it says how it ended."""

    def __init__(self, descent: Descent, stream: TextIO) -> None:
        self.descent = descent
        self.stream = stream

    def line(self, text: str) -> None:
        self.stream.write(f"{text}\n")

    @abstractmethod
    def iterate(self, item: Iterate) -> None:
        """Takes the next iterate."""

    @abstractmethod
    def ending(self, item: Ending) -> None:
        """Writes how it ended, and what is not written yet."""


class _Thinned(DescentWriter):
    """A format that shows few iterates, at the end."""

    def __init__(self, descent: Descent, stream: TextIO) -> None:
        super().__init__(descent, stream)
        self.shown: list[Iterate] = []

    def iterate(self, item: Iterate) -> None:
        digits = str(item.number)
        if item.number < _FEW or (digits[0] in "125" and not digits[1:].strip("0")):
            self.shown.append(item)

    def ending(self, item: Ending) -> None:
        if self.shown[-1].number != item.iterate.number:
            self.shown.append(item.iterate)
        self.write(item)

    @abstractmethod
    def write(self, item: Ending) -> None:
        """Writes everything."""


class TableDescent(_Thinned):
    """Few of the iterates, in columns."""

    def write(self, item: Ending) -> None:
        console = console_on(self.stream)
        name, _, text = _function(self.descent).partition(" = ")
        console.print(Text(f"{name} = ").append(text, "bold"))
        for line in _conditions(self.descent):
            console.print(Text(line))
        console.print()
        console.print(_fitting(console, self.shown, _name(self.descent)))
        console.print()
        kind = Text(item.kind.value, _STYLES.get(item.kind, "red"))
        console.print(kind.append(f": {item.reason}.", "default"))
        if item.ground is not None:
            console.print(Text(_known(item.ground)))
        if item.hint:
            console.print(Text(f"{item.hint[0].upper()}{item.hint[1:]}."))
        for line in _reached(self.descent, item.iterate):
            console.print(Text(line, "bold cyan"))


def _known(ground: Ground) -> str:
    return known_sentence(ground.known, ground.said, ground.assuming)


def _fitting(console: Console, shown: list[Iterate], function: str) -> Table:
    """The iterates with as many digits as fit, else fewer elements, else without the variables."""
    table = Table()
    for few, digits in (*product((_FEW, 2), _DIGITS), (0, _DIGITS[0])):
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for name in ("step", *(shown[0].at if few else ()), function, _STEEPEST):
            table.add_column(Text(name), justify="right", no_wrap=True)
        for iterate in shown:
            cells = [_cell(array, digits, few) for array in iterate.at.values()] if few else []
            cells += [short(iterate.value, digits), short(iterate.steepest, 3)]
            table.add_row(str(iterate.number), *cells)
        if fits(console, table):
            break
    return table


class PlainDescent(_Thinned):
    """Few of the iterates, a line each."""

    def write(self, item: Ending) -> None:
        for line in (_function(self.descent), *_conditions(self.descent)):
            self.line(line)
        for iterate in self.shown:
            at = "".join(f"{name}={nested(array)}, " for name, array in iterate.at.items())
            value, steepest = short(iterate.value), short(iterate.steepest)
            f = _name(self.descent)
            self.line(f"step={iterate.number}: {at}{f}={value}, {_STEEPEST}={steepest}")
        for line in _reached(self.descent, item.iterate):
            self.line(line)
        if item.ground is not None:
            self.line(_known(item.ground))
        if item.hint:
            self.line(f"hint: {item.hint}")
        self.line(f"{item.kind}: {item.reason}")


class JsonDescent(DescentWriter):
    """An object for every iterate, and one for the ending."""

    streams = True

    def iterate(self, item: Iterate) -> None:
        self._write(_iterate_object(item))

    def ending(self, item: Ending) -> None:
        descent = self.descent
        self._write(
            {
                "ending": item.kind.value,
                "reason": item.reason,
                "hint": item.hint or None,
                "expression": str(descent.objective.expression),
                "method": str(descent.optimizer),
                "rate": descent.optimizer.rate,
                "tolerance": descent.tolerance,
                "eigenvalues": list(item.eigenvalues) or None,
            }
            | _ground_object(item)
            | _iterate_object(item.iterate)
        )

    def _write(self, content: JsonObject) -> None:
        self.line(json_line(content))
        self.stream.flush()


def _iterate_object(item: Iterate) -> JsonObject:
    return (
        {"step": item.number}
        | _by_name("at", item.at)
        | numbers("value", item.value, short(item.value))
        | _by_name("gradient", item.gradient)
        | numbers("largest_gradient", item.steepest, short(item.steepest))
    )


def _ground_object(item: Ending) -> JsonObject:
    ground = item.ground or Ground("")
    box = {
        key: _by_name(key, replace(item.iterate, x=x).at)[key]
        for key, x in zip(("center", "radius"), ground.box or (), strict=False)
    }
    known = ground.known if item.ground else None
    return {"known": known, "assuming": list(ground.assuming), "box": box or None}


def _by_name(key: str, arrays: Arrays) -> JsonObject:
    """Arrays by name; null for what is not finite, and then why beside it."""
    found = {name: numbers(name, array) for name, array in arrays.items()}
    why = [reason for name in found for place, reason in found[name].items() if place != name]
    values = {key: {name: found[name][name] for name in found}}
    return values | ({f"{key}_why": why[0]} if why else {})


class CsvDescent(DescentWriter):
    """A row for every iterate."""

    streams = True
    notes = False
    delimiter = ","

    def __init__(self, descent: Descent, stream: TextIO) -> None:
        super().__init__(descent, stream)
        self._row("step", *descent.objective.names, _name(descent), "largest_gradient")

    def iterate(self, item: Iterate) -> None:
        self._row(item.number, *item.x.tolist(), item.value, item.steepest)
        self.stream.flush()

    def ending(self, item: Ending) -> None:
        """Nothing more: the command line says on standard error how it ended."""

    def _row(self, *cells: object) -> None:
        self.line(csv_line(cells, self.delimiter))


class TsvDescent(CsvDescent):
    """The same between tabs."""

    delimiter = "\t"


class ValueDescent(DescentWriter):
    """Where it ended."""

    notes = False

    def iterate(self, item: Iterate) -> None:
        """Only the last one is written."""

    def ending(self, item: Ending) -> None:
        for array in item.iterate.at.values():
            self.line(" ".join(repr(v).removesuffix(".0") for v in np.ravel(array).tolist()))


def _name(descent: Descent) -> str:
    return function_name(descent.objective.expression.variables)


def _function(descent: Descent) -> str:
    expression = descent.objective.expression
    return f"{_name(descent)}({', '.join(expression.variables)}) = {expression}"


def _conditions(descent: Descent) -> list[str]:
    """Where it starts and how it steps, and what is constant."""
    objective = descent.objective
    start = _assignments(objective(objective.start).at)
    lines = [f"from {start}: {descent.optimizer}, rate {descent.optimizer.rate:g}"]
    return [*lines, f"with {_assignments(objective.fixed)}"] if objective.fixed else lines


def _assignments(arrays: Arrays) -> str:
    return ", ".join(f"{name} = {_brief(array)}" for name, array in arrays.items())


def _reached(descent: Descent, last: Iterate) -> list[str]:
    values = [f"{name} = {nested(array)}" for name, array in last.at.items()]
    return [*values, f"{_name(descent)} = {short(last.value)}"]


def _brief(array: FloatArray | float) -> str:
    """An array, or what kind of one it is, where it is long."""
    return nested(array) if np.size(array) <= _FEW else shape_text(np.shape(array))


def _cell(array: FloatArray | float, digits: int, few: int) -> str:
    """An array, or its first and last elements, where it has more than a few."""
    flat = np.ravel(array)
    if flat.size <= few:
        return nested(array, digits)
    return f"[{short(flat[0], digits)}, …, {short(flat[-1], digits)}]"
