"""One test per bug found, with what it once printed."""

import json
import math
import os
import subprocess
import sys
from fractions import Fraction

import mpmath
import pytest

from diffcalc import autograd
from diffcalc.comparison.compare import compare
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.render.reasons import sentence
from diffcalc.symbolic import differentiate
from tests.conftest import Run


def judged(text: str, at: str) -> tuple[str, str, str]:
    """Verdict, kind, and the derivative in six digits."""
    element = compare(read(text), read_point(at.split())).elements[0]
    found = element.judgement
    return found.verdict.value, found.kind, mpmath.nstr(element.truth.derivative, 6)


@pytest.mark.parametrize(
    "text",
    [
        "1/(1+exp(-x/0.025852))",
        "1/(1+x**3.14159)",
        "x**2.71828/(1+x**2.71828)",
        "1/(1+exp(1e5*x))",
        "1/(1+exp(-(x-0.123456)/0.0123457))",
        "1/(1+exp(x/1.380649e-23))",
        "1/(0.123456789*x+0.987654321)**5",
    ],
)
def test_decimals_are_no_polynomials_of_high_degree(run: Run, text: str) -> None:
    """SymPy's factor made exp(x/1000000) a generator and took a gigabyte."""
    assert run("steps", text).status == 0


@pytest.mark.parametrize(
    ("text", "at", "derivative"),
    [
        # Noise was measured against exp(750), where h was still large; the truth came out 5e+11.
        ("exp(1e12*x)", "x=0", "1.0e+12"),
        ("exp(-x/4.14e-21)", "x=0", "-2.41546e+20"),
        ("sinh(1e12*x)", "x=0", "1.0e+12"),
        # An absolute floor for noise took these for 0.
        ("1/(1+exp(-x))", "x=-700", "9.85968e-305"),
        # Values beyond 2**4000 were said to be outside the domain.
        ("log(exp(x))", "x=3000", "1.0"),
        ("log(cosh(x))", "x=3000", "1.0"),
        ("log(x**2000)", "x=100", "20.0"),
        ("sqrt(exp(x))", "x=3000", "1.38259e+651"),
        ("log(gamma(x))", "x=2000", "7.60065"),
        # Structure finer than the last of five steps was called oscillation.
        ("tanh(1e30*x)", "x=0", "1.0e+30"),
        ("x/(x+1e-30)", "x=0", "1.0e+30"),
        ("sin(exp(x))", "x=80", "3.30298e+33"),
        # q = h**0.002 shrinks so slowly that it was said to grow.
        ("abs(x)**1.002", "x=0", "0.0"),
        ("where(x>0,x/log(x),0)", "x=0", "0.0"),
        # mpmath's own division raised ZeroDivisionError in the backward pass.
        ("sqrt(x**4)", "x=0", "0.0"),
        ("x*sqrt(abs(x))", "x=0", "0.0"),
        ("cbrt(x)**4", "x=0", "0.0"),
        ("cbrt(x)**3", "x=0", "1.0"),
        ("where(x==0,1,sin(x)/x)", "x=0", "0.0"),
        ("where(x==0,0,x**2*sin(1/x))", "x=0", "0.0"),
        ("where(x==0,0,exp(-1/x**2))", "x=0", "0.0"),
        ("where(x>0,exp(-1/x),0)", "x=0", "0.0"),
        # The branch not taken is undefined, and 0 times that was nan.
        ("where(x>0,sqrt(x),-x)", "x=-1", "-1.0"),
        ("where(x<1,acos(x),x)", "x=2", "1.0"),
        ("where(x>=0,x**0.5,x)", "x=-2", "1.0"),
        # A formula with log(0) in it.
        ("x**y", "y=2 x=0", "0.0"),
        ("relu(x-2)**(2/3)", "x=0.7", "0.0"),
        # SymPy rewrote nested choices to objects that could not be printed, or without end.
        ("relu(where(x>2,x,3))", "x=1", "0.0"),
        ("max(where(x>0,x,1),2)", "x=1", "0.0"),
        ("where((pi-x)*(-2) > x - x*x, 1, x)", "x=1", "1.0"),
        ("atan2(1/20,asec(5))*x", "x=1", "0.0364951"),
        ("x + 1e30 - 1e30 - x", "x=1", "0.0"),
    ],
)  # fmt: skip
def test_derivatives_that_exist(text: str, at: str, derivative: str) -> None:
    verdict, _, found = judged(text, at)
    assert verdict in ("agree", "inaccurate")
    assert found == derivative


@pytest.mark.parametrize(
    ("text", "at", "kind", "limit", "extension"),
    [
        ("(x-0.7)/(x*x-0.49)", "0.7", "removable", "0.714286", "-0.510204"),
        ("(x-0.3)/(x/0.1-3)", "0.3", "removable", "0.1", "0.0"),
        ("(x-1.1)/(x**2-1.21)", "1.1", "removable", "0.454545", "-0.206612"),
        ("(x-sqrt(2))/(x**2-2)", "sqrt(2)", "removable", "0.353553", "-0.125"),
        ("(x-pi)/sin(x)", "pi", "removable", "-1.0", "0.0"),
        ("(1+cos(x))/sin(x)", "pi", "removable", "0.0", "-0.5"),
        ("(1-sin(x))/cos(x)", "pi/2", "removable", "0.0", "-0.5"),
        ("(1+cos(x))/sin(x)**2", "pi", "removable", "0.5", "0.0"),
        ("sin(x)/sin(x)", "pi", "removable", "1.0", "0.0"),
        ("tan(x)*cos(x)", "pi/2", "removable", "1.0", "0.0"),
        ("x/log(abs(x))", "0", "removable", "0.0", "0.0"),
    ],
)
def test_zeros_that_are_none_in_binary(
    text: str, at: str, kind: str, limit: str, extension: str
) -> None:
    """x - 0.7 was 0 where x*x - 0.49 was 1e-160, and their quotient "0"."""
    (element,) = compare(read(text), read_point([f"x={at}"])).elements
    truth = element.truth
    assert truth.kind == kind
    assert mpmath.nstr(truth.limit, 6) == limit
    assert mpmath.nstr(truth.extension.derivative, 6) == extension


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        ("log(x**2-0.49)", "0.7", "pole", "nan", "-inf"),
        ("floor(x**2)", "sqrt(2)", "jump", "+inf", "0.0"),
        ("exp(1/x)", "0", "pole", "0.0", "+inf"),
        ("exp(-1/x)", "0", "pole", "+inf", "0.0"),
        ("1/log(x)", "0", "edge", "nan", "0.0"),
        ("x**1.0001", "0", "edge", "nan", "0.0"),
        ("abs(x)*1e-200", "0", "corner", "-1.0e-200", "1.0e-200"),
    ],
)
def test_sides(text: str, at: str, kind: str, left: str, right: str) -> None:
    (element,) = compare(read(text), read_point([f"x={at}"])).elements
    truth = element.truth
    assert (truth.kind, mpmath.nstr(truth.left.value), mpmath.nstr(truth.right.value)) == (
        kind, left, right,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "left", "right"), [("relu(x)*x/x", "0.0", "1.0"), ("x/(1+exp(1/x))", "1.0", "0.0")]
)
def test_a_removable_corner(text: str, left: str, right: str) -> None:
    """The limit was known to 1e-150 only, which h then divided."""
    (element,) = compare(read(text), read_point(["x=0"])).elements
    extension = element.truth.extension
    assert (extension.kind, mpmath.nstr(extension.left.value), mpmath.nstr(extension.right.value)) == (
        "corner", left, right,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "at", "verdict", "kind"),
    [
        # Beside 1e300 the slope of |x| was not seen.
        ("abs(x)+1e300", "x=0", "not differentiable", "corner"),
        ("relu(x)+1e300", "x=0", "not differentiable", "corner"),
        ("1+1e-300*abs(x)", "x=0", "not differentiable", "corner"),
        ("abs(y)+exp(x)", "y=0 x=800", "not differentiable", "corner"),
        ("abs(x-y)+exp(z)", "x=1 y=1 z=1000", "not differentiable", "corner"),
        ("floor(x)+1e300*1e8", "x=1", "not differentiable", "jump"),
        ("cosh(x)**2-sinh(x)**2", "x=100", "agree", ""),
        ("x**x", "x=1e8", "inaccurate", ""),
    ],
)
def test_small_beside_large(text: str, at: str, verdict: str, kind: str) -> None:
    assert judged(text, at)[:2] == (verdict, kind)


@pytest.mark.parametrize(
    ("text", "at", "derivative"),
    [
        ("x+1e300-1e300", "x=0", "1.0"),
        ("(exp(x)+x)-exp(x)", "x=1000", "1.0"),
        ("y+exp(x)", "y=1 x=800", "1.0"),
        ("((0.5)-z)+sinh(x)", "z=-2 x=1000", "-1.0"),
        ("log(exp(x)+1-exp(x)+x)", "x=1000", "0.000999001"),
    ],
)
def test_derivatives_beside_large_numbers(text: str, at: str, derivative: str) -> None:
    assert judged(text, at)[2] == derivative


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("cosh(x)**2-sinh(x)**2", "200", 1),
        ("exp(x)+1-exp(x)", "150", 1),
        ("sin(exp(x))**2+cos(exp(x))**2", "200", 1),
        ("(x+1e70)-1e70", "5", 5),
    ],
)
def test_values_survive_cancellation(text: str, x: str, value: float) -> None:
    assert float(compare(read(text), read_point([f"x={x}"])).value) == value


def test_a_tiny_slope_in_a_direction_is_resolved() -> None:
    assert compare(read("erf(x+2*y)"), read_point(["x=9", "y=9"])).joint is None


@pytest.mark.parametrize("text", ["x/lgamma(y)", "acsc(gamma(expm1(x))**0)*y"])
def test_gamma_near_its_poles_is_in_time(run: Run, text: str) -> None:
    assert run("grad", text, "x=0.1", "y=-1", "--timeout", "60").status in (0, 1)


@pytest.mark.parametrize("text", ["0**x", "(-2)**x"])
def test_a_formula_is_real_or_says_so(run: Run, text: str) -> None:
    assert run("steps", text, "--format", "value").out == "no real number\n"


def test_a_tower_of_powers_ends() -> None:
    tower = "(1 + ((1 + (5)^2)^(3))^2)^((1 + (4)^2)^((1 + (5)^2)^(y)))*x"
    assert judged(tower, "x=1.5 y=1.952")[0] == "undefined"


def test_a_pole_in_another_variable() -> None:
    """x*tan(y) at y = pi/2 was removable in x, with the limit -1e+1281."""
    result = compare(read("x*tan(y)"), read_point(["x=1", "y=pi/2"]))
    x, y = result.elements
    assert (x.judgement.kind, y.judgement.kind) == ("outside", "pole")
    assert "tan(y) has no real value" in sentence(x.judgement)


def test_an_isolated_point(run: Run) -> None:
    outcome = run("grad", "(-2)**x", "--x", "2", "--format", "value")
    assert "isolated point: f has no real value on either side" in outcome.err


@pytest.mark.parametrize(
    "args", [("--count", "330"), ("--start", "1e-300", "--count", "30"), ("--count", "1000")]
)
def test_h_may_reach_zero(run: Run, args: tuple[str, ...]) -> None:
    outcome = run("limit", "f", "--x", "1", "--format", "plain", *args)
    assert (outcome.status, outcome.err) == (0, "")


@pytest.mark.parametrize("timeout", ["inf", "1e20", "0"])
def test_no_timeout(run: Run, timeout: str) -> None:
    assert run("grad", "x**2", "--x", "3", "--format", "value", "--timeout", timeout).out == "6\n"


@pytest.mark.parametrize("timeout", ["nan", "-nan"])
@pytest.mark.parametrize("words", [("grad", "x**2", "x=3"), ("descend", "x**2", "--from", "x=3")])
def test_a_timeout_is_a_number(run: Run, words: tuple[str, ...], timeout: str) -> None:
    outcome = run(*words, "--timeout", timeout)
    assert (outcome.status, outcome.out) == (2, "")
    assert ": --timeout must be a number of seconds, or 0 for never\n" in outcome.err


def test_the_numerical_limit_needs_a_value(run: Run) -> None:
    """1/x**2 at 0: central differences are 0, whatever h."""
    outcome = run("limit", "1/x**2", "--x", "0", "--count", "1")
    assert "limit: none" in outcome.out or "limit: +∞" in outcome.out
    assert "limit 0" not in outcome.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("grad", "x", "--at"), "diffcalc grad: option --at needs a value\n"),
        (("grad", "-x", "x=1", "--timeout"), "diffcalc grad: option --timeout needs a value\n"),
        (("grad", "x**", "x=1"), "diffcalc: the expression ends too soon\n  x**\n     ^\n"),
        (("grad", "polygamma(1000000, x)", "x=2"), "diffcalc: the order of polygamma must be"),
    ],
)
def test_messages(run: Run, args: tuple[str, ...], message: str) -> None:
    outcome = run(*args)
    assert outcome.status == 2
    assert outcome.err.startswith(message)
    assert "\\x0a" not in outcome.err


def test_a_message_of_click_is_one_line(run: Run) -> None:
    assert "\\x" not in run("completion").err


def test_the_same_operand_twice() -> None:
    step = differentiate(read("hypot(x, x)"), "x").step
    assert step.where == "u = x"
    assert step.steps[0].before == "hypot(u, u)"


def test_decimals_do_not_become_huge_integers() -> None:
    text = differentiate(read("1/(0.123456789*x + 0.987654321)**5"), "x").text
    assert len(text) < 120


def test_an_unknown_entry_survives_a_define(run: Run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "diffcalc"
    folder.mkdir()
    (folder / "functions.json").write_text('{"later": {"version": 2}}')
    assert run("define", "g(x) = x").status == 0
    assert '"later"' in (folder / "functions.json").read_text()


@pytest.mark.parametrize("style", ["plain", "csv", "tsv", "value", "json", "table"])
def test_elementary_functions_are_listed_in_every_format(run: Run, style: str) -> None:
    assert "softplus" in run("functions", "--format", style).out


def test_the_gradient_is_exact(run: Run) -> None:
    outcome = run(
        "grad", "x*y", "x=2", "y=3", "--gradient", "1/3", "--wrt", "x", "--format", "value"
    )
    assert outcome.out == "1\n"


def test_a_byte_order_mark_is_no_character(run: Run) -> None:
    outcome = run("grad", "-", "--x", "3", "--format", "value", stdin="\ufeffx**2\n")
    assert outcome.out == "6\n"


@pytest.mark.parametrize(
    "act",
    [
        lambda: autograd.sin(autograd.tensor(1.0), autograd.tensor(1.0)),
        lambda: autograd.tensor("x"),
        lambda: autograd.tensor(None),
        lambda: autograd.tensor(1.0) + None,
        lambda: autograd.tensor(1.0) + "x",
    ],
)
def test_tensors_hold_numbers(act) -> None:
    with pytest.raises(TypeError, match=r"a tensor holds numbers|takes 1 arguments"):
        act()


def test_backward_warns_of_nothing() -> None:
    a = autograd.tensor(0.0, requires_grad=True)
    (a**0 + autograd.sqrt(a)).backward()
    assert a.grad.item() == float("inf")


@pytest.mark.parametrize("style", ["table", "plain", "csv", "json"])
def test_ascii_output(style: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "diffcalc", "grad", "abs(x)*y", "x=0", "y=1", "--format", style],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk() -> None:
    shown = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m diffcalc grad 'x**2' --x 1 > /dev/full"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 2
    assert shown.stderr == "diffcalc: cannot write standard output: No space left on device\n"


@pytest.mark.parametrize("closed", [">&-", "<&-"])
def test_closed_streams(closed: str) -> None:
    command = f"{sys.executable} -m diffcalc grad 'x**2' --x 1 --format value {closed}"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_an_error_with_nowhere_to_say_it() -> None:
    command = f"{sys.executable} -m diffcalc grad 'x**' --x 1 2>&-"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout) == (2, "")


def test_a_constant_beyond_float64_in_a_formula() -> None:
    # SymPy worked log(abs(gamma(257))) out to 507 digits, which no float64 holds.
    result = compare(read("x*lgamma(257)"), read_point(["x=1"]))
    assert result.verdict is Verdict.AGREE
    assert result.partials[0].derivation.text == "lgamma(257)"
    assert FLOAT["number"](-(Fraction(10) ** 400)) == -math.inf


@pytest.mark.parametrize("call", ["gamma(1/x)", "lgamma(1/x)", "polygamma(1, 1/x)"])
def test_poles_at_rounded_points(call: str) -> None:
    # 1/(-1/7) is not -7 in any precision, so gamma was enormous there, and jumped.
    assert judged(call, "x=-1/7")[:2] == ("undefined", "pole")


@pytest.mark.parametrize("at", ["1e-200", "1e-250"])
def test_gamma_beside_its_pole(run: Run, at: str) -> None:
    # mpmath worked out the coefficients of a Taylor series in 4,000 bits, for seconds.
    outcome = run("grad", "gamma(x)", "--x", at, "--format", "value")
    size = 2 * int(at.removeprefix("1e-"))
    assert (outcome.status, outcome.out) == (0, "-inf\n")
    assert f"overflow: the derivative is -1.0e+{size}, beyond what a float64 holds" in outcome.err


def test_a_formula_with_endless_numbers_is_refused(run: Run) -> None:
    text = "where(x==1e-300,1,sin(x-1e-300)/(x-1e-300))"
    outcome = run("grad", text, "--x", "1e-300", "--order", "4", "--timeout", "60")
    assert (outcome.status, outcome.out) == (2, "")
    assert "numbers of thousands of digits" in outcome.err


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("log(1-tanh(x))", "300"), ("log(1-tanh(x))", "80"), ("atanh(tanh(x))", "300"),
        ("log(1-sigmoid(x))", "600"), ("log(1-erf(x))", "25"), ("(exp(x)-1)/x", "1e-65"),
        ("(1-cos(x))/x**2", "1e-60"), ("1-tanh(x)", "80"), ("exp(x**2)*(1-erf(x))", "25"),
    ],
)  # fmt: skip
def test_what_saturation_leaves_is_followed(text: str, at: str) -> None:
    # It was undefined, or 0, where more digits cancel than were worked with.
    expression = read(text)
    result = compare(expression, read_point([f"x={at}"]))
    with mpmath.mp.workdps(900):
        x = read(at)(exact())
        value = expression(exact(), x=x)
        slope = mpmath.diff(lambda t: expression(exact(), x=t), x)
        assert abs(float(result.value) / float(value) - 1) < 1e-14
        found = result.elements[0].truth.derivative
        assert abs(found - slope) <= 1e-20 * abs(slope) + mpmath.mpf(10) ** -70


def test_a_corner_that_is_hardly_one_is_told_in_full(run: Run) -> None:
    reason = run("grad", "x+1e-21*abs(x)", "--x", "0", "--format", "value").err
    assert "0.999999999999999999999 from the left, 1.000000000000000000001 from the right" in reason


def test_a_convention_in_the_other_variable_is_seen(run: Run) -> None:
    text = "where(x==0,0,x*y*(x**2-y**2)/(x**2+y**2))"
    assert "nothing explains" not in run("hessian", text, "x=0", "y=0").out


@pytest.mark.parametrize(
    ("args", "line"),
    [
        # It was no variable of theta**2, whose name is theta.
        (["grad", "θ^2", "--at", "θ=2", "--wrt", "θ"], "f(theta) = theta**2"),
        # no value for phi: add phi=…
        (["grad", "φ*2", "--let", "φ=θ^2", "θ=2"], "with phi = theta**2; f = phi*2"),
        (["scan", "abs(θ)", "θ=-1:1"], "f(theta) = abs(theta)"),
        # A traceback.
        (["grad", "x*π", "--at", "π=3", "x=1"], "f(x, pi) = x*pi"),
    ],
)
def test_greek_names_are_the_same_everywhere(run: Run, args: list[str], line: str) -> None:
    outcome = run(*args)
    assert outcome.err == ""
    assert line in outcome.out


@pytest.mark.parametrize(
    ("text", "x", "quotient"),
    [
        ("log(1 - sigmoid(x))", "800", -1),
        ("x + 1e100 - 1e100", "1", 1),
        ("abs(x) + 1e300", "1", 1),
        ("exp(x) + x - exp(x)", "2000", 1),
    ],
)
def test_quotients_without_round_off_beside_large_numbers(
    run: Run, text: str, x: str, quotient: float
) -> None:
    """They were worked out in digits enough for h, but not for the terms of f."""
    outcome = run("limit", text, "--x", x, "--digits", "20", "--format", "json")
    (limit,) = json.loads(outcome.out)["limits"]
    rows = limit["convergence"]["rows"]
    assert [float(row["quotient"]) for row in rows] == pytest.approx([quotient] * 5)


@pytest.mark.parametrize(
    ("text", "x", "reason"),
    [
        ("log(1.05 - x) + log(-x)", "1", "outside the domain: log(-x) has no real value here, nor nearby"),
        ("log(1 - sigmoid(x)) + asin(x)", "800", "outside the domain: asin(x) has no real value here, nor nearby"),
        ("relu(x - 1) - relu(1 - x) + abs(x - 0.95)", "1", "convention: the derivative is 2, but the symbolic formula gives 1 and autograd gives 1, a convention at a corner of relu(x - 1) and relu(1 - x)"),
    ],
)  # fmt: skip
def test_only_what_is_critical_is_blamed(text: str, x: str, reason: str) -> None:
    """It was looked for in 15 digits, all but three bits of which are taken for round-off."""
    (element,) = compare(read(text), read_point([f"x={x}"])).elements
    assert element.judgement.reason == reason


def test_a_derivative_that_underflows_is_0(run: Run) -> None:
    """-3.7e-348 was -0."""
    words = ("softmax(z)", "z=800,1")
    assert run("jacobian", *words, "--format", "value").out == "0 0\n0 0\n"
    found = json.loads(run("jacobian", *words, "--format", "json").out)["derivatives"]
    assert [str(one["derivative"]) for one in found] == ["0.0"] * 4


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("hessian", "x", "x=1e154"), "0\n"),
        (("hessian", "x*y", "x=1e150", "y=1e150"), "0 1\n1 0\n"),
        (("hessian", "sum(w*x)", "w=1e154", "x=1,2"), "0 1 1\n1 0 0\n1 0 0\n"),
        (("grad", "x^2", "x=1e40", "--order", "8"), "0\n"),
        (("grad", "x^8", "x=1e30", "--order", "8"), "40320\n"),
        (("limit", "x^2", "x=1e40", "--order", "8"), "0\n"),
        (("limit", "x^2", "x=1", "--order", "2", "--start", "1e-200"), "2\n"),
        (("limit", "x^2", "x=1", "--order", "3", "--start", "1e300"), "0\n"),
        (("jacobian", "[x^2, x^3]", "x=1e90"), "2e+90\n3e+180\n"),
    ],
)
def test_derivatives_of_and_by_large_numbers(run: Run, words: tuple[str, ...], out: str) -> None:
    outcome = run(*words, "--format", "value")
    assert (outcome.status, outcome.out) == (0, out)


def test_a_step_below_an_infinite_slope(run: Run) -> None:
    """acos(floor(erfc(x))) is acos(1) around -1; a number among arrays raised an error."""
    outcome = run("hessian", "acos(floor(erfc(x)))*x", "x=-1", "--format", "json")
    (found,) = json.loads(outcome.out)["derivatives"]
    assert (outcome.status, found["derivative"], found["verdict"]) == (0, 0, "inaccurate")
