"""The bounds on round-off: no result is off by more, and lost digits are told."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, reject

from diffcalc.autograd.compiled.program import Tape
from diffcalc.base.errors import LimitError
from diffcalc.base.types import FloatArray
from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from tests.conftest import examples
from tests.functions import CASES, of_inexact
from tests.strategies import formulas, points


def bounded(text: str, **at: float) -> tuple[FloatArray, FloatArray]:
    """The value and the derivatives at a point, and a bound on the error of each."""
    tape = Tape(read(text), tuple(at), bounded=True)
    values, errors = np.split(tape({name: np.array([x]) for name, x in at.items()})[:, 0], 2)
    return values, errors


def truth(text: str, **at: float) -> list[mpmath.mpf]:
    """The same without round-off, the derivatives as mpmath finds them."""
    f = read(text)
    with mpmath.mp.workdps(60):
        found = [f(exact(), **{n: mpmath.mpf(x) for n, x in at.items()})]
        for name, x in at.items():
            others = {n: mpmath.mpf(v) for n, v in at.items() if n != name}
            found.append(mpmath.diff(lambda t, n=name, o=others: f(exact(), **{n: t}, **o), x))
    return found


def off(values: FloatArray, exactly: list[mpmath.mpf]) -> list[float]:
    return [float(abs(v - t)) for v, t in zip(values.tolist(), exactly, strict=True)]


@examples(0.6)
@given(formulas(), points, points)
def test_no_result_is_off_by_more(text: str, x: float, y: float) -> None:
    at = {"x": x, "y": y}
    text = f"({text}) + 0*x*y"
    try:
        values, errors = bounded(text, **at)
    except LimitError:  # a power of a power may be too large to be read
        reject()
    if not np.isfinite(values).all() or np.abs(values).max() > 1e100:
        reject()
    exactly = truth(text, **at)
    for found, expected, bound in zip(values, exactly, errors, strict=True):
        if bound < 1e-3 * abs(found):  # of the first order, and constants are not looked into
            assert abs(found - expected) <= 4 * bound + 1e-30, text


@pytest.mark.parametrize(("name", "at"), CASES)
def test_every_function_of_something_inexact(name: str, at: tuple[float, ...]) -> None:
    text, point = of_inexact(name, at)
    values, errors = bounded(text, **point)
    if np.isfinite(values).all():
        assert (np.array(off(values, truth(text, **point))) <= errors).all()
        assert (errors <= 1e-10 * np.abs(values) + 1e-14).all()


@pytest.mark.parametrize(
    ("text", "x", "lost"),
    [
        ("(1 - cos(x))/x**2", 1e-8, [True, True]),
        ("(1 - cos(x))/x**2", 1e-3, [False, True]),
        ("(1 - cos(x))/x**2", 1.0, [False, False]),
        ("x - sin(x)", 1e-4, [True, True]),
        ("sqrt(x**2 + 1) - x", 1e6, [True, True]),
        ("(1 + x) - 1", 1e-12, [True, False]),
        ("x - 0.1", 0.1, [True, False]),
        ("x - 0.5", 0.5, [False, False]),
        ("exp(x)/x", 2.0, [False, False]),
        ("sin(x*1e10)", 0.7, [True, True]),
        ("where(x > 1, x, x*x - (x*x - 1))", 1e5, [False, False]),
        ("max(x, (x + 1) - 1)", 1e-9, [True, False]),
        ("log(x*x)", 1.0, [True, False]),
    ],
)
def test_lost_digits(text: str, x: float, lost: list[bool]) -> None:
    values, errors = bounded(text, x=x)
    assert (errors > 1e-8 * np.abs(values)).tolist() == lost
    assert (np.array(off(values, truth(text, x=x))) <= errors).all()


def test_constants_are_rounded_once() -> None:
    tape = Tape(read("x*(sqrt(2) - 1.41421356237) + c - 0.1"), ("x",), {"c": 0.1}, bounded=True)
    value, derivative, *_ = tape({"x": np.array([1.0])})[:, 0]
    with mpmath.mp.workdps(40):
        exactly = mpmath.sqrt(2) - mpmath.mpf("1.41421356237")
        assert derivative == float(exactly)
        assert value == pytest.approx(float(exactly + mpmath.mpf(0.1) - mpmath.mpf("0.1")), 1e-9)
