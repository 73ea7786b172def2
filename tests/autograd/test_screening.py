"""One bound for a block of points: what it takes for granted, the bound of each point does too."""

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from diffcalc.autograd.compiled.measures import PART
from diffcalc.base.errors import LimitError, ReadError
from diffcalc.base.types import BoolArray, FloatArray
from diffcalc.comparison.many_points import Batch
from diffcalc.language.grammar import read
from diffcalc.tables.parse import Fault, Table
from tests.benchmarks.batch import DECLARED, EXPRESSIONS
from tests.conftest import examples
from tests.functions import CASES, of_inexact
from tests.strategies import formulas

TRUSTED, SMALL = 1e-8, 1e-50
RANDOM = np.random.default_rng(12)


def screened(
    text: str, points: dict[str, FloatArray], trusted: float = TRUSTED
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """The results, where the bound for the block trusts them all, and where their own bounds do."""
    batch = Batch(read(text, declared=points), list(points), {}, list(points), 10.0)
    results, plain = batch._tape.screened(points, [trusted] * (1 + len(points)), SMALL, threads=1)
    by_rows = batch._tape(points, threads=1)
    values, errors = np.split(by_rows, 2)
    with np.errstate(all="ignore"):
        believed = np.isfinite(values) & (errors <= trusted * np.abs(values))
        believed[1 + len(points) :] = values[1 + len(points) :] > errors[1 + len(points) :]
        there = [(np.abs(column) > SMALL) | (column == 0) for column in points.values()]
    count = 1 + len(points)
    np.testing.assert_array_equal(results[:count], values[:count])
    return values, plain, believed.all(axis=0) & np.all(there, axis=0)


AWKWARD = [0.0, -0.0, 1.0, -1.0, 0.5, np.pi / 2, 1e-9, 1 + 1e-15, 1e-49, 1e-51, 1e-160, 1e-310,
           5e-324, 1e10, 1e160, 1e300, -1e308, np.inf, -np.inf, np.nan, 700.0, -750.0]  # fmt: skip


@st.composite
def columns(draw: st.DrawFn) -> FloatArray:
    """A column of 12 numbers: near to each other, or of all sizes, some of them awkward."""
    centre = draw(st.sampled_from([0.0, 1.0, -1.0, np.pi / 2, 1e-9, 1e3, 1e-40, 1e100]))
    width = draw(st.sampled_from([0.0, 1e-12, 1e-3, 1.0, 30.0]))
    found = centre + width * np.array(draw(st.lists(st.floats(-1, 1), min_size=12, max_size=12)))
    if draw(st.booleans()):
        found *= 10.0 ** np.array(draw(st.lists(st.integers(-8, 8), min_size=12, max_size=12)))
    for value in draw(st.lists(st.sampled_from(AWKWARD), max_size=2)):
        found[draw(st.integers(0, 11))] = value
    return found


NONSMOOTH = ["abs({})", "relu({})", "max({}, y)", "where({} > 1, {}, x*x)", "floor({})", "sign({})*x",
             "sqrt({})", "log({})", "({})**1.5", "({})**x", "asin({})", "atan2({}, x*1.1)", "tan({})",
             "hypot({}, x*1.1)", "1/({})", "x/(({}) - 1)", "exp(-({})^2)", "{}"]  # fmt: skip


@examples(0.4)
@given(
    st.sampled_from(NONSMOOTH), formulas(6), columns(), columns(), st.sampled_from([TRUSTED, 3e-15])
)
def test_what_is_plain_for_a_block_is_so_for_each_point(
    around: str, inner: str, x: FloatArray, y: FloatArray, trusted: float
) -> None:
    text = around.replace("{}", inner)
    try:
        _, plain, believed = screened(f"({text}) + 0*x*y", {"x": x, "y": y}, trusted)
    except (LimitError, ReadError):  # a power too large to be read, a division by 1 - 1
        reject()
    assert not (plain & ~believed).any(), text


@pytest.mark.parametrize(("name", "at"), CASES)
def test_every_function_of_something_inexact(name: str, at: tuple[float, ...]) -> None:
    text, point = of_inexact(name, at)
    points = {u: a * RANDOM.uniform(0.99, 1.01, 20) for u, a in point.items()}
    _, plain, believed = screened(text, points)
    assert plain.tolist() == believed.tolist()


@pytest.mark.parametrize("text", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_few_points_need_a_bound_of_their_own(text: str) -> None:
    names = read(text, declared=DECLARED).variables
    _, plain, believed = screened(text, {name: RANDOM.uniform(-2, 2, 2_000) for name in names})
    assert believed.all()
    assert plain.mean() > 0.9


def test_a_point_that_is_not_plain_leaves_the_others_plain() -> None:
    x = RANDOM.uniform(1, 2, 50)
    x[[3, 20]] = 1e-60, 0.0
    _, plain, _ = screened("x*sin(x) + abs(x)", {"x": x})
    assert np.flatnonzero(~plain).tolist() == [3, 20]


def test_a_point_that_is_no_number_spoils_its_part_alone() -> None:
    x = RANDOM.uniform(1, 2, 5_000)
    x[2_000] = np.nan
    _, plain, _ = screened("x*sin(x) + abs(x)", {"x": x})
    assert np.flatnonzero(~plain).tolist() == list(range(PART, 2 * PART))


def test_rows_that_are_bad_spoil_no_others() -> None:
    numbers = RANDOM.uniform(1, 2, (5_000, 1))
    numbers[::10] = np.nan
    bad = {row: Fault(0, "x is no number") for row in range(0, 5_000, 10)}
    batch = Batch(read("x*sin(x)"), ["x"], {}, ["x"], 10.0)
    found = batch.gradients(Table(numbers, range(5_000), bad), 1)
    assert np.isnan(found.numbers[::10]).all()
    assert np.isfinite(np.delete(found.numbers, np.s_[::10], axis=0)).all()
    assert batch._tape.is_screened


@pytest.mark.parametrize(
    "text",
    ["x**x + 0*x", "exp(x) - 1", "1/(x - x)", "x*1e200*x*1e200", "exp(x)/exp(x)", "atan(x*1e200)"],
)
def test_a_block_that_overflows_everywhere_is_nowhere_plain(text: str) -> None:
    _, plain, believed = screened(text, {"x": np.array([800.0, 900.0, 1000.0])})
    assert not plain.any()
    assert not believed.any()


@pytest.mark.parametrize(
    ("text", "plain"),
    [("x + 1", True), ("x*0 + 1", True), ("(10)^2", True), ("x*1e200*1e200", False)],
)
def test_constant_results(text: str, plain: bool) -> None:
    assert screened(text, {"x": np.array([1.0, 2.0])})[1].tolist() == [plain, plain]


def test_what_is_no_number_is_not_plain_beside_a_zero() -> None:
    # The largest modulus of the numbers in the block is 0.
    assert not screened("(-x - x)^1.5", {"x": np.array([0.0, 1.0, 1.0])})[1].any()


def test_quotients_of_quotients_go_as_deep_as_they_are() -> None:
    _, plain, believed = screened("x" + "/y" * 1100, {"x": np.ones(3), "y": np.full(3, 1.01)})
    assert plain.all()
    assert believed.all()


def test_no_points() -> None:
    assert screened("x*y", {"x": np.empty(0), "y": np.empty(0)})[1].size == 0


def test_points_of_all_sizes_get_bounds_of_their_own() -> None:
    table = 10.0 ** RANDOM.uniform(-20, 20, (200, 2))
    batch = Batch(read("x*y + x**3*y - x"), "xy", {}, "xy", 10.0)
    first, again = (batch._found(batch._tape, table, 1) for _ in range(2))
    assert not batch._tape.is_screened
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.plain.mean() > 0.9
