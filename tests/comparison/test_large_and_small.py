"""Numbers that float64 does not hold, or holds beside no other: the truth and the rows are right."""

import json
import math
from fractions import Fraction

import mpmath
import pytest

from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from tests.conftest import Run


def judged(text: str, at: str) -> tuple[str, str, str]:
    """Verdict, kind, and the derivative in six digits."""
    element = compare(read(text), read_point(at.split())).elements[0]
    found = element.judgement
    return found.verdict.value, found.kind, mpmath.nstr(element.truth.derivative, 6)


@pytest.mark.parametrize(
    ("text", "at", "verdict", "kind"),
    [
        # Beside 1e300 the slope of |x| was not seen.
        ("abs(x)+1e300", "x=0", "not differentiable", "corner"),
        ("relu(x)+1e300", "x=0", "not differentiable", "corner"),
        ("1+1e-300*abs(x)", "x=0", "not differentiable", "corner"),
        ("abs(y)+exp(x)", "y=0 x=800", "not differentiable", "corner"),
        ("abs(x-y)+exp(z)", "x=1 y=1 z=1000", "not differentiable", "corner"),
        ("floor(x)+1e300*1e8", "x=1", "not differentiable", "jump"),
        ("cosh(x)**2-sinh(x)**2", "x=100", "agree", ""),
        ("x**x", "x=1e8", "inaccurate", ""),
    ],
)
def test_small_beside_large(text: str, at: str, verdict: str, kind: str) -> None:
    assert judged(text, at)[:2] == (verdict, kind)


@pytest.mark.parametrize(
    ("text", "at", "derivative"),
    [
        ("x+1e300-1e300", "x=0", "1.0"),
        ("(exp(x)+x)-exp(x)", "x=1000", "1.0"),
        ("y+exp(x)", "y=1 x=800", "1.0"),
        ("((0.5)-z)+sinh(x)", "z=-2 x=1000", "-1.0"),
        ("log(exp(x)+1-exp(x)+x)", "x=1000", "0.000999001"),
    ],
)
def test_derivatives_beside_large_numbers(text: str, at: str, derivative: str) -> None:
    assert judged(text, at)[2] == derivative


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("cosh(x)**2-sinh(x)**2", "200", 1),
        ("exp(x)+1-exp(x)", "150", 1),
        ("sin(exp(x))**2+cos(exp(x))**2", "200", 1),
        ("(x+1e70)-1e70", "5", 5),
    ],
)
def test_values_survive_cancellation(text: str, x: str, value: float) -> None:
    assert float(compare(read(text), read_point([f"x={x}"])).value) == value


def test_a_constant_beyond_float64_in_a_formula() -> None:
    # SymPy worked log(abs(gamma(257))) out to 507 digits, which no float64 holds.
    result = compare(read("x*lgamma(257)"), read_point(["x=1"]))
    assert result.verdict is Verdict.AGREE
    assert result.partials[0].derivation.text == "lgamma(257)"
    assert FLOAT["number"](-(Fraction(10) ** 400)) == -math.inf


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("log(1-tanh(x))", "300"), ("log(1-tanh(x))", "80"), ("atanh(tanh(x))", "300"),
        ("log(1-sigmoid(x))", "600"), ("log(1-erf(x))", "25"), ("(exp(x)-1)/x", "1e-65"),
        ("(1-cos(x))/x**2", "1e-60"), ("1-tanh(x)", "80"), ("exp(x**2)*(1-erf(x))", "25"),
    ],
)  # fmt: skip
def test_what_saturation_leaves_is_followed(text: str, at: str) -> None:
    # It was undefined, or 0, where more digits cancel than were worked with.
    expression = read(text)
    result = compare(expression, read_point([f"x={at}"]))
    with mpmath.mp.workdps(900):
        x = read(at)(exact())
        value = expression(exact(), x=x)
        slope = mpmath.diff(lambda t: expression(exact(), x=t), x)
        assert abs(float(result.value) / float(value) - 1) < 1e-14
        found = result.elements[0].truth.derivative
        assert abs(found - slope) <= 1e-20 * abs(slope) + mpmath.mpf(10) ** -70


def test_a_corner_that_is_hardly_one_is_told_in_full(run: Run) -> None:
    reason = run("grad", "x+1e-21*abs(x)", "--x", "0", "--format", "value").err
    assert "0.999999999999999999999 from the left, 1.000000000000000000001 from the right" in reason


@pytest.mark.parametrize(
    ("text", "x", "quotient"),
    [
        ("log(1 - sigmoid(x))", "800", -1),
        ("x + 1e100 - 1e100", "1", 1),
        ("abs(x) + 1e300", "1", 1),
        ("exp(x) + x - exp(x)", "2000", 1),
    ],
)
def test_quotients_without_round_off_beside_large_numbers(
    run: Run, text: str, x: str, quotient: float
) -> None:
    """They were worked out in digits enough for h, but not for the terms of f."""
    outcome = run("limit", text, "--x", x, "--digits", "20", "--format", "json")
    (limit,) = json.loads(outcome.out)["limits"]
    rows = limit["convergence"]["rows"]
    assert [float(row["quotient"]) for row in rows] == pytest.approx([quotient] * 5)


def test_a_derivative_that_underflows_is_0(run: Run) -> None:
    """-3.7e-348 was -0."""
    words = ("softmax(z)", "z=800,1")
    assert run("jacobian", *words, "--format", "value").out == "0 0\n0 0\n"
    found = json.loads(run("jacobian", *words, "--format", "json").out)["derivatives"]
    assert [str(one["derivative"]) for one in found] == ["0.0"] * 4


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("hessian", "x", "x=1e154"), "0\n"),
        (("hessian", "x*y", "x=1e150", "y=1e150"), "0 1\n1 0\n"),
        (("hessian", "sum(w*x)", "w=1e154", "x=1,2"), "0 1 1\n1 0 0\n1 0 0\n"),
        (("grad", "x^2", "x=1e40", "--order", "8"), "0\n"),
        (("grad", "x^8", "x=1e30", "--order", "8"), "40320\n"),
        (("limit", "x^2", "x=1e40", "--order", "8"), "0\n"),
        (("limit", "x^2", "x=1", "--order", "2", "--start", "1e-200"), "2\n"),
        (("limit", "x^2", "x=1", "--order", "3", "--start", "1e300"), "0\n"),
        (("jacobian", "[x^2, x^3]", "x=1e90"), "2e+90\n3e+180\n"),
    ],
)
def test_derivatives_of_and_by_large_numbers(run: Run, words: tuple[str, ...], out: str) -> None:
    outcome = run(*words, "--format", "value")
    assert (outcome.status, outcome.out) == (0, out)
