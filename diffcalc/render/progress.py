"""A progress bar on standard error, for a terminal and for what takes longer than a moment."""

import sys
import time
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from diffcalc.endings import Ending
from diffcalc.objective import Iterate

MOMENT = 0.5
_EVERY = 0.1


def watched(items: Iterable[Iterate | Ending], steps: int) -> Iterator[Iterate | Ending]:
    """The items, with a bar of how many of the steps are used while they come."""
    if not sys.stderr.isatty():
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[where]}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=steps, where="")
    due = time.monotonic() + MOMENT
    try:
        for item in items:
            if isinstance(item, Ending):
                bar.stop()
            elif time.monotonic() > due:
                due = time.monotonic() + _EVERY
                where = f"f = {item.value:.6g}, max |grad| = {item.steepest:.2g}"
                bar.update(
                    task, completed=item.number, where=where, description=f"step {item.number}"
                )
                bar.start()
            yield item
    finally:
        bar.stop()
