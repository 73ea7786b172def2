"""Values to try: where a hint says that values are missing, it gives some that work."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import TYPE_CHECKING

import numpy as np

from diffcalc.base.errors import PointError, shell_words
from diffcalc.base.types import FloatArray
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression
from diffcalc.language.nonsmooth import margin
from diffcalc.language.shapes import Shape, moves

if TYPE_CHECKING:
    from diffcalc.language.point import Point

# (first value, step to the next): no two are equal, and between them they are in most domains:
# 2, 3 for the eye, 0.2, 0.3 for asin, 9, 8 for log(x - y), 20, 21 for sqrt(x - 10).
_SERIES = ((2, 1), (0.2, 0.1), (9, -1), (-2, -1), (20, 1), (0.02, 0.01), (2.3, 1))
# The smallest that are more than one number; 3 where nothing fits at 2.
_SIZES = (2, 3)
# Beyond round-off: abs(x - 2 + 1e-120) has its corner at 2.
_CLEAR = 1e-6
# More are for a file; and of more than these not every combination of shapes is tried.
_MOST, _MOST_SHAPED = 20, 5


def example(expressions: Sequence[Expression], point: "Point", shape: Shape = ()) -> str:
    """What to add to a command so that all variables have a value: `--at a=2 b=3`.

    The shapes fit, and one another to a result of this `shape`. The values are chosen so that all
    the expressions are smooth there, where a few tries find such values.
    """
    names = dict.fromkeys(name for expression in expressions for name in expression.variables)
    missing = [name for name in names if name not in point]
    if len(missing) > _MOST:
        return f"--at @FILE, with NAME=VALUE in it for each of the {len(missing):,} variables"
    known = {name: values.floats for name, values in point.items()}
    shapes = next(_shapes(expressions, known, missing, shape), None)
    if shapes is None:
        return shell_words(["--at", *(f"{name}=…" for name in missing)])
    tried = [_filled(shapes, *series) for series in _SERIES]
    found = next((v for v in tried if _smooth(expressions, known | v, missing)), tried[0])
    return shell_words(["--at", *(f"{name}={_text(value)}" for name, value in found.items())])


def _shapes(
    expressions: Sequence[Expression],
    known: Mapping[str, FloatArray],
    missing: Sequence[str],
    result: Shape,
) -> Iterator[dict[str, Shape]]:
    """Shapes that fit: of elementwise expressions the result's; else matrices by a capital letter,
    and vectors.
    """
    if all(expression.elementwise for expression in expressions):
        yield dict.fromkeys(missing, result)
        return
    sizes = sorted({n for array in known.values() for n in array.shape} | {*result}) or _SIZES
    entries = {name for expression in expressions for name in expression.entries}
    ranks = [tuple((1 + name[0].isupper()) * (name not in entries) for name in missing)]
    if len(missing) <= _MOST_SHAPED:
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
    """Whether every expression has a value there, and no operation in it is nonsmooth."""
    with np.errstate(all="ignore"):
        for expression in expressions:
            mine = {name: values[name] for name in expression.variables}
            distance = margin(expression, names)
            if not np.all(np.isfinite(expression(FLOAT, **mine))) or not (
                distance is None or np.all(distance(FLOAT, **mine) > _CLEAR)
            ):
                return False
    return True


def _text(values: FloatArray) -> str:
    """Values as they are typed: 2; 2,3; [[2,3],[4,5]]."""
    text = _nested(values)
    return text[1:-1] if np.ndim(values) == 1 and len(values) > 1 else text


def _nested(values: FloatArray) -> str:
    if not np.ndim(values):
        return f"{float(values):.6g}"
    return f"[{','.join(map(_nested, values))}]"
