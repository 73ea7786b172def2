"""The corpus of typed formulas: how a case is read, and its value at its point."""

from typing import Any

import numpy as np

from diffcalc.exercises.claims import read_claim
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.point import read_values
from tests.texts import load

Case = dict[str, object]
TYPED = load("typed.jsonl")


def at(case: Case) -> dict[str, str]:
    test = case["test"]
    assert isinstance(test, dict)
    return dict(test["at"])


def reading(case: Case) -> Expression:
    typed = str(case["typed"])
    if case["where"] == "claim":
        return read_claim(typed, read(str(case["question"])).variables, lambda name: None)
    return read(typed, declared=at(case) if case["group"] == "matrix" else ())


def value(expression: Expression, case: Case) -> Any:
    point = {name: read_values(text).floats for name, text in at(case).items()}
    with np.errstate(all="ignore"):
        return expression(**{v: point[v] for v in expression.variables})
