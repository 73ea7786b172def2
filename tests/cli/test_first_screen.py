"""What a stranger meets first: an expression without values, no command, a mistyped one, help."""

import json
import re
import shlex

import pytest

from diffcalc import compare, read, read_point
from diffcalc.base.errors import DiffcalcError, shell_words
from diffcalc.cli.main import STATUSES
from diffcalc.comparison.gradient import formulas
from diffcalc.language.examples import example
from tests.conftest import Outcome, Run


def hint_of(outcome: Outcome) -> list[str]:
    """The words to add, as a shell reads them."""
    (hint,) = re.findall(r"add (--at .*?)(?: to compare|\"\}|$)", outcome.out + outcome.err.strip())
    return shlex.split(hint)


# -- without values --------------------------------------------------------------------------------


def test_without_values_the_formulas_of_the_gradient_are_printed(run: Run) -> None:
    outcome = run("grad", "3*a**3 - b**2")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == (
        "f(a, b) = 3*a**3 - b**2\n\n∂f/∂a = 9*a**2\n∂f/∂b = -2*b\n\n"
        "add --at a=2 b=3 to compare the three methods.\n"
    )


def test_without_values_every_format_has_the_formulas(run: Run) -> None:
    found = {
        style: run("grad", "x^2*y", "--format", style)
        for style in ("plain", "json", "csv", "tsv", "value")
    }
    assert {outcome.status for outcome in found.values()} == {0}
    assert found["plain"].out.splitlines()[1:3] == ["df/dx = 2*x*y", "df/dy = x**2"]
    assert found["value"].out == "2*x*y\nx**2\n"
    assert found["value"].err == "diffcalc: add --at x=2 y=3 to compare the three methods\n"
    whole = json.loads(found["json"].out)
    assert whole["verdict"] is whole["value"] is whole["note"] is None
    assert whole["hint"] == "add --at x=2 y=3 to compare the three methods"
    assert [
        (d["variable"], d["index"], d["order"], d["formula"]) for d in whole["derivatives"]
    ] == [
        ("x", None, 1, "2*x*y"),
        ("y", None, 1, "x**2"),
    ]
    for style, delimiter in (("csv", ","), ("tsv", "\t")):
        header, first, _ = (line.split(delimiter) for line in found[style].out.splitlines())
        row = dict(zip(header, first, strict=True))
        assert (row["element"], row["formula"], row["verdict"]) == ("x", "2*x*y", "")
        assert row["reason"] == whole["hint"]


def test_the_header_is_that_of_a_comparison(run: Run) -> None:
    bare, compared = (run("grad", "x^2", *at, "--format", "csv").out for at in ((), ("x=1",)))
    assert bare.splitlines()[0] == compared.splitlines()[0]


def test_lines_of_standard_input_have_formulas_each(run: Run) -> None:
    outcome = run("grad", "-", "--format", "value", stdin="x^2\nsin x^2\na*b\n")
    assert (outcome.status, outcome.out) == (2, "2*x\nb\na\n")
    assert "line 2: where does the argument" in outcome.err


def test_a_line_without_its_value_is_an_error_where_others_have_one(run: Run) -> None:
    outcome = run("grad", "-", "x=3", "--format", "value", stdin="x^2\ny^2\n")
    assert (outcome.status, outcome.out) == (2, "6\n")
    assert outcome.err == "diffcalc: line 2: no value for y: add --at y=2\n"


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (["x @ A @ x"], ["∂f/∂x = (A + A.T) @ x", "∂f/∂A = outer(x, x)"]),
        (["A @ x", "--wrt", "x"], ["∂sum(f)/∂x = sum(A, axis=0)"]),
        (["A @ x", "--wrt", "x", "--gradient", "1,2"], ["∂sum(v*f)/∂x = A.T @ v, v = [1, 2]"]),
        (["x @ A @ x", "--wrt", "x", "--order", "2"], ["∂²f/∂x² = diag(A + A.T)"]),
        (["x*exp(-x)", "--order", "3"], ["d³f/dx³ = 3*exp(-x) - x*exp(-x)"]),
        (["f"], ["df/dx = 6*x - 4"]),
        (["b*b", "--let", "b=x+1"], ["with b = x + 1; f = b*b", "df/dx = 2*x + 2"]),
        (["rate*t", "--wrt", "rate"], ["∂f/∂rate = t"]),
    ],
)
def test_without_values_options_say_what_they_say_with_values(
    run: Run, args: list[str], shown: list[str]
) -> None:
    outcome = run("grad", *args)
    assert outcome.status == 0
    assert [line for line in outcome.out.splitlines() if line in shown] == shown
    again = run("grad", *args, *hint_of(outcome), "--sequences", "none")
    assert again.status == 0
    assert [line for line in again.out.splitlines() if line in shown] == shown


def test_what_is_assumed_of_shapes_is_said(run: Run) -> None:
    note = "no values: A is an n×n matrix, x is a vector of n; --at gives others"
    assert f"\n{note}.\n" in run("grad", "x @ A @ x").out
    assert f"note: {note}\n" in run("grad", "x @ A @ x", "--format", "plain").out
    assert json.loads(run("grad", "x @ A @ x", "--format", "json").out)["note"] == note
    assert f",{note};" in run("grad", "x @ A @ x", "--format", "csv").out.replace('"', "")
    assert f"diffcalc: {note}\n" in run("grad", "x @ A @ x", "--format", "value").err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["5"], "diffcalc: 5 has no variable to differentiate in\n"),
        (["x^2", "--wrt", "y"], "diffcalc: y is not a variable of x**2: its variables: x\n"),
        (["y = y^2"], "diffcalc: an equation, not an expression: give one side only, or y - (y^2) for their difference\n  y = y^2\n    ^\n"),
        (["trace(a)"], 'diffcalc: trace(a) does not fit where a is a vector of n: add --at "a=[[2,3],[4,5]]" to compare the three methods\n'),
        (["a*b", "a=1"], "diffcalc: no value for b: add --at b=2\n"),
        (["a*b*c", "--b", "1"], "diffcalc: no value for a and c: add --at a=2 c=3\n"),
    ],
)  # fmt: skip
def test_without_formulas_there_is_one_line(run: Run, args: list[str], message: str) -> None:
    outcome = run("grad", *args)
    assert (outcome.status, outcome.out, outcome.err) == (2, "", message)


def test_what_is_too_long_for_the_rules_asks_for_values(run: Run) -> None:
    outcome = run("grad", "+".join(f"sin(x*{n})" for n in range(2000)), "--timeout", "60")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        "diffcalc: 5,999 operations are too many for the rules: "
        "add --at x=2 to compare the three methods\n"
    )


def test_of_very_many_variables_the_hint_names_a_file(run: Run) -> None:
    outcome = run("limit", "*".join(f"x{n}" for n in range(1000)))
    assert outcome.status == 2
    assert "x18 and x19 and 980 more: add --at @FILE, with NAME=VALUE in it" in outcome.err


SMOOTH = [
    "x^2", "log(x)", "log(x - y)", "log(y - x)", "acos(x*y)", "atanh(a + b)", "sqrt(x - 10)",
    "sqrt(-x)", "floor(x)", "ceil(x)", "abs(x - 2)", "abs(x - 2)*abs(x - 1/5)", "abs(x - 2 + 1e-120)", "1/(x - 2 + 0.1 + 0.2 - 0.3)",
    "max(a, b)",
    "1/(x - 2)", "1/((x - 2)*(5*x - 1))", "gamma(-x)", "tan(x)", "x/(x - y)", "acosh(x)", "α*β",
    "where(x > 3, x, 2*x)", "sin(x)/x", "f3", "L", "huber", "cross_entropy", "bce(y, sigmoid(z))",
    "A @ x", "x @ A @ x", "trace(M)", "trace(m)", "norm(x)", "max(x) + min(x)", "sum(w*x) + b",
    "mse(y, X@w + b)", "logsumexp(A, axis=0)", "outer(x, y)", "diag(M) @ x", "softmax(x) @ x",
    "dot(x, y)*t", "A @ B @ x", "x.T @ A",
]  # fmt: skip


@pytest.mark.parametrize("text", SMOOTH)
def test_a_hint_typed_in_gives_a_derivative(run: Run, text: str) -> None:
    words = hint_of(run("limit", text))
    outcome = run("grad", text, *words, "--sequences", "none", "--timeout", "60")
    assert (outcome.status, outcome.err) == (0, "")


@pytest.mark.parametrize("text", ["x^2*y", "x @ A @ x", "sum((A @ x - y)**2)", "max(x)*t"])
def test_formulas_are_those_of_a_comparison(text: str) -> None:
    expression = read(text)
    bare = formulas(expression)
    point = read_point(shlex.split(bare.hint.removesuffix(" to compare the three methods"))[2:])
    compared = compare(expression, point)
    assert [p.formula for p in bare.partials] == [p.formula for p in compared.partials]


@pytest.mark.parametrize(
    ("text", "at", "hint"),
    [
        ("a*b", ["a=1,2,3"], "--at b=2"),
        ("A @ x", ["x=1,2,3"], '--at "A=[[2,3,4],[5,6,7],[8,9,10]]"'),
        ("A @ x", ["A=[[1,2,3],[4,5,6]]"], "--at x=2,3,4"),
        ("A @ x", ["x=[1]"], '--at "A=[[2]]"'),
        ("log(x)*t", ["t=0"], "--at x=2"),
    ],
)
def test_values_to_try_fit_those_that_are_given(text: str, at: list[str], hint: str) -> None:
    expression, point = read(text), read_point(at)
    assert example([expression], point) == hint
    compare(expression, {**point, **read_point(shlex.split(hint)[1:])})


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["limit", "a*b"], 0),
        (["hessian", "f3"], 0),
        (["jacobian", "[x*y, sum(x*y)]"], 0),
        (["scan", "max(x, a)", "--x=0:10"], 1),
        (["implicit", "x^2 + y^2 = 25"], 0),
        (["implicit", "y = x*exp(y)"], 0),
        (["implicit", "p*V = n*R*T", "--of", "V", "--wrt", "p"], 0),
        (["implicit", "x^2 + y^2 = 25", "y=4"], 0),
    ],
)
def test_every_command_asks_for_values_that_work(run: Run, args: list[str], status: int) -> None:
    bare = run(*args)
    assert (bare.status, bare.out) == (2, "")
    assert bare.err.startswith("diffcalc: no value for ")
    assert run(*args, *hint_of(bare)).status == status


# -- no command, or a mistyped one -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "typed"),
    [
        (["x^2"], 'diffcalc grad "x^2"'),
        (["x^2", "--x", "3"], 'diffcalc grad "x^2" --x 3'),
        (["-x^2"], 'diffcalc grad "-x^2"'),
        (["-x^2", "--x", "3"], 'diffcalc grad "-x^2" --x 3'),
        (["--x", "1"], 'diffcalc grad "x^2" --x 1'),
        (["--x=1", "--y=2"], 'diffcalc grad "x*y" --x=1 --y=2'),
        (["--x", "1", "x^3"], 'diffcalc grad --x 1 "x^3"'),
        (["--order", "2", "x^2", "x=1"], 'diffcalc grad --order 2 "x^2" x=1'),
        (["a*b", "--at", "a=4", "b=3"], 'diffcalc grad "a*b" --at a=4 b=3'),
        (["x^2", "+", "1"], 'diffcalc grad "x^2 + 1"'),
        (["x^2", "+", "1", "--x", "3"], 'diffcalc grad "x^2 + 1" --x 3'),
        (["rate*t", "--wrt", "rate"], 'diffcalc grad "rate*t" --wrt rate'),
        (["f"], "diffcalc grad f"),
        (["abs(x)", "--x=-3:3"], 'diffcalc scan "abs(x)" --x=-3:3'),
        (["A@x", "A=[[1,2],[3,4]]", "x=5,6"], 'diffcalc grad A@x "A=[[1,2],[3,4]]" x=5,6'),
        (["gard", "x^2", "--x", "1"], 'diffcalc grad "x^2" --x 1'),
        (["GRAD", "x^2", "--x", "1"], 'diffcalc grad "x^2" --x 1'),
        (["differentiate", "x"], "diffcalc grad x"),
        (["diff", "x^2"], 'diffcalc grad "x^2"'),
        (["derivative"], "diffcalc grad --help"),
        (["gradient", "x", "x=1"], "diffcalc grad x x=1"),
        (["stpes", "x*log(x)"], 'diffcalc steps "x*log(x)"'),
        (["jacobain", "[x*y, x]", "x=1", "y=2"], 'diffcalc jacobian "[x*y, x]" x=1 y=2'),
        (["functoins"], "diffcalc functions"),
        (["emti", "x^2", "--to", "c"], 'diffcalc emit "x^2" --to c'),
        (["lmit"], "diffcalc limit --help"),
        (["lecture"], "diffcalc help lecture"),
    ],
)
def test_words_without_a_command_get_one_that_works(run: Run, args: list[str], typed: str) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out) == (2, "")
    said, tried = outcome.err.splitlines()
    assert tried == "Try 'diffcalc --help'."
    assert said.endswith((f"; to differentiate: {typed}", f"; did you mean: {typed}"))
    assert run(*shlex.split(typed)[1:]).status in (0, 1)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["1/2x", "--x", "1"], "No such command '1/2x'; for diffcalc grad: it is not clear what is divided: write (1/2)*x or 1/(2*x)"),
        (["a*b", "a=1"], "No such command 'a*b'; for diffcalc grad: no value for b: add --at b=2"),
        (["5"], "No such command '5'; for diffcalc grad: 5 has no variable to differentiate in"),
        (["x\x1b[31m"], "No such command 'x\\x1b[31m'; for diffcalc grad: unexpected character (U+001B)"),
        ([""], "No such command ''; for diffcalc grad: the expression is empty"),
        (["--", "-x^"], "No such command '-x^'; for diffcalc grad: the expression ends too soon"),
    ],
)  # fmt: skip
def test_words_that_are_no_expression_are_told_why(run: Run, args: list[str], message: str) -> None:
    outcome = run(*args)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"diffcalc: {message}")
    assert outcome.err.count("\n") == 2


def test_an_option_near_one_of_no_command_is_suggested_by_click(run: Run) -> None:
    outcome = run("--verison")
    assert outcome.status == 2
    assert "--version" in outcome.err


def test_words_for_a_shell_come_back_as_they_were() -> None:
    words = ["x^2", "it's", "a$b", 'say "x"', "a b", "x!", "`x`", "\\", "", "-x", "α=2", "x=1"]
    assert shlex.split(shell_words(words)) == words
    assert shell_words(["x^2", "--x", "3"]) == '"x^2" --x 3'
    assert shell_words(["a$b"]) == "'a$b'"


# -- help ------------------------------------------------------------------------------------------


def test_no_words_print_the_help_on_standard_output(run: Run) -> None:
    outcome = run()
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == run("--help").out
    assert outcome.out == run("-h").out


def test_help_of_a_command_may_be_asked_for_in_any_order(run: Run) -> None:
    asked = [run(*args) for args in (["grad", "--help"], ["--help", "grad"], ["help", "grad"])]
    assert {outcome.status for outcome in asked} == {0}
    assert len({outcome.out for outcome in asked}) == 1


SECTIONS = {
    "Differentiate": ["grad", "points", "limit", "steps", "hessian", "jacobian", "implicit"],
    "Look": ["scan", "plot", "graph", "report"],
    "Use": ["descend", "emit", "certify", "check", "practice"],
    "Names": ["functions", "define", "undefine"],
    "Help": ["help", "completion"],
}


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_commands_are_grouped_and_described_in_full(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run("--help").out
    assert "..." not in text.replace("[ARGS]...", "")
    for heading, names in SECTIONS.items():
        (section,) = re.findall(rf"^{heading}:\n((?: .*\n)+)", text, flags=re.MULTILINE)
        assert re.findall(r"^  (\w+)", section, flags=re.MULTILINE) == names
        assert max(map(len, section.splitlines())) < columns
    assert re.search(r"if\s+not, which\s+rule\s+was\s+broken\.", text)


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_help_of_every_command_fits_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in [name for names in SECTIONS.values() for name in names]:
        text = run(name, "--help").out
        _, _, options = text.partition("\nOptions:\n")
        for line in options.splitlines():
            # The values of an option are one word.
            assert len(line) <= columns or "|" in line, (name, line)


def test_help_says_what_the_exit_statuses_mean(run: Run) -> None:
    shown = " ".join(run("--help").out.partition("\nExit status:\n")[2].split())
    assert list(STATUSES) == [0, 1, 2, 3]
    assert shown == " ".join(f"{int(status)} {text}" for status, text in STATUSES.items())


def test_a_hint_of_a_refusal_is_no_error_of_its_own() -> None:
    with pytest.raises(DiffcalcError, match=r"no value for A and x: add --at \"A=…\" \"x=…\""):
        compare(read("A @ ones(3, 4) @ A @ x"), {})
