"""A long text in chunks of whole lines, each to be read by itself."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

# Larger, and what is computed of a chunk no longer fits in a processor's cache.
SIZE = 1 << 20


def chunks(stream: BinaryIO, line: int = 1, size: int = SIZE) -> Iterator[tuple[int, bytes]]:
    """Chunks of about `size` bytes, each with the number of its first line; the first is `line`.

    A line ends a chunk only if the quotes in the chunk are even in number: so none breaks a quoted
    cell, where quotes are doubled. A single quote in a cell without quotes would make all that
    follows one chunk, so behind as many bytes as the csv module takes for a cell
    (`csv.field_size_limit`) any line ends it.
    """
    while block := stream.read(size):
        parts = [block, stream.readline()]
        quotes = sum(part.count(b'"') for part in parts)
        behind = 0
        while quotes % 2 and behind < csv.field_size_limit() and (more := stream.readline()):
            parts.append(more)
            quotes += more.count(b'"')
            behind += len(more)
        chunk = b"".join(parts)
        yield line, chunk
        # Three times as fast as bytes.count.
        line += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))
