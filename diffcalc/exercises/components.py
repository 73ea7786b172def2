"""A claim about several derivatives at once, judged component by component."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from diffcalc.base.severity import Severity


class Told(StrEnum):
    """What is known of a component of a claim."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Component:
    """One derivative: what is claimed, what it is, and the error of that.

    `value` is nan where there is no derivative, `claim` where there is no claim; `why` says so, or
    names the likely mistake.
    """

    name: str
    claim: float
    value: float
    told: Told
    error: float = 0.0
    why: str = ""

    @property
    def off(self) -> float:
        """By how much the claim is off, relative to the larger of both; infinity for no number."""
        size = max(abs(self.claim), abs(self.value))
        gap = abs(self.claim - self.value)
        if not math.isfinite(gap):
            return math.inf
        return gap / size if gap else 0.0


@dataclass(frozen=True)
class Judged:
    """A claim about the derivatives of `function`, judged component by component.

    `place` says where it was looked at, `decided` how, and `known` how that is known. `mistake` is
    the one that leads to all of the claim, `formula` the right answer, where there are such.
    `notes` are further sentences; `evaluations` is how often a function of the user's was called.
    """

    function: str
    claim: str
    place: str
    components: tuple[Component, ...]
    decided: str
    known: str
    mistake: str = ""
    formula: str = ""
    notes: tuple[str, ...] = ()
    evaluations: int = 0

    @property
    def told(self) -> Told:
        """The worst of what is known of the components."""
        found = {component.told for component in self.components}
        return next(told for told in (Told.WRONG, Told.UNKNOWN, Told.RIGHT) if told in found)

    @property
    def severity(self) -> Severity:
        """`FINE` where every component is right."""
        return Severity.FINE if self else Severity.UNTRUE

    @property
    def wrong(self) -> Sequence[Component]:
        """The components that are not right, those that are wrong first, the worst first."""
        order = {Told.WRONG: 0, Told.UNKNOWN: 1}
        found = [one for one in self.components if one.told is not Told.RIGHT]
        return sorted(found, key=lambda one: (order[one.told], -one.off))

    @property
    def worst(self) -> Component | None:
        """The component that is most wrong; None where all are right."""
        return self.wrong[0] if self.wrong else None

    def __bool__(self) -> bool:
        return self.told is Told.RIGHT
