"""`practice`: exercises, with or without their answers."""

import sys

import click

from diffcalc.cli import offers
from diffcalc.cli.expressions import names_in
from diffcalc.cli.options import (
    OUTPUT,
    count,
    format_of,
    options,
    timeout,
)
from diffcalc.cli.shared import quick_imports
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command

# As in `exercises/practice.py`, whose import takes a second.
RULES = (
    "power", "sum", "constant-multiple", "product", "quotient", "chain", "exponential",
    "logarithm", "trigonometric", "root",
)  # fmt: skip


@click.command(cls=Command)
@click.option(
    "--rules",
    metavar="NAMES",
    default="power,sum",
    show_default=True,
    shell_complete=lambda ctx, parameter, word: offers.listed(RULES, word),
    help=f"What each exercise needs: {', '.join(RULES)}.",
)
@click.option(
    "--level", type=click.IntRange(1, 3), default=1, show_default=True, help="How hard they are."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Another seed, other exercises."
)
@options(
    count(10, 200, "How many."),
    format_of("exercises", help="How to print them."),
    OUTPUT,
    click.option(
        "--show",
        "shown",
        type=click.Choice(["rules", "hints"]),
        multiple=True,
        help="Also the rules that each needs, or a hint: the first to think of.",
    ),
    timeout(60.0),
)
def practice(
    rules: str,
    level: int,
    seed: int,
    count: int,
    style: str,
    shown: tuple[str, ...],
    timeout: float,
) -> ExitStatus:
    """Make exercises in differentiation, with answers.

    Each needs all of --rules and, beyond them, only the elementary ones: power, sum, constant
    multiple. Where no kind of function is named, functions of any kind are used. The same seed
    makes the same exercises.

    \b
    Examples:
      diffcalc practice --rules chain,product --level 2 --seed 7 -n 20
      diffcalc practice --rules quotient,trigonometric --show hints -o sheet.tex
      diffcalc practice --rules chain -o exercises.csv
    """
    with quick_imports():
        from diffcalc.base.deadline import deadline
        from diffcalc.exercises.practice import exercises
        from diffcalc.render.formats import writer

    wanted = [name.replace("_", " ") for name in names_in(rules.replace("-", "_"))]
    with deadline(timeout):
        found = exercises(wanted, level, seed, count)
    writer("exercises", style)(found, sys.stdout, shown)
    return ExitStatus.OK
