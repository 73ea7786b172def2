"""Files that are not what their name says, that never end, or that nobody should print."""

import json
from pathlib import Path

import pytest

from diffcalc.render.formats import choices
from tests.conftest import Run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("id,a,b\nfirst,2,6\nsecond,3,4\n")
    return path


def test_a_json_file_is_not_given_json_lines(table: Path, run: Run, tmp_path: Path) -> None:
    for style in ([], ["--format", "json"], ["--format", "csv"]):
        shown = run("points", "a*b", str(table), "-o", str(tmp_path / "o.json"), *style)
        assert (shown.status, shown.out) == (2, "")
        assert "o.json: an object a line is no JSON file: end it in .jsonl\n" in shown.err
    assert not (tmp_path / "o.json").exists()
    named = run("points", "a*b", str(table), "-o", str(tmp_path / "o.jsonl"))
    lines = (tmp_path / "o.jsonl").read_text().splitlines()
    assert (named.status, [json.loads(line)["value"] for line in lines]) == (0, [12.0, 12.0])


def test_a_long_cell_is_not_echoed_whole(run: Run) -> None:
    for digits in (309, 5000):
        for style in choices("points")[:3]:
            shown = run("points", "x", "-", "--format", style, stdin=f"x\n{'7' * digits}\n")
            where = f"standard input, line 2: column x: `{'7' * 40}… ({digits:,} characters)`"
            assert where in shown.err
            assert len(shown.out + shown.err) < 400


def test_a_device_is_called_by_its_whole_name(run: Run) -> None:
    shown = run("points", "x", "/dev/null")
    assert (shown.status, shown.err) == (2, "diffcalc: /dev/null is empty\n")
    shown = run("descend", "x*y", "--from", "x=1", "--data", "/dev/null")
    assert (shown.status, shown.err) == (2, "diffcalc: /dev/null is empty\n")
