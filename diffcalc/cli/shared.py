"""What the commands share beyond their options."""

import gc
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from diffcalc.base.errors import printable

if TYPE_CHECKING:
    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.comparison.plots import Plot
    from diffcalc.comparison.verdict import Judgement
    from diffcalc.render.kept import Cells


# A comparison of very many numbers makes objects that stay. To look through them after every 700
# new ones, as Python does, would take a quarter of its time.
_NEW_OBJECTS = 50_000


@contextmanager
def quick_imports() -> Iterator[None]:
    """Imports without garbage collection in between, and never collected again."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()


def say_why(
    found: "Sequence[Quotients]", *together: "Judgement | None", every: bool = True
) -> None:
    """On standard error, what the bare numbers on standard output cannot say.

    All of it, unless the command has --all to ask for `every` reason.
    """
    from diffcalc.render.reasons import sentence, told

    say(*(f"{names}: {verdict}: {why}" for names, verdict, why in told(found, every)))
    say(*(f"{joint.verdict}: {sentence(joint)}" for joint in together if joint is not None))


def say(*lines: str) -> None:
    """These lines on standard error, but for empty ones, after what standard output has."""
    sys.stdout.flush()
    for line in filter(None, lines):
        click.echo(f"diffcalc: {printable(line)}", err=True)


def say_not_utf8(label: str, cells: "Cells" = "left out", output: str | None = None) -> None:
    """On standard error, what becomes of a table that is not UTF-8, and how to have it read."""
    sys.stdout.flush()
    said = f"{label} is not text in UTF-8: "
    if cells == "bytes" and (output or not sys.stdout.isatty()):
        said += "its bytes come out as they are; "
    elif cells != "left out":
        said += "other bytes are written as \\xNN; "
    click.echo(f"diffcalc: {printable(said)}name its encoding, as in --encoding cp949", err=True)


def check_steps(start: float, factor: float, **_: Any) -> None:
    """Raises `click.UsageError` where the steps h would not shrink towards 0."""
    if not math.isfinite(start) or start <= 0:
        raise click.UsageError("--start must be a positive number")
    if not 0 < factor < 1:
        raise click.UsageError("--factor must be between 0 and 1: h has to shrink")


def drawer(
    picture: str | None, words: Sequence[str], below: str | None = None
) -> "Callable[[Plot], None]":
    """What draws a plot: into the file `picture`, or else on the terminal.

    There it is `below` what is written in this format. Raises `click.UsageError` where that is for
    programs, and `DiffcalcError` where a plot cannot be drawn.
    """
    from diffcalc.render import plots

    if picture is None:
        if below not in (None, "table", "plain"):
            raise click.UsageError(f"a plot does not go with --format {below}: add -o FILE")
        plots.check_terminal()
        return lambda plot: plots.on_terminal(plot, sys.stdout, below is not None)
    if "-" in words:
        raise click.UsageError("one file has one plot: -o goes with one expression")
    path = plots.check_picture(picture)
    return lambda plot: plots.into_file(plot, path)


def given(*names: str) -> list[str]:
    """Which of these options were given, whatever their values."""
    context = click.get_current_context()
    defaults = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return [name for name in names if context.get_parameter_source(name) not in defaults]


def refuse(option: str, *others: str) -> None:
    """Raises `click.UsageError` where one of the others was given together with this option."""
    for name in given(*others):
        raise click.UsageError(f"--{name} does not go with {option}")
