"""A `Scan`: where on an interval a function of one number is not differentiable.

The interval is covered by cells on which f is proved to be analytic, or to have no value, and by
the places where an operation is on its border (`truth/cover.py`). At each of these the truth is
proved, or else observed; cells that could not be decided are named.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import MpNumber
from diffcalc.comparison.truths import truth_of
from diffcalc.comparison.verdict import Judgement, judge_missing
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, Values, check_names, check_point, check_single
from diffcalc.numerical.definition import DIGITS, Truth, observe
from diffcalc.numerical.restriction import Restriction
from diffcalc.truth import ball
from diffcalc.truth.cover import Coverer
from diffcalc.truth.line import Line
from diffcalc.truth.proof import Prover
from diffcalc.truth.stretches import Cover, Found, midpoint
from diffcalc.truth.zero import Place, place

# More than a place near an end is told from it by (`cover.py`).
_END_DIGITS = 700
# As many as places are told apart by (`stretches.py`).
_PLACE_BITS = 500
# A share of the interval: where f has a value in cells no wider alone, it has none in between.
_SINGLE_POINTS = 1e-6


@dataclass(frozen=True)
class Feature:
    """A point where f is not differentiable.

    `x` is the point: a constant as far as it is known, and its value at mpmath's working precision.
    `culprit` names the operations that are nonsmooth there.
    """

    x: Place
    truth: Truth
    culprit: str

    @property
    def judgement(self) -> Judgement:
        """That f is not differentiable here."""
        return judge_missing(self.truth, lambda: None)


@dataclass(frozen=True)
class Scan:
    """What was found for `low` <= `name` <= `high`, the other variables being at `point`.

    `features` are in ascending order. `smooth` counts the points where an operation is nonsmooth
    but f is differentiable, `left_out` those that there was no time to judge. `pieces` are the
    intervals in which f is defined, none if that is not known everywhere; f is `undefined` if it is
    defined nowhere in between, nor at a feature. In the cells `undecided` f may be anything.
    """

    expression: Expression
    point: Point
    name: str
    low: Expression
    high: Expression
    features: tuple[Feature, ...]
    smooth: int
    left_out: int
    undefined: bool
    pieces: tuple[tuple[Place, Place], ...]
    undecided: tuple[tuple[float, float], ...]

    @property
    def clean(self) -> bool:
        """Whether f was found to be differentiable throughout."""
        return not (self.features or self.undefined or not self.complete)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be decided."""
        return not (self.undecided or self.left_out)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not proved, in sentences."""
        return tuple(_notes(self))


def scan(
    expression: Expression,
    point: Point,
    name: str,
    low: Expression,
    high: Expression,
    stop: Callable[[str], bool] = lambda done: False,
) -> Scan:
    """Looks for the points of [low, high] where `expression` is not differentiable in `name`.

    `low` and `high` are constants; `point` has the other variables' values, each a single number.
    At the ends, too, both sides are looked at. `stop` is told what is done, and asked whether that
    must be enough.
    Raises `PointError` where values are missing, not single numbers, or no interval.
    """
    ends = [Values(np.array(end, dtype=object)) for end in (low, high)]
    _check(expression, point, name, *ends)
    still = {other: values.constants.item() for other, values in point.items()}
    line = Line(expression, still, name)
    cover = Coverer(line, low, high, lambda count: stop(f"{count} places")).cover()
    numbers = Restriction(expression, {**point, name: ends[0]}, name)
    judged = _judged(line, numbers, cover.places, stop)
    features = tuple(
        Feature(found.place, truth, _culprit(expression, found.nodes))
        for found, truth in judged
        # Amid a stretch where f is undefined there is nothing to tell.
        if not truth.exists and truth.kind != "outside"
    )
    undecided = [s for s in cover.stretches if s.kind == "open"]
    left_out = len(cover.places) - len(judged)
    known = not (undecided or left_out)
    pieces = _pieces(cover, features, place(low), place(high)) if known else ()
    return Scan(
        expression,
        point,
        name,
        low,
        high,
        features,
        sum(truth.exists for _, truth in judged),
        left_out,
        _is_undefined(cover, features, left_out),
        tuple(pieces),
        tuple((midpoint(s.low), midpoint(s.high)) for s in undecided),
    )


def _judged(
    line: Line, numbers: Restriction, places: Sequence[Found], stop: Callable[[str], bool]
) -> list[tuple[Found, Truth]]:
    """The truth at each place, until it must be enough."""
    judged: list[tuple[Found, Truth]] = []
    for found in places:
        if stop(f"{len(judged)} of {len(places)} places judged"):
            break
        judged.append((found, _truth(line, numbers, found.place)))
    return judged


def _check(expression: Expression, point: Point, name: str, low: Values, high: Values) -> None:
    check_names([name], expression.variables, expression)
    if name in point:
        raise PointError(f"{name} has a range and a value")
    check_single(expression, point, "a scan is of a formula of single numbers")
    check_point(expression, {**point, name: low})
    if not math.isfinite(float(high.floats) - float(low.floats)):
        raise PointError(f"{name}={low}:{high} is not a finite interval")
    with mpmath.mp.workdps(_END_DIGITS):
        first, last = low.exactly(), high.exactly()
        if exact()["le"](last, first):
            swapped = exact()["lt"](last, first)
            hint = f"the lower end comes first: {name}={high}:{low}" if swapped else None
            raise PointError(f"{name}={low}:{high} is empty", hint=hint)
    if not low.floats < high.floats:
        raise PointError(f"{name}={low}:{high} is too narrow: as float64 numbers its ends are one")


# -- one place, and the whole ----------------------------------------------------------------------


def _truth(line: Line, numbers: Restriction, where: Place) -> Truth:
    """What is true of f there: proved, or else observed."""
    at = np.array(where.constant, dtype=object)
    prover = Prover(line.function, {line.name: at})
    found = truth_of(prover.derivative((line.name, ())))
    if found is not None:
        return found
    with mpmath.mp.workdps(DIGITS):
        spread = numbers.dynamic_range(where())
    return observe(numbers.exactly, where, spread=spread)


def _culprit(expression: Expression, nodes: frozenset[int]) -> str:
    return " and ".join(dict.fromkeys(expression.render(index) for index in sorted(nodes)))


def _is_undefined(cover: Cover, features: tuple[Feature, ...], left_out: int) -> bool:
    """Whether f is defined nowhere, single points aside."""
    spans = [(s.kind, midpoint(s.high) - midpoint(s.low)) for s in cover.stretches]
    room = _SINGLE_POINTS * sum(width for _, width in spans)
    defined = sum(width for kind, width in spans if kind != "outside") > room
    return not (defined or left_out or any(feature.truth.defined for feature in features))


def _pieces(
    cover: Cover, features: tuple[Feature, ...], low: Place, high: Place
) -> Iterator[tuple[Place, Place]]:
    """The intervals on which f is defined; a feature at which it is, does not end one."""
    start: Place | None = None
    middles = [ball.about(ball.hull(s.low, s.high)) for s in cover.stretches]
    ends = [(low, False), *((f.x, f.truth.defined) for f in features), (high, False)]
    for (left, joined), (right, _) in pairwise(ends):
        kinds = {cover.stretches[i].kind for i in _between(middles, left, right)}
        if not kinds:
            continue
        if start is not None and not ("smooth" in kinds and joined):
            yield start, left
            start = None
        if start is None and "smooth" in kinds:
            start = left
    if start is not None:
        yield start, high


def _between(middles: Sequence[MpNumber], left: Place, right: Place) -> range:
    """Which of these ascending numbers are between two places; none where they are one."""
    first, last = (each.enclosed(_PLACE_BITS) for each in (left, right))
    if ball.overlaps(first, last):
        return range(0)
    above, below = (mpmath.mp.make_mpf(end) for end in (first.upper, last.lower))
    return range(bisect_left(middles, above), bisect_right(middles, below))


def _notes(result: Scan) -> Iterator[str]:
    name = result.name
    for low, high in result.undecided:
        yield (
            f"undecided for {name} from {low:.10g} to {high:.10g}, a width of {high - low:.2g}: "
            "more points may be there"
        )
    if result.left_out:
        yield f"{result.left_out} more places where an operation may be nonsmooth were not judged"
    if result.undecided or result.left_out:
        yield "so it is not said where f is defined"
    observed = [f for f in result.features if f.truth.known == "observed"]
    if observed:
        where = "1 point is" if len(observed) == 1 else f"{len(observed)} points are"
        yield f"{where} judged by finite steps, not by proof"
    assumed = dict.fromkeys(one for f in result.features for one in f.truth.assuming)
    for one in assumed:
        yield f"assumed, as hundreds of digits agree: {one}"
