"""A `Scan`: where on an interval a function of one number is not differentiable.

A formula can fail to be smooth only where one of its operations is critical (see `critical.py`). So
the critical functions are sampled in float64 along the interval, their zeros isolated by their
changes of sign and by the least of their moduli, refined to as many digits as it takes
(`roots.py`), and f is examined at each by the definition of the derivative (`reference.py`).
Between the samples a scan is blind: what it may have missed is said in its notes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import mpmath
import numpy as np

from diffcalc.errors import PointError
from diffcalc.expression import Expression
from diffcalc.functions import exact
from diffcalc.lines import Line
from diffcalc.point import Point, Values, check_point
from diffcalc.reference import DIGITS, Truth, examine
from diffcalc.roots import Location, Root, find_root
from diffcalc.sampling import Crossings, Samples, blurred, crossings, sample
from diffcalc.verdict import judge_missing

MOST_CANDIDATES = 100
_MOST_BRACKETS = 200
_SAME = 1e-30


@dataclass(frozen=True)
class Feature:
    """A point where f is not differentiable.

    `at` is the point as an exact constant, None where it is only known by its digits: `x()` is its
    value at mpmath's working precision. `culprit` names the operations that are critical there.
    """

    at: Expression | None
    x: Location
    truth: Truth
    culprit: str

    @property
    def reason(self) -> str:
        """Why f is not differentiable here, in a sentence."""
        return judge_missing(self.truth, lambda: None).reason


@dataclass(frozen=True)
class Scan:
    """What was found for `low` <= `name` <= `high`, the other variables being at `point`.

    `features` are in ascending order. `smooth` counts the points where an operation is critical but
    f is differentiable, `left_out` the candidates that were too many to be looked at. `pieces` are
    the intervals between the features in which f is defined, judged by `samples` samples; it is
    `undefined` if it is at none of them. `notes` say, in sentences, what may have been missed.
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
    """A place where the operations `nodes` are critical, and its value to some digits."""

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
    line = Line(expression, {**point, name: ends[0]}, name)
    samples = sample(line, float(ends[0].floats), float(ends[1].floats))
    candidates, left_out = _candidates(line, samples, Location(low), Location(high))
    truths = [_truth(line, candidate.place) for candidate in candidates]
    features = tuple(
        Feature(c.place.at, c.place, truth, _culprit(expression, c.nodes))
        for c, truth in zip(candidates, truths, strict=True)
        # Amid a stretch where f is undefined there is nothing to tell.
        if not truth.exists and truth.kind != "outside"
    )
    pieces = tuple(_pieces(line, samples, features, Location(low), Location(high)))
    inside = (samples.x >= samples.low) & (samples.x <= samples.high)
    return Scan(
        expression,
        {other: values for other, values in point.items() if other != name},
        name,
        low,
        high,
        int(inside.sum()),
        features,
        sum(truth.exists for truth in truths),
        left_out,
        not pieces and bool(np.all(np.isnan(samples.value[inside]))),
        pieces,
        tuple(_notes(line, samples, left_out)),
    )


def _check(expression: Expression, point: Point, name: str, low: Values, high: Values) -> None:
    if name not in expression.variables:
        known = ", ".join(expression.variables)
        raise PointError(
            f"{name} is not a variable of {expression}", hint=f"it has {known}" if known else None
        )
    check_point(expression, {**point, name: low})
    for other, values in point.items():
        if values.shape and other != name:
            raise PointError(
                f"{other} has more than one value", hint="a scan looks along one function"
            )
    if not math.isfinite(float(high.floats) - float(low.floats)):
        raise PointError(f"{name}={low}:{high} is not a finite interval")
    if not low.floats < high.floats:
        raise PointError(
            f"{name}={low}:{high} is empty", hint=f"the lower end comes first: {name}={high}:{low}"
        )


# -- the candidates --------------------------------------------------------------------------------


def _candidates(
    line: Line, samples: Samples, low: Location, high: Location
) -> tuple[list[_Candidate], int]:
    """Where f may fail to be smooth, ascending; and how many more crossings were not followed."""
    found: list[_Candidate] = []
    followed = left_out = 0
    with mpmath.mp.workdps(2 * DIGITS):
        start, stop = low(), high()
        same = (stop - start) * _SAME
        for crossing in crossings(samples):
            room = min(MOST_CANDIDATES - len(found), _MOST_BRACKETS - followed)
            integers = list(islice(crossing.integers(), room))
            followed += len(integers)
            if samples.x[crossing.left] < samples.high:
                left_out += crossing.count - len(integers)
            for integer in integers:
                candidate = _candidate(line, samples, crossing, integer)
                if candidate and start - same <= candidate.x <= stop + same:
                    _add(found, candidate, same)
        if not left_out:
            for candidate in _unexplained(line, samples, found):
                _add(found, candidate, same)
    return sorted(found, key=lambda c: c.x), left_out


def _candidate(
    line: Line, samples: Samples, crossing: Crossings, integer: int
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
            better = new if old.place.at is None and new.place.at is not None else old
            found[i] = _Candidate(better.place, better.x, old.nodes | new.nodes)
            return
    found.append(new)


def _unexplained(line: Line, samples: Samples, found: list[_Candidate]) -> Iterator[_Candidate]:
    """Where f becomes undefined though no operation was found critical: a net that catches slips.

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
        root = Root(defined, low, high)
        try:
            root.recognise()
        except ValueError:
            continue
        yield _Candidate(root, root(), frozenset([len(line.expression.nodes) - 1]))


def _truth(line: Line, place: Location) -> Truth:
    with mpmath.mp.workdps(DIGITS):
        spread = line.digits_between(place())
    return examine(line.exactly, place, spread=spread)


def _culprit(expression: Expression, nodes: frozenset[int]) -> str:
    return " and ".join(dict.fromkeys(expression.render(index) for index in sorted(nodes)))


# -- what the scan says of the interval as a whole -------------------------------------------------


def _pieces(
    line: Line, samples: Samples, features: tuple[Feature, ...], low: Location, high: Location
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


def _defined(line: Line, samples: Samples, left: Location, right: Location) -> bool | None:
    """Whether f is defined between two places, at most samples or, as these may have overflowed,
    exactly in the middle; None where the places are one.
    """
    with mpmath.mp.workdps(2 * DIGITS):
        low, high = left(), right()
        if low == high:
            return None
        inside = samples.value[(samples.x > float(low)) & (samples.x < float(high))]
        mostly = 2 * np.sum(np.isfinite(inside)) > len(inside)
        return bool(mostly or not mpmath.isnan(line.exactly((low + high) / 2)))


def _notes(line: Line, samples: Samples, left_out: int) -> Iterator[str]:
    step = (samples.x[-1] - samples.x[0]) / len(samples.x)
    yield (
        f"two critical points nearer than {step:.2g} to each other may be taken for one, "
        "or both be missed"
    )
    said = set()
    for index, critical, _, values in samples.functions:
        fast = blurred(samples.x, values, critical.lattice)
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
        yield f"{count} more places where an operation may be critical were left out"
    if samples.overflowed:
        yield (
            f"at {samples.overflowed} of the {len(samples.x)} samples a value is beyond the range "
            "of a float64: critical points there may be missed"
        )
