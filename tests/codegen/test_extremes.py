"""Emitted gradients beside the truth: at borders, at poles, and where float64 ends.

Where the truth has a derivative, code gives it, infinite beyond float64; where the function has no
value, code gives no finite number, or raises.
"""

import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from diffcalc.base.errors import LimitError
from diffcalc.codegen import emit
from diffcalc.codegen.careful import careful
from diffcalc.language.grammar import read
from diffcalc.language.operations import FUNCTIONS
from tests.codegen.compilers import ran
from tests.proofs import derivative, prove

LONG = "DIFFCALC_LONG" in os.environ
POINTS = (
    0, -1e-320, 1e-308, 1e-17, 0.5, -0.5, -1, 1 - 2**-53, -(1 + 2**-52), 1.5, -3, 40, -40, 710, -800,
    1e155, -1e200, 8e307,
)  # fmt: skip
# A number of so few bits is not the decimal that is typed, but next to it.
_DENORMAL = 1e-3
# At multiples of pi, as at a jump, the point as typed is not float64's; what remains is exact.
_PERIODIC = {"sin", "cos", "tan", "sec", "csc", "cot"}
_STEPS = {"sign", "floor", "ceil", "relu", "acot", "abs"}
_LACKING = {"gamma", "lgamma", "polygamma"}
FORMULAS = (
    "log(x)", "log1p(x)", "expm1(x)", "sqrt(x)", "cbrt(x)", "asin(x)", "acosh(x)", "asinh(x)",
    "atanh(x)", "asech(x)", "asec(x)", "tanh(x)", "sech(x)", "sigmoid(x)", "softplus(x)", "x^2.5",
    "x^3", "2^x", "exp(-x^2)", "1/(1 + exp(-x))", "log(1 + exp(x))", "exp(x)/(1 + exp(x))",
    "sqrt(4 + x^2)", "hypot(x, 1e200)", "atan2(x, 1e200)", "atan2(2, x)", "log(log(x))",
    "sqrt(x)*sqrt(x)", "where(x > 0.1, log(x), x)", "x*exp(-x/3)", "log2(3*x) + x", "acosh(x/3)",
)  # fmt: skip
MORE = [f"{name}(x)" for name, row in FUNCTIONS.items() if row.arity == 1 and name not in _LACKING]
CASES = [*FORMULAS, *(MORE if LONG else [])]


@cache
def truth(text: str, at: float) -> float | str | None:
    """The derivative; None where the function has no value; "" where nothing is told of it."""
    exact = Fraction(at)
    shown = (
        str(exact) if exact.denominator < 2**60 and abs(exact) < 2**60 else str(Decimal(repr(at)))
    )
    try:
        proof = prove(text, f"x={shown}")
    except LimitError:
        return ""
    if proof.exists:
        return derivative(proof)
    return None if proof.kind in ("outside", "pole", "removable") else ""


def check(found: Mapping[tuple[str, float], Sequence[float] | None]) -> None:
    """Each is the value and the derivative, None where the code raised."""
    wrong = []
    for (text, at), numbers in found.items():
        expected = truth(text, at)
        name = text.partition("(")[0]
        if expected == "" or name in _STEPS or (name in _PERIODIC and abs(at) > 1e10):
            continue
        if expected is None:
            right = numbers is None or not math.isfinite(numbers[1])
        else:
            assert isinstance(expected, float)
            near = _DENORMAL if 0 < abs(at) < sys.float_info.min else 1e-9
            right = numbers is not None and numbers[1] == pytest.approx(expected, near, 1e-300)
        if not right:
            wrong.append((text, at, numbers, expected))
    assert not wrong


def test_python_gives_the_true_derivative_or_none() -> None:
    found: dict[tuple[str, float], Sequence[float] | None] = {}
    for text in CASES:
        scope: dict[str, object] = {}
        exec(emit(read(text), "python", gradient=True), scope)
        for at in POINTS:
            try:
                value, (slope,) = scope["f_grad"](float(at))  # type: ignore[operator]
            except (ValueError, ZeroDivisionError):
                found[text, at] = None
            else:
                found[text, at] = (value, slope)
    check(found)


def test_c_gives_the_true_derivative_or_none(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed here")
    lines = ["#include <stdio.h>", "#include <math.h>"]
    calls, asked = [], []
    for number, text in enumerate(CASES):
        code = emit(read(text), "c", name=f"f{number}", gradient=True)
        # Helpers that several of them need are called by their number too.
        body = code.partition("#include <math.h>\n")[2]
        for helper in ("sigmoid", "softplus", "maximum", "sign"):
            body = body.replace(f"{helper}(", f"{helper}{number}(")
        lines.append(body)
        for at in POINTS:
            asked.append((text, at))
            calls.append(
                f'f{number}_grad({float(at)!r}, &v, g); printf("%.17g %.17g\\n", v, g[0]);'
            )
    lines += ["int main(void) {", "double v, g[1];", *calls, "return 0;", "}"]
    (tmp_path / "main.c").write_text("\n".join(lines))
    ran(tmp_path, "gcc", "-O0", "-w", "main.c", "-o", "main", "-lm")
    printed = ran(tmp_path, tmp_path / "main").splitlines()
    rows = [[float(word) for word in line.split()] for line in printed]
    check(dict(zip(asked, rows, strict=True)))


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("x^y", 0.0, 2.0), ("x^y", 0.0, 0.5), ("x^y", 0.0, -1.0), ("x^y", 0.0, 0.0), ("x^y", -2.0, 3.0),
        ("5*x^(2*y)", 0.0, 2.0), ("atan2(x, y)", 1e200, 1e200), ("hypot(x, y)", 1e200, -1e200),
        ("atan2(x, y)", 1e-200, 1e-200), ("log(x) + y", -1.0, 1.0), ("x + sqrt(y)", 1.0, -1.0),
        ("exp(x*y)", 100.0, 8.0), ("softplus(x*y)", 100.0, 8.0),
    ],
)  # fmt: skip
def test_of_two_variables_each_derivative_is_the_true_one_or_none(
    text: str, x: float, y: float
) -> None:
    scope: dict[str, object] = {}
    exec(emit(read(text), "python", gradient=True), scope)
    try:
        found = scope["f_grad"](x, y)[1]  # type: ignore[operator]
    except (ValueError, ZeroDivisionError):
        found = [math.nan] * 2
    proofs = [prove(text, f"x={x!r}", f"y={y!r}", wrt=wrt) for wrt in "xy"]
    for proof, slope in zip(proofs, found, strict=True):
        # One derivative that is none, and Python raises for all of them.
        if all(one.exists for one in proofs):
            assert slope == pytest.approx(derivative(proof), 1e-12, 0)
        else:
            assert proof.exists or not math.isfinite(slope)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("asinh(x)", "grad[0] = 1.0/hypot(x, 1.0);"),
        ("acos(x/2)", "grad[0] = -1.0/(2.0*sqrt((1.0 - t0)*(1.0 + t0)));"),
        ("sigmoid(-x)", "grad[0] = -sigmoid(x)*t0;"),
        ("log(x^2 + 1)", "grad[0] = 2.0*x/t0;"),
        ("log(x)*y", "grad[0] = isnan(*value) ? *value : y/x;"),
        ("log(x)*y", "grad[1] = t0;"),
        ("x^2.5 + exp(-x)", "grad[0] = 5.0*pow(x, 3.0/2.0)/2.0 - t0;"),
    ],
)
def test_how_a_derivative_is_written(text: str, line: str) -> None:
    assert line in emit(read(text), "c", gradient=True)


def test_a_long_product_is_written_without_recursion() -> None:
    names = [f"x_{k}" for k in range(1200)]
    expression = read(f"exp(x_0)*{'*'.join(names)}/({'*'.join(names)}*(1 + exp(x_0)))")
    values = dict.fromkeys(names, 1.0)
    assert careful(expression)(**values) == pytest.approx(1 / (1 + math.exp(-1)), 1e-12)
