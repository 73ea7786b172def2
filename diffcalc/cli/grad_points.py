"""`grad --points`: an expression at every row of a table."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diffcalc.base.encoded import foreign
from diffcalc.base.errors import printable
from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import refuse_format
from diffcalc.cli.shared import given, quick_imports, say, say_not_utf8
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.render.formats import ENDINGS, choices, either, ending_of, writer

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain
    from diffcalc.comparison.many_points import Piece
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Point, Values
    from diffcalc.render.point_files import PointsJob
    from diffcalc.render.points import PointsFormat
    from diffcalc.tables.opening import Written
    from diffcalc.tables.parts import Parts
    from diffcalc.tables.source import Points


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
    cluster: str | None = None

    @property
    def folder(self) -> bool:
        """Whether each table is to be written into a file of its own."""
        output = self.output or ""
        return output.endswith(("/", os.sep)) or os.path.isdir(output)

    def format(self, files: Sequence[str]) -> str:
        """The format of the output: as asked, or as the file's name ends."""
        ending, _ = ending_of(files[0] if self.folder else self.output or "")
        if Path(self.output or "").suffix.lower() == ".json":
            raise click.UsageError(
                f"--output {self.output}: an object a line is no JSON file: end it in .jsonl"
            )
        found = ENDINGS.get(ending)
        if self.style:
            refuse_format("points", self.style)
            if not self.folder and found is not None and found != self.style:
                raise click.UsageError(f"{self.output} is no {self.style} file")
            found = self.style
        if self.output is not None and found is None and not self.folder:
            many = ", or in / for a folder" if len(files) > 1 else ""
            raise click.UsageError(
                f"--output {self.output}: end it in {either(ENDINGS)}{many}, or give --format"
            )
        if self.given.lower().endswith(".npy"):
            for name in given("encoding", "delimiter", "decimal"):
                raise click.UsageError(
                    f"a .npy file says itself how it is written: leave out --{name}"
                )
        return found or choices("points")[0]

    def check(self, words: Sequence[str]) -> None:
        """Raises `click.UsageError` where the table, the output and these words do not fit."""
        if "-" in words:
            raise click.UsageError("a table takes one expression, not - for many")
        if self.folder and self.given == "-":
            raise click.UsageError("what comes through a pipe has no name: -o FILE, not a folder")
        if self.cluster == "":
            raise click.UsageError("--cluster needs the address of a scheduler: tcp://host:8786")
        if self.cluster and not self.folder:
            raise click.UsageError("--cluster writes a file for each table: -o FOLDER/")

    def checked_form(self, style: str) -> "type[PointsFormat]":
        """What writes the format. Raises `click.UsageError` where it has no room for all."""
        form: type[PointsFormat] = writer("points", style)
        if form.room and self.output is None and sys.stdout.isatty():
            raise click.UsageError(f"{style} is no text for a terminal: -o FILE")
        asked = {"--keep": self.keep, "--methods": self.compared}
        if any(asked[option] for option in form.lacks):
            lacks = " or ".join(form.lacks)
            raise click.UsageError(f"a .{style} file has room for {form.room} only, not {lacks}")
        return form

    def job(
        self, expression: "Expression", fixed: "Point", wrt: Sequence[str], style: str
    ) -> "PointsJob":
        """The same of an expression, for any process that has the tables."""
        from diffcalc.render.point_files import PointsJob

        asked = (self.keep, self.compared, self.strict, self.timeout)
        return PointsJob(expression, fixed, wrt, self.written, style, *asked)


def differentiate_points(
    words: Sequence[str], at: Sequence[str], wrt: str, lets: Sequence[str], options: PointsOptions
) -> ExitStatus:
    """Writes the value and the gradient of an expression at every row of a table."""
    options.check(words)
    with quick_imports():
        from diffcalc.cli.points_folder import write_folder
        from diffcalc.language.expression import Expression
        from diffcalc.render.point_folder import partitions
        from diffcalc.tables.parts import base_of, files_of, tables_in

    files = files_of(options.given, ENDINGS)
    style = options.format(files)
    form = options.checked_form(style)
    opened = partial(tables_in, options.given, files, options.written, options.compared)
    with closing(opened()) as points:
        say(points.note)
        names, read_as = _with_lets(lets)
        declared = [*points.columns, *names_in(wrt), *names]

        def work(found: "Expression | Chain", fixed: "dict[str, Values]") -> ExitStatus:
            expression = found if isinstance(found, Expression) else found.whole
            job = options.job(expression, fixed, names_in(wrt), style)
            if options.folder:
                parts = partitions(files, base_of(options.given), options.output or "", style)
                return write_folder(job, parts, options.given, options.cluster)
            again = None if points.size is None else opened
            return _write(points, job, again, form, options.output)

        return each(words, at, ",".join(declared), options.timeout, work, read_as, keeps_time=True)


def _with_lets(lets: Sequence[str]) -> tuple[list[str], Any]:
    """The names of intermediate variables, and what reads an expression in them."""
    if not lets:
        return [], None
    from diffcalc.comparison.chain_rule import let_name, read_chain

    return list(map(let_name, lets)), partial(read_chain, lets=lets)


def _write(
    points: "Points | Parts",
    job: "PointsJob",
    again: "Callable[[], Points | Parts] | None",
    form: "type[PointsFormat]",
    output: str | None,
) -> ExitStatus:
    """What comes of a table; what is wrong with rows goes to standard error."""
    from diffcalc.render.point_files import Outcome, target_of
    from diffcalc.render.progress import Bar

    outcome, said = Outcome(), set[str]()
    known = foreign("".join(points.header))
    if known:
        say_not_utf8(points.label, form.cells if job.keep else "left out", output)

    def watch(piece: "Piece") -> None:
        if output is None:
            sys.stdout.buffer.flush()
        if piece.foreign and not (known or outcome.foreign):
            say_not_utf8(points.label, form.cells, output)
        for line in outcome.add(piece):
            if line not in said:
                click.echo(f"diffcalc: {printable(line)}", err=True)
                said.add(line)
        bar.advance(piece.done, f"{outcome.rows:,} rows")

    def reopened() -> "Points | Parts":
        nonlocal outcome
        outcome = Outcome()
        return again() if again else points

    target = target_of(Path(output)) if output else lambda: nullcontext(sys.stdout.buffer)
    with Bar(points.size, points.label) as bar:
        job.run(points, target, watch, again and reopened)
    say(outcome.rest)
    return status_of(outcome.severity)
