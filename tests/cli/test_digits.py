"""`--digits`: the derivative and the h-sequence without round-off."""

import json

import mpmath
import pytest

from tests.conftest import Run


@pytest.mark.parametrize(
    ("text", "x", "formula"),
    [
        ("exp(x)", "1", lambda mp: mp.e),
        ("sin(x)", "1", lambda mp: mp.cos(1)),
        ("x**x", "2", lambda mp: 4 * (mp.log(2) + 1)),
        ("abs(x)**2.5", "1/3", lambda mp: mp.mpf(5) / 2 * mp.mpf(3) ** mp.mpf("-1.5")),
        ("log(x)", "1e-20", lambda mp: mp.mpf(10) ** 20),
    ],
)
@pytest.mark.parametrize("digits", [20, 50, 300])
def test_derivatives_to_many_digits(run: Run, text: str, x: str, formula, digits: int) -> None:
    outcome = run("grad", text, "--x", x, "--digits", str(digits), "--format", "value")
    with mpmath.mp.workdps(digits + 20):
        true = formula(mpmath.mp)
        printed = mpmath.mpf(outcome.out)
        assert abs(printed - true) <= abs(true) * mpmath.mpf(10) ** (1 - digits)
    assert len(outcome.out.replace(".", "").strip().lstrip("0")) == digits or x == "1e-20"


def test_the_sequence_has_no_round_off(run: Run) -> None:
    outcome = run(
        "limit", "exp(x)", "--x", "0", "--digits", "40", "--count", "25", "--format", "json"
    )
    convergence = json.loads(outcome.out)["limits"][0]["convergence"]
    assert convergence["round_off_h"] is None
    orders = [row["order"] for row in convergence["rows"][1:]]
    assert orders[5:] == pytest.approx([1] * 19, abs=1e-5)
    with mpmath.mp.workdps(60):
        for k, row in enumerate(convergence["rows"], start=1):
            h = mpmath.mpf(10) ** -k
            true = mpmath.expm1(h) / h
            assert abs(mpmath.mpf(row["quotient"]) - true) <= mpmath.mpf(10) ** -39


def test_where_there_is_none(run: Run) -> None:
    outcome = run("grad", "abs(x)", "--x", "0", "--digits", "20", "--format", "value")
    assert (outcome.status, outcome.out) == (1, "nan\n")
    outcome = run(
        "limit", "abs(x)", "--x", "0", "--digits", "20", "--count", "1", "--format", "plain"
    )
    assert (outcome.status, outcome.out) == (1, "h=0.10000, numerical limit=1\n")
