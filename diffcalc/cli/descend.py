"""`descend`: gradient descent by autograd."""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from diffcalc.base.encoded import foreign
from diffcalc.base.errors import PointError
from diffcalc.cli import offers
from diffcalc.cli.expressions import assigned, each
from diffcalc.cli.options import (
    AT,
    DECIMAL,
    DELIMITER,
    ENCODING,
    NAMED,
    PICTURE,
    PLOT,
    WORDS,
    count,
    format_of,
    options,
    timeouts,
)
from diffcalc.cli.shared import drawer, given, quick_imports, say, say_not_utf8
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import Assignments, ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.base.deadline import Stop
    from diffcalc.comparison.plots import Plot
    from diffcalc.descent.objective import Arrays, Iterate, Objective
    from diffcalc.descent.optimizers import Optimizer
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values
    from diffcalc.tables.opening import Written
    from diffcalc.tables.source import Data

_FROM = click.option(
    "--from",
    "start",
    cls=Assignments,
    shell_complete=offers.values,
    multiple=True,
    metavar="NAME=VALUE...",
    help="Where to start, for each variable that moves: x=5, w=0,0,0. More may follow.",
)
_DATA = click.option(
    "--data",
    "sources",
    multiple=True,
    metavar="[NAME=]FILE",
    type=offers.FILE,
    help="Columns of a table, as `points` reads it, as vectors, or all as the matrix NAME. - is "
    "standard input.",
)
# Steps settle up to a curvature of 20, for the rate has to be below 2 over it; a smaller one takes
# more steps.
_RATE = click.option("--rate", type=float, default=0.1, show_default=True, help="The step size.")
# Enough at this rate where the curvature is above 0.1, so that each step leaves at most 99%; the
# last line says when more are needed.
_COUNT = count(1000, None, "At most so many steps.")
# Far above the round-off of a gradient of ordinary size, 1e-16 of it; a smaller one takes more
# steps.
_TOLERANCE = click.option(
    "--tolerance",
    type=float,
    default=1e-6,
    show_default=True,
    help="The gradient counts as 0 if no element is larger.",
)
_MOMENTUM = click.option(
    "--momentum", type=float, metavar="SHARE", help="Keep this share of the last step: 0.9."
)
# A hint names the first columns of a wide file: enough to see a slip of the pen.
_OFFERED = 20
_ADAM = click.option("--adam", is_flag=True, help="Step by Adam (Kingma and Ba 2015).")


@click.command(cls=ExpressionCommand)
@options(
    WORDS,
    _FROM,
    AT,
    NAMED,
    _DATA,
    ENCODING,
    DELIMITER,
    DECIMAL,
    _RATE,
    _COUNT,
    _TOLERANCE,
    _MOMENTUM,
    _ADAM,
    format_of("descents"),
    PLOT,
    PICTURE,
    timeouts(60.0),
)
def descend(
    words: tuple[str, ...],
    start: tuple[str, ...],
    at: tuple[str, ...],
    sources: tuple[str, ...],
    encoding: str,
    delimiter: str,
    decimal: str | None,
    rate: float,
    count: int,
    tolerance: float,
    momentum: float | None,
    adam: bool,
    style: str,
    drawn: bool,
    picture: str | None,
    timeout: float,
) -> ExitStatus:
    """Go down the gradient of EXPR until it is 0.

    The variables of --from move; every other one needs a value by --at or a column of --data. What
    is reached is proved, or said to be observed only: a minimum, a saddle point, or neither. It is
    a minimum of the neighbourhood; of the whole function only where that is said, or f is convex.
    The exit status is 0 for a minimum, and where there are too many elements to examine.

    \b
    Examples:
      diffcalc descend "x^2" --from x=5
      diffcalc descend "100(y - x^2)^2 + (1 - x)^2" --from x=-1 y=1 --adam
      diffcalc descend "mse(y, w*x + b)" --from w=0 b=0 --data points.csv
      diffcalc descend "bce(y, sigmoid(X@w + b))" --from w=0,0 b=0 \\
          --data X=features.csv --data labels.csv
      diffcalc descend "x^2" --from x=5 --format json | jq .value
      diffcalc descend "x^2 + 3y^2" --from x=2 y=1 --plot
    """
    _check(start, rate, tolerance, momentum, adam)
    with quick_imports():
        from diffcalc.base.deadline import Stop
        from diffcalc.language.point import read_point
        from diffcalc.tables.opening import Written

    started = Stop(timeout)
    with started.limiting():
        moving = {name: values.floats for name, values in read_point(assigned(start)).items()}
        data = _read_data(words, sources, Written(encoding, delimiter, decimal or ""))
    draw = drawer(picture, words, style) if drawn or picture is not None else None
    optimizer = _optimizer(rate, momentum, adam)
    run = _Run(data, moving, optimizer, count, tolerance, style, draw)

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        return run.down(expression, point, Stop(timeout) if "-" in words else started)

    names = [*moving, *(name for one in data for name in one.names)]
    return each(words, at, ",".join(names), timeout, work, keeps_time=True)


@dataclass(frozen=True)
class _Run:
    """What every expression is descended with."""

    data: "Sequence[Data]"
    moving: "Arrays"
    optimizer: "Optimizer"
    steps: int
    tolerance: float
    style: str
    draw: "Callable[[Plot], None] | None"

    def down(
        self, expression: "Expression", point: "dict[str, Values]", stop: "Stop"
    ) -> ExitStatus:
        """One descent, written as it goes."""
        with quick_imports():
            from diffcalc.descent.descent import Descent
            from diffcalc.descent.endings import EndingKind
            from diffcalc.descent.objective import Objective
            from diffcalc.render.descent import write_descent
            from diffcalc.render.formats import writer

        with stop.limiting():
            fixed = _fixed(expression, point, self.data, self.moving)
            objective = Objective(expression, self.moving, fixed, point)
        if self.draw is not None:
            _check_drawn(objective)
        with stop.listening():
            descent = Descent(objective, self.optimizer, self.steps, self.tolerance, stop)
            written = writer("descents", self.style)(descent, sys.stdout)
            path: list[Iterate] = []
            ending = write_descent(written, *[path.append] * (self.draw is not None))
        if not written.notes and ending.kind is not EndingKind.MINIMUM:
            hint = f": {ending.hint}" if ending.hint else ""
            say(f"{ending.kind}: {ending.reason}{hint}")
        if self.draw is not None:
            self.draw(_path(objective, path))
        if ending.kind is EndingKind.INTERRUPTED:
            sys.stdout.flush()
            stop.reraise()
        return status_of(ending.kind.severity)


def _read_data(words: Sequence[str], sources: Sequence[str], written: "Written") -> "list[Data]":
    """What --data gives; what was recognised of it is said."""
    from diffcalc.tables.source import Data

    if all(source.lower().endswith(".npy") for source in sources):
        for name in given("encoding", "delimiter", "decimal"):
            raise click.UsageError(f"--{name} goes with --data, of a .csv or .tsv file")
    if [*words, *sources].count("-") > 1:
        raise click.UsageError("standard input can be read once only")
    data = [Data(source, written) for source in sources]
    for one in data:
        names = "".join(one.names)
        say(one.note)
        if foreign(names):
            say_not_utf8(one.label)
    return data


def _check(
    start: Sequence[str], rate: float, tolerance: float, momentum: float | None, adam: bool
) -> None:
    if not start:
        raise click.UsageError("no variable moves: say where to start, as in --from x=5")
    if rate < 0:
        raise click.UsageError("--rate must be positive: to go up, descend -(EXPR)")
    if not (math.isfinite(rate) and rate):
        raise click.UsageError("--rate must be a positive number")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise click.UsageError("--tolerance must be a positive number, or 0")
    if momentum is not None and not 0 <= momentum < 1:
        raise click.UsageError("--momentum must be at least 0 and below 1")
    if momentum is not None and adam:
        raise click.UsageError("--adam has a momentum of its own: leave out --momentum")


def _check_drawn(objective: "Objective") -> None:
    """Raises `PointError` where the path is not along a curve, or over a plane."""
    few = len(objective.start) == len(objective.shapes) <= 2
    if not (few and objective.expression.elementwise):
        raise PointError("--plot draws a path of one or two numbers")


def _path(objective: "Objective", path: "Sequence[Iterate]") -> "Plot":
    """The path over what is descended, as far as it has finite values."""
    import numpy as np

    from diffcalc.comparison.contours import around, contours
    from diffcalc.comparison.plots import walk
    from diffcalc.language.point import values_of

    finite = [one for one in path if one.finite] or list(path[:1])
    places = np.array([one.x for one in finite])
    still = {name: values_of(array) for name, array in objective.fixed.items()}
    names = tuple(objective.shapes)
    if len(names) == 1:
        values = np.array([one.value for one in finite])
        return walk(objective.expression, still, names[0], places[:, 0], values)
    both = (names[0], names[1])
    return contours(objective.expression, still, both, around(places), places)


def _optimizer(rate: float, momentum: float | None, adam: bool) -> "Optimizer":
    from diffcalc.descent.optimizers import Adam, Momentum, Plain

    if adam:
        return Adam(rate)
    return Plain(rate) if momentum is None else Momentum(rate, momentum)


def _fixed(
    expression: "Expression",
    point: "Mapping[str, Values]",
    data: "Sequence[Data]",
    moving: "Arrays",
) -> "Arrays":
    """The values of what stands still: those of --at, and the columns that the expression uses."""
    from diffcalc.language.point import check_once
    from diffcalc.language.tokens import spelled

    fixed = {name: values.floats for name, values in point.items()}
    taken = {*fixed, *moving}
    for one in data:
        used = [name for name in one.names if spelled(name) in expression.variables]
        if not used:
            offered = ", ".join([*one.names[:_OFFERED], *["…"] * (len(one.names) > _OFFERED)])
            raise PointError(f"{expression} uses nothing of {one.label}", hint=f"it has {offered}")
        check_once(map(spelled, used), taken, f"{one.label} has it too")
        taken |= set(map(spelled, used))
        fixed |= {spelled(name): values for name, values in one.read(used).items()}
    return fixed
