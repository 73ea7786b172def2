"""The console that text is printed on, and whether a table fits it."""

from typing import TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

# Wider than any table, so that each cell is measured on one line.
_UNLIMITED = 100_000


def console_on(stream: TextIO) -> Console:
    """A console that prints what it is given: no markup, no emoji, nothing highlighted."""
    return Console(file=stream, highlight=False, markup=False, emoji=False)


def fits(console: Console, table: Table) -> bool:
    """Whether the table is no wider than the console, with every cell on one line."""
    # Measured with the console's own options, no table is wider than it.
    unlimited = console.options.update_width(_UNLIMITED)
    return Measurement.get(console, unlimited, table).maximum <= console.width
