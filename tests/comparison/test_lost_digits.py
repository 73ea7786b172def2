"""Where digits are lost, and what to write instead."""

import mpmath
import pytest

from diffcalc.comparison.lost_digits import worst_loss
from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from tests.conftest import Run


def loss(text: str, at: str) -> str:
    expression, point = read(text), read(at)
    with mpmath.mp.workdps(60):
        exactly = point(exact())
    found = worst_loss(expression, {"x": float(exactly)}, {"x": exactly})
    return "" if found is None else str(found)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("(1 - cos(1e-8*x))/(1e-8*x)**2", "1", "1 - cos(1e-8*x) loses 16 digits to cancellation (write 2*sin((1e-8*x)/2)**2)"),
        ("cos(x) - 1", "1e-9", "cos(x) - 1 loses 16 digits to cancellation (write -2*sin((x)/2)**2)"),
        ("((1 + 1e-8*x) - 1)*1e8", "1", "1 + 1e-8*x - 1 loses 8 digits to cancellation"),
        ("(exp(x) - 1)/x", "1e-12", "exp(x) - 1 loses 12 digits to cancellation (write expm1(x))"),
        ("1 - exp(x)", "1e-12", "1 - exp(x) loses 12 digits to cancellation (write -expm1(x))"),
        ("log(1 + x)/x", "1e-12", "log(1 + x) loses 12 digits to the condition of log (write log1p(x))"),
        ("log(1 - x)/x", "1e-12", "log(1 - x) loses 11 digits to the condition of log (write log1p(-(x)))"),
        ("sqrt(x**2 + (2*x)**2)", "1e200", "x**2 overflows (write hypot(x, 2*x))"),
        ("exp(1000*x)", "1", "exp(1000*x) overflows"),
        ("exp(-1000*x)", "1", "exp(-1000*x) underflows"),
        ("sin(x)", "pi*1000000", "sin(x) loses 16 digits to the condition of sin"),
        ("x**2", "2", ""),
        ("sin(x)*exp(x)", "1", ""),
    ],
)  # fmt: skip
def test_the_operation_is_named(text: str, at: str, words: str) -> None:
    assert loss(text, at) == words


@pytest.mark.parametrize(
    ("text", "x", "instead"),
    [
        ("(exp(x) - 1)/x", "1e-12", "expm1(x)/x"),
        ("(1 - cos(x))/x**2", "1e-9", "2*sin((x)/2)**2/x**2"),
        ("log(1 + x)/x", "1e-12", "log1p(x)/x"),
    ],
)
def test_the_stable_form_keeps_the_value(run: Run, text: str, x: str, instead: str) -> None:
    unstable = run("grad", text, "--x", x, "--format", "json", "--strict")
    stable = read(instead)(x=float(x))
    with mpmath.mp.workdps(40):
        true = read(text)(exact(), x=mpmath.mpf(x))
    assert unstable.status == 1
    assert stable == pytest.approx(float(true), rel=1e-15)


def test_the_verdict_says_where(run: Run) -> None:
    reason = run("grad", "(1 - cos(1e-8*x))/(1e-8*x)**2", "--x", "1", "--format", "value").err
    assert "1 - cos(1e-8*x) loses 16 digits to cancellation (write 2*sin" in reason
    reason = run("grad", "sigmoid(x)", "--x", "40", "--format", "value").err
    assert "in the formula 1 - sigmoid(x) loses 16 digits to cancellation" in reason
    reason = run("limit", "x**2", "--x", "1e200", "--format", "value").err
    assert "x**2 overflows" in reason
