"""A `Scan`: where on an interval a function of one number is not differentiable.

A formula can fail to be smooth only where one of its operations is nonsmooth (see
`language/nonsmooth.py`). So the switching functions are sampled in float64 along the interval,
their zeros isolated by their changes of sign and by the least of their moduli, refined to as many
digits as it takes (`truth/roots.py`), and f is examined at each by the definition of the derivative
(`numerical/definition.py`). Between the samples a scan is blind: what it may have missed is said in
its notes.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import mpmath
import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.comparison.sampling import Crossings, Samples, blurred, crossings, sample
from diffcalc.comparison.verdict import Judgement, judge_missing
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, Values, check_names, check_point
from diffcalc.numerical.definition import DIGITS, Truth, examine
from diffcalc.numerical.restriction import Restriction
from diffcalc.truth.roots import Location, MpFunction, Root, find_root

MOST_CANDIDATES = 100
_MOST_BRACKETS = 200
_SAME = 1e-30
# In how many parts of the interval candidates are counted, to take those of the emptier ones first.
_PARTS = 200
_MORE_DIGITS_PER_ORDER = 40
_END_DIGITS = 700
_PIECE_DIGITS = 500
# Irrational: a function may be defined at fractions only, as (-2)**x is at integers.
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Feature:
    """A point where f is not differentiable.

    `at` is the point as an exact constant, None where it is only known by its digits: `x()` is its
    value at mpmath's working precision. `culprit` names the operations that are nonsmooth there.
    """

    at: Expression | None
    x: Location
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
    but f is differentiable, `left_out` the candidates too many to be looked at. `pieces` are the
    intervals between the features in which f is defined, judged by `samples` samples, none if
    anything was left out; f is `undefined` if it is defined nowhere in between, nor at a feature.
    `notes` say, in sentences, what may have been missed.
    """

    expression: Expression
    point: Point
    name: str
    low: Expression
    high: Expression
    samples: int
    features: tuple[Feature, ...]
    smooth: int
    left_out: int
    undefined: bool
    pieces: tuple[tuple[Location, Location], ...]
    notes: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether f was found to be differentiable throughout."""
        return not (self.features or self.undefined or self.left_out)


@dataclass(frozen=True)
class _Candidate:
    """A place where the operations `nodes` are nonsmooth, and its value to some digits."""

    place: Location
    x: Any
    nodes: frozenset[int]


def scan(
    expression: Expression, point: Point, name: str, low: Expression, high: Expression
) -> Scan:
    """Looks for the points of [low, high] where `expression` is not differentiable in `name`.

    `low` and `high` are constants; `point` has the other variables' values, each a single number.
    At the ends, too, both sides are looked at.
    Raises `PointError` where values are missing, not single numbers, or no interval.
    """
    ends = [Values(np.array(end, dtype=object)) for end in (low, high)]
    _check(expression, point, name, *ends)
    line = Restriction(expression, {**point, name: ends[0]}, name)
    samples = sample(line, float(ends[0].floats), float(ends[1].floats))
    start, stop = Location(low), Location(high)
    candidates, left_out = _candidates(line, samples, start, stop)
    truths = [(c, _truth(line, c.place)) for c in candidates]
    examined = [(c, truth) for c, truth in truths if truth is not None]
    left_out += len(truths) - len(examined)
    features = tuple(
        Feature(c.place.at, c.place, truth, _culprit(expression, c.nodes))
        for c, truth in examined
        # Amid a stretch where f is undefined there is nothing to tell.
        if not truth.exists and truth.kind != "outside"
    )
    # Where a feature may have been left out, so may the end of a piece.
    pieces = () if left_out else tuple(_pieces(line, samples, features, start, stop))
    defined = pieces or left_out or any(feature.truth.defined for feature in features)
    inside = (samples.x >= samples.low) & (samples.x <= samples.high)
    return Scan(
        expression,
        point,
        name,
        low,
        high,
        int(inside.sum()),
        features,
        sum(truth.exists for _, truth in examined),
        left_out,
        not defined,
        pieces,
        tuple(_notes(line, samples, left_out)),
    )


def _check(expression: Expression, point: Point, name: str, low: Values, high: Values) -> None:
    check_names([name], expression.variables, expression)
    if name in point:
        raise PointError(f"{name} has a range and a value")
    if not expression.elementwise:
        raise PointError(
            f"{expression} works on whole arrays", hint="a scan is of a formula of single numbers"
        )
    check_point(expression, {**point, name: low})
    for other, values in point.items():
        if values.shape:
            raise PointError(
                f"{other} has more than one value", hint="a scan looks along one function"
            )
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


# -- the candidates --------------------------------------------------------------------------------


def _candidates(
    line: Restriction, samples: Samples, low: Location, high: Location
) -> tuple[list[_Candidate], int]:
    """Where f may fail to be smooth, ascending; and how many more crossings were not followed."""
    found: list[_Candidate] = []
    followed = left_out = 0
    with mpmath.mp.workdps(2 * DIGITS):
        start, stop = low(), high()
        same = (stop - start) * _SAME
        for crossing in _sparsest_first(samples, crossings(samples)):
            room = min(MOST_CANDIDATES - len(found), _MOST_BRACKETS - followed)
            integers = list(islice(crossing.integers(), room))
            followed += len(integers)
            if samples.x[crossing.left] < samples.high and samples.x[crossing.right] > samples.low:
                left_out += crossing.count - len(integers)
            for integer in integers:
                candidate = _candidate(line, samples, crossing, integer)
                if candidate and _is_between(start, candidate.x, stop):
                    _add(found, candidate, same)
        if not left_out:
            for candidate in islice(_unexplained(line, samples, found), MOST_CANDIDATES):
                if _is_between(start, candidate.x, stop):
                    _add(found, candidate, same)
    return sorted(found, key=lambda c: c.x), left_out


def _sparsest_first(samples: Samples, found: list[Crossings]) -> list[Crossings]:
    """Those in parts of the interval with few of their kind first, as long as all in such parts
    can be examined: what stands alone is not left out for what accumulates elsewhere.
    """
    width = samples.high - samples.low
    parts = [(c.function, int((samples.x[c.left] - samples.low) / width * _PARTS)) for c in found]
    counts: Counter[tuple[int, int]] = Counter()
    for part, crossing in zip(parts, found, strict=True):
        counts[part] += crossing.count
    few, total = 0, 0
    while few <= MOST_CANDIDATES and total <= MOST_CANDIDATES:
        # Powers of 2, lest chance choose among parts that are about as full.
        few = 2 * few + 1
        total = sum(count for count in counts.values() if count <= few)
    order = sorted(range(len(found)), key=lambda i: counts[parts[i]] > few // 2)
    return [found[i] for i in order]


def _is_between(low: Any, x: Any, high: Any) -> bool:
    return bool(exact()["le"](low, x) and exact()["le"](x, high))


def _candidate(
    line: Restriction, samples: Samples, crossing: Crossings, integer: int
) -> _Candidate | None:
    index, _, program, _ = samples.functions[crossing.function]

    def g(t: Any) -> Any:
        return exact()["sub"](program(exact(), **line.exact_values(t)), mpmath.mpf(integer))

    root = find_root(g, float(samples.x[crossing.left]), float(samples.x[crossing.right]))
    return None if root is None else _Candidate(root, root(), frozenset([index]))


def _add(found: list[_Candidate], new: _Candidate, same: Any) -> None:
    """Adds a candidate, to one at the same place if there is one."""
    for i, old in enumerate(found):
        if abs(old.x - new.x) <= same:
            # The exact one, or the one that takes fewer digits to refine.
            better = min(old, new, key=lambda c: (c.place.at is None, c.place.order))
            found[i] = _Candidate(better.place, better.x, old.nodes | new.nodes)
            return
    found.append(new)


def _unexplained(
    line: Restriction, samples: Samples, found: list[_Candidate]
) -> Iterator[_Candidate]:
    """Where f becomes undefined though no operation was found nonsmooth: a net that catches slips.

    What is undefined in float64 only, having overflowed, is not among them.
    """

    def defined(t: Any) -> Any:
        return mpmath.mpf(-1 if mpmath.isnan(line.exactly(t)) else 1)

    undefined = np.isnan(samples.value)
    margin = float(samples.x[-1] - samples.x[0]) / len(samples.x)
    for i in np.flatnonzero(undefined[1:] != undefined[:-1]).tolist():
        low, high = float(samples.x[i]) - margin, float(samples.x[i + 1]) + margin
        if any(low < c.x < high for c in found):
            continue
        if not _differ(defined, low, high):
            continue
        root = Root(defined, low, high)
        try:
            root.recognise()
            x = root()
        except ValueError:
            continue
        yield _Candidate(root, x, frozenset([len(line.expression.nodes) - 1]))


def _differ(defined: MpFunction, low: float, high: float) -> bool:
    """Whether f is defined at one of them only, and not for the round-off in 1/x*x <= 1."""
    seen = set()
    for digits in range(DIGITS, 4 * DIGITS, DIGITS // 3):
        with mpmath.mp.workdps(digits):
            low_sign, high_sign = defined(mpmath.mpf(low)), defined(mpmath.mpf(high))
        seen.add(low_sign)
        if low_sign == high_sign or len(seen) > 1:
            return False
    return True


def _truth(line: Restriction, place: Location) -> Truth | None:
    """What is true of f there; None where more digits show that no such place is."""
    try:
        with mpmath.mp.workdps(DIGITS):
            spread = line.dynamic_range(place())
        # The steps go down to 1e-43, and `examine` sees zeros of order 3 there anyway.
        spread += _MORE_DIGITS_PER_ORDER * max(0, place.order - 3)
        return examine(line.exactly, place, spread=spread)
    except ValueError:
        return None


def _culprit(expression: Expression, nodes: frozenset[int]) -> str:
    return " and ".join(dict.fromkeys(expression.render(index) for index in sorted(nodes)))


# -- what the scan says of the interval as a whole -------------------------------------------------


def _pieces(
    line: Restriction,
    samples: Samples,
    features: tuple[Feature, ...],
    low: Location,
    high: Location,
) -> Iterator[tuple[Location, Location]]:
    """The intervals on which f is defined; a feature at which it is, does not end one."""
    start: Location | None = None
    ends = [(low, False), *((f.x, f.truth.defined) for f in features), (high, False)]
    for (left, joined), (right, _) in pairwise(ends):
        defined = _defined(line, samples, left, right)
        if defined is None:
            continue
        if start is not None and not (defined and joined):
            yield start, left
            start = None
        if start is None and defined:
            start = left
    if start is not None:
        yield start, high


def _defined(line: Restriction, samples: Samples, left: Location, right: Location) -> bool | None:
    """Whether f is defined between two places, at most samples or, as these may have overflowed,
    exactly at most of three points; None where the places are one.
    """
    with mpmath.mp.workdps(2 * DIGITS):
        low, high = left(), right()
        if low == high:
            return None
        inside = samples.value[(samples.x > float(low)) & (samples.x < float(high))]
        mostly = 2 * np.sum(np.isfinite(inside)) > len(inside)
        points = [low + (high - low) * (k * _GOLDEN % 1) for k in (1, 2, 3)]
    # As small as 1 - erf(30) is, it is not 0.
    with mpmath.mp.workdps(_PIECE_DIGITS):
        exactly = sum(not mpmath.isnan(line.exactly(t)) for t in points)
    return bool(mostly or exactly > 1)


def _notes(line: Restriction, samples: Samples, left_out: int) -> Iterator[str]:
    step = (samples.x[-1] - samples.x[0]) / len(samples.x)
    yield (
        f"what is narrower than {step:.2g}, or nearer than that to another critical point, "
        "may be missed"
    )
    said = set()
    for index, switching, _, values in samples.functions:
        fast = blurred(samples.x, values, switching.lattice)
        culprit = line.expression.render(index)
        if fast and culprit not in said:
            said.add(culprit)
            low, high = samples.x[fast[0]], samples.x[fast[-1] + 1]
            yield (
                f"between {line.name} = {low:.3g} and {high:.3g}, {culprit} changes too fast for "
                "the samples: critical points there may be missed"
            )
    if left_out:
        count = str(left_out) if left_out < 1_000_000 else "more than a million"
        yield (
            f"{count} more places where an operation may be critical were left out, "
            "so it is not said where f is defined"
        )
    if samples.overflowed:
        yield (
            f"at {samples.overflowed} of the {len(samples.x)} samples a value is beyond the range "
            "of a float64: critical points there may be missed"
        )
