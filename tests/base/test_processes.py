"""Processes that work on the rows, and what becomes of a run when one of them does not."""

import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from diffcalc.base.errors import DiffcalcError, InternalError, LimitError
from diffcalc.base.processes import in_order
from diffcalc.base.streams import silence_warnings
from diffcalc.comparison.many_points import Batch
from diffcalc.tables import source
from diffcalc.tables.chunks import chunks
from tests.commands import PLACE
from tests.conftest import Run


def exploding(piece: int) -> int:
    if multiprocessing.parent_process() is None:
        return piece
    raise {4: KeyError("w"), 5: MemoryError(), 6: LimitError("too much")}[piece]


@pytest.mark.parametrize(
    ("pieces", "kind", "said"),
    [
        (
            [0, 1, 2, 4],
            InternalError,
            r"internal error: KeyError: 'w' \(in diffcalc/base/processes.py:",
        ),
        ([0, 1, 2, 5], LimitError, "too large"),
        ([0, 1, 2, 6], LimitError, "too much"),
    ],
)
def test_what_goes_wrong_in_a_process_goes_wrong_here(
    pieces: list[int], kind: type[DiffcalcError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        list(in_order(exploding, pieces, processes=2))
    assert not multiprocessing.active_children()


def unpicklable(piece: int) -> object:
    return piece if multiprocessing.parent_process() is None else threading.Lock()


def test_a_result_that_cannot_be_handed_over_is_a_fault() -> None:
    with pytest.raises(InternalError, match="pickle"):
        list(in_order(unpicklable, range(5), processes=2))


def large(piece: int) -> bytes:
    return bytes(10_000_000)


def test_a_process_killed_in_the_middle_of_its_result() -> None:
    results = in_order(large, range(20), processes=2)
    for _ in range(4):
        next(results)
    # None of them can have handed over more than a pipe holds.
    for process in multiprocessing.active_children():
        os.kill(process.pid or 0, signal.SIGKILL)
    with pytest.raises(LimitError, match=r"killed by signal 9: perhaps the memory is full"):
        list(results)
    assert not multiprocessing.active_children()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "chunks", lambda stream, line, size: chunks(stream, line, 64))


@pytest.fixture
def table(tmp_path: Path, small_chunks: None) -> Path:
    """A table of so many chunks that processes are started."""
    file = tmp_path / "points.csv"
    file.write_text("x\n" + "".join(f"{number}\n" for number in range(200)))
    return file


def in_a_process(what: Callable[[], object]) -> Callable[..., object]:
    """`Batch.gradients`, but it does this in each process that was started."""
    whole = Batch.gradients

    def instead(*args: object) -> object:
        if multiprocessing.parent_process() is not None:
            what()
        return whole(*args)  # type: ignore[arg-type]

    return instead


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "npy"])
def test_a_killed_process_leaves_the_old_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, table: Path, ending: str
) -> None:
    monkeypatch.setattr(Batch, "gradients", in_a_process(kill))
    out = table.with_name(f"out.{ending}")
    out.write_text("before")
    shown = run("grad", "x^2", "--points", str(table), "--output", str(out))
    assert shown.err == (
        "diffcalc: one of the processes that work on the rows was killed by signal 9: "
        "perhaps the memory is full\n"
    )
    assert (shown.status, shown.out, out.read_text()) == (2, "", "before")
    assert sorted(table.parent.iterdir()) == sorted([out, table])
    assert not multiprocessing.active_children()


def test_a_killed_process_with_the_rows_on_standard_output(
    run: Run, monkeypatch: pytest.MonkeyPatch, table: Path
) -> None:
    monkeypatch.setattr(Batch, "gradients", in_a_process(kill))
    shown = run("grad", "x^2", "--points", str(table))
    assert shown.out.startswith("f,df/dx\n0.0,0.0\n1.0,2.0\n")
    assert (shown.status, shown.err.count("\n")) == (2, 1)


def fail() -> None:
    raise KeyError("w")


def test_a_fault_in_a_process(run: Run, monkeypatch: pytest.MonkeyPatch, table: Path) -> None:
    monkeypatch.setattr(Batch, "gradients", in_a_process(fail))
    out = table.with_name("out.csv")
    shown = run("grad", "x^2", "--points", str(table), "--output", str(out))
    assert re.fullmatch("diffcalc: internal error: KeyError: 'w'" + PLACE, shown.err)
    assert (shown.status, list(table.parent.iterdir())) == (3, [table])


SIGNAL_AT_THE_FORK = """
import os, signal, sys
from diffcalc.tables import source
from diffcalc.__main__ import main

chunks = source.chunks
source.chunks = lambda stream, line, size: chunks(stream, line, 64)
asked = getattr(signal, sys.argv.pop())
os.register_at_fork(before=lambda: os.kill(os.getpid(), asked))
main()
"""


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", -signal.SIGTERM)])
def test_a_signal_that_comes_while_a_process_is_forked(table: Path, name: str, status: int) -> None:
    out = table.with_name("out.csv")
    args = ["grad", "x^2", "--points", str(table), "--output", str(out), name]
    shown = subprocess.run(
        [sys.executable, "-c", SIGNAL_AT_THE_FORK, *args],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr.strip()) == (status, "")
    assert list(table.parent.iterdir()) == [table]


def test_warnings_of_libraries_are_kept_off_standard_error() -> None:
    # A warning is an error in these tests; the program's own entry calls this.
    with warnings.catch_warnings():
        silence_warnings()
        assert math.isinf(float(np.float64(1e308) * np.float64(10)))
        warnings.warn("of no use to whoever asked", SyntaxWarning, stacklevel=1)
