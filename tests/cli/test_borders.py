"""The corpus of truths by construction, as grad and scan tell them."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

CORPUS = Path(__file__).parents[1] / "corpus" / "borders.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text().splitlines()]
SCANS = [case for case in CASES if case["args"][0] == "scan"]
POINTS = [case for case in CASES if case["args"][0] == "grad"]
_EXTENDED = re.compile(r"with that value, the (?:first )?derivative is ([^\s;]+)")


def same(got: Any, want: Any, near: float = 1e-9) -> bool:
    """A number of the corpus, or what is said in place of one; None is not compared."""
    if want is None or isinstance(want, str) or isinstance(got, str | None):
        return want is None or got == want
    return abs(got) <= 1e-25 if want == 0 else abs(got - want) <= near * abs(want)


def kind_of(found: dict[str, Any]) -> str:
    exists = found["verdict"] in ("agree", "inaccurate")
    return "differentiable" if exists else found["kind"] or found["verdict"]


@pytest.mark.parametrize("case", POINTS, ids=lambda case: case["id"])
def test_grad_tells_what_is_true_by_construction(case: dict[str, Any], run: Run) -> None:
    truth = case["truth"]
    outcome = run(*case["args"], "--format", "json")
    assert outcome.status == case["exit"]
    result = json.loads(outcome.out)
    (found,) = (d for d in result["derivatives"] if d["variable"] == truth["variable"])
    assert found["known"] in ("proved", "assumed")
    assert kind_of(found) in truth.get("kind_any", [truth["kind"]])
    assert same(found["derivative"], truth["derivative"])
    for side in ("left", "right"):
        assert same(found[side] if found[side] is not None else found[f"{side}_why"], truth[side])
    if kind_of(found) == truth["kind"] == "removable":
        told = _EXTENDED.search(found["reason"])
        assert (told is None) == (truth["extension"] is None)
        # The sentence has six digits.
        assert told is None or same(float(told[1].rstrip(".")), truth["extension"], 1e-5)
    if truth.get("together"):
        assert result["verdict"] == truth["together"]
        assert result["together"]


@pytest.mark.parametrize("case", SCANS, ids=lambda case: case["id"])
def test_scan_finds_each_point_and_no_other(case: dict[str, Any], run: Run) -> None:
    outcome = run(*case["args"], "--format", "json")
    found = Counter(feature["kind"] for feature in json.loads(outcome.out)["features"])
    assert (outcome.status, found) == (case["exit"], case["truth"]["counts"])


@pytest.mark.parametrize("text", ["sqrt(x)", "cbrt(x)", "x^(1/3)"])
def test_quotients_that_have_no_limit_have_no_digits_that_agree(run: Run, text: str) -> None:
    outcome = run("limit", text, "--x", "0")
    assert (outcome.status, outcome.err) == (1, "")
    assert "+∞ from the right" in outcome.out or "limit: +∞" in outcome.out
