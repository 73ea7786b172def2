"""Where two formulas differ: the terms that one has and the other has not."""

from dataclasses import dataclass

import sympy

from diffcalc.base.errors import LimitError
from diffcalc.base.numbers import Formula
from diffcalc.language.expression import Expression
from diffcalc.symbolic.notation import form_of, has_fewer_parts, is_real, to_text

# Operations of both: longer ones take long to multiply out, and their terms are too many to read.
_LARGEST = 120
# Where more terms differ, the sentence says less than the two formulas do.
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
    # SymPy takes long to count, and no part is more than a few operations: -3/2 is two.
    few = all(has_fewer_parts(form, _LARGEST // 6) for form in forms)
    if not few and sum(form.count_ops() for form in forms) > _LARGEST:
        return None
    if not all(map(is_real, forms)):
        return None
    names = {*derivative.variables, *claim.variables}
    try:
        return _different(forms, names) or _different([sympy.expand(f) for f in forms], names)
    except LimitError:
        return None


def _different(forms: list[Formula], names: set[str]) -> Terms | None:
    right, claimed = (sympy.Add.make_args(form) for form in forms)
    mine = [term for term in claimed if term not in right]
    missing = [term for term in right if term not in claimed]
    shared = len(claimed) > len(mine)
    if max(len(mine), len(missing)) > (_FEW if shared else 1):
        return None
    return Terms(_texts(mine, names), _texts(missing, names))


def _texts(terms: list[Formula], names: set[str]) -> tuple[str, ...]:
    return tuple(to_text(term, names) for term in terms if term != 0)


def _sum(terms: tuple[str, ...]) -> str:
    return " + ".join(terms).replace("+ -", "- ")
