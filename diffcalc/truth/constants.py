"""The exact constants that one proof meets: their enclosures, their signs, what was assumed.

What cancels in the normal form of `ring.py` is proved to be 0; `zeros.py` proves more, and the rest
is assumed.
"""

from collections.abc import Hashable, Iterable, Iterator
from fractions import Fraction

from mpmath.libmp import from_man_exp, fzero

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, Undecided
from diffcalc.truth.constant_functions import Functions
from diffcalc.truth.elementary import CONSTANTS, ENCLOSURES
from diffcalc.truth.numbers import Atom, Number, is_positive, primitive, text, without_factor

# The infinitesimal is at most 2 to the minus this.
_INFINITESIMAL = 8_192
# A sign is looked for in more and more bits; after the second, a proof that the number is 0.
_EARLY_BITS = (64, 256)
_LATE_BITS = (1024, 4096)
# The gamma function takes seconds for more.
_MOST_BITS_OF_AN_INTEGER = 16_000


class Constants(Functions):
    """The constants that one proof meets, and the zeros that it had to assume."""

    def __init__(self) -> None:
        super().__init__()
        self.assuming: list[str] = []
        self._assumed: set[Hashable] = set()

    def within(self, a: Number, tolerance: Fraction) -> Ball:
        """An enclosure not wider than this."""
        for found in self._narrowing(a, (*_EARLY_BITS, *_LATE_BITS), _EARLY_BITS[0]):
            across = ball.Ball(ball.ZERO.lower, ball.width(found))
            small = ball.sub(ball.from_fraction(tolerance, 64), across, 64)
            if ball.sign(small) == 1:
                return found
        raise Undecided("floor")

    # -- enclosures --------------------------------------------------------------------------------

    def ball(self, a: Number, bits: int) -> Ball:
        """An enclosure, worked out with this many bits.

        Raises `Undecided` where they are not enough for the domain of a function in it.
        """
        if a.rational is not None:
            return ball.from_fraction(Fraction(a.rational), bits)
        if a._bits >= bits and a._ball is not None:
            return a._ball
        for atom in self._needed(a, bits):
            atom.ball = self._enclose(atom, bits)
            atom.bits = bits
        a._ball, a._bits = _total(a, bits), bits
        return a._ball

    def _needed(self, a: Number, bits: int) -> list[Atom]:
        """The atoms it is made of that are not known to so many bits, arguments first."""
        found: set[Atom] = set()
        stack = [a]
        while stack:
            for mono in stack.pop().terms:
                for atom, _ in mono:
                    if atom.bits < bits and atom not in found:
                        found.add(atom)
                        stack.extend(atom.args)
        return sorted(found, key=lambda atom: atom.serial)

    def _enclose(self, atom: Atom, bits: int) -> Ball:
        if atom.name == "pi":
            return CONSTANTS["pi"](bits)
        if atom.source is not None:
            enclosed: Ball = atom.source.enclosed(bits)
            return enclosed
        if atom.name == "h":
            return Ball(fzero, from_man_exp(1, -_INFINITESIMAL))
        if atom.name in ("integer", "sum", "whole"):
            return _total(atom.args[0], bits)
        return ENCLOSURES[atom.name](*[_total(arg, bits) for arg in atom.args], bits)

    def _try(self, a: Number, bits: int) -> Ball | None:
        try:
            return self.ball(a, bits)
        except Undecided:
            return None

    def _narrowing(self, a: Number, rounds: Iterable[int], spare: int) -> Iterator[Ball]:
        """Finite enclosures in more and more bits.

        After these rounds, in so many that an integer of thousands of digits is told with `spare`
        bits of its fraction.
        """
        queue = [*rounds]
        for bits in queue:
            found = self._try(a, bits)
            if found is None or not ball.is_finite(found):
                continue
            _, _, exponent, size = ball.width(found)
            enough = bits + exponent + size + spare
            if queue[-1] < enough < _MOST_BITS_OF_AN_INTEGER:
                queue.append(enough)
            yield found

    # -- signs -------------------------------------------------------------------------------------

    def sign(self, a: Number) -> int:
        """-1, 0 or 1. A zero that is not proved is assumed after hundreds of digits, and noted.

        Raises `Undecided` where so many digits are not reached.
        """
        if a.rational is not None:
            return (a.rational > 0) - (a.rational < 0)
        if len(a.terms) == 1:
            ((mono, q),) = a.terms.items()
            if all(is_positive(atom) for atom, _ in mono):
                return 1 if q > 0 else -1
        if a._sign is None:
            a._sign = self._signed(a)
        return a._sign

    def _signed(self, a: Number) -> int:
        from diffcalc.truth import zeros

        if self._zeros and without_factor(a).key in self._zeros:
            return 0
        for bits in _EARLY_BITS:
            found = self._try(a, bits)
            side = None if found is None else ball.sign(found)
            if side is not None:
                return side
        if zeros.is_zero(self, a):
            return 0
        if a.moving:
            raise Undecided("sign")
        found = None
        for found in self._narrowing(a, _LATE_BITS, _LATE_BITS[0]):
            side = ball.sign(found)
            if side is not None:
                return side
        if found is None or not zeros.is_tiny(found, a, self):
            raise Undecided("sign")
        multiple = primitive(a).key
        if multiple not in self._assumed:
            self._assumed.add(multiple)
            self.assuming.append(f"{text(a)} = 0")
        return 0


def _total(a: Number, bits: int) -> Ball:
    """The enclosure of a sum whose atoms are enclosed."""
    total = ball.ZERO
    for mono, q in a.terms.items():
        term = ball.from_fraction(q, bits)
        for atom, e in mono:
            term = ball.mul(term, _powered(atom.ball, e, bits), bits)
        total = ball.add(total, term, bits)
    return total


def _powered(base: Ball, e: Fraction, bits: int) -> Ball:
    if e == 1:
        return base
    if e.denominator == 1:
        return ball.power_int(base, int(e), bits)
    if e.denominator == 2:
        return ball.power_int(ball.sqrt(base, bits), e.numerator, bits)
    power: Ball = ENCLOSURES["pow"](base, ball.from_fraction(e, bits), bits)
    return power
