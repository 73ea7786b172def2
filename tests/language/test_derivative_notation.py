"""Derivatives as slides write them: as a whole text, and within a formula."""

import pytest

from diffcalc.base.errors import DiffcalcError, ReadError
from diffcalc.comparison.derivative_value import derivative_value
from diffcalc.language.derivative_notation import Taken, taken_apart
from diffcalc.language.grammar import read
from diffcalc.language.library import read_known
from diffcalc.language.refusals import Definition
from tests.conftest import Run


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("d/dx x^2", Taken("x^2", "x", 1)),
        ("d/dx(x^2 + 1)", Taken("(x^2 + 1)", "x", 1)),
        ("d / dt -t^2 sin t", Taken("-t^2 sin t", "t", 1)),
        ("d/dx e^-x", Taken("e^-x", "x", 1)),
        ("d/dx |x + 1|", Taken("|x + 1|", "x", 1)),
        ("d^2/dx^2 x^3", Taken("x^3", "x", 2)),
        ("d²/dx² x³", Taken("x³", "x", 2)),
        ("∂/∂x x*y", Taken("x*y", "x", 1)),
        (r"\frac{d}{dx} x^2", Taken("x^2", "x", 1)),
        (r"\frac{\partial^2}{\partial\theta^2}\sin\theta", Taken(r"\sin\theta", "theta", 2)),
        ("diff(x^2*f(x, y), x, 2)", Taken("x^2*f(x, y)", "x", 2)),
        ("diff(x^3, x, x)", Taken("x^3", "x", 2)),
        ("D[x^2, x]", Taken("x^2", "x", 1)),
        ("f''(x)", Taken("f(x)", "x", 2)),
        ("(x^2 + x)'", Taken("(x^2 + x)", None, 1)),
        # What may reach less far, or is no derivative.
        ("d/dx x^2 + 1", None),
        ("d/dx (x)*x", None),
        ("d/dx x = 2", None),
        ("(x)*(x)'", None),
        ("(x)*(x^2)'", None),
        ("f'(2)", None),
        ("d^2/dx^3 x", None),
        ("diff(x^2)", None),
        ("diff(x, y, z)", None),
        ("dy/dx", None),
        ("x'", None),
    ],
)
def test_a_whole_derivative_is_taken_apart(typed: str, found: Taken | None) -> None:
    assert taken_apart(typed) == found


def definition(name: str) -> Definition | None:
    return Definition("f", ("x",), read_known("x^3")) if name == "f" else None


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("x*diff(sin(x), x)", "x*cos(x)"),
        ("d/dx(x^3) + 1", "3*x^2 + 1"),
        ("∂/∂y(x^2*y^3)*y", "3*x^2*y^3"),
        ("2*f'(2*x)", "6*(2*x)^2"),
        ("f''(x) + sin'(x)", "6*x + cos(x)"),
        ("diff(diff(x^4, x), x) + y", "12*x^2 + y"),
        ("x*diff(exp(x*y), x, 2)", "x*y^2*exp(x*y)"),
        ("diff(x^2, y) + x", "x"),
        ("exp(D(x^2, x))", "exp(2*x)"),
    ],
)
def test_a_derivative_within_a_formula_is_a_formula(typed: str, same: str) -> None:
    found = read(typed, lookup=definition, derive=derivative_value)
    other = read(same)
    for point in ({"x": 0.3, "y": 1.7}, {"x": 2.1, "y": 0.4}):
        values = [one(**{name: point[name] for name in one.variables}) for one in (found, other)]
        assert values[0] == pytest.approx(values[1])


def test_it_has_no_value_where_its_function_has_none() -> None:
    assert str(read("x*diff(log(x), x)", derive=derivative_value)) == "x*(1/x + 0*log(x))"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1 + diff(abs(x), x)", "a derivative within a formula has to be of a smooth one"),
        ("1 + diff(max(x, 0), x)", "a derivative within a formula has to be of a smooth one"),
        ("2*d/dx x^2", "it is not clear what the derivative is of: write 2*d/dx(x^2)"),
        (
            "3 + d/dx x^2 + 1",
            "it is not clear what the derivative is of: write 3 + d/dx(x^2+ 1) or 3 + d/dx(x^2)+ 1",
        ),
        ("1 + g'(x)", "`g` is no named function of one variable: define g first"),
        ("1 + diff(x, 2, x)", "`diff` takes a formula, its variable, and how often"),
        ("1 + diff(x^9, x, 10)", "a derivative within a formula has an order from 1 to 9"),
        (
            "diff(x^3, x, 2)",
            "a derivative is not part of the expression: give x^3 and choose the variable with"
            " --wrt x --order 2",
        ),
    ],
)
def test_what_is_no_formula_is_refused(typed: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read(typed, derive=derivative_value)
    assert caught.value.sentence == message


def test_without_rules_there_is_no_derivative() -> None:
    with pytest.raises(ReadError, match="not part of the expression"):
        read("1 + diff(x^2, x)")


@pytest.mark.parametrize(
    ("args", "value"),
    [
        (["d/dx x^2*y", "x=3", "y=2"], "12"),
        (["diff(x^3, x, 2)", "--x", "2"], "12"),
        (["f''(x)", "x=5"], "6"),
        (["(x^2)'", "x=5"], "10"),
        (["x*diff(x^2, x)", "x=5"], "20"),
        (["5", "--x", "1"], "0"),
        (["y = x^2", "--x", "3"], "6"),
        (["f(x) = x^2", "--x", "3"], "6"),
    ],
)
def test_grad_of_a_derivative_is_that_derivative(run: Run, args: list[str], value: str) -> None:
    outcome = run("grad", *args, "--format", "value")
    assert (outcome.status, outcome.out.strip(), outcome.err) == (0, value, "")


def test_an_option_that_says_otherwise_is_not_overruled(run: Run) -> None:
    outcome = run("grad", "d/dx x^2*y", "--wrt", "y", "x=3", "y=2")
    assert outcome.status == 2
    assert "give x^2*y and choose the variable with --wrt x" in outcome.err


@pytest.mark.parametrize(
    ("args", "same"),
    [
        (["emit", "f'(x)", "--to", "c"], ["emit", "6*x - 4", "--to", "c"]),
        (["emit", "d/dx x^2*sin(y)", "--to", "c"], ["emit", "2*x*sin(y)", "--to", "c"]),
        (["scan", "d/dx log(x)", "--x=-1:1"], ["scan", "1/x + 0*log(x)", "--x=-1:1"]),
        (["plot", r"\frac{d}{dx} x^3", "--x=-1:1"], ["plot", "3*x**2", "--x=-1:1"]),
        (["hessian", "d/dx x^3*y", "x=1", "y=2"], ["hessian", "3*x^2*y", "x=1", "y=2"]),
        (["graph", "sin''(x)", "x=1"], ["graph", "-sin(x)", "x=1"]),
    ],
)
def test_another_command_takes_a_derivative_as_its_function(
    run: Run, args: list[str], same: list[str]
) -> None:
    outcome = run(*args)
    assert (outcome.out, outcome.err) == (run(*same).out, "")
