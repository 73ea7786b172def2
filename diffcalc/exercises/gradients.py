"""Whether a coded gradient is right: held against the numerical limit, component by component.

Each component of the limit has an error, estimated with the noise of f in it. A claim is right
within that error, wrong beyond it, and where the error leaves no digits, or f has a corner, nothing
is said. Two points beside the user's are looked at too, along a direction each: a mistake may not
show where a number happens to be 0 or 1. Many components are moved together, along random
directions; what is wrong there is found by halving.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.types import FloatArray
from diffcalc.exercises.components import Component, Judged, Told
from diffcalc.exercises.functions import Arguments, Caller, flat_gradient, numbers_of
from diffcalc.exercises.likely import Sample, mistake_in, mistakes_in
from diffcalc.numerical.callables import Along, moved, noise_along
from diffcalc.numerical.limit import Limit

# The error of a limit is an estimate: of 1e5 limits of noisy functions, few are off by more.
_ERRORS = 8.0
# Relative to the gradient: round-off in it, of sums that cancel. No slip is so small.
_ROUND_OFF = 1e-9
_ROUND_OFF_32 = 2e-5
# Three digits: with fewer, what is claimed is not called right.
_TRUSTED = 2e-3
# A component below this share of the largest is judged to this share of the largest.
_OF_LARGEST = 1e-3
# Each takes some 30 evaluations.
_MOST_ALONE = 30
# One may be blind to a mistake by chance, three hardly.
_DIRECTIONS = 3
# A component is weighed at most so many times more or less than the median in a direction.
_WEIGHTS = 1e4
# Nobody reads more, and each takes several halvings.
_MOST_WRONG = 25
_UNSEEN = "not looked at: so many others are not right"
# How far beside the point, relative to 1 or to the number.
_BESIDE = 0.1
# A mistake may be hidden at one point, as at x = 1.
_NEARBY = 2
# Points nearby at which a likely mistake must show as well.
_SAMPLES = 4
# The share of a number's size at which the limit begins.
_FAR = 0.25
# Relative to f: round-off alone is no news.
_NOTED = 1e-11


@dataclass
class _Point:
    """The function and the claim at one point, and what the limit gives along a direction."""

    f: Caller
    vector: FloatArray
    claim: FloatArray
    """A row for each output of f."""
    noise: FloatArray
    sizes: FloatArray
    """The values of f, or its changes near by where those are larger."""
    lines: dict[int, Along] = field(default_factory=dict)
    """The function of each element alone."""

    def along(self, direction: FloatArray) -> Along:
        return Along(lambda t: self.f.beside(self.vector + t * direction))

    def limit(self, k: int, i: int) -> Limit:
        """The limit of output k along element i; all outputs share the values of f."""
        if i not in self.lines:
            self.lines[i] = Along(lambda t: self.f.beside(moved(self.vector, (i,), t)))
        return self.lines[i].limit(float(self.vector[i]), k, 1, float(self.noise[k]))


def check_gradient(
    f: Callable[..., Any],
    gradient: Callable[..., Any],
    at: Any,
    *,
    tolerance: float | None = None,
    beside: int = _NEARBY,
) -> Judged:
    """Whether `gradient` gives the gradient of f at the point.

    `at` is what both take: a number, an array, a list or a tensor; a tuple of several; or a dict of
    them by name. f gives a number, and `gradient` an array in the shape of `at`, or one for each
    argument; an f that gives several has a Jacobian, of the shape of f and then of `at`. A
    component is right within its error, or within `tolerance`, relative to the gradient. `beside`
    says how many points near the point are looked at too.

    Raises `DiffcalcError` where one of the functions fails, or gives what is no gradient.
    """
    arguments = at if isinstance(at, Arguments) else Arguments(at)
    callers = Caller(f, arguments, "the function"), Caller(gradient, arguments, "the gradient")
    check = _Check(*callers, arguments, tolerance)
    point = check.point(arguments.vector)
    judged = check.judge(point)
    place, elsewhere = f"at {arguments}", None
    if all(one.told is not Told.WRONG for one in judged):
        elsewhere = check.look_beside(beside)
        if elsewhere is not None:
            point, judged = elsewhere
            place = f"at {', '.join(f'{v:.6g}' for v in point.vector[:12])}, beside {arguments}"
    mistake, each = check.explain(point, judged)
    told = tuple(
        Component(c.name, c.claim, c.value, c.told, c.error, c.why or each.get(i, ""))
        for i, c in enumerate(judged)
    )
    return Judged(
        callers[0].name,
        callers[1].name,
        place,
        told,
        "by the numerical limit, within its error",
        "observed",
        mistake,
        notes=tuple(check.notes(point, elsewhere is not None)),
        evaluations=callers[0].count,
    )


class _Check:
    """One check: the two functions, and how much a component may be off."""

    def __init__(
        self, f: Caller, gradient: Caller, arguments: Arguments, tolerance: float | None
    ) -> None:
        self.f = f
        self.gradient = gradient
        self.arguments = arguments
        self.relative = tolerance
        self.outputs: tuple[int, ...] = ()
        self.narrow = False

    def point(self, vector: FloatArray) -> _Point:
        """Both functions at a point. Raises `DiffcalcError` where there are no numbers there."""
        if vector is self.arguments.vector:
            for caller in (self.f, self.gradient):
                caller.find_kind(vector)
        # First f: what it keeps of its forward pass, the gradient may use.
        value = numbers_of(self.f.raw(vector), self.f.name)
        self.outputs = () if value.size == 1 else value.shape
        if not np.isfinite(value).all():
            raise DiffcalcError(f"{self.f.name} is {value.ravel()[0]} at {self.arguments}")
        raw = self.gradient.raw(vector)
        claim = flat_gradient(raw, self.arguments, self.outputs, self.gradient.name)
        self.narrow = self.narrow or np.float32 in (claim.dtype, value.dtype)
        line = Along(lambda t: self.f.beside(vector + t * _random(vector, 0)))
        noise = [noise_along(line.element(k), 0.0) for k in range(value.size)]
        sizes = self._sizes(value.ravel().astype(np.float64), line)
        return _Point(self.f, vector, claim.astype(np.float64), np.array(noise), sizes)

    @staticmethod
    def _sizes(value: FloatArray, line: Along) -> FloatArray:
        """At a minimum of 0, f and its gradient say nothing of what is large."""
        changes = [
            np.abs(line.at(t) - value) for t in (-_FAR, _FAR) if line.at(t).size == value.size
        ]
        known = [np.where(np.isfinite(change), change, 0.0) for change in changes]
        found: FloatArray = np.max([np.abs(value), *known], axis=0)
        return found

    # -- every component ---------------------------------------------------------------------------

    def judge(self, point: _Point) -> list[Component]:
        """Each component: alone, or where they are many, those that directions show to be wrong."""
        count = point.vector.size
        if count <= _MOST_ALONE or self.outputs:
            return [
                self._judged(point, k, i, point.limit(k, i))
                for k, i in np.ndindex(point.claim.shape)
            ]
        suspects, unseen = self._suspects(point)
        found = {i: self._judged(point, 0, i, point.limit(0, i)) for i in suspects}
        others = [
            Component(f"∂/∂{label}", c, c, Told.RIGHT)
            for label, c in zip(self.arguments.labels, point.claim[0].tolist(), strict=True)
        ]
        for i in unseen:
            others[i] = replace(others[i], value=math.nan, told=Told.UNKNOWN, why=_UNSEEN)
        return [found.get(i, one) for i, one in enumerate(others)]

    def _judged(self, point: _Point, k: int, i: int, limit: Limit) -> Component:
        labels = self.arguments.labels
        of = "".join(f"[{n}]" for n in np.unravel_index(k, self.outputs)) if self.outputs else ""
        name = f"∂{'f' + of if of else ''}/∂{labels[i]}"
        claim, value, error = float(point.claim[k, i]), float(limit.value), float(limit.error)
        if not math.isfinite(claim):
            return Component(name, claim, value, Told.WRONG, error, f"the gradient is {claim}")
        if not math.isfinite(value):
            left, right = float(limit.left), float(limit.right)
            why = "no limit was found"
            if not (math.isnan(left) or math.isnan(right)):
                why = (
                    f"a corner: the slopes are {left:.6g} from the left, {right:.6g} from the right"
                )
            return Component(name, claim, value, Told.UNKNOWN, error, why)
        largest = float(np.max(np.abs(point.claim[k][np.isfinite(point.claim[k])]), initial=0.0))
        largest = max(largest, _OF_LARGEST * float(point.sizes[k]))
        return self._compared(name, claim, (value, error), largest)

    def _compared(
        self, name: str, claim: float, limit: tuple[float, float], largest: float
    ) -> Component:
        value, error = limit
        size = max(abs(claim), abs(value))
        floor = max(size, _OF_LARGEST * max(largest, size))
        relative = _ROUND_OFF_32 if self.narrow else _ROUND_OFF
        allowed = _ERRORS * error + (self.relative or relative) * floor
        if abs(claim - value) > allowed:
            return Component(name, claim, value, Told.WRONG, error)
        if error > max(_TRUSTED, self.relative or 0) * floor:
            why = f"the limit is known to ± {error:.0e} only: f is noisy"
            return Component(name, claim, value, Told.UNKNOWN, error, why)
        return Component(name, claim, value, Told.RIGHT, error)

    # -- many components ---------------------------------------------------------------------------

    def _suspects(self, point: _Point) -> tuple[list[int], list[int]]:
        """The components that are wrong along random directions, found by halving.

        And those that were not looked at any more, after so many.
        """
        bad = [i for i in range(point.vector.size) if not math.isfinite(point.claim[0, i])]
        rest = [i for i in range(point.vector.size) if i not in set(bad)]
        found: list[int] = list(bad)
        groups = [rest] if any(
            self._along(point, rest, seed).told is not Told.RIGHT for seed in range(_DIRECTIONS)
        ) else []  # fmt: skip
        while groups and len(found) < _MOST_WRONG:
            group = groups.pop()
            if len(group) == 1:
                found += group
                continue
            half = len(group) // 2
            for part in (group[:half], group[half:]):
                told = [self._along(point, part, seed).told for seed in range(2)]
                if any(one is not Told.RIGHT for one in told):
                    groups.append(part)
        return found, [i for group in groups for i in group]

    def _along(self, point: _Point, among: Sequence[int], seed: int) -> Component:
        """The slope along a direction in which all these components weigh about as much."""
        direction = _weighed(point, among, seed)
        line = point.along(direction)
        limit = line.limit(0.0, 0, 1, float(point.noise[0]))
        parts = point.claim[0] * direction
        claim, value, error = float(parts.sum()), float(limit.value), float(limit.error)
        largest = float(np.max(np.abs(parts)))
        # One of them has to be told within what all of them are off by.
        if not math.isfinite(value) or error > _TRUSTED * largest > 0:
            return Component("", claim, value, Told.UNKNOWN)
        return self._compared("", claim, (value, error), largest)

    # -- beside the point --------------------------------------------------------------------------

    def look_beside(self, count: int) -> tuple[_Point, list[Component]] | None:
        """A point near by where the gradient is wrong, and its components there."""
        for seed in range(1, count + 1):
            point = self._near(seed)
            if point is None:
                continue
            for k in range(len(point.claim)):
                wrong = self._is_wrong_along(point, k, seed)
                if wrong:
                    judged = self.judge(point)
                    if any(one.told is Told.WRONG for one in judged):
                        return point, judged
        return None

    def _is_wrong_along(self, point: _Point, k: int, seed: int) -> bool:
        direction = _random(point.vector, seed)
        limit = point.along(direction).limit(0.0, k, 1, float(point.noise[k]))
        parts = point.claim[k] * direction
        if not math.isfinite(limit.value) or not np.isfinite(parts).all():
            return False
        largest = float(np.max(np.abs(parts)))
        slope = float(limit.value), float(limit.error)
        told = self._compared("", float(parts.sum()), slope, largest).told
        return told is Told.WRONG

    def _near(self, seed: int) -> _Point | None:
        """A point beside the user's where both functions have values."""
        for share in (1.0, 0.1, 0.01):
            vector = self.arguments.vector
            vector = vector + share * _BESIDE * _random(vector, seed)
            try:
                point = self.point(vector)
            except DiffcalcError:
                continue
            if np.isfinite(point.claim).all():
                return point
        return None

    # -- what went wrong ---------------------------------------------------------------------------

    def explain(self, point: _Point, judged: Sequence[Component]) -> tuple[str, dict[int, str]]:
        """The mistake that leads to the claim, or those of components, at all of a few points."""
        wrong = [i for i, one in enumerate(judged) if one.told is Told.WRONG]
        wrong = [i for i in wrong if math.isfinite(judged[i].value + judged[i].claim)]
        if not wrong:
            return "", {}
        if len(judged) > _MOST_ALONE or not all(math.isfinite(one.value) for one in judged):
            return self._explain_some([judged[i] for i in wrong], wrong)
        samples = [self._sample(point, judged), *self._more_samples()]
        whole = mistake_in(samples) if len(wrong) > 1 or len(judged) == 1 else ""
        if whole:
            return whole, {}
        flat = [
            Sample(s.claim.ravel(), s.right.ravel(), s.sizes, {}, s.at, np.ravel(s.error), s.labels)
            for s in samples
        ]
        return "", mistakes_in(flat, [one.name for one in judged])

    def _explain_some(
        self, judged: Sequence[Component], places: Sequence[int]
    ) -> tuple[str, dict[int, str]]:
        """The same from the wrong components at the point alone."""
        claim, right, error = (
            np.array([getattr(one, part) for one in judged]) for part in ("claim", "value", "error")
        )
        sample = Sample(claim, right, self._sizes_of_arguments, error=error)
        whole = mistake_in([sample]) if len(judged) > 1 else ""
        each = {} if whole else mistakes_in([sample], [one.name for one in judged])
        return whole, {places[i]: said for i, said in each.items()}

    @property
    def _sizes_of_arguments(self) -> dict[str, int]:
        return {f"n = {n}": n for s in self.arguments.shapes for n in s if n > 2}

    def _more_samples(self) -> Iterator[Sample]:
        for seed in range(11, 11 + _SAMPLES):
            near = self._near(seed)
            if near is None:
                continue
            judged = self.judge(near)
            if all(math.isfinite(one.value) for one in judged):
                yield self._sample(near, judged)

    def _sample(self, point: _Point, judged: Sequence[Component]) -> Sample:
        shape = point.claim.shape if self.outputs else self._own_shape()
        value = np.array([one.value for one in judged]).reshape(shape)
        claim = np.array([one.claim for one in judged]).reshape(shape)
        error = np.array([one.error for one in judged]).reshape(shape)
        return Sample(
            claim, value, self._sizes_of_arguments, {}, point.vector, error, self.arguments.labels
        )

    def _own_shape(self) -> tuple[int, ...]:
        """The gradient's shape: that of a matrix may be seen to be transposed."""
        shapes = self.arguments.shapes
        return shapes[0] if len(shapes) == 1 and len(shapes[0]) == 2 else (-1,)

    def notes(self, point: _Point, elsewhere: bool) -> Iterator[str]:
        """What else is to be known."""
        if elsewhere:
            yield f"at {self.arguments} itself it does not show."
        if self.narrow:
            yield "32-bit numbers: round-off of that size is allowed for."
        noise = float(np.max(point.noise))
        if noise > _NOTED * float(np.max(point.sizes)):
            yield f"f is noisy: its values are off by about {noise:.0e}."


def _random(vector: FloatArray, seed: int) -> FloatArray:
    """A direction in which each number moves by about its size, or by 1."""
    random = np.random.default_rng(1000 + seed)
    sign = random.choice([-1.0, 1.0], vector.size)
    return sign * random.uniform(0.4, 1.0, vector.size) * np.maximum(np.abs(vector), 1.0)


def _weighed(point: _Point, among: Sequence[int], seed: int) -> FloatArray:
    random = np.random.default_rng(seed)
    claim = np.abs(point.claim[0, list(among)])
    middle = float(np.median(claim[claim > 0])) if (claim > 0).any() else 1.0
    weights = middle / np.clip(claim, middle / _WEIGHTS, middle * _WEIGHTS)
    weights[claim == 0] = 1.0
    weights *= random.choice([-1.0, 1.0], len(among)) * random.uniform(0.5, 1.0, len(among))
    found = np.zeros(point.vector.size)
    found[list(among)] = weights / np.max(np.abs(weights))
    return found


def assert_gradient(
    f: Callable[..., Any], gradient: Callable[..., Any], at: Any, **settings: Any
) -> None:
    """Fails unless `check_gradient` finds every component right; the message says which are not."""
    __tracebackhide__ = True
    judged = check_gradient(f, gradient, at, **settings)
    if not judged:
        raise AssertionError(message(judged))


def message(judged: Judged) -> str:
    """The components that are not right, a line each."""
    head = f"{judged.claim} is not the gradient of {judged.function} {judged.place}"
    lines = [f"{head}: {judged.mistake}" if judged.mistake else head]
    for one in judged.wrong[:20]:
        pair = f"{one.claim:.10g}, not {one.value:.10g} ± {one.error:.0e}"
        lines.append(f"  {one.name}: {one.told}: {pair}" + (f": {one.why}" if one.why else ""))
    return "\n".join(lines)
