"""Values to try: where a hint says that values are missing, it gives some that work."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import TYPE_CHECKING

import numpy as np

from diffcalc.critical import margin
from diffcalc.errors import PointError, shell_words
from diffcalc.expression import Expression
from diffcalc.functions import FLOAT, FloatArray
from diffcalc.shapes import Shape, moves

if TYPE_CHECKING:
    from diffcalc.point import Point

# (first value, step to the next): no two are equal, and between them they are in most domains:
# 2, 3 for the eye, 0.2, 0.3 for asin, 9, 8 for log(x - y), 20, 21 for sqrt(x - 10).
_SERIES = ((2, 1), (0.2, 0.1), (9, -1), (-2, -1), (20, 1), (0.02, 0.01), (2.3, 1))
_SIZES = (2, 3)
# More are for a file; and of more than these not every combination of shapes is tried.
_MOST, _MOST_SHAPED = 20, 5


def example(expressions: Sequence[Expression], point: "Point") -> str:
    """What to add to a command so that all variables have a value: `--at a=2 b=3`.

    The shapes fit, and the values are chosen so that all the expressions are smooth there, where
    a few tries find such values.
    """
    names = dict.fromkeys(name for expression in expressions for name in expression.variables)
    missing = [name for name in names if name not in point]
    if len(missing) > _MOST:
        return f"--at @FILE, with NAME=VALUE in it for each of the {len(missing):,} variables"
    found = next(examples(expressions, point), {})
    values = {name: _text(found[name]) if name in found else "…" for name in missing}
    return shell_words(["--at", *(f"{name}={value}" for name, value in values.items())])


def examples(expressions: Sequence[Expression], point: "Point") -> Iterator[dict[str, FloatArray]]:
    """Values for the variables that have none, the best of the few that are tried first."""
    known = {name: values.floats for name, values in point.items()}
    names = dict.fromkeys(name for expression in expressions for name in expression.variables)
    missing = [name for name in names if name not in known]
    for shapes in _shapes(expressions, known, missing):
        tried = [_filled(shapes, *series) for series in _SERIES]
        tried.sort(key=lambda values: not _smooth(expressions, known | values, missing))
        yield from tried


def _shapes(
    expressions: Sequence[Expression], known: Mapping[str, FloatArray], missing: Sequence[str]
) -> Iterator[dict[str, Shape]]:
    """Shapes that fit: numbers, if these do; else matrices by a capital letter, and vectors."""
    sizes = sorted({n for array in known.values() for n in array.shape}) or _SIZES
    ranks = [tuple(2 if name[0].isupper() else 1 for name in missing)]
    if all(expression.elementwise for expression in expressions):
        ranks = [(0,) * len(missing)]
    elif len(missing) <= _MOST_SHAPED:
        ranks += product((1, 2, 0), repeat=len(missing))
    for each, size in product(ranks, sizes):
        shapes = {name: (size,) * rank for name, rank in zip(missing, each, strict=True)}
        every = shapes | {name: array.shape for name, array in known.items()}
        try:
            for expression in expressions:
                moves(expression, every)
        except PointError:
            continue
        yield shapes


def _filled(shapes: Mapping[str, Shape], first: float, step: float) -> dict[str, FloatArray]:
    numbers = count()
    return {
        name: np.reshape([first + step * next(numbers) for _ in range(int(np.prod(shape)))], shape)
        for name, shape in shapes.items()
    }


def _smooth(
    expressions: Sequence[Expression], values: Mapping[str, FloatArray], names: Sequence[str]
) -> bool:
    """Whether every expression has a value there, and no operation in it is critical."""
    with np.errstate(all="ignore"):
        for expression in expressions:
            mine = {name: values[name] for name in expression.variables}
            distance = margin(expression, names)
            if not np.all(np.isfinite(expression(FLOAT, **mine))) or not (
                distance is None or np.all(distance(FLOAT, **mine) > 0)
            ):
                return False
    return True


def _text(values: FloatArray) -> str:
    """Values as they are typed: 2; 2,3; [[2,3],[4,5]]."""
    if not np.ndim(values):
        return f"{float(values):.6g}"
    inside = ",".join(f"[{_text(row)}]" if np.ndim(row) else _text(row) for row in values)
    return f"[{inside}]" if np.ndim(values) > 1 or len(values) == 1 else inside
