"""A whole class's answers: a table of expressions and claims, marked row by row as it is read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DiffcalcError, understood
from diffcalc.base.severity import Severity
from diffcalc.exercises.mark import Mark, check
from diffcalc.exercises.question import read_question
from diffcalc.language.refusals import Lookup
from diffcalc.tables.rows import Row, rows

NEEDED = ("expression", "claim")
WRT = "wrt"


@dataclass(frozen=True)
class Answer:
    """A row: a cell for each column, and the mark; or why there is none."""

    cells: Sequence[str]
    mark: Mark | None
    error: str = ""
    without_mark: Severity = Severity.REFUSED

    @property
    def severity(self) -> Severity:
        """That of the mark; of a row that could not be marked, `without_mark`."""
        return self.mark.grade.severity if self.mark else self.without_mark


class Answers:
    """The rows of a table with the columns `expression` and `claim`, and perhaps `wrt`.

    The other `columns` may be called anything, and several the same. One row is held at a time, and
    one that cannot be marked does not stop the others. Raises `DiffcalcError` where a column is
    missing.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, lookup: Lookup, line: int = 1) -> None:
        self._rows = (row for row in rows(lines, delimiter, line) if row.cells or row.fault)
        self._lookup = lookup
        first = next(self._rows, Row(line, []))
        if first.fault:
            raise DiffcalcError(f"line {first.line} of the answers: {first.fault}")
        self.columns = first.cells
        names = [cell.strip() for cell in self.columns]
        self._places = {name: names.index(name) for name in (*NEEDED, WRT) if name in names}
        for name in (*NEEDED, WRT):
            if names.count(name) > 1 or (name in NEEDED and name not in names):
                problem = "no" if name not in names else "more than one"
                raise DiffcalcError(
                    f"the answers have {problem} column {name}",
                    hint="the first line names the columns: student,expression,claim",
                )

    def marked(self, timeout: float) -> Iterator[Answer]:
        """Each row with its mark, which may take `timeout` seconds."""
        for row in self._rows:
            self._line = row.line
            yield self._answer(row, timeout)

    def _answer(self, row: Row, timeout: float) -> Answer:
        count = len(self.columns)
        cells = (row.cells + [""] * count)[:count]
        try:
            with deadline(timeout):
                return Answer(cells, self._mark(row))
        except Exception as error:
            return self.unmarked(cells, error)

    def unmarked(self, cells: Sequence[str], error: Exception) -> Answer:
        """The row that was read last, which for this reason has no mark."""
        found = understood(error)
        return Answer(cells, None, f"line {self._line}: {found.sentence}", found.severity)

    def _mark(self, row: Row) -> Mark:
        if row.fault:
            raise DiffcalcError(row.fault)
        if len(row.cells) != len(self.columns):
            count = "1 cell" if len(row.cells) == 1 else f"{len(row.cells)} cells"
            raise DiffcalcError(f"{count}, but {len(self.columns)} columns")
        cells = {name: row.cells[place] for name, place in self._places.items()}
        expression, claim = (cells[name] for name in NEEDED)
        asked = read_question(expression, claim, cells.get(WRT, "").strip(), self._lookup)
        return check(asked.expression, asked.claim, asked.variable)
