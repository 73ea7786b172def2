"""Is a constant zero? What `ring.py` does not cancel by itself is decided here, if it can be.

*Rational functions* of atoms: denominators are multiplied out. *Algebraic numbers*: a number that
is made of roots and of cosines of rational multiples of pi is 0 if it is smaller than every
conjugate of a number of its kind that is not; Burnikel, Funke, Mehlhorn, Schirra and Schmitt, *A
separation bound for real algebraic expressions* (2001): if E = U/L with algebraic integers whose
conjugates are at most u and l, and U is of degree D at most, then |E| is 0 or at least
1/(l*u**(D - 1)).
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, gcd, lcm, log2
from typing import NamedTuple

from mpmath.libmp import from_man_exp, mpf_abs, mpf_cmp

from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.numbers import Atom, Number, common_denominator

# Beyond so many bits a zero is assumed rather than proved.
_MOST_BITS = 16_000
# Arithmetic in a larger cyclotomic field takes seconds.
_LARGEST_CONDUCTOR = 5_000
# Sums within denominators of sums: nobody types more.
_MOST_ROUNDS = 10
# A zero is assumed of a number smaller than its largest term, and 1, by so many bits: 300 digits.
_TINY = 1_000


def is_tiny(found: Ball, a: Number, constants: Constants) -> bool:
    """Whether the enclosure shows a number far smaller than the terms of its sum, and than 1.

    The fraction of a number of thousands of digits is much smaller than that is, and no 0.
    """
    if not ball.is_finite(found):
        return False
    size = ball.most(mpf_abs(found.lower), mpf_abs(found.upper))
    bits = 64
    largest = ball.ZERO
    for mono, q in a.terms.items():
        term = ball.absolute(constants.ball(Number({mono: q}), bits))
        largest = ball.Ball(ball.most(largest.lower, term.lower), term.upper)
    largest = Ball(ball.least(largest.lower, ball.ONE.lower), largest.upper)
    bound = ball.mul(largest, Ball(*[from_man_exp(1, -_TINY)] * 2), bits)
    return bool(mpf_cmp(size, bound.lower) < 0)


def is_zero(constants: Constants, a: Number) -> bool:
    """Whether the number is proved to be 0."""
    cleared = _cleared(constants, a)
    if cleared.rational is not None:
        return cleared.rational == 0
    bits = separation(cleared)
    if bits is None:
        return False
    working = bits + 64
    for _ in range(3):
        try:
            found = constants.ball(cleared, working)
        except Undecided:
            return False
        if ball.sign(found) is not None:
            return ball.sign(found) == 0
        size = ball.most(mpf_abs(found.lower), mpf_abs(found.upper))
        if mpf_cmp(size, from_man_exp(1, -bits)) < 0:
            return True
        working *= 2
    return False


def _cleared(constants: Constants, a: Number) -> Number:
    """The number times the sums that stand in denominators."""
    for _ in range(_MOST_ROUNDS):
        below = {
            atom
            for mono in a.terms
            for atom, e in mono
            if atom.name == "sum" and e < 0
        }  # fmt: skip
        if not below:
            break
        for atom in below:
            # Multiplying by another denominator may have taken it away.
            lowest = min((e for mono in a.terms for b, e in mono if b is atom), default=0)
            a = constants.times_power(a, atom, ceil(-lowest))
    return a


class _Size(NamedTuple):
    """Logarithms of what the conjugates of a numerator and of its denominator are at most."""

    above: float
    below: float


def separation(a: Number) -> int | None:
    """So many bits after the point tell an algebraic number from 0; None for other numbers."""
    atoms = list(_atoms(a))
    if not all(_is_algebraic(atom) for atom in atoms):
        return None
    degree = 1
    conductor = 1
    for atom in atoms:
        if atom.name == "cos":
            conductor = lcm(conductor, 2 * _turn(atom).denominator)
        if conductor > _LARGEST_CONDUCTOR:
            return None
    degree *= _totient(conductor)
    roots = _roots(a)
    for root in roots.values():
        degree *= root
    try:
        size = _size(a, roots)
    except OverflowError:
        return None
    bits = size.below + (degree - 1) * max(size.above, 0.0) + 2
    return ceil(bits) if bits <= _MOST_BITS else None


def _atoms(a: Number) -> Iterator[Atom]:
    """Every atom in the number, and in the arguments of those that are sums."""
    seen: set[Atom] = set()
    stack = [a]
    while stack:
        for mono in stack.pop().terms:
            for atom, _ in mono:
                if atom not in seen:
                    seen.add(atom)
                    yield atom
                    if atom.name in ("sum", "whole"):
                        stack.append(atom.args[0])


def _is_algebraic(atom: Atom) -> bool:
    return atom.name in ("integer", "sum", "whole") or (atom.name == "cos" and atom.sine is None)


def _turn(atom: Atom) -> Fraction:
    """The q of the atom cos(q*pi)."""
    (q,) = atom.args[0].terms.values()
    found: Fraction = q
    return found


def _totient(n: int) -> int:
    return sum(gcd(k, n) == 1 for k in range(1, n + 1))


def _roots(a: Number) -> dict[Atom, int]:
    """For each atom that roots are taken of, which root all of its powers are powers of."""
    found: dict[Atom, int] = {}
    seen: set[int] = set()
    stack = [a]
    while stack:
        number = stack.pop()
        if id(number) in seen:
            continue
        seen.add(id(number))
        for mono in number.terms:
            for atom, e in mono:
                found[atom] = lcm(found.get(atom, 1), e.denominator)
                if atom.name in ("sum", "whole"):
                    stack.append(atom.args[0])
    return found


def _size(a: Number, roots: dict[Atom, int]) -> _Size:
    common = common_denominator(a)
    total: _Size | None = None
    for mono, q in a.terms.items():
        above, below = log2(abs(int(q * common))), 0.0
        for atom, e in mono:
            one = _atom_size(atom, e, roots)
            above, below = above + one.above, below + one.below
        term = _Size(above, below)
        if total is None:
            total = term
        else:
            # U1/L1 + U2/L2 = (U1*L2 + U2*L1)/(L1*L2)
            sizes = total.above + term.below, term.above + total.below
            total = _Size(max(sizes) + 1, total.below + term.below)
    assert total is not None
    return _Size(total.above, total.below + log2(common))


def _atom_size(atom: Atom, e: Fraction, roots: dict[Atom, int]) -> _Size:
    """The sizes of the power of an atom; of its root, a root is taken of the numerator alone or of
    the denominator alone, so that its degree is that of the root.
    """
    if atom.name == "cos":
        above, below = 1.0, 1.0
    elif atom.name == "integer":
        above, below = log2(atom.args[0].rational or 1), 0.0
    else:
        above, below = _size(atom.args[0], roots)
    root = roots[atom]
    if root > 1:
        if above >= below:
            above = (above + (root - 1) * below) / root
        else:
            below = ((root - 1) * above + below) / root
    power = e * root
    assert power.denominator == 1
    above, below = above * abs(power.numerator), below * abs(power.numerator)
    return _Size(above, below) if e > 0 else _Size(below, above)
