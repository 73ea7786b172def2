"""The walk back along the tape, and the gradients that it gives.

The order of the walk is the order of recording reversed (Griewank and Walther, *Evaluating
Derivatives*, section 3.2), so it needs no recursion, however long the tape. Cotangents of interior
nodes live only during the walk, so that a second walk is right.

With `create_graph=True` the walk itself is recorded: cotangents are tensors then, and a gradient
can be differentiated again, which is how higher derivatives are found. Without it a gradient is
plain numbers, though it changes with the leaves it was computed from. To differentiate in one of
these leaves through such a gradient would leave out a term, silently: the walk refuses. `detach()`
and `no_grad()` say that the gradient is meant as plain numbers.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from diffcalc.autograd import linear
from diffcalc.autograd.primitives import Array, like, values
from diffcalc.autograd.tape import GradFn, Tracked, operand, recording


def backward(
    result: Tracked,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Accumulates the gradient of this result in `grad` of every leaf it was computed from.

    `gradient` is the cotangent of this result, in its shape; a single number's is 1. With
    `create_graph` the gradients can be differentiated themselves. Interior tensors get theirs where
    `retain_grad` asked for it. `retain_graph` is PyTorch's and changes nothing: a tape lives as
    long as its result, and a second walk back, an error there, adds the same gradient again.
    Raises `RuntimeError` where nothing was recorded, where a result of more than one element is
    given no gradient, where the shapes differ, or where a term would be left out (see `walk.py`).
    """
    walk = _Walk(create_graph)
    walk.back_from(result, gradient)
    for tensor, total in walk.kept():
        before, found = tensor.grad, walk.gradient(tensor, total)
        with recording(True):
            tensor.grad = found if before is None else before + found


def grad(
    outputs: Tracked | Sequence[Tracked],
    inputs: Tracked | Sequence[Tracked],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradient of `outputs` in each of `inputs`, leaves or not, as `torch.autograd.grad`.

    `grad_outputs` is the cotangent of `outputs`, in its shape; a single number's is 1. Several
    outputs have several, or None, and the gradient is that of their sum. Nothing is
    accumulated. With `create_graph` the gradients can be differentiated themselves. `retain_graph`
    changes nothing (see `backward`).
    Raises `RuntimeError` as `backward` does, and where an input was not used, which `allow_unused`
    turns into None.
    """
    inputs = (inputs,) if isinstance(inputs, Tracked) else inputs
    if not isinstance(outputs, Tracked):
        outputs, grad_outputs = _joined(outputs, grad_outputs), None
    walk = _Walk(create_graph)
    walk.back_from(outputs, grad_outputs, inputs)
    found = [walk.total(tensor) for tensor in inputs]
    for position, total in enumerate(found):
        if total is None and not allow_unused:
            raise RuntimeError(f"input {position} was not used to compute the output")
    return tuple(
        None if total is None else walk.gradient(tensor, total)
        for tensor, total in zip(inputs, found, strict=True)
    )


def _joined(outputs: Sequence[Tracked], cotangents: Sequence[Any] | None) -> Tracked:
    """One number whose gradient is that of all outputs with these cotangents."""
    column = type(outputs[0]).column
    seeds = cotangents or [None] * len(outputs)
    with recording(True):
        pairs = zip(outputs, seeds, strict=True)
        return reduce(column["add"], [_number(column["mul"](y, _seed(y, g))) for y, g in pairs])


def _number(tensor: Tracked) -> Tracked:
    total = linear.total(tensor)
    assert isinstance(total, Tracked)
    return total


def partial_derivative(
    output: Tracked, gradient: Any, places: Sequence[tuple[Tracked, tuple[int, ...]]]
) -> Any:
    """The number found by differentiating `output` in one element after the other.

    `places` are leaves and the index of an element of each; `gradient` is the cotangent of
    `output`. Each walk back is recorded, and the next one starts from its result.
    """
    current: Tracked | None = output
    cotangent = gradient
    for order, (leaf, index) in enumerate(places, start=1):
        if current is None or not current.requires_grad:
            return 0.0
        more = order < len(places)
        (current,) = grad(current, leaf, cotangent, create_graph=more, allow_unused=True)
        cotangent = np.full(leaf.shape, like(leaf, 0))
        cotangent[index] = like(leaf, 1)
    return 0.0 if current is None else current.data[index]


class _Walk:
    """One walk back from a result, and the cotangents it leaves at the tensors it reaches."""

    def __init__(self, record: bool) -> None:
        self._record = record
        self._totals: dict[GradFn | int, Array] = {}
        self._kept: list[tuple[Tracked, GradFn | int]] = []

    def back_from(
        self, result: Tracked, gradient: Any, inputs: Sequence[Tracked] | None = None
    ) -> None:
        """Walks the part of the tape that leads to `inputs`, or all of it; keeps their totals."""
        if not result.requires_grad:
            raise RuntimeError(_nothing_recorded(result))
        seed = _seed(result, gradient)
        tape = sorted(_tape(result), key=lambda node: node.number)
        self._kind = type(result)
        self._severed = _leaves_under(result, tape) | _leaves_under(seed)
        path = tape if inputs is None else _leading_to(inputs, tape)
        _refuse_severed(path, inputs)
        keep = {tensor.grad_fn for tensor in inputs or ()}
        self._flow(result, self._tensor(seed) if self._record else values(seed))
        with np.errstate(all="ignore"), recording(self._record):
            for node in reversed(path):
                self._step(node, keep)

    def _step(self, node: GradFn, keep: set[GradFn | None]) -> None:
        total = self._totals.get(node)
        if total is None:
            return
        if node.retained is not None:
            self._kept.append((node.retained, node))
        elif node not in keep:
            del self._totals[node]
        for primal, cotangent in node.pull_back(total, self._record):
            self._flow(primal, cotangent)

    def _flow(self, tensor: Tracked, cotangent: Any) -> None:
        """Adds a cotangent to what has reached this tensor already."""
        place = _place(tensor)
        before = self._totals.get(place)
        if before is None and tensor.grad_fn is None:
            self._kept.append((tensor, place))
        self._totals[place] = operand(cotangent if before is None else before + cotangent)

    def total(self, tensor: Tracked) -> Array | None:
        """What has reached this tensor; None if nothing has."""
        return self._totals.get(_place(tensor))

    def kept(self) -> list[tuple[Tracked, Array]]:
        """Each leaf that was reached, and each tensor that retains its grad, with its total."""
        return [(tensor, self._totals[place]) for tensor, place in self._kept]

    def gradient(self, tensor: Tracked, total: Array) -> Tracked:
        """A total as a tensor: recorded, or a copy that knows where it was severed from.

        Its numbers are of the kind that the tensor's are.
        """
        kind, found = tensor.data.dtype, values(total).dtype
        if kind != found and kind.kind == found.kind == "f":
            total = linear.cast(total, kind)
        if self._record:
            return self._tensor(total)
        # A copy: the cotangent may be the caller's own array, or shared with another leaf.
        gradient = self._kind(np.array(values(total)))
        gradient.severed = self._severed
        return gradient

    def _tensor(self, total: Array) -> Tracked:
        return total if isinstance(total, Tracked) else self._kind(values(total))


def _place(tensor: Tracked) -> GradFn | int:
    return tensor.number if tensor.grad_fn is None else tensor.grad_fn


def _tape(result: Tracked) -> set[GradFn]:
    """Every node a result was computed by."""
    found: set[GradFn] = set()
    stack = [result.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack.extend(node.next_functions)
    return found


def _leading_to(inputs: Sequence[Tracked], tape: Sequence[GradFn]) -> list[GradFn]:
    """The nodes of the tape, in its order, through which something flows to these inputs."""
    reached: set[GradFn | int] = {_place(tensor) for tensor in inputs}
    path = []
    for node in tape:
        if any(_place(primal) in reached for primal in node.primals):
            reached.add(node)
            path.append(node)
    return path


def _leaves_under(tensor: object, tape: Iterable[GradFn] | None = None) -> frozenset[int]:
    """The numbers of the leaves a tensor changes with, whether its tape says so or not."""
    if not isinstance(tensor, Tracked):
        return frozenset()
    primals = [primal for node in tape or _tape(tensor) for primal in node.primals]
    met = [tensor, *primals]
    leaves = {t.number for t in met if t.requires_grad and t.grad_fn is None}
    return frozenset(leaves.union(*(t.severed for t in met)))


def _refuse_severed(path: Iterable[GradFn], inputs: Sequence[Tracked] | None) -> None:
    """Raises `RuntimeError` where a severed gradient on the path changes with an input itself."""
    primals = [primal for node in path for primal in node.primals]
    severed: frozenset[int] = frozenset().union(*(primal.severed for primal in primals))
    if not severed:
        return
    for tensor in [p for p in primals if p.grad_fn is None] if inputs is None else inputs:
        if tensor.requires_grad and not severed.isdisjoint(_leaves_under(tensor)):
            raise RuntimeError(
                "a gradient taken without create_graph=True is used here, and it changes with a "
                f"tensor of shape {tensor.shape} that is differentiated in: a term would be left "
                "out. Take it with create_graph=True, or use its detach() if numbers are meant"
            )


def _nothing_recorded(result: Tracked) -> str:
    if result.severed:
        return "a gradient taken without create_graph=True cannot be differentiated again"
    return "this tensor does not require grad and has no grad_fn"


def _seed(result: Tracked, gradient: Any) -> Array:
    if gradient is None:
        if result.data.size != 1:
            raise RuntimeError(
                f"a result of shape {result.shape} needs a gradient of that shape; "
                "only a single number's is 1 by itself"
            )
        return np.full(result.shape, like(result, 1), dtype=result.data.dtype)
    seed = operand(gradient)
    if seed.shape != result.shape:
        raise RuntimeError(f"gradient has shape {seed.shape}, the result {result.shape}")
    return seed
