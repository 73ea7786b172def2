"""All variables together: partial derivatives may exist where the function is not differentiable.

Each partial derivative looks along one axis. If f is differentiable, the slope in a direction v is
the sum of v_k times the k-th partial derivative; and if f has a limit at a point where it is
undefined, it is the same along every path.
"""

from collections.abc import Sequence
from typing import NamedTuple

import mpmath
import numpy as np

from diffcalc.base.numbers import MpNumber
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.truths import Proofs, truth_of
from diffcalc.comparison.verdict import Curved, Judgement, Slanted, Verdict
from diffcalc.language.point import Point
from diffcalc.numerical.definition import DIGITS, Truth

# Limits are proved to more digits than that.
_SAME = mpmath.mpf(10) ** -20


class _Path(NamedTuple):
    """A curve through the point, x_k = its value there + t**power_k, and its name."""

    powers: tuple[int, ...]
    name: str


def judge_jointly(
    proofs: Proofs, point: Point, places: Sequence[Coordinate], truths: Sequence[Truth]
) -> Judgement | None:
    """What a look along slanted lines and curves adds to the partial derivatives' own verdicts.

    `places` are all elements of all variables, and `truths` theirs. None where nothing is added:
    fewer than two elements, a derivative that does not exist, or nothing proved.
    """
    if len(truths) < 2:
        return None
    if all(truth.exists for truth in truths):
        return _slanted(proofs, places, [truth.derivative for truth in truths])
    if all(truth.kind == "removable" for truth in truths):
        at_origin = not any(np.any(point[place.variable].floats) for place in places)
        return _curved(proofs, places, [truth.limit for truth in truths], at_origin)
    return None


def _slanted(
    proofs: Proofs, places: Sequence[Coordinate], partials: Sequence[MpNumber]
) -> Judgement | None:
    joint = proofs.together(places)
    slope = None if joint.proof is None else truth_of(joint.proof)
    if slope is None:
        return None
    with mpmath.mp.workdps(2 * DIGITS):
        pairs = zip(joint.path, partials, strict=True)
        expected = sum(weight * partial for (weight, power), partial in pairs if power == 1)
    slanted = Slanted(joint.path, slope, expected)
    return Judgement(Verdict.NOT_DIFFERENTIABLE, "directions", slanted, {})


def _curved(
    proofs: Proofs, places: Sequence[Coordinate], limits: Sequence[MpNumber], at_origin: bool
) -> Judgement | None:
    names, count = [place.name for place in places], len(limits)
    first, last = names[0], names[-1]
    axis = limits[0]
    rest, front = " = ".join(names[1:]), " = ".join(names[:-1])
    paths = [
        _Path((1,) * count, f"{rest} = {first}"),
        _Path((1,) + (2,) * (count - 1), f"{rest} = {first}**2"),
        _Path((2,) * (count - 1) + (1,), f"{front} = {last}**2"),
    ]
    found: list[tuple[str, MpNumber]] = [
        (f"{n} alone", x) for n, x in zip(names, limits, strict=True)
    ]
    for path in paths:
        truth = proofs.along(places, path.powers)
        if truth is not None:
            found.append((path.name, _limit(truth)))
    for name, value in found:
        if not _close(value, axis):
            curved = Curved(first, axis, name, value, at_origin)
            return Judgement(Verdict.UNDEFINED, "no limit", curved, {})
    return None


def _limit(truth: Truth) -> MpNumber:
    return truth.limit if truth.kind == "removable" else truth.right.value


def _close(one: MpNumber, other: MpNumber) -> bool:
    if not (mpmath.isfinite(one) and mpmath.isfinite(other)):
        return bool(one == other)
    return bool(abs(one - other) <= _SAME * (1 + abs(other)))
