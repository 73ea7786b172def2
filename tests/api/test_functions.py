"""The Python API: the same as the commands, from plain numbers, with results that show themselves."""

import functools
import json
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import diffcalc
from diffcalc.api.results import LONGEST
from diffcalc.base.errors import DiffcalcError

RESULTS: dict[str, Any] = {
    "grad": lambda: diffcalc.grad("3*a**3 - b**2", a=[2, 3], b=[6, 4]),
    "formulas": lambda: diffcalc.grad("x^2*y"),
    "a corner": lambda: diffcalc.grad("abs(x)", x=0),
    "many": lambda: diffcalc.grad("sum(x^2)", x=np.arange(1000.0)),
    "limit": lambda: diffcalc.limit("x^2", x=3),
    "steps": lambda: diffcalc.steps("sin(x^2)"),
    "scan": lambda: diffcalc.scan("abs(x^2 - 1)", x=(-3, 3)),
    "hessian": lambda: diffcalc.hessian("x^2*y", x=1, y=2),
    "jacobian": lambda: diffcalc.jacobian(["x*y", "x - y"], x=2, y=3),
    "implicit": lambda: diffcalc.implicit("x^2 + y^2 = 25", x=3, y=4),
    "check": lambda: diffcalc.check("sin(x^2)", "cos(x^2)"),
    "check of numbers": lambda: diffcalc.check("x^2*y", [12, 5], x=2, y=3),
    "check of arrays": lambda: diffcalc.check("x.T@A@x", "2*A@x", wrt="x"),
    "check_gradient": lambda: diffcalc.check_gradient(lambda x: x @ x, lambda x: x, [1.0, 2.0]),
    "emit": lambda: diffcalc.emit("x^2*y", "c", derivatives=True),
    "descend": lambda: diffcalc.descend("(x - 1)^2", {"x": 5}, rate=0.5),
    "batch": lambda: diffcalc.batch("1/x*y", {"x": [0, 1], "y": [3, 4]}),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_shows_itself(name: str) -> None:
    result = RESULTS[name]()
    assert len(repr(result)) <= LONGEST + 3
    assert "\n" not in repr(result)
    assert json.dumps(result.to_dict())
    assert result.to_latex()
    assert result._repr_html_().count("<table>" if name != "emit" else "<pre>") == 1
    assert str(result)


def test_numbers_come_in_the_shapes_of_the_variables() -> None:
    result = diffcalc.grad("x.T@A@x", x=[1, 2], A=np.eye(2))
    assert result["x"].tolist() == [2.0, 4.0]
    assert result["A"].tolist() == [[1.0, 2.0], [2.0, 4.0]]
    assert {**diffcalc.grad("x*y", x=2, y=3)} == {"x": 3.0, "y": 2.0}
    assert np.asarray(diffcalc.hessian("x^2*y", x=1, y=2)).tolist() == [[4.0, 2.0], [2.0, 0.0]]
    turned = diffcalc.jacobian("[x*y, x, y]", x=2, y=3, layout="gradient")
    assert turned.values.tolist() == [[3.0, 1.0, 0.0], [2.0, 0.0, 1.0]]


def test_values_are_what_they_are_written_as() -> None:
    assert diffcalc.grad("abs(x - 1/10)", x=0.1).verdict == "not differentiable"
    assert diffcalc.grad("abs(x - 1/3)", x=Fraction(1, 3)).verdict == "not differentiable"
    assert diffcalc.grad("sin(x)", x="pi/3")["x"] == pytest.approx(0.5)
    assert diffcalc.grad("order^2", {"order": 3})["order"] == 6.0
    assert diffcalc.grad(diffcalc.read("x^2"), x=np.float64(3))["x"] == 6.0
    assert diffcalc.grad("f", x=1)["x"] == 2.0


def test_orders_and_descents() -> None:
    assert diffcalc.grad("x^4", x=1, order=3)["x"] == 24.0
    assert diffcalc.steps("x*exp(-x)", order=2).to_dict()["derivatives"]
    assert diffcalc.descend("x^2 + c", {"x": 5}, c=2, adam=True, rate=0.5).verdict == "minimum"
    found = diffcalc.batch("c/x", {"x": [0, 2]}, c=4, wrt="x")
    assert found["x"][1] == -1.0
    assert found.faults == {0: found.faults[0]}


def test_a_batch_of_a_table_of_pyarrow() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(
        {"x": pyarrow.chunked_array([[1, None], [0]]), "y": [2.0, 3, 4], "s": ["a"] * 3}
    )
    found = diffcalc.batch("abs(x)*y", table, wrt="x")
    assert str(found.to_arrow().to_pydict()) == "{'f': [2.0, nan, 0.0], 'df/dx': [2.0, nan, nan]}"
    assert found.faults[1] == "column x: a number is missing"
    assert found.faults[2].startswith("x: not differentiable: corner")
    # Each batch by itself, by a function that other processes can be sent.
    work = pickle.loads(pickle.dumps(functools.partial(diffcalc.batch, "F*f", wrt="f")))
    batches = pyarrow.table({"f": [1.0, 2.0], "F": [3.0, 4.0]}).to_batches(max_chunksize=1)
    assert [work(batch).to_arrow().to_pydict() for batch in batches] == [
        {"y": [3.0], "dy/df": [3.0]}, {"y": [8.0], "dy/df": [4.0]}]  # fmt: skip


def test_a_batch_reads_only_the_columns_it_uses() -> None:
    assert diffcalc.batch("x", {"x": (1, 2), "name": ["a", "b"]})["f"].tolist() == [1, 2]


def test_a_check_is_true_where_it_is_right() -> None:
    assert diffcalc.check("x^2*y", "[2*x*y, x^2]")
    assert diffcalc.check("x^3", "6x", order=2)
    assert not diffcalc.check("x^3", "6x")
    assert diffcalc.check("x^2", 6, x=3)
    assert diffcalc.check("x^2", "6.0", x=3)
    report = diffcalc.check_gradient(np.sum, np.zeros_like, np.ones(3))
    assert not report
    assert (report.worst.claim, report.worst.value) == (0.0, pytest.approx(1.0))
    with pytest.raises(AssertionError, match="zeros_like is not the gradient of sum"):
        diffcalc.assert_gradient(np.sum, np.zeros_like, np.ones(3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diffcalc.grad("x^2", y=3), "no value for x"),
        (lambda: diffcalc.grad("x^2", x="a"), "a value must be a number"),
        (lambda: diffcalc.grad("x^2", x={}), "{} is no number"),
        (lambda: diffcalc.grad("x^2", x=[[1], [2, 3]]), "is no number, and no array of numbers"),
        (lambda: diffcalc.scan("x^2", x=3), "one variable runs over an interval"),
        (lambda: diffcalc.batch("x*y", {"x": [1], "y": [1, 2]}), "arrays of one length"),
        (lambda: diffcalc.batch("x", {"x": [[1], [2, 3]]}), "arrays of one length"),
        (lambda: diffcalc.batch("x", {"x": ["a"]}), "^x holds what is no number$"),
        (lambda: diffcalc.batch("x", 3), "a dict of arrays, or a table of pyarrow's"),
        (lambda: diffcalc.grad("x +"), "."),
    ],
)
def test_bad_input_is_one_error(call: Any, message: str) -> None:
    with pytest.raises(DiffcalcError, match=message):
        call()


def test_every_name_is_there() -> None:
    for name in diffcalc.__all__:
        assert getattr(diffcalc, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = diffcalc.nothing
