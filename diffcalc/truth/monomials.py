"""Monomials: the sizes that functions of an infinitesimal h > 0 can have, in order.

A monomial is l0**p0 * l1**p1 * l2**p2 * … * exp(s), where l0 = 1/h, l1 = log(l0), l2 = log(l1), and
s is a finite sum of infinite monomials with constant coefficients in which no logarithm l1, l2, …
stands alone: exp(2*l1) is l0**2. So 1/x**2, |x|**pi * log(|x|)**3 and exp(-1/x**2) at 0 are one
each, every two can be compared, and the larger is infinitely larger (van der Hoeven, *Transseries
and Real Differential Algebra*, 2006).
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cmp_to_key

from diffcalc.truth.constants import Constants
from diffcalc.truth.numbers import Number

Exponent = Fraction | int | Number
"""An exact real number; one that is known to be rational is a Fraction or int."""
Sum = tuple[tuple["Monomial", Number], ...]
"""Infinite monomials with coefficients, the largest first."""


class Monomial:
    """The powers of l0, l1, …, and the sum s of the exponential."""

    __slots__ = ("_hash", "powers", "sum")

    def __init__(self, powers: tuple[Exponent, ...] = (), sum_: Sum = ()) -> None:
        while powers and powers[-1] == 0:
            powers = powers[:-1]
        self.powers = powers
        self.sum = sum_
        self._hash = hash((powers, sum_))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Monomial)
            and self._hash == other._hash
            and self.powers == other.powers
            and self.sum == other.sum
        )

    def __repr__(self) -> str:
        names = [f"l{i}**{p}" for i, p in enumerate(self.powers) if p]
        if self.sum:
            names.append(f"exp({' + '.join(f'{c}*{m}' for m, c in self.sum)})")
        return " ".join(names) or "1"


ONE = Monomial()
H = Monomial((-1,))
INVERSE = Monomial((1,))


def logarithm(depth: int) -> Monomial:
    """l1, l2, …: the logarithm of 1/h, its logarithm, and so on."""
    return Monomial((0,) * depth + (1,))


def simplified(number: Number) -> Exponent:
    """A number as an exponent."""
    return number if number.rational is None else number.rational


class Monomials:
    """The group of monomials and its order, over the constants of one proof."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants

    # -- exponents ---------------------------------------------------------------------------------

    def _number(self, a: Exponent) -> Number:
        return a if isinstance(a, Number) else Number(rational=a)

    def plus(self, a: Exponent, b: Exponent) -> Exponent:
        """The sum of two exponents."""
        if isinstance(a, Number) or isinstance(b, Number):
            return simplified(self.constants.add(self._number(a), self._number(b)))
        return a + b

    def times(self, a: Exponent, b: Exponent) -> Exponent:
        """The product of two exponents."""
        if isinstance(a, Number) or isinstance(b, Number):
            return simplified(self.constants.mul(self._number(a), self._number(b)))
        return a * b

    def side(self, a: Exponent) -> int:
        """The sign of an exponent."""
        if isinstance(a, Number):
            return self.constants.sign(a)
        return (a > 0) - (a < 0)

    # -- the group ---------------------------------------------------------------------------------

    def multiply(self, m: Monomial, n: Monomial) -> Monomial:
        """The product."""
        if m is ONE or n is ONE:
            return n if m is ONE else m
        if len(m.powers) == len(n.powers) == 1 and not (m.sum or n.sum):
            return Monomial((self.plus(m.powers[0], n.powers[0]),))
        length = max(len(m.powers), len(n.powers))
        powers = tuple(
            self.plus(a, b) for a, b in zip(_padded(m, length), _padded(n, length), strict=True)
        )
        return Monomial(powers, self.add_sums(m.sum, n.sum))

    def power(self, m: Monomial, exponent: Exponent) -> Monomial:
        """A real power."""
        powers = tuple(self.times(p, exponent) for p in m.powers)
        factor = self._number(exponent)
        return Monomial(powers, self.scale_sum(m.sum, factor))

    def add_sums(self, s: Sum, t: Sum) -> Sum:
        """The sum of two sums."""
        if not s or not t:
            return s or t
        total = dict(s)
        for m, c in t:
            total[m] = self.constants.add(total[m], c) if m in total else c
        return self.sum_of(total.items())

    def scale_sum(self, s: Sum, factor: Number) -> Sum:
        """A multiple of a sum."""
        return self.sum_of((m, self.constants.mul(c, factor)) for m, c in s)

    def sum_of(self, terms: Iterable[tuple[Monomial, Number]]) -> Sum:
        """Terms in their order, those with coefficient 0 left out."""
        kept = [(m, c) for m, c in terms if self.constants.sign(c)]
        by_size = cmp_to_key(self.compare)
        return tuple(sorted(kept, key=lambda term: by_size(term[0]), reverse=True))

    # -- the order ---------------------------------------------------------------------------------

    def compare(self, m: Monomial, n: Monomial) -> int:
        """1 where m is infinitely larger than n as h -> 0, -1 where it is smaller, 0 if equal."""
        if m is n:
            return 0
        if not (m.sum or n.sum):
            length = max(len(m.powers), len(n.powers))
            for a, b in zip(_padded(m, length), _padded(n, length), strict=True):
                if a is not b and a != b:
                    if isinstance(a, Number) or isinstance(b, Number):
                        found = self.side(self.plus(a, self.times(b, -1)))
                        if found:
                            return found
                    else:
                        return 1 if a > b else -1
            return 0
        return self.size(self.multiply(m, self.power(n, -1)))

    def size(self, m: Monomial) -> int:
        """1 where it is infinite, -1 where it is infinitesimal, 0 where it is 1."""
        index, first = next(((i, p) for i, p in enumerate(m.powers) if self.side(p)), (0, 0))
        if not m.sum:
            return self.side(first)
        largest, coefficient = m.sum[0]
        if first and self.compare(logarithm(index + 1), largest) > 0:
            return self.side(first)
        return self.constants.sign(coefficient)


def _padded(m: Monomial, length: int) -> tuple[Exponent, ...]:
    return m.powers + (0,) * (length - len(m.powers))
