"""What goes wrong inside diffcalc: one line, exit status 3, and everything else goes on."""

import errno
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from diffcalc import cli
from diffcalc.base.errors import understood
from diffcalc.base.processes import in_order
from diffcalc.comparison.many_points import Batch
from tests.commands import PLACE, PROGRAM, ROOT, RUNS
from tests.conftest import Run


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


FAULTS: list[tuple[BaseException, str]] = [
    (KeyError("w"), "KeyError: 'w'"),
    (AttributeError("'mpf' object has no attribute 'ndim'"), "AttributeError: 'mpf' object has no attribute 'ndim'"),
    (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    (ValueError("a\nb \x1b[31mred\x1b[0m \r\udc80"), r"ValueError: a b \x1b[31mred\x1b[0m \udc80"),
    (AssertionError(), "AssertionError"),
    (RecursionError("maximum recursion depth exceeded"), "RecursionError: maximum recursion depth exceeded"),
    (OSError(errno.EIO, "Input/output error"), "OSError: [Errno 5] Input/output error"),
    (BrokenPipeError(errno.EPIPE, "Broken pipe"), "BrokenPipeError: [Errno 32] Broken pipe"),
    (EOFError("no more"), "EOFError: no more"),
    (StopIteration(3), "StopIteration: 3"),
    (ImportError("no module"), "ImportError: no module"),
    (SilentError(), "SilentError: it has no message"),
]  # fmt: skip


def broken(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    """Lets the function of this name raise the error."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(name, fail)


def test_every_command_has_a_run() -> None:
    assert sorted(RUNS) == sorted(cli.cli.list_commands(click.Context(cli.cli)))


@pytest.mark.parametrize("command", RUNS)
def test_a_fault_in_any_command_is_one_line_and_status_3(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    args, name = RUNS[command]
    broken(monkeypatch, name, KeyError("w"))
    shown = run(command, *args)
    assert (shown.status, shown.out) == (3, "")
    assert re.fullmatch("diffcalc: internal error: KeyError: 'w'" + PLACE, shown.err)


@pytest.mark.parametrize("command", RUNS)
def test_the_environment_asks_for_the_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    args, name = RUNS[command]
    broken(monkeypatch, name, KeyError("w"))
    monkeypatch.setenv("DIFFCALC_DEBUG", "1")
    shown = run(command, *args)
    assert shown.status == 3
    assert shown.err.startswith("Traceback (most recent call last):\n")
    assert shown.err.splitlines()[-1].startswith("diffcalc: internal error: KeyError: 'w'")


@pytest.mark.parametrize(("error", "said"), FAULTS, ids=[type(e).__name__ for e, _ in FAULTS])
def test_any_exception_is_one_printable_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    broken(monkeypatch, "diffcalc.comparison.compare.compare", error)
    shown = run("grad", "x^2", "--x", "1")
    assert (shown.status, shown.out) == (3, "")
    assert re.fullmatch("diffcalc: internal error: " + re.escape(said) + PLACE, shown.err)


def test_a_long_message_is_shortened(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "diffcalc.comparison.compare.compare", ValueError("x" * 10_000))
    shown = run("grad", "x^2", "--x", "1")
    assert len(shown.err) < 500
    assert "… (10,000 characters) (in diffcalc/" in shown.err


def test_the_place_is_the_last_of_diffcalc_not_of_a_library() -> None:
    with pytest.raises(ValueError, match="Expecting") as raised:
        next(in_order(json.loads, ["{"]))
    assert "(in diffcalc/base/processes.py:" in str(understood(raised.value))


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOMEM, "Cannot allocate memory")])
def test_a_full_memory_is_a_limit(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    broken(monkeypatch, "diffcalc.comparison.compare.compare", error)
    shown = run("grad", "x^2", "--x", "1")
    assert shown.err == "diffcalc: too large: there is not enough memory for this\n"
    assert shown.status == 2


@pytest.mark.parametrize("value", ["", "0"])
def test_no_traceback_without_debug(run: Run, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    broken(monkeypatch, "diffcalc.comparison.compare.compare", KeyError("w"))
    monkeypatch.setenv("DIFFCALC_DEBUG", value)
    assert "Traceback" not in run("grad", "x^2", "--x", "1").err


def test_what_the_user_did_has_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFCALC_DEBUG", "1")
    shown = run("grad", "x^", "--x", "1")
    assert (shown.status, "Traceback" in shown.err) == (2, False)


def test_a_fault_in_a_callback_of_an_option(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, "diffcalc.cli.options.math.isnan", KeyError("w"))
    shown = run("grad", "x^2", "--x", "1")
    assert (shown.status, shown.err.count("\n")) == (3, 1)


# -- many inputs -----------------------------------------------------------------------------------


def failing(function: Callable[..., object], at: int, error: Exception) -> Callable[..., object]:
    """The function, which raises the error when it is called for the `at`-th time."""
    calls = iter(range(1, 1000))

    def instead(*args: object, **settings: object) -> object:
        if next(calls) == at:
            raise error
        return function(*args, **settings)

    return instead


@pytest.mark.parametrize(
    ("lines", "status"),
    [("x^2\nx^3\nx^4\n", 3), ("x^2\nx^3\nx^\n", 3), ("abs(x-1)\nx^3\nx^4\n", 3)],
)
def test_other_lines_still_run_and_the_status_is_the_worst(
    run: Run, monkeypatch: pytest.MonkeyPatch, lines: str, status: int
) -> None:
    from diffcalc.comparison.compare import compare

    monkeypatch.setattr("diffcalc.comparison.compare.compare", failing(compare, 2, KeyError("w")))
    shown = run("grad", "-", "--x", "1", "--format", "value", stdin=lines)
    assert shown.status == status
    expected = {"x^2": "2", "abs(x-1)": "nan", "x^4": "4"}
    assert shown.out.split() == [expected[line] for line in lines.split() if line in expected]
    assert re.search("^diffcalc: line 2: internal error: KeyError: 'w'" + PLACE, shown.err, re.M)


def test_other_answers_are_still_marked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffcalc.exercises.answers import check

    monkeypatch.setattr("diffcalc.exercises.answers.check", failing(check, 2, KeyError("w")))
    table = "expression,claim\nx^2,2x\nx^3,3x^2\nx^4,x\n,\n"
    shown = run("check", "--answers", "-", "--format", "value", stdin=table)
    assert shown.out.split() == ["correct", "error", "wrong", "blank"]
    assert re.fullmatch("diffcalc: line 3: internal error: KeyError: 'w'" + PLACE, shown.err)
    assert shown.status == 3


@pytest.mark.parametrize("style", ["csv", "json"])
def test_an_answer_that_cannot_be_written_is_an_error_in_its_row(
    run: Run, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    from diffcalc.render.marks import _explanation

    broken = failing(_explanation, 2, KeyError("w"))
    monkeypatch.setattr("diffcalc.render.marks._explanation", broken)
    table = "expression,claim\nx^2,2x\nx^3,3x^2\nx^4,x\n"
    shown = run("check", "--answers", "-", "--format", style, stdin=table)
    rows = shown.out.splitlines()[-3:]
    assert ["internal error: KeyError" in row for row in rows] == [False, True, False]
    assert (shown.status, shown.err.count("\n")) == (3, 1)


@pytest.mark.parametrize("name", ["compare", "fault"])
def test_other_points_are_still_compared(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from diffcalc.comparison import compare as comparison
    from diffcalc.comparison import many_points

    module = comparison if name == "compare" else many_points
    monkeypatch.setattr(module, name, failing(getattr(module, name), 2, KeyError("w")))
    shown = run(
        "grad", "x^2", "--points", "-", "--methods", "--format", "json", stdin="x\n1\n2\n3\n"
    )
    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [row["value"] for row in rows] == [1, None, 9]
    assert re.fullmatch("internal error: KeyError: 'w'" + PLACE[:-2], rows[1]["reason"])
    assert shown.err.startswith("diffcalc: standard input, line 3: internal error: KeyError: 'w'")
    assert (shown.status, shown.err.count("\n")) == (3, 1)


@pytest.mark.parametrize("name", ["_undefined", "_judged"])
def test_other_points_are_still_judged(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(Batch, name, failing(getattr(Batch, name), 1, KeyError("w")))
    shown = run("grad", "abs(x-1)", "--points", "-", stdin="x\n1\n2\n1\n3\n")
    assert shown.out.split() == ["f,df/dx", "nan,nan", "1.0,1.0", "0.0,nan", "2.0,1.0"]
    assert shown.err.startswith("diffcalc: standard input, line 2: internal error: KeyError: 'w'")
    assert shown.status == 3


# -- before and beside the commands ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("sympy", "raise RuntimeError('broken')", "RuntimeError: broken"),
        ("click", "x = (", r"SyntaxError: '\(' was never closed \(click.py, line 1\)"),
        ("numpy", "import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_fault_while_modules_are_imported(
    tmp_path: Path, module: str, text: str, said: str
) -> None:
    (tmp_path / f"{module}.py").write_text(text)
    shown = subprocess.run(
        [*PROGRAM, "grad", "x^2", "--x", "1"], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert re.fullmatch(f"diffcalc: internal error: {said}" + PLACE, shown.stderr)
    assert (shown.returncode, shown.stdout) == (3, "")


@pytest.mark.parametrize(("debug", "lines", "status"), [("0", 0, 0), ("1", 2, 3)])
def test_a_fault_in_completion_is_not_in_the_prompt(debug: str, lines: int, status: int) -> None:
    shown = subprocess.run(
        PROGRAM, capture_output=True, text=True, check=False,
        env=os.environ | {
            "_DIFFCALC_COMPLETE": "bash_complete", "COMP_WORDS": "diffcalc gr", "COMP_CWORD": "?",
            "DIFFCALC_DEBUG": debug,
        },
    )  # fmt: skip
    assert (shown.returncode, shown.stdout) == (status, "")
    assert min(shown.stderr.count("\n"), 2) == lines


def test_a_certificate_is_not_written_into_a_file_of_another_kind(run: Run) -> None:
    outcome = run("grad", "x^2", "x=1", "--certificate", "proof.json")
    assert (outcome.status, outcome.out) == (2, "")
    assert "proof.json is no certificate's name: end it with .v" in outcome.err
