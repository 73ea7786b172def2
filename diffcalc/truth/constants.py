"""Exact real constants: sums of products of powers of atoms, with rational coefficients.

An *atom* is a positive integer, pi, exp of one product, or a function of a constant that has no
simpler form, log(2) or sin(1): what is known of it is its enclosure. What follows from the rules of
a ring alone, from exp(a)*exp(b) = exp(a + b), from powers of roots or from
sin(a)**2 + cos(a)**2 = 1 cancels in this form, so it is *proved* to be 0; `zeros.py` proves more,
and the rest is assumed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import factorial, floor, gcd, lcm
from typing import Any

from mpmath.libmp import from_man_exp, fzero, to_int

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.elementary import CONSTANTS, ENCLOSURES
from diffcalc.truth.slopes import DEFINITIONS, definition

Mono = tuple[tuple["Atom", Fraction], ...]
"""A product of powers of atoms, in the order of their serial numbers."""

# A product of two sums with more terms than this stays a product of two atoms.
_MOST_TERMS = 300
# A power of a rational number is worked out up to this many bits.
_MOST_BITS = 60_000
# Roots of integers are compared by their prime factors up to here: sqrt(12) is 2*sqrt(3).
_TRIED_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
_LARGEST_FACTORIAL = 1000
# sin(2*a) and cos(2*a) are written by sin(a) and cos(a), and so on up to here.
_MOST_ANGLES = 4
# The infinitesimal is at most 2 to the minus this.
_INFINITESIMAL = 8_192
# Signs are looked for in more and more bits; after the second a proof is tried that there is none.
_EARLY_BITS = (64, 256)
_LATE_BITS = (1024, 4096)
# The gamma function takes seconds for more.
_MOST_BITS_OF_AN_INTEGER = 16_000


class Atom:
    """A number that is not taken apart: a function of constants, or a constant of its own.

    `name` is "pi", "integer", "exp" (of one product), "sum" (a positive constant of several terms,
    to be raised to a power), "whole" (a long one), a function's, or "h", which is an infinitesimal:
    any number above 0 and below a tiny one.
    """

    __slots__ = ("args", "ball", "bits", "moving", "name", "serial", "sine", "source")

    def __init__(self, name: str, args: tuple[Any, ...], serial: int) -> None:
        self.name = name
        self.args = args
        self.serial = serial
        self.moving: bool = name == "h" or any(arg.moving for arg in args)
        self.bits = 0
        self.ball: Ball = ball.LINE
        self.sine: Atom | None = None
        """The sine of the same angle, where this is a cosine."""
        self.source: Any = None
        """What encloses it, where this is a zero."""

    def __repr__(self) -> str:
        return f"{self.name}{self.args}"


class Number:
    """An exact real number: its terms, or where it is rational that alone."""

    __slots__ = ("_ball", "_bits", "_key", "_sign", "_terms", "rational")

    def __init__(
        self, terms: dict[Mono, Fraction] | None = None, rational: Fraction | int | None = None
    ) -> None:
        if terms is not None and (not terms or (len(terms) == 1 and () in terms)):
            rational = terms.get((), 0)
        self.rational: Fraction | int | None = rational
        self._terms = terms
        self._key: Any = None
        self._bits = 0
        self._ball: Ball | None = None
        self._sign: int | None = None

    @property
    def terms(self) -> dict[Mono, Fraction]:
        """The coefficient of each product of atoms."""
        if self._terms is None:
            assert self.rational is not None
            self._terms = {(): Fraction(self.rational)} if self.rational else {}
        return self._terms

    @property
    def moving(self) -> bool:
        """Whether the infinitesimal h is in it: then it is a function of that."""
        return any(atom.moving for mono in self.terms for atom, _ in mono)

    @property
    def key(self) -> Any:
        """What two constants of the same form share."""
        if self._key is None:
            if self.rational is not None:
                self._key = self.rational
            else:
                self._key = frozenset(self.terms.items())
        return self._key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Number) and self.key == other.key)

    def __repr__(self) -> str:
        return text(self)


ZERO, ONE = Number(rational=0), Number(rational=1)
MINUS_ONE, HALF = Number(rational=-1), Number(rational=Fraction(1, 2))


class Constants:
    """The constants that one proof meets, and the zeros that it had to assume."""

    one = ONE

    def __init__(self) -> None:
        self._atoms: dict[Any, Atom] = {}
        self._found: dict[Any, Number] = {}
        self.assuming: list[str] = []
        self._assumed: set[Any] = set()
        self._zeros: set[Any] = set()

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
            ratio = _ratio(b, atom.args[0]) if atom.name == "sum" and e <= -1 else None
            if ratio is not None:
                return self._product(dict(mono), {atom: Fraction(1)}, p * ratio)
        return None

    def div(self, a: Number, b: Number) -> Number:
        """The quotient by a number that is known not to be 0."""
        if b.rational is not None:
            return self.scaled(a, 1 / Fraction(b.rational))
        ratio = _ratio(a, b)
        return self.mul(a, self.power(b, -1)) if ratio is None else Number(rational=ratio)

    def power(self, a: Number, exponent: Fraction | int | Number) -> Number:
        """A power of a number that is known to have one."""
        if isinstance(exponent, Number):
            return self._exp(self.mul(exponent, self._log(a)))
        q = Fraction(exponent)
        if q == 0:
            return ONE
        if a.rational is not None:
            return self._rational_power(Fraction(a.rational), q)
        if len(a.terms) == 1:
            ((mono, c),) = a.terms.items()
            if q.denominator == 1 or (c > 0 and all(_is_positive(atom) for atom, _ in mono)):
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
        c = abs(a.terms[min(a.terms, key=_order)])
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
        if not all(map(_is_free, atoms)):
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

    # -- functions ---------------------------------------------------------------------------------

    def infinitesimal(self) -> Number:
        """The number h > 0: what is said of it is true of all that are small enough."""
        return self._of(self._atom("h"))

    def constant(self, name: Any) -> Number:
        """The number pi or e, or the zero of a function, of which that is known and its digits."""
        if isinstance(name, str):
            return self._exp(ONE) if name == "e" else self._of(self._atom("pi"))
        atom = self._atoms.get(name)
        if atom is None:
            atom = self._atoms[name] = Atom("zero", (), len(self._atoms))
            atom.source = name
            found = [n for n in name.equations(self, self._of(atom)) if n.rational is None]
            self._zeros.update(_without_factor(n).key for n in found)
        return self._of(atom)

    def function(self, name: str, *args: Number) -> Number:
        """A function of numbers in its domain, one that is real-analytic at them or a root at 0.

        Raises `NoValue` outside its domain.
        """
        key = (name, *(a.key for a in args))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._function(name, args)
        return found

    def _function(self, name: str, args: tuple[Number, ...]) -> Number:
        own: Callable[..., Number] | None = _FUNCTIONS.get(name)
        if own is not None:
            return own(self, *args)
        return (
            self._of(self._atom(name, *args)) if name not in DEFINITIONS else self._said(name, args)
        )

    def _said(self, name: str, args: tuple[Number, ...]) -> Number:
        """A function said by others."""
        from diffcalc.truth.values import value_of

        program = definition(name)
        assert program is not None
        return value_of(self, program, dict(zip("uv", args, strict=False)))

    def _asinh(self, a: Number) -> Number:
        if a.rational is not None and a.rational < 0:
            return self.neg(self._said("asinh", (self.neg(a),)))
        return self._said("asinh", (a,))

    def _exp(self, a: Number) -> Number:
        """The exp of a sum is the product of the powers of exp of each product in it."""
        factors: dict[Atom, Fraction] = {}
        found = ONE
        for mono, q in a.terms.items():
            if len(mono) == 1 and mono[0][0].name == "log" and mono[0][1] == 1:
                found = self.mul(found, self.power(mono[0][0].args[0], q))
            else:
                factors[self._atom("exp", Number({mono: Fraction(1)}))] = q
        return self.mul(found, self._product(factors, {}))

    def _log(self, a: Number) -> Number:
        if self.sign(a) <= 0:
            raise NoValue("log")
        if a.rational is not None:
            if a.rational == 1:
                return ZERO
            if a.rational < 1:
                return self.neg(self._log(Number(rational=1 / Fraction(a.rational))))
        found, rest = self._log_of_product(a)
        if rest == ONE:
            return found
        return self.add(found, self._of(self._atom("log", rest)))

    def _log_of_product(self, a: Number) -> tuple[Number, Number]:
        """The logarithms of the positive factors that have one of their own, and what is left."""
        if len(a.terms) != 1:
            root = self.root(a)
            if root is None:
                return ZERO, a
            root = root if self.sign(root) > 0 else self.neg(root)
            return self.scaled(self._log(root), 2), ONE
        ((mono, c),) = a.terms.items()
        if c < 0 or not all(_is_positive(atom) for atom, _ in mono):
            return ZERO, a
        found = ZERO
        for atom, e in mono:
            log = (
                atom.args[0] if atom.name == "exp" else self._of(self._atom("log", self._of(atom)))
            )
            if atom.name in ("integer", "sum"):
                log = self._log(atom.args[0])
            found = self.add(found, self.scaled(log, e))
        return self.add(found, self._log(Number(rational=c))) if mono else found, (
            ONE if mono else a
        )

    def _sin(self, a: Number) -> Number:
        return self._cos(self.sub(self.scaled(self.constant("pi"), Fraction(1, 2)), a), sine=a)

    def _cos(self, a: Number, sine: Number | None = None) -> Number:
        """cos(a), which is also the `sine` of something; multiples of pi/2 are taken off."""
        pi = next(iter(self.constant("pi").terms))
        turns = a.terms.get(pi, Fraction(0))
        if len(a.terms) <= 1 and (turns or not a.terms):
            return self._cos_of_turn(turns)
        quarters = floor(2 * turns) if (2 * turns).denominator == 1 else 0
        rest = self.sub(a, self.scaled(self.constant("pi"), Fraction(quarters, 2)))
        flipped = rest.terms[min(rest.terms, key=_order)] < 0
        rest = self.neg(rest) if flipped else rest
        times = content(rest).numerator
        if 1 < times <= _MOST_ANGLES:
            return self._multiple(self.scaled(rest, Fraction(1, times)), times, quarters, flipped)
        # cos(r + k pi/2) is cos r, -sin r, -cos r, sin r; sin changes its sign with r.
        cosine, sine_atom = self._atom("cos", rest), self._atom("sin", rest)
        cosine.sine = sine_atom
        name = (cosine, sine_atom)[quarters % 2]
        negative = (quarters % 4 in (1, 2)) != (flipped and quarters % 2 == 1)
        return self.scaled(self._of(name), -1 if negative else 1)

    def _multiple(self, angle: Number, times: int, quarters: int, flipped: bool) -> Number:
        """The cosine of n*angle + quarters*pi/2 by those of the angle."""
        cosine, sine = self._cos(angle), self._sin(angle)
        c, s = ONE, ZERO
        for _ in range(times):
            c, s = (
                self.sub(self.mul(c, cosine), self.mul(s, sine)),
                self.add(self.mul(s, cosine), self.mul(c, sine)),
            )
        s = self.neg(s) if flipped else s
        return (c, self.neg(s), self.neg(c), s)[quarters % 4]

    def _cos_of_turn(self, q: Fraction) -> Number:
        """cos(q*pi)."""
        q = abs((q + 1) % 2 - 1)
        if q > Fraction(1, 2):
            return self.neg(self._cos_of_turn(1 - q))
        simple = {Fraction(0): (1, 1), Fraction(1, 2): (0, 1), Fraction(1, 3): (1, 1),
                  Fraction(1, 4): (1, 2), Fraction(1, 6): (1, 3)}  # fmt: skip
        if q in simple:
            factor, square = simple[q]
            root = self._rational_power(Fraction(square), Fraction(1, 2))
            return self.scaled(root, Fraction(factor, 1 if q in (0, Fraction(1, 2)) else 2))
        return self._of(self._atom("cos", self.scaled(self.constant("pi"), q)))

    def _atan(self, a: Number) -> Number:
        if a.rational == 0:
            return ZERO
        if a.terms[min(a.terms, key=_order)] < 0:
            return self.neg(self._atan(self.neg(a)))
        if a.rational == 1:
            return self.scaled(self.constant("pi"), Fraction(1, 4))
        return self._of(self._atom("atan", a))

    def _cbrt(self, a: Number) -> Number:
        side = self.sign(a)
        if side == 0:
            return ZERO
        return self.scaled(self.power(self.scaled(a, side), Fraction(1, 3)), side)

    def _erf(self, a: Number) -> Number:
        return self.sub(ONE, self._erfc(a)) if self._beyond_one(a) else self._erf_atom(a)

    def _erfc(self, a: Number) -> Number:
        if self._beyond_one(a):
            return self._of(self._atom("erfc", a))
        return self.sub(ONE, self._erf_atom(a))

    def _erf_atom(self, a: Number) -> Number:
        if a.rational == 0:
            return ZERO
        if a.terms[min(a.terms, key=_order)] < 0:
            return self.neg(self._erf(self.neg(a)))
        return self._of(self._atom("erf", a))

    def _beyond_one(self, a: Number) -> bool:
        """Whether erfc is the one that keeps its digits."""
        return ball.sign(ball.sub(self.ball(a, 64), ball.ONE, 64)) == 1

    def _gamma(self, a: Number) -> Number:
        if a.rational is not None and Fraction(a.rational).denominator == 1:
            if a.rational <= 0:
                raise NoValue("gamma")
            if a.rational <= _LARGEST_FACTORIAL:
                return Number(rational=factorial(int(a.rational) - 1))
        self._check_pole("gamma", a)
        return self._of(self._atom("gamma", a))

    def _lgamma(self, a: Number) -> Number:
        if a.rational in (1, 2):
            return ZERO
        self._check_pole("lgamma", a)
        return self._of(self._atom("lgamma", a))

    def _polygamma(self, n: Number, a: Number) -> Number:
        self._check_pole("polygamma", a)
        return self._of(self._atom("polygamma", n, a))

    def _check_pole(self, name: str, a: Number) -> None:
        if self.sign(a) <= 0 and self.sign(self.sub(a, self.floor(a))) == 0:
            raise NoValue(name)

    def floor(self, a: Number) -> Number:
        """The largest integer that is not above the number."""
        if a.rational is not None:
            return Number(rational=floor(a.rational))
        enclosed = self.within(a, Fraction(1, 4))
        low, high = (to_int(end, ball.DOWN) for end in (enclosed.lower, enclosed.upper))
        if low == high:
            return Number(rational=low)
        whole = Number(rational=high)
        return whole if self.sign(self.sub(a, whole)) >= 0 else Number(rational=low)

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
            if all(_is_positive(atom) for atom, _ in mono):
                return 1 if q > 0 else -1
        if a._sign is None:
            a._sign = self._signed(a)
        return a._sign

    def _signed(self, a: Number) -> int:
        from diffcalc.truth import zeros

        if self._zeros and _without_factor(a).key in self._zeros:
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
        multiple = _primitive(a).key
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


def _is_positive(atom: Atom) -> bool:
    return atom.name in ("pi", "h", "integer", "sum", "exp")


def _is_free(atom: Atom) -> bool:
    """Whether its powers have no other form."""
    return atom.name in ("pi", "h", "exp", "log")


def _order(mono: Mono) -> list[tuple[int, Fraction]]:
    return [(atom.serial, e) for atom, e in mono]


def _ratio(a: Number, b: Number) -> Fraction | None:
    """a/b where that is seen to be rational."""
    if a.terms.keys() != b.terms.keys():
        return None
    ratios = {a.terms[m] / b.terms[m] for m in b.terms}
    return ratios.pop() if len(ratios) == 1 else None


def _primitive(a: Number) -> Number:
    """The multiple with whole coefficients without a common factor, the first one positive."""
    scale = content(a) if a.terms[min(a.terms, key=_order)] > 0 else -content(a)
    return Number({m: q / scale for m, q in a.terms.items()})


def _without_factor(a: Number) -> Number:
    """The primitive multiple without the product of powers that all of its terms share."""
    if len(a.terms) < 2:
        return _primitive(a)
    atoms = {atom for mono in a.terms for atom, _ in mono}
    lowest = {at: min(dict(mono).get(at, Fraction(0)) for mono in a.terms) for at in atoms}
    terms = {
        tuple((atom, e) for atom, e in _shifted(dict(mono), lowest) if e): q
        for mono, q in a.terms.items()
    }
    return _primitive(Number(terms))


def _shifted(powers: dict[Atom, Fraction], lowest: dict[Atom, Fraction]) -> Mono:
    atoms = sorted(lowest, key=lambda atom: atom.serial)
    return tuple((atom, powers.get(atom, Fraction(0)) - lowest[atom]) for atom in atoms)


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


_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "exp": Constants._exp,
    "log": Constants._log,
    "sin": Constants._sin,
    "cos": Constants._cos,
    "atan": Constants._atan,
    "asinh": Constants._asinh,
    "cbrt": Constants._cbrt,
    "erf": Constants._erf,
    "erfc": Constants._erfc,
    "gamma": Constants._gamma,
    "lgamma": Constants._lgamma,
    "polygamma": Constants._polygamma,
    "floor": Constants.floor,
}


# -- as text ---------------------------------------------------------------------------------------


def text(a: Number) -> str:
    """The number as it would be typed: log(2) + log(3) - log(6)."""
    terms = sorted(a.terms.items(), key=lambda term: _order(term[0]))
    shown = ""
    for mono, q in terms:
        above = [_power_text(atom, e) for atom, e in mono if e > 0]
        below = [_power_text(atom, -e) for atom, e in mono if e < 0]
        if abs(q.numerator) != 1 or not above:
            above.insert(0, str(abs(q.numerator)))
        if q.denominator != 1:
            below.insert(0, str(q.denominator))
        piece = "*".join(above)
        if below:
            piece += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
        sign = "-" if q < 0 else "+"
        shown += f" {sign} {piece}" if shown else ("-" if q < 0 else "") + piece
    return shown or "0"


def _power_text(atom: Atom, e: Fraction) -> str:
    if atom.name == "integer":
        base = text(atom.args[0])
    elif atom.name in ("sum", "whole"):
        base = f"({text(atom.args[0])})"
    elif atom.name in ("pi", "zero"):
        base = "pi" if atom.name == "pi" else "x"
    elif atom.name == "exp":
        return f"exp({text(Number({m: q * e for m, q in atom.args[0].terms.items()}))})"
    else:
        base = f"{atom.name}({', '.join(map(text, atom.args))})"
    if e == Fraction(1, 2):
        return f"sqrt({base.removeprefix('(').removesuffix(')') if base[0] == '(' else base})"
    if e == 1:
        return base
    return f"{base}**{e}" if e.denominator == 1 else f"{base}**({e})"


def content(a: Number) -> Fraction:
    """The largest rational number of which the coefficients are whole multiples."""
    common = common_denominator(a)
    return Fraction(gcd(*(int(q * common) for q in a.terms.values())), common)


def common_denominator(a: Number) -> int:
    """The least common multiple of the denominators of the coefficients."""
    return lcm(*(q.denominator for q in a.terms.values()))
