"""Tables in any encoding: UTF-8 within diffcalc, and in what they were written in on the way out.

Nothing is lost of a table said to be UTF-8 that is not: its bytes are kept, as Python's
`surrogateescape` keeps them, and come out as they came in. Another encoding is taken at its word.
"""

import codecs
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO, Any

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.kinds import kind

UTF_8 = "utf-8"

_FOREIGN = re.compile("[\udc80-\udcff]")
# What moves the cursor or colours the text, but for the ends of lines and cells.
_UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\udc80-\udcff]")
# What an encoding must have to hold a table.
_NEEDED = 'name,"x^2"\t2*x\r\n'
# How text of several bytes a character begins: with a byte order mark, or with Latin letters.
_WIDE = {
    rb"\xff\xfe\0\0|\0\0\xfe\xff": "utf-32",
    rb"\xff\xfe|\xfe\xff": "utf-16",
    rb"[\t -~]\0[\t-~]\0": "utf-16-le",
    rb"\0[\t -~]\0[\t-~]": "utf-16-be",
}
_ZSTD = b"\x28\xb5\x2f\xfd"
# As much as a pipe holds.
_BLOCK = 1 << 16


def encoding_named(name: str) -> str:
    """What Python calls the encoding of this name. Raises `DiffcalcError` where there is none."""
    try:
        if _NEEDED.encode(name).decode(name) == _NEEDED:
            return codecs.lookup(name).name
    except (LookupError, ValueError):
        pass
    raise DiffcalcError(
        f"no encoding is called `{name}`", hint="such as utf-8, cp949, euc-kr, shift_jis, latin-1"
    )


def label(given: str) -> str:
    """What to call a file, or `-`, in a message; a device or a pipe is called as it was given."""
    if given == "-":
        return "standard input"
    return os.path.basename(given) if os.path.isfile(given) else given


def opened(
    given: str, encoding: str = UTF_8, known: tuple[bytes, ...] = ()
) -> tuple[io.BufferedReader, str]:
    """The file, or standard input for `-`, as bytes in UTF-8, and the encoding that it is in.

    That of text of several bytes a character is recognised; what gzip or zstd has packed is
    unpacked. What begins in one of the `known` ways is left as it is. Raises `OSError`, and
    `DiffcalcError` where it is neither text nor an array.
    """
    stream: Any
    if given != "-":
        try:
            stream = open(given, "rb")  # noqa: SIM115 - whoever asked for it closes it
        except ValueError as error:
            raise OSError(None, str(error)) from None
    else:
        stream = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    with ExitStack() as refused:
        refused.callback(stream.close)
        if not isinstance(stream, io.BufferedReader):
            stream = io.BufferedReader(stream)
        if stream.peek(2).startswith(b"\x1f\x8b"):
            stream = io.BufferedReader(Made(_unpacked(stream), stream))
        elif stream.peek(4).startswith(_ZSTD):
            pieces = _unpacked_by_pyarrow(stream, label(given))
            stream = io.BufferedReader(Made(pieces, stream))
        start = stream.peek(4)
        if start.startswith(known):
            refused.pop_all()
            return stream, encoding
        if found := kind(start):
            raise DiffcalcError(f"{label(given)} is {found[0]}", hint=found[1])
        if encoding == UTF_8:
            wide = (name for pattern, name in _WIDE.items() if re.match(pattern, start))
            encoding = next(wide, UTF_8)
        if encoding != UTF_8:
            stream = io.BufferedReader(Made(_recoded(stream, encoding, label(given)), stream))
        refused.pop_all()
    return stream, encoding


class Made(io.RawIOBase):
    """A stream of the bytes that are made, piece by piece, of the stream below it."""

    def __init__(self, pieces: Iterator[bytes], below: Any) -> None:
        self._pieces, self._below, self._rest = pieces, below, b""

    def readable(self) -> bool:
        """What io asks before it reads."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes into the buffer, none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        """Closes both."""
        self._below.close()
        super().close()


def blocks(stream: Any) -> Iterator[bytes]:
    """What the stream has, as it comes."""
    return iter(lambda: stream.read1(_BLOCK), b"")


def _unpacked(stream: Any) -> Iterator[bytes]:
    import gzip
    import zlib

    try:
        yield from blocks(gzip.GzipFile(fileobj=stream))
    except (EOFError, zlib.error) as error:
        raise OSError(None, f"what gzip has packed is damaged: {error}") from None


def _unpacked_by_pyarrow(stream: Any, label: str) -> Iterator[bytes]:
    pyarrow = pyarrow_for(f"{label}, packed by zstd,")

    def unpacked() -> Iterator[bytes]:
        try:
            with pyarrow.CompressedInputStream(pyarrow.PythonFile(stream, "r"), "zstd") as source:
                yield from iter(lambda: source.read(_BLOCK), b"")
        except OSError as error:
            raise OSError(None, f"what zstd has packed is damaged: {error}") from None

    return unpacked()


def pyarrow_for(what: str) -> Any:
    """The package that `what` needs. Raises `DiffcalcError` where it is not installed."""
    try:
        import pyarrow.compute
    except ImportError:
        hint = 'pip install "diffcalc[tables]"'
        raise DiffcalcError(f"{what} needs pyarrow", hint=hint) from None
    return pyarrow


def _recoded(stream: Any, encoding: str, label: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for block in blocks(stream):
            text = decoder.decode(block).encode(UTF_8)
            line += text.count(b"\n")
            yield text
        yield decoder.decode(b"", final=True).encode(UTF_8)
    except UnicodeError as error:
        before = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        what = f"{label}, line {line + before.count(10)}: not text in {encoding}"
        raise DiffcalcError(what) from None


def recoding(stream: IO[bytes], encoding: str) -> Callable[[bytes], bytes]:
    """What makes UTF-8 into what to write to the stream: bytes in the encoding.

    What only diffcalc has written, and the encoding lacks, becomes an escape. A terminal gets its
    own encoding, and nothing that is no text.
    """
    if stream.isatty():
        own = sys.stdout.encoding
        return lambda text: _shown(text).encode(own, errors="backslashreplace")
    if encoding == UTF_8:
        return lambda text: text
    encode = codecs.getincrementalencoder(encoding)("backslashreplace").encode
    return lambda text: encode(text.decode(UTF_8))


def _shown(text: bytes) -> str:
    return _UNFIT.sub(
        lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text.decode(UTF_8, "surrogateescape")
    )


def foreign(text: str) -> bool:
    """Whether the text has bytes that are not UTF-8."""
    return _FOREIGN.search(text) is not None


def legible(text: str) -> str:
    """The text where it is UTF-8; else with each byte beyond ASCII as an escape."""
    if not foreign(text):
        return text
    return text.encode(UTF_8, "surrogateescape").decode("ascii", "backslashreplace")
