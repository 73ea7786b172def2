"""Every operation of the language on series: what a formula does beside a point.

Where an operation is analytic at the limit of its operand, it is f(u0) and the integral of
slope(u)*u'. On a border the sign of a leading term decides the branch: of abs, max, a comparison, a
root or a logarithm at 0; or the operation is said by others (`slopes.py`), as tan at pi/2 is
sin/cos.
"""

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import Any

from diffcalc.truth.ball import NoValue, Undecided
from diffcalc.truth.constants import Constants
from diffcalc.truth.monomials import ONE, Exponent, H, Monomial
from diffcalc.truth.numbers import Number
from diffcalc.truth.replay import result
from diffcalc.truth.series import NOTHING, Algebra, Coefficient, Series, Term, TooShort
from diffcalc.truth.slopes import definition, regular, slope
from diffcalc.truth.values import COMPARED

# The derivatives of these repeat, with these signs, from the first on.
_CYCLES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "exp": (("exp", 1),),
    "sin": (("sin", 1), ("cos", 1), ("sin", -1), ("cos", -1)),
    "cos": (("cos", 1), ("sin", -1), ("cos", -1), ("sin", 1)),
    "sinh": (("sinh", 1), ("cosh", 1)),
    "cosh": (("cosh", 1), ("sinh", 1)),
}


class Germs(Algebra):
    """The algebra of series with every operation of the language."""

    _series: dict[Hashable, list[Coefficient]]

    def __init__(self, field: Any, constants: Constants, length: int) -> None:
        super().__init__(field, constants, length)
        self._series = {}

    def holds(self, condition: Series) -> bool:
        """Whether a comparison's result stands for true."""
        return self.sign(condition) != 0

    def apply(self, operation: str, args: tuple[Series, ...]) -> Series:
        """An operation; raises `NoValue` or `Undecided`."""
        own: Callable[..., Series] | None = _OPERATIONS.get(operation)
        if own is not None:
            return own(self, *args)
        if operation in COMPARED:
            difference = self.sub(*args)
            return self.number(COMPARED[operation](self.sign(difference)))
        if len(args) == 1:
            coefficients = self._analytic(operation, args[0])
            if coefficients is not None:
                return coefficients
        program = definition(operation)
        if program is None:
            raise Undecided(operation)
        found: Series = result(program, dict(zip("uv", args, strict=False)), self)
        return found

    # -- analytic ----------------------------------------------------------------------------------

    def _analytic(self, operation: str, a: Series) -> Series | None:
        """The function of a series whose limit is inside the domain; None elsewhere."""
        try:
            value, small = self.finite(a)
        except Undecided:
            if a.rest is not None and self.monomials.size(a.rest) >= 0:
                raise
            return None
        if not self._is_regular(operation, value):
            return None
        if not small.terms and small.rest is None:
            return self.of(self.field.function(operation, value))
        return self.compose(self.taylor(operation, value, self.length).__getitem__, small)

    def _is_regular(self, operation: str, value: Coefficient) -> bool:
        program = regular(operation)
        if program is None:
            return True
        inside: Series = result(program, {"u": self.of(value)}, self)
        side = self.sign(inside)
        if side < 0:
            raise NoValue(operation)
        return side > 0

    def taylor(self, operation: str, value: Coefficient, count: int) -> list[Coefficient]:
        """The Taylor coefficients of a function of one number."""
        if not isinstance(value, Number):
            return self._taylor(operation, value, count)
        found = self._series.get((operation, value))
        if found is None or len(found) < count:
            found = self._series[operation, value] = self._taylor(operation, value, count)
        return found

    def _taylor(self, operation: str, value: Coefficient, count: int) -> list[Coefficient]:
        field = self.field
        if operation in _CYCLES:
            cycle = _CYCLES[operation]
            names = {name for name, _ in cycle[:count]}
            values = {name: field.function(name, value) for name in names}
            found, factor = [], Fraction(1)
            for k in range(count):
                name, side = cycle[k % len(cycle)]
                found.append(field.mul(values[name], field.number(factor * side)))
                factor /= k + 1
            return found
        found = [field.function(operation, value)]
        if count > 1:
            program = slope(operation, 0)
            near = self.add(self.of(value), self.of(field.one, H))
            shorter = type(self)(field, self.constants, count - 1)
            shorter._series = self._series
            rates: Series = result(program, {"u": near}, shorter) if program else NOTHING
            terms = {t.monomial: t.coefficient for t in rates.terms}
            for k in range(1, count):
                rate = terms.get(H if k == 2 else _power(k - 1), field.number(0))
                found.append(field.mul(rate, field.number(Fraction(1, k))))
        return found

    # -- borders -----------------------------------------------------------------------------------

    def sub(self, a: Series, b: Series) -> Series:
        """The difference."""
        return self.add(a, self.neg(b))

    def absolute(self, a: Series) -> Series:
        """|a|; of a remainder, a remainder."""
        try:
            return self.neg(a) if self.sign(a) < 0 else a
        except Undecided:
            return self._bounded(a, positive=True)

    def _bounded(self, a: Series, *, positive: bool = False) -> Series:
        """What is no larger than a series of unknown sign."""
        a = self.trimmed(a)
        bound = a.terms[0].monomial if a.terms else a.rest
        assert bound is not None
        wild = a.wild or any(term.wave is not None for term in a.terms)
        return self.remainder(bound, wild=wild, positive=positive)

    def signum(self, a: Series) -> Series:
        """The sign."""
        return self.number(self.sign(a))

    def maximum(self, a: Series, b: Series) -> Series:
        """The larger; of two that differ by a remainder, either up to that."""
        difference = self.sub(a, b)
        try:
            return a if self.sign(difference) >= 0 else b
        except Undecided:
            return self.add(a, self._bounded(difference))

    def floor(self, a: Series) -> Series:
        """The largest integer that is not above the series."""
        try:
            infinite, constant, small = self.split(a)
        except Undecided:
            if a.rest is None or self.monomials.size(a.rest) < 0:
                raise
            return Series(a.terms, a.rest, wild=True)
        if infinite or any(term.wave is not None for term in constant):
            kept = tuple(infinite)
            return Series(kept, ONE, wild=True)
        value = constant[0].coefficient if constant else self.field.number(0)
        whole, touched = self._floor_of(value)
        if touched and self.sign(small) < 0:
            whole = self.field.add(whole, self.field.number(-1))
        return self.of(whole)

    def _floor_of(self, value: Coefficient) -> tuple[Coefficient, bool]:
        """The largest integer not above a coefficient, and whether it is that."""
        whole = self.field.function("floor", value)
        return whole, self.field.sign(self.field.add(value, self.field.neg(whole))) == 0

    def cube_root(self, a: Series) -> Series:
        """The real cube root."""
        third = Fraction(1, 3)
        leading = self.lead(a)
        if leading is None:
            if a.rest is None:
                return NOTHING
            return self.remainder(self.monomials.power(a.rest, third), wild=a.wild)
        side = self.field.sign(leading.coefficient)
        found = self.power(a if side > 0 else self.neg(a), third)
        return found if side > 0 else self.neg(found)

    def raised(self, a: Series, b: Series) -> Series:
        """The power of two series."""
        constant = self.is_constant(b)
        exponent = None if constant is None else self._exponent(constant)
        if exponent is not None:
            return self.power(a, exponent)
        a = self.trimmed(a)
        if not a.terms and a.rest is None:
            if self.sign(b) < 0:
                raise NoValue("pow")
            return NOTHING
        if self.sign(a) < 0:
            # Where it moves, the exponent is no integer at points as near as one likes.
            _, moving = self.finite(b)
            if self.sign(moving) == 0:
                raise Undecided("pow")
        return self.exp(self.mul(b, self.log(a)))

    def _exponent(self, exponent: Coefficient) -> Exponent | None:
        """The exact number that a constant exponent is; None where that is not known."""
        if self.field.is_nothing(exponent):
            return 0
        try:
            exactly: Number = self.field.exactly(exponent)
        except Undecided:
            return None
        if exactly.rational is None:
            whole = self.constants.floor(exactly)
            if self.constants.sign(self.constants.sub(exactly, whole)) == 0:
                exactly = whole
        return exactly if exactly.rational is None else exactly.rational

    # -- at infinity and at poles ------------------------------------------------------------------

    def sine(self, a: Series) -> Series:
        """The sine."""
        return self._circular(a, sine=True)

    def cosine(self, a: Series) -> Series:
        """The cosine."""
        return self._circular(a, sine=False)

    def _circular(self, a: Series, *, sine: bool) -> Series:
        size = self.monomials.size
        if a.rest is not None and size(a.rest) >= 0:
            return self.remainder(ONE, wild=True)
        infinite, constant, small = self.split(a)
        if any(term.wave is not None for term in [*infinite, *constant]):
            return self.remainder(ONE, wild=True)
        rest = self.add(Series(tuple(constant)), small)
        sines, cosines = (self._analytic(name, rest) for name in ("sin", "cos"))
        assert sines is not None
        assert cosines is not None
        if not infinite:
            return sines if sine else cosines
        wave, other = self.wave(infinite, sine=True), self.wave(infinite, sine=False)
        if sine:
            return self.add(self.mul(wave, cosines), self.mul(other, sines))
        return self.sub(self.mul(other, cosines), self.mul(wave, sines))

    def arctangent(self, a: Series) -> Series:
        """The arctangent, which is pi/2 - atan(1/a) for large a."""
        infinite, constant, _ = self._ends(a)
        if any(term.wave is not None for term in [*infinite[1:], *constant]):
            return self.remainder(ONE, wild=True)
        if not infinite:
            found = self._analytic("atan", a)
            assert found is not None
            return found
        side = self.sign(a)
        half = self.scale(self.constant("pi"), self.field.number(Fraction(side, 2)))
        return self.sub(half, self.arctangent(self.power(a, -1)))

    def _ends(self, a: Series) -> tuple[list[Term], list[Term], Series]:
        """As `split`, but a remainder that is not infinitesimal may be left below larger terms."""
        if a.rest is None or self.monomials.size(a.rest) < 0:
            return self.split(a)
        leading = self.lead(a)
        if leading is None or self.monomials.size(leading.monomial) <= 0:
            raise TooShort("remainder")
        return [leading], [], Series((), a.rest, a.wild)

    def error_function(self, a: Series) -> Series:
        """The error function."""
        return self.sub(self.number(1), self.complement(a)) if self._far(a) else self._erf(a, "erf")

    def complement(self, a: Series) -> Series:
        """For large a, erfc is exp(-a^2)/(a*sqrt(pi))*(1 - 1/(2*a^2) + O(a^-4))."""
        side = self._far(a)
        if not side:
            return self._erf(a, "erfc")
        if side < 0:
            return self.sub(self.number(2), self.complement(self.neg(a)))
        return self._far_error(a, -1)

    def imaginary_error(self, a: Series) -> Series:
        """For large a, erfi is exp(a^2)/(a*sqrt(pi))*(1 + 1/(2*a^2) + O(a^-4))."""
        side = self._far(a)
        if not side:
            return self._erf(a, "erfi")
        if side < 0:
            return self.neg(self.imaginary_error(self.neg(a)))
        return self._far_error(a, 1)

    def _far_error(self, a: Series, side: int) -> Series:
        square = self.power(a, 2)
        inverse = self.power(square, -1)
        half = self.scale(inverse, self.field.number(Fraction(side, 2)))
        series = self.add(self.number(1), half)
        bound = self.power(inverse, 2)
        series = self.add(series, self._bounded(bound))
        exponent = square if side > 0 else self.neg(square)
        front = self.mul(self.exp(exponent), self.power(a, -1))
        root = self.power(self.constant("pi"), Fraction(-1, 2))
        return self.mul(self.mul(front, root), series)

    def _far(self, a: Series) -> int:
        """The sign of an infinite series; 0 for others."""
        infinite, _, _ = self._ends(a)
        return self.sign(a) if infinite else 0

    def _erf(self, a: Series, name: str) -> Series:
        found = self._analytic(name, a)
        if found is None:
            raise Undecided(name)
        return found

    def gamma(self, a: Series) -> Series:
        """The gamma function, led away from a pole by its recurrence."""
        if self._far(a) > 0:
            return self.exp(self.log_gamma(a))
        value, small = self.finite(a)
        above, factors = self._from_pole(a, value)
        if factors:
            found = self.gamma(above)
            for factor in factors:
                found = self.div(found, factor)
            return found
        # gamma(u) = gamma(u0)*exp(lgamma(u) - lgamma(u0)).
        front = self.field.function("gamma", value)
        if not small.terms and small.rest is None:
            return self.of(front)
        logarithm = self._analytic("lgamma", a)
        assert logarithm is not None
        _, change = self.finite(logarithm)
        return self.scale(self.exp(change), front)

    def log_gamma(self, a: Series) -> Series:
        """The logarithm of |gamma|; for large a by Stirling's series."""
        if self._far(a) > 0:
            logarithm, half = self.log(a), self.field.number(Fraction(1, 2))
            found = self.sub(self.mul(a, logarithm), self.add(a, self.scale(logarithm, half)))
            turn = self.log(self.scale(self.constant("pi"), self.field.number(2)))
            inverse = self.power(a, -1)
            found = self.add(found, self.scale(turn, half))
            found = self.add(found, self.scale(inverse, self.field.number(Fraction(1, 12))))
            return self.add(found, self._bounded(self.power(inverse, 3)))
        value, _ = self.finite(a)
        above, factors = self._from_pole(a, value)
        moved = self._analytic("lgamma", above)
        assert moved is not None
        found = moved
        for factor in factors:
            found = self.sub(found, self.log(self.absolute(factor)))
        return found

    def polygamma(self, n: Series, a: Series) -> Series:
        """The polygamma function of a fixed order."""
        order = self.field.exactly(self.is_constant(n) or self.field.number(0)).rational
        value, small = self.finite(a)
        above, factors = self._from_pole(a, value)
        if factors:
            found = self.polygamma(n, above)
            front = 1
            for k in range(1, int(order or 0) + 1):
                front *= -k
            for factor in factors:
                part = self.power(factor, -int(order or 0) - 1)
                found = self.sub(found, self.scale(part, self.field.number(front)))
            return found
        field = self.field
        coefficients, factorial = [], 1
        for k in range(self.length):
            factorial *= max(k, 1)
            each = field.function("polygamma", field.number((order or 0) + k), value)
            coefficients.append(field.mul(each, field.number(Fraction(1, factorial))))
        return self.compose(coefficients.__getitem__, small)

    def _from_pole(self, a: Series, value: Coefficient) -> tuple[Series, list[Series]]:
        """At a pole 0, -1, …: the series moved to 1, and the factors on the way."""
        if not self.field.is_nothing(value) and self.field.sign(value) > 0:
            return a, []
        whole, touched = self._floor_of(value)
        if not touched:
            return a, []
        pole = self.field.exactly(whole).rational
        if pole < -_MOST_FACTORS:
            raise Undecided("gamma")
        steps = int(1 - pole)
        factors = [self.add(a, self.number(k)) for k in range(steps)]
        return self.add(a, self.number(steps)), factors

    def angle(self, y: Series, x: Series) -> Series:
        """The angle of a point."""
        x = self.trimmed(x)
        if not x.terms and x.rest is None:
            half = self.scale(self.constant("pi"), self.field.number(Fraction(1, 2)))
            return self.mul(half, self.signum(y))
        side = self.sign(x)
        found = self.arctangent(self.div(y, x))
        if side > 0:
            return found
        turn = self.constant("pi")
        return self.add(found, turn if self.sign(y) >= 0 else self.neg(turn))


# A pole of gamma is moved to 0 by so many factors at most: a longer product is slow to expand.
_MOST_FACTORS = 50


def _power(n: int) -> Monomial:
    return Monomial((-n,)) if n else ONE


_OPERATIONS: Mapping[str, Callable[..., Series]] = {
    "add": Germs.add,
    "sub": Germs.sub,
    "mul": Germs.mul,
    "neg": Germs.neg,
    "div": Germs.div,
    "pow": Germs.raised,
    "sqrt": lambda germs, a: germs.power(a, Fraction(1, 2)),
    "exp": Germs.exp,
    "log": Germs.log,
    "sin": Germs.sine,
    "cos": Germs.cosine,
    "atan": Germs.arctangent,
    "cbrt": Germs.cube_root,
    "abs": Germs.absolute,
    "sign": Germs.signum,
    "floor": Germs.floor,
    "ceil": lambda germs, a: germs.neg(germs.floor(germs.neg(a))),
    "max": Germs.maximum,
    "min": lambda germs, a, b: germs.neg(germs.maximum(germs.neg(a), germs.neg(b))),
    "relu": lambda germs, a: germs.maximum(a, NOTHING),
    "erf": Germs.error_function,
    "erfc": Germs.complement,
    "erfi": Germs.imaginary_error,
    "gamma": Germs.gamma,
    "lgamma": Germs.log_gamma,
    "polygamma": Germs.polygamma,
    "atan2": Germs.angle,
}
