"""`emit`: the function and its gradient as code."""

from typing import TYPE_CHECKING

import click

from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import AT, NAMED, OUTPUT, TIMEOUTS, WORDS, WRT, options
from diffcalc.cli.shared import quick_imports
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import ExpressionCommand
from diffcalc.render.formats import choices

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values

_TO = click.option(
    "--to",
    "language",
    type=click.Choice(choices("programs")),
    help="In which language; the ending of --output may say it too.",
)
_DERIVATIVES = click.option(
    "--derivatives",
    is_flag=True,
    help="Also a function of the value and the derivatives; so does --wrt.",
)
_NAME = click.option("--name", metavar="NAME", help="What to call the function; f if not given.")


@click.command(cls=ExpressionCommand)
@options(WORDS, _TO, _DERIVATIVES, _NAME, AT, NAMED, WRT, OUTPUT, TIMEOUTS)
def emit(
    words: tuple[str, ...],
    language: str | None,
    derivatives: bool,
    name: str | None,
    at: tuple[str, ...],
    wrt: str,
    timeout: float,
) -> ExitStatus:
    """Write EXPR, and its gradient, as code in another language.

    The derivatives are those of the rules; what several of them need is worked out once. A value
    makes a longer word a variable: `emit "rate*x" rate=1 --to c`; the value itself is not used.

    \b
    Examples:
      diffcalc emit "x^2*y" --to numpy --derivatives
      diffcalc emit "sigmoid(w*x + b)" --wrt w,b --name model -o model.c
      diffcalc emit "sqrt(x)/y" --to latex --derivatives
    """
    if language is None:
        raise click.UsageError("Missing option '--to': in which language, as in --to c")
    with quick_imports():
        from diffcalc import api

    def write(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        text = api.emit(expression, language, name=name, wrt=names_in(wrt), derivatives=derivatives)
        click.echo(str(text), nl=False)
        return ExitStatus.OK

    return each(words, at, wrt, timeout, write)
