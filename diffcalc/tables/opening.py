"""A file, or standard input, opened as a table: what it is, and what it is read as.

Told by its first bytes: an array of numpy, Parquet, Arrow, JSON Lines, or text, in UTF-8 or UTF-16,
packed by gzip or zstd or not, its lines ended and its cells separated as any program does it.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from diffcalc.base.encoded import UTF_8, Made, blocks, label, opened
from diffcalc.base.errors import DiffcalcError, shell_words
from diffcalc.tables.chunks import whole_lines
from diffcalc.tables.signs import COMMA, POINT, delimiter_name, recognised

# What is no text, by how it begins.
AN_ARRAY = "an array of numbers"
_BINARY = {b"\x93NUMPY": AN_ARRAY, b"PAR1": "Parquet", b"ARROW1": "Arrow"}
MOST_KEPT = 1 << 28
"""So many bytes are kept in memory at once, where all of a table is needed."""
# No name of a column begins so.
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*(\[\s*([\[{\"\d\]-]|\Z)|\{\s*([\"}]|\Z))")


class DataError(DiffcalcError):
    """A file of data cannot be read, or holds something that is not a finite number."""


@dataclass(frozen=True)
class Written:
    """How a table is written, as far as that was said; the rest is recognised."""

    encoding: str = UTF_8
    delimiter: str = ""
    decimal: str = ""


AS_RECOGNISED = Written()


@dataclass(frozen=True)
class Opened:
    """A table that was opened: its lines in UTF-8, or the bytes of what is no text.

    `kind` says which, empty for lines.

    `line` is the number of the first one, which names the columns; `note` says what was recognised
    that may be wrong.
    """

    label: str
    stream: io.BufferedReader
    kind: str = ""
    delimiter: str = COMMA
    decimal: str = POINT
    line: int = 1
    note: str = ""


def open_table(given: str, written: Written) -> Opened:
    """Opens a table. Raises `DiffcalcError` where it is none."""
    name = label(given)
    with readable(name), ExitStack() as refused:
        stream, encoding = opened(given, written.encoding, (*_BINARY,))
        refused.callback(stream.close)
        start = stream.peek()
        if not start:
            raise DataError(f"{name} is empty")
        binary = next((kind for begin, kind in _BINARY.items() if start.startswith(begin)), "")
        if binary:
            found = Opened(name, stream, binary)
        elif _JSON.match(start):
            _check_objects(start, name)
            found = Opened(name, io.BufferedReader(Made(_rows(stream, name), stream)), line=0)
        else:
            # As old Macs ended lines; the last one here may be half of a line end.
            if b"\n" not in start and b"\r" in start.rstrip(b"\r"):
                pieces = (block.replace(b"\r", b"\n") for block in blocks(stream))
                stream = io.BufferedReader(Made(pieces, stream))
            usual = "\t" if given.lower().endswith(".tsv") else COMMA
            found = _as_text(name, stream, encoding, written, usual)
        refused.pop_all()
    return found


def _as_text(
    name: str, stream: io.BufferedReader, encoding: str, written: Written, usual: str
) -> Opened:
    start = stream.peek().decode("utf-8-sig", "replace")
    if "\0" in start.partition("\n")[0]:
        raise DataError(f"{name} is neither text nor an array of numpy")
    delimiter, decimal = recognised(start, usual, written.delimiter, written.decimal)
    said = []
    if encoding != written.encoding:
        said += ["--encoding", encoding]
    if delimiter != (written.delimiter or usual):
        said += ["--delimiter", delimiter_name(delimiter)]
    if decimal != (written.decimal or POINT):
        said += ["--decimal", decimal]
    note = f"{name} is read as with {shell_words(said)}" if said else ""
    return Opened(name, stream, "", delimiter, decimal, note=note)


def _check_objects(start: bytes, name: str) -> None:
    """Raises `DataError` for JSON that is not an object a line."""
    first, ended, rest = start.decode("utf-8-sig", "replace").lstrip().partition("\n")
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        # The line may go on beyond what there is as yet.
        found = {} if first.startswith("{") and not ended else None
    if isinstance(found, dict) and not (found and all(isinstance(v, list) for v in found.values())):
        return
    hint = "JSON Lines are read, an object a line"
    if re.match(r"\[\s*\{", first + rest):
        hint += ", as jq -c '.[]' writes them"
    raise DataError(f"{name} is JSON, not a table", hint=hint)


def _rows(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    """JSON Lines as lines of CSV, below one of the keys of the first object."""
    keys: list[str] = []
    number = 0
    for block in whole_lines(stream):
        text = io.StringIO(newline="")
        write = csv.writer(text, lineterminator="\n").writerow
        for line in block.splitlines():
            number += 1
            if not line.strip():
                write([])
                continue
            found = _object(line, f"{name}, line {number}")
            if not keys:
                keys = list(found)
                write(keys)
            # What the first one has not makes too many cells.
            write([_cell(found.pop(key, None)) for key in keys] + list(map(_cell, found.values())))
        yield text.getvalue().encode(errors="surrogatepass")


def _object(line: bytes, where: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(line)
        if isinstance(found, dict) and found:
            return found
    raise DataError(f"{where}: not a JSON object with names and values")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@contextmanager
def readable(label: str) -> Iterator[None]:
    """What goes wrong while a file is read, as a `DataError` in the user's words."""
    try:
        yield
    except OSError as error:
        name = error.filename or label
        raise DataError(f"cannot read {name}: {error.strerror or error}") from None
    except csv.Error as error:
        raise DataError(f"{label} is not a table: {error}") from None
