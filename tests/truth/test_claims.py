"""Formulas and derivatives enclosed at points: on a border nothing is said."""

from fractions import Fraction

import pytest

from diffcalc.language.grammar import read
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.claims import Enclosed

_BITS = 100


@pytest.mark.parametrize(
    ("formula", "border"),
    [
        *((f"{name}(x)", 0) for name in ("log", "log2", "log10", "csc", "cot", "csch", "coth")),
        *((f"{name}(x)", 0) for name in ("gamma", "lgamma")),
        ("polygamma(1, x)", 0),
        ("log1p(x)", -1),
        ("1/x", 0),
        ("x^(-2)", 0),
    ],
)
def test_what_has_no_value_on_its_border_is_analytic_elsewhere(formula: str, border: int) -> None:
    enclosed = Enclosed(read(formula))
    assert isinstance(enclosed.at({"x": Fraction(border)}, _BITS), NoValue)
    assert isinstance(enclosed.at({"x": border + Fraction(1, 3)}, _BITS), Ball)


@pytest.mark.parametrize("formula", ["sqrt(x)", "abs(x)", "x^(3/2)", "max(x, 0)", "asin(x + 1)"])
def test_of_what_has_a_value_on_its_border_none_is_given_there(formula: str) -> None:
    enclosed = Enclosed(read(formula))
    assert isinstance(enclosed.at({"x": Fraction(0)}, _BITS), NoValue | Undecided)
    assert isinstance(enclosed.at({"x": Fraction(1, 3)}, _BITS), Ball) != (formula[:4] == "asin")
