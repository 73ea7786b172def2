"""A plot drawn: into a file by matplotlib, or on a terminal by plotext (the extra `plot`)."""

import io
import math
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import chain, cycle
from pathlib import Path
from textwrap import wrap
from typing import Any, TextIO

import numpy as np

from diffcalc.base.errors import DiffcalcError, printable, shortened
from diffcalc.base.files import replace_file
from diffcalc.comparison.plots import Line, Mark, Plot
from diffcalc.render.console import console_on
from diffcalc.render.formats import PICTURES, either

# Okabe and Ito's colours, which are told apart by the colour-blind too, and by how each line is
# dashed without colours.
_DRAWN = {
    "function": {"color": "#0072B2", "linewidth": 2},
    "derivative": {"color": "#D55E00", "linewidth": 2, "linestyle": "--"},
    "tangent": {"color": "#009E73", "linewidth": 1.5},
    "secant": {"color": "#CC79A7", "linewidth": 1, "linestyle": "-."},
    "guide": {"color": "#555555", "linewidth": 1},
    "path": {"color": "#D55E00", "linewidth": 1.5, "marker": ".", "markersize": 4},
}
# Guides are told apart in the same way; they go below what follows them.
_DASHES = (":", "-.", (0, (8, 3)))
# The same on a terminal: the marker tells them apart where there is no colour. What there is most
# of has the colour of text, which is seen on light and on dark.
_TYPED = {
    "function": ("braille", "default"),
    "derivative": ("·", "red"),
    "tangent": ("=", "green"),
    "secant": ("-", "magenta"),
    "guide": (":", "gray"),
    "contour": ("braille", "default"),
    "path": ("o", "red"),
}
# Inches, and dots for each in a .png file: as wide as a page of text.
_SIZE, _DOTS = (8, 5.5), 150
# A formula longer than that would leave the picture.
_LONGEST_TITLE = 90
# On a terminal: three columns for each line, as its cells are twice as high as wide; at most a
# screen.
_WIDEST, _FLATTEST, _LEAST, _HIGHEST = 120, 3, 12, 30
# Dots drawn for a piece of a contour, a hundredth of the picture at most, on a terminal's 240.
_DOTS_EACH = 4
_HEADS = "→↗↑↖←↙↓↘"


def check_picture(name: str) -> Path:
    """The path of a picture. Raises `DiffcalcError` where its name does not end as one's."""
    path = Path(name)
    if path.suffix not in PICTURES:
        raise DiffcalcError(
            f"{path.name} is no picture's name", hint=f"end it with {either(PICTURES)}"
        )
    _package("matplotlib")
    return path


def check_terminal() -> None:
    """Raises `DiffcalcError` where plots cannot be drawn on a terminal."""
    _package("plotext")


def _package(name: str) -> Any:
    """A package of the extra `plot`."""
    try:
        return import_module(name)
    except ImportError:
        raise DiffcalcError(
            f"{name.partition('.')[0]} is not installed here, which draws this",
            hint='pip install "diffcalc[plot]"',
        ) from None


# -- into a file -----------------------------------------------------------------------------------


def into_file(plot: Plot, path: Path) -> None:
    """Draws into a .svg, .png or .pdf file, replaced only once the picture is complete."""
    matplotlib = _package("matplotlib")
    figure = _package("matplotlib.figure").Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(_title(plot, _LONGEST_TITLE), parse_math=False)
    axes.set_xlabel(plot.names[0], parse_math=False)
    axes.set_ylabel(plot.names[1], parse_math=False)
    if plot.log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    levels = [line.level for line in plot.lines if line.role == "contour"]
    dashes = cycle(_DASHES)
    for line in plot.lines:
        if line.role == "contour":
            _contour(matplotlib, axes, line, levels.index(line.level) / max(len(levels) - 1, 1))
        else:
            dashed = {"linestyle": next(dashes), "zorder": 1} if line.role == "guide" else {}
            axes.plot(line.x, line.y, label=line.label, **_DRAWN[line.role] | dashed)
    _marks(axes, plot)
    if plot.arrows:
        x, y, dx, dy = np.array(plot.arrows).T
        axes.quiver(x, y, dx, dy, angles="xy", scale_units="xy", scale=1, width=2e-3, alpha=0.6)
    axes.set_xlim(*plot.across)
    axes.set_ylim(*plot.up)
    axes.grid(alpha=0.25)
    if not levels:
        axes.legend(fontsize="small")
    written = io.BytesIO()
    # The same plot is the same file.
    settings = {"svg.hashsalt": "diffcalc", "svg.fonttype": "none"}
    stamp = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix, {})
    with matplotlib.rc_context(settings):
        figure.savefig(written, format=path.suffix[1:], dpi=_DOTS, metadata=stamp)
    replace_file(path, written.getvalue())


def _contour(matplotlib: Any, axes: Any, line: Line, share: float) -> None:
    """A contour, coloured by its share of the way from the lowest level to the highest."""
    colour = matplotlib.colormaps["viridis"](0.9 * share)
    axes.plot(line.x, line.y, color=colour, linewidth=1)
    known = np.flatnonzero(np.isfinite(line.x))
    if known.size:
        middle = known[known.size // 2]
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}
        axes.text(
            line.x[middle],
            line.y[middle],
            line.label,
            fontsize="x-small",
            color=colour,
            bbox=paper,
            clip_on=True,
        )


def _marks(axes: Any, plot: Plot) -> None:
    for mark in plot.marks:
        if math.isnan(mark.y):
            axes.axvline(mark.x, color="#999999", linestyle=(0, (1, 3)), label=mark.label)
        else:
            face = "black" if mark.filled else "white"
            axes.plot(
                mark.x, mark.y, "o", color="black", markerfacecolor=face, label=mark.label, zorder=5
            )


def _title(plot: Plot, longest: int) -> str:
    return shortened(printable(plot.title), longest)


# -- on a terminal ---------------------------------------------------------------------------------


def on_terminal(plot: Plot, stream: TextIO, apart: bool = False) -> None:
    """Draws with characters, as wide as the terminal; what they are is said below.

    A line is left empty above where it is to be `apart`.
    """
    drawn = _package("plotext")
    console = console_on(stream)
    width = min(console.width, _WIDEST)
    height = min(max(width // _FLATTEST, _LEAST), _HIGHEST)
    drawn.clear_figure()
    # Otherwise it never draws wider or higher than the terminal that it takes itself to be on.
    drawn.limit_size(False, False)
    drawn.plot_size(width, height)
    drawn.theme("clear")
    seen = _Seen(plot)
    drawn.xlim(*seen.across)
    drawn.ylim(*seen.up)
    if plot.log:
        _decades(drawn.xticks, *seen.across)
        _decades(drawn.yticks, *seen.up)
    for arrow in plot.arrows:
        head = seen.head(arrow.dx, arrow.dy)
        drawn.scatter([arrow.x], [arrow.y], marker=head, color="gray")
    # A curve is drawn over the line that it follows, not below it.
    for line in sorted(plot.lines, key=lambda line: line.role != "guide"):
        marker, colour = _TYPED[line.role]
        if line.role == "contour":
            drawn.scatter(*seen.dots(line), marker=marker, color=colour)
        else:
            for x, y in seen.runs(line):
                drawn.plot(x, y, marker=marker, color=colour)
    for mark in plot.marks:
        if math.isnan(mark.y):
            drawn.plot([mark.x] * 2, list(plot.up), marker="┊", color="gray")
        elif seen.has(mark):
            drawn.scatter([mark.x], [mark.y], marker="●" if mark.filled else "○", color="default")
    text = drawn.build()
    if console.no_color or not console.is_terminal:
        text = drawn.uncolorize(text)
    said = [wrap(line, width, subsequent_indent="      ") for line in _legend(plot)]
    lines = [*wrap(_title(plot, 10 * width), width), *(one.rstrip() for one in text.splitlines())]
    stream.write("\n".join([*[""] * apart, *lines, *chain(*said), ""]))


def _legend(plot: Plot) -> Iterator[str]:
    x, y = plot.names
    yield f"{y} against {x}" + (", both as powers of ten" if plot.log else "")
    contours = [line.label for line in plot.lines if line.role == "contour"]
    if contours:
        yield f"contours at {', '.join(contours)}; arrows along the gradient"
    for line in plot.lines:
        if line.role != "contour":
            marker = _TYPED[line.role][0]
            yield f"  {'⠤⠒' if marker == 'braille' else marker * 2}  {line.label}"
    for mark in plot.marks:
        yield f"  {'┊' if math.isnan(mark.y) else '●' if mark.filled else '○'}   {mark.label}"


def _decades(ticks: Callable[[list[float], list[str]], None], low: float, high: float) -> None:
    """Ticks at powers of ten, at most eight of them."""
    first, last = math.ceil(low), math.floor(high)
    places = list(range(first, last + 1, max(1, (last - first) // 7 + 1)))
    ticks([float(place) for place in places], [f"1e{place}" for place in places])


class _Seen:
    """The part of the plane that a terminal shows; of logarithmic axes, in powers of ten."""

    def __init__(self, plot: Plot) -> None:
        self._scale: Callable[[Any], Any] = np.log10 if plot.log else np.asarray
        self.across = tuple(self._scale(np.array(plot.across)).tolist())
        self.up = tuple(self._scale(np.array(plot.up)).tolist())

    def has(self, mark: Mark) -> bool:
        """Whether a mark is within it: plotext draws none that is far outside."""
        places = zip((mark.x, mark.y), (self.across, self.up), strict=True)
        return all(low <= place <= high for place, (low, high) in places)

    def runs(self, line: Line) -> Iterator[tuple[list[float], list[float]]]:
        """The pieces of a line within what is seen, for what leaves it would be drawn at its edge.

        Where a piece leaves, it ends at the edge.
        """
        x, y = self._scale(line.x).tolist(), self._scale(line.y).tolist()
        piece: list[tuple[float, float]] = []
        for start, end in zip(zip(x[:-1], y[:-1], strict=True), zip(x[1:], y[1:], strict=True),
                              strict=True):  # fmt: skip
            cut = self._cut(start, end)
            if cut is None or (piece and piece[-1] != cut[0]):
                yield from self._columns(piece)
                piece = []
            if cut is not None:
                piece += cut[bool(piece) :]
        yield from self._columns(piece)

    def dots(self, line: Line) -> tuple[list[float], list[float]]:
        """Points along a line of many short pieces, so near that they join."""
        start, end = (np.array([line.x, line.y])[:, k] for k in (slice(-1), slice(1, None)))
        whole = np.isfinite(start[0]) & np.isfinite(end[0])
        shares = np.linspace(0, 1, _DOTS_EACH)[:, None, None]
        x, y = (start + shares * (end - start))[:, :, whole].swapaxes(0, 1)
        return x.ravel().tolist(), y.ravel().tolist()

    @staticmethod
    def _columns(piece: list[tuple[float, float]]) -> Iterator[tuple[list[float], list[float]]]:
        if piece:
            yield [x for x, _ in piece], [y for _, y in piece]

    def _cut(
        self, start: tuple[float, float], end: tuple[float, float]
    ) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """What of a straight piece is seen, by Liang and Barsky's way to cut it."""
        if not all(map(math.isfinite, (*start, *end))):
            return None
        first, last = 0.0, 1.0
        for a, b, (low, high) in zip(start, end, (self.across, self.up), strict=True):
            if a == b:
                if not low <= a <= high:
                    return None
                continue
            enter, leave = sorted(((low - a) / (b - a), (high - a) / (b - a)))
            first, last = max(first, enter), min(last, leave)
        if first > last:
            return None

        def at(share: float) -> tuple[float, float]:
            if share in (0.0, 1.0):
                return end if share else start
            return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

        return at(first), at(last)

    def head(self, dx: float, dy: float) -> str:
        """The arrow in this direction, as the axes are drawn."""
        (left, right), (below, above) = self.across, self.up
        angle = math.atan2(dy / (above - below), dx / (right - left))
        return _HEADS[round(angle / (math.pi / 4)) % len(_HEADS)]
