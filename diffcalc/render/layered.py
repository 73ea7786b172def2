"""A computation graph drawn as SVG: in rows from the result down, each node above its operands.

A line that passes rows has a place in each of them, so that no box is in its way (Sugiyama's
layers); lines from the same node run together until they part.
"""

import html
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, starmap
from typing import NamedTuple

from diffcalc.base.errors import printable
from diffcalc.comparison.graph import Graph

# In pixels: the size of the font, how wide its characters are, and how high a line.
_FONT, _CHARACTER, _LINE = 13, 8, 17
# Room within a box, between boxes of a row, between rows, at the edge, and for a line that passes.
_WITHIN, _BETWEEN, _ROWS, _EDGE, _PASSING = 8, 18, 38, 12, 4
_HEAD = 6
# A longer formula is whole in the box's tooltip.
_LONGEST = 44
# Rows follow their neighbours up and down so often; more moves nothing one would see.
_SWEEPS = 8
_STYLE = (
    f"text{{font:{_FONT}px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328;text-anchor:middle}}"
    ".top{font-weight:bold}.box{fill:#f6f8fa;stroke:#57606a}.leaf{fill:#ddf4ff;stroke:#0550ae}"
    ".line{fill:none;stroke:#57606a}.head{fill:#57606a}"
)


class _Place(NamedTuple):
    """Where a node stands, or where the line up from it passes."""

    node: int
    row: int


_Line = tuple[_Place, _Place]


def svg(result: Graph, boxes: Sequence[Sequence[str]]) -> str:
    """The graph as SVG; `boxes` has the lines that are written into each node's box."""
    depth, lines = _layered([node.operands for node in result.nodes])
    wide, high = _sizes(boxes)
    turns = _turns(result)
    width = {
        place: wide[place.node] if depth[place.node] == place.row else _PASSING
        for place in sorted({*starmap(_Place, enumerate(depth)), *chain(*lines)}, key=turns)
    }
    x = _across(lines, width)
    rows = [max(high[n] for n, row in enumerate(depth) if row == r) for r in range(max(depth) + 1)]
    top = [_EDGE + sum(rows[:row]) + _ROWS * row for row in range(len(rows))]

    def below(place: _Place) -> int:
        stands = depth[place.node] == place.row
        return top[place.row] + (high[place.node] if stands else rows[place.row])

    drawn = [_line(x, line, top, below, depth) for line in lines]
    drawn += [
        _box(node, x[_Place(node, row)], top[row], wide[node], result, boxes[node])
        for node, row in enumerate(depth)
    ]
    right = max(x[place] + width[place] / 2 for place in width) + _EDGE
    down = top[-1] + rows[-1] + _EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{down}" '
        f'viewBox="0 0 {right:.0f} {down}"><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(drawn)}</svg>\n'
    )


def _layered(operands: Sequence[Sequence[int]]) -> tuple[list[int], list[_Line]]:
    """The row of each node, as near to the result as it can be, and the lines from row to row."""
    depth = [0] * len(operands)
    highest: dict[int, int] = {}
    lines: dict[_Line, None] = {}
    for node in reversed(range(len(operands))):
        for operand in operands[node]:
            depth[operand] = max(depth[operand], depth[node] + 1)
            highest[operand] = min(highest.get(operand, depth[node]), depth[node])
    for node, used in enumerate(operands):
        lines |= {(_Place(one, depth[node] + 1), _Place(node, depth[node])): None for one in used}
    for node, row in highest.items():
        passed = range(row + 1, depth[node] + 1)
        lines |= {(_Place(node, a + 1), _Place(node, a)): None for a, _ in pairwise(passed)}
    return depth, list(lines)


def _turns(result: Graph) -> Callable[[_Place], int]:
    """Which place comes before which in a row: operands from left to right, as they are written."""
    met: dict[int, int] = {}
    stack = [len(result.nodes) - 1]
    while stack:
        node = stack.pop()
        if node not in met:
            met[node] = len(met)
            stack += reversed(result.nodes[node].operands)
    return lambda place: met[place.node]


def _sizes(boxes: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    wide = [
        _CHARACTER * max(min(len(text), _LONGEST) for text in box) + 2 * _WITHIN for box in boxes
    ]
    return wide, [_LINE * len(box) + _WITHIN for box in boxes]


def _short(text: str) -> str:
    # A formula is at the beginning, its value at the end.
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[: half - 1]}…{text[-half:]}"


def _across(lines: Sequence[_Line], width: Mapping[_Place, int]) -> dict[_Place, float]:
    """The middle of each place: near those above and below it, and beside those of its row."""
    above, below = defaultdict(list), defaultdict(list)
    for low, high in lines:
        above[low].append(high)
        below[high].append(low)
    rows: defaultdict[int, list[_Place]] = defaultdict(list)
    for place in width:
        rows[place.row].append(place)
    x = dict.fromkeys(width, 0.0)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in sorted(rows, reverse=not down):
            near = above if down else below
            wanted = {p: _mean([x[one] for one in near[p]], x[p]) for p in rows[row]}
            rows[row].sort(key=wanted.__getitem__)
            x |= _beside(rows[row], wanted, width)
    left = min(x[place] - width[place] / 2 for place in width)
    return {place: at - left + _EDGE for place, at in x.items()}


def _beside(
    row: Sequence[_Place], wanted: Mapping[_Place, float], width: Mapping[_Place, int]
) -> Iterator[tuple[_Place, float]]:
    """The places of a row from left to right, none on another, in all as near as they can be."""
    found: list[float] = []
    for place in row:
        free = wanted[place]
        if found:
            last = row[len(found) - 1]
            free = found[-1] + (width[last] + width[place]) / 2 + _BETWEEN
        found.append(max(wanted[place], free))
    off = _mean([wanted[place] - at for place, at in zip(row, found, strict=True)], 0)
    yield from ((place, at + off) for place, at in zip(row, found, strict=True))


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _line(
    x: Mapping[_Place, float],
    line: _Line,
    top: Sequence[int],
    below: Callable[[_Place], int],
    depth: Sequence[int],
) -> str:
    """From the top of one place, or from below it where a line passes, up to the next."""
    low, high = line
    start, end = top[low.row], below(high)
    middle = (start + end) / 2
    passing = f"V{start}" if depth[low.node] != low.row else ""
    stands = depth[high.node] == high.row
    first = below(low) if passing else start
    tip = end + _HEAD if stands else end
    head = f'<path class="head" d="M{x[high]:.1f} {end}l-4 {_HEAD}h8z"/>' if stands else ""
    return (
        f'<path class="line" d="M{x[low]:.1f} {first}{passing}C{x[low]:.1f} {middle:.1f} '
        f'{x[high]:.1f} {middle:.1f} {x[high]:.1f} {tip}"/>{head}'
    )


def _box(node: int, x: float, top: int, wide: int, result: Graph, texts: Sequence[str]) -> str:
    leaf = " leaf" if result.nodes[node].grad_fn == "leaf" else ""
    high = _LINE * len(texts) + _WITHIN
    whole = html.escape("\n".join(map(printable, texts)))
    rows = "".join(
        f'<text class="{"" if number else "top"}" x="{x:.1f}" y="{top + _LINE * (number + 1)}">'
        f"{html.escape(_short(printable(text)))}</text>"
        for number, text in enumerate(texts)
    )
    return (
        f'<g><title>{whole}</title><rect class="box{leaf}" x="{x - wide / 2:.1f}" y="{top}" '
        f'width="{wide}" height="{high}" rx="{_WITHIN if leaf else 2}"/>{rows}</g>'
    )
