"""The working of a derivative: every step a true equality, the last line the answer."""

import json
from collections.abc import Iterator, Mapping

import mpmath
import pytest
from hypothesis import assume, given

from diffcalc.language.algebras import exact
from diffcalc.language.grammar import read
from diffcalc.render.wording import walk
from diffcalc.symbolic import Step, differentiate
from diffcalc.symbolic.steps.working import Working, working
from tests import oracle
from tests.conftest import Run, examples
from tests.strategies import formulas, points
from tests.texts import read_or_skip

Names = dict[str, mpmath.mpf]


def work(text: str, variable: str = "x") -> Working:
    expression = read(text)
    return working(expression, differentiate(expression, variable))


def inner_functions(step: Step, at: Mapping[str, float]) -> Names:
    """The values of x and y, and of u, v, …, the inner functions of chains."""
    names = {name: mpmath.mpf(value) for name, value in at.items()}
    for _, one in walk(step):
        if one.rule.name.startswith("chain"):
            half = len(one.steps) // 2
            for outer, inner in zip(one.steps[:half], one.steps[half:], strict=True):
                names[outer.variable] = value(inner.before, names)
    return names


def holds(root: Step, at: Mapping[str, float]) -> bool:
    """Whether a logarithm may be taken wherever one is: no factor is 0 there."""
    names = inner_functions(root, at)
    logarithmic = [step for _, step in walk(root) if step.rule.name == "logarithmic derivative"]
    return all(value(below.before, names) != 0 for step in logarithmic for below in step.steps)


def value(text: str, names: Names) -> mpmath.mpf:
    program = read(text, declared=names, checked=False)
    return program(exact(), **{name: names[name] for name in program.variables})


def equalities(found: Working, names: Names) -> Iterator[tuple[str, mpmath.mpf, mpmath.mpf]]:
    """What each step says: the text of its right side, its value, and what is true."""
    for _, step in walk(found.step):
        before = read(step.before, declared=names, checked=False)
        at = {name: names[name] for name in before.variables}
        true = mpmath.mpf(0)
        if step.variable in at:
            true = oracle.derivative(before, at, step.variable)
        for text in filter(None, (step.applied, step.after)):
            yield text, value(text, names), true
    for step in found.closing:
        yield step.after, value(step.after, names), value(step.before, names)
    for text in found.chain:
        yield text, value(text, names), value(found.derivation.text, names)


def assert_true(found: Working, at: Mapping[str, float]) -> int:
    """Replays a working; how many equalities were checked.

    A rule says nothing where what it prints has no value: the chain rule at the corner of a root.
    """
    checked = 0
    with mpmath.mp.workdps(oracle.DIGITS):
        for text, printed, true in equalities(found, inner_functions(found.step, at)):
            if mpmath.isfinite(true) and mpmath.isfinite(printed):
                checked += 1
                assert abs(printed - true) <= mpmath.mpf(10) ** -15 * (1 + abs(true)), text
    return checked


@examples(2)
@given(formulas(max_leaves=6), points, points)
def test_every_step_of_any_expression_is_true(text: str, a: float, b: float) -> None:
    expression = read_or_skip(text)
    assume(expression is not None and "x" in expression.variables)
    assume(len(expression.nodes) > 3)
    at = {name: {"x": a, "y": b}[name] for name in expression.variables}
    assume(mpmath.isfinite(oracle.derivative(expression, at, "x")))
    assume(mpmath.isfinite(oracle.value(expression, at)) and oracle.size(expression, at) < 1e8)
    answer = differentiate(expression, "x")
    found = working(expression, answer)
    assume(holds(found.step, at))
    assert assert_true(found, at) >= 1
    last = found.closing[-1].after if found.closing else found.first
    assert last == found.chain[-1] == answer.text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("max(x**2, sin(x))", 1.5),
        ("min(x, 1)*x", 0.5),
        ("where(x > 1, x**2*sin(x), -x)", 1.5),
        ("hypot(sin(x), x**2)", 0.7),
        ("atan2(x, x**2 + 1)", 0.7),
        ("hypot(x**2, x**2)", 0.7),
        ("abs(x - 2)*x", 0.5),
        ("(x + 1)**2*(x - 1)**3/(x**2 + 1)**4", 0.5),
        ("-x*sin(x)*cos(x)**3*exp(x)/sqrt(x + 1)", 0.5),
        ("u*v", 0.5),
        ("x*y*(x*x)*(x/y)", 1.2),
        ("x**x**x", 1.2),
        ("2/(3 - x)/x", 1.2),
        ("-(-(x - 1) - 2)*-sin(-x)", 1.2),
        ("asec(x + 1) + acosh(x + 2) + polygamma(1, x)", 0.7),
    ],
)
def test_steps_are_true_where_the_rule_is_rare(text: str, at: float) -> None:
    expression = read(text)
    variable = expression.variables[0]
    values = {name: at if name == variable else 1.25 for name in expression.variables}
    found = working(expression, differentiate(expression, variable))
    assert assert_true(found, values) >= 2


@pytest.mark.parametrize(
    ("text", "applied"),
    [
        ("3*x**2", "3*2*x"),
        ("x*sin(x)", "x*cos(x) + sin(x)*1"),
        ("x*cos(x)", "-x*sin(x) + cos(x)*1"),
        ("x*sin(x)*exp(x)", "x*sin(x)*exp(x) + x*exp(x)*cos(x) + sin(x)*exp(x)*1"),
        ("x/sin(x)", "(sin(x)*1 - x*cos(x))/sin(x)**2"),
        ("y/sin(x**2)", "-y*2*x*cos(x**2)/sin(x**2)**2"),
        ("x**x", "x**x*(1*log(x) + x*1/x)"),
        ("sin(x**2)", "cos(x**2)*2*x"),
        ("cos(2*x)", "-sin(2*x)*2"),
        ("(x**2 + x)/7", "(2*x + 1)/7"),
        ("1 - x**2 - x", "0 - 2*x - 1"),
        ("where(x > 0, y, x)", ""),
        ("x**2", ""),
    ],
)
def test_a_rule_is_written_down_before_anything_is_worked_out(text: str, applied: str) -> None:
    assert work(text).step.applied == applied


def test_in_one_line_nothing_is_worked_out_on_the_way() -> None:
    assert work("3*x**2 - 4*x").chain == ["3*2*x - 4*1", "6*x - 4"]
    assert work("x/(x + 1)").chain == [
        "((x + 1)*1 - x*(1 + 0))/(x + 1)**2", "1/(x + 1)**2",
    ]  # fmt: skip


def test_the_lines_at_the_end() -> None:
    closing = [(s.rule.name, s.before, s.after) for s in work("x**2*y/(x**4 + y**2)").closing]
    assert closing == [
        (
            "collect",
            "((x**4 + y**2)*2*x*y - x**2*y*4*x**3)/(x**4 + y**2)**2",
            "(2*x*y*(x**4 + y**2) - 4*x**5*y)/(x**4 + y**2)**2",
        ),
        (
            "take out common factors",
            "(2*x*y*(x**4 + y**2) - 4*x**5*y)/(x**4 + y**2)**2",
            "2*x*y*(y**2 - x**4)/(x**4 + y**2)**2",
        ),
    ]
    assert [s.rule.name for s in work("(x + 1)*(x - 1)*x").closing] == ["collect", "multiply out"]
    assert work("x**2").closing == ()


def test_inner_functions_have_names_of_their_own() -> None:
    found = work("sin(cos(x**2))*exp(x**2)")
    assert [s.where for _, s in walk(found.step) if s.where] == [
        "u = cos(x**2)",
        "v = x**2",
        "v = x**2",
    ]
    outer = [s for _, s in walk(found.step) if s.variable == "v"]
    assert [(s.before, s.after) for s in outer] == [("cos(v)", "-sin(v)"), ("exp(v)", "exp(v)")]
    assert work("sin(u**2) + v", "u").step.steps[0].where == "w = u**2"


def test_the_logarithm_is_taken_where_that_is_shorter() -> None:
    step = work("(x + 1)**2*(x - 1)**3/(x**2 + 1)**4").step
    assert step.rule.name == "logarithmic derivative"
    assert step.applied == (
        "(x + 1)**2*(x - 1)**3/(x**2 + 1)**4*(2*1/(x + 1) + 3*1/(x - 1) - 4*2*x/(x**2 + 1))"
    )
    assert step.where == "where x + 1, x - 1 and x**2 + 1 are not 0"
    assert work("x*sin(x)*exp(x)").step.rule.name == "product"


def test_a_compact_working_leaves_out_what_everybody_skips() -> None:
    names = [s.rule.name for _, s in walk(work("2*x + 3*x**2 + 5").compact)]
    assert names == ["sum", "constant multiple", "constant multiple", "power"]


def test_what_is_no_real_number_has_no_right_side() -> None:
    found = work("x*asin(2 + 0*x)*log(-1 - x**2 + x**2)")
    assert found.derivation.text == "no real number"
    assert (found.closing, found.unsimplified) == ((), "")


def test_a_long_sum_needs_no_recursion() -> None:
    found = work(" + ".join(f"{n}*x" for n in range(1, 1001)))
    assert found.chain[-1] == "500500"
    assert work("x" + "/x" * 100).derivation.text


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("sum(w*x)", "sum(x)"),
        ("mean(w*x)", "sum(x)/2"),
        ("norm(w*x)", "w*sum(x**2)/norm(w*x)"),
        ("mse(y, w*x)", "-sum(x*(y - w*x))"),
        ("bce(y, sigmoid(w*x))", "-sum(x*(y - sigmoid(w*x)))/2"),
        ("logsumexp(w*x)", "sum(x*softmax(w*x))"),
        ("dot(w*x, y)", "sum(x*y)"),
        ("w^2*sum(x)", "2*w*sum(x)"),
    ],
)
def test_a_number_among_vectors_has_its_steps(run: Run, text: str, formula: str) -> None:
    """The narration looked for what is put into one another, which of gradients nothing is."""
    values = [v for v in ("w=2", "x=1,3", "y=0,1") if v[0] in text]
    for level in ("full", "rules", "line"):
        outcome = run("steps", text, "--wrt", "w", *values, "--detail", level, "--format", "plain")
        assert (outcome.status, outcome.err) == (0, "")
        assert formula in outcome.out
    (found,) = json.loads(run("steps", text, "--wrt", "w", *values, "--format", "json").out)[
        "derivatives"
    ]
    assert (found["formula"], found["unsimplified"]) == (formula, None)
    assert found["steps"]["steps"]


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


@pytest.mark.parametrize("text", ["0**x", "(-2)**x"])
def test_a_formula_is_real_or_says_so(run: Run, text: str) -> None:
    assert run("steps", text, "--format", "value").out == "no real number\n"
