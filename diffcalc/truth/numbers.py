"""Exact real constants as sums of products of powers of atoms, with rational coefficients.

An *atom* is a positive integer, pi, exp of one product, or a function of a constant that has no
simpler form, log(2) or sin(1): what is known of it is its enclosure.
"""

from collections.abc import Hashable
from fractions import Fraction
from math import gcd, lcm

from diffcalc.language.expression import Irrational
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball

Mono = tuple[tuple["Atom", Fraction], ...]
"""A product of powers of atoms, in the order of their serial numbers."""


class Atom:
    """A number that is not taken apart: a function of constants, or a constant of its own.

    `name` is "pi", "integer", "exp" (of one product), "sum" (a positive constant of several terms,
    to be raised to a power), "whole" (a long one), a function's, or "h", which is an infinitesimal:
    any number above 0 and below a tiny one.
    """

    __slots__ = ("args", "ball", "bits", "moving", "name", "serial", "sine", "source")

    def __init__(self, name: str, args: "tuple[Number, ...]", serial: int) -> None:
        self.name = name
        self.args = args
        self.serial = serial
        self.moving: bool = name == "h" or any(arg.moving for arg in args)
        self.bits = 0
        self.ball: Ball = ball.LINE
        self.sine: Atom | None = None
        """The sine of the same angle, where this is a cosine."""
        self.source: Irrational | None = None
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
        self._key: Hashable = None
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
    def key(self) -> Hashable:
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


def is_positive(atom: Atom) -> bool:
    """Whether it is positive whatever it is made of."""
    return atom.name in ("pi", "h", "integer", "sum", "exp")


def is_free(atom: Atom) -> bool:
    """Whether its powers have no other form."""
    return atom.name in ("pi", "h", "exp", "log")


def order(mono: Mono) -> list[tuple[int, Fraction]]:
    """What products are sorted by."""
    return [(atom.serial, e) for atom, e in mono]


def ratio(a: Number, b: Number) -> Fraction | None:
    """a/b where that is seen to be rational."""
    if a.terms.keys() != b.terms.keys():
        return None
    ratios = {a.terms[m] / b.terms[m] for m in b.terms}
    return ratios.pop() if len(ratios) == 1 else None


def primitive(a: Number) -> Number:
    """The multiple with whole coefficients without a common factor, the first one positive."""
    scale = content(a) if a.terms[min(a.terms, key=order)] > 0 else -content(a)
    return Number({m: q / scale for m, q in a.terms.items()})


def without_factor(a: Number) -> Number:
    """The primitive multiple without the product of powers that all of its terms share."""
    if len(a.terms) < 2:
        return primitive(a)
    atoms = {atom for mono in a.terms for atom, _ in mono}
    lowest = {at: min(dict(mono).get(at, Fraction(0)) for mono in a.terms) for at in atoms}
    terms = {
        tuple((atom, e) for atom, e in _shifted(dict(mono), lowest) if e): q
        for mono, q in a.terms.items()
    }
    return primitive(Number(terms))


def _shifted(powers: dict[Atom, Fraction], lowest: dict[Atom, Fraction]) -> Mono:
    atoms = sorted(lowest, key=lambda atom: atom.serial)
    return tuple((atom, powers.get(atom, Fraction(0)) - lowest[atom]) for atom in atoms)


def text(a: Number) -> str:
    """The number as it would be typed: log(2) + log(3) - log(6)."""
    terms = sorted(a.terms.items(), key=lambda term: order(term[0]))
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
