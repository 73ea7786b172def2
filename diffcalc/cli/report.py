"""`report`: a derivative as a page to share."""

from typing import TYPE_CHECKING

import click

from diffcalc.cli import offers
from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import AT, NAMED, TIMEOUT, WORDS, WRT, options
from diffcalc.cli.shared import quick_imports, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values

_OUTPUT = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=offers.FILE,
    required=True,
    help="The page, one file of HTML that fetches nothing; - for standard output.",
)


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, NAMED, WRT, _OUTPUT, TIMEOUT)
def report(
    words: tuple[str, ...], at: tuple[str, ...], wrt: str, output: str, timeout: float
) -> ExitStatus:
    """Write a page to share: the derivative of EXPR, its verdict, and how it comes about.

    The page has the difference quotients, the working, whose steps open one by one, and a slider
    that turns the secant into the tangent. EXPR is of single numbers; of several variables, --wrt
    names the one to differentiate in.

    \b
    Examples:
      diffcalc report "3*x^2 - 4*x" --at x=1 -o report.html
      diffcalc report "abs(x)" --at x=0 -o corner.html
      diffcalc report "x^2*y" --at x=1 y=2 --wrt x -o report.html
    """
    with quick_imports():
        from pathlib import Path

        from diffcalc.base.errors import DiffcalcError
        from diffcalc.base.files import replace_file
        from diffcalc.comparison.compare import quotients
        from diffcalc.comparison.partial_derivatives import StepSizes
        from diffcalc.comparison.plots import beside, errors
        from diffcalc.render.report import Report, page
        from diffcalc.symbolic import differentiate_again
        from diffcalc.symbolic.steps.working import working

    if Path(output).suffix not in ("", ".html", ".htm"):
        raise DiffcalcError(f"{output} is no page's name", hint="end it with .html")
    if "-" in words:
        raise click.UsageError("one file has one page: -o goes with one expression")

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        name = _only(expression, point, wrt)
        found = quotients(expression, point, wrt=[name])
        # From 1 to 1e-8, eight steps for each power of ten.
        sweep = quotients(
            expression, point, wrt=[name], steps=StepSizes("forward", 1.0, 10 ** (-1 / 8), 65)
        )[0].convergence.rows
        (derivation,) = differentiate_again(expression, [name])
        made = Report(
            expression,
            found[0],
            sweep,
            working(expression, derivation),
            beside(expression, point, name),
            errors(expression, point, name, 0.1, 1) if found[0].truth.exists else None,
        )
        if output == "-":
            click.echo(page(made), nl=False)
        else:
            replace_file(Path(output), page(made).encode())
        say_why(found)
        return status_of(found[0].judgement.verdict.severity())

    return each(words, at, wrt, timeout, work)


def _only(expression: "Expression", point: "dict[str, Values]", wrt: str) -> str:
    """The variable that the page is about, a single number."""
    from diffcalc.base.errors import PointError

    names = names_in(wrt) or list(expression.variables)
    hint = "name one variable with --wrt, a single number"
    if len(names) == 1 and names[0] in point:
        hint = f"{names[0]} is to be a single number"
    if len(names) != 1 or not expression.elementwise or any(v.shape for v in point.values()):
        raise PointError("a page is of one derivative", hint=hint)
    return names[0]
