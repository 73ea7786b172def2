"""What came of many points: comma- or tab-separated rows, JSON Lines, or an array of numpy's.

A row says f and its derivatives, or what the three methods found. One that is bad has nan for its
numbers, in JSON null and the reason.
"""

import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from diffcalc.base.encoded import UTF_8, legible, recoding
from diffcalc.base.streams import writing
from diffcalc.base.types import FloatArray
from diffcalc.language.expression import function_name
from diffcalc.render.kept import Cells, keys
from diffcalc.render.lines import Json, csv_line, json_line
from diffcalc.render.reasons import fault_sentence, sentence
from diffcalc.tables.kept import Kept
from diffcalc.tables.parse import Lines
from diffcalc.tables.write import rows

if TYPE_CHECKING:
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.many_points import Gradients, PointFault
    from diffcalc.tables.source import Points

_SLOPE = re.compile(r"\bd(\w+)/d\w")
_METHODS = ("numerical", "symbolic", "autograd")


@dataclass(frozen=True)
class PointsFormat:
    """How results are written: `value` is what f is called, `wrt` what it is differentiated in.

    `kept` is what the columns of the table that come first are called.
    """

    value: str
    wrt: Sequence[str]
    kept: Sequence[str] = ()

    cells: ClassVar[Cells] = "left out"
    room: ClassVar[str] = ""
    """What it has room for, if it is no text."""
    lacks: ClassVar[Sequence[str]] = ()
    """The options that ask for what it has no room for."""

    @classmethod
    def of(cls, variables: Sequence[str], wrt: Sequence[str], kept: Sequence[str]) -> Self:
        """The format of results for a function of these variables."""
        return cls(function_name(variables), wrt, kept)

    def typed(self, points: "Points") -> Self:
        """The same with the types that the columns of the table have."""
        return self

    def widened(self, place: int) -> Self:
        """The same with a wider type for the column at this place."""
        raise NotImplementedError

    def taken(self, compared: bool) -> list[str]:
        """The names that stand for a column of the table and for one of ours."""
        return []

    @property
    def slopes(self) -> list[str]:
        """What the derivatives are called."""
        return [f"d{self.value}/d{name}" for name in self.wrt]

    def begin(self, compared: bool) -> bytes:
        """What comes before the first row."""
        return b""

    @contextmanager
    def writing(
        self, stream: IO[bytes], compared: bool, encoding: str
    ) -> Iterator[Callable[[Any], object]]:
        """What takes the results, in order, and writes them to the stream."""
        recoded = recoding(stream, UTF_8 if self.cells == "escaped" else encoding)
        stream.write(recoded(self.begin(compared)))
        yield lambda text: stream.write(recoded(text))

    def gradients(self, lines: Lines, kept: Kept | None, found: "Gradients") -> Any:
        """Some rows: their lines in the table, what is kept of it, and the results."""
        raise NotImplementedError

    def comparisons(
        self,
        lines: Lines,
        cells: Sequence[Sequence[str]],
        found: "Iterable[Comparison | PointFault]",
    ) -> bytes:
        """The same by all three methods."""
        raise NotImplementedError


@dataclass(frozen=True)
class CsvPoints(PointsFormat):
    """A header, then a row for each."""

    cells: ClassVar[Cells] = "bytes"
    delimiter: ClassVar[str] = ","

    @classmethod
    def of(cls, variables: Sequence[str], wrt: Sequence[str], kept: Sequence[str]) -> Self:
        # What this has written before may be its input: f and df/dx are then taken.
        names = [cell.strip() for cell in kept]
        slopes = (_SLOPE.search(name) for name in names)
        return super().of([*variables, *names, *(s[1] for s in slopes if s)], wrt, kept)

    def taken(self, compared: bool) -> list[str]:
        names = [cell.strip() for cell in self.kept]
        return [name for name in self.names(compared) if name in names]

    def names(self, compared: bool) -> list[str]:
        """What the columns behind those that are kept are called."""
        if not compared:
            return [self.value, *self.slopes]
        names = [self.value]
        for slope in self.slopes:
            names += [slope, *(f"{method} {slope}" for method in _METHODS), f"verdict {slope}"]
        return [*names, "verdict", "reason"]

    def begin(self, compared: bool) -> bytes:
        return self._line([*self.kept, *self.names(compared)]) + b"\n"

    def gradients(self, lines: Lines, kept: Kept | None, found: "Gradients") -> Any:
        return rows(found.numbers, self.delimiter, kept, self._line)

    def comparisons(
        self,
        lines: Lines,
        cells: Sequence[Sequence[str]],
        found: "Iterable[Comparison | PointFault]",
    ) -> bytes:
        kept = cells if self.kept else [()] * len(lines)
        return b"".join(
            self._line([*before, *self._compared(result)]) + b"\n"
            for before, result in zip(kept, found, strict=True)
        )

    def _compared(self, result: "Comparison | PointFault") -> list[object]:
        if isinstance(result, tuple):
            blank = [math.nan] * 4 + [""]
            return [math.nan, *blank * len(self.slopes), "", fault_sentence(result)]
        row: list[object] = [float(result.value)]
        reasons = []
        if len(result.elements) != len(self.slopes):
            # Very many variables are moved together: there is no derivative in each.
            blank = [math.nan] * 4 + [""]
            row += blank * len(self.slopes)
            return [*row, result.verdict, "; ".join(sentence(e.judgement) for e in result.elements)]
        for element in result.elements:
            numbers = [element.convergence.limit.value, element.symbolic, element.autograd]
            row += [float(element.truth.derivative), *numbers, element.judgement.verdict]
            if element.judgement.verdict != "agree":
                reasons.append(f"{element.name}: {sentence(element.judgement)}")
        return [*row, result.verdict, "; ".join(reasons)]

    def _line(self, cells: Sequence[object]) -> bytes:
        return csv_line(cells, self.delimiter).encode("utf-8", errors="surrogateescape")


@dataclass(frozen=True)
class TsvPoints(CsvPoints):
    """The same between tabs."""

    delimiter = "\t"


@dataclass(frozen=True)
class JsonPoints(PointsFormat):
    """An object for each row, on a line of its own."""

    cells = "escaped"

    @classmethod
    def of(cls, variables: Sequence[str], wrt: Sequence[str], kept: Sequence[str]) -> Self:
        return super().of(variables, wrt, keys(kept))

    def gradients(self, lines: Lines, kept: Kept | None, found: "Gradients") -> Any:
        results = []
        for row, (value, *slopes) in enumerate(found.numbers.tolist()):
            mark = found.marks.get(row)
            gradient = dict(zip(self.wrt, map(_finite, slopes), strict=True))
            why = {"reason": fault_sentence(mark)} if mark else {}
            results.append({"value": _finite(value), "gradient": gradient} | why)
        return self._text(lines, kept.rows() if kept else [], results)

    def comparisons(
        self,
        lines: Lines,
        cells: Sequence[Sequence[str]],
        found: "Iterable[Comparison | PointFault]",
    ) -> bytes:
        return self._text(lines, cells, map(_comparison, found))

    def _text(
        self,
        lines: Lines,
        cells: Sequence[Sequence[str]],
        results: Iterable[Mapping[str, Json]],
    ) -> bytes:
        text = []
        for row, (number, result) in enumerate(zip(lines, results, strict=True)):
            table = map(legible, cells[row]) if self.kept else ()
            kept = {"row": dict(zip(self.kept, table, strict=True))} if self.kept else {}
            content = {"line": int(number)} | kept | dict(result)
            text.append(json_line(content) + "\n")
        return "".join(text).encode()


@dataclass(frozen=True)
class NpyPoints(PointsFormat):
    """An array in numpy's format, with a named field for each number of a row."""

    room = "numbers"
    lacks = ("--keep", "--methods")

    @contextmanager
    def writing(
        self, stream: IO[bytes], compared: bool, encoding: str
    ) -> Iterator[Callable[[Any], object]]:
        count = 0

        def write(rows: FloatArray) -> None:
            nonlocal count
            stream.write(rows.tobytes())
            count += len(rows)

        stream.write(self._header(0))
        yield write
        # numpy leaves room in the header for the number of rows to grow.
        with writing("an array into a pipe"):
            stream.seek(0)
        stream.write(self._header(count))

    def gradients(self, lines: Lines, kept: Kept | None, found: "Gradients") -> Any:
        return found.numbers

    def _header(self, count: int) -> bytes:
        fields = [(name, "<f8") for name in (self.value, *self.slopes)]
        header = {"descr": fields, "fortran_order": False, "shape": (count,)}
        text = io.BytesIO()
        np.lib.format.write_array_header_2_0(text, header)
        return text.getvalue()


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _comparison(result: "Comparison | PointFault") -> Mapping[str, Json]:
    if isinstance(result, tuple):
        return {"value": None, "reason": fault_sentence(result)}
    from diffcalc.render.json import element_fields

    return {
        "value": _finite(float(result.value)),
        "verdict": result.verdict,
        "derivatives": [
            element_fields(element, partial)
            for partial in result.partials
            for element in partial.elements
        ],
    }
