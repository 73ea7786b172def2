"""Where a function is not differentiable on an interval, and what a scan may have missed."""

from fractions import Fraction
from math import prod

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.comparison.scan import Scan, scan
from diffcalc.language import nonsmooth
from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.truth.zero import Place

INF = mpmath.inf


def scanned(text: str, low: str = "-3", high: str = "3", *at: str) -> Scan:
    return scan(read(text), read_point(at), "x", read(low), read(high))


def place(x: Place) -> str:
    return mpmath.nstr(x(), 10) if x.at is None else str(x.at)


def summary(found: Scan) -> str:
    return ", ".join(f"{place(f.x)} {f.truth.kind}" for f in found.features)


@pytest.mark.parametrize(
    ("text", "low", "high", "features"),
    [
        ("abs(x)", "-3", "3", "0 corner"),
        ("abs(x - 1/3)", "-3", "3", "1/3 corner"),
        ("abs(x - 1/3)", "0", "1/3", "1/3 corner"),
        ("abs(x**2 - 1)", "-3", "3", "-1 corner, 1 corner"),
        ("max(x, x**2)", "-3", "3", "0 corner, 1 corner"),
        ("floor(x)", "-3", "3", "-3 jump, -2 jump, -1 jump, 0 jump, 1 jump, 2 jump, 3 jump"),
        ("floor(-x**2)", "-1", "1.2", "-1 jump, 0 jump, 1 jump"),
        ("tan(x)", "-5", "5", "-3*pi/2 pole, -pi/2 pole, pi/2 pole, 3*pi/2 pole"),
        ("tan(x)", "-pi/2", "pi/2", "-pi/2 pole, pi/2 pole"),
        ("1/(x**2 - 2)", "-3", "3", "-1.414213562 pole, 1.414213562 pole"),
        ("1/(x - 1)**2", "-3", "3", "1 pole"),
        ("1/(x**2 - 2)**2", "0", "3", "1.414213562 pole"),
        # An end on a border of its own is 2.
        ("abs(x)", "-1", "2 + sqrt(log(2) + log(3) - log(6))", "0 corner"),
        ("abs(x - 2)", "-1", "2 + sqrt(log(2) + log(3) - log(6))", "2 corner"),
        ("sqrt(4 - x**2)", "-3", "3", "-2 edge, 2 edge"),
        ("log(x)", "-3", "3", "0 pole"),
        ("sqrt(x)", "0", "3", "0 edge"),
        ("x*sqrt(x)", "-3", "3", "0 edge"),
        ("sin(x)/x", "-3", "3", "0 removable"),
        ("x**2*sin(1/x)", "-3", "3", "0 removable"),
        ("x**(1/3)", "-3", "3", "0 edge"),
        ("cbrt(x)", "-3", "3", "0 vertical tangent"),
        ("sqrt(abs(x))", "-3", "3", "0 cusp"),
        ("sign(x)", "-3", "3", "0 jump"),
        ("where(x > 1, x**2, 2 - x)", "-3", "3", "1 corner"),
        ("where(x > 1, x**2, 3 - x)", "-3", "3", "1 jump"),
        ("abs(sin(x))", "-7", "7", "-2*pi corner, -pi corner, 0 corner, pi corner, 2*pi corner"),
        ("gamma(x)", "-3", "3", "-3 pole, -2 pole, -1 pole, 0 pole"),
        ("sqrt(x**2)", "-3", "3", "0 corner"),
        ("log(sin(x))", "0", "10", "0 pole, pi pole, 2*pi pole, 3*pi pole"),
        ("log(log(x))", "-3", "3", "1 pole"),
        ("x**x", "-3", "3", "0 edge"),
        ("abs(sqrt(x) - 1)", "-3", "3", "0 edge, 1 corner"),
        # Within one interval of the samples, and by the domain's edge.
        ("abs(sqrt(x) - 0.001)", "-3", "3", "0 edge, 0.000001 corner"),
        ("abs(x) + abs(x - 1e-9)", "-3", "3", "0 corner, 1e-9 corner"),
        ("abs(x - 1e6)", "-1e7", "1e7", "1000000 corner"),
        ("abs(x - 2e-30)", "1e-30", "5e-30", "2.0e-30 corner"),
        ("atan2(x**2 - 1, x)", "-3", "3", "-1 jump"),
        ("atan2(0, x)", "-3", "3", "0 jump"),
        ("atan2(relu(x), (2*x)**2 - 1)", "-3", "3", "-0.5 jump, 0 corner"),
        ("atan2(x, x**2)", "-3", "3", "0 jump"),
        ("atan2(x, -x)", "-3", "3", "0 jump"),
        ("atan2(x**2, x)", "-3", "3", "0 jump"),
        ("atan2(x - 1/3, x - 1/3)", "-3", "3", "1/3 jump"),
        ("sin(x)*atan2(x**2 - x, x*(x + 2))", "-3", "3", "0 corner"),
        # Zeros of a higher order, of differences that round-off has taken long before.
        ("sign(x - sin(x))", "-3", "3", "0 jump"),
        ("sign(tan(x) - x)", "-1", "1", "0 jump"),
        ("sign(x - tanh(x))", "-3", "3", "0 jump"),
        ("where(sin(x) < x, 1, 0)", "-3", "3", "0 jump"),
        ("sign(exp(x) - 1 - x - x**2/2)", "-3", "3", "0 jump"),
        ("sign(cos(x) - 1 + x**2/2)", "-3", "3", "0 jump"),
        ("floor(x + 1/2 - sin(x) + 1/2)", "-1", "1", "0 jump"),
        ("log(x - sin(x))", "-1", "1", "0 pole"),
        ("log(x - sin(x))", "-1", "2", "0 pole"),
        ("log(x - sin(x))", "0", "1", "0 pole"),
        ("sqrt(x - sin(x))", "-3", "3", "0 edge"),
        ("1/(x - sin(x))", "-3", "3", "0 pole"),
        ("1/(tan(x) - x)", "-1", "1", "0 pole"),
        ("1/(sinh(x) - sin(x))", "-1", "1", "0 pole"),
        ("1/(1 - cos(x**2))", "-1", "1", "0 pole"),
        ("1/(1 - cos(x**4))", "-1", "1", "0 pole"),
        ("1/(exp(x**4) - 1)", "-1", "1", "0 pole"),
        ("(1 - cos(x**2))**(1/4)", "-1", "1", "0 corner"),
        ("(1 - cos(x**4))**(1/8)", "-1", "1", "0 corner"),
        ("relu(x - sin(x))**(1/3)", "-3", "3", "0 corner"),
        ("sign(x - 1/3 - sin(x - 1/3))", "-3", "3", "1/3 jump"),
        ("sign(x**3 - 3*x**2 + 3*x - 1)", "-3", "3", "1 jump"),
        ("abs(x^5 - 5*x^4 + 10*x^3 - 10*x^2 + 5*x - 1)^(1/5)", "-1", "2.3", "1 corner"),
        # Beyond the ends.
        ("log(x)", "0.0001", "1", ""),
        ("log(x)", "1e-300", "1", ""),
        ("asin(x)", "-0.9999", "0.9999", ""),
        ("sqrt(1 - x)", "-3", "0.999", ""),
        (
            "floor(x)",
            "1e15",
            "1e15 + 2",
            "1000000000000000 jump, 1000000000000001 jump, 1000000000000002 jump",
        ),
        ("tan(1/relu(x))", "1", "1.5", ""),
        ("floor(x/relu(x))", "-3", "3", "0 edge"),
        # Where the domain has isolated points.
        ("x**(1/x)", "-2", "2", "0 undecided"),
        ("(-x)**x", "-4", "4", "0 edge"),
        ("0**x", "-1", "1", "0 jump"),
        # Equal but for round-off, everywhere.
        ("max(sin(x)^2 + cos(x)^2, 1)", "-3", "3", ""),
        ("abs(log(exp(x)) - x)", "-3", "3", ""),
        ("acosh(1/x*x)", "-3", "3", "0 removable"),
        ("sqrt(-x**2)", "-3", "3", "0 edge"),
        ("log(x)", "-3", "-1", ""),
        ("x**2", "-3", "3", ""),
    ],
)
def test_features(text: str, low: str, high: str, features: str) -> None:
    found = scanned(text, low, high)
    assert summary(found) == features
    assert (found.smooth, found.complete) == (0, True)


@pytest.mark.parametrize(
    ("text", "smooth"),
    [
        ("relu(x) - relu(-x)", 1),
        ("abs(x)**3", 1),
        ("x**2*abs(x - 1)*(x - 1)", 1),
        ("abs((x**2 - 2)**2)", 2),
        ("x**2", 0),
        ("x**(-2) + exp(1/x)*0 + 1", 0),
    ],
)
def test_smooth_though_an_operation_is_nonsmooth(text: str, smooth: int) -> None:
    found = scanned(text, "0.5") if "(-2)" in text else scanned(text)
    assert found.features == ()
    assert found.smooth == smooth


@pytest.mark.parametrize(
    ("text", "slopes"),
    [
        ("abs(x**2 - 1)", [(-2, 2), (-2, 2)]),
        ("max(x, x**2)", [(0, 1), (1, 2)]),
        ("where(x > 1, x**2, 2 - x)", [(-1, 2)]),
        ("cbrt(x)", [(INF, INF)]),
        ("1/(x**2 - 2)", [(INF, -INF), (-INF, INF)]),
    ],
)
def test_slopes(text: str, slopes: list[tuple[object, object]]) -> None:
    found = [(f.truth.left.value, f.truth.right.value) for f in scanned(text).features]
    assert found == [pytest.approx(both, rel=1e-25, abs=1e-25) for both in slopes]


def test_edges_have_infinite_slopes() -> None:
    left, right = scanned("sqrt(4 - x**2)").features
    assert (left.truth.left.behaviour, left.truth.right.value) == ("outside", INF)
    assert (right.truth.left.value, right.truth.right.behaviour) == (-INF, "outside")


def test_a_place_is_as_exact_as_its_caller_needs() -> None:
    third, root = scanned("abs(x - 1/3)").features[0], scanned("abs(x**2 - 2)").features[1]
    assert (str(third.x.at), root.x.at) == ("1/3", None)
    with mpmath.mp.workdps(400):
        assert third.x() == mpmath.mpf(1) / 3
        assert abs(root.x() - mpmath.sqrt(2)) < mpmath.mpf(10) ** -398


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("3 + abs(x - 1)", "abs(x - 1)"),
        ("abs(sqrt(x**2))", "sqrt(x**2) and abs(sqrt(x**2))"),
        ("where(x > 1, x**2, 2 - x)", "x > 1"),
        ("tan(x/2 + 1)", "tan(x/2 + 1)"),
    ],
)
def test_culprits(text: str, culprit: str) -> None:
    assert [f.culprit for f in scanned(text).features] == [culprit]


def test_other_variables_stand_still() -> None:
    assert summary(scanned("abs(x - a)", "-3", "3", "a=1/2")) == "0.5 corner"
    assert summary(scanned("abs(x)**a", "-3", "3", "a=1/2")) == "0 cusp"
    assert summary(scanned("abs(x)**a", "-3", "3", "a=2")) == ""


@pytest.mark.parametrize(
    ("text", "low", "high", "pieces"),
    [
        ("x**2", "-3", "3", "-3..3"),
        ("abs(x)", "-3", "3", "-3..3"),
        ("log(x)", "-3", "3", "0..3"),
        ("sqrt(4 - x**2)", "-3", "3", "-2..2"),
        ("sqrt(x**2 - 4)", "-3", "3", "-3..-2, 2..3"),
        ("log(sin(x))", "0", "10", "0..pi, 2*pi..3*pi"),
        ("1/x + abs(x - 1)", "-3", "3", "-3..0, 0..3"),
        ("exp(x)/exp(x)", "700", "800", "700..800"),
        ("log(x)", "-3", "-1", ""),
        ("sqrt(-x**2)", "-3", "3", ""),
        ("log(x - sin(x))", "0", "1", "0..1"),
        ("log(x)", "1e-300", "1", "1e-300..1"),
        ("(-2)**x", "-4", "4", ""),
        ("x**x", "-4", "4", "0..4"),
        ("(-x)**x", "-4", "4", "-4..0"),
        ("x**(1/x)", "-2", "2", "0..2"),
        ("0**x", "-1", "1", "0..1"),
        # Too small for a float64, and for 60 digits.
        ("log(1 - erf(x)**2)", "-30", "30", "-30..30"),
    ],
)
def test_pieces(text: str, low: str, high: str, pieces: str) -> None:
    found = scanned(text, low, high)
    assert ", ".join(f"{place(a)}..{place(b)}" for a, b in found.pieces) == pieces


def test_undefined_at_every_sample() -> None:
    assert scanned("log(x)", "-3", "-1").undefined
    assert scanned("log(-1 - x**2)").undefined
    assert scanned("(-2)**x", "-4", "4").undefined
    assert not scanned("log(x)").undefined
    assert not scanned("sqrt(-x**2)").undefined
    # Beyond a float64, but not undefined.
    assert not scanned("exp(x)/exp(x)", "720", "800").undefined


def test_hundreds_of_points_are_all_judged() -> None:
    found = scanned("floor(1000*x)", "0", "0.3")
    assert [float(f.x()) for f in found.features] == [k / 1000 for k in range(301)]
    assert {f.truth.kind for f in found.features} == {"jump"}
    assert found.complete


def test_what_time_does_not_allow_is_counted() -> None:
    told: list[str] = []

    def stop(done: str) -> bool:
        told.append(done)
        return done.startswith("3 of")

    found = scan(read("floor(x)"), {}, "x", read("-3"), read("3"), stop)
    assert (len(found.features), found.left_out, found.pieces) == (3, 4, ())
    assert told[-1] == "3 of 7 places judged"
    assert found.notes[0].startswith("4 more places")
    assert not found.complete


def test_what_stands_alone_is_not_left_out_for_what_accumulates() -> None:
    found = scanned("tan(1/x)", "-1", "1")
    places = [place(f.x) for f in found.features]
    assert (places[:2], places[-1]) == (["-0.6366197724", "-0.2122065908"], "0.6366197724")
    assert "0" in places


@pytest.mark.parametrize("text", ["floor(1/x)", "abs(sin(1/x))"])
def test_where_points_accumulate_is_an_undecided_cell(text: str) -> None:
    found = scanned(text, "-2", "2")
    (low, middle), (start, high) = found.undecided
    assert -0.5 < low < middle <= 0 <= start < high < 0.5
    assert found.notes[0].startswith("undecided for x from -0")
    assert not found.clean


def test_more_points_than_are_worth_finding_are_an_undecided_cell() -> None:
    found = scanned("tan(1e6*x)")
    assert found.undecided == ((-3, 3),)
    assert (found.features, found.pieces) == ((), ())


def test_what_overflows_a_float_is_no_trouble() -> None:
    found = scanned("exp(1000*x)*abs(x)")
    assert summary(found) == "0 corner"
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "low", "high", "count"),
    [("abs(sin(1/x))", "0.01", "1", 31), ("abs(abs(x - 1/3) - 1e-6)", "0", "1", 3)],
)
def test_what_samples_missed_is_found(text: str, low: str, high: str, count: int) -> None:
    found = scanned(text, low, high)
    assert {f.truth.kind for f in found.features} == {"corner"}
    assert len(found.features) == count
    assert {f.truth.known for f in found.features} == {"proved"}
    assert found.complete


def test_points_that_are_no_simple_numbers_are_judged_by_proof() -> None:
    for text in ("abs(x^2 - 2)/x", "abs(exp(x) - 3)", "1/(x^3 - x - 1)", "cbrt(cos(x) - x)"):
        found = scanned(text)
        assert {f.truth.known for f in found.features} == {"proved"}, text


def test_a_slip_in_the_table_is_an_undecided_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {k: v for k, v in nonsmooth.NONSMOOTH.items() if k != "sqrt"}
    monkeypatch.setattr(nonsmooth, "NONSMOOTH", without)
    ((low, high),) = scanned("x + sqrt(x - 1/3)").undecided
    assert low < 1 / 3 + 1e-12
    assert high - low < 1e-9


@pytest.mark.parametrize(
    ("text", "low", "high", "at", "message"),
    [
        ("abs(y)", "-3", "3", ["y=1"], "x is not a variable of abs(y)"),
        ("2 + 3", "-3", "3", [], "x is not a variable of 2 + 3"),
        ("abs(x - y)", "-3", "3", [], "no value for y"),
        ("abs(x - y)", "-3", "3", ["y=1,2"], "y has more than one value"),
        ("abs(x)", "-3", "3", ["y=1"], "y is not a variable of abs(x)"),
        ("abs(x)", "3", "-3", [], "x=3:-3 is empty: the lower end comes first: x=-3:3"),
        ("abs(x)", "3", "-3", ["x=1"], "x has a range and a value"),
        ("abs(x)", "1 + 1e-17", "1", [], "empty: the lower end comes first: x=1:1 + 1e-17"),
        ("abs(x)", "1", "1 + 1e-17", [], "x=1:1 + 1e-17 is too narrow"),
        ("abs(x)", "-1.5*10**308", "1.5*10**308", [], "not a finite interval"),
    ],
)
def test_what_cannot_be_scanned(
    text: str, low: str, high: str, at: list[str], message: str
) -> None:
    with pytest.raises(PointError) as error:
        scanned(text, low, high, *at)
    assert message in str(error.value)
    assert isinstance(error.value, DiffcalcError)


@pytest.mark.parametrize("end", ["1/3", "pi/2"])
def test_an_empty_interval_has_no_other_order(end: str) -> None:
    with pytest.raises(PointError) as error:
        scanned("abs(x)", end, end)
    assert str(error.value) == f"x={end}:{end} is empty"


def test_a_first_argument_that_is_0_by_its_value() -> None:
    assert summary(scanned("atan2(y, x)", "-3", "3", "y=0")) == "0 jump"
    assert summary(scanned("y**x", "-1", "1", "y=0")) == "0 jump"


# -- sums of products of |x - r| -------------------------------------------------------------------

KINKS = st.fractions(-2, 2, max_denominator=12)
TERMS = st.lists(
    st.tuples(st.integers(-3, 3), st.lists(KINKS, min_size=1, max_size=3)), min_size=1, max_size=3
)


def slope(terms: list[tuple[int, list[Fraction]]], x: Fraction, side: int) -> Fraction:
    """The one-sided slope of the sum of c*|x - r|*|x - s|*…, by the product rule."""
    total = Fraction(0)
    for factor, kinks in terms:
        for i, kink in enumerate(kinks):
            sign = side if x == kink else (1 if x > kink else -1)
            total += factor * sign * prod(abs(x - k) for j, k in enumerate(kinks) if j != i)
    return total


@given(TERMS)
def test_sums_of_products_of_moduli(terms: list[tuple[int, list[Fraction]]]) -> None:
    text = " + ".join(
        f"({factor})*" + "*".join(f"abs(x - ({kink}))" for kink in kinks) for factor, kinks in terms
    )
    kinks = sorted({kink for _, some in terms for kink in some})
    expected = {k: (slope(terms, k, -1), slope(terms, k, 1)) for k in kinks}
    found = scanned(text)
    corners = {k: both for k, both in expected.items() if both[0] != both[1]}
    assert [f.x.at.nodes[0].content for f in found.features if f.x.at] == list(corners)
    assert found.smooth == len(kinks) - len(corners)
    for feature, both in zip(found.features, corners.values(), strict=True):
        with mpmath.mp.workdps(30):
            true = [mpmath.mpf(s.numerator) / s.denominator for s in both]
            sides = [feature.truth.left.value, feature.truth.right.value]
            assert all(abs(a - b) < 1e-20 for a, b in zip(sides, true, strict=True))


def test_where_a_place_is_exact_its_digits_are_too() -> None:
    found = scanned("abs(sin(x))", "1", "7").features
    with mpmath.mp.workdps(200):
        assert [f.x() for f in found] == [read(t)(exact()) for t in ("pi", "2*pi")]
