"""The reader: what people type, what they must not, and where the caret stands."""

import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import example, given
from hypothesis import strategies as st

from diffcalc.base.deadline import deadline
from diffcalc.base.errors import LimitError, ReadError
from diffcalc.language.algebras import symbols
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from tests.conftest import PATIENCE
from tests.strategies import formulas
from tests.texts import FRIENDLY, HOSTILE, corpus_text, read_or_skip, refusal


@pytest.mark.parametrize("case", HOSTILE, ids=lambda c: repr(corpus_text(c)[:40]))
def test_hostile(case: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with deadline(PATIENCE):  # a case that hangs fails
        message = refusal(corpus_text(case))
    assert ("accept" if message is None else "reject") == case["expect"], case["why"]
    if message is not None:
        assert len(message.splitlines()) in (1, 3)
        assert "\x1b" not in message
    assert not list(tmp_path.iterdir())


def meaning(text: str) -> sympy.Expr:
    """The corpus's own SymPy text; its author is trusted."""
    names = {
        n: sympy.Symbol(n, real=True)
        for n in ["x", "y", "r", "t", "A", "omega", "x_1", "x_2", "x2"]
    }
    return sympy.sympify(text, locals=names)


@pytest.mark.parametrize("case", FRIENDLY, ids=lambda c: str(c["typed"]))
def test_friendly(case: dict[str, object]) -> None:
    typed = str(case["typed"])
    if case["strict"] == "hint":
        with pytest.raises(ReadError) as caught:
            read(typed)
        assert caught.value.hint is not None
        return
    expression = read(typed)
    names = {n: sympy.Symbol(n, real=True) for n in expression.variables}
    assert sympy.simplify(expression(symbols(), **names) - meaning(str(case["means"]))) == 0


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("x^2^3", "x**2**3"),
        ("-2^2", "-2**2"),
        ("2^-x", "2**-x"),
        ("a - (b + c)", "a - (b + c)"),
        ("a-b-c", "a - b - c"),
        ("a/b/c", "a/b/c"),
        ("a/(b*c)", "a/(b*c)"),
        ("2|x|", "2*abs(x)"),
        ("|x||y|", "abs(x)*abs(y)"),
        ("√x + √(2)", "sqrt(x) + sqrt(2)"),
        ("αβ", "alpha*beta"),
        ("2πr", "2*pi*r"),
        ("x_max", "x_max"),
        ("max(x, y, 1)", "max(x, y, 1)"),
        ("min(max(x, y), 1)", "min(max(x, y), 1)"),
        ("where(x >= 0, x, -x)", "where(x >= 0, x, -x)"),
        ("arcsin(x)", "asin(x)"),
        ("e^x^2", "exp(x**2)"),
        ("E", "e"),
        ("1e-8*x", "1e-8*x"),
        (".5x", "0.5*x"),
        ("x²y", "x**2*y"),
        ("(x+1)x", "(x + 1)*x"),
        ("x*-y", "x*-y"),
        ("+x", "x"),
        ("x - -1", "x - -1"),
        ("(-x)^2", "(-x)**2"),
        ("2(x)(y)", "2*x*y"),
        ("sin x cos 2x", "sin(x)*cos(2*x)"),
        ("x ln x - ln|x|", "x*log(x) - log(abs(x))"),
        ("sin^2 x + tg²(x)", "sin(x)**2 + tan(x)**2"),
        ("ln sin x", "log(sin(x))"),
        ("log(x, 10) + log_2(x) + log_b x", "log10(x) + log2(x) + log(x)/log(b)"),
        ("∛x + ∜x + root(x, 5)", "cbrt(x) + x**(1/4) + sign(x)*abs(x)**(1/5)"),
        ("⌊x⌋ + ⌈x⌉ + ⌊x⌉", "floor(x) + ceil(x) + floor(x + 1/2)"),
        ("mod(x, 2y)", "x - 2*y*floor(x/(2*y))"),
        ("clip(x, 0, 1)", "min(max(x, 0), 1)"),
        ("n! + 30°", "gamma(n + 1) + pi*30/180"),
        ("½x^⅔", "1/2*x**(2/3)"),
        ("2e^x + e⁻ˣ + xⁿ", "2*exp(x) + exp(-x) + x**n"),
        ("x₁² + 2.5D-3*x - 2.0f*y", "x_1**2 + 0.0025*x - 2*y"),
        ("[ｘ＋1]²", "(x + 1)**2"),
    ],
)
def test_reading_is_shown(typed: str, shown: str) -> None:
    assert str(read(typed)) == shown


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("sin -x", "`sin` needs its argument in brackets: write sin(-x)\n  sin -x\n  ^"),
        ("sin x^2+1", "where does the argument of `sin` end: write sin(x^2)+1 or sin(x)^2+1\n  sin x^2+1\n  ^"),
        ("2sin x/3y", "where does the argument of `sin` end: write 2sin(x/3)y or 2sin(x)/(3*y)\n  2sin x/3y\n   ^"),
        ("√x²+1", "where does the root end: write √(x²)+1, √(x)²+1 or √(x²+1)\n  √x²+1\n  ^"),
        ("2/3x^2", "it is not clear what is divided: write (2/3)*x^2 or 2/(3*x^2)\n  2/3x^2\n     ^"),
        ("x - 3x2", "`x2` may be a name or a lost power: write x - 3x^2, or give x2 a value (x2=2)\n  x - 3x2\n       ^"),
        ("x + * 2", "`*` needs a number or a variable before it\n  x + * 2\n      ^"),
        ("x+1)", "this bracket was never opened: write x+1\n  x+1)\n     ^"),
        ("((x+1)*2", "this bracket is never closed: write ((x+1)*2)\n  ((x+1)*2\n  ^"),
        ("|x", "this bar is never closed: write |x|\n  |x\n  ^"),
        ("1/2x", "it is not clear what is divided: write (1/2)*x or 1/(2*x)\n  1/2x\n     ^"),
        (
            "1/2(x+1)",
            "it is not clear what is divided: write (1/2)*(x+1) or 1/(2*(x+1))\n  1/2(x+1)\n     ^",
        ),
        (
            "e^2x",
            "it is not clear where the exponent ends: write e^(2*x) or e^2*x\n  e^2x\n     ^",
        ),
        ("x²^3", "a power of a power: write (x^2)^3 or x^(2^3)\n  x²^3\n    ^"),
        ("1.2.3", "`1.2.3` is not a number\n  1.2.3\n  ^"),
        ("x 2", "an operator is missing before this number: write x*2 or x^2\n  x 2\n    ^"),
        ("xsin(x)", "unknown function `xsin`: write x*sin(x)\n  xsin(x)\n  ^"),
        ("sine(x)", "unknown function `sine`: did you mean sin?\n  sine(x)\n  ^"),
        ("cosine(x)", "unknown function `cosine`: did you mean cos?\n  cosine(x)\n  ^"),
        ("cso(x)", "unknown function `cso`: did you mean cos?\n  cso(x)\n  ^"),
        ("eig(x)", "unknown function `eig`\n  eig(x)\n  ^"),
        ("xy", "unknown name `xy`: write x*y for a product, or give xy a value (xy=2)\n  xy\n  ^"),
        ("where(x, 1, 2)", "`where` needs a comparison first: write where(x > 0, a, b)\n  where(x, 1, 2)\n         ^"),
        ("x < 2", "a comparison belongs in where(…): where(x > 0, a, b)\n  x < 2\n    ^"),
        ("x + (1/0)", "division by zero\n  x + (1/0)\n        ^"),
        ("√2x", "where does the root end: write √(2*x) or √(2)*x\n  √2x\n  ^"),
        ("x\x1b[31m", "unexpected character (U+001B)\n  x\\x1b[31m\n   ^"),
    ],
)  # fmt: skip
def test_errors_say_what_to_write(typed: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(typed)
    assert str(caught.value) == message


def test_a_long_text_shows_the_part_around_the_caret() -> None:
    with pytest.raises(ReadError) as caught:
        read("x + " * 100 + "* 2")
    _, excerpt, caret = str(caught.value).splitlines()
    assert len(excerpt) < 70
    assert excerpt[caret.index("^")] == "*"


def test_caret_stands_under_wide_characters() -> None:
    error = ReadError("no", text="日本x", column=2)
    assert str(error) == "no\n  日本x\n      ^"


@pytest.mark.parametrize("name", ["e", "E", "gamma", "lambda", "N", "S", "rate", "min"])
def test_declared_names_are_variables(name: str) -> None:
    expression = read(f"2*{name}", declared=[name])
    assert expression.variables == (name,)
    assert expression(**{name: 3.0}) == 6


def test_euler_beside_a_variable_e() -> None:
    expression = read("e*E", declared=["e"])
    assert str(expression) == "e*E"
    assert expression(e=2.0) == pytest.approx(2 * 2.718281828459045)
    assert read(str(expression), declared=["e"]) == expression


def test_the_smallest_and_longest_literals() -> None:
    text = "1." + "23456789" * 4 + "e-300"
    assert read(f"-{text}*x")(x=1.0) == -float(text)


def test_literals_are_exact() -> None:
    (node,) = read("0.1").nodes
    assert node.content == Fraction(1, 10)


@pytest.mark.parametrize("terms", [3000, 10000])
def test_long_sums_and_products(terms: int) -> None:
    total = read("+".join(["x"] * terms))
    assert total(x=2.0) == 2.0 * terms
    product = read("*".join(f"x{i}" for i in range(terms)))
    assert product(**{f"x{i}": 1.0 for i in range(terms)}) == 1


@pytest.mark.parametrize(
    "text",
    ["(" * 81 + "x" + ")" * 81, "-" * 90 + "x", "2**1025", "1e309", "x**20000", "exp(exp(100))"],
)
def test_limits(text: str) -> None:
    with pytest.raises(LimitError):
        read(text)


@pytest.mark.parametrize("before", [0, 600])
def test_eighty_brackets_are_read_however_deep_the_call(before: int) -> None:
    text = "sin(exp(" * 40 + "x" + "))" * 40

    def called(depth: int) -> Expression:
        return called(depth - 1) if depth else read(text)

    limit = sys.getrecursionlimit()
    assert str(called(before)) == text
    assert sys.getrecursionlimit() == limit
    with pytest.raises(LimitError, match="nested more than 80 deep"):
        read(f"sin({text})")


@given(formulas())
@example("-((1 + (e)^2)^(e))")
def test_what_is_shown_reads_back(text: str) -> None:
    expression = read_or_skip(text)
    if expression is not None:
        assert read(str(expression)) == expression


@given(st.one_of(st.text(max_size=40), st.text(alphabet="x2+-*/^().,|e √²sin ", max_size=30)))
def test_any_text_is_read_or_refused(text: str) -> None:
    message = refusal(text)
    if message is None:
        expression = read(text)
        assert read(str(expression), declared=expression.variables) == expression
    else:
        assert message
