"""Vectors and matrices by all three methods: the lecture's identities, losses, corners, layouts."""

import json
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import diffcalc
from diffcalc.base.errors import DiffcalcError, LimitError
from diffcalc.comparison.compare import compare, quotients
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.comparison.matrices import hessian, jacobian
from diffcalc.comparison.partial_derivatives import StepSizes, Task
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.library import Library
from diffcalc.language.point import Values, read_point, read_values, values_of
from diffcalc.render.reasons import sentence
from tests import tensors
from tests.conftest import Run, examples

NO_ROWS = StepSizes(count=0)


def point(text: str) -> dict[str, Values]:
    return read_point(text.split())


def lossy(text: str, tmp_path: object) -> object:
    return read(text, lookup=Library(tmp_path).lookup())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "at", "wrt", "formula", "values"),
    [
        ("x.T @ A @ x", "A=[[1,2],[3,4]] x=5,6", "x", "(A + A.T) @ x", [40, 73]),
        ("x @ A @ x", "A=[[1,2],[3,4]] x=5,6", "A", "outer(x, x)", [25, 30, 30, 36]),
        ("norm(x)**2", "x=3,4", "x", "2*x", [6, 8]),
        ("x @ x", "x=3,4", "x", "2*x", [6, 8]),
        ("sum((A@x - y)**2)", "A=[[1,2],[3,4],[5,6]] x=5,6 y=1,2,3", "x", "2*A.T @ (A @ x - y)", [834, 1056]),
        ("mse(y, p)", "y=1,2,3 p=1,1,4", "p", "2*(p - y)/3", [0, -2 / 3, 2 / 3]),
        ("cross_entropy(q, p)", "q=1,0,0.5 p=0.5,0.25,0.25", "p", "-q/p", [-2, 0, -2]),
        ("logsumexp(x)", "x=0,0,0", "x", "softmax(x)", [1 / 3] * 3),
        ("huber(y, p)", "y=0,0 p=0.5,3", "p", None, [0.25, 0.5]),
        ("bce(y, p)", "y=1,0 p=0.5,0.75", "p", None, [-1, 2]),
        ("sum(A @ x)", "A=[[1,2],[3,4]] x=5,6", "x", "sum(A, axis=0)", [4, 6]),
        ("prod(x)", "x=2,3,4", "x", "prod(x)/x", [12, 8, 6]),
        ("max(x)", "x=2,3,1", "x", None, [0, 1, 0]),
        ("trace(A @ A)", "A=[[1,2],[3,4]]", "A", "2*A.T", [2, 6, 4, 8]),
        ("sum(x)*s", "x=1,2 s=3", "s", "sum(x)", [3]),
        ("mean(A*x)", "A=[[1,2],[3,4]] x=5,6", "x", None, [1, 1.5]),
        ("sum((x - mean(x))**2)", "x=1,2,6", "x", None, [-4, -2, 6]),
    ],
)  # fmt: skip
def test_gradients(
    text: str, at: str, wrt: str, formula: str | None, values: list[float], tmp_path: object
) -> None:
    result = compare(lossy(text, tmp_path), point(at), wrt=[wrt], steps=NO_ROWS)
    assert result.verdict is Verdict.AGREE
    if formula is not None:
        assert result.partials[0].formula == formula
    for method in ("symbolic", "autograd"):
        assert [getattr(e, method) for e in result.elements] == pytest.approx(values, rel=1e-14)
    assert [float(e.truth.derivative) for e in result.elements] == pytest.approx(values, rel=1e-15)
    assert [e.convergence.limit.value for e in result.elements] == pytest.approx(
        values, rel=1e-8, abs=1e-12
    )


@pytest.mark.parametrize(
    ("text", "at", "wrt", "derivatives"),
    [
        ("bce(y, sigmoid(z))", "y=0,1 z=800,1", "z", [0.5, -0.13447071068499756]),
        ("bce(y, sigmoid(z))", "y=0,1 z=800,1", "y", [-400, -0.5]),
        ("bce(y, sigmoid(z))", "y=1,0 z=-800,3", "z", [-0.5, 0.47628706341161894]),
        ("bce(0, sigmoid(x))", "x=50,1", "x", [0.5, 0.36552928931500245]),
        ("bce(0, sigmoid(x))", "x=2500,1", "x", [0.5, 0.36552928931500245]),
        ("bce(y, softmax(z))", "y=0,1 z=800,1", "z", [1, -1]),
        ("cross_entropy(q, softmax(z))", "q=0,1 z=800,1", "z", [1, -1]),
        ("cross_entropy(q, softmax(z))", "q=0,1 z=6000,1", "z", [1, -1]),
        ("sum(log(1 + exp(z)))", "z=800,1", "z", [1, 0.7310585786300049]),
        ("sum(log(1 - tanh(z)))", "z=800,1", "z", [-2, -1.7615941559557649]),
        ("sum(log(1 - erf(z)))", "z=25,1", "z", [-50.03993625449594, -2.6389675142347913]),
        ("sum(log(-expm1(z)))*y", "z=-1,-1 y=0", "z", [0, 0]),
        ("mean(log(cosh(z) - sinh(z)))", "z=900,1", "z", [-0.5, -0.5]),
    ],
)
def test_losses_of_what_is_saturated(
    text: str, at: str, wrt: str, derivatives: list[float], tmp_path: object
) -> None:
    """1 - sigmoid(800) is 0 in 340 digits. 1 - y, which is 0 in any, hid that from the search."""
    result = compare(lossy(text, tmp_path), point(at), wrt=[wrt], steps=NO_ROWS)
    assert result.verdict in (Verdict.AGREE, Verdict.INACCURATE)
    assert [float(e.truth.derivative) for e in result.elements] == pytest.approx(
        derivatives, rel=1e-14
    )
    assert np.all(np.isfinite(result.value))


def test_loss_of_a_network_of_two_layers() -> None:
    text = "sum((W2 @ sigmoid(W1 @ x) - y)**2)"
    expression = read(text, declared=["W1", "W2"])
    at = point("W1=[[1,2],[3,-4]] W2=[[1,-1],[2,0.5]] x=0.1,0.2 y=1,2")
    result = compare(expression, at, steps=NO_ROWS)
    assert result.verdict is Verdict.AGREE
    w1, w2, x, y = (at[n].floats for n in ("W1", "W2", "x", "y"))
    h = 1 / (1 + np.exp(-(w1 @ x)))
    r = 2 * (w2 @ h - y)
    expected = {
        "W2": np.outer(r, h),
        "W1": np.outer((w2.T @ r) * h * (1 - h), x),
        "y": -r,
        "x": w1.T @ ((w2.T @ r) * h * (1 - h)),
    }
    for partial in result.partials:
        (name,) = partial.variables
        found = [element.symbolic for element in partial.elements]
        np.testing.assert_allclose(found, expected[name].ravel(), rtol=1e-12)


@examples(0.6)
@given(st.data(), st.integers(0, 10**6))
def test_random_expressions_agree_with_the_oracle(data: st.DataObject, seed: int) -> None:
    """The truth, and each method, against differences in 40 digits, in one variable of each."""
    try:
        expression = read(data.draw(tensors.tensors((), 3)), declared=list(tensors.SHAPES))
    except DiffcalcError:
        assume(False)
    assume(expression.variables and not expression.elementwise)
    name = data.draw(st.sampled_from(expression.variables))
    with mpmath.mp.workdps(40):
        exact = tensors.point({n: tensors.SHAPES[n] for n in expression.variables}, seed)
        true = tensors.gradient(expression, exact, name).ravel()
    assume(all(mpmath.isfinite(t) and abs(t) < 1e6 for t in true))
    at = {n: values_of(np.asarray(v, dtype=float)) for n, v in exact.items()}
    result = compare(expression, at, wrt=[name], steps=NO_ROWS)
    size = max(1.0, *(float(abs(t)) for t in true))
    for element, derivative in zip(result.elements, true, strict=True):
        assert element.truth.exists
        # The step of the oracle is 2**-40.
        assert abs(element.truth.derivative - derivative) <= 1e-10 * size
        assert element.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE)
        for value in (element.symbolic, element.autograd):
            if element.judgement.verdict is Verdict.AGREE:
                assert value == pytest.approx(float(derivative), rel=1e-8, abs=1e-8 * size)


@pytest.mark.parametrize(
    ("text", "at", "verdict", "kind"),
    [
        ("norm(x)", "x=0,0", "not differentiable", "corner"),
        ("max(x)", "x=2,2,1", "not differentiable", "corner"),
        ("sum(abs(x))", "x=1,0", "not differentiable", "corner"),
        ("logsumexp(x)", "x=2,2,1", "agree", ""),
        ("norm(x)**2", "x=0,0", "agree", ""),
        ("prod(x)", "x=0,2,3", "agree", ""),
        ("prod(x)", "x=0,0,3", "agree", ""),
        ("prod(A, axis=0)", "A=[[0,0],[3,4]]", "agree", ""),
        # Terms that cancel leave more round-off than their sum tells.
        (
            "sum(S@x)",
            "S=[[-0.512,0.915,0.521],[0.363,-1.398,-1.358],[-0.403,0.685,0.161]] x=-0.131,-1.271,-0.231",
            "agree",
            "",
        ),
        ("sum(x - mean(x))", "x=1,2,5", "agree", ""),
        ("sum(log(p))", "p=0", "undefined", "pole"),
        ("sum(log(p))", "p=1,-1", "undefined", "outside"),
        ("sum(x)/norm(x)", "x=0,0", "undefined", "jump"),
    ],
)
def test_verdicts(text: str, at: str, verdict: str, kind: str) -> None:
    result = compare(read(text), point(at), steps=NO_ROWS)
    kinds = {e.judgement.kind for e in result.elements if e.judgement.verdict is result.verdict}
    assert (result.verdict.value, kinds) == (verdict, {kind})


@pytest.mark.parametrize(
    ("text", "at", "gradient", "formulas"),
    [
        ("a + x", "a=1,2,3 x=5", None, ["1", "3"]),
        ("A*x", "A=[[1,2],[3,4]] x=[5]", None, ["x", "sum(A)"]),
        ("a*b", "a=2,3 b=6,4", "1,10", ["b*v", "a*v"]),
        ("a**2", "a=3", "2", ["2*a*v"]),
        ("a*b", "a=2,3 b=6,4", None, ["b", "a"]),
    ],
)
def test_what_is_broadcast_or_weighted_is_in_the_formula(
    text: str, at: str, gradient: str | None, formulas: list[str]
) -> None:
    seed = None if gradient is None else read_values(gradient)
    result = compare(read(text), point(at), gradient=seed, steps=NO_ROWS)
    assert [p.formula for p in result.partials] == formulas
    assert result.verdict is Verdict.AGREE


def test_a_scalar_row_of_a_jacobian_has_no_external_gradient() -> None:
    found = jacobian([read("x @ x"), read("sum(x)")], point("x=1,2"))
    assert [c.partials[0].formula for _, c in found.compared] == ["2*x", "1"]


def test_the_second_derivatives_of_one_element_are_the_diagonal() -> None:
    result = compare(read("x @ A @ x"), point("A=[[1,2],[3,4]] x=5,6"), wrt=["x"], order=2)
    assert result.partials[0].formula == "diag(A + A.T)"


def test_losses_are_known_to_the_python_entry_point() -> None:
    assert str(diffcalc.read("mse(y, p)")) == "mean((y - p)**2)"


def test_the_element_without_a_value_is_named() -> None:
    result = compare(read("-sum(q*log(p))"), point("q=0.5,0.5 p=1,0"), wrt=["p"], steps=NO_ROWS)
    assert "log(p)[1] has no real value here" in sentence(result.elements[1].judgement)


def test_all_elements_together() -> None:
    """Both partial derivatives are 0, the slope along (1, 1) is not."""
    result = compare(read("sqrt(abs(prod(x)))"), point("x=0,0"), steps=NO_ROWS)
    assert result.joint is not None
    assert "in the direction (1, 1) the slope is -1 on one side and 1 on the other" in sentence(
        result.joint
    )


# -- Jacobians and Hessians ------------------------------------------------------------------------

A = "A=[[1,2],[3,4]]"


@pytest.mark.parametrize(
    ("text", "at", "formula", "transposed", "entries"),
    [
        ("A @ x", f"{A} x=5,6", "A", "A.T", [[1, 2], [3, 4]]),
        ("x @ A", f"{A} x=5,6", "A.T", "A", [[1, 3], [2, 4]]),
        ("x**2", "x=5,6", None, None, [[10, 0], [0, 12]]),
        ("softmax(x)", "x=0,0", None, None, [[0.25, -0.25], [-0.25, 0.25]]),
    ],
)
def test_jacobians(
    text: str, at: str, formula: str | None, transposed: str | None, entries: list[list[float]]
) -> None:
    found = jacobian([read(text)], point(at), wrt=["x"])
    assert found.verdict is Verdict.AGREE
    assert [[float(e.truth.derivative) for e in row] for row in found.entries] == entries
    assert found.layout == "row: function, column: variable (Jacobian layout)"
    derivation = found.compared[0][1].partials[0].derivation
    assert (derivation.jacobian, derivation.matrix) == (formula, transposed) or formula is None
    turned = found.transposed
    assert [[float(e.truth.derivative) for e in row] for row in turned.entries] == np.transpose(
        entries
    ).tolist()
    assert turned.layout == "row: variable, column: function (gradient layout)"
    assert (turned.rows, turned.columns) == (found.columns, found.rows)
    assert turned.transposed == found


def test_both_layouts_are_printed_by_name(run: Run) -> None:
    """The lecture: the gradient of Ax is A.T; the Jacobian is A."""
    command = ["jacobian", "A @ x", A, "x=5,6", "--wrt", "x"]
    assert run(*command, "--format", "value").out == "1 2\n3 4\n"
    assert run(*command, "--format", "value", "--layout", "gradient").out == "1 3\n2 4\n"
    found = json.loads(run(*command, "--format", "json", "--layout", "gradient").out)
    assert found["formulas"] == [{"of": "∂f/∂x", "jacobian": "A", "gradient": "A.T"}]
    assert (found["rows"], found["columns"]) == (["x[0]", "x[1]"], ["f[0]", "f[1]"])
    table = run(*command).out
    assert "∂f/∂x = A in Jacobian layout, A.T in gradient layout" in table


@pytest.mark.parametrize(
    ("text", "at", "formula", "entries"),
    [
        ("x @ A @ x", f"{A} x=5,6", "A + A.T", [[2, 5], [5, 8]]),
        ("sum((A @ x)**2)", f"{A} x=5,6", "2*A.T @ A", [[20, 28], [28, 40]]),
        ("sum(x**3)", "x=1,2", None, [[6, 0], [0, 12]]),
        ("logsumexp(x)", "x=0,0", None, [[0.25, -0.25], [-0.25, 0.25]]),
        ("prod(x)", "x=2,3,5", None, [[0, 5, 3], [5, 0, 2], [3, 2, 0]]),
    ],
)
def test_hessians(text: str, at: str, formula: str | None, entries: list[list[float]]) -> None:
    found = hessian(read(text), point(at), wrt=["x"])
    assert found.verdict is Verdict.AGREE
    values = [[float(e.truth.derivative) for e in row] for row in found.entries]
    np.testing.assert_allclose(values, entries, rtol=1e-14, atol=1e-14)
    for method in ("symbolic", "autograd"):
        by_method = [[getattr(e, method) for e in row] for row in found.entries]
        np.testing.assert_allclose(by_method, entries, rtol=1e-12, atol=1e-12)
    if formula is not None:
        assert found.compared[0][1].partials[0].formula == formula


def test_an_external_gradient() -> None:
    expression, at = read("A @ x"), point(f"{A} x=5,6")
    result = compare(expression, at, gradient=read_values("1,10"), steps=NO_ROWS)
    assert [(p.formula, p.seed_name) for p in result.partials] == [
        ("outer(v, x)", "v"),
        ("A.T @ v", "v"),
    ]
    assert [e.symbolic for e in result.elements] == [5, 6, 50, 60, 31, 42]
    assert [e.autograd for e in result.elements] == [5, 6, 50, 60, 31, 42]
    assert result.verdict is Verdict.AGREE


# -- many elements ---------------------------------------------------------------------------------


def test_many_elements_are_compared_along_random_directions(run: Run) -> None:
    numbers = [round(math.sin(i), 3) for i in range(300)]
    at = "x=" + ",".join(map(str, numbers))
    found = json.loads(run("grad", "sum(x**3)", at, "--format", "json").out)
    assert found["verdict"] == "agree"
    assert [d["direction"] for d in found["derivatives"]] == [1, 2, 3]
    np.testing.assert_allclose(found["gradients"]["x"], 3 * np.array(numbers) ** 2, rtol=1e-14)
    for derivative in found["derivatives"]:
        direction = np.random.default_rng(derivative["direction"]).standard_normal(300) / math.sqrt(
            300
        )
        slope = float(3 * np.array(numbers) ** 2 @ direction)
        for method in ("numerical", "symbolic", "autograd"):
            assert derivative[method]["value"] == pytest.approx(slope, rel=1e-9)
        assert derivative["derivative"] == pytest.approx(slope, rel=1e-13)
    table = run("grad", "sum(x**3)", at, "--sequences", "none").out
    assert "300 derivatives: 300 agree; --all shows each." in table
    assert "numerical limit along 3 random directions v1, v2, v3 only, not in each." in table
    assert table.count("x[") == 0
    assert run("grad", "sum(x**3)", at, "--sequences", "none", "--all").out.count("  x[") == 300
    value = run("grad", "sum(x**3)", at, "--format", "value").out.split()
    assert [float(v) for v in value] == pytest.approx([3 * n**2 for n in numbers])


def test_a_wrong_gradient_would_show_in_a_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    """One element of 300 that autograd gets wrong is not missed."""
    at = {"x": values_of(np.linspace(1, 2, 300))}
    right = Task.backward

    def wrong(task: Task, places: tuple[Coordinate, ...]) -> float:
        assert len(places) == 1
        task.gradients["x"][7] += 1e-3
        return right(task, places)

    monkeypatch.setattr(Task, "backward", wrong)
    result = compare(read("sum(x**2)"), at, steps=NO_ROWS)
    assert {e.judgement.digits["autograd"] < 6 for e in result.elements} == {True}


def test_a_corner_among_many_elements_shows_in_a_direction() -> None:
    at = {"x": values_of([0.0, *np.linspace(1, 2, 299)])}
    result = compare(read("sum(abs(x))"), at, steps=NO_ROWS)
    assert {e.judgement.kind for e in result.elements} == {"corner"}


def test_up_to_200_elements_each_has_its_own_row() -> None:
    at = {"x": values_of(np.linspace(1, 2, 200))}
    assert len(quotients(read("sum(x**2)"), at, steps=NO_ROWS)) == 200
    at = {"x": values_of(np.linspace(1, 2, 201))}
    assert len(quotients(read("sum(x**2)"), at, steps=NO_ROWS)) == 3


def test_second_derivatives_of_so_many_are_refused() -> None:
    at = {"x": values_of(np.ones(300))}
    with pytest.raises(LimitError, match="x has too many elements for that"):
        hessian(read("sum(x**2)"), at)


def test_a_table_lists_the_worst_of_many_elements(run: Run) -> None:
    at = "x=" + ",".join(["1"] * 30 + ["0"])
    table = run("grad", "sum(abs(x))", at, "--sequences", "none").out
    assert "x[10] = 1" in table
    assert "x[11] = 1" not in table
    assert "x[30] = 0" in table
    assert "31 derivatives: 30 agree, 1 not differentiable; --all shows each." in table
    assert "x[11] = 1" in run("grad", "sum(abs(x))", at, "--sequences", "none", "--all").out


def test_equal_reasons_are_told_once(run: Run) -> None:
    outcome = run("grad", "sum(abs(x))", "x=" + ",".join(["0"] * 30), "--format", "value")
    assert outcome.err.count("corner") == 1
    assert outcome.err.startswith("diffcalc: x[0], x[1], x[2], ")
    assert "x[11], … 18 more: not differentiable: corner: the slope is -1" in outcome.err


def test_a_command_without_all_tells_each_reason(run: Run) -> None:
    numbers = ",".join(map(str, range(1, 15)))
    at = ["--at", "x=" + ",".join("0" * 14), f"c={numbers}"]
    outcome = run("limit", "sum(abs(x)*c)", *at, "--wrt", "x", "--format", "value")
    assert outcome.err.count("corner: the slope is") == 14
    assert "--all" not in outcome.err
    outcome = run("grad", "sum(abs(x)*c)", *at, "--wrt", "x", "--format", "value")
    assert outcome.err.count("corner: the slope is") == 12
    assert "2 more reasons: not differentiable: --all shows each" in outcome.err


def test_nan_in_the_middle_is_said_once(run: Run) -> None:
    outcome = run("grad", "sum(sqrt(x))", "x=1,-1", "--sequences", "none")
    assert outcome.status == 1
    assert "sqrt(x)[1] has no real value here" in " ".join(outcome.out.split())


def test_a_scan_takes_single_numbers(run: Run) -> None:
    outcome = run("scan", "sum(x)", "--x=0:1")
    assert (outcome.status, outcome.err) == (
        2,
        "diffcalc: sum(x) works on whole arrays: a scan is of a formula of single numbers\n",
    )


@pytest.mark.parametrize("at", ["z=800,1", "z=[[1,2],[3,4]]", "z=[1]"])
@pytest.mark.parametrize("text", ["1", "pi - 2"])
def test_a_constant_of_a_vector_has_derivatives_0(run: Run, text: str, at: str) -> None:
    outcome = run("grad", text, at, "--format", "json")
    assert (outcome.status, outcome.err) == (0, "")
    assert {one["derivative"] for one in json.loads(outcome.out)["derivatives"]} == {0}
