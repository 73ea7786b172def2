"""The numerical limits against their peers: python -m tests.benchmarks.limits.

Correct digits (at most 16), evaluations of f, and how often the error estimate holds, on the smooth
cases of the test suite. All are given float64 values of f, but "diffcalc, mpmath", the reference
that the verdicts rest on. Peers that are not installed (numdifftools, jacobi, scipy) are left out.
"""

import importlib.util
import math
import statistics
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from diffcalc.comparison.verdict import correct_digits
from diffcalc.language.algebras import FLOAT, Algebra, exact
from diffcalc.language.grammar import read
from diffcalc.numerical.limit import limit
from tests import oracle
from tests.followed import examine
from tests.smooth_cases import CASES

Method = Callable[[Callable[..., Any], float], tuple[Any, Any]]


def ours(f: Callable[..., object], x: float) -> tuple[float, float]:
    found = limit(lambda t: float(f(t)), x)
    return found.value, found.error


def ours_in_mpmath(f: Callable[..., Any], x: float) -> tuple[Any, Any]:
    found = examine(f, lambda: mpmath.mpf(x))
    return found.derivative, max(found.left.error, found.right.error)


def numdifftools_derivative(f: Callable[..., object], x: float) -> tuple[float, float]:
    import numdifftools

    found = numdifftools.Derivative(f, full_output=True)(x)
    return float(found.estimate), float(found.error_estimate)


def jacobi_derivative(f: Callable[..., object], x: float) -> tuple[float, float]:
    import jacobi

    value, error = jacobi.jacobi(f, x)
    return float(value), float(error)


def scipy_derivative(f: Callable[..., object], x: float) -> tuple[float, float]:
    from scipy.differentiate import derivative

    found = derivative(f, x)
    return float(found.df), float(found.error)


# More than the reference's own error, 1e-50 and less.
ORACLE_DIGITS = 80
METHODS: dict[str, tuple[str, Method]] = {
    "diffcalc": ("diffcalc", ours),
    "diffcalc, mpmath": ("diffcalc", ours_in_mpmath),
    "numdifftools": ("numdifftools", numdifftools_derivative),
    "jacobi": ("jacobi", jacobi_derivative),
    "scipy.differentiate": ("scipy", scipy_derivative),
}


def measure(method: Method) -> tuple[list[float], list[int], list[bool]]:
    algebra: Algebra = exact() if method is ours_in_mpmath else FLOAT
    digits, evaluations, honest = [], [], []
    for text, at in CASES:
        expression, x = read(text), float(at)
        count = 0

        def f(t: object) -> object:
            nonlocal count
            count += np.size(t)
            value = np.asarray(t, dtype=np.float64) if algebra is FLOAT else t
            return expression(algebra, x=value)  # noqa: B023 - called at once

        try:
            with np.errstate(all="ignore"):
                value, error = method(f, x)
        except (ArithmeticError, ValueError):
            value, error = math.nan, math.nan
        with mpmath.mp.workdps(ORACLE_DIGITS):
            true = oracle.derivative(expression, {"x": x}, "x", ORACLE_DIGITS)
            honest.append(bool(abs(value - true) <= error))
        digits.append(correct_digits(float(value), true, mpmath.mpf(1)))
        evaluations.append(count)
    return digits, evaluations, honest


def main() -> None:
    print(f"{len(CASES)} cases        digits: median  worst  evaluations: median  most  honest")
    for name, (package, method) in METHODS.items():
        if importlib.util.find_spec(package) is None:
            print(f"{name:20} not installed")
            continue
        digits, evaluations, honest = measure(method)
        print(
            f"{name:20}{statistics.median(digits):14.1f}{min(digits):7.1f}"
            f"{statistics.median(evaluations):21.0f}{max(evaluations):6}{np.mean(honest):8.0%}"
        )


if __name__ == "__main__":
    main()
