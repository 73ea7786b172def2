"""`plot`, and --plot: on a terminal of any width, into files, and what is refused."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Run

STARTS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}


@pytest.mark.parametrize("columns", [120, 80, 40])
def test_a_plot_fits_the_terminal_and_has_no_colour_in_a_pipe(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    outcome = run("plot", "x^2 + 3y^2", "--x=-2:2", "--y=-1:1")
    assert (outcome.status, outcome.err) == (0, "")
    assert "\x1b" not in outcome.out
    assert columns - 3 <= max(map(len, outcome.out.splitlines())) <= columns


def test_no_character_is_drawn_across_a_pole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("plot", "1/x", "--x=-3:3").out.splitlines()
    middles = [line[line.index("┊")] for line in lines if "┊" in line and "pole" not in line]
    assert len(middles) > 20
    assert any("pole at x = 0" in line for line in lines)


@pytest.mark.parametrize("suffix", STARTS)
def test_a_picture_is_written_and_is_the_same_again(run: Run, tmp_path: Path, suffix: str) -> None:
    found = []
    for name in ("one", "other"):
        path = tmp_path / f"{name}{suffix}"
        outcome = run("plot", "abs(x^2 - 1)", "--x=-3:3", "-o", str(path))
        assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
        found.append(path.read_bytes())
    assert found[0].startswith(STARTS[suffix])
    assert found[0] == found[1]


def test_a_picture_says_what_its_lines_are(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sine.svg"
    outcome = run("limit", "sin(x)", "x=1", "-o", str(path))
    assert outcome.status == 0
    assert "agree" in outcome.out
    texts = {"".join(node.itertext()).strip() for node in ElementTree.parse(path).iter()}
    assert {"f(x) = sin(x), x = 1", "central difference", "round-off ~ 1/h"} <= texts


def test_what_is_not_differentiable_is_drawn_and_said(run: Run) -> None:
    outcome = run("plot", "abs(x)", "--x=-3:3", "--at", "x=0")
    assert outcome.status == 1
    assert "from the left: slope -1" in outcome.out
    assert "not differentiable: corner" in outcome.err


@pytest.mark.parametrize(
    ("args", "drawn"),
    [
        (["limit", "exp(x)", "x=0", "--plot"], "slope 2: error ~ h^2"),
        (["descend", "x^2 + 3y^2", "--from", "x=2", "y=1", "--plot"], "contours at "),
        (["descend", "x^2", "--from", "x=2", "--format", "plain", "--plot"], "oo  path"),
    ],
)
def test_a_plot_is_below_what_is_written_without_it(run: Run, args: list[str], drawn: str) -> None:
    outcome, plain = run(*args), run(*args[:-1])
    assert outcome.status == plain.status == 0
    assert outcome.out.startswith(f"{plain.out}\n")
    assert drawn in outcome.out.removeprefix(plain.out)


def test_without_a_derivative_there_is_no_error_to_draw(run: Run) -> None:
    outcome = run("limit", "abs(x)", "x=0", "--plot")
    assert outcome.status == 1
    assert outcome.err == "diffcalc: there is no derivative to draw an error against\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plot", "x^2"], "write one interval, as in --x=-3:3"),
        (["plot", "x*y", "--x=0:1", "--x=0:2"], "write one interval"),
        (["plot", "x*y*z", "--x=0:1", "--y=0:1", "--z=0:1"], "write one interval"),
        (["plot", "x*y", "--x=0:1"], "no value"),
        (["plot", "x^2", "--x=3:-3"], "x=3:-3 is empty"),
        (["plot", "x*y", "--x=0:1", "--y=3:-3"], "is empty"),
        (["plot", "x^2", "--x=0:1", "-o", "a.gif"], "end it with .svg, .png or .pdf"),
        (["plot", "-", "--x=0:1", "-o", "a.svg"], "one file has one plot"),
        (["limit", "x*y", "x=1", "y=2", "--plot"], "one derivative: choose it with --wrt"),
        (["limit", "x^2", "x=1,2", "--plot"], "one derivative"),
        (["limit", "x^2", "x=1", "--plot", "--digits", "30"], "--digits does not go with --plot"),
        (["limit", "x^2", "x=1", "--plot", "--format", "json"], "add -o FILE"),
        (["descend", "x*y*z", "--from", "x=1", "y=1", "z=1", "--plot"], "one or two numbers"),
        (["descend", "sum(x^2)", "--from", "x=1,2", "--plot"], "one or two numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(run: Run, args: list[str], said: str) -> None:
    outcome = run(*args)
    assert outcome.status == 2
    assert outcome.out == ""
    assert said in outcome.err.splitlines()[0]


@pytest.mark.parametrize(
    ("package", "more"), [("plotext", ()), ("matplotlib", ("-o", "a.svg"))], ids=["text", "file"]
)
def test_without_its_package_a_line_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, package: str, more: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    outcome = run("plot", "x^2", "--x=0:1", *more)
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err == (
        f"diffcalc: {package} is not installed here, which draws this: "
        'pip install "diffcalc[plot]"\n'
    )


@pytest.mark.parametrize("start", ["1e154", "1e300"])
def test_the_path_of_a_descent_beyond_what_is_seen_is_no_fault(run: Run, start: str) -> None:
    outcome = run("descend", "x^2", "--from", f"x={start}", "--count", "3", "--plot")
    assert (outcome.status, outcome.err) == (1, "")
    assert "○   start" in outcome.out


def test_a_line_that_is_nearly_upright_or_level_is_cut_without_a_warning(run: Run) -> None:
    outcome = run("plot", "erf(erfc(x))", "--x=-1e3:1")
    assert (outcome.status, outcome.err) == (0, "")


def test_a_curve_is_drawn_over_the_line_that_it_follows(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    drawn = run("limit", "sin(x)", "x=1", "--plot").out.partition("x = 1\n     ┌")[2]
    curve = [line for line in drawn.splitlines() if any("⠀" < sign <= "⣿" for sign in line[40:])]
    # From the error's least to h = 0.1 the forward difference falls along its slope.
    assert len(curve) > 10
