"""An expression replayed with tensors, and what walking back from its result gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffcalc.autograd.names import algebra
from diffcalc.autograd.tensor import Tensor, as_tensor, tensor
from diffcalc.autograd.walk import grad
from diffcalc.base.numbers import Algebra
from diffcalc.base.types import NumberArray
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression


@dataclass(frozen=True)
class Record:
    """A forward pass: the value of every node in the program's order, and the leaves by name.

    A node that nothing recorded leads to may be a plain number.
    """

    nodes: Sequence[Any]
    leaves: Mapping[str, Tensor]

    @property
    def result(self) -> Tensor:
        """The value of the expression."""
        return as_tensor(self.nodes[-1])

    @property
    def values(self) -> list[NumberArray]:
        """The values of all nodes, as arrays."""
        return [np.asarray(v.data if isinstance(v, Tensor) else v) for v in self.nodes]

    def cotangents(
        self,
        inputs: Sequence[Tensor],
        seed: NumberArray | None = None,
        *,
        create_graph: bool = False,
    ) -> list[Tensor | None]:
        """The gradient of the result in each of these tensors; None where nothing flows to it.

        `seed` is the cotangent of the result, ones if not given, broadcast to its shape.
        """
        result = self.result
        if not result.requires_grad:
            return [None] * len(inputs)
        cotangent = np.broadcast_to(1.0 if seed is None else seed, result.shape)
        found = grad(result, inputs, cotangent, create_graph=create_graph, allow_unused=True)
        return list(found)

    def gradients(self, seed: NumberArray | None = None) -> dict[str, NumberArray]:
        """The gradient in each leaf that requires one, as an array; 0 where nothing flows to it."""
        moving = {name: leaf for name, leaf in self.leaves.items() if leaf.requires_grad}
        found = zip(moving.items(), self.cotangents(list(moving.values()), seed), strict=True)
        return {n: np.zeros(leaf.shape) if g is None else g.data for (n, leaf), g in found}


def record(
    expression: Expression,
    values: Mapping[str, Any],
    wrt: Collection[str] | None = None,
    numbers: Algebra[Any] = FLOAT,
) -> Record:
    """The forward pass of an expression at these values of its variables.

    Those named in `wrt` become leaves that require a gradient, all of them if it is not given; a
    value that is a tensor already stays the tensor that it is. `numbers` is the algebra of the
    values.
    """
    leaves = {
        name: value
        if isinstance(value := values[name], Tensor)
        else tensor(value, requires_grad=wrt is None or name in wrt)
        for name in expression.variables
    }
    with np.errstate(all="ignore"):
        return Record(expression.replay(leaves, algebra(numbers)), leaves)
