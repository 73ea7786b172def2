"""Implicit differentiation three ways: dy/dx at a point of the curve F(x, y) = 0.

Where F_y is not 0, the curve near the point is the graph of a function y(x), and dy/dx = -F_x/F_y:
the implicit function theorem. The rules and autograd give F_x and F_y. The numerical limit and the
truth know no such formula: they solve F(x, y) = 0 for y beside the point, and follow the quotient
of that function, which is all that differs from `partial_derivatives.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from diffcalc import autograd
from diffcalc.base.decimals import rounded
from diffcalc.base.errors import DiffcalcError, PointError, ReadError, shell_words
from diffcalc.base.numbers import Algebra, MpNumber, Real, V
from diffcalc.comparison.compare import Comparison, compare
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.curve import Curve, exact_values, points_above
from diffcalc.comparison.partial_derivatives import Element, Partial, StepSizes
from diffcalc.comparison.singular import Singular, singular_point
from diffcalc.comparison.truths import Proofs
from diffcalc.comparison.verdict import (
    Evidence,
    Judgement,
    MissingPartial,
    NoSlope,
    Verdict,
    judge,
)
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.point import (
    Point,
    check_given,
    check_point,
    check_single,
    read_point,
    values_of,
)
from diffcalc.numerical.definition import DIGITS, undecided
from diffcalc.numerical.limit import converge
from diffcalc.numerical.restriction import dynamic_range
from diffcalc.symbolic.elementwise import differentiate_implicitly

if TYPE_CHECKING:
    from diffcalc.symbolic import Derivation

# Small numbers at which many curves of textbooks have another: 3, 4 of a circle, 1 of most.
_TRIED = (3, 1, 2, 4, 5, 0)
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


@dataclass(frozen=True)
class Equation:
    """left = right, and their difference F, which is 0 on the curve."""

    left: Expression
    right: Expression

    @cached_property
    def difference(self) -> Expression:
        """The left less the right; just the left where the right is 0."""
        if str(self.right) == "0":
            return self.left
        builder = Builder()
        names = dict.fromkeys([*self.left.variables, *self.right.variables])
        leaves = {name: builder.add("variable", content=name) for name in names}
        sides = [builder.splice(side, leaves) for side in (self.left, self.right)]
        return builder.finish(builder.add("sub", *sides), str(self))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of both sides."""
        return self.difference.variables

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


@dataclass(frozen=True)
class Slope:
    """The slope of a curve at a point, compared three ways.

    `gradient` compares F_x and F_y. `partial` has the slope as its only element; it is None where
    they do not tell the slope.
    """

    equation: Equation
    point: Point
    independent: str
    dependent: str
    gradient: Comparison
    partial: Partial | None
    judgement: Judgement
    order: int = 1

    @property
    def element(self) -> Element | None:
        """The slope, three ways."""
        return self.partial.elements[0] if self.partial else None


def read_equation(text: str, read: Callable[[str], Expression]) -> Equation:
    """`left = right`, each side read by `read`.

    Raises `ReadError` where there is not one `=`, and what `read` raises, with the caret in `text`.
    """
    signs = list(_EQUALS.finditer(text))
    if len(signs) != 1:
        problem = "this is not an equation" if not signs else "an equation has one = only"
        column = signs[1].start() if signs else None
        hint = None if signs else "write it as in x**2 + y**2 = 25"
        raise ReadError(problem, hint=hint, text=text, column=column)
    sides = []
    for start, end in ((0, signs[0].start()), (signs[0].end(), len(text))):
        try:
            side = read(text[start:end])
        except DiffcalcError as error:
            raise error.inside(text, start) from None
        if not side.elementwise:
            raise ReadError("a curve is of numbers, not of arrays", text=text, column=start)
        sides.append(side)
    return Equation(*sides)


def slope(
    equation: Equation,
    point: Point,
    *,
    of: str = "",
    wrt: str = "",
    order: int = 1,
    steps: StepSizes | None = None,
    digits: int = DIGITS,
) -> Slope:
    """The derivative of `of` in `wrt` along the curve at `point`; other variables are constant.

    Of order 2 it is the second one.

    By default y in x, where these are the two variables, or of two the one that is not given.
    Raises `PointError` where it is not clear which, where values are missing or are no single
    numbers, and where the point is not on the curve.
    """
    dependent, independent = _chosen(equation.variables, of, wrt)
    proofs = Proofs(equation.difference, point, digits=digits)
    _check(equation, point, dependent, proofs)
    gradient = compare(
        equation.difference, point, wrt=(independent, dependent), steps=StepSizes(count=0)
    )
    obstacle = _obstacle(gradient, independent, dependent, proofs)
    partial = None
    if obstacle is None:
        found = Curve(equation.difference, point, independent, dependent)
        partial = _partial(found, order, steps or StepSizes(), proofs)
        obstacle = partial.elements[0].judgement
    return Slope(equation, point, independent, dependent, gradient, partial, obstacle, order)


def _chosen(variables: Sequence[str], of: str, wrt: str) -> tuple[str, str]:
    """The dependent and the independent variable."""
    for name in filter(None, (of, wrt)):
        if name not in variables:
            known = ", ".join(variables) or "none"
            raise PointError(f"{name} is not in the equation", hint=f"its variables: {known}")
    if len(variables) < 2:
        raise PointError("a curve needs two variables", hint="write it as in x**2 + y**2 = 25")
    if not (of or wrt) and set(variables) == {"x", "y"}:
        of, wrt = "y", "x"
    if len(variables) == 2 and bool(of) != bool(wrt):
        (other,) = {*variables} - {of, wrt}
        of, wrt = of or other, wrt or other
    if not (of and wrt) or of == wrt:
        names = f"--of {variables[1]} --wrt {variables[0]}"
        raise PointError("say which variable depends on which", hint=f"as in {names}")
    return of, wrt


def _check(equation: Equation, point: Point, dependent: str, proofs: Proofs) -> None:
    """Raises `PointError` unless the point is single numbers and lies on the curve."""
    check_single(equation.difference, point, "a curve has one slope at a point")
    check_given(
        equation.variables, point, lambda names: _on_the_curve(equation, point, dependent, names)
    )
    check_point(equation.difference, point)
    left, right, apart = _values(equation, point)
    sign, value = proofs.sign(), proofs.value()
    if sign is not None and sign[0] == 0:
        apart = 0
    elif sign is not None and value is not None and not apart:
        apart = value.item()
    for side, found in ((equation.left, left), (equation.right, right)):
        if mpmath.isnan(found):
            raise PointError(f"{side} has no real value here")
    if apart:
        at = ", ".join(f"{name} = {point[name]}" for name in equation.variables)
        raise PointError(
            f"{at} is not on the curve: the sides differ by {rounded(abs(apart))}",
            hint=f"{equation.left} is {rounded(left)}, {equation.right} is {rounded(right)}",
        )


def _on_the_curve(equation: Equation, point: Point, dependent: str, missing: list[str]) -> str:
    """Values for all that have none, to be typed in, of a point on the curve if one is found."""
    if missing == [dependent]:
        above = points_above(equation.difference, point, dependent)
        none = f"give others, none was found for {dependent} here"
        return f"{' or '.join(above)} is on the curve" if above else none
    solved = dependent if dependent in missing else missing[-1]
    for tried in _TRIED if len(missing) > 1 else _TRIED[:1]:
        others = {**point, **dict.fromkeys(missing, values_of(tried, typed=True))}
        del others[solved]
        for found in points_above(equation.difference, others, solved):
            whole = others | read_point([found])
            # Most are rounded, and so are next to the curve.
            if not _values(equation, whole)[2]:
                return f"add {shell_words(['--at', *(f'{n}={whole[n]}' for n in missing)])}"
    return "give those of a point on the curve with --at"


def _values(equation: Equation, point: Point) -> tuple[MpNumber, MpNumber, Any]:
    """Both sides and their difference, with digits enough for all their terms."""
    with mpmath.mp.workdps(DIGITS):
        enough = 2 * DIGITS + dynamic_range(equation.difference, exact_values(point))
    with mpmath.mp.workdps(enough):
        sides = (equation.left, equation.right, equation.difference)
        values = [side(exact(), **_of(side, exact_values(point))) for side in sides]
        return values[0], values[1], values[2]


def _of(expression: Expression, values: dict[str, MpNumber]) -> dict[str, MpNumber]:
    return {name: values[name] for name in expression.variables}


def _obstacle(
    gradient: Comparison, independent: str, dependent: str, proofs: Proofs
) -> Judgement | None:
    """Why F_x and F_y do not tell the slope; None where they do."""
    for element in gradient.elements:
        if not element.truth.exists:
            one = element.judgement
            found = MissingPartial(element.name, one)
            return Judgement(one.verdict, one.kind, found, {})
    across, along = (element.truth.derivative for element in gradient.elements)
    if along:
        return None
    if across:
        slope = NoSlope(independent, dependent, across)
        return Judgement(Verdict.NOT_DIFFERENTIABLE, "vertical tangent", slope, {})
    point = singular_point(proofs.prover, independent, dependent) or Singular("")
    slope = NoSlope(independent, dependent, across, *point)
    return Judgement(Verdict.NOT_DIFFERENTIABLE, point.kind or "singular point", slope, {})


def _by_autograd(curve: Curve, values: Mapping[str, Any], algebra: Algebra[V], order: int) -> V:
    """-F_x/F_y, from one walk back, or from one more its own slope on the curve."""
    record = autograd.record(curve.function, values, numbers=algebra)
    x, y = record.leaves[curve.name], record.leaves[curve.dependent]
    if order == 1:
        slopes = record.gradients()
        return algebra["div"](-slopes[curve.name], slopes[curve.dependent])
    across, along = record.cotangents([x, y], create_graph=True)
    assert across is not None
    assert along is not None
    slope = -across / along
    found = autograd.Record([slope], record.leaves).cotangents([x, y])
    in_x, in_y = (0 if one is None else one.data for one in found)
    result: V = in_x + in_y * slope.data
    return result


@dataclass(frozen=True, kw_only=True)
class _CurveEvidence(Evidence):
    """Evidence on the slope of a curve."""

    curve: Curve
    derivation: "Derivation"
    order: int

    def exactly(self, method: str) -> Real:
        """The slope by the formula or the tape, in mpmath numbers."""
        values = exact_values(self.curve.point)
        if method == "symbolic":
            return self.derivation(values, exact())
        return _by_autograd(self.curve, values, exact(), self.order)


def _partial(curve: Curve, order: int, steps: StepSizes, proofs: Proofs) -> Partial:
    """The slope, or its own derivative, as a partial derivative, for all that shows one."""
    found = differentiate_implicitly(curve.function, curve.name, curve.dependent, order)
    derivation = found[-1]
    floats = curve.floats
    with np.errstate(all="ignore"):
        formula = float(derivation(floats))
        backward = float(_by_autograd(curve, floats, FLOAT, order)) + 0.0
    convergence = converge(curve.value, curve.x, order=order, **steps.settings())
    truth = proofs.along_curve(curve.name, curve.dependent, order) or undecided(mpmath.mpf(curve.y))
    judgement = judge(
        _CurveEvidence(
            truth=truth,
            numerical=convergence.limit,
            symbolic=formula,
            autograd=backward,
            along=curve.name,
            curve=curve,
            derivation=derivation,
            order=order,
        )
    )
    place = Coordinate(curve.name, (), str(curve.point[curve.name]))
    places = (place,) * order
    element = Element(places, convergence, truth, judgement, formula, backward, False)
    return Partial((curve.name,) * order, tuple(found), (element,))
