"""Which command has which option: one name for one thing, in one order, wherever it makes sense."""

import json
from collections import Counter
from pathlib import Path

import click
import pytest

from diffcalc.cli.main import cli
from diffcalc.cli.option_groups import GROUPS, spelled_out
from tests.conftest import Run

# Where a column has an x, the command has the option.
TABLE = """
            grad limit points steps hessian jacobian implicit scan plot graph report emit descend check
--at        x    x     x      x     x       x        x        x    x    x     x      x    x       x
--let       x    x     x      x     x       x        x        x    x    x     x      x    x       x
--wrt       x    x     x      x     x       x        x        -    -    x     x      x    -       x
--order     x    x     -      x     -       -        x        -    -    -     -      -    -       x
--digits    x    x     -      -     x       x        x        -    -    -     -      -    -       -
--sequences x    -     -      -     x       x        x        -    -    -     -      -    -       -
--strict    x    x     x      -     x       x        x        -    -    -     -      -    -       -
--format    x    x     x      x     x       x        x        x    -    x     -      -    x       x
--output    x    x     x      x     x       x        x        x    x    x     x      x    x       x
--timeout   x    x     x      x     x       x        x        x    x    x     x      x    x       x
"""
_HEADER, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
_CONTEXT = click.Context(cli)
COMMANDS = {name: cli.get_command(_CONTEXT, name) for name in cli.list_commands(_CONTEXT)}
OPTIONS = {
    name: {spelled_out(p): p for p in command.params if isinstance(p, click.Option)}
    for name, command in COMMANDS.items()
    if command is not None
}


def test_the_table_has_every_command_on_an_expression() -> None:
    assert {*_HEADER} == {name for name, found in OPTIONS.items() if "--at" in found}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_a_command_has_the_options_of_the_table(row: list[str]) -> None:
    option, *cells = row
    found = ["x" if option in OPTIONS[command] else "-" for command in _HEADER]
    assert found == cells


def test_an_option_is_of_one_kind_wherever_it_is() -> None:
    # How many there may be, and which choices there are, is the command's.
    kinds = {
        name: Counter(
            (one.is_flag, one.multiple, one.type.name)
            for found in OPTIONS.values()
            if (one := found.get(name)) is not None
        )
        for name in {name for found in OPTIONS.values() for name in found}
    }
    mixed = {name for name, kind in kinds.items() if len(kind) > 1}
    # A number that may be left out has no range; --of asks which variable, or of what.
    assert mixed <= {"--tolerance", "--of"}


def test_every_option_is_under_one_heading() -> None:
    placed = Counter(name for names in GROUPS.values() for name in names)
    assert {*placed.values()} == {1}
    assert {name for found in OPTIONS.values() for name in found} == {*placed} - {"--help"}


def test_short_names_are_the_same_everywhere() -> None:
    short = {
        (opt, name)
        for found in OPTIONS.values()
        for name, one in found.items()
        for opt in one.opts
        if opt != name
    }
    assert short == {("-f", "--format"), ("-o", "--output"), ("-n", "--count")}


@pytest.mark.parametrize(
    ("args", "old", "new"),
    [
        (["graph", "x", "x=1", "--save", "g.svg"], "--save", "--output"),
        (["steps", "x^2", "--level", "rules"], "--level", "--detail"),
        (["emit", "x^2", "--gradient", "--to", "c"], "--gradient", "--derivatives"),
        (["emit", "--to", "c", "x^2", "--gradient"], "--gradient", "--derivatives"),
        (["emit", "--gradient", "x^2", "--to", "c"], "--gradient", "--derivatives"),
        (["descend", "x^2", "--from", "x=5", "--steps", "3"], "--steps", "--count"),
    ],
)
def test_an_option_that_has_another_name_now_says_so(
    run: Run, args: list[str], old: str, new: str
) -> None:
    outcome = run(*args)
    said = f"diffcalc {args[0]}: no such option: {old}; it is {new} now\n"
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(said)


@pytest.mark.parametrize(
    "args",
    [
        ["grad", "x^2", "x=3"],
        ["limit", "x^2", "x=3"],
        ["steps", "x^2"],
        ["scan", "abs(x)", "--x=-1:1"],
        ["graph", "x^2", "x=3"],
        ["emit", "x^2", "--to", "c"],
        ["check", "x^2", "2x"],
        ["practice", "-n", "2"],
        ["functions"],
    ],
    ids=lambda args: args[0],
)
def test_what_is_printed_goes_into_a_file(run: Run, tmp_path: Path, args: list[str]) -> None:
    path = tmp_path / "out.txt"
    printed, written = run(*args), run(*args, "-o", str(path))
    assert (written.status, written.out, written.err) == (printed.status, "", printed.err)
    assert path.read_text() == printed.out
    assert run(*args, "-o", "-").out == printed.out


def test_the_ending_of_a_file_says_its_format(run: Run, tmp_path: Path) -> None:
    def written(name: str, *args: str) -> str:
        assert run(*args, "-o", str(tmp_path / name)).status == 0
        return (tmp_path / name).read_text()

    assert json.loads(written("a.json", "grad", "x^2", "x=3"))["verdict"] == "agree"
    assert written("a.tex", "steps", "x^2").startswith(r"\begin{flushleft}")
    assert written("a.dot", "graph", "x", "x=1").startswith("digraph")
    assert written("a.c", "emit", "x^2").startswith("// ")
    assert written("a.rs", "emit", "x^2").startswith("// ")
    assert "import torch" in written("a.py", "emit", "exp(x)", "--to", "torch")
    # What is asked for goes before.
    assert written("b.json", "grad", "x^2", "x=3", "-f", "value") == "6\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["grad", "x", "-o", "a.tex"], "a.tex: grad writes no .tex, but .json, .jsonl, .csv, .tsv or .txt"),
        (["scan", "x", "--x=0:1", "-o", "a.svg"], "a.svg: scan writes no .svg, but .json, .jsonl, .csv, .tsv or .txt"),
        (["emit", "x", "-o", "a.json"], "a.json: emit writes no .json, but .tex, .txt, .c, .jl, .py or .rs"),
        (["emit", "x", "-o", "a.txt"], "Missing option '--to': in which language, as in --to c"),
        (["plot", "x", "--x=0:1", "-o", "a.json"], "a.json: plot writes no .json, but .txt"),
        (["limit", "x", "x=1", "-o", "a.gif"], "a.gif is no picture's name: end it with .svg, .png or .pdf"),
        (["grad", "x", "-o", "/no/such/a"], "cannot write /no/such/a: No such file or directory"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_written_is_a_line(run: Run, args: list[str], message: str) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err.splitlines()[0]


def test_a_file_stays_as_it_was_where_something_goes_wrong(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("before\n")
    assert run("grad", "x +", "x=1", "-o", str(path)).status == 2
    assert path.read_text() == "before\n"
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]
