"""Arrays as rows of text, comma- or tab-separated."""

from collections.abc import Sequence

from diffcalc.base.types import FloatArray
from diffcalc.tables import arrow


def rows(matrix: FloatArray, delimiter: str, before: Sequence[bytes] = ()) -> bytes:
    """A line for each row: its numbers, each as Python's repr has it, which float() reads back.

    `before`, where given, has the first cells of each line, verbatim.
    """
    text = arrow.rows(matrix, delimiter)
    if text is None:
        # One format for all: there is no faster loop over numbers in Python.
        line = delimiter.join(["%r"] * matrix.shape[1]) + "\n"
        text = (line * len(matrix) % tuple(matrix.ravel().tolist())).encode()
    if not before:
        return text
    parts = zip(before, text.splitlines(), strict=True)
    return b"".join(delimiter.encode().join(cells) + b"\n" for cells in parts)
