"""`Tensor`: an array that remembers how it was computed, in PyTorch's words.

It behaves as PyTorch's does in the lecture: `requires_grad` marks a leaf, every operation on it
records a `GradFn` on the tape (`tape.py`), and `y.backward()` walks that back (`walk.py`) and
accumulates dy/dx in `x.grad` of every leaf x.

Operations in place (`in_place.py`) change a tensor itself, `w -= 0.1 * w.grad` within `no_grad` and
`x.exp_()`. `x.data` is the numpy array of the numbers, which may be changed or exchanged too, as in
`w.data -= 0.1 * w.grad`; only what is written into it by numpy alone, `w.data[0] = 1`, goes
unnoticed by the tape.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike

from diffcalc.autograd import (
    composed,
    linear,
    numpy_protocol,
    products,
    reductions,
    selections,
    walk,
)
from diffcalc.autograd.elementwise import elementwise, misfit
from diffcalc.autograd.in_place import assign, overwrite
from diffcalc.autograd.primitives import Array, values
from diffcalc.autograd.tape import Tracked, as_array
from diffcalc.base.numbers import Algebra
from diffcalc.base.types import NumberArray

_SLOT: Any = vars(Tracked)["data"]


class Tensor(Tracked):
    """An n-dimensional array of numbers with a gradient.

    `grad` is None until `backward` reaches this leaf, and stays None for a result that is not one,
    unless it was told to `retain_grad`. Every elementwise function is a method too: `x.exp()`.
    """

    __slots__ = ()
    column: ClassVar[Algebra["Tensor"]]

    def _exchange(self, new: Any) -> None:
        self.written()
        _SLOT.__set__(self, as_array(values(new)))

    data = property(  # The slot reads itself faster than a function would.
        _SLOT.__get__,
        _exchange,
        doc="The numpy array of the numbers; a tensor, an array or lists may take its place.",
    )

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of the array."""
        dtype: np.dtype[Any] = self.data.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def is_leaf(self) -> bool:
        """Whether this tensor was given, not computed from tensors that need a gradient."""
        return self.grad_fn is None

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one axis."""
        return self.shape if dim is None else self.shape[linear.axis_of("size", self.shape, dim)]

    def dim(self) -> int:
        """The number of axes."""
        return self.ndim

    def numel(self) -> int:
        """The number of elements."""
        return int(self.data.size)

    nelement = numel

    def numpy(self) -> NumberArray:
        """The array itself. Raises `RuntimeError` for a tensor that requires a gradient."""
        if self.requires_grad:
            raise RuntimeError(
                "a tensor that requires grad is no plain array: call detach() first; "
                "stack() makes one tensor of several"
            )
        numbers: NumberArray = self.data
        return numbers

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NumberArray:
        return np.array(self.numpy(), dtype=dtype, copy=True if copy is None else copy)

    __array_ufunc__ = numpy_protocol.array_ufunc
    __array_function__ = numpy_protocol.array_function

    def item(self) -> Any:
        """The value of a tensor with one element. Raises `ValueError` if it has more."""
        value = self.data.item()
        return value if self.data.dtype.kind in "biu" else float(value)

    def __float__(self) -> float:
        return float(self.data.item())

    def __int__(self) -> int:
        return int(self.data.item())

    def __index__(self) -> int:
        return int(np.asarray(self.data).__index__())

    def __format__(self, spec: str) -> str:
        return repr(self) if not spec else format(self.item(), spec)

    def tolist(self) -> Any:
        """The values as nested lists."""
        return self.data.tolist()

    def detach(self) -> Self:
        """The same numbers, not copied, forgetting how they were computed."""
        result = type(self)(self.data)
        result.writes = self.writes
        return result

    def detach_(self) -> Self:
        """Forgets how this tensor was computed."""
        self.become(self.detach())
        return self

    def __reduce__(self) -> Any:
        if self.grad_fn is not None:
            raise RuntimeError("only a leaf is copied or pickled: detach() it, or clone() its tape")
        return type(self), (self.data, self.requires_grad)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Makes this tensor a leaf with a gradient, or without.

        Raises `RuntimeError` for a result of recorded operations, or for whole numbers and truths.
        """
        if self.grad_fn is not None:
            raise RuntimeError("requires_grad is a leaf's to change: detach() makes one")
        _check_floating(self.data, requires_grad)
        self.requires_grad = requires_grad
        self.severed = frozenset()
        return self

    def retain_grad(self) -> None:
        """Lets `backward` keep the gradient of this interior tensor in `grad`, as a leaf's.

        Raises `RuntimeError` for a tensor that requires none.
        """
        if not self.requires_grad:
            raise RuntimeError("a tensor that does not require grad has none to retain")
        if self.grad_fn is not None:
            self.grad_fn.retained = self

    # -- in place: RuntimeError for a leaf that requires a gradient, but within no_grad() ----------

    def zero_(self) -> Self:
        """Sets all elements to 0, as in `x.grad.zero_()` before the next `backward`."""
        self.fill_(0)
        self.severed = frozenset()
        return self

    def fill_(self, value: object) -> Self:
        """Sets all elements to a number."""
        return self.copy_(as_tensor(value))

    def copy_(self, source: object) -> Self:
        """Sets the elements to those of another tensor, broadcast to this shape."""
        found: Self = overwrite(self, linear.clone(linear.expand(as_tensor(source), self.shape)))
        return found

    def __setitem__(self, key: Any, value: object) -> None:
        assign(self, key, value)

    def __iadd__(self, other: object) -> Self:
        found: Self = overwrite(self, self + other)
        return found

    def __isub__(self, other: object) -> Self:
        found: Self = overwrite(self, self - other)
        return found

    def __imul__(self, other: object) -> Self:
        found: Self = overwrite(self, self * other)
        return found

    def __itruediv__(self, other: object) -> Self:
        found: Self = overwrite(self, self / other)
        return found

    def __ipow__(self, other: object) -> Self:
        found: Self = overwrite(self, self**other)
        return found

    # -- operators ---------------------------------------------------------------------------------

    def __add__(self, other: object) -> "Tensor":
        return apply("add", self, other)

    def __radd__(self, other: object) -> "Tensor":
        return apply("add", other, self)

    def __sub__(self, other: object) -> "Tensor":
        return apply("sub", self, other)

    def __rsub__(self, other: object) -> "Tensor":
        return apply("sub", other, self, name="RsubBackward1")

    def __mul__(self, other: object) -> "Tensor":
        return apply("mul", self, other)

    def __rmul__(self, other: object) -> "Tensor":
        return apply("mul", other, self)

    def __truediv__(self, other: object) -> "Tensor":
        return apply("div", self, other)

    def __rtruediv__(self, other: object) -> "Tensor":
        return apply("div", other, self)

    def __pow__(self, other: object) -> "Tensor":
        name = "PowBackward1" if isinstance(other, Tensor) else "PowBackward0"
        return apply("pow", self, other, name=name)

    def __rpow__(self, other: object) -> "Tensor":
        return apply("pow", other, self)

    def __mod__(self, other: object) -> Array:
        return composed.remainder(self, other)

    def __rmod__(self, other: object) -> Array:
        return composed.remainder(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self.functions["floor_divide"](self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.functions["floor_divide"](other, self)

    def __pos__(self) -> "Tensor":
        return self

    def __neg__(self) -> "Tensor":
        return apply("neg", self)

    def __abs__(self) -> "Tensor":
        return apply("abs", self)

    def __matmul__(self, other: object) -> Array:
        return products.matmul(self, other)

    def __rmatmul__(self, other: object) -> Array:
        return products.matmul(other, self)

    def __lt__(self, other: object) -> "Tensor":
        return _compared(np.less, self, other)

    def __le__(self, other: object) -> "Tensor":
        return _compared(np.less_equal, self, other)

    def __gt__(self, other: object) -> "Tensor":
        return _compared(np.greater, self, other)

    def __ge__(self, other: object) -> "Tensor":
        return _compared(np.greater_equal, self, other)

    def __eq__(self, other: object) -> "Tensor":  # type: ignore[override]  # elementwise, as numpy
        return _compared(np.equal, self, other)

    def __ne__(self, other: object) -> "Tensor":  # type: ignore[override]  # elementwise, as numpy
        return _compared(np.not_equal, self, other)

    # These are for truths and whole numbers: `(x > 0) & (x < 1)`.

    def __and__(self, other: object) -> "Tensor":
        return _compared(np.bitwise_and, self, other)

    def __or__(self, other: object) -> "Tensor":
        return _compared(np.bitwise_or, self, other)

    def __xor__(self, other: object) -> "Tensor":
        return _compared(np.bitwise_xor, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> "Tensor":
        return _compared(np.bitwise_xor, self, True if self.dtype == bool else -1)

    lt, le, gt, ge, eq, ne = __lt__, __le__, __gt__, __ge__, __eq__, __ne__
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, key: Any) -> Any:
        return linear.index(self, key)

    def __iter__(self) -> "Iterator[Tensor]":
        if not self.shape:
            raise TypeError("a single number has no elements to go through")
        return (self[i] for i in range(len(self)))

    # -- methods, each documented where it is defined ----------------------------------------------

    backward = walk.backward

    reshape = view = linear.reshape
    flatten = ravel = linear.flatten
    squeeze = linear.squeeze
    unsqueeze = linear.unsqueeze
    expand = linear.expand
    permute = linear.permute
    transpose = linear.transpose
    t = linear.t
    clone = linear.clone
    sum = linear.total
    cumsum = linear.cumsum
    diag = linear.diag
    trace = linear.trace

    mean = reductions.mean
    var = reductions.var
    prod = reductions.prod
    std = reductions.std
    amax = reductions.amax
    amin = reductions.amin
    max = selections.largest
    min = selections.smallest
    norm = reductions.norm
    logsumexp = reductions.logsumexp
    softmax = reductions.softmax
    log_softmax = reductions.log_softmax
    clamp = clip = reductions.clamp

    matmul = products.matmul
    mv = products.mv
    mm = products.mm
    bmm = products.bmm
    dot = products.dot
    outer = products.outer

    @property
    def T(self) -> Array:  # noqa: N802  # numpy's and PyTorch's name
        """The axes reversed: of a matrix, the transpose."""
        return linear.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802  # PyTorch's name
        """The matrices in the last two axes transposed."""
        return linear.transpose(self, -2, -1)

    def where(self, condition: object, other: object) -> "Tensor":
        """These elements where the condition holds, those of `other` elsewhere."""
        return apply("where", condition, self, other)

    def __getattr__(self, name: str) -> "Callable[..., Any]":
        if name in self.functions:
            return partial(self.functions[name], self)
        if name.endswith("_") and name[:-1] in self.functions:
            function = self.functions[name[:-1]]
            return lambda *rest, **options: overwrite(self, function(self, *rest, **options))
        raise AttributeError(f"a tensor has no attribute {name!r}")

    def __repr__(self) -> str:
        note = ""
        if self.grad_fn is not None:
            note = f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            note = ", requires_grad=True"
        return f"tensor({_array_text(self.data)}{note})"


def tensor(data: object, *, requires_grad: bool = False, dtype: DTypeLike | None = None) -> Tensor:
    """A leaf made of numbers, nested lists or an array; float64 unless `dtype` says otherwise."""
    source = data.data if isinstance(data, Tensor) else data
    array = np.array(source, dtype=dtype)
    if array.dtype.kind not in "biufO" or any(e is None for e in array.ravel()[:1]):
        raise TypeError(f"a tensor holds numbers, not {data!r}")
    if dtype is None and array.dtype.kind in "iu":
        array = array.astype(np.float64)
    _check_floating(array, requires_grad)
    return Tensor(array, requires_grad)


def apply(operation: str, *operands: object, name: str | None = None) -> Tensor:
    """The result of a primitive on tensors, arrays and numbers, recorded if a gradient may flow."""
    kind = None
    for one in operands:
        if isinstance(one, Tensor) and one.data.dtype.char != "d":
            kind = one.data.dtype
    if kind is not None:
        operands = tuple(_beside(kind, one) for one in operands)
    result: Tensor = elementwise(operation, *map(as_tensor, operands), name=name)
    return result


def _beside(kind: Any, operand: Any) -> Any:
    """A number in the kind of the tensor beside it: with float32 it is no float64."""
    fitting = (int, float) if kind.kind == "f" else int
    if isinstance(operand, fitting) and kind.kind in "fiu":
        return np.asarray(operand, kind)
    return operand


def as_tensor(value: object) -> Tensor:
    """A tensor itself, anything else as a constant."""
    return value if isinstance(value, Tensor) else Tensor(as_array(value))


def _check_floating(array: NumberArray, requires_grad: bool) -> None:
    if requires_grad and array.dtype.kind not in "fO":
        raise RuntimeError(f"only floating-point tensors can require grad, not {array.dtype}")


def _compared(compare: Callable[..., Array], one: Tensor, other: Any) -> Tensor:
    array = other.data if isinstance(other, Tensor) else other
    try:
        return Tensor(np.asarray(compare(one.data, array)))
    except ValueError:
        raise misfit(compare.__name__, one.shape, np.shape(array)) from None
    except TypeError:
        kind = np.result_type(one.data, array)
        raise TypeError(f"{compare.__name__}: of truths or whole numbers, not {kind}") from None


def _array_text(array: NumberArray) -> str:
    # The elements of an array of objects are no arrays.
    if np.ndim(array):
        return "[" + ", ".join(_array_text(row) for row in array) + "]"
    value = array.item() if isinstance(array, np.ndarray) else array
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (float, np.floating)):
        return str(value)
    return _float_text(float(value))


def _float_text(value: float) -> str:
    """A float as PyTorch starts it, `3.`, but with all its digits."""
    text = repr(value)
    return text[:-1] if text.endswith(".0") else text
