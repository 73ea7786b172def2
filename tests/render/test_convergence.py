"""The h-table: decimal points below one another, digits set apart, a block of error for a digit."""

import io

import pytest
from rich.console import Console

from diffcalc.comparison.compare import quotients
from diffcalc.comparison.partial_derivatives import StepSizes
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.render.convergence import table_of
from tests.conftest import Run


def shown(text: str, at: str, width: int = 80, *, colour: bool = False, count: int = 5) -> str:
    (found,) = quotients(read(text), read_point([at]), steps=StepSizes(count=count))
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    console.print(table_of(found, console, richardson=False))
    return stream.getvalue()


def test_points_are_aligned_and_a_bar_ends_the_digits_that_agree() -> None:
    rows = shown("3*x**2 - 4*x", "x=1").splitlines()[2:]
    assert [row.split()[1] for row in rows[:3]] == ["2.|3", "2.0|3", "2.00|29999999993"]
    assert len({row.index(".", 10) for row in rows}) == 1


def test_each_digit_of_the_error_is_a_block() -> None:
    rows = shown("exp(x)", "x=0", count=9).splitlines()[2:]
    blocks = [row.count("█") for row in rows]
    assert blocks[:7] == [8, 7, 6, 5, 4, 3, 2]
    assert blocks[8] > blocks[7]  # round-off


def test_errors_below_the_smallest_float_mark_all_digits(run: Run) -> None:
    outcome = run("limit", "x", "--x", "2", "--digits", "1000")
    assert (outcome.status, outcome.err) == (0, "")
    assert "|" not in outcome.out.split("quotient", 2)[2]


def test_with_colour_only_the_digits_that_agree_are_bold() -> None:
    row = shown("sin(x)", "x=1", colour=True).splitlines()[3]
    assert "\x1b[1;32m0.53\x1b[0m608598101187" in row
    assert "|" not in row


@pytest.mark.parametrize(("width", "left"), [(80, ["█", "order"]), (50, ["order"]), (40, [])])
def test_what_does_not_fit_goes(width: int, left: list[str]) -> None:
    text = shown("exp(x)", "x=1", width)
    assert [column for column in ("█", "order") if column in text] == left
    assert max(map(len, text.splitlines())) <= width
