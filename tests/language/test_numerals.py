"""Numbers in the notation of other languages and other people: never another number in silence."""

import pytest

from diffcalc.base.errors import DiffcalcError, LimitError, ReadError
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from tests.conftest import Run


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        # Other bases.
        ("0x10", "it is not clear what `0x10` is: write 16 for the number, or 0*x10\n  0x10\n  ^"),
        ("x + 0x10", "it is not clear what `0x10` is: write 16 for the number, or 0*x10\n  x + 0x10\n      ^"),
        ("0X1F*x", "it is not clear what `0X1F` is: write 31 for the number\n  0X1F*x\n  ^"),
        ("0xff", "it is not clear what `0xff` is: write 255 for the number\n  0xff\n  ^"),
        ("0b11", "it is not clear what `0b11` is: write 3 for the number, or 0*b11\n  0b11\n  ^"),
        ("0B_11", "it is not clear what `0B_11` is: write 3 for the number, or 0*B_11\n  0B_11\n  ^"),
        ("sin(0o17)", "it is not clear what `0o17` is: write 15 for the number, or 0*o17\n  sin(0o17)\n      ^"),
        ("007", "`007` begins with 0: write 7\n  007\n  ^"),
        ("x^010", "`010` begins with 0: write 10, or 8 for the octal number\n  x^010\n    ^"),
        ("09x", "`09` begins with 0: write 9\n  09x\n  ^"),
        # Exponents.
        ("1d5", "it is not clear what `1d5` is: write 1e5 for the number, or 1*d5\n  1d5\n  ^"),
        ("2.5D0*x", "it is not clear what `2.5D0` is: write 2.5e0 for the number, or 2.5*D0\n  2.5D0*x\n  ^"),
        ("3x10^8", "it is not clear what `3x10` is: write 3*10^8, or 3*x10^8\n  3x10^8\n  ^"),
        ("6.02x10**-23", "it is not clear what `6.02x10` is: write 6.02*10**-23, or 6.02*x10**-23\n  6.02x10**-23\n  ^"),
        ("3X10⁸y", "it is not clear what `3X10` is: write 3*10⁸, or 3*X10⁸\n  3X10⁸y\n  ^"),
        ("3 x 10^8", "an operator is missing before this number: write 3*10^8 or 3*x*10^8\n  3 x 10^8\n      ^"),
        ("1e", "`1e` is half a number: write 1*e, or 1e5 for a power of ten\n  1e\n  ^"),
        ("2e3e", "`2e3e` is half a number: write 2e3*e, or 1e5 for a power of ten\n  2e3e\n  ^"),
        ("1e5.5", "`1e5.5` is not a number\n  1e5.5\n  ^"),
        # Groups of digits, and commas.
        ("1_00x", "unexpected character _ (low line): write 100 for 1_00\n  1_00x\n   ^"),
        ("x + 1_0_0", "unexpected character _ (low line): write 100 for 1_0_0\n  x + 1_0_0\n       ^"),
        ("1'000", "unexpected character ' (apostrophe): write 1000 for 1'000\n  1'000\n   ^"),
        ("1’000’000*x", "unexpected character ’ (right single quotation mark): write 1000000 for 1’000’000\n  1’000’000*x\n   ^"),
        ("1 000", "two numbers without an operator between them: write 1000 for 1 000\n  1 000\n    ^"),
        ("12 345 678x", "two numbers without an operator between them: write 12345678 for 12 345 678\n  12 345 678x\n     ^"),
        ("2 3", "two numbers without an operator between them\n  2 3\n    ^"),
        ("1,5", "a comma outside a function's arguments: write 1.5 for 1,5\n  1,5\n   ^"),
        ("2,75x", "a comma outside a function's arguments: write 2.75 for 2,75\n  2,75x\n   ^"),
        ("1,000", "a comma outside a function's arguments: write 1000 for 1,000, or 1.000\n  1,000\n   ^"),
        ("1,000,000", "a comma outside a function's arguments: write 1000000 for 1,000,000\n  1,000,000\n   ^"),
    ],
)  # fmt: skip
def test_a_number_of_another_notation_is_asked_for(typed: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(typed)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("0x", "0*x"),
        ("0x + 1", "0*x + 1"),
        ("0b2", "0*b2"),
        ("0o9", "0*o9"),
        ("1e5x", "1e5*x"),
        ("1E-3x", "1e-3*x"),
        ("1e05", "1e05"),
        ("00.5", "0.5"),
        ("0.50", "0.5"),
        ("2d-3", "2*d - 3"),
        ("1j", "1*j"),
        ("3x10", "3*x10"),
        ("3x10 + x^2", "3*x10 + x**2"),
        ("2x1 + 3x2", "2*x1 + 3*x2"),
        ("0 x10", "0*x10"),
    ],
)
def test_what_is_no_number_elsewhere_is_a_product(typed: str, shown: str) -> None:
    assert read(typed) == read(shown)


@pytest.mark.parametrize(
    ("typed", "name"), [("0x10", "x10"), ("0b11", "b11"), ("1d5", "d5"), ("3x10^8", "x10")]
)
def test_with_a_value_the_name_is_a_variable(typed: str, name: str) -> None:
    assert read(typed, declared=[name]).variables == (name,)


def test_a_letter_behind_a_number_is_no_suffix() -> None:
    for typed in ("1L", "1f", "0.5f"):
        (letter,) = {character for character in typed if character.isalpha()}
        assert str(read(typed, declared=[letter])) == f"{typed[:-1]}*{letter}"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("0x10", "it is not clear what `0x10` is: write 16 for the number, or 0*x10\n  x=0x10\n    ^"),
        ("0b11,2", "it is not clear what `0b11` is: write 3 for the number, or 0*b11\n  x=0b11,2\n    ^"),
        ("1_00", "unexpected character _ (low line): write 100 for 1_00\n  x=1_00\n     ^"),
        ("1'000", "unexpected character ' (apostrophe): write 1000 for 1'000\n  x=1'000\n     ^"),
        ("1 000", "two numbers without an operator between them: write 1000 for 1 000\n  x=1 000\n      ^"),
        ("1,000", "`000` begins with 0: write 1000 for 1,000\n  x=1,000\n      ^"),
        ("[[12,050],[1,2]]", "`050` begins with 0: write 12050 for 12,050\n  x=[[12,050],[1,2]]\n         ^"),
        ("1,2,010", "`010` begins with 0: write 10, or 8 for the octal number\n  x=1,2,010\n        ^"),
        ("007", "`007` begins with 0: write 7\n  x=007\n    ^"),
        ("-007", "`007` begins with 0: write 7\n  x=-007\n    ^"),
        ("1d5", "it is not clear what `1d5` is: write 1e5 for the number, or 1*d5\n  x=1d5\n    ^"),
        ("3x10^8", "it is not clear what `3x10` is: write 3*10^8, or 3*x10^8\n  x=3x10^8\n    ^"),
        ("1e", "`1e` is half a number: write 1*e, or 1e5 for a power of ten\n  x=1e\n    ^"),
        ("1.2.3", "`1.2.3` is not a number\n  x=1.2.3\n    ^"),
    ],
)  # fmt: skip
def test_values_are_read_as_expressions_are(value: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read_point([f"x={value}"])
    assert str(caught.value) == message


def test_numbers_with_commas_that_are_vectors() -> None:
    point = read_point(["x=1,5", "y=1,234", "z=0,0.5,00.5"])
    assert [list(values.floats) for values in point.values()] == [[1, 5], [1, 234], [0, 0.5, 0.5]]


@pytest.mark.parametrize(
    "args",
    [
        ("grad", "x^2", "--x", "0x10"),
        ("grad", "x^2", "--at", "x=0x10"),
        ("grad", "x^2", "x=1,2", "--gradient", "1,0x10"),
        ("grad", "b^2", "--let", "b=0x10*a", "a=1"),
        ("scan", "abs(x)", "--x=0:0x10"),
        ("check", "x^2", "2x + 0x10"),
        ("descend", "x^2", "--from", "x=0x10"),
        ("implicit", "x^2 + y^2 = 0x10", "x=0", "y=4"),
    ],
)
def test_wherever_a_number_is_read(run: Run, args: tuple[str, ...]) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out) == (2, "")
    assert "it is not clear what `0x10` is: write 16 for the number, or 0*x10" in outcome.err


@pytest.mark.parametrize("option", ["--start", "--factor", "--count", "--order", "--timeout"])
@pytest.mark.parametrize("value", ["0x10", "1,5", "1d5", "1'000", "1e"])
def test_options_take_no_other_notation(run: Run, option: str, value: str) -> None:
    outcome = run("limit", "x^2", "--x", "1", option, value)
    assert (outcome.status, outcome.out) == (2, "")
    # --timeout is named with its environment variable too.
    assert f"'{option}'" in outcome.err.partition(": ")[2]
    assert f": {value!r} is not" in outcome.err


@pytest.mark.parametrize("number", ["5e-324", "1.7976931348623157e308", "4.9e-324", "0e400"])
def test_every_float64_can_be_written(number: str) -> None:
    assert read(f"{number}*x")(x=1.0) == float(number)


@pytest.mark.parametrize("number", ["1e-325", "1.8e308", "1e309", "1e99999999999", "0e9999999"])
def test_what_no_float64_is_near_is_refused(number: str) -> None:
    with pytest.raises(LimitError, match="beyond what a float64 can hold"):
        read(f"{number}*x")
