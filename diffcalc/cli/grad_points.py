"""`grad --points`: an expression at every row of a table."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from diffcalc.base.encoded import UTF_8, foreign, recoding
from diffcalc.base.errors import printable
from diffcalc.base.files import replacing
from diffcalc.base.severity import Severity
from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import refuse_format
from diffcalc.cli.shared import given, quick_imports, say, say_not_utf8
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.render.formats import ENDINGS, choices, either, writer

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain
    from diffcalc.comparison.many_points import Piece
    from diffcalc.language.point import Values
    from diffcalc.render.points import PointsFormat
    from diffcalc.tables.opening import Written
    from diffcalc.tables.source import Points

# So many bad rows are told one by one, and so many of them that have the same fault.
_TOLD, _TOLD_ALIKE = 20, 5


@dataclass(frozen=True)
class PointsOptions:
    """What was asked for beside the expression."""

    given: str
    written: "Written"
    output: str | None
    style: str
    keep: bool
    compared: bool
    strict: bool
    timeout: float

    @property
    def format(self) -> str:
        """The format of the output: as asked, or as the file's name ends."""
        ending = Path(self.output or "").suffix.lower()
        if ending == ".json":
            raise click.UsageError(
                f"--output {self.output}: an object a line is no JSON file: end it in .jsonl"
            )
        found = ENDINGS.get(ending)
        if self.style:
            refuse_format("points", self.style)
            if found is not None and found != self.style:
                raise click.UsageError(f"{self.output} is no {self.style} file")
            found = self.style
        if self.output is not None and found is None:
            raise click.UsageError(
                f"--output {self.output}: end it in {either(ENDINGS)}, or give --format"
            )
        if self.given.lower().endswith(".npy"):
            for name in given("encoding", "delimiter", "decimal"):
                raise click.UsageError(
                    f"a .npy file says itself how it is written: leave out --{name}"
                )
        return found or choices("points")[0]


def differentiate_points(
    words: Sequence[str], at: Sequence[str], wrt: str, lets: Sequence[str], options: PointsOptions
) -> ExitStatus:
    """Writes the value and the gradient of an expression at every row of a table."""
    style = options.format
    if "-" in words:
        raise click.UsageError("a table takes one expression, not - for many")
    with quick_imports():
        from diffcalc.base.processes import in_order
        from diffcalc.comparison.many_points import Batch, Work, check_columns
        from diffcalc.language.expression import Expression
        from diffcalc.tables.source import TextTable, points_in

    form: type[PointsFormat] = writer("points", style)
    if form.numbers_only and (options.keep or options.compared):
        raise click.UsageError(
            f"a .{style} file has room for numbers only, not --keep or --methods"
        )
    points = points_in(options.given, options.written, few=options.compared)
    say(points.note)
    if foreign("".join(points.header)):
        say_not_utf8(points.label, form.cells if options.keep else "left out", options.output)
    names, read_as = _with_lets(lets)
    declared = [*points.columns, *names_in(wrt), *names]

    def work(found: "Expression | Chain", fixed: "dict[str, Values]") -> ExitStatus:
        expression = found if isinstance(found, Expression) else found.whole
        points.of([name for name in expression.variables if name not in fixed])
        names = names_in(wrt) or list(expression.variables)
        check_columns(expression, points.label, points.columns, fixed, names)
        columns = [name for name in points.columns if name in expression.variables]
        typed = isinstance(points, TextTable)
        batch = Batch(expression, columns, fixed, names, options.timeout, typed)
        layout = form.of(expression.variables, names, points.header if options.keep else ())
        for name in layout.taken(options.compared):
            raise click.UsageError(f"{points.label} has a column {name}, which is written too")
        text = typed or not form.numbers_only
        job = Work(points, batch, layout, options.compared, options.strict, 1 if text else None)
        # Each row of a stream is answered before the next one comes.
        processes = 1 if points.size is None else None
        chunks = points.chunks()
        pieces = in_order(job, chunks, processes) if text else map(job, chunks)
        return _write(points, layout, pieces, options)

    return each(words, at, ",".join(declared), options.timeout, work, read_as, keeps_time=True)


def _with_lets(lets: Sequence[str]) -> tuple[list[str], Any]:
    """The names of intermediate variables, and what reads an expression in them."""
    if not lets:
        return [], None
    from diffcalc.comparison.chain_rule import let_name, read_chain

    return list(map(let_name, lets)), partial(read_chain, lets=lets)


def _write(
    points: "Points", layout: "PointsFormat", pieces: "Iterator[Piece]", options: PointsOptions
) -> ExitStatus:
    """The pieces, as they come; what is wrong with rows goes to standard error."""
    from diffcalc.render.progress import Bar
    from diffcalc.render.reasons import fault_sentence

    count, bad, worst = 0, 0, Severity.FINE
    told: Counter[str] = Counter()
    said = foreign("".join(points.header))
    output = options.output
    target = replacing(Path(output)) if output else nullcontext(sys.stdout.buffer)
    with target as stream, Bar(points.size, points.label) as bar:
        recoded = _recoding(stream, layout, options.written.encoding)
        stream.write(recoded(layout.begin(options.compared)))
        for piece in pieces:
            stream.write(recoded(piece.text))
            if output is None:
                stream.flush()
            if piece.foreign and not said:
                said = True
                say_not_utf8(points.label, layout.cells, output)
            for line, mark in piece.bad:
                reason = fault_sentence(mark)
                if told.total() < _TOLD and told[reason] < _TOLD_ALIKE:
                    told[reason] += 1
                    where = f"{points.label}, {points.unit} {line}"
                    click.echo(f"diffcalc: {printable(f'{where}: {reason}')}", err=True)
            count, bad = count + piece.rows, bad + len(piece.bad)
            worst = max(worst, piece.severity)
            bar.advance(piece.done, f"{count:,} rows")
        layout.finish(stream, count)
    if bad > told.total():
        click.echo(f"diffcalc: … and {bad - told.total():,} more of {count:,} rows", err=True)
    return status_of(worst)


def _recoding(stream: IO[bytes], layout: "PointsFormat", encoding: str) -> Callable[[bytes], bytes]:
    """From the UTF-8 of the pieces to what is written; an array is no text."""
    if layout.numbers_only:
        return lambda array: array
    return recoding(stream, UTF_8 if layout.cells == "escaped" else encoding)
