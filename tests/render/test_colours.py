"""The colours of a terminal are read on light and on dark backgrounds."""

from io import StringIO

import pytest
from rich.color import Color
from rich.text import Text

from diffcalc.render.console import COLOURS, console_on

# White and black, and the backgrounds of GitHub's and of Solarized's themes.
BACKGROUNDS = [(255, 255, 255), (0, 0, 0), (13, 17, 23), (0, 43, 54), (253, 246, 227)]
# What WCAG asks for of large and bold text.
LEAST = 3.0


def luminance(colour: tuple[int, int, int]) -> float:
    shares = [c / 255 for c in colour]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", COLOURS)
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_colour_has_contrast(name: str, background: tuple[int, int, int]) -> None:
    shown = luminance(Color.from_ansi(COLOURS[name]).get_truecolor())
    lighter, darker = sorted((shown, luminance(background)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= LEAST


def test_the_console_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    written = StringIO()
    console = console_on(written)
    console.print(Text("a", "bold green").append("b", "not bold cyan"))
    assert "38;5;28ma" in written.getvalue()
    assert "38;5;30mb" in written.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = StringIO()
    console_on(plain).print(Text("a", "green"))
    assert "38;5" not in plain.getvalue()
