"""Long expressions and many variables: read, differentiated, judged and printed in time."""

import csv
import io
import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import mpmath
import numpy as np
import pytest

from diffcalc import compare, read, read_point
from diffcalc.base.errors import LimitError
from diffcalc.comparison.compare import quotients
from diffcalc.comparison.verdict import Evidence, Verdict, judge
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.bounds import MAX_TERMS
from diffcalc.language.expression import Expression
from diffcalc.numerical.limit import Limit
from diffcalc.numerical.partial_evaluation import MovingPart
from diffcalc.render.reasons import sentence
from diffcalc.symbolic import differentiate, too_long
from tests.conftest import Run
from tests.followed import examine

Make = Callable[[int], str]


def product(n: int) -> str:
    return "*".join(f"x{i}" for i in range(n))


def rosenbrock(n: int) -> str:
    return " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1))


def values(n: int) -> list[float]:
    source = random.Random(n)
    return [round(source.uniform(0.9, 1.1), 3) for _ in range(n)]


def assignments(n: int) -> list[str]:
    return [f"x{i}={value}" for i, value in enumerate(values(n))]


def rosenbrock_slopes(n: int) -> list[float]:
    """By hand: each x_i is in the term before it and in its own."""
    x = np.array(values(n))
    slopes = np.zeros(n)
    slopes[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    slopes[1:] += 200 * (x[1:] - x[:-1] ** 2)
    found: list[float] = slopes.tolist()
    return found


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- from files ------------------------------------------------------------------------------------


def test_an_expression_and_its_values_from_files(run: Run, folder: Path) -> None:
    (folder / "f.txt").write_text("# a square\nx**2*y +\n  A[0]*0\n".replace("A[0]", "y"))
    (folder / "at.txt").write_text("x=3\n# and\ny = 2 \n")
    outcome = run("grad", "@f.txt", "--at", "@at.txt", "--format", "value")
    assert (outcome.status, outcome.out) == (0, "12\n9\n")


def test_values_of_a_file_may_have_spaces_in_them(run: Run, folder: Path) -> None:
    (folder / "at.txt").write_text("A=[[1, 2],\n [3, 4]] x=5, 6 c=1/2\n")
    arguments = ("grad", "c*(x @ A @ x)", "--at", "@at.txt", "--wrt", "x", "--format", "value")
    assert run(*arguments).out == "20 36.5\n"


def test_every_command_takes_a_file(run: Run, folder: Path) -> None:
    (folder / "f.txt").write_text("x**2\n")
    (folder / "claim.txt").write_text("2*x")
    (folder / "curve.txt").write_text("x**2 + y**2 = 25")
    (folder / "at.txt").write_text("x=3 y=4")
    assert run("limit", "@f.txt", "--x", "1", "--format", "value").out == "2\n"
    assert run("steps", "@f.txt", "--format", "value").out == "2*x\n"
    assert run("scan", "@f.txt", "--x=-1:1").status == 0
    assert run("check", "@f.txt", "@claim.txt").status == 0
    assert run("hessian", "@f.txt", "--x", "1", "--format", "value").out == "2\n"
    curve = run("implicit", "@curve.txt", "--at", "@at.txt", "--format", "value")
    assert curve.out == "-0.75\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read f.txt: No such file or directory"),
        (b"", "f.txt is empty"),
        (b"# nothing else\n\n", "f.txt is empty"),
        (b"x\xff", "f.txt is not text in UTF-8"),
    ],
)
def test_files_that_cannot_be_read(
    run: Run, folder: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (folder / "f.txt").write_bytes(content)
    outcome = run("grad", "@f.txt", "--x", "1")
    assert (outcome.status, outcome.out, outcome.err) == (2, "", f"diffcalc: {message}\n")


def test_the_caret_points_into_a_long_file(run: Run, folder: Path) -> None:
    (folder / "f.txt").write_text(" +\n".join(["x"] * 1000) + " + $\n")
    outcome = run("grad", "@f.txt", "--x", "1")
    excerpt, caret = outcome.err.splitlines()[1:]
    assert excerpt[caret.index("^")] == "$"


def test_a_long_expression_is_not_repeated_in_errors(run: Run, folder: Path) -> None:
    (folder / "f.txt").write_text(product(3000))
    outcome = run("grad", "@f.txt", "--y", "1")
    assert outcome.status == 2
    assert len(outcome.err) < 1500


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "nodes"), [(product, 19_999), (rosenbrock, 89_994)])
def test_ten_thousand_variables_are_read(make: Make, nodes: int) -> None:
    expression = read(make(10_000))
    assert len(expression.variables) == 10_000
    assert len(expression.nodes) == nodes


def test_a_sum_has_a_bound() -> None:
    assert len(read("+".join(["x"] * MAX_TERMS)).nodes) == MAX_TERMS
    with pytest.raises(LimitError, match="a sum of more than 40,000 terms"):
        read("+".join(["x"] * (MAX_TERMS + 1)))


def test_what_doubles_when_written_out_is_refused(run: Run) -> None:
    lets = [f"--let=a{i}=a{i - 1}*sin(a{i - 1})" for i in range(1, 40)]
    outcome = run("grad", "a39", "--let", "a0=x", *lets, "--x", "1")
    message = "diffcalc: written out, this has more than 1,000,000 operations\n"
    assert (outcome.status, outcome.err) == (2, message)


# -- the part that moves ---------------------------------------------------------------------------

PARTS = [
    "x - y + 2*z - 3 - (x*y - z) + 1/3 - y",
    "sin(x + y + 1 + z) - cos(z - 1 - 2 - y)*(y + z + 4)",
    "y + z + 1",
    "where(x + y + z < 1, x - y - z - 1, x + y + z + 1) - y - z",
]


@pytest.mark.parametrize("text", PARTS)
@pytest.mark.parametrize("names", [["x"], ["y", "z"], ["x", "y", "z"], []])
def test_the_moving_part_has_the_same_values(text: str, names: list[str]) -> None:
    expression = read(text)
    part = MovingPart(expression, names)
    rest = {"x": 0.3, "y": -1.25, "z": 2.5}
    with mpmath.mp.workdps(40):
        still = part.at_rest({n: mpmath.mpf(v) for n, v in rest.items()}, exact())
        moved = {n: mpmath.mpf(v) + mpmath.mpf(n in names) / 7 for n, v in rest.items()}
        assert part(moved, exact(), still) == expression(exact(), **moved)
    floats = {n: np.float64(v) for n, v in rest.items()}
    moving = {n: v + 0.5 * (n in names) for n, v in floats.items()}
    assert part(moving, FLOAT, part.at_rest(floats, FLOAT)) == expression(FLOAT, **moving)


def test_corners_and_poles_of_long_expressions() -> None:
    smooth = " + ".join(f"{i}*x*y" for i in range(1, 200))
    at = read_point(["x=0", "y=2"])
    corner = compare(read(f"{smooth} + abs(x)"), at).partials[0].elements[0]
    assert corner.judgement.kind == "corner"
    assert float(corner.truth.left.value) == 2 * 19_900 - 1
    pole = compare(read(f"{smooth} + 1/x"), at).partials[0].elements[0]
    assert sentence(pole.judgement).startswith("pole: 1/x has no real value here")


def test_digits_that_vanish_in_a_long_sum_are_seen() -> None:
    smooth = " + ".join(f"{i}*y" for i in range(1, 200))
    expression = read(f"1e200 + {smooth} + x - 1e200 + 1 - tanh(300*x)")
    result = compare(expression, read_point(["x=1", "y=2"]), wrt=["x"])
    assert result.partials[0].elements[0].truth.derivative == pytest.approx(1, rel=1e-15)
    assert float(result.value) == pytest.approx(2 * 19_900 + 1)


# -- the comparison --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 40])
def test_few_variables_are_followed_one_by_one(n: int) -> None:
    result = compare(read(rosenbrock(n)), read_point(assignments(n)))
    assert result.verdict is Verdict.AGREE
    assert len(result.elements) == n
    slopes = dict(zip([f"x{i}" for i in range(n)], rosenbrock_slopes(n), strict=True))
    for element in result.elements:
        assert element.autograd == pytest.approx(slopes[element.name], rel=1e-9, abs=1e-9)
        assert element.symbolic == pytest.approx(slopes[element.name], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n", [201, 800])
def test_many_variables_are_moved_together(n: int) -> None:
    result = compare(read(rosenbrock(n)), read_point(assignments(n)))
    assert result.verdict is Verdict.AGREE
    (partial,) = result.partials
    slopes = dict(zip([f"x{i}" for i in range(n)], rosenbrock_slopes(n), strict=True))
    assert partial.many is not None
    for numbers in (partial.many.gradients, partial.many.truths):
        found = {name: float(number) for name, number in numbers.items()}
        assert found == pytest.approx(slopes, rel=1e-9, abs=1e-9)
    assert (partial.many.agreeing, partial.many.unproved) == (n, 0)
    for element in partial.elements:
        (place,) = element.places
        along = math.fsum(
            slopes[name] * v for name, v in place.vectors(read_point(assignments(n))).items()
        )
        assert float(element.truth.derivative) == pytest.approx(along, rel=1e-9)
        assert element.symbolic is None


def test_a_wrong_gradient_shows_along_a_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffcalc.comparison.partial_derivatives import Task

    right = Task.backward
    monkeypatch.setattr(Task, "backward", lambda task, places: right(task, places) * 1.001)
    result = compare(read(product(300)), read_point(assignments(300)))
    assert result.elements[0].judgement.digits["autograd"] < 4
    assert result.elements[0].judgement.digits["numerical"] > 9
    assert result.verdict is not Verdict.AGREE


def test_a_corner_shows_along_a_direction() -> None:
    terms = " + ".join(f"abs(x{i} - 1)" for i in range(250))
    result = compare(read(terms), read_point([f"x{i}=1" for i in range(250)]))
    assert result.verdict is Verdict.NOT_DIFFERENTIABLE
    assert {element.judgement.kind for element in result.elements} == {"corner"}


def test_one_corner_among_very_many_variables_is_named(run: Run) -> None:
    terms = " + ".join(f"abs(x{i} - 1)" for i in range(250))
    at = [f"x{i}={1 if i == 77 else 2}" for i in range(250)]
    outcome = run("grad", terms, *at, "--format", "json")
    assert outcome.status == 1
    (corner, *directions) = json.loads(outcome.out)["derivatives"]
    assert (corner["variable"], corner["kind"], corner["known"]) == ("x77", "corner", "proved")
    assert [direction["direction"] for direction in directions] == [1, 2, 3]
    table = run("grad", terms, *at, "--sequences", "none").out
    assert "250 derivatives: 249 agree, 1 not differentiable; --all shows each." in table


def test_the_limit_alone_takes_directions_too() -> None:
    expression, point = read(rosenbrock(300)), read_point(assignments(300))
    found = quotients(expression, point)
    slopes = dict(zip([f"x{i}" for i in range(300)], rosenbrock_slopes(300), strict=True))
    for one in found:
        along = math.fsum(slopes[name] * v for name, v in one.places[0].vectors(point).items())
        assert one.convergence.limit.value == pytest.approx(along, rel=1e-8)
        assert one.judgement.verdict is Verdict.AGREE


# -- the rules -------------------------------------------------------------------------------------


def nested(depth: int) -> Expression:
    expression = read("x")
    for _ in range(depth):
        from diffcalc.language.expression import Builder

        builder = Builder()
        inner = builder.splice(expression, {"x": builder.add("variable", content="x")})
        expression = builder.finish(builder.add("sin", inner), "")
    return expression


def test_where_the_rules_end() -> None:
    assert too_long(read(rosenbrock(30)), [f"x{i}" for i in range(30)]) == ""
    text = too_long(read(rosenbrock(300)), [f"x{i}" for i in range(300)])
    assert text == "2,391 operations in 300 variables are too many for the rules"
    assert too_long(nested(80), ["x"]) == ""
    text = "operations 81 deep within one another are too many for the rules"
    assert too_long(nested(81), ["x"]) == text
    with pytest.raises(LimitError, match=text):
        differentiate(nested(81), "x")
    assert differentiate(nested(80), "x").text.startswith("cos(x)*cos(sin(x))")


def test_the_verdict_without_the_rules() -> None:
    one, both = mpmath.mpf(1), "the quotient has the same limit from both sides"
    truth = examine(lambda t: t, lambda: one)
    limit = Limit(1.0, 1e-15, 1.0, 1.0, 9)
    evidence = Evidence(truth=truth, numerical=limit, autograd=1.0, skipped="too long")
    judgement = judge(evidence)
    assert judgement.verdict is Verdict.AGREE
    assert sentence(judgement) == f"{both}, and the numerical limit and autograd give it; too long"
    assert judgement.digits == {"numerical": 16.0, "autograd": 16.0}


# -- what is printed -------------------------------------------------------------------------------


@pytest.fixture(name="many")
def _many(folder: Path) -> tuple[str, ...]:
    (folder / "f.txt").write_text(product(400))
    (folder / "at.txt").write_text("\n".join(assignments(400)))
    return ("grad", "@f.txt", "--at", "@at.txt", "--sequences", "none", "--format")


def test_json_of_many_variables(run: Run, many: tuple[str, ...]) -> None:
    found = json.loads(run(*many, "json").out)
    whole = math.prod(values(400))
    slopes = {f"x{i}": whole / value for i, value in enumerate(values(400))}
    assert found["gradients"] == pytest.approx(slopes)
    assert found["proved"] == pytest.approx(slopes)
    first = found["derivatives"][0]
    assert (first["variable"], first["index"], first["direction"]) == (None, None, 1)
    assert set(first["among"]) == set(slopes)
    assert first["formula"] is None
    why = "skipped: 399 operations in 400 variables are too many for the rules"
    assert first["formula_why"] == why
    assert first["symbolic"] == {"value": None, "value_why": "skipped", "digits": None}
    assert first["verdict"] == "agree"


def test_csv_of_many_variables(run: Run, many: tuple[str, ...]) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*many, "csv").out)))
    assert rows[0]["element"] == "along v1"
    assert rows[0]["formula"].startswith("skipped: 399 operations")
    assert (rows[0]["symbolic"], rows[0]["digits_symbolic"]) == ("", "")
    assert float(rows[0]["autograd"]) == pytest.approx(float(rows[0]["derivative"]), rel=1e-10)


def test_table_and_plain_text_of_many_variables(run: Run, many: tuple[str, ...]) -> None:
    table = run(*many, "table").out
    assert len(table) < 6000
    assert "400 derivatives: 400 agree; --all shows each." in table
    assert "numerical limit along 3 random directions v1, v2, v3 only, not in each." in table
    assert "… 388 more" in table
    assert "skipped" in table
    plain = run(*many, "plain").out
    assert "∂f/∂v = … (rules skipped)" in plain
    assert "symbolic=skipped" in plain
    assert plain.rstrip().endswith("verdict: agree")


def test_values_of_many_variables(run: Run, many: tuple[str, ...]) -> None:
    lines = run(*many, "value").out.splitlines()
    whole = math.prod(values(400))
    assert [float(line) for line in lines] == pytest.approx([whole / v for v in values(400)])


@pytest.mark.parametrize("style", ["table", "plain", "json", "csv", "value"])
def test_a_chain_of_a_thousand_functions(run: Run, style: str) -> None:
    lets = [f"--let=a{i}=sin(a{i - 1})" for i in range(1, 1000)]
    outcome = run("grad", "a999", "--let", "a0=sin(x)", *lets, "--x", "1", "--format", style)
    assert (outcome.status, outcome.err) == (0, "")
    slope, x = 1.0, 1.0
    for _ in range(1000):
        slope, x = slope * math.cos(x), math.sin(x)
    assert f"{slope:.12g}"[:12] in outcome.out


def test_a_long_formula_with_a_name_is_cut_everywhere(run: Run) -> None:
    text = " + ".join(f"sin({k}*b)" for k in range(1, 1201))
    outcome = run("grad", text, "--let", "b=a+1", "--a", "1")
    assert outcome.status == 0
    # The head, the definition, the slopes and the result's name on the tape.
    assert outcome.out.count("characters)") == 4
    assert len(outcome.out) < 40_000
    assert "limit 522.888673279289" in outcome.out


def test_no_slopes_are_promised_where_the_rules_are_skipped(run: Run) -> None:
    text = "*".join(f"cos({k}*b)" for k in range(1, 3001))
    outcome = run("grad", text, "--let", "b=a-1", "--a", "1", "--format", "plain")
    assert outcome.status == 0
    rule = [line for line in outcome.out.splitlines() if line.startswith("chain rule")]
    assert rule == ["chain rule, a: 0*1 (b) = 0"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["steps"], "9,000 operations are too many for the rules"),
        (["emit", "--to", "c", "--derivatives"], "9,000 operations are too many for the rules"),
        (["graph", "--x", "1"], "a graph of 12,001 nodes is too large: at most 2,000 are drawn"),
    ],
)
def test_what_is_too_long_for_a_command_is_said(
    run: Run, folder: Path, command: list[str], message: str
) -> None:
    (folder / "f.txt").write_text(" + ".join(f"{i}*sin(x)*x" for i in range(1, 3001)))
    outcome = run(command[0], "@f.txt", *command[1:])
    assert (outcome.status, outcome.out, outcome.err) == (2, "", f"diffcalc: {message}\n")
