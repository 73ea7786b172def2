"""What came of many points: comma- or tab-separated rows, JSON Lines, or an array of numpy.

A row says f and its derivatives, or what the three methods found. One that is bad has nan for its
numbers, in JSON null and the reason.
"""

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, ClassVar, Self

import numpy as np

from diffcalc.base.encoded import legible
from diffcalc.base.streams import writing
from diffcalc.language.expression import function_name
from diffcalc.render.kept import Cells, keys
from diffcalc.render.lines import Json, csv_line, json_line
from diffcalc.render.reasons import fault_sentence, sentence
from diffcalc.tables.parse import Lines
from diffcalc.tables.write import rows

if TYPE_CHECKING:
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.many_points import Gradients, PointFault

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
    numbers_only: ClassVar[bool] = False
    """Whether it holds nothing but numbers, and is no text."""

    @classmethod
    def of(cls, variables: Sequence[str], wrt: Sequence[str], kept: Sequence[str]) -> Self:
        """The format of results for a function of these variables."""
        return cls(function_name(variables), wrt, kept)

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

    def gradients(self, lines: Lines, cells: Sequence[Sequence[str]], found: "Gradients") -> bytes:
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

    def finish(self, stream: IO[bytes], count: int) -> None:
        """Puts right, in the file, what could not be known before."""


@dataclass(frozen=True)
class CsvPoints(PointsFormat):
    """A header, then a row for each."""

    cells = "bytes"
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

    def gradients(self, lines: Lines, cells: Sequence[Sequence[str]], found: "Gradients") -> bytes:
        before = [self._line(row) for row in cells] if self.kept else ()
        return rows(found.numbers, self.delimiter, before)

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

    def gradients(self, lines: Lines, cells: Sequence[Sequence[str]], found: "Gradients") -> bytes:
        results = []
        for row, (value, *slopes) in enumerate(found.numbers.tolist()):
            mark = found.marks.get(row)
            gradient = dict(zip(self.wrt, map(_finite, slopes), strict=True))
            why = {"reason": fault_sentence(mark)} if mark else {}
            results.append({"value": _finite(value), "gradient": gradient} | why)
        return self._text(lines, cells, results)

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

    numbers_only = True

    def begin(self, compared: bool) -> bytes:
        return self._header(0)

    def gradients(self, lines: Lines, cells: Sequence[Sequence[str]], found: "Gradients") -> bytes:
        return found.numbers.tobytes()

    def finish(self, stream: IO[bytes], count: int) -> None:
        # numpy leaves room in the header for the number of rows to grow.
        with writing("an array into a pipe"):
            stream.seek(0)
        stream.write(self._header(count))

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
