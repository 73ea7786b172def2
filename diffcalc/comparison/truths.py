"""The truth about derivatives: what is proved, and where nothing is, what is observed.

A proof is an enclosure and a kind; the definition followed in steps gives numbers with an error.
Both are told as one `Truth` here, which says how it is known.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING

import mpmath
import numpy as np

from diffcalc.base.numbers import MpNumber
from diffcalc.base.types import FloatArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, Values
from diffcalc.numerical.definition import DIGITS, Side, Truth
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball
from diffcalc.truth.findings import Joint, Proof, analytic
from diffcalc.truth.findings import Side as ProvedSide
from diffcalc.truth.program import Leaf
from diffcalc.truth.proof import Prover

if TYPE_CHECKING:
    from diffcalc.truth.monomials import Monomial

# Three more than tell float64 numbers apart.
_ENOUGH = 20
# A digit takes 3.3 bits; the last ones may be lost.
_BITS_A_DIGIT = 4
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Proofs:
    """What can be proved of the derivatives of an expression at a point.

    `gradient` is the external gradient of an output of this `shape`.
    """

    def __init__(
        self,
        expression: Expression,
        point: Point,
        gradient: Values | None = None,
        shape: tuple[int, ...] = (),
        digits: int = DIGITS,
    ) -> None:
        self._expression = expression
        self._point = point
        self._gradient = gradient
        self._shape = shape
        self._digits = max(digits, DIGITS)

    @cached_property
    def prover(self) -> Prover:
        """It gives all derivatives from few sweeps."""
        values = {name: self._point[name].constants for name in self._expression.variables}
        weights = None
        if self._gradient is not None:
            weights = list(np.broadcast_to(self._gradient.constants, self._shape).flat)
        return Prover(self._expression, values, weights, self._digits)

    @cached_property
    def _analytic(self) -> Mapping[Leaf, Proof]:
        return self.prover.analytic()

    @cache  # noqa: B019 - these live as long as the comparison
    def _first(self, leaf: Leaf) -> Proof:
        found = self._analytic.get(leaf)
        return self.prover.derivative(leaf) if found is None else found

    def swept(self, names: Sequence[str]) -> dict[str, FloatArray]:
        """All derivatives that one sweep proves, in float64; nan for others."""
        found = {name: np.full(self._point[name].shape, np.nan) for name in names}
        for (name, index), proof in self._analytic.items():
            if name in found:
                found[name][index] = float(_middle(proof.derivative))
        return found

    def is_proved(self, leaf: Leaf) -> bool:
        """Whether the truth of a first derivative is proved."""
        return truth_of(self._first(leaf), self._digits) is not None

    def value(self) -> FloatArray | None:
        """The expression's value in float64, nan where it has none; None where that is not told."""
        found = self.prover.values(_ENOUGH)
        return None if found is None else np.array([float(_middle(each)) for each in found])

    def truth(self, places: Sequence[Coordinate]) -> Truth | None:
        """The truth of the derivative in one place after the other; None where it is not proved."""
        return truth_of(self._proof(places), self._digits, _words(places))

    def sign(self) -> tuple[int, tuple[str, ...]] | None:
        """The sign of the expression's value, and what is assumed for it; None if not told."""
        return self.prover.sign()

    def along_curve(self, independent: str, dependent: str, order: int) -> Truth | None:
        """The slope of the curve on which the expression is 0, where that goes through the point.

        By the implicit function theorem, -f_x/f_y: f is analytic there, and f_y is not 0; the
        slope's own derivative, of order 2, is that of f_x + f_y*y' = 0. None where that is not
        proved.
        """
        across, along = self._first((independent, ())), self._first((dependent, ()))
        if not (across.smooth and along.smooth) or not along.derivative or not across.derivative:
            return None
        try:
            bits = _BITS_A_DIGIT * self._digits
            slope = ball.div(ball.neg(across.derivative), along.derivative, bits)
            if order == 2:
                bend = self._second_along((independent, ()), (dependent, ()), slope, bits)
                slope = ball.div(ball.neg(bend), along.derivative, bits)
        except (ball.NoValue, ball.Undecided):
            return None
        return truth_of(analytic(slope), self._digits)

    def _second_along(self, x: Leaf, y: Leaf, slope: Ball, bits: int) -> Ball:
        """f_xx + 2*f_xy*s + f_yy*s**2 for the slope s, by Horner's scheme."""
        total = ball.ZERO
        for first, second, times in ((y, y, 1), (x, y, 2), (x, x, 1)):
            proof = self.prover.second(first, second)
            if not proof.smooth or proof.derivative is None:
                raise ball.Undecided("curve")
            term = ball.mul(ball.exact(times), proof.derivative, bits)
            total = ball.add(ball.mul(total, slope, bits), term, bits)
        return total

    def along(self, places: Sequence[Coordinate], powers: Sequence[int]) -> Truth | None:
        """What is proved of the function of t where each element is x + t**power."""
        pairs = zip(places, powers, strict=True)
        path = {(place.variable, place.index): (1, power) for place, power in pairs}
        return truth_of(self.prover.along(path))

    def together(self, places: Sequence[Coordinate]) -> Joint:
        """Whether the function is differentiable as a whole, and how that is known."""
        leaves = [(place.variable, place.index) for place in places]
        return self.prover.together({leaf: self._first(leaf) for leaf in leaves})

    def _proof(self, places: Sequence[Coordinate]) -> Proof:
        first, last = ((place.variable, place.index) for place in (places[0], places[-1]))
        if places[0].direction:
            return self.prover.slanted(self._direction(places[0]))
        if len(places) == 1:
            return self._first(last)
        if len(places) == 2:
            return self.prover.second(first, last)
        return self.prover.derivative(last, len(places))

    def _direction(self, place: Coordinate) -> dict[Leaf, float]:
        return {
            (name, index): float(v)
            for name, numbers in place.vectors(self._point).items()
            for index, v in np.ndenumerate(numbers)
        }


def _words(places: Sequence[Coordinate]) -> list[str]:
    """What the quotient is of, for each order; empty for f itself."""
    if places[0] != places[-1]:
        return ["", f"the derivative in {places[0].variable}"]
    return ["", *[f"the {ordinal} derivative" for ordinal in _ORDINALS[1 : len(places)]]]


def truth_of(proof: Proof, digits: int = DIGITS, words: Sequence[str] = ("",)) -> Truth | None:
    """What is proved, with numbers in the middle of their enclosures; None where nothing is."""
    if proof.known == "undecided":
        return None
    extension = None
    if proof.extension is not None:
        extension = truth_of(proof.extension, digits)
        if extension is None:
            return None
    slope = proof.derivative
    return Truth(
        proof.kind,
        _middle(proof.value),
        _middle(slope),
        side_of(proof.left),
        side_of(proof.right),
        _middle(proof.limit),
        extension,
        words[proof.of - 1],
        proof.known,
        proof.assuming,
        proof.smooth,
        None if slope is None else ball.bounds(slope, digits),
    )


def _middle(found: Ball | None) -> MpNumber:
    number: MpNumber = mpmath.nan if found is None else ball.about(found)
    return number


def side_of(found: ProvedSide) -> Side:
    """What is proved of one side, with numbers in the middle of their enclosures."""
    if found.behaviour == "finite":
        assert found.value is not None
        error = mpmath.mp.make_mpf(ball.width(found.value))
        return Side("finite", _middle(found.value), error)
    if found.behaviour == "infinite":
        return Side("infinite", found.sign * mpmath.inf, order=_order(found.leading))
    assert found.behaviour != "unknown"
    return Side(found.behaviour, mpmath.nan)


def _order(leading: "Monomial | None") -> float | None:
    """The p of the power h**p that a quotient is like; None where it is like no power."""
    if leading is None or leading.sum or len(leading.powers) != 1:
        return None
    (power,) = leading.powers
    return float(-power) if isinstance(power, Fraction | int) else None
