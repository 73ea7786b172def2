"""What the mathematics computes with, as types: numbers and formulas; arrays are in `types.py`.

mpmath and SymPy have no types, so what comes from them may be anything. These Protocols say what is
used of it, and the rest of the package is checked against them. At run time nothing is imported.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Operand: TypeAlias = Any
"""What an operator takes: each kind of numbers has kinds of its own that it goes with."""


class Number(Protocol):
    """A number of any algebra: what can be added, multiplied and divided, and stays of its kind."""

    def __add__(self, other: Operand, /) -> Self: ...
    def __radd__(self, other: Operand, /) -> Self: ...
    def __sub__(self, other: Operand, /) -> Self: ...
    def __rsub__(self, other: Operand, /) -> Self: ...
    def __mul__(self, other: Operand, /) -> Self: ...
    def __rmul__(self, other: Operand, /) -> Self: ...
    def __truediv__(self, other: Operand, /) -> Self: ...
    def __rtruediv__(self, other: Operand, /) -> Self: ...
    def __neg__(self) -> Self: ...


class MpNumber(Number, Protocol):
    """A number of mpmath: an `mpf`."""

    _mpf_: tuple[int, int, int, int]

    def __pow__(self, other: Operand, /) -> Self: ...
    def __abs__(self) -> Self: ...
    def __int__(self) -> int: ...
    def __float__(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __lt__(self, other: Operand, /) -> bool: ...
    def __le__(self, other: Operand, /) -> bool: ...
    def __gt__(self, other: Operand, /) -> bool: ...
    def __ge__(self, other: Operand, /) -> bool: ...


Real: TypeAlias = MpNumber | float
"""A real number: a float, or one of mpmath's where there is to be no round-off."""
R = TypeVar("R", MpNumber, float)
"""The same, one or the other throughout."""


class MpContext(Protocol):
    """mpmath's functions, at its working precision."""

    prec: int
    zero: MpNumber
    one: MpNumber
    nan: MpNumber
    isfinite: Callable[[MpNumber], bool]
    workdps: "Callable[[int], AbstractContextManager[object]]"

    def __getattr__(self, name: str) -> Callable[..., MpNumber]: ...


class Formula(Number, Protocol):
    """An expression of SymPy: its operation, what it is made of, and what is asked of it."""

    func: Callable[..., "Formula"]
    args: tuple["Formula", ...]
    base: "Formula"
    exp: "Formula"
    name: str
    p: int
    q: int
    free_symbols: set["Formula"]
    is_Add: bool
    is_Mul: bool
    is_Pow: bool
    is_Integer: bool
    is_Rational: bool
    is_Number: bool
    is_integer: bool
    is_Symbol: bool
    has: Callable[..., bool]
    atoms: Callable[..., set["Formula"]]
    xreplace: Callable[[Mapping["Formula", "Formula"]], "Formula"]
    count_ops: Callable[[], int]
    rewrite: Callable[..., "Formula"]
    replace: Callable[..., "Formula"]
    could_extract_minus_sign: Callable[[], bool]
    as_numer_denom: Callable[[], tuple["Formula", "Formula"]]

    def __abs__(self) -> "Formula": ...
    def __pow__(self, other: Operand, /) -> "Formula": ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __int__(self) -> int: ...
    def __lt__(self, other: Operand, /) -> bool: ...
    def __le__(self, other: Operand, /) -> bool: ...
    def __gt__(self, other: Operand, /) -> bool: ...
    def __ge__(self, other: Operand, /) -> bool: ...


V = TypeVar("V")
W = TypeVar("W")
"""The values of an algebra, and of the variables: where not the same, a number and an array."""
Algebra: TypeAlias = Mapping[str, Callable[..., V]]
"""What a program is replayed with: from the name of an operation to what computes it."""
