"""Functions of exact constants: what has a simpler form gets it, the rest becomes an atom."""

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from math import factorial, floor

from mpmath.libmp import to_int

from diffcalc.language.expression import Irrational
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue
from diffcalc.truth.numbers import (
    ONE,
    ZERO,
    Atom,
    Number,
    content,
    is_positive,
    order,
    without_factor,
)
from diffcalc.truth.ring import Ring
from diffcalc.truth.slopes import DEFINITIONS, definition

# It has 2,568 digits; beyond, gamma of an integer stays an atom.
_LARGEST_FACTORIAL = 1000
# sin(2*a) and cos(2*a) are written by sin(a) and cos(a), and so on up to here.
_MOST_ANGLES = 4


class Functions(Ring):
    """The ring with its constants and functions."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[Hashable, Number] = {}
        self._zeros: set[Hashable] = set()

    def ball(self, a: Number, bits: int) -> Ball:
        """An enclosure, computed with this many bits."""
        raise NotImplementedError

    def within(self, a: Number, tolerance: Fraction) -> Ball:
        """An enclosure not wider than this."""
        raise NotImplementedError

    def infinitesimal(self) -> Number:
        """The number h > 0: what is said of it is true of all that are small enough."""
        return self._of(self._atom("h"))

    def constant(self, name: str | Irrational) -> Number:
        """The number pi or e, or the zero of a function, of which that is known and its digits."""
        if isinstance(name, str):
            return self._exp(ONE) if name == "e" else self._of(self._atom("pi"))
        atom = self._atoms.get(name)
        if atom is None:
            atom = self._atoms[name] = Atom("zero", (), len(self._atoms))
            atom.source = name
            found = [n for n in name.equations(self, self._of(atom)) if n.rational is None]
            self._zeros.update(without_factor(n).key for n in found)
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
        if c < 0 or not all(is_positive(atom) for atom, _ in mono):
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
        flipped = rest.terms[min(rest.terms, key=order)] < 0
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
        if a.terms[min(a.terms, key=order)] < 0:
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
        return self.sub(ONE, self._erfc(a)) if self._beyond_one(a) else self._odd_atom("erf", a)

    def _erfc(self, a: Number) -> Number:
        if self._beyond_one(a):
            return self._of(self._atom("erfc", a))
        return self.sub(ONE, self._odd_atom("erf", a))

    def _erfi(self, a: Number) -> Number:
        return self._odd_atom("erfi", a)

    def _odd_atom(self, name: str, a: Number) -> Number:
        """An odd function, which is 0 at 0, of the modulus."""
        if a.rational == 0:
            return ZERO
        if a.terms[min(a.terms, key=order)] < 0:
            return self.neg(_FUNCTIONS[name](self, self.neg(a)))
        return self._of(self._atom(name, a))

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


_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "exp": Functions._exp,
    "log": Functions._log,
    "sin": Functions._sin,
    "cos": Functions._cos,
    "atan": Functions._atan,
    "asinh": Functions._asinh,
    "cbrt": Functions._cbrt,
    "erf": Functions._erf,
    "erfc": Functions._erfc,
    "erfi": Functions._erfi,
    "gamma": Functions._gamma,
    "lgamma": Functions._lgamma,
    "polygamma": Functions._polygamma,
    "floor": Functions.floor,
}
