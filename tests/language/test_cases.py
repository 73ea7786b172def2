"""Cases and conditions: what is read, what is refused, and the truth at their borders."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
import sympy

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.latex import typeset
from diffcalc.language.point import read_point
from tests.conftest import Run


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("Piecewise((x^2, x<1), (2-x, True))", "where(x < 1, x**2, 2 - x)"),
        ("Piecewise((0, Eq(x,0)), (sin(x)/x, True))", "where(x == 0, 0, sin(x)/x)"),
        ("piecewise((x, x<1), (2, True), (3, x>1))", "where(x < 1, x, 2)"),
        # The last condition says what the others leave.
        ("Piecewise((x, x<0), (x^2, (x>=0) & (1>=x)), (1, x>1))",
         "where(x < 0, x, where(x >= 0 and 1 >= x, x**2, 1))"),
        (r"\begin{cases} x & x<0 \\ x^2 & 0\le x\le\sqrt{2} \\ 1 & x>\sqrt{2}\end{cases}",
         "where(x < 0, x, where(0 <= x and x <= sqrt(2), x**2, 1))"),
        (r"\begin{cases} 1 & x<0 \lor x>1 \\ 2 & \text{otherwise}\end{cases}",
         "where(x < 0 or x > 1, 1, 2)"),
        ("x^2 if x<1 else 2-x", "where(x < 1, x**2, 2 - x)"),
        ("1 if x<0 else 2 if x<1 else x", "where(x < 0, 1, where(x < 1, 2, x))"),
        ("2*(sin x if x > 0 else cos x)", "2*where(x > 0, sin(x), cos(x))"),
        ("where(0 < x ≤ 1, x, 2)", "where(0 < x and x <= 1, x, 2)"),
        ("where(not (x>0 and y>0), x, y)", "where(x > 0 and y > 0, y, x)"),
        ("where(Or(x<0, And(x>1, x≠2)), x, 0)", "where(x < 0, x, where(x > 1 and x != 2, x, 0))"),
        ("np.where(np.logical_and(x > 0, x < 1), x, 0)", "where(x > 0 and x < 1, x, 0)"),
        ("where(x>0 ∧ x<1 ∨ y<0, 1, 2)",
         "where(x > 0, where(x < 1, 1, where(y < 0, 1, 2)), where(y < 0, 1, 2))"),
        ("where(|x|<1 and |y|<2, |x|, |y|)", "where(abs(x) < 1 and abs(y) < 2, abs(x), abs(y))"),
        ("x^2*(x>0) + x*[x ≤ 0]", "x**2*where(x > 0, 1, 0) + x*where(x <= 0, 1, 0)"),
        ("sum(x > 0)", "sum(where(x > 0, 1, 0))"),
        ("(x == 1)", "where(x == 1, 1, 0)"),
    ],
)  # fmt: skip
def test_cases_are_choices_by_one_comparison_each(typed: str, means: str) -> None:
    found = read(typed)
    assert read(means).nodes == read(str(found)).nodes == found.nodes
    assert read(typeset(found)).nodes == found.nodes


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("x > 0 and x < 1", "a comparison belongs in where(…): where(x > 0, a, b)\n  x > 0 and x < 1\n    ^"),
        ("where(x>0 and y, 1, 2)", "`and` needs a comparison: write where(x > 0, a, b)\n  where(x>0 and y, 1, 2)\n            ^"),
        ("x if x>1", "`if` needs an `else`: write a if x > 0 else b\n  x if x>1\n    ^"),
        ("x if y else 1", "`if` needs a comparison: write where(x > 0, a, b)\n  x if y else 1\n    ^"),
        ("if x<1 then x", "unknown name `if`: write a if x > 0 else b\n  if x<1 then x\n  ^"),
        ("Piecewise((x, x<0), (1, x>0))",
         "the cases leave out some points: write (b, True) as the last case\n  Piecewise((x, x<0), (1, x>0))\n  ^"),
        ("Piecewise((x, x<0), (1, y>0))",
         "it is not clear that one of the cases always holds: write (b, True) as the last case\n"
         "  Piecewise((x, x<0), (1, y>0))\n  ^"),
        ("Piecewise(x, y)",
         "`Piecewise` takes pairs of a value and a condition: write Piecewise((a, x < 0), (b, True))\n  Piecewise(x, y)\n            ^"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(typed: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        read(typed)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "typed",
    ["x if x<1 else " * 90 + "x", "x*(" + "x<1 and " * 90 + "x<2)", "not " * 9_000 + "x",
     "Piecewise(" + "(x, x<1), " * 90 + "(1, True))", "(" * 49 + "x<1 and " * 20 + "x)" * 49],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_too_many_conditions_are_refused(typed: str) -> None:
    with pytest.raises(DiffcalcError):
        read(typed)


def condition(random_: random.Random, depth: int = 2) -> tuple[str, str]:
    """A condition on x and y as it is typed, and in Python."""
    if depth == 0 or random_.random() < 0.3:
        relation = random_.choice(("<", "<=", ">", ">=", "==", "!="))
        text = f"{random_.choice('xy')} {relation} {random_.randint(-1, 1)}"
        return text, text
    if random_.random() < 0.2:
        typed, python = condition(random_, depth - 1)
        return f"not ({typed})", f"not ({python})"
    word = random_.choice(("and", "or"))
    (a, b), (c, d) = condition(random_, depth - 1), condition(random_, depth - 1)
    return f"({a}) {word} ({c})", f"({b}) {word} ({d})"


@pytest.mark.parametrize("seed", range(40))
def test_a_condition_holds_where_python_says_so(seed: int) -> None:
    typed, python = condition(random.Random(seed), 3)
    found = read(f"x*({typed}) + (y if {typed} else 2)")
    again = read(str(found))
    for x in (-2.0, -1.0, 0.0, 1.0, 2.0):
        for y in (-1.0, 0.5, 1.0):
            holds = eval(python, {"x": x, "y": y})
            values = {name: np.float64({"x": x, "y": y}[name]) for name in found.variables}
            assert found(**values) == again(**values) == (x + y if holds else 2)


_PIECES = ("x**2", "sin(x)", "2 - x", "exp(x/2)", "x/3")


def pieces(seed: int) -> tuple[str, Sequence[float], Sequence[str]]:
    """A Piecewise of three pieces, its borders, and the pieces."""
    random_ = random.Random(seed)
    chosen = random_.sample(_PIECES, 3)
    low, high = sorted(random_.sample(range(-8, 9), 2))
    a, b, c = chosen
    return f"Piecewise(({a}, x < {low}), ({b}, x <= {high}), ({c}, True))", (low, high), chosen


@pytest.mark.parametrize("seed", range(10))
def test_cases_are_differentiated_as_sympy_does(seed: int) -> None:
    typed, borders, _ = pieces(seed)
    x = sympy.Symbol("x", real=True)
    theirs = sympy.diff(sympy.sympify(typed, locals={"x": x}), x)
    random_ = random.Random(seed)
    for point in [border + random_.uniform(0.1, 0.9) for border in (-9, *borders)]:
        found = compare(read(typed), read_point([f"x={point}"]))
        (element,) = found.elements
        assert element.judgement.verdict is Verdict.AGREE
        wanted = float(theirs.subs(x, point))
        for value in (element.convergence.limit.value, element.symbolic, element.autograd):
            assert np.isclose(float(value), wanted, rtol=1e-7)


@pytest.mark.parametrize(
    ("typed", "at", "word"),
    [
        ("Piecewise((x^2, x<1), (2-x, True))", "x=1", "corner"),
        ("x^2 if x<1 else 2x-1", "x=1", "agree"),
        ("where(0<x<1, x^2, 2x-1)", "x=0", "jump"),
        ("where(0<x<1, x^2, 2x-1)", "x=1", "agree"),
        ("where(x<0 or x>1, x^2-x, x-x^2)", "x=1", "corner"),
        ("x^2*(x>0)", "x=0", "agree"),
        ("x*(x>0)", "x=0", "corner"),
        ("(x>0)", "x=0", "jump"),
        ("(x>0) + (x<=0)", "x=0", "agree"),
        ("sin(x)/x if x ≠ 0 else 1", "x=0", "agree"),
        ("where(x>0 and y>0, x*y, 0)", "x=0 y=0", "agree"),
        ("where(x>0 and y>0, x*y, 0)", "x=0 y=1", "corner"),
        ("cos(x) if not x>pi/2 else 0", "x=pi/2", "corner"),
    ],
)
def test_the_truth_is_proved_at_a_border_of_cases(run: Run, typed: str, at: str, word: str) -> None:
    out = run("grad", typed, "--wrt", "x", *at.split()).out
    assert f"  {word}" in out
    assert "proved" in out
