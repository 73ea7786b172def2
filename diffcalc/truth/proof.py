"""The proof at a point: whether derivatives exist, and enclosures of them.

Where every operation is analytic at the point, one sweep back in balls encloses all derivatives,
in more and more bits until the digits asked for are certain. Elsewhere the function is expanded on
either side of the point, in series with exact coefficients: their leading terms say what the
difference quotient does.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from diffcalc.base.types import ObjectArray
from diffcalc.language.expression import Expression
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball
from diffcalc.truth.findings import Joint, Path, Proof, Side, analytic
from diffcalc.truth.program import Leaf
from diffcalc.truth.sweeps import Sweeps

if TYPE_CHECKING:
    from diffcalc.truth.borders import Borders
    from diffcalc.truth.expansions import Expansions

# Twice as many as a float64 has; the definition followed has as many (`definition.py`).
DIGITS = 30


class Prover:
    """Proofs about one expression at one point.

    `point` has a numpy object array of constant expressions for each variable; `weights` are those
    of the outputs in their sum, all 1 unless given.
    """

    def __init__(
        self,
        expression: Expression,
        point: Mapping[str, ObjectArray],
        weights: Sequence[Expression] | None = None,
        digits: int = DIGITS,
    ) -> None:
        self._sweeps = Sweeps(expression, point, weights, digits)
        self._places = self._sweeps.program.place
        self._rows: dict[Leaf, dict[Leaf, Proof]] = {}

    # Both take a tenth of a start to import, and most points have no border.
    @cached_property
    def _borders(self) -> "Borders":
        from diffcalc.truth.borders import Borders

        return Borders(self._sweeps)

    @cached_property
    def _expansions(self) -> "Expansions":
        from diffcalc.truth.expansions import Expansions

        return Expansions(self._sweeps)

    @property
    def leaves(self) -> list[Leaf]:
        """Every element of every variable."""
        return list(self._places)

    def values(self, digits: int) -> list[Ball | None] | None:
        """Each output to so many digits, None where it has no value; None where one is not told."""
        return self._sweeps.values(digits)

    def analytic(self) -> Mapping[Leaf, Proof]:
        """The first derivatives in all elements that reach no border."""
        return self._sweeps.swept(self.leaves)

    def sign(self) -> tuple[int, tuple[str, ...]] | None:
        """The sign of the sum of the outputs, and what is assumed for it; None if not told."""
        return self._borders.sign()

    def gradient(self, leaves: Sequence[Leaf] | None = None) -> dict[Leaf, Proof]:
        """Every first derivative, or those in these elements."""
        wanted = self.leaves if leaves is None else list(leaves)
        found = self._sweeps.swept(wanted)
        return {leaf: found.get(leaf) or self.along({leaf: (1, 1)}) for leaf in wanted}

    def derivative(self, leaf: Leaf, order: int = 1) -> Proof:
        """The derivative of an order in one element."""
        if leaf not in self._places:
            return analytic(ball.ZERO)
        if order == 1:
            return self.gradient([leaf])[leaf]
        return self._expansions.higher(leaf, order) or self.along({leaf: (1, 1)}, order)

    def second(self, first: Leaf, second: Leaf) -> Proof:
        """The derivative in the second element of the derivative in the first.

        Each second element takes one sweep for all first ones.
        """
        if not {first, second} <= self._places.keys():
            return analytic(ball.ZERO)
        if second not in self._rows:
            self._rows[second] = self._expansions.row(second)
        if first in self._rows[second]:
            return self._rows[second][first]
        return self._borders.mixed(first, second, self.derivative(first))

    def slanted(self, direction: Mapping[Leaf, float]) -> Proof:
        """The derivative in a direction; where all is analytic, the sum of the partial ones."""
        found = self._sweeps.slanted(direction)
        if found is None:
            return self.along({leaf: (Fraction(weight), 1) for leaf, weight in direction.items()})
        return found

    def rise(self, path: Path) -> tuple[int, int, tuple[str, ...]] | None:
        """The signs of f(x - t*w) - f(x) and f(x + t*w) - f(x) for small t > 0, and what is assumed
        for them; None if not told.
        """
        return self._borders.rise(path)

    def along(self, path: Path, order: int = 1) -> Proof:
        """What is proved of the function of t where elements are x + weight*t**power, at 0."""
        return self._borders.along(path, order)

    def limit(self, leaf: Leaf, side: int) -> tuple[Side, tuple[str, ...]]:
        """What the function itself does on one side in an element, and what is assumed for it."""
        return self._borders.limit(leaf, side)

    def together(self, proofs: Mapping[Leaf, Proof]) -> Joint:
        """Whether the function is differentiable as a whole, given its partial derivatives."""
        if len(proofs) < 2 or not all(proof.exists for proof in proofs.values()):
            return Joint(None)
        slopes = self._sweeps.sweep(self._sweeps.bits).slopes
        if not any(isinstance(slopes[self._places[leaf]], Exception) for leaf in proofs):
            return Joint(True, "proved")
        return self._borders.together(proofs)
