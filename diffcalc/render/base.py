"""What every output format can show."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TextIO

import mpmath
import numpy as np

from diffcalc.comparison import Comparison, Element, Quotients
from diffcalc.decimals import decimal
from diffcalc.expression import Expression
from diffcalc.point import Point
from diffcalc.symbolic import Derivation, Step
from diffcalc.verdict import Verdict


@dataclass(frozen=True)
class Options:
    """What to show: which h-sequences below a comparison, and Richardson's extrapolation."""

    sequences: Literal["first", "all", "none"] = "first"
    richardson: bool = False
    digits: int | None = None
    """How many digits of the true derivative to print; None for a float64's."""


@dataclass(frozen=True)
class Definitions:
    """The named functions as `name(parameters) = …`, and the names of the elementary ones."""

    built_in: Sequence[str]
    own: Sequence[str]
    elementary: Sequence[str]


class Renderer(ABC):
    """One output format. A renderer may be given many results; each method writes one."""

    def __init__(self, stream: TextIO, options: Options) -> None:
        self.stream = stream
        self.options = options

    def line(self, text: str = "") -> None:
        """Writes one line."""
        self.stream.write(f"{text}\n")

    @abstractmethod
    def comparison(self, result: Comparison) -> None:
        """The three methods side by side."""

    @abstractmethod
    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        """The h-convergence of one expression's difference quotients."""

    @abstractmethod
    def derivations(self, expression: Expression, found: Sequence[Derivation]) -> None:
        """How the derivatives were found, rule by rule."""

    @abstractmethod
    def definitions(self, found: Definitions) -> None:
        """The named functions."""


def exact_text(element: Quotients, digits: int) -> str:
    """The true derivative to this many digits, `nan` where there is none."""
    return decimal(element.truth.derivative, digits, strip_zeros=False)


def limit_text(element: Quotients, digits: int = 17) -> str:
    """The numerical limit with its error estimate, or what the two sides give where it has none."""
    limit = element.convergence.limit
    if not math.isnan(limit.value):
        return f"{short(limit.value, digits)} ± {limit.error:.0e}"
    if math.isnan(limit.left) and math.isnan(limit.right):
        return "none"
    return f"{one_side(limit.left)} | {one_side(limit.right)}"


def one_side(value: float) -> str:
    """A one-sided numerical limit in few digits."""
    return "none" if math.isnan(value) else short(value, 6)


def rule_text(step: Step) -> str:
    """The name of the rule a step applies, and its inner functions."""
    where = f", {step.where}" if step.where else ""
    return f"{step.rule.name} rule{where}"


def shown_sequences(result: Comparison, options: Options) -> list[Element]:
    """The elements whose h-sequence is shown: the first, or the first that needs explaining."""
    elements = result.elements
    if options.sequences == "none":
        return []
    if options.sequences == "all":
        return elements
    doubtful = [e for e in elements if e.judgement.verdict is not Verdict.AGREE]
    return [(doubtful or elements)[0]]


def derivative(element: Quotients) -> float:
    """The derivative as a float64: the reference rounded; nan where there is none."""
    return float(element.truth.derivative)


def function_name(names: Sequence[str]) -> str:
    """What to call the function: f, unless a variable is called that."""
    return next(name for name in ("f", "F", "y", "the function") if name not in names)


def walk(step: Step) -> Iterator[tuple[int, Step]]:
    """A step and all steps below it with their depth, from the top, without recursion."""
    stack = [(0, step)]
    while stack:
        at, current = stack.pop()
        yield at, current
        stack.extend((at + 1, below) for below in reversed(current.steps))


def derivative_sign(step: Step) -> str:
    """What stands before a step's formula: `d/dx`, nothing where two variables are meant."""
    return f"d/d{step.variable} " if step.variable else ""


def nested(values: Any) -> str:
    """An array as text: 2, [2, 3], [[1, 2], [3, 4]]."""
    array = np.asarray(values)
    if array.ndim:
        return "[" + ", ".join(nested(row) for row in array) + "]"
    return short(float(array))


def short(value: Any, digits: int = 17) -> str:
    """A number as short as it can be: 36 rather than 36.0; undefined rather than nan.

    A float64, or an mpmath number of as many digits as are asked for.
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "+∞" if value > 0 else "-∞"
    if isinstance(value, mpmath.mpf):
        text = decimal(value, digits)
    else:
        text = repr(float(value)) if digits >= 17 else f"{value:.{digits}g}"
    return text.removesuffix(".0")
