"""The derivatives of elementary functions by the definition, as on a blackboard.

Each difference quotient is rewritten by an identity until h cancels, and its limit is read off; for
x**2 and sin x these are the lecture's proofs (lecture 16, "Derivatives and Differentiation").
"""

from dataclasses import dataclass
from math import comb

DEFINITION = "definition"
LIMIT = "take the limit"
_CANCEL = "cancel h"


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One right side of a chain of equations, and why it is equal to the one before.

    `limit` says whether it stands below lim h → 0; `identity` is the law that was used.
    """

    text: str
    limit: bool
    reason: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Equalities:
    """`left` and what it is equal to, line by line; of its derivative where `derivative` is set."""

    left: str
    lines: tuple[ProofLine, ...]
    derivative: bool = True


@dataclass(frozen=True, slots=True)
class Lemma:
    """The proof of one elementary function, x and h standing for the variable and the step."""

    of: str
    lines: tuple[ProofLine, ...]
    identity: Equalities | None = None
    domain: str = ""


def _quotient(f: str) -> ProofLine:
    """The difference quotient of a function written with {}."""
    return ProofLine(f"({f.format('x + h')} - {f.format('x')})/h", True, DEFINITION)


def _below_limit(text: str, reason: str, identity: str = "") -> ProofLine:
    return ProofLine(text, True, reason, identity)


def _is_limit(text: str, identity: str = "") -> ProofLine:
    return ProofLine(text, False, LIMIT, identity)


_SINES = Lemma(
    "sin(x)",
    (
        _quotient("sin({})"),
        _below_limit("2*cos(x + h/2)*sin(h/2)/h", "the difference above"),
        _below_limit("cos(x + h/2)*(sin(h/2)/(h/2))", "halve h", "2/h = 1/(h/2)"),
        _is_limit("cos(x)", "sin(t)/t → 1"),
    ),
    Equalities(
        "sin(x + h) - sin(x)",
        (
            ProofLine("sin(x + h/2 + h/2) - sin(x + h/2 - h/2)", False, "x + h/2 as the middle"),
            ProofLine(
                "sin(x + h/2)*cos(h/2) + cos(x + h/2)*sin(h/2)"
                " - (sin(x + h/2)*cos(h/2) - cos(x + h/2)*sin(h/2))",
                False,
                "angle sum",
                "sin(a + b) = sin(a)*cos(b) + cos(a)*sin(b)",
            ),
            ProofLine("2*cos(x + h/2)*sin(h/2)", False, "two terms cancel"),
        ),
        derivative=False,
    ),
)
_COSINES = Lemma(
    "cos(x)",
    (
        _quotient("cos({})"),
        _below_limit("-2*sin(x + h/2)*sin(h/2)/h", "the difference above"),
        _below_limit("-sin(x + h/2)*(sin(h/2)/(h/2))", "halve h", "2/h = 1/(h/2)"),
        _is_limit("-sin(x)", "sin(t)/t → 1"),
    ),
    Equalities(
        "cos(x + h) - cos(x)",
        (
            ProofLine("cos(x + h/2 + h/2) - cos(x + h/2 - h/2)", False, "x + h/2 as the middle"),
            ProofLine(
                "cos(x + h/2)*cos(h/2) - sin(x + h/2)*sin(h/2)"
                " - (cos(x + h/2)*cos(h/2) + sin(x + h/2)*sin(h/2))",
                False,
                "angle sum",
                "cos(a + b) = cos(a)*cos(b) - sin(a)*sin(b)",
            ),
            ProofLine("-2*sin(x + h/2)*sin(h/2)", False, "two terms cancel"),
        ),
        derivative=False,
    ),
)
_EXPONENTIAL = Lemma(
    "exp(x)",
    (
        _quotient("exp({})"),
        _below_limit("(exp(x)*exp(h) - exp(x))/h", "exponential law", "exp(a + b) = exp(a)*exp(b)"),
        _below_limit("exp(x)*((exp(h) - 1)/h)", "factor out"),
        _is_limit("exp(x)", "(exp(t) - 1)/t → 1"),
    ),
)
_LOGARITHM = Lemma(
    "log(x)",
    (
        _quotient("log({})"),
        _below_limit("log((x + h)/x)/h", "logarithm law", "log(a) - log(b) = log(a/b)"),
        _below_limit("log(1 + h/x)/h", "divide"),
        _below_limit("1/x*(log(1 + h/x)/(h/x))", "divide and multiply by x", "1/h = 1/x*(1/(h/x))"),
        _is_limit("1/x", "log(1 + t)/t → 1"),
    ),
    domain="x > 0",
)
_ROOT = Lemma(
    "sqrt(x)",
    (
        _quotient("sqrt({})"),
        _below_limit(
            "(sqrt(x + h) - sqrt(x))*(sqrt(x + h) + sqrt(x))/(h*(sqrt(x + h) + sqrt(x)))",
            "multiply by the conjugate above and below",
        ),
        _below_limit(
            "(x + h - x)/(h*(sqrt(x + h) + sqrt(x)))",
            "third binomial formula",
            "(a - b)*(a + b) = a**2 - b**2",
        ),
        _below_limit("1/(sqrt(x + h) + sqrt(x))", _CANCEL),
        _is_limit("1/(2*sqrt(x))"),
    ),
    domain="x > 0",
)
_RECIPROCAL = Lemma(
    "1/x",
    (
        ProofLine("(1/(x + h) - 1/x)/h", True, DEFINITION),
        _below_limit("(x - (x + h))/((x + h)*x)/h", "common denominator"),
        _below_limit("-h/((x + h)*x)/h", "subtract"),
        _below_limit("-1/((x + h)*x)", _CANCEL),
        _is_limit("-1/x**2"),
    ),
    domain="x ≠ 0",
)
_VARIABLE = Lemma(
    "x",
    (
        ProofLine("(x + h - x)/h", True, DEFINITION),
        _below_limit("h/h", "subtract"),
        _is_limit("1", "h/h = 1"),
    ),
)
LEMMAS = {
    lemma.of: lemma
    for lemma in (_SINES, _COSINES, _EXPONENTIAL, _LOGARITHM, _ROOT, _RECIPROCAL, _VARIABLE)
}


def of_power(n: int) -> Lemma:
    """The proof for x**n, by the binomial theorem."""
    inside = " + ".join(_monomial(comb(n, k), n - k, k - 1) for k in range(1, n + 1))
    whole = " + ".join(_monomial(comb(n, k), n - k, k) for k in range(n + 1))
    lines = (
        ProofLine(f"((x + h)**{n} - x**{n})/h", True, DEFINITION),
        _below_limit(
            f"h*({inside})/h", "binomial theorem, h factored out", f"(x + h)**{n} = {whole}"
        ),
        _below_limit(inside, _CANCEL),
        _is_limit(_monomial(n, n - 1, 0)),
    )
    return Lemma(f"x**{n}", lines)


def _monomial(factor: int, x: int, h: int) -> str:
    factors = [str(factor)] if factor > 1 else []
    factors += [b if n == 1 else f"{b}**{n}" for b, n in (("x", x), ("h", h)) if n]
    return "*".join(factors)
