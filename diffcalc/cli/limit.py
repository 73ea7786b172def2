"""`limit`: the difference quotient as h shrinks, and its limit."""

import math
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import (
    AT,
    DIGITS,
    FACTOR,
    FORMAT,
    KIND,
    NAMED,
    ORDER,
    PICTURE,
    PLOT,
    START,
    STRICT,
    TIMEOUTS,
    WORDS,
    WRT,
    count,
    options,
)
from diffcalc.cli.shared import check_steps, drawer, quick_imports, refuse, say, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import DerivativeCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.comparison.plots import Plot
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values

# x = oo, or -inf.
_FAR = re.compile(r"\s*([^\W\d]\w*)\s*=\s*([+-]?)\s*(?:oo|inf|infinity|∞)\s*", re.IGNORECASE)


@click.command(cls=DerivativeCommand)
@options(WORDS, AT, NAMED, WRT, ORDER, FORMAT, DIGITS, KIND, START, FACTOR, count(5))
@click.option(
    "--of",
    type=click.Choice(["slope", "f"]),
    default="slope",
    help="The limit of what: of the difference quotient, or of f itself. Then x may be oo or -oo.",
)
@click.option("--richardson", is_flag=True, help="Show the extrapolated value of each row too.")
@options(PLOT, PICTURE, STRICT, TIMEOUTS)
def limit(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    style: str,
    digits: int | None,
    of: str,
    richardson: bool,
    drawn: bool,
    picture: str | None,
    strict: bool,
    timeout: float,
    **steps: Any,
) -> ExitStatus:
    """Show the difference quotient of EXPR as h shrinks, and the limit it approaches.

    The limit is found by Richardson extrapolation, with an error estimate; whether there is one is
    decided from both sides in high precision.

    \b
    Examples:
      diffcalc limit f --x 1                     # f is the lecture's 3*x**2 - 4*x
      diffcalc limit f --x 1 --format plain
      diffcalc limit "exp(x)" --x 0 --kind central --richardson
      diffcalc limit "sin(x)" --x 1 --count 15   # see round-off take over
      diffcalc limit "sin(x)" --x 1 --digits 30  # the same without it
      diffcalc limit "sin(x)" --x 1 --order 2
      diffcalc limit "sin(x)" --x 1 --plot       # the error against h
      diffcalc limit "sin(x)/x" --x 0 --of f     # of the function itself
      diffcalc limit "(1 + 1/x)^x" --x oo --of f
    """
    if of == "f":
        refuse("--of f", "order", "kind", "start", "factor", "count", "richardson", "drawn")
        return _of_the_function(words, at, wrt, style, digits, timeout)
    check_steps(**steps)
    if drawn := drawn or picture is not None:
        refuse("--plot", "digits")
    with quick_imports():
        from diffcalc import api
        from diffcalc.base.errors import PointError
        from diffcalc.render import Options, renderer

    draw = drawer(picture, words, style) if drawn else None

    def converge(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        settings: dict[str, Any] = {"wrt": names_in(wrt), "order": order, "digits": digits}
        found = api.limit(expression, point, **settings, **steps).found
        if draw and len(found) > 1:
            hint = "choose it with --wrt, a single number"
            raise PointError("--plot draws the error of one derivative", hint=hint)
        output.quotients(expression, point, found)
        if not output.reasons:
            say_why(found)
        if draw:
            _draw_errors(draw, expression, point, found[0], steps["start"])
        return status_of(max(q.judgement.verdict.severity(strict=strict) for q in found))

    output = renderer(style, sys.stdout, Options(richardson=richardson, digits=digits))
    return each(words, at, wrt, timeout, converge)


def _draw_errors(
    draw: "Callable[[Plot], None]",
    expression: "Expression",
    point: "dict[str, Values]",
    found: "Quotients",
    start: float,
) -> None:
    """Draws the error against h, if there is a derivative that it can be the error of."""
    if not found.truth.exists:
        return say("there is no derivative to draw an error against")
    from diffcalc.comparison.plots import errors

    return draw(errors(expression, point, found.places[0].variable, start, found.order))


def _of_the_function(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    style: str,
    digits: int | None,
    timeout: float,
) -> ExitStatus:
    """The limit of EXPR itself, of one variable."""
    with quick_imports():
        from diffcalc.base.errors import PointError
        from diffcalc.comparison.function_limit import function_limit
        from diffcalc.render.formats import writer
        from diffcalc.render.function_limit import sentence

    far = {m[1]: -1 if m[2] == "-" else 1 for m in map(_FAR.fullmatch, (*words, *at)) if m}
    near = [[word for word in given if not _FAR.fullmatch(word)] for given in (words, at)]

    def tell(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        names = names_in(wrt) or list(far) or list(point)
        if not expression.variables:
            raise PointError(f"{expression} has no variable", hint="its limit is its value")
        if len(names) != 1 or names[0] not in expression.variables:
            hint = f"choose it with --wrt, as in --wrt {expression.variables[-1]}"
            raise PointError("the limit is in one variable", hint=hint)
        (name,) = names
        found = function_limit(expression, point, name, far.get(name, 0), digits=digits)
        writer("limits", style)(found, sys.stdout)
        if not math.isnan(found.value):
            return ExitStatus.OK
        if style in ("value", "csv", "tsv"):
            say(sentence(found))
        return ExitStatus.NOT_TRUE

    return each(near[0], near[1], ",".join([wrt, *far]), timeout, tell)
