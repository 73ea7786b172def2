"""Higher derivatives where all is analytic: series of enclosures as one element moves."""

from collections.abc import Iterator
from math import factorial

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.findings import Proof, analytic
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import H, Monomial
from diffcalc.truth.program import Leaf
from diffcalc.truth.replay import Found
from diffcalc.truth.series import Series
from diffcalc.truth.sweep import backward, forward
from diffcalc.truth.sweeps import ROUNDS, Sweep, Sweeps, total


class Expansions:
    """The expansions of what is swept at a point."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._sweeps = sweeps
        self._program = sweeps.program

    def _expansions(
        self, leaf: Leaf, length: int
    ) -> Iterator[tuple[int, Sweep, Germs, list[Found[Series]]]]:
        """The bits, and every node in series of enclosures as one element moves: more each time.

        None where the element reaches a border: what is analytic is so at the point, not only
        beside it.
        """
        place = self._program.place[leaf]
        for more in ROUNDS:
            bits = self._sweeps.bits * more
            sweep = self._sweeps.sweep(bits)
            if isinstance(sweep.slopes[place], NoValue):
                return
            if not isinstance(sweep.slopes[place], Undecided):
                algebra = Germs(Balls(bits), Constants(), length)
                enclosed = self._sweeps.enclosed_leaves(Balls(bits))
                leaves = {index: _series(algebra, each) for index, each in enclosed.items()}
                here = leaves[place]
                if not isinstance(here, Exception):
                    leaves[place] = algebra.add(here, algebra.of(ball.ONE, H))
                yield bits, sweep, algebra, forward(self._program, leaves, algebra)
            elif not self._sweeps.may_gain(None, bits):
                return

    def row(self, leaf: Leaf) -> dict[Leaf, Proof]:
        """The second derivatives that a sweep in series of length 2 encloses."""
        found: dict[Leaf, Proof] = {}
        for bits, sweep, algebra, values in self._expansions(leaf, 2):
            seeds = {index: _series(algebra, each) for index, each in sweep.seeds.items()}
            slopes = backward(self._program, values, seeds, algebra)
            again = False
            for other, place in self._program.place.items():
                first = sweep.slopes[place]
                if other not in found and not isinstance(first, Exception):
                    second = coefficient(algebra, slopes[place], H)
                    if second is not None and self._sweeps.is_sharp(second):
                        found[other] = analytic(second, first or ball.ZERO, order=2)
                    again = again or self._sweeps.may_gain(second, bits)
            if not again:
                break
        return found

    def higher(self, leaf: Leaf, order: int) -> Proof | None:
        """A higher derivative of a function of one variable that is analytic at the point."""
        moving = self._program.depending_on(self._program.place[leaf])
        for bits, sweep, algebra, values in self._expansions(leaf, order + 1):
            seeds = {i: _series(algebra, w) for i, w in sweep.seeds.items() if moving[i]}
            series = total(values, seeds, algebra)
            found = coefficient(algebra, series, Monomial((-order,)))
            if found is not None:
                found = ball.mul(found, ball.exact(factorial(order)), 2 * bits)
                before = coefficient(algebra, series, Monomial((1 - order,)))
                if self._sweeps.is_sharp(found) and before is not None:
                    before = ball.mul(before, ball.exact(factorial(order - 1)), 2 * bits)
                    return analytic(found, before, order)
            if not self._sweeps.may_gain(found, bits):
                break
        return None


def _series(algebra: Germs, constant: Found[Ball]) -> Found[Series]:
    return constant if isinstance(constant, Exception) else algebra.of(constant)


def coefficient(algebra: Germs, series: Found[Series] | None, monomial: Monomial) -> Ball | None:
    """The coefficient of a power of h; None where that is not known."""
    if series is None:
        return ball.ZERO
    if not isinstance(series, Series):
        return None
    for term in series.terms:
        if term.monomial == monomial:
            found: Ball = term.coefficient
            return found
    if series.rest is not None and algebra.monomials.compare(series.rest, monomial) >= 0:
        return None
    return ball.ZERO
