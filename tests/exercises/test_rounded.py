"""A claim with rounded decimals is right where exact numbers round to them, the same everywhere."""

import pytest

from diffcalc.exercises import Grade, check
from diffcalc.exercises.question import read_question
from tests.conftest import Run


@pytest.mark.parametrize(
    ("expression", "claim", "digits"),
    [
        ("sin(x/3)", "0.3333*cos(x/3)", "0.3333"),
        ("sin(x/3)", "0.33cos(0.333x)", "0.33 and 0.333"),
        ("x^(1/3)", "0.333x^(-0.667)", "0.333 and 0.667"),
        ("2^x", "0.693*2^x", "0.693"),
        ("pi*x^2", "6,28x", "6.28"),
        ("sqrt(x/3)", "0.2887*x^-0.5", "0.2887"),
        ("x/3e6", "3.3e-7", "3.3e-07"),
    ],
)
def test_a_rounded_decimal_is_right(expression: str, claim: str, digits: str) -> None:
    question = read_question(expression, claim)
    mark = check(question.expression, question.claim, question.variable)
    assert (mark.grade, mark.decided) == (Grade.ROUNDED, f"to the digits of {digits}")


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("sin(x/3)", "0.32*cos(x/3)"),
        ("sin(x/3)", "0.330*cos(x/3)"),
        ("sin(x/3)", "0.3333*sin(x/3)"),
        ("2^x", "0.70*2^x"),
        ("x^2", "2x + 0.0001"),
        ("x/3", "0.334"),
        # each point could have a number of its own
        ("x^3/9", "0.3*x^1.9"),
    ],
)
def test_other_decimals_are_wrong(expression: str, claim: str) -> None:
    question = read_question(expression, claim)
    mark = check(question.expression, question.claim, question.variable)
    assert mark.grade is Grade.WRONG


def test_the_mark_says_which_numbers_are_rounded(run: Run) -> None:
    outcome = run("check", "sin(x/3)", "0.3333*cos(x/3)")
    assert outcome.status == 0
    assert "correct but rounded: equal to cos(x/3)/3 to the digits of 0.3333." in outcome.out
