"""Plain decimal numbers in a table, read all at once with numpy, each as exactly as float() reads.

`-12.5e-3` is the integer -125, one digit of it behind the dot, and the exponent -3. So without its
dots and with a separator for each `e` a table is a list of integers, which numpy reads ten times as
fast as decimals. Each is multiplied by its power of ten in extended precision, and Ziv's test
("Fast evaluation of elementary mathematical functions with correctly rounded last bit", ACM
Transactions on Mathematical Software, 1991) tells whether that decides the last bit of a float64;
where it does not, for one number in 500, float() does.
"""

import warnings
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.types import FloatArray

Integers = NDArray[np.int64]
Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

_DOT, _PLUS, _MINUS, _E, _ZERO, _NEWLINE = b".+-e0\n"
# An integer has at most 19 digits: times a larger power of ten it overflows, or is 0 by a smaller.
_LARGEST_POWER = 400
# What float64 holds exactly.
_EXACT_INTEGER, _EXACT_POWER = 2**53, 22
# Far from where the sum of an exponent and a number of digits overflows.
_LARGEST_EXPONENT = 10**15


class _Decimals(NamedTuple):
    """Each number is its integer times ten to its power, and stands before its end in the text."""

    integers: Integers
    powers: Integers
    ends: Integers

    def starts(self, places: Integers) -> Integers:
        """Where the numbers at these places start: behind the end of the one before."""
        return np.where(places > 0, self.ends[places - 1] + 1, 0)


def parse(text: bytes, delimiter: str, columns: int) -> FloatArray | None:
    """The numbers of a table of this many columns, as an array of shape (rows, columns).

    Every row ends with a newline. None where anything but digits, signs, dots, exponents and
    separators is in the text, or where these do not make a table, and for exponents of 16 digits.
    """
    if b"E" in text:
        text = text.lower()
    codes = np.frombuffer(text, np.uint8)
    found = _decimals(text, codes, delimiter)
    if found is None or not is_table(codes[found.ends], delimiter, columns):
        return None
    numbers, certain = _product(found.integers, found.powers)
    zeros = np.flatnonzero(found.integers == 0)
    numbers[zeros[codes[found.starts(zeros)] == _MINUS]] = -0.0
    places = np.flatnonzero(~certain)
    for place, start in zip(places, found.starts(places), strict=True):
        numbers[place] = float(text[start : found.ends[place]])
    return numbers.reshape(-1, columns)


def _decimals(text: bytes, codes: Codes, delimiter: str) -> _Decimals | None:
    # As bytes are unsigned, those below "0" wrap around.
    marks = np.flatnonzero(codes - _ZERO > 9)
    kinds = codes[marks]
    # Whatever is no part of an integer ends one.
    stops = np.flatnonzero((kinds != _DOT) & (kinds != _PLUS) & (kinds != _MINUS))
    integers = _integers(text, delimiter)
    if integers is None or not 0 < integers.size == stops.size:
        return None
    dotted = kinds[stops - 1] == _DOT
    has_exponent = kinds[stops] == _E
    is_exponent = np.roll(has_exponent, 1)
    exponents = integers[is_exponent]
    if (
        # A dot stands once in a number, before its last digits, and in no exponent.
        dotted.sum() != (kinds == _DOT).sum()
        or (is_exponent & (dotted | has_exponent)).any()
        or (np.clip(exponents, -_LARGEST_EXPONENT, _LARGEST_EXPONENT) != exponents).any()
        or _lacks_digits(codes, marks[stops], integers)
    ):
        return None
    powers = np.where(dotted, marks[stops - 1] + 1 - marks[stops], 0)
    powers[has_exponent] += exponents
    ends = marks[stops[~has_exponent]]
    return _Decimals(integers[~is_exponent], powers[~is_exponent], ends)


def _integers(text: bytes, delimiter: str) -> Integers | None:
    """The integers between delimiters, newlines and `e`, without dots.

    Those that an int64 cannot hold become its largest or smallest value.
    """
    text = text.translate(bytes.maketrans(f"{delimiter}\ne".encode(), b",,,"), b".")
    try:
        # Before numpy 2.3 that is no error but a warning, and the integers are too few.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            return np.fromstring(text, np.int64, sep=",")
    except ValueError:
        return None


def _lacks_digits(codes: Codes, stops: Integers, integers: Integers) -> bool:
    """Whether one of the integers is a sign alone, which numpy takes for 0."""
    last = stops[integers == 0] - 1
    last -= codes[last] == _DOT
    return bool((codes[last] != _ZERO).any())


def is_table(separators: Codes, delimiter: str, columns: int) -> bool:
    """Whether the separators in a text are those of rows with this many columns."""
    if separators.size % columns:
        return False
    row = [ord(delimiter)] * (columns - 1) + [_NEWLINE]
    return bool((separators.reshape(-1, columns) == row).all())


def _product(integers: Integers, powers: Integers) -> tuple[FloatArray, Flags]:
    """Each integer times its power of ten, and whether that is certainly rounded correctly.

    It is if both ends of an interval around the product, as wide as its two roundings make it, are
    the same float64. Where the platform has no wider floats, none is certain that is not 0, but for
    those of few digits: integer and power of ten are exact then, and are rounded once (Clinger,
    "How to read floating point numbers accurately", PLDI 1990).
    """
    small = integers.min() >= -_EXACT_INTEGER and integers.max() <= _EXACT_INTEGER
    if small and powers.min() >= -_EXACT_POWER and powers.max() <= _EXACT_POWER:
        tens = _powers_of_ten()[: _EXACT_POWER + 1].astype(np.float64)
        exact = integers * tens[np.maximum(powers, 0)] / tens[np.maximum(-powers, 0)]
        return exact, np.ones(exact.shape, dtype=bool)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        powers = np.clip(powers, -_LARGEST_POWER, _LARGEST_POWER)
        product = integers * _powers_of_ten()[powers]
        margin = 2 * np.finfo(np.longdouble).eps
        least = (product * (1 - margin)).astype(np.float64)
        most = (product * (1 + margin)).astype(np.float64)
    limits = np.iinfo(np.int64)
    return least, (least == most) & (integers != limits.max) & (integers != limits.min)


@cache
def _powers_of_ten() -> NDArray[np.longdouble]:
    """1e0 to the largest, and behind these, at negative places, the smallest to 1e-1."""
    places = [*range(_LARGEST_POWER + 1), *range(-_LARGEST_POWER, 0)]
    return np.array([np.longdouble(f"1e{place}") for place in places])
