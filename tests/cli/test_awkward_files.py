"""Files that are not what their name says, that never end, or that nobody should print."""

import bz2
import gzip
import io
import json
import os
import sqlite3
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from diffcalc.base import files
from diffcalc.render.formats import choices
from diffcalc.tables import chunks, source
from tests.conftest import Outcome, Run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("id,a,b\nfirst,2,6\nsecond,3,4\n")
    return path


def test_a_json_file_is_not_given_json_lines(table: Path, run: Run, tmp_path: Path) -> None:
    for style in ([], ["--format", "json"], ["--format", "csv"]):
        shown = run("points", "a*b", str(table), "-o", str(tmp_path / "o.json"), *style)
        assert (shown.status, shown.out) == (2, "")
        assert "o.json: an object a line is no JSON file: end it in .jsonl\n" in shown.err
    assert not (tmp_path / "o.json").exists()
    named = run("points", "a*b", str(table), "-o", str(tmp_path / "o.jsonl"))
    lines = (tmp_path / "o.jsonl").read_text().splitlines()
    assert (named.status, [json.loads(line)["value"] for line in lines]) == (0, [12.0, 12.0])


def test_a_long_cell_is_not_echoed_whole(run: Run) -> None:
    for digits in (309, 5000):
        for style in choices("points")[:3]:
            shown = run("points", "x", "-", "--format", style, stdin=f"x\n{'7' * digits}\n")
            where = f"standard input, line 2: column x: `{'7' * 40}… ({digits:,} characters)`"
            assert where in shown.err
            assert len(shown.out + shown.err) < 400


def test_a_device_is_called_by_its_whole_name(run: Run) -> None:
    shown = run("points", "x", "/dev/null")
    assert (shown.status, shown.err) == (2, "diffcalc: /dev/null is empty\n")
    shown = run("descend", "x*y", "--from", "x=1", "--data", "/dev/null")
    assert (shown.status, shown.err) == (2, "diffcalc: /dev/null is empty\n")


ROWS = {"x": [1.5, 3.25, -0.5], "y": [2, 4, 600]}
POINTS = "f,df/dx,df/dy\n3.0,2.0,1.5\n13.0,4.0,3.25\n-300.0,600.0,-0.5\n"


def table_of(sign: str, decimal: str = ".", end: str = "\n", quote: str = "") -> str:
    rows = [list(ROWS), *zip(*ROWS.values(), strict=True)]
    cells = ([f"{quote}{cell}{quote}".replace(".", decimal) for cell in row] for row in rows)
    return "".join(sign.join(row) + end for row in cells)


LINES = "".join(
    json.dumps(dict(zip(ROWS, row, strict=True))) + "\n" for row in zip(*ROWS.values(), strict=True)
)
READ = {
    "semicolons": (table_of(";"), '--delimiter ";"'),
    "semicolons and decimal commas": (table_of(";", ","), '--delimiter ";" --decimal ,'),
    "the same with quotes": (table_of(";", ",", quote='"'), '--delimiter ";" --decimal ,'),
    "tabs": (table_of("\t"), "--delimiter tab"),
    "tabs and decimal commas": (table_of("\t", ",", "\r\n"), "--delimiter tab --decimal ,"),
    "bars": (table_of("|"), '--delimiter "|"'),
    "commas and decimal commas": (table_of(",", ",", quote='"'), "--decimal ,"),
    "carriage returns": (table_of(",", end="\r"), ""),
    "carriage returns and semicolons": (table_of(";", end="\r"), '--delimiter ";"'),
    "UTF-16": (table_of(",").encode("utf-16"), "--encoding utf-16"),
    "UTF-16 and semicolons": (
        table_of(";", ",", "\r\n").encode("utf-16-le"),
        '--encoding utf-16-le --delimiter ";" --decimal ,',
    ),
    "gzip": (gzip.compress(table_of(",").encode()), ""),
    "gzip, in two parts": (gzip.compress(b"x,y\n1.5,2\n3.25,") + gzip.compress(b"4\n-.5,600"), ""),
    "gzip of semicolons": (gzip.compress(table_of(";").encode()), '--delimiter ";"'),
    "JSON Lines": (LINES, ""),
    "JSON Lines packed": (gzip.compress(LINES.encode("utf-8-sig")), ""),
    "a blank line first": ("\n" + table_of(";"), '--delimiter ";"'),
}


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("as_file", [True, False])
def test_tables_of_every_kind_are_read(run: Run, tmp_path: Path, kind: str, as_file: bool) -> None:
    text, signs = READ[kind]
    content = text.encode() if isinstance(text, str) else text
    given, stdin = "-", content
    if as_file:
        (tmp_path / "t.csv").write_bytes(content)
        given, stdin = str(tmp_path / "t.csv"), b""
    label = "t.csv" if as_file else "standard input"
    noted = f"diffcalc: {label} is read as with {signs}\n" if signs else ""
    assert run("points", "x*y", given, stdin=stdin) == Outcome(0, POINTS, noted)
    kept = run("points", "x*y", given, "--keep", "--format", "json", stdin=stdin).out.splitlines()
    assert [json.loads(line)["value"] for line in kept] == [3, 13, -300]
    assert [float(json.loads(line)["row"]["x"].replace(",", ".")) for line in kept] == ROWS["x"]
    fitted = run(
        "descend", "mean((y-w)^2)+0*sum(x)", "--from", "w=1", "--data", given, "--format", "value",
        stdin=stdin,
    )  # fmt: skip
    assert (fitted.status, fitted.err) == (0, noted)
    assert float(fitted.out) == pytest.approx(202, abs=1e-5)
    # What was recognised can be said, and is then not told.
    if signs:
        words = [word.strip('"') for word in signs.split()]
        assert run("points", "x*y", given, *words, stdin=stdin).err == ""


@pytest.mark.parametrize(
    "text",
    [
        "expression;claim\nx^2;2x\n[x,x];0,5\n",
        "expression\tclaim\nx^2\t2x\n[x,x]\t0,5\n",
        "expression,claim\rx^2,2x\r",
        "expression,claim\nx^2,2x\n".encode("utf-16"),
        gzip.compress(b"expression,claim\nx^2,2x\n", mtime=0),
        '{"expression": "x^2", "claim": "2x"}\n{"claim": "x"}\n',
    ],
)
def test_answers_of_every_kind_are_read(run: Run, text: str | bytes) -> None:
    shown = run("check", "--answers", "-", stdin=text)
    assert shown.out.splitlines()[1] == "x^2,2x,correct,exactly,,,"
    assert all("error" in line for line in shown.out.splitlines()[2:])


@pytest.mark.parametrize(
    ("text", "options", "value"),
    [
        ("x y\n1 2\n", ["--delimiter", "space"], "2.0"),
        ("x:y\n1:2\n", ["--delimiter", ":"], "2.0"),
        ("x,y\n1,000;3,2\n", [], "nan"),
        ("x;y\n1,000;3\n", [], "nan"),
        ("x;y\n1,000;3\n", ["--decimal", ","], "3.0"),
        ("x;y\n1,5;3\n", ["--decimal", "."], "nan"),
        ("x;y;n\n1;3;a,b\n", [], "3.0"),
        ("x,y,n\n1,3,a;b\n", [], "3.0"),
        ('x,y,"n;m"\n1,3,"a;b"\n', [], "3.0"),
        ('x,y,n\n1,3,"1,5"\n', [], "3.0"),
        ("x,y\n", [], ""),
    ],
)
def test_signs_that_are_given_and_those_that_are_not_guessed(
    run: Run, text: str, options: list[str], value: str
) -> None:
    shown = run("points", "x*y", "-", *options, stdin=text)
    assert [line.split(",")[0] for line in shown.out.splitlines()] == ["f", *[value] * bool(value)]
    assert ("add --decimal" in shown.err) == (
        value == "nan" and ";" in text.split("\n", maxsplit=1)[0]
    )


def test_a_matrix_and_a_column_with_decimal_commas(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("1,5;2,5\n3,5;4,5\n")
    (tmp_path / "c.csv").write_text("y\n1,5\n2,5\n")
    found = run(
        "descend", "mean((y-X@w)^2)", "--from", "w=0,0", "--data", f"X={tmp_path}/m.csv", "--data",
        str(tmp_path / "c.csv"), "--rate", "0.02", "--format", "value", "--count", "9",
    )  # fmt: skip
    assert 'm.csv is read as with --delimiter ";" --decimal ,\n' in found.err
    assert 'c.csv is read as with --delimiter ";" --decimal ,\n' in found.err
    assert len(found.out.splitlines()) == 1


@pytest.mark.parametrize("sign", ["", "ab", '"', "1", "\n", "é", "."])
def test_what_cannot_stand_between_cells(run: Run, sign: str) -> None:
    shown = run("points", "x", "-", "--delimiter", sign or "none", stdin="x\n1\n")
    assert (shown.status, shown.out) == (2, "")
    assert "cannot stand between cells: one of , ; | : or comma, semicolon" in shown.err


def workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
    return content.getvalue()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "d") as made:
        made.execute("create table t (x)")
    made.close()
    return (folder / "d").read_bytes()


def test_what_is_no_table_is_called_what_it_is(run: Run, tmp_path: Path) -> None:
    lines = "JSON Lines are read, an object a line"
    kinds: dict[str, tuple[bytes, str]] = {
        "xlsx": (workbook(), "is a workbook, as .xlsx is: in the spreadsheet program, save"),
        "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "is a workbook, as .xls is: in"),
        "zip": (b"PK\5\6" + bytes(18), "is a zip archive: unpack it first"),
        "bz2": (bz2.compress(b"x,y\n1,2\n"), "is packed by bzip2: unpack it first"),
        "pdf": (b"%PDF-1.4\n", "is a PDF document"),
        "db": (database(tmp_path), "is a SQLite database"),
        "png": (b"\x89PNG\r\n\x1a\n", "is a picture"),
        "htm": (b"\n<!DOCTYPE html>\n<p>", "is a page of HTML"),
        "json": (b'[\n{"x": 1}]', f"is JSON, not a table: {lines}, as jq -c '.[]' writes them"),
        "one": (b'[{"x": 1}]', f"is JSON, not a table: {lines}, as jq -c '.[]' writes them"),
        "columns": (b'{"x": [1, 2], "y": [3, 4]}', f"is JSON, not a table: {lines}\n"),
        "nested": (b'{\n"x": 1}', f"is JSON, not a table: {lines}\n"),
        "deep": (b"[" * 100_000, f"is JSON, not a table: {lines}\n"),
        "bad": (b'{"x": 1}\n{"x": 2\n', "line 2: not a JSON object with names and values\n"),
        "bits": (bytes(range(256)), "is neither text nor an array of numpy"),
        "cut": (gzip.compress(b"x,y\n" + b"1,2\n" * 99)[:-9], "what gzip has packed is damaged"),
    }
    for name, (content, said) in kinds.items():
        path = tmp_path / f"t.{name}.csv"
        path.write_bytes(content)
        for args in (
            ["points", "x*y", str(path)],
            ["points", "x*y", "-"],
            ["descend", "mean(x*w)^2", "--from", "w=1", "--data", str(path)],
            ["check", "--answers", str(path)],
        ):
            shown = run(*args, stdin=content)
            assert said in shown.err or (name in ("bad", "cut") and args[0] == "check"), (
                args,
                shown,
            )
            assert (shown.status, len(shown.err) < 200) == (2, True), shown
            assert name in ("bad", "cut") or shown.out == ""


@pytest.mark.parametrize("name", ["par1,PAR1", "MZ,PK", "GIF8,BZh9", "%P,ARROW1", "[x],y", "{x},y"])
def test_columns_may_be_called_as_files_begin(run: Run, name: str) -> None:
    assert run("points", "2*t", "-", stdin=f"{name},t\n1,2,3\n").out == "f,df/dt\n6.0,2.0\n"


def test_arrays_are_read_from_anywhere(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array(list(zip(*ROWS.values(), strict=True))))
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "a.npy.gz").write_bytes(gzip.compress(content))
    for given in ("-", *(str(tmp_path / name) for name in ("a.npy", "a.csv", "a.npy.gz"))):
        assert run("points", "x*y", given, stdin=content) == Outcome(0, POINTS, "")
        fitted = run("descend", "mean((X*w)^2)", "--from", "w=1", "--rate", "1e-6", "--count", "2",
                     "--data", f"X={given}", stdin=content)  # fmt: skip
        assert fitted.err == ""
    shown = run("check", "--answers", "-", stdin=content)
    said = "diffcalc: standard input is an array of numbers, not a table of answers\n"
    assert shown == Outcome(2, "", said)


def test_arrays_without_rows(run: Run, tmp_path: Path) -> None:
    named = np.zeros(0, dtype=[("x", "f8"), ("y", "f8")])
    for array in (np.zeros((0, 2)), named):
        np.save(tmp_path / "a.npy", array)
        given = str(tmp_path / "a.npy")
        assert run("points", "x*y", given) == Outcome(0, "f,df/dx,df/dy\n", "")
        shown = run("descend", "mean(X*w)", "--from", "w=1", "--data", f"X={given}")
        assert shown == Outcome(2, "", "diffcalc: a.npy has no rows of numbers\n")


def headers() -> Iterator[str]:
    shapes = ["(True,)", "(-1,)", f"(1{'0' * 400},)", f"(1{'0' * 18},)", "(2.5,)", "(-(2),)", "5"]
    shapes += ["(((((", "(" * 9000, "-" * 9000 + "1", "[" * 5000 + "]" * 5000, "(1,)}'\\q'", "''"]
    for shape in shapes:
        yield f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}"
    yield "{'descr': 'O', 'fortran_order': False, 'shape': (1,)}"
    yield "{" * 9999


def test_arrays_with_a_header_that_is_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for header in headers():
        text = header.encode() + b"\n"
        content = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(16)
        path.write_bytes(content)
        said = Outcome(2, "", "diffcalc: a.npy is not an array of numbers as numpy saves it\n")
        assert run("points", "x", str(path)) == said, header[:99]
        assert run("descend", "w*sum(x)", "--from", "w=1", "--data", f"x={path}") == said
        piped = Outcome(2, "", said.err.replace("a.npy", "standard input"))
        assert run("points", "x", "-", stdin=content) == piped, header[:99]


def test_what_never_ends_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 500_000)
    monkeypatch.setattr(chunks, "MOST_BYTES", 500_000)
    monkeypatch.setattr(source, "MOST_KEPT", 500_000)
    fit = ["descend", "mean(w*x)", "--from", "w=1", "--data", "-"]
    long = "cannot read standard input: a line is longer than 500,000 bytes\n"
    large = "standard input is longer than 500,000 bytes"
    endless = b"1" * 2_000_000
    for args, content, said in (
        (["points", "x", "-"], endless, long),
        (["points", "x", "-", "--methods"], b"x\n1\n" + endless, long),
        (fit, endless, long),
        (fit, b"x\n" + b"1\n" * 400_000, large),
        (["check", "--answers", "-"], b"expression,claim\n" + endless, long),
        (["grad", "-", "--x", "1"], b"x\n" + endless, long),
        (["points", "x", "-"], b'{"x": 1}\n{"x": ' + endless, long),
        (["points", "x", "-"], gzip.compress(endless), long),
        (["points", "x", "-"], b"\x93NUMPY" + bytes(2_000_000), large),
    ):
        shown = run(*args, stdin=content)
        assert (shown.status, said in shown.err) == (2, True), (args, shown.err)
        assert len(shown.err) < 200


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no /dev/zero here")
def test_a_file_that_never_ends_is_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 500_000)
    shown = run("points", "x", "/dev/zero")
    assert (shown.status, shown.err) == (
        2,
        "diffcalc: /dev/zero is neither text nor an array of numpy\n",
    )
    shown = run("grad", "@/dev/zero")
    assert (shown.status, shown.err) == (2, "diffcalc: /dev/zero is longer than 500,000 bytes\n")


def test_formulas_in_files_of_every_kind(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    for content in (
        "x^2".encode("utf-16"),
        gzip.compress(b"x^2\n", mtime=0),
        b"\xef\xbb\xbfx^2",
        b"# a\rx^2\r",
    ):
        path.write_bytes(content)
        assert run("grad", f"@{path}", "x=3", "--format", "value") == Outcome(0, "6\n", "")
    path.write_bytes(workbook())
    assert "f is a workbook" in run("grad", f"@{path}", "x=3").err


def test_a_name_that_no_file_can_have_is_refused(run: Run) -> None:
    for args in (
        ["certify", "\ud800"],
        ["check", "--answers", "\ud800"],
        ["points", "x", "\ud800"],
        ["report", "x^2", "x=1", "-o", "\ud800.html"],
    ):
        outcome = run(*args)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.startswith("diffcalc")


def test_what_is_no_name_is_not_shown_as_one(run: Run) -> None:
    for name in ("\x1b[31mx", "\ud800"):
        outcome = run("steps", "y^2", "--wrt", name)
        assert (outcome.status, outcome.out) == (2, "")
        assert "is not a name: names have commas between, as in x,y" in outcome.err
        assert "\x1b" not in outcome.err
