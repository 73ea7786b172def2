"""Series in an infinitesimal: the ring, functions at finite places, at poles and at infinity."""

from itertools import pairwise

import pytest

from diffcalc.language.grammar import read
from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import H, Monomial, logarithm
from diffcalc.truth.numbers import Number
from diffcalc.truth.replay import result
from diffcalc.truth.series import Series
from diffcalc.truth.values import value_of


def germ(typed: str, at: str = "0", side: int = 1, length: int = 4) -> tuple[Germs, Series]:
    """The formula in x = at + side*h."""
    constants = Constants()
    germs = Germs(constants, constants, length)
    start = germs.of(value_of(constants, read(at), {}))
    x = germs.add(start, germs.of(Number(rational=side), H))
    return germs, result(read(typed, checked=False), {"x": x}, germs)


@pytest.mark.parametrize(
    ("typed", "at", "shown"),
    [
        ("x^2", "3", "(9)*1 + (6)*l0**-1 + (1)*l0**-2"),
        ("(x - 3)*(x + 3) - x^2 + 9", "1", "0"),
        ("exp(x)", "0", "(1)*1 + (1)*l0**-1 + (1/2)*l0**-2 + (1/6)*l0**-3 + O(l0**-4)"),
        ("sin(x)/x", "0", "(1)*1 + (-1/6)*l0**-2 + O(l0**-3)"),
        ("sqrt(x^3 + x^4)", "0", "(1)*l0**-3/2 + (1/2)*l0**-5/2 + (-1/8)*l0**-7/2 + (1/16)*l0**-9/2 + O(l0**-11/2)"),
        ("1/tan(x)", "pi/2", "(-1)*l0**-1 + (-1/3)*l0**-3 + O(l0**-4)"),
        ("x^x", "0", "(1)*1 + (-1)*l0**-1 l1**1 + (1/2)*l0**-2 l1**2 + (-1/6)*l0**-3 l1**3 + O(l0**-4 l1**4)"),
        ("log(x^2)", "0", "(-2)*l1**1"),
        ("1/log(exp(-1/x^2))", "0", "(-1)*l0**-2"),
        ("exp(-1/x^2)", "0", "(1)*exp(-1*l0**2)"),
        ("exp(2*log(x))", "0", "(1)*l0**-2"),
        ("exp(-log(x)^2)", "0", "(1)*exp(-1*l1**2)"),
        ("x^pi", "0", "(1)*l0**-pi"),
        ("abs(x^2 - x - 1)", "(1+sqrt(5))/2", "(sqrt(5))*l0**-1 + (1)*l0**-2"),
        ("floor(3 - x)", "0", "(2)*1"),
        ("max(x, x^2)", "0", "(1)*l0**-1"),
        ("atan(1/x)", "0", "(pi/2)*1 + (-1)*l0**-1 + (1/3)*l0**-3 + O(l0**-4)"),
        ("sin(1/x)^2 + cos(1/x)^2", "0", "(1)*1"),
        ("2*sin(1/x)*cos(1/x) - sin(2/x)", "0", "0"),
    ],
)  # fmt: skip
def test_series(typed: str, at: str, shown: str) -> None:
    assert str(germ(typed, at)[1]) == shown


@pytest.mark.parametrize(
    "typed", ["sqrt(x)", "log(x)", "x^x", "acosh(1 + x)", "asin(1 - x)", "x^(1/3)"]
)
def test_outside_the_domain_on_the_left(typed: str) -> None:
    with pytest.raises(NoValue):
        germ(typed, side=-1)
    germ(typed)


@pytest.mark.parametrize("typed", ["1/sin(1/x)", "gamma(-1/x)", "tan(1/x)", "log(2 + sin(1/x))"])  # fmt: skip
def test_what_is_not_told(typed: str) -> None:
    with pytest.raises(Undecided):
        germ(typed)


def test_a_remainder_stays_one_under_abs_and_max() -> None:
    for typed in ("abs(asinh(sinh(x)) - x)", "max(asinh(sinh(x)) - x, 0)"):
        _, found = germ(typed)
        assert not found.terms
        assert found.rest == Monomial((-4,))
    with pytest.raises(Undecided):
        germ("sign(asinh(sinh(x)) - x)")
    with pytest.raises(Undecided):
        germ("sqrt(asinh(sinh(x)) - x)")
    _, found = germ("sqrt(abs(asinh(sinh(x)) - x))")
    assert found.rest == Monomial((-2,))


def test_terms_that_cancel_need_more_of_them() -> None:
    _, few = germ("(sin(tan(x)) - tan(sin(x)))/x^7", length=4)
    assert not few.terms
    _, more = germ("(sin(tan(x)) - tan(sin(x)))/x^7", length=9)
    assert str(more.terms[0].coefficient) == "-1/30"


def test_the_order_of_monomials() -> None:
    germs, _ = germ("x")
    monomials = germs.monomials
    sizes = [
        germ(name)[1].terms[0].monomial
        for name in ("exp(-1/x^2)", "exp(-1/x)", "exp(-log(1/x)^2)", "x^3", "x*log(1/x)^-5", "x", "x*log(log(1/x))", "x*log(1/x)", "x^(1/2)", "exp(-sqrt(log(1/x)))", "1/log(1/x)", "1/log(log(1/x))")
    ]  # fmt: skip
    for small, large in pairwise(sizes):
        assert monomials.compare(small, large) == -1
        assert monomials.compare(large, small) == 1
    assert monomials.size(logarithm(2)) == 1


@pytest.mark.parametrize(
    ("typed", "derivative"),
    [
        ("x^3*sin(1/x)", "3*x^2*sin(1/x) - x*cos(1/x)"),
        ("x^2*log(x)^2", "2*x*log(x)^2 + 2*x*log(x)"),
        ("exp(-1/x^2)", "2/x^3*exp(-1/x^2)"),
        ("log(log(1/x))", "-1/(x*log(1/x))"),
        ("x^pi", "pi*x^(pi - 1)"),
    ],
)
def test_derivatives_term_by_term(typed: str, derivative: str) -> None:
    constants = Constants()
    germs = Germs(constants, constants, 5)
    x = {"x": germs.of(Number(rational=1), H)}
    found, expected = (result(read(text), x, germs) for text in (typed, derivative))
    assert str(germs.derivative(found)) == str(expected)


def test_of_a_wild_remainder_there_is_no_derivative() -> None:
    germs, found = germ("x^3*sin(sin(1/x))")
    assert found.wild
    with pytest.raises(Undecided):
        germs.derivative(found)
    _, product = germ("sin(1/x)*exp(x)")
    assert product.wild


def test_gamma_at_a_pole_and_at_infinity() -> None:
    germs, found = germ("gamma(x - 2)*x*(x - 1)*(x - 2)", length=5)
    assert germs.limit(found).value.rational == 1
    germs, found = germ("gamma(1/x)*x^(1/x)*exp(1/x)/sqrt(x)")
    assert (
        germs.constants.sign(
            germs.constants.sub(
                germs.constants.power(germs.limit(found).value, 2),
                germs.constants.scaled(germs.constants.constant("pi"), 2),
            )
        )
        == 0
    )
