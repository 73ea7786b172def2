"""The option --output: what a command would print goes into a file, or its picture does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import TextIOWrapper
from pathlib import Path

import click
from click.core import ParameterSource

from diffcalc.base.errors import printable
from diffcalc.render.formats import PICTURES, either

# What the end of a file's name says of what is in it.
_ENDINGS = {
    ".json": "json", ".jsonl": "json", ".csv": "csv", ".tsv": "tsv", ".md": "markdown",
    ".tex": "latex", ".dot": "dot", ".mmd": "mermaid", ".txt": "", ".c": "c", ".jl": "julia",
    ".py": "python", ".rs": "rust",
}  # fmt: skip


@contextmanager
def into_file(ctx: click.Context) -> Iterator[None]:
    """Standard output into the file of --output, which is replaced once all is written.

    A picture is left to the command itself.
    """
    if ctx.params.get("points") is not None:
        # What is written of a table need not be text.
        yield
        return
    path = ctx.params.pop("written", None)
    drawn = ctx.params.get("picture")
    if drawn is not None and (drawn == "-" or Path(drawn).suffix in _ENDINGS):
        path, ctx.params["picture"] = drawn, None
    if path in (None, "-"):
        yield
        return
    _choose_format(ctx, path)
    from diffcalc.base.files import replacing

    sys.stdout.flush()
    with replacing(Path(path)) as file:
        text = TextIOWrapper(file, "utf-8", "surrogateescape", newline="\n")
        with redirect_stdout(text):
            yield
        text.flush()
        text.detach()


def _choose_format(ctx: click.Context, path: str) -> None:
    """The format that the file's name says, unless another is asked for.

    Raises `click.UsageError` where the command has no such format.
    """
    # A program's format is its language.
    asked = next((one for one in ctx.command.params if one.name in ("style", "language")), None)
    ending = Path(path).suffix.lower()
    named = _ENDINGS.get(ending, ending if ending in PICTURES else "")
    default = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    name = asked.name or "" if asked else ""
    if not named or ctx.get_parameter_source(name) not in (None, *default):
        return
    choices = asked.type.choices if asked and isinstance(asked.type, click.Choice) else ()
    if named not in choices:
        known = [end for end, format_ in _ENDINGS.items() if format_ in (*choices, "")]
        raise click.UsageError(
            f"{printable(path)}: {ctx.command.name} writes no {ending}, but {either(known)}", ctx
        )
    ctx.params[name] = named
