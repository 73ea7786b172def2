"""The computation graph: every operation's value, forward, and its cotangent, backward.

It is the program of the expression as it was typed, replayed once with autograd's tensors and
walked back once. The cotangent of a node says how much the result changes with it: of a*b at 4 and
3, "12 differentiated with respect to 4" is 3.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diffcalc import autograd
from diffcalc.base.errors import LimitError
from diffcalc.base.types import FloatArray, NumberArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.truths import Proofs
from diffcalc.comparison.verdict import is_given, unlike
from diffcalc.language.expression import Expression, Node
from diffcalc.language.point import ONE, Point, Values, check_gradient, check_point, check_wrt
from diffcalc.numerical.definition import Truth

# Their texts together grow with the square of that.
_MOST_NODES = 2_000
# More than that no one reads below a graph.
_MOST_TOLD = 12


@dataclass(frozen=True)
class GraphNode:
    """One node: its formula, its value, and its cotangent, None where no gradient flows to it.

    `value` and `cotangent` are float64 arrays of the same shape, None in a graph without values.
    `grad_fn` is the name PyTorch gives the operation, "leaf" for a variable, "constant" for a
    number, and empty where nothing was evaluated.
    """

    text: str
    grad_fn: str
    operands: tuple[int, ...]
    value: NumberArray | None
    cotangent: NumberArray | None


class Untrue(NamedTuple):
    """A leaf whose cotangent is not the derivative: autograd's number, and the truth."""

    name: str
    cotangent: float
    truth: Truth


@dataclass(frozen=True)
class Graph:
    """The nodes of an expression, operands before the operations that use them; the last is it.

    `untrue` are the first leaves of which it is proved that their cotangent is not the derivative.
    """

    expression: Expression
    point: Point
    nodes: tuple[GraphNode, ...]
    untrue: tuple[Untrue, ...] = ()


def outline(expression: Expression) -> Graph:
    """The computation graph of `expression` without values.

    Raises `LimitError` for a graph that nobody reads.
    """
    _check_size(expression)
    nodes = tuple(
        GraphNode(expression.render(index), _kind(node), node.operands, None, None)
        for index, node in enumerate(expression.nodes)
    )
    return Graph(expression, {}, nodes)


def _check_size(expression: Expression) -> None:
    if len(expression.nodes) > _MOST_NODES:
        raise LimitError(
            f"a graph of {len(expression.nodes):,} nodes is too large",
            hint=f"at most {_MOST_NODES:,} are drawn",
        )


def _kind(node: Node) -> str:
    if node.operands:
        return ""
    return "leaf" if node.operation == "variable" else "constant"


def graph(
    expression: Expression,
    point: Point,
    *,
    wrt: Sequence[str] = (),
    gradient: Values | None = None,
) -> Graph:
    """The computation graph of `expression` at `point`, with the gradients that flow to `wrt`.

    `gradient` is the external gradient of a result that is not a single number, ones by default.
    Raises `PointError` where values or `gradient` do not fit, or there is no variable, `LimitError`
    for a graph that nobody reads.
    """
    shape = check_point(expression, point)
    _check_size(expression)
    check_wrt(expression, wrt)
    if gradient is not None:
        check_gradient(gradient.shape, shape)
    made = autograd.record(
        expression, {n: point[n].floats for n in expression.variables}, wrt or None
    )
    tracked = [t for t in made.nodes if isinstance(t, autograd.Tensor) and t.requires_grad]
    found = made.cotangents(tracked, (gradient or ONE).floats)
    cotangents = {id(t): None if g is None else g.data for t, g in zip(tracked, found, strict=True)}
    nodes = tuple(
        GraphNode(
            expression.render(index),
            _grad_fn(node),
            expression.nodes[index].operands,
            value,
            cotangents.get(id(node)),
        )
        for index, (node, value) in enumerate(zip(made.nodes, made.values, strict=True))
    )
    leaf = {n: cotangents.get(id(t)) for n, t in made.leaves.items() if not wrt or n in wrt}
    proofs = Proofs(expression, point, gradient, shape)
    return Graph(expression, point, nodes, tuple(_untrue(proofs, point, leaf)))


def _untrue(
    proofs: Proofs, point: Point, cotangents: Mapping[str, FloatArray | None]
) -> Iterator[Untrue]:
    swept = proofs.swept(list(cotangents))
    told = 0
    for name, found in cotangents.items():
        shown = np.zeros(point[name].shape) if found is None else np.asarray(found)
        for index in map(tuple, np.argwhere(unlike(shown, swept[name])).tolist()):
            place = Coordinate(name, index, str(point[name].constants[index]))
            truth = None if told >= _MOST_TOLD else proofs.truth((place,))
            if truth is not None and not is_given(shown[index], truth):
                told += 1
                yield Untrue(place.name, float(shown[index]), truth)


def _grad_fn(value: object) -> str:
    if not isinstance(value, autograd.Tensor) or not value.requires_grad:
        return "constant"
    return value.grad_fn.name() if value.grad_fn is not None else "leaf"
