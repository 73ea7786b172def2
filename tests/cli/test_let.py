"""Parts of an expression by name, in every command that takes one."""

from pathlib import Path

import pytest

from tests.conftest import Run

_RUNS = [
    (("limit", "u^2*x"), ("--x", "1", "--count", "2")),
    (("steps", "sin(u)"), ("--detail", "line")),
    (("hessian", "u*y"), ("--at", "x=1", "y=2")),
    (("jacobian", "[u, u*y]"), ("--at", "x=1", "y=2")),
    (("graph", "u*x"), ("--x", "1")),
    (("scan", "abs(u - 2)"), ("--x=0:3",)),
    (("emit", "exp(u)"), ("--to", "c", "--derivatives")),
    (("implicit", "u + y^2 = 26"), ("--at", "x=3", "y=4")),
    (("descend", "(u - 2)^2"), ("--from", "x=2", "--count", "3")),
    (("check", "u^3", "6x*u^2"), ()),
]


@pytest.mark.parametrize(("words", "rest"), _RUNS, ids=lambda words: words[0] if words else "")
def test_a_part_by_name_is_as_good_as_written_out(
    run: Run, words: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    command, *texts = words
    written = [text.replace("u", "(x^2+1)") for text in texts]
    named = run(command, *texts, *rest, "--let", "v=x^2", "--let", "u=v+1")
    assert named.out
    assert named == run(command, *written, *rest)


def test_answers_are_marked_in_the_names_of_let(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "answers.csv"
    table.write_text("expression,claim\nu^2,4x*u\n")
    marks = run("check", "--answers", str(table), "--let", "u=x^2+1").out
    assert marks.splitlines()[1].startswith("u^2,4x*u,correct")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("steps", "u", "--let", "u=u+1"), "u is defined by itself"),
        (("steps", "u", "--let", "u=v", "--let", "v=x"), "u is defined by v, which comes later"),
        (("steps", "u", "--let", "sin=x"), "`sin` already means something"),
        (("steps", "u(x+1)", "--let", "u=x"), "`u` is a variable: write "),
        (("hessian", "u", "--let", "u=x^", "--x", "1"), "the expression ends too soon"),
    ],
)
def test_what_is_no_part_is_refused(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err
