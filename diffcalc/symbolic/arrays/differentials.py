"""The differentials of the operations on arrays, each written down once, with its statement.

As in Magnus and Neudecker, *Matrix Differential Calculus* (third edition, chapters 8 and 9): the
differential of an operation is linear in those of its operands, d(A @ B) = dA @ B + A @ dB.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import sympy

from diffcalc.language.algebras import symbols
from diffcalc.symbolic.arrays.forms import Forms
from diffcalc.symbolic.arrays.shaped import Shaped, ones, where_equal
from diffcalc.symbolic.rules import Rule


@dataclass(frozen=True, slots=True)
class Applied:
    """An operation on arrays, applied: its operands, their differentials (None: 0), its result.

    `numbers` are those behind the operands, and `axis` the axis among them, counted from the front.

    The plainer rules for a product and for the largest element hold where no factor is 0 and no two
    elements are equal. `careful`, they also hold where that is so everywhere, as in
    prod(diag(x)) and max(outer(ones(2), x)).
    """

    operands: Sequence[Shaped]
    differentials: Sequence[Shaped | None]
    result: Shaped
    axis: int | None = None
    numbers: Sequence[int] = ()
    careful: bool = False


@dataclass(frozen=True, slots=True)
class ArrayRule:
    """The rule of one operation: its name and statement, and the differential it gives."""

    rule: Rule
    differential: Callable[[Forms, Applied], Shaped]


_NOTHING = Shaped(sympy.Integer(0), ())
# How many zeros a product may have where a slope of it is not 0.
_FEW = (sympy.Integer(0), sympy.Integer(1))


def _bilinear(operation: str) -> Callable[[Forms, Applied], Shaped]:
    def differential(f: Forms, at: Applied) -> Shaped:
        (a, b), (da, db) = at.operands, at.differentials
        pairs = [(da, b), (a, db)]
        return reduce(add, [f.apply(operation, (u, v), ()) for u, v in pairs if u and v])

    return differential


def _linear(operation: str) -> Callable[[Forms, Applied], Shaped]:
    def differential(f: Forms, at: Applied) -> Shaped:
        numbers = () if at.axis is None else (at.axis,)
        return f.apply(operation, (_du(at),), numbers)

    return differential


def _placed(operation: str) -> Callable[[Forms, Applied], Shaped]:
    return lambda f, at: f.apply(operation, (_du(at),), at.numbers)


def _stack(f: Forms, at: Applied) -> Shaped:
    pairs = zip(at.operands, at.differentials, strict=True)
    return f.stack(*(Shaped(sympy.Integer(0), u.shape) if du is None else du for u, du in pairs))


def _du(at: Applied) -> Shaped:
    (du,) = at.differentials
    assert du is not None
    return du


def _norm(f: Forms, at: Applied) -> Shaped:
    return f.reduced("sum", at.operands[0] * _du(at), at.axis) / at.result


def _prod(f: Forms, at: Applied) -> Shaped:
    u = at.operands[0]
    if not at.careful:
        return at.result * f.reduced("sum", _du(at) / u, at.axis)
    others, zeros = _split_at_zeros(u)
    product = f.reduced("prod", others, at.axis)
    # The product of the other elements is 0 where one of them is.
    count = f.spread(f.reduced("sum", zeros, at.axis), at.axis, u.shape)
    slopes = where_equal(count, zeros, ones(), _NOTHING) / others
    return product * f.reduced("sum", slopes * _du(at), at.axis)


def _cumprod(f: Forms, at: Applied) -> Shaped:
    u, du = at.operands[0], _du(at)
    if not at.careful:
        return at.result * f.cumsum(du / u, at.axis)
    others, zeros = _split_at_zeros(u)
    count = f.cumsum(zeros, at.axis)
    none, single = (where_equal(count, Shaped(n, ()), ones(), _NOTHING) for n in _FEW)
    slopes = none * f.cumsum(du / others, at.axis) + single * f.cumsum(zeros * du, at.axis)
    return f.cumprod(others, at.axis) * slopes


def _split_at_zeros(u: Shaped) -> tuple[Shaped, Shaped]:
    """The array with 1 in the place of each 0, and 1 there, with 0 elsewhere."""
    return where_equal(u, _NOTHING, ones(), u), where_equal(u, _NOTHING, ones(), _NOTHING)


def _det(f: Forms, at: Applied) -> Shaped:
    return at.result * f.trace(f.matmul(f.inv(at.operands[0]), _du(at)))


def _inv(f: Forms, at: Applied) -> Shaped:
    found = f.matmul(f.matmul(at.result, _du(at)), at.result)
    return Shaped(-found.form, found.shape)


def _logsumexp(f: Forms, at: Applied) -> Shaped:
    u = at.operands[0]
    if len(u.shape) == 2 and at.axis is None:
        # softmax is of a vector, or along an axis.
        powers = Shaped(symbols()["exp"](u.form - at.result.form), u.shape)
    else:
        powers = f.softmax(u, at.axis)
    return f.reduced("sum", powers * _du(at), at.axis)


def _softmax(f: Forms, at: Applied) -> Shaped:
    mean = f.reduced("sum", at.result * _du(at), at.axis)
    return at.result * (_du(at) - f.spread(mean, at.axis, at.result.shape))


def _extreme(f: Forms, at: Applied) -> Shaped:
    u = at.operands[0]
    if not f.shape(u.form):
        return f.mean(_du(at), at.axis)
    most = f.spread(at.result, at.axis, u.shape)
    taken = where_equal(u, most, ones(), _NOTHING)
    found = f.reduced("sum", taken * _du(at), at.axis)
    return found / f.reduced("sum", taken, at.axis) if at.careful else found


def _row(name: str, statement: str, differential: Callable[[Forms, Applied], Shaped]) -> ArrayRule:
    return ArrayRule(Rule(name, statement), differential)


ARRAY_RULES: Mapping[str, ArrayRule] = {
    "matmul": _row("matrix product", "d(A @ B) = dA @ B + A @ dB", _bilinear("matmul")),
    "dot": _row("dot product", "d dot(u, v) = du @ v + u @ dv", _bilinear("dot")),
    "outer": _row("outer product", "d outer(u, v) = outer(du, v) + outer(u, dv)",
                  _bilinear("outer")),
    "transpose": _row("transpose", "d(A.T) = dA.T", _linear("transpose")),
    "sum": _row("sum of elements", "d sum(u) = sum(du)", _linear("sum")),
    "cumsum": _row("cumulative sum", "d cumsum(u) = cumsum(du)", _linear("cumsum")),
    "mean": _row("mean", "d mean(u) = mean(du)", _linear("mean")),
    "trace": _row("trace", "d trace(A) = trace(dA)", _linear("trace")),
    "element": _row("element", "d u[i] = du[i]", _placed("element")),
    "part": _row("part", "d u[i:j] = du[i:j]", _placed("part")),
    "pad": _row("rows of zeros", "d pad(u, i, j) = pad(du, i, j)", _placed("pad")),
    "expand_dims": _row("new axis", "d expand_dims(u, k) = expand_dims(du, k)",
                        _placed("expand_dims")),
    "stack": _row("stack", "d [u, v] = [du, dv]", _stack),
    "diag": _row("diagonal", "d diag(u) = diag(du)", _linear("diag")),
    "prod": _row("product of elements", "d prod(u) = prod(u)*sum(du/u)", _prod),
    "cumprod": _row("cumulative product", "d cumprod(u) = cumprod(u)*cumsum(du/u)", _cumprod),
    "det": _row("determinant", "d det(A) = det(A)*trace(inv(A) @ dA)", _det),
    "inv": _row("inverse", "d inv(A) = -inv(A) @ dA @ inv(A)", _inv),
    "norm": _row("norm", "d norm(u) = sum(u*du)/norm(u)", _norm),
    "logsumexp": _row("logsumexp", "d logsumexp(u) = sum(softmax(u)*du)", _logsumexp),
    "softmax": _row("softmax", "d softmax(u) = s*(du - sum(s*du)), s = softmax(u)", _softmax),
    "amax": _row("largest element", "d max(u) = du where u is largest", _extreme),
    "amin": _row("smallest element", "d min(u) = du where u is smallest", _extreme),
}  # fmt: skip
"""All but the constants, `eye` and `ones`."""
