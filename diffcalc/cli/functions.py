"""`functions`: the named functions, and the elementary ones."""

import sys

import click

from diffcalc.cli.expressions import user_library, warn_of_damage
from diffcalc.cli.options import FORMAT, OUTPUT, options
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command


@click.command(cls=Command)
@options(FORMAT, OUTPUT)
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
    from diffcalc.render.renderer import Definitions

    library = user_library()
    own = library.own()
    warn_of_damage(library)
    built_in = [text for name, text in BUILT_IN.items() if name not in own]
    elementary = {*FUNCTIONS, *(SHOWN.get(name, name) for name in ARRAYS), "where"}
    found = Definitions(built_in, list(own.values()), sorted(elementary))
    renderer(style, sys.stdout).definitions(found)
    return ExitStatus.OK
