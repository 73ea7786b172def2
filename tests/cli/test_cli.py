"""The command line: words, options, errors, exit statuses, standard input."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from diffcalc import __version__, cli
from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError
from diffcalc.base.severity import Severity
from diffcalc.cli.status import status_of
from diffcalc.render.formats import FORMATS
from tests.conftest import PATIENCE, Run
from tests.texts import HOSTILE, corpus_text


def values(run: Run, *args: str) -> list[str]:
    outcome = run("grad", "--format", "value", *args)
    return outcome.out.split("\n")[:-1]


@pytest.mark.parametrize(
    "args",
    [
        ("a*b", "--at", "a=4", "b=3"),
        ("a*b", "--at", "a=4", "--at", "b=3"),
        ("a*b", "a=4", "b=3"),
        ("--at", "a=4", "b=3", "a*b"),
        ("a*b", "--a", "4", "--b=3"),
        ("--a=4", "--b", "3", "--", "a*b"),
        ("a*b", "--at=a=4", "b = 3"),
    ],
)
def test_ways_to_give_values(run: Run, args: tuple[str, ...]) -> None:
    assert values(run, *args) == ["3", "4"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("-x**2", "--x", "3"), ["-6"]),
        (("-x", "--x", "-3"), ["-1"]),
        (("--x=-3", "x**2"), ["-6"]),
        (("-h**2", "--h", "3"), ["-6"]),
        (("-3x", "x=1"), ["-3"]),
        (("--x**2", "x=1"), ["2"]),
        (("x**2", "--x", "1/3"), ["0.6666666666666666"]),
        (("sin(x)", "--x", "pi/2*0"), ["1"]),
        (("x**2", "--x", "1e-3"), ["0.002"]),
        (("e*x", "e=5", "x=1"), ["1", "5"]),
        (("x^2*y", "x=2", "y=3", "--wrt", "y"), ["4"]),
        (("x^2*y", "x=2", "y=3", "--wrt", "y,x"), ["4", "12"]),
        (("a**2", "a=2,3"), ["4 6"]),
        (("a**2", "a=2,3", "--gradient", "1,10"), ["4 60"]),
        (("α*x", "--α", "2", "x=3"), ["3", "2"]),
        (("rate*t", "rate=2", "t=3"), ["3", "2"]),
        (("abs(x)", "x=-1,0,1"), ["-1 nan 1"]),
        (("exp(1000*x)", "x=1"), ["inf"]),
    ],
)
def test_values(run: Run, args: tuple[str, ...], expected: list[str]) -> None:
    assert values(run, *args) == expected


def test_bare_values_say_why_on_standard_error(run: Run) -> None:
    outcome = run("grad", "abs(x)", "x=-1,0", "--format", "value")
    assert outcome.out == "-1 nan\n"
    reason = "corner: the slope is -1 from the left, 1 from the right"
    assert outcome.err == f"diffcalc: x[1]: not differentiable: {reason}\n"
    assert run("limit", "abs(x)", "--x", "0", "--format", "value").err.endswith(f"{reason}\n")
    assert run("grad", "abs(x)", "--x", "1", "--format", "value").err == ""


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("grad", "sin x^2", "--x", "1"), "diffcalc: where does the argument of `sin` end: write sin(x^2) or sin(x)^2\n  sin x^2\n  ^\n"),
        (("grad", "a*b", "a=1"), "diffcalc: no value for b: add --at b=2\n"),
        (("grad", "a", "a=1", "b=2"), "diffcalc: b is not a variable of a: its variables: a\n"),
        (("grad", "x", "x=1", "x=2"), "diffcalc: x is given twice\n"),
        (("grad", "a*b", "a=1,2", "b=1,2,3"), "diffcalc: the values do not fit together: a has 2 values, b has 3 values: lengths must be equal, or 1\n"),
        (("grad", "x", "x=1,"), "diffcalc: a value is missing\n  x=1,\n      ^\n"),
        (("grad", "y = y^2"), "diffcalc: an equation, not an expression: give one side only, or y - (y^2) for their difference\n  y = y^2\n    ^\n"),
        (("grad", "x", "--x"), "diffcalc grad: no option --x; as a variable it needs a value: --x 1\nTry 'diffcalc grad --help'.\n"),
        (("grad",), "diffcalc grad: no expression\nTry 'diffcalc grad --help'.\n"),
        (("grad", "x^2", "3"), "diffcalc grad: one expression only, not also '3'; a value has a name, as in x=3\nTry 'diffcalc grad --help'.\n"),
        (("grad", "x", "y", "x=1"), "diffcalc grad: one expression only, not also 'y'\nTry 'diffcalc grad --help'.\n"),
        (("limit", "f", "--x", "1", "--factor", "2"), "diffcalc limit: --factor must be between 0 and 1: h has to shrink\nTry 'diffcalc limit --help'.\n"),
        (("limit", "f", "--x", "1", "--start", "0"), "diffcalc limit: --start must be a positive number\nTry 'diffcalc limit --help'.\n"),
        (("grad", "x", "x=1", "--wrt", "q"), "diffcalc: q is not a variable of x: its variables: x\n"),
        (("grad", "atan2(x, 1.5, ", "x=1"), "diffcalc: the expression ends too soon\n  atan2(x, 1.5, \n               ^\n"),
        (("undefine", "nothing"), "diffcalc: there is no function nothing of yours\n"),
        (("grad", "x\x1b[31m", "x=1"), "diffcalc: unexpected character (U+001B)\n  x\\x1b[31m\n   ^\n"),
        (("grad", "x\udcff", "x=1"), "diffcalc: unexpected character (U+DCFF)\n  x\\udcff\n   ^\n"),
        (("grad", "x[bold]", "x=1"), "diffcalc: an index must be a whole number or a colon: write x[0] for an element, x*(…) for a product\n  x[bold]\n    ^\n"),
        (("grad", "x[0+bold]", "x=1"), "diffcalc: an index must be a whole number or a colon: write x[0] for an element, x*(…) for a product\n  x[0+bold]\n      ^\n"),
    ],
)  # fmt: skip
def test_errors(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out, outcome.err) == (2, "", message)


def test_an_expression_without_a_command_gets_a_hint(run: Run) -> None:
    outcome = run("x**2", "--x", "3")
    assert outcome.status == 2
    assert 'to differentiate: diffcalc grad "x**2" --x 3' in outcome.err


@pytest.mark.parametrize(
    ("expression", "x", "status"),
    [
        ("x**2", "1", 0),
        ("abs(x)", "0", 1),
        ("log(x)", "-1", 1),
        ("exp(1000*x)", "1", 0),
        ("sin x^2", "1", 2),
    ],
)
def test_exit_statuses(run: Run, expression: str, x: str, status: int) -> None:
    for style in FORMATS["results"]:
        assert run("grad", expression, "--x", x, "--format", style).status == status


def test_each_severity_has_the_exit_status_of_its_number() -> None:
    """`__main__` relies on the number where the command line cannot be imported."""
    names = ["OK", "NOT_TRUE", "USAGE", "FAULT"]
    found = [(status_of(one).name, int(one), int(status_of(one))) for one in Severity]
    assert found == [(name, number, number) for number, name in enumerate(names)]


def test_strict(run: Run) -> None:
    assert run("grad", "exp(1000*x)", "--x", "1", "--strict").status == 1
    assert run("grad", "x**2", "--x", "1", "--strict").status == 0


@pytest.mark.parametrize("case", HOSTILE, ids=lambda c: repr(corpus_text(c)[:40]))
def test_hostile_text_gets_one_error(run: Run, case: dict[str, object]) -> None:
    outcome = run(
        "grad", "-", "--x", "1", stdin=corpus_text(case).encode("utf-8", "surrogateescape")
    )
    assert "Traceback" not in outcome.err
    if case["expect"] == "reject" and corpus_text(case).strip() and case["kind"] != "syntax":
        assert outcome.status == 2
        assert outcome.err.startswith("diffcalc: line 1: ")


# -- standard input --------------------------------------------------------------------------------


def test_lines_of_standard_input(run: Run) -> None:
    outcome = run("grad", "-", "--x", "2", "--format", "value", stdin="x**2\n\nsin x^2\nx**3\r\n")
    assert (outcome.status, outcome.out) == (2, "4\n12\n")
    assert (
        outcome.err
        == "diffcalc: line 3: where does the argument of `sin` end: write sin(x^2) or sin(x)^2\n  sin x^2\n  ^\n"
    )


def test_json_lines(run: Run) -> None:
    outcome = run("grad", "-", "x=0", "y=1", "--format", "json", stdin="x**2\nabs(x)*y\n")
    verdicts = [json.loads(line)["verdict"] for line in outcome.out.splitlines()]
    assert (outcome.status, verdicts) == (1, ["agree", "not differentiable"])


def test_bytes_that_are_no_text(run: Run) -> None:
    outcome = run("grad", "-", "--x", "2", "--format", "value", stdin=b"\xff\xfe\nx**2\n")
    assert (outcome.status, outcome.out) == (2, "4\n")
    assert outcome.err.startswith("diffcalc: line 1: unexpected character")


def test_csv_has_one_header(run: Run) -> None:
    outcome = run("grad", "-", "--x", "2", "--format", "csv", stdin="x**2\nx**3\n")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [(r["expression"], r["derivative"], r["verdict"]) for r in rows] == [
        ("x**2", "4.0", "agree"),
        ("x**3", "12.0", "agree"),
    ]


# -- the deadline ----------------------------------------------------------------------------------


def work_without_end() -> None:
    with deadline(0.2):
        while True:
            try:
                time.sleep(0.01)
            except Exception:  # a library that swallows everything does not stop it
                continue


def test_the_deadline_ends_the_work() -> None:
    message = re.escape("this takes longer than 0.2 s: allow more with --timeout")
    with pytest.raises(DeadlineError, match=message):
        work_without_end()
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def work_in_two_parts() -> None:
    with deadline(0.3):
        with pytest.raises(DeadlineError, match=r"0\.1 s"), deadline(0.1):
            time.sleep(5)
        time.sleep(5)


def test_a_deadline_within_another_does_not_end_it() -> None:
    with pytest.raises(DeadlineError, match=r"0\.3 s"):
        work_in_two_parts()


def test_a_deadline_within_one_that_ends_sooner_changes_nothing() -> None:
    message = r"0\.1 s: allow more with --run-timeout"
    with pytest.raises(DeadlineError, match=message), deadline(0.1, "--run-timeout"), deadline(5):
        time.sleep(5)


def test_no_deadline() -> None:
    with deadline(0):
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


# Seconds of work: the first alarm may be lost in a destructor, the next comes after 0.5 s.
LONG = "+".join(f"sin(x**{n})" for n in range(1, 1500))
TOO_LONG = "diffcalc: this takes longer than 0.05 s: allow more with --timeout\n"


def test_timeout_option(run: Run) -> None:
    outcome = run("steps", LONG, "--timeout", "0.05")
    assert (outcome.status, outcome.err) == (2, TOO_LONG)


# mpmath adds up a term for each integer below 0.
ENDLESS = "polygamma(99, 1/3 - 1e17)"
SLOW_VALUES = ",".join(["gamma(1/3)"] * 20_000)


@pytest.mark.parametrize(
    ("args", "stdin"),
    [
        (("grad", "x", "--x", ENDLESS), ""),
        (("grad", "sum(x)", "--x", SLOW_VALUES), ""),
        (("grad", "-", "--x", ENDLESS), "x\n"),
        (("grad", "x*a", "--at", f"a={ENDLESS}", "--points", "-"), "x\n1\n"),
        (("grad", f"x*{ENDLESS}", "--points", "-"), "x\n1\n"),
        (("scan", "x", f"--x={ENDLESS}:1"), ""),
        (("scan", f"x*{ENDLESS}", "--x=0:1"), ""),
        (("descend", "x^2", "--from", f"x={ENDLESS}"), ""),
        (("descend", f"x^2*{ENDLESS}", "--from", "x=1"), ""),
        (("descend", "a*x^2", "--from", "x=1", "--at", f"a={ENDLESS}"), ""),
        (("descend", "polygamma(1, x)", "--from", "x=-1e12"), ""),
        (("define", f"z(x) = x*{ENDLESS}"), ""),
        (("check", f"x*{ENDLESS}", "1"), ""),
    ],
)
def test_the_deadline_covers_values_ranges_and_definitions(
    run: Run, args: tuple[str, ...], stdin: str
) -> None:
    outcome = run(*args, "--timeout", "0.05", stdin=stdin)
    assert outcome.status == 2
    assert outcome.err.endswith(TOO_LONG.removeprefix("diffcalc: "))


def test_a_row_that_takes_too_long_spares_the_others(run: Run) -> None:
    rows = "x\n-1000000000000.5\n1\n"
    outcome = run("grad", "polygamma(2, x)", "--points", "-", "--timeout", "0.1", stdin=rows)
    assert outcome.status == 2
    assert outcome.out.splitlines()[1:] == ["nan,nan", "-2.4041138063191885,6.493939402266829"]
    assert "line 2: this takes longer than 0.1 s" in outcome.err


def test_the_deadline_of_a_descent_prints_what_a_long_step_follows(run: Run) -> None:
    # The first step leads to where the function takes for ever.
    words = ("polygamma(1, x)", "--from", "x=-1.3", "--rate", "1e11", "--timeout", "0.1")
    outcome = run("descend", *words)
    assert outcome.status == 2
    assert "interrupted: stopped at step 0" in outcome.out
    assert outcome.err == "diffcalc: this takes longer than 0.1 s: allow more with --timeout\n"


@pytest.mark.parametrize(
    ("args", "stdin"),
    [
        (("grad", "-", "--x", "1"), "x\n" * 100_000),
        (("grad", "x^2", "--points", "-"), "x\n" + "1\n" * 3_000_000),
        (("check", "--answers", "-"), "expression,claim\n" + "sin(x),cos(x)\n" * 10_000),
    ],
)
def test_the_whole_run_has_a_deadline_of_its_own(
    run: Run, args: tuple[str, ...], stdin: str
) -> None:
    outcome = run(*args, "--run-timeout", "0.1", stdin=stdin)
    assert outcome.status == 2
    assert outcome.err == "diffcalc: this takes longer than 0.1 s: allow more with --run-timeout\n"


def test_where_nothing_can_be_broken_off_this_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(signal, "SIGALRM")
    monkeypatch.delenv("DIFFCALC_TIMEOUT")
    said = "diffcalc: warning: This system has no alarm signal: "
    assert run("grad", "x^2", "--x", "3", "--format", "value").err == ""
    outcome = run("grad", "x^2", "--x", "3", "--format", "value", "--timeout", "9")
    assert (outcome.status, outcome.out) == (0, "6\n")
    assert outcome.err.startswith(said)


def test_the_environment_sets_the_deadline_where_no_option_does(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIFFCALC_TIMEOUT", "0.05")
    outcome = run("steps", LONG)
    assert (outcome.status, outcome.err) == (2, TOO_LONG)
    assert values(run, "x^2", "--x", "3", "--timeout", "0") == ["6"]
    monkeypatch.setenv("DIFFCALC_TIMEOUT", "soon")
    outcome = run("grad", "x^2", "--x", "3")
    assert outcome.status == 2
    assert "'--timeout' (env var: 'DIFFCALC_TIMEOUT'): 'soon' is not a valid" in outcome.err


# -- as a program ----------------------------------------------------------------------------------

PROGRAM = [sys.executable, "-m", "diffcalc"]


def program(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *args], capture_output=True, text=True, check=False, **options)


def test_version_and_help(run: Run) -> None:
    assert program("--version").stdout == f"diffcalc {__version__}\n"
    names = cli.cli.list_commands(click.Context(cli.cli))
    assert len(names) == 21
    for command in ([], *([name] for name in names)):
        for option in ("-h", "--help"):
            shown = run(*command, option)
            assert shown.status == 0
            assert "Example" in shown.out or "start-up file" in shown.out
            assert max(map(len, shown.out.splitlines())) <= 80


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion(shell: str) -> None:
    shown = program("completion", shell)
    assert shown.returncode == 0
    assert f"_DIFFCALC_COMPLETE={shell}_complete" in shown.stdout


def test_completion_completes() -> None:
    environment = os.environ | {
        "_DIFFCALC_COMPLETE": "bash_complete", "COMP_WORDS": "diffcalc gr", "COMP_CWORD": "1",
    }  # fmt: skip
    # click takes the program's name from the script, as the console script has it.
    code = "import sys; sys.argv = ['diffcalc']; from diffcalc.__main__ import main; main()"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert shown.stdout == "plain,grad\nplain,graph\n"


def test_a_closed_pipe_is_silent() -> None:
    command = f"{sys.executable} -m diffcalc grad - --x 2 --format value | head -n 1"
    lines = "x**2\n" * 3000
    shown = subprocess.run(
        ["bash", "-c", command], input=lines, capture_output=True, text=True, check=False
    )
    assert (shown.stdout, shown.stderr) == ("4\n", "")


def test_no_color_in_a_pipe() -> None:
    assert "\x1b" not in program("grad", "x**2", "--x", "1").stdout


def test_ctrl_c_leaves_quietly() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "grad", "-", "--x", "2", "--format", "value"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    # Less than a pipe holds, and not its end: it works on them or waits for more.
    process.stdin.write("x**2\n" * 2_000)
    process.stdin.flush()
    assert process.stdout.readline() == "4\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err.strip()) == (130, "")


def test_installed_script() -> None:
    script = Path(sys.executable).with_name("diffcalc")
    if not script.exists():
        pytest.skip("diffcalc runs from its source here, without its console script")
    shown = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
    assert shown.stdout == f"diffcalc {__version__}\n"


@pytest.mark.parametrize("timeout", ["inf", "1e20", "0"])
def test_no_timeout(run: Run, timeout: str) -> None:
    assert run("grad", "x**2", "--x", "3", "--format", "value", "--timeout", timeout).out == "6\n"


@pytest.mark.parametrize("timeout", ["nan", "-nan"])
@pytest.mark.parametrize("words", [("grad", "x**2", "x=3"), ("descend", "x**2", "--from", "x=3")])
def test_a_timeout_is_a_number(run: Run, words: tuple[str, ...], timeout: str) -> None:
    outcome = run(*words, "--timeout", timeout)
    assert (outcome.status, outcome.out) == (2, "")
    assert ": --timeout must be a number of seconds, or 0 for never\n" in outcome.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("grad", "x", "--at"), "diffcalc grad: option --at needs a value\n"),
        (("grad", "-x", "x=1", "--timeout"), "diffcalc grad: option --timeout needs a value\n"),
        (("grad", "x**", "x=1"), "diffcalc: the expression ends too soon\n  x**\n     ^\n"),
        (("grad", "polygamma(1000000, x)", "x=2"), "diffcalc: the order of polygamma must be"),
    ],
)
def test_messages(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run(*args)
    assert outcome.status == 2
    assert outcome.err.startswith(message)
    assert "\\x0a" not in outcome.err


def test_a_message_of_click_is_one_line(run: Run) -> None:
    assert "\\x" not in run("completion").err


def test_a_byte_order_mark_is_no_character(run: Run) -> None:
    outcome = run("grad", "-", "--x", "3", "--format", "value", stdin="\ufeffx**2\n")
    assert outcome.out == "6\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        # It was no variable of theta**2, whose name is theta.
        (["grad", "θ^2", "--at", "θ=2", "--wrt", "θ"], "f(theta) = theta**2"),
        # no value for phi: add phi=…
        (["grad", "φ*2", "--let", "φ=θ^2", "θ=2"], "with phi = theta**2; f = phi*2"),
        (["scan", "abs(θ)", "θ=-1:1"], "f(theta) = abs(theta)"),
        # A traceback.
        (["grad", "x*π", "--at", "π=3", "x=1"], "f(x, pi) = x*pi"),
    ],
)
def test_greek_names_are_the_same_everywhere(run: Run, args: list[str], line: str) -> None:
    outcome = run(*args)
    assert outcome.err == ""
    assert line in outcome.out
