"""What came of many points as columns with types: Parquet and Arrow files, written by pyarrow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

from diffcalc.base.encoded import pyarrow_for
from diffcalc.render.kept import Cells
from diffcalc.render.points import CsvPoints
from diffcalc.tables.kept import Kept, Schema, widened
from diffcalc.tables.parse import Lines

if TYPE_CHECKING:
    from diffcalc.comparison.many_points import Gradients
    from diffcalc.tables.source import Points

# Rows that are packed together: fewer are packed worse, and more are held in memory for longer.
_TOGETHER = 1 << 18


@dataclass(frozen=True)
class ParquetPoints(CsvPoints):
    """A Parquet file: what is kept in the types it had, and our numbers as float64."""

    schema: Schema = None
    """The types of what is kept."""

    cells: ClassVar[Cells] = "escaped"
    room = "numbers and the table's columns"
    lacks = ("--methods",)

    def typed(self, points: "Points") -> Self:
        pyarrow = pyarrow_for("to write Parquet or Arrow")
        fields = points.fields() if self.kept else ()
        named = [f.with_name(name) for f, name in zip(fields, self.kept, strict=True)]
        return replace(self, schema=pyarrow.schema(named))

    def widened(self, place: int) -> Self:
        return replace(self, schema=widened(self.schema, place))

    def gradients(self, lines: Lines, kept: Kept | None, found: "Gradients") -> Any:
        import pyarrow

        first = kept.arrays(self.schema) if kept else []
        ours = [pyarrow.array(column) for column in found.numbers.T.copy()]
        return pyarrow.record_batch([*first, *ours], schema=self._all())

    def _all(self) -> Schema:
        import pyarrow

        ours = [pyarrow.field(name, pyarrow.float64()) for name in self.names(False)]
        return pyarrow.schema([*self.schema, *ours])

    @contextmanager
    def writing(
        self, stream: IO[bytes], compared: bool, encoding: str
    ) -> Iterator[Callable[[Any], object]]:
        import pyarrow

        with self._writer(pyarrow.PythonFile(stream, "w")) as write:
            yield write

    @contextmanager
    def _writer(self, sink: Any) -> Iterator[Callable[[Any], object]]:
        from pyarrow import parquet

        with parquet.ParquetWriter(sink, self._all()) as writer:
            yield lambda batch: writer.write_batch(batch, _TOGETHER)


@dataclass(frozen=True)
class ArrowPoints(ParquetPoints):
    """The same as an Arrow file, which is also what Feather is."""

    @contextmanager
    def _writer(self, sink: Any) -> Iterator[Callable[[Any], object]]:
        from pyarrow import ipc

        with ipc.new_file(sink, self._all()) as writer:
            yield writer.write_batch
