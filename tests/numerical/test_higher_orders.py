"""Whether a higher derivative exists, and its value, by the definition."""

import mpmath
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.numerical.definition import Truth
from tests import oracle
from tests.conftest import examples
from tests.higher_orders import examine_mixed, examine_order
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def examined(text: str, x: str, order: int) -> Truth:
    expression = read(text)
    return examine_order(order, lambda t: expression(exact(), x=t), lambda: read(x)(exact()))


@pytest.mark.parametrize(
    ("text", "x", "order", "derivative"),
    [
        ("x**4", "0", 4, 24),
        ("x**4", "0", 5, 0),
        ("x*abs(x)**3", "0", 3, 0),
        ("abs(x)", "1", 2, 0),
        ("exp(2*x)", "0", 8, 256),
        ("log(x)", "1e5", 6, mpmath.mpf("-1.2e-28")),
        ("floor(x)", "1/2", 3, 0),
        ("1/x", "1e-5", 2, 2 * mpmath.mpf(10) ** 15),
        ("sin(x)", "1e-300", 3, -1),
        ("where(x != 0, x**4*sin(1/x), 0)", "0", 2, 0),
        ("where(x != 0, exp(-1/x**2), 0)", "0", 4, 0),
        ("where(x != 1/3, (x - 1/3)**5*sin(1/(x - 1/3)**2), 0)", "1/3", 1, 0),
    ],
)
def test_derivatives_that_exist(text: str, x: str, order: int, derivative: object) -> None:
    found = examined(text, x, order)
    assert found.exists
    assert abs(found.derivative - derivative) <= 1e-25 * (abs(derivative) + 1e-10)


@pytest.mark.parametrize(
    ("text", "x", "order", "kind", "of", "left", "right"),
    [
        ("x*abs(x)", "0", 2, "corner", "the first derivative", -2, 2),
        ("x*sqrt(x**2)", "0", 2, "corner", "the first derivative", -2, 2),
        ("(x - 1/3)*abs(x - 1/3)", "1/3", 2, "corner", "the first derivative", -2, 2),
        ("abs(x)**3", "0", 3, "corner", "the second derivative", -6, 6),
        ("x*abs(x)**3", "0", 4, "corner", "the third derivative", -24, 24),
        # The lowest one that does not exist is told.
        ("abs(x)", "0", 2, "corner", "", -1, 1),
        ("abs(x)", "0", 4, "corner", "", -1, 1),
        ("x*abs(x)", "0", 5, "corner", "the first derivative", -2, 2),
        ("cbrt(x)**7", "0", 3, "vertical tangent", "the second derivative", mpmath.inf, mpmath.inf),
        ("x**2.5", "0", 2, "edge", "", None, 0),
        (
            "where(x != 0, x**3*sin(1/x), 0)",
            "0",
            2,
            "oscillation",
            "the first derivative",
            None,
            None,
        ),
        ("where(x > 1, x**2, 2*x - 1)", "1", 2, "corner", "the first derivative", 0, 2),
        ("floor(x)", "1", 2, "jump", "", mpmath.inf, 0),
        ("sin(x)/x", "0", 2, "removable", "", 1, 1),
        ("tan(x)", "pi/2", 3, "pole", "", mpmath.inf, -mpmath.inf),
    ],
)
def test_derivatives_that_do_not(
    text: str, x: str, order: int, kind: str, of: str, left: object, right: object
) -> None:
    found = examined(text, x, order)
    assert (found.kind, found.of) == (kind, of)
    for side, expected in ((found.left.value, left), (found.right.value, right)):
        if expected is None:
            assert mpmath.isnan(side)
        else:
            assert side == expected or abs(side - expected) < 1e-20


def test_mixed_derivatives_may_depend_on_their_order() -> None:
    # Peano's example: Schwarz's theorem needs continuous second derivatives.
    expression = read("where(x**2 + y**2 > 0, x*y*(x**2 - y**2)/(x**2 + y**2), 0)")

    def f(x: object, y: object) -> object:
        return expression(exact(), x=x, y=y)

    def origin() -> object:
        return mpmath.mpf(0)

    assert examine_mixed(f, origin, origin, "x").derivative == pytest.approx(-1)
    assert examine_mixed(lambda y, x: f(x, y), origin, origin, "y").derivative == pytest.approx(1)


def test_a_mixed_derivative_needs_the_first_one() -> None:
    expression = read("abs(x)*y")
    found = examine_mixed(
        lambda x, y: expression(exact(), x=x, y=y),
        lambda: mpmath.mpf(0),
        lambda: mpmath.mpf(2),
        "x",
    )
    assert (found.kind, found.left.value, found.right.value) == ("corner", -2, 2)


@examples(0.3, suppress_health_check=[HealthCheck.filter_too_much])
@given(formulas(5), st.integers(2, 5), points)
def test_agrees_with_mpmath(text: str, order: int, x: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and expression.variables == ("x",))
    assume(oracle.size(expression, {"x": x}) < 1e3)
    true = oracle.derivative(expression, {"x": x}, "x", digits=60, order=order)
    assume(mpmath.isfinite(true) and abs(true) < 1e6)
    found = examine_order(order, lambda t: expression(exact(), x=t), lambda: mpmath.mpf(x))
    assert found.exists
    assert abs(found.derivative - true) <= 1e-20 * (1 + abs(true))


@pytest.mark.parametrize(
    ("text", "x", "order"),
    [
        ("max(x, 0)**3", "0", 2), ("relu(x)**4", "0", 3), ("relu(x)**5", "0", 4),
        ("where(x > 0, x**3, 0)", "0", 2), ("1 + relu(x)**3", "0", 2),
        ("max(x - 1/3, 0)**3", "1/3", 2), ("max(x - pi, 0)**3", "pi", 2),
        ("max(x - 1e10, 0)**3", "1e10", 2), ("where(x > 0, exp(-1/x), 0)", "0", 3),
        ("(x + 6)*sin(3)", "0.7", 3), ("(x + 6)*sin(3)", "0.7", 4), ("(2*x + 1)*atan(5)", "pi", 3),
    ],
)  # fmt: skip
def test_flat_on_one_side_or_straight(text: str, x: str, order: int) -> None:
    found = examined(text, x, order)
    assert (found.kind, found.derivative) == ("differentiable", 0)


def test_the_sides_of_a_flat_function() -> None:
    found = examined("relu(x)**2", "0", 2)
    assert (found.kind, found.left.value, found.right.value) == ("corner", 0, 2)


def mixed(text: str, x: str, y: str) -> tuple[Truth, Truth]:
    """The derivative first in x, then in y, and the other way round."""
    expression = read(text)

    def constant(value: str) -> object:
        return lambda: read(value)(exact())

    def f(s: object, t: object) -> object:
        return expression(exact(), x=s, y=t)

    return (
        examine_mixed(f, constant(x), constant(y), "x"),
        examine_mixed(lambda t, s: f(s, t), constant(y), constant(x), "y"),
    )


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("x**3 + y**3", "0", "0"), ("x**3*y**2 - y**5 + x", "0", "0"), ("x**3 + y", "0", "5"),
        ("(x - 1)**3 + y**2", "1", "2"), ("x**3/(1 + y**2)", "0", "1"), ("x*sin(y)**3", "1", "0"),
        ("abs(x)*x*y", "0", "1"), ("x*x - x*y + x*y", "0.312", "0.312"), ("max(x, 0)**3*y**2", "0", "1"), ("x*relu(y)**2", "1", "0"),
    ],
)  # fmt: skip
def test_mixed_derivatives_that_are_zero(text: str, x: str, y: str) -> None:
    found = mixed(text, x, y)
    assert [(t.kind, t.derivative) for t in found] == [("differentiable", 0)] * 2


def test_round_off_is_no_kink() -> None:
    # x*y - x**2 is small beside its terms, so its round-off is large beside its value.
    found = mixed("x*y - x**2", "0.312", "0.312")
    for truth in found:
        assert truth.exists
        assert abs(truth.derivative - 1) < 1e-30


@pytest.mark.parametrize(
    ("text", "x", "y", "first"),
    [
        ("abs(x*y)", "0", "0", "x"), ("abs(x*y)", "0", "0", "y"), ("abs(x)*y**2", "0", "0", "x"),
        ("x**2*abs(y)", "0", "0", "y"), ("sin(x)*abs(y)", "pi", "0", "y"),
        ("relu(x)*relu(y)", "0", "0", "x"),
    ],
)  # fmt: skip
def test_mixed_derivatives_across_a_kink(text: str, x: str, y: str, first: str) -> None:
    found = mixed(text, x, y)["xy".index(first)]
    assert (found.kind, found.of) == ("edge", f"the derivative in {first}")
