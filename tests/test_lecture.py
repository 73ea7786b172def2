"""The lecture's numbers, rules and transcripts, literally (../shared/lecture-16-autograd.txt)."""

import io
import json
import re
from contextlib import redirect_stdout

import pytest

from diffcalc import autograd
from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.numerical.quotients import quotient, steps
from diffcalc.symbolic import differentiate
from tests.conftest import Run

CONVERGENCE = """\
h=0.10000, numerical limit=2.30000
h=0.01000, numerical limit=2.03000
h=0.00100, numerical limit=2.00300
h=0.00010, numerical limit=2.00030
h=0.00001, numerical limit=2.00003
"""


def test_limit_prints_the_lectures_lines(run: Run) -> None:
    outcome = run("limit", "f", "--x", "1", "--format", "plain")
    assert (outcome.status, outcome.out, outcome.err) == (0, CONVERGENCE, "")


def test_quotients_are_the_lectures_own_floats() -> None:
    def f(x: float) -> float:
        return 3 * x**2 - 4 * x

    def numerical_lim(x: float, h: float) -> float:
        return (f(x + h) - f(x)) / h

    h, expected = 0.1, []
    for _ in range(5):
        expected.append(numerical_lim(1, h))
        h *= 0.1
    assert [quotient(f, 1.0, h) for h in steps(0.1, 0.1)] == expected


def test_built_in_f_is_the_lectures(run: Run) -> None:
    outcome = run("limit", "f", "--x", "1", "--format", "json")
    result = json.loads(outcome.out)
    assert result["expression"] == "3*x**2 - 4*x"
    quotients = [row["quotient"] for row in result["limits"][0]["convergence"]["rows"]]
    assert [f"{q:.5f}" for q in quotients] == [
        "2.30000",
        "2.03000",
        "2.00300",
        "2.00030",
        "2.00003",
    ]
    assert result["limits"][0]["derivative"] == 2


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("7", "0"),
        ("x**n", "n*x**(n - 1)"),
        ("e^x", "exp(x)"),
        ("ln(x)", "1/x"),
        ("x**2", "2*x"),
        ("sin(x)", "cos(x)"),
        ("3x^2 - 4x", "6*x - 4"),
        ("C*sin(x)", "C*cos(x)"),
        ("x^2*y", "2*x*y"),
    ],
)
def test_rules(text: str, derivative: str) -> None:
    assert differentiate(read(text), "x").text == derivative


def test_example_1_by_all_three_methods() -> None:
    result = compare(read("3*a**3 - b**2"), read_point(["a=2,3", "b=6,4"]))
    assert result.value.tolist() == [-12, 65]
    assert [p.derivation.text for p in result.partials] == ["9*a**2", "-2*b"]
    expected = [36, 81, -12, -8]
    assert [e.symbolic for e in result.elements] == expected
    assert [e.autograd for e in result.elements] == expected
    assert [e.convergence.limit.value for e in result.elements] == pytest.approx(
        expected, rel=1e-14
    )
    assert [float(e.truth.derivative) for e in result.elements] == expected
    assert result.verdict is Verdict.AGREE


def test_differentiate_12_with_respect_to_4() -> None:
    result = compare(read("a*b"), read_point(["a=4", "b=3"]))
    assert float(result.value) == 12
    assert [e.autograd for e in result.elements] == [3, 4]


def test_multivariable_functions(run: Run) -> None:
    assert run("grad", "f2", "x=2", "y=3", "--format", "value").out == "12\n4\n"
    outcome = run("grad", "f3", "x=1", "y=2", "--format", "value")
    # 2xy(y^2 - x^4)/(x^4 + y^2)^2 = 12/25 and x^2(x^4 - y^2)/(x^4 + y^2)^2 = -3/25
    assert outcome.out == "0.48\n-0.12\n"


SESSIONS = [
    """\
>>> a = tensor(3, dtype=float, requires_grad=True)
>>> b = tensor(4, dtype=float, requires_grad=True)
>>> c = a * b
>>> print(a)
tensor(3., requires_grad=True)
>>> print(b)
tensor(4., requires_grad=True)
>>> print(c)
tensor(12., grad_fn=<MulBackward0>)
>>> c.backward()
>>> print(a.grad)
tensor(4.)
>>> print(b.grad)
tensor(3.)
""",
    """\
>>> a = tensor([2., 3.], requires_grad=True)
>>> b = tensor([6., 4.], requires_grad=True)
>>> L = 3*a**3 - b**2
>>> print(a)
tensor([2., 3.], requires_grad=True)
>>> print(b)
tensor([6., 4.], requires_grad=True)
>>> print(L)
tensor([-12., 65.], grad_fn=<SubBackward0>)
>>> external_grad = tensor([1., 1.])
>>> L.backward(gradient=external_grad)
>>> print(a.grad)
tensor([36., 81.])
>>> print(b.grad)
tensor([-12., -8.])
>>> print(9*a**2 == a.grad)
tensor([True, True])
>>> print(-2*b == b.grad)
tensor([True, True])
""",
    """\
>>> a = ones(3, requires_grad=True)
>>> b = a + 1
>>> c = b * b
>>> print(a)
tensor([1., 1., 1.], requires_grad=True)
>>> print(b)
tensor([2., 2., 2.], grad_fn=<AddBackward0>)
>>> print(c)
tensor([4., 4., 4.], grad_fn=<MulBackward0>)
>>> print(a.grad)
None
>>> print(a.grad_fn)
None
>>> print(b.grad)
None
>>> print(b.grad_fn)
<AddBackward0 object at 0x7f92801a0070>
>>> print(c.grad)
None
>>> print(c.grad_fn)
<MulBackward0 object at 0x7f92801a0e20>
>>> d = c.sum()
>>> print(d)
tensor(12., grad_fn=<SumBackward0>)
>>> d.backward()
>>> print(a.grad)
tensor([4., 4., 4.])
>>> print(b.grad)
None
>>> print(c.grad)
None
>>> print(d.grad)
None
""",
]


@pytest.mark.parametrize("session", SESSIONS, ids=["product", "example 1", "example 2"])
def test_transcripts(session: str) -> None:
    names = {"tensor": autograd.tensor, "ones": autograd.ones}
    printed, expected = [], []
    for line in session.splitlines():
        if line.startswith(">>> "):
            output = io.StringIO()
            with redirect_stdout(output):
                exec(line[4:], names)
            printed.extend(output.getvalue().splitlines())
        else:
            expected.append(line)

    def without_address(lines: list[str]) -> list[str]:
        return [re.sub("0x[0-9a-f]+", "0x…", line) for line in lines]

    assert without_address(printed) == without_address(expected)
