"""A system without the alarm signal, as Windows is: everything runs, and what is not bounded is said."""

import signal

import pytest

from diffcalc.cli.words import NOT_ENFORCED
from tests.conftest import Run

COMMANDS = [
    ["grad", "x^2", "--x", "3"],
    ["limit", "x^2", "--x", "1"],
    ["scan", "abs(x)", "--x=-1:1"],
    ["descend", "x^2", "--from", "x=5"],
    ["check", "x^2", "2x"],
    ["define", "u(x) = x^2"],
    ["points", "x^2", "-"],
    ["check", "--answers", "-"],
    ["grad", "-", "--x", "1"],
]


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_what_is_not_bounded_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    stdin = "expression,claim\nx^2,2x\n" if "--answers" in args else "x\n1\n" * ("points" in args)
    with_alarm = run(*args, stdin=stdin)
    monkeypatch.delattr(signal, "SIGALRM")
    monkeypatch.delattr(signal, "setitimer")
    monkeypatch.delenv("DIFFCALC_TIMEOUT")
    assert run(*args, stdin=stdin) == with_alarm
    asked = run(*args, "--timeout", "100", stdin=stdin)
    assert asked.status == with_alarm.status <= 1
    assert asked.out == with_alarm.out
    assert asked.err == f"diffcalc: warning: {NOT_ENFORCED}\n" + with_alarm.err
