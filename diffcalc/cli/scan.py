"""`scan`: where a function is not differentiable on an interval."""

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from diffcalc.base.errors import printable
from diffcalc.cli.expressions import each
from diffcalc.cli.options import (
    AT,
    FORMAT,
    NAMED,
    OUTPUT,
    TIMEOUTS,
    WORDS,
    options,
)
from diffcalc.cli.shared import quick_imports
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values

# The share of the time allowed for looking, so that what is found can still be shown.
_SHARE = 0.5


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, FORMAT, OUTPUT, TIMEOUTS)
def scan(words: tuple[str, ...], at: tuple[str, ...], style: str, timeout: float) -> ExitStatus:
    """Find where on an interval EXPR is not differentiable.

    Corners, jumps, poles and the edges of the domain, with the slope on both sides of each. That
    there are no others is proved; where it is not, the interval is named. Other variables need a
    value. The exit status is 0 if there is no such point.

    \b
    Examples:
      diffcalc scan "abs(x^2 - 1)" --x=-3:3
      diffcalc scan "tan(x)" --x=-pi:pi --format value
      diffcalc scan "max(x, a)" --x=0:10 --at a=2
    """
    with quick_imports():
        from diffcalc.base.deadline import Stop, deadline
        from diffcalc.comparison.scan import scan
        from diffcalc.language.point import is_range, read_range
        from diffcalc.render import renderer
        from diffcalc.render.progress import Bar

    ranges = [word for word in (*at, *words) if is_range(word)]
    if len(ranges) != 1:
        problem = "no interval" if not ranges else "one interval only"
        raise click.UsageError(f"{problem}: write --x=-3:3 for -3 <= x <= 3")

    def look(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        enough = Stop(_SHARE * timeout)
        with Bar(None, "scan") as bar:

            def stop(done: str) -> bool:
                bar.advance(0, done)
                return enough()

            result = scan(expression, point, name, low, high, stop)
        output.scan(result)
        if not output.notes:
            sys.stdout.flush()
            for note in result.notes:
                click.echo(f"diffcalc: {printable(note)}", err=True)
        return ExitStatus.OK if result.clean else ExitStatus.NOT_TRUE

    output = renderer(style, sys.stdout)
    words, at = (tuple(w for w in given if not is_range(w)) for given in (words, at))
    with ExitStack() as limited:
        limited.enter_context(deadline(timeout))
        name, low, high = read_range(ranges[0])
        if "-" in words:
            # Then it is for each line.
            limited.close()
        return each(words, at, name, timeout, look)
