"""Proofs where all is analytic, whatever the size, and of several variables together."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest

from diffcalc.truth import ball
from tests.proofs import derivative, encloses, middle, prove, prover
from tests.smooth_cases import CASES, ILL_CONDITIONED


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("max(abs(x), 1e-130)", "x=0", "0"),
        ("abs(x - 1e-130)", "x=0", "-1"),
        ("sqrt(x^2 + 1e-260)", "x=0", "0"),
        ("x + 5*relu(x - 1e-150)", "x=0", "1"),
        ("tanh(1e150*x)", "x=0", "1e150"),
        ("exp(-x^30)", "x=100", "-30*100^29*exp(-100^30)"),
        ("exp(-exp(x))", "x=100", "-exp(100 - exp(100))"),
        ("exp(-exp(x))", "x=500", "-exp(500 - exp(500))"),
        ("exp(-exp(-x))", "x=-100", "exp(100 - exp(100))"),
        ("exp(-x^4)", "x=1e15", "-4e45*exp(-1e60)"),
        ("exp(-1/x^2)", "x=1e-22", "2e66*exp(-1e44)"),
        ("erfc(x)", "x=1e50", "-2/sqrt(pi)*exp(-1e100)"),
        ("erfc(x)", "x=1e200", "-2/sqrt(pi)*exp(-1e200*1e200)"),
        ("sigmoid(1e60*x)", "x=0", "1e60/4"),
        ("x/(x^2 + 1e-100)", "x=0", "1e100"),
        ("exp(exp(x))", "x=140", "exp(140 + exp(140))"),
        ("sin(exp(x))", "x=300", "exp(300)*cos(exp(300))"),
        ("floor(exp(x))", "x=240", "0"),
        ("floor(gamma(x))", "x=100.5", "0"),
        ("exp(x)", "x=1e60", "exp(1e60)"),
        ("exp(1e50*x)", "x=1", "1e50*exp(1e50)"),
        ("log(1 + exp(z))", "z=800", "1/(1 + exp(-800))"),
    ],
)  # fmt: skip
def test_smooth_functions_of_any_size(text: str, at: str, value: str) -> None:
    proof = prove(text, at)
    assert proof.kind == "differentiable"
    assert proof.known == "proved"
    assert encloses(proof.derivative, value)


@pytest.mark.parametrize(
    ("text", "at", "wrt", "value"),
    [
        ("exp(-(x/l)^k)", ["x=1000", "l=1", "k=15"], "x", "-15*1000^14*exp(-1000^15)"),
        ("x*y", ["x=1e-80", "y=1e-80"], "x", "1e-80"),
        ("x/y", ["x=1e-48", "y=1e-48"], "y", "-1e48"),
        ("log(a/b)", ["a=1e-44", "b=1e-44"], "b", "-1e44"),
        ("atan2(y, x)", ["y=1e-200", "x=1e-200"], "y", "5e199"),
        ("x^2 + y^2 + x*y", ["x=1e-90", "y=0"], "y", "1e-90"),
    ],
)
def test_small_points(text: str, at: list[str], wrt: str, value: str) -> None:
    assert encloses(prove(text, *at, wrt=wrt).derivative, value)


@pytest.mark.parametrize(("text", "x"), [*CASES, *ILL_CONDITIONED])
def test_the_smooth_cases_are_all_proved(text: str, x: str) -> None:
    proof = prove(text, f"x={x}")
    assert proof.known == "proved"
    assert proof.exists
    assert proof.derivative is not None
    assert ball.relative_bits(proof.derivative) >= 99


@pytest.mark.parametrize("digits", [20, 60, 300])
def test_as_many_digits_as_are_asked_for(digits: int) -> None:
    from diffcalc.language.grammar import read
    from diffcalc.language.point import read_point
    from diffcalc.truth.proof import Prover

    point = {"x": read_point(["x=pi/3"])["x"].constants}
    proof = Prover(read("exp(sin(x))*x^5"), point, digits=digits).derivative(("x", ()))
    assert proof.derivative is not None
    assert ball.relative_bits(proof.derivative) >= 3.32 * digits
    assert encloses(proof.derivative, "exp(sin(x))*(cos(x)*x^5 + 5*x^4)", "x=pi/3")


def test_a_derivative_that_is_zero_is_found_to_be() -> None:
    proof = prove("sin(x)", "x=pi/2")
    assert proof.derivative is not None
    assert ball.sign(proof.derivative) == 0
    proof = prove("sin(x)^2 + cos(x)^2", "x=1")
    assert proof.derivative is not None
    assert ball.sign(proof.derivative) == 0


@pytest.mark.parametrize(
    ("text", "x", "order", "value"),
    [
        ("sin(x)^20", "1", 2, "380*sin(1)^18*cos(1)^2 - 20*sin(1)^20"),
        ("exp(2*x)", "1/3", 20, "2^20*exp(2/3)"),
        ("1/x", "2", 8, "40320/2^9"),
        ("log(x)", "3", 20, "-gamma(20)/3^20"),
        ("x^7", "2", 8, "0"),
        ("lgamma(x)", "1", 2, "pi^2/6"),
        ("abs(x)*x", "-2", 2, "-2"),
    ],
)
def test_high_orders(text: str, x: str, order: int, value: str) -> None:
    proof = prove(text, f"x={x}", order=order)
    assert proof.exists
    assert encloses(proof.derivative, value)


def test_a_row_of_the_hessian() -> None:
    proofs = prover("x^2*y + sin(y*z)", "x=1", "y=2", "z=0.5")
    row = {name: proofs.second((name, ()), ("y", ())) for name in "xyz"}
    assert derivative(row["x"]) == 2
    assert encloses(row["y"].derivative, "-0.25*sin(1)")
    assert encloses(row["z"].derivative, "cos(1) - 2*0.5*sin(1)")


@pytest.mark.parametrize(
    ("text", "at", "first", "second", "kind"),
    [
        ("where(x <= 1, x^2/2, x - 1/2) + y^2", ["x=1", "y=0.5"], "y", "x", "differentiable"),
        ("where(x <= 1, x^2/2, x - 1/2) + y^2", ["x=1", "y=0.5"], "x", "x", "corner"),
        ("abs(x)*x*y", ["x=0", "y=3"], "y", "x", "differentiable"),
        ("abs(x)*x*y", ["x=0", "y=3"], "x", "x", "corner"),
        ("x + y", ["x=1", "y=3", "z=1"], "x", "z", "differentiable"),
    ],
)
def test_mixed_derivatives_beside_a_border(
    text: str, at: list[str], first: str, second: str, kind: str
) -> None:
    found = prover(text, *at).second((first, ()), (second, ()))
    assert found.kind == kind
    assert not found.exists or derivative(found) == 0


def test_a_hessian_is_symmetric_and_right() -> None:
    names = [f"x{i}" for i in range(6)]
    text = " + ".join(f"100*(x{i + 1} - x{i}^2)^2 + (1 - x{i})^2" for i in range(5))
    proofs = prover(text, *[f"{name}=1.{i}" for i, name in enumerate(names)])
    for i in range(6):
        for k in range(6):
            a, b = float(f"1.{i}"), float(f"1.{i + 1}")
            found = derivative(proofs.second((names[k], ()), (names[i], ())))
            if i == k:
                expected = (1200 * a * a - 400 * b + 2 if i < 5 else 0) + (200 if i else 0)
            else:
                expected = -400 * float(f"1.{min(i, k)}") if abs(i - k) == 1 else 0
            assert found == pytest.approx(expected, rel=1e-12)


def test_one_sweep_gives_all_derivatives_of_vectors_and_matrices() -> None:
    from diffcalc import autograd
    from diffcalc.language.library import read_known
    from diffcalc.language.point import values_of

    rng = np.random.default_rng(1)
    text = "softmax(A @ x) @ log(y) + norm(A) + prod(x) + logsumexp(x) + mean(A) + trace(A)"
    arrays = {
        "A": rng.normal(size=(3, 3)).round(3),
        "x": rng.normal(size=3).round(3),
        "y": rng.uniform(1, 2, size=3).round(3),
    }
    expression = read_known(text)
    from diffcalc.truth.proof import Prover

    point = {name: values_of(array, typed=True).constants for name, array in arrays.items()}
    found = Prover(expression, point).gradient()
    leaves = {name: autograd.tensor(a, requires_grad=True) for name, a in arrays.items()}
    expression(autograd.algebra(), **leaves).backward()
    assert len(found) == 15
    for (name, index), proof in found.items():
        assert proof.known == "proved"
        assert derivative(proof) == pytest.approx(leaves[name].grad.data[index], rel=1e-12)


def test_the_external_gradient_weighs_the_outputs() -> None:
    from diffcalc.language.grammar import read
    from diffcalc.language.point import read_point
    from diffcalc.truth.proof import Prover

    point = read_point(["a=1,2", "b=3,4"])
    weights = list(read_point(["w=1,-1/3"])["w"].constants)
    proofs = Prover(read("a*b"), {k: v.constants for k, v in point.items()}, weights)
    found = {f"{name}{index[0]}": derivative(p) for (name, index), p in proofs.gradient().items()}
    assert found == pytest.approx({"a0": 3, "a1": -4 / 3, "b0": 1, "b1": -2 / 3}, rel=1e-15)


@pytest.mark.parametrize(("text", "kind"), [("x^2", "differentiable"), ("abs(x - 1)", "corner")])
def test_a_weight_on_a_border_of_its_own_is_known_exactly(text: str, kind: str) -> None:
    from diffcalc.language.grammar import read
    from diffcalc.language.point import read_point
    from diffcalc.truth.proof import Prover

    point = {"x": read_point(["x=1"])["x"].constants}
    weight = read("3 + sqrt(log(2) + log(3) - log(6))")
    proof = Prover(read(text), point, [weight]).derivative(("x", ()))
    assert (proof.kind, proof.known) == (kind, "assumed")
    assert proof.right.value is not None
    assert float(middle(proof.right.value)) == (6 if kind == "differentiable" else 3)


def test_one_element_on_a_border_says_nothing_of_the_others() -> None:
    found = prover("sum(abs(x))", "x=-1,0,2").gradient()
    kinds = {index: proof.kind for (_, index), proof in found.items()}
    assert kinds == {(0,): "differentiable", (1,): "corner", (2,): "differentiable"}


def test_an_element_outside_the_domain_says_nothing_of_the_others() -> None:
    found = prover("log(x)", "x=-1,2").gradient()
    assert found["x", (0,)].kind == "outside"
    assert derivative(found["x", (1,)]) == 0.5


@pytest.mark.parametrize(
    ("text", "at", "together"),
    [
        ("x^2*y", "x=1 y=2", True),
        ("abs(x*y)", "x=0 y=0", True),
        ("abs(x)*y + x", "x=0 y=0", True),
        ("abs(x)*abs(y)*z", "x=0 y=0 z=1", True),
        ("max(x^2, y^2)", "x=0 y=0", True),
        ("where(x*y > 0, x*y, 0)", "x=0 y=0", True),
        ("huber(y, p)", "y=0 p=1", True),
        ("cos(sqrt(x^2 + y^2))", "x=0 y=0", True),
        ("max(x + y, x + y + x^2)", "x=0 y=3", True),
        ("min(abs(y - x)^(1/3), x - 1)", "x=-1 y=-1", True),
        ("relu(x*y)", "x=0 y=0", True),
        ("cbrt(x*y)", "x=0 y=0", False),
        ("cbrt(x^3 + y^3)", "x=0 y=0", False),
        ("where(x^2 + y^2 == 0, 0, x^2*y/(x^2 + y^2))", "x=0 y=0", False),
        ("where(x == 0, 0, where(y == 0, 0, 1))", "x=0 y=0", False),
        # It is 0 in every direction.
        ("where(x^2 + y^2 == 0, 0, x^3*y/(x^4 + y^2))", "x=0 y=0", False),
        ("where(x^2 + y^2 == 0, 0, x*y^3/(x^2 + y^4))", "x=0 y=0", False),
        ("where(x^2 + y^2 == 0, 0, x^4*y/(x^6 + y^2)) + 2*x - y", "x=0 y=0", False),
        ("where(y == x^2, x, 0)", "x=0 y=0", False),
        ("where(x == 1, 0, (y - 3)^3/(x - 1))", "x=1 y=3", False),
        ("where(x^2 + y^2 == 0, 0, x^6*y/(x^10 + y^2))", "x=0 y=0", None),
    ],
)  # fmt: skip
def test_all_variables_together(text: str, at: str, together: bool | None) -> None:
    proofs = prover(text, *at.split())
    joint = proofs.together(proofs.gradient())
    assert joint.differentiable is together
    assert joint.known == ("undecided" if together is None else "proved")


def test_along_a_curve() -> None:
    proofs = prover("x^2*y/(x^4 + y^2)", "x=0", "y=0")
    straight = proofs.along({("x", ()): (1, 1), ("y", ()): (1, 1)})
    curved = proofs.along({("x", ()): (1, 1), ("y", ()): (1, 2)})
    assert straight.limit is not None
    assert curved.limit is not None
    assert middle(straight.limit) == 0
    assert middle(curved.limit) == mpmath.mpf("0.5")


def test_the_point_is_exact_as_typed() -> None:
    assert prove("abs(3*x - 1)", "x=1/3").kind == "corner"
    assert derivative(prove("abs(3*x - 1)", "x=0.333333333333333333333333333333")) == -3
    assert prove("abs(x^2 - x - 1)", "x=(1+sqrt(5))/2").kind == "corner"


def test_the_truth_needs_no_sympy() -> None:
    code = (
        "import sys; from diffcalc.truth.proof import Prover; from diffcalc.language.grammar import read;"
        "from diffcalc.language.point import read_point; p = {'x': read_point(['x=0'])['x'].constants};"
        "print(Prover(read('abs(x)'), p).derivative(('x', ())).kind, 'sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["corner", "False"]
