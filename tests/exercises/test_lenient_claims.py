"""Claims as students write them: read as they are meant, shown, and never right when wrong."""

import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises.question import read_question


@pytest.mark.parametrize(
    ("expression", "claim", "read"),
    [
        # Two readings: the one that is right, else the first.
        ("sqrt(x)", "1/2√x", "1/(2*sqrt(x))"),
        ("x^2/4", "1/2x", "1/2*x"),
        ("log(x)/2", "1/2x", "1/(2*x)"),
        ("x^3", "1/2x", "1/2*x"),
        ("exp(2*x)", "e^2x · 2", "exp(2*x)*2"),
        ("exp(2)*x^2", "e^2x · 2", "exp(2)*x*2"),
        ("sin(x^2)", "2x cos x^2", "2*x*cos(x**2)"),
        ("sqrt(x)", "1/2*x^-1/2", "1/2*x**(-1/2)"),
        ("x^3", "1/2*x^-1/2", "1/2*x**-1/2"),
        # Other letters, chains of equals, a number behind a bracket.
        ("t^2", "2x", "2*t"),
        ("a*x^2", "2*b*x", "2*b*x"),
        ("x^2+3*x", "f'(x) = 2x + 3 = 3 + 2x", "3 + 2*x"),
        ("2^x", "ln(2)2^x", "log(2)*2**x"),
        ("x^2", "x2", "x**2"),
    ],
)
def test_a_claim_is_read_as_it_is_meant(expression: str, claim: str, read: str) -> None:
    assert str(read_question(expression, claim, "t" if "t^" in expression else "x").claim) == read


@pytest.mark.parametrize(
    "claim", ["f'(x) = 2x = 3x", "2x = 3", "2(x", "2x +", "f'(x) =", "xy + foo(x)"]
)
def test_a_claim_that_cannot_be_meant_is_refused(claim: str) -> None:
    with pytest.raises(DiffcalcError):
        read_question("x^2", claim)
