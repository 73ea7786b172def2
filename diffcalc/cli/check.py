"""`check`: marks for one claim, or for a table of answers."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from diffcalc.base.encoded import UTF_8, foreign, recoding
from diffcalc.base.errors import DiffcalcError
from diffcalc.base.severity import Severity
from diffcalc.cli import offers
from diffcalc.cli.expressions import (
    assigned,
    names_in,
    typed,
    user_library,
    warn_of_damage,
    with_lets,
)
from diffcalc.cli.options import (
    DELIMITER,
    ENCODING,
    NAMED,
    ORDER,
    OUTPUT,
    TIMEOUTS,
    format_of,
    options,
    refuse_format,
)
from diffcalc.cli.shared import given, quick_imports, refuse, say, say_not_utf8
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.unknown import refuse_options
from diffcalc.cli.words import Assignments, Command
from diffcalc.render.formats import choices, writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffcalc.exercises.answers import Answers
    from diffcalc.exercises.several import Answer as Answered
    from diffcalc.language.refusals import Lookup
    from diffcalc.render.kept import Cells
    from diffcalc.render.marks import AnswerWriter
    from diffcalc.tables.opening import Opened, Written
    from diffcalc.tables.rows import Row

_WORDS = click.argument("words", nargs=-1, metavar="[EXPR CLAIM]", shell_complete=offers.words)
_WRT = click.option(
    "--wrt",
    metavar="NAMES",
    default="",
    shell_complete=offers.variables,
    help="The variables, where EXPR has others too.",
)
_AT = click.option(
    "--at",
    cls=Assignments,
    multiple=True,
    metavar="NAME=VALUE...",
    shell_complete=offers.values,
    help="CLAIM is numbers: the derivatives at x=2 y=3.",
)
_TOLERANCE = click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    metavar="NUMBER",
    help="How far off numbers may be; if not given, half a unit in their last digit.",
)
_PYTHON = click.option(
    "--python",
    is_flag=True,
    help="EXPR and CLAIM are functions of yours, module:function; runs that code.",
)
_ANSWERS = click.option(
    "--answers",
    metavar="FILE",
    type=offers.FILE,
    help="A .csv or .tsv file with the columns expression and claim; - is standard input.",
)
_DEFAULTS = {kind: choices(kind)[0] for kind in ("marks", "answers")}
_FORMAT = format_of(
    *_DEFAULTS,
    later=True,
    default=None,
    help="How to print it.  [default: {marks}; {answers} for --answers]".format(**_DEFAULTS),
)


@click.command(cls=Command)
@options(_WORDS, _WRT, NAMED, ORDER, _AT, _TOLERANCE, _PYTHON, _ANSWERS, ENCODING, DELIMITER)
@options(_FORMAT, OUTPUT, TIMEOUTS)
def check(
    words: tuple[str, ...],
    wrt: str,
    order: int,
    at: tuple[str, ...],
    tolerance: float | None,
    python: bool,
    answers: str | None,
    encoding: str,
    delimiter: str,
    style: str | None,
    timeout: float,
) -> ExitStatus:
    """Say whether CLAIM is the derivative of EXPR; if not, which rule was broken.

    A claim may be written in any way; of several variables it is a list, [2*x*y, x^2], of several
    functions a matrix with a row for each, of --order 2 a Hessian. A wrong one gets a point where
    the two differ, the terms that differ, and the mistake that leads to it, found by
    differentiating with broken rules. Formulas of vectors and matrices are compared at random
    values of several sizes. The exit status is 0 if the claim is right, on a smaller domain or
    with rounded decimals too.

    With --at the claim is numbers, compared with the derivatives there. With --python both are
    functions of your own, which are imported from here and called: the gradient at --at, and
    beside it, is held against the numerical limit, within its error.

    --answers marks a table row by row, --timeout being for each. Its other columns are kept, byte
    for byte. A row without a claim is `blank`; one that cannot be read is marked `error`, and in
    the end the exit status is 2. What `practice --format csv` writes is read as it is.

    \b
    Examples:
      diffcalc check "sin(x^2)" "2x*cos(x^2)"
      diffcalc check "sin(x^2)" "cos(x^2)"
      diffcalc check "x^2*y" "2*x*y" --wrt x --format value
      diffcalc check "x^2*y" "[2*x*y, x^2]"
      diffcalc check "x^2*y" "[[2*y, 2*x], [2*x, 0]]" --order 2
      diffcalc check "[x*y, x - y]" "[[y, 1], [x, -1]]"
      diffcalc check "x.T@A@x" "(A + A.T)@x" --wrt x
      diffcalc check "x^2*y" "12, 4" --at x=2 y=3
      diffcalc check --python mymodule:loss mymodule:loss_grad --at w=0.1,0.2
      diffcalc check --answers answers.csv > marks.csv
      diffcalc check --answers - --format json < answers.csv | jq .mistake
      diffcalc check --answers answers.csv --encoding cp949 -o marks.csv
    """
    from diffcalc.tables.opening import Written

    if answers is not None:
        if words:
            raise click.UsageError(f"either --answers or {words[0]!r}, not both")
        refuse("--answers", "at", "order", "tolerance", "python")
        written = Written(encoding, delimiter)
        return _check_answers(answers, written, style or _DEFAULTS["answers"], wrt, timeout)
    for name in given("encoding", "delimiter"):
        raise click.UsageError(f"--{name} goes with --answers")
    if given("tolerance") and not at:
        raise click.UsageError("--tolerance goes with --at, for a claim of numbers")
    if len(words) != 2:
        refuse_options(click.get_current_context(), words)
        raise click.UsageError("an expression and a claim are needed: check EXPR CLAIM")
    if python:
        refuse("--python", "wrt", "order")
        if not at:
            raise click.UsageError("--python needs a point: --at w=0.1,0.2")
    asked = _Asked(typed(words[0]), typed(words[1]), names_in(wrt), order, at, tolerance, python)
    return _check_one(asked, style or _DEFAULTS["marks"], timeout)


class _Asked(NamedTuple):
    """What was typed: the claim is numbers where there are values."""

    expression: str
    claim: str
    wrt: "Sequence[str]"
    order: int
    at: "Sequence[str]"
    tolerance: float | None
    python: bool


def _check_one(asked: _Asked, style: str, timeout: float) -> ExitStatus:
    refuse_format("marks", style)
    with quick_imports():
        from diffcalc.base.deadline import deadline
        from diffcalc.exercises.components import Judged
        from diffcalc.exercises.mark import Mark

    library = user_library()
    try:
        with deadline(timeout):
            way = _of_python if asked.python else _of_numbers if asked.at else _of_formulas
            found = way(asked, with_lets(library.lookup(), asked.wrt))
            marks = [one for one in found if isinstance(one, Mark)]
            if marks:
                writer("marks", style)(marks, sys.stdout)
            for one in found:
                if isinstance(one, Judged):
                    writer("judged", style)(one, sys.stdout)
    finally:
        warn_of_damage(library)
    return status_of(max(one.severity for one in found))


def _of_formulas(asked: _Asked, lookup: "Lookup") -> "list[Answered]":
    from diffcalc.exercises.question import read_questions
    from diffcalc.exercises.several import answers_to

    grid = read_questions(asked.expression, asked.claim, asked.wrt, lookup, asked.order)
    return answers_to(grid)


def _of_numbers(asked: _Asked, lookup: "Lookup") -> "list[Answered]":
    from diffcalc.comparison.matrices import read_functions
    from diffcalc.exercises.numbers import check_numbers
    from diffcalc.language.grammar import read
    from diffcalc.language.point import read_point, read_values

    point = read_point(assigned(asked.at))
    functions = read_functions(
        asked.expression, partial(read, declared={*point, *asked.wrt}, lookup=lookup)
    )
    claim = read_values(asked.claim)
    settings: dict[str, Any] = {"wrt": asked.wrt, "order": asked.order}
    return [check_numbers(functions, claim, point, tolerance=asked.tolerance, **settings)]


def _of_python(asked: _Asked, _: "Lookup") -> "list[Answered]":
    from diffcalc.exercises.functions import imported, point_of
    from diffcalc.exercises.gradients import check_gradient
    from diffcalc.language.point import read_point

    functions = imported(asked.expression), imported(asked.claim)
    values = {name: v.floats for name, v in read_point(assigned(asked.at)).items()}
    return [check_gradient(*functions, point_of(functions, values), tolerance=asked.tolerance)]


def _check_answers(
    source: str, given_as: "Written", style: str, wrt: str, timeout: float
) -> ExitStatus:
    refuse_format("answers", style)
    if wrt:
        raise click.UsageError("of answers, a column wrt names the variable")
    with quick_imports():
        from diffcalc.base.processes import in_order
        from diffcalc.exercises.answers import Answers
        from diffcalc.tables.opening import open_table, readable

    form: type[AnswerWriter] = writer("answers", style)
    library = user_library()
    worst = ExitStatus.OK
    recoded = recoding(sys.stdout.buffer, UTF_8 if form.cells == "escaped" else given_as.encoding)

    def write(text: str) -> None:
        sys.stdout.buffer.write(recoded(text.encode(UTF_8, "surrogateescape")))
        sys.stdout.buffer.flush()

    found = open_table(source, given_as)
    lookup = with_lets(library.lookup(), ())
    with found.stream, readable(found.label):
        if found.kind:
            raise DiffcalcError(f"{found.label} is {found.kind}, not a table of answers")
        say(found.note)
        answers = Answers(_watched(found, form.cells), found.delimiter, lookup, found.line)
        written = form(answers.columns, write)
        # A damaged library is told of here, whichever process reads a row.
        lookup("")
        # Each row of a stream is marked before the next one comes.
        alone = not (Path(source).is_file() and hasattr(os, "fork"))
        work = partial(_marked, answers, written, timeout)
        for line, severity, error in in_order(work, answers.rows, 1 if alone else None, small=True):
            write(line + "\n")
            if severity is Severity.FAULT:
                click.echo(f"diffcalc: {error}", err=True)
            worst = max(worst, status_of(severity))
    warn_of_damage(library)
    return worst


def _marked(
    answers: "Answers", written: "AnswerWriter", timeout: float, row: "Row"
) -> tuple[str, Severity, str]:
    """The line of a row with its mark, or with why it has none, which is given too."""
    from diffcalc.base.deadline import deadline

    answer = answers.answer(row, timeout)
    try:
        # To show the right answer it is tidied, which takes as long as the mark.
        with deadline(timeout):
            line = written.line(answer)
    except Exception as error:
        answer = answer.unmarked(error)
        line = written.line(answer)
    return line, answer.severity, answer.error


def _watched(found: "Opened", cells: "Cells") -> Iterator[str]:
    """The lines; at the first that is no UTF-8, what becomes of it is said."""
    from diffcalc.tables.chunks import lines

    said = False
    for line in lines(found.stream):
        if not said and foreign(line):
            said = True
            say_not_utf8(found.label, cells)
        yield line
