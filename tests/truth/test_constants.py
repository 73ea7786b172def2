"""Exact constants: what cancels, what is proved to be 0, what is assumed, and how it is written."""

from fractions import Fraction

import pytest

from diffcalc.language.grammar import read
from diffcalc.truth import ball, zeros
from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.numbers import Number, text
from diffcalc.truth.values import value_of


def value(typed: str) -> tuple[Constants, Number]:
    constants = Constants()
    return constants, value_of(constants, read(typed, checked=False), {})


@pytest.mark.parametrize(
    "typed",
    [
        "0.1 + 0.2 - 0.3",
        "pi/3 + pi/6 - pi/2",
        "(1 + pi)^2 - 1 - 2*pi - pi^2",
        "exp(1) - e",
        "exp(2)*exp(-3) - exp(-1)",
        "exp(log(3)) - 3",
        "exp(-120*log(10)) - 1e-120",
        "log(exp(pi)) - pi",
        "log(2*exp(3)) - log(2) - 3",
        "cosh(log(2)) - 5/4",
        "tanh(1) - sinh(1)/cosh(1)",
        "asinh(1) - log(1 + sqrt(2))",
        "sin(1)^2 + cos(1)^2 - 1",
        "cos(1 + pi/2) + sin(1)",
        "sin(pi - 1) - sin(1)",
        "cos(-3) - cos(3)",
        "atan(-2) + atan(2)",
        "acos(1)",
        "asin(-1) + pi/2",
        "atan2(0, -1) - pi",
        "erf(2) + erfc(2) - 1",
        "gamma(5) - 24",
        "sqrt(8) - 2*sqrt(2)",
        "sqrt(1 + 2*pi + pi^2) - 1 - pi",
        "log(1 - 2*pi + pi^2) - 2*log(pi - 1)",
        "asinh(sinh(2)) - 2",
        "asinh(-1) + asinh(1)",
        "sin(2) - 2*cos(1)*sin(1)",
        "cos(3) - 4*cos(1)^3 + 3*cos(1)",
        "sin(pi/2 - 4) - cos(4)",
        "sin(pi/3)^2 - 3/4",
    ],
)
def test_what_cancels_in_the_form_itself(typed: str) -> None:
    assert value(typed)[1].rational == 0


@pytest.mark.parametrize(
    "typed",
    [
        "sqrt(3 + 2*sqrt(2)) - 1 - sqrt(2)",
        "sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6))",
        "cbrt(2 + sqrt(5)) + cbrt(2 - sqrt(5)) - 1",
        "1/(1 + sqrt(2)) - sqrt(2) + 1",
        "sin(pi/10) - (sqrt(5) - 1)/4",
        "cos(pi/7) - cos(2*pi/7) + cos(3*pi/7) - 1/2",
        "8*cos(pi/9)^3 - 6*cos(pi/9) - 1",
        "1/(1 + pi) - pi/(pi + pi^2)",
        "1/(1 + log(2)) + log(2)/(1 + log(2)) - 1",
    ],
)
def test_what_is_proved_to_be_zero(typed: str) -> None:
    constants, number = value(typed)
    assert zeros.is_zero(constants, number)
    assert constants.sign(number) == 0
    assert not constants.assuming


@pytest.mark.parametrize(
    "typed",
    [
        "log(2) + log(3) - log(6)",
        "4*atan(1/5) - atan(1/239) - pi/4",
        "atan(1/2) + atan(1/3) - pi/4",
    ],
)
def test_what_is_assumed_is_named_as_it_is(typed: str) -> None:
    constants, number = value(typed)
    assert constants.sign(number) == 0
    assert constants.sign(constants.scaled(number, -3)) == 0
    assert constants.assuming == [f"{typed} = 0"]


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("sqrt(1e40 + 1) - 1e20", 1),
        ("exp(log(3)) - 3 - 10^(-300)", -1),
        ("log(2) + log(3) - log(6) - 10^(-300)", -1),
        ("sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)) + 10^(-250)", 1),
        ("exp(exp(140)) - exp(exp(139))", 1),
        ("sin(1e30)", -1),
        ("10^100*(exp(pi*sqrt(163)) - 262537412640768744)", -1),
    ],
)
def test_what_is_almost_zero_is_not_taken_for_it(typed: str, sign: int) -> None:
    constants, number = value(typed)
    assert constants.sign(number) == sign
    assert not constants.assuming


@pytest.mark.parametrize("typed", ["log(-1)", "sqrt(-2)", "tan(pi/2)", "1/(sqrt(2)^2 - 2)", "gamma(-3)", "0^(-1)", "acosh(1/2)", "asec(1/2)", "(-8)^(1/3)"])  # fmt: skip
def test_what_has_no_value(typed: str) -> None:
    with pytest.raises(NoValue):
        value(typed)


def test_what_cannot_be_told_is_not_assumed() -> None:
    constants, number = value("sin(exp(exp(20)))")
    with pytest.raises(Undecided):
        constants.sign(number)


@pytest.mark.parametrize(
    ("typed", "whole"),
    [("pi*1e10", 31415926535), ("-pi", -4), ("sqrt(2)^2", 2), ("log(exp(3))", 3), ("exp(3)", 20)],
)
def test_floors(typed: str, whole: int) -> None:
    constants, number = value(typed)
    assert constants.floor(number).rational == whole


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("log(6) - 2*log(2)/3", "log(6) - 2*log(2)/3"),
        ("exp(2)*sin(1)/pi", "exp(2)*sin(1)/pi"),
        ("sqrt(1 + sqrt(2))", "sqrt(1 + sqrt(2))"),
        ("1/(1 + pi)", "1/(1 + pi)"),
        ("-pi/4", "-pi/4"),
        ("cbrt(2)^2", "2**(2/3)"),
    ],
)
def test_how_a_constant_is_written_reads_back_as_it(typed: str, shown: str) -> None:
    constants, number = value(typed)
    assert text(number) == shown
    again = value_of(constants, read(shown), {})
    assert constants.sign(constants.sub(number, again)) == 0
    assert not constants.assuming


@pytest.mark.parametrize("typed", ["exp(sin(2))^3*pi - sqrt(7)", "erfc(9)/gamma(1/3) + 2^pi"])
def test_an_enclosure_has_the_number_in_it(typed: str) -> None:
    from tests.proofs import encloses

    constants, number = value(typed)
    narrow = constants.ball(number, 300)
    assert encloses(narrow, typed)
    assert ball.relative_bits(narrow) > 280


def test_a_long_product_of_sums_is_not_multiplied_out() -> None:
    constants = Constants()
    sums = [value_of(constants, read(f"1 + log(2)*{k} + log(3) + pi + sin({k})"), {}) for k in range(2, 9)]  # fmt: skip
    product = Number(rational=1)
    for each in sums:
        product = constants.mul(product, each)
    assert len(product.terms) < 300
    assert constants.sign(product) == 1
    assert constants.scaled(product, Fraction(0)).rational == 0
