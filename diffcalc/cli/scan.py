"""`scan` and `graph`: a look at an interval, and at the tape."""

import sys
from typing import TYPE_CHECKING

import click

from diffcalc.base.errors import ExitStatus, printable
from diffcalc.cli.expressions import each, gradient_in
from diffcalc.cli.options import (
    AT,
    FORMAT,
    GRADIENT,
    GRAPH_FORMAT,
    SAVE,
    TIMEOUT,
    WORDS,
    options,
)
from diffcalc.cli.shared import quick_imports
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, FORMAT, TIMEOUT)
def scan(words: tuple[str, ...], at: tuple[str, ...], style: str, timeout: float) -> ExitStatus:
    """Find where on an interval EXPR is not differentiable.

    Corners, jumps, poles and the edges of the domain, with the slope on both sides of each; and a
    word on what may have been missed. Other variables need a value. The exit status is 0 if nothing
    was found.

    \b
    Examples:
      diffcalc scan "abs(x^2 - 1)" --x=-3:3
      diffcalc scan "tan(x)" --x=-pi:pi --format value
      diffcalc scan "max(x, a)" --x=0:10 --at a=2
    """
    with quick_imports():
        from diffcalc.comparison.scan import scan
        from diffcalc.language.point import is_range, read_range
        from diffcalc.render import renderer

    ranges = [word for word in (*at, *words) if is_range(word)]
    if len(ranges) != 1:
        problem = "no interval" if not ranges else "one interval only"
        raise click.UsageError(f"{problem}: write --x=-3:3 for -3 <= x <= 3")
    name, low, high = read_range(ranges[0])

    def look(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        result = scan(expression, point, name, low, high)
        output.scan(result)
        if style in ("value", "csv", "tsv"):
            sys.stdout.flush()
            # The first is true of every scan.
            for note in result.notes[1:]:
                click.echo(f"diffcalc: {printable(note)}", err=True)
        return ExitStatus.OK if result.clean else ExitStatus.NOT_TRUE

    output = renderer(style, sys.stdout)
    words, at = (tuple(w for w in given if not is_range(w)) for given in (words, at))
    return each(words, at, name, timeout, look)


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, GRADIENT, GRAPH_FORMAT, SAVE, TIMEOUT)
def graph(
    words: tuple[str, ...],
    at: tuple[str, ...],
    gradient: str | None,
    style: str,
    save: str | None,
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
      diffcalc graph "3*a**3 - b**2" --at a=2,3 b=6,4 --save graph.svg
    """
    with quick_imports():
        from pathlib import Path

        from diffcalc.comparison.graph import graph
        from diffcalc.render.graph import draw, write_graph

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        found = graph(expression, point, gradient=seed)
        if save is None:
            write_graph(found, style, sys.stdout)
        else:
            draw(found, Path(save))
        return ExitStatus.OK

    return each(words, at, "", timeout, work)
