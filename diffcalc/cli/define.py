"""`define`: a named function, stored."""

import click

from diffcalc.cli.expressions import user_library, warn_of_damage
from diffcalc.cli.options import TIMEOUT
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command


@click.command(cls=Command)
@click.argument("definition")
@click.option("--replace", is_flag=True, help="Replace a function of that name.")
@TIMEOUT
def define(definition: str, replace: bool, timeout: float) -> ExitStatus:
    """Name a function, to be used as NAME and as NAME(…) in expressions.

    It is kept in your application folder; functions it uses are written out, so that it keeps its
    meaning when they change.

    \b
    Examples:
      diffcalc define "g(x, y) = x**2*y/(x**4 + y**2)"
      diffcalc grad "g(2*t, 1)" --t 3
    """
    from diffcalc.base.deadline import deadline

    library = user_library()
    with deadline(timeout):
        stored = library.define(definition, replace=replace)
    warn_of_damage(library)
    click.echo(stored)
    return ExitStatus.OK
