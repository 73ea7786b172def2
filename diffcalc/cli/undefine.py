"""`undefine`: a named function, forgotten."""

import click

from diffcalc.cli import offers
from diffcalc.cli.expressions import user_library
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command


@click.command(cls=Command)
@click.argument("name", shell_complete=offers.own_functions)
def undefine(name: str) -> ExitStatus:
    """Forget one of your functions.

    \b
    Example:
      diffcalc undefine g
    """
    library = user_library()
    library.undefine(name)
    return ExitStatus.OK
