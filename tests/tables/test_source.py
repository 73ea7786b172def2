"""Data from files: columns, matrices, and what is wrong with them, said by place."""

from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.tables.opening import DataError, Written
from diffcalc.tables.source import Data


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(content: str | bytes, name: str = "d.csv") -> str:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2\n3,-4e-1\n",
        "x,y\r\n1,2\r\n3,-.4\r\n",
        "\ufeffx,y\n1,2\n3,-0.4",
        ' x , y \n\n1, 2\n\n"3"," -0.4 "\n',
    ],
)
def test_columns(content: str) -> None:
    data = Data(written(content))
    assert data.names == ["x", "y"]
    found = data.read({"x", "y", "z"})
    assert {name: column.tolist() for name, column in found.items()} == {
        "x": [1, 3],
        "y": [2, -0.4],
    }


def test_only_the_columns_asked_for_are_read() -> None:
    data = Data(written("name,x,y\na,1,\nb,2,?\n"))
    assert data.read(["x"])["x"].tolist() == [1, 2]
    assert data.read(["x"])["x"].tolist() == [1, 2]  # and again
    assert data.read(["z"]) == {}
    with pytest.raises(
        DataError, match=r"^d\.csv, line 2, column name: `a` is not a finite number$"
    ):
        data.read(["name"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\n1,2\n3,abc\n", "d.csv, line 3, column y: `abc` is not a finite number"),
        ("x,y\n1,2\n\n\n3,\n", "d.csv, line 5, column y: a number is missing"),
        ('"x\n",y\n1,?\n', "d.csv, line 3, column y: `?` is not a finite number"),
        ("x,y\n1,1_000\n", "d.csv, line 2, column y: `1_000` is not a finite number"),
        ("x,y\n1,nan\n", "d.csv, line 2, column y: `nan` is not a finite number"),
        ("x,y\n1,-inf\n", "d.csv, line 2, column y: `-inf` is not a finite number"),
        ("x,y\n1,1e999\n", "d.csv, line 2, column y: `1e999` is not a finite number"),
        ("x,y\n1,2\n3\n", "d.csv, line 3: 1 cell, but 2 columns"),
        ("x,y\n1,2,3\n", "d.csv, line 2: 3 cells, but 2 columns"),
        ("x,y\n1,\x1b[31m\n", "d.csv, line 2, column y: `\\x1b[31m` is not a finite number"),
        ("x,y\n", "d.csv has no rows of numbers"),
        ("", "d.csv is empty"),
        ("\n\n", "d.csv is empty"),
        ("x,x\n1,2\n", "d.csv has two columns x"),
        ("1,2\n3,4\n", "the first line of d.csv does not name the columns: for a matrix without names: --data X=FILE"),
        (b"x,y\n1,\xff\xfe\n", "d.csv, line 2, column y: `\\xff\\xfe` is not a finite number"),
        (b"\xff\xfex\0,\0y\0", "d.csv has no rows of numbers"),
        (b"\0\1\2\3", "d.csv is neither text nor an array of numpy"),
        ('x,y\n1,2\n"3,4\n5,6\n', "d.csv, line 3: a quote is opened here and never closed"),
        ('"x,y\n1,2\n', "d.csv, line 1: a quote is opened here and never closed"),
        ("x,y\n1," + "2" * 200_000, "d.csv, line 2: a cell is longer than 131,072 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_place(content: str | bytes, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        Data(written(content)).read(["x", "y"])
    assert str(caught.value) == message


def test_large_numbers_are_not_taken_for_infinite() -> None:
    data = Data(written("x,y\n1e308,1e308\n"))
    assert data.read(["x", "y"])["y"].tolist() == [1e308]


@pytest.mark.parametrize("header", ["", "u,v,w\n", "a,a,a\n"])
def test_a_matrix_with_and_without_a_header(header: str) -> None:
    data = Data("X=" + written(header + "1,2,3\n4,5,6\n"))
    assert data.names == ["X"]
    assert data.read(["X"])["X"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert data.read(["Y"]) == {}


def test_tabs() -> None:
    assert Data(written("x\ty\n1\t2\n", "d.tsv")).read(["y"])["y"].tolist() == [2]


def test_numpy_arrays() -> None:
    np.save("m.npy", np.array([[1, 2], [3, 4]], dtype=np.int16))
    assert Data("X=m.npy").read(["X"])["X"].tolist() == [[1, 2], [3, 4]]
    named = np.array(
        [(1.5, 2, b"a"), (2.5, 3, b"b")], dtype=[("x", "f4"), ("y", "i8"), ("s", "S1")]
    )
    np.save("n.npy", named)
    data = Data("n.npy")
    assert data.names == ["x", "y", "s"]
    assert {n: v.tolist() for n, v in data.read(["x", "y"]).items()} == {
        "x": [1.5, 2.5],
        "y": [2, 3],
    }
    with pytest.raises(DataError, match=r"n\.npy holds \|S1, not numbers"):
        data.read(["s"])


def test_numpy_files_that_are_none() -> None:
    np.save("m.npy", np.array([1, np.nan]))
    np.save("o.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.savez("z.npz", a=np.ones(2))
    Path("z.npz").rename("z.npy")
    for given, message in {
        "X=m.npy": "m.npy holds a number that is not finite",
        "m.npy": "m.npy does not name its columns: for a matrix: --data X=m.npy",
        "X=o.npy": "o.npy is not an array of numbers as numpy saves it",
        "X=z.npy": "z.npy holds several arrays: save one as .npy",
        "X=" + written("x,y\n1,2\n", "t.npy"): "t.npy is not an array of numbers as numpy saves it",
        "X=none.npy": "cannot read none.npy: No such file or directory",
        "X=/": "cannot read /: Is a directory",
    }.items():
        data = Data(given)
        with pytest.raises(DataError) as caught:
            data.read(data.names)
        assert str(caught.value) == message


def test_columns_of_words_do_no_harm_in_any_encoding_and_under_any_name() -> None:
    data = Data(written("이름,x,,,x y\n김철수,1,,,\n박,2,,,\n".encode("cp949")))
    assert data.read(data.names[1:2])["x"].tolist() == [1, 2]


def test_a_table_in_another_encoding() -> None:
    text = "μ;σ\n1;2\n".replace(";", ",")
    assert Data(written(text.encode("utf-16")), Written("utf-16")).read(["μ"])["μ"].tolist() == [1]
    assert Data(written(text.encode("iso8859-7")), Written("iso8859-7")).names == ["μ", "σ"]
    with pytest.raises(DiffcalcError, match=r"^d\.csv, line 2: not text in euc_kr$"):
        Data(written("x,이름\n1,똠\n".encode("cp949")), Written("euc_kr")).read(["x"])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"x\n1\n2\nq\n")))
    data = Data("-")
    with pytest.raises(DataError, match=r"^standard input, line 4, column x: `q` is not"):
        data.read(["x"])


def test_a_large_file() -> None:
    rows = np.random.default_rng(0).normal(size=(200_000, 2))
    written("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows.tolist()))
    assert np.array_equal(Data("d.csv").read(["y"])["y"], rows[:, 1])
