"""Truncated series in an infinitesimal h > 0: sums of monomials with constant coefficients.

A series is what is true of a function's values f(x + h) or f(x - h) for all small h > 0: its
largest terms, and a remainder O(m) by a monomial m, or none where the terms are all. The
coefficients are exact constants (`Constants`), or enclosures where no zero has to be told
(`Balls`).

A term may also carry a *wave*, cos(g) or sin(g) of an infinite sum g: products of two are sums of
others, so sin(1/x)**2 + cos(1/x)**2 is 1. A remainder is *wild* where waves went into it: it is
bounded as any, but its derivative is not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cmp_to_key
from itertools import groupby
from typing import Any, NamedTuple

from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.monomials import (
    INVERSE,
    ONE,
    Exponent,
    Monomial,
    Monomials,
    Sum,
    logarithm,
    simplified,
)
from diffcalc.truth.numbers import Number

Coefficient = Any
"""A `Number` or a `Ball`."""


class TooShort(Undecided):
    """The terms that are kept are not enough, as all of them cancel."""


class Wave(NamedTuple):
    """cos or sin of an infinite sum whose first coefficient is positive."""

    sine: bool
    phase: Sum


class Term(NamedTuple):
    """A coefficient times a monomial, and times a wave if there is one."""

    monomial: Monomial
    coefficient: Coefficient
    wave: Wave | None = None


class Series:
    """Terms, the largest first, and the monomial that bounds what is left out, None for nothing.

    A series without terms that is `positive` is at least 0.
    """

    __slots__ = ("positive", "rest", "terms", "wild")

    def __init__(
        self,
        terms: tuple[Term, ...],
        rest: Monomial | None = None,
        wild: bool = False,
        positive: bool = False,
    ) -> None:
        self.terms = terms
        self.rest = rest
        self.wild = wild
        self.positive = positive

    def __repr__(self) -> str:
        shown = [f"({t.coefficient})*{t.monomial}{t.wave or ''}" for t in self.terms]
        if self.rest is not None:
            shown.append(f"{'wild ' if self.wild else ''}O({self.rest})")
        return " + ".join(shown) or "0"


NOTHING = Series(())
"""Exactly 0."""
# Up to this power a sum is multiplied out: it stays exact.
_MULTIPLIED = 64


class Limit(NamedTuple):
    """How a series behaves as h -> 0.

    `behaviour` is "finite" (with its `value`), "infinite" (with its `side`) or "unsettled", where
    it is proved to have no limit. `leading` is the largest term, None where that is hidden.
    """

    behaviour: str
    value: Coefficient = None
    side: int = 0
    leading: Term | None = None


class Algebra:
    """The ring of series over a field; series keep `length` different monomials."""

    def __init__(self, field: Any, constants: Constants, length: int) -> None:
        self.field = field
        self.monomials = Monomials(constants)
        self.constants = constants
        self.length = length

    # -- making ------------------------------------------------------------------------------------

    def of(self, coefficient: Coefficient, monomial: Monomial = ONE) -> Series:
        """A series of one term."""
        if self.field.is_nothing(coefficient):
            return NOTHING
        return Series((Term(monomial, coefficient),))

    def number(self, value: Fraction | int) -> Series:
        """A rational number."""
        return self.of(self.field.number(value))

    def constant(self, name: str) -> Series:
        """The number pi or e."""
        return self.of(self.field.constant(name))

    def remainder(self, bound: Monomial, *, wild: bool = False, positive: bool = False) -> Series:
        """A series of which only a bound is known."""
        return Series((), bound, wild, positive)

    def _made(
        self, found: dict[tuple[Monomial, Wave | None], Coefficient], rest: Monomial | None,
        wild: bool,
    ) -> Series:  # fmt: skip
        """The series of these terms and this remainder, sorted and cut."""
        nothing = self.field.is_nothing
        terms = [Term(m, c, wave) for (m, wave), c in found.items() if not nothing(c)]
        if len(terms) > 1:
            if all(_is_power_of_h(t.monomial) for t in terms):
                terms.sort(key=_power_of_h)
            else:
                terms = self._sorted(terms)
        return self._cut(terms, rest, wild)

    def _sorted(self, terms: list[Term]) -> list[Term]:
        """Terms in their order; monomials that are equal without looking so become one."""
        compare = self.monomials.compare
        by_size = cmp_to_key(compare)
        terms = sorted(terms, key=lambda term: by_size(term.monomial), reverse=True)
        found: list[Term] = []
        for term in terms:
            before = found[-1].monomial if found else None
            if before is None or before == term.monomial or compare(before, term.monomial):
                found.append(term)
            elif term.wave is None and found[-1].wave is None:
                total = self.field.add(found[-1].coefficient, term.coefficient)
                found[-1] = Term(before, total)
            else:
                found.append(Term(before, term.coefficient, term.wave))
        return found

    def _cut(self, terms: list[Term], rest: Monomial | None, wild: bool) -> Series:
        compare = self.monomials.compare
        if rest is not None:
            while terms and compare(terms[-1].monomial, rest) <= 0:
                wild = wild or terms[-1].wave is not None
                terms.pop()
        if len(terms) > self.length:
            count, before = 0, None
            for index, term in enumerate(terms):
                if before is None or compare(before, term.monomial):
                    count, before = count + 1, term.monomial
                if count > self.length:
                    wild = wild or any(t.wave is not None for t in terms[index:])
                    return Series(tuple(terms[:index]), term.monomial, wild)
        return Series(tuple(terms), rest, wild)

    # -- the ring ----------------------------------------------------------------------------------

    def larger(self, m: Monomial | None, n: Monomial | None) -> Monomial | None:
        """The larger of two bounds."""
        if m is None or n is None:
            return m or n
        return m if self.monomials.compare(m, n) >= 0 else n

    def add(self, a: Series, b: Series) -> Series:
        """The sum."""
        if not b.terms and b.rest is None:
            return a
        if not a.terms and a.rest is None:
            return b
        add = self.field.add
        found = {(t.monomial, t.wave): t.coefficient for t in a.terms}
        for monomial, coefficient, wave in b.terms:
            key = monomial, wave
            found[key] = add(found[key], coefficient) if key in found else coefficient
        return self._made(found, self.larger(a.rest, b.rest), a.wild or b.wild)

    def neg(self, a: Series) -> Series:
        """The series with the other sign."""
        neg = self.field.neg
        terms = tuple([Term(m, neg(c), wave) for m, c, wave in a.terms])
        return Series(terms, a.rest, a.wild)

    def scale(self, a: Series, coefficient: Coefficient, monomial: Monomial = ONE) -> Series:
        """A series times one term."""
        if self.field.is_nothing(coefficient):
            return NOTHING
        multiply, mul = self.monomials.multiply, self.field.mul
        terms = [Term(multiply(m, monomial), mul(c, coefficient), w) for m, c, w in a.terms]
        rest = None if a.rest is None else multiply(a.rest, monomial)
        return Series(tuple(terms), rest, a.wild)

    def mul(self, a: Series, b: Series, below: Monomial | None = None) -> Series:
        """The product; terms not larger than `below` are not needed."""
        if len(a.terms) > len(b.terms):
            a, b = b, a
        if not a.terms and a.rest is None:
            return NOTHING
        multiply = self.monomials.multiply
        if len(a.terms) == 1 and a.rest is None and a.terms[0].wave is None and below is None:
            return self.scale(b, a.terms[0].coefficient, a.terms[0].monomial)
        rest = below
        for one, other in ((a, b), (b, a)):
            top = one.terms[0].monomial if one.terms else one.rest
            if other.rest is not None and top is not None:
                rest = self.larger(rest, multiply(top, other.rest))
        compare, mul, add = self.monomials.compare, self.field.mul, self.field.add
        found: dict[tuple[Monomial, Wave | None], Coefficient] = {}
        wild = a.wild or b.wild
        wild = wild or (rest is not None and (_waves(a) or _waves(b)))
        for m, c, v in a.terms:
            for n, d, w in b.terms:
                monomial = multiply(m, n)
                if rest is not None and compare(monomial, rest) <= 0:
                    wild = wild or v is not None or w is not None
                    break
                product = mul(c, d)
                for wave, part in _interfere(self, v, w, product):
                    key = monomial, wave
                    found[key] = add(found[key], part) if key in found else part
        return self._made(found, rest, wild)

    def power_int(self, a: Series, n: int) -> Series:
        """A small natural power, by products."""
        found = self.number(1)
        for bit in bin(n)[2:]:
            found = self.mul(found, found)
            if bit == "1":
                found = self.mul(found, a)
        return found

    # -- the leading term --------------------------------------------------------------------------

    def groups(self, a: Series) -> Iterator[tuple[Monomial, list[Term]]]:
        """The terms of each monomial together, those left out that are found to be 0."""
        for monomial, group in groupby(a.terms, key=lambda term: term.monomial):
            kept = [term for term in group if self.field.sign(term.coefficient)]
            if kept:
                yield monomial, kept

    def lead(self, a: Series) -> Term | None:
        """The largest term; None where there is none.

        Raises `Undecided` where it has a wave in it.
        """
        for _, group in self.groups(a):
            if len(group) > 1 or group[0].wave is not None:
                raise Undecided("wave")
            return group[0]
        return None

    def trimmed(self, a: Series) -> Series:
        """The series without leading terms that are found to be 0."""
        first = next(self.groups(a), None)
        if first is None:
            return Series((), a.rest, a.wild, a.positive)
        skipped = 0
        while a.terms[skipped].monomial != first[0]:
            skipped += 1
        return Series(a.terms[skipped:], a.rest, a.wild) if skipped else a

    def sign(self, a: Series) -> int:
        """The sign for all small h; raises `Undecided` where only a bound is left."""
        leading = self.lead(a)
        if leading is not None:
            side: int = self.field.sign(leading.coefficient)
            return side
        if a.rest is None:
            return 0
        raise TooShort("remainder")

    def is_constant(self, a: Series) -> Coefficient | None:
        """The coefficient of a series that is one constant."""
        if a.rest is not None or len(a.terms) > 1:
            return None
        if not a.terms:
            return self.field.number(0)
        (term,) = a.terms
        return term.coefficient if term.monomial is ONE or term.monomial == ONE else None

    def split(self, a: Series) -> tuple[list[Term], list[Term], Series]:
        """The infinite terms, those that are constant or waves, and the infinitesimal rest.

        Raises `Undecided` where the remainder is not infinitesimal.
        """
        size = self.monomials.size
        if a.rest is not None and size(a.rest) >= 0:
            raise TooShort("remainder")
        infinite: list[Term] = []
        constant: list[Term] = []
        for index, term in enumerate(a.terms):
            side = size(term.monomial)
            if side < 0:
                return infinite, constant, Series(a.terms[index:], a.rest, a.wild)
            if side > 0:
                if self.field.sign(term.coefficient):
                    infinite.append(term)
            else:
                constant.append(term)
        return infinite, constant, Series((), a.rest, a.wild)

    def finite(self, a: Series) -> tuple[Coefficient, Series]:
        """The limit and the infinitesimal rest; raises `Undecided` where it has none."""
        infinite, constant, small = self.split(a)
        if infinite or any(term.wave is not None for term in constant):
            raise Undecided("infinite")
        return constant[0].coefficient if constant else self.field.number(0), small

    # -- powers and logarithms -----------------------------------------------------------------

    def compose(self, coefficient: Callable[[int], Coefficient], small: Series) -> Series:
        """The sum of coefficient(k)*small**k over k, for an infinitesimal series."""
        first = coefficient(0)
        found = self.of(first)
        if not small.terms and small.rest is None:
            return found
        top = small.terms[0].monomial if small.terms else small.rest
        assert top is not None
        below = self.monomials.power(top, self.length)
        power = Series(small.terms, self.larger(small.rest, below), small.wild)
        factor = power
        for k in range(1, self.length):
            if k > 1:
                power = self.mul(power, factor, below)
            found = self.add(found, self.scale(power, coefficient(k)))
        return self.add(found, self.remainder(below, wild=small.wild or _waves(small)))

    def relative(self, a: Series, leading: Term) -> Series:
        """The infinitesimal s of a = leading*(1 + s)."""
        inverse = self.field.div(self.field.one, leading.coefficient)
        scaled = self.scale(a, inverse, self.monomials.power(leading.monomial, -1))
        terms = tuple(t for t in scaled.terms if t.monomial != ONE or t.wave is not None)
        return Series(terms, scaled.rest, scaled.wild)

    def power(self, a: Series, exponent: Exponent) -> Series:
        """A real power; raises `NoValue` where there is none for small h."""
        side = self.monomials.side(exponent)
        if side == 0:
            return self.number(1)
        whole = not isinstance(exponent, Number) and Fraction(exponent).denominator == 1
        if whole and 0 < exponent <= _MULTIPLIED:  # type: ignore[operator]
            return self.power_int(a, int(exponent))  # type: ignore[arg-type]
        a = self.trimmed(a)
        leading = None if not a.terms else self.lead(a)
        if leading is None:
            return self._power_of_remainder(a, exponent, whole)
        if self.field.sign(leading.coefficient) < 0 and not whole:
            raise NoValue("pow")
        front = self.field.power(leading.coefficient, exponent)
        small = self.relative(a, leading)
        length = self.length
        if not small.terms and small.rest is None:
            return self.of(front, self.monomials.power(leading.monomial, exponent))
        coefficients = self._binomials(exponent, length)
        found = self.compose(coefficients.__getitem__, small)
        return self.scale(found, front, self.monomials.power(leading.monomial, exponent))

    def _power_of_remainder(self, a: Series, exponent: Exponent, whole: bool) -> Series:
        if self.monomials.side(exponent) < 0:
            if a.rest is None:
                raise NoValue("pow")
            raise TooShort("remainder")
        if a.rest is None:
            return NOTHING
        if not whole and not a.positive:
            raise TooShort("remainder")
        bound = self.monomials.power(a.rest, exponent)
        return self.remainder(bound, wild=a.wild, positive=a.positive)

    def _binomials(self, exponent: Exponent, count: int) -> list[Coefficient]:
        """The coefficients of (1 + s)**exponent."""
        field = self.field
        power = field.exact(exponent) if isinstance(exponent, Number) else field.number(exponent)
        found = [field.one]
        for k in range(1, count):
            factor = field.add(power, field.number(1 - k))
            found.append(field.mul(found[-1], field.mul(factor, field.number(Fraction(1, k)))))
        return found

    def div(self, a: Series, b: Series) -> Series:
        """The quotient; raises `NoValue` where b is 0 for small h."""
        if a is b and self.sign(a):
            return self.number(1)
        return self.mul(a, self.power(b, -1))

    def log(self, a: Series) -> Series:
        """The logarithm; raises `NoValue` where a is not positive for small h."""
        leading = self.lead(a)
        if leading is None:
            if a.rest is None:
                raise NoValue("log")
            raise TooShort("remainder")
        if self.field.sign(leading.coefficient) < 0:
            raise NoValue("log")
        found = self.log_of_monomial(leading.monomial)
        found = self.add(found, self.of(self.field.function("log", leading.coefficient)))
        small = self.relative(self.trimmed(a), leading)
        number = self.field.number
        return self.add(
            found,
            self.compose(lambda k: number(Fraction((-1) ** (k + 1), k) if k else 0), small),
        )

    def log_of_monomial(self, m: Monomial) -> Series:
        """The logarithm of a monomial, all of it."""
        found = {(n, None): self.field.exact(c) for n, c in m.sum}
        for index, p in enumerate(m.powers):
            power = p if isinstance(p, Number) else Number(rational=p)
            if self.constants.sign(power):
                found[logarithm(index + 1), None] = self.field.exact(power)
        return self._made(found, None, False)  # type: ignore[arg-type]

    def exp(self, a: Series) -> Series:
        """The exponential."""
        infinite, constant, small = self.split(a)
        if any(term.wave is not None for term in infinite):
            raise Undecided("wave")
        if any(term.wave is not None for term in constant):
            return self.remainder(self._exp_of(infinite), wild=True, positive=True)
        value = constant[0].coefficient if constant else self.field.number(0)
        front = self.field.function("exp", value)
        found = self.compose(self._exponential, small)
        return self.scale(found, front, self._exp_of(infinite))

    def _exp_of(self, terms: Sequence[Term]) -> Monomial:
        """The exp of infinite terms is a monomial."""
        powers: dict[int, Exponent] = {}
        kept = []
        for monomial, coefficient, _ in terms:
            exactly = self.field.exactly(coefficient)
            depth = len(monomial.powers) - 1
            if depth > 0 and monomial == logarithm(depth):
                powers[depth - 1] = simplified(exactly)
            else:
                kept.append((monomial, exactly))
        length = max(powers, default=-1) + 1
        return Monomial(tuple(powers.get(i, 0) for i in range(length)), tuple(kept))

    def _exponential(self, k: int) -> Coefficient:
        return self.field.number(Fraction(1, _factorial(k)))

    # -- waves -------------------------------------------------------------------------------------

    def wave(self, terms: Sequence[Term], *, sine: bool) -> Series:
        """The sine or cosine of infinite terms."""
        if any(term.wave is not None for term in terms):
            raise Undecided("wave")
        phase = tuple((t.monomial, self.field.exactly(t.coefficient)) for t in terms)
        ((wave, part),) = _wave(self, sine, phase, self.field.one)
        return Series((Term(ONE, part, wave),))

    # -- h -> 0 ------------------------------------------------------------------------------------

    def limit(self, a: Series) -> Limit:
        """How it behaves as h -> 0; raises `Undecided`."""
        size = self.monomials.size
        first = next(self.groups(a), None)
        if first is None:
            if a.rest is None or size(a.rest) < 0:
                return Limit("finite", self.field.number(0))
            raise TooShort("remainder")
        monomial, group = first
        steady = [term for term in group if term.wave is None]
        waves = [term for term in group if term.wave is not None]
        side = size(monomial)
        if side < 0:
            leading = steady[0] if steady and not waves else None
            return Limit("finite", self.field.number(0), leading=leading)
        if waves:
            phases = {term.wave.phase for term in waves if term.wave is not None}
            # One wave never settles, as its phase takes every value again and again.
            if len(phases) > 1 or (side > 0 and steady):
                raise Undecided("waves")
            return Limit("unsettled")
        if side > 0:
            return Limit("infinite", side=self.field.sign(steady[0].coefficient), leading=steady[0])
        if a.rest is not None and size(a.rest) >= 0:
            raise TooShort("remainder")
        return Limit("finite", steady[0].coefficient, leading=steady[0])

    # -- d/dh --------------------------------------------------------------------------------------

    def derivative(self, a: Series) -> Series:
        """The derivative in h, term by term.

        That is right for functions made of analytic ones, exp and log: they form a field in which a
        smaller function that is not constant has a smaller derivative (a Hardy field: Aschenbrenner
        and van den Dries, *H-fields and their Liouville extensions*, 2002). Waves are taken term by
        term as well, but of a wild remainder nothing is known.
        """
        found = NOTHING
        for monomial, coefficient, wave in a.terms:
            one = Series((Term(monomial, coefficient, wave),))
            found = self.add(found, self.mul(one, self._log_derivative(monomial)))
            if wave is not None:
                rate = self._sum_derivative(wave.phase)
                other = Wave(not wave.sine, wave.phase)
                part = coefficient if wave.sine else self.field.neg(coefficient)
                found = self.add(found, self.mul(Series((Term(monomial, part, other),)), rate))
        if a.rest is None:
            return found
        if a.wild:
            raise Undecided("wild")
        bound = INVERSE
        rate = self._log_derivative(a.rest)
        if rate.terms:
            bound = self.monomials.multiply(a.rest, rate.terms[0].monomial)
        return self.add(found, self.remainder(bound))

    def _log_derivative(self, m: Monomial) -> Series:
        """m'/m."""
        found = self._sum_derivative(m.sum)
        inverse = INVERSE
        for index, p in enumerate(m.powers):
            # The derivative of l_k, over l_k, is -l0/(l1*…*l_k).
            if index:
                below = Monomial((0,) * index + (-1,))
                inverse = self.monomials.multiply(inverse, below)
            power = p if isinstance(p, Number) else Number(rational=p)
            found = self.add(found, self.of(self.field.neg(self.field.exact(power)), inverse))
        return found

    def _sum_derivative(self, terms: Sum) -> Series:
        found = NOTHING
        for m, c in terms:
            found = self.add(found, self.scale(self._log_derivative(m), self.field.exact(c), m))
        return found


def _power_of_h(term: Term) -> Any:
    return -term.monomial.powers[0] if term.monomial.powers else 0  # type: ignore[operator]


def _is_power_of_h(m: Monomial) -> bool:
    """Whether it is 1 or a rational power of h."""
    return not m.sum and (not m.powers or (len(m.powers) == 1 and type(m.powers[0]) is not Number))


def _waves(a: Series) -> bool:
    return any(term.wave is not None for term in a.terms)


def _factorial(k: int) -> int:
    found = 1
    for i in range(2, k + 1):
        found *= i
    return found


def _interfere(
    algebra: Algebra, v: Wave | None, w: Wave | None, product: Coefficient
) -> Iterable[tuple[Wave | None, Coefficient]]:
    """The product of two waves as a sum of waves."""
    if v is None or w is None:
        return [(v or w, product)]
    field, monomials = algebra.field, algebra.monomials
    half = field.mul(product, field.number(Fraction(1, 2)))
    minus = monomials.scale_sum(w.phase, Number(rational=-1))
    above, below = (monomials.add_sums(v.phase, phase) for phase in (w.phase, minus))
    # cos cos = (cos(a - b) + cos(a + b))/2, sin sin = (cos(a - b) - cos(a + b))/2,
    # sin cos = (sin(a + b) + sin(a - b))/2, cos sin = (sin(a + b) - sin(a - b))/2.
    if v.sine == w.sine:
        other = field.neg(half) if v.sine else half
        return [*_wave(algebra, False, below, half), *_wave(algebra, False, above, other)]
    other = half if v.sine else field.neg(half)
    return [*_wave(algebra, True, above, half), *_wave(algebra, True, below, other)]


def _wave(
    algebra: Algebra, sine: bool, phase: Sum, coefficient: Coefficient
) -> list[tuple[Wave | None, Coefficient]]:
    """A coefficient times cos or sin of a phase, which is turned to begin with a plus."""
    if not phase:
        return [] if sine else [(None, coefficient)]
    if algebra.constants.sign(phase[0][1]) < 0:
        phase = algebra.monomials.scale_sum(phase, Number(rational=-1))
        coefficient = algebra.field.neg(coefficient) if sine else coefficient
    return [(Wave(sine, phase), coefficient)]
