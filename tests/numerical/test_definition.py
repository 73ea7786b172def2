"""The truth: whether the derivative exists, from both sides, in as many digits as it takes."""

import mpmath
import pytest
from hypothesis import assume, given

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.numerical.definition import Truth
from tests import oracle
from tests.followed import examine
from tests.smooth_cases import CASES, ILL_CONDITIONED
from tests.strategies import formulas, points
from tests.texts import read_or_skip

INF = mpmath.inf


def truth(text: str, at: str, smallest: float = 1.0) -> Truth:
    expression, point = read(text), read(at)
    values = expression.variables
    return examine(
        lambda t: expression(exact(), **dict.fromkeys(values, t)),
        lambda: point(exact()),
        smallest,
    )


@pytest.mark.parametrize(
    ("text", "at", "derivative"),
    [
        ("3*x**2 - 4*x", "1", "2"),
        ("cbrt(x)", "-8", "1/12"),
        ("x**x", "1", "1"),
        ("abs(x)**3", "0", "0"),
        ("abs(x)**1.5", "0", "0"),
        ("x*abs(x)", "0", "0"),
        ("relu(x) - relu(-x)", "0", "1"),
        ("where(x != 0, x**2*sin(1/x), 0)", "0", "0"),
        ("exp(1000*x)", "1", "1000*exp(500)*exp(500)"),
        ("(1 - cos(1e-8*x))/(1e-8*x)**2", "1", None),
        ("((1 + 1e-8*x) - 1)*1e8", "1", "1"),
        ("sin(x)", "pi", "-1"),
        ("tan(x)", "pi", "1"),
        ("sin(x)", "1e100", "cos(1e100)"),
        ("log(x)", "1e-200", "1e200"),
        ("sin(x)**2 + cos(x)**2", "1", "0"),
        ("x + pi - x", "1", "0"),
        ("gamma(x)", "3.5", "gamma(3.5)*polygamma(0, 3.5)"),
        ("x**2 - x**2", "1", "0"),
    ],
)
def test_derivatives(text: str, at: str, derivative: str | None) -> None:
    found = truth(text, at)
    assert found.exists
    if derivative is None:
        assert mpmath.nstr(found.derivative, 3) == "-8.33e-18"
        return
    with mpmath.mp.workdps(160):
        true = read(derivative, checked=False)(exact())
        assert abs(found.derivative - true) <= mpmath.mpf(10) ** -25 * max(abs(true), 1e-5)


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        ("abs(x)", "0", "corner", -1, 1),
        ("sqrt(x**2)", "0", "corner", -1, 1),
        ("abs(x - 1/3)", "1/3", "corner", -1, 1),
        ("abs(x - 3)", "3", "corner", -1, 1),
        ("max(x, 0)", "0", "corner", 0, 1),
        ("relu(x)", "0", "corner", 0, 1),
        ("(x + abs(x))/2", "0", "corner", 0, 1),
        ("1e-45*abs(x)", "0", "corner", -1e-45, 1e-45),
        ("cbrt(x)", "0", "vertical tangent", INF, INF),
        ("-cbrt(x)", "0", "vertical tangent", -INF, -INF),
        ("sqrt(abs(x))", "0", "cusp", -INF, INF),
        ("where(x > 0, sqrt(abs(x)), 0)", "0", "vertical tangent", 0, INF),
        ("sqrt(x)", "0", "edge", None, INF),
        ("x**(1/3)", "0", "edge", None, INF),
        ("x**1.5", "0", "edge", None, 0),
        ("x**x", "0", "edge", None, -INF),
        ("acos(x)", "1", "edge", -INF, None),
        ("floor(x)", "1", "jump", INF, 0),
        ("sign(x)", "0", "jump", INF, INF),
        ("where(x > 0, 1, 0)", "0", "jump", 0, INF),
        ("where(x != 0, x*sin(1/x), 0)", "0", "oscillation", None, None),
    ],
)
def test_where_there_is_no_derivative(
    text: str, at: str, kind: str, left: object, right: object
) -> None:
    found = truth(text, at)
    assert found.defined
    assert (found.exists, found.kind) == (False, kind)
    for side, expected in ((found.left, left), (found.right, right)):
        if expected is None:
            assert mpmath.isnan(side.value)
        else:
            assert side.value == pytest.approx(expected, rel=1e-25, abs=1e-60)


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        ("log(x)", "-1", "outside", None, None),
        ("x**(1/3)", "-8", "outside", None, None),
        ("sqrt(-x**2 - 1)", "1", "outside", None, None),
        ("1/(x - x)", "1", "outside", None, None),
        ("1/x", "0", "pole", -INF, INF),
        ("1/x**2", "0", "pole", INF, INF),
        ("tan(x)", "pi/2", "pole", INF, -INF),
        ("log(abs(x))", "0", "pole", -INF, -INF),
        ("gamma(x)", "-1", "pole", INF, -INF),
        ("log(x)", "0", "pole", None, -INF),
        ("abs(x)/x", "0", "jump", -1, 1),
        ("sin(1/x)", "0", "oscillation", None, None),
        ("x*log(x)", "0", "edge", None, 0),
        ("sin(x)/x", "0", "removable", 1, 1),
        ("(x**2 - 1)/(x - 1)", "1", "removable", 2, 2),
    ],
)
def test_where_f_is_undefined(text: str, at: str, kind: str, left: object, right: object) -> None:
    found = truth(text, at)
    assert (found.defined, found.exists, found.kind) == (False, False, kind)
    for side, expected in ((found.left, left), (found.right, right)):
        if expected is None:
            assert mpmath.isnan(side.value)
        else:
            assert side.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "at", "limit", "kind", "derivative"),
    [
        ("sin(x)/x", "0", 1, "differentiable", 0),
        ("x**2*sin(1/x)", "0", 0, "differentiable", 0),
        ("exp(-1/x**2)", "0", 0, "differentiable", 0),
        ("(x**2 - 1)/(x - 1)", "1", 2, "differentiable", 1),
        ("(exp(x) - 1)/x", "0", 1, "differentiable", 0.5),
        ("x*sin(1/x)", "0", 0, "oscillation", None),
        ("x*abs(x)/x", "0", 0, "corner", None),
    ],
)
def test_removable_points_are_filled(
    text: str, at: str, limit: float, kind: str, derivative: float | None
) -> None:
    found = truth(text, at)
    assert found.kind == "removable"
    assert found.limit == pytest.approx(limit, abs=1e-30)
    assert found.extension is not None
    assert found.extension.kind == kind
    if derivative is not None:
        assert found.extension.derivative == pytest.approx(derivative, abs=1e-25)


def test_a_corner_too_slight_for_a_float64() -> None:
    found = truth("x + 1e-20*abs(x)", "0")
    assert found.kind == "corner"
    with mpmath.mp.workdps(40):
        assert found.right.value - found.left.value == pytest.approx(mpmath.mpf("2e-20"), rel=1e-10)


def test_order_of_convergence() -> None:
    assert truth("exp(x)", "0").right.order == pytest.approx(1, abs=1e-6)
    assert truth("cbrt(x)", "0").right.order == pytest.approx(-2 / 3, abs=1e-6)
    assert truth("abs(x)**1.5", "0").right.order == pytest.approx(0.5, abs=1e-6)


def test_a_tiny_derivative_is_resolved_when_one_is_claimed() -> None:
    found = truth("1 + 1e-250*x", "1", smallest=1e-250)
    assert found.derivative == pytest.approx(mpmath.mpf("1e-250"), rel=1e-20)


@pytest.mark.parametrize(("text", "at"), CASES + ILL_CONDITIONED)
def test_smooth_functions_take_24_evaluations(text: str, at: str) -> None:
    expression, x = read(text), float(at)
    evaluations = 0

    def f(t: object) -> object:
        nonlocal evaluations
        evaluations += 1
        return expression(exact(), x=t)

    found = examine(f, lambda: mpmath.mpf(x))
    assert found.exists
    assert evaluations <= 24
    with mpmath.mp.workdps(80):
        true = oracle.derivative(expression, {"x": x}, "x", digits=80)
        error = abs(found.derivative - true)
        assert error <= mpmath.mpf(10) ** -40 * abs(true)
        assert error <= found.left.error + found.right.error


@given(formulas(6), points, points)
def test_agrees_with_mpmath(text: str, x: float, y: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    at = {name: {"x": x, "y": y}[name] for name in expression.variables}
    true = oracle.derivative(expression, at, "x")
    assume(mpmath.isfinite(true) and oracle.size(expression, at) < 1e12)

    def along(t: object) -> object:
        return expression(exact(), **{n: mpmath.mpf(v) for n, v in at.items()} | {"x": t})

    found = examine(along, lambda: mpmath.mpf(x))
    assert found.exists
    assert abs(found.derivative - true) <= mpmath.mpf(10) ** -12 * (1 + abs(true))


@pytest.mark.parametrize(
    ("text", "kind", "derivative"),
    [
        ("sqrt(x**2 + 1e-90)", "differentiable", 0),
        ("sqrt(x**2 + 1e-100)", "differentiable", 0),
        ("abs(x)**(1 + 1e-9)", "differentiable", 0),
        ("abs(x)**(1 + 1e-12)", "differentiable", 0),
        ("abs(x)**1.01", "differentiable", 0),
        ("abs(x)**0.999", "cusp", None),
        ("where(x == 0, 0, x/log(abs(x)))", "differentiable", 0),
        ("where(x == 0, 0, x*log(abs(x))**2)", "vertical tangent", None),
        # The limits are 0, 0 and +oo, but nothing that finite steps show says so.
        ("where(x == 0, 0, x/sqrt(1 - log(abs(x))))", "undecided", None),
        ("where(x == 0, 0, x/log(-log(abs(x))))", "undecided", None),
        ("where(x == 0, 0, x*sqrt(-log(abs(x))))", "undecided", None),
        ("where(x == 0, 0, x*sin(log(abs(x))))", "oscillation", None),
        ("where(x == 0, 0, x*log(abs(x)))", "vertical tangent", None),
        # Between 1/2 and 1, and repeating with log(h): neither a tangent nor a limit.
        ("where(x == 0, 0, x*2**floor(log2(abs(x)))/abs(x))", "oscillation", None),
        ("where(x == 0, 0, 2**floor(log2(abs(x))))", "oscillation", None),
    ],
)
def test_nearly_flat_sequences(text: str, kind: str, derivative: int | None) -> None:
    expression = read(text)
    found = examine(lambda t: expression(exact(), x=t), lambda: mpmath.mpf(0))
    assert found.kind == kind
    assert derivative is None or found.derivative == derivative


def test_a_limit_approached_like_one_over_log() -> None:
    expression = read("where(x == 0, 0, x/100 + x/log(abs(x)))")
    found = examine(lambda t: expression(exact(), x=t), lambda: mpmath.mpf(0))
    assert found.exists
    assert abs(found.derivative - mpmath.mpf("0.01")) < 1e-12
