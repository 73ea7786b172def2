"""The pictures of the guide show what the program prints and draws now."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import pictures, transcripts
from tests.conftest import Run


def said(picture: str) -> str:
    """The text of a picture, a line for each of its pieces."""
    nodes = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(node.itertext()).replace("\xa0", " ") for node in nodes)


@pytest.mark.parametrize("name", pictures.TYPED)
def test_a_picture_of_a_terminal_is_what_is_printed(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    outcome = run(*pictures.TYPED[name])
    kept = (pictures.GUIDE / f"{name}.svg").read_text()
    assert transcripts.same(
        said(pictures.typed(pictures.TYPED[name], outcome.out + outcome.err)), said(kept)
    ), "python -m tests.pictures makes them anew"


@pytest.mark.parametrize("name", pictures.DRAWN)
def test_a_picture_of_a_plot_is_what_is_drawn(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.svg"
    assert run(*pictures.DRAWN[name], "-o", str(path)).status == 0
    kept = (pictures.GUIDE / path.name).read_text()
    assert said(path.read_text()) == said(kept), "python -m tests.pictures makes them anew"


def test_pictures_fetch_nothing_and_are_small() -> None:
    found = {path.stem: path.read_text() for path in pictures.GUIDE.glob("*.svg")}
    assert {*found} >= {*pictures.TYPED, *pictures.DRAWN}
    for name, text in found.items():
        assert not re.findall(r"""(?:href|src)=["'](?!#).*|url\((?!#).*|@import.*""", text), name
        assert len(text) < 40_000, name
