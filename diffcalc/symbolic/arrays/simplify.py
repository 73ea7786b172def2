"""Shorter forms of the same: operands first, products with a factor in common, then the algebra."""

from collections.abc import Iterator
from functools import reduce
from operator import add

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.symbolic.arrays.forms import Forms, numbers_of
from diffcalc.symbolic.arrays.shaped import Shaped, SymbolicShape, operation_of
from diffcalc.symbolic.arrays.zeros import gathered
from diffcalc.symbolic.notation import tidy, to_text


class Simplifier:
    """Called with an array, the shortest form found that is equal to it in its shape.

    What was once made shorter is remembered: a network has the same layers in every term.
    """

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._shorter: dict[Formula, Formula] = {}

    def __call__(self, a: Shaped) -> Shaped:
        """The same array, in a form that is no longer."""
        found = self._shorter.get(a.form)
        if found is None:
            found = self._shorter[a.form] = self._simplified(a.form)
        return Shaped(found, a.shape)

    def _simplified(self, form: Formula) -> Formula:
        operations = list(dict.fromkeys(_outermost(form)))
        form = form.xreplace({one: self._rebuilt(one) for one in operations})
        if any(map(_is_column, _outermost(form))):
            form = min(form, _without_columns(self._forms, form), key=_length)
        if form.is_Add:
            collected = [self._collected(form, end) for end in (-1, 0)]
            form = min(form, *collected, gathered(self._forms, form, self), key=_length)
        return _tidied(form)

    def _rebuilt(self, form: Formula) -> Formula:
        """An operation on arrays, applied again to simpler operands."""
        f, operation = self._forms, operation_of(form)
        assert operation is not None
        if operation in ("eye", "ones"):
            return form
        operands = [self(operand) for operand in f.operands(form)]
        if operation == "matmul":
            result = reduce(f.matmul, operands)
        else:
            result = f.apply(operation, operands, numbers_of(form.args[len(operands) :]))
        return f.filled(Shaped(result.form, f.shape(form)))

    def _collected(self, form: Formula, end: int) -> Formula:
        """P @ x + Q @ x as (P + Q) @ x, or with `end` 0, P @ x + P @ y as P @ (x + y)."""
        f = self._forms
        groups: dict[tuple[Formula, SymbolicShape], list[Shaped]] = {}
        terms = []
        for term in form.args:
            number, product = f.scalars(term)
            shape = f.shape(product)
            if operation_of(product) == "matmul" and shape:
                factors = f.operands(product)
                common = factors.pop(end)
                rest = reduce(f.matmul, factors)
                rest = Shaped(number * rest.form, rest.shape)
                groups.setdefault((common.form, shape), []).append(rest)
            else:
                terms.append(term)
        for (factor, _), rests in groups.items():
            terms.append(self._joined(f.whole(factor), rests, end))
        total: Formula = sympy.Add(*terms)
        return total

    def _joined(self, common: Shaped, rests: list[Shaped], end: int) -> Formula:
        total = reduce(add, rests)
        if len(rests) > 1:
            total = self(total)
        pair = (common, total) if end == 0 else (total, common)
        return self._forms.matmul(*pair).form


def _length(form: Formula) -> int:
    return len(to_text(form))


def _outermost(form: Formula) -> Iterator[Formula]:
    """The operations on arrays in a form that are inside no other one."""
    stack = [form]
    while stack:
        at = stack.pop()
        if operation_of(at) is None:
            stack.extend(reversed(at.args))
        else:
            yield at


def _tidied(form: Formula) -> Formula:
    """The elementwise algebra, with every operation on arrays under a name of its own."""
    inside = {one: sympy.Symbol(to_text(one), real=True) for one in _outermost(form)}
    shorter = tidy(form.xreplace(inside), least=1)
    # 2*(x - y) stays as it is: SymPy would multiply it out.
    with sympy.evaluate(False):
        return shorter.xreplace({name: one for one, name in inside.items()})


def _without_columns(f: Forms, form: Formula) -> Formula:
    """x*outer(u, ones) as outer(u, x), and A*outer(u, ones) as diag(u) @ A."""
    terms = []
    for term in sympy.Add.make_args(form):
        factors = sympy.Mul.make_args(term)
        columns = [factor for factor in factors if _is_column(factor)]
        if not columns:
            terms.append(term)
            continue
        column = f.whole(sympy.Mul(*[factor.args[0] for factor in columns]))
        rest = sympy.Mul(*[factor for factor in factors if factor not in columns])
        if len(f.shape(rest)) < 2:
            terms.append(f.outer(column, Shaped(rest, f.shape(columns[0])[1:])).form)
        else:
            terms.append(f.matmul(f.diag(column), f.whole(rest)).form)
    total: Formula = sympy.Add(*terms)
    return total


def _is_column(form: Formula) -> bool:
    return operation_of(form) == "outer" and operation_of(form.args[1]) == "ones"
