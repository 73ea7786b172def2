"""What an output format must do, and what may be asked of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Links
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.gradient import Gradient
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Quotients
    from diffcalc.comparison.scan import Scan
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Point
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working

Level = Literal["full", "rules", "line"]
"""How much of a working is shown: all of it, one short line per rule, or one line."""


class Options(NamedTuple):
    """What to show: which h-sequences below a comparison, Richardson's extrapolation, and how much
    of a working.
    """

    sequences: Literal["first", "all", "none"] = "first"
    richardson: bool = False
    digits: int | None = None
    """How many digits of the true derivative to print; None for a float64's."""
    level: Level = "full"
    every: bool = False
    """Whether every row and reason is shown where they are very many."""


class Definitions(NamedTuple):
    """The named functions as `name(parameters) = …`, and the names of the elementary ones."""

    built_in: Sequence[str]
    own: Sequence[str]
    elementary: Sequence[str]


class StepsRenderer(ABC):
    """A format for derivations. A renderer may be given many; each method writes one."""

    reasons = True
    """Whether it says why there is no derivative."""
    notes = True
    """Whether it has room for what is to be said of a result as a whole."""

    def __init__(self, stream: TextIO, options: Options) -> None:
        self.stream = stream
        self.options = options

    def line(self, text: str = "") -> None:
        """Writes one line."""
        self.stream.write(f"{text}\n")

    @abstractmethod
    def derivations(self, expression: Expression, found: Sequence[Working], note: str = "") -> None:
        """How the derivatives were found, rule by rule; `note` says what was assumed."""

    @abstractmethod
    def proof(self, expression: Expression, found: Proof) -> None:
        """How a derivative follows from the definition."""


class Renderer(StepsRenderer):
    """A format for every kind of result."""

    @abstractmethod
    def comparison(self, result: Comparison, links: Links | None = None) -> None:
        """The three methods side by side; with intermediate variables, the chain rule too."""

    @abstractmethod
    def gradient(self, result: Gradient, lets: Chain | None = None) -> None:
        """The formulas by the rules alone, and what to add to have the methods compared."""

    @abstractmethod
    def matrix(self, result: Matrix) -> None:
        """A Hessian or Jacobian, and the three methods side by side for each entry."""

    @abstractmethod
    def slope(self, result: Slope) -> None:
        """The slope of a curve, and the three methods side by side."""

    @abstractmethod
    def scan(self, result: Scan) -> None:
        """The points of an interval where a function is not differentiable."""

    @abstractmethod
    def quotients(self, expression: Expression, point: Point, found: Sequence[Quotients]) -> None:
        """The h-convergence of one expression's difference quotients."""

    @abstractmethod
    def definitions(self, found: Definitions) -> None:
        """The named functions."""
