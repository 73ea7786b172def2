"""Elementwise functions that the language has no word for: made of those it has.

Only two kinds have a vjp of their own, the remainders and sinc, because their value is best left to
numpy and they are flat or singular where what they would be made of is not.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffcalc.autograd.elementwise import pulled
from diffcalc.autograd.linear import Dim, expand, operation, stack
from diffcalc.autograd.primitives import Array, choose, f, like, values
from diffcalc.autograd.reductions import logsumexp
from diffcalc.autograd.tape import operand, record, renamed
from diffcalc.language.operations import Operation


@operation
def exp2(a: Array) -> Array:
    """The power of 2."""
    return renamed("Exp2Backward0", f.pow(like(a, 2), a))


@operation
def rsqrt(a: Array) -> Array:
    """One over the square root."""
    return renamed("RsqrtBackward0", f.div(1, f.sqrt(a)))


@operation
def deg2rad(a: Array) -> Array:
    """Degrees in radians."""
    return renamed("Deg2RadBackward0", a * (like(a, "pi") / 180))


@operation
def rad2deg(a: Array) -> Array:
    """Radians in degrees."""
    return renamed("Rad2DegBackward0", a * (180 / like(a, "pi")))


@operation
def trunc(a: Array) -> Array:
    """The whole part, towards 0."""
    return renamed("TruncBackward0", f.where(f.lt(a, 0), f.ceil(a), f.floor(a)))


@operation
def frac(a: Array) -> Array:
    """What is left without the whole part, of the sign of the number."""
    return renamed("FracBackward0", a - trunc(a))


@operation
def logaddexp(a: Array, b: Array) -> Array:
    """log(exp(a) + exp(b)), without overflow."""
    return renamed("LogaddexpBackward0", logsumexp(stack(_broadcast(a, operand(b))), 0))


@operation
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2^a + 2^b), without overflow."""
    scale = f.log(like(a, 2))
    return renamed("Logaddexp2Backward0", logaddexp(a * scale, f.mul(b, scale)) / scale)


@operation
def fmax(a: Array, b: Array) -> Array:
    """The larger of each pair, or the one that is a number."""
    return renamed("FmaxBackward0", _known(f.max, a, operand(b)))


@operation
def fmin(a: Array, b: Array) -> Array:
    """The smaller of each pair, or the one that is a number."""
    return renamed("FminBackward0", _known(f.min, a, operand(b)))


def _known(choice: Callable[..., Array], a: Array, b: Array) -> Array:
    lost_a, lost_b = (np.asarray(values(x) != values(x)) for x in (a, b))
    return f.where(lost_b, a, f.where(lost_a, b, choice(a, b)))


@operation
def lerp(start: Array, end: Array, weight: Array) -> Array:
    """The point that lies at `weight` on the way from start (0) to end (1)."""
    return renamed("LerpBackward1", start + operand(weight) * (operand(end) - start))


@operation
def linspace(start: Array, end: Array, steps: int) -> Array:
    """That many numbers at equal distances from start to end, in which it can be differentiated."""
    first, last = _broadcast(start, operand(end))
    places = np.linspace(0, 1, steps).reshape(-1, *(1,) * len(first.shape))
    return first * (1 - places) + last * places


def _broadcast(*operands: Array) -> list[Array]:
    shape = np.broadcast_shapes(*(a.shape for a in operands))
    return [expand(a, shape) for a in operands]


@operation
def nan_to_num(
    a: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """Numbers in the place of nan and of the infinities, by default the largest there are."""
    array = values(a)
    bounds = np.finfo(array.dtype if array.dtype.kind == "f" else float)
    instead = f.where(array > 0, bounds.max if posinf is None else posinf, nan)
    instead = f.where(array < 0, bounds.min if neginf is None else neginf, instead)
    finite = np.asarray(array - array == 0)
    return renamed("NanToNumBackward0", f.where(finite, a, instead))


@operation
def remainder(a: Array, b: Array) -> Array:
    """What is left of a by whole multiples of b, of b's sign: Python's `a % b`."""
    return _left("Remainder", np.remainder, f.floor, a, operand(b))


@operation
def fmod(a: Array, b: Array) -> Array:
    """What is left of a by whole multiples of b, of a's sign."""
    return _left("Fmod", np.fmod, trunc, a, operand(b))


def _left(
    name: str, of_floats: Callable[..., Array], whole: Callable[..., Array], a: Array, b: Array
) -> Array:
    one, other = values(a), values(b)
    if "O" in (one.dtype.kind, other.dtype.kind):
        value = one - other * values(whole(f.div(one, other)))
    else:
        value = of_floats(one, other)

    def of_divisor(g: Array, y: Array, a: Array, b: Array) -> Array:
        # As many as the value says: a/b itself may be rounded up to the next whole number.
        return -g * f.floor(f.div(values(a) - values(y), values(b)) + 0.5)

    pulls = (pulled(lambda g, y, a, b: g, 0), pulled(of_divisor, 1))
    return record(f"{name}Backward0", value, (a, b), pulls)


@operation
def sinc(a: Array) -> Array:
    """sin(pi*x)/(pi*x), which is 1 at 0. As in PyTorch its second derivative at 0 is not found."""
    pi = like(a, "pi")
    angle = pi * values(a)
    value = f.where(f.eq(angle, 0), like(a, 1), f.div(f.sin(angle), angle))

    def back(g: Array, y: Array, x: Array) -> Array:
        return g * choose(f.eq(x, 0), 0 * x, f.div(f.cos(x * pi) - y, x))

    return record("SincBackward0", value, (a,), (back,))


# -- without a gradient ----------------------------------------------------------------------------


def plainly(function: Operation) -> Operation:
    """A numpy function of the numbers alone: truths and places have no gradient."""

    @operation
    def of_numbers(*operands: Any, dim: Dim = None, keepdim: bool = False) -> Any:
        options = {"axis": dim, "keepdims": keepdim} if dim is not None or keepdim else {}
        return np.asarray(function(*map(values, operands), **options))

    return of_numbers
