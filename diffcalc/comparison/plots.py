"""The data of plots: what is to be drawn, in numbers alone; `render/plots.py` draws it.

A line ends where `scan` finds that the function or its derivative does: none is drawn across a
pole, a jump or a corner.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple

import mpmath
import numpy as np

from diffcalc import autograd
from diffcalc.base.deadline import Stop
from diffcalc.base.errors import PointError
from diffcalc.base.numbers import Real
from diffcalc.base.types import FloatArray
from diffcalc.comparison.compare import quotients
from diffcalc.comparison.partial_derivatives import Quotients, StepSizes
from diffcalc.comparison.scan import Feature, scan
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import Point, Values, values_of
from diffcalc.numerical.quotients import Difference, Row
from diffcalc.numerical.round_off import EPSILON

Role = Literal["function", "derivative", "tangent", "secant", "guide", "contour", "path"]

# A picture is hardly a thousand pixels wide; closer samples look the same.
_SAMPLES = 400
# From the end of a piece, as a share of it: a pole or a vertical tangent is followed out of sight.
_NEAR_ENDS = 10.0 ** -np.arange(3, 10)
# Values so many times larger than most are out of sight: a pole is, a polynomial's end is not.
_FAR = 100
# Then what is between these percentiles is seen, and on both sides so many times that.
_SHARE, _BEYOND = 20, 1
# A tangent line is told from its secants: the first of them reaches over a quarter of the interval.
_SECANTS, _FIRST = 3, 0.25
# Four steps for each power of ten, to where x + h is x.
_PER_DECADE, _LEAST = 4, 1e-16
# An observed order is that of theory if no farther from it.
_NEAR_ORDER = 0.1
# Beyond it the width of what is seen would not be a float64, or its scale not.
_LARGEST = 1e150
# On both sides of a path, of its width.
_MARGIN = 0.25
# Seconds in which points are found where f is not differentiable, beside a path.
_PATIENCE = 5.0


class Line(NamedTuple):
    """A line through these points; nan divides its pieces. `level` is of a contour."""

    role: Role
    label: str
    x: FloatArray
    y: FloatArray
    level: float = 0.0


class Mark(NamedTuple):
    """A point that is told of. Without a y it is a vertical line; `filled` if f has that value."""

    label: str
    x: float
    y: float = math.nan
    filled: bool = True


class Arrow(NamedTuple):
    """From a point along the gradient, `dx` and `dy` long in the units of the axes."""

    x: float
    y: float
    dx: float
    dy: float


@dataclass(frozen=True)
class Plot:
    """What is drawn, and what of the plane is seen: `across` and `up`, each from low to high.

    `log` is of both axes.
    """

    title: str
    names: tuple[str, str]
    lines: tuple[Line, ...]
    across: tuple[float, float]
    up: tuple[float, float]
    marks: tuple[Mark, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    log: bool = False


# -- a function and its derivative -----------------------------------------------------------------


# What leaves the range of a float64 is out of sight, not warned of.
@np.errstate(all="ignore")
def curve(
    expression: Expression,
    point: Point,
    name: str,
    low: Expression,
    high: Expression,
    at: Values | None = None,
    stop: Callable[[str], bool] = lambda done: False,
) -> tuple[Plot, list[Quotients], tuple[str, ...]]:
    """A function and its derivative on an interval, with what `scan` finds there.

    With `at` also the tangent there, and secants; then the quotients of these are returned too, and
    what the scan could not prove. Raises `PointError`
    as `scan` does, and where `at` is no number of the interval.
    """
    found = scan(expression, point, name, low, high, stop)
    ends = interval(low, high)
    pieces = list(_pieces(ends, found.features, found.undecided))
    x, f, slope = _sampled(expression, point, name, pieces)
    letter = function_name(expression.variables)
    touching: list[Line] = []
    judged: list[Quotients] = []
    if at is not None:
        touching, judged = _touching(expression, point, name, ends, at)
    lines = (
        Line("function", letter, x, f),
        Line("derivative", f"{letter}'", x, slope),
        *touching,
    )
    marks = tuple(_mark(name, feature) for feature in found.features)
    here = [Mark(f"{name} = {at}", float(at.floats), _value(judged[0]))] if at is not None else []
    poles = any(feature.truth.kind == "pole" for feature in found.features)
    plot = Plot(
        title(expression, point),
        (name, letter),
        lines,
        ends,
        _seen((*marks, *here), _within(f, poles), _within(slope, poles)),
        (*marks, *here),
    )
    return plot, judged, found.notes


def interval(low: Expression, high: Expression) -> tuple[float, float]:
    """The ends of an interval, rounded."""
    first, last = (float(Values(np.array(end, dtype=object)).floats) for end in (low, high))
    return first, last


def beside(expression: Expression, point: Point, name: str) -> Plot:
    """The function and its tangent on both sides of the point, so far that a step of 1 is seen."""
    at = point[name]
    ends = [values_of(np.array(float(at.floats) + side)).constants.item() for side in (-2, 2)]
    still = {other: values for other, values in point.items() if other != name}
    plot, _, _ = curve(expression, still, name, ends[0], ends[1], at)
    lines = tuple(line for line in plot.lines if line.role in ("function", "tangent"))
    poles = any(math.isnan(mark.y) for mark in plot.marks)
    return replace(plot, lines=lines, up=_seen(plot.marks, _within(lines[0].y, poles)))


def walk(
    expression: Expression, point: Point, name: str, path: FloatArray, values: FloatArray
) -> Plot:
    """A function and its derivative along a path of one variable, and the path on it."""
    low, high = widened(float(path.min()), float(path.max()), _MARGIN)
    first, last = (values_of(np.array(end)).constants.item() for end in (low, high))
    enough = Stop(_PATIENCE)
    plot, _, _ = curve(expression, point, name, first, last, stop=lambda _: enough())
    marks = (
        Mark("start", float(path[0]), float(values[0]), filled=False),
        Mark("end", float(path[-1]), float(values[-1])),
    )
    lines = (*plot.lines, Line("path", "path", path, values))
    return replace(plot, lines=lines, marks=(*plot.marks, *marks))


def title(expression: Expression, point: Point) -> str:
    """The function, and the values of what it holds still."""
    head = f"{function_name(expression.variables)}({', '.join(expression.variables)})"
    still = "".join(f", {name} = {values}" for name, values in point.items())
    return f"{head} = {expression}{still}"


def _value(found: Quotients) -> float:
    return float(found.truth.value)


def _pieces(
    ends: tuple[float, float],
    features: Sequence[Feature],
    undecided: Sequence[tuple[float, float]],
) -> Iterator[tuple[float, float]]:
    """The intervals between what ends a line."""
    low, high = ends
    places = [float(feature.x()) for feature in features]
    gaps = sorted([(low, low), *((x, x) for x in places), *undecided, (high, high)])
    for (_, left), (right, _) in pairwise(gaps):
        if left < right:
            yield left, right


def _sampled(
    expression: Expression, point: Point, name: str, pieces: Sequence[tuple[float, float]]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """x, f and f' along the pieces, with nan after each; f' is autograd's."""
    shares = np.unique([*np.linspace(0, 1, _SAMPLES)[1:-1], *_NEAR_ENDS, *(1 - _NEAR_ENDS)])
    runs = [np.append(left + (right - left) * shares, math.nan) for left, right in pieces]
    x = np.concatenate(runs) if runs else np.array([math.nan])
    f, (slope,) = slopes(expression, {n: v.floats for n, v in point.items()} | {name: x}, [name])
    gap = ~np.isfinite(x) | ~np.isfinite(f)
    return x, np.where(gap, math.nan, f), np.where(gap | ~np.isfinite(slope), math.nan, slope)


def slopes(
    expression: Expression, values: Mapping[str, FloatArray], names: Sequence[str]
) -> tuple[FloatArray, list[FloatArray]]:
    """The value and its derivatives in these names by autograd, at arrays of one shape."""
    made, shape = autograd.record(expression, values, names), np.shape(values[names[0]])
    found = made.gradients()
    return (
        np.broadcast_to(made.result.data, shape),
        [found.get(name, np.zeros(shape)) for name in names],
    )


def _mark(name: str, feature: Feature) -> Mark:
    truth, x = feature.truth, float(feature.x())
    limit = truth.limit if truth.kind == "removable" else truth.value
    y = float(limit) if mpmath.isfinite(limit) else math.nan
    return Mark(f"{truth.kind} at {name} = {x:.6g}", x, y, truth.defined)


def _touching(
    expression: Expression, point: Point, name: str, ends: tuple[float, float], at: Values
) -> tuple[list[Line], list[Quotients]]:
    """The tangent, or one from each side, and secants that turn into it."""
    low, high = ends
    if at.shape or not low <= float(at.floats) <= high:
        raise PointError(f"{name}={at} is no number from {low:.10g} to {high:.10g}")
    a = float(at.floats)
    wide = (high - low) * _FIRST
    sizes = StepSizes("forward", wide, 0.5, _SECANTS)
    judged = quotients(expression, {**point, name: at}, wrt=[name], steps=sizes)
    (found,) = judged
    value, truth = _value(found), found.truth

    def through(role: Role, label: str, slope: Real, start: float, end: float) -> Iterator[Line]:
        if mpmath.isfinite(slope) and math.isfinite(value):
            x = np.array([start, end])
            yield Line(role, f"{label}{float(slope):.6g}", x, value + float(slope) * (x - a))

    lines = [
        line
        for row in found.convergence.rows
        for line in through("secant", f"secant, h = {row.h:.4g}: slope ", row.quotient, low, high)
    ]
    if truth.exists:
        lines += through("tangent", "tangent: slope ", truth.derivative, low, high)
    elif truth.defined:
        lines += through("tangent", "from the left: slope ", truth.left.value, low, a)
        lines += through("tangent", "from the right: slope ", truth.right.value, a, high)
    return lines, judged


def _within(values: FloatArray, poles: bool) -> tuple[float, float]:
    """From where to where a line is seen: all of it, unless it runs away, as at `poles`."""
    finite = values[np.abs(values) < _LARGEST]
    if not finite.size:
        return math.inf, -math.inf
    low, high = float(finite.min()), float(finite.max())
    few, many = np.percentile(finite, [_SHARE, 100 - _SHARE])
    room = _BEYOND * (many - few)
    if poles or max(abs(low), abs(high)) > _FAR * max(abs(few - room), abs(many + room)):
        return max(low, float(few - room)), min(high, float(many + room))
    return low, high


def _seen(marks: Sequence[Mark], *lines: tuple[float, float]) -> tuple[float, float]:
    """What is seen of the lines and of the marks, with a margin of a twentieth."""
    values = [*(mark.y for mark in marks), *(end for line in lines for end in line)]
    finite = [min(max(float(v), -_LARGEST), _LARGEST) for v in values if math.isfinite(v)]
    return widened(min(finite, default=0.0), max(finite, default=0.0), 0.05)


def widened(low: float, high: float, share: float) -> tuple[float, float]:
    """An interval with a margin on both sides; of a single number, one around it."""
    room = (high - low) * share or max(abs(low), 1.0) / 2
    return low - room, high + room


# -- the error against h ---------------------------------------------------------------------------


@np.errstate(all="ignore")
def errors(expression: Expression, point: Point, name: str, start: float, order: int) -> Plot:
    """The error of forward and central quotients against h: it falls by a power, then rises.

    `name` is of a single number in which the function is differentiable.
    """
    lines: list[Line] = []
    count = max(2, round(_PER_DECADE * math.log10(start / _LEAST)) + 1)
    kinds: tuple[tuple[Difference, int], ...] = (("forward", 1), ("central", 2))
    for kind, power in kinds:
        sizes = StepSizes(kind, start, 10 ** (-1 / _PER_DECADE), count)
        (found,) = quotients(expression, point, wrt=[name], steps=sizes, order=order)
        truth, rows = found.truth, found.convergence.rows
        sizes_of = np.array([float(row.h) for row in rows])
        off = np.array([float(abs(row.quotient - truth.derivative)) for row in rows])
        off = np.where(np.isfinite(off) & (off > 0), off, math.nan)
        lines += _falling(rows, kind, power, sizes_of, off)
    x = float(np.ravel(point[name].floats)[0])
    noise = EPSILON * 2.0**order * (abs(float(truth.value)) + abs(x * float(truth.derivative)))
    if noise:
        label = "round-off ~ 1/h" + (f"^{order}" if order > 1 else "")
        lines.append(Line("guide", label, sizes_of, noise / sizes_of**order))
    return _log_plot(expression, point, lines)


def _falling(
    rows: Sequence[Row], kind: str, power: int, h: FloatArray, off: FloatArray
) -> Iterator[Line]:
    """The errors of one kind of quotient, and beside them the power of h they fall with."""
    role: Role = "function" if power == 1 else "derivative"
    yield Line(role, f"{kind} difference", h, off)
    for row, at, error in zip(rows, h, off, strict=True):
        if abs(row.order - power) < _NEAR_ORDER and math.isfinite(error):
            label = "slope 1: error ~ h" if power == 1 else f"slope {power}: error ~ h^{power}"
            yield Line("guide", label, h, error * (h / at) ** power)
            return


def _log_plot(expression: Expression, point: Point, lines: Sequence[Line]) -> Plot:
    across = lines[0].x
    shown = np.concatenate([line.y for line in lines if line.role != "guide"])
    shown = shown[(shown > 1 / _LARGEST) & (shown < _LARGEST)]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (1e-16, 1.0)
    return Plot(
        title(expression, point),
        ("h", "error"),
        tuple(lines),
        (float(across.min()), float(across.max())),
        (low / 2, high * 2),
        log=True,
    )
