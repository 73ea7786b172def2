"""`report`: a page that fetches nothing, whose slider changes the number and whose steps open."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import Run

# What a page needs no end of.
_ALONE = {"meta", "link", "input", "th", "td", "tr", "li", "p"}


class Page(HTMLParser):
    """A page taken apart: its elements, and whether each is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _ALONE:
            assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        """What the slider shows."""
        found = re.search(r"^const data = (.*);$", self.text, flags=re.MULTILINE)
        assert found is not None
        return dict(json.loads(found[1]))


@pytest.fixture
def page(run: Run, tmp_path: Path) -> Any:
    def written(*args: str, status: int = 0) -> Page:
        path = tmp_path / "report.html"
        outcome = run("report", *args, "-o", str(path))
        assert (outcome.status, outcome.out) == (status, "")
        found = Page(path.read_text())
        assert not found.open
        return found

    return written


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["3x^2 - 4x", "x=1"], 0),
        (["exp(-x^2/2)*y_1*theta", "x=1", "y_1=2", "theta=3", "--wrt", "x"], 0),
        (["abs(x)", "x=0"], 1),
        (["1/x", "x=0"], 1),
        (["where(x < 2, x, -x)", "x=1"], 0),
    ],
)
def test_a_page_fetches_nothing_and_its_formulas_are_mathml(
    page: Any, args: list[str], status: int
) -> None:
    found = page(*args, status=status)
    policy = [meta["content"] for meta in found.of("meta") if "http-equiv" in meta]
    assert policy[0].startswith("default-src 'none'")
    outside = [v for _, attrs in found.elements for k, v in attrs.items() if k in ("src", "href")]
    assert outside == ["data:,"]
    formulas = re.findall(r"<math.*?</math>", found.text, flags=re.DOTALL)
    assert len(formulas) > 2
    for formula in formulas:
        ElementTree.fromstring(formula)
    for picture in re.findall(r"<svg.*?</svg>", found.text, flags=re.DOTALL):
        ElementTree.fromstring(picture)


def test_the_slider_moves_h_from_1_to_1e_8_and_the_quotient_with_it(page: Any) -> None:
    data = page("x^2", "x=1").data
    assert (data["at"], data["value"]) == (1, 1)
    (first, quotient), *_, (last, _) = data["rows"]
    assert (first, quotient) == (1, 3)
    assert last == pytest.approx(1e-8)
    for h, found in data["rows"]:
        assert found == pytest.approx(2 + h, abs=1e-6)


def test_what_is_drawn_can_be_heard_and_reached_by_keys(page: Any) -> None:
    found = page("x^2", "x=1")
    assert [label["for"] for label in found.of("label")] == ["h"]
    assert [one["type"] for one in found.of("input")] == ["range"]
    pictures = [one for one in found.of("svg") if "aria-hidden" not in one]
    assert len(pictures) == 2
    assert all(one["role"] == "img" and one["aria-label"] for one in pictures)
    assert len(found.of("details")) == len(found.of("summary")) > 0
    assert "open" not in found.of("details")[0]


def test_a_verdict_that_is_no_derivative_is_on_the_page(page: Any) -> None:
    text = page("abs(x)", "x=0", status=1).text
    assert "not differentiable: corner: the slope is -1 from the left, 1 from the right" in text
    assert "There is no derivative that an error could be drawn against." in text


# Just so much of a browser as the script of the page asks for.
_BROWSER = """
const made = {};
const element = id => made[id] ??= {
  value: "0", style: {}, set: {}, heard: {},
  setAttribute(name, value) { this.set[name] = value; },
  addEventListener(name, action) { this.heard[name] = action; },
};
globalThis.document = { getElementById: element };
%s
const told = [element("said").textContent];
element("h").value = "64";
element("h").heard.input();
told.push(element("said").textContent, element("h").set["aria-valuetext"]);
console.log(JSON.stringify([told, element("secant").set]));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the script of the page")
def test_moving_the_slider_changes_the_number_and_the_secant(page: Any) -> None:
    script = re.search(r"<script>(.*)</script>", page("x^2", "x=1").text, flags=re.DOTALL)
    assert script is not None
    done = subprocess.run(
        ["node", "-e", _BROWSER % script[1]], capture_output=True, text=True, check=True
    )
    (first, last, heard), secant = json.loads(done.stdout)
    assert first == "h = 1, quotient 3"
    assert re.fullmatch(r"h = 1e-8, quotient (2\.0000000|1\.9999999)\d*", last)
    assert heard == last
    # The tangent goes from (-1, -3) to (3, 5): from the left edge to the right.
    assert (secant["x1"], secant["x2"]) == (64, 628)
    assert secant["y1"] > secant["y2"]


# What a reader does, in a real browser: the policy of the page holds there.
_READER = """<script>
slider.value = "64";
slider.dispatchEvent(new Event("input"));
const step = document.querySelector("details"), closed = step.offsetHeight;
step.querySelector("summary").click();
const seen = { said: said.textContent, grown: step.offsetHeight > closed,
  fetched: performance.getEntriesByType("resource").length };
document.title = JSON.stringify(seen);
</script>"""
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(_CHROMIUM is None, reason="no browser is installed here")
def test_in_a_browser_the_slider_and_the_steps_work_and_nothing_is_fetched(
    page: Any, tmp_path: Path
) -> None:
    assert _CHROMIUM is not None
    read = tmp_path / "read.html"
    read.write_text(page("3x^2 - 4x", "x=1").text + _READER)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    done = subprocess.run(
        [_CHROMIUM, *options, f"--user-data-dir={tmp_path / 'user'}", "--dump-dom", str(read)],
        capture_output=True,
        text=True,
        check=True,
    )
    title = re.search(r"<title>(.*)</title>", done.stdout)
    assert title is not None
    seen = json.loads(title[1])
    assert re.fullmatch(r"h = 1e-8, quotient (2\.0000000|1\.9999999)\d*", seen["said"])
    assert seen["grown"] is True
    assert seen["fetched"] == 0
    assert "CONSOLE" not in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["x*y", "x=1", "y=2", "-o", "a.html"], "name one variable with --wrt"),
        (["x^2", "x=1,2", "-o", "a.html"], "x is to be a single number"),
        (["x^2", "x=[[1]]", "-o", "a.html"], "x is to be a single number"),
        (["x^2", "x=[1]", "-o", "a.html"], "x is to be a single number"),
        (["x^2", "x=1", "-o", "a.json"], "a.json is no page's name: end it with .html"),
        (["x @ x", "x=1,2", "-o", "a.html"], "x is to be a single number"),
        (["x^2", "x=1"], "Missing option '-o'"),
        (["-", "x=1", "-o", "a.html"], "one file has one page"),
    ],
)
def test_what_is_no_page_is_refused(run: Run, args: list[str], said: str) -> None:
    outcome = run("report", *args)
    assert (outcome.status, outcome.out) == (2, "")
    assert said in outcome.err


def test_a_page_on_standard_output(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run("report", "x^2", "x=1", "-o", "-")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("<!DOCTYPE html>")
    assert not list(tmp_path.iterdir())
