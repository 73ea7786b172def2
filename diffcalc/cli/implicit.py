"""`implicit`: the slope of a curve."""

import sys
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli import offers
from diffcalc.cli.expressions import each
from diffcalc.cli.options import (
    AT,
    DIGITS,
    FORMAT,
    NAMED,
    OUTPUT,
    SEQUENCES,
    STRICT,
    TIMEOUTS,
    options,
)
from diffcalc.cli.shared import quick_imports, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.comparison.implicit import Equation
    from diffcalc.language.point import Values

_EQUATION = click.argument("equation")
_VALUES = click.argument("words", nargs=-1, metavar="[NAME=VALUE]...", shell_complete=offers.words)
_OF = click.option(
    "--of",
    metavar="NAME",
    default="",
    shell_complete=offers.variables,
    help="The variable that depends on the other: y.",
)
_WRT = click.option(
    "--wrt",
    metavar="NAME",
    default="",
    shell_complete=offers.variables,
    help="The one it depends on: x.",
)


_ORDER = click.option(
    "--order",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="2 for the second derivative.",
)


@click.command(cls=ExpressionCommand)
@options(_EQUATION, _VALUES, AT, NAMED, _OF, _WRT, _ORDER, FORMAT, OUTPUT, DIGITS, SEQUENCES)
@options(STRICT, TIMEOUTS)
def implicit(
    equation: str,
    words: tuple[str, ...],
    at: tuple[str, ...],
    of: str,
    wrt: str,
    order: int,
    style: str,
    digits: int | None,
    sequences: Any,
    strict: bool,
    timeout: float,
) -> ExitStatus:
    """The slope dy/dx of the curve EQUATION at one of its points.

    By the rules and by autograd it is -F_x/F_y, F being the left side less the right. The numerical
    limit solves the equation for y beside the point, and so is independent of that. Variables other
    than --of and --wrt stand still.

    \b
    Examples:
      diffcalc implicit "x**2 + y**2 = 25" --at x=3 y=4
      diffcalc implicit "y = x*exp(y)" x=0 y=0 --format value
      diffcalc implicit "x**2 + y**2 = 25" --at x=3 y=4 --order 2
      diffcalc implicit "p*V = n*R*T" --of V --wrt p --at p=2 V=3 n=1 R=2 T=3
    """
    with quick_imports():
        from diffcalc import api
        from diffcalc.comparison.implicit import read_equation
        from diffcalc.render import Options, renderer

    def differentiate(found: "Equation", point: "dict[str, Values]") -> ExitStatus:
        result = api.implicit(found, point, of=of, wrt=wrt, order=order, digits=digits).found
        output.slope(result)
        if not output.reasons:
            say_why([], result.judgement)
        return status_of(result.judgement.verdict.severity(strict=strict))

    output = renderer(style, sys.stdout, Options(sequences=sequences, digits=digits))
    return each(words, at, f"{of},{wrt}", timeout, differentiate, read_equation, equation)
