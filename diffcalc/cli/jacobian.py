"""`jacobian`: the matrix of the derivatives of several functions."""

import sys
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import (
    AT,
    DIGITS,
    EVERY,
    FORMAT,
    LAYOUT,
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
@options(WORDS, AT, NAMED, WRT, LAYOUT, FORMAT, OUTPUT, sequences("none"), DIGITS)
@options(EVERY, STRICT, TIMEOUTS)
def jacobian(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    layout: str,
    style: str,
    digits: int | None,
    sequences: Any,
    every: bool,
    strict: bool,
    timeout: float,
) -> ExitStatus:
    """The derivatives of several functions as a matrix.

    EXPR is "[f1, f2]". Row i, column j is the derivative of function i in variable j, worked out
    three ways. A function whose value is a vector has a row for each element; the variables are in
    the order of --wrt, or in which they are given. Gradient layout is the transpose: each column
    is the gradient of a function.

    \b
    Examples:
      diffcalc jacobian "[x^2*y, 5x + sin(y)]" --at x=1 y=2
      diffcalc jacobian "[r*cos(t), r*sin(t)]" r=2 t=pi/3
      diffcalc jacobian "a*b" --at a=2,3 b=6,4
      diffcalc jacobian "A @ x" A=[[1,2],[3,4]] x=5,6 --wrt x --layout gradient
    """
    with quick_imports():
        from diffcalc import api
        from diffcalc.comparison.matrices import read_functions
        from diffcalc.render import Options, renderer

    def differentiate(found: "list[Expression]", point: "dict[str, Values]") -> ExitStatus:
        settings: dict[str, Any] = {"wrt": names_in(wrt), "layout": layout, "digits": digits}
        settings["count"] = MATRIX_ROWS[sequences]
        result = api.jacobian(found, point, **settings).found
        output.matrix(result)
        if not output.reasons:
            joint = [comparison.joint for _, comparison in result.compared]
            say_why(result.elements, *joint, every=every)
        return status_of(result.verdict.severity(strict=strict))

    output = renderer(style, sys.stdout, Options(sequences=sequences, digits=digits, every=every))
    return each(words, at, wrt, timeout, differentiate, read_functions)
