"""Slopes as text: against difference quotients, and definitions against values."""

from collections.abc import Iterator
from fractions import Fraction

import mpmath
import pytest

from diffcalc.language.algebras import exact
from diffcalc.language.operations import FUNCTIONS, OPERATORS
from diffcalc.truth import ball, slopes
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.elementary import ENCLOSURES
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import ONE, H
from diffcalc.truth.numbers import Number
from diffcalc.truth.replay import result
from diffcalc.truth.values import Exactly
from tests.functions import COMPLETE

OPERATIONS = sorted({*COMPLETE, *OPERATORS})
NUMBERS = [Fraction(p) for p in ("-7/3", "-1/3", "2/7", "4/3", "13/5")]
STEPS = {"sign", "floor", "ceil"}
BITS = 120


def points(operation: str) -> list[tuple[Fraction, ...]]:
    arity = FUNCTIONS[operation].arity if operation in FUNCTIONS else 2 - (operation == "neg")
    if operation == "polygamma":
        return [(Fraction(n), x) for n in (0, 2) for x in NUMBERS]
    if arity == 1:
        return [(x,) for x in NUMBERS]
    return [(x, y) for x in NUMBERS for y in NUMBERS if x != y]


def decimals(point: tuple[Fraction, ...]) -> list[mpmath.mpf]:
    return [mpmath.mpf(x.numerator) / x.denominator for x in point]


def defined(operation: str) -> Iterator[tuple[tuple[Fraction, ...], mpmath.mpf]]:
    """Points where the operation has a value off its border, and that value."""
    for point in points(operation):
        value = exact()[operation](*decimals(point))
        if not mpmath.isnan(value):
            yield point, value


def balls(point: tuple[Fraction, ...]) -> list[Ball]:
    return [ball.from_fraction(x, BITS) for x in point]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_slope_is_the_limit_of_the_quotient(operation: str) -> None:
    with mpmath.mp.workdps(80):
        h, tried = mpmath.mpf(10) ** -25, 0
        for point, _ in defined(operation):
            numbers = decimals(point)
            for position in range(operation == "polygamma", len(point)):
                step = [h * (i == position) for i in range(len(point))]
                above, below = (
                    exact()[operation](*[x + s * d for x, d in zip(numbers, step, strict=True)])
                    for s in (1, -1)
                )
                if mpmath.isnan(above) or mpmath.isnan(below):
                    continue
                program = slopes.slope(operation, position)
                operands = dict(zip("uv", numbers, strict=False))
                found = (
                    0
                    if program is None
                    else program(exact(), **{name: operands[name] for name in program.variables})
                )
                expected = (above - below) / (2 * h)
                assert abs(found - expected) <= 1e-20 * max(1, abs(expected)), (point, position)
                tried += 1
        assert tried


@pytest.mark.parametrize("operation", sorted(slopes.DEFINITIONS))
def test_a_definition_has_the_value_of_its_operation(operation: str) -> None:
    program = slopes.definition(operation)
    assert program is not None
    with mpmath.mp.workdps(60):
        found = list(defined(operation))
        assert found
        for point, value in found:
            other = program(exact(), **dict(zip("uv", decimals(point), strict=False)))
            assert abs(other - value) <= 1e-40 * max(1, abs(value)), point


@pytest.mark.parametrize("operation", OPERATIONS)
def test_constants_and_enclosures_agree(operation: str) -> None:
    constants, tried = Constants(), 0
    for point in points(operation):
        numbers = tuple(Number(rational=x) for x in point)
        try:
            found = Exactly(constants).apply(operation, numbers)
        except NoValue:
            with pytest.raises((NoValue, Undecided)):
                ENCLOSURES[operation](*balls(point), BITS)
            continue
        other = ENCLOSURES[operation](*balls(point), BITS)
        assert ball.overlaps(constants.ball(found, BITS), other), point
        tried += 1
    assert tried


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_series_begins_with_the_value_and_the_slope(operation: str) -> None:
    tried = 0
    for point, _ in defined(operation):
        algebra = Germs(Balls(BITS), Constants(), 3)
        operands = [algebra.number(x) for x in point]
        operands[-1] = algebra.add(operands[-1], algebra.of(ball.ONE, H))
        try:
            series = algebra.apply(operation, tuple(operands))
        except Undecided:
            # Only exact constants tell an integer from one that is not.
            assert operation in {*STEPS, "pow"}
            continue
        terms = {term.monomial: term.coefficient for term in series.terms}
        program = slopes.slope(operation, len(point) - 1)
        rate = ball.ZERO
        if program is not None:
            rate = result(program, dict(zip("uv", balls(point), strict=False)), Balls(BITS))
        value = ENCLOSURES[operation](*balls(point), BITS)
        assert ball.overlaps(terms.get(ONE, ball.ZERO), value), point
        assert ball.overlaps(terms.get(H, ball.ZERO), rate), point
        tried += 1
    assert tried or operation in STEPS
