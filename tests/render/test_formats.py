"""The formats: what fits a terminal, what a program can rely on."""

import json
import math
import re

import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.cli.options import format_of
from diffcalc.language.expression import function_name
from diffcalc.render.formats import FORMATS, choices, writer
from diffcalc.render.wording import nested, short
from tests.conftest import Run


def test_what_writes_each_kind_of_result_in_each_of_its_formats_is_there() -> None:
    for kind, formats in FORMATS.items():
        assert all(callable(writer(kind, name)) for name in formats), kind


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_that_a_kind_of_result_lacks_is_refused_with_those_it_has(kind: str) -> None:
    for name in {*choices(*FORMATS), "rst"} - {*FORMATS[kind]}:
        with pytest.raises(DiffcalcError) as refused:
            writer(kind, name)
        *most, last = FORMATS[kind]
        listed = f"{', '.join(most)} or {last}"
        assert str(refused.value) == f"{kind} are written as {listed}, not as {name}"


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (("grad", "x", "--x", "1"), "results"),
        (("limit", "x", "--x", "1"), "results"),
        (("hessian", "x", "--x", "1"), "results"),
        (("jacobian", "x", "--x", "1"), "results"),
        (("implicit", "x = y", "x=1", "y=1"), "results"),
        (("scan", "x", "--x=0:1"), "results"),
        (("functions",), "results"),
        (("steps", "x"), "derivations"),
        (("graph", "x", "--x", "1"), "graphs"),
        (("descend", "x^2", "--from", "x=1"), "descents"),
        (("check", "x", "1"), "marks"),
        (("check", "--answers", "-"), "answers"),
        (("practice",), "exercises"),
        (("grad", "x", "--points", "-"), "points"),
        (("emit", "x"), "programs"),
    ],
)
def test_a_command_refuses_the_formats_that_its_result_lacks(
    run: Run, args: tuple[str, ...], kind: str
) -> None:
    for name in {*choices(*FORMATS), "rst"} - {*FORMATS[kind]}:
        option = "--to" if kind == "programs" else "--format"
        outcome = run(*args, option, name, stdin="expression,claim\nx,1\n")
        assert (outcome.status, outcome.out) == (2, "")
        said = outcome.err.splitlines()[0]
        listed = ", ".join(map(repr, FORMATS[kind]))
        assert said.endswith(f"'{option}': {name!r} is not one of {listed}.")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_that_is_added_to_the_table_is_offered_by_the_command(kind: str) -> None:
    """Nothing but the table says which formats there are."""
    offered = format_of(kind)(lambda: None)
    (option,) = offered.__click_params__  # type: ignore[attr-defined]
    assert list(option.type.choices) == list(FORMATS[kind])


@pytest.mark.parametrize(
    "args",
    [
        ("x^2*y/(x^4+y^2)", "x=1.23456789012345e-300", "y=2.123456789"),
        ("sin(a*b*c)", "a=1/7,2/7,-3e-5", "b=1e-7", "c=123456.789"),
        ("alpha_long_name^2", "alpha_long_name=1.5"),
        ("cbrt(x)", "x=0,1e-30,-1e30"),
        ("x**x*exp(x)*log(x)**3/(1 + x**2)**5", "x=3.3"),
        ("where(x > 0, x**2, -1e-300*x)", "x=-1/3,0,2"),
        ("exp(x)", "x=700,-700,1/3"),
        ("A**2", "A=[[1,2],[3.14159,4e200]]"),
        ("1/x", "x=" + ",".join(map(str, range(12)))),
    ],
)
def test_80_columns_are_enough(run: Run, args: tuple[str, ...]) -> None:
    outcome = run("grad", *args)
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in outcome.out
    header = next(line for line in lines if "numerical limit" in line)
    values = [line for line in lines if line.startswith("  ") and "correct" not in line]
    # No row of the comparison is broken.
    assert all(len(line.split()) >= 5 for line in values if "±" in line)
    assert header


def test_a_wider_terminal_shows_more_digits(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = run("grad", "sin(x*y)", "x=1/3", "y=2").out
    monkeypatch.setenv("COLUMNS", "120")
    wide = run("grad", "sin(x*y)", "x=1/3", "y=2").out
    assert "1.571774" in narrow
    assert "1.571774521553896" in wide
    assert "1.571774521553896" not in narrow


@pytest.mark.parametrize("style", FORMATS["results"])
@pytest.mark.parametrize("text", ["x[/]", "x[bold]", "[red]x"])
def test_markup_is_text(run: Run, text: str, style: str) -> None:
    outcome = run("grad", text, "--x", "1", "--format", style)
    assert outcome.status == 2
    assert text in outcome.err


def test_json_holds_no_infinity_and_says_why(run: Run) -> None:
    outcome = run("grad", "exp(1000*x)", "--x", "1", "--format", "json")
    result = json.loads(outcome.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    (found,) = result["derivatives"]
    assert (result["value"], result["value_why"]) == (None, "not a finite real number")
    assert found["derivative"] is None
    assert found["derivative_why"] == "1.97007e+437 is beyond float64"
    assert found["reference"].startswith("1.97007111401704")
    assert found["symbolic"] == {"value": None, "value_why": "infinite", "digits": 0.0}


def test_json_keys_are_stable(run: Run) -> None:
    result = json.loads(run("grad", "a*x", "a=1,2", "x=3", "--format", "json").out)
    assert list(result) == [
        "expression",
        "at",
        "typed",
        "value",
        "verdict",
        "together",
        "derivatives",
    ]
    assert result["at"] == {"a": [1.0, 2.0], "x": 3.0}
    assert result["value"] == [3.0, 6.0]
    places = [(d["variable"], d["index"], d["derivative"]) for d in result["derivatives"]]
    assert places == [("a", [0], 3.0), ("a", [1], 3.0), ("x", [], 3.0)]
    assert list(result["derivatives"][0]) == [
        "variable", "index", "typed", "order", "formula", "derivative", "reference", "verdict",
        "kind", "reason", "known", "assuming", "enclosure", "left", "left_order", "right", "right_order",
        "numerical", "symbolic", "autograd", "convergence",
    ]  # fmt: skip


def test_json_of_steps_nests(run: Run) -> None:
    result = json.loads(run("steps", "sin(x^2)", "--format", "json").out)
    step = result["derivatives"][0]["steps"]
    assert (step["rule"], step["where"]) == ("chain", "u = x**2")
    assert [s["rule"] for s in step["steps"]] == ["sine", "power"]


def test_steps_of_several_variables(run: Run) -> None:
    assert run("steps", "a*b", "--format", "value").out == "b\na\n"
    assert run("steps", "rate*x", "rate=1", "--format", "value").out == "rate\n"
    assert run("steps", "5", "--format", "value").status == 2
    assert run("steps", "5", "--wrt", "x", "--format", "value").out == "0\n"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (36.0, 17, "36"),
        (0.1, 17, "0.1"),
        (1 / 3, 4, "0.3333"),
        (math.nan, 17, "undefined"),
        (math.inf, 3, "+∞"),
        (-math.inf, 3, "-∞"),
        (1e300, 17, "1e+300"),
    ],
)
def test_short_numbers(value: float, digits: int, text: str) -> None:
    assert short(value, digits) == text


def test_arrays_as_text() -> None:
    assert nested([[1, 2.5], [3, 4]]) == "[[1, 2.5], [3, 4]]"


def test_the_functions_name_is_free() -> None:
    assert function_name(["x"]) == "f"
    assert function_name(["f", "F"]) == "y"


@pytest.mark.parametrize("style", ["table", "plain", "csv", "tsv", "json"])
@pytest.mark.parametrize(
    ("args", "elements"),
    [
        (("trace(A)^2", "A=[[1,2],[3,4]]"), ["A[0][0]", "A[0][1]", "A[1][0]", "A[1][1]"]),
        (("diag(A)", "A=[[1,2],[3,4]]"), ["A[0][0]", "A[0][1]", "A[1][0]", "A[1][1]"]),
        (("trace(A)", "A=[[1,2],[3,4]]", "--order", "2"), ["A[0][1]", "A[1][0]"]),
        (("x^3", "x=2,3", "--gradient", "1,0"), ["x[0]", "x[1]"]),
        (("a + b", "a=1,5", "b=2,3", "--gradient", "0,0"), ["a[0]", "a[1]", "b[0]", "b[1]"]),
    ],
)
def test_a_derivative_that_is_always_0_has_its_line_too(
    run: Run, args: tuple[str, ...], elements: list[str], style: str
) -> None:
    outcome = run("grad", *args, "--format", style, "--sequences", "none")
    assert outcome.status == 0
    if style == "json":
        found = json.loads(outcome.out)["derivatives"]
        listed = [d["variable"] + "".join(f"[{i}]" for i in d["index"]) for d in found]
    else:
        listed = re.findall(r"^(?:.*[,\t]|  )?(\w(?:\[\d\])+) ?[=,\t]", outcome.out, re.MULTILINE)
    assert set(elements) <= set(listed)


def test_the_zeros_of_a_trace_are_numbers_in_the_table(run: Run) -> None:
    out = run("grad", "trace(A)^2", "A=[[1,2],[3,4]]", "--sequences", "none").out
    rows = [line.split() for line in out.splitlines() if line.startswith("  A[")]
    # Element, =, value, limit ± error, symbolic, autograd.
    assert [(row[0], row[3], row[6], row[7]) for row in rows] == [
        ("A[0][0]", "10", "10", "10"),
        ("A[0][1]", "0", "0", "0"),
        ("A[1][0]", "0", "0", "0"),
        ("A[1][1]", "10", "10", "10"),
    ]


def test_beside_a_matrix_stand_only_the_elements_its_formulas_hold_for(run: Run) -> None:
    lines = run("hessian", "a*b", "a=2,3", "b=6,4", "--format", "plain").out.splitlines()
    assert [line for line in lines if line.startswith("a[0]: ")] == ["a[0]: 0 0 1 0"]
    assert sum(line.startswith("b[0]=6, a[0]=2: ") for line in lines) == 1
    assert not any(line.startswith("b[0]=6, a[1]=3: ") for line in lines)
