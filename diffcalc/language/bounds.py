"""How large a formula may be: bounds on values, checked before anything is evaluated.

Bounds on syntax do not stop `9**9**9`, and a computer algebra system given it never comes back. So
every constant subexpression is valued as it is built, exactly while it is a fraction, with mpmath
otherwise, and refused as soon as its size, its number of digits, or an exponent is beyond reason.
"""

import math
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from diffcalc.base.errors import LimitError, ReadError
from diffcalc.base.numbers import MpContext, MpNumber
from diffcalc.language.algebras import exact
from diffcalc.language.array_operations import ARRAYS, OPERATIONS
from diffcalc.language.expression import Builder, Content, Node
from diffcalc.language.operations import ANY, OPERATORS, Row

# Checked before the text is cut into tokens, so that no time is spent on a file given by mistake.
MAX_CHARACTERS = 1_000_000
# Each is an object of its own in a list, kept until all is read: this bounds the memory.
MAX_TOKENS = 300_000
# All methods go through the nodes one by one, and mpmath many times: time grows with them.
MAX_NODES = 200_000
# A sum is as deep as it has terms, and needs no brackets for it: the nesting does not bound it.
MAX_TERMS = 40_000
# What is printed, or compared as text, has everything written out that the program shares.
MAX_WRITTEN = 1_000_000
# As deep as the rules go (`symbolic/length.py`); so deep a formula is not written by hand. What
# diffcalc printed is read to a few levels more, which a derivative has.
MAX_NESTING = 80
MAX_NESTING_PRINTED = 100
# More than twice the 17 digits that tell float64 numbers apart; more are no number but a slip.
MAX_DIGITS = 40
# Of 0e999999: more digits are no exponent but a slip.
_LONGEST_EXPONENT = 6
# The largest float64 is just below 2**1024; exact fractions beyond it only take time.
MAX_BITS = 1_024
# 1.1**10_000 is beyond a float64 already; higher powers only take time, in exact arithmetic and in
# SymPy.
MAX_DEGREE = 10_000
# As many decimal places as every float64 keeps.
MAX_EXPONENT_DENOMINATOR = 10**15
# e**(10**6) is about 10**434294: beyond every float64, and mpmath has it at once. How long mpmath
# takes grows with the digits of the exponent.
MAX_IRRATIONAL_EXPONENT = 10**6
# The largest float64.
LARGEST = 1.7976931348623157e308

# A constant is worked out twice: what is 0 or infinite in truth, as sin(pi) and tan(pi/2), changes
# with the digits, and nothing else does so much.
_DIGITS = 30
# Twice as many, so that the two values cannot be alike by chance.
_MORE_DIGITS = 60


class Constant(NamedTuple):
    """A constant subexpression's value: a fraction, or two mpmath numbers of 30 and 60 digits.

    `largest` is the largest fraction it was computed from.
    """

    exact: Fraction | None
    approximate: tuple[MpNumber, MpNumber] | None
    largest: Fraction


@cache
def _mp() -> MpContext:
    import mpmath

    mp: MpContext = mpmath.mp
    return mp


class CheckedBuilder(Builder):
    """A `Builder` that refuses what is too large, and constants that have no finite real value.

    Raises `LimitError` or `ReadError` without a column; the reader knows where it stands.
    """

    def __init__(self) -> None:
        super().__init__()
        self._constants: dict[int, Constant] = {}
        self._degrees: list[float] = []
        self._written: list[int] = []

    def add(self, operation: str, *operands: int, content: Content = None) -> int:
        """The index of this node; see the class for what is refused."""
        index = super().add(operation, *operands, content=content)
        if index < len(self._degrees):
            return index
        if index >= MAX_NODES:
            raise LimitError(f"the expression has more than {MAX_NODES:,} operations")
        # What is shared here is not where it is printed: b = a*sin(a), c = b*sin(b), … doubles.
        self._written.append(1 + sum([self._written[i] for i in operands]))
        if self._written[index] > MAX_WRITTEN:
            raise LimitError(f"written out, this has more than {MAX_WRITTEN:,} operations")
        node = self.nodes[index]
        if operation == "pow":
            self._check_exponent(*operands)
        elif operation == "div" and self._is_zero(operands[1]):
            raise ReadError("division by zero")
        scalar = operation != "variable" and operation not in ARRAYS
        # Nothing is known of f(2), where f is any function.
        known = all(i in self._constants for i in operands)
        if scalar and known and not ANY.fullmatch(operation):
            self._constants[index] = self._value(node)
        self._degrees.append(self._degree(node))
        if self._degrees[index] > MAX_DEGREE:
            raise LimitError(f"a power above {MAX_DEGREE:,} is more than can be differentiated")
        return index

    def constant(self, index: int) -> Constant | None:
        """The value of node `index` if it is constant."""
        return self._constants.get(index)

    def _degree(self, node: Node) -> float:
        if node.operation in ("variable", "number", "constant"):
            return node.operation == "variable"
        degrees = [self._degrees[i] for i in node.operands]
        exponent = self._constants.get(node.operands[-1])
        if node.operation == "pow" and exponent and exponent.exact is not None:
            return degrees[0] * float(abs(exponent.exact))
        return OPERATIONS.get(node.operation, Row()).degree(degrees)

    def _is_zero(self, index: int) -> bool:
        """Whether a node is the constant 0, also one like sin(pi) that only tends to it."""
        value = self._constants.get(index)
        if value is None:
            return False
        if value.approximate is None:
            return not value.exact
        low, high = value.approximate
        return bool(high == 0 or (abs(low) < 1e-25 and abs(high) < abs(low) * 1e-10))

    def _check_exponent(self, base: int, exponent: int) -> None:
        value = self._constants.get(exponent)
        if value is None:
            return
        if value.exact is None:
            if base in self._constants and value.largest > MAX_IRRATIONAL_EXPONENT:
                raise LimitError("the exponent of a constant is too large")
        elif value.exact.denominator > MAX_EXPONENT_DENOMINATOR:
            raise LimitError("an exponent may have 15 decimal places at most")
        elif abs(value.exact) > MAX_DEGREE:
            raise LimitError(f"an exponent above {MAX_DEGREE:,} is too large")

    def _value(self, node: Node) -> Constant:
        operands = [self._constants[i] for i in node.operands]
        value = self._exact(node, [c.exact for c in operands])
        if value is not None:
            bits = max(value.numerator.bit_length(), value.denominator.bit_length())
            # A literal, and its negative, has a bound of its own: 1.23e-300 needs 1,004 bits.
            if bits > MAX_BITS and node.operation not in ("number", "neg"):
                raise LimitError(f"a number of more than {MAX_BITS:,} bits is too large")
            return Constant(value, None, abs(value))
        largest = max((c.largest for c in operands), default=Fraction(0))
        if node.operation == "exp" and largest > MAX_IRRATIONAL_EXPONENT:
            raise LimitError("the exponent of a constant is too large")
        values = [self._approximate(node, operands, digits) for digits in (0, 1)]
        _check_real(node.operation, values)
        return Constant(None, (values[0], values[1]), largest)

    def _exact(self, node: Node, operands: list[Fraction | None]) -> Fraction | None:
        """The value as a fraction, where the operation keeps fractions."""
        if node.operation == "number":
            assert isinstance(node.content, Fraction)
            return node.content
        known = [v for v in operands if v is not None]
        if not operands or len(known) < len(operands):
            return None
        if node.operation == "pow":
            return _integer_power(*known)
        operator = OPERATORS.get(node.operation)
        return operator(*known) if operator else None

    def _approximate(self, node: Node, operands: list[Constant], which: int) -> MpNumber:
        mp = _mp()
        with mp.workdps(_MORE_DIGITS if which else _DIGITS):
            arguments = [
                c.approximate[which] if c.approximate else exact()["number"](c.exact)
                for c in operands
            ]
            if node.operation == "constant":
                return exact()["constant"](node.content)
            return exact()[node.operation](*arguments)


def _integer_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        return None
    if exponent < 0 and not base:
        raise ReadError("division by zero")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) not in (0, 1) and (bits - 1) * abs(exponent) > MAX_BITS:
        raise LimitError(f"a number of more than {MAX_BITS:,} bits is too large")
    return base**exponent.numerator


def _check_real(operation: str, values: list[MpNumber]) -> None:
    """Refuses a constant without a finite real value, tan(pi/2) too: it grows with precision."""
    low, high = values
    mp = _mp()
    if isinstance(low, bool):
        return
    if mp.isnan(low) or mp.isnan(high):
        if operation == "pow":
            raise ReadError(
                "a negative number to a fractional power is not real",
                hint="cbrt(…) is the real cube root",
            )
        raise ReadError(f"`{operation}` of this value is not a finite real number")
    if abs(low) > LARGEST:
        raise LimitError("the constant is too large (beyond 1.8e308)")
    if abs(low) > 1e15 and abs(low - high) > abs(low) * 1e-10:
        raise ReadError(f"`{operation}` of this value is not a finite number")


def check_literal(text: str) -> None:
    """Refuses a decimal literal of more than 40 digits, or that no float64 is next to.

    And a whole number that begins with 0: elsewhere 010 is 8, and 1,000 is one number.
    """
    if text[0] == "0" and len(text) > 1 and text.isdecimal():
        octal = int(text, 8) if set(text) <= set("01234567") else int(text)
        also = f", or {octal} for the octal number" if octal != int(text) else ""
        raise ReadError(f"`{text}` begins with 0", hint=f"write {int(text)}{also}")
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa.replace(".", "").lstrip("0")) > MAX_DIGITS:
        raise LimitError(f"a number may have {MAX_DIGITS} digits at most")
    some = bool(mantissa.strip("0."))
    if exponent and (
        (some and not 0 < float(text) < math.inf) or len(exponent) > _LONGEST_EXPONENT
    ):
        raise LimitError("the number is beyond what a float64 can hold (5e-324 to 1.79e308)")
