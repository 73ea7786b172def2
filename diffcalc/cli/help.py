"""`help`: a page of the guide, or the help on a command."""

import shutil
import sys

import click

from diffcalc.cli import offers
from diffcalc.cli.group import WIDEST
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command

# As for commands in suggestions.py: transposed letters give 0.75.
_NEAR = 0.7


@click.command(cls=Command)
@click.argument("topic", required=False, shell_complete=offers.topics)
@click.pass_context
def help(ctx: click.Context, topic: str | None) -> ExitStatus:  # noqa: A001 - named as it is typed
    """Show a page of the guide, or the help on a command.

    Without TOPIC, the pages are listed.

    \b
    Examples:
      diffcalc help
      diffcalc help lecture
      diffcalc help grad
    """
    from diffcalc.render.guide import CONTENTS, page, shown, topics

    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    command = group.get_command(ctx, topic or "")
    if topic and command:
        click.echo(command.get_help(command.context_class(command, ctx.parent, topic)))
        return ExitStatus.OK
    if topic and topic not in topics():
        raise _unknown(topic, [*group.list_commands(ctx), *topics()])
    width = min(shutil.get_terminal_size().columns, WIDEST)
    click.echo_via_pager(shown(page(topic or CONTENTS), width, styled=sys.stdout.isatty()))
    return ExitStatus.OK


def _unknown(topic: str, known: list[str]) -> Exception:
    """The error for a topic that there is no help on, with the one that is spelled almost so."""
    from difflib import get_close_matches

    from diffcalc.base.errors import DiffcalcError

    near = get_close_matches(topic.lower(), known, 1, _NEAR)
    hint = (
        f"did you mean diffcalc help {near[0]}" if near else "`diffcalc help` lists what there is"
    )
    return DiffcalcError(f"no help on {topic}", hint=hint)
