"""The reference of all commands, made from their help; two pages of the guide.

DIFFCALC_GOLDEN=write writes them anew.
"""

import os
from inspect import cleandoc

import click

from diffcalc.cli.main import _SECTIONS, cli
from tests.documents import GUIDE

PAGES = {
    "reference": ("Differentiate",),
    "reference-more": ("Look", "Use", "Names", "Help"),
}


def check(name: str) -> None:
    """Compares a page with the commands of its sections."""
    path, text = GUIDE / f"{name}.md", made(name)
    if os.environ.get("DIFFCALC_GOLDEN") == "write":
        path.write_text(text)
    assert path.read_text() == text


def made(name: str) -> str:
    """A page: each command with its usage, its description and its options."""
    sections = PAGES[name]
    other = next(other for other in PAGES if other != name)
    commands = [_command(name) for section in sections for name in _SECTIONS[section]]
    return "\n".join([
        f"# The commands: {', '.join(sections).lower()}\n\nMade from `diffcalc COMMAND --help`, "
        f"which has examples too. The other commands are in [{other}]({other}.md).\n",
        *commands,
    ])  # fmt: skip


def _command(name: str) -> str:
    context = click.Context(cli, info_name="diffcalc", **cli.context_settings)
    command = cli.get_command(context, name)
    assert command is not None
    inner = click.Context(command, info_name=name, parent=context)
    usage = " ".join(command.get_usage(inner).split()).removeprefix("Usage: ")
    described = cleandoc(command.help or "").partition("\b\n")[0].strip()
    options = [
        f"- `{names}`: {' '.join(meaning.split())}"
        for option in command.get_params(inner)
        if isinstance(option, click.Option)
        for names, meaning in [option.get_help_record(inner) or ("--help", "")]
        if "--help" not in names
    ]
    return "\n".join([f"## {name}\n", f"`{usage}`\n", f"{described}\n", *options, ""])
