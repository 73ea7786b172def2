"""Which mistake explains a claim that is wrong, in numbers: what it makes of the right values.

A mistake is named only where it gives the claim at every sample, and not the right values as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from diffcalc.base.types import FloatArray

# Both come from float64 in different ways, or from a limit with nine digits; two mistakes that
# people make differ by more.
_CLOSE = 1e-6
# A monomial has a free factor, so that the first sample always fits.
_NEEDED = 3
_MONOMIALS = 30
"""Of more variables not every pair is tried."""


@dataclass(frozen=True)
class Sample:
    """What is claimed and what is right, in arrays of one shape.

    `sizes` has what a sum may be divided by, by name; `others` what a mistake gives, by what is to
    be said of it; `at` the numbers that the derivatives are taken in, `error` how far off `right`
    may be.
    """

    claim: FloatArray
    right: FloatArray
    sizes: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, FloatArray] = field(default_factory=dict)
    at: FloatArray = field(default_factory=lambda: np.zeros(0))
    error: FloatArray | float = 0.0

    def same(self, found: FloatArray, wanted: FloatArray) -> bool:
        """Whether these numbers are the same, but for round-off."""
        if found.shape != wanted.shape:
            return False
        size = np.maximum(np.abs(found), np.abs(wanted))
        return bool(np.all(np.abs(found - wanted) <= _CLOSE * size + 4 * np.asarray(self.error)))

    @property
    def explains(self) -> set[str]:
        """What is to be said of the mistakes that give the claim here."""
        made = {**dict(_scaled(self.right, self.sizes)), **_turned(self.right), **self.others}
        return {said for said, values in made.items() if self.same(self.claim, values)}

    @property
    def tells(self) -> bool:
        """Whether the claim differs from what is right, so that a mistake can show."""
        return not self.same(self.claim, self.right)


def _scaled(right: FloatArray, sizes: Mapping[str, int]) -> Iterator[tuple[str, FloatArray]]:
    yield "the sign is wrong", -right
    yield "a factor 2 is missing", right / 2
    yield "there is a factor 2 too many", right * 2
    yield "the sign is wrong, and a factor 2 is missing", -right / 2
    for name, size in sizes.items():
        yield f"it is {name} times too large, as a sum is for a mean", right * size
        yield f"it is {name} times too small, as a mean is for a sum", right / size


def _turned(right: FloatArray) -> dict[str, FloatArray]:
    if right.ndim == 2:
        return {"it is the transpose, the other layout": right.T}
    return {}


def mistake_in(samples: Sequence[Sample]) -> str:
    """The mistake that leads to all of the claim, at every sample; "" where none is known."""
    telling = [sample for sample in samples if sample.tells]
    if not telling:
        return ""
    made = [sample.explains for sample in samples]
    # In the order of the likeliest first, in which the first sample has them.
    first = telling[0]
    order = [*dict(_scaled(first.right, first.sizes)), *_turned(first.right), *first.others]
    return next((said for said in order if all(said in found for found in made)), "")


def mistakes_in(samples: Sequence[Sample], names: Sequence[str]) -> dict[int, str]:
    """For each component that is wrong, by its place in the flat arrays, its own mistake."""
    found = {}
    flat = [(np.ravel(s.claim), np.ravel(s.right)) for s in samples]
    for i in range(len(names)):
        told = mistake_in([_component(sample, i) for sample in samples])
        told = told or _another(flat, names, i) or _monomial(samples, i)
        if told:
            found[i] = told
    return found


def _component(sample: Sample, i: int) -> Sample:
    others = {said: np.ravel(values)[i] for said, values in sample.others.items()}
    claim, right = np.ravel(sample.claim)[i], np.ravel(sample.right)[i]
    error = float(np.ravel(np.broadcast_to(sample.error, sample.right.shape))[i])
    return Sample(claim, right, sample.sizes, others, sample.at, error)


def _another(flat: Sequence[tuple[FloatArray, FloatArray]], names: Sequence[str], i: int) -> str:
    """Whether this is the value of another component, or the two were swapped."""

    def alike(a: float, b: float) -> bool:
        return abs(a - b) <= _CLOSE * max(abs(a), abs(b))

    if all(alike(claim[i], right[i]) for claim, right in flat):
        return ""
    for j in range(len(names)):
        if j != i and all(alike(claim[i], right[j]) for claim, right in flat):
            both = all(alike(claim[j], right[i]) for claim, right in flat)
            return f"it is swapped with {names[j]}" if both else f"it is that of {names[j]}"
    return ""


def _monomial(samples: Sequence[Sample], i: int) -> str:
    """What is a term too much or too few, or a factor: a number times a power or two.

    It shows only at several points.
    """
    if len(samples) < _NEEDED or not samples[0].at.size:
        return ""
    at = np.array([np.ravel(s.at) for s in samples])
    claim, right = (np.array([np.ravel(v)[i] for v in side]) for side in _sides(samples))
    errors = np.array([np.max(np.broadcast_to(s.error, s.right.shape)) for s in samples])
    gap = claim - right
    # What is a difference of numbers far larger has no digits to tell a term by.
    if np.all(np.abs(gap) > 1e3 * errors + 1e-7 * np.abs(right)) and np.all(right):
        for text, values in _monomials(at):
            for what, found in (("term", gap), ("factor", claim / right), ("less", right / claim)):
                told = _fit(what, text, found / values, _CLOSE)
                if told:
                    return told
    return ""


def _sides(samples: Sequence[Sample]) -> tuple[list[FloatArray], list[FloatArray]]:
    return [sample.claim for sample in samples], [sample.right for sample in samples]


def _fit(what: str, text: str, ratios: FloatArray, close: float) -> str:
    """The sentence, where all ratios are one small number that a person would write."""
    number = float(np.mean(ratios))
    if not np.all(np.isfinite(ratios)) or np.ptp(ratios) > 100 * close * abs(number):
        return ""
    simple = [n for n in (number, number * 2, number * 3) if abs(n - round(n)) < 1e-3 * abs(n)]
    if not number or not simple or abs(number) > 1e6:
        return ""
    if what == "term":
        shown = _product(abs(number), text)
        return f"the term {shown} is {'too much' if number > 0 else 'missing'}"
    shown = _product(number, text)
    return f"the factor {shown} is {'too much' if what == 'factor' else 'missing'}"


def _product(number: float, text: str) -> str:
    shown = f"{number:.4g}"
    if not text:
        return shown
    return text if shown == "1" else f"{shown}*{text}"


def _monomials(at: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    """1, x[i], x[i]^2, x[i]^3, and x[i]*x[j], with their values at the points."""
    yield "", np.ones(len(at))
    count = at.shape[1]
    single = count == 1
    names = ["x"] if single else [f"x[{i}]" for i in range(count)]
    for power in (1, 2, 3):
        for i in range(count):
            yield names[i] + (f"^{power}" if power > 1 else ""), at[:, i] ** power
    for i, j in combinations(range(min(count, _MONOMIALS)), 2):
        yield f"{names[i]}*{names[j]}", at[:, i] * at[:, j]
