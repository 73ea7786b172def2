"""The proof at a point: whether derivatives exist, and enclosures of them.

Where every operation is analytic at the point, one sweep back in balls encloses all derivatives,
in more and more bits until the digits asked for are certain. Elsewhere the function is expanded on
either side of the point, in series with exact coefficients: their leading terms say what the
difference quotient does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import repeat
from math import factorial
from typing import Any, NamedTuple

from diffcalc.language.expression import Expression
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.beside import Beside
from diffcalc.truth.constants import Constants, Number
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.findings import NOT_TOLD, Joint, Path, Proof, analytic
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import H, Monomial
from diffcalc.truth.program import Leaf, Program, program_of
from diffcalc.truth.series import Series, TooShort
from diffcalc.truth.sides import Judge
from diffcalc.truth.sweep import backward, forward

DIGITS = 30
# What a digit takes, and what rounding may lose before another round is needed.
_BITS_A_DIGIT = 3.33
_GUARD = 30
# Each round has four times the bits of the one before: the last 33,000, for cos(2**20000). What is
# undecided or looks like 0 after two rounds is left to exact constants.
_ROUNDS = (1, 4, 16, 64, 256)
_EARLY_ROUNDS = 2
# So many terms of a series are kept, more where the first ones cancel.
_LENGTHS = (3, 7, 16, 36)


class _Sweep(NamedTuple):
    """A sweep in balls: every node's value, and what the outputs' sum changes by with it.

    `total` is the sum of those outputs that have a value.
    """

    seeds: Mapping[int, Ball]
    values: Sequence[Any]
    slopes: Sequence[Any]
    total: Ball


class Prover:
    """Proofs about one expression at one point.

    `point` has a numpy object array of constant expressions for each variable; `weights` are those
    of the outputs in their sum, all 1 unless given.
    """

    def __init__(
        self,
        expression: Expression,
        point: Mapping[str, Any],
        weights: Sequence[Expression] | None = None,
        digits: int = DIGITS,
    ) -> None:
        shapes = {name: point[name].shape for name in expression.variables}
        self._program = program_of(expression, shapes)
        self._point = point
        self._outputs = [
            (index, weight)
            for index, weight in zip(self._program.outputs, weights or repeat(None), strict=False)
            if weight is None or not _is_zero(weight)
        ]
        self._needed = digits * _BITS_A_DIGIT
        self._bits = int(self._needed) + _GUARD
        self._sweeps: dict[int, _Sweep] = {}
        self._rows: dict[Leaf, dict[Leaf, Proof]] = {}

    @property
    def leaves(self) -> list[Leaf]:
        """Every element of every variable."""
        return list(self._program.place)

    def values(self, digits: int) -> list[Ball | None] | None:
        """Each output to so many digits, None where it has no value; None where one is not told."""
        for more in _ROUNDS[:_EARLY_ROUNDS]:
            values = self._sweep(self._bits * more).values
            found = [values[index] for index in self._program.outputs]
            if all(_is_told(each, digits * _BITS_A_DIGIT) for each in found):
                return [each if isinstance(each, Ball) else None for each in found]
        return None

    def gradient(self, leaves: Sequence[Leaf] | None = None) -> dict[Leaf, Proof]:
        """Every first derivative, or those in these elements."""
        wanted = self.leaves if leaves is None else list(leaves)
        found = self._swept(wanted)
        return {leaf: found.get(leaf) or self.along({leaf: (1, 1)}) for leaf in wanted}

    def derivative(self, leaf: Leaf, order: int = 1) -> Proof:
        """The derivative of an order in one element."""
        if leaf not in self._program.place:
            return analytic(ball.ZERO)
        if order == 1:
            return self.gradient([leaf])[leaf]
        return self._expanded(leaf, order) or self.along({leaf: (1, 1)}, order)

    def second(self, first: Leaf, second: Leaf) -> Proof:
        """The derivative in the second element of the derivative in the first.

        Each second element takes one sweep for all first ones.
        """
        if not {first, second} <= self._program.place.keys():
            return analytic(ball.ZERO)
        if second not in self._rows:
            self._rows[second] = self._swept_along(second)
        return self._rows[second].get(first) or self._mixed(first, second)

    def slanted(self, direction: Mapping[Leaf, Fraction]) -> Proof:
        """The derivative in a direction; where all is analytic, the sum of the partial ones."""
        gradient = self._swept(list(direction))
        if len(gradient) < len(direction):
            return self.along({leaf: (weight, 1) for leaf, weight in direction.items()})
        algebra = Balls(self._bits * _ROUNDS[_EARLY_ROUNDS])
        total = ball.ZERO
        for leaf, weight in direction.items():
            slope = gradient[leaf].derivative
            assert slope is not None
            total = algebra.add(total, algebra.mul(algebra.number(weight), slope))
        return analytic(total, self._sweep(self._bits).total)

    # -- where all is analytic ---------------------------------------------------------------------

    def _sweep(self, bits: int) -> _Sweep:
        found = self._sweeps.get(bits)
        if found is None:
            algebra = Balls(bits)
            seeds = self._seeds(algebra)
            values = forward(self._program, self._enclosed_leaves(algebra), algebra)
            slopes = backward(self._program, values, seeds, algebra)
            known = {i: w for i, w in seeds.items() if not isinstance(values[i], Exception)}
            total = _total(values, known, algebra)
            found = self._sweeps[bits] = _Sweep(seeds, values, slopes, total)
        return found

    def _swept(self, wanted: Sequence[Leaf]) -> dict[Leaf, Proof]:
        """The derivatives that sweeps enclose to the digits asked for."""
        found: dict[Leaf, Proof] = {}
        missing = list(wanted)
        for count, more in enumerate(_ROUNDS, 1):
            bits = self._bits * more
            sweep = self._sweep(bits)
            again = []
            for leaf in missing:
                slope = sweep.slopes[self._program.place[leaf]]
                slope = ball.ZERO if slope is None else slope
                if isinstance(slope, NoValue):
                    continue
                unclear = isinstance(slope, Undecided) or _looks_like_zero(slope, bits)
                if not unclear and self._is_sharp(slope):
                    found[leaf] = analytic(slope, sweep.total)
                elif not unclear or count < _EARLY_ROUNDS:
                    again.append(leaf)
            missing = again
            if not missing:
                break
        return found

    def _expansions(self, leaf: Leaf, length: int) -> Iterator[tuple[_Sweep, Germs, list[Any]]]:
        """Every node in series of enclosures as one element moves, in more and more bits.

        None where the element reaches a border: what is analytic is so at the point, not only
        beside it.
        """
        place = self._program.place[leaf]
        for more in _ROUNDS[:_EARLY_ROUNDS]:
            bits = self._bits * more
            sweep = self._sweep(bits)
            if isinstance(sweep.slopes[place], NoValue):
                return
            if not isinstance(sweep.slopes[place], Undecided):
                algebra = Germs(Balls(bits), Constants(), length)
                enclosed = self._enclosed_leaves(Balls(bits))
                leaves = {index: algebra.of(each) for index, each in enclosed.items()}
                leaves[place] = algebra.add(leaves[place], algebra.of(ball.ONE, H))
                yield sweep, algebra, forward(self._program, leaves, algebra)

    def _swept_along(self, leaf: Leaf) -> dict[Leaf, Proof]:
        """The second derivatives that a sweep in series of length 2 encloses."""
        found: dict[Leaf, Proof] = {}
        for sweep, algebra, values in self._expansions(leaf, 2):
            seeds = {index: algebra.of(each) for index, each in sweep.seeds.items()}
            slopes = backward(self._program, values, seeds, algebra)
            for other, place in self._program.place.items():
                if other not in found and not isinstance(sweep.slopes[place], Exception):
                    second = _coefficient(algebra, slopes[place], H)
                    if second is not None and self._is_sharp(second):
                        found[other] = analytic(second, sweep.slopes[place], order=2)
            if len(found) == len(self._program.place):
                break
        return found

    def _expanded(self, leaf: Leaf, order: int) -> Proof | None:
        """A higher derivative of a function of one variable that is analytic at the point."""
        moving = self._program.depending_on(self._program.place[leaf])
        for sweep, algebra, values in self._expansions(leaf, order + 1):
            seeds = {i: algebra.of(each) for i, each in sweep.seeds.items() if moving[i]}
            total = _total(values, seeds, algebra)
            found = _coefficient(algebra, total, Monomial((-order,)))
            if found is None:
                continue
            bits = self._bits * _ROUNDS[_EARLY_ROUNDS]
            found = ball.mul(found, ball.exact(factorial(order)), bits)
            before = _coefficient(algebra, total, Monomial((1 - order,)))
            if self._is_sharp(found) and before is not None:
                before = ball.mul(before, ball.exact(factorial(order - 1)), bits)
                return analytic(found, before, order)
        return None

    def _is_sharp(self, found: Ball) -> bool:
        return _is_told(found, self._needed)

    def _constant_of(self, index: int) -> Expression:
        name, at = self._program.leaves[index]
        constant: Expression = self._point[name][at]
        return constant

    def _enclosed_leaves(self, algebra: Balls) -> dict[int, Any]:
        return {i: _constant(self._constant_of(i), algebra) for i in self._program.leaves}

    def _seeds(self, algebra: Any, moving: Sequence[int] | None = None) -> dict[int, Any]:
        """The weight of each output that moves; of one that is there twice, their sum."""
        total: dict[int, Any] = {}
        for index, constant in self._outputs:
            if moving is not None and not moving[index]:
                continue
            one = algebra.number(Fraction(1))
            weight = one if constant is None else _constant(constant, algebra)
            total[index] = algebra.add(total[index], weight) if index in total else weight
        return total

    # -- on either side ----------------------------------------------------------------------------

    def along(self, path: Path, order: int = 1) -> Proof:
        """What is proved of the function of t where elements are x + weight*t**power, at 0."""

        def prove(beside: Beside, judge: Judge) -> Proof:
            value = beside.value
            series = {side: beside.series(side) for side in (-1, 1)}
            if value is None:
                return judge.undefined(series, beside.still)
            return judge.defined(value, series, order)

        return self._beside(path, order, prove)

    def _mixed(self, first: Leaf, second: Leaf) -> Proof:
        """The derivative in `second` of the one in `first`."""
        if first == second:
            return self.along({first: (1, 1)}, 2)
        alone = self.derivative(first)
        if not alone.exists:
            return replace(alone, of=1)
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

    def _beside(self, path: Path, order: int, prove: Callable[[Beside, Judge], Proof]) -> Proof:
        """A proof from series, with as many terms as it takes."""
        for count, more in enumerate(_LENGTHS):
            constants = Constants()
            germs = Germs(constants, constants, more + order - 1)
            judge = Judge(germs, partial(self._enclosed, constants))
            try:
                found = prove(self._standing(path, germs, closed=count > 0), judge)
            except TooShort:
                continue
            except (Undecided, NoValue, RecursionError):
                return NOT_TOLD
            return _assuming(found, constants.assuming)
        return NOT_TOLD

    def _standing(self, path: Path, germs: Germs, *, closed: bool = False) -> Beside:
        values = self._sweep(self._bits).values
        return Beside(
            self._program,
            path,
            germs,
            self._constant_of,
            self._seeds,
            lambda index: isinstance(values[index], Exception),
            closed=closed,
        )

    def _enclosed(self, constants: Constants, number: Number) -> Ball:
        """The number to the digits asked for; 0 where it is found to be."""
        if constants.sign(number) == 0:
            return ball.ZERO
        for more in _ROUNDS:
            with suppress(Undecided):
                found = constants.ball(number, self._bits * more)
                if self._is_sharp(found):
                    return found
        raise Undecided("digits")

    # -- all together ------------------------------------------------------------------------------

    def together(self, proofs: Mapping[Leaf, Proof]) -> Joint:
        """Whether the function is differentiable as a whole, given its partial derivatives."""
        if len(proofs) < 2 or not all(proof.exists for proof in proofs.values()):
            return Joint(None)
        places = [self._program.place[leaf] for leaf in proofs]
        slopes = self._sweep(self._bits).slopes
        if not any(isinstance(slopes[place], Exception) for place in places):
            return Joint(True, "proved")
        constants = Constants()
        with suppress(Undecided, NoValue, RecursionError):
            germs = Germs(constants, constants, _LENGTHS[0])
            tangent = self._standing(dict.fromkeys(proofs, (1, 1)), germs).tangent()
            if tangent.order > 1:
                assuming = tuple(constants.assuming)
                return Joint(True, "assumed" if assuming else "proved", assuming=assuming)
        for weights in _directions(len(proofs)):
            path = {leaf: (weight, 1) for leaf, weight in zip(proofs, weights, strict=True)}
            found = self.along(path)
            if found.known != "undecided" and not self._may_be_sum(found, proofs, weights):
                return Joint(False, found.known, weights, found, found.assuming)
        return Joint(None)

    def _may_be_sum(
        self, found: Proof, proofs: Mapping[Leaf, Proof], weights: Sequence[int]
    ) -> bool:
        """Whether a slope in a direction may be what the partial derivatives make of it."""
        if found.derivative is None:
            return False
        total = ball.ZERO
        for proof, weight in zip(proofs.values(), weights, strict=True):
            assert proof.derivative is not None
            part = ball.mul(proof.derivative, ball.exact(weight), self._bits)
            total = ball.add(total, part, self._bits)
        return ball.overlaps(total, found.derivative)


def _directions(count: int) -> Iterator[tuple[int, ...]]:
    """Directions to look in: all alike, rising, and with every other one turned round."""
    yield (1,) * count
    yield tuple(range(1, count + 1))
    yield tuple((-1) ** k for k in range(count))


def _assuming(proof: Proof, assumptions: Sequence[str]) -> Proof:
    if not assumptions or proof.known == "undecided":
        return proof
    return replace(proof, known="assumed", assuming=(*proof.assuming, *assumptions))


def _is_told(found: Ball | Exception, bits: float) -> bool:
    return isinstance(found, NoValue) or (
        isinstance(found, Ball) and ball.is_finite(found) and ball.relative_bits(found) >= bits
    )


def _is_zero(constant: Expression) -> bool:
    value = _constant(constant, Balls(_GUARD))
    return isinstance(value, Ball) and ball.is_exact(value) and ball.contains_zero(value)


def _constant(constant: Expression, algebra: Any) -> Any:
    """The value of a constant; an exception in its place where it has none."""
    node = constant.nodes[-1]
    if node.operation == "number":
        return algebra.number(node.content)
    program = Program(constant.nodes, {}, [len(constant.nodes) - 1])
    return forward(program, {}, algebra)[-1]


def _total(values: Sequence[Any], seeds: Mapping[int, Any], algebra: Any) -> Any:
    """The sum of the outputs; an exception in its place where one has no value."""
    total = algebra.number(0)
    for index, weight in seeds.items():
        if isinstance(values[index], Exception):
            return values[index]
        total = algebra.add(total, algebra.mul(weight, values[index]))
    return total


def _looks_like_zero(a: Ball, bits: int) -> bool:
    """Whether the ball is a tiny one around 0."""
    if not ball.contains_zero(a) or ball.is_exact(a) or not ball.is_finite(a):
        return False
    _, _, exponent, size = ball.width(a)
    return bool(exponent + size < -bits // 2)


def _coefficient(algebra: Germs, series: Any, monomial: Monomial) -> Ball | None:
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
