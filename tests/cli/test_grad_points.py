"""`grad --points`: every row of a table, what is wrong with some, and files that are whole."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from diffcalc import compare, read
from diffcalc.base.files import replacing
from diffcalc.base.processes import in_order
from diffcalc.cli import run
from diffcalc.comparison.many_points import Batch
from diffcalc.language.point import values_of
from diffcalc.render.progress import Bar
from diffcalc.tables.parse import Table
from diffcalc.tables.source import points_in
from tests.conftest import PATIENCE

PYTHON = [sys.executable, "-m", "diffcalc"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("id,a,b\nfirst,2,6\nsecond,3,4\n")
    return path


def grad(*args: str | Path, given: bytes = b"", name: str = "grad") -> tuple[str, str, int]:
    done = subprocess.run(
        [*PYTHON, name, *map(str, args)], input=given, capture_output=True, check=False
    )
    return done.stdout.decode(), done.stderr.decode(), done.returncode


def points(*args: str | Path, given: bytes = b"") -> tuple[str, str, int]:
    return grad(*args, given=given, name="points")


def test_csv(table: Path) -> None:
    assert grad("3*a**3 - b**2", "--points", table) == (
        "f,df/da,df/db\n-12.0,36.0,-12.0\n65.0,81.0,-8.0\n", "", 0)  # fmt: skip


@pytest.mark.parametrize(
    "settings", [[], ["--keep"], ["--wrt", "b"], ["--methods"], ["--format", "json"], ["b=7"]]
)
def test_the_command_points_is_the_same(table: Path, settings: list[str]) -> None:
    if "b=7" in settings:
        table.write_text("a\n2\n0\n")
    same = grad("abs(a)*b", "--points", table, *settings)
    assert points("abs(a)*b", table, *settings) == same


def test_points_writes_a_file(table: Path, tmp_path: Path) -> None:
    for name in ("-o", "--output"):
        assert points("a*b", table, name, tmp_path / "g.csv") == ("", "", 0)
        assert (tmp_path / "g.csv").read_text() == "f,df/da,df/db\n12.0,6.0,2.0\n12.0,4.0,3.0\n"
    assert points("-a", "-", given=b"a\n1\n") == ("f,df/da\n-1.0,-1.0\n", "", 0)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["a*b"], "an expression and a table are needed: points EXPR FILE\n"),
        (["a*b", "x.csv", "y.csv"], "one table only, or a pattern in quotes: points EXPR FILE\n"),
        (["a*b", "x.csv"], "cannot read x.csv: No such file or directory\n"),
        (["-", "-"], "a table takes one expression, not - for many\n"),
    ],
)
def test_what_points_does_not_take(args: list[str], problem: str) -> None:
    _, said, status = points(*args)
    assert problem in said
    assert status == 2


def test_the_rows_that_came_are_kept(table: Path) -> None:
    found, _, _ = grad("a*b", "--points", table, "--keep", "--wrt", "b", "--format", "tsv")
    assert found == "id\ta\tb\tf\tdf/db\nfirst\t2\t6\t12.0\t2.0\nsecond\t3\t4\t12.0\t3.0\n"


def test_what_is_kept_may_have_several_lines() -> None:
    found, said, status = grad("x", "--points", "-", "--keep", given=b'x,n\n1,"a\nb"\n')
    assert (found, said, status) == ('x,n,f,df/dx\n1,"a\nb",1.0,1.0\n', "", 0)


def test_json_lines(table: Path) -> None:
    found, _, _ = grad("a*b", "--points", table, "--format", "json", "--keep")
    assert [json.loads(line) for line in found.splitlines()][1] == {
        "line": 3, "row": {"id": "second", "a": "3", "b": "4"}, "value": 12.0,
        "gradient": {"a": 4.0, "b": 3.0}}  # fmt: skip


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.array([[2.0, 6.0], [3.0, 4.0]]))
    out = tmp_path / "out.npy"
    assert grad("3*a**3 - b**2", "--points", tmp_path / "in.npy", "--output", out) == ("", "", 0)
    assert np.load(out).dtype.names == ("f", "df/da", "df/db")
    assert np.load(out).tolist() == [(-12.0, 36.0, -12.0), (65.0, 81.0, -8.0)]


def test_named_fields_and_strides(tmp_path: Path) -> None:
    named = np.array([(6, 2.0), (4, 3.0)], dtype=[("b", "i4"), ("a", "f8")])
    np.save(tmp_path / "in.npy", named)
    found, _, _ = grad("a - b", "--points", tmp_path / "in.npy", "--keep")
    assert found == "b,a,f,df/da,df/db\n6,2.0,-4.0,1.0,-1.0\n4,3.0,-1.0,1.0,-1.0\n"


def test_standard_input_and_fixed_values() -> None:
    found, _, _ = grad("c*x^2", "--points", "-", "--at", "c=3", "--wrt", "x", given=b"x\n1\n2\n")
    assert found == "f,df/dx\n3.0,6.0\n12.0,12.0\n"


def test_intermediate_variables() -> None:
    found, _, _ = grad("u*u", "--let", "u=x+1", "--points", "-", given=b"x\n1\n")
    assert found == "f,df/dx\n4.0,4.0\n"


def test_bad_rows_are_told_and_marked_and_the_rest_goes_on() -> None:
    rows = b'x,note\r\n1,a\r\nabc,b\r\n\r\n2\r\nnan,c\r\n-1,"d,\r\ne"\r\n4,f\r\n'
    found, said, status = grad("sqrt(x)", "--points", "-", given=rows)
    assert found.splitlines() == [
        "f,df/dx", "1.0,0.5", "nan,nan", "nan,nan", "nan,nan", "nan,nan", "2.0,0.25"]  # fmt: skip
    assert said.splitlines() == [
        "diffcalc: standard input, line 3: column x: `abc` is not a finite number",
        "diffcalc: standard input, line 5: 1 cell, but 2 columns",
        "diffcalc: standard input, line 6: column x: `nan` is not a finite number",
        "diffcalc: standard input, line 7: undefined: sqrt(x) has no value here",
    ]
    assert status == 2


def test_only_some_bad_rows_are_told_one_by_one() -> None:
    rows = b"-1\n" * 1234
    _, said, status = grad("log(x)", "--points", "-", given=b"x\n" + rows + b"one\n")
    undefined = "undefined: log(x) has no value here"
    assert said.splitlines() == [
        *(f"diffcalc: standard input, line {line}: {undefined}" for line in range(2, 7)),
        "diffcalc: standard input, line 1236: column x: `one` is not a finite number",
        "diffcalc: … and 1,229 more of 1,235 rows",
    ]
    assert status == 2
    rows = b"".join(b"a%d\n" % row for row in range(30))
    _, said, _ = grad("log(x)", "--points", "-", given=b"x\n" + rows)
    assert len(said.splitlines()) == 21
    assert said.endswith("diffcalc: … and 10 more of 30 rows\n")


def test_corners_are_judged() -> None:
    found, said, status = grad("abs(x)*y", "--points", "-", given=b"x,y\n0,2\n0,0\n-3,2\n")
    rows = list(csv.reader(io.StringIO(found)))[1:]
    assert rows == [["0.0", "nan", "0.0"], ["0.0", "0.0", "0.0"], ["6.0", "-2.0", "3.0"]]
    assert "line 2: x: not differentiable: corner" in said
    assert status == 1


def test_beyond_the_range_the_truth_is_found() -> None:
    # exp(1000) overflows, and its quotient with itself is 1.
    found, said, status = grad("exp(x)/exp(x)", "--points", "-", given=b"x\n1000\n")
    assert (found, said, status) == ("f,df/dx\n1.0,0.0\n", "", 0)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        # All digits of 1 - cos(x) cancel.
        ("(1-cos(x))/x^2", "1e-8", "0.5,-8.333333333333334e-10"),
        ("(1-cos(x))/x^2", "1e-3", "0.4999999583333347,-8.333332777777793e-05"),
        # A divisor or a radicand that is 0 or negative by round-off only.
        ("1/((1+x)-1)", "1e-20", "1e+20,-1e+40"),
        ("sqrt((1+x)-1-x/2)", "1e-20", "7.071067811865475e-11,3535533905.932738"),
        ("where(1+x > 1, x^2, 0)", "1e-9", "1e-18,2e-09"),
        ("where(1+x > 1, x, 0)", "1e-20", "1e-20,1.0"),
        # Underflow.
        ("(x*x)/x", "1e-200", "1e-200,1.0"),
        ("x*(1+1e-14-1)", "1", "1e-14,1e-14"),
    ],
)
def test_where_float64_loses_the_truth_is_found(text: str, x: str, expected: str) -> None:
    found, said, status = grad(text, "--points", "-", given=f"x\n{x}\n".encode())
    assert (found, said, status) == (f"f,df/dx\n{expected}\n", "", 0)


def test_numbers_are_what_was_typed(tmp_path: Path) -> None:
    found, said, _ = grad("1/(x-0.1)", "--points", "-", given=b"x\n0.1\n")
    assert found == "f,df/dx\nnan,nan\n"
    assert "line 2: x: undefined: pole: 1/(x - 0.1) has no real value here" in said
    # In an array there is the float64 only, which is not 1/10.
    np.save(tmp_path / "x.npy", np.array([0.1]))
    found, _, _ = grad("1/(x-0.1)", "--points", tmp_path / "x.npy")
    assert found.splitlines()[1].startswith("1.801439850948198")


def test_overflow_is_told() -> None:
    args = ("1/x", "--points", "-")
    found, said, status = grad(*args, "--format", "json", given=b"x\n1e-200\n")
    why = "x: inaccurate: overflow: the derivative is -1.0e+400, beyond what a float64 holds"
    assert json.loads(found) == {
        "line": 2, "value": 1e200, "gradient": {"x": None}, "reason": why}  # fmt: skip
    assert (said, status) == (f"diffcalc: standard input, line 2: {why}\n", 0)
    assert grad(*args, "--strict", given=b"x\n1e-200\n")[2] == 1


def test_equal_rows_are_judged_once() -> None:
    found, said, status = grad("relu(x)^2", "--points", "-", given=b"x\n" + b"0\n" * 300)
    assert (set(found.splitlines()[1:]), said, status) == ({"0.0,0.0"}, "", 0)
    rows = "".join(f"{k},{k}\n" for k in range(1, 301))
    # f is 0 there, of which float64 has no digit right, and its derivatives are sure.
    found, said, status = grad("x^2-y^2/3-x*y*2/3", "--points", "-", given=f"x,y\n{rows}".encode())
    assert (len(found.splitlines()), said, status) == (301, "", 0)


def test_thousands_of_rows_in_doubt_are_all_judged(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x,y\n" + "".join(f"{k},{k}\n" for k in range(1, 2500)))
    found, said, status = grad("x^2-y^2/3-x*y*2/3", "--points", table)
    expected = [f"0.0,{k / 0.75},{k / -0.75}" for k in range(1, 2500)]
    assert (found.splitlines()[1:], said, status) == (expected, "", 0)


def test_very_many_variables_are_judged_where_it_is_proved() -> None:
    names = [f"x{k}" for k in range(250)]
    text = " + ".join(f"({a} - {b}**2)**2" for a, b in pairwise(names))
    table = ",".join(names) + "\n" + ",".join("1" * 250) + "\n"
    found, said, status = grad(text, "--points", "-", given=table.encode())
    assert set(map(float, found.splitlines()[1].split(","))) == {0.0}
    assert (said, status) == ("", 0)
    row = table.replace("\n1,", "\n0,").encode()
    text += " + where(x0 == 0, 0, x0^2*sin(1/x0^3)*sign(sin(1/x0)))"
    found, said, status = grad(text, "--points", "-", given=row)
    assert set(found.splitlines()[1].split(",")) == {"nan"}
    assert ": not judged: nothing is proved, and the variables are too many" in said
    assert status == 1


def test_all_three_methods() -> None:
    found, said, status = grad("abs(x)", "--points", "-", "--methods", given=b"x\n2\n0\n,\n")
    assert [line.split(": ")[2] for line in said.splitlines()] == ["x", "2 cells, but 1 column"]
    rows = list(csv.DictReader(io.StringIO(found)))
    assert [row["verdict"] for row in rows] == ["agree", "not differentiable", ""]
    assert [row["autograd df/dx"] for row in rows] == ["1.0", "0.0", "nan"]
    assert [row["df/dx"] for row in rows] == ["1.0", "nan", "nan"]
    assert rows[2]["reason"] == "2 cells, but 1 column"
    assert status == 2
    found, _, _ = grad("x^2", "--points", "-", "--methods", "--format", "json", given=b"x\n3\n")
    (one,) = map(json.loads, found.splitlines())
    assert (one["line"], one["value"], one["verdict"]) == (2, 9.0, "agree")
    assert one["derivatives"][0]["numerical"]["value"] == pytest.approx(6)


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["x*y", "--points", "-"], "no value for y: standard input has x\n"),
        (["x", "--points", "-", "x=2"], "x is given twice: standard input has it too\n"),
        (["x*c", "--points", "-", "c=1,2"], "c has more than one value: at the rows of a table every variable is one number\n"),
        (["sum(x)", "--points", "-"], "sum(x) works on whole arrays: at the rows of a table every variable is one number\n"),
        (["x", "--points", "-", "--wrt", "y"], "y is not a variable of x: its variables: x\n"),
        (["-", "--points", "-"], "a table takes one expression, not - for many\n"),
        (["x", "--points", "-", "--order", "2"], "--order does not go with --points\n"),
        (["x", "--points", "-", "--format", "table"], "'table' is not one of 'csv', 'tsv', 'json', 'npy', 'parquet', 'arrow'.\n"),
        (["x", "--points", "-", "--output", "x.txt"], "--output x.txt: end it in .csv, .tsv, .jsonl, .npy, .parquet, .arrow or .feather, or give --format\n"),
        (["x", "--points", "-", "--output", "x.csv", "--format", "json"], "x.csv is no json file\n"),
        (["x", "--points", "-", "--output", "x.npy", "--keep"], "a .npy file has room for numbers only, not --keep or --methods\n"),
        (["x", "--x", "1", "--keep"], "--keep goes with --points\n"),
        (["x", "--points", "no/where.csv"], "cannot read no/where.csv: No such file or directory\n"),
        (["x", "--points", "nowhere.npy"], "cannot read nowhere.npy: No such file or directory\n"),
    ],
)  # fmt: skip
def test_what_does_not_fit(args: list[str], problem: str, tmp_path: Path) -> None:
    _, said, status = grad(*args, given=b"x\n1\n")
    assert problem in said
    assert status == 2


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"", "standard input is empty"),
        (b"\n\n", "standard input is empty"),
        (b"1,2\n3,4\n", "the first line of standard input does not name the columns"),
        (b"x,x\n1,2\n", "standard input has two columns x"),
        (b"\xff\n", "standard input is not text in UTF-8"),
    ],
)
def test_no_table(given: bytes, problem: str) -> None:
    _, said, status = grad("x", "--points", "-", given=given)
    assert said.startswith(f"diffcalc: {problem}")
    assert status == 2


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.zeros((2, 1, 1)), "x.npy has the shape 2 by 1 by 1, not rows"),
        (np.zeros((3, 2), dtype=[("x", "f8")]), "x.npy has the shape 3 by 2, not rows"),
        (np.zeros(2, dtype=[("x", "f8", 3)]), "x in x.npy holds ('<f8', (3,)), not numbers"),
        (np.array([(1.0, "a")], dtype=[("n", "f8"), ("x", "U3")]), "x in x.npy holds <U3, not numbers"),
        (np.array(["a"]), "x.npy holds <U1, not numbers"),
        (np.zeros((2, 2)), "x.npy does not name its columns: it would need one for each of x, and has 2"),
    ],
)  # fmt: skip
def test_no_rows_in_an_array(array: np.ndarray, problem: str, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", array)
    _, said, status = grad("x", "--points", tmp_path / "x.npy")
    assert (said, status) == (f"diffcalc: {problem}\n", 2)


def test_several_arrays_are_no_rows(tmp_path: Path) -> None:
    with (tmp_path / "x.NPY").open("wb") as file:
        np.savez(file, x=np.ones(3))
    _, said, status = grad("x", "--points", tmp_path / "x.NPY")
    assert (said, status) == ("diffcalc: x.NPY holds several arrays: save one as .npy\n", 2)


def test_what_is_kept_of_an_array_is_what_it_has(tmp_path: Path) -> None:
    fields = [("t", "i4"), ("n", "U3"), ("x", "f8")]
    np.save(tmp_path / "in.npy", np.array([(2, "a", 0.5), (3, "b", np.nan)], dtype=fields))
    found, said, _ = grad("t*x", "--points", tmp_path / "in.npy", "--keep", "--wrt", "t,t")
    assert found == "t,n,x,f,df/dt\n2,a,0.5,1.0,0.5\n3,b,nan,nan,nan\n"
    assert said == "diffcalc: in.npy, row 2: column x: `nan` is not a finite number\n"


def test_what_is_kept_fits_the_header() -> None:
    done = subprocess.run(
        [*PYTHON, "grad", "x", "--points", "-", "--keep"],
        input=b"x,n\n1\n2,\xe9\n3,b,c\n", capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout == b"x,n,f,df/dx\n1,,nan,nan\n2,\xe9,2.0,1.0\n3,b,nan,nan\n"


def test_a_cell_may_not_be_endless() -> None:
    given = b'x,n\n1,"' + b"a" * 140_000 + b'"\n'
    for args in ([], ["--keep"]):
        _, said, status = grad("x", "--points", "-", *args, given=given)
        assert (
            said == "diffcalc: standard input, line 2: a cell is longer than 131,072 characters\n"
        )
        assert status == 2


def test_names_that_are_taken() -> None:
    found, _, _ = grad("x^2", "--points", "-", "--keep", given=b"x,f,df/dx\n3,9,6\n")
    assert found == "x,f,df/dx,F,dF/dx\n3,9,6,9.0,6.0\n"
    args = ("x^2", "--points", "-", "--keep", "--methods")
    _, said, status = grad(*args, given=b"x,verdict\n3,agree\n")
    assert "standard input has a column verdict, which is written too" in said
    assert status == 2


def test_names_and_endings_in_any_spelling(tmp_path: Path) -> None:
    (tmp_path / "P.TSV").write_text("θ\ty\n2\t3\n")
    found, said, status = grad("theta*y", "--points", tmp_path / "P.TSV", "--output", "-")
    assert (found, said, status) == ("f,df/dtheta,df/dy\n6.0,3.0,2.0\n", "", 0)


def test_a_header_alone() -> None:
    assert grad("x", "--points", "-", given=b"\xef\xbb\xbfx\n") == ("f,df/dx\n", "", 0)


def test_numbers_are_those_of_compare() -> None:
    f = read("where(x > y, x*y, max(x, 2*y))/(1 + abs(x - y))")
    points = np.random.default_rng(1).integers(-3, 4, (40, 2)).astype(float)
    batch = Batch(f, ["x", "y"], {}, ["x", "y"], timeout=0)
    found = batch.gradients(Table(points, range(40), {}))
    for row, (x, y) in enumerate(points):
        truth = compare(f, {"x": values_of(x), "y": values_of(y)})
        expected = [float(e.truth.derivative) for e in truth.elements]
        np.testing.assert_allclose(found.numbers[row, 1:], expected, rtol=1e-13)
        assert (row in found.marks) == bool(truth.verdict.severity())


def test_many_rows_by_several_processes(tmp_path: Path) -> None:
    points = np.random.default_rng(2).normal(size=(150_000, 2))
    source, out = tmp_path / "points.csv", tmp_path / "out.csv"
    text = "x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in points.tolist())
    source.write_text(text.replace("\n", "\nbad,1\n", 1))
    assert run(["grad", "x*y", "--points", str(source), "--output", str(out)]) == 2
    first, second, *rows = out.read_text().splitlines()
    assert (first, second) == ("f,df/dx,df/dy", "nan,nan,nan")
    expected = np.column_stack([points[:, 0] * points[:, 1], points[:, 1], points[:, 0]])
    assert rows == [",".join(map(repr, row)) for row in expected.tolist()]


def test_results_come_as_the_rows_do() -> None:
    with subprocess.Popen(
        [*PYTHON, "grad", "x^2", "--points", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for row in (b"x\n3\n", *[b"4\n"] * 7):
            process.stdin.write(row)
            process.stdin.flush()
            if row.startswith(b"x"):
                assert process.stdout.readline() == b"f,df/dx\n"
                assert process.stdout.readline() == b"9.0,6.0\n"
            else:
                assert process.stdout.readline() == b"16.0,8.0\n"
        process.stdin.close()
    assert process.returncode == 0


def test_a_file_is_replaced_when_it_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    with subprocess.Popen(
        [*PYTHON, "grad", "x^2", "--points", "-", "--output", str(out)], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"x\n" + b"1\n" * 1000)
        process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while len(list(tmp_path.iterdir())) == 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_is_left_behind(how: signal.Signals, tmp_path: Path) -> None:
    source, out = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text("x\n" + "0.123456789\n" * 1_000_000)
    command = [*PYTHON, "grad", "sin(x)", "--points", str(source), "--output", str(out)]
    if signal.getsignal(how) is signal.SIG_IGN:  # under nohup, which the command would heed
        pytest.skip(f"{how.name} is ignored here")
    with subprocess.Popen(command, start_new_session=True) as process:
        deadline = time.monotonic() + PATIENCE
        while len(processes_in(process.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(how)
    assert process.returncode == -how
    while processes_in(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not processes_in(process.pid)
    if how is not signal.SIGKILL:
        assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("place", [1, -1])
def test_a_process_is_killed_as_where_the_memory_is_full(place: int, tmp_path: Path) -> None:
    source, out = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text("x\n" + "0.123456789\n" * 1_000_000)
    out.write_text("before")
    command = [*PYTHON, "grad", "sin(x)", "--points", str(source), "--output", str(out)]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE
        while len(found := processes_in(process.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(found[place], signal.SIGKILL)
        _, said = process.communicate()
    assert said.decode() == (
        "diffcalc: one of the processes that work on the rows was killed by signal 9: "
        "perhaps the memory is full\n"
    )
    assert process.returncode == 2
    assert not processes_in(process.pid)
    assert out.read_text() == "before"
    assert sorted(tmp_path.iterdir()) == sorted([source, out])


def processes_in(session: int) -> list[int]:
    """The processes in it, the first first, as /proc has it; what has ended is none."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, in_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(in_session) == session and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def test_a_file_keeps_its_permissions_and_its_links(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    with replacing(link) as stream:
        stream.write(b"new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert link.is_symlink()
    with replacing(Path(os.devnull)) as stream:
        stream.write(b"gone")
    assert not Path(os.devnull).is_file()


def test_work_in_order_by_processes() -> None:
    assert list(in_order(abs, range(-50, 0), processes=2)) == list(range(50, 0, -1))
    assert list(in_order(abs, iter([-1]), processes=2)) == [1]
    assert list(in_order(abs, range(-5, 0), processes=1)) == [5, 4, 3, 2, 1]


def test_no_more_is_read_than_is_worked_on() -> None:
    taken = 0

    def pieces() -> Iterator[int]:
        nonlocal taken
        for piece in range(1000):
            taken += 1
            yield piece

    results = in_order(abs, pieces(), processes=2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert taken < 20
    results.close()


def test_the_bar_has_the_name_of_the_file_as_it_is() -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(Bar(10, "[red]a[/x]\x1b[31m\u202e.csv")._bar.get_renderable())
    assert "[red]a[/x]\\x1b[31m\\u202e.csv" in console.file.getvalue()


def test_points_say_how_much_there_is(table: Path) -> None:
    points = points_in(str(table))
    (chunk,) = points.chunks()
    assert points.columns == ["id", "a", "b"]
    assert points.size == table.stat().st_size
    assert points.done(chunk) == len("first,2,6\nsecond,3,4\n")


WITH_OR_WITHOUT = """
import sys
from diffcalc.cli import run
from diffcalc.tables import arrow

if sys.argv[1] == "without":
    sys.modules["pyarrow"] = None
arrow.WORTH = 0
status = run(sys.argv[2:])
sys.stdout.flush()
print("pyarrow.csv" in sys.modules, status, file=sys.stderr)
"""


def test_with_pyarrow_the_same_comes_out_to_the_byte(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path, random = tmp_path / "large.csv", np.random.default_rng(1)
    numbers = random.standard_normal((100_000, 2)) * 10.0 ** random.integers(-20, 20, (100_000, 1))
    lines = [f"p{row},{x!r},{y!r}\n" for row, (x, y) in enumerate(numbers.tolist())]
    lines[7:9] = ["q,0,2\n", "r,+1,5\n"]
    lines[-5:-3] = ['"s",1,3\n', "t,4,two\n"]
    path.write_text("".join(["id,x,y\n", *lines]))
    args = ["grad", "2*x + y^2", "--points", str(path), "--keep"]
    plain, found = (
        subprocess.run(
            [sys.executable, "-c", WITH_OR_WITHOUT, which, *args], capture_output=True, check=False
        )
        for which in ("without", "with")
    )
    assert found.stdout == plain.stdout
    assert found.stdout.count(b"\n") == len(lines) + 1
    *said, last = plain.stderr.splitlines()
    assert said == [b"diffcalc: large.csv, line 99998: column y: `two` is not a finite number"]
    assert found.stderr.splitlines() == [*said, last.replace(b"False", b"True")]
