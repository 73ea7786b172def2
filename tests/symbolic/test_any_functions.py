"""The lecture's general rules: steps of f(x)*g(x), f any function, whatever its letter."""

import pytest

from tests.conftest import Run


def lines(run: Run, text: str, *more: str) -> list[str]:
    return run("steps", text, *more, "--format", "plain").out.splitlines()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("f(x)*g(x)", "d/dx (f(x)*g(x)) = f(x)*g'(x) + f'(x)*g(x) [product rule]"),
        ("u(t)/v(t)", "d/dt (u(t)/v(t)) = (u'(t)*v(t) - u(t)*v'(t))/v(t)**2 [quotient rule]"),
        ("f(g(x))", "d/dx (f(g(x))) = f'(g(x))*g'(x) [chain rule, u = g(x)]"),
        ("3*f(x)", "d/dx (3*f(x)) = 3*f'(x) [constant multiple rule]"),
        ("f(x)+g(x)", "d/dx (f(x) + g(x)) = f'(x) + g'(x) [sum rule]"),
        ("1/h(x)", "d/dx (1/h(x)) = -h'(x)/h(x)**2 [reciprocal rule]"),
        ("f(x)^3", "d/dx (f(x)**3) = 3*f(x)**2*f'(x) [chain rule, u = f(x)]"),
        ("ln f(x)", "d/dx (log(f(x))) = f'(x)/f(x) [chain rule, u = f(x)]"),
        ("y(x)^2 + x", "d/dx (y(x)**2 + x) = 2*y(x)*y'(x) + 1 [sum rule]"),
        ("f_1(2x)", "d/dx (f_1(2*x)) = 2*f_1'(2*x) [chain rule, u = 2*x]"),
    ],
)
def test_general_rules(run: Run, typed: str, first: str) -> None:
    assert " ".join(lines(run, typed, "--detail", "rules")[0].split()) == first


def test_the_quotient_stays_one_fraction(run: Run) -> None:
    assert lines(run, "f(x)/g(x)")[-1].strip().startswith("= (f'(x)*g(x) - f(x)*g'(x))/g(x)**2")


def test_each_inner_function_has_a_letter_of_its_own(run: Run) -> None:
    assert any("d/dv (g(v)) = g'(v)" in line for line in lines(run, "f(g(h(x)))"))


def test_a_second_derivative_has_two_primes(run: Run) -> None:
    assert "d/dx (f'(x)) = f''(x)" in lines(run, "f(x)", "--order", "2")[-1]


def test_they_are_typeset(run: Run) -> None:
    shown = run("steps", "f(x)/g(x)", "--format", "latex").out
    assert r"\frac{f\left(x\right)}{g\left(x\right)}" in shown
    assert "texttt" not in shown


def test_a_named_function_is_the_formula_it_is(run: Run) -> None:
    assert run("define", "g(x) = x^2").status == 0
    assert lines(run, "g(x)*h(x)")[0].startswith("d/dx (x**2*h(x))")
    assert lines(run, "f")[0].startswith("d/dx (3*x**2 - 4*x)")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("f(x, y)",), "`f` takes 1 argument, not 2"),
        (("a(x+1)",), "`a` is not a function: write a*(x+1)"),
        (("f(x)", "--from-definition"), "has any functions in it"),
        (("sum(f(x))", "x=1,2"), "has any functions in it"),
    ],
)
def test_what_no_rule_is_for_is_refused(run: Run, args: tuple[str, ...], said: str) -> None:
    outcome = run("steps", *args)
    assert outcome.status == 2
    assert said in outcome.err


def test_other_commands_take_no_unknown_function(run: Run) -> None:
    assert "`g` is not a function" in run("grad", "f(x)*g(x)", "x=1").err
