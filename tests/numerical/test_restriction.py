"""How many digits a function of one element takes, so that nothing it adds is lost."""

import mpmath
import numpy as np
import pytest

from diffcalc.language.grammar import read
from diffcalc.numerical.restriction import dynamic_range


@pytest.mark.parametrize(
    "text",
    [
        "sum(v)", "mean(v)", "cumsum(v)", "dot(v, w)", "v @ w", "w @ diag(v)", "trace(diag(v))",
        "logsumexp(v)", "v + w", "v - w", "sin(v)", "cos(v)", "tan(v)", "cot(v)", "floor(v)",
    ],
)  # fmt: skip
def test_sums_and_periods_take_the_digits_between_their_operands(text: str) -> None:
    v, w = ([mpmath.mpf(n) for n in numbers] for numbers in (("1e300", "1"), ("1", "1")))
    values = {"v": np.array(v, dtype=object), "w": np.array(w, dtype=object)}
    expression = read(text)
    assert dynamic_range(expression, {n: values[n] for n in expression.variables}) >= 300


@pytest.mark.parametrize("text", ["v*w", "v/w", "abs(v)", "-v", "prod(v)", "v.T", "max(v, w)"])
def test_no_other_operation_takes_them(text: str) -> None:
    values = {"v": mpmath.mpf("1e300"), "w": mpmath.mpf(1)}
    expression = read(text)
    assert dynamic_range(expression, {n: values[n] for n in expression.variables}) < 20


@pytest.mark.parametrize(
    "text", ["x - silu(x)", "1 - sigmoid(x)", "x - softplus(x)", "2 - erfc(-x/50)"]
)
def test_what_saturation_leaves_takes_its_digits(text: str) -> None:
    with mpmath.mp.workdps(30):
        assert dynamic_range(read(text), {"x": mpmath.mpf(3000)}) > 1200
