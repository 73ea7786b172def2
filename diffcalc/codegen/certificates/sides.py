"""Which proofs by sides the tactics of `prelude.v` can carry out, told before Coq is asked.

On a border, as of abs at 0, the tactics follow the value and the slope of each operation on either
side, and at the point itself. So does this, in exact numbers. The reason is said where a number is
only assumed to be 0, or where an operation on its border has no rule.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import sympy

from diffcalc.base.errors import EmitError
from diffcalc.base.numbers import Algebra
from diffcalc.codegen.certificates.terms import whole_power
from diffcalc.language.algebras import symbols
from diffcalc.language.expression import Expression, Node
from diffcalc.truth.program import Leaf, Program
from diffcalc.truth.slopes import regular, slope

# Digits in which a constant is told from 0, and what is then told to be none: the tactics' own
# intervals go to 2,400 bits.
_DIGITS = 400
_COMPARED: Mapping[str, Callable[[int], bool]] = {
    "lt": lambda difference: difference < 0,
    "le": lambda difference: difference <= 0,
    "gt": lambda difference: difference > 0,
    "ge": lambda difference: difference >= 0,
    "eq": lambda difference: difference == 0,
    "ne": lambda difference: difference != 0,
}


class Tangent(NamedTuple):
    """f(x + h) = value + slope*h + o(h) on one side; a slope of None grows without bound."""

    value: Any
    slope: Any


def tangent(program: Program, at: Mapping[Leaf, Expression], leaf: Leaf, side: int) -> Tangent:
    """The tangent of a program's output on a side: -1, 1, or 0 for the point itself.

    Raises `EmitError` with the reason where the tactics do not come so far.
    """
    return _Sided(program, side).run(at, leaf)


def sign(value: Any) -> int:
    """The sign of an exact number. Raises `EmitError` where it is not told."""
    simple = sympy.expand(value)
    if simple == 0:
        return 0
    if simple.is_Rational:
        return 1 if simple > 0 else -1
    number = sympy.N(simple, 30, maxn=_DIGITS)
    if not number.is_Float or number._prec < 30:
        raise EmitError(f"Coq is not told that {_short(simple)} is 0")
    return 1 if number > 0 else -1


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class _Sided:
    def __init__(self, program: Program, side: int) -> None:
        self._program = program
        self._side = side

    def run(self, at: Mapping[Leaf, Expression], leaf: Leaf) -> Tangent:
        column = _column()
        found: list[Any] = []
        chosen = self._lazily()
        for index, node in enumerate(self._program.nodes):
            if index in self._program.leaves:
                own = self._program.leaves[index]
                found.append(Tangent(at[own](column), sympy.Integer(own == leaf)))
            elif node.content is not None:
                found.append(Tangent(column[node.operation](node.content), sympy.Integer(0)))
            else:
                found.append(chosen(node, found))
        (output,) = self._program.outputs
        result: Tangent = _told(found[output])
        return result

    def _lazily(self) -> Callable[[Node, Sequence[Any]], Any]:
        """What is not told matters only where it is used: not in the other branch of a choice."""

        def one(node: Node, found: Sequence[Any]) -> Any:
            try:
                if node.operation == "where":
                    return found[node.operands[1 if _told(found[node.operands[0]]).value else 2]]
                return self._apply(node, [_told(found[i]) for i in node.operands], found)
            except EmitError as error:
                return error

        return one

    def _apply(self, node: Node, operands: Sequence[Any], found: Sequence[Any]) -> Any:
        name = node.operation
        if name in _COMPARED:
            holds = _COMPARED[name](self._sign_beside(_added(operands, -1)))
            return Tangent(sympy.Integer(holds), sympy.Integer(0))
        if name == "total":
            return Tangent(sum(o.value for o in operands), _sum(operands))
        if name in ("add", "sub"):
            return _added(operands, -1 if name == "sub" else 1)
        if name == "sqrt":
            squares = self._squares(node, found)
            if squares is not None:
                return self._hypot(*squares) if squares[1:] else self._absolute(*squares)
        special = getattr(self, f"_{name}", None)
        return special(*operands) if special else self._regular(node, operands)

    def _squares(self, node: Node, found: Sequence[Any]) -> list[Tangent] | None:
        """What is squared under a root of a square, or of the sum of two."""
        nodes = self._program.nodes
        inside = nodes[node.operands[0]]
        terms = [nodes[i] for i in inside.operands] if inside.operation == "add" else [inside]
        if all(n.operation == "pow" and whole_power(self._program, n) == 2 for n in terms):
            return [_told(found[n.operands[0]]) for n in terms]
        return None

    def _sign_beside(self, of: Tangent) -> int:
        """The sign of a function beside the point; 0 where it is 0 at the point itself."""
        here = sign(of.value)
        if here or not self._side:
            return here
        if of.slope is None:
            raise EmitError("Coq is not told the sign of what is steep")
        beside = self._side * sign(of.slope)
        if not beside:
            raise EmitError("the tactics do not look beyond the first order")
        return beside

    def _absolute(self, u: Tangent) -> Tangent:
        if sign(u.value):
            return Tangent(sign(u.value) * u.value, _times(sign(u.value), u.slope))
        if u.slope is None:
            raise EmitError("Coq is not told of abs of what is steep")
        return Tangent(sympy.Integer(0), self._side * sympy.Abs(u.slope))

    _abs = _absolute

    def _max(self, u: Tangent, v: Tangent) -> Tangent:
        return _halved(u, v, self._absolute(_added((u, v), -1)))

    def _min(self, u: Tangent, v: Tangent) -> Tangent:
        return _halved(u, v, _opposite(self._absolute(_added((u, v), -1))))

    def _relu(self, u: Tangent) -> Tangent:
        return self._max(u, Tangent(sympy.Integer(0), sympy.Integer(0)))

    def _sign(self, u: Tangent) -> Tangent:
        return Tangent(sympy.Integer(self._sign_beside(u)), sympy.Integer(0))

    def _neg(self, u: Tangent) -> Tangent:
        return _opposite(u)

    def _mul(self, u: Tangent, v: Tangent) -> Tangent:
        if None not in (u.slope, v.slope):
            return Tangent(u.value * v.value, u.slope * v.value + u.value * v.slope)
        steep, other = (u, v) if u.slope is None else (v, u)
        if other.slope is None or not sign(other.value):
            raise EmitError("Coq is not told of this product of what is steep")
        return Tangent(steep.value * other.value, None)

    def _cbrt(self, u: Tangent) -> Tangent:
        if not sign(u.value):
            return self._root(u)
        root = _CubeRoot(u.value)
        return Tangent(root, _chained([1 / (3 * root**2)], [u]))

    def _sqrt(self, u: Tangent) -> Tangent:
        return self._smooth("sqrt", (u,)) if sign(u.value) else self._root(u, above=True)

    def _root(self, u: Tangent, above: bool = False) -> Tangent:
        """A root of what is 0 here: steep where that has a slope; only `above` 0 where so said."""
        zero = sympy.Integer(0)
        if not self._side:
            return Tangent(zero, zero)
        if self._sign_beside(u) < 0 and above:
            raise EmitError("the root has no value on one side")
        return Tangent(zero, None)

    def _powered(self, u: Tangent, v: Tangent) -> Tangent:
        """A power whose exponent is not a whole number."""
        if v.slope != 0 or sign(u.value):
            return self._smooth("pow", (u, v))
        if sign(v.value) <= 0 or not sign(v.value - 1):
            raise EmitError("the tactics have no rule for this power of 0")
        found = self._root(u, above=True)
        return found if sign(v.value - 1) < 0 else found._replace(slope=sympy.Integer(0))

    def _div(self, u: Tangent, v: Tangent) -> Tangent:
        if u.slope is None and v.slope is not None and sign(v.value):
            return Tangent(u.value / v.value, None)
        return self._smooth("div", (u, v))

    def _hypot(self, u: Tangent, v: Tangent) -> Tangent:
        if sign(u.value) or sign(v.value):
            return self._smooth("hypot", (u, v))
        if None in (u.slope, v.slope):
            raise EmitError("Coq is not told of hypot of what is steep")
        return Tangent(sympy.Integer(0), self._side * sympy.sqrt(u.slope**2 + v.slope**2))

    def _regular(self, node: Node, operands: Sequence[Tangent]) -> Tangent:
        if node.operation == "pow":
            power = whole_power(self._program, node)
            if power is not None:
                return self._whole_power(operands[0], power)
            return self._powered(*operands)
        return self._smooth(node.operation, operands)

    def _whole_power(self, u: Tangent, power: int) -> Tangent:
        if power < 0 and not sign(u.value):
            raise EmitError("a division by 0")
        if power == 0:
            return Tangent(sympy.Integer(1), sympy.Integer(0))
        rate = power * u.value ** (power - 1)
        return Tangent(u.value**power, _chained([rate], [u]))

    def _smooth(self, name: str, operands: Sequence[Tangent]) -> Tangent:
        """An operation where it is analytic, by its slopes."""
        values = dict(zip("uvw", (o.value for o in operands), strict=False))
        text = regular(name)
        if text is not None and sign(_replayed(text, values)) <= 0:
            raise EmitError(f"the tactics have no rule for {name} on its border")
        rates = [slope(name, i) for i in range(len(operands))]
        numbers = [sympy.Integer(0) if r is None else _replayed(r, values) for r in rates]
        value = _column()[name](*values.values())
        return Tangent(value, _chained(numbers, operands))


class _CubeRoot(sympy.Function):  # type: ignore[misc]  # SymPy is untyped
    """A number whose cube is not simplified: the tactics do not know it."""

    def _eval_evalf(self, bits: int) -> Any:
        return sympy.real_root(self.args[0], 3)._eval_evalf(bits)


@cache
def _column() -> Algebra[Any]:
    """SymPy's numbers; what is a name only to others is worked out here."""
    compared = {
        name: (lambda u, v, holds=holds: holds(sign(u - v))) for name, holds in _COMPARED.items()
    }
    own: dict[str, Callable[..., Any]] = {
        "where": lambda condition, yes, no: yes if condition else no,
        "max": lambda u, v: u if sign(u - v) > 0 else v,
        "min": lambda u, v: v if sign(u - v) > 0 else u,
        "cbrt": _CubeRoot,
        "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
        "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
        "silu": lambda u: u / (1 + sympy.exp(-u)),
        "relu": lambda u: u if sign(u) > 0 else sympy.Integer(0),
        "atan2": sympy.atan2,
    }
    return {**symbols(), **compared, **own}


def _told(found: Any) -> Any:
    if isinstance(found, EmitError):
        raise found
    return found


def _replayed(text: Expression, values: Mapping[str, Any]) -> Any:
    return text(_column(), **{name: values[name] for name in text.variables})


def _chained(rates: Sequence[Any], operands: Sequence[Tangent]) -> Any:
    steep = [r for r, o in zip(rates, operands, strict=True) if o.slope is None]
    if not steep:
        return sum(r * o.slope for r, o in zip(rates, operands, strict=True))
    if len(operands) > 1 or not sign(steep[0]):
        raise EmitError("Coq is not told of this function of what is steep")
    return None


def _times(factor: int, slope: Any) -> Any:
    return None if slope is None else factor * slope


def _opposite(u: Tangent) -> Tangent:
    return Tangent(-u.value, _times(-1, u.slope))


def _added(operands: Sequence[Tangent], factor: int) -> Tangent:
    u, v = operands
    return Tangent(u.value + factor * v.value, _sum((u, v._replace(slope=_times(factor, v.slope)))))


def _sum(operands: Sequence[Tangent]) -> Any:
    steep = sum(o.slope is None for o in operands)
    if steep > 1:
        raise EmitError("Coq is not told of a sum of what is steep")
    return None if steep else sum(o.slope for o in operands)


def _halved(u: Tangent, v: Tangent, k: Tangent) -> Tangent:
    total = _added((_added((u, v), 1), k), 1)
    return Tangent(total.value / 2, None if total.slope is None else total.slope / 2)
