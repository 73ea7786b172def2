"""The computation graph: values forward, cotangents backward, at every node."""

import json
import math
import shutil
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given

from diffcalc.comparison.graph import GraphNode, graph, outline
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.render.layered import svg
from tests import oracle
from tests.conftest import Run
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def nodes_of(text: str, at: str) -> dict[str, GraphNode]:
    return {node.text: node for node in graph(read(text), read_point(at.split())).nodes}


def test_the_lectures_product() -> None:
    # "Differentiate 12 with respect to 4": 3.
    nodes = nodes_of("a*b", "a=4 b=3")
    assert (nodes["a*b"].value, nodes["a*b"].cotangent, nodes["a*b"].grad_fn) == (
        12,
        1,
        "MulBackward0",
    )
    assert (nodes["a"].value, nodes["a"].cotangent, nodes["a"].grad_fn) == (4, 3, "leaf")
    assert (nodes["b"].value, nodes["b"].cotangent) == (3, 4)


def test_the_lectures_example_1() -> None:
    nodes = nodes_of("3*a**3 - b**2", "a=2,3 b=6,4")
    assert nodes["a"].cotangent.tolist() == [36, 81]
    assert nodes["b"].cotangent.tolist() == [-12, -8]
    assert nodes["a**3"].cotangent.tolist() == [3, 3]
    assert nodes["3*a**3 - b**2"].grad_fn == "SubBackward0"
    assert nodes["3"].grad_fn == "constant"
    assert nodes["3"].cotangent is None


def test_a_shared_node_has_the_sum_of_what_flows_back() -> None:
    nodes = nodes_of("sin(x)**2 + sin(x)", "x=1")
    assert nodes["sin(x)"].cotangent == pytest.approx(2 * math.sin(1) + 1)
    assert nodes["x"].cotangent == pytest.approx((2 * math.sin(1) + 1) * math.cos(1))


def test_the_external_gradient() -> None:
    found = graph(read("a**2"), read_point(["a=2,3"]), gradient=read_point(["g=1,10"])["g"])
    assert found.nodes[0].cotangent.tolist() == [4, 60]


@given(formulas(6), points, points)
def test_a_cotangent_is_the_derivative_in_its_node(text: str, x: float, y: float) -> None:
    """Every cotangent against mpmath, by putting a variable in the node's place."""
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    at = {name: {"x": x, "y": y}[name] for name in expression.variables}
    scale = oracle.size(expression, at)
    true = oracle.derivative(expression, at, "x")
    assume(np.isfinite(float(true)) and scale < 1e4)
    found = graph(expression, read_point([f"{n}={v}" for n, v in at.items()]))
    leaf = next(node for node in found.nodes if node.text == "x" and node.grad_fn == "leaf")
    assume(not math.isnan(float(leaf.cotangent)) or "cbrt" not in text)
    assert abs(float(leaf.cotangent) - true) <= 1e-8 * float(1 + abs(true) + scale**2)
    assert found.nodes[-1].cotangent == 1


def test_json(run: Run) -> None:
    found = json.loads(run("graph", "1/x", "x=0", "--format", "json").out)
    assert [node["grad_fn"] for node in found["nodes"]] == ["constant", "leaf", "DivBackward0"]
    assert found["nodes"][2] == {
        "id": 2, "text": "1/x", "grad_fn": "DivBackward0", "operands": [0, 1], "value": None,
        "value_why": "+∞", "grad": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["x*y", "x=1"], "no value for y"),
        (["x", "--wrt", "x"], "--wrt does not go with a graph without values"),
        (["x", "x=1", "--wrt", "y"], "y is not a variable of x"),
        (["x**2", "x=1", "--gradient", "1,2"], "the gradient has shape (2,)"),
        (["x", "x=1", "--output", "x.gif"], "x.gif is no picture's name: end it with .svg"),
        (["x", "x=1", "--output", "/no/such/x.svg"], "cannot write /no/such/x.svg"),
    ],
)
def test_errors(run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], message: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/true")
    outcome = run("graph", *args)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err


def test_without_graphviz(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    picture = tmp_path / "graph.png"
    picture.write_text("mine")
    outcome = run("graph", "x", "x=1", "--output", str(picture))
    assert outcome.status == 2
    assert "graphviz is not installed here: install it, or draw a .svg file" in outcome.err
    assert picture.read_text() == "mine"


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed here")
def test_with_graphviz(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "graph.png"
    assert run("graph", "sin(a)*b", "a=1", "b=2", "--output", str(picture)).status == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.png"]


# -- without values --------------------------------------------------------------------------------


def test_a_graph_needs_no_values(run: Run) -> None:
    outcome = run("graph", "a*b + sin(a)")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "a*b + sin(a)", "├── a*b", "│   ├── a", "│   └── b", "└── sin(a)", "    └── a", "",
        "add --at a=2 b=3 for values and gradients.",
    ]  # fmt: skip
    for node in json.loads(run("graph", "a*2", "-f", "json").out)["nodes"]:
        assert node["value"] is node["grad"] is None
    assert 'n0(["a"])' in run("graph", "a*2", "-f", "mermaid").out
    assert run("graph", "5").out == "5\n"


def test_gradients_flow_to_the_variables_that_are_named(run: Run) -> None:
    nodes = json.loads(run("graph", "a*b", "a=4", "b=3", "--wrt", "a", "-f", "json").out)["nodes"]
    assert [(node["text"], node["grad"]) for node in nodes] == [
        ("a", 3.0),
        ("b", None),
        ("a*b", 1.0),
    ]


# -- as a picture of our own -----------------------------------------------------------------------

SHAPES = [
    "x", "5", "x*x", "(a*b + c)*d + sin(a)^2", "x*(1+x*(2+x*(3+x*(4+x))))+cos(x)",
    "1/(1+exp(-(w1*x1+w2*x2+b)))", "+".join(f"x^{n}*sin(y + {n})" for n in range(12)),
]  # fmt: skip


@pytest.mark.parametrize("text", SHAPES)
def test_in_a_picture_no_box_is_on_another_and_every_operand_has_a_line(text: str) -> None:
    found = outline(read(text))
    root = ElementTree.fromstring(svg(found, [[node.text] for node in found.nodes]))
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in root.iterfind("{*}g/{*}rect")
    ]
    assert len(boxes) == len(found.nodes)
    for x, y, w, h in boxes:
        assert x >= 0 <= y
        assert x + w <= wide
        assert y + h <= high
    for (x, y, w, h), (u, v, s, t) in combinations(boxes, 2):
        assert x + w <= u or u + s <= x or y + h <= v or v + t <= y
    heads = [path for path in root.iterfind("{*}path") if path.attrib["class"] == "head"]
    assert len(heads) == sum(len({*node.operands}) for node in found.nodes)


def test_a_picture_is_drawn_without_graphviz(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    path = tmp_path / "graph.svg"
    outcome = run("graph", "where(x < 3, x, 0)*y", "x=2", "y=5", "-o", str(path))
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    texts = ["".join(node.itertext()) for node in ElementTree.parse(path).iterfind(".//{*}text")]
    assert {"x = 2", "grad 5", "where(x < 3, x, 0)*y = 10", "MulBackward0"} <= {*texts}


def test_a_gradient_that_is_no_derivative_is_told(run: Run) -> None:
    outcome = run("graph", "log(1 + exp(z))", "z=800")
    assert outcome.err == "diffcalc: z: autograd gives 0, but the derivative is 1\n"
    outcome = run("graph", "sum(relu(x))*y", "x=0,1", "y=1")
    assert outcome.err == "diffcalc: x[0]: autograd gives 0, but there is no derivative (corner)\n"
    assert run("graph", "a*b", "a=4", "b=3").err == ""
