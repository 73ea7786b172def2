"""Points at which two formulas are compared: mixed scales and signs, and near their constants.

log(x - 100) is real beyond 100 only, sqrt(1 - (x - 1000)**2) only near 1000: what is written in a
formula says where to look. The points are the same every time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.types import FloatArray
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression

ExactPoint = Mapping[str, Fraction]
Columns = Mapping[str, FloatArray]
Flags = NDArray[np.bool_]

# Few enough for numpy to have them at once; where few are of use, the second try follows.
_FIRST = 300
# For formulas that are real at few of them: the second try is twenty times as long.
_MORE = 6000
# More than the points compared in many digits, so that there is a choice.
_ENOUGH = 60
# Their quotients are centers too, and the square of this number.
_MOST_CENTERS = 16
# A point is the decimal it is printed as: short enough to be typed, and fine enough to lie beside a
# constant.
_SIGNIFICANT = 9
# Beside a larger constant, at most 10 away, a number of nine digits is the constant itself.
_LARGEST = 1e12


@dataclass(frozen=True)
class Screen:
    """A derivative and a claim, and their values in float64 at the points of `columns`.

    `real` marks the points where f and its derivative have a value: only there is anything claimed.
    `domain` is f; the derivative's formula where f has no value at any point.
    """

    domain: Expression
    sides: tuple[Expression, Expression]
    columns: Columns
    derivative: FloatArray
    claim: FloatArray
    real: Flags

    @property
    def comparable(self) -> Flags:
        """Which points give both sides a finite value."""
        found: Flags = self.real & np.isfinite(self.claim)
        return found

    def point(self, index: int) -> ExactPoint:
        """A point as exact numbers, those that its decimals say."""
        return {name: Fraction(repr(float(c[index]))) for name, c in self.columns.items()}


def screen(f: Expression, derivative: Expression, claim: Expression) -> Screen:
    """Both sides at a few hundred points, at thousands where few of them are of use.

    Where no point is found that gives f a value, those count that give its derivative's formula
    one.
    """
    found = _evaluated(f, derivative, claim, _FIRST)
    if np.count_nonzero(found.comparable) < _ENOUGH:
        found = _evaluated(f, derivative, claim, _MORE)
    return found


def _evaluated(f: Expression, derivative: Expression, claim: Expression, count: int) -> Screen:
    names = dict.fromkeys([*f.variables, *derivative.variables, *claim.variables])
    centers = _centers([f, derivative, claim])
    generator = np.random.default_rng(count)
    columns = {name: _column(generator, centers, count) for name in names}
    with np.errstate(all="ignore"):
        values = [np.broadcast_to(side(**columns), count) for side in (f, derivative, claim)]
    defined = [np.isfinite(value) for value in values]
    real = defined[0] & defined[1]
    domain, real = (f, real) if np.any(real) else (derivative, defined[1])
    return Screen(domain, (derivative, claim), columns, values[1], values[2], real)


def _column(generator: np.random.Generator, centers: FloatArray, count: int) -> FloatArray:
    """Numbers of one variable: near 0, of many scales, and near the centers."""
    sign = generator.choice([-1.0, 1.0], count)
    kinds = [
        generator.uniform(-3, 3, count),
        sign * 10 ** generator.uniform(-2, 2, count),
        sign * 10 ** generator.uniform(-4, 6, count),
        generator.choice(centers, count) + sign * 10 ** generator.uniform(-4, 1, count),
    ]
    chosen = np.choose(generator.integers(len(kinds), size=count), kinds)
    return np.array([float(f"{number:.{_SIGNIFICANT}g}") for number in chosen.tolist()])


def _centers(expressions: Sequence[Expression]) -> FloatArray:
    """0, the constants in the formulas, their negatives and their quotients."""
    constants = dict.fromkeys(islice(_constants(expressions), _MOST_CENTERS))
    quotients = [a / b for a in constants for b in constants if b]
    found = np.array([0.0, *constants, *quotients])
    return np.concatenate([found, -found])


def _constants(expressions: Sequence[Expression]) -> Iterator[float]:
    for expression in expressions:
        nowhere = dict.fromkeys(expression.variables, np.float64(np.nan))
        with np.errstate(all="ignore"):
            values = expression.replay(nowhere, FLOAT)
        # What a variable goes into is nan.
        for value in map(float, values):
            if 0 < abs(value) < _LARGEST:
                yield value


_NICE = tuple(map(Fraction, ("2", "3", "0.5", "-2", "1.5", "5", "-0.5", "0.2", "10", "4", "-7")))


def nice_points(names: Sequence[str]) -> Iterator[ExactPoint]:
    """Points a person would try, with different numbers for different variables."""
    for first in range(len(_NICE)):
        yield {name: _NICE[(first + k) % len(_NICE)] for k, name in enumerate(names)}
