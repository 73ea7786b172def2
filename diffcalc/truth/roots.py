"""Isolated zeros of a real function of one number, to mpmath's working precision and beyond.

A bracket in float64 is found elsewhere. Here the zero in it is refined as often as a higher working
precision asks for it, each time from the best one known, and recognised where it is a fraction or a
fraction of pi, so that it can be said and used exactly.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath

from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression, Node
from diffcalc.language.grammar import read

MpNumber = Any
"""An mpmath number."""
MpFunction = Callable[[MpNumber], MpNumber]
"""A real function of one mpmath number, nan where it is undefined."""

_FIRST_DIGITS = 25
_DIGITS = 110
_GUESSED_DIGITS, _RECOGNISED_DIGITS = 20, 100
_LARGEST_DENOMINATOR = 1000
_LARGEST_DENOMINATOR_OF_PI = 24
# Results within 50 bits of 0 are rounded to 0 (see algebras.py), and a zero near 0 is smaller than
# the bracket it was found in.
_MORE_BITS = 150
# A zero of order m takes m times the digits: nearer to it, a difference of equals is rounded to 0.
_HIGHEST_ORDER = 24
_PROOF_BITS = 1000
_CLOSE_BITS = 30
_ZERO = 1e-7


class Location:
    """A number on a line: `place()` is its value at mpmath's working precision.

    `at` is the constant it is exactly, None where it is only known by its digits. What is 0 there
    takes `order` times the digits of the place to be seen beside it.
    """

    order = 1

    def __init__(self, at: Expression | None) -> None:
        self.at = at

    def __call__(self) -> MpNumber:
        """The value, as an mpmath number at the working precision."""
        assert self.at is not None
        return self.at(exact())


class Root(Location):
    """A zero of g between `low` and `high`, where g changes sign or (`touching`) only touches 0."""

    def __init__(self, g: MpFunction, low: float, high: float, *, touching: bool = False) -> None:
        super().__init__(None)
        self._g = g
        self._bracket = (low, high)
        self._touching = touching
        # |g| is about the square of the distance where it touches 0, and so are its differences.
        self.order = 3 if touching else 1
        self._bits = 0
        self._found: MpNumber = None

    def __call__(self) -> MpNumber:
        """The value at the working precision. Raises `ValueError` if there is none."""
        if self.at is not None:
            return super().__call__()
        if mpmath.mp.prec > self._bits:
            # Whoever comes back for more digits, does so again.
            bits = max(mpmath.mp.prec, 2 * self._bits)
            self._found = self._refined(bits)
            self._bits = bits
        return +self._found

    def _refined(self, bits: int) -> MpNumber:
        while self.order <= _HIGHEST_ORDER:
            with mpmath.mp.workprec(bits * self.order + _MORE_BITS):
                close = mpmath.ldexp(mpmath.mpf(self._bracket[1]) - self._bracket[0], -bits)
                found = self._solved(bits, close)
                if self._is_known(found - close) and self._is_known(found + close):
                    return found
            self.order *= 2
        raise ValueError("there is no isolated zero in the bracket")

    def _is_known(self, t: MpNumber) -> bool:
        """Whether g(t) is more than round-off: twice the digits do not change it."""
        value = self._g(t)
        with mpmath.mp.workprec(2 * mpmath.mp.prec):
            finer = self._g(t)
        if not (mpmath.isfinite(value) and mpmath.isfinite(finer)):
            return bool(mpmath.isnan(value) and mpmath.isnan(finer))
        return bool(value and abs(value - finer) <= abs(finer) / 8)

    def _solved(self, bits: int, close: MpNumber) -> MpNumber:
        """The zero to within `close`, unless g is round-off that far from it."""
        low, high = map(mpmath.mpf, self._bracket)
        steep = self._steepened(close / 4)
        solvers: list[tuple[MpFunction, str]] = [
            (self._g, "anderson"), (steep, "anderson"), (self._g, "bisect"),
        ]  # fmt: skip
        if self._touching:
            solvers = [(steep, "anderson"), (self._rises(close), "bisect")]
        brackets = [(low, high)]
        if self._bits:
            near = mpmath.ldexp(high - low, _CLOSE_BITS // 2 - self._bits)
            brackets.insert(0, (self._found - near, self._found + near))
        for bracket in brackets:
            for f, solver in solvers:
                found = _solve(f, *bracket, mpmath.ldexp(close, -_CLOSE_BITS), solver)
                if found is not None:
                    return found
        raise ValueError("there is no zero in the bracket")

    def _rises(self, step: MpNumber) -> MpFunction:
        """How |g| changes across t: its sign changes where |g| is least."""
        return lambda t: abs(self._g(t + step)) - abs(self._g(t - step))

    def _steepened(self, step: MpNumber) -> MpFunction:
        """g/g', whose zero is simple whatever the order of g's is."""

        def quotient(t: MpNumber) -> MpNumber:
            change = self._g(t + step) - self._g(t - step)
            return self._g(t) * step / change if change else mpmath.mpf(0)

        return quotient

    def recognise(self) -> None:
        """Sets `at` if the zero is a simple constant: g is 0 there, or 100 digits agree."""
        for constant in (_fraction, _fraction_of_pi):
            guess = self._agreeing(constant, _FIRST_DIGITS, _GUESSED_DIGITS)
            if guess is None:
                continue
            with mpmath.mp.workprec(_PROOF_BITS):
                proved = self._g(guess(exact())) == 0
            if proved or guess == self._agreeing(constant, _DIGITS, _RECOGNISED_DIGITS):
                self.at = guess
                return

    def _agreeing(
        self, constant: Callable[[MpNumber], Expression], working: int, digits: int
    ) -> Expression | None:
        """The constant nearest to the zero if so many digits agree."""
        low, high = self._bracket
        with mpmath.mp.workdps(working):
            x = self()
            scale = max(abs(x), mpmath.mpf(high) - low)
            found = constant(x)
            near = abs(found(exact()) - x) <= scale / mpmath.mpf(10) ** digits
            return found if near else None


def find_root(g: MpFunction, low: float, high: float) -> Root | None:
    """The zero of g between `low` and `high`, recognised; None where g jumps or stays away from 0.

    One zero at most is found. g should be defined in the bracket, but for the zero itself.
    """

    def value(t: MpNumber) -> MpNumber:
        with mpmath.mp.workprec(mpmath.mp.prec + _MORE_BITS):
            return g(t)

    with mpmath.mp.workdps(_FIRST_DIGITS):
        first, middle, last = (value(mpmath.mpf(t)) for t in (low, (low + high) / 2, high))
        highest = max(abs(first), abs(last))
        if not highest:
            return None
        touching = not first * last < 0
        if touching and abs(middle) > highest:
            return None
        root = Root(g, low, high, touching=touching)

        def beside() -> MpNumber:
            """The least of |g| on both sides of the zero, as near as it is known."""
            close = mpmath.ldexp(mpmath.mpf(high) - low, -mpmath.mp.prec)
            return min(abs(value(root() + side * close)) for side in (-1, 1))

        try:
            before = beside()
            if not before <= _ZERO * highest:
                return None
            root.recognise()
            if not touching:
                return root
            # The least value of x**2 + 1e-30 is small, but does not get smaller as 0 does.
            with mpmath.mp.workdps(2 * _FIRST_DIGITS):
                return root if beside() <= before / 2 else None
        except ValueError:
            return None


def _solve(
    f: MpFunction, low: MpNumber, high: MpNumber, close: MpNumber, solver: str
) -> MpNumber | None:
    """Where f changes sign between `low` and `high`, to within `close`; None where it does not.

    The method of Anderson and Björck converges fast at simple zeros; bisection takes one step for
    each bit, but whatever f is.
    """

    def known(t: MpNumber) -> MpNumber:
        value = f(t)
        return value if mpmath.isfinite(value) else mpmath.mpf(0)

    if not f(low) * f(high) < 0:
        return None
    most = 40 if solver == "anderson" else int(mpmath.log((high - low) / close, 2)) + 2
    # The tolerance also bounds |f|, so it is out of reach: the steps end at f = 0 or at `most`.
    try:
        x = mpmath.findroot(
            known, (low, high), solver=solver, tol=close**4, maxsteps=most, verify=False
        )
    except ZeroDivisionError:  # The secant of two equal values.
        return None
    found = solver == "bisect" or known(x - close) * known(x + close) <= 0
    return x if found and low <= x <= high else None


def _fraction(x: MpNumber, largest: int = _LARGEST_DENOMINATOR) -> Expression:
    """The fraction with the nearest value among those with a small denominator."""
    scale = 10**_DIGITS
    value = Fraction(int(mpmath.nint(x * scale)), scale).limit_denominator(largest)
    return Expression((Node("number", (), value),))


def _fraction_of_pi(x: MpNumber) -> Expression:
    content = _fraction(x / mpmath.pi, _LARGEST_DENOMINATOR_OF_PI).nodes[0].content
    assert isinstance(content, Fraction)
    sign, count = "-" if content < 0 else "", abs(content.numerator)
    times = "" if count == 1 else f"{count}*"
    below = "" if content.denominator == 1 else f"/{content.denominator}"
    return read(f"{sign}{times}pi{below}")
