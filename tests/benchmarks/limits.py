"""The numerical limit in float64 against its peers: python -m tests.benchmarks.limits.

Correct digits (at most 16), evaluations of f, and how often the error estimate holds, on the smooth
cases of the test suite. Peers that are not installed (numdifftools, jacobi, scipy) are left out.
"""

import importlib.util
import math
import statistics
from collections.abc import Callable

import mpmath
import numpy as np

from diffcalc import numerical
from diffcalc.functions import FLOAT
from diffcalc.reader import read
from diffcalc.verdict import correct_digits
from tests import oracle
from tests.smooth_cases import CASES

Method = Callable[[Callable[..., object], float], tuple[float, float]]


def ours(f: Callable[..., object], x: float) -> tuple[float, float]:
    found = numerical.limit(lambda t: float(f(t)), x)
    return found.value, found.error


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


METHODS: dict[str, tuple[str, Method]] = {
    "diffcalc": ("diffcalc", ours),
    "numdifftools": ("numdifftools", numdifftools_derivative),
    "jacobi": ("jacobi", jacobi_derivative),
    "scipy.differentiate": ("scipy", scipy_derivative),
}


def measure(method: Method) -> tuple[list[float], list[int], list[bool]]:
    digits, evaluations, honest = [], [], []
    for text, at in CASES:
        expression, x = read(text), float(at)
        count = 0

        def f(t: object) -> object:
            nonlocal count
            count += np.size(t)
            return expression(FLOAT, x=np.asarray(t, dtype=np.float64))  # noqa: B023 - called at once

        try:
            with np.errstate(all="ignore"):
                value, error = method(f, x)
        except (ArithmeticError, ValueError):
            value, error = math.nan, math.nan
        true = oracle.derivative(expression, {"x": x}, "x")
        digits.append(correct_digits(value, true, mpmath.mpf(1)))
        evaluations.append(count)
        honest.append(bool(abs(value - true) <= error))
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
