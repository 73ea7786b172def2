"""Shorter forms of the same: operands first, products with a factor in common, then the algebra."""

from collections.abc import Iterator
from functools import reduce
from operator import add

import sympy

from diffcalc.notation import tidy, to_text
from diffcalc.symbolic.derivation import Formula
from diffcalc.symbolic.forms import Forms
from diffcalc.symbolic.shaped import Shape, Shaped, operation_of


def simplified(f: Forms, a: Shaped) -> Shaped:
    """The shortest form found that is equal to `a` in its shape."""
    operations = list(dict.fromkeys(_outermost(a.form)))
    form = a.form.xreplace({one: _rebuilt(f, one) for one in operations})
    form = min(form, _without_columns(f, form), key=_length)
    candidates = [form, *(_collected(f, form, end) for end in (-1, 0))]
    form = min(candidates, key=_length)
    return Shaped(_tidied(form), a.shape)


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


def _rebuilt(f: Forms, form: Formula) -> Formula:
    """An operation on arrays, applied again to simpler operands."""
    operation = operation_of(form)
    assert operation is not None
    if operation in ("eye", "ones"):
        return form
    operands = [simplified(f, operand) for operand in f.operands(form)]
    if operation == "matmul":
        result = reduce(f.matmul, operands)
    else:
        result = f.apply(operation, operands, [int(n) for n in form.args[len(operands) :]])
    return f.filled(Shaped(result.form, f.shape(form)))


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
    return sympy.Add(*terms)


def _is_column(form: Formula) -> bool:
    return operation_of(form) == "outer" and operation_of(form.args[1]) == "ones"


def _collected(f: Forms, form: Formula, end: int) -> Formula:
    """P @ x + Q @ x as (P + Q) @ x, or with `end` 0, P @ x + P @ y as P @ (x + y)."""
    groups: dict[tuple[Formula, Shape], list[Shaped]] = {}
    others = []
    for term in sympy.Add.make_args(form):
        number, product = f.scalars(term)
        shape = f.shape(product)
        if operation_of(product) == "matmul" and shape:
            factors = f.operands(product)
            end_factor = factors.pop(end)
            rest = reduce(f.matmul, factors)
            rest = Shaped(number * rest.form, rest.shape)
            groups.setdefault((end_factor.form, shape), []).append(rest)
        else:
            others.append(term)
    for (common, _), rests in groups.items():
        others.append(_joined(f, f.whole(common), rests, end))
    return sympy.Add(*others)


def _joined(f: Forms, common: Shaped, rests: list[Shaped], end: int) -> Formula:
    total = reduce(add, rests)
    if len(rests) > 1:
        total = simplified(f, total)
    return (f.matmul(common, total) if end == 0 else f.matmul(total, common)).form
