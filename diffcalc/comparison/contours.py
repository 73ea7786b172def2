"""Contours of a function of two variables, with its gradient, and the path of a descent over them.

On each triangle of a grid a contour is taken to be straight. None is drawn through a triangle where
the function has no value, or where its change along an edge contradicts its derivatives at the
ends: there a pole or a jump is crossed.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.base.types import BoolArray, FloatArray
from diffcalc.comparison.plots import Arrow, Line, Mark, Plot, slopes, title, widened
from diffcalc.language.expression import Expression
from diffcalc.language.point import Point, check_given, check_names, check_single

Range = tuple[float, float]

# Fine enough that straight pieces look like a curve, and quick: 20,000 triangles.
_CELLS = 100
# With more, lines run into one another on a terminal.
_LEVELS = 10
# Arrows next to one another are told apart, also in a terminal of 80 columns.
_ARROWS = (13, 9)
# The longest arrow, in the distance between two of them.
_LONGEST = 0.8
# Around a path, of its width.
_MARGIN = 0.25
# Beside a path that runs along one axis, the other axis shows at least this share of its width.
_NARROW = 0.3


class _Edges(NamedTuple):
    """One side of many triangles: f at both ends, and the derivatives along it there."""

    values: tuple[FloatArray, FloatArray]
    slopes: tuple[FloatArray, FloatArray]

    @property
    def continuous(self) -> BoolArray:
        """Whether the change is as near to the derivatives at the ends as they are large.

        And whether it has their sign, where they have the same.
        """
        change = self.values[1] - self.values[0]
        low, high = np.minimum(*self.slopes), np.maximum(*self.slopes)
        beyond = np.maximum(low - change, change - high)
        # Round-off is no jump.
        small = 1e-9 * (np.abs(self.values[0]) + np.abs(self.values[1]))
        contrary = ((low > 0) & (change < -small)) | ((high < 0) & (change > small))
        return ~contrary & (beyond <= np.maximum(np.abs(low), np.abs(high)) + small)


@np.errstate(all="ignore")
def contours(
    expression: Expression,
    point: Point,
    names: tuple[str, str],
    ranges: tuple[Range, Range],
    path: FloatArray | None = None,
) -> Plot:
    """Contours of f over the ranges of two variables, and arrows along its gradient.

    `path` has a point in each row. Raises `PointError` where values are missing or not single
    numbers, the function works on whole arrays, or has no value in all of the rectangle.
    """
    _check(expression, point, names, ranges)
    still = {name: values.floats for name, values in point.items()}
    x, y = (np.linspace(*ends, _CELLS + 1) for ends in ranges)
    grid = np.meshgrid(x, y)
    f, (across, up) = slopes(expression, still | dict(zip(names, grid, strict=True)), names)
    finite = f[np.isfinite(f)]
    if not finite.size:
        raise PointError(f"{expression} has no value in this rectangle")
    sides = np.array([x[1] - x[0], y[1] - y[0]])
    levels = np.unique(np.quantile(finite, (np.arange(_LEVELS) + 0.5) / _LEVELS))
    lines = [
        Line("contour", f"{level:.4g}", *_contour(grid, f, (across, up), sides, level), level)
        for level in levels.tolist()
    ]
    marks: tuple[Mark, ...] = ()
    if path is not None:
        lines.append(Line("path", "path", path[:, 0], path[:, 1]))
        marks = (
            Mark("start", path[0, 0], path[0, 1], False),
            Mark("end", path[-1, 0], path[-1, 1]),
        )
    arrows = _arrows(expression, still, names, ranges)
    return Plot(title(expression, point), names, tuple(lines), *ranges, marks, tuple(arrows))


def around(path: FloatArray) -> tuple[Range, Range]:
    """The rectangle that shows a path of two variables."""
    ends = [(float(column.min()), float(column.max())) for column in path.T]
    widest = max(high - low for low, high in ends)
    short = [_NARROW * widest - (high - low) for low, high in ends]
    wide = [
        widened(low - max(lack, 0) / 2, high + max(lack, 0) / 2, _MARGIN)
        for (low, high), lack in zip(ends, short, strict=True)
    ]
    return wide[0], wide[1]


def _check(
    expression: Expression, point: Point, names: tuple[str, str], ranges: Sequence[Range]
) -> None:
    check_names([*names, *point], expression.variables, expression)
    check_single(expression, point, "contours are of single numbers")
    check_given(expression.variables, {*names, *point}, lambda missing: f"add {missing[0]}=2")
    for name in names:
        if name in point:
            raise PointError(f"{name} has a range and a value")
    for name, (low, high) in zip(names, ranges, strict=True):
        if not (low < high and np.isfinite(high - low)):
            raise PointError(f"{name}={low:g}:{high:g} is empty", hint="the lower end comes first")


def _contour(
    grid: Sequence[FloatArray],
    f: FloatArray,
    gradient: tuple[FloatArray, FloatArray],
    sides: FloatArray,
    level: float,
) -> tuple[FloatArray, FloatArray]:
    """The contour of one level in pieces: from, to and nan for each triangle it goes through."""
    found = []
    for triangle in (((0, 0), (0, 1), (1, 1)), ((0, 0), (1, 0), (1, 1))):
        places = [(slice(i, f.shape[0] - 1 + i), slice(j, f.shape[1] - 1 + j)) for i, j in triangle]
        whole = np.ones(f[places[0]].shape, dtype=bool)
        pieces = []
        for (one, other), (first, last) in zip(
            pairwise([*triangle, triangle[0]]), pairwise([*places, places[0]]), strict=True
        ):
            ends = (f[first], f[last])
            step = (np.array(other) - np.array(one))[::-1] * sides
            along = [gradient[0][k] * step[0] + gradient[1][k] * step[1] for k in (first, last)]
            whole &= _Edges(ends, (along[0], along[1])).continuous
            crossed = (ends[0] >= level) != (ends[1] >= level)
            share = np.full(crossed.shape, np.nan)
            np.divide(level - ends[0], ends[1] - ends[0], out=share, where=crossed)
            pieces.append([g[first] + share * (g[last] - g[first]) for g in grid])
        found.append(_segments(np.array(pieces), whole))
    x, y = np.concatenate(found, axis=1)
    return x, y


def _segments(crossings: FloatArray, whole: FloatArray) -> FloatArray:
    """The points on the two of three sides that are crossed, and nan, one triangle after another.

    `crossings` are by side, by axis, and by triangle.
    """
    three = crossings[:, :, whole]
    three = three[:, :, np.count_nonzero(~np.isnan(three[:, 0]), axis=0) == 2]
    order = np.argsort(np.isnan(three[:, 0]), axis=0, kind="stable")
    return np.array([np.take_along_axis(three[:, k], order, axis=0).T.ravel() for k in (0, 1)])


def _arrows(
    expression: Expression,
    still: dict[str, FloatArray],
    names: tuple[str, str],
    ranges: tuple[Range, Range],
) -> Iterator[Arrow]:
    """Arrows along the gradient, by the root of its size, so that small ones are seen too.

    A tenth of them are the longest: near a pole one alone would leave no other to be seen.
    """
    cells = [(high - low) / n for (low, high), n in zip(ranges, _ARROWS, strict=True)]
    axes = [
        low + cell * (np.arange(n) + 0.5)
        for (low, _), cell, n in zip(ranges, cells, _ARROWS, strict=True)
    ]
    grid = [g.ravel() for g in np.meshgrid(*axes)]
    _, gradient = slopes(expression, still | dict(zip(names, grid, strict=True)), names)
    size = np.maximum(*(np.abs(g) / cell for g, cell in zip(gradient, cells, strict=True)))
    known = np.isfinite(size) & (size > 0)
    if not known.any():
        return
    share = np.minimum(1, size[known] / np.percentile(size[known], 90))
    length = _LONGEST * np.sqrt(share) / size[known]
    for x, y, dx, dy, scale in zip(*(a[known] for a in (*grid, *gradient)), length, strict=True):
        yield Arrow(float(x), float(y), float(dx * scale), float(dy * scale))
