"""What is proved of a derivative: its kind, its two sides, an enclosure, and how that is known."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from diffcalc.truth.ball import ZERO, Ball
from diffcalc.truth.program import Leaf

if TYPE_CHECKING:
    from diffcalc.truth.monomials import Monomial

Kind = Literal[
    "differentiable", "corner", "vertical tangent", "cusp", "jump", "oscillation", "undecided",
    "edge", "removable", "pole", "outside",
]  # fmt: skip
Known = Literal["proved", "assumed", "undecided"]
Behaviour = Literal["finite", "infinite", "unsettled", "outside", "unknown"]

Path = Mapping[Leaf, tuple[Fraction | int, int]]
"""The weight and the power of t for each element that moves."""


class Side(NamedTuple):
    """What a quantity does on one side of the point.

    It is `finite` (with an enclosure of its limit), `infinite` (with its sign), `unsettled`,
    `outside` the domain, or `unknown`. `leading` is the power of h it is like, and of its
    logarithms, where that is known.
    """

    behaviour: Behaviour
    value: Ball | None = None
    sign: int = 0
    leading: "Monomial | None" = None


UNKNOWN = Side("unknown")


class Proof(NamedTuple):
    """What is proved of one derivative.

    `left` and `right` tell of the difference quotient, of the derivative of order `of` - 1. Where f
    has no value there, they tell of f, `limit` encloses the limit of a removable point, and
    `extension` is the proof for the function continued by it. It is `smooth` where every operation
    is analytic.
    """

    kind: Kind
    known: Known
    left: Side = UNKNOWN
    right: Side = UNKNOWN
    derivative: Ball | None = None
    value: Ball | None = None
    of: int = 1
    assuming: tuple[str, ...] = ()
    limit: Ball | None = None
    extension: "Proof | None" = None
    smooth: bool = False

    @property
    def exists(self) -> bool:
        """Whether the derivative is proved to exist."""
        return self.kind == "differentiable"


class Joint(NamedTuple):
    """Whether a function is differentiable as a whole; None where that is not told.

    Where it is not, the path that shows it, the weight and the power of t for each element, and
    what is true along it.
    """

    differentiable: bool | None
    known: Known = "undecided"
    path: Sequence[tuple[int, int]] = ()
    proof: Proof | None = None
    assuming: tuple[str, ...] = ()


NOT_TOLD = Proof("undecided", "undecided")


def analytic(slope: Ball, value: Ball = ZERO, order: int = 1) -> Proof:
    """The proof of a derivative where every operation is analytic."""
    side = Side("finite", slope)
    return Proof("differentiable", "proved", side, side, slope, value, order, smooth=True)
