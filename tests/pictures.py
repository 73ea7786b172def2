"""Makes the pictures of the guide anew: python -m tests.pictures [FOLDER]

Those of a terminal show what the program prints there, in its colours.
"""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.commands import PROGRAM, ROOT

GUIDE = ROOT / "diffcalc" / "guide"
TYPED = {
    "main": ["grad", "3*x^2 - 4*x", "--x", "1"],
    "corner": ["grad", "abs(x)", "--x", "0"],
    "steps": ["steps", "x^2*sin(x)"],
}
DRAWN = {
    "v": ["limit", "sin(x)", "--x", "1"],
    "secant": ["plot", "x^2", "--x=-3:3", "--at", "x=1"],
}
# The sixteen colours of GitHub's light theme, each with a contrast of 4.5 at least on its white;
# black to white, then the bright ones.
LIGHT = TerminalTheme(
    (255, 255, 255), (31, 35, 40),
    [(36, 41, 47), (207, 34, 46), (17, 99, 41), (122, 78, 0), (9, 105, 218), (130, 80, 223), (27, 124, 131), (110, 119, 129)],
    [(87, 96, 106), (164, 14, 38), (26, 127, 55), (99, 60, 1), (33, 139, 255), (164, 117, 249), (49, 146, 170), (140, 149, 159)],
)  # fmt: skip
# rich's own has the frame of a window, and fetches a font.
_SVG = """\
<svg width="720" viewBox="-9 -20 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
text {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
{styles}
</style>
<defs>{lines}</defs>
<rect x="-9" y="-20" width="100%" height="100%" rx="8" fill="BACKGROUND" />
{backgrounds}
{matrix}
</svg>
"""


def typed(args: list[str], printed: str, theme: TerminalTheme = LIGHT, columns: int = 80) -> str:
    """What a terminal shows of a command and of what it printed, as SVG."""
    command = " ".join(f'"{a}"' if {*"*^() "} & {*a} else a for a in args)
    console = Console(
        record=True, width=columns, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text(f"$ diffcalc {command}\n"))
    console.print(Text.from_ansi(printed.rstrip()))
    form = _SVG.replace("BACKGROUND", theme.background_color.hex)
    return console.export_svg(theme=theme, code_format=form, unique_id="t")


def run(args: list[str], columns: int = 80) -> str:
    """What a command prints on a terminal, in its colours."""
    settings = {"COLUMNS": str(columns), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        [*PROGRAM, *args], capture_output=True, text=True, env=os.environ | settings, check=False
    )
    return done.stdout + done.stderr


def main(folder: Path = GUIDE) -> None:
    """Writes all of them."""
    for name, args in TYPED.items():
        (folder / f"{name}.svg").write_text(typed(args, run(args)))
    for name, args in DRAWN.items():
        run([*args, "-o", str(folder / f"{name}.svg")])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
