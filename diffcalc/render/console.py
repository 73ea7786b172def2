"""The console that text is printed on, and whether a table fits it."""

from typing import TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.theme import Theme

# Colours of middle lightness, read on white and on black alike: of the sixteen that each terminal
# has of its own, cyan and yellow are too light on white.
COLOURS = {"green": 28, "cyan": 30, "yellow": 130, "red": 167}
_THEME = Theme(
    {
        f"{weight}{name}": f"{weight}color({number})"
        for name, number in COLOURS.items()
        for weight in ("", "bold ", "not bold ")
    }
)
# Wider than any table, so that each cell is measured on one line.
_UNLIMITED = 100_000


def console_on(stream: TextIO) -> Console:
    """A console that prints what it is given: no markup, no emoji, nothing highlighted."""
    return Console(file=stream, theme=_THEME, highlight=False, markup=False, emoji=False)


def fits(console: Console, table: Table) -> bool:
    """Whether the table is no wider than the console, with every cell on one line."""
    # Measured with the console's own options, no table is wider than it.
    unlimited = console.options.update_width(_UNLIMITED)
    return Measurement.get(console, unlimited, table).maximum <= console.width
