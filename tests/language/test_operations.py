"""The table of functions: every column says the same, and no row lacks a vjp or a rule."""

import mpmath
import numpy as np
import pytest
import sympy

from diffcalc.autograd import tensor
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.autograd.tensor import apply
from diffcalc.language.algebras import FLOAT, exact, symbols
from diffcalc.language.grammar import read
from diffcalc.language.operations import ALIASES, ELEMENTARY, FUNCTIONS
from diffcalc.symbolic import FUNCTION_RULES, differentiate
from tests.conftest import Run
from tests.functions import CASES, COMPLETE, OPAQUE, arguments
from tests.oracle import mp_derivative

ROWS = [name for name in COMPLETE if name != "polygamma"]


def test_nothing_has_a_derivative_but_no_row() -> None:
    assert set(FUNCTION_RULES) <= set(FUNCTIONS)
    assert set(PRIMITIVES) <= set(ELEMENTARY)


def test_aliases_name_functions() -> None:
    assert set(ALIASES.values()) <= set(FUNCTIONS)


@pytest.mark.parametrize(("name", "at"), CASES)
def test_columns_agree(name: str, at: tuple[float, ...]) -> None:
    with mpmath.mp.workdps(30):
        true = exact()[name](*map(mpmath.mpf, at))
    assert FLOAT[name](*at) == pytest.approx(float(true), rel=4e-15)
    column = OPAQUE.get(name, symbols()[name])
    symbolic = column(*[sympy.Rational(v) for v in at])
    assert float(sympy.N(symbolic, 30)) == pytest.approx(float(true), rel=1e-15)


@pytest.mark.parametrize(("name", "at"), CASES)
def test_vjps_in_float64_and_in_many_digits(name: str, at: tuple[float, ...]) -> None:
    leaves = [tensor(v, requires_grad=True) for v in at]
    apply(name, *leaves).backward()
    with mpmath.mp.workdps(40):
        precise = [tensor(np.array(mpmath.mpf(v), dtype=object), requires_grad=True) for v in at]
        apply(name, *precise).backward()
        for i, vjp in enumerate(PRIMITIVES[name].vjps):
            if vjp is None:
                continue
            true = mp_derivative(exact()[name], *at, argument=i)
            assert leaves[i].grad.item() == pytest.approx(float(true), rel=1e-14)
            assert abs(precise[i].grad.data.item() - true) <= mpmath.mpf("1e-15") * (1 + abs(true))


@pytest.mark.parametrize("name", ROWS)
def test_rules_give_the_derivative(name: str) -> None:
    letters = ["x", "y"][: FUNCTIONS[name].arity]
    expression = read(f"{name}({', '.join(letters)})")
    for at in arguments(name):
        values = dict(zip(letters, at, strict=True))
        for i, letter in enumerate(letters):
            true = mp_derivative(exact()[name], *at, argument=i)
            found = differentiate(expression, letter)(values)
            assert found == pytest.approx(float(true), rel=1e-13)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_polygamma_rule(order: int) -> None:
    found = differentiate(read(f"polygamma({order}, x)"), "x")
    assert found.text == f"polygamma({order + 1}, x)"


def test_polygamma_of_a_large_integer_is_left_as_it_is() -> None:
    """SymPy adds up as many fractions, and never ends."""
    found = differentiate(read("x*polygamma(1, 1e50)"), "x")
    assert found.text == "polygamma(1, 1e+50)"
    assert found({"x": 2.0}) == pytest.approx(1e-50, rel=1e-14)


@pytest.mark.parametrize("name", COMPLETE)
def test_statements_are_true(name: str) -> None:
    """The statement shown to a student is the rule that is applied."""
    statement = FUNCTION_RULES[name].rule.statement.removeprefix("D ")
    left, right = statement.split(" = ", 1)
    if FUNCTIONS[name].arity == 1:
        assert left == f"{name}(x)"
        difference = differentiate(read(left), "x").text
        with mpmath.mp.workdps(20):
            for (at,) in arguments(name):
                x = {"x": mpmath.mpf(at)}
                both = [
                    read(t)(exact(), **x if read(t).variables else {}) for t in (difference, right)
                ]
                assert both[0] == pytest.approx(both[1], rel=1e-15)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("sqrt(-1 - 0*x)", None),
        ("log(-x)", None),
        ("x**(1/3)*(-1)**2", 1.0),
        ("(-x)**(1/3)", None),
        ("1/(x - 1)", None),
        ("abs((-x)**(1/2))", None),
        ("where(x > 0, x, log(-x))", 1.0),
        ("where(log(-x) > 0, 1, 2)", None),
        ("max(x, log(-x))", None),
        ("exp(exp(exp(10*x)))", None),
        ("cbrt(-8*x)", -2.0),
        ("gamma(-x)", None),
        ("x**0", 1.0),
    ],
)
def test_real_analysis_in_many_digits(call: str, value: float | None) -> None:
    with mpmath.mp.workdps(20):
        found = read(call, checked=False)(exact(), x=mpmath.mpf(1))
    if value is None:
        assert mpmath.isnan(found)
    else:
        assert found == pytest.approx(value)


@pytest.mark.parametrize("x", ["1e-200", "0.3", "7.25", "-2.6", "-260.1", "299.5"])
@pytest.mark.parametrize("digits", [100, 350, 700])
def test_gamma_in_many_digits(x: str, digits: int) -> None:
    """Legendre's duplication formula, which neither series knows of."""
    gamma, lgamma = exact()["gamma"], exact()["lgamma"]
    with mpmath.mp.workdps(digits):
        at = mpmath.mpf(x)
        doubled = mpmath.mpf(2) ** (1 - 2 * at) * mpmath.sqrt(mpmath.pi) * gamma(2 * at)
        product = gamma(at) * gamma(at + mpmath.mpf(1) / 2)
        assert mpmath.almosteq(product, doubled, rel_eps=mpmath.mpf(10) ** (10 - digits))
        logarithm = mpmath.log(abs(gamma(at)))
        assert mpmath.almosteq(lgamma(at), logarithm, rel_eps=mpmath.mpf(10) ** (10 - digits))


@pytest.mark.parametrize("x", [-1e4, -50.0, 0.0, 50.0, 1e4])
@pytest.mark.parametrize("name", ["sigmoid", "silu", "softplus"])
def test_sigmoid_and_its_kin_do_not_overflow(name: str, x: float) -> None:
    with mpmath.mp.workdps(30), np.errstate(over="raise"):
        assert FLOAT[name](x) == pytest.approx(float(exact()[name](mpmath.mpf(x))))


@pytest.mark.parametrize("text", ["x/lgamma(y)", "acsc(gamma(expm1(x))**0)*y"])
def test_gamma_near_its_poles_is_in_time(run: Run, text: str) -> None:
    assert run("grad", text, "x=0.1", "y=-1", "--timeout", "60").status in (0, 1)


@pytest.mark.parametrize("at", ["1e-200", "1e-250"])
def test_gamma_beside_its_pole(run: Run, at: str) -> None:
    # mpmath worked out the coefficients of a Taylor series in 4,000 bits, for seconds.
    outcome = run("grad", "gamma(x)", "--x", at, "--format", "value")
    size = 2 * int(at.removeprefix("1e-"))
    assert (outcome.status, outcome.out) == (0, "-inf\n")
    assert f"overflow: the derivative is -1.0e+{size}, beyond what a float64 holds" in outcome.err
