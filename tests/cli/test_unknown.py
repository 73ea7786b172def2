"""Options that a command has not, values of no variable, and options given twice."""

from pathlib import Path

import pytest

from tests.conftest import Run

USAGE = "\nTry 'diffcalc {0} --help'.\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        # Spelled almost so; the value may be anything, and an equals sign may stand between.
        (("grad", "x^2", "x=1", "--ordr", "2"), "--ordr; did you mean --order?"),
        (("grad", "x^2", "--ordr", "2", "x=1"), "--ordr; did you mean --order?"),
        (("grad", "x^2", "x=1", "--ordr=2"), "--ordr; did you mean --order?"),
        (("grad", "x^2", "x=1", "--Order", "2"), "--Order; did you mean --order?"),
        (("grad", "x^2", "x=1", "--sequence", "all"), "--sequence; did you mean --sequences?"),
        (("grad", "x^2", "x=1", "--seq", "all"), "--seq; did you mean --sequences?"),
        (("grad", "x^2", "x=1", "--ordr"), "--ordr; did you mean --order?"),
        (("grad", "x^2", "--strct", "x=1"), "--strct; did you mean --strict?"),
        (("jacobian", "x^2", "x=1", "--layouts", "gradient"), "--layouts; did you mean --layout?"),
        (("descend", "x^2", "--from", "x=5", "--cuont", "9"), "--cuont; did you mean --count?"),
        (("grad", "theta*x", "x=1", "--thet", "2"), "--thet; did you mean --theta?"),
        # Options of other commands.
        (
            ("emit", "x^2", "--to", "c", "--order", "2"),
            "--order; it is an option of diffcalc grad, limit, steps, implicit, check",
        ),
        (
            ("limit", "x^2", "x=1", "--sequences", "all"),
            "--sequences; it is an option of diffcalc grad, hessian, jacobian, implicit",
        ),
        (("hessian", "x^2", "x=1", "--to", "c"), "--to; it is an option of diffcalc emit"),
        (
            ("grad", "x^2", "x=1", "--from-definition"),
            "--from-definition; it is an option of diffcalc steps",
        ),
        (("practice", "--wrong", "1"), "--wrong"),
        (("practice", "--sed", "1"), "--sed; did you mean --seed?"),
        (("functions", "--frmat", "json"), "--frmat; did you mean --format?"),
        (("define", "g(x) = x", "--replce"), "--replce; did you mean --replace?"),
        # Like nothing there is.
        (("grad", "x^2", "x=1", "--foo", "3"), "--foo; the variables of x**2: x"),
        (("grad", "x^2", "x=1", "--foo", "bar"), "--foo; the variables of x**2: x"),
        (("grad", "x^2", "x=1", "--y", "3"), "--y; the variables of x**2: x"),
        (("hessian", "2 + 3", "--x", "1"), "--x; the variables of 2 + 3: none"),
        (("grad", "--foo", "x^2", "x=1"), "--foo; the variables of x**2: x"),
        (("grad", "x^2", "x=1", "--no-such", "3"), "--no-such"),
        (("grad", "x^2", "x=1", "-j", "json"), "-j"),
        (("check", "x^2", "2x", "--x", "1"), "--x"),
        (("check", "x^2", "2x", "-j", "json"), "-j"),
        (("scan", "abs(x)", "--x=-1:1", "--foo", "3"), "--foo; the variables of abs(x): x"),
        (("scan", "abs(x)", "--foo=-1:1"), "--foo; the variables of abs(x): x"),
        (
            ("implicit", "x**2 + y**2 = 25", "x=3", "y=4", "--foo", "1"),
            "--foo; the variables of x**2 + y**2 = 25: x, y",
        ),
        (("jacobian", "[x, y]", "x=1", "y=2", "--z", "3"), "--z; the variables of [x, y]: x, y"),
        (
            ("grad", "b^2", "--let", "b=a+1", "a=1", "--b", "3"),
            "--b; the variables of (a + 1)**2: a",
        ),
        (("emit", "x^2", "--to", "c", "--foo", "3"), "--foo; the variables of x**2: x"),
        (("limit", "f", "--x", "1", "--y", "2"), "--y; the variables of 3*x**2 - 4*x: x"),
    ],
)
def test_an_option_that_the_command_has_not(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run(*args)
    said = f"diffcalc {args[0]}: no such option: {message}" + USAGE.format(args[0])
    assert (outcome.status, outcome.out, outcome.err) == (2, "", said)


@pytest.mark.parametrize(
    ("args", "out"),
    [
        # A name of the expression is a variable, though another command has such an option.
        (("grad", "rate*x", "--rate", "2", "--x", "3"), "3\n2\n"),
        (("steps", "rate*x", "--rate", "2"), "rate\n"),
        # And where this command has it, another form says that it is a variable.
        (("grad", "order*x", "order=2", "x=3", "--wrt", "x"), "2\n"),
        (("grad", "order*x", "--at", "order=2", "x=3", "--order", "2", "--wrt", "x"), "0\n"),
        (("grad", "θ^2", "--θ", "3"), "6\n"),
        (("grad", "θ^2", "--theta", "3"), "6\n"),
        (("grad", "e*x", "--e", "2", "--x", "3"), "3\n2\n"),
        (("grad", "x^2", "--x", "-3"), "-6\n"),
        (("grad", "--x^2", "--x", "3"), "6\n"),
        # Minus n, not the option -n.
        (("grad", "-n", "--n", "3"), "-1\n"),
        (("limit", "-n", "n=3"), "-1\n"),
        (("grad", "--x-y", "x=1", "y=2"), "1\n-1\n"),
        (("implicit", "--x", "3", "--y", "4", "x**2 + y**2 = 25"), "-0.75\n"),
        (("implicit", "--x", "0", "y = x*exp(y)", "--y", "0"), "1\n"),
        (("scan", "abs(x - a)", "--x=-1:1", "--a", "0.5"), "0.5\n"),
    ],
)  # fmt: skip
def test_a_value_as_an_option(run: Run, args: tuple[str, ...], out: str) -> None:
    assert run(*args, "--format", "value").out == out


@pytest.mark.parametrize(
    "args",
    [
        ("grad", "x^2", "x=1", "foo=3"),
        ("grad", "x^2", "--at", "x=1", "foo=3"),
        ("limit", "x^2", "x=1", "foo=3"),
        ("steps", "x^2", "foo=3"),
        ("steps", "x^2", "foo=3", "--detail", "line"),
        ("hessian", "x^2", "x=1", "foo=3"),
        ("graph", "x^2", "x=1", "foo=3"),
        ("emit", "x^2", "foo=3", "--to", "c"),
        ("descend", "x^2", "--from", "x=1", "--at", "foo=3"),
        ("scan", "x^2", "x=0:1", "foo=3"),
    ],
)
def test_a_value_of_no_variable_is_refused_by_every_command(
    run: Run, args: tuple[str, ...]
) -> None:
    outcome = run(*args)
    message = "diffcalc: foo is not a variable of x**2: its variables: x\n"
    assert (outcome.status, outcome.out, outcome.err) == (2, "", message)


def test_the_equation_is_never_a_value(run: Run) -> None:
    outcome = run("implicit", "--x", "3", "--y", "4")
    assert outcome.status == 2
    assert "Missing argument 'EQUATION'" in outcome.err
    assert run("grad", "--x", "1").err.startswith("diffcalc grad: no expression\n")


def test_a_value_for_some_of_the_lines_is_one(run: Run) -> None:
    outcome = run("grad", "-", "x=1", "--a", "3", "--format", "value", stdin="x^2\na*x\n")
    assert (outcome.status, outcome.out, outcome.err) == (0, "2\n1\n3\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--ordr", "2"), "diffcalc grad: no such option: --ordr; did you mean --order?"),
        (("--ordr", "all"), "diffcalc grad: no such option: --ordr; did you mean --order?"),
        (("--foo", "2"), "diffcalc grad: no such option: --foo; the variables of the lines read: "),
        (("foo=2",), "diffcalc: foo is not a variable of the lines read: its variables: x, a"),
    ],
)
def test_a_value_for_none_of_the_lines_is_refused(
    run: Run, words: tuple[str, ...], message: str
) -> None:
    outcome = run("grad", "-", "x=1", "a=2", *words, "--format", "value", stdin="x^2\na*x\n")
    assert outcome.status == 2
    assert outcome.err.startswith(message)


def test_a_line_that_cannot_be_read_may_have_had_the_variable(run: Run) -> None:
    outcome = run("grad", "-", "x=1", "--y", "2", "--format", "value", stdin="x^2\nsin y^2\n")
    assert (outcome.status, outcome.out) == (2, "2\n")
    assert outcome.err.startswith("diffcalc: line 2: where does the argument of `sin` end")
    assert "no such option" not in outcome.err


def test_names_of_files_and_columns(run: Run, tmp_path: Path) -> None:
    for name, text in (("f.txt", "a*x^2"), ("at.txt", "a=2 x=3"), ("p.csv", "x\n1\n2\n")):
        (tmp_path / name).write_text(text)
    formula, values, points = (str(tmp_path / name) for name in ("f.txt", "at.txt", "p.csv"))
    assert run("grad", f"@{formula}", "--at", f"@{values}", "--format", "value").out == "9\n12\n"
    refused = run("grad", f"@{formula}", "--at", f"@{values}", "--ordr", "2")
    assert "no such option: --ordr; did you mean --order?" in refused.err
    fixed = run("grad", f"@{formula}", "--points", points, "--a", "2", "--wrt", "x")
    assert fixed.out == "f,df/dx\n2.0,4.0\n8.0,8.0\n"
    refused = run("grad", f"@{formula}", "--points", "-", "a=2", "--foo", "3", stdin="x\n1\n")
    assert (refused.status, refused.out) == (2, "")
    assert "no such option: --foo; the variables of a*x**2: a, x\n" in refused.err


@pytest.mark.parametrize(
    ("args", "option"),
    [
        (("grad", "x^2", "--points", "a.csv", "--points", "b.csv"), "--points"),
        (("grad", "x^2", "--points", "a.csv", "--output", "a", "--output=b"), "--output"),
        (("grad", "x^2", "x=1", "--order", "2", "--order", "3"), "--order"),
        (("grad", "x^2", "x=1", "--format", "json", "--format", "json"), "--format"),
        (("grad", "x*y", "x=1", "y=1", "--wrt", "x", "--wrt=y"), "--wrt"),
        (("grad", "x^2", "x=1,2", "--gradient", "1,0", "--gradient", "0,1"), "--gradient"),
        (("limit", "x^2", "x=1", "--start", "1", "--start", "2"), "--start"),
        (("emit", "x^2", "--to", "c", "--to", "rust"), "--to"),
        (("graph", "x^2", "x=1", "--output", "a.svg", "--output", "b.svg"), "--output"),
        (("check", "--answers", "a.csv", "--answers", "b.csv"), "--answers"),
        (("implicit", "x = y", "--of", "x", "--of", "y"), "--of"),
        (("practice", "--rules", "chain", "--rules", "product"), "--rules"),
        (("practice", "-n", "1", "-n", "2"), "--count"),
        (("functions", "--format", "json", "--format", "csv"), "--format"),
    ],
)
def test_an_option_of_one_value_is_given_once(run: Run, args: tuple[str, ...], option: str) -> None:
    outcome = run(*args)
    message = f"diffcalc {args[0]}: {option} is given twice" + USAGE.format(args[0])
    assert (outcome.status, outcome.out, outcome.err) == (2, "", message)


def test_options_of_several_values_and_flags_may_be_repeated(run: Run) -> None:
    values = ("--at", "x=1", "--at", "y=2", "--strict", "--strict", "--format", "value")
    assert run("grad", "x*y", *values).out == "2\n1\n"
    lets = ("--let", "b=a+1", "--let", "c=b*b")
    assert run("grad", "c", *lets, "a=1", "--format", "value").out == "4\n"


def test_a_short_option_may_have_its_value_attached(run: Run) -> None:
    attached = run("practice", "-n2", "--seed", "3")
    assert attached.status == 0
    assert attached.out == run("practice", "-n", "2", "--seed", "3").out
    assert "unexpected extra argument (word)" in run("practice", "word").err
