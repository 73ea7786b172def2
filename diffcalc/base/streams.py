"""Standard streams, and files, whose errors say which of them cannot be written, and why."""

import io
import os
import select
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from diffcalc.base.errors import WriteError, debugging, understood
from diffcalc.base.severity import Severity

if TYPE_CHECKING:
    from pathlib import Path


class NobodyReadsError(BaseException):
    """The pipe that is written to has no reader any more, as before `| head`.

    Not an Exception: all is to end as by SIGPIPE, but workers and half-written files go first.
    """


@contextmanager
def writing(name: object) -> Iterator[None]:
    """What goes wrong while something is written, as a `WriteError` that names it."""
    try:
        yield
    except BrokenPipeError:
        raise NobodyReadsError from None
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WriteError(f"cannot write {name}: {reason}") from None


class Named(io.FileIO):
    """An open file to write, whose errors have its name as the user knows it."""

    def __init__(self, file: "int | Path", name: object, *, closefd: bool = True) -> None:
        super().__init__(file, "wb", closefd=closefd)
        self._known_as = name

    def write(self, data: Any) -> int:
        """Writes some of the bytes and says how many."""
        with writing(self._known_as):
            # None: whoever opened the pipe has set it not to wait for its reader.
            while (written := super().write(data)) is None:
                select.select([], [self], [])
        return written


class _Losing(Named):
    """One that loses what it cannot write, and nothing else changes."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except (WriteError, NobodyReadsError):
            return len(data)


def prepare_streams() -> None:
    """Makes the standard streams such that they can be used without a thought.

    One that is closed is as /dev/null; a character that one cannot hold is written as an escape;
    output that cannot be written is a `WriteError`, and messages that cannot be are lost.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        # What is opened later must not get the number of a closed stream, and what is said there.
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)
    # Where a shell completes a word, it has its prompt.
    quiet = "_DIFFCALC_COMPLETE" in os.environ and not debugging()
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open to the end
    sys.stdout = _over(sys.stdout, Named(1, "standard output", closefd=False))
    sys.stderr = _over(None if quiet else sys.stderr, _Losing(2, "standard error", closefd=False))


def silence_warnings() -> None:
    """Keeps what libraries warn of off standard error, unless the environment asks for it.

    What NumPy says of an overflow is found in the result, and told there in the user's words.
    """
    if not (sys.warnoptions or debugging()):
        warnings.simplefilter("ignore")


def _over(stream: TextIO | None, raw: io.FileIO) -> TextIO:
    """The stream with its bytes going to `raw`."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    buffer = getattr(stream, "buffer", None)
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(
        getattr(buffer, "raw", buffer), io.FileIO
    ):
        # It is no file: the console of Windows is not.
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering or stream.write_through,
    )


def report(error: BaseException, where: str = "") -> Severity:
    """Says on standard error what went wrong, and returns how bad it is."""
    found = understood(error)
    sys.stderr.write(f"diffcalc: {where}{found}\n")
    return found.severity
