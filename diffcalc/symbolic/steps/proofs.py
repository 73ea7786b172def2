"""Proofs from the definition: the limit of the difference quotient, taken by hand.

Sums and constant multiples are put together from the proofs of elementary functions. No rule of
differentiation is used, nor any limit of SymPy's, which only multiplies products of sums out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sympy

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.numbers import Formula
from diffcalc.language.expression import Expression
from diffcalc.symbolic.derivation import Derivation
from diffcalc.symbolic.notation import form_of, to_text
from diffcalc.symbolic.steps.lemmas import (
    DEFINITION,
    LEMMAS,
    LIMIT,
    Equalities,
    Lemma,
    ProofLine,
    of_power,
)
from diffcalc.symbolic.steps.right_sides import RightSides
from diffcalc.symbolic.unevaluated import Written

# The proof writes the binomial out, one term more than the power: of more it is no longer read.
_HIGHEST_POWER = 20
_X_OR_H = re.compile(r"\b[xh]\b")


class NoProofError(DiffcalcError):
    """There is no proof from the definition here; there may well be a derivative."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"no proof from the definition is known here for {what}",
            hint="only for powers of x, 1/x, sqrt(x), exp(x), log(x), sin(x), cos(x), their sums "
            "and constant multiples; without --from-definition the rules differentiate it",
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """A derivative by the definition, h being called `step`; the last chain is that of all of it.

    `domain` is where it holds, empty for everywhere.
    """

    derivation: Derivation
    step: str
    chains: tuple[Equalities, ...]
    domain: str = ""


def prove(expression: Expression, derivation: Derivation) -> Proof:
    """The derivative of `expression` from the definition; `derivation` is the same by the rules.

    Raises `NoProofError` for what is no sum of constant multiples of the elementary functions here.
    """
    if not expression.elementwise:
        raise NoProofError("vectors and matrices")
    return _Prover(expression, derivation).proof()


class _Prover:
    """Puts the proof of one expression together."""

    def __init__(self, expression: Expression, derivation: Derivation) -> None:
        self._expression = expression
        self._derivation = derivation
        self._x = derivation.variable
        taken = {*expression.variables, self._x}
        self._h = next(n for n in ("h", "k", "d", "h1", "h2") if n not in taken)
        self._sides = RightSides({*taken, self._h})

    def proof(self) -> Proof:
        terms = self._terms()
        lemmas: dict[str, Lemma] = {}
        for _, function in terms:
            if function is not None:
                lemmas.setdefault(function.of, self._named(function))
        found = list(lemmas.values())
        chains = [chain for lemma in found for chain in _chains(lemma)]
        if str(self._expression) not in [lemma.of for lemma in found]:
            named = [(c, None if f is None else lemmas[f.of]) for c, f in terms]
            chains.append(Equalities(str(self._expression), tuple(self._together(named))))
        domains = {"", *(lemma.domain for lemma in found)}
        # x > 0 says more than x ≠ 0.
        domain = max(domains, key=lambda text: (">" in text, text))
        return Proof(self._derivation, self._h, tuple(chains), domain)

    def _terms(self) -> list[tuple[Formula, Lemma | None]]:
        """Constants and what they are multiplied by, None being 1."""
        x = sympy.Symbol(self._x, real=True)
        form = sympy.expand(form_of(self._expression))
        found = []
        for term in form.as_ordered_terms():
            constant, function = term.as_independent(x, as_Add=False)
            lemma = self._lemma(function, x) if function.has(x) else None
            found.append((constant if lemma else term, lemma))
        return found

    def _lemma(self, function: Formula, x: Formula) -> Lemma:
        text = to_text(function.xreplace({x: sympy.Symbol("x", real=True)}))
        power = function.exp if function.is_Pow and function.base == x else None
        if power is not None and power.is_Integer and 2 <= power <= _HIGHEST_POWER:
            return of_power(int(power))
        lemma = LEMMAS.get(text)
        if lemma is None:
            raise NoProofError(to_text(function, self._expression.variables))
        return lemma

    def _named(self, lemma: Lemma) -> Lemma:
        """The lemma in the variable and the step that are in use."""
        identity = lemma.identity
        if identity is not None:
            lines = tuple(map(self._line, identity.lines))
            identity = replace(identity, left=self._text(identity.left), lines=lines)
        lines = tuple(map(self._line, lemma.lines))
        of, domain = self._text(lemma.of), self._text(lemma.domain)
        return Lemma(of, lines, identity, domain)

    def _line(self, line: ProofLine) -> ProofLine:
        text, reason, identity = map(self._text, (line.text, line.reason, line.identity))
        return ProofLine(text, line.limit, reason, identity)

    def _text(self, text: str) -> str:
        names = {"x": self._x, "h": self._h}
        return _X_OR_H.sub(lambda found: names[found[0]], text)

    def _together(self, terms: list[tuple[Formula, Lemma | None]]) -> Iterator[ProofLine]:
        """The quotient of the whole expression, term by term; then the limits."""
        sides, text = self._sides, str(self._expression)
        h = sides.variable(self._h)
        f, moved = sides.known(text), sides.known(text, {self._x: sides.variable(self._x) + h})
        yield ProofLine(str((moved - f) / h), True, DEFINITION)
        moving = [(constant, lemma) for constant, lemma in terms if lemma is not None]
        if not moving:
            yield ProofLine(f"0/{h}", True, "the difference is 0")
            yield ProofLine("0", False, LIMIT, f"0/{h} = 0")
            return
        sum_of_terms = self._sum([(c, "1" if lemma is None else lemma.of) for c, lemma in terms])
        same = "" if sum_of_terms == text else f"{text} = {sum_of_terms}"
        quotients = self._sum([(c, lemma.lines[0].text) for c, lemma in moving])
        yield ProofLine(quotients, True, "term by term, constant factors in front", same)
        limits = self._sum([(c, lemma.lines[-1].text) for c, lemma in moving])
        yield ProofLine(limits, False, "the limits above")
        if limits != self._derivation.text:
            yield ProofLine(self._derivation.text, False, "collect")

    def _sum(self, terms: Sequence[tuple[Formula, str]]) -> str:
        """The sum of constants times formulas."""
        total: Written | None = None
        for constant, text in terms:
            negative = constant.could_extract_minus_sign()
            term = self._times(-constant if negative else constant, text)
            if total is None:
                total = -term if negative else term
            else:
                total = total - term if negative else total + term
        return str(total)

    def _times(self, constant: Formula, text: str) -> Written:
        factor = self._sides.known(to_text(constant, self._expression.variables))
        if text == "1":
            return factor
        return self._sides.known(text) if constant == 1 else factor * self._sides.known(text)


def _chains(lemma: Lemma) -> list[Equalities]:
    identity = [lemma.identity] if lemma.identity else []
    return [*identity, Equalities(lemma.of, lemma.lines)]
