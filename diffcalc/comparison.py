"""The three methods side by side: every partial derivative three ways, and the verdict on each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import mpmath
import numpy as np

from diffcalc import autograd, numerical, symbolic
from diffcalc.errors import PointError
from diffcalc.expression import Expression
from diffcalc.functions import FloatArray, exact
from diffcalc.joint import judge_jointly
from diffcalc.lines import Line, digits_between
from diffcalc.losses import worst_loss
from diffcalc.numerical import Convergence, Kind
from diffcalc.point import ONE, Point, Values, check_point
from diffcalc.reference import DIGITS, Truth, converge_exactly, examine
from diffcalc.symbolic import Derivation
from diffcalc.verdict import Evidence, Judgement, Verdict, judge, judge_limit


@dataclass(frozen=True)
class Steps:
    """Which h to show: `count` of them from `start`, each `factor` times the one before."""

    kind: Kind = "forward"
    start: float = 0.1
    factor: float = 0.1
    count: int = 8

    def settings(self) -> dict[str, Any]:
        """The arguments of `numerical.converge`."""
        return asdict(self)


@dataclass(frozen=True)
class Quotients:
    """The difference quotients along one element of one variable, and the truth of their limit.

    `index` places it in its variable's array (empty for a single number); `at` is the value there
    as typed.
    """

    variable: str
    index: tuple[int, ...]
    at: str
    convergence: Convergence
    truth: Truth
    judgement: Judgement

    @property
    def name(self) -> str:
        """`x`, or `a[0]` in an array."""
        return self.variable + "".join(f"[{i}]" for i in self.index)


@dataclass(frozen=True)
class Element(Quotients):
    """One partial derivative, three ways: the numerical limit is in `convergence`.

    `symbolic` and `autograd` are float64 values.
    """

    symbolic: float
    autograd: float


@dataclass(frozen=True)
class Partial:
    """All of one variable's partial derivatives, and the formula found by rules."""

    variable: str
    derivation: Derivation
    elements: tuple[Element, ...]


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
        judgements = [e.judgement for e in self.elements]
        judgements += [self.joint] if self.joint else []
        return max((j.verdict for j in judgements), key=lambda v: v.rank)


def compare(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    gradient: Values | None = None,
    steps: Steps | None = None,
    digits: int = DIGITS,
) -> Comparison:
    """Differentiates `expression` at `point` three ways and judges the result.

    `wrt` selects variables (all of them by default). `gradient` is the external gradient of an
    output that is not a single number: it broadcasts to the output's shape, ones by default.
    `digits` is how many digits of the true derivative are worked out, 30 at least.
    Raises `PointError` where values, `wrt` or `gradient` do not fit the expression.
    """
    shape = check_point(expression, point)
    names = _selected(expression, wrt)
    if gradient is not None:
        _check_gradient(gradient.shape, shape)
    gradients = _autograd(expression, point, shape, gradient)
    partials = []
    for name in names:
        derivation = symbolic.differentiate(expression, name)
        elements = tuple(
            _element(
                Line(expression, point, name, index, gradient),
                derivation,
                float(gradients[name][index]),
                steps or Steps(),
                digits,
            )
            for index in np.ndindex(point[name].shape)
        )
        partials.append(Partial(name, derivation, elements))
    joint = None
    if not shape and tuple(names) == expression.variables:
        truths = [element.truth for p in partials for element in p.elements]
        joint = judge_jointly(expression, point, truths, gradient or ONE)
    value = _value(expression, point)
    return Comparison(expression, point, value, tuple(partials), joint)


def quotients(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    steps: Steps | None = None,
    digits: int | None = None,
) -> list[Quotients]:
    """The h-convergence along every element of the variables `wrt`: the first method alone.

    In float64, or without round-off to this many `digits`. Raises `PointError` as `compare` does.
    """
    steps = steps or Steps()
    check_point(expression, point)
    found = []
    for name in _selected(expression, wrt):
        for index in np.ndindex(point[name].shape):
            line = Line(expression, point, name, index)
            convergence = _convergence(line, steps)
            truth = _truth(line, digits or DIGITS, convergence.limit.value)
            judgement = judge_limit(
                truth,
                convergence.limit,
                line.first_undefined,
                partial(_where_lost, line),
                _along(expression, name),
            )
            if digits is not None:
                convergence = converge_exactly(
                    line.exactly, line.at, truth, digits, **steps.settings()
                )
            found.append(Quotients(name, index, line.typed, convergence, truth, judgement))
    return found


def _along(expression: Expression, name: str) -> str | None:
    return name if len(expression.variables) > 1 else None


def _convergence(line: Line, steps: Steps) -> Convergence:
    return numerical.converge(line.value, line.x, **steps.settings())


def _truth(line: Line, digits: int, *claims: float) -> Truth:
    """The truth along a line, resolved finely enough to confirm the smallest of these claims."""
    sizes = [abs(c) for c in claims if c and math.isfinite(c)]
    with mpmath.mp.workdps(DIGITS):
        spread = line.digits_between(line.at())
    return examine(line.exactly, line.at, min(sizes, default=1.0), digits, spread)


def _selected(expression: Expression, wrt: Sequence[str]) -> Sequence[str]:
    if not expression.variables:
        raise PointError(f"{expression} has no variable to differentiate in")
    for name in wrt:
        if name not in expression.variables:
            known = ", ".join(expression.variables)
            raise PointError(f"{name} is not a variable of {expression}", hint=f"it has {known}")
    return tuple(dict.fromkeys(wrt)) or expression.variables


def _check_gradient(given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(given, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise PointError(
            f"the gradient has shape {given}, the result {shape}",
            hint="give one number for each element of the result",
        )


def _value(expression: Expression, point: Point) -> FloatArray:
    """The value, worked out exactly and rounded: nan where it is not real."""
    with mpmath.mp.workdps(DIGITS):
        values = {name: point[name].exactly()[()] for name in expression.variables}
        enough = 2 * DIGITS + digits_between(expression, values)
    with mpmath.mp.workdps(enough):
        values = {name: point[name].exactly()[()] for name in expression.variables}
        return np.asarray(expression(exact(), **values), dtype=object).astype(np.float64)


def _autograd(
    expression: Expression, point: Point, shape: tuple[int, ...], gradient: Values | None
) -> Mapping[str, FloatArray]:
    """One forward and one backward pass for all variables."""
    leaves = {
        name: autograd.tensor(point[name].floats, requires_grad=True)
        for name in expression.variables
    }
    seed = np.broadcast_to((gradient or ONE).floats, shape)
    with np.errstate(all="ignore"):
        result = expression(autograd.algebra(), **leaves)
        if result.requires_grad:
            result.backward(gradient=seed)
    return {
        name: np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.data
        for name, leaf in leaves.items()
    }


def _element(
    line: Line, derivation: Derivation, backward: float, steps: Steps, digits: int
) -> Element:
    with np.errstate(all="ignore"):
        formula = line.weighted(derivation(line.float_values))
    convergence = _convergence(line, steps)
    truth = _truth(line, digits, formula, backward, convergence.limit.value)
    judgement = judge(
        Evidence(
            truth,
            convergence.limit,
            formula,
            backward,
            {
                "symbolic": lambda: _symbolic_exactly(line, derivation),
                "autograd": lambda: _autograd_exactly(line),
            },
            line.first_undefined,
            line.at_corners,
            lambda: _where_lost(line, derivation),
            _along(line.expression, line.name),
        )
    )
    return Element(
        line.name, line.index, line.typed, convergence, truth, judgement, formula, backward
    )


def _where_lost(line: Line, derivation: Derivation | None = None) -> str | None:
    """The operation that lost digits, in the expression or else in the formula found by rules."""
    if line.weights.size != 1:
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


def _symbolic_exactly(line: Line, derivation: Derivation) -> Any:
    return line.weighted_exactly(derivation(line.exact_values(line.at()), exact()))


def _autograd_exactly(line: Line) -> Any:
    """The same tape, recorded and walked back with mpmath numbers."""
    # Every output is moved by the one leaf, so all of them are asked for, also where equal.
    shape = line.weights.shape if line.weights.size > 1 else ()
    values = {
        name: autograd.tensor(np.broadcast_to(np.asarray(value, dtype=object), shape))
        for name, value in line.exact_values(line.at()).items()
    }
    leaf = autograd.tensor(values[line.name].data, requires_grad=True)
    result = line.expression(autograd.algebra(exact()), **values | {line.name: leaf})
    if not result.requires_grad:
        return exact()["number"](0)
    try:
        result.backward(gradient=line.exact_weights().reshape(result.shape))
    except (ArithmeticError, ValueError):
        # mpmath's own numbers raise where IEEE 754 has an infinity.
        return mpmath.nan
    return leaf.grad.data.sum() if leaf.grad is not None else exact()["number"](0)
