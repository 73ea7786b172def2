"""`points` on many files: as one table, each into its own, and on a cluster."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from diffcalc.render import point_folder
from tests.conftest import PATIENCE, Outcome, Run

LONG = pytest.mark.skipif("DIFFCALC_LONG" not in os.environ, reason="DIFFCALC_LONG=1 is for nights")
HOLES = "diffcalc: {}, line 3: undefined: log(x) has no value here\n"


@pytest.fixture(autouse=True)
def _parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three parts, the second with its columns in another order, and what others leave there."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/part-2.csv").write_text("id,x\n5,1\n6,-1\n")
    Path("in/part-10.csv").write_text("x,id\n2,7\n-2,8\n")
    Path("in/part-9.csv").write_text('id,x\n"a,b",4\n')
    for name in ("_SUCCESS", ".part-2.csv.crc", "notes.txt"):
        Path("in", name).write_text("no table")
    Path("in/folder.csv").mkdir()


def test_a_folder_is_one_table(run: Run) -> None:
    rows = '5,1,1.0,2.0\n6,-1,1.0,-2.0\n"a,b",4,16.0,8.0\n7,2,4.0,4.0\n8,-2,4.0,-4.0\n'
    for given in ("in", "in/", "in/part-*.csv", "i*/p*-[0-9]*.csv", "**/part-*.csv"):
        assert run("points", "x^2", given, "--keep") == Outcome(0, f"id,x,f,df/dx\n{rows}", "")
    shown = run("points", "log(x)", "in/part*", "-o", "all.csv")
    assert shown == Outcome(1, "", HOLES.format("part-2.csv") + HOLES.format("part-10.csv"))
    assert len(Path("all.csv").read_text().splitlines()) == 6


def test_types_are_kept_of_all_parts(run: Run) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert run("points", "x", "in", "--keep", "-o", "all.parquet") == Outcome(0, "", "")
    found = parquet.read_table("all.parquet")
    # The first part's ids are numbers, and those of another are not.
    assert found.column("id").to_pylist() == ["5", "6", "a,b", "7", "8"]
    assert found.column("x").to_pylist() == [1, -1, 4, 2, -2]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["x", "nowhere-*.csv"], "no file is called as in nowhere-*.csv"),
        (["x", "in/folder.csv"], "no table is in in/folder.csv: it looks for files that end in .csv, .tsv, "),
        (["x", "in/*"], "in/* has files of several kinds, as "),
        (["x", "odd"], "odd has files of several kinds, as "),
        (["y", "in/part-*.csv"], "no value for y: in/part-*.csv has id, x"),
        (["x", "few/*.csv"], "b.csv has no column x, as a.csv has"),
        (["y", "few/*.csv", "--keep"], "b.csv has no column x, as a.csv has"),
        (["y", "few/[bc].csv", "--keep"], "c.csv has a column z, which b.csv lacks"),
        (["x", "in", "-o", "all"], "--output all: end it in .csv, .tsv, .jsonl, .npy, .parquet, .arrow or .feather, or in / for a folder, or give --format"),
        (["x", "in", "-o", "in/"], "in/ is where the tables are: name another folder"),
        (["x", "in/part-2.csv", "-o", "in"], "in is where the tables are: name another folder"),
        (["x", "in", "-o", "."], "all tables are in .: name another folder"),
        (["x", "-", "-o", "out/"], "what comes through a pipe has no name: -o FILE, not a folder"),
        (["x", "in", "--cluster", "tcp://h:1"], "--cluster writes a file for each table: -o FOLDER/"),
        (["x", "in", "-o", "out/", "--cluster", ""], "--cluster needs the address of a scheduler: tcp://host:8786"),
        (["x", "in/part-2.csv", "in/part-9.csv"], "one table only, or a pattern in quotes: points EXPR FILE"),
    ],
)  # fmt: skip
def test_what_is_no_table(args: list[str], problem: str, run: Run) -> None:
    for folder, files in {"few": ["a x", "b y", "c y,z"], "odd": ["a x", "b.npy x"]}.items():
        Path(folder).mkdir()
        for file in files:
            name, header = file.split()
            Path(folder, name + ".csv" * ("." not in name)).write_text(f"{header}\n1,1\n")
    Path("few/a.csv").write_text("x,y\n1,1\n")
    shown = run("points", *args)
    assert (shown.status, shown.out) == (2, "")
    assert problem in shown.err
    assert not Path("out").exists()


def test_each_file_gets_one_of_its_own(run: Run) -> None:
    shown = run("points", "log(x)", "in", "--keep", "-o", "out/")
    assert shown == Outcome(1, "", HOLES.format("part-2.csv") + HOLES.format("part-10.csv"))
    assert Path("out/part-10.csv").read_text() == (
        f"x,id,f,df/dx\n2,7,{np.log(2)!r},0.5\n-2,8,nan,nan\n".replace("np.float64(", "").replace("),", ",")
    )  # fmt: skip
    assert sorted(path.name for path in Path("out").glob("*.*")) == [
        ".diffcalc", "part-10.csv", "part-2.csv", "part-9.csv"]  # fmt: skip
    # One file, other formats, and folders below folders.
    assert run("points", "x", "in/part-9.csv", "-o", "out/", "--format", "json").status == 0
    assert json.loads(Path("out/part-9.jsonl").read_text())["value"] == 4
    Path("in/folder.csv/x.csv").write_text("x\n1\n")
    assert run("points", "x", "in/**/*[0-9x].csv", "-o", "in/out/").status == 0
    assert Path("in/out/folder.csv/x.csv").read_text() == "f,df/dx\n1.0,1.0\n"
    # Its own results are not taken for tables the second time.
    again = run("points", "x", "in/**/*[0-9x].csv", "-o", "in/out/")
    assert again == Outcome(0, "", "diffcalc: 4 of 4 files were done before\n")


def test_links_are_called_what_they_are_called(run: Run, tmp_path: Path) -> None:
    Path("links").mkdir()
    Path("links/one.csv").symlink_to(tmp_path / "in/part-9.csv")
    Path("there").symlink_to(tmp_path / "links")
    assert run("points", "x", "there/*.csv", "-o", "out/") == Outcome(0, "", "")
    assert [path.name for path in Path("out").glob("*.csv")] == ["one.csv"]
    # A folder by another name is the same folder.
    shown = run("points", "x", "links", "-o", "there/")
    assert shown == Outcome(
        2, "", "diffcalc: there/ is where the tables are: name another folder\n"
    )
    shown = run("points", "x", "in", "-o", "/dev/null/")
    assert (shown.status, shown.err.count("\n")) == (2, 1)
    assert shown.err.startswith("diffcalc: cannot write /dev/null")


def test_what_was_done_is_not_done_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    make = point_folder.Partition.make

    def watched(part: point_folder.Partition, *rest: object) -> object:
        made.append(part.name)
        return make(part, *rest)

    monkeypatch.setattr(point_folder.Partition, "make", watched)

    def again(*args: str, before: int) -> list[str]:
        made.clear()
        shown = run("points", "log(x)", "in", "-o", "out/", *args)
        note = f"diffcalc: {before} of 3 files were done before\n" if before else ""
        # What is wrong is told each time, and the status is the same.
        assert set(shown.err.splitlines(True)) == {
            *note.splitlines(True), HOLES.format("part-2.csv"), HOLES.format("part-10.csv")}  # fmt: skip
        assert shown.status == 1
        return made

    assert again(before=0) == ["part-2.csv", "part-9.csv", "part-10.csv"]
    assert again(before=3) == []
    first = Path("out/part-2.csv").read_bytes()
    # A result that was lost, or changed, by whomever.
    Path("out/part-9.csv").unlink()
    Path("out/part-2.csv").write_bytes(first.replace(b"0", b"7"))
    assert again(before=1) == ["part-2.csv", "part-9.csv"]
    assert Path("out/part-2.csv").read_bytes() == first
    # A table that has changed, be its size and time the same.
    found = os.stat("in/part-9.csv")
    Path("in/part-9.csv").write_text('id,x\n"a,b",5\n')
    os.utime("in/part-9.csv", ns=(found.st_atime_ns, found.st_mtime_ns))
    assert again(before=2) == ["part-9.csv"]
    assert Path("out/part-9.csv").read_text().endswith(f"{float(np.log(5))!r},0.2\n")
    # Another question, and a record that is damaged.
    for args in (["--keep"], ["--strict"], ["--timeout", "5"], ["--wrt", "x"]):
        assert len(again(*args, before=0)) == 3
    Path("out/.diffcalc/part-9.csv.json").write_text('{"asked": 1}')
    assert again("--wrt", "x", before=2) == ["part-9.csv"]


def test_a_part_that_fails_leaves_the_others(run: Run) -> None:
    Path("in/part-9.csv").write_text("id,y\n1,2\n")
    shown = run("points", "x", "in", "-o", "out/")
    assert shown == Outcome(2, "", "diffcalc: no value for x: part-9.csv has id, y\n")
    assert sorted(path.name for path in Path("out").glob("p*")) == ["part-10.csv", "part-2.csv"]
    Path("in/part-9.csv").write_text("x\n3\n")
    shown = run("points", "x", "in", "-o", "out/")
    assert shown == Outcome(0, "", "diffcalc: 2 of 3 files were done before\n")


def test_very_many_files_that_fail_are_not_all_told(run: Run) -> None:
    for number in range(23):
        Path(f"in/part-{number}.csv").write_text("x\n1\n" if number == 0 else "y\n1\n")
    shown = run("points", "x", "in", "-o", "out/")
    assert shown.status == 2
    assert len(shown.err.splitlines()) == 21
    assert shown.err.endswith("diffcalc: … and 2 more files\n")


def test_a_cluster_needs_its_package(run: Run) -> None:
    with mock.patch.dict("sys.modules", {"distributed": None}):
        shown = run("points", "x", "in", "-o", "out/", "--cluster", "tcp://127.0.0.1:8786")
    needs = 'diffcalc: --cluster needs dask.distributed: pip install "diffcalc[cluster]"\n'
    assert shown == Outcome(2, "", needs)


# -- on a cluster, at night ------------------------------------------------------------------------


@contextmanager
def process(*args: str) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(args, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
    try:
        yield started
    finally:
        kill(started)
        started.communicate()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends it with all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def dask(*args: str) -> list[str]:
    return [sys.executable, "-m", "distributed.cli." + args[0], *args[1:]]


def waited(stream: object, text: bytes) -> str:
    """The line of the stream that has the text."""
    for line in iter(stream.readline, b""):
        if text in line:
            return line.decode()
    raise AssertionError(text)


def points(*args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "diffcalc", "points", *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and the processes: itself and two workers."""
    pytest.importorskip("distributed")
    with process(*dask("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")) as first:  # fmt: skip
        address = waited(first.stderr, b"Scheduler at").split()[-1]
        worker = dask(
            "dask_worker", address, "--nthreads", "1", "--nworkers", "1", "--no-dashboard"
        )
        with process(*worker) as one, process(*worker) as two:
            for each in (one, two):
                waited(each.stderr, b"Registered to")
            yield address, [first, one, two]


def numbered(rows: int, files: int) -> None:
    """Parts of so many rows, some of them in doubt."""
    Path("large").mkdir()
    random = np.random.default_rng(0)
    for number in range(files):
        x, y = random.normal(size=(2, rows))
        x[:: rows // 10] = 0
        lines = (f"{x!r},{y!r}\n" for x, y in zip(x.tolist(), y.tolist(), strict=True))
        Path(f"large/part-{number}.csv").write_text("x,y\n" + "".join(lines))


def results(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).glob("part-*")}


@LONG
def test_a_cluster_finds_the_same_though_a_worker_is_killed(cluster: tuple) -> None:
    address, (_, one, _) = cluster
    numbered(rows=100_000, files=8)
    args = ["abs(x)*sin(y)", "large/part-*.csv", "--keep", "-o"]
    _, said = points(*args, "here/").communicate(timeout=10 * PATIENCE)
    run = points(*args, "there/", "--cluster", address)
    while not Path("there").exists() and run.poll() is None:
        time.sleep(0.01)
    kill(one)
    _, told = run.communicate(timeout=10 * PATIENCE)
    assert run.returncode == 1
    assert results("there") == results("here")
    assert len(results("there")) == 8
    # The parts come in another order.
    assert len(told.splitlines()) == len(said.splitlines()) == 21
    assert told.splitlines()[-1] == said.splitlines()[-1] == "diffcalc: … and 60 more of 800,000 rows".encode()  # fmt: skip


@LONG
def test_ctrl_c_cancels_and_the_same_command_goes_on(cluster: tuple) -> None:
    address, _ = cluster
    numbered(rows=100_000, files=8)
    args = ["abs(x)*sin(y)", "large", "-o", "there/", "--cluster", address]
    run = points(*args)
    while not list(Path().glob("there/part-*")) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    assert run.communicate(timeout=PATIENCE)[0] == b""
    assert run.returncode == 130
    time.sleep(2)
    done = results("there")
    assert 0 < len(done) < 8
    # Nobody works on, and nothing half written is left.
    time.sleep(2)
    assert results("there") == done
    assert not list(Path().glob("there/.part*"))
    _, said = points(*args).communicate(timeout=10 * PATIENCE)
    assert said.startswith(f"diffcalc: {len(done)} of 8 files were done before\n".encode())
    points("abs(x)*sin(y)", "large", "-o", "here/").communicate(timeout=10 * PATIENCE)
    assert results("there") == results("here")


@LONG
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "http://127.0.0.1:8786"])
def test_no_scheduler_is_told_soon(address: str) -> None:
    pytest.importorskip("distributed")
    run = points("x", "in", "-o", "out/", "--cluster", address)
    _, said = run.communicate(timeout=PATIENCE)
    assert said.startswith(f"diffcalc: no scheduler answers at {address}".encode())
    assert (run.returncode, said.count(b"\n")) == (2, 1)
    assert not Path("out").exists()


@LONG
def test_a_scheduler_that_ends_is_told(cluster: tuple) -> None:
    address, (scheduler, *_) = cluster
    numbered(rows=100_000, files=8)
    run = points("abs(x)*sin(y)", "large", "-o", "there/", "--cluster", address)
    while not list(Path().glob("there/part-*")) and run.poll() is None:
        time.sleep(0.01)
    kill(scheduler)
    _, said = run.communicate(timeout=PATIENCE)
    assert said.endswith(
        b"diffcalc: the scheduler has ended, or was lost: the same command goes on where this one has stopped\n"
    )
    assert run.returncode == 2
