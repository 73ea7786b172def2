"""`graph`: the computation graph, with values and gradients."""

import sys
from typing import TYPE_CHECKING

import click

from diffcalc.cli.expressions import each, gradient_in
from diffcalc.cli.options import (
    AT,
    GRADIENT,
    NAMED,
    PICTURE,
    TIMEOUTS,
    WORDS,
    format_of,
    options,
)
from diffcalc.cli.shared import quick_imports, say
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, GRADIENT, format_of("graphs"), PICTURE, TIMEOUTS)
def graph(
    words: tuple[str, ...],
    at: tuple[str, ...],
    gradient: str | None,
    style: str,
    picture: str | None,
    timeout: float,
) -> ExitStatus:
    """Show the computation graph of EXPR at a point.

    Every operation with its value, worked out forward, and its gradient, which autograd works out
    backward: how much the result changes with it. Whether that is the derivative is for
    `diffcalc grad` to say.

    \b
    Examples:
      diffcalc graph "a*b" a=4 b=3
      diffcalc graph "(a*b + c)*d" a=2 b=-3 c=10 d=-2 --format mermaid
      diffcalc graph "3*a**3 - b**2" --at a=2,3 b=6,4 -o graph.svg
    """
    with quick_imports():
        from pathlib import Path

        from diffcalc.comparison.graph import graph
        from diffcalc.render.formats import writer
        from diffcalc.render.graph import draw
        from diffcalc.render.reasons import untrue_sentence

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        found = graph(expression, point, gradient=seed)
        if picture is None:
            writer("graphs", style)(found, sys.stdout)
        else:
            draw(found, Path(picture))
        say(*map(untrue_sentence, found.untrue))
        return ExitStatus.OK

    return each(words, at, "", timeout, work)
