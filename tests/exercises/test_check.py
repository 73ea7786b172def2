"""Marks: what is right however it is written, what is wrong, and which mistake was made."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest
import sympy

from diffcalc.base.errors import DiffcalcError
from diffcalc.exercises import Grade, Mark, check
from diffcalc.exercises.broken_rules import Walk
from diffcalc.exercises.mistakes import MISTAKES, Mistake
from diffcalc.exercises.question import read_questions
from diffcalc.exercises.sample_points import screen
from diffcalc.language.algebras import FLOAT, symbols
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.symbolic import differentiate
from diffcalc.symbolic.notation import form_of, is_real, to_text
from tests import oracle
from tests.random_formulas import formula


def marked(expression: str, claim: str, variable: str = "x") -> Mark:
    f = read(expression)
    return check(f, read(claim, declared=f.variables), variable)


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("sin(x^2)", "2x*cos(x^2)"),
        ("x^2/(x + 1)", "(x^2 + 2x)/(x + 1)^2"),
        ("sin(x)^2", "sin(2x)"),
        ("tan(x)", "1 + tan(x)^2"),
        ("log(sin(x))", "cot(x)"),
        ("atan(x)", "cos(atan(x))^2"),
        ("asinh(x)", "1/cosh(asinh(x))"),
        ("log(x + sqrt(x^2 + 1))", "1/sqrt(x^2 + 1)"),
        ("tanh(x)", "4/(exp(x) + exp(-x))^2"),
        ("1/(1 + e^-x)", "e^x/(1 + e^x)^2"),
        ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),
        ("x^x", "exp(x*log(x))*(1 + log(x))"),
        ("exp(1000x)", "1000exp(1000x)"),
        ("x^2", "2x*(sin(x)^2 + cos(x)^2)^50"),
        ("x^2", "(2x^3 - 2x)/(x^2 - 1)"),
        ("3", "0"),
        ("x*y", "y + z - z"),
        # only where f has a derivative is anything claimed
        ("log(x)", "1/abs(x)"),
        ("abs(x)", "x/abs(x)"),
        ("max(x, x^2)", "where(x > 1, 2x, where(x < 0, 2x, 1))"),
        ("floor(x)", "0"),
        ("log(-x^2 - 1)", "2x/(x^2 + 1)"),
        # a narrow domain
        ("asin(x)", "1/sqrt(1 - x^2)"),
        ("log(x - 100)", "1/(x - 100)"),
        ("sqrt(1 - (x - 1000)^2)", "(1000 - x)/sqrt(1 - (x - 1000)^2)"),
        ("sqrt(1 - (2x - 1000)^2)", "-2*(2x - 1000)/sqrt(1 - (2x - 1000)^2)"),
        ("log(log(log(x)))", "1/(x*log(x)*log(log(x)))"),
        ("sqrt(x - 1)*sqrt(3 - x)", "(4 - 2x)/(2*sqrt((x - 1)*(3 - x)))"),
    ],
)
def test_a_correct_claim_may_be_written_in_any_way(expression: str, claim: str) -> None:
    assert marked(expression, claim).grade is Grade.CORRECT


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("x*log(x^2)", "2*log(x) + 2"),
        ("x^2", "2*sqrt(x)^2"),
        ("cbrt(x)", "1/3*x^(-2/3)"),
        ("sin(x)", "cos(x)*sqrt(x - 50)/sqrt(x - 50)"),
    ],
)
def test_a_claim_on_a_smaller_domain_says_where_it_has_no_value(
    expression: str, claim: str
) -> None:
    mark = marked(expression, claim)
    assert mark.grade is Grade.SMALLER_DOMAIN
    assert mark.counterexample is not None
    point = {name: float(v) for name, v in mark.counterexample.point.items()}
    assert mpmath.isnan(mark.counterexample.claim)
    expected = oracle.derivative(mark.expression, point, "x")
    assert mpmath.almosteq(mark.counterexample.derivative, expected, 1e-12)


HOSTILE = [
    ("cos(x)", "-sin(x) + 1e-60"),
    ("sin(x)", "cos(x) + 1e-250*x"),
    ("cos(x)", "-sin(x)*(1 + 1e-300)"),
    ("x^2", "2x + 1e-30*sin(1e9*x)"),
    ("x^2", "2*abs(x)"),
    ("asec(x)", "1/(x*sqrt(x^2 - 1))"),
    ("sin(x)", "where(x > 12345.6, 0, cos(x))"),
    ("sin(x)", "where(abs(x - 7) < 0.01, 0, cos(x))"),
    ("x^1000", "999x^999"),
    ("(1 + x)^30", "30*(1 + x)^29 + 1e-40"),
    ("x^2", "2x + y - y + z"),
    ("exp(x)", "(1 + x/1e15)^1e4"),
]


@pytest.mark.parametrize(("expression", "claim"), HOSTILE)
def test_a_wrong_claim_is_wrong_by_however_little(expression: str, claim: str) -> None:
    mark = marked(expression, claim)
    assert mark.grade is Grade.WRONG
    assert mark.counterexample is not None
    assert mark.counterexample.derivative != mark.counterexample.claim


@pytest.mark.parametrize(
    ("expression", "claim", "mistake"),
    [
        ("sin(x^2)", "cos(x^2)", "inner derivative forgotten"),
        ("1/sin(x)", "-1/sin(x)^2", "inner derivative forgotten"),
        ("exp(-x)", "exp(-x)", "inner derivative forgotten"),
        ("sin(2x)*cos(3x) + x", "2cos(2x)cos(3x) - sin(2x)sin(3x) + 1", "inner derivative forgotten"),
        ("cos(x)", "sin(x)", "sign of a function's derivative"),
        ("cosh(2x)", "-2sinh(2x)", "sign of a function's derivative"),
        ("x^2*sin(x)", "2x*cos(x)", "product of derivatives"),
        ("x^2/sin(x)", "2x/cos(x)", "quotient of derivatives"),
        ("x^2/(x + 1)", "(x^2 - 2x*(x + 1))/(x + 1)^2", "order in the quotient rule"),
        ("x^2/(x + 1)", "(2x*(x + 1) + x^2)/(x + 1)^2", "sign in the quotient rule"),
        ("x^2/(x + 1)", "(2x*(x + 1) - x^2)/(x + 1)", "square forgotten in the quotient rule"),
        ("x^2/(x + 1)", "2x*(x + 1) - x^2", "denominator forgotten"),
        ("x^3", "3x^3", "power not lowered"),
        ("sqrt(x)", "sqrt(x)/2", "power not lowered"),
        ("x^-2", "-2/x", "power raised"),
        ("x^4", "x^3", "exponent not brought down"),
        ("2^x", "x*2^(x - 1)", "power rule for an exponential"),
        ("exp(x)", "x*exp(x - 1)", "power rule for an exponential"),
        ("x^3", "x^3*log(x)", "exponential rule for a power"),
        ("2^x", "2^x", "log(a) forgotten"),
        ("log10(x)", "1/x", "log base forgotten"),
        ("x^x", "x*x^(x - 1)", "exponent taken as constant"),
        ("x^x", "x^x*log(x)", "base taken as constant"),
        ("x^2 - x", "2x + 1", "minus sign lost"),
        ("x^2 + 5", "2x + 5", "constant kept"),
        ("3*sin(x)", "cos(x)", "constant factor dropped"),
        ("(x^2 + 1)^3", "12x^2*(x^2 + 1)^2", "chain rule applied twice"),
        ("sin(x^2)", "cos(2x)", "outer function taken at the inner derivative"),
        ("x*log(x)", "log(x) - 1", "sign in the product rule"),
        ("x*exp(2x)", "exp(2x)", "term of the product rule forgotten"),
        ("x^3 + sin(x)", "3x^2", "term forgotten"),
        ("x^2*y", "2x*y + x^2", "another variable treated as varying"),
        ("x^2*y", "x^2", "derivative in another variable"),
        ("x", "x", "f itself"),
        ("x^2", "x^3/3", "antiderivative"),
        ("x^4", "12x^2", "differentiated twice"),
    ],
)  # fmt: skip
def test_the_mistake_is_named(expression: str, claim: str, mistake: str) -> None:
    mark = marked(expression, claim)
    assert mark.grade is Grade.WRONG
    assert mark.diagnosis is not None
    assert mark.diagnosis.mistake == mistake


def test_every_mistake_has_an_example_above() -> None:
    cases = next(m for m in test_the_mistake_is_named.pytestmark if m.name == "parametrize")
    assert {case[2] for case in cases.args[1]} >= {mistake.name for mistake in MISTAKES}


def test_the_sentence_names_the_place_and_the_rule() -> None:
    mark = marked("x^3 + x*sin(3x)", "3x^2 + sin(3x) + x*cos(3x)")
    assert mark.diagnosis is not None
    assert mark.diagnosis.rule is not None
    assert mark.diagnosis.rule.statement == "dy/dx = (dy/du)*(du/dx)"
    assert mark.diagnosis.sentence == (
        "the inner derivative was forgotten: D sin(3*x) = 3*cos(3*x), not cos(3*x)"
    )
    everywhere = marked("sin(2x) + exp(3x)", "cos(2x) + exp(3x)").diagnosis
    assert everywhere is not None
    assert everywhere.sentence.endswith("not cos(2*x), and so in all 2 places")


@pytest.mark.parametrize(
    ("expression", "claim", "terms"),
    [
        ("x^2 + 3x", "2x + 4", "you have 4; it should be 3"),
        ("x^2 + sin(x)", "2x", "the term cos(x) is missing"),
        ("x^2 + 5", "2x + 5", "the term 5 is too much"),
        ("sin(x^2)", "cos(x^2)", "you have cos(x**2); it should be 2*x*cos(x**2)"),
        ("(x^2 + x)^2", "4x^3 + 5x^2 + 2x", "you have 5*x**2; it should be 6*x**2"),
        ("exp(x)*sin(x)*x", "2 + x + x^2", "None"),
    ],
)
def test_the_term_that_differs_is_named(expression: str, claim: str, terms: str) -> None:
    mark = marked(expression, claim)
    assert mark.grade is Grade.WRONG
    assert str(mark.terms) == terms


def test_what_no_mistake_explains_is_not_explained() -> None:
    assert marked("x^2", "17*sin(x)").diagnosis is None


@pytest.mark.parametrize(
    ("expression", "claim", "decided", "known"),
    [
        ("x^2", "x + x", "exactly", "proved"),
        ("x^2", "2*sqrt(x)^2", "exactly", "proved"),
        ("x*log(x^2)", "2*log(x) + 2", "exactly", "proved"),
        ("log(abs(x))", "1/x", "exactly", "proved"),
        ("abs(x)^3", "3*x*abs(x)", "exactly", "proved"),
        ("tan(2*x)*cos(2*x)^3", "2*cos(2*x)*(1 - 3*sin(2*x)^2)", "exactly", "proved"),
        ("tan(x)", "4*sin(x)^2/sin(2*x)^2", "exactly", "proved"),
        ("max(x, x^2)", "where(x > 1, 2x, where(x < 0, 2x, 1))", "at 40 points in 50 digits", "observed"),
        ("x^2", "x", "by a counterexample", "proved"),
        ("sin(x)", "log(-1 - x^2)", "not at all", ""),
    ],
)  # fmt: skip
def test_how_it_was_decided(expression: str, claim: str, decided: str, known: str) -> None:
    mark = marked(expression, claim)
    assert (mark.decided, mark.known) == (decided, known)


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("x^2", "2*x + exp(-x^2 - 1000)"),
        ("x^2", "2*x + exp(-x^2 - 1e9)"),  # no digits of both show it, but their difference does
        ("x^2", "2*x*(1 + exp(-x^2 - 1e9))"),
        ("sin(x)*y", "cos(x)*y + erfc(x^2 + y^2 + 30)"),
        ("x^3", "3*x^2 + 1e-300*exp(-1e4)*sin(x)"),
        ("max(x^3, x^3)^4", "12*x^2*max(x^3, x^3)^3 + 1e-100*sin(x)"),
        ("5^((x^2 + 4)^(x^3))", "5^(x^2 + 4)^x^3*(x^2 + 4)^x^3*(2*x^4/(x^2 + 4) + 3*x^2*log(x^2 + 4))*log(5) + 1e-290*x^2"),
        ("sinh((x^2 + 6)^6)", "12*x*(x^2 + 6)^5*sinh((x^2 + 6)^6)"),  # beyond float64 everywhere
    ],
)  # fmt: skip
def test_what_is_too_much_is_seen_however_little_it_is(expression: str, claim: str) -> None:
    mark = marked(expression, claim)
    assert (mark.grade, mark.known) == (Grade.WRONG, "proved")
    assert mark.counterexample is not None
    assert mark.counterexample.more != 0


@pytest.mark.parametrize(
    ("expression", "claim", "without"),
    [
        ("x^2", "2*x*sqrt(x + 1e15)/sqrt(x + 1e15)", "sqrt(x + 1000000000000000)"),
        ("x^2", "2*x*sqrt(x^2 - 1e-9)/sqrt(x^2 - 1e-9)", "sqrt(x**2 - 1e-9)"),
        ("x^2 + y", "2*x*log(100 - x*y)/log(100 - x*y)", "log(100 - x*y)"),
        ("log(x)", "asin(x)/asin(x)/x", "asin(x)"),
        ("log(sin(x))", "cot(x)*sqrt(sin(x))/sqrt(sin(x))", ""),
        ("x^x", "x^x*(log(x) + 1)", ""),
        ("sqrt(x^3 + y^3)", "3*x^2/2/sqrt(x^3 + y^3)", ""),
        ("x^2", "2*x*sqrt(x^2 - 2*x + 2)/sqrt(x^2 - 2*x + 2)", ""),
        ("x^2", "2*x*tan(x)/tan(x)", ""),
    ],
)
def test_a_domain_is_told_by_what_has_a_value_where(
    expression: str, claim: str, without: str
) -> None:
    mark = marked(expression, claim)
    assert mark.grade is (Grade.SMALLER_DOMAIN if without else Grade.CORRECT)
    assert mark.known == "proved"
    assert (mark.counterexample.without if mark.counterexample else "") == without


def test_counterexamples_are_simple_points_off_corners() -> None:
    first = marked("x^2", "x").counterexample
    assert first is not None
    assert first.point == {"x": Fraction(2)}
    corner = marked("where(x > 2, x, -x)", "where(x > 2, 1, 1)").counterexample
    assert corner is not None
    assert corner.point["x"] < 2
    domain = marked("log(x - 100)", "1/x").counterexample
    assert domain is not None
    assert domain.point["x"] > 100


@pytest.mark.parametrize(
    ("expression", "claim", "message"),
    [("sum(x)", "1", "vectors and matrices"), ("sqrt(-x^2)", "x", "no real derivative")],
)
def test_what_cannot_be_checked(expression: str, claim: str, message: str) -> None:
    with pytest.raises(DiffcalcError, match=message):
        marked(expression, claim)


def test_without_a_common_domain_nothing_is_decided() -> None:
    mark = marked("sin(x)", "cos(x)*sqrt(-1 - x^2)/sqrt(-1 - x^2) + log(-1 - x^2)")
    assert mark.grade is Grade.UNDECIDED


# -- many cases ------------------------------------------------------------------------------------


def formulas(count: int, depth: int, seed: int = 1) -> list[Expression]:
    """Different formulas that have a derivative at many points, and not the same everywhere."""
    random = Random(seed)
    found: dict[str, Expression] = {}
    while len(found) < count:
        f = read(formula(random, depth))
        derivative = differentiate(f, "x").program
        if derivative is None or len(str(derivative)) > 150 or "x" not in derivative.variables:
            continue
        if screen(f, derivative, derivative).real.sum() > 40:
            found.setdefault(str(f), f)
    return list(found.values())


def rewritings(f: Expression, random: Random) -> list[str]:
    """The derivative of f in ten other forms, SymPy's own derivative among them."""
    x = sympy.Symbol("x", real=True)
    own = differentiate(f, "x")
    forms = [own.formula, sympy.diff(form_of(f), x)]
    forms += [sympy.expand(own.formula), sympy.together(own.formula), forms[1] + x - x]
    texts = [to_text(form) for form in forms if is_real(form)]
    return texts + [rearranged(read(random.choice(texts)), random) for _ in range(6)]


def rearranged(claim: Expression, random: Random) -> str:
    """A formula with one of its parts written as something equal."""
    # An exponent of 2*(sin(x)**2 + cos(x)**2) is no 2 to a negative number.
    exponents = {n.operands[1] for n in claim.nodes if n.operation == "pow"}
    place = random.choice([i for i in range(len(claim.nodes)) if i not in exponents])
    part = claim.render(place)
    node = claim.nodes[place]
    ways = [
        f"(({part}) + x - x)",
        f"(({part})*x/x)",
        f"(({part})*(cos(x)^2 + sin(x)^2))",
        f"(3*({part}) - 2*({part}))",
        f"(({part})*exp(x)*exp(-x))",
        f"(0.5*({part}) + ({part})/2)",
        f"(-(-({part})))",
    ]
    if node.operation in ("add", "mul"):
        a, b = (claim.render(i) for i in node.operands)
        ways += [f"(({b}) {'+' if node.operation == 'add' else '*'} ({a}))"] * 3
    return claim.render(len(claim.nodes) - 1, {place: random.choice(ways)})


@pytest.mark.parametrize("part", range(4))
def test_no_correct_claim_is_marked_wrong(part: int) -> None:
    random, count = Random(part), 0
    for f in formulas(25, 2 + (part == 3), seed=part):
        for text in rewritings(f, random):
            try:
                claim = read(text, declared=["x"])
            except DiffcalcError:
                continue  # x**2*0 and the like are refused: x/0
            grade = check(f, claim, "x").grade
            assert grade is Grade.CORRECT, (str(f), text, grade)
            count += 1
    assert count >= 250


def broken(f: Expression, mistake: Mistake, places: list[int]) -> str | None:
    """What a student would write who makes this mistake at these places; None if not real."""
    walk = Walk(f, ["x"], symbols(), {"x": sympy.Symbol("x", real=True)})
    wrong = walk(dict.fromkeys(places, mistake.breaks))
    return to_text(wrong) if is_real(wrong) else None


EXAMPLES = {
    "log base forgotten": "{k}*log10({u} + {k})",
    "log(a) forgotten": "{k}^x*({u})",
    "power rule for an exponential": "{u} + {k}^({k}*x)",
    "exponent taken as constant": "(x^2 + {k})^x + {u}",
    "base taken as constant": "(x^2 + {k})^sin(x) + {u}",
    "constant kept": "{u} + {k}",
    "exponential rule for a power": "(x^2 + {k})^{k}*({u})",
}


@pytest.mark.parametrize("name", dict.fromkeys(mistake.name for mistake in MISTAKES))
def test_each_mistake_is_recognised_where_it_is_made(name: str) -> None:
    random, recognised = Random(3), set()
    own = next(m for m in MISTAKES if m.name == name)
    for _ in range(400):
        template = EXAMPLES.get(name, "{u}")
        text = template.format(u=formula(random, 1 + (template == "{u}")), k=random.randint(2, 9))
        f = read(text)
        walk = Walk(f, ["x"], FLOAT, {"x": np.float64(np.nan)})
        places = [i for i, use in walk.uses.items() if own.breaks.keys() & {*use.rules}]
        if not places or str(f) in recognised:
            continue
        claim = broken(f, own, [random.choice(places)])
        if claim is None:
            continue
        mark = check(f, read(claim, declared=["x"], checked=False), "x")
        # Where the broken rule gives the same function, there is nothing to recognise; beyond
        # float64, nothing is tried.
        derivative = differentiate(f, "x").program
        assert derivative is not None
        if mark.grade is Grade.WRONG and screen(f, derivative, mark.claim).comparable.any():
            assert mark.diagnosis is not None, (text, claim)
            if mark.diagnosis.mistake == name:
                recognised.add(str(f))
        if len(recognised) == 20:
            return
    raise AssertionError(f"recognised {len(recognised)} times only")


def in_two_variables(random: Random) -> Expression:
    return read(f"({formula(random, 1)})*y^{random.randint(2, 5)} + y*({formula(random, 1)})")


def derived(f: Expression, *variables: str) -> str:
    """A derivative of a derivative, in one variable after the other."""
    for variable in variables:
        f = read(differentiate(f, variable).text, declared=["x", "y"])
    return str(f)


OTHERS: dict[str, Callable[[Random], tuple[str, str]]] = {
    "another variable treated as varying": lambda random: (
        str(f := in_two_variables(random)), f"{derived(f, 'x')} + {derived(f, 'y')}",
    ),
    "derivative in another variable": lambda random: (
        str(f := in_two_variables(random)), derived(f, "y"),
    ),
    "f itself": lambda random: (f := str(read(formula(random, 2))), f),
    "antiderivative": lambda random: (derived(f := read(formula(random, 2)), "x"), str(f)),
    "differentiated twice": lambda random: (
        str(f := read(formula(random, 2))), derived(f, "x", "x"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_each_mistake_that_breaks_no_single_rule_is_recognised(name: str) -> None:
    random, recognised = Random(5), set()
    for _ in range(200):
        try:
            pair = OTHERS[name](random)
            mark = marked(*pair)
        except DiffcalcError:
            continue  # a derivative of 0 is in no variable; 1/0 is no formula
        found = mark.diagnosis if mark.grade is Grade.WRONG else None
        if found and found.mistake == name:
            recognised.add(pair[0])
        if len(recognised) == 20:
            return
    raise AssertionError(f"recognised {len(recognised)} times only")


# -- several variables -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "claim", "wrt", "found"),
    [
        ("x^2*y", "[2*x*y, x^2]", (), "correct, correct"),
        ("x^2*y", " [ x^2 , 2*x*y ] ", ("y", "x"), "correct, correct"),
        ("x^2*y", "[x^2, 2*x*y]", (), "wrong, wrong"),
        ("x^2", "[2*x]", (), "correct"),
        ("max(x, y)*z", "[0, (x+y)/2]", ("z", "x"), "wrong, wrong"),
        ("f*g", "[max(g, g), f]", (), "correct, correct"),
    ],
)
def test_a_claim_for_each_partial(
    expression: str, claim: str, wrt: tuple[str, ...], found: str
) -> None:
    asked = read_questions(expression, claim, wrt).questions
    grades = [check(one.expression, one.claim, one.variable).grade for one in asked]
    assert ", ".join(grades) == found


@pytest.mark.parametrize(
    ("claim", "wrt", "message", "column"),
    [
        ("[2*x*y]", (), "1 claim for the derivatives in x, y", None),
        ("[1, 2, 3]", (), "3 claims for the derivatives in x, y", None),
        ("2*x*y", ("x", "y"), "a claim is of one variable", None),
        ("[2*x*y, x^^2]", (), "the claim: ", 10),
        ("[2*x*y, x^2", (), "the claim: this bracket is never closed", 0),
    ],
)
def test_claims_that_are_not_one_for_each(
    claim: str, wrt: tuple[str, ...], message: str, column: int | None
) -> None:
    with pytest.raises(DiffcalcError) as error:
        read_questions("x^2*y", claim, wrt)
    assert error.value.message.startswith(message)
    assert error.value.column == column
