"""Claims about many derivatives at once: Jacobians, Hessians, matrix formulas, and numbers."""

import math

import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises.arrays import check_arrays
from diffcalc.exercises.components import Judged, Told
from diffcalc.exercises.mark import Mark
from diffcalc.exercises.numbers import check_numbers
from diffcalc.exercises.question import SIZES, read_questions
from diffcalc.exercises.several import answers_to
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point, read_values


def grades(expression: str, claim: str, order: int = 1) -> str:
    found = answers_to(read_questions(expression, claim, order=order))
    return ", ".join(one.grade for one in found if isinstance(one, Mark))


def mistakes(expression: str, claim: str, order: int = 1) -> list[str]:
    found = answers_to(read_questions(expression, claim, order=order))
    return [m.diagnosis.mistake for m in found if isinstance(m, Mark) and m.diagnosis]


@pytest.mark.parametrize(
    ("expression", "claim", "order", "found"),
    [
        ("x^3", "6x", 2, "correct"),
        ("x^3", "3x^2", 2, "wrong"),
        ("x^5", "120", 5, "correct"),
        ("log(x)", "-1/x^2", 2, "correct"),
        ("x*abs(x)", "2*sign(x)", 2, "correct"),
        ("x^2*y^3", "[2*y^3, 6*x^2*y]", 2, "correct, correct"),
        ("x^2*y", "[[2*y, 2*x], [2*x, 0]]", 2, "correct, correct, correct, correct"),
        ("x^2*y", "[[2*y, 2*x], [x, 0]]", 2, "correct, correct, wrong, correct"),
        ("[x*y, x - y]", "[[y, x], [1, -1]]", 1, "correct, correct, correct, correct"),
        ("[x*y, x - y]", "[[y, 1], [x, -1]]", 1, "correct, wrong, wrong, correct"),
        ("[x*y, x, y]", "[[y, 1, 0], [x, 0, 1]]", 1, "wrong, wrong, wrong, wrong, wrong, wrong"),
        ("[x^2, sin(x)]", "[2*x, cos(x)]", 1, "correct, correct"),
    ],
)
def test_matrices_and_orders(expression: str, claim: str, order: int, found: str) -> None:
    assert grades(expression, claim, order) == found


def test_the_other_layout_and_another_order_are_named() -> None:
    assert mistakes("[x*y, x - y]", "[[y, 1], [x, -1]]") == ["transposed"] * 2
    assert mistakes("[x*y, x, y]", "[[y, 1, 0], [x, 0, 1]]") == ["transposed"] * 6
    assert mistakes("x^3", "3x^2", 2) == ["differentiated too few times"]
    assert "transposed" not in mistakes("[x*y, x - y]", "[[y, 1], [x, 1]]")


@pytest.mark.parametrize(
    ("expression", "claim", "order", "message"),
    [
        ("[x*y, x]", "[[y, x]]", 1, "the claim is 1×2, the derivatives are 2×2"),
        ("x*y", "[[0, 1], [1, 0]]", 1, "the claim is 2×2, the derivatives are 1×2"),
        ("[x*y, x]", "[1, 2]", 1, "a claim about several functions is a matrix"),
        ("[x*y, x]", "y", 1, "a claim is of one function"),
        ("x@x", "2", 2, "of formulas of vectors and matrices"),
    ],
)
def test_claims_of_another_shape(expression: str, claim: str, order: int, message: str) -> None:
    with pytest.raises(DiffcalcError) as error:
        answers_to(read_questions(expression, claim, order=order))
    assert error.value.message.startswith(message)


# -- vectors and matrices --------------------------------------------------------------------------


def judged(expression: str, claim: str, wrt: str) -> Judged:
    f = read(expression, declared=["lam"])
    return check_arrays(f, read(claim, declared={*f.variables, *SIZES}), wrt)


@pytest.mark.parametrize(
    ("expression", "claim", "wrt"),
    [
        ("x.T@A@x", "(A + A.T)@x", "x"),
        ("x.T@A@x", "A@x + A.T@x", "x"),
        ("norm(X@w - y)^2", "2*X.T@X@w - 2*X.T@y", "w"),
        ("mean((X@w - y)^2)", "2/n*X.T@(X@w - y)", "w"),
        ("sum(log(1 + exp(-y*(X@w))))", "-X.T@(y/(1 + exp(y*(X@w))))", "w"),
        ("(X@w - y)@(X@w - y) + lam*w@w", "2*X.T@(X@w - y) + 2*lam*w", "w"),
        ("sum(tanh(W@x))", "outer(1 - tanh(W@x)^2, x)", "W"),
        ("trace(A@B)", "B.T", "A"),
        ("A@x", "A", "x"),
        ("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x"),
        ("logsumexp(x)", "exp(x)/sum(exp(x))", "x"),
        ("a*x@x", "x@x", "a"),
        ("x@x*y", "2*x*y", "x"),
    ],
)
def test_a_right_gradient_of_arrays(expression: str, claim: str, wrt: str) -> None:
    assert judged(expression, claim, wrt).told is Told.RIGHT


@pytest.mark.parametrize(
    ("expression", "claim", "wrt", "mistake"),
    [
        ("x.T@A@x", "2*A@x", "x", "A is not transposed"),
        ("norm(X@w - y)^2", "X.T@(X@w - y)", "w", "a factor 2 is missing"),
        ("norm(X@w - y)^2", "2*X.T@(y - X@w)", "w", "the sign is wrong"),
        ("mean((X@w - y)^2)", "2*X.T@(X@w - y)", "w", "it is m times too large"),
        ("sum((X@w - y)^2)", "2/n*X.T@(X@w - y)", "w", "it is n times too small"),
        ("(X@w - y)@(X@w - y) + lam*w@w", "2*X.T@(X@w - y)", "w", "the term lam*w is missing"),
        ("(X@w - y)@(X@w - y) + lam*w@w", "2*X.T@(X@w - y) + lam*w", "w", "the derivative of lam*w @ w lacks a factor 2"),
        ("sum(log(1 + exp(-y*(X@w))))", "-X.T@(1/(1 + exp(y*(X@w))))", "w", "the factor y is missing"),
        ("sum(tanh(W@x))", "outer(ones(3), x)", "W", "the derivative of tanh(W @ x) is missing"),
        ("sum(tanh(W@x))", "outer(x, 1 - tanh(W@x)^2)", "W", "it is the transpose"),
        ("x@y^2", "2*x*y", "x", "this is the derivative in y"),
        ("A@x", "A.T", "x", "it is the transpose"),
        ("sum(x^2)", "2*sum(x)", "x", ""),
        ("norm(x)^2", "2*x + 1e-90*x", "x", ""),
    ],
)  # fmt: skip
def test_a_wrong_gradient_of_arrays(expression: str, claim: str, wrt: str, mistake: str) -> None:
    found = judged(expression, claim, wrt)
    assert found.told is Told.WRONG
    assert found.mistake.startswith(mistake)
    assert bool(found.mistake) == bool(mistake)


def test_how_arrays_were_compared_is_said() -> None:
    exactly = judged("x.T@A@x", "(A + A.T)@x", "x")
    assert (exactly.known, exactly.place) == ("proved", "for x of m, A of m×m")
    seen = judged("softmax(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))", "x")
    assert seen.known == "observed"
    assert "random values of several sizes" in seen.decided
    with pytest.raises(DiffcalcError, match="no shapes of the variables fit both"):
        judged("x@x", "outer(x, x)", "x")
    with pytest.raises(DiffcalcError, match="z is not a variable"):
        judged("x@x", "2*x", "z")


@pytest.mark.parametrize(
    ("expression", "claim", "place"),
    [
        ("sum(x[1:]*x[:-1])", "pad(x[1:], 0, 1) + pad(x[:-1], 1, 0)", "x of m"),
        ("sum(x)", "[1, 1]", "x of 2"),
        ("sum(x)", "ones(3)", "x of 3"),
        ("x[0]*x[1] + x[2]^3", "[x[1], x[0], 3*x[2]^2]", "x of 3"),
        ("x[5]^2", "pad([2*x[5]], 5, 2)", "x of 8"),
        ("sum(x[2:8]^2)", "pad(2*x[2:8], 2, 0)", "x of 8"),
        ("A[0, 1]*A[1, 0]", "[[0, A[1, 0]], [A[0, 1], 0]]", "A of 2×2"),
        ("mean(x)", "1/n", "x of n"),
        ("mean(A @ x)", "outer(ones(2), x)/n", "A of 2×3, x of 3"),
    ],
)
def test_a_claim_may_be_right_for_one_size_only(expression: str, claim: str, place: str) -> None:
    """One that fits no other size was a fault of diffcalc's, or was right for all."""
    (question,) = read_questions(expression, claim, ["A" if "A" in expression else "x"]).questions
    found = check_arrays(question.expression, question.claim, question.variable)
    assert (found.told, found.place) == (Told.RIGHT, f"for {place}")
    assert "several sizes" not in found.decided


def test_the_other_layout_is_named_with_no_numbers_of_it() -> None:
    found = check_arrays(read("A@x"), read("A.T", declared=["A"]), "x")
    assert (found.told, found.mistake) == (Told.WRONG, "it is the transpose, the other layout")
    assert (found.formula, [math.isnan(c.claim) for c in found.components]) == ("", [True])


def test_a_list_is_the_gradient_in_one_array() -> None:
    grid = read_questions("x[0]*x[1]*y", "[[x[1]*y, x[0]*y], x[0]*x[1]]")
    assert [str(q.claim) for q in grid.questions] == ["[x[1]*y, x[0]*y]", "x[0]*x[1]"]
    with pytest.raises(DiffcalcError, match="3 claims for the derivatives in x, y"):
        read_questions("x[0]*x[1]*y", "[1, 2, 3]")
    with pytest.raises(DiffcalcError, match="2 claims for the derivatives in x"):
        read_questions("x^2", "[2*x, 1]")


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "claim", "at", "found"),
    [
        ("x^2*y", "12, 4", "x=2 y=3", "right"),
        ("x^2*y", "12, 5", "x=2 y=3", "wrong"),
        ("sin(x)", "0.5403", "x=1", "right"),
        ("sin(x)", "0.5404", "x=1", "wrong"),
        ("sin(x)", "0.54030230586813965", "x=1", "right"),
        ("sin(x)", "0.540302305868", "x=1", "right"),
        ("sin(x)", "0.540302305869", "x=1", "wrong"),
        ("x^2.05", "2", "x=1", "wrong"),
        ("x^2.06", "2.0", "x=1", "wrong"),
        ("x^2.04", "2.0", "x=1", "right"),
        ("atan(x)", "1/2", "x=1", "right"),
        ("cos(x)", "0", "x=pi", "right"),
        ("cos(x)", "1e-40", "x=pi", "wrong"),
        ("x@x", "2, 4", "x=1,2", "right"),
        ("x@x", "[2, 4]", "x=1,2", "right"),
        ("abs(x)", "0", "x=0", "wrong"),
        ("abs(x)", "1", "x=0", "wrong"),
        ("1/x", "0", "x=0", "wrong"),
        ("x@A@x", "[[1, 2], [2, 4]]", "x=1,2 A=[[1,0],[0,1]]", ""),
    ],
)
def test_numbers_are_held_against_the_enclosure(
    expression: str, claim: str, at: str, found: str
) -> None:
    arguments = read(expression), read_values(claim), read_point(at.split(" "))
    if found:
        assert check_numbers([arguments[0]], *arguments[1:]).told == found
    else:
        assert check_numbers([arguments[0]], *arguments[1:], wrt=["A"])


@pytest.mark.parametrize(
    ("functions", "claim", "order", "tolerance", "found", "why"),
    [
        (["x^2*y"], "4, 12", 1, None, "wrong", "it is swapped with ∂f/∂y"),
        (["x^2*y"], "-12, -4", 1, None, "wrong", "the sign is wrong"),
        (["x^2*y"], "6, 2", 1, None, "wrong", "a factor 2 is missing"),
        (["x^2*y"], "[[6, 4], [4, 0]]", 2, None, "right", ""),
        (["x^2*y"], "6, 0", 2, None, "right", ""),
        (["x*y", "x - y"], "[[3, 2], [1, -1]]", 1, None, "right", ""),
        (["x*y", "x - y"], "[[3, 1], [2, -1]]", 1, None, "wrong", "it is the transpose, the other layout"),
        (["x*y", "x - y", "x"], "[[3, 1, 1], [2, -1, 0]]", 1, None, "wrong", "it is the transpose, the other layout"),
        (["sin(x^2)*y"], "-1.96, -0.7568", 1, None, "wrong", ""),
        (["exp(x^2)*y"], "163.79, 54.6", 1, None, "wrong", ""),
        (["x^2*y"], "12.1, 4", 1, 0.01, "right", ""),
        (["x^2*y"], "12.2, 4", 1, 0.01, "wrong", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_numbers(
    functions: list[str], claim: str, order: int, tolerance: float | None, found: str, why: str
) -> None:
    point = read_point(["x=2", "y=3"])
    expressions = [read(one, declared=["x", "y"]) for one in functions]
    told = check_numbers(expressions, read_values(claim), point, (), order, tolerance)
    assert told.told == found
    if why:
        assert why in (told.mistake, told.wrong[0].why)


def test_a_broken_rule_is_named_for_numbers_too() -> None:
    f, point = read("sin(x^2)"), read_point(["x=1.1"])
    claim = read_values("0.3530194012193304")
    assert check_numbers([f], claim, point).wrong[0].why == "the inner derivative was forgotten"
    corner = check_numbers([read("abs(x)")], read_values("1"), read_point(["x=0"])).wrong[0]
    assert corner.why == "no derivative: the slopes are -1 from the left, 1 from the right"


def test_numbers_that_are_not_as_many_are_refused() -> None:
    f, point = read("x^2*y"), read_point(["x=2", "y=3"])
    with pytest.raises(DiffcalcError, match="the claim has 3 numbers, the derivatives are 2"):
        check_numbers([f], read_values("1, 2, 3"), point)
    with pytest.raises(DiffcalcError, match="no value for y"):
        check_numbers([f], read_values("1, 2"), read_point(["x=2"]))
