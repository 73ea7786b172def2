"""Where a value stops being finite: the first operation that has none, and why.

It has no real value there, as log(-1), or one that is too large for a float64, as exp(1000). Or it
has a value but no slope, as sqrt(0).
"""

from dataclasses import dataclass

import numpy as np

from diffcalc import autograd
from diffcalc.base.types import FloatArray
from diffcalc.descent.objective import Objective
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.nonsmooth import NONSMOOTH


@dataclass(frozen=True, slots=True)
class NotFinite:
    """An operation without a finite value, as text, and the values of its operands there.

    `overflow` is whether it has a real value, which is only too large.
    """

    operation: str
    operands: str
    overflow: bool


def first_not_finite(objective: Objective, x: FloatArray) -> NotFinite | None:
    """The first operation whose value at x is not finite."""
    nodes, met = objective.expression.nodes, objective.values(x)
    for index, node in enumerate(nodes):
        bad = ~np.isfinite(met[index])
        if bad.any():
            text = objective.expression.render(index)
            overflow = _overflows(objective, index, met)
            if node.operation in ARRAYS or overflow:
                return NotFinite(text, "", overflow)
            place, moving = tuple(np.argwhere(bad)[0]), objective.moving()
            operands = []
            for i in dict.fromkeys(filter(moving.__getitem__, node.operands)):
                value = np.broadcast_to(met[i], bad.shape)[place]
                operands.append(f"{objective.expression.render(i)} = {value:.6g}")
            return NotFinite(text, " and ".join(operands), overflow)
    return None


def first_without_slope(objective: Objective, x: FloatArray) -> str | None:
    """The first operation whose own derivative at x is not finite, as text."""
    met, moving, column = objective.values(x), objective.moving(), autograd.algebra()
    for index, node in enumerate(objective.expression.nodes):
        leaves = [autograd.tensor(met[i], requires_grad=True) for i in node.operands if moving[i]]
        if not leaves:
            continue
        given = iter(leaves)
        operands = [next(given) if moving[i] else met[i] for i in node.operands]
        with np.errstate(all="ignore"):
            result = column[node.operation](*operands)
        slopes = autograd.Record([result], {}).cotangents(leaves)
        if not all(s is None or np.isfinite(s.data).all() for s in slopes):
            return objective.expression.render(index)
    return None


def _overflows(objective: Objective, index: int, met: list[FloatArray]) -> bool:
    """Whether a node that is not finite has a real value, and is not at a pole.

    Its operands are finite; sums over arrays may be nan where their terms overflow.
    """
    node = objective.expression.nodes[index]
    if not node.operands or node.operation in ARRAYS:
        return True
    if np.isnan(met[index]).any():
        return False
    for switching in NONSMOOTH.get(node.operation, ()):
        values = {n: met[i] for n, i in switching.operands(node.operands).items()}
        with np.errstate(all="ignore"):
            if np.any((np.asarray(switching.function(**values)) == 0) & np.isinf(met[index])):
                return False
    return True
