"""Tables of numbers as text: each number is exactly float() of its cell, and repr() of it again.

Each test runs twice: with numpy alone, and with pyarrow.
"""

import csv
import io
import itertools
import math
import os
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.base.types import FloatArray
from diffcalc.tables import arrow
from diffcalc.tables.chunks import chunks
from diffcalc.tables.kept import KeptText
from diffcalc.tables.parse import Fault, Table, number, parse
from diffcalc.tables.write import rows


@pytest.fixture(autouse=True, scope="module", params=["numpy", "pyarrow"])
def _reader(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "numpy":
            patch.setattr(arrow, "read", lambda *_: None)
            patch.setattr(arrow, "rows", lambda *_: None)
        else:
            pytest.importorskip("pyarrow")
            arrow.load()
        yield


def bits(value: float) -> bytes:
    return struct.pack("d", value)


def read_at_once(*texts: str) -> list[float] | None:
    """The column of these cells, if all are finite numbers."""
    found = parse("".join(text + "\n" for text in texts).encode(), ",", 1, [0])
    return None if found.bad or len(found.numbers) < len(texts) else found.numbers.ravel().tolist()


# Each night one more, which takes six times as long.
LONGEST = 5 if "DIFFCALC_LONG" in os.environ else 4


def assert_is_read(*texts: str) -> None:
    """That each is read as float() reads it; one beyond float64 is no number."""
    expected, found = list(map(float, texts)), read_at_once(*texts)
    if not all(map(math.isfinite, expected)):
        assert found is None
    else:
        assert found is not None
        assert list(map(bits, found)) == list(map(bits, expected))


def as_python_reads(text: str) -> float | None:
    try:
        return number(text)
    except ValueError:
        return None


def test_every_short_text_is_read_as_float_does_or_not_at_all() -> None:
    for length in range(LONGEST + 1):
        for letters in itertools.product("10+-.e", repeat=length):
            text = "".join(letters)
            found, expected = read_at_once(text), as_python_reads(text)
            if expected is None or math.isinf(expected):
                assert found is None, text
            else:
                assert found is not None, text
                assert bits(found[0]) == bits(expected), text


AWKWARD = [
    "0", "-0", "+0.0", "-0.0e5", "00.100", "5.", ".5", "-.5E+3", "1e5", "1E5", "+1", "007", "0" * 30 + "1",
    "1e308", "-1e308", "1.7976931348623157e308", "1.7976931348623158e308", "5e-324", "-5e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-400", "-1e-400", "1e400", "0e400",
    "9007199254740993", "9007199254740993.0000000000000000000000001", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551616", "0.1", "0.30000000000000004", "179769313486231580793e289",
    "1" * 400, "0." + "0" * 400 + "1e401", "1" + "0" * 350 + "e-350",
    "0." + "3" * 60, "8.5e-1", "1e22", "1e23", "6.02214076e23", "123456789012345678", "1234567890123456789",
]  # fmt: skip


def test_awkward_numbers() -> None:
    for text in AWKWARD:
        assert_is_read(text)
    finite = [text for text in AWKWARD if math.isfinite(float(text))]
    assert_is_read(*finite)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_are_read_as_they_were_written(numbers: list[float]) -> None:
    assert_is_read(*map(repr, numbers))


@given(st.floats(0, 1e308), st.sampled_from(["", "0" * 40 + "1"]))
def test_halfway_between_two_floats(value: float, behind: str) -> None:
    with localcontext(prec=1100):
        halfway = (Decimal(value) + Decimal(math.nextafter(value, math.inf))) / 2
    text = f"{halfway:f}".removesuffix(".")
    texts = [text, f"-{text}", text + ("" if "." in text else ".") + behind, f"{halfway:e}"]
    for each in texts:
        assert_is_read(each)


def test_a_million_numbers_bit_for_bit() -> None:
    random = np.random.default_rng(6)
    numbers = random.integers(-(2**63), 2**63, 500_000, dtype=np.int64).view(np.float64)
    numbers = np.concatenate([numbers[np.isfinite(numbers)], random.random(500_000)])
    text = rows(numbers[:, np.newaxis], ",")
    assert parse(text, ",", 1, [0]).numbers.tobytes() == numbers.tobytes()


def test_an_array_of_numbers_lies_in_memory_row_by_row() -> None:
    assert parse(b"1,2\n3,4\n", ",", 2, [0, 1]).numbers.flags.c_contiguous


@given(st.integers(1, 10**19), st.integers(-345, 310))
def test_digits_and_exponents_that_no_repr_has(digits: int, exponent: int) -> None:
    texts = [f"{digits}e{exponent}", f"0.{digits}e{exponent}", f"-{digits}.{digits}E{exponent}"]
    for text in texts:
        assert_is_read(text)


@given(st.lists(st.tuples(st.integers(-(2**53), 2**53), st.integers(-22, 22)), min_size=1))
def test_few_digits(numbers: list[tuple[int, int]]) -> None:
    exponents = [f"{digits}e{power}" for digits, power in numbers]
    plain = [f"{Decimal(digits).scaleb(-abs(power)):f}" for digits, power in numbers]
    for texts in (exponents, plain):
        assert_is_read(*texts)


@pytest.mark.parametrize("text", [f"{2**53 + 1}e-22", f"{2**53 + 3}e22", "1e-23", "3e23"])
def test_a_digit_more(text: str) -> None:
    assert_is_read(text, f"-{text}")


def row_by_row(text: str, delimiter: str, columns: int, places: Sequence[int]) -> Table:
    """What `parse` gives, said in other words."""
    numbers, lines, bad = [], [], {}
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 0
    for row in reader:
        line, first = reader.line_num, line + 1
        if not row:
            continue
        found = [as_python_reads(cell) for cell in row]
        picked = [found[p] for p in places] if len(row) == columns else [None]
        good = all(value is not None and math.isfinite(value) for value in picked)
        if not good:
            bad[len(lines)] = Fault(None, "")
        numbers.append(picked if good else [math.nan] * len(places))
        lines.append(first)
    return Table(np.array(numbers, dtype=float).reshape(-1, len(places)), lines, bad)


def assert_same(found: Table, numbers: object, lines: Sequence[int]) -> None:
    np.testing.assert_array_equal(found.numbers, numbers, strict=isinstance(numbers, np.ndarray))
    assert list(found.lines) == list(lines)


def last(rows: Iterable[list[str]]) -> list[str]:
    return deque(rows, 1)[0]


@given(st.text("10.e+-_ \n\r,\"'x٣\u00a0"), st.integers(1, 3), st.sampled_from([[0], [-1, 0]]))
def test_any_text_is_read_as_the_csv_module_has_it(
    text: str, columns: int, places: list[int]
) -> None:
    places = [place % columns for place in places]
    # An open quote is closed, as the csv module takes it.
    text += '"' * ("\n\0" in "".join(last(csv.reader(io.StringIO(text + "\n\0", newline="")))))
    found, expected = (
        f(t, ",", columns, places) for f, t in ((parse, text.encode()), (row_by_row, text))
    )  # type: ignore[operator]
    assert_same(found, expected.numbers, expected.lines)
    assert found.bad.keys() == expected.bad.keys()


@given(
    st.lists(
        st.tuples(*[st.sampled_from(["1", "-2.5e3", ".5", "", "x", "\u00e9"])] * 3), min_size=1
    )
)
def test_any_columns_are_read_in_any_order(table: list[tuple[str, ...]]) -> None:
    text = "".join("\t".join(row) + "\r\n" for row in table)
    for places in ([0], [2], [2, 0], [0, 1, 2], [1, 1], [2, 1, 0]):
        found = parse(text.encode(), "\t", 3, places)
        assert_same(found, row_by_row(text, "\t", 3, places).numbers, range(1, len(table) + 1))


@pytest.mark.parametrize(
    ("text", "numbers", "lines"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]], [1, 2]),
        ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]], [1, 2]),
        ("1,2\n3,4", [[1, 2], [3, 4]], [1, 2]),
        ("\n1,2\n\r\n3,4\n\n", [[1, 2], [3, 4]], [2, 4]),
        ("0e99999999999999999999,1e-99999999999999999999\n", [[0, 0]], [1]),
        (" 1 ,\t2\n+3,4e0", [[1, 2], [3, 4]], [1, 2]),
        ('"1",2\n3,"4\n"\n5,6\n', [[1, 2], [3, 4], [5, 6]], [1, 2, 4]),
        ("", np.empty((0, 2)), []),
        ("\n\n", np.empty((0, 2)), []),
    ],
)
def test_rows_and_their_lines(text: str, numbers: object, lines: list[int]) -> None:
    found = parse(text.encode(), ",", 2, [0, 1])
    assert_same(found, numbers, lines)
    assert found.bad == {}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        *((cell, f"`{cell}` is not a finite number") for cell in ("abc", "nan", "-inf", "1e999", "1e99999999999999999999", "1_000", "٣", "0x10", "1.2.3", "1 2", "--1", "1e", "+", "\ufeff1")),
        ("", "a number is missing"),
        ("  ", "a number is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_cell(cell: str, reason: str) -> None:
    found = parse(f"1,2\n3,{cell}\n5,6\n".encode(), ",", 2, [0, 1])
    assert found.bad == {1: Fault(1, reason)}
    assert_same(found, [[1, 2], [math.nan, math.nan], [5, 6]], [1, 2, 3])


def test_what_is_wrong_with_a_row() -> None:
    found = parse(b"1,2\n3\n\n4,5,6\n\xff,7\n8,\xff\n", ",", 2, [1])
    assert found.bad == {
        1: Fault(None, "1 cell, but 2 columns"),
        2: Fault(None, "3 cells, but 2 columns"),
        4: Fault(1, "`\\xff` is not a finite number"),
    }
    assert_same(found, [[2], [math.nan], [math.nan], [7], [math.nan]], [1, 2, 4, 5, 6])


def test_a_quote_that_is_never_closed_spoils_its_own_line() -> None:
    for rest in (b"", b"7,8\n" * 50_000):
        found = parse(b'1,2\n3,"4\n5,6\n' + rest + b"x,8\n9,10\n", ",", 2, [0, 1])
        assert found.bad[1] == Fault(None, "a quote is opened here and never closed")
        assert found.numbers[[0, 2, -1]].tolist() == [[1, 2], [5, 6], [9, 10]]
        assert list(found.lines) == list(range(1, len(found.lines) + 1))
    # One that another row closes is told by its own line too.
    found = parse(b'1,2\n3,"4\n5,6\n7,"8"\n9,10\n', ",", 2, [0, 1])
    assert (list(found.bad), list(found.lines)) == ([1], [1, 2, 5])
    # So is one whose cell is longer than any, and each of very many.
    found = parse(b'1,"' + b"2,3\n" * 50_000, ",", 2, [0, 1])
    assert (list(found.bad), len(found.numbers)) == ([0], 50_000)
    found = parse(b'x"y,"z\n' * 20_000, ",", 2, [0, 1])
    assert len(found.bad) == 20_000


def test_rows_of_nothing_but_a_character_without_a_shape() -> None:
    found = parse(b'1\n\0\n"2"\n\0\n', ",", 1, [0])
    assert (list(found.bad), list(found.lines)) == ([1, 3], [1, 2, 3, 4])
    assert list(parse(b'1\n"2\n\0\n', ",", 1, [0]).bad) == [1, 2]


def test_a_cell_without_end_is_told_by_its_line() -> None:
    found = parse(b"1,2\n3,4" + b"5" * 140_000 + b"\n6,7\n", ",", 2, [0, 1])
    assert found.bad == {1: Fault(None, "a cell is longer than 131,072 characters")}
    assert_same(found, [[1, 2], [math.nan, math.nan], [6, 7]], [1, 2, 3])


@pytest.mark.parametrize("other", ["", ",a.b", ',"a;b"'])
def test_decimal_commas(other: str) -> None:
    text = f"1,5;-2{other}\n,25;3,5e2{other}\n1.5;1.000,5{other}\n"
    found = parse(
        text.replace(other, other.replace(",", ";")).encode(), ";", 2 + bool(other), [0, 1], ","
    )
    assert found.numbers[:2].tolist() == [[1.5, -2], [0.25, 350]]
    assert found.bad == {2: Fault(0, "`1.5` has a .: add --decimal . if that is right")}
    assert parse(b"1,5;2\n", ";", 2, [0], ".").bad == {
        0: Fault(0, "`1,5` has a ,: add --decimal , if that is right")
    }


@given(st.lists(st.lists(st.floats(), min_size=2, max_size=2)), st.sampled_from(",\t"))
def test_rows_are_reprs(matrix: list[list[float]], delimiter: str) -> None:
    expected = "".join(f"{x!r}{delimiter}{y!r}\n" for x, y in matrix)
    assert rows(np.array(matrix).reshape(-1, 2), delimiter) == expected.encode()


def test_a_million_numbers_of_every_size_are_written_as_repr_has_them() -> None:
    random = np.random.default_rng(3)
    kinds = [
        random.random(200_000),
        random.integers(-(10**6), 10**6, 200_000).astype(np.float64),
        *(
            random.standard_normal(400_000) * 10.0 ** random.integers(-k, k, 400_000)
            for k in (20, 300)
        ),
        *(np.nextafter(10.0**k, [0, np.inf]) for k in range(-20, 20)),
        10.0 ** np.arange(-320, 309),
    ]
    numbers = np.concatenate([*kinds, np.negative(np.concatenate(kinds))])
    text = rows(numbers.reshape(-1, 1), ",")
    assert text == "".join(f"{number!r}\n" for number in numbers.tolist()).encode()


def test_rows_with_other_cells_before() -> None:
    matrix: FloatArray = np.array([[1, -0.0], [math.nan, -math.inf]])
    assert rows(matrix, ",") == b"1.0,-0.0\nnan,-inf\n"
    # As they are where no cell has quotes and the delimiter is the same, and else cell by cell.
    for text, verbatim in ((b"a\tb\n\tc\n", b"a\tb\n\tc\n"), (b'a\t"b"\n\tc\n', None)):
        kept = KeptText(text, "\t", ".", ["p", "q"], verbatim)
        expected = b"a\tb\t1.0\t-0.0\n\tc\tnan\t-inf\n"
        assert rows(matrix, "\t", kept, lambda row: "\t".join(row).encode()) == expected
        expected = expected.replace(b"\t", b",")
        assert rows(matrix, ",", kept, lambda row: ",".join(row).encode()) == expected
    assert rows(np.empty((0, 3)), ",") == b""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"\n", [(2, b"\n")]),
        (b"ab\ncd\nef", [(2, b"ab\n"), (3, b"cd\n"), (4, b"ef")]),
        (b"a\nb\nc\n", [(2, b"a\nb\n"), (4, b"c\n")]),
        (b"a\nbcd\ne\n", [(2, b"a\n"), (3, b"bcd\ne\n")]),
        (b'a\n"b\nc"\nd\n', [(2, b"a\n"), (3, b'"b\nc"\n'), (5, b"d\n")]),
        (b"abcdefghij\nk\n", [(2, b"abcdefghij\n"), (3, b"k\n")]),
        (b'"""\n","\n"\nx', [(2, b'"""\n","\n"\n'), (5, b"x")]),
    ],
)  # fmt: skip
def test_chunks(text: bytes, expected: list[tuple[int, bytes]]) -> None:
    assert list(chunks(io.BytesIO(text), line=2, size=4)) == expected


@given(st.text('a",\n'), st.integers(1, 9))
def test_chunks_are_the_whole_and_never_end_in_a_quoted_cell(text: str, size: int) -> None:
    found = list(chunks(io.BytesIO(text.encode()), size=size))
    assert b"".join(chunk for _, chunk in found) == text.encode()
    for line, chunk in found:
        before = text.encode()[: sum(len(c) for n, c in found if n < line)]
        assert line == 1 + before.count(b"\n")
        assert chunk is found[-1][1] or (chunk.endswith(b"\n") and chunk.count(b'"') % 2 == 0)


def test_a_single_quote_does_not_make_one_chunk_of_all_that_follows() -> None:
    text = b'5" pipe,1\n' + b"x,2\n" * 200_000
    found = list(chunks(io.BytesIO(text), size=50_000))
    assert b"".join(chunk for _, chunk in found) == text
    assert max(len(chunk) for _, chunk in found) <= 200_000


def test_chunks_of_a_file_are_as_large_as_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"x,y\n" + b"12,345\n" * 100_000)
    with path.open("rb") as file:
        file.readline()
        sizes = [len(chunk) for _, chunk in chunks(file, line=2, size=100_000)]
    assert sum(sizes) == 700_000
    assert len(sizes) <= 10


def test_chunks_of_a_pipe_come_as_they_are_written() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as stream, open(writing, "wb", buffering=0) as file:
        found = chunks(stream)
        file.write(b"1\n2\n3")
        assert next(found) == (1, b"1\n2\n")
        file.write(b"4\n")
        assert next(found) == (3, b"34\n")
