"""A whole class's answers: a table of expressions and claims, marked row by row as it is read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DiffcalcError, understood
from diffcalc.base.severity import Severity
from diffcalc.exercises.mark import Mark, check
from diffcalc.exercises.question import read_question
from diffcalc.language.refusals import Lookup
from diffcalc.tables.rows import Row, rows

NEEDED = ("expression", "claim")
# What `practice` writes: where it is the only claim, the key itself is marked.
KEY = "answer"
WRT = "wrt"


@dataclass(frozen=True)
class Answer:
    """A row: a cell for each column, and the mark; or why there is none, unless it is blank."""

    cells: Sequence[str]
    mark: Mark | None
    line: int = 0
    error: str = ""
    without_mark: Severity = Severity.UNTRUE

    @property
    def word(self) -> str:
        """The mark in a word."""
        return self.mark.grade.value if self.mark else "error" if self.error else "blank"

    @property
    def severity(self) -> Severity:
        """That of the mark; of a row that could not be marked, `without_mark`."""
        return self.mark.grade.severity if self.mark else self.without_mark

    def unmarked(self, error: Exception) -> "Answer":
        """The same row, which for this reason has no mark."""
        found = understood(error)
        said = f"line {self.line}: {found.sentence}"
        return replace(self, mark=None, error=said, without_mark=found.severity)


class Answers:
    """The rows of a table with the columns `expression` and `claim`, and perhaps `wrt`.

    Without a column `claim`, `answer` is it. The other `columns` may be called anything, and
    several the same. A row that cannot be marked does not stop the others. Raises `DiffcalcError`
    where a column is missing.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, lookup: Lookup, line: int = 1) -> None:
        self.rows = (row for row in rows(lines, delimiter, line) if row.cells or row.fault)
        self._lookup = lookup
        first = next(self.rows, Row(line, []))
        if first.fault:
            raise DiffcalcError(f"line {first.line} of the answers: {first.fault}")
        self.columns = first.cells
        names = [cell.strip() for cell in self.columns]
        if NEEDED[1] not in names:
            names = [NEEDED[1] if name == KEY else name for name in names]
        self._places = {name: names.index(name) for name in (*NEEDED, WRT) if name in names}
        for name in (*NEEDED, WRT):
            if names.count(name) > 1 or (name in NEEDED and name not in names):
                problem = "no" if name not in names else "more than one"
                raise DiffcalcError(
                    f"the answers have {problem} column {name}",
                    hint="the first line names the columns: student,expression,claim",
                )

    def marked(self, timeout: float) -> Iterator[Answer]:
        """Each row with its mark, before the next is read; see `answer`."""
        return (self.answer(row, timeout) for row in self.rows)

    def answer(self, row: Row, timeout: float) -> Answer:
        """One of `rows` with its mark, which may take `timeout` seconds."""
        count = len(self.columns)
        answer = Answer((row.cells + [""] * count)[:count], None, row.line)
        try:
            with deadline(timeout):
                return replace(answer, mark=self._mark(row))
        except Exception as error:
            return answer.unmarked(error)

    def _mark(self, row: Row) -> Mark | None:
        if row.fault:
            raise DiffcalcError(row.fault)
        if len(row.cells) != len(self.columns):
            count = "1 cell" if len(row.cells) == 1 else f"{len(row.cells)} cells"
            raise DiffcalcError(f"{count}, but {len(self.columns)} columns")
        cells = {name: row.cells[place] for name, place in self._places.items()}
        expression, claim = (cells[name] for name in NEEDED)
        if not claim.strip():
            return None
        asked = read_question(expression, claim, cells.get(WRT, "").strip(), self._lookup)
        return check(asked.expression, asked.claim, asked.variable)
