"""What is asked: whether a claim is the derivative of an expression, and in which variable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.exercises.claims import read_claim
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.point import split
from diffcalc.language.refusals import Lookup


@dataclass(frozen=True)
class Question:
    """An expression, what is claimed to be its derivative, and the variable it is taken in."""

    expression: Expression
    claim: Expression
    variable: str


def read_question(
    expression: str, claim: str, wrt: str = "", lookup: Lookup = lambda name: None
) -> Question:
    """The question that two texts ask; without `wrt`, in the one variable of the expression.

    Raises `DiffcalcError` that says which of the two texts it is about.
    """
    declared = {wrt} if wrt else set()
    f = _read("the expression", lambda: read(expression, declared=declared, lookup=lookup))
    declared |= {*f.variables}
    claimed = _read("the claim", lambda: read_claim(claim, declared, lookup))
    return Question(f, claimed, wrt or _only_variable(f))


def read_questions(
    expression: str, claim: str, wrt: Sequence[str] = (), lookup: Lookup = lambda name: None
) -> list[Question]:
    """The questions that two texts ask: one for each part of a claim in brackets, `[2*x*y, x^2]`.

    The partial derivatives are in the order of `wrt`, or else of the expression's variables.
    Raises `DiffcalcError` where they are not as many, and what `read_question` raises.
    """
    opening, closing = claim.find("["), claim.rstrip().rfind("]")
    if claim.strip()[:1] != "[" or closing != len(claim.rstrip()) - 1:
        if len(wrt) > 1:
            hint = f"give a claim for each, as in [.., ..]: {', '.join(wrt)}"
            raise PointError("a claim is of one variable", hint=hint)
        return [read_question(expression, claim, "".join(wrt), lookup)]
    pieces = list(split(claim, opening + 1, closing))
    f = _read("the expression", lambda: read(expression, declared=set(wrt), lookup=lookup))
    names = wrt or f.variables
    if len(names) != len(pieces):
        several = "s" * (len(pieces) != 1)
        raise PointError(
            f"{len(pieces)} claim{several} for the derivatives in {', '.join(names) or 'nothing'}",
            hint="give one for each, or name the variables with --wrt",
        )
    found = []
    for name, (piece, column) in zip(names, pieces, strict=True):
        try:
            found.append(read_question(expression, piece, name, lookup))
        except DiffcalcError as error:
            raise error.inside(claim, column) from None
    return found


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
