"""An expression differentiated at every row of a table: read, worked on and written, row by row.

What is done with one table is a `PointsJob`, which another process or machine can be given.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.files import packing, replacing
from diffcalc.base.processes import in_order
from diffcalc.base.severity import Severity
from diffcalc.comparison.many_points import Batch, Piece, Work, check_columns
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point
from diffcalc.render.formats import ending_of, writer
from diffcalc.render.reasons import fault_sentence
from diffcalc.tables.kept import MisfitError
from diffcalc.tables.opening import Written
from diffcalc.tables.source import points_in

if TYPE_CHECKING:
    from diffcalc.render.points import PointsFormat

# So many bad rows are told one by one, and so many of them that have the same fault.
_TOLD, _TOLD_ALIKE = 20, 5
Target = Callable[[], AbstractContextManager[IO[bytes]]]
"""Opens what is written to."""
Watch = Callable[[Piece], None]
"""Is shown each piece that was written."""


@dataclass
class Outcome:
    """What came of a table: how many rows, how many are bad, and the faults that are told."""

    rows: int = 0
    bad: int = 0
    severity: Severity = Severity.FINE
    told: list[tuple[str, str]] = field(default_factory=list)
    foreign: bool = False

    def add(self, piece: Piece) -> Iterator[str]:
        """Takes a piece in; gives what of its faults is to be told."""
        faults = ((where, fault_sentence(mark)) for where, mark in piece.bad)
        self.foreign |= piece.foreign
        return self._take(piece.rows, len(piece.bad), piece.severity, faults)

    def join(self, other: "Outcome") -> Iterator[str]:
        """Takes in what came of another table."""
        self.foreign |= other.foreign
        return self._take(other.rows, other.bad, other.severity, other.told)

    def _take(
        self, rows: int, bad: int, severity: Severity, faults: Iterable[tuple[str, str]]
    ) -> Iterator[str]:
        self.rows, self.bad = self.rows + rows, self.bad + bad
        self.severity = max(self.severity, severity)
        alike = Counter(reason for _, reason in self.told)
        for where, reason in faults:
            if len(self.told) == _TOLD:
                break
            if alike[reason] < _TOLD_ALIKE:
                alike[reason] += 1
                self.told.append((where, reason))
                yield f"{where}: {reason}"

    @property
    def rest(self) -> str:
        """What is said at last of the faults that are not told."""
        more = self.bad - len(self.told)
        return f"… and {more:,} more of {self.rows:,} rows" if more else ""


def target_of(path: Path) -> Target:
    """The file, which is replaced when all is written, and packed where its name says so."""

    @contextmanager
    def target() -> Iterator[IO[bytes]]:
        with replacing(path) as file, packing(file, ending_of(path.name)[1]) as stream:
            yield stream

    return target


@dataclass(frozen=True)
class PointsJob:
    """What is asked of tables; without `wrt`, the derivatives are those in all variables."""

    expression: Expression
    fixed: Point
    wrt: Sequence[str]
    written: Written
    style: str
    keep: bool
    compared: bool
    strict: bool
    timeout: float

    def prepared(self, points: Any, alone: bool = False) -> tuple[Work, "PointsFormat"]:
        """What is done with each chunk. Raises `DiffcalcError` where the table does not fit.

        Where it is done `alone`, there is no other process or thread for it.
        """
        expression, fixed = self.expression, self.fixed
        points.of([name for name in expression.variables if name not in fixed], self.keep)
        names = list(self.wrt or expression.variables)
        check_columns(expression, points.label, points.columns, fixed, names)
        columns = [name for name in points.columns if name in expression.variables]
        batch = Batch(expression, columns, fixed, names, self.timeout, points.typed)
        form: type[PointsFormat] = writer("points", self.style)
        layout = form.of(expression.variables, names, points.header if self.keep else ())
        for name in layout.taken(self.compared):
            raise DiffcalcError(f"{points.label} has a column {name}, which is written too")
        threads = 1 if alone or points.typed or not form.room else None
        layout = layout.typed(points)
        return Work(points, batch, layout, self.compared, self.strict, threads), layout

    def run(
        self,
        points: Any,
        target: Target,
        watch: Watch,
        reopened: Callable[[], Any] | None = None,
        alone: bool = False,
    ) -> None:
        """Writes what comes of the table, if need be of the table opened once more."""
        work, layout = self.prepared(points, alone)
        while True:
            try:
                return self._written(work, layout, target, watch, alone)
            except MisfitError as error:
                if reopened is None:
                    what = f"{points.label}: {error.message}"
                    raise DiffcalcError(what, hint=error.hint) from None
                layout = layout.widened(error.place)
                work = replace(work, points=reopened(), format=layout)
                work.points.of(work.batch.columns, self.keep)

    def _written(
        self, work: Work, layout: "PointsFormat", target: Target, watch: Watch, alone: bool
    ) -> None:
        points = work.points
        chunks = points.chunks()
        # Each row of a stream is answered before the next one comes.
        processes = 1 if alone or points.size is None else None
        text = work.threads == 1
        pieces = in_order(work, chunks, processes) if text else map(work, chunks)
        with (
            target() as stream,
            layout.writing(stream, self.compared, self.written.encoding) as write,
        ):
            for piece in pieces:
                write(piece.content)
                watch(piece)

    def into_file(self, given: str, path: Path, watch: Watch, alone: bool = False) -> Outcome:
        """Writes a file of what comes of another one."""
        outcome = Outcome()

        def added(piece: Piece) -> None:
            list(outcome.add(piece))
            watch(piece)

        def opened() -> Any:
            nonlocal outcome
            outcome = Outcome()
            return points_in(given, self.written, few=self.compared)

        with closing(opened()) as points:
            self.run(points, target_of(path), added, opened, alone)
        return outcome
