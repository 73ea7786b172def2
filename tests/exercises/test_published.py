"""Gradients of published functions, coded by hand: none right is called wrong, none wrong right."""

import numpy as np
import pytest

from diffcalc.exercises.components import Told
from diffcalc.exercises.gradients import check_gradient
from tests.published import MISTAKES, PUBLISHED, Published, planted


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.name)
def test_a_published_gradient_is_right(case: Published) -> None:
    assert check_gradient(case.f, case.gradient, case.at).told is Told.RIGHT


def test_there_are_hundreds_of_gradients() -> None:
    assert len(PUBLISHED) * (1 + len(MISTAKES)) >= 300


# One mistake in each function, and so each in several; all of them in all functions are in
# tests/benchmarks/gradients.py.
CASES = [
    (case, name, number)
    for number, case in enumerate(PUBLISHED)
    for name in [list(MISTAKES)[number % len(MISTAKES)]]
]


@pytest.mark.parametrize(
    ("case", "name", "number"), CASES, ids=lambda value: getattr(value, "name", str(value))
)
def test_a_planted_mistake_is_found_and_named(case: Published, name: str, number: int) -> None:
    gradient = planted(case, name, number % case.at.size)
    if np.allclose(gradient(case.at), case.gradient(case.at), rtol=1e-12, atol=0):
        pytest.skip("here it makes no difference")
    found = check_gradient(case.f, gradient, case.at)
    assert found.told is Told.WRONG
    said = [found.mistake, *(one.why for one in found.wrong)]
    assert any(text and MISTAKES[name][1] in text for text in said), said
