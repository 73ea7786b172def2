"""The ring of exact constants: sums, products, quotients and powers in one normal form.

What follows from the rules of a ring alone, from exp(a)*exp(b) = exp(a + b), from powers of roots
or from sin(a)**2 + cos(a)**2 = 1 cancels in this form, so it is *proved* to be 0.
"""

from collections.abc import Hashable
from fractions import Fraction
from math import floor

from diffcalc.truth.ball import NoValue
from diffcalc.truth.numbers import (
    ONE,
    ZERO,
    Atom,
    Mono,
    Number,
    is_free,
    is_positive,
    order,
    ratio,
)

# A product of two sums with more terms than this stays a product of two atoms.
_MOST_TERMS = 300
# A power of a rational number is worked out up to this many bits.
_MOST_BITS = 60_000
# Roots of integers are compared by their prime factors up to here: sqrt(12) is 2*sqrt(3).
_TRIED_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)


class Ring:
    """Constants that are added, multiplied and raised to powers; atoms are made once each."""

    one = ONE

    def __init__(self) -> None:
        self._atoms: dict[Hashable, Atom] = {}

    def sign(self, a: Number) -> int:
        """-1, 0 or 1."""
        raise NotImplementedError

    def function(self, name: str, *args: Number) -> Number:
        """A function of constants."""
        raise NotImplementedError

    # -- as coefficients of series -----------------------------------------------------------------

    def number(self, value: Fraction | int) -> Number:
        """A rational number."""
        return Number(rational=value)

    def exact(self, number: Number) -> Number:
        """The number itself: as a coefficient, and a coefficient as it."""
        return number

    exactly = exact

    def is_nothing(self, a: Number) -> bool:
        """Whether the number is seen to be 0 at once."""
        return a.rational == 0

    # -- the ring ----------------------------------------------------------------------------------

    def add(self, a: Number, b: Number) -> Number:
        """The sum."""
        if a.rational is not None and b.rational is not None:
            return Number(rational=a.rational + b.rational)
        if a.rational == 0:
            return b
        if b.rational == 0:
            return a
        total = dict(a.terms)
        for mono, q in b.terms.items():
            found = total.get(mono, 0) + q
            if found:
                total[mono] = found
            else:
                del total[mono]
        return Number(total)

    def neg(self, a: Number) -> Number:
        """The number with the other sign."""
        return self.scaled(a, -1)

    def sub(self, a: Number, b: Number) -> Number:
        """The difference."""
        return self.add(a, self.neg(b))

    def scaled(self, a: Number, q: Fraction | int) -> Number:
        """A rational multiple."""
        if a.rational is not None:
            return Number(rational=a.rational * q)
        if q == 1:
            return a
        return Number({m: p * q for m, p in a.terms.items()}) if q else ZERO

    def mul(self, a: Number, b: Number) -> Number:
        """The product."""
        if a.rational is not None:
            return self.scaled(b, a.rational)
        if b.rational is not None:
            return self.scaled(a, b.rational)
        if len(a.terms) * len(b.terms) > _MOST_TERMS:
            return self._product({self._whole(a): Fraction(1)}, {self._whole(b): Fraction(1)})
        if len(a.terms) == len(b.terms) == 1:
            ((m, p),), ((n, q),) = a.terms.items(), b.terms.items()
            return self._product(dict(m), dict(n), p * q)
        cancelled = self._cancelled(a, b) or self._cancelled(b, a)
        if cancelled is not None:
            return cancelled
        total = ZERO
        for m, p in a.terms.items():
            for n, q in b.terms.items():
                total = self.add(total, self._product(dict(m), dict(n), p * q))
        return total

    def _cancelled(self, a: Number, b: Number) -> Number | None:
        """The product of a sum and one term where that is divided by the sum."""
        if len(a.terms) != 1:
            return None
        ((mono, p),) = a.terms.items()
        for atom, e in mono:
            share = ratio(b, atom.args[0]) if atom.name == "sum" and e <= -1 else None
            if share is not None:
                return self._product(dict(mono), {atom: Fraction(1)}, p * share)
        return None

    def div(self, a: Number, b: Number) -> Number:
        """The quotient by a number that is known not to be 0."""
        if b.rational is not None:
            return self.scaled(a, 1 / Fraction(b.rational))
        share = ratio(a, b)
        return self.mul(a, self.power(b, -1)) if share is None else Number(rational=share)

    def power(self, a: Number, exponent: Fraction | int | Number) -> Number:
        """A power of a number that is known to have one."""
        if isinstance(exponent, Number):
            return self.function("exp", self.mul(exponent, self.function("log", a)))
        q = Fraction(exponent)
        if q == 0:
            return ONE
        if a.rational is not None:
            return self._rational_power(Fraction(a.rational), q)
        if len(a.terms) == 1:
            ((mono, c),) = a.terms.items()
            if q.denominator == 1 or (c > 0 and all(is_positive(atom) for atom, _ in mono)):
                factors = {atom: e * q for atom, e in mono}
                return self.mul(self._rational_power(c, q), self._product(factors, {}))
        if q.denominator == 1 and q > 0 and len(a.terms) ** int(q) <= _MOST_TERMS:
            found = self.power(a, q // 2)
            found = self.mul(found, found)
            return self.mul(found, a) if q % 2 else found
        return self._power_of_sum(a, q)

    def _power_of_sum(self, a: Number, q: Fraction) -> Number:
        """A power of the root where a is a square, else of a multiple of a that is an atom."""
        root = self.root(a) if q.denominator == 2 else None
        if root is not None:
            return self.power(root if self.sign(root) > 0 else self.neg(root), 2 * q)
        c = abs(a.terms[min(a.terms, key=order)])
        if self.sign(a) < 0:
            if q.denominator != 1:
                raise NoValue("pow")
            c = -c
        atom = self._atom("sum", self.scaled(a, 1 / c))
        return self.mul(self._rational_power(c, q), self._product({atom: q}, {}))

    def _rational_power(self, base: Fraction, q: Fraction) -> Number:
        if base < 0:
            if q.denominator != 1:
                raise NoValue("pow")
            return self.scaled(self._rational_power(-base, q), -1 if q % 2 else 1)
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if q.denominator == 1 and bits * abs(q) <= _MOST_BITS:
            return Number(rational=base ** int(q))
        factors: dict[Atom, Fraction] = {}
        for number, e in ((base.numerator, q), (base.denominator, -q)):
            for prime, count in _factors(number):
                atom = self._atom("integer", Number(rational=prime))
                factors[atom] = factors.get(atom, Fraction(0)) + count * e
        return self._product(factors, {})

    def _product(
        self, m: dict[Atom, Fraction], n: dict[Atom, Fraction], coefficient: Fraction | int = 1
    ) -> Number:
        """A coefficient times two products of powers, brought to the one form."""
        for atom, e in n.items():
            m[atom] = m.get(atom, Fraction(0)) + e
        extra = []
        kept = []
        for atom, e in m.items():
            if not e:
                continue
            whole = floor(e)
            match atom.name:
                case "integer" if whole:
                    base = atom.args[0].rational
                    assert isinstance(base, int)
                    if abs(whole) * base.bit_length() <= _MOST_BITS:
                        coefficient *= Fraction(base) ** whole
                        e -= whole  # noqa: PLW2901
                case "sum" if whole > 0 and len(atom.args[0].terms) ** whole <= _MOST_TERMS:
                    extra.append(self.power(atom.args[0], whole))
                    e -= whole  # noqa: PLW2901
                case "cos" if whole > 1 and atom.sine is not None:
                    square = Number({((atom.sine, Fraction(2)),): Fraction(-1), (): Fraction(1)})
                    extra.append(self.power(square, whole // 2))
                    e -= 2 * (whole // 2)  # noqa: PLW2901
            if e:
                kept.append((atom, e))
        kept.sort(key=lambda power: power[0].serial)
        found = Number({tuple(kept): Fraction(coefficient)} if coefficient else {})
        for factor in extra:
            found = self.mul(found, factor)
        return found

    def _atom(self, name: str, *args: Number) -> Atom:
        key = (name, *(a.key for a in args))
        found = self._atoms.get(key)
        if found is None:
            found = self._atoms[key] = Atom(name, args, len(self._atoms))
        return found

    def _whole(self, a: Number) -> Atom:
        """A long sum as one atom, never to be multiplied out."""
        return self._atom("whole", a)

    def _of(self, atom: Atom) -> Number:
        return Number({((atom, Fraction(1)),): Fraction(1)})

    def times_power(self, a: Number, atom: Atom, exponent: Fraction | int) -> Number:
        """The number times a power of an atom, term by term: no sum is hidden in a whole."""
        total = ZERO
        for mono, q in a.terms.items():
            term = self._product(dict(mono), {atom: Fraction(exponent)}, q)
            total = self.add(total, term)
        return total

    def root(self, a: Number) -> Number | None:
        """The square root of a sum that is the square of one, as 1 + 2*pi + pi**2 is."""
        atoms = sorted({at for mono in a.terms for at, _ in mono}, key=lambda at: at.serial)
        if not all(map(is_free, atoms)):
            return None

        def exponents(mono: Mono) -> list[Fraction]:
            powers = dict(mono)
            return [powers.get(atom, Fraction(0)) for atom in atoms]

        first = min(a.terms, key=exponents)
        half = self._rational_power(abs(a.terms[first]), Fraction(1, 2))
        if a.terms[first] < 0 or half.rational is None:
            return None
        found = leading = self._product({atom: e / 2 for atom, e in first}, {}, half.rational)
        for _ in range(len(a.terms)):
            rest = self.sub(a, self.mul(found, found))
            if rest.rational == 0:
                return found
            mono = min(rest.terms, key=exponents)
            term = Number({mono: rest.terms[mono] / 2})
            found = self.add(found, self.div(term, leading))
        return None


def _factors(number: int) -> list[tuple[int, int]]:
    """The small prime factors of a positive integer and how often each is in it, and the rest."""
    found = []
    for prime in _TRIED_PRIMES:
        count = 0
        while number % prime == 0:
            number //= prime
            count += 1
        if count:
            found.append((prime, count))
    return [*found, (number, 1)] if number > 1 else found
