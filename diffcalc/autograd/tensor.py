"""`Tensor`: an array that remembers how it was computed, and `backward`, which walks that back.

It behaves as PyTorch's does in the lecture: `requires_grad` marks a leaf, every operation on it
records a `GradFn` on the tape, and `y.backward()` accumulates dy/dx in `x.grad` of every leaf x.
Cotangents of interior nodes live only during the walk, so that a second `backward` is right.

The order of the walk is the order of recording reversed (Griewank and Walther, *Evaluating
Derivatives*, section 3.2), so it needs no recursion, however long the tape.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffcalc.autograd.primitives import PRIMITIVES, Array, Primitive, unbroadcast
from diffcalc.functions import numbers

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

    def pull_back(self, cotangent: Array) -> "list[tuple[Tensor, Array]]":
        """The cotangent of each primal that needs one, in the primal's own shape.

        Where the cotangent is 0 nothing is pulled back, not even through an infinite slope: the
        branch that `where` did not take may be undefined.
        """
        arrays = [primal.data for primal in self.primals]
        pulled = []
        for primal, vjp in zip(self.primals, self.primitive.vjps, strict=True):
            if vjp is not None and primal.requires_grad:
                full = vjp(cotangent, self.value, *arrays)
                full = np.where(cotangent == 0, 0 * cotangent, full)
                pulled.append((primal, unbroadcast(full, primal.shape)))
        return pulled

    def __repr__(self) -> str:
        return f"<{self._name} object at {id(self):#x}>"


class Tensor:
    """An n-dimensional array of numbers with a gradient.

    `grad` is None until `backward` reaches this leaf, and stays None for a result that is not one.
    """

    __slots__ = ("data", "grad", "grad_fn", "requires_grad")
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

    def backward(self, gradient: Any = None) -> None:
        """Accumulates the gradient of this result in `grad` of every leaf it was computed from.

        `gradient` is the cotangent of this result, in its shape; a single number's is 1.
        Raises `RuntimeError` where nothing was recorded, where a result of more than one element is
        given no gradient, or where the shapes differ.
        """
        if not self.requires_grad:
            raise RuntimeError("this tensor does not require grad and has no grad_fn")
        cotangents: dict[GradFn, Array] = {}
        _flow(self, self._seed(gradient), cotangents)
        with np.errstate(all="ignore"):
            for node in sorted(self._tape(), key=lambda node: node.number, reverse=True):
                for primal, cotangent in node.pull_back(cotangents.pop(node)):
                    _flow(primal, cotangent, cotangents)

    def _seed(self, gradient: Any) -> Array:
        if gradient is None:
            if self.data.size != 1:
                raise RuntimeError(
                    f"a result of shape {self.shape} needs a gradient of that shape; "
                    "only a single number's is 1 by itself"
                )
            return np.ones_like(self.data)
        seed = gradient.data if isinstance(gradient, Tensor) else np.asarray(gradient)
        if seed.shape != self.shape:
            raise RuntimeError(f"gradient has shape {seed.shape}, the result {self.shape}")
        return seed

    def _tape(self) -> set[GradFn]:
        """Every node this result was computed by."""
        found: set[GradFn] = set()
        stack = [self.grad_fn]
        while stack:
            node = stack.pop()
            if node is not None and node not in found:
                found.add(node)
                stack.extend(node.next_functions)
        return found

    def __repr__(self) -> str:
        note = ""
        if self.grad_fn is not None:
            note = f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            note = ", requires_grad=True"
        return f"tensor({_array_text(self.data)}{note})"


def _flow(tensor: Tensor, cotangent: Array, cotangents: dict[GradFn, Array]) -> None:
    """Adds a cotangent to what has reached this tensor already."""
    if tensor.grad_fn is not None:
        before = cotangents.get(tensor.grad_fn)
        cotangents[tensor.grad_fn] = cotangent if before is None else before + cotangent
    elif tensor.requires_grad:
        # A copy: the cotangent may be the caller's own array, or shared with another leaf.
        total = cotangent.copy() if tensor.grad is None else tensor.grad.data + cotangent
        tensor.grad = Tensor(np.asarray(total))


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
    primals = tuple(o if isinstance(o, Tensor) else Tensor(_array(o)) for o in operands)
    arrays = [primal.data for primal in primals]
    with np.errstate(all="ignore"):
        value = _array(numbers(*arrays)[operation](*arrays))
    flows = [vjp for vjp, p in zip(primitive.vjps, primals, strict=True) if p.requires_grad]
    if not any(flows):
        return Tensor(value)
    return Tensor(value, True, GradFn(name or primitive.grad_fn, primitive, primals, value))


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


_SUM = Primitive("SumBackward0", (lambda g, y, a: np.broadcast_to(g, a.shape),))
_MEAN = Primitive("MeanBackward0", (lambda g, y, a: np.broadcast_to(g / a.size, a.shape),))


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
