"""`Tensor`: an array that remembers how it was computed, and `backward`, which walks that back.

It behaves as PyTorch's does in the lecture: `requires_grad` marks a leaf, every operation on it
records a `GradFn` on the tape, and `y.backward()` accumulates dy/dx in `x.grad` of every leaf x.
Cotangents of interior nodes live only during the walk, so that a second `backward` is right.

The order of the walk is the order of recording reversed (Griewank and Walther, *Evaluating
Derivatives*, section 3.2), so it needs no recursion, however long the tape.

With `create_graph=True` the walk itself is recorded: cotangents are tensors then, and a gradient
can be differentiated again, which is how higher derivatives are found.
"""

import itertools
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from diffcalc.autograd.primitives import PRIMITIVES, Array, Primitive, unbroadcast, values
from diffcalc.functions import Algebra, numbers

_recorded = itertools.count()


class GradFn:
    """A node of the tape: how a result came from its primals. Printed by its PyTorch name."""

    __slots__ = ("_name", "number", "primals", "primitive", "value")

    def __init__(
        self, name: str, primitive: Primitive, primals: "tuple[Tensor, ...]", value: Array
    ) -> None:
        self._name = name
        self.primitive = primitive
        self.primals = primals
        self.value = value
        self.number = next(_recorded)

    def name(self) -> str:
        """The name, as in "MulBackward0"."""
        return self._name

    @property
    def next_functions(self) -> "tuple[GradFn | None, ...]":
        """The nodes of the primals; None for a leaf."""
        return tuple(primal.grad_fn for primal in self.primals)

    def pull_back(self, cotangent: Array, record: bool = False) -> "list[tuple[Tensor, Array]]":
        """The cotangent of each primal that needs one, in the primal's own shape.

        With `record` the cotangent is a tensor, and those pulled back are too.
        """
        operands: list[Any] = [p if record else p.data for p in self.primals]
        value = Tensor(self.value, True, self) if record else self.value
        pulled = []
        for primal, vjp in zip(self.primals, self.primitive.vjps, strict=True):
            if vjp is not None and primal.requires_grad:
                full = _settled(cotangent, vjp(cotangent, value, *operands))
                pulled.append((primal, _summed_to(full, primal.shape)))
        return pulled

    def __repr__(self) -> str:
        return f"<{self._name} object at {id(self):#x}>"


class Tensor:
    """An n-dimensional array of numbers with a gradient.

    `grad` is None until `backward` reaches this leaf, and stays None for a result that is not one.
    """

    __slots__ = ("data", "grad", "grad_fn", "requires_grad")
    column: ClassVar[Algebra]
    """The table's column of tensors: every primitive, recorded."""
    # So that numpy leaves `array + tensor` to the tensor.
    __array_ufunc__ = None

    def __init__(
        self, data: Any, requires_grad: bool = False, grad_fn: GradFn | None = None
    ) -> None:
        self.data: Array = data
        self.requires_grad = requires_grad
        self.grad_fn = grad_fn
        self.grad: Tensor | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        shape: tuple[int, ...] = self.data.shape
        return shape

    @property
    def dtype(self) -> Any:
        """The numpy dtype of the array."""
        return self.data.dtype

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was given, not computed from tensors that need a gradient."""
        return self.grad_fn is None

    def numpy(self) -> Array:
        """The array itself. Raises `RuntimeError` for a tensor that requires a gradient."""
        if self.requires_grad:
            raise RuntimeError("call detach() before numpy() on a tensor that requires grad")
        return self.data

    def detach(self) -> "Tensor":
        """The same values, forgetting how they were computed."""
        return Tensor(self.data)

    def item(self) -> float:
        """The value of a tensor with one element. Raises `ValueError` if it has more."""
        return float(self.data.item())

    def tolist(self) -> Any:
        """The values as nested lists."""
        return self.data.tolist()

    # -- operations --------------------------------------------------------------------------------

    def __add__(self, other: Any) -> "Tensor":
        return apply("add", self, other)

    def __radd__(self, other: Any) -> "Tensor":
        return apply("add", other, self)

    def __sub__(self, other: Any) -> "Tensor":
        return apply("sub", self, other)

    def __rsub__(self, other: Any) -> "Tensor":
        return apply("sub", other, self, name="RsubBackward1")

    def __mul__(self, other: Any) -> "Tensor":
        return apply("mul", self, other)

    def __rmul__(self, other: Any) -> "Tensor":
        return apply("mul", other, self)

    def __truediv__(self, other: Any) -> "Tensor":
        return apply("div", self, other)

    def __rtruediv__(self, other: Any) -> "Tensor":
        return apply("div", other, self)

    def __pow__(self, other: Any) -> "Tensor":
        name = "PowBackward1" if isinstance(other, Tensor) else "PowBackward0"
        return apply("pow", self, other, name=name)

    def __rpow__(self, other: Any) -> "Tensor":
        return apply("pow", other, self)

    def __neg__(self) -> "Tensor":
        return apply("neg", self)

    def __abs__(self) -> "Tensor":
        return apply("abs", self)

    def __lt__(self, other: Any) -> "Tensor":
        return _compared(np.less, self, other)

    def __le__(self, other: Any) -> "Tensor":
        return _compared(np.less_equal, self, other)

    def __gt__(self, other: Any) -> "Tensor":
        return _compared(np.greater, self, other)

    def __ge__(self, other: Any) -> "Tensor":
        return _compared(np.greater_equal, self, other)

    def __eq__(self, other: object) -> "Tensor":  # type: ignore[override]  # elementwise, as numpy
        return _compared(np.equal, self, other)

    def __ne__(self, other: object) -> "Tensor":  # type: ignore[override]  # elementwise, as numpy
        return _compared(np.not_equal, self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def sum(self) -> "Tensor":
        """The sum of all elements."""
        return _reduced(self, np.sum(self.data), _SUM)

    def mean(self) -> "Tensor":
        """The mean of all elements."""
        return _reduced(self, np.mean(self.data), _MEAN)

    # -- the walk back -----------------------------------------------------------------------------

    def backward(self, gradient: Any = None, *, create_graph: bool = False) -> None:
        """Accumulates the gradient of this result in `grad` of every leaf it was computed from.

        `gradient` is the cotangent of this result, in its shape; a single number's is 1. With
        `create_graph` the gradients can be differentiated themselves.
        Raises `RuntimeError` where nothing was recorded, where a result of more than one element is
        given no gradient, or where the shapes differ.
        """
        walk = _Walk(create_graph)
        walk.back_from(self, gradient)
        for leaf, total in walk.leaves():
            # A copy: the cotangent may be the caller's own array, or shared with another leaf.
            found = total if isinstance(total, Tensor) else Tensor(np.array(total))
            leaf.grad = found if leaf.grad is None else leaf.grad + found

    def _seed(self, gradient: Any) -> Array:
        if gradient is None:
            if self.data.size != 1:
                raise RuntimeError(
                    f"a result of shape {self.shape} needs a gradient of that shape; "
                    "only a single number's is 1 by itself"
                )
            return np.ones_like(self.data)
        seed = gradient if isinstance(gradient, Tensor) else np.asarray(gradient)
        if seed.shape != self.shape:
            raise RuntimeError(f"gradient has shape {seed.shape}, the result {self.shape}")
        return seed

    def __repr__(self) -> str:
        note = ""
        if self.grad_fn is not None:
            note = f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            note = ", requires_grad=True"
        return f"tensor({_array_text(self.data)}{note})"


class _Walk:
    """One walk back from a result, and the cotangents it leaves at the tensors it reaches."""

    def __init__(self, record: bool) -> None:
        self._record = record
        self._totals: dict[GradFn | int, Array] = {}
        self._leaves: list[Tensor] = []

    def back_from(self, result: Tensor, gradient: Any, keep: Collection[Tensor] = ()) -> None:
        """Walks the whole tape of `result`; of its interior nodes, only `keep`'s totals stay."""
        if not result.requires_grad:
            raise RuntimeError("this tensor does not require grad and has no grad_fn")
        seed = result._seed(gradient)
        self._flow(result, _tensor_of(seed) if self._record else values(seed))
        kept = {tensor.grad_fn for tensor in keep}
        with np.errstate(all="ignore"):
            for node in sorted(_tape(result), key=lambda node: node.number, reverse=True):
                total = self._totals.get(node)
                if total is None:
                    continue
                if node not in kept:
                    del self._totals[node]
                for primal, cotangent in node.pull_back(total, self._record):
                    self._flow(primal, cotangent)

    def total(self, tensor: Tensor) -> Array | None:
        """What has reached this tensor; None if nothing has."""
        return self._totals.get(_place(tensor))

    def leaves(self) -> list[tuple[Tensor, Array]]:
        """Each leaf that was reached, with its cotangent."""
        return [(leaf, self._totals[_place(leaf)]) for leaf in self._leaves]

    def _flow(self, tensor: Tensor, cotangent: Array) -> None:
        """Adds a cotangent to what has reached this tensor already."""
        place = _place(tensor)
        before = self._totals.get(place)
        if before is None and tensor.grad_fn is None:
            self._leaves.append(tensor)
        self._totals[place] = cotangent if before is None else before + cotangent


def _place(tensor: Tensor) -> GradFn | int:
    return id(tensor) if tensor.grad_fn is None else tensor.grad_fn


def _tape(result: Tensor) -> set[GradFn]:
    """Every node a result was computed by."""
    found: set[GradFn] = set()
    stack = [result.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack.extend(node.next_functions)
    return found


def _settled(cotangent: Array, pulled: Array) -> Array:
    """What was pulled back, but 0 where a cotangent of 0 met an infinite slope or none.

    The branch that `where` did not take may be undefined; nothing flows into it.
    """
    numbers_there = values(pulled)
    dead = (values(cotangent) == 0) & ~(numbers_there - numbers_there == 0)
    if not np.any(dead):
        return pulled
    nothing = 0 * values(cotangent)
    if isinstance(pulled, Tensor):
        return apply("where", dead, nothing, pulled)
    return np.where(dead, nothing, pulled)


def grad(
    outputs: Tensor,
    inputs: Sequence[Tensor],
    grad_outputs: Any = None,
    *,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradient of `outputs` in each of `inputs`, leaves or not, as `torch.autograd.grad`.

    `grad_outputs` is the cotangent of `outputs`, in its shape; a single number's is 1. Nothing is
    accumulated. With `create_graph` the gradients can be differentiated themselves.
    Raises `RuntimeError` as `backward` does, and where an input was not used, which `allow_unused`
    turns into None.
    """
    walk = _Walk(create_graph)
    walk.back_from(outputs, grad_outputs, keep=inputs)
    found = [walk.total(tensor) for tensor in inputs]
    for position, total in enumerate(found):
        if total is None and not allow_unused:
            raise RuntimeError(f"input {position} was not used to compute the output")
    return tuple(None if t is None else _tensor_of(t) for t in found)


def partial_derivative(
    output: Tensor, gradient: Any, places: Sequence[tuple[Tensor, tuple[int, ...]]]
) -> Any:
    """The number found by differentiating `output` in one element after the other.

    `places` are leaves and the index of an element of each; `gradient` is the cotangent of
    `output`. Each walk back is recorded, and the next one starts from its result.
    """
    current: Tensor | None = output
    cotangent = gradient
    for order, (leaf, index) in enumerate(places, start=1):
        if current is None or not current.requires_grad:
            return 0.0
        more = order < len(places)
        (current,) = grad(current, [leaf], cotangent, create_graph=more, allow_unused=True)
        cotangent = np.zeros(leaf.shape)
        cotangent[index] = 1
    return 0.0 if current is None else current.data[index]


def tensor(data: Any, *, requires_grad: bool = False, dtype: Any = None) -> Tensor:
    """A leaf made of numbers, nested lists or an array; float64 unless `dtype` says otherwise."""
    source = data.data if isinstance(data, Tensor) else data
    array = np.array(source, dtype=dtype)
    if array.dtype.kind not in "biufO" or any(e is None for e in array.ravel()[:1]):
        raise TypeError(f"a tensor holds numbers, not {data!r}")
    if dtype is None and array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if requires_grad and array.dtype.kind not in "fO":
        raise RuntimeError(f"only floating-point tensors can require grad, not {array.dtype}")
    return Tensor(array, requires_grad)


def ones(*shape: int, requires_grad: bool = False) -> Tensor:
    """A leaf full of ones."""
    return Tensor(np.ones(shape), requires_grad)


def zeros(*shape: int, requires_grad: bool = False) -> Tensor:
    """A leaf full of zeros."""
    return Tensor(np.zeros(shape), requires_grad)


def apply(operation: str, *operands: Any, name: str | None = None) -> Tensor:
    """The result of a primitive on tensors, arrays and numbers, recorded if a gradient may flow."""
    primitive = PRIMITIVES[operation]
    if len(operands) != len(primitive.vjps):
        raise TypeError(f"{operation} takes {len(primitive.vjps)} arguments, not {len(operands)}")
    primals = tuple(map(_tensor_of, operands))
    arrays = [primal.data for primal in primals]
    with np.errstate(all="ignore"):
        value = _array(numbers(*arrays)[operation](*arrays))
    flows = [vjp for vjp, p in zip(primitive.vjps, primals, strict=True) if p.requires_grad]
    if not any(flows):
        return Tensor(value)
    return Tensor(value, True, GradFn(name or primitive.grad_fn, primitive, primals, value))


def _tensor_of(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(_array(value))


def _array(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (int, float, np.generic)):
        return np.asarray(value, dtype=np.float64)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return np.array(value, dtype=np.float64)
    if value is None or isinstance(value, str):
        raise TypeError(f"a tensor holds numbers, not {value!r}")
    return np.array(value, dtype=object)


def _compared(compare: Callable[..., Array], one: Tensor, other: Any) -> Tensor:
    array = other.data if isinstance(other, Tensor) else other
    return Tensor(np.asarray(compare(one.data, array)))


_SUM = Primitive("SumBackward0", (lambda g, y, a: _expanded(g, a.shape),))
_MEAN = Primitive("MeanBackward0", (lambda g, y, a: _expanded(g / values(a).size, a.shape),))
_SUM_TO = Primitive("SumBackward1", (lambda g, y, a: _expanded(g, a.shape),))
_EXPAND = Primitive("ExpandBackward0", (lambda g, y, a: g,))


def _summed_to(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """A cotangent summed back to the `shape` of the primal that was broadcast, perhaps recorded."""
    if isinstance(cotangent, Tensor):
        same = cotangent.shape == shape
        array = unbroadcast(cotangent.data, shape)
        return cotangent if same else _reduced(cotangent, array, _SUM_TO)
    return unbroadcast(cotangent, shape)


def _expanded(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """A cotangent broadcast to this shape, perhaps recorded."""
    array = np.broadcast_to(values(cotangent), shape)
    return _reduced(cotangent, array, _EXPAND) if isinstance(cotangent, Tensor) else array


def _reduced(operand: Tensor, value: Any, primitive: Primitive) -> Tensor:
    array = _array(value)
    if not operand.requires_grad:
        return Tensor(array)
    return Tensor(array, True, GradFn(primitive.grad_fn, primitive, (operand,), array))


def _array_text(array: Array) -> str:
    if array.ndim:
        return "[" + ", ".join(_array_text(row) for row in array) + "]"
    value = array.item() if isinstance(array, np.ndarray) else array
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (float, np.floating)):
        return str(value)
    return _float_text(float(value))


def _float_text(value: float) -> str:
    """A float as PyTorch starts it, `3.`, but with all its digits."""
    text = repr(value)
    return text[:-1] if text.endswith(".0") else text


Tensor.column = {name: partial(apply, name) for name in PRIMITIVES}
