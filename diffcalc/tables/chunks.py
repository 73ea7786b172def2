"""A long text in chunks of whole lines, each to be read by itself."""

import csv
from collections.abc import Iterator
from typing import Protocol

import numpy as np

# Larger, and what is computed of a chunk no longer fits in a processor's cache.
SIZE = 1 << 20


class Binary(Protocol):
    """A stream of bytes that gives what it has."""

    def read1(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end."""


def chunks(stream: Binary, line: int = 1, size: int = SIZE) -> Iterator[tuple[int, bytes]]:
    """Chunks of about `size` bytes, fewer where there are no more as yet.

    Each comes with the number of its first line; that of the first chunk is `line`.

    A line ends a chunk only if the quotes in the chunk are even in number: so none breaks a quoted
    cell, where quotes are doubled. A single quote in a cell without quotes would make all that
    follows one chunk, so behind as many bytes as the csv module takes for a cell
    (`csv.field_size_limit`) any line ends it.
    """
    rest = b""
    # The stream's own readline would fill its buffer, and read1 then gives no more than that holds.
    while block := stream.read1(size):
        rest += block
        end = _end(rest)
        if end:
            chunk, rest = rest[:end], rest[end:]
            yield line, chunk
            # Three times as fast as bytes.count.
            line += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))
    if rest:
        yield line, rest


def _end(text: bytes) -> int:
    """Where the last line ends that may end a chunk; 0 if there is none as yet."""
    last = end = text.rfind(b"\n") + 1
    quotes = text.count(b'"', 0, end)
    while quotes % 2:
        before = text.rfind(b"\n", 0, end - 1) + 1
        quotes -= text.count(b'"', before, end)
        end = before
    return end if last - end <= csv.field_size_limit() else last
