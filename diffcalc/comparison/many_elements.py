"""Variables of so many elements that a numerical limit along each would take too long.

The truth of each is known all the same, from one sweep, and autograd's gradient from one walk back:
where they are the same nothing more is to be said. The others are judged one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.task import Task
from diffcalc.comparison.verdict import unlike
from diffcalc.truth.program import Leaf

# On a border each takes series of its own, of all the terms it is in.
_MOST_BORDERS = 200


@dataclass(frozen=True)
class Many:
    """What is known of all elements of some variables.

    `gradients` are autograd's and `truths` the true ones, rounded; nan where there is none, or it
    is not proved. `agreeing` counts the elements in which the methods give the truth, `unproved`
    those in which it is not known.
    """

    gradients: Mapping[str, FloatArray]
    truths: Mapping[str, FloatArray]
    agreeing: int
    unproved: int

    @property
    def derivatives(self) -> Mapping[str, FloatArray]:
        """The true derivatives, and autograd's where they are not proved."""
        return {
            name: np.where(np.isnan(true), self.gradients[name], true)
            for name, true in self.truths.items()
        }

    @property
    def count(self) -> int:
        """How many elements there are."""
        return sum(gradient.size for gradient in self.gradients.values())


def look_at_many(
    task: Task, names: Sequence[str], formulas: Mapping[str, FloatArray]
) -> tuple[Many, list[Coordinate]]:
    """All elements of these variables, and those to be judged one by one.

    `formulas` has the values of the rules' gradients, where there are any.
    """
    gradients = {name: task.gradients[name] for name in names}
    truths = task.proofs.swept(names)
    doubtful: list[Leaf] = []
    borders: list[Leaf] = []
    for name, true in truths.items():
        off = np.full(true.shape, task.every)
        for found in [gradients[name], *([formulas[name]] if name in formulas else [])]:
            off |= unlike(found, true)
        for index in map(tuple, np.argwhere(off).tolist()):
            (borders if np.isnan(true[index]) else doubtful).append((name, index))
    judged = doubtful + [leaf for leaf in borders[:_MOST_BORDERS] if task.proofs.is_proved(leaf)]
    count = sum(gradient.size for gradient in gradients.values())
    agreeing = count - len(doubtful) - len(borders)
    many = Many(gradients, truths, agreeing, count - agreeing - len(judged))
    return many, [
        Coordinate(name, index, str(task.point[name].constants[index])) for name, index in judged
    ]
