"""The three methods side by side: every partial derivative three ways, and the verdict on each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from diffcalc.base.types import FloatArray
from diffcalc.comparison.coordinates import Coordinate, coordinates_among, coordinates_of
from diffcalc.comparison.differentiability import judge_jointly
from diffcalc.comparison.partial_derivatives import (
    Element,
    Partial,
    Quotients,
    StepSizes,
    partial_in,
    quotients_at,
)
from diffcalc.comparison.task import Task
from diffcalc.comparison.truths import Proofs
from diffcalc.comparison.verdict import Judgement, Verdict, judge_missing, worst
from diffcalc.language.expression import Expression
from diffcalc.language.point import (
    Point,
    Values,
    check_gradient,
    check_point,
    check_wrt,
)
from diffcalc.numerical.definition import DIGITS


@dataclass(frozen=True)
class Comparison:
    """An expression at a point: its value there, and its partial derivatives compared.

    `value` is in float64, nan where the expression has no real value.
    """

    expression: Expression
    point: Point
    value: FloatArray
    partials: tuple[Partial, ...]
    joint: Judgement | None = None
    """What is to be said of all variables together that no partial derivative says."""

    @property
    def elements(self) -> list[Element]:
        """Every partial derivative, in order."""
        return [element for partial in self.partials for element in partial.elements]

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts."""
        joint = self.joint.verdict if self.joint else None
        return worst([*(element.judgement.verdict for element in self.elements), joint])


def compare(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    gradient: Values | None = None,
    steps: StepSizes | None = None,
    digits: int = DIGITS,
    order: int = 1,
    every: bool = False,
) -> Comparison:
    """Differentiates `expression` at `point` three ways and judges the result.

    `wrt` selects variables (all of them by default), in each of which it is differentiated `order`
    times. `gradient` is the external gradient of an
    output that is not a single number: it broadcasts to the output's shape, ones by default.
    `digits` is how many digits of the true derivative are computed, 30 at least. Where
    elements are very many, only those in doubt are judged, unless `every` one is asked for.
    Raises `PointError` where values, `wrt` or `gradient` do not fit the expression.
    """
    shape = check_point(expression, point)
    names = _selected(expression, wrt)
    if gradient is not None:
        check_gradient(gradient.shape, shape)
    skipped = _skipped(expression, names, order)
    steps = steps or StepSizes()
    task = Task(expression, point, shape, gradient, steps, digits, skipped=skipped, every=every)
    return _compared(task, names, order)


def prove(
    expression: Expression, point: Point, wrt: Sequence[str]
) -> tuple[list[float], list[tuple[str, Judgement]]] | None:
    """The value, the derivative in each of `wrt`, nan for none, and what to say where that is so.

    All are single numbers. What is said of one variable comes after its name and a colon. None
    where not all is proved.
    """
    task = Task(expression, point, (), None, StepSizes(count=0), DIGITS)
    swept = task.proofs.swept(wrt)
    slopes = [float(swept[name]) for name in wrt]
    if not any(map(math.isnan, slopes)):
        return [float(task.value), *slopes], []
    places = [Coordinate(name, (), "") for name in wrt]
    truths = [task.proofs.truth((place,)) for place in places]
    told = [truth for truth in truths if truth is not None]
    if len(told) < len(truths):
        return None
    several = len(expression.variables) > 1
    judgements = [
        (f"{name}: ", judge_missing(truth, lambda: task.first_undefined, name if several else None))
        for name, truth in zip(wrt, told, strict=True)
        if not truth.exists
    ]
    if tuple(wrt) == expression.variables:
        joint = judge_jointly(task.proofs, point, places, told)
        judgements += [("", joint)] if joint else []
    slopes = [float(truth.derivative) if truth.exists else math.nan for truth in told]
    return [float(task.value), *slopes], judgements


def compare_row(
    expression: Expression,
    point: Point,
    names: Sequence[str],
    gradient: Values,
    digits: int,
    count: int = 0,
) -> Comparison:
    """A row of a Jacobian: as `compare`, but in all of `names`, also those f does not depend on."""
    shape = check_point(expression, point, extra=True)
    seed = gradient if shape else None
    skipped = _skipped(expression, names)
    task = Task(
        expression, point, shape, seed, StepSizes(count=count), digits, row=True, skipped=skipped
    )
    return _compared(task, names, 1)


def _skipped(expression: Expression, names: Sequence[str], order: int = 1) -> str:
    """Why the rules are not for this, in a sentence; empty where they are."""
    # SymPy takes most of a start, and the numerical limit alone does without.
    from diffcalc.symbolic import too_long

    return too_long(expression, names, order)


def _compared(task: Task, names: Sequence[str], order: int) -> Comparison:
    expression, point = task.expression, task.point
    partials = [
        partial_in(task, [(place,) * order for place in places], names)
        for places in _places(expression, point, names, order)
    ]
    joint = None
    if not task.shape and order == 1 and tuple(names) == expression.variables:
        elements = [element for p in partials for element in p.elements]
        places = [element.places[0] for element in elements]
        if not any(place.direction for place in places):
            truths = [element.truth for element in elements]
            joint = judge_jointly(task.proofs, point, places, truths)
    return Comparison(expression, point, task.value, tuple(partials), joint)


def _places(
    expression: Expression, point: Point, names: Sequence[str], order: int
) -> list[list[Coordinate]]:
    """What is compared: the elements of each variable, or directions among all of them."""
    if order == 1 and expression.elementwise and not any(point[n].shape for n in names):
        among = coordinates_among(expression, names)
        if among:
            return [among]
    return [coordinates_of(expression, point, name, directions=order == 1) for name in names]


def second_derivatives(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    gradient: Values | None = None,
    digits: int = DIGITS,
    count: int = 0,
) -> Comparison:
    """All second derivatives three ways, mixed ones in both orders; arguments as of `compare`.

    The variables are in the order of `wrt`, or of `point`.
    """
    shape = check_point(expression, point)
    names = _selected(expression, wrt or list(point))
    if gradient is not None:
        check_gradient(gradient.shape, shape)
    skipped = _skipped(expression, names, order=2)
    task = Task(expression, point, shape, gradient, StepSizes(count=count), digits, skipped=skipped)
    places = {name: coordinates_of(expression, point, name, directions=False) for name in names}
    partials = tuple(
        partial_in(task, list(product(places[column], places[row])))
        for row in names
        for column in names
    )
    return Comparison(expression, point, task.value, partials)


def quotients(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    steps: StepSizes | None = None,
    digits: int | None = None,
    order: int = 1,
) -> list[Quotients]:
    """The h-convergence along every element of the variables `wrt`: the first method alone.

    In float64, or without round-off to this many `digits`. Raises `PointError` as `compare` does.
    """
    steps = steps or StepSizes()
    shape = check_point(expression, point)
    proofs = Proofs(expression, point, None, shape, digits or DIGITS)
    return [
        quotients_at(expression, point, place, steps, digits, order, proofs)
        for places in _places(expression, point, _selected(expression, wrt), order)
        for place in places
    ]


def _selected(expression: Expression, wrt: Sequence[str]) -> Sequence[str]:
    check_wrt(expression, wrt)
    return tuple(dict.fromkeys(wrt)) or expression.variables
