"""A form and the shape it stands for, and the shapes that operations give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from diffcalc.language.algebras import symbols
from diffcalc.language.array_operations import ARRAYS
from diffcalc.symbolic.derivation import Formula

SymbolicShape = tuple[Any, ...]
"""The sizes of the axes: whole numbers, or SymPy symbols where they are not known."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """A form and the shape it stands for; what SymPy left of it may be smaller, and broadcasts."""

    form: Formula
    shape: SymbolicShape

    def __add__(self, other: "Shaped") -> "Shaped":
        return Shaped(self.form + other.form, broadcast(self.shape, other.shape))

    def __sub__(self, other: "Shaped") -> "Shaped":
        return Shaped(self.form - other.form, broadcast(self.shape, other.shape))

    def __mul__(self, other: "Shaped") -> "Shaped":
        return Shaped(self.form * other.form, broadcast(self.shape, other.shape))

    def __truediv__(self, other: "Shaped") -> "Shaped":
        return Shaped(self.form / other.form, broadcast(self.shape, other.shape))


def broadcast(*shapes: SymbolicShape) -> SymbolicShape:
    """The shape of an elementwise operation on fitting shapes, as in NumPy, of symbols too."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(next((n for n in sizes if n != 1), 1) for sizes in zip(*padded, strict=True))


def ones(*sizes: Any) -> Shaped:
    """The number 1, in this shape."""
    return Shaped(sympy.Integer(1), sizes)


def operation_of(form: Formula) -> str | None:
    """The operation on arrays that a form is, if it is one."""
    name = form.func.__name__
    return name if name in ARRAYS and isinstance(form, AppliedUndef) else None


def result_shape(
    operation: str, shapes: Sequence[SymbolicShape], numbers: Sequence[Any]
) -> SymbolicShape:
    """The shape of an operation of `arrays.ARRAYS` on arrays of fitting shapes."""
    first = shapes[0]
    match operation:
        case "matmul":
            return first[:-1] + shapes[-1][1:]
        case "transpose":
            return first[::-1]
        case "softmax":
            return first
        case "outer":
            return first + shapes[1]
        case "diag":
            return first * 2 if len(first) == 1 else first[:1]
    if not numbers:
        return ()
    axis = int(numbers[0]) % len(first)
    return first[:axis] + first[axis + 1 :]


def where_equal(a: Shaped, b: Shaped, yes: Shaped, no: Shaped) -> Shaped:
    """One array where two others are equal, and another one elsewhere."""
    f = symbols()
    form = f["where"](f["eq"](a.form, b.form), yes.form, no.form)
    return Shaped(form, broadcast(*[operand.shape for operand in (a, b, yes, no)]))
