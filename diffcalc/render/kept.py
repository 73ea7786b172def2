"""The columns of a table that are written again beside ours: their names and their cells."""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from diffcalc.base.encoded import legible


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


def line(cells: Sequence[Any], delimiter: str) -> str:
    """The cells as a line of a table, without its end."""
    text = io.StringIO(newline="")
    # The csv module quotes what has a character of the line's end in it: also half of this one,
    # which would end a line when it is read.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")
