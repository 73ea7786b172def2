"""The program: one text, many algebras."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from diffcalc.autograd import algebra, tensor
from diffcalc.language.algebras import exact, symbols
from diffcalc.language.expression import Builder, Node
from diffcalc.language.grammar import read
from diffcalc.language.printing import number_text


def test_one_expression_many_algebras() -> None:
    f = read("3*x**2 - 4*x")
    assert f(x=np.array([1.0, 2.0])).tolist() == [-1, 4]
    x = sympy.Symbol("x", real=True)
    assert f(symbols(), x=x) == 3 * x**2 - 4 * x
    with mpmath.mp.workdps(50):
        third = f(exact(), x=mpmath.mpf(1) / 3)
        assert abs(third + 1) < mpmath.mpf(10) ** -49
    leaf = tensor(1.0, requires_grad=True)
    result = f(algebra(), x=leaf)
    result.backward()
    assert leaf.grad is not None
    assert (result.item(), leaf.grad.item()) == (-1, 2)


def test_operations_stay_as_typed() -> None:
    operations = [node.operation for node in read("3*a**3 - b*b/2").nodes]
    assert operations == [
        "number", "variable", "pow", "mul", "variable", "mul", "number", "div", "sub",
    ]  # fmt: skip


def test_autograd_shows_the_typed_operation() -> None:
    f = read("3*a**3 - b*b")
    a, b = (tensor([2.0, 3.0], requires_grad=True) for _ in range(2))
    assert f(algebra(), a=a, b=b).grad_fn.name() == "SubBackward0"


def test_equal_subexpressions_are_shared() -> None:
    nodes = read("sin(x*y) + sin(x*y)").nodes
    assert [n.operation for n in nodes] == ["variable", "variable", "mul", "sin", "add"]


def test_operands_come_first_and_nothing_is_left_over() -> None:
    builder = Builder()
    x = builder.add("variable", content="x")
    builder.add("sin", x)
    expression = builder.finish(builder.add("mul", x, x), "x*x")
    assert expression.nodes == (Node("variable", (), "x"), Node("mul", (0, 0)))


def test_variables_in_the_order_typed() -> None:
    assert read("b + a*b").variables == ("b", "a")


def test_flat_sums_and_products() -> None:
    f = read("a + b - c*d*e1")
    top = len(f.nodes) - 1
    names = [(sign, f.render(i)) for sign, i in f.terms(top)]
    assert names == [(1, "a"), (1, "b"), (-1, "c*d*e1")]
    product = f.terms(top)[-1][1]
    assert [f.render(i) for i in f.factors(product)] == ["c", "d", "e1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3), "3"),
        (Fraction(1, 2), "0.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 10**8), "1e-8"),
        (Fraction(15, 1000), "0.015"),
        (Fraction(10**6), "1000000"),
        (Fraction(10**200), "1e+200"),
        (Fraction(int("1" * 30)), "1" * 30),
    ],
)
def test_numbers_as_typed(value: Fraction, text: str) -> None:
    assert number_text(value) == text


@given(st.fractions(min_value=0))
def test_numbers_read_back(value: Fraction) -> None:
    again = read(number_text(value), checked=False)
    assert (
        again.nodes[-1].content == value
        or Fraction(int(again.nodes[0].content), int(again.nodes[1].content)) == value
    )


def test_a_program_of_a_hundred_thousand_operations() -> None:
    builder = Builder()
    x = builder.add("variable", content="x")
    y = x
    for _ in range(50_000):
        y = builder.add("add", builder.add("sin", y), x)
    expression = builder.finish(y, "")
    assert len(expression.nodes) == 100_001
    assert np.isfinite(expression(x=0.5))
    assert str(expression).startswith("sin(sin(")
