"""Exercises: they need the rules asked for, have short answers, and the answers are right."""

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.cli.status import ExitStatus
from diffcalc.exercises.practice import FAMILIES, RULES, STRUCTURES, Exercise, exercises
from tests import oracle
from tests.conftest import Run

ASKED = [
    ("power",),
    ("sum", "power"),
    ("chain",),
    ("chain", "product"),
    ("quotient", "trigonometric"),
]


@pytest.mark.parametrize("rules", ASKED)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_exercises_need_what_was_asked_for(rules: tuple[str, ...], level: int) -> None:
    found = exercises(rules, level, seed=7, count=8)
    assert len({str(one.expression) for one in found}) == 8
    for one in found:
        assert {*rules} <= {*one.rules}
        assert {*one.rules} & {*STRUCTURES} == {*rules} & {*STRUCTURES}
        if {*rules} & FAMILIES.keys():
            assert {*one.rules} & FAMILIES.keys() == {*rules} & FAMILIES.keys()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_answers_are_right_and_short(level: int) -> None:
    for one in exercises(["chain", "product"], level, seed=3, count=10):
        text = str(one.answer)
        assert len(text) <= 80
        assert all(int(number) <= 80 for number in re.findall(r"\d+", text))
        assert text.count("/") <= 2
        assert agrees(one)


def agrees(one: Exercise) -> bool:
    """Whether the answer is the derivative, wherever the expression has a value."""
    points = [x for x in np.linspace(-2.9, 3.1, 25) if np.isfinite(value(one, x))]
    assert points
    for x in points[:5]:
        expected = float(oracle.derivative(one.expression, {"x": x}, "x"))
        assert float(one.answer(x=np.float64(x))) == pytest.approx(expected, rel=1e-8)
    return True


def value(one: Exercise, x: float) -> float:
    with np.errstate(all="ignore"):
        return float(one.expression(x=np.float64(x)))


def test_a_seed_makes_the_same_exercises() -> None:
    one, same, other = (exercises(["chain"], 2, seed, 5) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_asked_for(rule: str) -> None:
    assert all(rule in one.rules for one in exercises([rule], 1, seed=0, count=4))


def test_what_cannot_be_made(run: Run) -> None:
    with pytest.raises(DiffcalcError, match="no rule is called `powr`"):
        exercises(["powr"], 1, 0, 5)
    outcome = run("practice", "--rules", "logarithm,root,exponential,trigonometric", "-n", "2")
    assert outcome.status == ExitStatus.USAGE
    assert "different exercises were found at level 1" in outcome.err


def test_csv_and_json_say_the_same(run: Run) -> None:
    args = ("practice", "--rules", "constant-multiple,chain", "-n", "3", "--format")
    table = list(csv.DictReader(io.StringIO(run(*args, "csv").out)))
    objects = [json.loads(line) for line in run(*args, "json").out.splitlines()]
    assert [row["answer"] for row in table] == [one["answer"] for one in objects]
    assert all("constant-multiple" in row["rules"].split() for row in table)
    assert all("constant multiple" in one["rules"] for one in objects)


def test_latex_is_a_document_with_the_answers_on_their_own_page(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sheet.tex"
    args = ("practice", "--rules", "chain,product", "-n", "4", "--level", "2")
    assert run(*args, "-o", str(path)).status == 0
    text = path.read_text()
    assert text.startswith("\\documentclass{article}\n")
    assert text.endswith("\\end{document}\n")
    exercises, answers = text.split("\\newpage")
    assert exercises.count(r"\item") == answers.count(r"\item") == 4
    assert "rule" not in text
    assert "product" not in text
    more = run(*args, "--format", "latex", "--show", "hints", "--show", "rules").out
    assert more.count("Hint") == more.count("product, chain") == 4
    if shutil.which("pdflatex") is not None:
        path.write_text(more)
        compiler = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
        done = subprocess.run(compiler, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout[-800:]
        assert b"Overfull" not in done.stdout
        assert b"(2 pages" in done.stdout


def test_hints_and_rules_are_shown_only_where_they_are_asked_for(run: Run) -> None:
    args = ("practice", "--rules", "quotient", "-n", "1")
    plain, hinted = run(*args).out, run(*args, "--show", "hints").out
    assert "quotient" not in plain
    assert "   - hint: the quotient rule, `D (u/v) = (v*Du - u*Dv)/v**2`\n" in hinted
    assert "quotient" in run(*args, "--show", "rules").out
    # Data has a column for them.
    assert "quotient" in run(*args, "--format", "csv").out


def test_markdown_numbers_exercises_and_answers(run: Run) -> None:
    lines = run("practice", "--rules", "power", "-n", "3", "--seed", "5").out.splitlines()
    assert [line for line in lines if line.startswith("#")] == ["## Exercises", "", "## Answers"][
        ::2
    ]
    assert [line[:4] for line in lines if line[:1].isdigit()] == ["1. `", "2. `", "3. `"] * 2
