"""Balls: what they enclose, against Arb and against mpmath at more digits."""

import os
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from mpmath.libmp import finf, fninf, fone, from_man_exp, from_str, fzero, mpf_add, mpf_cmp, mpf_neg

from diffcalc.language.algebras import exact as mpmath_column
from diffcalc.language.grammar import read
from diffcalc.truth import ball, exponential, linear, pieces, special
from diffcalc.truth.ball import Ball, NoValue, Undecided, bounds, exact, from_fraction
from diffcalc.truth.elementary import CONSTANTS, ENCLOSURES
from tests.random_balls import (
    OPERANDS,
    as_arb,
    moderate,
    numbers_in,
    operands,
    positive,
    random_ball,
    truth,
)

PRECISIONS = (53, 200, 1000)
# Each night 100,000 of each operation, with DIFFCALC_LONG=1.
MANY = 100_000 if "DIFFCALC_LONG" in os.environ else 200
NAMES = sorted(ENCLOSURES)


def decimal(text: str, prec: int = 160) -> Ball:
    """The ball of a decimal."""
    return from_fraction(Fraction(text), prec)


def value(name: str, *numbers: Any, prec: int = 160) -> Ball:
    """An operation's enclosure at numbers, given as balls, integers or decimals."""
    balls = [n if isinstance(n, Ball) else decimal(str(n), prec) for n in numbers]
    return ENCLOSURES[name](*balls, prec)


def between(low: str, high: str) -> Ball:
    return Ball(decimal(low).lower, decimal(high).upper)


# -- soundness -------------------------------------------------------------------------------------


def encloses(found: Ball, number: Any) -> bool:
    """Whether Arb's number may be in the ball: only what is certainly outside is not."""
    with flint.ctx.workprec(8_000):
        above = found.lower == fninf or not number < as_arb(found.lower)
        return bool(above and (found.upper == finf or not number > as_arb(found.upper)))


def attempt(name: str, balls: list[Ball], prec: int) -> str | Ball:
    """The enclosure, or how it is refused."""
    try:
        return ENCLOSURES[name](*balls, prec)
    except (NoValue, Undecided) as refusal:
        return f"{type(refusal).__name__} {refusal}"


@pytest.mark.parametrize("name", NAMES)
def test_random_balls_enclose_what_arb_finds(name: str) -> None:
    random = Random(f"{name} in balls")
    for _ in range(MANY):
        prec = random.choice(PRECISIONS)
        balls = operands(random, name, prec)
        found = attempt(name, balls, prec)
        point = all(map(ball.is_exact, balls))
        points = list(product(*(numbers_in(random, b) for b in balls)))
        for numbers in random.sample(points, min(4, len(points))):
            true = truth(name, numbers, prec)
            if isinstance(found, Ball):
                assert not true.is_finite() or encloses(found, true), (balls, prec, found, true)
                assert true.is_finite() or not point
            else:
                # A point is refused only where it has no value: nothing asked here is too much work.
                assert found in (f"NoValue {name}", f"Undecided {name}")
                assert not true.is_finite() or (found[0] == "U" and not point), (balls, prec)
        if point and isinstance(found, Ball):
            assert ball.relative_bits(found) >= prec - 4, (balls, prec, found)


@pytest.mark.parametrize("name", sorted({*ENCLOSURES} - {"polygamma", "where"}))
def test_points_enclose_what_mpmath_finds_in_more_digits(name: str) -> None:
    random = Random(f"{name} in digits")
    for _ in range(MANY // 5):
        prec = random.choice(PRECISIONS)
        balls = [Ball(b.lower, b.lower) for b in operands(random, name, prec)]
        found = attempt(name, balls, prec)
        if not isinstance(found, Ball):
            continue
        # A multiple of pi to thousands of digits has a sine that our column takes for 0 in fewer.
        longest = max(b.lower[3] for b in balls)
        with mpmath.workprec(2 * prec + 2_000 + 2 * longest):
            true = mpmath_column()[name](*(mpmath.mp.make_mpf(b.lower) for b in balls))
            slack = abs(mpmath.mpf(true)) * mpmath.mpf(2) ** -(prec + 60)
            below, above = (mpmath.mpf(true) - slack)._mpf_, (mpmath.mpf(true) + slack)._mpf_
        if mpmath.isfinite(true):
            assert ball.overlaps(found, Ball(below, above)), (balls, prec, found, true)


@pytest.mark.parametrize("name", ["exp", "log", "atan", "sin", "cos", "erf", "erfc"])
def test_libmp_keeps_what_it_claims_with_much_to_spare(name: str) -> None:
    random = Random(f"{name} of libmp")
    function = getattr(mpmath.libmp, f"mpf_{name}")
    for _ in range(300):
        prec = random.choice(PRECISIONS)
        x = (positive if name == "log" else moderate)(random, prec)
        if x == fzero:
            continue
        found = function(x, prec + pieces.GUARD, "n")
        with flint.ctx.workprec(3 * prec + 500):
            off = abs(as_arb(found) - truth(name, (x,), 2 * prec))
            wide = as_arb(ball.width(pieces.claimed(found, prec)))
            assert found == fzero or off * 10_000 < wide


def test_an_enclosure_one_bit_too_narrow_would_be_found() -> None:
    found = value("exp", 1, prec=200)
    inner = Ball(found.upper, found.upper)
    true = truth("exp", (exact(1).lower,), 200)
    assert encloses(found, true)
    assert not encloses(inner, true)


# -- tightness: what the random tests do not ask of wide balls -------------------------------------

WIDE = [
    ("exp", "-1", "2"), ("log", "0.1", "7"), ("sin", "0.1", "1"), ("sin", "1", "2"), ("sin", "4", "5"),
    ("sin", "-2", "1"), ("sin", "100", "103.5"), ("cos", "-1", "2"), ("cos", "3", "3.5"), ("cos", "2", "9"),
    ("tan", "-1.5", "1.5"), ("tan", "2", "4"), ("cot", "0.1", "3"), ("sec", "-1", "1.5"), ("sec", "2", "4"),
    ("csc", "0.5", "3"), ("cosh", "-1", "2"), ("sech", "-1", "2"), ("sinh", "-1", "2"), ("tanh", "-1", "2"),
    ("csch", "-3", "-0.1"), ("coth", "0.1", "3"), ("acot", "-3", "-0.5"), ("acot", "0", "3"), ("asec", "-3", "-1"),
    ("acsc", "1", "3"), ("acoth", "-9", "-1.5"), ("acosh", "1", "3"), ("asech", "0.1", "1"), ("abs", "-1", "2"),
    ("gamma", "1", "2"), ("gamma", "0.1", "4"), ("gamma", "-0.9", "-0.2"), ("gamma", "-1.9", "-1.1"),
    ("lgamma", "0.5", "3"), ("lgamma", "-2.9", "-2.1"), ("erf", "-1", "2"), ("erfc", "-1", "2"), ("sigmoid", "-3", "5"),
    ("softplus", "-3", "5"), ("relu", "-3", "5"), ("cbrt", "-8", "1"), ("sqrt", "0", "4"), ("floor", "-0.5", "2.5"),
    ("sign", "-1", "2"), ("expm1", "-1", "1"), ("log1p", "-0.5", "3"), ("log2", "1", "8"), ("atan", "-1", "9"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "low", "high"), WIDE)
def test_a_wide_ball_is_no_wider_than_the_values_in_it(name: str, low: str, high: str) -> None:
    found = value(name, between(low, high))
    ends = Fraction(low), Fraction(high)
    inside = [ends[0] + (ends[1] - ends[0]) * k / 200 for k in range(201)]
    seen = [value(name, from_fraction(x, 60), prec=60) for x in inside]
    low_seen = min((b.lower for b in seen), key=mpmath.mp.make_mpf)
    high_seen = max((b.upper for b in seen), key=mpmath.mp.make_mpf)
    across, seen_across = (
        mpmath.mp.make_mpf(ball.width(b)) for b in (found, Ball(low_seen, high_seen))
    )
    assert across <= seen_across * mpmath.mpf("1.01")


@pytest.mark.parametrize(
    ("name", "first", "second", "expected"),
    [
        ("pow", ("2", "3"), ("2", "4"), ("4", "81")),
        ("pow", ("0", "3"), ("2", "2"), ("0", "9")),
        ("pow", ("-2", "3"), ("2", "2"), ("0", "9")),
        ("pow", ("-2", "3"), ("3", "3"), ("-8", "27")),
        ("pow", ("0.5", "4"), ("-1", "2"), ("0.25", "16")),
        ("pow", ("0", "4"), ("0.5", "2"), ("0", "16")),
        ("hypot", ("-3", "2"), ("-4", "1"), ("0", "5")),
        ("atan2", ("-1", "1"), ("-1", "1"), ("-3.1415926536", "3.1415926536")),
        ("atan2", ("0", "1"), ("-1", "1"), ("0", "3.1415926536")),
        ("atan2", ("1", "1"), ("-1", "1"), ("0.78539816339", "2.3561944902")),
        ("atan2", ("-1", "-1"), ("-1", "1"), ("-2.3561944902", "-0.78539816339")),
        ("atan2", ("-1", "1"), ("1", "1"), ("-0.7853981634", "0.7853981634")),
        ("mul", ("-2", "3"), ("-5", "7"), ("-15", "21")),
        ("div", ("-2", "3"), ("4", "8"), ("-0.5", "0.75")),
        ("max", ("-2", "3"), ("1", "2"), ("1", "3")),
        ("min", ("-2", "3"), ("1", "2"), ("-2", "2")),
        ("lt", ("0", "1"), ("1", "2"), ("0", "1")),
        ("le", ("0", "1"), ("1", "2"), ("1", "1")),
    ],
)
def test_wide_balls_of_two_operands(
    name: str, first: tuple[str, str], second: tuple[str, str], expected: tuple[str, str]
) -> None:
    shown = bounds(value(name, between(*first), between(*second)), 14)
    assert [float(s) for s in shown] == pytest.approx([float(e) for e in expected], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "numbers", "expected"),
    [
        ("exp", (0,), 1), ("log", (1,), 0), ("log2", (1024,), 10), ("log2", ("0.125",), -3),
        ("log10", (1000,), 3), ("log10", (10**30,), 30), ("sqrt", (4,), 2), ("sqrt", (10**40,), 10**20),
        ("cbrt", (-27,), -3), ("pow", (2, 10), 1024), ("pow", (0, 0), 1), ("pow", (-2, 3), -8), ("pow", (4, "0.5"), 2),
        ("pow", (4, "-1.5"), "0.125"), ("pow", (0, "0.3"), 0), ("gamma", (5,), 24), ("lgamma", (1,), 0), ("lgamma", (2,), 0),
        ("floor", ("2.5",), 2), ("floor", (3,), 3), ("ceil", ("-2.5",), -2), ("floor", (10**60 + 1,), 10**60 + 1),
        ("sin", (0,), 0), ("cos", (0,), 1), ("tanh", (0,), 0), ("atan2", (0, 5), 0), ("atan2", (0, 0), 0),
        ("hypot", (3, 4), 5), ("acosh", (1,), 0), ("acos", (1,), 0), ("expm1", (0,), 0), ("abs", (-3,), 3), ("sign", ("-0.1",), -1),
        ("where", (1, 2, 3), 2), ("where", (0, 2, 3), 3), ("eq", (2, 2), 1), ("ne", (2, 2), 0), ("sigmoid", (0,), "0.5"), ("erf", (0,), 0),
        ("asech", (1,), 0), ("asec", (1,), 0),
    ],
)  # fmt: skip
def test_what_is_exact_stays_exact(name: str, numbers: tuple[Any, ...], expected: Any) -> None:
    found = value(name, *numbers)
    assert (found.lower, found.upper) == (decimal(str(expected)).lower,) * 2


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("log", ["0"]), ("log", ["-1"]), ("log10", ["0"]), ("log1p", ["-1"]), ("sqrt", ["-1"]), ("div", ["1", "0"]),
        ("div", ["0", "0"]), ("asin", ["1.5"]), ("acos", ["-2"]), ("acosh", ["0.5"]), ("atanh", ["1"]), ("atanh", ["-1"]),
        ("asech", ["0"]), ("asech", ["2"]), ("acoth", ["1"]), ("acoth", ["0"]), ("asec", ["0.5"]), ("acsc", ["0"]), ("acsch", ["0"]),
        ("csch", ["0"]), ("coth", ["0"]), ("cot", ["0"]), ("csc", ["0"]), ("gamma", ["0"]), ("gamma", ["-3"]), ("lgamma", ["-1"]),
        ("polygamma", ["1", "-2"]), ("polygamma", ["0.5", "2"]), ("polygamma", ["-1", "2"]), ("pow", ["0", "-1"]), ("pow", ["0", "-0.5"]),
        ("pow", ["-8", "0.5"]), ("pow", ["-2", "0.3"]),
    ],
)  # fmt: skip
def test_a_number_outside_the_domain_has_no_value(name: str, operands: list[str]) -> None:
    with pytest.raises(NoValue, match=f"^{name}$"):
        value(name, *operands)


@pytest.mark.parametrize(
    ("name", "balls"),
    [
        ("log", [("0", "1")]), ("log", [("-1", "1")]), ("sqrt", [("-1", "1")]), ("div", [("1", "1"), ("0", "1")]),
        ("div", [("1", "1"), ("-1", "1")]), ("asin", [("0.5", "1.5")]), ("acosh", [("0", "2")]), ("atanh", [("0", "1")]),
        ("acoth", [("-2", "2")]), ("acoth", [("1", "2")]), ("asec", [("-3", "0.5")]), ("acsc", [("0.5", "3")]), ("tan", [("1", "2")]),
        ("tan", [("0", "9")]), ("cot", [("3", "4")]), ("sec", [("1", "2")]), ("csc", [("-1", "1")]), ("gamma", [("-1.5", "-0.5")]),
        ("gamma", [("0", "1")]), ("lgamma", [("-9", "9")]), ("polygamma", [("1", "1"), ("-1", "1")]), ("pow", [("-1", "1"), ("0.5", "0.5")]),
        ("pow", [("-2", "-1"), ("0.5", "1.5")]), ("pow", [("0", "1"), ("-1", "1")]), ("pow", [("0", "1"), ("-1", "-1")]),
        ("polygamma", [("0", "1"), ("2", "2")]),
    ],
)  # fmt: skip
def test_a_ball_partly_outside_the_domain_is_undecided(
    name: str, balls: list[tuple[str, str]]
) -> None:
    with pytest.raises(Undecided, match=f"^{name}$"):
        value(name, *(between(*ends) for ends in balls))


def test_a_quotient_by_what_may_be_0_is_the_line_where_that_is_asked() -> None:
    found = ball.div(exact(1), between("-1", "1"), 53, line=True)
    assert (found.lower, found.upper) == (fninf, finf)


# -- extremes: bounded work, and nothing wrong -----------------------------------------------------

EXTREMES = [
    from_str("1e300", 2_000, "n"), from_str("1e-300", 53, "n"), from_str("1e50", 200, "n"), from_man_exp(1, 19_999),
    from_man_exp(3, 30_000), from_man_exp(3, 10**60), from_man_exp(3, -(10**60)), from_man_exp((1 << 9_999) + 1, -9_999),
    from_str("100000.5", 53, "n"), from_man_exp((1 << 19_999) + 1, -3), from_man_exp(1, 1 << 20_000),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMES))
def test_extreme_numbers_end_and_are_enclosed(name: str) -> None:
    count = OPERANDS.get(name, 1)
    for x in EXTREMES:
        for number in (x, mpf_neg(x)):
            points = [exact(2)] * (count - 1) + [Ball(number, number)]
            found = attempt(name, points, 53)
            if not isinstance(found, Ball):
                continue
            assert mpf_cmp(found.lower, found.upper) <= 0
            if abs(x[2]) < 1_000:  # what Arb does not refuse
                true = truth(name, tuple(p.lower for p in points), 53)
                assert not true.is_finite() or encloses(found, true)


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("exp", "1e60", "6.06968e+434294481903251827651128918916605082294397005803666566114453"),
        ("exp", "-1e60", "1.64753e-434294481903251827651128918916605082294397005803666566114454"),
        ("gamma", "1e30", "6.22311e+29565705518096748172348871081068"),
        ("erfc", "1e3", "1.86003e-434298"),
        ("sin", "1e300", "-0.985750"),
        ("log", "1e300", "690.775"),
    ],
)
def test_values_of_extreme_numbers(name: str, number: str, expected: str) -> None:
    low, high = bounds(value(name, number, prec=300), 7)
    assert low[:7] == high[:7] == expected[:7]
    assert low.partition("e")[2] == high.partition("e")[2] == expected.partition("e")[2]


def test_exp_beyond_its_bound_is_huge_or_tiny() -> None:
    x = from_man_exp(1, pieces.LARGEST_EXPONENT)
    huge, tiny = value("exp", Ball(x, x)), value("exp", Ball(mpf_neg(x), mpf_neg(x)))
    assert huge.upper == finf
    assert tiny.lower == fzero
    assert ball.contains(value("mul", huge, tiny), fone)
    assert bounds(value("tanh", Ball(x, x)), 9) == ("0.999999999", "1")


def test_sine_beyond_its_bound_is_only_known_to_be_a_sine() -> None:
    x = from_man_exp(1, 10**30)
    assert bounds(value("sin", Ball(x, x)), 3) == bounds(value("cos", Ball(x, x)), 3) == ("-1", "1")
    with pytest.raises(Undecided, match="tan"):
        value("tan", Ball(x, x))


@pytest.mark.parametrize("name", sorted({*NAMES} - {"where", "polygamma"}))
def test_an_end_at_infinity_is_the_limit(name: str) -> None:
    """The enclosure of all numbers from x up holds those of numbers far above x."""
    random = Random(name)
    for low in ("-7.5", "0.25", "1", "2.5"):
        for half in (Ball(decimal(low).lower, finf), Ball(fninf, decimal(low).upper)):
            others = [decimal("2")] * (OPERANDS.get(name, 1) - 1)
            found = attempt(name, [half, *others], 53)
            for _ in range(10):
                far = decimal(str(random.randint(1, 10 ** random.randint(1, 9))))
                inner = (ball.add if half.upper == finf else ball.sub)(decimal(low), far, 53)
                inside = attempt(name, [inner, *others], 53)
                if isinstance(found, Ball):
                    assert isinstance(inside, Ball)
                    assert ball.overlaps(found, inside)
                elif isinstance(inside, Ball):
                    assert found == f"Undecided {name}"


# -- the arithmetic itself -------------------------------------------------------------------------


def test_a_sum_of_numbers_far_apart_is_not_rounded_from_the_last_bit() -> None:
    # libmp's own directed sum moves the first number by its last bit, which here is too little.
    first, second = from_man_exp((1 << 200) - 1, 0), from_man_exp((1 << 130) + 1, -101)
    total = mpf_add(first, second)
    found = ball.add(Ball(first, first), Ball(second, second), 53)
    assert mpf_cmp(mpf_add(first, second, 53, "c"), total) < 0
    assert ball.contains(found, total)


@pytest.mark.parametrize("digits", [1, 2, 5, 17, 40])
def test_decimals_are_rounded_outward(digits: int) -> None:
    random = Random(digits)
    for _ in range(300):
        a = random_ball(random, 60)
        low, high = bounds(a, digits)
        ends = [
            Fraction(-int(m) if s else int(m)) * Fraction(2) ** e
            for s, m, e, _ in (a.lower, a.upper)
        ]
        assert Fraction(low) <= ends[0]
        assert ends[1] <= Fraction(high)
        for shown, end in zip((low, high), ends, strict=True):
            assert abs(Fraction(shown) - end) <= abs(end) * Fraction(10) ** (1 - digits)


def test_decimals_of_exponents_that_no_one_reads() -> None:
    x = from_man_exp(3, 1 << 1_500)
    assert bounds(Ball(x, x), 5)[1] == "inf"
    assert bounds(Ball(mpf_neg(x), mpf_neg(x)), 5)[0] == "-inf"
    tiny = from_man_exp(3, -(1 << 1_500))
    assert bounds(Ball(tiny, tiny), 5)[0] == "0"
    assert bounds(Ball(fninf, finf), 5) == ("-inf", "inf")


@pytest.mark.parametrize("prec", PRECISIONS)
@pytest.mark.parametrize("name", ["pi", "e"])
def test_constants(name: str, prec: int) -> None:
    found = CONSTANTS[name](prec)
    with flint.ctx.workprec(prec + 50):
        assert encloses(found, flint.arb.pi() if name == "pi" else flint.arb(1).exp())
    assert ball.relative_bits(found) >= prec - 4


@pytest.mark.parametrize(
    "power", [Fraction(1, 3), Fraction(-7, 5), Fraction(22, 7), Fraction(5, 101)]
)
def test_powers_with_exact_fractions(power: Fraction) -> None:
    random = Random(str(power))
    for _ in range(50):
        a = ball.absolute(random_ball(random, 200))
        try:
            found = exponential.power_fraction(a, power, 200)
        except Undecided:
            assert ball.contains_zero(a)
            continue
        with flint.ctx.workprec(400):
            for x in numbers_in(random, a):
                true = as_arb(x) ** (flint.arb(power.numerator) / power.denominator)
                assert x == fzero or encloses(found, true)
    assert bounds(exponential.power_fraction(exact(8), Fraction(2, 3), 53), 5) == ("4", "4")
    with pytest.raises(NoValue):
        exponential.power_fraction(exact(-8), Fraction(1, 3), 53)


# -- arrays ----------------------------------------------------------------------------------------


def array(random: Random, *shape: int) -> Any:
    """An array of moderate balls."""
    made = np.empty(shape, dtype=object)
    for place in np.ndindex(*shape):
        made[place] = random_ball(random, 160, moderate)
    return made


FORMULAS = [
    "sum(x)", "mean(x)", "prod(x)", "max(x)", "min(x)", "norm(x)", "logsumexp(x)", "dot(x, y)", "x @ y", "A @ x", "x @ A @ y",
    "A @ A", "outer(x, y)", "trace(A)", "diag(x)", "diag(A)", "A.T", "sum(A, axis=0)", "mean(A, axis=1)", "norm(A, axis=0)",
    "max(A, axis=1)", "logsumexp(A, axis=1)", "softmax(x)", "softmax(A, axis=0)", "eye(3) @ x", "ones(3) * x", "prod(A, axis=1)", "norm(A)",
    "pad(A, 1, 2)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_array_operations_enclose_what_mpmath_finds(text: str) -> None:
    random, expression = Random(text), read(text)

    def one_of(a: Ball) -> Any:
        return mpmath.mp.make_mpf(random.choice(list(numbers_in(random, a))))

    for prec in PRECISIONS:
        balls = {"x": array(random, 3), "y": array(random, 3), "A": array(random, 3, 3)}
        found = np.asarray(expression(linear.algebra(prec), **balls))
        with mpmath.workprec(3_000):
            for _ in range(3):
                numbers = {
                    name: np.vectorize(one_of, otypes=[object])(a) for name, a in balls.items()
                }
                true = np.asarray(expression(mpmath_column(), **numbers))
                assert found.shape == true.shape
                for a, number in zip(found.ravel(), true.ravel(), strict=True):
                    slack = abs(number) * mpmath.mpf(2) ** -2_000
                    assert ball.overlaps(a, Ball((number - slack)._mpf_, (number + slack)._mpf_))


def test_products_in_integers_are_those_of_single_balls() -> None:
    random = Random(1)
    a, b = array(random, 4, 5), array(random, 5, 3)
    found = linear.matmul(a, b, 200)
    far = from_man_exp(1, -2 * linear.LONGEST)
    a[0, 0], b[0, 0] = Ball(far, far), Ball(fzero, finf)
    other = linear.matmul(a, b, 200)
    for i, j in np.ndindex(4, 3):
        if i and j:
            assert (found[i, j].lower, found[i, j].upper) != (fzero, fzero)
            assert ball.overlaps(found[i, j], other[i, j])
            assert ball.relative_bits(other[i, j]) >= ball.relative_bits(found[i, j]) - 8
    assert other[0, 0].upper == finf or other[0, 0].lower == fninf


def test_a_dot_product_of_points_is_exact_where_its_value_has_few_bits() -> None:
    x = np.array([exact(10**30), exact(1), exact(-(10**30))], dtype=object)
    y = np.array([exact(10**30), exact(3), exact(10**30)], dtype=object)
    assert bounds(linear.matmul(x, y, 53), 5) == ("3", "3")


# -- what random numbers would hardly meet ---------------------------------------------------------


@pytest.mark.parametrize(("bits", "prec"), [(66, 53), (716, 200)])
def test_a_value_that_is_nearly_0_keeps_its_digits(bits: int, prec: int) -> None:
    below_2 = from_man_exp((1 << bits) - 1, 1 - bits)
    assert ball.relative_bits(value("lgamma", Ball(below_2, below_2), prec=prec)) >= prec - 4


@pytest.mark.parametrize("z", ["1.5", "3", "7.25", "20"])
def test_stirlings_series_holds_the_value_where_it_gives_few_digits(z: str) -> None:
    found = special._log_gamma(decimal(z), 200)
    assert encloses(found, truth("lgamma", (decimal(z).lower,), 200))
    assert ball.relative_bits(found) > 8


@pytest.mark.parametrize(
    ("name", "order", "near"),
    [
        ("gamma", None, 1.46), ("gamma", None, -0.504), ("gamma", None, -1.573), ("lgamma", None, 1.46), ("lgamma", None, -2.61),
        ("polygamma", 1, -0.5), ("polygamma", 3, -1.5),
    ],
)  # fmt: skip
def test_a_ball_around_a_turning_point_holds_the_value_there(
    name: str, order: int | None, near: float
) -> None:
    with mpmath.workprec(400):
        turning = mpmath.findroot(lambda x: mpmath.psi((order or -1) + 1, x), near)._mpf_
    numbers = () if order is None else (exact(order).lower,)
    true = truth(name, (*numbers, turning), 400)
    for reach in (2, 10, 60, 150):
        away, nearer = from_man_exp(1, -reach - 1), from_man_exp(3, -reach - 4)
        balls = [exact(order)] if order else []
        wide = Ball(mpf_add(turning, mpf_neg(away)), mpf_add(turning, nearer))
        found = value(name, *balls, wide, prec=200)
        assert encloses(found, true)
        assert reach < 10 or ball.relative_bits(found) > min(reach, 190)
