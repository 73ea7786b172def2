"""The tape: what was computed from what, and how a cotangent is pulled back through it.

`record` is the one place where a tape grows. An operation computes its value, names its operands
and gives a vjp for each; it is written once for arrays, which leave no trace, and for tensors.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

import numpy as np

from diffcalc.autograd.primitives import Array, Vjp, f, like, values
from diffcalc.base.numbers import Algebra

_count = itertools.count()
_recording: ContextVar[bool] = ContextVar("recording", default=True)


class GradFn:
    """A node of the tape: how a result came from its primals. Printed by its PyTorch name.

    Each vjp gives its primal's cotangent in the primal's own shape; `retained` is the result itself
    if it asked to keep its gradient.
    """

    __slots__ = ("_name", "number", "primals", "retained", "value", "vjps")

    def __init__(
        self, name: str, primals: "tuple[Tracked, ...]", value: Array, vjps: Sequence[Vjp | None]
    ) -> None:
        self._name = name
        self.primals = primals
        self.value = value
        self.vjps = vjps
        self.number = next(_count)
        self.retained: Tracked | None = None

    def name(self) -> str:
        """The name, as in "MulBackward0"."""
        return self._name

    @property
    def next_functions(self) -> "tuple[GradFn | None, ...]":
        """The nodes of the primals; None for a leaf."""
        return tuple(primal.grad_fn for primal in self.primals)

    def pull_back(self, cotangent: Array, record: bool = False) -> "list[tuple[Tracked, Array]]":
        """The cotangent of each primal that needs one, in the primal's own shape.

        With `record` the cotangent is a tensor, and those pulled back are too.
        """
        operands: list[Any] = [p if record else p.data for p in self.primals]
        value = type(self.primals[0])(self.value, True, self) if record else self.value
        nothing = not values(cotangent).any()
        return [
            (primal, settled(vjp(cotangent, value, *operands), nothing))
            for primal, vjp in zip(self.primals, self.vjps, strict=True)
            if vjp is not None and primal.requires_grad
        ]

    def __repr__(self) -> str:
        return f"<{self._name} object at {id(self):#x}>"


class Tracked:
    """What the tape knows of a tensor: its array, and how that was computed.

    `severed` is for a gradient that was taken without `create_graph`: the numbers of the leaves it
    was computed from, though no tape says so (see `walk.py`).
    """

    __slots__ = ("data", "grad", "grad_fn", "number", "requires_grad", "severed")
    column: ClassVar[Algebra["Tracked"]]
    """The table's column of tensors: every operation, recorded (see `column.py`)."""

    def __init__(
        self, data: Array, requires_grad: bool = False, grad_fn: GradFn | None = None
    ) -> None:
        self.data = data
        self.requires_grad = requires_grad
        self.grad_fn = grad_fn
        self.grad: Any = None
        self.number = next(_count)
        self.severed: frozenset[int] = frozenset()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        shape: tuple[int, ...] = self.data.shape
        return shape


def record(name: str, value: Any, operands: Sequence[Any], vjps: Sequence[Vjp | None]) -> Any:
    """The `value` of an operation, on the tape if a gradient may flow back from it.

    A tensor if one of the operands is, and of its class; else the array itself. A vjp takes the
    cotangent, the value and all operands, and is None where nothing flows back.
    """
    array = as_array(value)
    tracked = [o for o in operands if isinstance(o, Tracked)]
    if not tracked:
        return array
    kind = type(tracked[0])
    if not _recording.get():
        return kind(array)
    primals = tuple(o if isinstance(o, Tracked) else kind(as_array(o)) for o in operands)
    if any(vjp and p.requires_grad for vjp, p in zip(vjps, primals, strict=True)):
        return kind(array, True, GradFn(name, primals, array, vjps))
    result = kind(array)
    result.severed = frozenset().union(*[p.severed for p in tracked])
    return result


@contextmanager
def recording(wanted: bool) -> Iterator[None]:
    """Within it, operations are recorded or not."""
    token = _recording.set(wanted)
    try:
        yield
    finally:
        _recording.reset(token)


def no_grad() -> Any:
    """A context, or a decorator, in which nothing is recorded: results are plain numbers."""
    return recording(False)


def as_array(value: Any) -> Array:
    """Numbers, nested lists of them or an array as an array: float64, or object of mpmath numbers.

    Raises `TypeError` for what is no number.
    """
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (int, float, np.generic)):
        return np.asarray(value, dtype=np.float64)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array(value, dtype=np.float64)
    if value is None or isinstance(value, str):
        raise TypeError(f"a tensor holds numbers, not {value!r}")
    return np.array(value, dtype=object)


def operand(value: Any) -> Array:
    """A tensor itself, anything else as an array."""
    return value if isinstance(value, Tracked) else as_array(value)


def settled(pulled: Array, dead: bool | Array) -> Array:
    """What was pulled back, but 0 where a cotangent of 0 (`dead`) met an infinite slope or none.

    The branch that `where` did not take may be undefined; nothing flows into it.
    """
    if dead is False:
        return pulled
    there = values(pulled)
    lost = np.asarray(dead & ~np.asarray(there - there == 0))
    # A single number of mpmath comes out of its array.
    return operand(f.where(lost, like(pulled, 0), pulled)) if lost.any() else pulled
