"""`points`: the value and the gradient of an expression at every row of a table."""

import click

from diffcalc.cli import offers
from diffcalc.cli.grad_points import PointsOptions, differentiate_points
from diffcalc.cli.options import (
    AT,
    CLUSTER,
    DECIMAL,
    DELIMITER,
    ENCODING,
    LET,
    STRICT,
    TIMEOUTS,
    WRT,
    format_of,
    of_rows,
    options,
)
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.unknown import refuse_options
from diffcalc.cli.words import ExpressionCommand
from diffcalc.render.formats import ENDINGS, either

_WORDS = click.argument(
    "words", nargs=-1, metavar="EXPR FILE [NAME=VALUE]...", shell_complete=offers.words
)

_TARGET = click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    type=offers.FILE,
    help=f"Write to a {either(ENDINGS)} file, or .csv.gz or .zst; FOLDER/ for many.",
)


@click.command(cls=ExpressionCommand)
@options(_WORDS, AT, WRT, LET, format_of("points", later=True, default=None))
@options(_TARGET, of_rows(), ENCODING, DELIMITER, DECIMAL, STRICT, CLUSTER, TIMEOUTS)
def points(
    words: tuple[str, ...],
    target: str | None,
    at: tuple[str, ...],
    wrt: str,
    lets: tuple[str, ...],
    style: str | None,
    keep: bool,
    encoding: str,
    delimiter: str,
    decimal: str | None,
    methods: bool,
    strict: bool,
    timeout: float,
    cluster: str | None,
) -> ExitStatus:
    """Write the value and the gradient of EXPR at every row of FILE.

    FILE is a table: .csv, .tsv or JSON Lines, packed by gzip or zstd or not, .npy, Parquet, Arrow,
    or - for standard input; its columns are the variables. A folder, or a pattern in quotes, is one
    table; with -o FOLDER/ each of its files gets one of its own, but for what was done before.
    NAME=VALUE gives those that have no column. Rows at which digits may be lost, or a derivative
    may not exist, are judged by proof. `diffcalc grad EXPR --points FILE` is the same.

    \b
    Examples:
      diffcalc points "a*b" points.csv -o grads.csv
      diffcalc points "x^2*y" table.npy y=3 --wrt x -o grads.npy
      diffcalc points "abs(x)" - --keep < points.csv
      diffcalc points "a*b" "part-*.parquet" --keep -o grads/
      diffcalc points "(1-cos(x))/x^2" points.csv --format json | jq .reason
    """
    from diffcalc.language.point import is_assignment
    from diffcalc.tables.opening import Written

    plain = [word for word in words if not is_assignment(word)]
    if len(plain) != 2:
        refuse_options(click.get_current_context(), plain)
        problem = (
            "an expression and a table are needed"
            if len(plain) < 2
            else "one table only, or a pattern in quotes"
        )
        raise click.UsageError(f"{problem}: points EXPR FILE")
    expression, file = plain
    rest = [expression, *filter(is_assignment, words)]
    output = None if target == "-" else target
    written = Written(encoding, delimiter, decimal or "")
    asked = PointsOptions(
        file, written, output, style or "", keep, methods, strict, timeout, cluster
    )
    return differentiate_points(rest, at, wrt, lets, asked)
