"""Intermediate variables: the lecture's Example 2, the products of the chain rule, the tape."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diffcalc.base.errors import DiffcalcError
from diffcalc.comparison.chain_rule import Links, links, read_chain
from diffcalc.comparison.compare import compare
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point, read_values
from tests.conftest import Run
from tests.strategies import points


def linked(text: str, lets: list[str], at: str, **settings: object) -> Links:
    chain = read_chain(text, read, lets=lets)
    return links(chain, read_point(at.split()), **settings)


def rows(found: Links) -> list[tuple[str, str, float, float, float]]:
    return [(p.of.name, p.through.name, p.outer, p.inner, p.value) for p in found.products]


def test_example_2_of_the_lecture() -> None:
    """d = sum(c), c = b*b, b = a + 1: d = 12, a.grad = [4, 4, 4], and no other grad."""
    found = linked("sum(c)", ["b=a+1", "c=b*b"], "a=1,1,1")
    assert rows(found) == [(f"a[{i}]", f"c[{i}]", 1, 4, 4) for i in range(3)]
    tape = {kept.name: kept for kept in found.tape}
    assert [(n, k.value.tolist(), k.grad_fn) for n, k in tape.items()] == [
        ("a", [1, 1, 1], None),
        ("b", [2, 2, 2], "AddBackward0"),
        ("c", [4, 4, 4], "MulBackward0"),
        ("", 12, "SumBackward0"),
    ]
    assert tape["a"].grad is not None
    assert tape["a"].grad.tolist() == [4, 4, 4]
    assert [(k.grad, k.why) for n, k in tape.items() if n != "a"] == [(None, "not a leaf")] * 3


def test_example_2_on_the_command_line(run: Run) -> None:
    command = ["grad", "sum(c)", "--let", "b=a+1", "--let", "c=b*b", "--at", "a=1,1,1"]
    found = json.loads(run(*command, "--format", "json").out)
    assert (found["value"], found["verdict"]) == (12, "agree")
    assert [d["derivative"] for d in found["derivatives"]] == [4, 4, 4]
    assert [d["formula"] for d in found["derivatives"]] == ["2*a + 2"] * 3
    assert found["let"] == {"b": "a + 1", "c": "b*b"}
    assert found["of_lets"] == "sum(c)"
    assert found["factors"] == [
        {"of": None, "in": "c", "formula": "1"},
        {"of": "c", "in": "a", "formula": "2*a + 2"},
    ]
    assert [(t["name"], t["grad"]) for t in found["tape"]] == [
        ("a", [4, 4, 4]), ("b", None), ("c", None), (None, None),
    ]  # fmt: skip
    table = run(*command, "--sequences", "none").out
    assert "b = a + 1   [2, 2, 2]   AddBackward0    None (not a leaf)" in table
    assert "--retain b,c keeps the gradient there too." in table


def test_retained_gradients() -> None:
    found = linked("sum(c)", ["b=a+1", "c=b*b"], "a=1,1,1", retain=["b", "c"])
    grads = {kept.name: None if kept.grad is None else kept.grad.tolist() for kept in found.tape}
    assert grads == {"a": [4, 4, 4], "b": [4, 4, 4], "c": [1, 1, 1], "": None}


def test_the_result_by_its_name_is_one_tensor() -> None:
    found = linked("d", ["d=a*b"], "a=3 b=4")
    assert [kept.name for kept in found.tape] == ["a", "b", "d"]


def test_a_result_with_a_name_is_looked_behind() -> None:
    found = linked("z", ["u=2x", "v=x^2", "z=u*v + u"], "x=3")
    assert rows(found) == [("x", "u", 10, 2, 20), ("x", "v", 6, 6, 36)]
    formulas = [(s.above, s.below, s.text) for s in found.formulas]
    assert formulas == [("", "u", "v + 1"), ("", "v", "u"), ("u", "x", "2"), ("v", "x", "2*x")]


def test_retain_may_be_repeated(run: Run) -> None:
    command = ["grad", "sum(c)", "--let", "b=a+1", "--let", "c=b*b", "--at", "a=1,1,1"]
    found = run(*command, "--retain", "b", "--retain", "c", "--format", "json").out
    assert [t["grad"] for t in json.loads(found)["tape"]] == [[4] * 3, [4] * 3, [1] * 3, None]


def test_other_commands_say_whose_option_it_is(run: Run) -> None:
    outcome = run("limit", "b", "--retain", "b", "--x", "1")
    assert outcome.status == 2
    assert "no such option: --retain; it is an option of diffcalc grad\n" in outcome.err


def test_products_of_the_chosen_variables_only() -> None:
    found = linked("u @ u", ["u=A @ x"], "A=[[1,2],[3,4]] x=1,1", wrt=["x"])
    assert {of for of, *_ in rows(found)} == {"x[0]", "x[1]"}


def test_several_ways_and_a_direct_one() -> None:
    """y = u*v + x with u = x**2 + z, v = 3*x: dy/dx = v*2x + u*3 + 1."""
    found = linked("u*v + x", ["u=x^2 + z", "v=3x"], "x=2 z=5")
    assert rows(found) == [
        ("x", "u", 6, 4, 24), ("x", "v", 9, 3, 27), ("x", "x", 1, 1, 1), ("z", "u", 6, 1, 6),
    ]  # fmt: skip
    assert [(p.name, sum(q.value for q in qs)) for p, qs in found.sums] == [("x", 52), ("z", 6)]


def test_what_does_not_move_has_no_product() -> None:
    found = linked("u @ u", ["u=A @ x"], "A=[[1,2],[3,4]] x=1,1")
    assert {(of, through) for of, through, *_ in rows(found) if of.startswith("A")} == {
        ("A[0][0]", "u[0]"), ("A[0][1]", "u[0]"), ("A[1][0]", "u[1]"), ("A[1][1]", "u[1]"),
    }  # fmt: skip
    assert len([1 for of, *_ in rows(found) if of.startswith("x")]) == 4


def test_an_external_gradient_is_in_the_outer_slopes() -> None:
    found = linked("u*u", ["u=3a"], "a=1,2", gradient=read_values("1,10"))
    assert rows(found) == [("a[0]", "u[0]", 6, 3, 18), ("a[1]", "u[1]", 120, 3, 360)]


@given(
    st.sampled_from(["u*v", "u/v + x", "sin(u) - v**2", "u*u + u", "x*y*u"]),
    st.sampled_from(["x*y", "x**2 + y", "exp(x)", "y"]),
    st.sampled_from(["u + x", "u*y", "cos(u)", "x - y"]),
    points,
    points,
)
def test_the_sum_is_the_derivative(text: str, u: str, v: str, x: float, y: float) -> None:
    chain = read_chain(text, read, lets=[f"u={u}", f"v={v}"])
    point = {n: p for n, p in read_point([f"x={x}", f"y={y}"]).items() if n in chain.variables}
    assume(point)
    result = compare(chain.whole, point)
    assume(all(element.truth.exists for element in result.elements))
    found = links(chain, point)
    sums = {place.name: sum(p.value for p in products) for place, products in found.sums}
    for element in result.elements:
        assert sums.get(element.name, 0.0) == pytest.approx(
            float(element.truth.derivative), rel=1e-12, abs=1e-12
        )


def test_a_thousand_links() -> None:
    lets = ["b0=x"] + [f"b{i}=b{i - 1}*1 + x" for i in range(1, 1000)]
    chain = read_chain("b999", read, lets=lets)
    found = links(chain, read_point(["x=2"]))
    assert rows(found) == [("x", "b998", 1, 999, 999), ("x", "x", 1, 1, 1)]
    assert float(np.asarray(found.tape[-1].value)) == 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["c", "--let", "b=b+1"], "b is defined by itself"),
        (["c", "--let", "c=b*b", "--let", "b=x"], "c is defined by b, which comes later"),
        (["c", "--let", "c=x", "--let", "c=2*x"], "c is defined twice"),
        (["c", "--let", "c"], "`c` defines nothing: write --let b=a+1"),
        (["c", "--let", "sin=x"], "`sin` already means something"),
        (["c", "--let", "sum=x"], "`sum` already means something"),
        (["c", "--let", "c=x+"], "the expression ends too soon\n  c=x+\n      ^"),
        (["c", "--let", "c=x", "--at", "c=1"], "c is not a variable of x: its variables: x"),
        (["c", "--let", "c=x", "--wrt", "c"], "c is not a variable of x: its variables: x"),
        (["c", "--let", "c=x", "--retain", "x"], "x is no intermediate variable: c"),
        (["x", "--retain", "d"], "d is no intermediate variable: --let d=… makes one"),
    ],
)
def test_refusals(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("grad", *arguments, "--x", "1")
    assert (outcome.status, outcome.out, outcome.err) == (2, "", f"diffcalc: {message}\n")


def test_powers_of_powers_are_bounded_together() -> None:
    with pytest.raises(DiffcalcError, match="a power above 10,000"):
        read_chain("c", read, lets=["b=x^1000", "c=b^1000"])
