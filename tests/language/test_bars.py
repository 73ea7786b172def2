"""Bars: which open and which close, and where it is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.base.errors import LimitError, ReadError
from diffcalc.language.grammar import read
from tests.conftest import Run
from tests.texts import refusal


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("||x||", "norm(x)"),
        ("‖x‖", "norm(x)"),
        ("|| x ||", "norm(x)"),
        ("∥x∥", "norm(x)"),
        ("∣x∣", "abs(x)"),
        ("∣∣x∣∣", "norm(x)"),
        ("2||x||", "2*norm(x)"),
        ("||x||^2", "norm(x)**2"),
        ("‖x‖²", "norm(x)**2"),
        ("||A@x - y||^2", "norm(A @ x - y)**2"),
        ("exp(-||x||^2/2)", "exp(-norm(x)**2/2)"),
        ("||x|| ||y||", "norm(x)*norm(y)"),
        ("||x||||y||", "norm(x)*norm(y)"),
        ("‖x‖‖y‖‖z‖", "norm(x)*norm(y)*norm(z)"),
        ("||x|| ||y|| ||z||", "norm(x)*norm(y)*norm(z)"),
        ("||x||||y||||z||", "norm(x)*norm(y)*norm(z)"),
        ("x||y||z", "x*norm(y)*z"),
        # A modulus in a modulus is none.
        ("||x|-1|", "abs(abs(x) - 1)"),
        ("||x| - 1|", "abs(abs(x) - 1)"),
        ("|1-|x||", "abs(1 - abs(x))"),
        ("||x|+|y||", "abs(abs(x) + abs(y))"),
        ("||x| - |y||", "abs(abs(x) - abs(y))"),
        ("||x|-||y|||", "abs(abs(x) - norm(y))"),
        ("||||x|| - 1||", "norm(norm(x) - 1)"),
        ("|-|x||", "abs(-abs(x))"),
        ("| |x| |", "abs(abs(x))"),
        ("|(|x|)|", "abs(abs(x))"),
        ("|2|x||", "abs(2*abs(x))"),
        ("|2||x|||", "abs(2*norm(x))"),
        ("‖|x|‖", "norm(abs(x))"),
        ("|‖x‖|", "abs(norm(x))"),
        # Products.
        ("|x||y|", "abs(x)*abs(y)"),
        ("|x| |y|", "abs(x)*abs(y)"),
        ("|x||y||z|", "abs(x)*abs(y)*abs(z)"),
        ("|x| |y| |z|", "abs(x)*abs(y)*abs(z)"),
        ("| x | | y | | z |", "abs(x)*abs(y)*abs(z)"),
        ("x|y|z", "x*abs(y)*z"),
        ("2|-x|", "2*abs(-x)"),
        ("|x|/|y|", "abs(x)/abs(y)"),
        ("√|x|", "sqrt(abs(x))"),
        ("exp(-|x-1|)|y|", "exp(-abs(x - 1))*abs(y)"),
        # Spaces and operators tell which is which.
        ("|x| y |z|", "abs(x)*y*abs(z)"),
        ("|x |y| z|", "abs(x*abs(y)*z)"),
        ("|x ||y|| z|", "abs(x*norm(y)*z)"),
        ("|x|+2|y|", "abs(x) + 2*abs(y)"),
        ("|x| + 2|y|", "abs(x) + 2*abs(y)"),
        ("|x|-2|y|-3|z|", "abs(x) - 2*abs(y) - 3*abs(z)"),
        ("2|-x|+|y|+3|z|", "2*abs(-x) + abs(y) + 3*abs(z)"),
        ("||a||-2||b||", "norm(a) - 2*norm(b)"),
        # Brackets and commas do, too.
        ("(|x|y)|z|", "abs(x)*y*abs(z)"),
        ("max(|x|, ||y||, 1)", "max(max(abs(x), norm(y)), 1)"),
        ("where(|x| > 1, |x|, x)", "where(abs(x) > 1, abs(x), x)"),
    ],
)
def test_bars_are_read(typed: str, shown: str) -> None:
    assert read(typed) == read(shown)


@pytest.mark.parametrize(
    ("typed", "readings", "column"),
    [
        ("|||x|||", ("norm(abs(x))", "abs(norm(x))"), 0),
        ("|x|y|z|", ("abs(x) y abs(z)", "abs(x abs(y) z)"), 2),
        ("2 + |x|y|z|", ("2 + abs(x) y abs(z)", "2 + abs(x abs(y) z)"), 6),
        ("exp(|x|y|z|)", ("abs(x) y abs(z)", "abs(x abs(y) z)"), 6),
        ("|x|3|y|", ("abs(x)*3 abs(y)", "abs(x abs(3) y)"), 2),
        ("‖x‖y‖z‖", ("norm(x) y norm(z)", "norm(x norm(y) z)"), 2),
        ("||x||y||z||", ("norm(x) y norm(z)", "abs(abs(x) abs(y) abs(z))"), 0),
        ("a|b|c|d|", ("a abs(b) c abs(d)", "a abs(b abs(c) d)"), 3),
        ("|a-2|b|-c|", ("abs(a-2 abs(b)-c)", "abs(a-2) b abs(-c)"), 4),
        ("|2||a||-1|", ("abs(2) abs(a) abs(-1)", "abs(2 norm(a)-1)"), 2),
    ],
)
def test_two_readings_are_asked_for(typed: str, readings: tuple[str, str], column: int) -> None:
    with pytest.raises(ReadError) as caught:
        read(typed)
    one, other = readings
    assert caught.value.message == "these bars can be read in two ways"
    assert caught.value.hint == f"write {one} or {other}"
    assert caught.value.column == column
    assert read(one) != read(other)


def test_a_long_formula_is_not_repeated_in_the_hint() -> None:
    with pytest.raises(ReadError) as caught:
        read("|x|y|z|" + "+ x" * 40)
    assert caught.value.hint == "write abs(…) and norm(…)"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("|x", "this bar is never closed: write |x|\n  |x\n  ^"),
        ("||x", "this bar is never closed\n  ||x\n   ^"),
        ("||x|", "this bar is never closed\n  ||x|\n  ^"),
        ("‖x", "this bar is never closed\n  ‖x\n  ^"),
        ("x|", "the expression ends too soon: write x\n  x|\n    ^"),
        ("|x||", "the expression ends too soon: write |x|\n  |x||\n      ^"),
        ("||", "the expression ends too soon\n  ||\n    ^"),
        ("|x+|", "the expression ends too soon\n  |x+|\n      ^"),
        ("|(x|)", "nothing stands before )\n  |(x|)\n      ^"),
        ("(|x", "this bar is never closed\n  (|x\n   ^"),
        ("|x, y|", "a comma outside a function's arguments\n  |x, y|\n    ^"),
        ("||x||_2", "unexpected character _ (low line): a norm is the Euclidean one: others are written sum(abs(x)) and max(abs(x))\n  ||x||_2\n       ^"),
        ("‖x‖₁", "unexpected character ₁ (subscript one): a norm is the Euclidean one: others are written sum(abs(x)) and max(abs(x))\n  ‖x‖₁\n     ^"),
    ],
)  # fmt: skip
def test_bars_that_do_not_fit(typed: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(typed)
    assert str(caught.value) == message


# -- any formula -----------------------------------------------------------------------------------

# A formula with bars, the same in words, and what it is.
Formula = tuple[str, str, str]


def in_bars(inside: Formula, sign: str, name: str) -> Formula:
    bars, words, kind = inside
    if kind == "bars":
        # |x| in bars would be written ||x||, which is another thing.
        bars, words = f"({bars})", f"({words})"
    return f"{sign}{bars}{sign}", f"{name}({words})", "bars"


def joined(left: Formula, right: Formula, operator: str) -> Formula:
    parts = []
    for bars, words, kind in (left, right):
        bracketed = kind == "sum" and operator == "*"
        parts.append((f"({bars})", f"({words})") if bracketed else (bars, words))
    (bars, words), (more_bars, more_words) = parts
    kind = "product" if operator == "*" else "sum"
    return f"{bars}{operator}{more_bars}", f"{words}{operator}{more_words}", kind


LEAVES = st.sampled_from(["x", "y1", "(z)", "2"]).map(lambda leaf: (leaf, leaf, "leaf"))
FORMULAS = st.recursive(
    LEAVES,
    lambda inside: st.one_of(
        st.builds(in_bars, inside, st.just("|"), st.just("abs")),
        st.builds(in_bars, inside, st.sampled_from(["||", "‖"]), st.just("norm")),
        st.builds(joined, inside, inside, st.sampled_from(["+", "*", " + ", " - "])),
    ),
    max_leaves=8,
)


@given(FORMULAS)
def test_what_is_read_is_what_was_meant(formula: Formula) -> None:
    bars, words, _ = formula
    message = refusal(bars)
    if message is None:
        assert read(bars) == read(words)
    else:
        assert message.startswith(("these bars can be read in two ways", "it is not clear which"))


@pytest.mark.parametrize("terms", [3, 2000])
def test_long_sums_of_bars(terms: int) -> None:
    typed = "+".join(f"|x{i}|y+||x{i}||z" for i in range(terms))
    shown = "+".join(f"abs(x{i})*y+norm(x{i})*z" for i in range(terms))
    assert read(typed) == read(shown)


def test_too_many_bars_to_tell_apart() -> None:
    with pytest.raises(LimitError, match="it is not clear which of so many bars belong together"):
        read("x" + "|x" * 400)


# -- as a program ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "out"),
    [
        # The norm of a vector, of a matrix, and of a number.
        (("||x||", "x=3,4"), "0.6 0.8\n"),
        (("‖x‖^2", "x=3,4"), "6 8\n"),
        (("||A||^2", "A=[[1,2],[3,4]]"), "2 4 6 8\n"),
        (("||x||", "x=-3"), "-1\n"),
        (("||x|-1|", "x=-3"), "-1\n"),
        (("||A@x - y||^2", "A=[[1,2],[3,4]]", "x=1,1", "y=0,0", "--wrt", "x"), "48 68\n"),
        # The modulus of each element.
        (("|x|", "x=3,-4"), "1 -1\n"),
    ],
)
def test_norms_and_moduli(run: Run, args: tuple[str, ...], out: str) -> None:
    outcome = run("grad", *args, "--format", "value")
    assert (outcome.status, outcome.out) == (0, out)


def test_a_norm_has_a_corner_at_0(run: Run) -> None:
    assert run("grad", "||x||", "x=0,0", "--format", "value").status == 1
    assert run("grad", "||x||", "x=0", "--format", "value").status == 1
