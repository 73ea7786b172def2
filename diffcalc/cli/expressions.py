"""From the words of the command line to expressions at a point, one or a line of input each.

Everything beyond click is imported where it is needed, so that `--help` is instant.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from diffcalc.base.errors import DiffcalcError, PointError, WriteError, printable
from diffcalc.base.streams import report
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.unknown import no_such_option, refuse_options, resembles_an_option
from diffcalc.cli.words import LETS, DerivativeCommand, named_as_options

# Between the assignments of a file: space, but not that within a value, as in A=[[1, 2], [3, 4]].
_NEXT_ASSIGNMENT = re.compile(r"\s+(?=[^\W\d]\w*\s*=(?!=))")

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.library import Library
    from diffcalc.language.point import Values
    from diffcalc.language.refusals import Lookup


def user_library() -> "Library":
    """The named functions of whoever runs this."""
    from pathlib import Path

    from diffcalc.language.library import Library

    return Library(Path(click.get_app_dir("diffcalc")))


def warn_of_damage(library: "Library") -> None:
    """Says on standard error that the file of functions cannot be read."""
    if library.damaged is not None:
        click.echo(f"diffcalc: warning: {printable(library.damaged)}", err=True)


def names_in(wrt: str) -> list[str]:
    """The names in `x, y`, each once and as the reader has it; `PointError` for what is none."""
    names = _parted_names(wrt)
    for name in names:
        if not name.isidentifier():
            raise PointError(f"`{name}` is not a name", hint="names have commas between, as in x,y")
    return names


def _parted_names(names: str) -> list[str]:
    """The same of what may be called anything, as columns."""
    from diffcalc.language.tokens import spelled

    return list(dict.fromkeys(spelled(name.strip()) for name in names.split(",") if name.strip()))


def typed(word: str) -> str:
    """What a word says: itself, or as `@FILE` the text of that file, its lines in one."""
    if not word.startswith("@"):
        return word
    from diffcalc.base.files import read_text

    return " ".join(read_text(word[1:]).split("\n")).strip()


def assigned(words: Iterable[str]) -> Iterator[str]:
    """The assignments `name=value` among these words, each `@FILE` standing for those in it."""
    for word in words:
        yield from _NEXT_ASSIGNMENT.split(typed(word)) if word.startswith("@") else [word]


def with_lets(lookup: "Lookup", declared: Collection[str]) -> "Lookup":
    """The functions that `lookup` finds, and the parts of an expression that --let names."""
    lets = click.get_current_context().meta.get(LETS)
    if not lets:
        return lookup
    from diffcalc.comparison.chain_rule import let_name, read_chain
    from diffcalc.language.grammar import read
    from diffcalc.language.refusals import Parts

    names = list(map(let_name, lets))
    reading = partial(read, declared={*declared, *names}, lookup=lookup)
    found = {
        name: read_chain(name, reading, lets=lets[: place + 1]).whole
        for place, name in enumerate(names)
    }
    return Parts(found, lookup)


def gradient_in(text: str | None) -> "Values | None":
    """The external gradient that was given, None where none was."""
    from diffcalc.language.point import read_values

    return None if text is None else read_values(text)


def each(
    words: Sequence[str],
    at: Sequence[str],
    wrt: str,
    timeout: float,
    work: "Callable[[Any, dict[str, Values]], ExitStatus]",
    read_as: "Callable[[str, Callable[[str], Expression]], Any] | None" = None,
    text: str | None = None,
    keeps_time: bool = False,
    any_function: bool = False,
) -> ExitStatus:
    """Does `work` on the expression, or on every line of standard input; the worst exit status.

    `read_as` reads a line as something else: several expressions, or one in intermediate variables.
    `text` is the expression where it is not one of the words: an equation may look like a value.
    `@FILE` stands for what is in the file: an expression, and in `at` assignments. Where `work`
    `keeps_time` itself, as with many answers, `timeout` is for what is read before it. With
    `any_function`, a letter that is called stands for one, and for the lecture's f only alone.
    """
    from diffcalc.language.grammar import read
    from diffcalc.language.point import assigned_name

    text, assignments = _parted(words, at, text)
    context = click.get_current_context()
    names, free = list(map(assigned_name, assignments)), _parted_names(wrt)
    library = user_library()
    declared = {*names, *free}
    lookup = with_lets(library.lookup(), declared)
    reading = partial(read, declared=declared, lookup=lookup, derive=_derivative_value)
    if any_function:
        reading = partial(reading, is_any=partial(_stands_for_any, library, lookup))

    def found(line: str) -> Any:
        one = reading(line) if read_as is None else read_as(line, reading)
        # `grad 5 --x 1`: a constant is a function of what is given.
        return one.of(names) if isinstance(context.command, DerivativeCommand) else one

    task = _Task(assignments, names, free, found, timeout, keeps_time, work)
    try:
        return task.streamed() if text == "-" else task.alone(typed(text))
    finally:
        warn_of_damage(library)


def _stands_for_any(library: "Library", lookup: "Lookup", name: str) -> bool:
    """Whether a letter is no function that is known, but for the lecture's f."""
    return name not in library.own() and (name == "f" or lookup(name) is None)


def _parted(words: Sequence[str], at: Sequence[str], text: str | None) -> tuple[str, list[str]]:
    """The expression's text and the assignments. Raises `click.UsageError` unless there is one."""
    from diffcalc.language.point import is_assignment

    assignments = [*assigned(at), *filter(is_assignment, words)]
    texts = [*([] if text is None else [text]), *(w for w in words if not is_assignment(w))]
    context = click.get_current_context()
    if not texts and len(assignments) == 1 and not named_as_options(context):
        # `diffcalc grad "y = x^2"`: the reader says what is wrong with that.
        return assignments[0], []
    if len(texts) != 1:
        refuse_options(context, texts)
        if not texts:
            _refuse_misspelt(alone=True)
        if not texts:
            raise click.UsageError("no expression")
        named = "; a value has a name, as in x=3" if texts[1][:1].isdigit() else ""
        raise click.UsageError(f"one expression only, not also {texts[1]!r}{named}")
    return texts[0], assignments


def _derivative_value(expression: "Expression", variable: str, order: int) -> "Expression":
    # Few formulas have a derivative in them, and the rules need SymPy.
    from diffcalc.comparison.derivative_value import derivative_value

    return derivative_value(expression, variable, order)


@dataclass(frozen=True)
class _Task:
    """What is done with each text: it is read, and worked on at the point that was given.

    `names` are those of the assignments; the `free` ones among them need not be variables.
    """

    assignments: Sequence[str]
    names: Sequence[str]
    free: Sequence[str]
    read: Callable[[str], Any]
    timeout: float
    keeps_time: bool
    work: "Callable[[Any, dict[str, Values]], ExitStatus]"

    def alone(self, text: str) -> ExitStatus:
        """Works on the only text."""
        from diffcalc.language.point import read_point

        with self._deadline() as limited:
            found = self.read(text)
            self._check_names(_variables(found), found)
            point = read_point(self.assignments)
            if self.keeps_time:
                limited.close()
            return self.work(found, point)

    @contextmanager
    def _deadline(self) -> Iterator[ExitStack]:
        """The deadline of one answer; closed, it is over."""
        from diffcalc.base.deadline import deadline

        with ExitStack() as limited:
            limited.enter_context(deadline(self.timeout))
            yield limited

    def streamed(self) -> ExitStatus:
        """Works on every line of standard input, each at those of the values that it uses."""
        from diffcalc.language.point import read_point

        try:
            with self._deadline():
                point = read_point(self.assignments)
        except DiffcalcError:
            _refuse_misspelt()
            raise
        met: dict[str, None] = {}
        unread = 0

        def one(line: str) -> ExitStatus:
            nonlocal unread
            unread += 1
            with self._deadline() as limited:
                found = self.read(line)
                unread -= 1
                variables = dict.fromkeys(_variables(found))
                met.update(variables)
                if self.keeps_time:
                    limited.close()
                return self.work(found, {n: v for n, v in point.items() if n in variables})

        worst = _lines(_standard_input(), one)
        # A line that could not be read may have had any variable.
        if met and not unread:
            sys.stdout.flush()
            self._check_names(list(met), "the lines read")
        return worst

    def _check_names(self, variables: Sequence[str], found: Any) -> None:
        """Raises an error where a value was given to none of the variables of what was found."""
        from diffcalc.language.point import check_names
        from diffcalc.language.tokens import spelled

        shown = f"[{', '.join(map(str, found))}]" if isinstance(found, list) else found
        context = click.get_current_context()
        for name in named_as_options(context):
            if spelled(name) not in variables:
                raise no_such_option(context, f"--{name}", variables, shown)
        check_names([name for name in self.names if name not in self.free], variables, shown)


def _variables(found: Any) -> list[str]:
    """The variables of an expression, or of several."""
    expressions = found if isinstance(found, list) else [found]
    return list(dict.fromkeys(name for one in expressions for name in one.variables))


def _refuse_misspelt(*, alone: bool = False) -> None:
    """Raises `click.UsageError` for a value that is rather an option's, as in `--ordr all`.

    Where it stands `alone`, without an expression, so is one that is no value: `--foo x^2`.
    """
    from diffcalc.language.point import read_point

    context = click.get_current_context()
    for name, word in named_as_options(context).items():
        meant = resembles_an_option(context, f"--{name}")
        if alone and not meant:
            try:
                read_point([word])
            except DiffcalcError:
                meant = True
        if meant:
            raise no_such_option(context, f"--{name}")


def _standard_input() -> Iterator[str]:
    from diffcalc.base.files import MOST_BYTES

    lines = iter(lambda: sys.stdin.buffer.readline(MOST_BYTES + 1), b"")
    try:
        for number, line in enumerate(lines):
            if len(line) > MOST_BYTES:
                raise OSError(None, f"a line is longer than {MOST_BYTES:,} bytes")
            encoding = "utf-8" if number else "utf-8-sig"
            yield line.decode(encoding, errors="surrogateescape").rstrip("\r\n")
    except OSError as error:
        raise DiffcalcError(f"cannot read standard input: {error.strerror or error}") from None


def _lines(lines: Iterable[str], one: Callable[[str], ExitStatus]) -> ExitStatus:
    """Each line on its own: a bad one is reported by its number, and the others still run.

    So they do where something goes wrong in diffcalc itself.
    """
    worst = ExitStatus.OK
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            status = one(line)
        except (WriteError, click.ClickException):
            raise
        except Exception as error:
            sys.stdout.flush()
            status = status_of(report(error, f"line {number}: "))
        worst = max(worst, status)
    return worst
