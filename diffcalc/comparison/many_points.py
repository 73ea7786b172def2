"""Values and gradients at many points at once, and which of them are to be believed.

The compiled tape works on all points; beside the derivatives it tells how near each point is to one
where an operation is nonsmooth (see `language/nonsmooth.py`). Where a result is not finite, or an
operation is nonsmooth, numbers alone do not tell whether there is a derivative: these points are
judged one by one, as `compare` judges any point.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from diffcalc.autograd.compiled.program import Tape
from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError, PointError, understood
from diffcalc.base.severity import Severity
from diffcalc.base.types import FloatArray
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression
from diffcalc.language.nonsmooth import margin
from diffcalc.language.point import (
    Point,
    check_given,
    check_names,
    check_once,
    check_single,
    listed,
    values_of,
)
from diffcalc.tables.parse import Lines, Table

if TYPE_CHECKING:
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.verdict import Judgement
    from diffcalc.tables.kept import Kept
    from diffcalc.tables.source import Chunk, Points

# A bound on the round-off error, relative to the number, that is nothing to speak of.
_TRUSTED = 1e-8
# What is multiplied with smaller numbers may underflow, which no bound tells.
_SMALL = 1e-50
# If more points than this share need bounds of their own, one bound for many is in vain.
_FEW = 0.3
_NOT_JUDGED = "not judged: nothing is proved, and the variables are too many to follow each"
_LEAVES = ("variable", "number", "constant")


class PointFault(NamedTuple):
    """What is wrong at a point: how bad it is, and why.

    Where derivatives do not exist, or are no float64, `judgements` has what was found of each, by
    its name with a colon; else the `reason` is a sentence.
    """

    severity: Severity
    reason: str = ""
    judgements: tuple[tuple[str, "Judgement"], ...] = ()


@dataclass(frozen=True)
class Gradients:
    """What came of a table: `numbers` has a row for each of its rows, f and then its derivatives.

    They are nan where there is none, or no number was given; `marks` says why, by the row.
    """

    numbers: FloatArray
    marks: Mapping[int, PointFault]


class _Found(NamedTuple):
    """What the tape found: f and its derivatives at every row, and how far to believe them.

    A row is `plain` where they are right to many digits. It is `smooth` where no operation is
    nonsmooth within round-off: then each is on the side of its nonsmooth place that float64 shows.
    """

    numbers: FloatArray
    plain: NDArray[np.bool_]
    smooth: NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """An expression whose variables are the `columns` of tables, and what is asked of it.

    The other variables have the values in `fixed`; `wrt` are those to differentiate in. If the
    numbers of the tables were `typed`, 0.1 means 1/10. Judging one point may take `timeout`
    seconds. Other processes get it pickled, and make the tape themselves.
    """

    expression: Expression
    columns: Sequence[str]
    fixed: Point
    wrt: Sequence[str]
    timeout: float
    typed: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_tape"}

    @cached_property
    def _tape(self) -> Tape:
        """The tape; its results are f, its derivatives and the margin, if there is one."""
        with deadline(self.timeout):
            near = margin(self.expression, self.expression.variables)
            constants = {n: float(v.floats) for n, v in self.fixed.items() if n not in self.wrt}
            beside = [near] if near else []
            return Tape(self.expression, self.wrt, constants, beside, bounded=True)

    def gradients(self, table: Table, threads: int | None = None) -> Gradients:
        """The value and the derivatives at every row."""
        marks = {
            row: PointFault(Severity.REFUSED, fault.reason) for row, fault in table.bad.items()
        }
        found = self._found_in_time(table, threads, marks)
        numbers = found.numbers
        numbers[list(marks)] = math.nan
        judged: dict[tuple[float, ...], tuple[list[float], PointFault | None]] = {}
        for row in np.flatnonzero(~found.plain).tolist():
            if row in marks:
                continue
            point = tuple(table.numbers[row].tolist())
            try:
                with deadline(self.timeout):
                    mark = self._undefined(table, row, bool(found.smooth[row]))
                    if mark is None and point not in judged:
                        judged[point] = self._judged(table, row)
            except Exception as error:
                mark = unjudged(error)
            if mark is None:
                numbers[row], mark = judged[point]
            else:
                numbers[row] = math.nan
            if mark is not None:
                marks[row] = mark
        return Gradients(numbers, marks)

    def _found_in_time(
        self, table: Table, threads: int | None, marks: dict[int, PointFault]
    ) -> _Found:
        """What the tape finds: of all rows at once, or of each that takes no longer than allowed.

        What takes longer gets a mark. Raises `DeadlineError` where the tape itself does.
        """
        tape = self._tape
        if len(table.numbers) > 1:
            with suppress(DeadlineError), deadline(self.timeout):
                return self._found(tape, _filled(table), threads)
        found = _nothing(len(table.numbers), 1 + len(self.wrt))
        for row in range(len(table.numbers)):
            try:
                with deadline(self.timeout):
                    one = self._found(tape, table.numbers[row : row + 1], threads)
            except DeadlineError as error:
                marks[row] = unjudged(error)
                continue
            for part, value in zip(found, one, strict=True):
                part[row] = value[0]
        return found

    def _found(self, tape: Tape, numbers: FloatArray, threads: int | None) -> _Found:
        count = len(numbers)
        points = {name: numbers[:, place] for place, name in enumerate(self.columns)}
        points |= {n: np.full(count, v.floats) for n, v in self.fixed.items() if n in self.wrt}
        if not points:
            points = {"": np.ones(count)}
        results = 1 + len(self.wrt)
        if not tape.is_screened:
            rows = tape(points, threads)
            return _Found(rows[:results].T, *self._trusted(rows, points))
        values, plain = tape.screened(points, [_TRUSTED] * results, _SMALL, threads)
        found = _Found(values[:results].T, plain, plain.copy())
        doubtful = np.flatnonzero(~plain)
        if doubtful.size:
            there = {name: column[doubtful] for name, column in points.items()}
            plain[doubtful], found.smooth[doubtful] = self._trusted(tape(there, threads), there)
        # The rows to come are mostly like these.
        tape.is_screened = doubtful.size <= _FEW * count
        return found

    def _trusted(
        self, rows: FloatArray, points: Mapping[str, FloatArray]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where results are right to many digits, and where no operation is nonsmooth.

        The `rows` are the results of the tape and then the bounds on their errors.
        """
        values, errors = np.split(rows, 2)
        plain, smooth = np.ones((2, rows.shape[1]), dtype=bool)
        results = 1 + len(self.wrt)
        for value, error in zip(values[:results], errors[:results], strict=True):
            plain &= np.isfinite(value) & (error <= _TRUSTED * np.abs(value))
        for column in points.values():
            plain &= (np.abs(column) > _SMALL) | (column == 0)
        for distance, error in zip(values[results:], errors[results:], strict=True):
            smooth &= distance > error
        return plain & smooth, smooth

    def compared(self, table: Table, row: int) -> "Comparison | PointFault":
        """The three methods and the verdict at one row."""
        from diffcalc.comparison.compare import compare
        from diffcalc.comparison.partial_derivatives import StepSizes

        if row in table.bad:
            return PointFault(Severity.REFUSED, table.bad[row].reason)
        point = self._point(table, row)
        try:
            with deadline(self.timeout):
                steps = StepSizes(count=0)
                return compare(self.expression, point, wrt=self.wrt, steps=steps)
        except Exception as error:
            return unjudged(error)

    def _point(self, table: Table, row: int) -> Point:
        values = (values_of(number, typed=self.typed) for number in table.numbers[row].tolist())
        return {**dict(zip(self.columns, values, strict=True)), **self.fixed}

    def _judged(self, table: Table, row: int) -> tuple[list[float], PointFault | None]:
        """The value and the true derivatives, and what is wrong with those that do not exist."""
        proved = self._proved(table, row)
        if proved is not None:
            return proved
        result = self.compared(table, row)
        nothing = [math.nan] * (1 + len(self.wrt))
        if isinstance(result, PointFault):
            return nothing, result
        if len(result.elements) != len(self.wrt):
            return nothing, PointFault(Severity.UNTRUE, _NOT_JUDGED)
        found = [float(result.value)]
        for element in result.elements:
            good = element.judgement.verdict.severity() is Severity.FINE
            found.append(float(element.truth.derivative) if good else math.nan)
        return found, fault(result)

    def _proved(self, table: Table, row: int) -> tuple[list[float], PointFault | None] | None:
        """The same from proofs alone; None where they do not tell all."""
        from diffcalc.comparison.compare import prove
        from diffcalc.comparison.verdict import worst

        found = prove(self.expression, self._point(table, row), self.wrt)
        if found is None or any(map(math.isinf, found[0])):
            return None
        numbers, judgements = found
        if not judgements:
            return numbers, None
        verdict = worst(judgement.verdict for _, judgement in judgements)
        return numbers, PointFault(verdict.severity(), judgements=tuple(judgements))

    def _undefined(self, table: Table, row: int, smooth: bool) -> PointFault | None:
        """Why f has no real value at this row, where that is plain to see."""
        point = dict(zip(self.columns, table.numbers[row], strict=True))
        fixed = {name: values.floats for name, values in self.fixed.items()}
        with np.errstate(all="ignore"):
            met = self.expression.replay(point | fixed, FLOAT)
        if math.isfinite(met[-1]):
            return None
        for index, (node, value) in enumerate(zip(self.expression.nodes, met, strict=True)):
            by_zero = node.operation == "div" and met[node.operands[1]] == 0
            if math.isnan(value) or by_zero:
                culprits = node.operands[1:] if by_zero else node.operands
                if not smooth and not all(
                    self.expression.nodes[i].operation in _LEAVES for i in culprits
                ):
                    return None
                text = self.expression.render(index)
                return PointFault(Severity.UNTRUE, f"undefined: {text} has no value here")
            if not math.isfinite(value):
                return None
        return None


def _filled(table: Table) -> FloatArray:
    """The numbers, with those of a good row in place of a bad one's, which may be none.

    Rows are screened together, and one of them without numbers would spoil the others.
    """
    good = next((row for row in range(len(table.numbers)) if row not in table.bad), None)
    if not table.bad or good is None:
        return table.numbers
    numbers = table.numbers.copy(order="K")
    numbers[list(table.bad)] = numbers[good]
    return numbers


def _nothing(rows: int, results: int) -> _Found:
    """What is found where no row has a result."""
    plain, smooth = np.zeros((2, rows), dtype=bool)
    return _Found(np.full((rows, results), math.nan), plain, smooth)


def unjudged(error: Exception) -> PointFault:
    """What there is to say of a point where something went wrong; the others are judged."""
    found = understood(error)
    return PointFault(found.severity, found.sentence)


def fault(result: "Comparison", *, strict: bool = False) -> PointFault | None:
    """What there is to say of a point: derivatives that do not exist, or are no float64."""
    judgements = [
        (f"{element.name}: ", element.judgement)
        for element in result.elements
        if math.isinf(element.truth.derivative) or element.judgement.verdict.severity(strict=strict)
    ]
    judgements += [("", result.joint)] if result.joint else []
    if not judgements:
        return None
    return PointFault(result.verdict.severity(strict=strict), judgements=tuple(judgements))


class RowFormat(Protocol):
    """How rows become text; this room may not import `render/points.py`, which has the formats."""

    @property
    def kept(self) -> Sequence[str]:
        """What the columns of the table that come first are called."""

    def gradients(self, lines: Lines, kept: "Kept | None", found: Gradients) -> Any:
        """Some rows: their lines in the table, what is kept of it, and the results."""

    def comparisons(
        self,
        lines: Lines,
        cells: Sequence[Sequence[str]],
        found: "Iterable[Comparison | PointFault]",
    ) -> bytes:
        """The same by all three methods."""


@dataclass(frozen=True)
class Piece:
    """What came of a chunk: what to write, how many rows, and the bad ones by their places."""

    content: Any
    rows: int
    done: int
    bad: Sequence[tuple[str, PointFault]]
    severity: Severity
    foreign: bool


@dataclass(frozen=True)
class Work:
    """What is done with each chunk, in whatever process."""

    points: "Points"
    batch: Batch
    format: RowFormat
    compared: bool
    strict: bool
    threads: int | None

    def __call__(self, chunk: "Chunk") -> Piece:
        """The rows of a chunk as text, and what is wrong with them."""
        places = list(map(self.points.columns.index, self.batch.columns))
        table = self.points.table(chunk, places)
        kept = self.points.kept(chunk, table) if self.format.kept else None
        content: Any
        if self.compared:
            cells = kept.rows() if kept else []
            found = [self._row(table, row, cells) for row in range(len(table.numbers))]
            content = b"".join(line for line, _ in found)
            marks = {row: mark for row, (_, mark) in enumerate(found) if mark is not None}
        else:
            gradients = self.batch.gradients(table, self.threads)
            content = self.format.gradients(table.lines, kept, gradients)
            marks = dict(gradients.marks)
        where = self.points.where(chunk)
        bad = [(f"{where} {table.lines[row]}", marks[row]) for row in sorted(marks)]
        severity = max((mark.severity for _, mark in bad), default=Severity.FINE)
        if bad and self.strict:
            severity = max(severity, Severity.UNTRUE)
        foreign = kept is not None and kept.foreign
        return Piece(content, len(table.numbers), self.points.done(chunk), bad, severity, foreign)

    def _row(
        self, table: Table, row: int, cells: Sequence[Sequence[str]]
    ) -> tuple[bytes, PointFault | None]:
        """A row by all three methods as text, and what is wrong with it."""

        def text(found: "Comparison | PointFault") -> bytes:
            return self.format.comparisons([table.lines[row]], cells[row : row + 1], [found])

        found = self.batch.compared(table, row)
        if isinstance(found, tuple):
            return text(found), found
        try:
            return text(found), fault(found, strict=self.strict)
        except Exception as error:
            mark = unjudged(error)
            return text(mark), mark


def check_columns(
    expression: Expression, label: str, columns: Sequence[str], fixed: Point, wrt: Sequence[str]
) -> None:
    """Raises `PointError` where the columns and fixed values do not fit the expression."""
    variables = expression.variables
    check_names([*fixed, *wrt], variables, expression)
    check_single(expression, fixed, "at the rows of a table every variable is one number")
    check_once(fixed, columns, f"{label} has it too")
    twice = [name for name, count in Counter(columns).items() if count > 1 and name in variables]
    if twice:
        raise PointError(f"{label} has two columns {twice[0]}")
    check_given(variables, {*columns, *fixed}, lambda _: f"{label} has {listed(columns)}")
