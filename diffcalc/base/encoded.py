"""Tables in any encoding: UTF-8 within diffcalc, and in what they were written in on the way out.

Nothing is lost of a table said to be UTF-8 that is not: its bytes are kept, as Python's
`surrogateescape` keeps them, and come out as they came in. Another encoding is taken at its word.
"""

import codecs
import io
import os
import re
import sys
from collections.abc import Callable
from typing import IO, Any

from diffcalc.base.errors import DiffcalcError

UTF_8 = "utf-8"

_FOREIGN = re.compile("[\udc80-\udcff]")
# What moves the cursor or colours the text, but for the ends of lines and cells.
_UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\udc80-\udcff]")
# What an encoding must have to hold a table.
_NEEDED = 'name,"x^2"\t2*x\r\n'
# How text of several bytes a character begins: with a byte order mark, or with a Latin letter.
_WIDE = {
    rb"\xff\xfe\0\0|\0\0\xfe\xff": "utf-32",
    rb"\xff\xfe|\xfe\xff": "utf-16",
    rb"[^\0]\0": "utf-16-le",
    rb"\0[^\0]": "utf-16-be",
}


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


def opened(given: str, encoding: str = UTF_8) -> Any:
    """The file, or standard input for `-`, as a stream of bytes in UTF-8. Raises `OSError`."""
    if given != "-":
        stream: Any = open(given, "rb")  # noqa: SIM115 - whoever asked for it closes it
    else:
        stream = io.BytesIO() if sys.stdin is None else sys.stdin.buffer
    if encoding != UTF_8:
        return io.BufferedReader(_Utf8(stream, encoding, label(given)))
    if not isinstance(stream, io.BufferedReader):
        stream = io.BufferedReader(stream)
    start = stream.peek(4)
    wide = next((name for pattern, name in _WIDE.items() if re.match(pattern, start)), None)
    if wide is not None:
        stream.close()
        raise DiffcalcError(f"{label(given)} is not text in UTF-8", hint=f"add --encoding {wide}")
    return stream


class _Utf8(io.RawIOBase):
    """A stream in another encoding, in UTF-8, as far as there is something to read."""

    def __init__(self, stream: Any, encoding: str, label: str) -> None:
        self._stream, self._encoding, self._label = stream, encoding, label
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._rest, self._ended, self._line = b"", False, 1

    def readable(self) -> bool:
        """What io asks before it reads."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes into the buffer, none at the end."""
        while not (self._rest or self._ended):
            block = self._stream.read1(len(buffer))
            self._ended = not block
            self._rest = self._recoded(block)
            self._line += self._rest.count(b"\n")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _recoded(self, block: bytes) -> bytes:
        try:
            return self._decoder.decode(block, final=self._ended).encode(UTF_8)
        except UnicodeError as error:
            before = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            line = self._line + before.count(b"\n")
            what = f"{self._label}, line {line}: not text in {self._encoding}"
            raise DiffcalcError(what) from None

    def close(self) -> None:
        """Closes both."""
        self._stream.close()
        super().close()


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
