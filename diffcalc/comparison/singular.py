"""What the curve F = 0 is like at a point where F_x and F_y are both 0.

The second derivatives of F are a quadratic form, and say what is there by Morse's lemma: nothing
else of the curve where the form is definite, two branches that cross where it is not. Where it is a
square, the third derivative along the direction in which it is 0 makes a cusp (a singularity A2 in
Arnold's list: Arnold, Gusein-Zade, Varchenko, *Singularities of Differentiable Maps I*, 11.1).
"""

from fractions import Fraction
from typing import NamedTuple

import mpmath

from diffcalc.base.numbers import MpNumber
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.findings import Proof
from diffcalc.truth.program import Leaf
from diffcalc.truth.proof import Prover

# The second derivatives are known to 30 digits, which are 100 bits; a product may lose a few.
_BITS = 120


class Singular(NamedTuple):
    """An "isolated point", a "double point" or a "cusp", and the slopes of its tangents.

    A vertical tangent has the slope infinity.
    """

    kind: str
    slopes: tuple[MpNumber, ...] = ()


def singular_point(prover: Prover, independent: str, dependent: str) -> Singular | None:
    """What is proved of a point where both derivatives are 0; None where nothing is."""
    x, y = (independent, ()), (dependent, ())
    found = [_proved(prover.second(first, second)) for first, second in ((x, x), (x, y), (y, y))]
    a, b, c = found
    if a is None or b is None or c is None:
        return None
    balls = Balls(_BITS)
    try:
        square, product = balls.mul(b, b), balls.mul(a, c)
        sign = balls.sign(balls.add(square, balls.neg(product)))
        if sign < 0:
            return Singular("isolated point")
        if sign > 0:
            return Singular("double point", _slopes(balls, a, b, c))
        return _cusp(prover, balls, (x, y), (a, b, c))
    except (NoValue, Undecided):
        return None


def _proved(proof: Proof) -> Ball | None:
    return proof.derivative if proof.smooth else None


def _slopes(balls: Balls, a: Ball, b: Ball, c: Ball) -> tuple[MpNumber, ...]:
    """The slopes m of the two branches: c*m**2 + 2*b*m + a = 0."""
    across, mixed, along = map(ball.about, (a, b, c))
    if balls.sign(c) == 0:
        return -across / (2 * mixed), mpmath.inf
    root = mpmath.sqrt(mixed * mixed - across * along)
    return tuple(sorted([(-mixed - root) / along, (-mixed + root) / along]))


def _cusp(
    prover: Prover, balls: Balls, leaves: tuple[Leaf, Leaf], form: tuple[Ball, Ball, Ball]
) -> Singular | None:
    slope: Fraction | None = None
    if balls.sign(form[1]):
        mixed, square = (balls.exactly(each).rational for each in form[1:])
        if mixed is None or not square:
            return None
        slope = -Fraction(mixed) / square
    elif balls.sign(form[2]):
        slope = Fraction(0)
    elif balls.sign(form[0]) == 0:
        return None
    along = (Fraction(0), Fraction(1)) if slope is None else (Fraction(1), slope)
    path = {leaf: (weight, 1) for leaf, weight in zip(leaves, along, strict=True) if weight}
    third = prover.along(path, 3)
    if third.derivative is None or third.known != "proved" or not ball.sign(third.derivative):
        return None
    vertical = mpmath.inf if slope is None else mpmath.mpf(slope.numerator) / slope.denominator
    return Singular("cusp", (vertical,))
