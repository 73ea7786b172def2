"""Values and gradients at many points at once, and which of them are to be believed.

The compiled tape works on all points; beside the derivatives it tells how near each point is to one
where an operation is critical (see `critical.py`). Where a result is not finite, or an operation is
critical, numbers alone do not tell whether there is a derivative: these points are judged one by
one, as `compare` judges any point.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diffcalc.autograd.compiled import Tape
from diffcalc.critical import margin
from diffcalc.deadline import deadline
from diffcalc.errors import DeadlineError, ExitStatus, PointError
from diffcalc.expression import Expression
from diffcalc.functions import FloatArray
from diffcalc.point import Point, values_of
from diffcalc.tables import Table

if TYPE_CHECKING:
    from diffcalc.comparison import Comparison

# So many points of a chunk are judged; it takes 10 ms for each.
_JUDGED = 100
_NOT_JUDGED = (
    "f may have no derivative here: "
    f"without --methods only {_JUDGED} such rows in a chunk are judged"
)


class Mark(NamedTuple):
    """What is wrong at a point: the exit status it stands for, and the reason in a sentence."""

    status: ExitStatus
    reason: str


@dataclass(frozen=True)
class Gradients:
    """What came of a table: `numbers` has a row for each of its rows, f and then its derivatives.

    They are nan where there is none, or no number was given; `marks` says why, by the row.
    """

    numbers: FloatArray
    marks: Mapping[int, Mark]


@dataclass(frozen=True)
class Batch:
    """An expression whose variables are the `columns` of tables, and what is asked of it.

    The other variables have the values in `fixed`; `wrt` are those to differentiate in. Judging one
    point may take `timeout` seconds. Other processes get it pickled, and make the tape themselves.
    """

    expression: Expression
    columns: Sequence[str]
    fixed: Point
    wrt: Sequence[str]
    timeout: float

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_tape"}

    @cached_property
    def _tape(self) -> tuple[Tape, bool]:
        """The tape, and whether the margin is its last row."""
        near = margin(self.expression, self.expression.variables)
        constants = {n: float(v.floats) for n, v in self.fixed.items() if n not in self.wrt}
        return Tape(self.expression, self.wrt, constants, [near] if near else []), near is not None

    def gradients(self, table: Table, threads: int | None = None) -> Gradients:
        """The value and the derivatives at every row."""
        tape, has_margin = self._tape
        count = len(table.numbers)
        points = {name: table.numbers[:, place] for place, name in enumerate(self.columns)}
        points |= {n: np.full(count, v.floats) for n, v in self.fixed.items() if n in self.wrt}
        rows = tape(points, threads) if points else np.repeat(tape.at({})[:, None], count, axis=1)
        plain = np.ones(count, dtype=bool)
        for row in rows:
            plain &= np.isfinite(row)
        if has_margin:
            plain &= rows[-1] > 0
        numbers = np.ascontiguousarray(rows[: 1 + len(self.wrt)].T)
        marks = {row: Mark(ExitStatus.USAGE, fault.reason) for row, fault in table.bad.items()}
        numbers[list(marks)] = math.nan
        self._doubt(table, numbers, marks, np.flatnonzero(~plain).tolist())
        return Gradients(numbers, marks)

    def _doubt(
        self, table: Table, numbers: FloatArray, marks: dict[int, Mark], doubtful: Sequence[int]
    ) -> None:
        """Puts right, or marks, the rows where the tape's numbers do not tell the truth."""
        judged = 0
        for row in doubtful:
            if row in marks:
                continue
            mark = self._undefined(table, row)
            if mark is not None:
                numbers[row] = math.nan
            elif judged < _JUDGED:
                judged += 1
                numbers[row], mark = self._judged(table, row)
            else:
                numbers[row, 1:] = math.nan
                mark = Mark(ExitStatus.NOT_TRUE, _NOT_JUDGED)
            if mark is not None:
                marks[row] = mark

    def compared(self, table: Table, row: int) -> "Comparison | Mark":
        """The three methods and the verdict at one row."""
        from diffcalc.comparison import compare
        from diffcalc.partials import Steps

        if row in table.bad:
            return Mark(ExitStatus.USAGE, table.bad[row].reason)
        point = {n: values_of(x) for n, x in zip(self.columns, table.numbers[row], strict=True)}
        try:
            with deadline(self.timeout):
                steps = Steps(count=0)
                return compare(self.expression, {**point, **self.fixed}, wrt=self.wrt, steps=steps)
        except DeadlineError as error:
            return Mark(ExitStatus.USAGE, str(error))

    def _judged(self, table: Table, row: int) -> tuple[list[float], Mark | None]:
        """The value and the true derivatives, and what is wrong with those that do not exist."""
        result = self.compared(table, row)
        nothing = [math.nan] * (1 + len(self.wrt))
        if isinstance(result, Mark):
            return nothing, result
        if len(result.elements) != len(self.wrt):
            why = "f may have no derivative here: too many variables to judge each"
            return nothing, Mark(ExitStatus.NOT_TRUE, why)
        found, reasons = [float(result.value)], []
        for element in result.elements:
            good = element.judgement.verdict.exit_status() is ExitStatus.OK
            found.append(float(element.truth.derivative) if good else math.nan)
            if not good:
                judgement = element.judgement
                reasons.append(f"{element.name}: {judgement.verdict}: {judgement.reason}")
        return found, Mark(ExitStatus.NOT_TRUE, "; ".join(reasons)) if reasons else None

    def _undefined(self, table: Table, row: int) -> Mark | None:
        """Why f has no real value at this row, where that is plain to see."""
        point = dict(zip(self.columns, table.numbers[row], strict=True))
        with np.errstate(all="ignore"):
            met = self.expression.replay(point | {n: v.floats for n, v in self.fixed.items()})
        if math.isfinite(met[-1]):
            return None
        for index, (node, value) in enumerate(zip(self.expression.nodes, met, strict=True)):
            by_zero = node.operation == "div" and met[node.operands[1]] == 0
            if math.isnan(value) or by_zero:
                text = self.expression.render(index)
                return Mark(ExitStatus.NOT_TRUE, f"undefined: {text} has no value here")
            if not math.isfinite(value):
                return None
        return None


def check_columns(
    expression: Expression, label: str, columns: Sequence[str], fixed: Point, wrt: Sequence[str]
) -> None:
    """Raises `PointError` where the columns and fixed values do not fit the expression."""
    variables = expression.variables
    known = f"its variables: {', '.join(variables) or 'none'}"
    for name in (*fixed, *wrt):
        if name not in variables:
            raise PointError(f"{name} is not a variable of {expression}", hint=known)
    if not expression.elementwise:
        hint = "with --points every variable is one number"
        raise PointError(f"{expression} has vectors", hint=hint)
    for name, values in fixed.items():
        if name in columns:
            raise PointError(f"{name} is given twice", hint=f"{label} has it too")
        if values.shape:
            raise PointError(f"{name} has several values", hint="with --points it can have one")
    missing = [name for name in variables if name not in {*columns, *fixed}]
    if missing:
        raise PointError(
            f"no value for {' and '.join(missing)}", hint=f"{label} has {', '.join(columns[:20])}"
        )
