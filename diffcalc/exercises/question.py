"""What is asked: whether a claim is the derivative of an expression, and in which variable.

Of several partial derivatives, of a Jacobian and of a Hessian a claim is a list in brackets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.comparison.matrices import read_functions
from diffcalc.exercises.claims import read_claim
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.point import split
from diffcalc.language.refusals import Lookup
from diffcalc.symbolic.differentiate import differentiate_again

SIZES = frozenset("nmkNMK")
"""Names in a claim of vectors and matrices that are sizes of them where they are no variables."""


@dataclass(frozen=True)
class Question:
    """An expression, what is claimed to be its derivative, and the variable it is taken in.

    `before` are the variables that it is differentiated in first.
    """

    expression: Expression
    claim: Expression
    variable: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """Questions in rows: a row for each function, or of a Hessian for each variable.

    It is `turned` where the claim was the transpose, which only its shape tells.
    """

    rows: Sequence[Sequence[Question]]
    turned: bool = False

    @property
    def questions(self) -> list[Question]:
        """All of them, row by row."""
        return [question for row in self.rows for question in row]


def read_question(
    expression: str, claim: str, wrt: str = "", lookup: Lookup = lambda name: None
) -> Question:
    """The question that two texts ask; without `wrt`, in the one variable of the expression.

    Raises `DiffcalcError` that says which of the two texts it is about.
    """
    f = _expression(expression, [wrt] if wrt else [], lookup)
    return _question(f, claim, wrt, lookup)


def read_questions(
    expression: str,
    claim: str,
    wrt: Sequence[str] = (),
    lookup: Lookup = lambda name: None,
    order: int = 1,
) -> Grid:
    """The questions that two texts ask: one for each part of a claim in brackets, `[2*x*y, x^2]`.

    The partial derivatives, each of this `order`, are in the order of `wrt`, or else of the
    variables. The claim about several functions, `[f1, f2]`, is a Jacobian, a row for each; the
    second derivatives of one are also a Hessian. Raises `DiffcalcError` where the parts are not as
    many, and what `read_question` raises.
    """
    functions = read_functions(expression, lambda text: _expression(text, wrt, lookup))
    pieces = _pieces(claim)
    if pieces is None:
        if len(wrt) > 1 or len(functions) > 1:
            hint = f"give a claim for each, as in [.., ..]: {', '.join(wrt)}".removesuffix(": ")
            what = "one variable" if len(wrt) > 1 else "one function"
            raise PointError(f"a claim is of {what}", hint=hint)
        return Grid([[_question(functions[0], claim, "".join(wrt), lookup, order)]])
    names = list(wrt) or list(dict.fromkeys(n for f in functions for n in f.variables))
    asked = partial(_within, claim, lookup=lookup)
    if len(functions) == order == 1 and not functions[0].elementwise:
        # A list may be the gradient in one array: [x[1], x[0]].
        whole = [(claim, 0)] if len(names) == 1 < len(pieces) else pieces
        _check_count(len(whole), names)
        return Grid([[asked(p, functions[0], [n]) for n, p in zip(names, whole, strict=True)]])
    rows = [_pieces(claim, column, piece) for piece, column in pieces]
    if any(row is not None for row in rows):
        return _matrix(functions, [row or [] for row in rows], names, order, asked)
    if len(functions) > 1 and len(names) == 1:
        _check_count(len(pieces), [f"function {k + 1}" for k in range(len(functions))])
        return Grid([[asked(p, f, names * order)] for f, p in zip(functions, pieces, strict=True)])
    if len(functions) > 1:
        hint = "as in [[a, b], [c, d]]"
        raise PointError("a claim about several functions is a matrix", hint=hint)
    _check_count(len(pieces), names)
    return Grid([[asked(p, functions[0], [n] * order) for n, p in zip(names, pieces, strict=True)]])


Piece = tuple[str, int]
"""A part of a claim, and its column there."""


def _pieces(claim: str, column: int = 0, piece: str | None = None) -> list[Piece] | None:
    """The parts of a list in brackets; None where it is none."""
    text = claim if piece is None else piece
    opening, closing = text.find("["), text.rstrip().rfind("]")
    if text.strip()[:1] != "[" or closing != len(text.rstrip()) - 1:
        return None
    return list(split(claim, column + opening + 1, column + closing))


def _matrix(
    functions: Sequence[Expression],
    rows: Sequence[Sequence[Piece]],
    names: Sequence[str],
    order: int,
    asked: Callable[[Piece, Expression, Sequence[str]], Question],
) -> Grid:
    """A Jacobian, a row for each function; of one function and order 2, a Hessian."""
    hessian = len(functions) == 1 and order == 2
    if not hessian and order > 1:
        raise PointError("a matrix of higher derivatives is a Hessian", hint="of one function")
    height, width = len(names) if hessian else len(functions), len(names)
    given = f"{len(rows)}×{len(rows[0])}"
    turned = height != width and len(rows) == width and {len(r) for r in rows} == {height}
    if turned:
        rows = list(zip(*rows, strict=True))
    if len(rows) != height or {len(row) for row in rows} != {width}:
        hint = "a row for each function, a column for each variable"
        if len(functions) == 1 and order == 1:
            hint = "second derivatives are claimed with --order 2"
        raise PointError(f"the claim is {given}, the derivatives are {height}×{width}", hint=hint)
    if hessian:
        (f,) = functions
        return Grid([
            [asked(piece, f, [column, name]) for column, piece in zip(names, row, strict=True)]
            for name, row in zip(names, rows, strict=True)
        ])  # fmt: skip
    return Grid(
        [
            [asked(piece, f, [name]) for name, piece in zip(names, row, strict=True)]
            for f, row in zip(functions, rows, strict=True)
        ],
        turned,
    )


def _check_count(count: int, names: Sequence[str]) -> None:
    if count != len(names):
        several = "s" * (count != 1)
        raise PointError(
            f"{count} claim{several} for the derivatives in {', '.join(names) or 'nothing'}",
            hint="give one for each, or name the variables with --wrt",
        )


def _within(
    claim: str, piece: Piece, f: Expression, variables: Sequence[str], lookup: Lookup
) -> Question:
    """A question about one part of a claim; an error has its caret in the whole of it."""
    text, column = piece
    *before, last = variables
    try:
        return replace(_question(f, text, last, lookup), before=tuple(before))
    except DiffcalcError as error:
        raise error.inside(claim, column) from None


def _expression(text: str, declared: Sequence[str], lookup: Lookup) -> Expression:
    return _read("the expression", lambda: read(text, declared={*declared}, lookup=lookup))


def _question(f: Expression, claim: str, wrt: str, lookup: Lookup, order: int = 1) -> Question:
    declared = {*f.variables, *([wrt] if wrt else [])}
    if not f.elementwise:
        declared |= SIZES
    answer = partial(_answer, f, wrt, order)
    claimed = _read("the claim", lambda: read_claim(claim, declared, lookup, answer))
    variable = wrt or _only_variable(f)
    return Question(f, claimed, variable, (variable,) * (order - 1))


def _answer(f: Expression, wrt: str, order: int) -> Expression | None:
    """The derivative by the rules, to tell which reading of a claim is meant; None without one."""
    if not f.elementwise:
        return None
    try:
        variable = wrt or _only_variable(f)
        found = differentiate_again(f, [variable] * order)
        return found[-1].program if len(found) == order else None
    except DiffcalcError:
        return None


def _read(which: str, reading: Callable[[], Expression]) -> Expression:
    try:
        return reading()
    except DiffcalcError as error:
        error.message = f"{which}: {error.message}"
        raise


def _only_variable(expression: Expression) -> str:
    names = expression.variables
    if not names:
        raise PointError(f"{expression} has no variable", hint="name one with --wrt")
    if len(names) > 1:
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise PointError(
            f"{expression} has the variables {listed}", hint=f"choose one, as in --wrt {names[0]}"
        )
    return names[0]
