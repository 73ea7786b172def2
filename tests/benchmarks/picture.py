"""The benchmark of `batch.py` as a picture: python -m tests.benchmarks.picture.

It measures anew and writes `batch.svg` into the guide, which shows it.
"""

import os
from pathlib import Path
from xml.sax.saxutils import escape

import diffcalc
from tests.benchmarks.batch import OURS, Found, measure
from tests.benchmarks.rounds import ONE_THREAD

_ROW, _LEFT, _WIDTH = 15, 230, 420
_OURS, _THEIRS = "#0b7285", "#adb5bd"


def picture(found: dict[str, dict[str, Found]]) -> str:
    """Bars of nanoseconds of processor time a point, each expression to its own scale."""
    rows = [
        '<text x="10" y="20">nanoseconds of processor time a point: the value and all derivatives</text>'
    ]
    y = 50
    for name, sides in found.items():
        times = {side: one.cpu for side, one in sides.items()}
        rows.append(f'<text x="10" y="{y}" font-weight="bold">{escape(name)}</text>')
        # One that is very much slower than the others would leave nothing of these.
        longest = min(max(times.values()), 8 * sorted(times.values())[len(times) // 2])
        for side, time in times.items():
            y += _ROW
            width = min(_WIDTH, _WIDTH * time / longest)
            colour = _OURS if side == OURS else _THEIRS
            cut = " →" if time > longest else ""
            rows += [
                f'<text x="{_LEFT - 10}" y="{y}" text-anchor="end">{escape(side)}</text>',
                f'<rect x="{_LEFT}" y="{y - 10}" width="{width:.1f}" height="11" fill="{colour}"/>',
                f'<text x="{_LEFT + width + 6:.1f}" y="{y}">{time:.1f}{cut}</text>',
            ]
        y += 2 * _ROW
    size = f'width="{_LEFT + _WIDTH + 90}" height="{y}"'
    font = 'font-family="sans-serif" font-size="12"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
        '<rect width="100%" height="100%" fill="white"/>',
        *rows,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    os.environ.update(ONE_THREAD)
    (Path(diffcalc.__file__).parent / "guide" / "batch.svg").write_text(picture(measure()))


if __name__ == "__main__":
    main()
