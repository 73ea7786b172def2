"""From the words of the command line to expressions at a point, one or a line of input each.

Everything beyond click is imported where it is needed, so that `--help` is instant.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from diffcalc.errors import DiffcalcError, ExitStatus, printable

# Between the assignments of a file: space, but not that within a value, as in A=[[1, 2], [3, 4]].
_NEXT_ASSIGNMENT = re.compile(r"\s+(?=[^\W\d]\w*\s*=(?!=))")

if TYPE_CHECKING:
    from diffcalc.expression import Expression
    from diffcalc.library import Library
    from diffcalc.point import Values


def user_library() -> "Library":
    """The named functions of whoever runs this."""
    from pathlib import Path

    from diffcalc.library import Library

    return Library(Path(click.get_app_dir("diffcalc")))


def warn_of_damage(library: "Library") -> None:
    """Says on standard error that the file of functions cannot be read."""
    if library.damaged is not None:
        click.echo(f"diffcalc: warning: {printable(library.damaged)}", err=True)


def names_in(wrt: str) -> list[str]:
    """The names in `x, y`, each once and as the reader has it."""
    from diffcalc.tokens import spelled

    return list(dict.fromkeys(spelled(name.strip()) for name in wrt.split(",") if name.strip()))


def typed(word: str) -> str:
    """What a word says: itself, or as `@FILE` the text of that file, its lines in one."""
    if not word.startswith("@"):
        return word
    from diffcalc.files import read_text

    return " ".join(read_text(word[1:]).split("\n")).strip()


def assigned(words: Iterable[str]) -> Iterator[str]:
    """The assignments `name=value` among these words, each `@FILE` standing for those in it."""
    for word in words:
        yield from _NEXT_ASSIGNMENT.split(typed(word)) if word.startswith("@") else [word]


def gradient_in(text: str | None) -> "Values | None":
    """The external gradient that was given, None where none was."""
    from diffcalc.point import read_values

    return None if text is None else read_values(text)


def each(
    words: Sequence[str],
    at: Sequence[str],
    wrt: str,
    timeout: float,
    work: "Callable[[Any, dict[str, Values]], ExitStatus]",
    read_as: "Callable[[str, Callable[[str], Expression]], Any] | None" = None,
    text: str | None = None,
) -> ExitStatus:
    """Does `work` on the expression, or on every line of standard input; the worst exit status.

    `read_as` reads a line as something else: several expressions, or one in intermediate variables.
    `text` is the expression where it is not one of the words: an equation may look like a value.
    `@FILE` stands for what is in the file: an expression, and in `at` assignments.
    """
    from diffcalc.deadline import deadline
    from diffcalc.point import is_assignment, read_point
    from diffcalc.reader import read

    assignments = [*assigned(at), *filter(is_assignment, words)]
    texts = [*([] if text is None else [text]), *(w for w in words if not is_assignment(w))]
    if not texts and len(assignments) == 1:
        # `diffcalc grad "y = x^2"`: the reader says what is wrong with that.
        texts, assignments = assignments, []
    if len(texts) != 1:
        problem = "no expression" if not texts else f"one expression only, not also {texts[1]!r}"
        raise click.UsageError(problem)
    point = read_point(assignments)
    library = user_library()
    reading = partial(read, declared={*point, *names_in(wrt)}, lookup=library.lookup())

    def one(line: str, known: bool = True) -> ExitStatus:
        with deadline(timeout):
            found = reading(line) if read_as is None else read_as(line, reading)
            expressions = found if isinstance(found, list) else [found]
            variables = {name for expression in expressions for name in expression.variables}
            mine = {n: v for n, v in point.items() if n in variables or not known}
            return work(found, mine)

    try:
        if texts[0] == "-":
            return _lines(_standard_input(), one)
        return one(typed(texts[0]), known=False)
    finally:
        warn_of_damage(library)


def _standard_input() -> Iterator[str]:
    if sys.stdin is None:
        return
    for number, line in enumerate(sys.stdin.buffer):
        encoding = "utf-8" if number else "utf-8-sig"
        yield line.decode(encoding, errors="surrogateescape").rstrip("\r\n")


def _lines(lines: Iterable[str], one: Callable[[str], ExitStatus]) -> ExitStatus:
    """Each line on its own: a bad one is reported by its number, and the others still run."""
    worst = ExitStatus.OK
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            status = one(line)
        except DiffcalcError as error:
            sys.stdout.flush()
            click.echo(f"diffcalc: line {number}: {error}", err=True)
            status = error.exit_status
        worst = max(worst, status)
    return worst
