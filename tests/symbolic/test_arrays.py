"""Symbolic gradients of expressions with vectors and matrices: as a person writes them, and true."""

from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.library import Library
from diffcalc.language.point import split
from diffcalc.render.wording import walk
from diffcalc.symbolic import Derivation, Step, differentiate, differentiate_again
from diffcalc.symbolic.arrays.assumed_shapes import sizes_of
from diffcalc.symbolic.derivation import NOT_REAL
from tests import tensors
from tests.conftest import examples

SHAPES = tensors.SHAPES | {
    "W": (3, 3), "X": (4, 3), "p": (3,), "q": (3,), "w": (3,), "z": (3,), "t": (4,),
}  # fmt: skip
LOSSES = Library(Path("/nonexistent")).lookup()


def formula(text: str) -> Expression:
    return read(text, declared=list(SHAPES), lookup=LOSSES)


def shapes_of(expression: Expression) -> dict[str, tuple[int, ...]]:
    return {name: SHAPES[name] for name in expression.variables}


def derive(text: str, name: str, *, seeded: bool = False) -> Derivation:
    expression = formula(text)
    return differentiate(expression, name, shapes_of(expression), seeded)


# -- as a person writes them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "gradient"),
    [
        ("x @ B @ x", "x", "(B + B.T) @ x"),
        ("x.T @ B @ x", "x", "(B + B.T) @ x"),
        ("x @ x", "x", "2*x"),
        ("dot(x, x)", "x", "2*x"),
        ("sum(x**2)", "x", "2*x"),
        ("norm(x)**2", "x", "2*x"),
        ("norm(x)", "x", "x/norm(x)"),
        ("sum((A @ x - y)**2)", "x", "2*A.T @ (A @ x - y)"),
        ("sum((A @ x - y)**2)", "A", "2*outer(A @ x - y, x)"),
        ("mse(z, p)", "p", "2*(p - z)/3"),
        ("mse(t, X @ w)", "w", "X.T @ (X @ w - t)/2"),
        ("cross_entropy(q, p)", "p", "-q/p"),
        ("cross_entropy(q, softmax(z))", "z", "softmax(z)*sum(q) - q"),
        ("bce(t, sigmoid(X @ w))", "w", "X.T @ (sigmoid(X @ w) - t)/4"),
        ("huber(q, p)", "p", "where(abs(p - q) <= 1, p - q, -sign(q - p))/3"),
        ("sum((W @ sigmoid(B @ x) - z)**2)", "W", "2*outer(W @ sigmoid(B @ x) - z, sigmoid(B @ x))"),
        (
            "sum((W @ sigmoid(B @ x) - z)**2)", "B",
            "2*outer((1 - sigmoid(B @ x))*(W.T @ (W @ sigmoid(B @ x) - z))*sigmoid(B @ x), x)",
        ),
        ("logsumexp(x)", "x", "softmax(x)"),
        ("trace(B @ W)", "W", "B.T"),
        ("det(W)", "W", "det(W)*inv(W).T"),
        ("log(det(W))", "W", "inv(W).T"),
        ("x @ inv(B) @ z", "B", "-outer(inv(B).T @ x, inv(B) @ z)"),
        ("cumprod(x) @ z", "x", "(z*cumprod(x) - cumsum(z*cumprod(x)) + sum(z*cumprod(x)))/x"),
        ("mean(x)", "x", "1/3"),
        ("sum(x)", "x", "1"),
        ("prod(x)", "x", "prod(x)/x"),
        ("max(x)", "x", "where(x == max(x), 1, 0)"),
        ("sum(A @ x)", "x", "sum(A, axis=0)"),
        ("sum(A @ x)", "A", "x"),
        ("sum((x - mean(x))**2)", "x", "2*(x - sum(x)/3)"),
        ("sum(A*x, axis=1) @ y", "x", "A.T @ y"),
        ("sum(A*x, axis=1) @ y", "A", "outer(y, x)"),
        ("norm(A, axis=1) @ y", "A", "diag(y/norm(A, axis=1)) @ A"),
        ("x[0]**3", "x", "pad([3*x[0]**2], 0, 2)"),
        ("x[-1]*z[1]", "x", "pad([z[1]], 2, 0)"),
        ("x[0]*x[1] + x[2]**3", "x", "[x[1], x[0], 3*x[2]**2]"),
        ("x[0]*x[2]", "x", "[x[2], 0, x[0]]"),
        ("y[1]*x[2]", "x", "pad([y[1]], 2, 0)"),
        ("sum(x[0:2])", "x", "pad(ones(2), 0, 1)"),
        ("sum(x[:])", "x", "1"),
        ("sum(x[0:9]**2)", "x", "2*x"),
        ("sum(t[1:][1:-1]**2)", "t", "2*pad(t[2:-1], 2, 1)"),
        ("sum((x[1:] - x[:-1])**2)", "x", "2*(pad(x[0:-1] - x[1:], 0, 1) + pad(x[1:] - x[0:-1], 1, 0))"),
        ("sum(z[1:]*x[1:]) + sum(x[1:]**2)", "x", "pad(2*x[1:] + z[1:], 1, 0)"),
        ("sum(A[1:, :2])", "A", "pad(pad(ones(2, 1), 0, 1).T, 1, 0)"),
        ("A[1] @ x", "A", "pad([x], 1, 0)"),
        ("A[0] @ x + x[0]*A[1] @ x", "A", "[x, x*x[0]]"),
        ("A[0, 1]*A[1, 2]", "A", "[pad([A[1][2]], 1, 1), pad([A[0][1]], 2, 0)]"),
        ("sum(pad(x, 1, 2)*pad(t, 0, 2))", "x", "t[1:]"),
        ("sum(x[1:, None]*A)", "x", "pad(sum(A, axis=1), 1, 0)"),
        ("pad(x, 1, 0)[0]*x[0] + x[1:][1]", "x", "pad([1], 2, 0)"),
        ("sum(pad(pad(x, 1, 0), 0, 2)**2)", "x", "2*x"),
    ],
)  # fmt: skip
def test_a_person_would_write_it_so(text: str, name: str, gradient: str) -> None:
    assert derive(text, name).text == gradient


@pytest.mark.parametrize(
    ("text", "name", "gradient"),
    [
        ("sum(x/x)", "x", "0"),
        ("mean(x**0)", "x", "0"),
        ("sum(2 + 0*x)", "x", "0"),
        ("sum(s)", "s", "1"),
        ("sum(s + 0*x)", "s", "3"),
        ("mean(s + 0*x)", "s", "1"),
        ("sum(s*x/x)", "s", "3"),
        ("sum(s*A/A, axis=1) @ y", "s", "3*sum(y)"),
        ("norm(s + 0*x)", "s", "sqrt(3)*s/abs(s)"),
        ("logsumexp(s + 0*x)", "s", "1"),
        ("prod(s + 0*x)", "s", "3*s**2"),
        ("max(s + 0*x)", "s", "1"),
        ("sum(softmax(s + 0*x))", "s", "0"),
        ("trace(s + 0*B)", "s", "3"),
        ("sum(A*x)", "x", "sum(A, axis=0)"),
        ("(s*ones(3)) @ x", "x", "s"),
        ("sum(outer(s + 0*y, x))", "s", "2*sum(x)"),
        ("sum((x/x*s) @ B)", "s", "sum(B)"),
    ],
)
def test_no_shape_is_forgotten(text: str, name: str, gradient: str) -> None:
    assert derive(text, name).text == gradient


@pytest.mark.parametrize(
    ("text", "gradient", "matrix", "jacobian"),
    [
        ("A @ x", "A.T @ v", "A.T", "A"),
        ("x @ B", "B @ v", "B", "B.T"),
        ("x**2*sum(x/x)", "6*v*x", "6*diag(x)", "6*diag(x)"),
        ("sigmoid(A @ x)", None, "A.T @ diag(sigmoid(A @ x) - sigmoid(A @ x)**2)",
         "diag(sigmoid(A @ x) - sigmoid(A @ x)**2) @ A"),
        ("softmax(x)", "(v - sum(v*softmax(x)))*softmax(x)",
         "diag(softmax(x)) - outer(softmax(x), softmax(x))",
         "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
        ("x - mean(x)", "v - sum(v)/3", "eye(3) - 1/3", "eye(3) - 1/3"),
        ("sum(x)*ones(2)", "sum(v)", "ones(3, 2)", "ones(2, 3)"),
        ("x*sum(x)", "v*sum(x) + sum(v*x)", "x + eye(3)*sum(x)", "eye(3)*sum(x) + outer(x, ones(3))"),
        ("cumsum(x)", "v - cumsum(v) + sum(v)", "eye(3) - cumsum(eye(3), axis=0) + 1",
         "eye(3) - cumsum(eye(3), axis=0).T + 1"),
        ("0*x + A.T @ y", "0", "0*ones(3, 3)", "0*ones(3, 3)"),
        ("x[1:]**2", "2*pad(v*x[1:], 1, 0)", "2*eye(3)[1:].T @ diag(x[1:])", "2*diag(x[1:]) @ eye(3)[1:]"),
        ("x[1:-1]", "pad(v, 1, 1)", "eye(3)[1:-1].T", "eye(3)[1:-1]"),
        ("pad(x, 1, 1)", "v[1:-1]", "eye(5)[1:-1]", "eye(5)[1:-1].T"),
    ],
)  # fmt: skip
def test_jacobians(text: str, gradient: str | None, matrix: str, jacobian: str) -> None:
    found = derive(text, "x", seeded=True)
    assert gradient is None or found.text == gradient
    assert (found.matrix, found.jacobian) == (matrix, jacobian)


def test_the_identities_of_the_lecture() -> None:
    sizes = {"A": (2, 3), "B": (3, 2), "C": (3, 3), "x": (3,)}
    for text, matrix in (("A @ x", "A.T"), ("x.T @ B", "B")):
        expression = read(text)
        found = differentiate(expression, "x", sizes, seeded=True)
        assert found.matrix == matrix
    for text, gradient in (
        ("x.T @ C @ x", "(C + C.T) @ x"), ("norm(x)**2", "2*x"), ("x.T @ x", "2*x"),
    ):  # fmt: skip
        assert differentiate(read(text), "x", sizes).text == gradient


def test_a_seed_has_a_name_of_its_own() -> None:
    expression = read("u*(A @ v)")
    found = differentiate(expression, "v", {"A": (2, 3), "v": (3,), "u": (2,)}, seeded=True)
    assert (found.seed, found.seed_shape) == ("w", (2,))
    assert found.text == "A.T @ (u*w)"


# -- second derivatives ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hessian"),
    [
        ("x @ B @ x", "B + B.T"),
        ("sum(x**3)", "6*diag(x)"),
        ("sum(x)**2", "2*ones(3, 3)"),
        ("sum((A @ x - y)**2)", "2*A.T @ A"),
        ("logsumexp(x)", "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
        ("norm(x)", "eye(3)/norm(x) - outer(x, x)/norm(x)**3"),
        ("sum(x[1:]*x[:-1])", "eye(3)[1:].T @ eye(3)[0:-1] + eye(3)[0:-1].T @ eye(3)[1:]"),
    ],
)
def test_hessians(text: str, hessian: str) -> None:
    expression = formula(text)
    found = differentiate_again(expression, ["x", "x"], shapes_of(expression))
    assert (found[0].seed, found[1].seed, found[1].seed_shape) == (None, "v", (3,))
    assert found[1].matrix == hessian


def test_mixed_and_third_derivatives_are_seeded_by_what_was_differentiated_in() -> None:
    expression = formula("sum(x**3)*s")
    found = differentiate_again(expression, ["s", "x", "x"], shapes_of(expression))
    assert [(d.text, d.seed) for d in found] == [
        ("sum(x**3)", None), ("3*x**2", None), ("6*v*x", "v"),
    ]  # fmt: skip
    third = differentiate_again(expression, ["x", "x", "x"], shapes_of(expression))
    assert [(d.seed, d.seed_shape) for d in third] == [(None, ()), ("v", (3,)), ("w", (3,))]
    assert third[-1].text == "6*s*v*w"


@examples(0.4)
@given(st.data())
def test_second_derivatives_of_any_expression(data: st.DataObject) -> None:
    expression = readable(data.draw(tensors.tensors((), 2)))
    assume(expression.variables and not expression.elementwise)
    name = data.draw(st.sampled_from(expression.variables))
    shapes = shapes_of(expression)
    first, *rest = differentiate_again(expression, [name, name], shapes)
    assume(rest)
    (second,) = rest
    values = tensors.point(shapes)
    assert first.program is not None
    seed = tensors.point({"v": second.seed_shape})["v"] if second.seed else 1
    true = tensors.gradient(first.program, values, name, seed, shapes[name])
    assume(all(mpmath.isfinite(value) for value in np.ravel(true)))
    with mpmath.mp.workdps(40):
        assert same(second({**values, second.seed or "": seed}, exact()), true), second.text


# -- against differences in 40 digits --------------------------------------------------------------


def readable(text: str) -> Expression:
    try:
        return formula(text)
    except DiffcalcError:
        assume(False)
        raise


def same(found: object, true: object) -> bool:
    """Whether two arrays agree to 15 digits of the largest element."""
    found, true = np.broadcast_arrays(found, true)
    size = max(1, *(abs(value) for value in np.ravel(true)))
    pairs = zip(np.ravel(found), np.ravel(true), strict=True)
    return all(abs(a - b) <= 1e-15 * size for a, b in pairs)


any_tensor = st.sampled_from([(), (2,), (3,), (2, 3), (3, 3)]).flatmap(
    lambda shape: tensors.tensors(shape, 3)
)


@examples(1)
@given(any_tensor, st.booleans())
def test_the_gradient_of_any_expression(text: str, seeded: bool) -> None:
    expression = readable(text)
    assume(not expression.elementwise)
    shapes = shapes_of(expression)
    values = tensors.point(shapes)
    for name in expression.variables:
        found = differentiate(expression, name, shapes, seeded)
        seed = tensors.point({"v": found.seed_shape})["v"] if seeded else 1
        true = tensors.gradient(expression, values, name, seed)
        assume(all(mpmath.isfinite(value) for value in np.ravel(true)))
        assert found.program is not None, found.text
        with mpmath.mp.workdps(40):
            inside = {**values, found.seed or "": seed}
            assert same(found(inside, exact()), true), found.text
            if found.matrix is not None:
                matrix, jacobian = (
                    tensors.value(read(m, declared=list(values)), values)
                    for m in (found.matrix, found.jacobian or "")
                )
                assert same(matrix @ seed, true)
                assert same(seed @ jacobian, true)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prod(diag(x))", "x"),
        ("sum(cumprod(x*outer(ones(3), x - x[1]), axis=1))", "x"),
        ("max(outer(ones(2), x))", "x"),
        ("min(B*0 + x, axis=0) @ x", "x"),
    ],
)
def test_rules_that_fail_their_check_are_replaced_by_careful_ones(text: str, name: str) -> None:
    expression = formula(text)
    found = derive(text, name)
    values = tensors.point(shapes_of(expression))
    with mpmath.mp.workdps(40):
        assert same(found(values, exact()), tensors.gradient(expression, values, name)), found.text


def test_broadcasting_of_rows_and_columns_is_summed_back() -> None:
    shapes = {"A": (2, 3), "r": (1, 3), "c": (2, 1), "one": (1,)}
    expression = read("sum((A*r + c)**2*one, axis=0)", declared=list(shapes))
    values = tensors.point(shapes)
    for name, shape in shapes.items():
        found = differentiate(expression, name, shapes, seeded=True)
        seed = tensors.point({"v": (3,)})["v"]
        true = tensors.gradient(expression, values, name, seed)
        with mpmath.mp.workdps(40):
            value = found({**values, "v": seed}, exact())
        assert np.broadcast_shapes(np.shape(value), shape) == shape
        assert same(value, true), found.text


def test_large_arrays_are_checked_in_float64() -> None:
    shapes = {"A": (300, 200), "x": (200,), "y": (300,)}
    found = differentiate(read("sum((A @ x - y)**2)"), "x", shapes)
    assert found.text == "2*A.T @ (A @ x - y)"


def test_a_diagonal_that_no_formula_gives_back_is_refused() -> None:
    with pytest.raises(PointError, match="diagonal of a 2×3 matrix"):
        derive("trace(A)", "A")


def test_no_real_number() -> None:
    found = derive("sum(log(-x**2)/(x - x))", "x")
    assert (found.text, found.program) == ("no real number", None)


# -- the steps -------------------------------------------------------------------------------------


def lines(step: Step) -> list[str]:
    return [f"{'  ' * depth}{s.before} = {s.after} [{s.rule.name}]" for depth, s in walk(step)]


def test_steps() -> None:
    assert lines(derive("x @ B @ x", "x").step) == [
        "∇x (x @ B @ x) = (B + B.T) @ x [gradient]",
        "  d(x @ B @ x) = dx @ B @ x + x @ B @ dx [matrix product]",
        "    d(x @ B) = B.T @ dx [matrix product]",
        "  <1, d(x @ B) @ x> = <x, d(x @ B)> [transposed product]",
        "  <1, x @ B @ dx> = <B.T @ x, dx> [transposed product]",
        "  <x, B.T @ dx> = <B @ x, dx> [transposed product]",
        "  <B.T @ x, dx> + <B @ x, dx> = <(B + B.T) @ x, dx> [sum]",
    ]


@examples(0.4)
@given(any_tensor)
@example("prod(y*(s - s))")
def test_every_differential_is_true(text: str) -> None:
    expression = readable(text)
    assume(not expression.elementwise)
    shapes = shapes_of(expression)
    values = tensors.point(shapes)
    for name in expression.variables:
        direction = tensors.point({"dx": shapes[name]}, seed=2)["dx"]
        for _, step in walk(differentiate(expression, name, shapes).step):
            if step.before.startswith("d("):
                inner = formula(step.before[2:-1])
                true = tensors.along(inner, values, name, direction)
                assume(all(mpmath.isfinite(value) for value in np.ravel(true)))
                if step.after == NOT_REAL:
                    # A rule may have no value where a whole array is 0: prod(u)*sum(du/u).
                    continue
                after = read(step.after, declared=[*SHAPES, f"d{name}"], checked=False)
                found = tensors.value(after, {**values, f"d{name}": direction})
                assert same(found, true), f"{step.before} = {step.after}"


@examples(0.4)
@given(any_tensor)
def test_every_move_is_true(text: str) -> None:
    expression = readable(text)
    assume(not expression.elementwise)
    shapes = shapes_of(expression)
    values = tensors.point(shapes)
    for name in expression.variables:
        direction = tensors.point({"dx": shapes[name]}, seed=2)["dx"]
        inside = {**values, f"d{name}": direction}
        for _, step in walk(differentiate(expression, name, shapes).step):
            sides = [side for side in (step.before, step.after) if "d(" not in side]
            if step.before[0] != "<" or step.rule.name == "sum" or len(sides) < 2:
                continue
            products = []
            for side in sides:
                pair = [piece for piece, _ in split(side[1:-1], 0)]
                weight, form = (read(p, declared=list(inside), checked=False) for p in pair)
                products.append(np.sum(tensors.value(weight, inside) * tensors.value(form, inside)))
            assume(all(map(mpmath.isfinite, products)))
            assert same(*products), f"{step.before} = {step.after}"


# -- without values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "known", "note"),
    [
        ("x @ A @ x", {}, "no values: A is an n×n matrix, x is a vector of n; --at gives others"),
        ("sum(A @ B @ x - y)", {},
         "no values: A, B are n×n matrices, x, y are vectors of n; --at gives others"),
        ("n*sum(x)", {"n": ()}, "no values: x is a vector of m; --at gives others"),
        ("A @ x", {"A": (2, 3)}, "no values: x is a vector of 3; --at gives others"),
        ("A @ x", {"A": (2, 3), "x": (3,)}, ""),
    ],
)  # fmt: skip
def test_shapes_without_values(text: str, known: dict[str, tuple[int, ...]], note: str) -> None:
    assert sizes_of(read(text, declared=["n"]), known).note == note


@pytest.mark.parametrize(
    ("text", "gradient"),
    [
        ("mean(x)", "1/n"),
        ("mse(y, x)", "2*(x - y)/n"),
        ("sum(s*x/x)", "0"),
        ("trace(A)", "eye(n)"),
        ("norm(A @ x, axis=0)", "(A.T @ A @ x)/norm(A @ x)"),
        ("sum(x[1:-1]**3)", "3*pad(x[1:-1]**2, 1, 1)"),
        ("sum(x[2:8])", "pad(ones(6), 2, n - 8)"),
        ("sum(x[-3:-1])", "pad(ones(2), n - 3, 1)"),
        ("x[9]**2", "pad([2*x[9]], 9, n - 10)"),
        ("x[-1]*x[-2]", "pad([x[-1], x[-2]], n - 2, 0)"),
    ],
)
def test_a_size_that_is_not_known_has_a_name(text: str, gradient: str) -> None:
    expression = read(text, lookup=LOSSES)
    name = "A" if "trace" in text else "x"
    assert differentiate(expression, name, sizes_of(expression, {}).shapes).text == gradient


@pytest.mark.parametrize(
    "text", ["sum((x[1:] - x[:-1]**2)**2)", "sum(x[2:])*x[-1]", "sum(x[9:20])*x[9]"]
)
def test_the_gradient_of_a_part_needs_no_matrix(text: str) -> None:
    """An identity of so many rows is more than fits into memory, and was refused."""
    expression, size = read(text), 20_001
    found = differentiate(expression, "x", {"x": (size,)})
    assert "eye" not in found.text
    assert found.program is not None
    x, direction = np.random.default_rng(1).normal(size=(2, size))
    slope = np.sum(found.program(FLOAT, x=x) * direction)
    high, low = (expression(FLOAT, x=x + sign * 1e-5 * direction) for sign in (1, -1))
    assert slope == pytest.approx((high - low) / 2e-5, rel=1e-6)


def test_ones_within_an_operation_stay() -> None:
    """ones(2)*sum(v*pad(ones(2), 0, 1)) lost both, and a number has no rows to pad."""
    expression = read("sin([sum(x[:2]), x[2]])[0]")
    for derivation in differentiate_again(expression, ["x", "x"], {"x": (3,)}):
        assert "pad(ones(2), 0, 1)" in derivation.text


def test_a_jacobian_too_large_to_be_checked_is_not_written() -> None:
    """With --gradient it took 2 minutes and 5 GB, and was refused for the size of an eye."""
    found = differentiate(read("x[1:]**2"), "x", {"x": (20_001,)}, True)
    assert (found.text, found.matrix) == ("2*pad(v*x[1:], 1, 0)", None)


def test_a_size_that_is_not_known_is_a_number_in_second_derivatives() -> None:
    expression = read("mean(x)**2")
    found = differentiate_again(expression, ["x", "x"], sizes_of(expression, {}).shapes)
    assert [d.text for d in found] == ["2*sum(x)/n**2", "2*sum(v)/n**2"]


@pytest.mark.parametrize("text", ["A @ x", "sum(x)", "max(x)", "x @ y", "3*x + A @ y"])
def test_a_second_derivative_of_0_needs_no_sizes(text: str) -> None:
    """Of a matrix of zeros SymPy left 0, a number, which was multiplied with a vector."""
    expression = read(text)
    shapes = dict(sizes_of(expression, {}).shapes)
    second = differentiate_again(expression, ["x", "x"], shapes, True)[1]
    assert second.text == "0"
    assert (second.matrix, second.jacobian) == ("0*ones(n, n)", "0*ones(n, n)")


def test_what_fits_no_size_is_refused() -> None:
    with pytest.raises(PointError, match="does not fit where x is a vector of n: give values"):
        sizes_of(read("x + ones(5)"), {})
    expression = read("trace(A)**2")
    with pytest.raises(PointError, match="unknown size in it: give values"):
        differentiate_again(expression, ["A", "A"], sizes_of(expression, {}).shapes)


def test_a_sum_of_squared_errors_has_the_right_values() -> None:
    assert derive("sum((A @ x - y)**2)", "x")(
        {"A": np.eye(2, 3), "x": np.ones(3), "y": np.zeros(2)}, FLOAT
    ) == pytest.approx([2.0, 2.0, 0.0])
