"""The compiled tape: the same numbers as the eager tensors', in blocks and at one point."""

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, reject

from diffcalc import autograd
from diffcalc.autograd.compiled import replay
from diffcalc.autograd.compiled.program import Tape
from diffcalc.autograd.compiled.tracing import Traced, TracedProgram, cosine, sine
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.base.errors import LimitError, ReadError
from diffcalc.base.types import FloatArray
from diffcalc.language.grammar import read
from tests.conftest import examples
from tests.functions import CASES
from tests.strategies import formulas

RANDOM = np.random.default_rng(6)


def eager(text: str, points: dict[str, FloatArray]) -> FloatArray:
    """The value and the gradient by the eager tensors, a row each."""
    expression = read(text, declared=points)
    leaves = {name: autograd.tensor(v, requires_grad=True) for name, v in points.items()}
    with np.errstate(all="ignore"):
        result = expression(autograd.algebra(), **leaves)
    count = len(next(iter(points.values())))
    if not isinstance(result, autograd.Tensor) or not result.requires_grad:
        value = result.data if isinstance(result, autograd.Tensor) else result
        return np.array([np.broadcast_to(value, count), *np.zeros((len(points), count))])
    slopes = autograd.grad(result, list(leaves.values()), np.ones(count), allow_unused=True)
    return np.array([result.data, *(np.zeros(count) if s is None else s.data for s in slopes)])


def taped(text: str, points: dict[str, FloatArray], **options: Any) -> FloatArray:
    return Tape(read(text, declared=points), tuple(points))(points, **options)


@pytest.mark.parametrize(("name", "at"), CASES)
def test_every_function(name: str, at: tuple[float, ...]) -> None:
    names = "uvw"[: len(at)]
    points = {n: np.array([a, a * 1.01, a]) for n, a in zip(names, at, strict=True)}
    text = f"{name}({', '.join(names)})"
    if name == "polygamma":  # its order is no variable
        text = text.replace("u", str(int(points.pop("u")[0])))
    np.testing.assert_allclose(taped(text, points), eager(text, points), rtol=1e-14)


@examples(0.6)
@given(formulas())
def test_random_formulas(text: str) -> None:
    points = {"x": RANDOM.uniform(0.3, 2, 20), "y": RANDOM.uniform(0.3, 2, 20)}
    try:
        expected, found = eager(text, points), taped(text, points)
    except (LimitError, ReadError):  # a power too large to be read, a division by 1 - 1
        reject()
    finite = np.isfinite(expected) & (np.abs(expected) < 1e100)
    scale = np.max(np.abs(expected[finite]), initial=1e-9)
    np.testing.assert_allclose(found[finite], expected[finite], rtol=1e-9, atol=1e-13 * scale)


@pytest.mark.parametrize(
    "text",
    ["where(x < y, x**2, y)", "max(x, y, 1)", "min(x*y, x + y)", "abs(x - 1)*sign(y)", "relu(x - 1)",
     "floor(3*x)*y", "x**y", "y**-3", "x**1.5", "x**17", "2**x", "e**(x*y)", "x**0", "1/x**0.5", "0*log(x)",
     "sigmoid(x)*sigmoid(-x)", "-x", "pi", "x - x", "3/(2*x) - (x/3)/y"],
)  # fmt: skip
def test_choices_and_powers(text: str) -> None:
    points = {"x": RANDOM.uniform(0.3, 2, 50), "y": RANDOM.uniform(0.3, 2, 50)}
    np.testing.assert_allclose(taped(text, points), eager(text, points), rtol=1e-13, atol=1e-15)


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "sin(x*y)*exp(-x**2/2) + log(1 + y**2)/(1 + exp(-x))"
    points = {"x": RANDOM.normal(size=1000), "y": RANDOM.normal(size=1000)}
    whole = taped(text, points)
    for name in ("_BLOCK", "_BLOCK_OF_MANY"):
        monkeypatch.setattr(replay, name, 64)
    assert np.array_equal(taped(text, points, threads=1), whole)
    assert np.array_equal(taped(text, points, threads=3), whole)


def test_vectors_may_have_gaps() -> None:
    table = RANDOM.normal(size=(100, 3))
    apart = {"x": table[:, 0], "y": table[:, 2]}
    together = {name: np.ascontiguousarray(v) for name, v in apart.items()}
    assert np.array_equal(taped("x*y**2", apart), taped("x*y**2", together))


def test_no_points() -> None:
    assert taped("x*y", {"x": np.empty(0), "y": np.empty(0)}).shape == (3, 0)


def test_constants_and_further_expressions() -> None:
    f, g = read("c*x**2"), read("x + c")
    tape = Tape(f, ["x"], {"c": 3.0}, beside=[g])
    assert tape({"x": np.array([1.0, 2.0])}).tolist() == [[3, 12], [6, 12], [4, 5]]
    assert tape.at({"x": 2.0}).tolist() == [12, 12, 5]


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("x**3 - 2*x", 2.0, [4, 10]),
        ("where(x > 1, x**2, x)", 3.0, [9, 6]),
        ("1/x", 0.0, [np.inf, -np.inf]),
        ("log(x)", -1.0, [np.nan, -1]),
        ("exp(x)", 1000.0, [np.inf, np.inf]),
    ],
)
def test_one_point(text: str, x: float, expected: list[float]) -> None:
    tape = Tape(read(text), ["x"])
    assert np.array_equal(tape.at({"x": x}), expected, equal_nan=True)
    assert np.array_equal(tape({"x": np.array([x])})[:, 0], expected, equal_nan=True)


def test_sine_and_cosine_within_three_units_in_the_last_place() -> None:
    quarters = np.arange(-40, 41) * np.pi / 2
    wide = RANDOM.normal(size=300) * 10.0 ** RANDOM.integers(-20, 16, 300)
    edges = [0.0, -0.0, 1e300, 5e-324]
    xs = np.concatenate([RANDOM.uniform(-10, 10, 500), wide, quarters, quarters + 1e-9, edges])
    with mpmath.workprec(1200):
        for ours, true in ((cosine, mpmath.cos), (sine, mpmath.sin)):
            for x, found in zip(xs, ours(xs), strict=True):
                exact = true(mpmath.mpf(float(x)))
                unit = np.spacing(abs(float(exact)))
                assert abs(mpmath.mpf(float(found)) - exact) <= 3 * mpmath.mpf(float(unit)), x


# Griewank and Walther, section 3.3: at most about four times, whatever the number of variables.
@pytest.mark.parametrize("n", [10, 300])
@pytest.mark.parametrize(
    "text",
    [
        lambda n: "*".join(f"x{i}" for i in range(n)),
        lambda n: " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1)),
        lambda n: "sin(" * (n // 10) + "x0" + ")" * (n // 10),
        lambda n: " + ".join(f"sin(x{i}*x{i + 1})/exp(x{i})" for i in range(n - 1)),
    ],
)
def test_a_gradient_costs_a_few_values(text: Any, n: int) -> None:
    f = read(text(n), declared={f"x{i}" for i in range(n)})
    # A cosine by its definition is many lines, and so is the sine.
    value, gradient = (len(Tape(f, wrt).of_arrays.instructions) for wrt in ((), f.variables))
    assert gradient <= 4.5 * value


def test_a_sums_terms_share_a_few_buffers() -> None:
    terms = " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(200))
    f = read(terms, declared={f"x{i}" for i in range(201)})
    assert Tape(f, f.variables).of_arrays.buffers <= 6


def test_what_is_computed_once_is_used_again() -> None:
    def lines(text: str, *wrt: str) -> list[str]:
        lines = Tape(read(text), wrt)._lines(tangents=False)
        return sorted(lines.all[line][0].__name__ for line in lines.order)

    assert lines("exp(x)", "x") == ["exp"]
    assert lines("sqrt(x)", "x") == ["divide", "multiply", "sqrt"]
    assert lines("x**3", "x") == ["multiply", "multiply", "multiply"]  # x*x, x*x*x, 3*(x*x)
    assert lines("1/x", "x") == ["divide", "divide", "negative"]
    assert lines("-2*x", "x") == ["multiply"]
    assert lines("sin(x)", "x") == ["cos", "sin"]


def test_every_primitive_can_be_traced() -> None:
    for name, primitive in PRIMITIVES.items():
        program = TracedProgram()
        values = [Traced(program, program.line(n)) for n in "uvw"[: len(primitive.vjps)]]
        result = Traced.column[name](*values)
        program.forward = len(program.lines)
        for vjp in primitive.vjps:
            if vjp is not None:
                assert isinstance(vjp(1.0, result, *values), (Traced, float)), name
