"""The corpus of what people type and paste: read rightly, or asked with every reading written out."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.grammar import read
from diffcalc.language.latex import typeset
from tests.strategies import formulas
from tests.texts import read_or_skip
from tests.typed_cases import TYPED, Case, reading, value

_READ = [c for c in TYPED if c["expect"] == "read"]
_REFUSED = [c for c in TYPED if c["expect"] == "refuse"]
# A hint that offers two readings, each a whole formula; others say in words what each is for.
_READINGS = re.compile(r"write (?!.* (?:for|give|behind) )([^,]+?),? or ([^,]+)$")


@pytest.mark.parametrize("case", _READ, ids=lambda c: str(c["typed"]))
def test_what_has_one_reading_is_read(case: Case) -> None:
    test = case["test"]
    assert isinstance(test, dict)
    also = case.get("also") or []
    assert isinstance(also, list)
    wanted = [np.asarray(test["value"], float), *(value(read(text), case) for text in also)]
    found = value(reading(case), case)
    assert any(np.allclose(found, one, rtol=1e-8) for one in wanted)


@pytest.mark.parametrize("case", _REFUSED, ids=lambda c: str(c["typed"]))
def test_the_others_are_refused_in_one_sentence(case: Case) -> None:
    with pytest.raises(DiffcalcError) as caught:
        reading(case)
    assert "\n" not in caught.value.sentence


def asked() -> Iterator[tuple[Case, list[str]]]:
    """The cases that are answered by two readings, and these."""
    for case in _REFUSED:
        try:
            reading(case)
        except DiffcalcError as error:
            match = _READINGS.match(error.hint or "")
            if match and case["hint_means"]:
                yield case, list(match.groups())


ASKED = list(asked())


@pytest.mark.parametrize(("case", "readings"), ASKED, ids=[str(c["typed"]) for c, _ in ASKED])
def test_each_reading_that_is_offered_means_one_that_is_meant(
    case: Case, readings: list[str]
) -> None:
    meanings = [value(read(text), case) for text in str(case["hint_means"]).split(" || ")]
    for text in readings:
        assert any(np.allclose(value(read(text), case), one) for one in meanings), text


def test_most_questions_are_tried() -> None:
    assert len(ASKED) >= 18


@given(formulas())
def test_latex_that_is_written_is_read_back(text: str) -> None:
    expression = read_or_skip(text)
    if expression is None:
        return
    point = {name: 0.3 + 0.17 * place for place, name in enumerate(expression.variables)}
    again = read(typeset(expression), declared=expression.variables)
    with np.errstate(all="ignore"):
        assert np.allclose(again(**point), expression(**point), equal_nan=True)


@pytest.mark.parametrize(
    "typed",
    [r"\input{/etc/passwd}", r"\def\x{\x\x}\x", "{" * 5000, "{" * 3000 + "x" + "}" * 3000,
     r"\frac" * 3000, r"\sqrt" * 3000, r"\begin{cases}" * 500, r"\left|" * 1000, "x^{" * 2000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_latex_is_refused(typed: str) -> None:
    with pytest.raises(DiffcalcError):
        read(typed)
