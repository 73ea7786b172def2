"""Gradient descent by autograd: down the gradient until it is 0.

"The weights are updated until the derivative of the loss is 0 and nothing changes any more", says
the lecture. Every way not to get there has a name too: see `endings.EndingKind`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from diffcalc.base.deadline import Stop
from diffcalc.base.errors import DeadlineError
from diffcalc.descent.endings import (
    Course,
    Ending,
    at_rest,
    interrupted,
    not_finished,
    ran_away,
    stalled,
    without_value,
)
from diffcalc.descent.objective import Iterate, Objective
from diffcalc.descent.optimizers import Optimizer, Plain

# How many times its first value f may be, or fall below it, before it counts as running away.
_FAR = 1e15
# Momentum may need some steps to gather before it moves a large value.
_PATIENCE = 100


@dataclass(frozen=True)
class Descent:
    """A descent, to be iterated over: every `Iterate` in turn, and an `Ending` last.

    It ends where no element of the gradient is larger than `tolerance`, after `steps` steps, and
    where `stop`, asked after each, says so, or breaks one off.
    """

    objective: Objective
    optimizer: Optimizer = field(default_factory=Plain)
    steps: int = 1000
    tolerance: float = 1e-6
    stop: Stop = field(default_factory=lambda: Stop(0))

    def __iter__(self) -> Iterator[Iterate | Ending]:
        optimizer = copy.copy(self.optimizer)
        with self.stop.limiting():
            first = self.objective(self.objective.start)
        course = Course(self.objective, optimizer, first, first)
        ending = None
        while ending is None:
            yield course.last
            # What leaves the range of a float64 is found, not warned of.
            with np.errstate(all="ignore"):
                try:
                    with self.stop.limiting():
                        ending = self._ending(course)
                        if ending is None:
                            x = course.last.x - optimizer.update(course.last.slopes)
                            course.add(self.objective(x, course.last.number + 1))
                except DeadlineError:
                    ending = interrupted(course.last)
        yield ending

    def _ending(self, course: Course) -> Ending | None:
        """How it ends at the last iterate; None where it goes on."""
        last = course.last
        if not last.finite:
            return without_value(course)
        if last.steepest <= self.tolerance:
            return at_rest(course, self.tolerance)
        if abs(last.value - course.first.value) > _FAR * (1 + abs(course.first.value)):
            return ran_away(course)
        if course.unmoved >= _PATIENCE:
            return stalled(course)
        if last.number >= self.steps:
            return not_finished(course)
        return interrupted(last) if self.stop() else None
