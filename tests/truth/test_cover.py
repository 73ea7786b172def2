"""Covers of an interval, with point sets that are known by construction."""

from fractions import Fraction
from itertools import count

import mpmath
import pytest

from diffcalc.language.algebras import exact
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.grammar import read
from diffcalc.language.point import read_range
from diffcalc.truth.cover import Coverer
from diffcalc.truth.line import Line
from diffcalc.truth.stretches import Cover, midpoint


def covered(text: str, low: str = "-3", high: str = "3") -> Cover:
    return Coverer(Line(read(text), {}, "x"), read(low), read(high)).cover()


def exactly(found: Cover) -> list[str]:
    return [str(one.place.at) for one in found.places]


def kinds(found: Cover) -> list[str]:
    return [stretch.kind for stretch in found.stretches]


@pytest.mark.parametrize(
    ("text", "low", "high", "places"),
    [
        ("abs(abs(x - 1/3) - 1e-6)", "0", "1", ["999997/3000000", "1/3", "1000003/3000000"]),
        ("abs(x^2)", "-3", "3", ["0"]),
        ("abs((x - 1/7)^2)", "-3", "3", ["1/7"]),
        ("abs(x^2 - 2*x + 1)", "-3", "3", ["1"]),
        ("abs(x^2 - 2/3*x + 1/9)", "-3", "3", ["1/3"]),
        ("abs(x - 1) + abs(x - 1 - 1e-12)", "-3", "3", ["1", "1.000000000001"]),
        ("abs(x^2 - 1e-24)", "-3", "3", ["-1e-12", "1e-12"]),
        ("abs(x^2 + 1e-24)", "-3", "3", []),
        ("abs(x - 1/3)", "0", "1/3", ["1/3"]),
        ("abs(x - 1/3)", "1/3", "1", ["1/3"]),
        ("abs(x - 1/3)", "0.3333333333", "1", ["1/3"]),
        ("abs(x - 1/3)", "0.3333333334", "1", []),
        ("tan(x)", "-pi/2", "pi/2", ["-pi/2", "pi/2"]),
        ("abs(1/x - 5)", "-3", "3", ["0", "0.2"]),
        ("abs(1/(x - 1/3) - 1e9)", "-3", "3", ["1/3", "1000000003/3000000000"]),
        ("abs(sqrt(x) - 1e-10)", "-3", "3", ["0", "1e-20"]),
        ("abs(log(x) - 1) + 1/x", "-1", "1", ["0"]),
        ("sign(x - sin(x))", "-3", "3", ["0"]),
        ("1/(1 - cos(x^4))", "-1", "1", ["0"]),
        ("relu(x - sin(x))^(1/3)", "-3", "3", ["0"]),
        ("max(sin(x)^2 + cos(x)^2, 1)", "-3", "3", []),
        ("max(tan(x), min(x, x)) - 0.1", "-3", "3", ["-pi/2", "0", "pi/2"]),
        ("floor(x/relu(x))", "-3", "3", ["0"]),
        ("floor(sin(x))", "-2", "4", ["-pi/2", "0", "pi/2", "pi"]),
        ("abs(x + where(x > 5, abs(x - 7), 1))", "-3", "3", ["-1"]),
        ("exp(exp(x))", "-3", "3", []),
        ("sin(1/x)", "0.01", "1", []),
    ],
)
def test_places_are_isolated_and_the_rest_is_proved(
    text: str, low: str, high: str, places: list[str]
) -> None:
    found = covered(text, low, high)
    assert exactly(found) == places
    assert "open" not in kinds(found)


def test_every_corner_between_two_waves_is_found() -> None:
    found = covered("abs(sin(1/x))", "0.01", "1")
    assert kinds(found) == ["smooth"] * 32
    with mpmath.mp.workdps(50):
        places = [one.place() for one in found.places]
        assert len(places) == 31
        for place, k in zip(places, range(31, 0, -1), strict=True):
            assert abs(place - 1 / (k * mpmath.pi)) < mpmath.mpf(10) ** -48


def test_thousands_of_places_are_all_found() -> None:
    places = exactly(covered("floor(1000*x)", "0", "2"))
    assert places == [str(read(str(k))(exact()) / 1000).removesuffix(".0") for k in range(2001)]


@pytest.mark.parametrize(
    ("text", "low", "high", "pieces"),
    [
        ("log(x)", "-3", "3", ["outside", "smooth"]),
        ("log(x)", "1e-300", "1", ["smooth"]),
        ("sqrt(x)", "0", "3", ["smooth"]),
        ("log(x)", "-3", "-1", ["outside"]),
        ("sqrt(x^2 - 4)", "-3", "3", ["smooth", "outside", "smooth"]),
        ("log(sin(x))", "0", "10", ["smooth", "outside", "smooth", "outside"]),
        ("acosh(1/x*x)", "-3", "3", ["smooth", "smooth"]),
        ("exp(x)/exp(x)", "700", "800", ["smooth"]),
    ],
)
def test_where_a_function_has_no_value_is_told(
    text: str, low: str, high: str, pieces: list[str]
) -> None:
    assert kinds(covered(text, low, high)) == pieces


def test_what_accumulates_is_left_as_a_cell_beside_the_point() -> None:
    found = covered("abs(sin(1/x))", "-2", "2")
    left, right = [one for one in found.stretches if one.kind == "open"]
    assert -0.1 < midpoint(left.low) < 0 < midpoint(right.high) < 0.1
    assert len(found.places) > 10
    assert "0" in exactly(found)


def test_what_stands_alone_is_found_beside_what_accumulates() -> None:
    found = covered("abs(sin(1/x)) + abs(x - 1)", "-2", "2")
    assert exactly(found)[-1] == "1"


def test_more_places_than_are_worth_finding_are_a_cell() -> None:
    assert kinds(covered("tan(1e6*x)")) == ["open"]


def test_a_double_zero_that_is_no_simple_number_is_a_narrow_cell() -> None:
    found = covered("abs(x^4 - 4*x^2 + 4)", "0", "3")
    (cell,) = [one for one in found.stretches if one.kind == "open"]
    assert abs(midpoint(cell.low) - 2**0.5) < 1e-12
    assert abs(midpoint(cell.high) - 2**0.5) < 1e-12


def test_factors_of_what_is_met_are_looked_at_alone() -> None:
    found = covered("abs((x^2 - 2)^2*sqrt(abs(x - 1)))")
    with mpmath.mp.workdps(30):
        roots = [-mpmath.sqrt(2), 1, mpmath.sqrt(2)]
        places = [one.place() for one in found.places]
        assert all(abs(a - b) < 1e-29 for a, b in zip(places, roots, strict=True))


def test_a_cover_that_is_stopped_says_what_is_left() -> None:
    line, ends = Line(read("abs(x^2 - 2)"), {}, "x"), (read("-3"), read("3"))
    found = Coverer(line, *ends, stop=lambda count: True).cover()
    assert (found.places, kinds(found)) == ([], ["open"])


def test_other_variables_stand_still() -> None:
    still: dict[str, Expression] = {"a": read("1/2")}
    found = Coverer(Line(read("abs(x - a)"), still, "x"), read("-3"), read("3")).cover()
    assert exactly(found) == ["0.5"]


def test_a_constant_of_shared_nodes_is_walked_through_once() -> None:
    """Each of forty squares is made of the one before, twice: there are 2**40 ways down."""
    builder = Builder()
    constant = builder.add("number", content=Fraction(1, 3))
    for _ in range(40):
        constant = builder.add("sin", builder.add("mul", constant, constant))
    product = builder.add("mul", constant, builder.add("variable", content="x"))
    line = Line(builder.finish(builder.add("abs", product), ""), {}, "x")
    (border,) = line.borders
    assert [target.node for target in border.targets] == [line.leaf]


def test_a_zero_that_no_number_of_bits_isolates_leaves_its_cell_open() -> None:
    """Beside 1 the poles of sec(atanh(x)) accumulate."""
    _, low, high = read_range("x=-1000:1")
    asked = count()
    line = Line(read("sec(atanh(x))"), {}, "x")
    cover = Coverer(line, low, high, lambda _: next(asked) > 400).cover()
    assert cover.places
    assert any(stretch.kind == "open" for stretch in cover.stretches)
