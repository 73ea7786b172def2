"""Arrays as rows of text, comma- or tab-separated."""

from collections.abc import Callable, Sequence

from diffcalc.base.types import FloatArray
from diffcalc.tables import arrow
from diffcalc.tables.kept import Kept


def rows(
    matrix: FloatArray,
    delimiter: str,
    kept: Kept | None = None,
    line: Callable[[Sequence[str]], bytes] = lambda _: b"",
) -> bytes:
    """A line for each row: its numbers, each as Python's repr has it, which float() reads back.

    What is `kept` comes first: its lines as they are, or what `line` makes of its cells.
    """
    before = kept.lines(delimiter) if kept else None
    text = arrow.rows(matrix, delimiter, before) if (before is None) == (kept is None) else None
    if text is not None:
        return text
    text = arrow.rows(matrix, delimiter)
    if text is None:
        # One format for all: there is no faster loop over numbers in Python.
        each = delimiter.join(["%r"] * matrix.shape[1]) + "\n"
        text = (each * len(matrix) % tuple(matrix.ravel().tolist())).encode()
    if kept is None:
        return text
    first = map(line, kept.rows()) if before is None else before.splitlines()
    parts = zip(first, text.splitlines(), strict=True)
    return b"".join(delimiter.encode().join(cells) + b"\n" for cells in parts)
