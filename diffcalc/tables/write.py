"""Arrays as rows of text, comma- or tab-separated."""

from collections.abc import Sequence

from diffcalc.base.types import FloatArray


def rows(
    matrix: FloatArray,
    delimiter: str,
    before: Sequence[bytes] = (),
    after: Sequence[bytes] = (),
) -> bytes:
    """A line for each row: its numbers, each as Python's repr has it, which float() reads back.

    `before` and `after`, where given, have the first and the last cells of each line, verbatim.
    """
    # One format for all: there is no faster loop over numbers in Python.
    line = delimiter.join(["%r"] * matrix.shape[1]) + "\n"
    text = (line * len(matrix) % tuple(matrix.ravel().tolist())).encode()
    if not before and not after:
        return text
    lines = text.splitlines()
    parts = [part for part in (before, lines, after) if part]
    return b"".join(delimiter.encode().join(cells) + b"\n" for cells in zip(*parts, strict=True))
