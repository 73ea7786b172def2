"""A plot as SVG within a page: its colours are the page's, by the role of each line."""

import html
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from diffcalc.base.types import FloatArray, Floats
from diffcalc.comparison.plots import Line, Plot

# In the units of the picture, which is as wide as its place in the page.
WIDE, HIGH = 640, 360
# Room for the labels of the axes.
_LEFT, _BELOW, _EDGE = 64, 40, 12
# Labels that do not touch.
_MOST_TICKS = 7


class Axis(NamedTuple):
    """From the numbers of an axis, `low` to `high`, to places in the picture, `first` to `last`."""

    low: float
    high: float
    first: float
    last: float
    log: bool

    def __call__(self, value: Floats | float) -> Floats:
        low, high = (math.log10(end) if self.log else end for end in (self.low, self.high))
        with np.errstate(all="ignore"):
            place = np.log10(value) if self.log else np.asarray(value)
        return self.first + (place - low) / (high - low) * (self.last - self.first)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Round numbers along the axis."""
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            for power in range(first, last + 1, (last - first) // _MOST_TICKS + 1):
                yield 10.0**power, f"1e{power}"
            return
        rough = (self.high - self.low) / _MOST_TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
        for count in range(math.ceil(self.low / step), math.floor(self.high / step) + 1):
            yield count * step, f"{count * step:.6g}"


def axes(plot: Plot) -> tuple[Axis, Axis]:
    """The two axes of a plot."""
    across = Axis(*plot.across, _LEFT, WIDE - _EDGE, plot.log)
    return across, Axis(*plot.up, HIGH - _BELOW, _EDGE, plot.log)


@np.errstate(all="ignore")
def svg(plot: Plot, name: str, more: str = "") -> str:
    """The plot as an `svg` element; `name` is its own in the page, and `more` is drawn on top."""
    x, y = axes(plot)
    clip = (
        f'<clipPath id="{name}-seen"><rect x="{_LEFT}" y="{_EDGE}" width="{WIDE - _EDGE - _LEFT}" '
        f'height="{HIGH - _BELOW - _EDGE}"/></clipPath>'
    )
    lines = "".join(_polylines(line, x, y) for line in plot.lines)
    marks = "".join(
        f'<line class="pole" x1="{x(m.x):.2f}" x2="{x(m.x):.2f}" y1="{y.first}" y2="{y.last}"/>'
        if math.isnan(m.y)
        else f'<circle class="{"full" if m.filled else "open"}" cx="{x(m.x):.2f}" '
        f'cy="{y(m.y):.2f}" r="4"/>'
        for m in plot.marks
    )
    told = "; ".join([*(line.label for line in plot.lines), *(mark.label for mark in plot.marks)])
    title = html.escape(f"{plot.title}: {told}")
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{title}">{clip}'
        f'{_grid(plot, x, y)}<g clip-path="url(#{name}-seen)">{lines}{marks}{more}</g></svg>'
    )


def legend(plot: Plot) -> str:
    """What each line and mark is, as a list."""
    lines = [
        f'<li><svg viewBox="0 0 30 10" class="key" aria-hidden="true">'
        f'<line class="{line.role}" x1="0" x2="30" y1="5" y2="5"/></svg> {html.escape(line.label)}'
        for line in plot.lines
    ]
    marks = [f"<li>{html.escape(mark.label)}" for mark in plot.marks]
    return f'<ul class="legend">{"".join([*lines, *marks])}</ul>'


def _polylines(line: Line, x: Axis, y: Axis) -> str:
    points = np.column_stack([x(line.x), y(line.y)])
    known = np.isfinite(points).all(axis=1)
    cuts = np.flatnonzero(~known)
    runs = [run[np.isfinite(run).all(axis=1)] for run in np.split(points, cuts)]
    return "".join(
        f'<polyline class="{line.role}" points="{_places(run)}"/>' for run in runs if len(run) > 1
    )


def _places(run: FloatArray) -> str:
    # Far out of sight a place is as good as any other there.
    near = np.clip(run, -10 * WIDE, 10 * WIDE)
    return " ".join(f"{a:.2f},{b:.2f}" for a, b in near.tolist())


def _grid(plot: Plot, x: Axis, y: Axis) -> str:
    def text(at: tuple[float, float], shown: str, anchor: str) -> str:
        place = f'x="{at[0]:.2f}" y="{at[1]:.2f}"'
        return f'<text {place} text-anchor="{anchor}">{html.escape(shown)}</text>'

    def line(start: tuple[float, float], end: tuple[float, float]) -> str:
        (x1, y1), (x2, y2) = start, end
        return f'<line class="grid" x1="{x1:.2f}" x2="{x2:.2f}" y1="{y1:.2f}" y2="{y2:.2f}"/>'

    parts = []
    for value, shown in x.ticks():
        at = float(x(value))
        parts.append(line((at, y.first), (at, y.last)))
        parts.append(text((at, y.first + 16), shown, "middle"))
    for value, shown in y.ticks():
        at = float(y(value))
        parts.append(line((x.first, at), (x.last, at)))
        parts.append(text((x.first - 6, at + 4), shown, "end"))
    parts.append(text(((x.first + x.last) / 2, HIGH - 6), plot.names[0], "middle"))
    return "".join(parts)
