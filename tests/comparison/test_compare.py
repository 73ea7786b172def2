"""The three side by side: verdicts that are true, reasons that say why, digits that are counted."""

import math
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given

from diffcalc.base.decimals import rounded
from diffcalc.base.errors import PointError
from diffcalc.base.severity import Severity
from diffcalc.comparison.compare import Comparison, compare, quotients
from diffcalc.comparison.verdict import Evidence, Verdict, correct_digits, judge
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point, values_of
from diffcalc.numerical.limit import Limit
from diffcalc.render.reasons import sentence
from tests import oracle
from tests.conftest import Run
from tests.followed import examine
from tests.strategies import formulas, points
from tests.texts import read_or_skip


def judged(text: str, at: str, **options: object) -> Comparison:
    point = read_point(at.split())
    return compare(read(text, declared=point), point, **options)


def first(text: str, at: str) -> tuple[str, str, str]:
    """Verdict, kind, and the derivative in six digits, of the first variable."""
    element = judged(text, at).elements[0]
    found = element.judgement
    return found.verdict.value, found.kind, mpmath.nstr(element.truth.derivative, 6)


VERDICTS = [
    ("3*x**2 - 4*x", "x=1", "agree", "", "same limit from both sides"),
    ("x**x", "x=1", "agree", "", ""),
    ("abs(x)**3", "x=0", "agree", "", ""),
    ("x*abs(x)", "x=0", "agree", "", ""),
    ("abs(x)", "x=0", "not differentiable", "corner", "corner: the slope is -1 from the left, 1 from the right"),
    ("sqrt(x**2)", "x=0", "not differentiable", "corner", "-1 from the left, 1 from the right"),
    ("abs(x - 1/3)", "x=1/3", "not differentiable", "corner", ""),
    ("max(x, 0)", "x=0", "not differentiable", "corner", "0 from the left, 1 from the right"),
    ("relu(x)", "x=0", "not differentiable", "corner", "0 from the left, 1 from the right"),
    ("abs(x) + y", "x=0 y=1", "not differentiable", "corner", ""),
    ("cbrt(x)", "x=0", "not differentiable", "vertical tangent", "+∞ from both sides"),
    ("sqrt(x)", "x=0", "not differentiable", "edge", "f is undefined on the left; the slope is +∞ from the right"),
    ("sqrt(abs(x))", "x=0", "not differentiable", "cusp", "-∞ from the left, +∞ from the right"),
    ("floor(x)", "x=1", "not differentiable", "jump", "f itself jumps here"),
    ("where(x != 0, x*sin(1/x), 0)", "x=0", "not differentiable", "oscillation", "does not settle"),
    ("log(x)", "x=-1", "undefined", "outside", "log(x) has no real value here"),
    ("x**(1/3)", "x=-8", "undefined", "outside", "cbrt(…) is the real cube root"),
    ("1/x", "x=0", "undefined", "pole", "f tends to -∞ from the left, +∞ from the right"),
    ("tan(x)", "x=pi/2", "undefined", "pole", ""),
    ("sin(x)/x", "x=0", "undefined", "removable", "f tends to 1 from both sides; with that value, the derivative is 0"),
    ("x*sin(1/x)", "x=0", "undefined", "removable", "not differentiable (oscillation"),
    ("x**2*y/(x**4 + y**2)", "x=0 y=0", "undefined", "undefined", "but along x alone f tends to 0 from both sides"),
    ("exp(1000*x)", "x=1", "inaccurate", "", "overflow: the derivative is 1.97007e+437"),
    ("(1 - cos(1e-8*x))/(1e-8*x)**2", "x=1", "inaccurate", "", "the derivative is -8.333333333e-18"),
    ("relu(x) - relu(-x)", "x=0", "inaccurate", "convention", "the derivative is 1, but the symbolic formula gives 0 and autograd gives 0, a convention at a corner of relu(x) and relu(-x)"),
    ("max(x, -x) - abs(x) + 2*x", "x=0", "inaccurate", "convention", "the derivative is 2, but the symbolic formula gives"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "verdict", "kind", "reason"), VERDICTS)
def test_verdicts(text: str, at: str, verdict: str, kind: str, reason: str) -> None:
    judgement = judged(text, at).elements[0].judgement
    assert (judgement.verdict.value, judgement.kind) == (verdict, kind)
    assert reason in sentence(judgement)


class _Wrong(Evidence):
    def exactly(self, method: str) -> Any:
        return mpmath.mpf({"symbolic": 5, "autograd": 6}[method])


def test_a_wrong_method_is_found() -> None:
    """A formula that is wrong in any number of digits is no loss of digits."""
    truth = examine(lambda t: t**2, lambda: mpmath.mpf(3))
    limit = Limit(6.0, 1e-14, 6.0, 6.0, 20)
    found = judge(_Wrong(truth=truth, numerical=limit, symbolic=5.0, autograd=6.0))
    assert found.verdict is Verdict.DISAGREE
    assert (
        sentence(found)
        == "the derivative is 6, but the symbolic formula gives 5, and nothing explains it"
    )


def test_agreement_is_not_proof() -> None:
    """All three methods' numbers for |x| at 0 are 0, and the verdict is not fooled."""
    element = judged("abs(x)", "x=0").elements[0]
    assert (element.symbolic, element.autograd) == (0, 0)
    assert element.judgement.verdict is Verdict.NOT_DIFFERENTIABLE
    assert element.judgement.digits == {}


def test_the_worst_verdict_counts() -> None:
    result = judged("abs(x)", "x=1,0,2")
    assert [e.judgement.verdict.value for e in result.elements] == [
        "agree", "not differentiable", "agree",
    ]  # fmt: skip
    assert result.verdict is Verdict.NOT_DIFFERENTIABLE


def test_an_undefined_element_spoils_no_other() -> None:
    result = judged("log(x)", "x=-1,2")
    good = result.elements[1]
    assert (good.symbolic, good.autograd, float(good.truth.derivative)) == (0.5, 0.5, 0.5)
    assert good.convergence.limit.value == pytest.approx(0.5)
    assert math.isnan(result.value[0])


def test_how_severe_each_verdict_is() -> None:
    found = {v.value: (v.severity(), v.severity(strict=True)) for v in Verdict}
    ok, bad = Severity.FINE, Severity.UNTRUE
    assert found == {
        "agree": (ok, ok),
        "inaccurate": (ok, bad),
        "undefined": (bad, bad),
        "not differentiable": (bad, bad),
        "undecided": (bad, bad),
        "disagree": (bad, bad),
    }


def test_digits_are_counted_against_the_truth() -> None:
    result = judged("sin(x)", "x=1").elements[0]
    true = math.cos(1)
    assert result.judgement.digits["symbolic"] == 16
    assert result.judgement.digits["numerical"] == pytest.approx(
        min(16, -math.log10(max(abs(result.convergence.limit.value - true) / true, 1e-16))), abs=0.4
    )


@pytest.mark.parametrize(
    ("value", "truth", "digits"),
    [
        (2.0, "2", 16),
        (2.0002, "2", 4),
        (-2.0, "2", 0),
        (math.nan, "2", 0),
        (1e-9, "0", 9),
        (0.0, "0", 16),
    ],
)
def test_correct_digits(value: float, truth: str, digits: float) -> None:
    assert correct_digits(value, mpmath.mpf(truth), mpmath.mpf(1)) == pytest.approx(
        digits, abs=0.01
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2", "2"),
        ("-0.5", "-0.5"),
        ("inf", "+∞"),
        ("-inf", "-∞"),
        ("nan", "none"),
        ("1.97e437", "1.97e+437"),
        ("12", "12"),
        ("100", "100"),
    ],
)
def test_limits_in_sentences(value: str, text: str) -> None:
    assert rounded(mpmath.mpf(value)) == text


def test_wrt_selects_and_orders() -> None:
    result = judged("a*b", "a=2 b=3", wrt=["b", "b"])
    assert [e.name for e in result.elements] == ["b"]
    with pytest.raises(PointError, match="c is not a variable of a\\*b: its variables: a, b"):
        judged("a*b", "a=2 b=3", wrt=["c"])
    with pytest.raises(PointError, match="5 has no variable"):
        judged("5", "")


def test_external_gradient() -> None:
    result = judged("a**2", "a=2,3", gradient=values_of([1.0, 10.0]))
    assert [e.autograd for e in result.elements] == [4, 60]
    assert [e.symbolic for e in result.elements] == [4, 60]
    assert [float(e.truth.derivative) for e in result.elements] == [4, 60]
    assert result.verdict is Verdict.AGREE
    with pytest.raises(PointError, match="the gradient has shape"):
        judged("a**2", "a=2,3", gradient=values_of([1, 1, 1]))


def test_a_broadcast_variable_gets_the_sum() -> None:
    result = judged("a*x", "a=1,2,3 x=2")
    assert [e.name for e in result.elements] == ["a[0]", "a[1]", "a[2]", "x"]
    for method in ("symbolic", "autograd"):
        assert [getattr(e, method) for e in result.elements] == [2, 2, 2, 6]
    assert result.elements[-1].convergence.limit.value == pytest.approx(6)
    assert result.verdict is Verdict.AGREE


def test_matrices_are_elementwise() -> None:
    result = judged("A**2", "A=[[1,2],[3,4]]")
    assert [e.name for e in result.elements] == ["A[0][0]", "A[0][1]", "A[1][0]", "A[1][1]"]
    assert [e.autograd for e in result.elements] == [2, 4, 6, 8]


def test_a_zero_weight_hides_an_undefined_output() -> None:
    result = judged("x*log(c)", "x=2 c=-1,3", wrt=["x"], gradient=values_of([0, 1]))
    assert float(result.elements[0].truth.derivative) == pytest.approx(math.log(3))


def test_an_ill_conditioned_point_is_exact_as_typed() -> None:
    """The float64 next to 1/3 is on the left of it, where |x - 1/3| has slope -1."""
    judgement = judged("abs(x - 1/3)", "x=1/3").elements[0].judgement
    assert judgement.kind == "corner"


def test_digits_lost_to_the_point_itself() -> None:
    """1e100 is no float64: sin of its neighbour has nothing to do with sin(1e100)."""
    assert judged("sin(x)", "x=1e100").verdict is Verdict.INACCURATE


def test_a_derivative_far_below_the_value_is_not_taken_for_zero() -> None:
    result = judged("x**2*y/(x**4 + y**2)", "x=1/3 y=1e-300", wrt=["x"])
    assert float(result.elements[0].truth.derivative) == pytest.approx(-5.4e-299)
    assert result.verdict is Verdict.AGREE


def test_what_cannot_be_decided_is_not_called_anything_else() -> None:
    """No step shows that the slope is 0, nor does a proof: gamma oscillates in it."""
    text = "where(x == 0, 0, x/sqrt(9 - log(abs(x)) + gamma(2 + sin(1/x))))"
    (element,) = judged(text, "x=0").elements
    assert (element.judgement.verdict, element.judgement.kind) == (Verdict.UNDECIDED, "undecided")
    why = "the slope is neither proved nor settled by steps of h"
    assert sentence(element.judgement) == why
    assert element.truth.known == "observed"


def test_a_slope_slower_than_any_power_of_h_is_proved() -> None:
    (element,) = judged("where(x == 0, 0, x/sqrt(1 - log(abs(x))))", "x=0").elements
    assert (element.truth.derivative, element.truth.known) == (0, "proved")


def test_quotients_alone() -> None:
    (found,) = quotients(read("abs(x)"), read_point(["x=0"]))
    assert found.judgement.kind == "corner"
    (found,) = quotients(read("x**2"), read_point(["x=3"]))
    assert found.judgement.verdict is Verdict.AGREE
    assert found.convergence.limit.value == pytest.approx(6)


@given(formulas(6), points, points)
def test_smooth_formulas_agree(text: str, x: float, y: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and expression.variables)
    point = read_point([f"{n}={ {'x': x, 'y': y}[n] }" for n in expression.variables])
    at = {name: float(point[name].floats) for name in expression.variables}
    trues = [oracle.derivative(expression, at, name) for name in expression.variables]
    assume(all(map(mpmath.isfinite, trues)) and oracle.size(expression, at) < 1e4)
    result = compare(expression, point)
    for element, true in zip(result.elements, trues, strict=True):
        assert element.judgement.verdict in (Verdict.AGREE, Verdict.INACCURATE), element.judgement
        assert abs(element.truth.derivative - true) <= 1e-12 * float(1 + abs(true))


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
    verdict, _, found = first(text, at)
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


def test_a_tower_of_powers_ends() -> None:
    tower = "(1 + ((1 + (5)^2)^(3))^2)^((1 + (4)^2)^((1 + (5)^2)^(y)))*x"
    (element, _) = compare(read(tower), read_point(["x=1.5", "y=1.952"])).elements
    assert element.truth.known == "proved"
    assert element.truth.derivative > mpmath.mpf("1e1000000000")


def test_a_pole_in_another_variable() -> None:
    """x*tan(y) at y = pi/2 was removable in x, with the limit -1e+1281."""
    result = compare(read("x*tan(y)"), read_point(["x=1", "y=pi/2"]))
    x, y = result.elements
    assert (x.judgement.kind, y.judgement.kind) == ("outside", "pole")
    assert "tan(y) has no real value" in sentence(x.judgement)


def test_an_isolated_point(run: Run) -> None:
    outcome = run("grad", "(-2)**x", "--x", "2", "--format", "value")
    assert "isolated point: f has no real value on either side" in outcome.err


@pytest.mark.parametrize("call", ["gamma(1/x)", "lgamma(1/x)", "polygamma(1, 1/x)"])
def test_poles_at_rounded_points(call: str) -> None:
    # 1/(-1/7) is not -7 in any precision, so gamma was enormous there, and jumped.
    assert first(call, "x=-1/7")[:2] == ("undefined", "pole")


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
    assert sentence(element.judgement) == reason


def test_the_gradient_is_exact(run: Run) -> None:
    outcome = run(
        "grad", "x*y", "x=2", "y=3", "--gradient", "1/3", "--wrt", "x", "--format", "value"
    )
    assert outcome.out == "1\n"
