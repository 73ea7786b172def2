"""The tape: what was computed from what, and how a cotangent is pulled back through it.

`record` is the one place where a tape grows. An operation computes its value, names its operands
and gives a vjp for each; it is written once for arrays, which leave no trace, and for tensors.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, Self, TypeVar

import numpy as np

from diffcalc.autograd.primitives import Array, Vjp, f, like, values
from diffcalc.base.numbers import Algebra, V
from diffcalc.base.types import NumberArray
from diffcalc.language.operations import Operation

_count = itertools.count()
_recording: ContextVar[bool] = ContextVar("recording", default=True)


class GradFn:
    """A node of the tape: how a result came from its primals. Printed by its PyTorch name.

    Each vjp gives its primal's cotangent in the primal's own shape; `retained` is the result itself
    if it asked to keep its gradient.
    """

    __slots__ = ("_name", "_operands", "number", "retained", "value", "vjps", "writes")

    def __init__(
        self,
        name: str,
        primals: "tuple[Tracked, ...]",
        value: NumberArray,
        vjps: Sequence[Vjp | None],
    ) -> None:
        self._name = name
        self._operands = primals
        self.value = value
        self.vjps = vjps
        self.number = next(_count)
        self.retained: Tracked | None = None
        self.writes = [0]

    @property
    def primals(self) -> "tuple[Tracked, ...]":
        """The primals as they were when this was computed."""
        for primal in self._operands:
            if primal.past is not None:
                return tuple(p.as_of(self.number) for p in self._operands)
        return self._operands

    def replace(self, primal: "Tracked", old: "Tracked") -> None:
        """Puts another tensor in the place of a primal."""
        self._operands = tuple(old if p is primal else p for p in self._operands)

    def name(self) -> str:
        """The name, as in "MulBackward0"."""
        return self._name

    def rename(self, name: str) -> None:
        """Gives this node another name."""
        self._name = name

    @property
    def next_functions(self) -> "tuple[GradFn | None, ...]":
        """The nodes of the primals; None for a leaf."""
        return tuple(primal.grad_fn for primal in self.primals)

    def pull_back(self, cotangent: Array, record: bool = False) -> "list[tuple[Tracked, Array]]":
        """The cotangent of each primal that needs one, in the primal's own shape.

        With `record` the cotangent is a tensor, and those pulled back are too.
        """
        primals, number = self.primals, self.number
        value: Any = self.value if self.writes[0] < number else self.value.view(_Overwritten)
        operands: list[Any] = [
            p.data if p.writes[0] < number else p.data.view(_Overwritten) for p in primals
        ]
        if record:
            value = type(primals[0])(value, True, self)
            operands = [p.holding(array) for p, array in zip(primals, operands, strict=True)]
        numbers = values(cotangent)
        # The first one mostly tells, without looking at all.
        nothing = not (numbers.size and numbers.item(0)) and not numbers.any()
        return [
            (primal, settled(vjp(cotangent, value, *operands), nothing))
            for primal, vjp in zip(primals, self.vjps, strict=True)
            if vjp is not None and primal.requires_grad
        ]

    def __repr__(self) -> str:
        return f"<{self._name} object at {id(self):#x}>"


class Tracked:
    """What the tape knows of a tensor: its array, and how that was computed.

    `severed` is for a gradient that was taken without `create_graph`: the numbers of the leaves it
    was computed from, though no tape says so (see `walk.py`). `writes` holds when its numbers were
    last overwritten, counted as nodes are, in a list shared by all tensors that look at the same
    numbers. `past` is what it was before it became the result of an operation in place, and when.
    """

    __slots__ = ("data", "grad", "grad_fn", "number", "past", "requires_grad", "severed", "writes")
    data: NumberArray
    column: ClassVar[Algebra["Tracked"]]
    """The language's column of tensors: every operation, recorded (see `names.py`)."""
    functions: ClassVar[Mapping[str, Operation]]
    """The same and more by PyTorch's names and signatures, where the two differ."""

    def __init__(
        self, data: NumberArray, requires_grad: bool = False, grad_fn: GradFn | None = None
    ) -> None:
        self.writes = [0]
        self.past: tuple[tuple[int, Tracked], ...] | None = None
        _set_data(self, data)
        self.requires_grad = requires_grad
        self.grad_fn = grad_fn
        self.grad: Any = None
        self.number = next(_count)
        self.severed: frozenset[int] = frozenset()

    def written(self) -> None:
        """Notes that the numbers are overwritten, now."""
        self.writes[0] = next(_count)

    def become(self, result: "Tracked") -> None:
        """Becomes the result of an operation in place; nodes recorded before keep what it was."""
        old = self.holding(self.data, anew=True)
        if result.grad_fn is not None:
            # Or the two would hold one another, and with them the whole tape.
            result.grad_fn.replace(self, old)
        self.past = (*(self.past or ()), (next(_count), old))
        self._take(result, result.data)

    def as_of(self, number: int) -> "Tracked":
        """What this tensor was when the node of that number was recorded."""
        return next((old for when, old in self.past or () if number < when), self)

    def holding(self, array: NumberArray, anew: bool = False) -> Self:
        """The tensor itself, or a copy on the same tape if that is to hold another array."""
        if array is self.data and not anew:
            return self
        copy = object.__new__(type(self))
        copy.grad = copy.past = None
        copy._take(self, array)
        return copy

    def _take(self, other: "Tracked", array: NumberArray) -> None:
        self.writes = other.writes
        _set_data(self, array)
        self.requires_grad, self.grad_fn = other.requires_grad, other.grad_fn
        self.number, self.severed = other.number, other.severed

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        shape: tuple[int, ...] = self.data.shape
        return shape


T = TypeVar("T", bound=Tracked)
# The slot itself: a `Tensor`'s `data` notes that it is set.
_set_data: Any = vars(Tracked)["data"].__set__


class _Overwritten(np.ndarray):
    """An array whose numbers were changed in place: only its shape is still of use."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace "
            f"operation: of shape {self.shape}"
        )

    __array_ufunc__ = __array_function__ = __getitem__ = _refuse


def record(
    name: str, value: object, operands: Sequence[Array], vjps: Sequence[Vjp | None]
) -> Array:
    """The `value` of an operation, on the tape if a gradient may flow back from it.

    A tensor if one of the operands is, and of its class; else the array itself. A vjp takes the
    cotangent, the value and all operands, and is None where nothing flows back.
    """
    array = np.asarray(value) if isinstance(value, np.generic) else as_array(value)
    tracked = [o for o in operands if isinstance(o, Tracked)]
    if not tracked:
        return array
    kind = type(tracked[0])
    if not _recording.get():
        return _sharing(kind(array), tracked)
    primals = tuple(o if isinstance(o, Tracked) else kind(as_array(o)) for o in operands)
    if any(vjp and p.requires_grad for vjp, p in zip(vjps, primals, strict=True)):
        node = GradFn(name, primals, array, vjps)
        result = _sharing(kind(array, True, node), tracked)
        node.writes = result.writes
        return result
    result = _sharing(kind(array), tracked)
    result.severed = frozenset().union(*[p.severed for p in tracked])
    return result


def _sharing(result: T, operands: Iterable[Tracked]) -> T:
    """The result; if it looks at the numbers of an operand, it is overwritten together with it."""
    array = result.data
    for tensor in operands:
        if array is tensor.data or (
            array.base is not None and np.may_share_memory(array, tensor.data)
        ):
            result.writes = tensor.writes
    return result


def renamed(name: str, result: V) -> V:
    """A result made of several operations, whose last bears the name that PyTorch gives to it."""
    if isinstance(result, Tracked) and result.grad_fn is not None:
        result.grad_fn.rename(name)
    return result


def is_recording() -> bool:
    """Whether operations are recorded here."""
    return _recording.get()


@contextmanager
def recording(wanted: bool) -> Iterator[None]:
    """Within it, operations are recorded or not."""
    token = _recording.set(wanted)
    try:
        yield
    finally:
        _recording.reset(token)


def no_grad() -> AbstractContextManager[None]:
    """A context, or a decorator, in which nothing is recorded: results are plain numbers."""
    return recording(False)


def as_array(value: object) -> NumberArray:
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


def operand(value: Array) -> Array:
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
