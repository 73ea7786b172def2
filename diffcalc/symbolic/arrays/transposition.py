"""Identification: from df = sum(G*dx), a differential linear in dx, to the gradient G.

<w, dz> is sum(w*dz). Where dz = A @ du, <w, A @ du> = <A.T @ w, du>: every linear operation moves
to the other side as its transpose, from the outermost to the innermost, until du stands alone
(Magnus and Neudecker, *Matrix Differential Calculus*, chapter 9; `linear_transpose` in Frostig et
al., *Decomposing reverse-mode automatic differentiation*, 2021).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.language.array_operations import places
from diffcalc.symbolic.arrays.forms import Forms
from diffcalc.symbolic.arrays.shaped import Shaped, SymbolicShape, operation_of
from diffcalc.symbolic.rules import Rule

# fmt: off
MOVES: Mapping[str, Rule] = {
    "elementwise": Rule("elementwise product", "<w, v*du> = <v*w, du>"),
    "matmul": Rule("transposed product", "<w, A @ du> = <A.T @ w, du>"),
    "transpose": Rule("transpose", "<W, dA.T> = <W.T, dA>"),
    "sum": Rule("sum of elements", "<w, sum(du)> = <w, du>, w for every element"),
    "cumsum": Rule("cumulative sum", "<w, cumsum(du)> = <sum(w) - cumsum(w) + w, du>"),
    "outer": Rule("outer product", "<W, outer(du, v)> = <W @ v, du>"),
    "diag": Rule("diagonal", "<w, diag(du)> = <diag(w), du>"),
    "element": Rule("element", "<w, du[i]> = <pad([w], i, n - i - 1), du> where u has n rows"),
    "part": Rule("part", "<w, du[i:j]> = <pad(w, i, n - j), du> where u has n rows"),
    "pad": Rule("rows of zeros", "<w, pad(du, i, j)> = <w[i:n - j], du> where w has n rows"),
    "expand_dims": Rule("new axis", "<w, expand_dims(du, k)> = <sum(w, axis=k), du>"),
    "trace": Rule("trace", "<c, trace(dA)> = <c*eye, dA>"),
    "broadcast": Rule("broadcasting", "<w, du> = <sum(w), du> where du stands for many"),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Move:
    """One step, from <weight, form> to <weight, form>."""

    rule: Rule
    before: tuple[Shaped, Formula]
    after: tuple[Shaped, Formula]


class Identification:
    """What du has before it in <`weight`, `linear`>, a form linear in du: its `cotangent`.

    `moves` has the steps on the way. Raises `NotImplementedError` where the form is not linear.
    """

    def __init__(self, forms: Forms, du: Shaped, weight: Shaped, linear: Formula) -> None:
        self._forms = forms
        self._du = du
        self.moves: list[Move] = []
        self.cotangent = self._moved_off(weight, linear)

    def _moved_off(self, weight: Shaped, linear: Formula) -> Shaped:
        f, du = self._forms, self._du
        total = Shaped(sympy.Integer(0), du.shape)
        stack = [(weight, linear)] if self._has(linear) else []
        while stack:
            weight, linear = stack.pop()
            shape = f.shape(linear)
            if weight.shape != shape:
                before, weight = weight, f.narrow(weight, shape)
                self.moves.append(Move(MOVES["broadcast"], (before, linear), (weight, linear)))
            if linear == du.form:
                total = total + weight
            elif linear.is_Add:
                stack.extend((weight, term) for term in reversed(linear.args) if self._has(term))
            elif operation_of(linear) == "stack":
                rows = [(f.element(weight, k), row) for k, row in enumerate(linear.args)]
                stack.extend((w, row) for w, row in reversed(rows) if self._has(row))
            else:
                stack.append(self._moved(weight, linear))
        return total

    def _has(self, form: Formula) -> bool:
        return self._du.form in form.free_symbols

    def _moved(self, weight: Shaped, linear: Formula) -> tuple[Shaped, Formula]:
        """The outermost operation moved to the other side."""
        operation, before = operation_of(linear) or "", (weight, linear)
        if linear.is_Mul:
            weight, inner = self._times(weight, linear)
            operation = "elementwise"
        elif operation == "matmul":
            weight, inner = self._product(weight, linear)
        elif operation == "outer":
            weight, inner = self._outer(weight, linear)
        elif operation in _OF_ONE:
            inner = linear.args[0]
            numbers = [int(number) for number in linear.args[1:]]
            weight = _OF_ONE[operation](self._forms, weight, self._forms.shape(inner), *numbers)
        else:
            raise NotImplementedError(f"{linear} is not linear in {self._du.form}")
        self.moves.append(Move(MOVES[operation], before, (weight, inner)))
        return weight, inner

    def _times(self, weight: Shaped, linear: Formula) -> tuple[Shaped, Formula]:
        (inner,) = [factor for factor in linear.args if self._has(factor)]
        rest = sympy.Mul(*[factor for factor in linear.args if factor != inner])
        return weight * Shaped(rest, weight.shape), inner

    def _product(self, weight: Shaped, linear: Formula) -> tuple[Shaped, Formula]:
        """First what stands before du is moved, then what stands after it."""
        f = self._forms
        (at,) = [k for k, factor in enumerate(linear.args) if self._has(factor)]
        if at:
            behind = linear.args[at:]
            before = self._multiplied(linear.args[:at])
            if len(before.shape) == 2:
                moved = f.matmul(f.transpose(before), weight)
            else:
                moved = f.outer(before, weight) if weight.shape else before * weight
            return moved, linear.func(*behind) if len(behind) > 1 else behind[0]
        inner = linear.args[0]
        after = self._multiplied(linear.args[1:])
        if not weight.shape:
            return weight * after, inner
        if len(after.shape) == 1:
            return f.outer(weight, after), inner
        return f.matmul(weight, f.transpose(after)), inner

    def _multiplied(self, factors: Sequence[Formula]) -> Shaped:
        return reduce(self._forms.matmul, map(self._forms.whole, factors))

    def _outer(self, weight: Shaped, linear: Formula) -> tuple[Shaped, Formula]:
        u, v = linear.args
        if self._has(u):
            return self._forms.matmul(weight, self._forms.whole(v)), u
        return self._forms.matmul(self._forms.transpose(weight), self._forms.whole(u)), v


def _cumsum(f: Forms, w: Shaped, shape: SymbolicShape, axis: int | None = None) -> Shaped:
    return f.spread(f.reduced("sum", w, axis), axis, shape) - f.cumsum(w, axis) + w


def _element(f: Forms, w: Shaped, shape: SymbolicShape, index: int) -> Shaped:
    at = index + (shape[0] if index < 0 else 0)
    return f.pad(f.expand_dims(w, 0), at, shape[0] - at - 1)


def _part(f: Forms, w: Shaped, shape: SymbolicShape, *ends: int) -> Shaped:
    first, last = places(shape[0], ends)
    return f.pad(w, first, shape[0] - last)


def _unpadded(f: Forms, w: Shaped, shape: SymbolicShape, before: int, after: int) -> Shaped:
    return f.part(w, before, *[-after] * bool(after)) if before or after else w


_OF_ONE: Mapping[str, Callable[..., Shaped]] = {
    "transpose": lambda f, w, shape: f.transpose(w),
    "element": _element,
    "part": _part,
    "pad": _unpadded,
    "expand_dims": lambda f, w, shape, axis: f.reduced("sum", w, axis),
    "diag": lambda f, w, shape: f.diag(w),
    "trace": lambda f, w, shape: w * f.apply("eye", (), shape[:1]),
    "sum": lambda f, w, shape, axis=None: f.spread(w, axis, shape),
    "cumsum": _cumsum,
}
"""What w becomes, where the operation takes one array, of that shape, and these numbers."""
