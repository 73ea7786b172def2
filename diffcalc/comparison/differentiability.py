"""All variables together: partial derivatives may exist where the function is not differentiable.

Each partial derivative looks along one axis. If f is differentiable, the slope in a direction v is
the sum of v_k times the k-th partial derivative; and if f has a limit at a point where it is
undefined, it is the same along every path. Where nothing is proved, two directions and three paths
are followed: what they find is so, what they do not find is not for that reason so.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import mpmath
import numpy as np

from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.truths import Proofs, truth_of
from diffcalc.comparison.verdict import Curved, Judgement, Slanted, Verdict
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import ONE, Point, Values
from diffcalc.numerical.definition import DIGITS, Truth, examine
from diffcalc.numerical.restriction import dynamic_range
from diffcalc.truth.findings import Joint

_SAME = mpmath.mpf(10) ** -20


class _Path(NamedTuple):
    """A curve through the point: x_k = its value there + weight_k * t**power_k, and its name."""

    weights: tuple[int, ...]
    powers: tuple[int, ...]
    name: str


class _Problem(NamedTuple):
    """A function of several elements at a point, times its external gradient."""

    expression: Expression
    point: Point
    places: Sequence[Coordinate]
    weight: Values


def judge_jointly(
    proofs: Proofs,
    expression: Expression,
    point: Point,
    places: Sequence[Coordinate],
    truths: Sequence[Truth],
    weight: Values = ONE,
) -> Judgement | None:
    """What a look along slanted lines and curves adds to the partial derivatives' own verdicts.

    `places` are all elements of all variables, and `truths` theirs, with the external gradient
    `weight`, a single number, in them. None where nothing is added: fewer than two elements, a
    derivative that does not exist, or nothing found.
    """
    if len(truths) < 2:
        return None
    problem = _Problem(expression, point, places, weight)
    if all(truth.exists for truth in truths):
        slopes, joint = [truth.derivative for truth in truths], proofs.together(places)
        if joint.differentiable is None:
            return _slanted(problem, slopes)
        return None if joint.differentiable else _shown(joint, slopes)
    if all(truth.kind == "removable" for truth in truths):
        return _curved(problem, [truth.limit for truth in truths])
    return None


def _along(problem: _Problem, path: _Path, smallest: Any = 1) -> Truth:
    expression, point = problem.expression, problem.point

    @cache
    def at_point(precision: int) -> tuple[Any, dict[str, Any]]:
        """The weight and the point itself, at mpmath's working precision."""
        values = {name: point[name].exactly() for name in expression.variables}
        return problem.weight.constants.item()(exact()), values

    def values(t: Any) -> dict[str, Any]:
        found = {name: array.copy() for name, array in at_point(mpmath.mp.prec)[1].items()}
        for place, weight, power in zip(problem.places, path.weights, path.powers, strict=True):
            found[place.variable][place.index] += weight * t**power
        return {name: array[()] for name, array in found.items()}

    with mpmath.mp.workdps(DIGITS):
        spread = dynamic_range(expression, values(mpmath.ldexp(1, -30)))
    claim = float(abs(smallest)) or 1.0
    return examine(
        lambda t: at_point(mpmath.mp.prec)[0] * expression(exact(), **values(t)),
        lambda: mpmath.mpf(0),
        smallest=min(claim, 1.0),
        spread=spread,
    )


def _shown(joint: Joint, partials: Sequence[Any]) -> Judgement:
    """The direction that shows it."""
    assert joint.proof is not None
    slope = truth_of(joint.proof)
    assert slope is not None
    return _in_direction(joint.direction, slope, _expected(joint.direction, partials))


def _expected(weights: Sequence[int], partials: Sequence[Any]) -> Any:
    with mpmath.mp.workdps(2 * DIGITS):
        return sum(w * p for w, p in zip(weights, partials, strict=True))


def _in_direction(weights: Sequence[int], slope: Truth, expected: Any) -> Judgement:
    slanted = Slanted(weights, slope, expected)
    return Judgement(Verdict.NOT_DIFFERENTIABLE, "directions", slanted, {})


def _slanted(problem: _Problem, partials: Sequence[Any]) -> Judgement | None:
    count = len(partials)
    for weights in (tuple([1] * count), tuple(range(1, count + 1))):
        path = _Path(weights, tuple([1] * count), "")
        with mpmath.mp.workdps(2 * DIGITS):
            expected = _expected(weights, partials)
            truth = _along(problem, path, expected)
            scale = max(abs(p) for p in partials) + abs(expected)
            if truth.exists and abs(truth.derivative - expected) <= _SAME * scale:
                continue
        return _in_direction(weights, truth, expected)
    return None


def _curved(problem: _Problem, limits: Sequence[Any]) -> Judgement | None:
    names, count = [place.name for place in problem.places], len(limits)
    first, last = names[0], names[-1]
    axis = limits[0]
    rest, front = " = ".join(names[1:]), " = ".join(names[:-1])
    paths = [
        _Path((1,) * count, (1,) * count, f"{rest} = {first}"),
        _Path((1,) * count, (1,) + (2,) * (count - 1), f"{rest} = {first}**2"),
        _Path((1,) * count, (2,) * (count - 1) + (1,), f"{front} = {last}**2"),
    ]
    found: list[tuple[str, Any]] = [(f"{n} alone", x) for n, x in zip(names, limits, strict=True)]
    found += [(path.name, _limit(_along(problem, path))) for path in paths]
    for name, value in found:
        if not _close(value, axis):
            curved = Curved(first, axis, name, value, _at_origin(problem))
            return Judgement(Verdict.UNDEFINED, "no limit", curved, {})
    return None


def _limit(truth: Truth) -> Any:
    return truth.limit if truth.kind == "removable" else truth.right.value


def _close(one: Any, other: Any) -> bool:
    if not (mpmath.isfinite(one) and mpmath.isfinite(other)):
        return bool(one == other)
    return bool(abs(one - other) <= _SAME * (1 + abs(other)))


def _at_origin(problem: _Problem) -> bool:
    return not any(np.any(problem.point[place.variable].floats) for place in problem.places)
