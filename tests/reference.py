"""The reference of all commands, made from their help; two pages of the guide.

DIFFCALC_GOLDEN=write writes them anew.
"""

import os
from collections import Counter
from inspect import cleandoc

import click

from diffcalc.cli.main import _SECTIONS, cli
from tests.documents import GUIDE

PAGES = {
    "reference": ("Differentiate",),
    "reference-more": ("Look", "Use", "Names", "Help"),
}
# What so many commands of a page have is told once.
_SEVERAL = 4
_CONTEXT = click.Context(cli, info_name="diffcalc", **cli.context_settings)


def check(name: str) -> None:
    """Compares a page with the commands of its sections."""
    path, text = GUIDE / f"{name}.md", made(name)
    if os.environ.get("DIFFCALC_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


def made(name: str) -> str:
    """A page: each command with its usage, its description and its options."""
    other = next(other for other in PAGES if other != name)
    commands = {
        name: click.Context(command, info_name=name, parent=_CONTEXT)
        for section in PAGES[name]
        for name in _SECTIONS[section]
        if (command := cli.get_command(_CONTEXT, name))
    }
    options = {name: _options(context) for name, context in commands.items()}
    counts = Counter(option for found in options.values() for option in found)
    shared = [option for option in counts if counts[option] >= _SEVERAL]
    return "\n".join([
        f"# The commands: {', '.join(PAGES[name]).lower()}\n",
        "Made from `diffcalc COMMAND --help`, which has examples too. "
        f"The other commands are in [{other}]({other}.md).\n",
        *(_command(context, options[name], shared) for name, context in commands.items()),
        "## Options of several commands\n",
        *map(_line, shared),
        "",
    ])  # fmt: skip


def _options(context: click.Context) -> list[tuple[str, str]]:
    """How each option but --help is written, and what it means."""
    records = [
        option.get_help_record(context)
        for option in context.command.get_params(context)
        if isinstance(option, click.Option)
    ]
    return [(r[0], " ".join(r[1].split())) for r in records if r and "--help" not in r[0]]


def _line(option: tuple[str, str]) -> str:
    return f"- `{option[0]}`: {option[1]}"


def _command(
    context: click.Context, options: list[tuple[str, str]], shared: list[tuple[str, str]]
) -> str:
    usage = " ".join(context.command.get_usage(context).split()).removeprefix("Usage: ")
    described = cleandoc(context.command.help or "").partition("\b\n")[0].strip()
    # `-f, --format [table|…]` is called --format there.
    also = [names.split("--")[1].split()[0] for names, text in options if (names, text) in shared]
    return "\n".join([
        f"## {context.info_name}\n",
        f"`{usage}`\n",
        f"{described}\n",
        *(_line(option) for option in options if option not in shared),
        *([f"- also {', '.join(f'`--{one}`' for one in also)}"] if also else []),
        "",
    ])  # fmt: skip
