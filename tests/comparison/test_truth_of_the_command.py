"""What grad once got wrong, through all of a comparison: deceived by steps, by sizes, by borders.

The values are by construction, or mpmath's own, of formulas that are written beside the case.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from mpmath import cos, exp, ln, mpf

from diffcalc.comparison.compare import Comparison, compare, second_derivatives
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from tests.conftest import Run

# sin(1e50**100) needs 5,000 digits for its argument.
_DIGITS = 5_200
# Of 30 that are asked for.
_RIGHT = mpf(10) ** -28


def compared(text: str, at: str, order: int = 1) -> Comparison:
    return compare(read(text), read_point(at.split()), order=order)


def check(found: Comparison, values: Callable[[], list[Any]]) -> None:
    """Each derivative is proved to exist, and as good as agreed on."""
    assert found.joint is None
    with mpmath.mp.workdps(_DIGITS):
        for element, value in zip(found.elements, values(), strict=True):
            truth = element.truth
            assert (truth.kind, truth.known) == ("differentiable", "proved")
            assert abs(truth.derivative - value) <= abs(value) * _RIGHT
            assert element.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(abs(x), 1e-130)", "0"),
        ("max(abs(x), 1e-200)", "0"),
        ("min(-abs(x), -1e-130)", "0"),
        ("abs(x - 1e-130)", "-1"),
        ("sqrt(x^2 + 1e-260)", "0"),
        ("hypot(x, 1e-180)", "0"),
        ("log(1e-300 + x^2)", "0"),
        ("x + 5*relu(x - 1e-150)", "1"),
        ("where(x < 1e-200, x^2, x)", "0"),
        ("tanh(1e150*x)", "1e150"),
        ("sigmoid(1e200*x)", "2.5e199"),
        ("sigmoid(1e60*x)", "2.5e59"),
        ("x/(x^2 + 1e-100)", "1e100"),
        ("cbrt(x^5)", "0"),
    ],
)
def test_what_hides_below_any_step_at_0(text: str, value: str) -> None:
    check(compared(text, "x=0"), lambda: [mpf(value)])


@pytest.mark.parametrize(
    ("text", "at", "values"),
    [
        ("exp(-x^30)", "x=100", lambda: [-30 * mpf(100) ** 29 * exp(-(mpf(100) ** 30))]),
        ("exp(-exp(x))", "x=100", lambda: [-exp(100) * exp(-exp(100))]),
        ("exp(-exp(x))", "x=250", lambda: [-exp(250) * exp(-exp(250))]),
        ("exp(-exp(x))", "x=500", lambda: [-exp(500) * exp(-exp(500))]),
        ("exp(-exp(-x))", "x=-100", lambda: [exp(100) * exp(-exp(100))]),
        ("exp(-x^4)", "x=1e15", lambda: [-4 * mpf("1e45") * exp(-mpf("1e60"))]),
        ("exp(-1/x^2)", "x=1e-22", lambda: [2 * mpf(10) ** 66 * exp(-(mpf(10) ** 44))]),
        ("erfc(x)", "x=1e50", lambda: [-2 / mpmath.sqrt(mpmath.pi) * exp(-(mpf(10) ** 100))]),
        ("erfc(x)", "x=1e200", lambda: [-2 / mpmath.sqrt(mpmath.pi) * exp(-(mpf(10) ** 400))]),
        (
            "exp(-(x/l)^k)",
            "x=1000 l=1 k=15",
            lambda: [
                factor * exp(-mpf("1e45"))
                for factor in (-15 * mpf("1e42"), 15 * mpf("1e45"), -ln(1000) * mpf("1e45"))
            ],
        ),
        ("exp(exp(x))", "x=140", lambda: [exp(140) * exp(exp(140))]),
        ("cos(2^x)", "x=1000", lambda: [-mpmath.sin(mpf(2) ** 1000) * mpf(2) ** 1000 * ln(2)]),
        ("sin(exp(x))", "x=300", lambda: [exp(300) * cos(exp(300))]),
        ("sin(x^100)", "x=1e50", lambda: [100 * mpf(10) ** 4950 * cos(mpf(10) ** 5000)]),
        (
            "gamma(10^x)",
            "x=500",
            lambda: [exp(mpmath.loggamma(mpf(10) ** 500)) * mpmath.psi(0, mpf(10) ** 500)
                     * mpf(10) ** 500 * ln(10)],
        ),
        ("exp(x)", "x=1e60", lambda: [exp(mpf("1e60"))]),
        ("exp(1e50*x)", "x=1", lambda: [mpf("1e50") * exp(mpf("1e50"))]),
        ("log(1 + exp(z))", "z=800", lambda: [1 / (1 + exp(-800))]),
    ],
)  # fmt: skip
def test_functions_far_below_and_far_above_float64(
    text: str, at: str, values: Callable[[], list[Any]]
) -> None:
    check(compared(text, at), values)


def test_a_cosine_of_2_to_the_20000() -> None:
    with mpmath.mp.workdps(6_100):
        value = -mpmath.sin(mpf(2) ** 20_000) * mpf(2) ** 20_000 * ln(2)
        found = compared("cos(2^x)", "x=20000").elements[0].truth
        assert abs(found.derivative - value) <= abs(value) * _RIGHT


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("floor(exp(x))", "x=240"),
        ("floor(exp(x))", "x=1000"),
        ("floor(exp(x))", "x=10000"),
        ("ceil(exp(x))", "x=240"),
        ("floor(gamma(x))", "x=100.5"),
        ("sign(sin(exp(x)))", "x=240"),
    ],
)
def test_steps_between_integers_of_any_size_are_flat(text: str, at: str) -> None:
    check(compared(text, at), lambda: [mpf(0)])


@pytest.mark.parametrize(
    ("text", "at", "order"),
    [
        # The slope of exp was seen, and called the derivative of floor.
        ("floor(exp(x))", "x=100000", 1),
        ("ceil(3^x/x)", "x=100000", 1),
        # Of so large an argument no digit was left, and 0 was said.
        ("sin(x^1000)", "x=1e50", 1),
        ("sign(sin(x^1000))", "x=1e50", 1),
        ("sin(x^1000)", "x=1e50", 2),
        ("tan(exp(x))", "x=100000", 1),
    ],
)
def test_what_too_many_digits_would_tell_is_undecided(text: str, at: str, order: int) -> None:
    assert compared(text, at, order).verdict is Verdict.UNDECIDED


def test_the_fraction_of_a_number_of_thousands_of_digits_is_not_assumed_to_be_0() -> None:
    (element,) = compared("abs(exp(x) - floor(exp(x)))", "x=10000").elements
    assert (element.truth.known, element.truth.assuming) == ("proved", ())
    with mpmath.mp.workdps(_DIGITS):
        assert abs(element.truth.derivative / exp(10000) - 1) <= _RIGHT


@pytest.mark.parametrize("text", ["sin(x^100)", "cos(x^100)", "2*sin(x^100) + 1"])
def test_the_value_of_a_function_of_period_far_out(text: str) -> None:
    with mpmath.mp.workdps(_DIGITS):
        x = mpf(10) ** 5000
        value = {"s": mpmath.sin(x), "c": cos(x), "2": 2 * mpmath.sin(x) + 1}[text[0]]
        assert compared(text, "x=1e50").value == pytest.approx(float(value), rel=1e-15)


def test_higher_derivatives_far_out() -> None:
    with mpmath.mp.workdps(_DIGITS):
        x, u = mpf(10) ** 50, mpf(10) ** 5000
        value = 9900 * x**98 * cos(u) - 10_000 * x**198 * mpmath.sin(u)
        check(compared("sin(x^100)", "x=1e50", 2), lambda: [value])


@pytest.mark.parametrize(
    ("text", "at", "values"),
    [
        ("x*y", "x=1e-80 y=1e-80", ["1e-80", "1e-80"]),
        ("x/y", "x=1e-48 y=1e-48", ["1e48", "-1e48"]),
        ("log(a/b)", "a=1e-44 b=1e-44", ["1e44", "-1e44"]),
        ("atan2(y, x)", "x=1e-200 y=1e-200", ["5e199", "-5e199"]),
        ("x^2 + y^2 + x*y", "x=1e-90 y=0", ["2e-90", "1e-90"]),
        ("hypot(x, y)", "x=3e-150 y=4e-150", ["0.6", "0.8"]),
        ("x*y/(x + y)", "x=1e-120 y=1e-120", ["0.25", "0.25"]),
        ("sum(x @ A)", "x=-0.9,0.66 A=[[-1.55,1.55],[1.64,-1.61]]",
         ["0", "0.03", "-0.9", "-0.9", "0.66", "0.66"]),
    ],
)  # fmt: skip
def test_several_variables_at_small_points(text: str, at: str, values: list[str]) -> None:
    check(compared(text, at), lambda: [mpf(value) for value in values])


def test_a_linear_function_has_a_numerical_limit() -> None:
    found = compared("sum(x @ A)", "x=-0.9,0.66 A=[[-1.55,1.55],[1.64,-1.61]]")
    assert found.verdict is Verdict.AGREE


def test_a_corner_of_the_first_derivative_leaves_the_mixed_one() -> None:
    point = read_point(["x=1", "y=0.5"])
    found = second_derivatives(read("where(x <= 1, x^2/2, x - 1/2) + y^2"), point).elements
    kinds = {element.name: element.judgement.kind for element in found}
    assert kinds == {"x": "corner", "y, x": "", "x, y": "", "y": ""}
    assert [element.truth.derivative for element in found if len(element.distinct) > 1] == [0, 0]


def test_second_derivatives_of_what_is_far_below_float64() -> None:
    """Two ends of an enclosure, one of them 1e-(10**60) of the other, were added in all digits."""
    found = second_derivatives(read("exp(-x^30)*y"), read_point(["x=100", "y=2"]))

    def values() -> list[Any]:
        x = mpf(100)
        fallen = exp(-(x**30))
        across = -30 * x**29 * fallen
        return [2 * (900 * x**58 - 870 * x**28) * fallen, across, across, mpf(0)]

    check(found, values)


def test_no_value_is_not_called_a_convention() -> None:
    (element,) = compared("cbrt(x^5)", "x=0").elements
    assert element.judgement.kind == "no value"


def test_digits_of_a_number_with_51_in_its_exponent(run: Run) -> None:
    with mpmath.mp.workdps(120):
        value = mpmath.nstr(mpf("1e50") * exp(mpf("1e50")), 40)
    shown = run("limit", "exp(1e50*x)", "x=1", "--digits", "40", "--format", "json").out
    assert f'"reference": "{value}"' in shown


def test_graph_tells_of_a_gradient_that_is_none(run: Run) -> None:
    outcome = run("graph", "log(1+exp(z))", "z=800")
    assert "autograd gives 0, but the derivative is 1" in outcome.err
