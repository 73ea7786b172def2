"""`hessian`: the matrix of second derivatives."""

import sys
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli.expressions import each, gradient_in, names_in
from diffcalc.cli.options import (
    AT,
    DIGITS,
    EVERY,
    FORMAT,
    GRADIENT,
    MATRIX_ROWS,
    NAMED,
    OUTPUT,
    STRICT,
    TIMEOUTS,
    WORDS,
    WRT,
    options,
    sequences,
)
from diffcalc.cli.shared import quick_imports, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, WRT, GRADIENT, FORMAT, OUTPUT, sequences("none"), DIGITS)
@options(EVERY, STRICT, TIMEOUTS)
def hessian(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    gradient: str | None,
    style: str,
    digits: int | None,
    sequences: Any,
    every: bool,
    strict: bool,
    timeout: float,
) -> ExitStatus:
    """The second derivatives of EXPR at a point, as a matrix.

    Each is worked out three ways, mixed derivatives also both ways round. Row and column are the
    variables in the order of --wrt, or in which they are given.

    \b
    Examples:
      diffcalc hessian "x^2*y + y^3" --at x=1 y=2
      diffcalc hessian "100(y - x^2)^2 + (1 - x)^2" x=1 y=1 --format value
    """
    with quick_imports():
        from diffcalc import api
        from diffcalc.render import Options, renderer

    def differentiate(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        settings: dict[str, Any] = {"wrt": names_in(wrt), "digits": digits}
        settings |= {"gradient": gradient_in(gradient), "count": MATRIX_ROWS[sequences]}
        result = api.hessian(expression, point, **settings).found
        output.matrix(result)
        if not output.reasons:
            say_why(result.elements, result.joint, every=every)
        return status_of(result.verdict.severity(strict=strict))

    output = renderer(style, sys.stdout, Options(sequences=sequences, digits=digits, every=every))
    return each(words, at, wrt, timeout, differentiate)
