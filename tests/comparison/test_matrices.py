"""Hessians and Jacobians: the three methods entry by entry."""

import json
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.compare import compare
from diffcalc.comparison.matrices import Matrix, hessian, jacobian, read_functions
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.render.reasons import sentence
from tests import oracle
from tests.conftest import Run
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def hessian_of(text: str, at: str, **options: object) -> Matrix:
    return hessian(read(text), read_point(at.split()), **options)


def jacobian_of(text: str, at: str) -> Matrix:
    return jacobian(read_functions(text, read), read_point(at.split()))


def values(matrix: Matrix) -> list[list[float]]:
    return [[float(entry.truth.derivative) for entry in row] for row in matrix.entries]


def methods(matrix: Matrix) -> list[list[list[float]]]:
    return [
        # None is taken where no term has both variables.
        [[0.0 if e.idle else e.convergence.limit.value for e in row] for row in matrix.entries],
        [[e.symbolic for e in row] for row in matrix.entries],
        [[e.autograd for e in row] for row in matrix.entries],
    ]


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("x**2*y + y**3", "x=1 y=2", [[4, 2], [2, 12]]),
        ("(1 - x)**2 + 100*(y - x**2)**2", "x=1 y=1", [[802, -400], [-400, 200]]),
        ("x*y*z", "x=1 y=2 z=3", [[0, 3, 2], [3, 0, 1], [2, 1, 0]]),
        ("x**2", "x=5", [[2]]),
        ("a**2*b", "a=2,3 b=5", [[10, 0, 4], [0, 10, 6], [4, 6, 0]]),
        ("3*x + y", "x=1 y=1", [[0, 0], [0, 0]]),
    ],
)
def test_hessians(text: str, at: str, expected: list[list[float]]) -> None:
    found = hessian_of(text, at)
    assert values(found) == expected
    for method in methods(found):
        assert method == pytest.approx(np.array(expected), abs=1e-9)
    assert found.verdict is Verdict.AGREE


def test_the_external_gradient_is_in_the_hessian() -> None:
    gradient = read_point(["g=1,10"])["g"]
    assert values(hessian_of("a**2*b", "a=2,3 b=5", gradient=gradient)) == [
        [10, 0, 4], [0, 100, 60], [4, 60, 0],
    ]  # fmt: skip


def test_a_hessian_that_is_not_symmetric() -> None:
    found = hessian_of("where(x**2 + y**2 > 0, x*y*(x**2 - y**2)/(x**2 + y**2), 0)", "x=0 y=0")
    assert values(found) == [[0, 1], [-1, 0]]
    assert found.joint is not None
    assert "first in x, then in y is -1, the other way round 1" in sentence(found.joint)
    assert found.verdict is Verdict.NOT_DIFFERENTIABLE


def test_a_hessian_at_a_corner() -> None:
    found = hessian_of("abs(x)*y", "x=0 y=2")
    kinds = [[entry.judgement.kind for entry in row] for row in found.entries]
    assert kinds[0] == ["corner", "corner"]
    assert kinds[1] == ["corner", ""]
    assert float(found.entries[1][1].truth.derivative) == 0
    assert found.verdict is Verdict.NOT_DIFFERENTIABLE


@given(formulas(3), formulas(3), points, points)
def test_hessians_agree_with_mpmath(one: str, other: str, x: float, y: float) -> None:
    expression = read_or_skip(f"({one})*({other}) + x*y")
    assume(expression is not None)
    at = {"x": x, "y": y}
    assume(oracle.size(expression, at) < 1e3)
    with mpmath.mp.workdps(40):
        mixed = mpmath.diff(
            lambda s, t: expression(exact(), x=s, y=t), (mpmath.mpf(x), mpmath.mpf(y)), (1, 1)
        )
    assume(mpmath.isfinite(mixed) and abs(mixed) < 1e6)
    found = hessian(expression, read_point([f"x={x}", f"y={y}"]))
    entry = found.entries[found.rows.index("x")][found.columns.index("y")]
    assert abs(entry.truth.derivative - mixed) <= 1e-12 * (1 + abs(mixed))
    assert entry.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE), entry.judgement
    assert found.joint is None


@pytest.mark.parametrize(
    ("text", "at", "rows", "columns", "expected"),
    [
        ("[r*cos(t), r*sin(t)]", "r=2 t=0", ("f1", "f2"), ("r", "t"), [[1, 0], [0, 2]]),
        ("[x**2*y, 5*x + sin(y)]", "x=1 y=0", ("f1", "f2"), ("x", "y"), [[0, 1], [5, 1]]),
        ("x*y", "x=2 y=3", ("f",), ("x", "y"), [[3, 2]]),
        ("[x, y**2]", "x=2 y=3", ("f1", "f2"), ("x", "y"), [[1, 0], [0, 6]]),
        (
            "a*b", "a=2,3 b=6,4", ("f[0]", "f[1]"), ("a[0]", "a[1]", "b[0]", "b[1]"),
            [[6, 0, 2, 0], [0, 4, 0, 3]],
        ),
        (
            "[a**2, x]", "a=2,3 x=1", ("f1[0]", "f1[1]", "f2"), ("a[0]", "a[1]", "x"),
            [[4, 0, 0], [0, 6, 0], [0, 0, 1]],
        ),
        ("[max(x, 1), min(x, y)]", "x=2 y=3", ("f1", "f2"), ("x", "y"), [[1, 0], [1, 0]]),
    ],
)  # fmt: skip
def test_jacobians(
    text: str, at: str, rows: tuple[str, ...], columns: tuple[str, ...], expected: object
) -> None:
    found = jacobian_of(text, at)
    assert (found.rows, found.columns) == (rows, columns)
    assert values(found) == expected
    for method in methods(found):
        assert method == pytest.approx(np.array(expected), abs=1e-9)
    assert found.verdict is Verdict.AGREE


def test_one_entry_without_a_derivative() -> None:
    found = jacobian_of("[x, abs(y)]", "x=1 y=0")
    assert [[e.judgement.kind for e in row] for row in found.entries] == [["", ""], ["", "corner"]]
    assert found.verdict is Verdict.NOT_DIFFERENTIABLE


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("x*y, x + y", ["x*y", "x + y"]),
        ("(x*y, x + y)", ["x*y", "x + y"]),
        ("(x + y)*(x - y)", ["(x + y)*(x - y)"]),
        ("[x, 1] @ [2, y]", ["[x, 1] @ [2, y]"]),
        ("<x, y>", ["x @ y"]),
        (r"\begin{cases} x, & x < 1 \\ y, & x \ge 1 \end{cases}", ["where(x < 1, x, y)"]),
    ],
)
def test_lists_need_no_square_brackets(text: str, functions: list[str]) -> None:
    assert list(map(str, read_functions(text, read))) == functions


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("[x, sqrt y]", "`sqrt` needs its argument in brackets", 4),
        ("[x, y", "this bracket is never closed", 0),
        ("[x, ]", "a function is missing", 3),
        ("[]", "a function is missing", 1),
        ("[x, y $]", "unexpected character $", 6),
    ],
)
def test_lists_that_cannot_be_read(text: str, message: str, column: int) -> None:
    with pytest.raises(DiffcalcError) as raised:
        read_functions(text, read)
    assert message in raised.value.message
    assert (raised.value.text, raised.value.column) == (text, column)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["[x, y]", "x=1"], "no value for y"),
        (["[x, y]", "x=1", "y=2", "z=3"], "z is not a variable of [x, y]"),
        (["[x, y]", "x=1", "y=2", "--wrt", "q"], "q is not a variable"),
        (["[1, 2]"], "no variable to differentiate in"),
        (["[a*b]", "a=1,2", "b=1,2,3"], "the values do not fit together"),
    ],
)
def test_points_that_do_not_fit(run: Run, args: list[str], message: str) -> None:
    outcome = run("jacobian", *args)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err


def test_lines_of_standard_input(run: Run) -> None:
    outcome = run("jacobian", "-", "x=1", "--format", "value", stdin="[x, 2x]\n[x\nx^2\n")
    assert (outcome.status, outcome.out) == (2, "1\n2\n2\n")
    assert "line 2: this bracket is never closed" in outcome.err


def test_json(run: Run) -> None:
    found = json.loads(run("hessian", "x^2*y", "x=1", "y=2", "--format", "json").out)
    assert (found["matrix"], found["values"]) == ("hessian", [[4, 2], [2, 0]])
    assert found["rows"] == found["columns"] == ["x", "y"]
    mixed = found["derivatives"][1]
    assert (mixed["variable"], mixed["after"], mixed["order"]) == (
        "x", {"variable": "y", "index": []}, 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "order", "formula", "derivative"),
    [
        ("x*exp(-x)", 3, "3*exp(-x) - x*exp(-x)", 0.1353352832366127),
        ("x**5", 5, "120", 120),
        ("x**2", 3, "0", 0),
        ("sin(2*x)", 8, "256*sin(2*x)", 256 * math.sin(4)),
    ],
)
def test_higher_orders_three_ways(text: str, order: int, formula: str, derivative: float) -> None:
    (element,) = (found := compare(read(text), read_point(["x=2"]), order=order)).elements
    assert found.verdict is Verdict.AGREE
    assert found.partials[0].derivation.text == formula
    assert len(found.partials[0].derivations) == order
    for value in (element.convergence.limit.value, element.symbolic, element.autograd):
        assert value == pytest.approx(derivative, rel=1e-6, abs=1e-6)


def test_entries_whose_output_does_not_depend_on_them(run: Run) -> None:
    found = json.loads(run("jacobian", "a*b", "a=2,3", "b=6,4", "--format", "json").out)
    assert [(d["formula"], d["derivative"]) for d in found["derivatives"][:2]] == [
        ("b", 6),
        ("0", 0),
    ]
    assert "a[1] = 3        0" not in run("jacobian", "a*b", "a=2,3", "b=6,4").out


def test_a_constant_among_the_functions(run: Run) -> None:
    assert run("jacobian", "[3, x]", "x=1", "--format", "value").out == "0\n1\n"


def test_the_label_says_which_variable_comes_first(run: Run) -> None:
    # Leibniz: what stands on the right is differentiated in first.
    found = hessian_of("where(x**2 + y**2 > 0, x*y*(x**2 - y**2)/(x**2 + y**2), 0)", "x=0 y=0")
    upper = found.entries[0][1]
    assert [place.name for place in upper.places] == ["y", "x"]
    assert float(upper.truth.derivative) == 1
    shown = run("hessian", "x*y^2", "x=1", "y=2", "--format", "plain").out
    assert "d²f/dxdy = 2*y\ny=2, x=1: numerical=4" in shown


def test_a_convention_in_the_other_variable_is_seen(run: Run) -> None:
    text = "where(x==0,0,x*y*(x**2-y**2)/(x**2+y**2))"
    assert "nothing explains" not in run("hessian", text, "x=0", "y=0").out


def test_a_step_below_an_infinite_slope(run: Run) -> None:
    """acos(floor(erfc(x))) is acos(1) around -1; a number among arrays raised an error."""
    outcome = run("hessian", "acos(floor(erfc(x)))*x", "x=-1", "--format", "json")
    (found,) = json.loads(outcome.out)["derivatives"]
    assert (outcome.status, found["derivative"], found["verdict"]) == (0, 0, "inaccurate")


def test_a_function_of_arrays_may_lack_a_variable_of_the_others(run: Run) -> None:
    """`sum(y)` has no x: it was an internal error, KeyError: 'x'."""
    shown = run("jacobian", "[x*y, sum(y)]", "x=2,3", "y=4,5", "--format", "value")
    assert (shown.status, shown.out) == (0, "4 0 2 0\n0 5 0 3\n0 0 1 1\n")
