"""Limits of functions themselves, against values that are known by hand or by SymPy."""

import math

import pytest
import sympy

from diffcalc.comparison.function_limit import function_limit
from diffcalc.language.grammar import read
from diffcalc.language.point import Point, read_point
from diffcalc.render.function_limit import sentence
from tests.conftest import Run


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("sin(x)/x", "0"), ("(1 - cos(x))/x**2", "0"), ("x*sin(1/x)", "0"), ("x**x", "0"),
        ("(x**2 - 1)/(x - 1)", "1"), ("1/x**2", "0"), ("log(x)", "0"), ("x**2", "3"),
        ("(1 + 1/x)**x", "oo"), ("sqrt(x**2 + x) - x", "oo"), ("x*exp(-x)", "oo"),
        ("log(x)/x", "oo"), ("atan(x)", "oo"), ("atan(x)", "-oo"), ("exp(x)", "-oo"),
        ("(3*x**2 + 1)/(2*x**2 - x)", "-oo"), ("x - x**2", "oo"), ("x**3", "-oo"),
        ("(exp(x) - 1 - x)/x**2", "0"), ("tanh(x)", "oo"), ("x**(1/x)", "oo"),
    ],
)  # fmt: skip
def test_the_limit_is_that_of_sympy_and_proved(text: str, to: str) -> None:
    far = {"oo": 1, "-oo": -1}.get(to, 0)
    point: Point = {} if far else read_point([f"x={to}"])
    found = function_limit(read(text), point, "x", far)
    x = sympy.Symbol("x", real=True)
    side = "+" if to == "0" else "+-"
    wanted = sympy.limit(sympy.sympify(text, locals={"x": x}), x, sympy.sympify(to), side)
    assert found.known == "proved"
    assert float(found.value) == pytest.approx(float(wanted), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "at", "told"),
    [
        ("abs(x)/x", "x=0", "no limit as x → 0: -1 from the left, 1 from the right"),
        ("1/x", "x=0", "no limit as x → 0: -∞ from the left, +∞ from the right"),
        ("floor(x)", "x=2", "no limit as x → 2: 1 from the left, 2 from the right"),
        ("sin(1/x)", "x=0",
         "no limit as x → 0: f oscillates from the left, f oscillates from the right"),
        ("sqrt(x)", "x=-1", "no limit as x → -1: f has no values there"),
        ("sqrt(x)", "x=0", "the limit is 0 as x → 0 from the right: f has no values on the other side"),
        ("where(x < 1, x^2, 3)", "x=1", "no limit as x → 1: 1 from the left, 3 from the right"),
        ("sin(x)/x", "x=pi", "the limit is 0 as x → pi"),
    ],
)  # fmt: skip
def test_each_side_is_told_of(text: str, at: str, told: str) -> None:
    found = function_limit(read(text), read_point([at]), "x")
    assert (sentence(found), found.known) == (told, "proved")


def test_what_series_do_not_reach_is_observed_or_undecided() -> None:
    # A wave within a wave: no single term is left.
    found = function_limit(read("x*sin(1/x + sin(1/x))"), read_point(["x=0"]), "x")
    assert found.known in ("proved", "observed")
    assert found.value == 0
    found = function_limit(read("sin(1/x)**2 + sin(pi/x)"), read_point(["x=0"]), "x")
    assert math.isnan(found.value)


def test_the_limit_of_the_quotient_is_not_that_of_f(run: Run) -> None:
    out = run("limit", "sin(x)/x", "--x", "0", "--count", "2").out
    below = out[out.index("quotient") :]
    assert "no quotient: f has no value there" in below
    assert "limit: 1" not in below


def test_the_limit_has_as_many_digits_as_are_asked_for(run: Run) -> None:
    out = run("limit", "(1 + 1/x)^x", "--x", "oo", "--of", "f", "--digits", "40").out
    assert "2.718281828459045235360287471352662497757" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("x*y", "x=1", "y=2"), "the limit is in one variable: choose it with --wrt"),
        (("x*y", "--x", "oo"), "no value for y"),
        (("2",), "2 has no variable: its limit is its value"),
        (("sum(x)", "x=1,2"), "x must be a single number"),
        (("x", "--x", "1", "--order", "2"), "--order does not go with --of f"),
    ],
)
def test_what_has_no_limit_of_its_own_is_refused(
    run: Run, args: tuple[str, ...], message: str
) -> None:
    outcome = run("limit", *args, "--of", "f")
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err


@pytest.mark.parametrize(
    ("text", "limit"), [("2", "2"), ("pi", "3.1415926535897932"), ("-1/3", "-0.333")]
)
def test_a_constant_is_its_own_limit(run: Run, text: str, limit: str) -> None:
    outcome = run("limit", text, "x=1", "--of", "f")
    assert outcome.status == 0
    assert f"the limit is {limit}" in outcome.out
