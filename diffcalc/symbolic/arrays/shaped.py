"""A form and the shape it stands for, and the shapes that operations give."""

from dataclasses import dataclass

import sympy
from sympy.core.function import AppliedUndef

from diffcalc.base.numbers import Formula
from diffcalc.language.algebras import symbols
from diffcalc.language.array_operations import ARRAYS, Shape, Size

SymbolicShape = Shape
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


def ones(*sizes: Size) -> Shaped:
    """The number 1, in this shape."""
    return Shaped(sympy.Integer(1), sizes)


def operation_of(form: Formula) -> str | None:
    """The operation on arrays that a form is, if it is one."""
    name = form.func.__name__
    return name if name in ARRAYS and isinstance(form, AppliedUndef) else None


def where_equal(a: Shaped, b: Shaped, yes: Shaped, no: Shaped) -> Shaped:
    """One array where two others are equal, and another one elsewhere."""
    f = symbols()
    form = f["where"](f["eq"](a.form, b.form), yes.form, no.form)
    return Shaped(form, broadcast(*[operand.shape for operand in (a, b, yes, no)]))
