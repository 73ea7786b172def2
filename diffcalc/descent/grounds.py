"""What is proved of the place where a descent came to rest.

On a border the derivatives there are proved, for autograd's 0 is a convention. Elsewhere Newton's
method leads to where the gradient is 0; that exactly one such place is in a box around, and the
signs of the Hessian's eigenvalues in it, are proved by enclosures. Where the second derivatives do
not decide, f is followed from the exact place itself: to both sides, or down to what it is nowhere
less than.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from mpmath.libmp import to_float

from diffcalc.base.types import FloatArray
from diffcalc.descent.objective import Iterate, Objective
from diffcalc.descent.stationary import (
    MOST_EXAMINED,
    Ground,
    Nature,
    Stationary,
    eigenvalues_text,
)
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball
from diffcalc.truth.findings import Proof
from diffcalc.truth.region import Point, Region, around, enclosed, exactly, inertia, middles

# Operations times elements for which f is followed from an exact place: some seconds.
_MOST_FOLLOWED = 20_000
# Newton's steps to where the gradient is 0. To a multiple zero each leaves two thirds or more.
_MOST_STEPS = 100
# By Kantorovich's theorem it is no farther than two of the first step; a zero of order p takes p.
_FAR, _MULTIPLE = 2, 10
# Far more than the rounding of Newton's last step, and still nothing beside the numbers themselves.
_ROOM = 1e-9
# A share of the longest side of a box, so that an element that is at 0 already has room too.
_LEAST = 0.01
# Where a box is too large, its 2**-16th and 2**-32nd part.
_SMALLER = (1.0, 2.0**-16, 2.0**-32)
# Boxes in which f is compared with its value in the middle.
_NEIGHBOURHOODS = (Fraction(1), Fraction(1, 2**10))
_NEAR = ("within 1 ", "within 1/1024 ")
_ENDS = ((Nature.MINIMUM, "lower", "less"), (Nature.MAXIMUM, "upper", "more"))
_BESIDE = "series say what f does on both sides"
_VANISHING = "all the even powers that f is a sum of are 0 at one place there"
_CONSTANT = "the enclosure of f in a box around is one number"
_BOUNDED = "an enclosure of all values of f ends at its value there"
_FOLLOWED = "the gradient is exactly 0 there, and series say what f does beside it"
# A place is tried as the simplest fraction that is near, with a denominator up to this one.
_LARGEST_DENOMINATOR = 10**6
# Directions need not be exact: any in which f falls shows that it does.
_COARSE = 1000
# What differs from autograd's 0 by more is no rounding of the place.
_NOT_ROUNDING = 1e-6


def prove(objective: Objective, iterate: Iterate, tolerance: float) -> Stationary | None:
    """What is proved of a place where the gradient is next to 0; None where nothing is."""
    region = objective.region
    if region is None:
        return None
    rest = _Rest(objective, region, iterate, tolerance)
    found = None if rest.slopes is not None else rest.nonsmooth(rest.here, rest.at(rest.here))
    if found is None and iterate.x.size <= MOST_EXAMINED:
        ways = rest.in_box, rest.at_exact_places, rest.in_valley, rest.steep
        found = next(filter(None, (way() for way in ways)), None)
    return found


class _Rest:
    def __init__(
        self, objective: Objective, region: Region, iterate: Iterate, tolerance: float
    ) -> None:
        self._objective = objective
        self._region = region
        self._iterate = iterate
        self._tolerance = tolerance
        self._x = iterate.x
        self.here = _fractions(iterate.x)
        self.slopes = region.gradient(exactly(iterate.x))
        """None where an operation is on its border."""

    def at(self, place: Sequence[Fraction]) -> Point:
        """What is proved at exactly this place."""
        return self._region.point(place)

    # -- where autograd's 0 is a convention --------------------------------------------------------

    def nonsmooth(self, place: Sequence[Fraction], point: Point) -> Stationary | None:
        """The first derivative on a border that does not exist, or is not next to 0."""
        for index, proof in enumerate(point.gradient):
            if proof.kind == "removable":
                return self._hole(place, proof)
            if proof.known == "undecided" or proof.value is None:
                continue
            if not proof.exists:
                return self._corner(place, proof)
            assert proof.derivative is not None
            if _least(proof.derivative) > self._tolerance:
                return self._not_stationary(index, proof.derivative, proof.assuming)
        return None

    def steep(self) -> Stationary | None:
        """Where autograd's 0 has lost the digits of the derivative."""
        for index, slope in enumerate(self.slopes or ()):
            if _least(slope) > 2 * self._tolerance + _NOT_ROUNDING:
                return self._not_stationary(index, slope, ())
        return None

    def _corner(self, place: Sequence[Fraction], proof: Proof) -> Stationary:
        sides = [side.value for side in (proof.left, proof.right) if side.value is not None]
        slopes = [f"{_middle(side):.4g}" for side in sides]
        what = f"{'an' if proof.kind[0] in 'aeiou' else 'a'} {proof.kind}"
        where = self._objective.near_text(what, np.array([float(one) for one in place]))
        reason = f"the gradient of 0 is a convention of autograd at {where}"
        if len(slopes) == 2:
            reason += f": the slope is {slopes[0]} on one side, {slopes[1]} on the other"
        return Stationary(Nature.CORNER, reason, Ground(_BESIDE, True, proof.assuming))

    def _hole(self, place: Sequence[Fraction], proof: Proof) -> Stationary:
        x = np.array([float(one) for one in place])
        where = self._iterate.place_text(x) + self._away(", which", x)
        reason = f"Newton's steps lead to where f has no value, {where}"
        return Stationary(Nature.UNDEFINED, reason, Ground(_BESIDE, True, proof.assuming))

    def _not_stationary(self, index: int, slope: Ball, assuming: tuple[str, ...]) -> Stationary:
        of = "" if self._x.size == 1 else f" in {self._objective.names[index]}"
        reason = f"autograd's gradient is 0, but the derivative{of} is {_middle(slope):.4g} here"
        low, high = ball.bounds(slope, 6)
        said = f"the derivative{of} is {low}" + f" to {high}" * (low != high)
        return Stationary(Nature.NOT_STATIONARY, reason, Ground(said, True, assuming))

    # -- by the second derivatives -----------------------------------------------------------------

    @cached_property
    def _newton(self) -> tuple[FloatArray, float, FloatArray]:
        """Where Newton's method leads, how long its first step is, and its last one."""
        x, steps = self._x, [np.zeros_like(self._x)]
        for _ in range(_MOST_STEPS):
            slopes, matrix = self._objective(x).slopes, self._objective.hessian(x)
            if not (np.isfinite(slopes).all() and np.isfinite(matrix).all()):
                break
            # The shortest solution, where the matrix is singular.
            step = np.asarray(np.linalg.lstsq(matrix, slopes, rcond=_ROOM)[0], np.float64)
            longer = len(steps) > 1 and np.linalg.norm(step) >= np.linalg.norm(steps[-1])
            if not np.any(step) or longer or not np.isfinite(x - step).all():
                break
            steps.append(step)
            x = x - step
        return x, float(np.linalg.norm(steps[min(1, len(steps) - 1)])), steps[-1]

    def in_box(self) -> Stationary | None:
        """By Krawczyk's operator and the Hessian's signs in a box."""
        middle, first, _ = self._newton
        away = np.abs(middle - self._x)
        whole = 2 * np.maximum(away, _LEAST * np.max(away)) + self._room(middle)
        convex = False
        for share in _SMALLER:
            center = self._simple(middle, self._room(middle) / 1000) if share == 1 else middle
            radius = share * whole
            hessian = self._region.hessian(around(center, radius))
            if hessian is None:
                continue
            signs = inertia(hessian)
            # The gradient of a convex function is nowhere the same twice.
            convex = convex or (share == 1 and signs is not None and max(signs) == self._x.size)
            if signs is None or not self._region.contracts(center, radius, hessian):
                continue
            if not convex and share < 1 and np.linalg.norm(away) > _FAR * first:
                return None
            here = self._region.hessian(exactly(center))
            assert here is not None, "it is part of the box"
            values = np.asarray(np.linalg.eigvalsh(middles(here)), np.float64)
            nature = Nature.SADDLE
            if not all(signs):
                nature = Nature.MINIMUM if signs.positive else Nature.MAXIMUM
            reason = eigenvalues_text(nature, values) + self._away(f"; the {nature}", center)
            box = center, whole if convex else radius
            said = f"exactly one stationary point is in the box {self._iterate.box_text(*box)}"
            ground = Ground(said, True, (), box)
            return Stationary(nature, reason, ground, tuple(values.tolist()))
        return None

    def _room(self, middle: FloatArray) -> FloatArray:
        """What rounding may make of each element."""
        size = np.maximum(np.abs(middle), np.abs(self._x))
        return np.asarray(_ROOM * np.maximum(size, _LEAST * (np.max(size) or 1 / _LEAST)))

    def _simple(self, x: FloatArray, room: FloatArray) -> FloatArray:
        return np.array([float(one) for one in map(_simplest, x, room)])

    def _away(self, what: str, place: FloatArray) -> str:
        """How far a place is, where that is not next to nothing."""
        distance = np.linalg.norm(place - self._x)
        return f"{what} is {distance:.2g} away" if distance else ""

    def in_valley(self) -> Stationary | None:
        """Beside a place where even powers that f is a sum of are all 0."""
        middle, first, _ = self._newton
        place = self._region.vanishing(middle)
        if place is None or np.linalg.norm(place - self._x) > _MULTIPLE * first:
            return None
        where = self._iterate.place_text(place) + self._away(", which", place)
        reason = f"f is nowhere less than at a place beside {where}"
        return Stationary(Nature.MINIMUM, reason, Ground(_VANISHING, True), self._curvatures())

    def _curvatures(self) -> tuple[float, ...]:
        matrix = self._objective.hessian(self._x)
        return tuple(np.linalg.eigvalsh(matrix).tolist()) if np.isfinite(matrix).all() else ()

    # -- by f itself -------------------------------------------------------------------------------

    def at_exact_places(self) -> Stationary | None:
        """By what f does beside an exact place: that of the end, and the simplest one near."""
        middle, first, last = self._newton
        room = _MULTIPLE * np.abs(last) + self._room(middle)
        places = [[_simplest(*pair) for pair in zip(middle, room, strict=True)], self.here]
        for place in places:
            x = np.array([float(one) for one in place])
            if np.linalg.norm(x - self._x) > _MULTIPLE * first + np.linalg.norm(room):
                continue
            point = self.at(place)
            found = self._bounded(place, point)
            if found is None and self._region.nodes * self._x.size <= _MOST_FOLLOWED:
                if all(proof.exists and _is_zero(proof) for proof in point.gradient):
                    found = self._followed(place, point)
                elif not self._is_smooth(place):
                    found = self.nonsmooth(place, point)
            if found is not None:
                return found
        return None

    def _is_smooth(self, place: Sequence[Fraction]) -> bool:
        return self._region.gradient(enclosed(place)) is not None

    def _where(self, place: Sequence[Fraction]) -> str:
        x = np.array([float(one) for one in place])
        return self._iterate.place_text(x) + self._away(", which", x)

    def _bounded(self, place: Sequence[Fraction], point: Point) -> Stationary | None:
        """Where f is nowhere less, or nowhere more, or constant around."""
        where = self._where(place)

        def told(nature: Nature, said: str, way: str, assuming: tuple[str, ...] = ()) -> Stationary:
            return Stationary(nature, said, Ground(way, True, assuming), self._curvatures())

        boxes = [self._region.range(enclosed(place, size)) for size in _NEIGHBOURHOODS]
        if boxes[-1] is not None and ball.is_exact(boxes[-1]):
            return told(Nature.FLAT, f"f is constant around {where}", _CONSTANT)
        for values, near in zip([self._region.everywhere, *boxes], ("", *_NEAR), strict=True):
            for nature, end, word in _ENDS if values is not None else ():
                same = point.equals(getattr(values, end))
                if same is not None:
                    said = f"{near}f is nowhere {word} than at {where}"
                    return told(nature, said, _BOUNDED, same)
        return None

    def _followed(self, place: Sequence[Fraction], point: Point) -> Stationary | None:
        """By what f does in some directions from where its gradient is 0."""
        where = self._where(place)
        assuming = [one for proof in point.gradient for one in proof.assuming]
        seen: set[int] = set()
        for direction in self._directions():
            rise = point.rises(direction)
            if rise is None:
                continue
            assuming += rise.assuming
            seen |= {rise.back, rise.forth}
            if self._x.size == 1:
                nature, said = _ON_A_LINE[tuple(sorted((rise.back, rise.forth)))]
            elif {-1, 1} <= seen:
                nature, said = Nature.SADDLE, "f rises and falls, both, from"
            else:
                continue
            ground = Ground(_FOLLOWED, True, tuple(dict.fromkeys(assuming)))
            return Stationary(nature, f"{said} {where}", ground, self._curvatures())
        return None

    def _directions(self) -> Iterator[list[Fraction]]:
        """Along each axis, between them, and along the eigenvectors of the Hessian."""
        size = self._x.size
        yield from ([Fraction(int(i == k)) for i in range(size)] for k in range(size))
        yield [Fraction(1)] * size
        yield [Fraction((-1) ** i) for i in range(size)]
        matrix = self._objective.hessian(self._newton[0])
        if size > 1 and np.isfinite(matrix).all():
            for vector in np.linalg.eigh(matrix)[1].T:
                yield [Fraction(round(_COARSE * float(one)), _COARSE) for one in vector]


_ON_A_LINE: dict[tuple[int, ...], tuple[Nature, str]] = {
    (1, 1): (Nature.MINIMUM, "f rises on both sides of"),
    (-1, -1): (Nature.MAXIMUM, "f falls on both sides of"),
    (-1, 1): (Nature.FLAT, "f falls on one side and rises on the other of"),
    (0, 1): (Nature.MINIMUM, "f rises on one side and is constant on the other of"),
    (-1, 0): (Nature.MAXIMUM, "f falls on one side and is constant on the other of"),
    (0, 0): (Nature.FLAT, "f is constant on both sides of"),
}


def _fractions(x: FloatArray) -> list[Fraction]:
    return [Fraction(float(one)) for one in x]


def _simplest(x: Any, room: Any) -> Fraction:
    """The simplest fraction so near; the number itself where none is simple."""
    exact, denominator = Fraction(float(x)), 1
    while denominator <= _LARGEST_DENOMINATOR:
        found = exact.limit_denominator(denominator)
        if abs(found - exact) <= room:
            return found
        denominator *= 10
    return exact


def _is_zero(proof: Proof) -> bool:
    return proof.derivative is not None and ball.sign(proof.derivative) == 0


def _least(a: Ball) -> float:
    """A lower bound of the modulus."""
    return 0.0 if ball.contains_zero(a) else float(to_float(ball.absolute(a).lower))


def _middle(a: Ball) -> float:
    return float(ball.about(a))


def prove_corner(objective: Objective, x: FloatArray) -> Ground | None:
    """The proof of a corner, where it is at a simple place; None elsewhere."""
    if objective.region is None:
        return None
    place = [_simplest(one, _ROOM * max(abs(one), 1)) for one in x]
    for proof in objective.region.point(place).gradient:
        if proof.kind in ("corner", "cusp"):
            return Ground(_BESIDE, True, proof.assuming)
    return None
