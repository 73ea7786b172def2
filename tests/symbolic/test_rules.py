"""Method 2: the rules, against SymPy's own derivative, and written as a person would."""

import math

import mpmath
import pytest
import sympy
from hypothesis import assume, given

from diffcalc.language.algebras import exact, symbols
from diffcalc.language.grammar import read
from diffcalc.symbolic import Step, differentiate
from diffcalc.symbolic.notation import to_text
from tests import oracle
from tests.conftest import Run
from tests.functions import OPAQUE
from tests.strategies import formulas, points
from tests.texts import read_or_skip

x, y = sympy.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("3*x**2 - 4*x", "6*x - 4"),
        ("3*x**3", "9*x**2"),
        ("(x + 1)*(x - 1)", "2*x"),
        ("sin(x**2)", "2*x*cos(x**2)"),
        ("x/(x + 1)", "1/(x + 1)**2"),
        ("1/x", "-1/x**2"),
        ("1/(1 + e^-x)", "exp(-x)/(1 + exp(-x))**2"),
        ("x**x", "x**x*(log(x) + 1)"),
        ("2^x", "2**x*log(2)"),
        ("log(x)^2", "2*log(x)/x"),
        ("log2(x)", "1/(x*log(2))"),
        ("sqrt(1 - x^2)", "-x/sqrt(1 - x**2)"),
        ("exp(-x^2/2)", "-x*exp(-x**2/2)"),
        ("x^2*y/(x^4 + y^2)", "2*x*y*(y**2 - x**4)/(x**4 + y**2)**2"),
        ("abs(x)", "sign(x)"),
        ("max(x, 0)", "where(x > 0, 1, 0)"),
        ("min(x**2, y)", "where(x**2 < y, 2*x, 0)"),
        ("where(x > 0, x^2, -x)", "where(x > 0, 2*x, -1)"),
        ("relu(x)", "where(x > 0, 1, 0)"),
        ("cbrt(x)", "1/(3*cbrt(x)**2)"),
        ("x**(1/3)", "1/(3*x**(2/3))"),
        ("atan2(y, x)", "-y/(x**2 + y**2)"),
        ("hypot(x, y)", "x/sqrt(x**2 + y**2)"),
        ("sigmoid(x)", "(1 - sigmoid(x))*sigmoid(x)"),
        ("0.1*x^2", "x/5"),
        ("x - x", "0"),
        ("y", "0"),
        ("e*x", "e"),
        ("pi*x", "pi"),
        ("log(x)/x", "(1 - log(x))/x**2"),
        ("sin(x)^2 + cos(x)^2", "0"),
        ("--x", "1"),
    ],
)  # fmt: skip
def test_a_person_would_write_it_so(text: str, derivative: str) -> None:
    assert differentiate(read(text), "x").text == derivative


def shape(step: Step) -> list[object]:
    """A derivation as nested [rule, [steps]]."""
    return [step.rule.name, *[shape(s) for s in step.steps]]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("5", ["constant"]),
        ("x", ["identity"]),
        ("x**2", ["power"]),
        ("7*x", ["constant multiple", ["identity"]]),
        ("-x", ["constant multiple", ["identity"]]),
        ("x + 1", ["sum", ["identity"], ["constant"]]),
        ("x*sin(x)", ["product", ["identity"], ["sine"]]),
        ("x/sin(x)", ["quotient", ["identity"], ["sine"]]),
        ("1/sin(x)", ["reciprocal", ["sine"]]),
        ("x/2", ["constant multiple", ["identity"]]),
        ("sin(x**2)", ["chain", ["sine"], ["power"]]),
        ("(2*x)**3", ["chain", ["power"], ["constant multiple", ["identity"]]]),
        ("2**x", ["exponential"]),
        ("exp(x)", ["exponential"]),
        ("log(x)", ["logarithm"]),
        ("x**x", ["general power", ["identity"], ["identity"]]),
        ("a*x*b", ["constant multiple", ["identity"]]),
        ("2*x*sin(x)", ["constant multiple", ["product", ["identity"], ["sine"]]]),
        ("a + b + x", ["sum", ["constant"], ["constant"], ["identity"]]),
        ("hypot(x, x)", ["chain", ["hypotenuse"], ["identity"]]),
        (
            "hypot(x, sin(x))",
            ["chain in two variables", ["hypotenuse"], ["hypotenuse"], ["identity"], ["sine"]],
        ),
    ],
)
def test_rules_are_named(text: str, rules: list[object]) -> None:
    assert shape(differentiate(read(text), "x").step) == rules


def test_the_chain_names_its_inner_function() -> None:
    step = differentiate(read("sin(x**2)"), "x").step
    outer, inner = step.steps
    assert step.where == "u = x**2"
    assert (outer.variable, outer.before, outer.after) == ("u", "sin(u)", "cos(u)")
    assert (inner.variable, inner.before, inner.after) == ("x", "x**2", "2*x")


def test_the_inner_function_gets_a_free_name() -> None:
    step = differentiate(read("sin(u**2)"), "u").step
    assert step.where == "u1 = u**2"
    assert step.steps[0].before == "sin(u1)"


def with_definitions(formula: sympy.Expr) -> sympy.Expr:
    """Functions that SymPy does not know, written out."""
    return formula.replace(
        lambda e: isinstance(e, sympy.core.function.AppliedUndef) and e.func.__name__ in OPAQUE,
        lambda e: OPAQUE[e.func.__name__](*e.args),
    )


@given(formulas(), points, points)
def test_agrees_with_sympys_diff(text: str, a: float, b: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    at = {name: {"x": a, "y": b}[name] for name in expression.variables}
    true = oracle.derivative(expression, at, "x")
    assume(mpmath.isfinite(true) and oracle.size(expression, at) < 1e8)
    names = {n: sympy.Symbol(n, real=True) for n in expression.variables}
    sympys = sympy.diff(with_definitions(expression(symbols(), **names)), x)
    points_ = {names[n]: sympy.Float(repr(v), 40) for n, v in at.items()}
    found = differentiate(expression, "x")
    with mpmath.mp.workdps(40):
        values = {n: mpmath.mpf(v) for n, v in at.items()}
        ours = found(values, exact())
        scale = 1 + abs(true)
        assert abs(ours - true) <= mpmath.mpf(10) ** -15 * scale
        theirs = sympys.evalf(30, subs=points_)
        assert abs(complex(theirs) - complex(ours)) <= 1e-10 * float(scale)


@given(formulas())
def test_the_formula_reads_back(text: str) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    found = differentiate(expression, "x")
    assume(found.program is not None)
    names = {n: sympy.Symbol(n, real=True) for n in expression.variables}
    again = found.program(symbols(), **names)
    # Not `subs` with a fraction, whose powers SymPy would work out to the last digit.
    at = {sympy.Symbol(n, real=True): sympy.Float("1.4", 30) for n in expression.variables}
    difference, size = (
        with_definitions(formula).evalf(20, subs=at)
        for formula in (again - found.formula, found.formula)
    )
    assume(size.is_finite and abs(size) < 1e300)
    assert abs(complex(difference)) <= 1e-12 * (1 + abs(complex(size)))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (-x - 1, "-x - 1"),
        (y - x, "y - x"),
        (1 / (x + 1) ** 2, "1/(x + 1)**2"),
        (2 ** (1 / x), "2**(1/x)"),
        (2 ** (x**-2), "2**(1/x**2)"),
        ((1 / x) ** x, "(1/x)**x"),
        (x**-2 * y, "y/x**2"),
        (x ** sympy.Rational(-1, 2), "1/sqrt(x)"),
        (sympy.Abs(x), "abs(x)"),
        (sympy.E - x, "e - x"),
        (sympy.ceiling(x), "ceil(x)"),
        (-(x - 1) * (y - 2), "(1 - x)*(y - 2)"),
        (sympy.sqrt(2) - x, "sqrt(2) - x"),
        # Nobody counts fifty zeros, and the reader takes no number of more than 40 digits.
        (10**50 * x, "1e+50*x"),
        (-3 * x / 10**51, "-3*x/1e+51"),
        (x + sympy.Rational(1, 10**130), "x + 1e-130"),
        (x + sympy.Rational(1, 3), "x + 1/3"),
        (123456789 * 10**5 * x, "12345678900000*x"),
    ],
)
def test_notation(formula: sympy.Expr, text: str) -> None:
    assert to_text(formula) == text


def test_euler_beside_a_variable_e() -> None:
    found = differentiate(read("exp(1)*e*x", declared=["e"]), "x")
    assert found.text == "exp(1)*e"
    assert found({"e": 2.0}) == pytest.approx(2 * 2.718281828459045)


def test_no_real_value_no_program() -> None:
    assert differentiate(read("1/(x - x)"), "x").program is None


def test_long_sums_and_products_do_not_recurse() -> None:
    total = differentiate(read("+".join(f"{k + 1}*x**{k % 9 + 1}" for k in range(2000))), "x")
    assert len(total.step.steps) == 2000
    product = differentiate(read("*".join(f"x{k}" for k in range(1000))), "x7")
    assert product.formula.count_ops() == 998


def test_a_thousand_nested_functions() -> None:
    text = "x"
    expression = None
    for _ in range(20):
        text = f"sin({text})"
        expression = read(text)
    assert expression is not None
    found = differentiate(expression, "x")
    assert found({"x": 0.0}) == 1


def test_functions_as_deep_as_the_reader_goes() -> None:
    found = differentiate(read("sin(exp(" * 40 + "x" + "))" * 40), "x")
    value, slope = 0.5, 1.0
    for _ in range(40):
        value, slope = math.exp(value), slope * math.exp(value)
        value, slope = math.sin(value), slope * math.cos(value)
    assert found({"x": 0.5}) == pytest.approx(slope, rel=1e-12)


def test_the_same_operand_twice() -> None:
    step = differentiate(read("hypot(x, x)"), "x").step
    assert step.where == "u = x"
    assert step.steps[0].before == "hypot(u, u)"


def test_decimals_do_not_become_huge_integers() -> None:
    text = differentiate(read("1/(0.123456789*x + 0.987654321)**5"), "x").text
    assert len(text) < 120


def test_factors_are_not_looked_for_among_numbers_of_hundreds_of_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SymPy looked for a prime number larger than their product, for half a minute."""
    tried: list[sympy.Expr] = []

    def factor(formula: sympy.Expr) -> sympy.Expr:
        tried.append(formula)
        return formula

    monkeypatch.setattr(sympy, "factor", factor)
    differentiate(read("(x - 1/3)*atan((x - 1/3)/1e-300)"), "x")
    assert not tried
    differentiate(read("(x - 1/3)*atan((x - 1/3)/1e-3)"), "x")
    assert tried


def test_a_formula_with_endless_numbers_is_refused(run: Run) -> None:
    text = "where(x==1e-300,1,sin(x-1e-300)/(x-1e-300))"
    outcome = run("grad", text, "--x", "1e-300", "--order", "4", "--timeout", "60")
    assert (outcome.status, outcome.out) == (2, "")
    assert "numbers of thousands of digits" in outcome.err
