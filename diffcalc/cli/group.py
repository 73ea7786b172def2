"""The commands as a whole: found by their names, listed in the help, and what is typed for one."""

import importlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from diffcalc.base.errors import understood

ASKED = "_DIFFCALC_COMPLETE"
"""The environment variable by which a shell asks what may be typed."""
# Not wider than a page, not so narrow that words do not fit; click keeps two columns free.
WIDEST, _NARROWEST, _MARGIN = 80, 30, 2
# click's short help is the first sentence of a description, cut off at a length.
_WHOLE = 1000


class _Help(click.HelpFormatter):
    """Help as wide as the terminal, and where that is narrow, with a narrow first column.

    click's own is 50 characters wide at least, which a narrower terminal breaks within words.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        columns = min(shutil.get_terminal_size().columns, WIDEST)
        super().__init__(*args, **settings | {"width": max(columns - _MARGIN, _NARROWEST)})

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """A list of names and what they mean."""
        super().write_dl(
            list(rows), min(col_max, self.width * col_max // (WIDEST - _MARGIN)), col_spacing
        )


class _Context(click.Context):
    """What each command runs in."""

    formatter_class = _Help


class Group(click.Group):
    """Commands that are imported when they are asked for; a word that is none gets a hint.

    `sections` has under each heading the commands, with the module that has a command of that name;
    `statuses` says what each exit status means.
    """

    context_class = _Context

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Mapping[str, str]],
        statuses: Mapping[int, str],
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self._sections = sections
        self._statuses = statuses
        self._modules = {name: m for section in sections.values() for name, m in section.items()}

    def main(self, *args: Any, **settings: Any) -> Any:
        """Runs a command; where a shell asks what may be typed, tells that instead."""
        if ASKED in os.environ:
            from diffcalc.cli.completion import answer

            return answer(self)
        return super().main(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command, and keeps from click what it would take for the end of all input."""
        try:
            return super().invoke(ctx)
        except (EOFError, OSError) as error:
            raise understood(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in self._modules:
            return None
        module = importlib.import_module(self._modules[cmd_name])
        command: click.Command = getattr(module, cmd_name)
        command.context_class = self.context_class
        command.short_help = command.get_short_help_str(_WHOLE)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings, each with a whole sentence."""
        widest = max(map(len, self._modules))
        for heading, names in self._sections.items():
            commands = {name: self.get_command(ctx, name) for name in names}
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(widest), command.short_help or "")
                        for name, command in commands.items()
                        if command
                    ]
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit statuses."""
        with formatter.section("Exit status"):
            formatter.write_dl([(str(int(one)), text) for one, text in self._statuses.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """No words are `--help`, and `--help grad` is `grad --help`."""
        if not ctx.resilient_parsing and args[:1] in ([], ["-h"], ["--help"]):
            args = [*(word for word in args[1:2] if word[:1] != "-"), "--help"]
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = self._hint(ctx, given)
            if not hint:
                raise
            raise click.UsageError(f"No such option {error.option_name!r}{hint}", ctx) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of this name, or an error that says what to type instead."""
        name, *rest = args
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise click.UsageError(f"No such command {name!r}{self._hint(ctx, args)}", ctx)
        return name if command else None, command, rest

    def _hint(self, ctx: click.Context, args: Sequence[str]) -> str:
        # Only a refusal has a use for it.
        from diffcalc.cli.suggestions import suggestion

        hint = suggestion(self, ctx, args)
        return f"; {hint}" if hint else ""
