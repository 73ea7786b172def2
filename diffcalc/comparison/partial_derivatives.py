"""Partial derivatives three ways: each method asked at its element, and the verdict on it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import mpmath
import numpy as np

from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.evidence import (
    ElementEvidence,
    LineEvidence,
    in_digits_enough,
    line_at,
    moved,
)
from diffcalc.comparison.many_elements import Many, look_at_many
from diffcalc.comparison.task import Task
from diffcalc.comparison.truths import Proofs, truth_of
from diffcalc.comparison.verdict import Idle, Judgement, Verdict, judge
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, Values
from diffcalc.numerical.definition import (
    DIGITS,
    TOO_LARGE,
    Truth,
    converge_exactly,
    observe,
    undecided,
)
from diffcalc.numerical.limit import NOT_TAKEN, Convergence, converge, mixed_limit
from diffcalc.numerical.quotients import Difference
from diffcalc.numerical.restriction import (
    ArrayRestriction,
    Restriction,
)
from diffcalc.numerical.round_off import noise
from diffcalc.truth.ball import ZERO
from diffcalc.truth.findings import analytic

if TYPE_CHECKING:
    from diffcalc.symbolic import Derivation

_Told = TypeVar("_Told")


@dataclass(frozen=True)
class StepSizes:
    """Which h to show: `count` of them from `start`, each `factor` times the one before."""

    kind: Difference = "forward"
    start: float = 0.1
    factor: float = 0.1
    count: int = 5

    def settings(self) -> dict[str, Any]:
        """The arguments of `converge`."""
        return asdict(self)


@dataclass(frozen=True)
class Quotients:
    """The difference quotients along one element of one variable, and the truth of their limit.

    `places` are the elements that are differentiated in, one after the other: one for each order.
    """

    places: tuple[Coordinate, ...]
    convergence: Convergence
    truth: Truth
    judgement: Judgement

    @property
    def order(self) -> int:
        """The order of the derivative."""
        return len(self.places)

    @property
    def distinct(self) -> list[Coordinate]:
        """The places, each once."""
        return list(dict.fromkeys(self.places))

    @property
    def name(self) -> str:
        """`x`, `a[0]`, or `x, y` for a mixed derivative."""
        return ", ".join(place.name for place in self.distinct)


@dataclass(frozen=True)
class Element(Quotients):
    """One partial derivative, three ways: the numerical limit is in `convergence`.

    `symbolic` and `autograd` are float64 values, the first None where the rules were skipped. It is
    `idle` where no output depends on its places together, so that the derivative is 0 whatever the
    formula is; `repeated` where it is that of another element, in the other order.
    """

    symbolic: float | None
    autograd: float
    idle: bool = False
    repeated: bool = False


class Partial(NamedTuple):
    """All partial derivatives in the same variables, and the formulas found by rules.

    `derivations` has one for each order; it ends early where there is no formula, and where the
    rules were `skipped`, which says why, it is empty. `variables` is empty where the elements are
    directions among all of them.
    """

    variables: tuple[str, ...]
    derivations: tuple["Derivation", ...]
    elements: tuple[Element, ...]
    seed: Values | None = None
    """The external gradient, where the first formula has it in it by the name `seed_name`."""
    many: Many | None = None
    """What is known of elements that are too many for a numerical limit along each.

    `elements` has those that do not agree, and then the directions.
    """
    whole: "Derivation | None" = None
    """The gradient of the sum, where `derivations` are of each element (see `Task.whole`)."""
    skipped: str = ""

    @property
    def formula(self) -> str:
        """The derivative as text; the whole matrix where the second one of an array has a name.

        Empty where the rules were skipped.
        """
        if self.skipped:
            return ""
        if not self.derivations:
            return "0"
        if self.whole is not None:
            return self.whole.text
        if len(self.variables) == 1 or self.derivation.matrix is None:
            return self.derivation.text
        mixed = any(len(element.distinct) > 1 for element in self.elements)
        return self.derivation.matrix if mixed else f"diag({self.derivation.matrix})"

    @property
    def seed_name(self) -> str | None:
        """What the external gradient is called in the formula."""
        return None if self.skipped else (self.whole or self.derivations[0]).seed

    @property
    def derivation(self) -> "Derivation":
        """The last one, of the derivative itself."""
        return self.derivations[-1]


def _repeated(task: Task, places: tuple[Coordinate, ...]) -> Element | None:
    """The derivative in these places from that in the other order, where it is the same."""
    twin = task.found.get(places[::-1])
    if twin is None or not twin.truth.smooth:
        return None
    return replace(twin, places=places, repeated=len({*places}) > 1)


def partial_in(
    task: Task, places: Sequence[tuple[Coordinate, ...]], names: Sequence[str] = ()
) -> Partial:
    """The partial derivatives in these places, all of the same variables.

    Where they are directions among several variables, those are the `names`.
    """
    first = places[0][0]
    variables = () if first.among else tuple(place.variable for place in places[0])
    if task.is_idle(variables):
        return Partial(variables, (), tuple(_idle(each) for each in places))
    again = task.expression.elementwise and all(_repeated(task, each) for each in places)
    derivations = task.derivations(variables[::-1] if again else variables)
    elements = []
    many = None
    if first.direction:
        formulas = {v: task.formula(derivations, v) for v in variables if derivations}
        many, judged = look_at_many(task, variables or names, formulas)
        for place in judged:
            truth = task.proofs.truth((place,))
            assert truth is not None
            formula = float(formulas[place.variable][place.index]) if formulas else None
            elements.append(_unmeasured(task, place, derivations, formula, truth))
    for each in places:
        task.found[each] = _repeated(task, each) or _element(task, each, derivations)
        elements.append(task.found[each])
    whole = task.whole(variables)
    return Partial(
        variables, derivations, tuple(elements), task.gradient, many, whole, task.skipped
    )


def _idle(places: tuple[Coordinate, ...]) -> Element:
    convergence = Convergence("forward", (), NOT_TAKEN, order=len(places))
    truth = truth_of(analytic(ZERO))
    assert truth is not None
    judgement = Judgement(Verdict.AGREE, "", Idle(), {})
    return Element(places, convergence, truth, judgement, 0.0, 0.0, idle=True)


def _unmeasured(
    task: Task,
    place: Coordinate,
    derivations: Sequence["Derivation"],
    formula: float | None,
    truth: Truth,
) -> Element:
    """One of very many elements, along which no numerical limit is taken."""
    backward = task.backward((place,))
    convergence = Convergence(task.steps.kind, (), NOT_TAKEN)
    judgement = judge(
        ElementEvidence(
            truth=truth,
            numerical=NOT_TAKEN,
            symbolic=formula,
            autograd=backward,
            along=moved(task.expression, task.point, place),
            skipped=task.skipped,
            task=task,
            place=place,
            derivations=derivations,
        )
    )
    return Element((place,), convergence, truth, judgement, formula, backward)


def _element(
    task: Task, places: tuple[Coordinate, ...], derivations: Sequence["Derivation"]
) -> Element:
    order = len(places)
    line = line_at(task.expression, task.point, places, task.gradient)
    derivation = derivations[-1] if derivations else None
    seeds = {name: Values(found) for name, found in task.seeds(derivations, places).items()}
    formula = None
    if derivation is not None:
        with np.errstate(all="ignore"):
            floats = {name: seed.floats for name, seed in seeds.items()}
            formula = line.along(derivation({**line.float_values, **floats}))
    backward = task.backward(places)
    convergence = _convergence(line, task.steps, order)
    truth = task.proofs.truth(places) or _observed(line, order, task.digits)
    judgement = judge(
        LineEvidence(
            truth=truth,
            numerical=convergence.limit,
            symbolic=formula,
            autograd=backward,
            along=moved(task.expression, task.point, places[-1]),
            order=order,
            skipped=task.skipped,
            direction=bool(places[-1].direction),
            line=line,
            places=places,
            derivation=derivation,
            seeds=seeds,
        )
    )
    idle = line.weights.size == 0
    return Element(places, convergence, truth, judgement, formula, backward, idle)


def quotients_at(
    expression: Expression,
    point: Point,
    place: Coordinate,
    steps: StepSizes,
    digits: int | None,
    order: int,
    proofs: Proofs,
) -> Quotients:
    """The difference quotients along one element: the first method alone."""
    line = line_at(expression, point, (place,))
    convergence = _convergence(line, steps, order)
    truth = proofs.truth((place,) * order) or _observed(line, order, digits or DIGITS)
    judgement = judge(
        LineEvidence(
            truth=truth,
            numerical=convergence.limit,
            along=moved(expression, point, place),
            order=order,
            line=line,
        )
    )
    if digits is not None:
        convergence = converge_exactly(
            line.exactly,
            line.at,
            truth,
            digits,
            order=order,
            spread=line.spread,
            **steps.settings(),
        )
    return Quotients((place,) * order, convergence, truth, judgement)


def _convergence(line: Restriction, steps: StepSizes, order: int) -> Convergence:
    if line.across is not None:
        found = mixed_limit(lambda s, t: line.value(t, s), float(line.x_across), line.x)
        return Convergence(steps.kind, (), found, order=order)
    # Sums of many terms are where round-off is larger than a value tells.
    absolute_error = noise(line.value, line.x) if isinstance(line, ArrayRestriction) else 0.0
    return converge(
        line.value, line.x, order=order, absolute_error=absolute_error, **steps.settings()
    )


def _observed(line: Restriction, order: int, digits: int) -> Truth:
    """The truth along a line as steps show it.

    Only of first derivatives: what is said of quotients of quotients would rest on too many steps.
    """
    if order > 1:
        return undecided(mpmath.mpf(line.value(line.x, line.across and line.x_across)))
    if in_digits_enough(line.is_given_up, line):
        return undecided(of=TOO_LARGE)
    return observe(line.exactly, line.at, digits, line.spread)
