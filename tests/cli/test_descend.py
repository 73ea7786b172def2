"""The command `descend`: its words, its formats, data from files, and how it is interrupted."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from diffcalc.descent.descent import Descent
from diffcalc.descent.endings import Ending
from diffcalc.descent.objective import Objective
from diffcalc.language.grammar import read
from diffcalc.render import progress
from diffcalc.render.formats import FORMATS
from tests.conftest import PATIENCE, Run

PARABOLA = ("descend", "x^2", "--from", "x=5")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def values(run: Run, *args: str) -> list[list[float]]:
    lines = run("descend", *args, "--format", "value").out.splitlines()
    return [[float(word) for word in line.split()] for line in lines]


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "x=5", "y=6", "--at", "a=2", "b=3"),
        ("a=2", "--from", "x=5", "--from", "y=6", "--b", "3"),
        ("a=2", "--from", "x=5", "y=6", "--count", "500", "b=3"),
        ("--a=2", "--b=3", "--from=x=5", "y=6"),
    ],
)
def test_what_moves_and_what_stands_still(run: Run, words: tuple[str, ...]) -> None:
    found = values(run, "(x - a)^2 + (y - b)^2", *words)
    assert found == [[pytest.approx(2, abs=1e-6)], [pytest.approx(3, abs=1e-6)]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x^2",), "diffcalc descend: no variable moves: say where to start, as in --from x=5\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--x", "5"), "diffcalc descend: no variable moves: say where to start, as in --from x=5\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "y=5"), "diffcalc: y is not a variable of x**2: its variables: x\n"),
        (("x^2", "--from", "x=5", "--at", "x=3"), "diffcalc: x is given twice: a variable moves or stands still\n"),
        (("x^2", "--from", "x=5", "x=3"), "diffcalc: x is given twice\n"),
        (("a*x^2", "--from", "x=5"), "diffcalc: no value for a: --from a=… if it is to move, --at a=… if it stands still\n"),
        (("x^2", "--from", "x=1,2"), "diffcalc: f must be a single number, but here it is a vector of 2: wrap it in sum or mean\n"),
        (("x^2", "--from", "x=5", "--rate", "-1"), "diffcalc descend: --rate must be positive: to go up, descend -(EXPR)\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--rate", "0"), "diffcalc descend: --rate must be a positive number\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--rate", "nan"), "diffcalc descend: --rate must be a positive number\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--count", "0"), "diffcalc descend: Invalid value for '-n' / '--count': 0 is not in the range x>=1.\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--tolerance", "-1"), "diffcalc descend: --tolerance must be a positive number, or 0\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--momentum", "1"), "diffcalc descend: --momentum must be at least 0 and below 1\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--momentum", "0.9", "--adam"), "diffcalc descend: --adam has a momentum of its own: leave out --momentum\nTry 'diffcalc descend --help'.\n"),
        (("-", "--from", "x=5", "--data", "-"), "diffcalc descend: standard input can be read once only\nTry 'diffcalc descend --help'.\n"),
        (("x^2", "--from", "x=5", "--data", "d.csv"), "diffcalc: x**2 uses nothing of d.csv: it has y, z\n"),
        (("x^2 + y", "--from", "x=5", "--at", "y=1", "--data", "d.csv"), "diffcalc: y is given twice: d.csv has it too\n"),
        (("sum((x - y)^2)", "--from", "x=5", "y=1", "--data", "d.csv"), "diffcalc: y is given twice: d.csv has it too\n"),
        (("sum((x - z)^2)", "--from", "x=5", "--data", "d.csv"), "diffcalc: d.csv, line 3, column z: `?` is not a finite number\n"),
    ],
)  # fmt: skip
def test_errors(run: Run, words: tuple[str, ...], message: str) -> None:
    Path("d.csv").write_text("y,z\n1,2\n3,?\n")
    outcome = run("descend", *words)
    assert (outcome.status, outcome.out, outcome.err) == (2, "", message)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("x^2", "--from", "x=5"), 0),
        (("sum(w^2)", "--from", "w=" + "1," * 60 + "1"), 0),
        (("x^3", "--from", "x=0"), 1),
        (("abs(x)", "--from", "x=5"), 1),
        (("x^2", "--from", "x=5", "--rate", "2"), 1),
        (("log(x)", "--from", "x=-1"), 1),
    ],
)
def test_exit_statuses(run: Run, words: tuple[str, ...], status: int) -> None:
    for style in FORMATS["descents"]:
        assert run("descend", *words, "--format", style).status == status


def test_json_lines(run: Run) -> None:
    lines = [json.loads(line) for line in run(*PARABOLA, "--format", "json").out.splitlines()]
    assert len(lines) == 75
    assert lines[0] == {
        "step": 0,
        "at": {"x": 5},
        "value": 25,
        "gradient": {"x": 10},
        "largest_gradient": 10,
    }
    assert [line["step"] for line in lines] == [*range(74), 73]
    assert lines[-1] == lines[-2] | {
        "ending": "minimum",
        "reason": "the gradient is 0 within 1e-06, and the second derivative is 2; the minimum is 4.2e-07 away",
        "hint": None,
        "expression": "x**2",
        "method": "plain descent",
        "rate": 0.1,
        "tolerance": 1e-6,
        "eigenvalues": [2],
        "known": "proved",
        "assuming": [],
        "box": {"center": {"x": 0}, "radius": {"x": pytest.approx(8.4e-7, rel=0.01)}},
    }


def test_json_has_null_for_what_is_not_finite(run: Run) -> None:
    lines = run("descend", "log(x)", "--from", "x=0.5", "--format", "json").out.splitlines()
    last = json.loads(lines[-1])
    assert (last["ending"], last["step"], last["value"], last["value_why"]) == (
        "undefined",
        2,
        None,
        "undefined",
    )
    lines = run(
        "descend", "sqrt(x) + y", "--from", "x=0", "y=0", "--format", "json"
    ).out.splitlines()
    first = json.loads(lines[0])
    assert first["gradient"] == {"x": None, "y": 1}
    assert first["gradient_why"] == "not a finite real number"
    assert (first["largest_gradient"], first["largest_gradient_why"]) == (None, "+∞")


def test_csv_has_a_column_for_each_element(run: Run) -> None:
    outcome = run(
        "descend", "sum((w - 1)^2) + f^2", "--from", "w=0,3", "f=0",
        "--format", "csv", "--count", "2", "--rate", "0.25",
    )  # fmt: skip
    assert list(csv.reader(io.StringIO(outcome.out))) == [
        ["step", "w[0]", "w[1]", "f", "F", "largest_gradient"],
        ["0", "0.0", "3.0", "0.0", "5.0", "4.0"],
        ["1", "0.5", "2.0", "0.0", "1.25", "2.0"],
        ["2", "0.75", "1.5", "0.0", "0.3125", "1.0"],
    ]
    assert outcome.err.startswith(
        "diffcalc: not finished: after 2 steps the largest element of the gradient is still 1:"
    )


def test_values_of_a_minimum_are_silent(run: Run) -> None:
    outcome = run(
        "descend", "sum((w - 1)^2)", "--from", "w=0,3", "--rate", "0.5", "--format", "value"
    )
    assert (outcome.status, outcome.out, outcome.err) == (0, "1 1\n", "")


def test_a_table_keeps_few_of_many_steps(run: Run) -> None:
    shown = run(*PARABOLA, "--rate", "1e-5", "--count", "2345").out.splitlines()
    steps = [int(line.split()[0]) for line in shown if re.match(r" *\d+ ", line)]
    assert steps == [0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 2345]


def test_tables_fit_80_columns(run: Run) -> None:
    long = "w=" + ",".join(str(k + 0.123456789) for k in range(9))
    for words in (
        ("sum((w - v)^2)", "--from", long, "v=0.1"),
        ("(a-b)^2 + (c-d)^2 + g^2", "--from", *(f"{n}=12345.678912" for n in "abcdg")),
    ):
        shown = run("descend", *words, "--count", "20").out
        assert max(map(len, shown.splitlines())) <= 80


def test_lines_of_standard_input(run: Run) -> None:
    outcome = run(
        "descend",
        "-",
        "--from",
        "x=1",
        "--format",
        "value",
        "--rate",
        "0.5",
        stdin="(x-3)^2\nsin x^2\n(x-4)^2\n",
    )
    assert (outcome.status, outcome.out) == (2, "3\n4\n")
    assert outcome.err.startswith("diffcalc: line 2: where does the argument of `sin` end")


# -- data ------------------------------------------------------------------------------------------


def least(loss: Callable[[Any], Any], size: int) -> Any:
    """Where scipy finds the minimum."""
    return minimize(loss, np.zeros(size), method="BFGS", options={"gtol": 1e-8}).x


def test_a_linear_regression_in_one_command(run: Run) -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=40)
    y = 2 * x + 1 + random.normal(size=40) / 10
    Path("points.csv").write_text(
        "who,x,y\n"
        + "".join(f"p,{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    )
    found = values(
        run,
        "mse(y, w*x + b)",
        "--from",
        "w=0",
        "b=0",
        "--data",
        "points.csv",
        "--tolerance",
        "1e-10",
    )
    slope, intercept = np.polynomial.Polynomial.fit(x, y, 1).convert().coef[::-1]
    assert found == [[pytest.approx(slope, abs=1e-8)], [pytest.approx(intercept, abs=1e-8)]]


def test_a_logistic_regression_in_one_command(run: Run) -> None:
    random = np.random.default_rng(2)
    table = random.normal(size=(1000, 2))
    y = (random.random(1000) < 1 / (1 + np.exp(-(table @ [1, -1] + 0.3)))).astype(float)
    np.save("features.npy", table)
    np.savetxt("labels.csv", y, header="y", comments="")
    found = values(
        run, "bce(y, sigmoid(X@w + b))", "--from", "w=0,0", "b=0", "--rate", "3", "--tolerance", "1e-9",
        "--data", "X=features.npy", "--data", "labels.csv",
    )  # fmt: skip

    def loss(at: Any) -> Any:
        z = table @ at[:2] + at[2]
        return np.mean(np.logaddexp(0, z) - y * z)

    assert [*found[0], *found[1]] == pytest.approx(least(loss, 3), abs=1e-6)


def test_a_softmax_regression_in_one_command(run: Run) -> None:
    random = np.random.default_rng(4)
    table = random.normal(size=(200, 2))
    labels = np.eye(3)[
        np.argmax(table @ [[1, 0, -1], [0, 1, 0]] + random.gumbel(size=(200, 3)), axis=1)
    ]
    np.savetxt("features.csv", table, delimiter=",")
    np.savetxt("labels.tsv", labels, delimiter="\t", header="a\tb\tc", comments="")
    found = values(
        run, "cross_entropy(Y, softmax(X@W, axis=1))/200 + sum(W^2)/20", "--from", "W=[[0,0,0],[0,0,0]]",
        "--data", "X=features.csv", "--data", "Y=labels.tsv", "--rate", "1", "--tolerance", "1e-9",
    )  # fmt: skip

    def loss(at: Any) -> Any:
        scores = table @ at.reshape(2, 3)
        return (
            np.mean(logsumexp(scores, axis=1) - np.sum(labels * scores, axis=1))
            + np.sum(at**2) / 20
        )

    assert found[0] == pytest.approx(least(loss, 6), abs=1e-6)


def test_a_column_may_have_a_greek_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    args = ("descend", "mean((c - θ)^2)", "--from", "c=0", "--rate", "0.5", "--format", "value")
    path.write_text("θ\n1\n3\n")
    assert run(*args, "--data", str(path)).out == "2\n"
    path.write_text("θ,theta\n1,2\n")
    outcome = run(*args, "--data", str(path))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == "diffcalc: theta is given twice: d.csv has it too\n"


def test_data_from_standard_input(run: Run) -> None:
    found = values(run, "mean((c - x)^2)", "--from", "c=0", "--rate", "0.5", "--data", "-")
    assert found == []
    outcome = run(
        "descend",
        "mean((c - x)^2)",
        "--from",
        "c=0",
        "--rate",
        "0.5",
        "--data",
        "-",
        "--format",
        "value",
        stdin="x\n1\n2\n6\n",
    )
    assert (outcome.status, outcome.out) == (0, "3\n")


# -- while it runs ---------------------------------------------------------------------------------

ENDLESS = [sys.executable, "-m", "diffcalc", *PARABOLA, "--rate", "1e-9", "--count", "100000000"]


def test_ctrl_c_prints_what_was_reached() -> None:
    process = subprocess.Popen(
        [*ENDLESS, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    # It is written while it comes.
    assert json.loads(process.stdout.readline())["step"] == 0
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    last = json.loads(out.splitlines()[-1])
    assert (process.returncode, err.strip()) == (130, "")
    assert last["ending"] == "interrupted"
    assert (
        last["reason"]
        == f"stopped at step {last['step']}: the largest element of the gradient is still 10"
    )


def test_timeout_prints_what_was_reached(run: Run) -> None:
    outcome = run(*PARABOLA, "--rate", "1e-9", "--count", "100000000", "--timeout", "0.2")
    assert outcome.status == 2
    assert "interrupted: stopped at step" in outcome.out
    assert outcome.err == "diffcalc: this takes longer than 0.2 s: allow more with --timeout\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("moment", [0, 100])
def test_progress_is_for_terminals_and_long_runs(
    monkeypatch: pytest.MonkeyPatch, moment: float
) -> None:
    descent = Descent(Objective(read("x^2"), {"x": np.array(5.0)}, {}))
    for stream, shown in ((Terminal(), moment == 0), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "MOMENT", moment)
        items = list(progress.watched(descent, 1000))
        assert len(items) == 75
        assert isinstance(items[-1], Ending)
        assert ("max |grad|" in stream.getvalue()) is shown


@pytest.mark.parametrize(
    ("text", "start", "options", "ending"),
    [
        # The Hessian and its transpose were added up.
        ("cosh(x)", "x=710", (), "diverged"),
        ("cosh(x)", "x=710", ("--momentum", "0.5"), "diverged"),
        # The length of a segment was the root of a sum of squares.
        ("floor(x)", "x=1e300", (), "corner"),
        ("floor(x)", "x=1e300", ("--adam",), "corner"),
        ("abs(x)", "x=0", (), "corner"),
        ("sum(abs(x))", "x=1e300,0", (), "not finished"),
    ],
)
def test_nothing_is_warned_of_next_to_an_overflow(
    run: Run, text: str, start: str, options: tuple[str, ...], ending: str
) -> None:
    outcome = run("descend", text, "--from", start, "--count", "3", *options, "--format", "json")
    assert outcome.err == ""
    assert json.loads(outcome.out.splitlines()[-1])["ending"] == ending


def test_an_element_that_the_function_does_not_use_stands_still(run: Run) -> None:
    outcome = run("descend", "trace(A)^2 + sum(diag(A))", "--from", "A=[[1,2],[3,4]]")
    assert (outcome.status, outcome.err) == (1, "")
    assert "flat: the gradient is 0" in outcome.out
    assert ", 2], [3, 1.25" in outcome.out
