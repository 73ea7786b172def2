"""What is proved on a border: the function on either side of the point, in exact series.

Their leading terms say what the difference quotient does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.beside import Beside
from diffcalc.truth.constants import Constants
from diffcalc.truth.findings import NOT_TOLD, UNKNOWN, Joint, Path, Proof, Side, analytic
from diffcalc.truth.germs import Germs
from diffcalc.truth.numbers import Number
from diffcalc.truth.program import Leaf
from diffcalc.truth.series import TooShort
from diffcalc.truth.sides import Judge
from diffcalc.truth.sweeps import ROUNDS, Sweeps

# So many terms of a series are kept, more where the first ones cancel.
_LENGTHS = (3, 7, 16, 36)
# Along y = x**2 and y = x**3 what vanishes in each direction is seen: x**3*y/(x**4 + y**2). Among
# very many elements a curve takes long and shows little.
_POWERS = (2, 3)
_MOST_CURVED = 20
_Told = TypeVar("_Told")


class Borders:
    """The germs of what is swept at a point."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._sweeps = sweeps
        self._program = sweeps.program

    def sign(self) -> tuple[int, tuple[str, ...]] | None:
        """The sign of the sum of the outputs, and what is assumed for it; None if not told."""
        constants = Constants()
        with suppress(Undecided, NoValue, RecursionError):
            germs = Germs(constants, constants, _LENGTHS[0])
            every = dict.fromkeys(self._program.place, (1, 1))
            standing = self._standing(every, germs)
            if standing.value is not None:
                total = constants.add(standing.value, standing.still)
                return constants.sign(total), tuple(constants.assuming)
        return None

    def along(self, path: Path, order: int = 1) -> Proof:
        """What is proved of the function of t where elements are x + weight*t**power, at 0."""

        def prove(beside: Beside, judge: Judge) -> Proof:
            value = beside.value
            series = {side: beside.series(side) for side in (-1, 1)}
            if value is None:
                return judge.undefined(series, beside.still)
            return judge.defined(value, series, order)

        return self._beside(path, order, prove)

    def limit(self, leaf: Leaf, side: int) -> tuple[Side, tuple[str, ...]]:
        """What the function itself does on one side in an element, and what is assumed for it."""
        path: Path = {leaf: (1, 1)}
        told = self._expanded(path, 1, lambda at, judge: judge.beside(at.series(side), at.still))
        return told or (UNKNOWN, ())

    def mixed(self, first: Leaf, second: Leaf, alone: Proof) -> Proof:
        """The derivative in `second` of the one in `first`, which is found `alone`."""
        if first == second:
            return self.along({first: (1, 1)}, 2)
        if not alone.exists:
            return alone._replace(of=1)
        one, other = (self._program.place[leaf] for leaf in (first, second))

        def prove(beside: Beside, judge: Judge) -> Proof:
            if not beside.restricted(one).terms:
                return analytic(ball.ZERO, order=2)
            across = self._standing({first: (1, 1)}, beside.germs).restricted(other)
            assert across.value is not None
            value = judge.slope(across.value, {side: across.series(side) for side in (-1, 1)})
            slopes = {side: beside.slope(one, side) for side in (-1, 1)}
            return judge.defined(value, slopes, 2, 2)

        return _assuming(self._beside({second: (1, 1)}, 2, prove), alone.assuming)

    def rise(self, path: Path) -> tuple[int, int, tuple[str, ...]] | None:
        """The signs of the change to the left and to the right, and what is assumed for them."""

        def signs(beside: Beside, judge: Judge) -> tuple[int, int]:
            germs, found = beside.germs, []
            for side in (-1, 1):
                series = beside.series(side)
                if series is None or beside.value is None:
                    raise Undecided("outside")
                found.append(germs.sign(germs.sub(series, germs.of(beside.value))))
            return found[0], found[1]

        told = self._expanded(path, 1, signs)
        return None if told is None else (*told[0], told[1])

    def _beside(self, path: Path, order: int, prove: Callable[[Beside, Judge], Proof]) -> Proof:
        """A proof from series."""
        told = self._expanded(path, order, prove)
        return NOT_TOLD if told is None else _assuming(*told)

    def _expanded(
        self, path: Path, order: int, tell: Callable[[Beside, Judge], _Told]
    ) -> tuple[_Told, tuple[str, ...]] | None:
        """What series tell with as many terms as it takes, and what is assumed; None if nothing."""
        for count, more in enumerate(_LENGTHS):
            constants = Constants()
            germs = Germs(constants, constants, more + order - 1)
            last = more == _LENGTHS[-1]
            judge = Judge(germs, partial(self._enclosed, constants), last=last)
            try:
                found = tell(self._standing(path, germs, closed=count > 0), judge)
            except TooShort:
                continue
            except (Undecided, NoValue, RecursionError):
                return None
            return found, tuple(constants.assuming)
        return None

    def _standing(self, path: Path, germs: Germs, *, closed: bool = False) -> Beside:
        values = self._sweeps.sweep(self._sweeps.bits).values
        return Beside(
            self._program,
            path,
            germs,
            self._sweeps.constant_of,
            self._sweeps.seeds,
            lambda index: isinstance(values[index], Exception),
            closed=closed,
        )

    def _enclosed(self, constants: Constants, number: Number) -> Ball:
        """The number to the digits asked for; 0 where it is found to be."""
        if constants.sign(number) == 0:
            return ball.ZERO
        for more in ROUNDS:
            with suppress(Undecided):
                found = constants.ball(number, self._sweeps.bits * more)
                if self._sweeps.is_sharp(found):
                    return found
        raise Undecided("digits")

    def together(self, proofs: Mapping[Leaf, Proof]) -> Joint:
        """Whether the function is differentiable as a whole, given its partial derivatives."""
        if len(proofs) < 2 or not all(proof.exists for proof in proofs.values()):
            return Joint(None)
        places = [self._program.place[leaf] for leaf in proofs]
        slopes = self._sweeps.sweep(self._sweeps.bits).slopes
        if not any(isinstance(slopes[place], Exception) for place in places):
            return Joint(True, "proved")
        constants = Constants()
        with suppress(Undecided, NoValue, RecursionError):
            germs = Germs(constants, constants, _LENGTHS[0])
            tangent = self._standing(dict.fromkeys(proofs, (1, 1)), germs).tangent()
            if tangent.order > 1:
                assuming = tuple(constants.assuming)
                return Joint(True, "assumed" if assuming else "proved", assuming=assuming)
        for path in _paths(len(proofs)):
            found = self.along(dict(zip(proofs, path, strict=True)))
            if found.known != "undecided" and not self._may_be_sum(found, proofs, path):
                return Joint(False, found.known, path, found, found.assuming)
        return Joint(None)

    def _may_be_sum(
        self, found: Proof, proofs: Mapping[Leaf, Proof], path: Sequence[tuple[int, int]]
    ) -> bool:
        """Whether a slope along a path may be what the partial derivatives make of it."""
        if found.derivative is None:
            return False
        total = ball.ZERO
        for proof, (weight, power) in zip(proofs.values(), path, strict=True):
            assert proof.derivative is not None
            if power > 1:
                continue
            part = ball.mul(proof.derivative, ball.exact(weight), self._sweeps.bits)
            total = ball.add(total, part, self._sweeps.bits)
        return ball.overlaps(total, found.derivative)


def _paths(count: int) -> Iterator[list[tuple[int, int]]]:
    """Paths to look along: directions, all alike, rising, and with every other one turned round.

    And curves on which the first element, or the last, is as t and the others are as its powers.
    """
    for weights in ((1,) * count, range(1, count + 1), ((-1) ** k for k in range(count))):
        yield [(weight, 1) for weight in weights]
    for power in _POWERS if count <= _MOST_CURVED else ():
        others = [(1, power)] * (count - 1)
        yield [(1, 1), *others]
        yield [*others, (1, 1)]


def _assuming(proof: Proof, assumptions: Sequence[str]) -> Proof:
    if not assumptions or proof.known == "undecided":
        return proof
    return proof._replace(known="assumed", assuming=(*proof.assuming, *assumptions))
