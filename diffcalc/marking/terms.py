"""Where two formulas differ: the terms that one has and the other has not."""

from dataclasses import dataclass

import sympy

from diffcalc.expression import Expression
from diffcalc.marking.equality import Formula, form_of
from diffcalc.notation import is_real, to_text

_LARGEST = 120
_FEW = 2


@dataclass(frozen=True)
class Terms:
    """The terms in which a claim differs from the derivative, as text."""

    claimed: tuple[str, ...]
    right: tuple[str, ...]

    def __str__(self) -> str:
        claimed, right = _sum(self.claimed), _sum(self.right)
        if not self.claimed:
            return f"the term {right} is missing"
        if not self.right:
            return f"the term {claimed} is too much"
        return f"you have {claimed}; it should be {right}"


def different_terms(derivative: Expression, claim: Expression) -> Terms | None:
    """The terms in which the two differ, as written or multiplied out; None where many do."""
    forms = [form_of(derivative), form_of(claim)]
    if not all(map(is_real, forms)) or sum(form.count_ops() for form in forms) > _LARGEST:
        return None
    names = {*derivative.variables, *claim.variables}
    for right, claimed in (forms, map(sympy.expand, forms)):
        both = [sympy.Add.make_args(side) for side in (claimed, right)]
        mine, missing = ([t for t in one if t not in other] for one, other in (both, both[::-1]))
        shared = len(both[0]) - len(mine)
        if max(len(mine), len(missing)) <= (_FEW if shared else 1):
            return Terms(_texts(mine, names), _texts(missing, names))
    return None


def _texts(terms: list[Formula], names: set[str]) -> tuple[str, ...]:
    return tuple(to_text(term, names) for term in terms if term != 0)


def _sum(terms: tuple[str, ...]) -> str:
    return " + ".join(terms).replace("+ -", "- ")
