"""Partial derivatives three ways: each method asked at its element, and the verdict on it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import mpmath
import numpy as np

from diffcalc import autograd
from diffcalc.base.types import FloatArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.lost_digits import worst_loss
from diffcalc.comparison.truths import Proofs, truth_of
from diffcalc.comparison.verdict import Evidence, Idle, Judgement, Verdict, judge, judge_limit
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import ONE, Point, Values, values_of
from diffcalc.numerical.definition import DIGITS, Truth, converge_exactly
from diffcalc.numerical.higher_orders import examine_mixed, examine_order
from diffcalc.numerical.limit import NOT_TAKEN, Convergence, converge, mixed_limit
from diffcalc.numerical.quotients import Difference
from diffcalc.numerical.restriction import (
    ArrayRestriction,
    Direction,
    Restriction,
    dynamic_range,
    restriction_along,
)
from diffcalc.numerical.round_off import noise
from diffcalc.truth.ball import ZERO
from diffcalc.truth.findings import analytic

if TYPE_CHECKING:
    from diffcalc.symbolic import Derivation

_Told = TypeVar("_Told")
# Of more operations no one reads which lost digits.
_LONG = 300


@dataclass(frozen=True)
class StepSizes:
    """Which h to show: `count` of them from `start`, each `factor` times the one before."""

    kind: Difference = "forward"
    start: float = 0.1
    factor: float = 0.1
    count: int = 8

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
    gradients: Mapping[str, FloatArray] = MappingProxyType({})
    """By autograd, of variables whose elements are too many to be compared one by one."""
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


class Task:
    """What the partial derivatives of one expression at one point share.

    `shape` is that of the expression's value, `skipped` why the rules are not applied.
    """

    def __init__(
        self,
        expression: Expression,
        point: Point,
        shape: tuple[int, ...],
        gradient: Values | None,
        steps: StepSizes,
        digits: int,
        row: bool = False,
        skipped: str = "",
    ) -> None:
        self.skipped = skipped
        self.expression = expression
        self.point = point
        self.shape = shape
        self.gradient = gradient
        self.steps = steps
        self.digits = digits
        self._row = row
        self._found: dict[tuple[Coordinate, ...], Element] = {}
        self._derivations: dict[tuple[str, ...], tuple[Derivation, ...]] = {}
        self._seed = np.broadcast_to((gradient or ONE).floats, shape)

    def whole(self, variables: Sequence[str]) -> "Derivation | None":
        """The gradient by the rules of arrays, where an elementwise derivative says less.

        That is so where a variable was broadcast, or an external gradient is given. A row of a
        Jacobian has its elements beside it.
        """
        if not variables or self.skipped:
            return None
        (name, *again) = variables
        shape = self.point[name].shape
        plain = shape == self.shape and not self.seeded
        if plain or again or self._row or not self.expression.elementwise:
            return None
        from diffcalc.symbolic import differentiate

        return differentiate(self.expression, name, self.shapes, self.seeded, whole=True)

    @cached_property
    def proofs(self) -> Proofs:
        """What can be proved of all derivatives."""
        return Proofs(self.expression, self.point, self.gradient, self.shape, self.digits)

    @cached_property
    def value(self) -> FloatArray:
        """The value, evaluated exactly and rounded: nan where it is not real."""
        proved = self.proofs.value()
        if proved is not None:
            return proved.reshape(self.shape)
        constants = {name: self.point[name] for name in self.expression.variables}
        with mpmath.mp.workdps(DIGITS):
            values = {name: found.exactly()[()] for name, found in constants.items()}
            enough = 2 * DIGITS + dynamic_range(self.expression, values)
        with mpmath.mp.workdps(enough):
            values = {name: found.exactly()[()] for name, found in constants.items()}
            return np.asarray(self.expression(exact(), **values), dtype=object).astype(np.float64)

    @cached_property
    def _variables_of_terms(self) -> list[set[str]]:
        return self.expression.variables_of_terms()

    def is_idle(self, variables: Sequence[str]) -> bool:
        """Whether f has a value, and none of its terms has all of these variables."""
        together = {*variables}
        if len(together) < 2 or any(together <= each for each in self._variables_of_terms):
            return False
        return not np.isnan(self.value).any()

    def repeated(self, places: tuple[Coordinate, ...]) -> Element | None:
        """The derivative in these places from that in the other order, where it is the same."""
        twin = self._found.get(places[::-1])
        if twin is None or not twin.truth.smooth:
            return None
        return replace(twin, places=places, repeated=len({*places}) > 1)

    def element(
        self, places: tuple[Coordinate, ...], derivations: Sequence["Derivation"]
    ) -> Element:
        """The derivative in these places."""
        found = self.repeated(places) or _element(self, places, derivations)
        self._found[places] = found
        return found

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the variables."""
        return {name: self.point[name].shape for name in self.expression.variables}

    @property
    def seeded(self) -> bool:
        """Whether formulas have the external gradient in them, by a name."""
        return self.gradient is not None

    def derivations(self, variables: Sequence[str]) -> tuple["Derivation", ...]:
        """The derivatives in one variable after the other, by rules.

        Where a product has a factor of 0, prod(x)/x has no value; a longer formula does.
        """
        if self.skipped:
            return ()
        key = tuple(variables)
        if key not in self._derivations:
            self._derivations[key] = self._derived(key)
        return self._derivations[key]

    def _derived(self, variables: Sequence[str]) -> tuple["Derivation", ...]:
        # SymPy takes most of a start, and the numerical limit alone does without.
        from diffcalc.symbolic import differentiate, differentiate_again

        found = differentiate_again(self.expression, variables, self.shapes, seeded=self.seeded)
        products = any(node.operation == "prod" for node in self.expression.nodes)
        if products and len(found) == len(variables) == 1 and not self._has_value(found):
            (name,) = variables
            settings = {"whole": True, "careful": True}
            found = [differentiate(self.expression, name, self.shapes, self.seeded, **settings)]
        return tuple(found)

    def _has_value(self, derivations: Sequence["Derivation"]) -> bool:
        """Whether a formula of the first derivative has finite values at the point."""
        values = {name: self.point[name].floats for name in self.expression.variables}
        for name, constants in self.seeds(derivations, ()).items():
            values[name] = Values(constants).floats
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(derivations[0](values))))

    def seeds(
        self, derivations: Sequence["Derivation"], places: Sequence[Coordinate]
    ) -> dict[str, Any]:
        """What the formulas of a gradient are multiplied by, as object arrays of constants.

        The first by the external gradient; each further one is of the element before alone.
        """
        found: dict[str, Any] = {}
        for position, derivation in enumerate(derivations):
            if derivation.seed is None:
                continue
            if position == 0:
                values = self.gradient or ONE
                found[derivation.seed] = np.broadcast_to(values.constants, self.shape)
            else:
                before = places[position - 1]
                unit = np.zeros(self.point[before.variable].shape)
                unit[before.index] = 1
                found[derivation.seed] = values_of(unit).constants
        return found

    @cached_property
    def _recorded(self) -> tuple[Any, Mapping[str, autograd.Tensor]]:
        """The forward pass: the result and its leaves."""
        leaves = {
            name: autograd.tensor(self.point[name].floats, requires_grad=True)
            for name in self.expression.variables
        }
        with np.errstate(all="ignore"):
            return self.expression(autograd.algebra(), **leaves), leaves

    @cached_property
    def gradients(self) -> Mapping[str, FloatArray]:
        """One backward pass for all variables."""
        result, leaves = self._recorded
        if leaves and result.requires_grad:
            result.backward(gradient=self._seed)
        return {
            name: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.data
            for name, leaf in leaves.items()
        }

    def backward(self, places: Sequence[Coordinate]) -> float:
        """The partial derivative in these places by autograd: of one place, from the gradient."""
        if len(places) == 1:
            (place,) = places
            if place.direction:
                vectors = place.vectors(self.point)
                return float(sum(np.sum(self.gradients[n] * v) for n, v in vectors.items()))
            gradient = self.gradients.get(place.variable)
            return 0.0 if gradient is None else float(gradient[place.index]) + 0.0
        result, leaves = self._recorded
        if not {place.variable for place in places} <= leaves.keys():
            return 0.0
        along = [(leaves[place.variable], place.index) for place in places]
        # The sum turns -0 into 0.
        return float(autograd.partial_derivative(result, self._seed, along)) + 0.0


def partial_in(task: Task, places: Sequence[tuple[Coordinate, ...]]) -> Partial:
    """The partial derivatives in these places, all of the same variables."""
    first = places[0][0]
    variables = () if first.among else tuple(place.variable for place in places[0])
    if task.is_idle(variables):
        return Partial(variables, (), tuple(_idle(each) for each in places))
    again = task.expression.elementwise and all(task.repeated(each) for each in places)
    derivations = task.derivations(variables[::-1] if again else variables)
    elements = tuple(task.element(each, derivations) for each in places)
    gradients = task.gradients if first.direction else {}
    if first.variable:
        gradients = {name: one for name, one in gradients.items() if name == first.variable}
    whole = task.whole(variables)
    return Partial(variables, derivations, elements, task.gradient, gradients, whole, task.skipped)


def _idle(places: tuple[Coordinate, ...]) -> Element:
    convergence = Convergence("forward", (), NOT_TAKEN, order=len(places))
    truth = truth_of(analytic(ZERO))
    assert truth is not None
    judgement = Judgement(Verdict.AGREE, "", Idle(), {})
    return Element(places, convergence, truth, judgement, 0.0, 0.0, idle=True)


def _element(
    task: Task, places: tuple[Coordinate, ...], derivations: Sequence["Derivation"]
) -> Element:
    order = len(places)
    line = _line(task.expression, task.point, places, task.gradient)
    derivation = derivations[-1] if derivations else None
    seeds = {name: Values(found) for name, found in task.seeds(derivations, places).items()}
    formula = None
    if derivation is not None:
        with np.errstate(all="ignore"):
            floats = {name: seed.floats for name, seed in seeds.items()}
            formula = line.along(derivation({**line.float_values, **floats}))
    backward = task.backward(places)
    convergence = _convergence(line, task.steps, order)
    claims = [backward, convergence.limit.value, *([] if formula is None else [formula])]
    truth = task.proofs.truth(places) or _observed(line, order, task.digits, *claims)
    judgement = judge(
        Evidence(
            truth,
            convergence.limit,
            formula,
            backward,
            {
                "symbolic": lambda: _symbolic_exactly(line, derivation, seeds),
                "autograd": lambda: _autograd_exactly(line, places),
            },
            _told(line.first_undefined, line),
            _told(line.at_corners, line),
            lambda: _where_lost(line, derivation),
            _along(task.expression, task.point, places[-1]),
            order,
            lambda: line.spread,
            task.skipped,
        )
    )
    idle = line.weights.size == 0
    return Element(places, convergence, truth, judgement, formula, backward, idle)


def _line(
    expression: Expression,
    point: Point,
    places: Sequence[Coordinate],
    gradient: Values | None = None,
) -> Restriction:
    first, last = places[0], places[-1]
    if last.direction:
        return Direction(expression, point, last.vectors(point), gradient)
    across = None if first == last else (first.variable, first.index)
    return restriction_along(expression, point, last.variable, last.index, gradient, across)


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
    line = _line(expression, point, (place,))
    convergence = _convergence(line, steps, order)
    truth = proofs.truth((place,) * order) or _observed(
        line, order, digits or DIGITS, convergence.limit.value
    )
    judgement = judge_limit(
        truth,
        convergence.limit,
        _told(line.first_undefined, line),
        lambda: _where_lost(line),
        _along(expression, point, place),
        order,
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


def _along(expression: Expression, point: Point, place: Coordinate) -> str | None:
    """What moves, where there is something else that is constant."""
    if place.among:
        return place.name
    if expression.elementwise:
        return place.variable if len(expression.variables) > 1 else None
    sizes = [point[name].constants.size for name in expression.variables]
    return place.name if sum(sizes) > 1 else None


def _convergence(line: Restriction, steps: StepSizes, order: int) -> Convergence:
    if line.across is not None:
        found = mixed_limit(lambda s, t: line.value(t, s), float(line.x_across), line.x)
        return Convergence(steps.kind, (), found, order=order)
    # Sums of many terms are where round-off is larger than a value tells.
    absolute_error = noise(line.value, line.x) if isinstance(line, ArrayRestriction) else 0.0
    return converge(
        line.value, line.x, order=order, absolute_error=absolute_error, **steps.settings()
    )


def _told(tell: Callable[[], _Told], line: Restriction) -> Callable[[], _Told]:
    """What a line tells of the point, in digits enough to tell its terms apart."""

    def told() -> _Told:
        with mpmath.mp.workdps(2 * DIGITS + line.spread):
            return tell()

    return told


def _observed(line: Restriction, order: int, digits: int, *claims: float) -> Truth:
    """The truth along a line, resolved finely enough to confirm the smallest of these claims."""
    sizes = [abs(c) for c in claims if c and math.isfinite(c)]
    settings: dict[str, Any] = {
        "smallest": min(sizes, default=1.0), "digits": digits, "spread": line.spread,
    }  # fmt: skip
    if line.across is None:
        return examine_order(order, line.exactly, line.at, **settings)
    name = line.across[0]
    return examine_mixed(lambda s, t: line.exactly(t, s), line.at_across, line.at, name, **settings)


def _where_lost(line: Restriction, derivation: "Derivation | None" = None) -> str | None:
    """The operation that lost digits, in the expression or else in the formula found by rules.

    In a long expression it is not looked for: that takes longer than a reader needs.
    """
    if (
        line.weights.size != 1
        or not line.expression.elementwise
        or len(line.expression.nodes) > _LONG
    ):
        return None
    programs = [("", line.expression)]
    if derivation is not None and derivation.program is not None:
        programs.append(("in the formula ", derivation.program))
    for place, program in programs:
        floats = {**line.float_values, line.name: np.float64(line.x)}
        with mpmath.mp.workdps(2 * DIGITS):
            exactly = line.exact_values(line.at())
        loss = worst_loss(
            program,
            {name: floats[name] for name in program.variables},
            {name: exactly[name] for name in program.variables},
        )
        if loss is not None:
            return f"{place}{loss}"
    return None


def _symbolic_exactly(
    line: Restriction, derivation: "Derivation | None", seeds: Mapping[str, Values]
) -> Any:
    assert derivation is not None, "the rules were skipped"
    values = line.exact_values(line.at())
    values |= {name: seed.exactly()[()] for name, seed in seeds.items()}
    return line.along_exactly(derivation(values, exact()))


def _autograd_exactly(line: Restriction, places: Sequence[Coordinate]) -> Any:
    """The same tape, recorded and walked back with mpmath numbers."""
    arrays = isinstance(line, ArrayRestriction)
    # Every output of a line is moved by the one leaf, so all of them are asked for, also where
    # they are equal.
    shape = () if arrays or line.weights.size == 1 else line.weights.shape
    names = {name for place in places for name in (place.variable, *place.among)}
    leaves = {}
    for name, value in line.exact_values(line.at()).items():
        array = np.asarray(value, dtype=object)
        whole = array if arrays else np.broadcast_to(array, shape)
        leaves[name] = autograd.tensor(whole, requires_grad=name in names)
    result = line.expression(autograd.algebra(exact()), **leaves)
    total = exact()["number"](0)
    try:
        if isinstance(line, Direction):
            moving = {n: leaf for n, leaf in leaves.items() if leaf.requires_grad}
            seed = line.cotangent(result.shape)
            found = autograd.grad(result, list(moving.values()), seed)
            return line.slope({n: g.data for n, g in zip(moving, found, strict=True)})
        for index in np.ndindex(shape):
            along = [(leaves[p.variable], p.index if arrays else index) for p in places]
            total += autograd.partial_derivative(result, line.cotangent(result.shape), along)
    except (ArithmeticError, ValueError):
        # mpmath's own numbers raise where IEEE 754 has an infinity.
        return mpmath.nan
    return total
