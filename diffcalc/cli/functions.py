"""`define`, `undefine` and `functions`: names."""

import sys

import click

from diffcalc.base.errors import ExitStatus
from diffcalc.cli import offers
from diffcalc.cli.expressions import user_library, warn_of_damage
from diffcalc.cli.options import FORMAT, options
from diffcalc.cli.words import Command


@click.command(cls=Command)
@click.argument("definition")
@click.option("--replace", is_flag=True, help="Replace a function of that name.")
def define(definition: str, replace: bool) -> ExitStatus:
    """Name a function, to be used as NAME and as NAME(…) in expressions.

    It is kept in your application folder; functions it uses are written out, so that it keeps its
    meaning when they change.

    \b
    Examples:
      diffcalc define "g(x, y) = x**2*y/(x**4 + y**2)"
      diffcalc grad "g(2*t, 1)" --t 3
    """
    library = user_library()
    stored = library.define(definition, replace=replace)
    warn_of_damage(library)
    click.echo(stored)
    return ExitStatus.OK


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


@click.command(cls=Command)
@options(FORMAT)
def functions(style: str) -> ExitStatus:
    """List the functions: the lecture's, yours, and the elementary ones.

    \b
    Examples:
      diffcalc functions
      diffcalc functions --format json | jq -r '.elementary[]'
    """
    from diffcalc.language.array_operations import ARRAYS, SHOWN
    from diffcalc.language.library import BUILT_IN
    from diffcalc.language.operations import FUNCTIONS
    from diffcalc.render import renderer
    from diffcalc.render.wording import Definitions

    library = user_library()
    own = library.own()
    warn_of_damage(library)
    built_in = [text for name, text in BUILT_IN.items() if name not in own]
    elementary = {*FUNCTIONS, *(SHOWN.get(name, name) for name in ARRAYS), "where"}
    found = Definitions(built_in, list(own.values()), sorted(elementary))
    renderer(style, sys.stdout).definitions(found)
    return ExitStatus.OK
