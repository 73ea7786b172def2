"""Whole classes: answers are marked as they come, and a bad one stops nothing."""

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffcalc.base import processes
from diffcalc.base.errors import DiffcalcError
from diffcalc.cli.status import ExitStatus
from diffcalc.exercises import Grade, Mark, check
from diffcalc.exercises.answers import Answers
from diffcalc.language.expression import Expression
from tests.conftest import PATIENCE, Run

CLASS = """student,expression,claim,wrt
ann,x^2,2x,
bob,sin(2x),cos(2x),
carl,x^2*y,x^2,y
dora,x*log(x^2),2log(x) + 2,x
"""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_answer_gets_its_mark(run: Run) -> None:
    outcome = run("check", "--answers", "-", stdin=CLASS)
    assert outcome.status == ExitStatus.NOT_TRUE
    found = rows(outcome.out)
    assert [(row["student"], row["mark"]) for row in found] == [
        ("ann", "correct"),
        ("bob", "wrong"),
        ("carl", "correct"),
        ("dora", "correct on a smaller domain"),
    ]
    assert found[1]["mistake"] == "inner derivative forgotten"
    assert found[1]["counterexample"].startswith("at x = 2 the derivative is -1.307287242, ")
    assert found[0]["decided"] == "exactly"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x^2,2(x", "line 2: the claim: this bracket is never closed"),
        ("sin x^2,cos(x)", "line 2: the expression: where does the argument of `sin` end"),
        ("x^2", "line 2: 1 cell, but 2 columns"),
        ("x^2,2x,3x", "line 2: 3 cells, but 2 columns"),
        ("x*y,y", "line 2: x*y has the variables x and y: choose one, as in --wrt x"),
        ("3,0", "line 2: 3 has no variable"),
        ("9^9^9^9,0", "line 2: the expression: "),
        ("x^2,\x00", "line 2: "),
        ("x^2,\xff\udcff", "line 2: the claim: "),
        (f"x^2,{'x' * 140_000}", "line 2: a cell is longer than 131,072 characters"),
    ],
)
def test_a_bad_row_says_why_and_the_others_are_marked(run: Run, row: str, reason: str) -> None:
    text = f"expression,claim\n{row}\nx^3,3x^2\n"
    outcome = run("check", "--answers", "-", stdin=text.encode(errors="surrogateescape"))
    bad, good = rows(outcome.out)
    assert bad["mark"] == "error"
    assert bad["explanation"].startswith(reason)
    assert good["mark"] == "correct"
    assert outcome.status == ExitStatus.USAGE


def test_a_row_without_a_claim_is_blank(run: Run) -> None:
    text = 'expression,claim\nx^2,\nx^2," "\nx^2,2x\n'
    outcome = run("check", "--answers", "-", stdin=text)
    assert [row["mark"] for row in rows(outcome.out)] == ["blank", "blank", "correct"]
    assert outcome.status == ExitStatus.NOT_TRUE
    values = run("check", "--answers", "-", "--format", "value", stdin=text)
    assert values.out.split() == ["blank", "blank", "correct"]


def test_a_key_is_read_as_practice_writes_it(run: Run) -> None:
    key = run("practice", "--seed", "5", "-n", "3", "--format", "csv").out
    outcome = run("check", "--answers", "-", stdin=key)
    assert [row["mark"] for row in rows(outcome.out)] == ["correct"] * 3
    assert [row["rules"] for row in rows(outcome.out)] == [row["rules"] for row in rows(key)]
    filled = "expression,answer,rules,claim\nx^2,2*x,power,x\n"
    assert rows(run("check", "--answers", "-", stdin=filled).out)[0]["mark"] == "wrong"


def test_a_row_that_takes_too_long_is_a_bad_row(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_endless(f: Expression, claim: Expression, variable: str) -> Mark:
        if str(f) == "x**2":
            time.sleep(PATIENCE)
        return check(f, claim, variable)

    monkeypatch.setattr("diffcalc.exercises.answers.check", check_endless)
    text = "expression,claim\nx^2,2x\nx^3,3x^2\n"
    # A hundred times what the good row takes.
    outcome = run("check", "--answers", "-", "--timeout", "2", stdin=text)
    bad, good = rows(outcome.out)
    assert bad["explanation"].startswith("line 2: this takes longer than 2 s")
    assert good["mark"] == "correct"


def test_rows_are_read_one_by_one() -> None:
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        yield "expression,claim\n"
        while True:
            taken += 1
            yield "x^2,2x\n"

    answers = Answers(lines(), ",", lambda name: None).marked(timeout=0)
    for expected in (1, 2, 3):
        mark = next(answers).mark
        assert mark is not None
        assert mark.grade is Grade.CORRECT
        assert taken == expected


def test_a_file_is_marked_by_several_processes_as_by_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_WORTH", 0)
    monkeypatch.setattr(processes, "_TOGETHER", 2)
    claims = ["2x", "x", "2(x", "", "x^2", "2x+0", "x^3/3", "2*x*1", "3x", "sin(x"]
    text = "expression,claim\n" + "".join(f"x^2,{claim}\n" for claim in claims)
    (tmp_path / "class.csv").write_text(text)
    several = run("check", "--answers", str(tmp_path / "class.csv"))
    assert (several.status, several.err) == (ExitStatus.USAGE, "")
    assert len(rows(several.out)) == len(claims)
    assert several == run("check", "--answers", "-", stdin=text)


def test_the_derivative_of_a_right_answer_is_tidied_only_to_be_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[object] = []

    def tidy(formula: object) -> tuple[object, str]:
        tidied.append(formula)
        return formula, ""

    monkeypatch.setattr("diffcalc.symbolic.elementwise.tidied", tidy)
    text = "expression,claim\nx^3*sin(7*x)*exp(x),x^2*exp(x)*((x + 3)*sin(7*x) + 7*x*cos(7*x))\n"
    (found,) = rows(run("check", "--answers", "-", stdin=text).out)
    assert (found["mark"], found["decided"], len(tidied)) == ("correct", "exactly", 0)
    run("check", "--answers", "-", "--format", "json", stdin=text)
    assert len(tidied) == 1


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("student,claim", "no column expression"),
        ("expression,claim,claim", "more than one column claim"),
        ("", "no column expression"),
        ("x" * 140_000, "line 1 of the answers: a cell is longer than 131,072 characters"),
    ],
)
def test_the_columns_are_needed(header: str, message: str) -> None:
    with pytest.raises(DiffcalcError, match=message):
        Answers([header], ",", lambda name: None)


def test_json_lines(run: Run) -> None:
    outcome = run("check", "--answers", "-", "--format", "json", stdin=CLASS)
    found = [json.loads(line) for line in outcome.out.splitlines()]
    assert found[0]["mark"] == "correct"
    assert found[0]["counterexample"] is None
    bob = found[1]
    assert bob["student"] == "bob"
    assert bob["rule"] == "chain"
    assert bob["derivative"] == "2*cos(2*x)"
    assert bob["terms"] == {"claimed": ["cos(2*x)"], "right": ["2*cos(2*x)"]}
    assert bob["counterexample"]["at"] == {"x": 2}
    assert bob["counterexample"]["derivative"] == pytest.approx(-1.3072872417272239)
    assert found[3]["counterexample"]["claim"] is None
    assert found[3]["counterexample"]["claim_why"] == "no value"


def test_marks_can_be_marked_again(run: Run, tmp_path: Path) -> None:
    first = run("check", "--answers", "-", stdin=CLASS).out
    path = tmp_path / "marks.csv"
    path.write_text(first)
    assert run("check", "--answers", str(path)).out == first


def test_a_table_with_tabs(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "answers.tsv"
    path.write_text("expression\tclaim\nx^2\t2x\n")
    assert run("check", "--answers", str(path), "--format", "value").out == "correct\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("x^2",), "an expression and a claim are needed"),
        (("x^2", "2x", "3x"), "an expression and a claim are needed"),
        (("x*y", "y"), "choose one, as in --wrt x"),
        (("x*y", "y", "--wrt", "x,y"), "a claim is of one variable"),
        (("x^2", "2x +"), "the claim: the expression ends too soon\n  2x +\n"),
        (("x^^2", "2x"), "the expression: "),
        (("--answers", "none.csv"), "cannot read none.csv: No such file"),
        (("--answers", "-", "x"), "either --answers or 'x'"),
        (("--answers", "-", "--wrt", "x"), "a column wrt names the variable"),
        (
            ("--answers", "-", "--format", "table"),
            "not one of 'csv', 'tsv', 'json', 'value'.",
        ),
    ],
)
def test_what_is_refused(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run("check", *args)
    assert outcome.status == ExitStatus.USAGE
    assert message in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("claim", "printed", "status"), [("2x", "correct\n", 0), ("-x", "wrong\n", 1)]
)
def test_one_word_for_scripts(run: Run, claim: str, printed: str, status: int) -> None:
    outcome = run("check", "x^2", claim, "--format", "value")
    assert (outcome.out, outcome.status) == (printed, status)
