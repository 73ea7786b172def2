"""Round-off in float64 values of a function, and steps that are free of it."""

import math
from collections.abc import Callable
from itertools import pairwise

EPSILON = 2.0**-52
"""The distance from 1 to the next float64."""
# So small that fourth differences of a smooth function vanish in round-off, and a power of two, so
# that x + k*step has none of its own.
_NOISE_STEP = 2.0**-36
# Six fourth differences to take the mean of.
_NOISE_VALUES = 10


def noise(f: Callable[[float], float], x: float) -> float:
    """How much values of f beside x are off by round-off, from values of f alone.

    What is left of a smooth function in fourth differences of a tiny step is round-off (Hamming,
    *Introduction to Applied Numerical Analysis*, chapter 6; Moré and Wild, *Estimating
    Computational Noise*, 2011). The sum of large terms that cancel has more than its size tells.
    """
    step = _NOISE_STEP * power_of_two(max(abs(x), 1.0))
    values = [float(f(x + k * step)) for k in range(1, _NOISE_VALUES + 1)]
    if not all(map(math.isfinite, values)):
        return 0.0
    for _ in range(4):
        values = [b - a for a, b in pairwise(values)]
    # The sum of the squares of 1, 4, 6, 4, 1 is 70.
    return 8 * math.sqrt(sum(v * v for v in values) / len(values) / 70)


def power_of_two(x: float) -> float:
    """The largest power of two that is no larger than x, which is positive."""
    return math.ldexp(1.0, math.frexp(x)[1] - 1)
