"""Answers to the questions that two texts ask: a mark for each, or a gradient judged as a whole."""

from collections.abc import Sequence
from dataclasses import replace

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises.components import Judged
from diffcalc.exercises.diagnosis import Diagnosis
from diffcalc.exercises.mark import Grade, Mark, check
from diffcalc.exercises.question import Grid, Question

Answer = Mark | Judged
_BY_SHAPE = "by its shape"
_TURNED = "this is the transpose, the other layout"


def answers_to(grid: Grid) -> list[Answer]:
    """Whether each of the claims is right, row by row.

    Where all would be if rows were columns, the wrong ones say so.
    """
    found = [answer_to(question) for question in grid.questions]
    if not all(isinstance(one, Mark) for one in found):
        return found
    marks = [one for one in found if isinstance(one, Mark)]
    wrong = any(mark.grade is Grade.WRONG for mark in marks)
    if grid.turned or (wrong and _is_transpose(grid.rows)):
        diagnosis = Diagnosis("transposed", None, _TURNED)
        return [_turned(mark, diagnosis, grid.turned) for mark in marks]
    return found


def _turned(mark: Mark, diagnosis: Diagnosis, all_of_them: bool) -> Mark:
    if mark.grade is Grade.WRONG:
        return replace(mark, diagnosis=diagnosis)
    if all_of_them:
        return replace(mark, grade=Grade.WRONG, diagnosis=diagnosis, decided=_BY_SHAPE, known="")
    return mark


def _is_transpose(rows: Sequence[Sequence[Question]]) -> bool:
    """Whether every claim of a square matrix is right in the place across the diagonal."""
    size = len(rows)
    if size < 2 or any(len(row) != size for row in rows):
        return False
    for i in range(size):
        for j in range(size):
            across = replace(rows[j][i], claim=rows[i][j].claim)
            answer = answer_to(across)
            if not isinstance(answer, Mark) or answer.grade is not Grade.CORRECT:
                return False
    return True


def answer_to(question: Question) -> Answer:
    """Whether the claim is right: as a formula of numbers, or of vectors and matrices."""
    f, claim = question.expression, question.claim
    if f.elementwise and claim.elementwise:
        return check(f, claim, question.variable, question.before)
    if question.before:
        raise DiffcalcError("of formulas of vectors and matrices only --order 1 can be checked")
    # Half of the rules, and most formulas are of numbers.
    from diffcalc.exercises.arrays import check_arrays

    return check_arrays(f, claim, question.variable)
