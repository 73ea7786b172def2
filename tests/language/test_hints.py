"""Every hint, typed back in, means what was meant; what has two readings is offered both."""

import numpy as np
import pytest

from diffcalc.base.errors import ReadError
from diffcalc.language.grammar import read
from tests.typed_cases import TYPED, Case, at, reading, value

POINT = {
    name: 0.37 + 0.11 * place
    for place, name in enumerate(["x", "y", "a", "b", "c", "n", "k", "t", "xsin", "X", "A", "psi"])
}
# What is refused with a sentence that says what to do, and no formula that could be typed.
_IN_WORDS = {
    r"\frac{\mathrm d}{\mathrm dx} e^{3x}", r"\int_0^x t^2\,dt", "D[x^2, x]", "x(1)^2 + x(2)^2",
    "x[1]^2 + x[2]^2", "det(A)", "1,000x", "1'000*x", "1 000*x",
}  # fmt: skip
HINTED = [
    case
    for case in TYPED
    if case["expect"] == "refuse" and case["hint_means"] and case["typed"] not in _IN_WORDS
]


def refused(typed: str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(typed)
    return caught.value


def of_point(text: str) -> float:
    expression = read(text)
    with np.errstate(all="ignore"):
        return float(expression(**{name: POINT[name] for name in expression.variables}))


@pytest.mark.parametrize("case", HINTED, ids=lambda c: str(c["typed"]))
def test_a_hint_of_the_corpus_means_what_was_meant(case: Case) -> None:
    with pytest.raises(ReadError) as caught:
        reading(case)
    offered = [value(read(text, declared=at(case)), case) for text in caught.value.readings]
    meant = [
        value(read(text, declared=at(case)), case) for text in str(case["hint_means"]).split(" || ")
    ]
    assert all(any(np.allclose(one, other) for other in offered) for one in meant)
    if len(meant) > 1:
        assert all(any(np.allclose(one, other) for other in meant) for one in offered)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # Powers of a function, and functions without brackets.
        ("sin^-2(x)", "sin(x)^(-2)"),
        ("y*sinh^(-1)(x)", "y*asinh(x) | y/sinh(x)"),
        ("y/tan⁻¹ 2x", "y/atan(2*x) | y*tan(2*x)"),
        ("cos–1(x)", "acos(x) | 1/cos(x)"),
        ("2sin -x + 1", "2*sin(-x) + 1"),
        ("exp^(2x)", "exp(2*x)"),
        ("sin + cos^2", "sin(x) + cos(x)^2"),
        ("sin(cos)", "sin(cos(x))"),
        ("1 + sqrt 2x", "1 + sqrt(2*x) | 1 + sqrt(2)*x"),
        ("round x", "floor(x + 1/2)"),
        ("SIN x + Cos(y)", "sin(x) + cos(y)"),
        # Names run together.
        ("lnx", "log(x)"),
        ("xlnx", "x*log(x)"),
        ("1/sinx", "1/sin(x)"),
        ("sinxcosx", "sin(x)*cos(x)"),
        ("sinx^2", "sin(x^2) | sin(x)^2"),
        ("sqrt2x", "sqrt(2*x) | sqrt(2)*x"),
        ("lnlnx", "log(log(x))"),
        ("2xsin(x)", "2*x*sin(x)"),
        ("1/xy", "1/x*y | 1/(x*y)"),
        ("x^ab", "x^(a*b) | x^a*b"),
        ("sin ab", "sin(a*b) | sin(a)*b"),
        ("abx^2 + bc", "a*b*x^2 + b*c"),
        # What divides, and where a root or an exponent ends.
        ("1/2sin(x)", "sin(x)/2 | 1/(2*sin(x))"),
        ("1/2cos 3x", "cos(3*x)/2 | 1/(2*cos(3*x))"),
        ("1/2ln sin x", "log(sin(x))/2 | 1/(2*log(sin(x)))"),
        ("1/2|x| + 1/3x", "abs(x)/2 + x/3 | 1/(2*abs(x)) + 1/(3*x)"),
        ("2/3x^2", "2/3*x^2 | 2/(3*x^2)"),
        ("√-x + 3", "sqrt(-x) + 3"),
        ("x²^3", "x^6 | x^8"),
        ("(x+1)2 + y", "(x+1)^2 + y | (x+1)*2 + y"),
        # Signs.
        ("7 % 3", "1"),
        ("x % 2", "x - 2*floor(x/2)"),
        ("50% x", "x/2 | 50 - x*floor(50/x)"),
        ("x//2", "floor(x/2)"),
        ("3 1/2", "3.5 | 3/2"),
        ("45deg", "pi/4"),
        ("((x+1)*(x-1)", "(x+1)*(x-1)"),
        ("|x-1|x|", "abs(x-1)*x"),
        ("x^2 = 4", "x^2 - 4"),
        # What a derivative is said to be.
        ("dy/dx = x^2", "x^2"),
        ("f'(x) = 2x", "2*x"),
        ("y' = x^2 + 1", "x^2 + 1"),
        (r"\frac{dy}{dx} = \frac{x}{2}", "x/2"),
        # Functions by other names.
        ("factorial(x", "gamma(x+1)"),
        ("C(5, 2)", "10"),
        ("ψ(x)", "polygamma(0, x) | psi*x"),
        ("atan(y, x)", "atan2(y, x)"),
        ("sqrt(x, 3)", "cbrt(x)"),
        ("arc sin x", "asin(x)"),
        ("a(b+c)", "a*(b+c)"),
        ("sinus(x) + cosin(x)", "sin(x) + cos(x)"),
        ("lb(x) + Abs(y)", "log2(x) + abs(y)"),
        ("2*np.sinc(x)", "2*sin(pi*x)/(pi*x)"),
    ],
)
def test_a_hint_means_what_was_meant(typed: str, meant: str) -> None:
    error = refused(typed)
    wanted = sorted(of_point(text) for text in meant.split(" | "))
    found = sorted(of_point(text) for text in error.readings)
    assert found == pytest.approx(wanted, nan_ok=True)
    said = error.hint or ""
    assert "did you mean" in said or all(text in said for text in error.readings)


@pytest.mark.parametrize(
    "typed",
    ["eig(A)", "foo(x)", "mod(x)", "true", "None", "x|y", "sinc(x, y)", "integral(x)", "re(x)",
     "the", "lambertw(x)", "df/dx", "D(x^2, x)*2"],
)  # fmt: skip
def test_no_formula_is_offered_where_none_is_known(typed: str) -> None:
    assert refused(typed).readings == ()


def test_elements_in_round_brackets_are_offered_in_square_ones() -> None:
    assert refused("x(1)^2 + x(2)^2").readings == ("x[0]^2 + x[1]^2",)


def test_long_texts_are_refused_without_rewriting() -> None:
    assert refused("(" + "x + " * 100 + "x").readings == ()
