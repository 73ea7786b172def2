"""`check`: marks for one claim, or for a table of answers."""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from diffcalc.base.encoded import UTF_8, foreign, label, opened, recoding
from diffcalc.base.errors import DiffcalcError, WriteError
from diffcalc.base.severity import Severity
from diffcalc.cli import offers
from diffcalc.cli.expressions import names_in, typed, user_library, warn_of_damage
from diffcalc.cli.options import (
    ENCODING,
    TIMEOUTS,
    format_of,
    options,
    refuse_format,
)
from diffcalc.cli.shared import given, quick_imports, say_not_utf8
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.unknown import refuse_options
from diffcalc.cli.words import Command
from diffcalc.render.formats import choices, writer

if TYPE_CHECKING:
    from diffcalc.exercises.answers import Answer, Answers
    from diffcalc.render.kept import Cells
    from diffcalc.render.marks import AnswerWriter

_WORDS = click.argument("words", nargs=-1, metavar="[EXPR CLAIM]", shell_complete=offers.words)
_WRT = click.option(
    "--wrt",
    metavar="NAME",
    default="",
    shell_complete=offers.variables,
    help="The variable, where EXPR has several.",
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
@options(_WORDS, _WRT, _ANSWERS, ENCODING, _FORMAT, TIMEOUTS)
def check(
    words: tuple[str, ...],
    wrt: str,
    answers: str | None,
    encoding: str,
    style: str | None,
    timeout: float,
) -> ExitStatus:
    """Say whether CLAIM is the derivative of EXPR; if not, which rule was broken.

    A claim may be written in any way; of several variables it is a list, [2*x*y, x^2]. A wrong one
    gets a point where the two differ, the terms that differ, and the mistake that leads to it,
    found by differentiating with broken rules. The exit status is 0 if the claim is right, on a
    smaller domain too.

    --answers marks a table row by row, --timeout being for each. Its other columns are kept, byte
    for byte. A row that cannot be read is marked `error`, and in the end the exit status is 2.

    \b
    Examples:
      diffcalc check "sin(x^2)" "2x*cos(x^2)"
      diffcalc check "sin(x^2)" "cos(x^2)"
      diffcalc check "x^2*y" "2*x*y" --wrt x --format value
      diffcalc check "x^2*y" "[2*x*y, x^2]"
      diffcalc check --answers answers.csv > marks.csv
      diffcalc check --answers - --format json < answers.csv | jq .mistake
      diffcalc check --answers answers.csv --encoding cp949 > marks.csv
    """
    if answers is not None:
        if words:
            raise click.UsageError(f"either --answers or {words[0]!r}, not both")
        return _check_answers(answers, encoding, style or _DEFAULTS["answers"], wrt, timeout)
    if given("encoding"):
        raise click.UsageError("--encoding goes with --answers")
    if len(words) != 2:
        refuse_options(click.get_current_context(), words)
        raise click.UsageError("an expression and a claim are needed: check EXPR CLAIM")
    return _check_one(words[0], words[1], wrt, style or _DEFAULTS["marks"], timeout)


def _check_one(expression: str, claim: str, wrt: str, style: str, timeout: float) -> ExitStatus:
    refuse_format("marks", style)
    names = names_in(wrt)
    with quick_imports():
        from diffcalc.base.deadline import deadline
        from diffcalc.exercises import check
        from diffcalc.exercises.question import read_questions

    write = writer("marks", style)

    library = user_library()
    try:
        with deadline(timeout):
            asked = read_questions(typed(expression), typed(claim), names, library.lookup())
            marks = [check(one.expression, one.claim, one.variable) for one in asked]
            for place, mark in enumerate(marks):
                if place and style == _DEFAULTS["marks"]:
                    click.echo()
                write(mark, sys.stdout)
    finally:
        warn_of_damage(library)
    return status_of(max(mark.grade.severity for mark in marks))


def _check_answers(source: str, encoding: str, style: str, wrt: str, timeout: float) -> ExitStatus:
    refuse_format("answers", style)
    if wrt:
        raise click.UsageError("of answers, a column wrt names the variable")
    with quick_imports():
        from diffcalc.exercises.answers import Answers

    form: type[AnswerWriter] = writer("answers", style)
    library = user_library()
    worst = ExitStatus.OK
    recoded = recoding(sys.stdout.buffer, UTF_8 if form.cells == "escaped" else encoding)

    def write(text: str) -> None:
        sys.stdout.buffer.write(recoded(text.encode(UTF_8, "surrogateescape")))
        sys.stdout.buffer.flush()

    with _opened(source, encoding) as lines:
        delimiter = "\t" if source.lower().endswith(".tsv") else ","
        answers = Answers(_watched(lines, source, form.cells), delimiter, library.lookup())
        written = form(answers.columns, write)
        for answer in answers.marked(timeout):
            worst = max(worst, _write(answer, answers, written))
    warn_of_damage(library)
    return worst


def _write(answer: "Answer", answers: "Answers", written: "AnswerWriter") -> ExitStatus:
    """Writes a row; where that goes wrong, why it has no mark."""
    try:
        written.write(answer)
    except WriteError:
        raise
    except Exception as error:
        answer = answers.unmarked(answer.cells, error)
        written.write(answer)
    if answer.severity is Severity.FAULT:
        click.echo(f"diffcalc: {answer.error}", err=True)
    return status_of(answer.severity)


@contextmanager
def _opened(source: str, encoding: str) -> Iterator[TextIO]:
    """The lines of a file; what is no UTF-8 in them spoils its own row only."""
    try:
        stream = opened(source, encoding)
        with io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as lines:
            yield lines
    except (OSError, ValueError) as error:
        name = "standard input" if source == "-" else source
        reason = getattr(error, "strerror", None) or error
        raise DiffcalcError(f"cannot read {name}: {reason}") from None


def _watched(lines: Iterable[str], source: str, cells: "Cells") -> Iterator[str]:
    """The lines; at the first that is no UTF-8, what becomes of it is said."""
    said = False
    for line in lines:
        if not said and foreign(line):
            said = True
            say_not_utf8(label(source), cells)
        yield line
