"""A progress bar on standard error, for a terminal and for what takes longer than a moment."""

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType

from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

from diffcalc.base.errors import printable
from diffcalc.descent.endings import Ending
from diffcalc.descent.objective import Iterate
from diffcalc.render.console import console_on

# What takes less needs no bar, which would only flash.
MOMENT = 0.5
# As often as the eye follows; more often would take time from the work.
_EVERY = 0.1


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[where]}", markup=False),
    )


def watched(items: Iterable[Iterate | Ending], steps: int) -> Iterator[Iterate | Ending]:
    """The items, with a bar of how many of the steps are used while they come."""
    if not sys.stderr.isatty():
        yield from items
        return
    bar = Progress(*_columns(), console=console_on(sys.stderr), transient=True)
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


class Bar:
    """How much of a long job is done, as a bar on standard error if that is a terminal.

    `total` is None where the end cannot be known. Nothing is shown within the first moment.
    """

    def __init__(self, total: int | None, what: str) -> None:
        self._shown = sys.stderr.isatty()
        # Without a thread of its own: other processes may be forked from this one.
        self._bar = Progress(
            *_columns(), console=console_on(sys.stderr), transient=True, auto_refresh=False
        )
        self._task = self._bar.add_task(printable(what), total=total, where="")
        self._due = time.monotonic() + MOMENT

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def advance(self, done: int, where: str) -> None:
        """So much more is done."""
        self._bar.update(self._task, advance=done, where=where)
        if self._shown and time.monotonic() > self._due:
            self._due = time.monotonic() + _EVERY
            self._bar.start()
            self._bar.refresh()
