"""The cover of an interval: where a function is analytic, where it has no value, and what is left.

Branch and bound with enclosures: on a cell either every operation is known to be off its border, or
f has no value anywhere, or each target that may be met is monotone and its zeros are isolated; else
the cell is split, the widest first. Beside a point that is known exactly, cells are parted by the
logarithm of the distance: 1/x - 5 is large on all of (0, 1/10]. What is too narrow to be split on
is left as an open cell.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count, pairwise

from mpmath.libmp import (
    fzero,
    mpf_abs,
    mpf_add,
    mpf_cmp,
    mpf_mul,
    mpf_neg,
    mpf_shift,
    mpf_sub,
    to_int,
    to_rational,
)

from diffcalc.language.expression import Expression
from diffcalc.truth import ball
from diffcalc.truth.ball import DOWN, UP, Ball, Mpf, NoValue, Undecided, point_ball
from diffcalc.truth.cells import BITS, NEAREST, UNEVEN, Cell, bits_for
from diffcalc.truth.constants import Constants
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.line import Border, Line, Swept, Target
from diffcalc.truth.numbers import Number
from diffcalc.truth.stretches import Cover, Found, Stretch, between, merged
from diffcalc.truth.sweep import constant_value
from diffcalc.truth.values import value_of
from diffcalc.truth.zero import (
    LARGEST_DENOMINATOR_OF_PI,
    Place,
    Zero,
    fraction_near,
    place,
    times_pi,
)

# The ends of an interval are told from a place in it that is up to 1e-600 away.
_END_BITS = 2_000
# Cells are split so often, halves at first; a pair of points 1e-12 apart takes 40 times.
_DEPTH = 60
# Only so deep it is worth asking whether a simple number is one that is looked for.
_LOOKED_AT = 5
# Each takes about a millisecond.
_MOST_CELLS = 4_000
# So many zeros of one target are isolated on a cell, fewer on a narrow one, where they accumulate.
_MOST_WHOLES, _MOST_DENSE, _DENSE_DEPTH = 10_000, 100, 10
# Nobody reads more; floor(1000*x) on -3:3 has 6,001.
_MOST_PLACES = 10_000
# Simple numbers that people choose: 123/1000.
_LARGEST_DENOMINATOR = 1_000
# At an exact place a target that is not 0 is told from 0 by so many bits.
_TELLING_BITS = 2_000
# More bits where round-off hides the sign, as that of 1 - erf(x)^2.
_MORE_BITS = 1_500
# So often it is tried for each target to show that it is a constant.
_MOST_LOOKS = 3
# Newton's method halves the distance to a double zero: 40 times reach round-off.
_STEPS = 40


class _TooManyError(Exception):
    """There are more zeros on a cell than are worth isolating."""


class Coverer:
    """Covers an interval of a line between two constants."""

    def __init__(
        self,
        line: Line,
        low: Expression,
        high: Expression,
        stop: Callable[[int], bool] = lambda found: False,
    ) -> None:
        self._line = line
        self._ends = (low, high)
        self._stop = stop
        self._found: list[Found] = []
        self._stretches: list[Stretch] = []
        self._queue: list[tuple[float, int, Cell]] = []
        self._number = count()
        self._moving: Counter[Target] = Counter()

    def cover(self) -> Cover:
        """The cover, with what was found until it had to stop."""
        low, high = (place(end).enclosed(_END_BITS) for end in self._ends)
        span = mpf_sub(high.upper, low.lower, 30, UP)
        first = mpf_sub(low.lower, self._margin(low.lower, span), _END_BITS, DOWN)
        last = mpf_add(high.upper, self._margin(high.upper, span), _END_BITS, UP)
        self._push(Cell(first, last, 0))
        cells = 0
        while self._queue:
            _, _, cell = heappop(self._queue)
            cells += 1
            many = cells > _MOST_CELLS or len(self._found) > _MOST_PLACES
            if cell.depth > _DEPTH or many or self._stop(len(self._found)):
                self._stretch("open", cell)
                continue
            try:
                self._take(cell)
            except (_TooManyError, Undecided):
                # Undecided: a zero, where zeros accumulate, that no number of bits isolates.
                self._stretch("open", cell)
        found = [f for f in merged(self._found) if self._is_inside(f.place, low, high)]
        return between(low, high, found, self._stretches)

    def _margin(self, end: Mpf, span: Mpf) -> Mpf:
        """How far beyond an end is looked, so that a place at the end is one like any other."""
        size = span if end == fzero else ball.least(span, mpf_abs(end))
        return mpf_mul(mpf_shift(size, -30), UNEVEN, 30, DOWN)

    def _push(self, cell: Cell) -> None:
        heappush(self._queue, (cell.depth, next(self._number), cell))

    def _stretch(self, kind: str, cell: Cell) -> None:
        self._stretches.append(Stretch(kind, *cell.hull()))

    # -- one cell ----------------------------------------------------------------------------------

    def _take(self, cell: Cell) -> None:
        bits, x = cell.bits, cell.ball()
        swept = self._line.swept(x, bits)
        value = swept.values[self._line.result]
        if isinstance(value, NoValue):
            return self._stretch("outside", cell)
        slope = swept.slopes[self._line.leaf]
        if isinstance(value, Ball) and not isinstance(slope, Exception):
            return self._stretch("smooth", cell)
        met = [border for border in self._line.borders if self._is_met(border, swept, cell)]
        zeros: dict[tuple[Target, int], Zero] = {}
        unresolved: list[Target] = []
        for target in dict.fromkeys(t for border in met for t in border.targets):
            if not self._may_be_zero(target, swept, cell):
                continue
            found = self._zeros(target, swept, cell, x)
            if found is None:
                unresolved.append(target)
            else:
                zeros |= found
        if not met and not cell.settled:
            return self._split(cell)
        if not unresolved:
            return self._resolved(cell, met, zeros)
        if self._anchored(cell, x, met, zeros, unresolved):
            return None
        if cell.depth == _LOOKED_AT and not cell.more_bits and self._is_hidden(unresolved, x, bits):
            cell = replace(cell, more_bits=_MORE_BITS)
        self._split(cell)
        return None

    def _is_hidden(self, targets: Sequence[Target], x: Ball, bits: int) -> bool:
        """Whether round-off hides what a target is at a single number, as in 1 - erf(x)^2."""
        values = self._line.values(point_ball(ball.middle(x)), bits)
        found = [values[target.node] for target in targets]
        return any(isinstance(one, Ball) and ball.contains_zero(one) for one in found)

    def _split(self, cell: Cell) -> None:
        for half in cell.halves():
            self._push(half)

    def _is_met(self, border: Border, swept: Swept, cell: Cell) -> bool:
        """Whether an operation that f is made of may be on its border."""
        if swept.slopes[border.place] is None or not swept.moving[border.switching.node]:
            return False
        return self._may_be_zero(border.switching, swept, cell)

    def _may_be_zero(self, target: Target, swept: Swept, cell: Cell) -> bool:
        value = swept.values[target.node]
        if isinstance(value, NoValue) or not swept.moving[target.node]:
            return False
        if (target, None) in cell.settled:
            return False
        if isinstance(value, Undecided) or not ball.is_finite(value):
            return True
        return bool(self._wholes(target, value, cell))

    def _wholes(self, target: Target, value: Ball, cell: Cell) -> range:
        """The integers that a target may be."""
        if not target.lattice:
            return range(0, int(ball.contains_zero(value)))
        first, last = -int(to_int(mpf_neg(value.lower), DOWN)), int(to_int(value.upper, DOWN))
        if first == last and (target, first) in cell.settled:
            return range(0)
        return range(first, last + 1)

    def _zeros(
        self, target: Target, swept: Swept, cell: Cell, x: Ball
    ) -> dict[tuple[Target, int], Zero] | None:
        """The zeros of a target, if it is monotone on the cell; else None."""
        value = swept.values[target.node]
        if not isinstance(value, Ball) or not ball.is_finite(value):
            return None
        slope = self._line.slope(target, swept, cell.bits)
        if slope is None:
            return None
        if not ball.sign(slope):
            away = self._stays_away(target, slope, cell, x) or self._is_constant(target, x)
            return {} if away else None
        wholes = self._wholes(target, value, cell)
        count = wholes.stop - wholes.start
        if count > (_MOST_WHOLES if cell.depth < _DENSE_DEPTH else _MOST_DENSE):
            raise _TooManyError
        low, high = (self._line.values(end, cell.bits)[target.node] for end in cell.ends())
        if isinstance(low, Exception) or isinstance(high, Exception):
            return None
        rising = ball.sign(slope) == 1
        found: dict[tuple[Target, int], Zero] = {}
        for whole in wholes:
            sides = [ball.sign(ball.sub(end, ball.exact(whole), cell.bits)) for end in (low, high)]
            if not all(sides):
                return None
            if sides[0] != sides[1]:
                found[target, whole] = Zero(self._line, target, whole, x, rising)
        return found

    def _stays_away(self, target: Target, slope: Ball, cell: Cell, x: Ball) -> bool:
        """Whether the mean value theorem shows that a target is not met."""
        middle = ball.middle(x)
        here = self._line.values(point_ball(middle), cell.bits)[target.node]
        if isinstance(here, Exception):
            return False
        far = ball.mul(slope, ball.sub(x, point_ball(middle), cell.bits), cell.bits)
        return not self._wholes(target, ball.add(here, far, cell.bits), cell)

    def _is_constant(self, target: Target, x: Ball) -> bool:
        """Whether a target that is analytic on the cell is a rational number, as x - x is.

        By the identity theorem that is so if it is near one place: its closed form there says so.
        """
        if self._moving[target] > _MOST_LOOKS:
            return False
        constants = Constants()
        middle = Number(rational=_middle(x))
        with suppress(NoValue, Undecided, RecursionError):
            near = constants.add(middle, constants.infinitesimal())
            value = self._line.at(target.node, near, constants)
            if isinstance(value, Number) and not value.moving and not constants.assuming:
                return value.rational is not None
        self._moving[target] += 1
        return False

    def _resolved(
        self, cell: Cell, met: Sequence[Border], zeros: dict[tuple[Target, int], Zero]
    ) -> None:
        """Notes the places in a cell, and what f is between them."""
        found: list[Found] = []
        for key, zero in zeros.items():
            if self._stop(len(self._found) + len(found)):
                return self._stretch("open", cell)
            found.append(self._noted(cell, zero, key[0], met))
        found = merged(found)
        first, last = cell.hull()
        ends = [first, *(f.place.enclosed(cell.bits) for f in found), last]
        self._found += found
        for left, right in pairwise(ends):
            self._stretches.append(Stretch(self._kind(left, right, cell.bits), left, right))
        return None

    def _noted(self, cell: Cell, zero: Zero, target: Target, met: Sequence[Border]) -> Found:
        borders = [border for border in met if target in border.targets]
        zero.also([b.switching for b in borders if not b.switching.lattice])
        return Found(zero.place(self._ends), frozenset(b.of for b in borders))

    def _kind(self, left: Ball, right: Ball, bits: int) -> str:
        """What f is between two neighbours, where no operation is on its border."""
        middle = ball.middle(Ball(left.upper, right.lower))
        value: object = self._line.values(point_ball(middle), bits)[self._line.result]
        if isinstance(value, Undecided):
            exact = Number(rational=Fraction(*to_rational(middle)))
            value = self._line.at(self._line.result, exact, Constants())
        if isinstance(value, NoValue):
            return "outside"
        return "open" if isinstance(value, Undecided) else "smooth"

    # -- beside a point ----------------------------------------------------------------------------

    def _anchored(
        self,
        cell: Cell,
        x: Ball,
        met: Sequence[Border],
        zeros: dict[tuple[Target, int], Zero],
        unresolved: Sequence[Target],
    ) -> bool:
        """Whether a place in the cell explains what is unresolved, so that it is parted there."""
        if cell.anchor is not None:
            return False
        if cell.depth < _LOOKED_AT:
            guesses = [guess for t in unresolved for guess in self._multiple(t, x, cell.bits)]
            return any(
                self._parted(cell, x, place(g), met, unresolved, settling=True) for g in guesses
            )
        for key, zero in zeros.items():
            noted = self._noted(cell, zero, key[0], met)
            if self._parted(cell, x, noted.place, met, unresolved):
                return True
        return any(
            self._parted(cell, x, place(guess), met, unresolved) for guess in self._guesses(x)
        )

    def _multiple(self, target: Target, x: Ball, bits: int) -> Iterator[Expression]:
        """The simplest number beside the zero that Newton's method comes near, slowly if it is a
        multiple one.
        """
        at, step = point_ball(ball.middle(x)), ball.ONE
        with suppress(NoValue, Undecided):
            for _ in range(_STEPS):
                swept = self._line.swept(at, bits)
                slope, here = self._line.slope(target, swept, bits), swept.values[target.node]
                if slope is None or isinstance(here, Exception):
                    return
                if ball.contains_zero(slope) or ball.sign(here) == 0:
                    break
                step = ball.div(here, slope, bits)
                stepped = ball.sub(at, step, bits)
                at = point_ball(ball.middle(stepped))
                if not ball.overlaps(at, x):
                    return
            wide = ball.mul(ball.hull(step, ball.neg(step)), ball.exact(_STEPS), bits)
            simple = _simplest(ball.add(at, wide, bits), _LARGEST_DENOMINATOR)
            if simple is not None:
                yield simple

    def _guesses(self, x: Ball) -> Iterator[Expression]:
        """The simplest numbers in a cell."""
        yield from self._ends
        yield fraction_near(x, 1)
        simple = _simplest(x, _LARGEST_DENOMINATOR)
        if simple is not None:
            yield simple
        pi = constant_value(times_pi(_ONE), Balls(bits_for(x)))
        assert isinstance(pi, Ball)
        turns = ball.div(x, pi, bits_for(x))
        simple = _simplest(turns, LARGEST_DENOMINATOR_OF_PI)
        if simple is not None:
            yield times_pi(simple)

    def _parted(
        self,
        cell: Cell,
        x: Ball,
        anchor: Place,
        met: Sequence[Border],
        unresolved: Sequence[Target],
        *,
        settling: bool = False,
    ) -> bool:
        """Parts the cell at the anchor, if that is where targets are met."""
        start = anchor.enclosed(NEAREST + BITS)
        if mpf_cmp(start.lower, x.lower) <= 0 or mpf_cmp(start.upper, x.upper) >= 0:
            return False
        values = self._line.values(start, _TELLING_BITS)
        settled = self._settled(cell, x, anchor, {t: values[t.node] for t in unresolved})
        nodes = {
            b.of for b in met if any(self._touches(t, values[t.node], cell) for t in b.targets)
        }
        if not nodes or (settling and not settled):
            return False
        self._found.append(Found(anchor, frozenset(nodes)))
        beside = replace(cell, depth=cell.depth + 1, anchor=anchor, settled=settled, touching=True)
        for side, end in ((-1, cell.low), (1, cell.high)):
            edge = ball.sub(point_ball(end), start, cell.bits)
            far = edge.upper if side > 0 else mpf_neg(edge.lower)
            self._push(replace(beside, low=mpf_shift(far, -NEAREST), high=far, side=side))
        return True

    def _settled(
        self, cell: Cell, x: Ball, anchor: Place, values: Mapping[Target, object]
    ) -> frozenset[tuple[Target, int | None]]:
        """The targets, with these values at the anchor, that are met there alone in the cell."""
        settled: set[tuple[Target, int | None]] = set()
        for target, value in values.items():
            if not isinstance(value, Ball):
                continue
            wholes = self._wholes(target, value, cell)
            if wholes.stop - wholes.start == 1 and self._settles(
                target, wholes[0], anchor, x, cell.bits
            ):
                settled.add((target, wholes[0] if target.lattice else None))
        return frozenset(settled)

    def _touches(self, target: Target, value: object, cell: Cell) -> bool:
        """Whether a target may be met at a point."""
        return not isinstance(value, Ball) or bool(self._wholes(target, value, cell))

    def _settles(self, target: Target, whole: int, anchor: Place, x: Ball, bits: int) -> bool:
        """Whether a target is met at an exact point, and by Taylor's theorem nowhere else."""
        constants = Constants()
        with suppress(NoValue, Undecided, RecursionError):
            at = value_of(constants, anchor.constant, {})
            order = self._line.order(target, whole, at, constants)
            if not order or order < 1 or constants.assuming:
                return False
            coefficient = self._line.coefficient(target, order, x, bits)
            return coefficient is not None and not ball.contains_zero(coefficient)
        return False

    def _is_inside(self, where: Place, low: Ball, high: Ball) -> bool:
        """Whether a place is between the ends; one that cannot be told from an end is."""
        if where.at in self._ends:
            return True
        x = where.enclosed(_END_BITS // 4)
        return not (mpf_cmp(x.upper, low.lower) < 0 or mpf_cmp(x.lower, high.upper) > 0)


def _simplest(x: Ball, largest: int) -> Expression | None:
    """The simplest fraction in a ball, if it is simple."""
    denominator = 1
    while denominator <= largest:
        found = fraction_near(x, denominator)
        value = constant_value(found, Balls(bits_for(x)))
        if isinstance(value, Ball) and ball.contains(x, value.lower):
            return found
        denominator *= 2
    return None


_ONE = fraction_near(ball.ONE, 1)


def _middle(x: Ball) -> Fraction:
    return Fraction(*to_rational(ball.middle(x)))
