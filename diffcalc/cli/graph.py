"""`graph`: the computation graph, with values and gradients."""

import sys
from typing import TYPE_CHECKING

import click

from diffcalc.cli.expressions import each, gradient_in, names_in
from diffcalc.cli.options import (
    AT,
    GRADIENT,
    NAMED,
    PICTURE,
    TIMEOUTS,
    WORDS,
    WRT,
    format_of,
    options,
)
from diffcalc.cli.shared import quick_imports, refuse, say
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, WRT, GRADIENT, format_of("graphs"), PICTURE, TIMEOUTS)
def graph(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    gradient: str | None,
    style: str,
    picture: str | None,
    timeout: float,
) -> ExitStatus:
    """Show the computation graph of EXPR.

    With values, every operation has its value, evaluated forward, and its gradient, which autograd
    evaluates backward: how much the result changes with it. Whether that is the derivative is for
    `diffcalc grad` to say.

    \b
    Examples:
      diffcalc graph "a*b" a=4 b=3
      diffcalc graph "a*b + sin(a)" -o graph.svg
      diffcalc graph "(a*b + c)*d" a=2 b=-3 c=10 d=-2 --format mermaid
      diffcalc graph "3*a**3 - b**2" --at a=2,3 b=6,4 -o graph.svg
    """
    with quick_imports():
        from pathlib import Path

        from diffcalc.comparison.graph import graph, outline
        from diffcalc.language.point import is_assignment
        from diffcalc.render.formats import writer
        from diffcalc.render.graph import draw
        from diffcalc.render.reasons import untrue_sentence

    # Where some values are given, one that is missing was forgotten.
    some = at or any(map(is_assignment, words))
    if not some:
        refuse("a graph without values", "wrt", "gradient")

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        seed, names = gradient_in(gradient), names_in(wrt)
        found = graph(expression, point, wrt=names, gradient=seed) if some else outline(expression)
        if picture is None:
            writer("graphs", style)(found, sys.stdout)
        else:
            draw(found, Path(picture))
        say(*map(untrue_sentence, found.untrue))
        return ExitStatus.OK

    return each(words, at, wrt, timeout, work)
