"""What is asked: whether a claim is the derivative of an expression, and in which variable."""

from collections.abc import Callable
from dataclasses import dataclass

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
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
    claimed = _read("the claim", lambda: read(claim, declared=declared, lookup=lookup))
    return Question(f, claimed, wrt or _only_variable(f))


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
