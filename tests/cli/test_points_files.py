"""`points` on Parquet, Arrow and packed files: in and out, and the types of what is kept."""

import gzip
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from diffcalc.tables import source
from tests.conftest import Outcome, Run

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import feather, ipc, parquet  # noqa: E402

TYPED = {
    "id": pyarrow.array([2**53 + 1, None, 7], pyarrow.int64()),
    "day": [date(2024, 1, 31)] * 3,
    "name": ['a,"b"', "c\nd", None],
    "x": [1.5, None, 0.0],
    "y": [Decimal("0.1"), Decimal("2.5"), Decimal("3.0")],
    "n": pyarrow.array([1, 2, 3]).dictionary_encode(),
    "k": pyarrow.array(["u", "v", "u"]).dictionary_encode(),
    "when": pyarrow.array([datetime(2024, 1, 1, 12), None, None], pyarrow.timestamp("us", "UTC")),
    "small": pyarrow.array([1, 0.1, None], pyarrow.float32()),
    "tags": [["a"], None, []],
    "raw": [b"\xff", b"a", None],
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def saved(columns: dict, name: str) -> str:
    table = pyarrow.table(columns)
    if name.endswith(".parquet"):
        parquet.write_table(table, name)
    else:
        feather.write_feather(table, name)
    return name


def read(name: str) -> pyarrow.Table:
    return parquet.read_table(name) if name.endswith(".parquet") else ipc.open_file(name).read_all()


BAD = (
    "diffcalc: {}, row 2: column x: a number is missing\n"
    "diffcalc: {}, row 3: x: not differentiable: corner: the slope is -9 from the left, 9 from the right\n"
)


@pytest.mark.parametrize("name", ["t.parquet", "t.feather"])
@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_columns_keep_their_types(name: str, form: str, run: Run) -> None:
    given = saved(TYPED, name)
    shown = run("points", "abs(x)*y*n", given, "--keep", "-o", f"o.{form}")
    assert shown == Outcome(2, "", BAD.format(name, name))
    before, after = read(given), read(f"o.{form}")
    if form == "parquet":
        # Its dictionaries are of text only.
        parquet.write_table(before, "b.parquet")
        before = read("b.parquet")
    assert after.schema.names == [*before.schema.names, "f", "df/dx", "df/dy", "df/dn"]
    assert after.select(before.schema.names).equals(before)
    assert str(after.column("f").to_pylist()) == "[0.15000000000000002, nan, 0.0]"
    assert str(after.column("df/dx").to_pylist()) == "[0.1, nan, nan]"


def test_columns_become_text(run: Run) -> None:
    found = run("points", "x*y", saved(TYPED, "t.parquet"), "--keep").out.split("\n", 1)
    assert found[1].startswith(
        '9007199254740993,2024-01-31,"a,""b""",1.5,0.1,1,u,2024-01-01 12:00:00.000000Z,1.0,"[""a""]",\\xff,'
        '0.15000000000000002,0.1,1.5\n,2024-01-31,"c\nd",,2.5,2,v,,0.1,,a,nan,nan,nan\n7,2024-01-31,,0.0,'
    )  # fmt: skip
    # The same whether the lines are joined at once or, as above for a line end in a cell, by rows.
    with mock.patch.dict(TYPED, {"name": ['a,"b"', "c d", None]}):
        again = run("points", "x*y", saved(TYPED, "t.parquet"), "--keep").out
    assert again == "\n".join(found).replace('"c\nd"', "c d")


@pytest.mark.parametrize("name", ["t.parquet", "t.feather"])
def test_no_rows(name: str, run: Run) -> None:
    given = saved({n: c[:0] for n, c in TYPED.items()}, name)
    assert run("points", "x*y", given) == Outcome(0, "f,df/dx,df/dy\n", "")
    assert run("points", "x*y", given, "--keep", "-o", "o.parquet") == Outcome(0, "", "")
    assert read("o.parquet").schema.names[-4:] == ["raw", "f", "df/dx", "df/dy"]
    assert read("o.parquet").num_rows == 0


def test_fields_of_an_array_keep_their_types(run: Run) -> None:
    kinds = [
        ("id", ">i8"),
        ("day", "M8[D]"),
        ("name", "U2"),
        ("yes", "?"),
        ("x", "<f4"),
        ("raw", "S1"),
    ]
    np.save("s.npy", np.array([(1, "2024-01-31", "ü", True, 0.5, b"\xff")], dtype=kinds))
    assert run("points", "x^2", "s.npy", "--keep", "-o", "o.parquet").status == 0
    assert read("o.parquet").to_pylist() == [
        {"id": 1, "day": date(2024, 1, 31), "name": "ü", "yes": True, "x": 0.5, "raw": "\\xff", "f": 0.25, "df/dx": 1.0}]  # fmt: skip
    np.save("m.npy", np.ones((2, 2)))
    assert run("points", "x+y", "m.npy", "--keep", "-o", "o.arrow") == Outcome(0, "", "")
    assert read("o.arrow").to_pylist() == [{"x": 1, "y": 1, "f": 2, "df/dx": 1, "df/dy": 1}] * 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x*tags", "tags in t.parquet holds list<element: string>, not numbers"),
        ("x*day", "day in t.parquet holds date32[day], not numbers"),
        ("x*k", "k in t.parquet holds dictionary<values=string, indices=int32, ordered=0>, not numbers"),
        ("x*when", "when in t.parquet holds timestamp[us, tz=UTC], not numbers"),
    ],
)  # fmt: skip
def test_columns_that_hold_no_numbers(text: str, problem: str, run: Run) -> None:
    assert run("points", text, saved(TYPED, "t.parquet")) == Outcome(
        2, "", f"diffcalc: {problem}\n"
    )


def test_decimals_and_whole_numbers_are_the_nearest_float64(run: Run) -> None:
    long = [Decimal("0.12345678901234567890123456789"), Decimal("1e-20")]
    given = saved(
        {"x": long, "n": pyarrow.array([2**53 + 1, 2**64 - 1], pyarrow.uint64())}, "d.parquet"
    )
    found = run("points", "x + 0*n", given, "--wrt", "x").out.splitlines()[1:]
    assert found == [f"{float(number)!r},1.0" for number in long]
    found = run("points", "n", given).out.splitlines()[1:]
    assert found == [f"{float(number)!r},1.0" for number in (2**53 + 1, 2**64 - 1)]


def test_what_comes_through_a_pipe(run: Run) -> None:
    for name in ("t.parquet", "t.feather"):
        content = Path(saved({"x": [1.0, 3.0]}, name)).read_bytes()
        assert run("points", "x^2", "-", stdin=content).out == "f,df/dx\n1.0,2.0\n9.0,6.0\n"
        assert run("descend", "mean((x*w)^2)", "--data", name, "--from", "w=1").status == 0


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_damaged_files(name: str, run: Run) -> None:
    content = Path(saved(TYPED, name)).read_bytes()
    for part in (content[:8], content[:-30], content[:-20] + b"\0" * 20):
        Path(name).write_bytes(part)
        shown = run("points", "x", name)
        assert (shown.status, shown.out, shown.err.count("\n")) == (2, "", 1)
        assert shown.err.startswith(f"diffcalc: {name} cannot be read by pyarrow: ")


def test_text_gets_the_narrowest_types(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SIZE", 64)
    cells = ["1,007,2024-01-31,2024-01-31T10:00:00,0.5,true,1,1,,1e3", "2,8,2024-02-01,2024-01-31 10:00:00.5,2,false,2.5,A,,nan"]  # fmt: skip
    header = "id,zip,day,when,x,yes,wider,widest,empty,float"
    text = "\n".join([header, cells[0], cells[0], cells[1]]) + "\n"
    Path("t.csv").write_text(text)
    assert run("points", "x^2", "t.csv", "--keep", "-o", "o.parquet") == Outcome(0, "", "")
    found = read("o.parquet")
    assert [str(field.type) for field in found.schema][:-2] == [
        "int64", "string", "date32[day]", "timestamp[us]", "double", "bool", "double", "string",
        "string", "double"]  # fmt: skip
    assert found.column("zip").to_pylist() == ["007", "007", "8"]
    assert found.column("wider").to_pylist() == [1.0, 1.0, 2.5]
    assert found.column("widest").to_pylist() == ["1", "1", "A"]
    assert found.column("f").to_pylist() == [0.25, 0.25, 4.0]
    # What came through a pipe cannot be read again with the wider types.
    shown = run("points", "x^2", "-", "--keep", "-o", "p.parquet", stdin=text)
    assert (shown.status, shown.err.count("\n")) == (2, 1)
    assert "standard input: column wider has `2.5`, other than what is before it" in shown.err
    assert not Path("p.parquet").exists()


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_packed_text(packed: str, run: Run) -> None:
    Path("t.csv").write_text("x\n" + "".join(f"{k}\n" for k in range(1000)))
    assert run("points", "x^2", "t.csv", "-o", f"o.csv{packed}") == Outcome(0, "", "")
    plain = run("points", "x^2", "t.csv").out
    packer = pyarrow.CompressedInputStream(
        f"o.csv{packed}", packed[1:].replace("st", "std") if packed == ".zst" else "gzip"
    )
    assert packer.read().decode() == plain
    # It is read as well, and is always the same.
    again = run("points", "f+1", f"o.csv{packed}", "-o", f"p.csv{packed}")
    assert again == Outcome(0, "", "")
    first = Path(f"o.csv{packed}").read_bytes()
    run("points", "x^2", "t.csv", "-o", f"o.csv{packed}")
    assert Path(f"o.csv{packed}").read_bytes() == first
    Path("cut.csv").write_bytes(first[:-10])
    shown = run("points", "f", "cut.csv", "-o", "q.csv")
    assert (shown.status, shown.err.count("\n")) == (2, 1)
    assert "has packed is damaged" in shown.err
    assert not Path("q.csv").exists()


@pytest.mark.parametrize("name", ["o.parquet.gz", "o.npy.zst", "o.csv.bz2"])
def test_what_is_not_packed(name: str, run: Run) -> None:
    shown = run("points", "x", "-", "-o", name, stdin="x\n1\n")
    assert shown.status == 2
    assert f"--output {name}: end it in .csv" in shown.err


def test_without_pyarrow_one_line_says_what_is_missing(run: Run) -> None:
    given = saved({"x": [1.0]}, "t.parquet")
    Path("t.csv.zst").write_bytes(pyarrow.compress(b"x\n1\n", "zstd", asbytes=True))
    Path("t.csv.gz").write_bytes(gzip.compress(b"x\n1\n"))
    Path("t.csv").write_text("x\n1\n")
    with mock.patch.dict("sys.modules", {"pyarrow": None}):
        sys.modules.pop("pyarrow.csv", None)
        for args in (
            [given],
            ["t.csv.zst"],
            ["t.csv", "-o", "o.csv.zst"],
            ["t.csv", "-o", "o.arrow"],
        ):
            shown = run("points", "x", *args)
            assert (shown.status, shown.out, shown.err.count("\n")) == (2, "", 1)
            assert shown.err.endswith(' needs pyarrow: pip install "diffcalc[tables]"\n')
        assert run("points", "x", "t.csv.gz", "-o", "o.csv.gz") == Outcome(0, "", "")
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith(("o", "."))) == [
        "o.csv.gz"
    ]


def test_three_methods_have_no_room_among_typed_columns(run: Run) -> None:
    shown = run("points", "x", "-", "-o", "o.parquet", "--methods", stdin="x\n1\n")
    assert (
        "a .parquet file has room for numbers and the table's columns only, not --methods"
        in shown.err
    )
