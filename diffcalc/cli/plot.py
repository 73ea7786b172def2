"""`plot`: a function and its derivative drawn, or the contours of one of two variables."""

from typing import TYPE_CHECKING

import click

from diffcalc.cli.expressions import each
from diffcalc.cli.options import AT, NAMED, PICTURE, TIMEOUT, WORDS, options
from diffcalc.cli.shared import drawer, quick_imports, say, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values

# The share of the time allowed in which points are looked for where f is not differentiable.
_SHARE = 0.5


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, PICTURE, TIMEOUT)
def plot(
    words: tuple[str, ...], at: tuple[str, ...], picture: str | None, timeout: float
) -> ExitStatus:
    """Draw EXPR and its derivative, or its contours and its gradient.

    Over one interval f and f' are drawn, with what `diffcalc scan` finds there: no line goes across
    a pole, a jump or a corner. With a value by --at for the same variable, the tangent there and
    secants that turn into it. Over two intervals the contours, with arrows along the gradient.

    \b
    Examples:
      diffcalc plot "x^3 - 3x" --x=-2:2
      diffcalc plot "x^2" --x=-3:3 --at x=1
      diffcalc plot "tan(x)" --x=-pi:pi -o tan.svg
      diffcalc plot "x^2 + 3y^2" --x=-2:2 --y=-1:1
    """
    with quick_imports():
        from diffcalc.language.point import is_range, read_range

    ranges = [read_range(word) for word in (*at, *words) if is_range(word)]
    if len(ranges) not in (1, 2) or len({name for name, *_ in ranges}) < len(ranges):
        raise click.UsageError("write one interval, as in --x=-3:3, or one for each of two names")
    draw = drawer(picture, words)

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        from diffcalc.base.deadline import Stop
        from diffcalc.comparison import contours, plots

        enough = Stop(_SHARE * timeout)
        notes: tuple[str, ...] = ()
        judged: list[Quotients] = []
        if len(ranges) == 1:
            ((name, low, high),) = ranges
            touched = point.pop(name, None)
            found, judged, notes = plots.curve(
                expression, point, name, low, high, touched, lambda _: enough()
            )
        else:
            (one, *first), (other, *second) = ranges
            both = (plots.interval(*first), plots.interval(*second))
            found = contours.contours(expression, point, (one, other), both)
        draw(found)
        say(*notes)
        say_why(judged)
        return max(
            (status_of(q.judgement.verdict.severity()) for q in judged), default=ExitStatus.OK
        )

    words, at = (tuple(w for w in given if not is_range(w)) for given in (words, at))
    return each(words, at, ",".join(name for name, *_ in ranges), timeout, work)
