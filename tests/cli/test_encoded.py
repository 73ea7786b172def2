"""Tables in any encoding, and with any header: what is kept of them comes out as it came in."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffcalc.base.encoded import encoding_named, opened, recoding
from diffcalc.base.errors import DiffcalcError
from diffcalc.render.kept import keys
from diffcalc.render.lines import csv_line
from tests.conftest import Run

MARKED = b",mark,decided,mistake,explanation,counterexample\n"
NOTE = "diffcalc: {} is not text in UTF-8: {}name its encoding, as in --encoding cp949\n"
INTACT, ESCAPED = "its bytes come out as they are; ", "other bytes are written as \\xNN; "

# Names whose bytes happen to be UTF-8 in part (철 in cp949), or to have letters and \ in them.
NAMES = {
    "cp949": ("이름", "김철수", "똠방각하"),
    "euc_kr": ("이름", "김철수", "박영희"),
    "shift_jis": ("氏名", "ソ連表", "十 能力"),
    "euc_jp": ("氏名", "山田 太郎", "ソ連表"),
    "gb18030": ("姓名", "王㐀", "李\u3000四"),
    "big5": ("姓名", "許功蓋", "林"),
    "iso8859-1": ("élève", "Zoë", "Ÿ".encode("cp1252").decode("latin-1")),
    "cp1252": ("élève", "Ÿves", "“x”"),
    "utf-8": ("이름", "Zoë", "\u202e한\u200d"),
}


def out_of(run: Run, *args: str, stdin: bytes = b"") -> tuple[bytes, str, int]:
    outcome = run(*args, stdin=stdin)
    return outcome.out.encode(errors="surrogateescape"), outcome.err, outcome.status


# -- marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("named", [True, False])
def test_the_bytes_of_answers_are_kept(run: Run, encoding: str, named: bool) -> None:
    header, first, second = (name.encode(encoding) for name in NAMES[encoding])
    table = header + b",expression,claim\n" + first + b",x^2,2x\n" + second + b",x^3,3x^2\n"
    asked = ["--encoding", encoding] if named else []
    found, said, status = out_of(run, "check", "--answers", "-", *asked, stdin=table)
    assert found == (
        header + b",expression,claim" + MARKED + first + b",x^2,2x,correct,exactly,,,\n"
        + second + b",x^3,3x^2,correct,exactly,,,\n"
    )  # fmt: skip
    assert said == ("" if named or encoding == "utf-8" else NOTE.format("standard input", INTACT))
    assert status == 0


@pytest.mark.parametrize("encoding", NAMES)
def test_json_is_utf8_and_has_the_names_where_the_encoding_is_known(
    run: Run, encoding: str
) -> None:
    header, first, _ = NAMES[encoding]
    table = f"{header},expression,claim\n{first},x^2,2x\n".encode(encoding)
    args = ("check", "--answers", "-", "--format", "json")
    found, said, _ = out_of(run, *args, "--encoding", encoding, stdin=table)
    assert json.loads(found.decode())[header] == first
    assert said == ""
    found, said, status = out_of(run, *args, stdin=table)
    if encoding != "utf-8":
        header, first = (
            text.encode(encoding).decode("ascii", "backslashreplace") for text in (header, first)
        )
        assert said == NOTE.format("standard input", ESCAPED)
    assert json.loads(found.decode())[header] == first
    assert status == 0


def test_one_cell_that_is_not_utf8_is_said_once_and_the_others_are_read(run: Run) -> None:
    table = "이름,expression,claim\n김,θ^2,2θ\n".encode() + b"\xb1\xe8,x,1\n\xb1\xe8,x,1\n"
    found, said, status = out_of(run, "check", "--answers", "-", "--format", "json", stdin=table)
    first, second, _ = map(json.loads, found.splitlines())
    assert (first["이름"], first["mark"]) == ("김", "correct")
    assert (second["이름"], second["mark"]) == ("\\xb1\\xe8", "correct")
    assert said == NOTE.format("standard input", ESCAPED)
    assert status == 0


def test_claims_are_read_in_the_encoding(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "답안.TSV"
    path.write_bytes("expression\tclaim\nθ²\t2×θ\n".encode("cp949"))
    args = ("check", "--answers", str(path), "--format", "value")
    assert out_of(run, *args, "--encoding", "ms949") == (b"correct\n", "", 0)
    assert out_of(run, *args) == (b"error\n", NOTE.format("답안.TSV", ""), 2)


def test_what_the_encoding_lacks_of_our_own_words_is_an_escape(run: Run) -> None:
    table = f"n,expression,claim\né,x,{'y' * 700}\n".encode("latin-1")
    found, _, _ = out_of(run, "check", "--answers", "-", "--encoding", "latin-1", stdin=table)
    (row,) = csv.DictReader(io.StringIO(found.decode("latin-1")))
    assert row["n"] == "é"
    assert "\\u2026 (" in row["explanation"]


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_of_several_bytes_a_character_is_recognised(run: Run, name: str) -> None:
    table = "name,expression,claim\n이름,x^2,2x\n".encode(name)
    noted = f"diffcalc: standard input is read as with --encoding {name}\n"
    found, said, status = out_of(run, "check", "--answers", "-", stdin=table)
    assert (found.decode().splitlines()[1], said, status) == (
        "이름,x^2,2x,correct,exactly,,,",
        noted,
        0,
    )
    points = "name,x\n이,3\n".encode(name)
    found, said, status = out_of(run, "points", "x^2", "-", "--keep", stdin=points)
    assert (found.decode().splitlines()[1], said, status) == ("이,3,9.0,6.0", noted, 0)
    found, _, _ = out_of(run, "check", "--answers", "-", "--encoding", name, stdin=table)
    assert found == (
        "name,expression,claim,mark,decided,mistake,explanation,counterexample\n"
        "이름,x^2,2x,correct,exactly,,,\n"
    ).encode(name)


def test_a_byte_order_mark_comes_out_where_it_is_asked_for(run: Run) -> None:
    table = "\ufeffexpression,claim\nx^2,2x\n".encode()
    found, _, _ = out_of(run, "check", "--answers", "-", stdin=table)
    assert found.startswith(b"expression,")
    found, _, _ = out_of(run, "check", "--answers", "-", "--encoding", "utf-8-sig", stdin=table)
    assert found.startswith(b"\xef\xbb\xbfexpression,")
    assert found.count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize(
    "name", ["cp99949", "rot13", "hex", "undefined", "", "a\0b", "한글", "x" * 999]
)
def test_an_encoding_that_is_none(run: Run, name: str) -> None:
    for args in (
        ("check", "--answers", "-"),
        ("grad", "x", "--points", "-"),
        ("descend", "x", "--from", "x=1", "--data", "-"),
    ):
        found, said, status = out_of(run, *args, "--encoding", name, stdin=b"x\n")
        assert (found, status) == (b"", 2)
        assert said.startswith("diffcalc: no encoding is called `")
        assert len(said.splitlines()) == 1


def test_a_table_that_is_not_in_the_encoding_is_refused_at_its_line(run: Run) -> None:
    table = "이름,expression,claim\n김,x,1\n똠,x,1\n".encode("cp949")
    for args in (("check", "--answers", "-"), ("grad", "x", "--points", "-")):
        found, said, status = out_of(run, *args, "--encoding", "euc-kr", stdin=table)
        assert (found, status) == (b"", 2)
        assert said == "diffcalc: standard input, line 3: not text in euc_kr\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("check", "x^2", "2x"), "--encoding goes with --answers"),
        (("grad", "x", "--x", "1"), "--encoding goes with --points"),
        (("grad", "x", "--points", "x.npy"), "a .npy file says itself how it is written"),
        (("descend", "x^2", "--from", "x=1"), "--encoding goes with --data"),
        (("descend", "x^2", "--from", "x=1", "--data", "y.npy"), "--encoding goes with --data"),
    ],
)
def test_an_encoding_of_nothing_is_refused(run: Run, args: tuple[str, ...], message: str) -> None:
    found, said, status = out_of(run, *args, "--encoding", "cp949")
    assert (found, status) == (b"", 2)
    assert message in said


# -- points ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("named", [True, False])
def test_the_bytes_of_points_are_kept(run: Run, tmp_path: Path, encoding: str, named: bool) -> None:
    header, first, second = (name.encode(encoding) for name in NAMES[encoding])
    out = tmp_path / "out.csv"
    table = header + b",x,,\n" + first + b",1,,\n" + second + b",2,,\n"
    asked = ["--encoding", encoding] if named else []
    args = ("grad", "x^2", "--points", "-", "--keep", "--output", str(out), *asked)
    found, said, status = out_of(run, *args, stdin=table)
    assert out.read_bytes() == (
        header + b",x,,,f,df/dx\n" + first + b",1,,,1.0,2.0\n" + second + b",2,,,4.0,4.0\n"
    )
    assert said == ("" if named or encoding == "utf-8" else NOTE.format("standard input", INTACT))
    assert (found, status) == (b"", 0)


def test_points_in_json(run: Run) -> None:
    table = "이름,x,x ,이름,이름_2\n김,1,,a,b\n".encode("cp949")
    args = ("grad", "y*2", "--points", "-", "--keep", "--format", "json", "--y", "3")
    found, said, _ = out_of(run, *args, "--encoding", "cp949", stdin=table)
    row = {"이름": "김", "x": "1", "x_2": "", "이름_3": "a", "이름_2": "b"}
    assert (json.loads(found.decode())["row"], said) == (row, "")
    found, said, _ = out_of(run, *args, stdin=table)
    assert json.loads(found.decode())["row"]["\\xc0\\xcc\\xb8\\xa7"] == "\\xb1\\xe8"
    assert said == NOTE.format("standard input", ESCAPED)


def test_of_columns_that_are_not_kept_nothing_is_said_but_of_their_names(run: Run) -> None:
    found, said, status = out_of(run, "grad", "x", "--points", "-", stdin=b"x,n\n1,\xff\n")
    assert (found, said, status) == (b"f,df/dx\n1.0,1.0\n", "", 0)
    found, said, status = out_of(run, "grad", "x", "--points", "-", stdin=b"x,\xff\n1,\xff\n")
    assert (found, status) == (b"f,df/dx\n1.0,1.0\n", 0)
    assert said == NOTE.format("standard input", "")


def test_a_number_that_is_no_text_is_named_by_its_bytes(run: Run) -> None:
    args = ("grad", "x", "--points", "-", "--methods", "--format")
    reason = "column x: `\\xb1\\xe8` is not a finite number"
    found, said, status = out_of(run, *args, "json", stdin=b"x\n\xb1\xe8\n")
    assert json.loads(found.decode())["reason"] == reason
    assert said == f"diffcalc: standard input, line 2: {reason}\n"
    found, _, _ = out_of(run, *args, "csv", stdin=b"x\n\xb1\xe8\n")
    assert found.endswith(f",{reason}\n".encode())
    assert status == 2


def test_bytes_in_an_array_are_kept(run: Run, tmp_path: Path) -> None:
    fields = [("name", "S8"), ("note", "U4"), ("x", "f8")]
    rows = [("김철수".encode("cp949"), "박\ud800", 1.0)]
    np.save(tmp_path / "in.npy", np.array(rows, dtype=fields))
    args = ("grad", "x", "--points", str(tmp_path / "in.npy"), "--keep")
    found, said, _ = out_of(run, *args)
    kept = "김철수".encode("cp949") + b"," + "박\ud800".encode(errors="surrogatepass")
    assert found == b"name,note,x,f,df/dx\n" + kept + b",1.0,1.0,1.0\n"
    assert said == NOTE.format("in.npy", INTACT)
    found, _, _ = out_of(run, *args, "--format", "json")
    assert json.loads(found.decode())["row"]["name"] == "\\xb1\\xe8\\xc3\\xb6\\xbc\\xf6"


def test_data_with_names_in_another_encoding(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes("이름,x,y\n김,1,2\n박,2,4\n".encode("cp949"))
    args = ("descend", "mse(y, w*x)", "--from", "w=2", "--data", str(path), "--format", "value")
    assert out_of(run, *args, "--encoding", "cp949") == (b"2\n", "", 0)
    assert out_of(run, *args) == (b"2\n", NOTE.format("d.csv", ""), 0)


# -- columns ---------------------------------------------------------------------------------------


def marked(run: Run, table: str, style: str) -> str:
    outcome = run("check", "--answers", "-", "--format", style, stdin=table)
    assert (outcome.err, outcome.status) == ("", 0)
    return outcome.out


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("note,note,expression,claim", "A,B,x^2,2x"),  # the same name twice
        ("expression,claim,,", "x^2,2x,,"),  # what spreadsheets leave at the end
        (",expression,,claim,", "1,x^2,2,2x,3"),
        ("note,expression,note,claim,note,note_2", "A,x^2,B,2x,C,D"),
        ("rule,mark,expression,derivative,claim,variable,correct", "r,7,x^2,d,2x,v,yes"),
        ("explanation,expression,counterexample,claim", "why,x^2,none,2x"),
        (" name , expression ,claim ", " ann ,x^2, 2x"),  # blanks
        ('"last, first",expression,claim', '"Kim, 철수",x^2,2x'),
        ('"a ""b""",[bold]c[/bold],expression,claim', '"""q""",[red],x^2,2x'),
        ('"two\nlines",expression,claim', '"a\nb",x^2,2x'),
        ('"two\r\nlines",expression,claim', '"a\r\nb",x^2,2x'),
        ("=SUM(A1),expression,claim", "@cmd|' /C calc'!A0,x^2,2x"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_each_cell_stays_in_its_column(run: Run, header: str, row: str, ending: str) -> None:
    found = marked(run, f"{ending}{header}{ending}{ending}{row}{ending}", "csv")
    assert found == f"{header}{MARKED.decode()}{row},correct,exactly,,,\n"
    # TSV has the same cells.
    given, tabbed = (
        list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        for text, delimiter in ((found, ","), (marked(run, f"{header}\n{row}\n", "tsv"), "\t"))
    )
    assert given == tabbed
    # So has JSON, and our own keys are ours.
    content = json.loads(marked(run, f"{header}\n{row}\n", "json"))
    assert list(content.values())[: len(given[1]) - 5] == given[1][:-5]
    assert (content["mark"], content["variable"], content["derivative"]) == ("correct", "x", "2*x")
    assert content["rule"] is content["explanation"] is content["counterexample"] is None


def test_half_of_a_line_end_does_not_break_a_line(run: Run) -> None:
    found = marked(run, 'name,expression,claim\n"a\rb",x^2,2x\n', "csv")
    assert list(csv.reader(io.StringIO(found, newline="")))[1][:4] == [
        "a\rb",
        "x^2",
        "2x",
        "correct",
    ]
    assert marked(run, found, "csv") == found


def test_a_header_alone_and_no_more_columns_than_needed(run: Run) -> None:
    assert marked(run, "claim,expression\n", "csv").encode() == b"claim,expression" + MARKED
    assert marked(run, "claim,expression\n", "json") == ""
    outcome = run("check", "--answers", "-", stdin="expression\nx\n")
    assert "the answers have no column claim" in outcome.err
    outcome = run("check", "--answers", "-", stdin="expression,claim,wrt,wrt\nx*y,y,x,y\n")
    assert "the answers have more than one column wrt" in outcome.err


def test_rows_of_other_lengths_keep_the_marks_in_their_columns(run: Run) -> None:
    table = "name,expression,claim,,\nann,x^2,2x\nbob,x^2,2x,,,more\ncid,x^2,2x,,\n"
    outcome = run("check", "--answers", "-", stdin=table)
    found = list(csv.reader(io.StringIO(outcome.out)))
    assert [len(row) for row in found] == [10] * 4
    assert [row[5] for row in found] == ["mark", "error", "error", "correct"]
    assert [row[8] for row in found][1:3] == [
        "line 2: 3 cells, but 5 columns",
        "line 3: 6 cells, but 5 columns",
    ]
    assert outcome.status == 2


def test_only_the_columns_of_an_earlier_marking_are_replaced(run: Run) -> None:
    table = "mark,expression,claim,decided,\n7,x^2,2x,yes,\n"
    once = marked(run, table, "csv")
    assert (
        once
        == "mark,expression,claim,decided," + MARKED.decode() + "7,x^2,2x,yes,,correct,exactly,,,\n"
    )
    assert marked(run, once, "csv") == once
    # In a spreadsheet a column was added behind them.
    wider = "".join(
        f"{text},{more}\n" for text, more in zip(once.splitlines(), ("seen", "ok"), strict=True)
    )
    assert (
        marked(run, wider, "csv")
        == "mark,expression,claim,decided,,seen"
        + MARKED.decode()
        + "7,x^2,2x,yes,,ok,correct,exactly,,,\n"
    )
    assert json.loads(marked(run, wider, "json"))["mark_2"] == "7"


def test_points_may_have_columns_without_and_with_the_same_name(run: Run) -> None:
    table = 'x,n,n,,\n1,a,b,,\n2,"c,d"," e ",,\n'
    args = ("grad", "x^2", "--points", "-", "--keep")
    assert (
        run(*args, stdin=table).out == 'x,n,n,,,f,df/dx\n1,a,b,,,1.0,2.0\n2,"c,d", e ,,,4.0,4.0\n'
    )
    found = run(*args, "--format", "json", stdin=table).out.splitlines()
    assert json.loads(found[1])["row"] == {"x": "2", "n": "c,d", "n_2": " e ", "": "", "_2": ""}
    outcome = run(*args, stdin="x,θ,theta, x\n1,2,3,4\n")
    assert (outcome.status, outcome.err) == (2, "diffcalc: standard input has two columns x\n")
    outcome = run("grad", "x*theta", "--points", "-", stdin="x,θ,theta\n1,2,3\n")
    assert (outcome.status, outcome.err) == (2, "diffcalc: standard input has two columns theta\n")


def test_a_header_of_points_may_have_several_lines(run: Run) -> None:
    table = '\n  \n"two\nlines", x \nA,3\nB,no\n'
    outcome = run("grad", "x^2", "--points", "-", "--keep", stdin=table)
    assert outcome.out == '"two\nlines", x ,f,df/dx\nA,3,9.0,6.0\nB,no,nan,nan\n'
    assert (
        outcome.err == "diffcalc: standard input, line 6: column x: `no` is not a finite number\n"
    )


@given(st.lists(st.text("ab_23 ", max_size=4), max_size=8))
def test_keys_are_all_different_and_only_those_that_are_taken_change(header: list[str]) -> None:
    found = keys(header, ["a", "a_2"])
    assert len({*found, "a", "a_2"}) == len(found) + 2
    names = [cell.strip() for cell in header]
    for place, (name, key) in enumerate(zip(names, found, strict=True)):
        assert (key == name) == (name not in ["a", "a_2", *names[:place]])
        assert key.startswith(name)


def test_very_many_equal_names_take_no_time() -> None:
    assert keys([""] * 100_000)[-1] == "_100000"


# -- bytes -----------------------------------------------------------------------------------------

CELLS = st.lists(st.binary(max_size=12), min_size=1, max_size=4).filter(lambda row: row != [b""])


@given(CELLS, st.sampled_from([",", "\t"]))
def test_any_bytes_in_a_cell_are_read_back(row: list[bytes], delimiter: str) -> None:
    cells = [cell.decode(errors="surrogateescape") for cell in row]
    written = (csv_line(cells, delimiter) + "\n").encode(errors="surrogateescape")
    again = written.decode(errors="surrogateescape")
    (read,) = csv.reader(io.StringIO(again, newline=""), delimiter=delimiter)
    assert [cell.encode(errors="surrogateescape") for cell in read] == row


@given(st.text(st.characters(codec="cp949"), max_size=60), st.integers(1, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stream_is_recoded_whatever_comes_at_once(tmp_path: Path, text: str, size: int) -> None:
    path = tmp_path / "text"
    path.write_bytes(text.encode("cp949"))
    found = b""
    with opened(str(path), "cp949")[0] as stream:
        while block := stream.read1(size):
            found += block
    assert found == text.encode()
    recoded = recoding(io.BytesIO(), "cp949")
    assert recoded(found) == text.encode("cp949")


def test_names_of_encodings() -> None:
    assert [encoding_named(n) for n in ("UTF8", "ms949", "EUC-KR", "sjis", "latin1")] == [
        "utf-8", "cp949", "euc_kr", "shift_jis", "iso8859-1"]  # fmt: skip
    with pytest.raises(DiffcalcError, match="no encoding is called `idk`: such as utf-8, cp949"):
        encoding_named("idk")


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ((), "\\xb1\\xe8\\x1b[31m,x,1,correct"),
        (("--encoding", "cp949"), "김\\x1b[31m,x,1,correct"),
        (("--format", "json", "--encoding", "cp949"), '{"name": "김\\u001b[31m", '),
    ],
)
def test_a_terminal_gets_no_bytes_that_are_no_text(args: tuple[str, ...], shown: str) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "diffcalc", "check", "--answers", "-", *args]
    table = "name,expression,claim\n김\x1b[31m,x,1\n".encode("cp949")
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.PIPE, env=environment
    ) as process:
        _, said = process.communicate(table)
    os.close(theirs)
    printed = os.read(ours, 10_000).decode()
    os.close(ours)
    assert shown in printed
    assert "\x1b" not in printed
    assert said.decode() == ("" if args else NOTE.format("standard input", ESCAPED))
