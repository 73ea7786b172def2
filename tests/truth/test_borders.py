"""Proofs at corners, edges, poles and what only looks like them: what issue reports and a
comparison with the definition brought up. The corpus of truths by construction is for the command.
"""

from typing import Any

import pytest

from tests.proofs import derivative, prove, said


def same(got: float | str, want: Any) -> bool:
    if want is None:
        return True
    if isinstance(want, str) or isinstance(got, str):
        return got == want
    return abs(got) <= 1e-25 if want == 0 else abs(got - want) <= 1e-9 * abs(want)


def test_what_the_corpus_calls_equal_sides_are_told_apart() -> None:
    proof = prove("x + 10^(-300)*abs(x)", "x=0")
    assert proof.kind == "corner"
    assert said(proof.left) == said(proof.right) == 1
    assert proof.left.value != proof.right.value


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        ("abs(abs(x) - 1)", "x=1", "corner", -1, 1),
        ("max(x, 2*x, 3*x)", "x=0", "corner", 1, 3),
        ("(x + abs(x))/2", "x=0", "corner", 0, 1),
        ("sqrt(x^4 + x^3)", "x=0", "edge", "outside the domain", 0),
        ("sqrt(x^4 + x^2)", "x=0", "corner", -1, 1),
        ("x*abs(x)", "x=0", "differentiable", 0, 0),
        ("cbrt(x^5)", "x=0", "differentiable", 0, 0),
        ("abs(x)^pi", "x=0", "differentiable", 0, 0),
        ("abs(x)^(1/pi)", "x=0", "cusp", "-∞", "+∞"),
        ("x^x", "x=0", "edge", "outside the domain", "-∞"),
        ("gamma(x)", "x=-2", "pole", "-∞", "+∞"),
        ("lgamma(x)", "x=-1", "pole", "+∞", "+∞"),
        ("polygamma(1, x)", "x=0", "pole", "+∞", "+∞"),
        ("tan(x)", "x=pi/2", "pole", "+∞", "-∞"),
        ("atan(1/x)", "x=0", "jump", -1.5707963267948966, 1.5707963267948966),
        ("acot(x)", "x=0", "jump", "+∞", -1),
        ("erf(1/x)", "x=0", "jump", -1, 1),
        ("x*erfc(-1/x)", "x=0", "removable", 0, 0),
        ("abs(sin(x)^2 + cos(x)^2 - 1)", "x=0", "differentiable", 0, 0),
        ("abs(sin(x)^2 + cos(x)^2 - 1)", "x=1", "differentiable", 0, 0),
        ("exp(-1/x)/exp(-2/x)", "x=0", "pole", 0, "+∞"),
        ("exp(-1/x^2)/exp(-2/x^2)", "x=0", "pole", "+∞", "+∞"),
        ("sin(1/x) + sin(1/x)^2 + cos(1/x)^2", "x=0", "oscillation", "no limit", "no limit"),
        ("where(x == 0, 0, x*sin(log(abs(x))))", "x=0", "oscillation", "no limit", "no limit"),
        ("x*floor(1/x)", "x=0", "removable", 1, 1),
        ("lgamma(1/x)*x", "x=1e-3", "differentiable", None, None),
        ("sign(sin(2*x) - 2*sin(x)*cos(x))", "x=0", "differentiable", 0, 0),
        ("floor(sin(x)^2 + cos(x)^2)", "x=0", "differentiable", 0, 0),
        ("1/(sin(2*x) - 2*sin(x)*cos(x))", "x=0", "outside", "outside the domain", "outside the domain"),
        ("asech((1/(x^3))*((x^3)^1))", "x=0.5", "differentiable", 0, 0),
        ("norm(x)", "x=0,0", "corner", -1, 1),
        ("max(x)", "x=1,1,0", "corner", 0, 1),
    ],
)  # fmt: skip
def test_the_kinds(text: str, at: str, kind: str, left: Any, right: Any) -> None:
    proof = prove(text, at)
    assert proof.kind == kind
    assert proof.known == "proved"
    assert same(said(proof.left), left)
    assert same(said(proof.right), right)


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        # The exponent of a negative base moves, so it is no integer beside the point.
        ("floor((max(x^3, x^3))^(1/(x^2)))", "x=-0.5", "edge", "outside the domain", "outside the domain"),
        # The exponent is 1 on both sides, though it moves on the way.
        ("(acos(1) - tan(x))^(max(x^2, 2)/x^2)", "x=pi/2", "pole", "-∞", "+∞"),
        # A term that stands still belongs to a limit of f, though not to a quotient.
        ("1/lgamma(x) - (2*(x + 1) - 1/4)", "x=0", "removable", -1.75, -1.75),
        ("abs(sech(1/3))/where(x^3 > 0, 1/2, x^3) - pi", "x=0", "pole", "-∞", None),
        # A step that stands still is a constant, also where the next operation is on its border.
        ("1/acsc(ceil(x))", "x=log(2)", "differentiable", 0, 0),
        ("csc(abs(relu(x))^(1/3))/pi", "x=-2", "outside", "outside the domain", "outside the domain"),
        ("relu(x)^(1/3)", "x=-2", "differentiable", 0, 0),
        ("(sinh(log10(4*x + 4)))/4", "x=-1", "pole", "outside the domain", "-∞"),
    ],
)  # fmt: skip
def test_where_proof_and_definition_once_disagreed(
    text: str, at: str, kind: str, left: Any, right: Any
) -> None:
    test_the_kinds(text, at, kind, left, right)


def test_a_term_that_stands_still_and_has_no_value_leaves_none() -> None:
    assert prove("x + log(y)", "x=1", "y=-1", wrt="x").kind == "outside"
    assert prove("abs(x) + log(y)", "x=0", "y=-1", wrt="x").kind == "outside"


@pytest.mark.parametrize(
    ("text", "leading"),
    [
        ("cbrt(x)", "l0**2/3"),
        ("sqrt(abs(x))", "l0**1/2"),
        ("where(x == 0, 0, x*log(abs(x))^2)", "l1**2"),
        ("abs(x)^(1/pi)", "l0**1 - 1/pi"),
    ],
)
def test_how_a_quotient_diverges_is_told(text: str, leading: str) -> None:
    assert str(prove(text, "x=0").right.leading) == leading


@pytest.mark.parametrize(
    "text",
    [
        "sign(atan(x) + atan((1 - x)/(1 + x)) - pi/4)",
        "where(x == 0, 0, abs(x*sin(1/x)))",
        "where(x == 0, 0, x/(2 + sin(1/x)))",
        "where(x == 0, 0, x*sin(1/x) + x*sin(1/x^2))",
    ],
)
def test_what_no_series_shows_is_undecided(text: str) -> None:
    assert prove(text, "x=0").kind == "undecided"


def test_a_zero_that_is_not_proved_is_assumed_and_named_once() -> None:
    proof = prove("abs(log(2) + log(3) - log(6) + x)*(1 + x)", "x=0")
    assert proof.kind == "corner"
    assert proof.known == "assumed"
    assert proof.assuming == ("log(2) + log(3) - log(6) = 0",)


@pytest.mark.parametrize(
    "text",
    [
        "abs(x + sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)))",
        "abs(x + cos(pi/7) - cos(2*pi/7) + cos(3*pi/7) - 1/2)",
        "abs(x + exp(2*log(3)) - 9)",
        "abs(x + pi/3 - pi + 2*pi/3)",
    ],
)
def test_zeros_of_algebraic_numbers_are_proved(text: str) -> None:
    proof = prove(text, "x=0")
    assert proof.kind == "corner"
    assert proof.known == "proved"


@pytest.mark.parametrize(
    ("text", "order", "kind", "left", "right"),
    [
        ("huber(0, x)", 1, "differentiable", 1, 1),
        ("huber(0, x)", 2, "corner", 1, 0),
        ("abs(x - 1)*(x - 1)", 2, "corner", -2, 2),
        ("abs(x - 1)^3", 3, "corner", -6, 6),
        ("abs(x - 1)", 2, "corner", -1, 1),
        ("(x - 1)^(7/3)", 2, "edge", "outside the domain", 0),
        ("cbrt(x - 1)^7", 2, "differentiable", 0, 0),
        ("cbrt(x - 1)^7", 3, "vertical tangent", "+∞", "+∞"),
    ],
)  # fmt: skip
def test_orders_above_one_at_a_border(
    text: str, order: int, kind: str, left: Any, right: Any
) -> None:
    proof = prove(text, "x=1", order=order)
    assert proof.kind == kind
    assert same(said(proof.left), left)
    assert same(said(proof.right), right)


def test_the_first_order_that_fails_is_told() -> None:
    assert prove("abs(x)", "x=0", order=3).of == 1
    assert prove("x*abs(x)", "x=0", order=3).of == 2


def test_nothing_is_said_of_the_derivative_of_a_wild_remainder() -> None:
    assert prove("where(x == 0, 0, x^4*sin(sin(1/x)))", "x=0", order=2).kind == "undecided"
    assert prove("where(x == 0, 0, x^4*sin(1/x))", "x=0", order=2).kind == "differentiable"


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("(1 + cos(x))/sin(x)^2", "pi", 0),
        ("(1 - cos(x))/x^2", "0", 0),
        ("(sin(x) - x)/x^2", "0", -1 / 6),
        ("(1 - cos(x)^8)^4/x^8", "0", 0),
    ],
)
def test_a_removable_point_has_the_slope_of_its_extension(text: str, at: str, slope: float) -> None:
    proof = prove(text, f"x={at}")
    assert (proof.kind, proof.known) == ("removable", "proved")
    assert proof.extension is not None
    assert derivative(proof.extension) == pytest.approx(slope)
