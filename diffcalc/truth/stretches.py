"""What covers an interval: the places that were found, and what f is on the stretches between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import NamedTuple

from mpmath.libmp import mpf_cmp, to_float

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball
from diffcalc.truth.zero import Place

# Places are told apart with so many bits.
_BITS = 500


class Found(NamedTuple):
    """A place where operations are on their borders: their nodes in the expression."""

    place: Place
    nodes: frozenset[int]


class Stretch(NamedTuple):
    """What is known of f between two numbers: "smooth", "outside" its domain, or "open"."""

    kind: str
    low: Ball
    high: Ball

    @property
    def whole(self) -> Ball:
        """The numbers between."""
        return ball.hull(self.low, self.high)


@dataclass
class Cover:
    """The places found, ascending, and the stretches between them."""

    places: list[Found] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)


def between(low: Ball, high: Ball, places: Sequence[Found], stretches: Sequence[Stretch]) -> Cover:
    """The cover from one number to another; stretches are put in order and cut off at the ends."""
    cut = [
        Stretch(
            s.kind,
            low if _before(s.low, low) else s.low,
            high if _before(high, s.high) else s.high,
        )
        for s in stretches
        if _before(s.low, high) and _before(low, s.high)
    ]
    return Cover(list(places), list(_joined(places, sorted(cut, key=cmp_to_key(_by_low)))))


def _by_low(s: Stretch, t: Stretch) -> int:
    return _order(s.low, t.low)


def _joined(found: Sequence[Found], stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one kind made one, unless a place parts them."""
    places = iter([f.place.enclosed(_BITS) for f in found])
    following = next(places, None)
    last: Stretch | None = None
    for one in stretches:
        while following is not None and mpf_cmp(following.lower, one.low.upper) < 0:
            following = next(places, None)
            if last is not None:
                yield last
                last = None
        parted = following is not None and ball.overlaps(following, one.low)
        if parted:
            following = next(places, None)
        if last is not None and last.kind == one.kind and not parted:
            last = Stretch(last.kind, last.low, one.high)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _before(a: Ball, b: Ball) -> bool:
    return bool(mpf_cmp(a.upper, b.lower) < 0)


def _order(a: Ball, b: Ball) -> int:
    return int(mpf_cmp(a.lower, b.lower)) or int(mpf_cmp(a.upper, b.upper))


def merged(found: Sequence[Found]) -> list[Found]:
    """Places in ascending order, those that are one made one."""
    balls = [f.place.enclosed(_BITS) for f in found]

    def by_place(i: int, j: int) -> int:
        return _order(balls[i], balls[j])

    merged: list[tuple[Found, Ball]] = []
    for index in sorted(range(len(found)), key=cmp_to_key(by_place)):
        one, x = found[index], balls[index]
        if merged and ball.overlaps(merged[-1][1], x):
            old = merged[-1][0]
            better = old.place if old.place.at is not None else one.place
            merged[-1] = Found(better, old.nodes | one.nodes), ball.hull(merged[-1][1], x)
        else:
            merged.append((one, x))
    return [one for one, _ in merged]


def midpoint(x: Ball) -> float:
    """About where a ball is, as a float64."""
    return float(to_float(ball.middle(x)))
