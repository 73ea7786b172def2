"""Sums of arrays that stand among rows of zeros, each written once.

2*pad(u, 1, 0) + pad(v, 1, 0) is pad(2*u + v, 1, 0), and pad([a], 0, 1) + pad([b], 1, 0) is [a, b].
"""

from collections.abc import Callable
from operator import add

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.symbolic.arrays.forms import Forms, numbers_of
from diffcalc.symbolic.arrays.shaped import Shaped, SymbolicShape, operation_of

# A zero is as long as its comma, and a second pad as long as these.
_MOST_BETWEEN = 4
_Rows = dict[Formula, tuple[list[Formula], Formula]]
"""By the number of zeros before: rows, and the number of zeros behind them."""


def gathered(f: Forms, form: Formula, simplified: Callable[[Shaped], Shaped]) -> Formula:
    """A sum with arrays among the same zeros as one, and rows next to one another as one array."""
    terms: list[Formula] = []
    alike: dict[tuple[Formula, ...], Formula] = {}
    for term in form.args:
        number, product = f.scalars(term)
        if operation_of(product) == "pad":
            inner, *counts = product.args
            key = (*counts, sympy.Tuple(*f.shape(inner)))
            alike[key] = _plus(alike.get(key, sympy.Integer(0)), number, inner)
        else:
            terms.append(term)
    rows: dict[SymbolicShape, _Rows] = {}
    for (before, after, shape), inner in alike.items():
        known = rows.setdefault(tuple(numbers_of(shape.args[1:])), {})
        if operation_of(inner) == "stack" and before not in known:
            known[before] = list(inner.args), after
        else:
            terms.append(_padded(f, simplified(f.whole(inner)), before, after))
    for size, known in rows.items():
        _join(known, 0 if size else _MOST_BETWEEN)
        for before, (parts, after) in known.items():
            stack = f.stack(*(simplified(Shaped(part, size)) for part in parts))
            terms.append(_padded(f, stack, before, after))
    total: Formula = sympy.Add(*terms)
    return total


def _plus(total: Formula, number: Formula, inner: Formula) -> Formula:
    """A sum; of arrays that are written out, row by row."""
    if operation_of(inner) != "stack":
        return total + number * inner
    scaled = [number * row for row in inner.args]
    if operation_of(total) == "stack":
        return inner.func(*map(add, total.args, scaled))
    return total + inner.func(*scaled)


def _join(rows: _Rows, most: int) -> None:
    """What begins where something else ends, or that many zeros later, at the end of it."""
    for before in list(rows):
        between = 0
        while before in rows and between <= most:
            found, _ = rows[before]
            behind = before + len(found) + between
            if behind in rows:
                more, after = rows.pop(behind)
                rows[before] = [*found, *[sympy.Integer(0)] * between, *more], after
                between = 0
            else:
                between += 1


def _padded(f: Forms, a: Shaped, before: Formula, after: Formula) -> Formula:
    return f.pad(a, *numbers_of([before, after])).form
