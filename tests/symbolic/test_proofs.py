"""Proofs from the definition: every line equal to the one before it, and the lecture's own."""

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.symbolic import differentiate
from diffcalc.symbolic.steps.proofs import NoProofError, Proof, prove
from tests.conftest import Run

ELEMENTARY = (
    "x", "x**2", "x**3", "x**7", "1/x", "sqrt(x)", "exp(x)", "log(x)", "sin(x)", "cos(x)", "1",
    "x**-1", "x**0.5", "log2(x)", "exp(x + 2)", "(x - 2)**3", "x*(x + 1)", "y", "hypot(3, 4)",
)  # fmt: skip
CONSTANTS = ("1", "-1", "3", "0.5", "-2/3", "pi", "y", "-y**2", "sin(1)", "(1 + sqrt(2))")


def proof(text: str, variable: str = "x") -> Proof:
    expression = read(text)
    return prove(expression, differentiate(expression, variable))


def lines(text: str) -> list[list[tuple[str, bool]]]:
    return [[(line.text, line.limit) for line in chain.lines] for chain in proof(text).chains]


def test_the_lectures_proof_for_the_square() -> None:
    assert lines("x**2") == [
        [
            ("((x + h)**2 - x**2)/h", True),
            ("h*(2*x + h)/h", True),
            ("2*x + h", True),
            ("2*x", False),
        ]
    ]


def test_the_lectures_proof_for_the_sine() -> None:
    assert [chain.left for chain in proof("sin(x)").chains] == ["sin(x + h) - sin(x)", "sin(x)"]
    assert lines("sin(x)") == [
        [
            ("sin(x + h/2 + h/2) - sin(x + h/2 - h/2)", False),
            (
                "sin(x + h/2)*cos(h/2) + cos(x + h/2)*sin(h/2) - (sin(x + h/2)*cos(h/2) - cos(x + h/2)*sin(h/2))",
                False,
            ),
            ("2*cos(x + h/2)*sin(h/2)", False),
        ],
        [
            ("(sin(x + h) - sin(x))/h", True),
            ("2*cos(x + h/2)*sin(h/2)/h", True),
            ("cos(x + h/2)*(sin(h/2)/(h/2))", True),
            ("cos(x)", False),
        ],
    ]


def assert_proved(text: str, x: float, h: float) -> None:
    """Lines below a limit are the quotient itself; the others are its limit."""
    found = proof(text)
    assert found.chains[-1].lines[-1].text == found.derivation.text
    names = {"x": mpmath.mpf(x), "y": mpmath.mpf("1.25")}

    def value(line: str, step: mpmath.mpf) -> mpmath.mpf:
        program = read(line, declared=["x", "y", "h"], checked=False)
        values = names | {"h": step}
        return program(exact(), **{name: values[name] for name in program.variables})

    with mpmath.mp.workdps(80):
        steps = [mpmath.mpf(h), mpmath.mpf(10) ** -30]
        for chain in found.chains:
            for step in steps:
                quotient = value(chain.left, step)
                if chain.derivative:
                    after = read(chain.left, declared=["x", "y"])
                    values = {n: names[n] + step * (n == "x") for n in after.variables}
                    quotient = (after(exact(), **values) - quotient) / step
                for line in chain.lines:
                    exactly = line.limit or not chain.derivative
                    if exactly or step is steps[1]:
                        scale = (1 + abs(quotient)) * (1e-30 if exactly else 1e-15)
                        assert abs(value(line.text, step) - quotient) <= scale, line


@pytest.mark.parametrize("text", ELEMENTARY)
def test_the_elementary_functions(text: str) -> None:
    assert_proved(text, 0.7, 0.3)


@given(
    st.lists(
        st.tuples(st.sampled_from("+-"), st.sampled_from(CONSTANTS), st.sampled_from(ELEMENTARY)),
        min_size=1,
        max_size=4,
    ),
    st.floats(0.3, 3),
    st.floats(0.01, 1),
)
def test_sums_of_constant_multiples(terms: list[tuple[str, str, str]], x: float, h: float) -> None:
    assert_proved(" ".join(f"{sign} {c}*({f})" for sign, c, f in terms).removeprefix("+ "), x, h)


@pytest.mark.parametrize(
    ("text", "domain"),
    [("x**2", ""), ("1/x", "x ≠ 0"), ("log(x) + 1/x", "x > 0"), ("sqrt(x) + x", "x > 0")],
)
def test_where_it_holds(text: str, domain: str) -> None:
    assert proof(text).domain == domain


def test_the_step_has_a_name_that_is_free() -> None:
    found = proof("h**2 + k", "h")
    assert found.step == "d"
    assert found.chains[0].lines[0].text == "((h + d)**2 - h**2)/d"


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("sin(x**2)", "sin(x**2)"),
        ("x*sin(x)", "x*sin(x)"),
        ("x**2 + tan(x)", "tan(x)"),
        ("x**21", "x**21"),
        ("abs(x)", "abs(x)"),
        ("2**x", "2**x"),
        ("1/x**2", "1/x**2"),
    ],
)
def test_no_proof_is_pretended(text: str, without: str) -> None:
    with pytest.raises(NoProofError, match="no proof from the definition") as caught:
        proof(text)
    assert str(caught.value).startswith(
        f"no proof from the definition is known here for {without}: only for"
    )


def test_no_proof_of_arrays(run: Run) -> None:
    shown = run("steps", "sum(x**2)", "--from-definition").err
    assert shown.startswith("diffcalc: no proof from the definition is known here for vectors and")


def test_refusals_on_the_command_line(run: Run) -> None:
    outcome = run("steps", "tan(x)", "--from-definition")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("diffcalc: no proof from the definition is known here for tan(x)")
    assert run("steps", "x", "--from-definition", "--order", "2").err == (
        "diffcalc steps: --from-definition is for the first derivative\nTry 'diffcalc steps --help'.\n"
    )
    # One of two variables has a proof: nothing is printed before the refusal.
    assert run("steps", "x*sin(y*x)*0 + x + tan(y)", "--from-definition").out == ""
