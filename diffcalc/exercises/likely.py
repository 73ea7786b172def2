"""Which mistake explains a claim that is wrong, in numbers: what it makes of the right values.

A mistake is named only where it gives the claim at every sample, and not the right values as well.
"""

import math
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
# Each pair of so many monomials is tried; with more it would take seconds.
_MONOMIALS = 30
# A factor as near to 1 is no mistake that anyone makes.
_NEAR_ONE = 1e-3


@dataclass(frozen=True)
class Sample:
    """What is claimed and what is right, in arrays of one shape.

    `sizes` has what a sum may be divided by, by name; `others` what a mistake gives, by what is to
    be said of it; `at` the numbers that the derivatives are taken in and `labels` what they are
    called, `error` how far off `right` may be.
    """

    claim: FloatArray
    right: FloatArray
    sizes: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, FloatArray] = field(default_factory=dict)
    at: FloatArray = field(default_factory=lambda: np.zeros(0))
    error: FloatArray | float = 0.0
    labels: Sequence[str] = ()

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
    found = (said for said in order if all(said in each for each in made))
    return next(found, "") or _factor(samples)


def _factor(samples: Sequence[Sample]) -> str:
    """One factor of all components at all samples, where it is a number that a person writes."""
    claim, right = (np.concatenate([np.ravel(v) for v in side]) for side in _sides(samples))
    if len(claim) < _NEEDED:
        return ""
    place = int(np.argmax(np.abs(right)))
    ratio = float(claim[place] / right[place]) if right[place] else 0.0
    size, error = np.max(np.abs(right)), max(float(np.max(s.error)) for s in samples)
    if not _is_simple(ratio) or np.any(np.abs(claim - ratio * right) > _CLOSE * size + 9 * error):
        return ""
    if abs(ratio) > 1:
        return f"the factor {ratio:.4g} is too much" + _AS_A_SUM * (ratio > 2)
    return f"the factor {1 / ratio:.4g} is missing" + _AS_A_MEAN * (0 < ratio < 0.5)


_AS_A_SUM = ", as a sum is for a mean"
_AS_A_MEAN = ", as a mean is for a sum"


def _is_simple(number: float) -> bool:
    """Whether it, twice or three times it, or one over it is whole, or it has two digits."""
    if not math.isfinite(number) or not number or abs(number - 1) < _NEAR_ONE:
        return False
    tries = (number, 2 * number, 3 * number, 1 / number, 2 / number, float(f"{number:.2g}"))
    whole = any(round(n) and abs(n - round(n)) < 1e-4 * abs(n) for n in tries[:-1])
    return whole or abs(tries[-1] - number) < 1e-4 * abs(number)


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
    return Sample(claim, right, sample.sizes, others, sample.at, error, sample.labels)


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
    errors = np.array([np.ravel(np.broadcast_to(s.error, s.right.shape))[i] for s in samples])
    gap = claim - right
    # What is a difference of numbers far larger has no digits to tell a term by.
    if np.any(np.abs(gap) <= 1e3 * errors + 1e-9 * np.abs(right)):
        return ""
    close = _CLOSE + 4 * float(np.max(errors / np.abs(gap)))
    known = list(_monomials(at, samples[0].labels))
    with np.errstate(all="ignore"):
        for text, values in known:
            for what, found in (("term", gap), ("factor", claim / right), ("less", right / claim)):
                told = _fit(what, text, found / values, 10 * close)
                if told:
                    return told
    return _two_terms(known, gap, close) if len(samples) > _NEEDED + 1 else ""


def _two_terms(known: Sequence[tuple[str, FloatArray]], gap: FloatArray, close: float) -> str:
    """Two monomials that make up the gap at every point."""
    size = float(np.max(np.abs(gap)))
    for (one, a), (other, b) in combinations(known[:_MONOMIALS], 2):
        columns = np.column_stack([a, b])
        numbers, *_ = np.linalg.lstsq(columns, gap, rcond=None)
        off = float(np.max(np.abs(columns @ numbers - gap)))
        if off <= 10 * close * size and all(
            n == 1 or _is_simple(float(n)) or abs(n - 1) < 1e-4 for n in numbers
        ):
            sign = 1.0 if numbers[0] > 0 else -1.0
            first, second = (
                _product(sign * float(n), t) for n, t in zip(numbers, (one, other), strict=True)
            )
            text = f"{first} + {second}".replace("+ -", "- ")
            return f"the term {text} is {'too much' if sign > 0 else 'missing'}"
    return ""


def _sides(samples: Sequence[Sample]) -> tuple[list[FloatArray], list[FloatArray]]:
    return [sample.claim for sample in samples], [sample.right for sample in samples]


def _fit(what: str, text: str, ratios: FloatArray, close: float) -> str:
    """The sentence, where all ratios are one small number that a person would write."""
    number = float(np.mean(ratios))
    if not np.all(np.isfinite(ratios)) or np.ptp(ratios) > close * abs(number):
        return ""
    if not (_is_simple(number) or (abs(number - 1) < close and (text or what == "term"))):
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
    return {"1": text, "-1": f"-{text}"}.get(shown, f"{shown}*{text}")


def _monomials(at: FloatArray, names: Sequence[str]) -> Iterator[tuple[str, FloatArray]]:
    """1, x, x^2, x^3, and x*y, with their values at the points."""
    yield "", np.ones(len(at))
    for power in (1, 2, 3):
        for i, name in enumerate(names):
            yield name + (f"^{power}" if power > 1 else ""), at[:, i] ** power
    for i, j in combinations(range(min(len(names), _MONOMIALS)), 2):
        yield f"{names[i]}*{names[j]}", at[:, i] * at[:, j]
