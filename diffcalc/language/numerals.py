"""Numbers as other languages and other people write them: what to write here instead.

1_000, 1'000 and 1 000 are one number in several pieces; 0x10 is a number elsewhere, and here 0*x10.
"""

import re

_GROUPED = re.compile(
    r"(?<![\w.,])(?:[0-9]+(?:_+[0-9]+)+|[0-9]{1,3}(?:[\s'’,][0-9]{3})+(?![0-9]|[\s'’,][0-9]))"
)
_DECIMAL_COMMA = re.compile(r"(?<![\w.,])[0-9]+,[0-9]+(?![0-9.,])")
_OF_FORTRAN = re.compile(r"([0-9.]+)[dD]([0-9]+)")
_PRODUCT = re.compile(r"[A-Za-z]_?[0-9]+")
_POWER = re.compile(r"\s*(?:\^|\*\*)\s*[-+−]?[0-9]+|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")


def grouped(text: str, column: int) -> str | None:
    """What to write where digits are grouped around this column: 1000 for 1_000."""
    for match in _GROUPED.finditer(text):
        if match.start() < column < match.end():
            return f"write {re.sub('[^0-9]', '', match.group())} for {match.group()}"
    return None


def with_comma(text: str, column: int) -> str | None:
    """What to write for the number that has a comma at this column: 1.5 for 1,5."""
    whole = grouped(text, column)
    for match in _DECIMAL_COMMA.finditer(text):
        if match.start() < column < match.end():
            point = match.group().replace(",", ".")
            return f"{whole}, or {point}" if whole else f"write {point} for {match.group()}"
    return whole


def elsewhere(number: str, name: str, behind: str) -> str | None:
    """What to write for a number with a name directly behind it, where another language has both.

    0x10 and 1d5 are numbers there, and 3x10^8 has a times sign; `behind` is what follows.
    """
    power = _POWER.match(behind)
    if name in ("x10", "X10") and power:
        return f"write {number}*10{power.group()}, or {number}*{name}{power.group()}"
    fortran = _OF_FORTRAN.fullmatch(number + name)
    try:
        value = fortran.expand(r"\1e\2") if fortran else str(int(number + name, base=0))
    except ValueError:
        return None
    product = f", or {number}*{name}" if _PRODUCT.fullmatch(name) else ""
    return f"write {value} for the number{product}"
