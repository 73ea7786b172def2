"""Standard streams and files that are closed, full, or not there."""

import fcntl
import itertools
import json
import os
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from diffcalc.base.files import replacing
from tests.commands import PROGRAM, ROOT, RUNS
from tests.conftest import PATIENCE, Run


def runs(cases: list[dict[str, object]], folder: Path) -> list[dict[str, object]]:
    """What came of each, in a folder with some tables."""
    (folder / "points.csv").write_text("x\n1\nq\n")
    (folder / "answers.csv").write_text("expression,claim\nx^2,2x\nx^3,x^2\n")
    done = subprocess.run(
        [sys.executable, "-m", "tests.forked"], input=json.dumps(cases), capture_output=True,
        text=True, check=True, cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder)},
    )  # fmt: skip
    return list(json.loads(done.stdout))


@pytest.fixture(scope="module")
def results(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[tuple[str, str], dict[str, object]]:
    """What came of each of the commands with each of the streams."""
    pairs = list(itertools.product(COMMANDS, STREAMS))
    cases = [{"args": COMMANDS[command], "streams": STREAMS[name]} for command, name in pairs]
    return dict(zip(pairs, runs(cases, tmp_path_factory.mktemp("streams")), strict=True))


COMMANDS = {
    **{command: [command, *args] for command, (args, _) in RUNS.items()},
    "--help": ["--help"],
    "--version": ["--version"],
    "no command": ["gard", "x"],
    "no expression": ["grad", "x^", "--x", "1"],
    "lines": ["grad", "-", "--x", "1"],
    "points": ["grad", "x^2", "--points", "points.csv"],
    "points to a file": ["grad", "x^2", "--points", "points.csv", "--output", "out.csv"],
    "points of standard input": ["grad", "x^2", "--points", "-"],
    "descend in csv": ["descend", "x^2", "--from", "x=5", "--count", "2", "--format", "csv"],
    "answers": ["check", "--answers", "answers.csv"],
    "answers of standard input": ["check", "--answers", "-"],
}  # fmt: skip
STREAMS = {
    "open": {},
    "<&-": {"0": "-"},
    ">&-": {"1": "-"},
    "2>&-": {"2": "-"},
    ">&- 2>&-": {"1": "-", "2": "-"},
    "<&- >&- 2>&-": {"0": "-", "1": "-", "2": "-"},
    "2>/dev/full": {"2": "/dev/full"},
    ">/dev/full": {"1": "/dev/full"},
    ">/dev/full 2>/dev/full": {"1": "/dev/full", "2": "/dev/full"},
}


FULL = "diffcalc: cannot write standard output: No space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("streams", STREAMS)
def test_streams_that_are_closed_or_full(
    results: dict[tuple[str, str], dict[str, object]], command: str, streams: str
) -> None:
    usual, shown = results[command, "open"], results[command, streams]
    assert usual["status"] in (0, 1, 2)
    status, err = usual["status"], usual["err"]
    if STREAMS[streams].get("1") == "/dev/full" and usual["out"]:
        # What else there would be to say comes after it.
        status, err = 2, FULL
    assert shown["status"] == status
    assert shown["err"] == ("" if "2" in STREAMS[streams] else err)
    assert shown["out"] == ("" if "1" in STREAMS[streams] else usual["out"])


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no /proc here")
def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    unreadable, not_readable = "/proc/self/mem", {"0": "/proc/self/mem"}
    cases: list[tuple[list[str], dict[str, str], str]] = [
        (["grad", f"@{unreadable}", "--x", "1"], {}, unreadable),
        (["grad", "x", "--at", f"@{unreadable}"], {}, unreadable),
        (["grad", "x", "--points", unreadable], {}, "mem"),
        (["descend", "x*y", "--from", "x=1", "--data", unreadable], {}, "mem"),
        (["check", "--answers", unreadable], {}, "mem"),
        (["grad", "-", "--x", "1"], not_readable, "standard input"),
        (["grad", "x", "--points", "-"], not_readable, "standard input"),
        (["descend", "x*y", "--from", "x=1", "--data", "-"], not_readable, "standard input"),
        (["check", "--answers", "-"], not_readable, "standard input"),
    ]
    found = runs([{"args": args, "streams": streams} for args, streams, _ in cases], tmp_path)
    assert found == [
        {"status": 2, "out": "", "err": f"diffcalc: cannot read {name}: Input/output error\n"}
        for _, _, name in cases
    ]


def test_what_numpy_cannot_make_an_array_of_is_no_fault(tmp_path: Path) -> None:
    # It takes the first for a zip file.
    for content in (b"PK\x03\x04 no zip", b"\x93NUMPY\x01\x00\x08\x00((((((((", b""):
        (tmp_path / "x.npy").write_bytes(content)
        cases: list[dict[str, object]] = [
            {"args": ["grad", "x", "--points", "x.npy"], "streams": {}},
            {"args": ["descend", "x*y", "--from", "x=1", "--data", "y=x.npy"], "streams": {}},
        ]
        said = "diffcalc: x.npy is not an array of numbers as numpy saves it\n"
        assert runs(cases, tmp_path) == [{"status": 2, "out": "", "err": said}] * 2


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/out.csv", "No such file or directory"),
        ("x" * 300 + ".csv", "File name too long"),
        ("file/out.csv", "Not a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_named(
    run: Run, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").write_text("")
    args = ("grad", "x", "--points", "-", "--output", str(tmp_path / name))
    shown = run(*args, stdin="x\n1\n")
    assert shown.err == f"diffcalc: cannot write {tmp_path / name}: {reason}\n"
    assert shown.status == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_device_is_named(run: Run, tmp_path: Path) -> None:
    for ending in ("csv", "jsonl"):
        link = tmp_path / f"out.{ending}"
        link.symlink_to("/dev/full")
        shown = run("grad", "x", "--points", "-", "--output", str(link), stdin="x\n1\n")
        assert shown.err == f"diffcalc: cannot write {link}: No space left on device\n"
        assert shown.status == 2


def test_an_array_does_not_go_into_a_pipe(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "out.npy"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.DEVNULL):
        shown = run("grad", "x", "--points", "-", "--output", str(pipe), stdin="x\n1\n")
    assert shown.err.startswith("diffcalc: cannot write an array into a pipe: ")
    assert shown.status == 2


def test_an_error_within_the_body_is_not_one_of_writing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="elsewhere"), replacing(tmp_path / "file"):
        raise OSError("elsewhere")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="pipes have one size here")
def test_a_pipe_that_does_not_wait_for_its_reader_gets_everything() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    size = fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    command = [*PROGRAM, "graph", "+".join(["x*x"] * 100), "x=1"]
    expected = subprocess.run(command, capture_output=True, check=True).stdout
    assert len(expected) > size
    with subprocess.Popen(command, stdout=write) as process:
        os.close(write)
        waiting, deadline = bytearray(4), time.monotonic() + PATIENCE
        while int.from_bytes(waiting, sys.byteorder) < size and time.monotonic() < deadline:
            time.sleep(0.01)
            fcntl.ioctl(read, termios.FIONREAD, waiting)
        with open(read, "rb") as stream:
            assert stream.read() == expected
    assert process.returncode == 0


@pytest.mark.parametrize("style", ["table", "plain", "csv", "json"])
def test_ascii_output(style: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "diffcalc", "grad", "abs(x)*y", "x=0", "y=1", "--format", style],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk() -> None:
    shown = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m diffcalc grad 'x**2' --x 1 > /dev/full"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 2
    assert shown.stderr == "diffcalc: cannot write standard output: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "<&-"])
def test_closed_streams(closed: str) -> None:
    command = f"{sys.executable} -m diffcalc grad 'x**2' --x 1 --format value {closed}"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_an_error_with_nowhere_to_say_it() -> None:
    command = f"{sys.executable} -m diffcalc grad 'x**' --x 1 2>&-"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout) == (2, "")
