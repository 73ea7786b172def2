"""The columns of a table that are written again beside ours: what they are called in JSON."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Literal

from diffcalc.base.encoded import legible

Cells = Literal["bytes", "escaped", "left out"]
"""What a format makes of cells that are no text in UTF-8: their bytes come out as they are, or
written as \\xNN, in UTF-8; or they are not written at all."""


def keys(header: Sequence[str], ours: Iterable[str] = ()) -> list[str]:
    """What the columns are called in JSON, each differently and none as one of our own keys.

    A name that is taken gets _2, or the next number that makes it new.
    """
    names = [legible(cell.strip()) for cell in header]
    taken, given = set(ours), set(names)
    numbers = {name: count(2) for name in given}
    found = []
    for name in names:
        key = name
        while key in taken or (key != name and key in given):
            key = f"{name}_{next(numbers[name])}"
        taken.add(key)
        found.append(key)
    return found
