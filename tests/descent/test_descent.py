"""Gradient descent: the iterates, and what each way to end is called."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import fsolve, minimize

from diffcalc.base.deadline import Stop
from diffcalc.base.errors import PointError
from diffcalc.base.severity import Severity
from diffcalc.descent.descent import Descent
from diffcalc.descent.endings import Ending, EndingKind
from diffcalc.descent.objective import Iterate, Objective
from diffcalc.descent.optimizers import Adam, Momentum, Optimizer, Plain
from diffcalc.language.grammar import read
from diffcalc.truth.region import exactly, middles
from tests.strategies import formulas, points
from tests.texts import read_or_skip

Numbers = Mapping[str, Any]
ROSENBROCK = "100(y - x^2)^2 + (1 - x)^2"


def objective(text: str, start: Numbers, fixed: Numbers | None = None) -> Objective:
    arrays = [
        {n: np.asarray(v, dtype=float) for n, v in given.items()} for given in (start, fixed or {})
    ]
    return Objective(read(text, declared=[*arrays[0], *arrays[1]]), *arrays)


def ending(
    text: str, start: Numbers, optimizer: Optimizer | None = None, **settings: Any
) -> Ending:
    descent = Descent(
        objective(text, start, settings.pop("fixed", None)), optimizer or Plain(), **settings
    )
    *_, last = descent
    assert isinstance(last, Ending)
    return last


def iterates(text: str, start: Numbers, optimizer: Optimizer, count: int) -> list[Iterate]:
    descent = Descent(objective(text, start), optimizer, tolerance=0)
    return [item for item in islice(descent, count) if isinstance(item, Iterate)]


# -- the iterates ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.75, 1.1])
def test_a_parabola_has_iterates_in_closed_form(rate: float) -> None:
    found = iterates("x^2", {"x": 5}, Plain(rate), 30)
    assert len(found) == 30
    for item in found:
        x = 5 * (1 - 2 * rate) ** item.number
        assert item.at["x"] == pytest.approx(x, rel=1e-12)
        assert item.value == pytest.approx(x**2, rel=1e-12)
        assert item.gradient["x"] == pytest.approx(2 * x, rel=1e-12)


def rosenbrock_slope(x: float, y: float) -> np.ndarray[Any, Any]:
    return np.array([-400 * x * (y - x**2) - 2 * (1 - x), 200 * (y - x**2)])


def test_momentum_against_its_definition() -> None:
    at, velocity = np.array([-1.2, 1.0]), np.zeros(2)
    for item in iterates(ROSENBROCK, {"x": -1.2, "y": 1}, Momentum(1e-4, 0.9), 200):
        assert item.x == pytest.approx(at, rel=1e-9)
        velocity = 0.9 * velocity + rosenbrock_slope(*at)
        at = at - 1e-4 * velocity


def test_adam_against_its_definition() -> None:
    at, first, second = np.array([-1.2, 1.0]), np.zeros(2), np.zeros(2)
    for item in iterates(ROSENBROCK, {"x": -1.2, "y": 1}, Adam(0.05), 200):
        assert item.x == pytest.approx(at, rel=1e-9)
        slope, t = rosenbrock_slope(*at), item.number + 1
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        at = at - 0.05 * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)


def test_a_second_run_does_not_remember_the_first() -> None:
    descent = Descent(objective("x^2", {"x": 5}), Adam(0.1), steps=5)
    runs = [[item.x.item() for item in descent if isinstance(item, Iterate)] for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][1] == pytest.approx(4.9)


def test_vectors_and_matrices_move_in_their_shapes() -> None:
    last = ending(
        "sum((A@v - 1)^2) + sum(A^2)", {"A": [[1, 0], [0, 1]]}, fixed={"v": [1, 2]}
    ).iterate
    # Each row a of A is least where (v v' + 1) a = v: a = v/6.
    assert last.at["A"] == pytest.approx(np.array([[1, 2], [1, 2]]) / 6, abs=1e-6)
    assert last.gradient["A"].shape == (2, 2)


def test_linear_regression_is_least_squares() -> None:
    random = np.random.default_rng(3)
    table, y = random.normal(size=(50, 3)), random.normal(size=50)
    found = ending(
        "mean((y - X@w - b)^2)",
        {"w": [0, 0, 0], "b": 0},
        fixed={"X": table, "y": y},
        tolerance=1e-10,
    )
    true = np.linalg.lstsq(np.column_stack([table, np.ones(50)]), y, rcond=None)[0]
    assert found.kind is EndingKind.MINIMUM
    assert found.iterate.x == pytest.approx(true, abs=1e-8)


def test_logistic_regression_against_scipy() -> None:
    random = np.random.default_rng(1)
    table = random.normal(size=(1000, 2))
    labels = (random.random(1000) < 1 / (1 + np.exp(-(table @ [1.5, -2] + 0.5)))).astype(float)

    def loss(at: Any) -> Any:
        z = table @ at[:2] + at[2]
        return np.mean(np.logaddexp(0, z) - labels * z)

    true = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-8}).x
    found = ending(
        "mean(softplus(X@w + b) - y*(X@w + b))", {"w": [0, 0], "b": 0}, Plain(2),
        fixed={"X": table, "y": labels}, tolerance=1e-8,
    )  # fmt: skip
    assert found.kind is EndingKind.MINIMUM
    assert found.iterate.x == pytest.approx(true, abs=1e-6)
    assert found.iterate.value == pytest.approx(loss(true), rel=1e-12)


@pytest.mark.parametrize("optimizer", [Momentum(0.0005), Adam(0.1)])
def test_rosenbrocks_valley(optimizer: Optimizer) -> None:
    found = ending(ROSENBROCK, {"x": -1.2, "y": 1}, optimizer, steps=10_000)
    assert found.kind is EndingKind.MINIMUM
    assert found.iterate.x == pytest.approx([1, 1], abs=1e-5)
    # 501 ± sqrt(501² - 400)
    assert found.eigenvalues == pytest.approx([0.39936077, 1001.6006392], rel=1e-4)


# -- the endings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "rate", "kind"),
    [
        ("x^2", {"x": 5}, 0.1, EndingKind.MINIMUM),
        ("1e-9*x^2", {"x": 5}, 4e8, EndingKind.MINIMUM),
        ("(x - 1e6)^2 - 1e12", {"x": 0}, 0.1, EndingKind.MINIMUM),
        ("max(x, 0)^2 + x^2", {"x": 3}, 0.1, EndingKind.MINIMUM),  # the second derivative jumps at 0
        ("relu(x)^2", {"x": 3}, 0.1, EndingKind.MINIMUM),
        ("x^2 - y^2", {"x": 1, "y": 0}, 0.1, EndingKind.SADDLE),
        ("x^2 - y^2 + 0*z", {"x": 1, "y": 0, "z": 1}, 0.1, EndingKind.SADDLE),
        ("x*y", {"x": 1, "y": 1}, 0.1, EndingKind.SADDLE),
        ("cos(x)", {"x": 0}, 0.1, EndingKind.MAXIMUM),
        ("x^3", {"x": 0}, 0.1, EndingKind.FLAT),
        ("x^3", {"x": 0.01}, 10, EndingKind.FLAT),  # the second derivative is positive up to the inflection
        ("x^4", {"x": 0}, 0.1, EndingKind.MINIMUM),
        ("exp(-x)", {"x": 12}, 1e4, EndingKind.FLAT),  # no minimum at all
        ("(x + y)^2", {"x": 1, "y": 2}, 0.1, EndingKind.MINIMUM),
        ("floor(x)", {"x": 0.5}, 0.1, EndingKind.FLAT),
        ("((x^2)^(x^3))^2", {"x": 2}, 0.1, EndingKind.FLAT),  # lands where f is below 2**-1000
        ("where(x > 0, 1, 2)", {"x": 0.5}, 0.1, EndingKind.FLAT),
        ("x*abs(x)", {"x": 0}, 0.1, EndingKind.FLAT),
        ("abs(x)", {"x": 5}, 0.3, EndingKind.CORNER),
        ("abs(x)", {"x": 5}, 0.5, EndingKind.CORNER),  # lands on it, where autograd says 0
        ("-abs(x)", {"x": 0}, 0.5, EndingKind.CORNER),
        ("abs(x - 1) + x^2/4", {"x": 5}, 0.3, EndingKind.CORNER),
        ("sqrt(abs(x))", {"x": 1}, 0.1, EndingKind.CORNER),
        ("abs(x) + (y - 1)^2", {"x": 1, "y": 0}, 0.3, EndingKind.CORNER),
        ("norm(x)", {"x": [3, 4]}, 0.7, EndingKind.CORNER),
        ("max(x^2, x + 1/2)", {"x": -1}, 0.3, EndingKind.CORNER),
        ("log(x^2)", {"x": 1}, 0.1, EndingKind.NOT_FINISHED),  # to and fro over a pole
        ("where(x > 0, x + 1, -x)", {"x": 3.05}, 0.1, EndingKind.NOT_FINISHED),  # and over a jump
        ("x^2", {"x": 5}, 1.1, EndingKind.DIVERGED),
        ("x^4", {"x": 5}, 0.1, EndingKind.DIVERGED),
        ("exp(x) + exp(-x)", {"x": 10}, 0.1, EndingKind.DIVERGED),
        ("exp(x)", {"x": 800}, 0.1, EndingKind.DIVERGED),
        ("-x^2", {"x": 1}, 0.1, EndingKind.DIVERGED),
        ("log(x)", {"x": 0.5}, 0.1, EndingKind.UNDEFINED),
        ("1/x", {"x": 0}, 0.1, EndingKind.UNDEFINED),
        ("sqrt(x)", {"x": 0}, 0.1, EndingKind.UNDEFINED),
        ("x^2", {"x": 5}, 1, EndingKind.NOT_FINISHED),
        ("x", {"x": 0}, 0.1, EndingKind.NOT_FINISHED),
        ("1e-30*x^2", {"x": 1e10}, 0.1, EndingKind.STALLED),
    ],
)  # fmt: skip
def test_kinds(text: str, start: Numbers, rate: float, kind: EndingKind) -> None:
    assert ending(text, start, Plain(rate), tolerance=0 if "1e-30" in text else 1e-6).kind is kind


@pytest.mark.parametrize(
    ("text", "start", "optimizer", "reason", "hint"),
    [
        ("x^2", 5, Plain(0.1), "the gradient is 0 within 1e-06, and the second derivative is 2; the minimum is 4.2e-07 away", ""),
        ("10*x^2", 5, Plain(0.11), "f grows without bound: it is 2.77e+17 at step 95", "the largest curvature at the start is 20: plain descent needs a --rate below 0.1"),
        ("10*x^2", 5, Momentum(0.2), "f grows without bound: it is 4.89e+17 at step 41", "the largest curvature at the start is 20: momentum 0.9 needs a --rate below 0.19"),
        ("-x^2", 1, Plain(0.1), "f falls without bound: it is -2.3e+15 at step 97", "f has no minimum this way"),
        ("log(x)", 0.5, Plain(0.1), "log(x) has no real value at step 2, where x = -0.0333333", "a smaller --rate may stay inside the domain"),
        ("log(x)", -1, Plain(0.1), "log(x) has no real value at the start, where x = -1", ""),
        ("sqrt(x)", 0, Plain(0.1), "the slope of sqrt(x) has no finite value at the start", ""),
        ("sqrt(x^2)", 0, Plain(0.1), "the slope of sqrt(x**2) has no finite value at the start", ""),
        ("1/(x - 5)", 5, Plain(0.1), "1/(x - 5) has no real value at the start, where x - 5 = 0", ""),
        ("max(sqrt(abs(x) - 1), 1)", 0, Plain(0.1), "sqrt(abs(x) - 1) has no real value at the start, where abs(x) - 1 = -1", ""),
        ("exp(x)", 800, Plain(0.1), "exp(x) is beyond float64 at the start", ""),
        ("x^2", 5, Plain(1e-3), "after 1000 steps the largest element of the gradient is still 1.35", "more --count, or a larger --rate: the curvature here allows 0.5"),
        ("x^2", 5, Plain(1), "after 1000 steps the largest element of the gradient is still 10", "the largest curvature here is 2: plain descent needs a --rate below 1"),
        ("abs(x - 2)", 5, Plain(0.4), "the iterates go to and fro over a corner of abs(x - 2) at x = 2: the slope is -1 on one side, 1 on the other", "no fixed rate settles there; a smaller --rate comes closer"),
        ("abs(x)", 0, Plain(0.4), "the gradient of 0 is a convention of autograd at a corner of abs(x) at x = 0: the slope is -1 on one side, 1 on the other", ""),
        ("x^3", 0, Plain(0.1), "the gradient is 0 within 1e-06, and f falls on one side and rises on the other of x = 0", ""),
    ],
)  # fmt: skip
def test_reasons_and_hints(
    text: str, start: float, optimizer: Optimizer, reason: str, hint: str
) -> None:
    found = ending(text, {"x": start}, optimizer)
    assert (found.reason, found.hint) == (reason, hint)


@pytest.mark.parametrize(
    ("limit", "below", "above"),
    [(0.1, Plain(0.098), Plain(0.102)), (0.19, Momentum(0.186), Momentum(0.194))],
)
def test_the_rate_of_the_hint_is_the_border(
    limit: float, below: Optimizer, above: Optimizer
) -> None:
    assert below.largest_rate(20) == pytest.approx(limit)
    assert ending("10*x^2", {"x": 5}, below).kind is EndingKind.MINIMUM
    assert ending("10*x^2", {"x": 5}, above).kind is EndingKind.DIVERGED


# -- what is proved of an ending -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "kind", "said"),
    [
        # Autograd's gradient is 0 at 0, by convention.
        ("relu(x) - 0.1*relu(-x) + x^2", 0, EndingKind.CORNER, "the slope is 0.1 on one side, 1 on the other"),
        ("relu(x) + 2*relu(-x)", 0, EndingKind.CORNER, "the slope is -2 on one side, 1 on the other"),
        ("relu(x) + relu(-x)*sign(x) + x^2", 0, EndingKind.NOT_STATIONARY, "the derivative is 1 here"),
        ("cbrt(x)^3 + x^2", 0, EndingKind.NOT_STATIONARY, "the derivative is 1 here"),
        ("abs(x)*sign(x) + x^2", 0, EndingKind.NOT_STATIONARY, "the derivative is 1 here"),
        ("relu(x) - relu(-x) + x^2", 0, EndingKind.NOT_STATIONARY, "the derivative is 1 here"),
        ("x + 3*abs(x)*sign(x) - abs(x)^2/x^0 - x", 0, EndingKind.NOT_STATIONARY, "the derivative is 3 here"),
        ("floor(x)", 3, EndingKind.CORNER, "a jump of floor(x) at x = 3"),
        # The border is none of the whole.
        ("abs(x)^2", 5, EndingKind.MINIMUM, "the second derivative is 2; the minimum is 4.2e-07 away"),
        ("cbrt(x)^6", 1, EndingKind.MINIMUM, "the second derivative is 2; the minimum is 4e-07 away"),
        ("sqrt(x^4)", 1, EndingKind.MINIMUM, "the second derivative is 2; the minimum is 4e-07 away"),
        ("abs(x^2 - 2)^2", 1.5, EndingKind.MINIMUM, "the second derivative is 16; the minimum is 5.6e-08 away"),
        ("x*abs(x)*sign(x)", 0, EndingKind.MINIMUM, "f rises on both sides of x = 0"),
        ("max(x, 0)^2 + x^2", 0, EndingKind.MINIMUM, "f is nowhere less than at x = 0"),
        ("max(x, 0)^2 + x^2 + x^3", 0, EndingKind.MINIMUM, "f rises on both sides of x = 0"),
        ("where(abs(x) < 1, x^2/2, abs(x) - 1/2)", 2, EndingKind.MINIMUM, "the second derivative is 1; the minimum is 9.1e-07 away"),
        # The second derivative does not decide.
        ("x^4 - x^5", 0, EndingKind.MINIMUM, "f rises on both sides of x = 0"),
        ("(x - 1/3)^4", 1/3, EndingKind.MINIMUM, "f is nowhere less than at x = 0.333333"),
        ("-abs(x)^3", 0, EndingKind.MAXIMUM, "f is nowhere more than at x = 0"),
        ("relu(x)^2 - 1", 0, EndingKind.MINIMUM, "f is nowhere less than at x = 0"),
        ("min(x^2, 1)", 3, EndingKind.FLAT, "f is constant around x = 3"),
        ("x*abs(x)", 0, EndingKind.FLAT, "f falls on one side and rises on the other of x = 0"),
        ("x^2 + exp(-1/x^2)", 0.3, EndingKind.UNDEFINED, "f has no value, x = 0, which is 4.6e-07 away"),
        ("x^4 + 1e-6*x^2", 0.006, EndingKind.MINIMUM, "the second derivative is 2e-06; the minimum is 0.006 away"),
    ],
)  # fmt: skip
def test_an_ending_is_proved_on_a_line(
    text: str, start: float, kind: EndingKind, said: str
) -> None:
    found = ending(text, {"x": start})
    assert found.ground is not None
    assert (found.kind, found.ground.known) == (kind, "proved")
    assert found.reason.endswith(said)


@pytest.mark.parametrize(
    ("text", "start", "fixed", "kind"),
    [
        ("norm(w)^2", {"w": [1, 2]}, {}, EndingKind.MINIMUM),
        ("norm(w)*norm(w)", {"w": [1, 2]}, {}, EndingKind.MINIMUM),
        ("norm(w)^4 + norm(w)^2", {"w": [0, 0]}, {}, EndingKind.MINIMUM),
        ("hypot(x, y)^2", {"x": 1, "y": 2}, {}, EndingKind.MINIMUM),
        ("hypot(x, y)^2 + x*y", {"x": 1, "y": 2}, {}, EndingKind.MINIMUM),
        ("hypot(x, y)^2 + 3*x*y", {"x": 0, "y": 0}, {}, EndingKind.SADDLE),
        ("norm(A@w - y)^2", {"w": [0, 0]}, {"A": [[1, 2], [3, 4]], "y": [1, 2]}, EndingKind.MINIMUM),
        ("norm(A@w - y)^2", {"w": [0, 0]}, {"A": [[0.3, 0.5], [0.1, 0.7], [1, 2]], "y": [0.8, 0.8, 3]}, EndingKind.MINIMUM),
        ("norm(A@w - y)^2", {"w": [0, 0, 0]}, {"A": [[1, 2, 3], [4, 5, 6]], "y": [1, 2]}, EndingKind.MINIMUM),
        ("(x + sqrt(2)*y)^2/3 + 1", {"x": 1, "y": 2}, {}, EndingKind.MINIMUM),
        ("(x*y - 1)^2 + 2*(x^2 + y - z)^4", {"x": 1.2, "y": 0.9, "z": 2.3}, {}, EndingKind.MINIMUM),
        ("x^2 - y^4", {"x": 0, "y": 0}, {}, EndingKind.SADDLE),
        ("x^3 + y^2", {"x": 0, "y": 0.1}, {}, EndingKind.SADDLE),
        ("x^2*y", {"x": 0, "y": 0}, {}, EndingKind.SADDLE),
        ("-x^4 - y^2", {"x": 0, "y": 0}, {}, EndingKind.MAXIMUM),
        ("norm(w) + b^2", {"w": [0, 0], "b": 1}, {}, EndingKind.CORNER),
        ("sum(relu(w) - 0.1*relu(-w) + w^2)", {"w": np.zeros(60)}, {}, EndingKind.CORNER),
        ("sum(abs(w - 1)*sign(w - 1))", {"w": np.ones(3)}, {}, EndingKind.NOT_STATIONARY),
        ("x@A@x - sum(x)", {"x": np.zeros(50)}, {"A": np.eye(50)}, EndingKind.MINIMUM),
    ],
)  # fmt: skip
def test_an_ending_is_proved_in_several_variables(
    text: str, start: Numbers, fixed: Numbers, kind: EndingKind
) -> None:
    found = ending(text, start, Adam(0.02), fixed=fixed, tolerance=1e-2)
    assert found.ground is not None
    assert (found.kind, found.ground.known) == (kind, "proved")


@pytest.mark.parametrize("start", [(2.9, 0.3), (-2.8, 0.2)])
def test_exactly_one_stationary_point_is_in_the_box(start: tuple[float, float]) -> None:
    """From everywhere in it, a solver finds the same one."""
    found = ending("cos(x) + x*y/9 + exp(y)/2 - y/2", dict(zip("xy", start, strict=True)))
    assert found.kind is EndingKind.MINIMUM
    assert found.ground is not None
    assert found.ground.box is not None
    middle, radius = found.ground.box
    true = [
        fsolve(lambda at: [at[1] / 9 - np.sin(at[0]), at[0] / 9 + np.exp(at[1]) / 2 - 0.5], corner)
        for corner in (middle - radius, middle + radius, found.iterate.x)
    ]
    assert np.all(np.abs(true - middle) <= radius)
    assert np.ptp(true, axis=0) == pytest.approx(0, abs=1e-12)
    assert np.all(np.abs(found.iterate.x - middle) <= radius)


def test_what_is_not_proved_is_said_to_be_observed() -> None:
    found = ending("(x + sqrt(2)*y)^2 + sqrt(3)*(x + sqrt(2)*y)^2", {"x": 1, "y": 2})
    assert (found.kind, found.ground and found.ground.known) == (EndingKind.FLAT, "observed")
    assert ending("x^2", {"x": 5}, steps=3).ground is None


def test_the_second_derivatives_of_one_sweep_are_autograds() -> None:
    text = "sin(x*y) + atan2(y, x)*z + hypot(x, y)^3 + max(x*y, z)*x^y + where(x > y, z^3, x) + norm(w)*x"
    function = objective(text, {"x": 1.5, "y": 0.7, "z": 2, "w": [1, 2, 3]})
    assert function.region is not None
    found = function.region.hessian(exactly(function.start))
    assert middles(found) == pytest.approx(function.hessian(function.start), rel=1e-13)


def test_too_many_elements_to_examine() -> None:
    found = ending("sum(w^2)", {"w": np.ones(51)})
    assert (found.kind, found.kind.severity) == (EndingKind.UNKNOWN, Severity.FINE)
    assert (
        found.reason
        == "the gradient is 0 within 1e-06, and what it is was not examined: 51 elements are more than 50"
    )
    assert ending("sum(w^2)", {"w": np.ones(50)}).kind is EndingKind.MINIMUM


def test_a_far_away_minimum_is_told_to_be_far_away() -> None:
    assert ending("1e-10*x^2", {"x": 1}).reason.endswith("; the minimum is 1 away")


def test_only_a_minimum_is_fine_or_one_too_large_to_examine() -> None:
    good = [kind for kind in EndingKind if kind.severity is Severity.FINE]
    assert good == [EndingKind.MINIMUM, EndingKind.UNKNOWN]


def test_it_can_be_stopped() -> None:
    class FourthTime(Stop):
        asked = 0

        def __call__(self) -> bool:
            self.asked += 1
            return self.asked > 3

    *_, last = Descent(objective("x^2", {"x": 5}), stop=FourthTime(0))
    assert isinstance(last, Ending)
    assert (last.kind, last.iterate.number) == (EndingKind.INTERRUPTED, 3)


@pytest.mark.parametrize(
    ("text", "start", "fixed", "message"),
    [
        ("x^2", {"y": 1}, {}, "y is not a variable of x**2: its variables: x"),
        ("x^2", {"x": 1}, {"y": 1}, "y is not a variable of x**2: its variables: x"),
        ("x^2", {"x": 1}, {"x": 1}, "x is given twice: a variable moves or stands still"),
        ("a*x*b", {"x": 1}, {}, "no value for a and b: --from a=… if it is to move, --at a=… if it stands still"),
        ("x^2", {"x": [1, 2]}, {}, "f must be a single number, but here it is a vector of 2: wrap it in sum or mean"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(text: str, start: Numbers, fixed: Numbers, message: str) -> None:
    with pytest.raises(PointError) as caught:
        objective(text, start, fixed)
    assert str(caught.value) == message


def test_the_hessian() -> None:
    found = objective(ROSENBROCK, {"x": 1, "y": 1}).hessian(np.array([1.0, 2.0]))
    assert found == pytest.approx(np.array([[1200 - 800 + 2, -400], [-400, 200]]))
    linear = objective("x + y^2", {"x": 1, "y": 1}).hessian(np.array([1.0, 2.0]))
    assert linear.tolist() == [[0, 0], [0, 2]]


@given(formulas(6), points, points, st.sampled_from([Plain(0.1), Momentum(0.05), Adam(0.1)]))
def test_every_descent_ends_and_no_point_near_a_minimum_is_lower(
    text: str, x: float, y: float, optimizer: Optimizer
) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and expression.variables)
    start = {name: np.array({"x": x, "y": y}[name]) for name in expression.variables}
    function = Objective(expression, start, {})
    *_, last = Descent(function, optimizer, steps=60)
    assert isinstance(last, Ending)
    if last.kind is EndingKind.MINIMUM and last.ground and last.ground.box:
        matrix = function.hessian(last.iterate.x)
        least = last.iterate.x - np.linalg.solve(matrix, last.iterate.slopes)
        rise = 1e-8 * last.eigenvalues[0] / 2
        assume(rise > 1e-13 * (1 + abs(last.iterate.value)))
        for step in 1e-4 * np.vstack([np.eye(least.size), -np.eye(least.size)]):
            assert function(least + step).value > function(least).value
