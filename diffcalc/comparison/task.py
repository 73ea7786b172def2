"""What the partial derivatives of one expression at one point share: formulas, tape, proofs."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from diffcalc import autograd
from diffcalc.base.types import FloatArray, Floats, ObjectArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.truths import Proofs
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.point import ONE, Point, Values, values_of
from diffcalc.numerical.definition import DIGITS
from diffcalc.numerical.restriction import dynamic_range, restriction_along

if TYPE_CHECKING:
    from diffcalc.comparison.partial_derivatives import Element, StepSizes
    from diffcalc.symbolic import Derivation


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
        steps: "StepSizes",
        digits: int,
        row: bool = False,
        skipped: str = "",
        every: bool = False,
    ) -> None:
        self.skipped = skipped
        self.every = every
        self.expression = expression
        self.point = point
        self.shape = shape
        self.gradient = gradient
        self.steps = steps
        self.digits = digits
        self._row = row
        self.found: dict[tuple[Coordinate, ...], Element] = {}
        self._exact: dict[tuple[int, str], Any] = {}
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
            # What no variable is in is one number, whatever the shapes of the others.
            return np.broadcast_to(
                proved.reshape(self.shape if proved.size > 1 else ()), self.shape
            )
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
        return bool(np.all(np.isfinite(self._evaluated(derivations))))

    def _evaluated(self, derivations: Sequence["Derivation"]) -> Floats | float:
        """The formula of a first derivative at the point, in float64."""
        values = {name: self.point[name].floats for name in self.expression.variables}
        for name, constants in self.seeds(derivations, ()).items():
            values[name] = Values(constants).floats
        with np.errstate(all="ignore"):
            return derivations[0](values)

    def seeds(
        self, derivations: Sequence["Derivation"], places: Sequence[Coordinate]
    ) -> dict[str, ObjectArray]:
        """What the formulas of a gradient are multiplied by, as object arrays of constants.

        The first by the external gradient; each further one is of the element before alone.
        """
        found: dict[str, ObjectArray] = {}
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

    def formula(self, derivations: Sequence["Derivation"], name: str) -> FloatArray:
        """The rules' gradient in all elements of a variable of an expression of arrays."""
        return np.broadcast_to(self._evaluated(derivations), self.point[name].shape)

    def exact_formula(self, derivations: Sequence["Derivation"], name: str) -> Any:
        """The same in mpmath's precision."""
        key = mpmath.mp.prec, name
        if key not in self._exact:
            values = {each: self.point[each].exactly()[()] for each in self.expression.variables}
            for each, found in self.seeds(derivations, ()).items():
                values[each] = Values(found).exactly()[()]
            formula = derivations[0](values, exact())
            self._exact[key] = np.broadcast_to(np.asarray(formula), self.point[name].shape)
        return self._exact[key]

    def exact_gradient(self, name: str) -> Any:
        """Autograd's gradient in mpmath's precision, from one walk back; nan where it has none."""
        key = mpmath.mp.prec, ""
        if key not in self._exact:
            self._exact[key] = self._walked_exactly()
        return self._exact[key][name]

    def _walked_exactly(self) -> Mapping[str, ObjectArray]:
        values = {name: self.point[name].exactly() for name in self.expression.variables}
        seed = Values((self.gradient or ONE).constants).exactly()
        try:
            return autograd.record(self.expression, values, numbers=exact()).gradients(seed)
        except (ArithmeticError, ValueError):
            # mpmath's own numbers raise where IEEE 754 has an infinity.
            return {name: np.full(value.shape, mpmath.nan) for name, value in values.items()}

    @cached_property
    def first_undefined(self) -> str | None:
        """The first operation that has no real value at the point, as text."""
        for variable in self.expression.variables:
            index = (0,) * len(self.point[variable].shape)
            line = restriction_along(self.expression, self.point, variable, index)
            with mpmath.mp.workdps(2 * DIGITS):
                return line.first_undefined()
        return None

    @cached_property
    def _record(self) -> autograd.Record:
        """The forward pass, in float64."""
        values = {name: self.point[name].floats for name in self.expression.variables}
        return autograd.record(self.expression, values)

    @cached_property
    def gradients(self) -> Mapping[str, FloatArray]:
        """One backward pass for all variables."""
        return self._record.gradients(self._seed)

    def backward(self, places: Sequence[Coordinate]) -> float:
        """The partial derivative in these places by autograd: of one place, from the gradient."""
        if len(places) == 1:
            (place,) = places
            if place.direction:
                vectors = place.vectors(self.point)
                return float(sum(np.sum(self.gradients[n] * v) for n, v in vectors.items()))
            gradient = self.gradients.get(place.variable)
            return 0.0 if gradient is None else float(gradient[place.index]) + 0.0
        leaves = self._record.leaves
        if not {place.variable for place in places} <= leaves.keys():
            return 0.0
        along = [(leaves[place.variable], place.index) for place in places]
        # The sum turns -0 into 0.
        found = autograd.partial_derivative(self._record.result, self._seed, along)
        return float(found) + 0.0
