"""Programs replayed with exact constants: the value at the point itself, borders included."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from diffcalc.language.expression import Expression, Irrational
from diffcalc.truth.ball import NoValue
from diffcalc.truth.constant_functions import Functions
from diffcalc.truth.numbers import HALF, MINUS_ONE, ONE, ZERO, Number
from diffcalc.truth.replay import result


class Exactly:
    """The algebra of exact constants: the value at the point itself, borders included."""

    def __init__(self, constants: Functions) -> None:
        self.constants = constants

    def number(self, value: Fraction) -> Number:
        """A rational number."""
        return Number(rational=value)

    def constant(self, name: str | Irrational) -> Number:
        """The number pi or e, or a zero."""
        return self.constants.constant(name)

    def add(self, a: Number, b: Number) -> Number:
        """The sum."""
        return self.constants.add(a, b)

    def power(self, a: Number, exponent: Fraction) -> Number:
        """A rational power."""
        return self._pow(a, Number(rational=exponent))

    def holds(self, condition: Number) -> bool:
        """Whether a comparison's result stands for true."""
        return self.constants.sign(condition) != 0

    def apply(self, operation: str, args: tuple[Number, ...]) -> Number:
        """An operation; raises `NoValue` or `Undecided`."""
        own: Callable[..., Number] | None = _OPERATIONS.get(operation)
        if own is not None:
            return own(self, *args)
        if operation in COMPARED:
            side = self.constants.sign(self.constants.sub(*args))
            return ONE if COMPARED[operation](side) else ZERO
        return self.constants.function(operation, *args)

    def _sign(self, a: Number) -> Number:
        return Number(rational=self.constants.sign(a))

    def _abs(self, a: Number) -> Number:
        return self.constants.scaled(a, self.constants.sign(a))

    def _max(self, a: Number, b: Number) -> Number:
        return a if self.constants.sign(self.constants.sub(a, b)) >= 0 else b

    def _div(self, a: Number, b: Number) -> Number:
        if self.constants.sign(b) == 0:
            raise NoValue("div")
        return self.constants.div(a, b)

    def _pow(self, a: Number, b: Number) -> Number:
        c = self.constants
        if b.rational is None:
            whole = c.floor(b)
            b = whole if c.sign(c.sub(b, whole)) == 0 else b
        if b.rational is not None and b.rational >= 0 and Fraction(b.rational).denominator == 1:
            return c.power(a, b.rational)
        side = c.sign(a)
        if side == 0:
            if c.sign(b) < 0:
                raise NoValue("pow")
            return ZERO
        if b.rational is not None:
            return c.power(a, b.rational)
        if side < 0:
            raise NoValue("pow")
        return c.function("exp", c.mul(b, c.function("log", a)))

    def _atan2(self, y: Number, x: Number) -> Number:
        c = self.constants
        up, right = c.sign(y), c.sign(x)
        pi = c.constant("pi")
        if right == 0:
            return c.scaled(c.mul(pi, HALF), up)
        angle = c.function("atan", c.div(y, x))
        if right > 0:
            return angle
        return c.add(angle, pi if up >= 0 else c.mul(pi, MINUS_ONE))


_OPERATIONS: Mapping[str, Callable[..., Number]] = {
    "add": lambda exactly, a, b: exactly.constants.add(a, b),
    "sub": lambda exactly, a, b: exactly.constants.sub(a, b),
    "mul": lambda exactly, a, b: exactly.constants.mul(a, b),
    "neg": lambda exactly, a: exactly.constants.neg(a),
    "div": Exactly._div,
    "pow": Exactly._pow,
    "sign": Exactly._sign,
    "abs": Exactly._abs,
    "max": Exactly._max,
    "atan2": Exactly._atan2,
}

COMPARED = {
    "lt": lambda side: side < 0,
    "le": lambda side: side <= 0,
    "gt": lambda side: side > 0,
    "ge": lambda side: side >= 0,
    "eq": lambda side: side == 0,
    "ne": lambda side: side != 0,
}


def value_of(constants: Functions, program: Expression, values: Mapping[str, Number]) -> Number:
    """A program's value at exact constants; raises `NoValue` or `Undecided`."""
    found: Number = result(program, values, Exactly(constants))
    return found
