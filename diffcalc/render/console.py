"""Whether a table fits a terminal."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

_UNLIMITED = 100_000


def fits(console: Console, table: Table) -> bool:
    """Whether the table is no wider than the console, with every cell on one line."""
    # Measured with the console's own options, no table is wider than it.
    unlimited = console.options.update_width(_UNLIMITED)
    return Measurement.get(console, unlimited, table).maximum <= console.width
