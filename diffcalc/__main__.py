"""`python -m diffcalc`, and the console script."""

import gc
import io
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn


def main() -> None:
    """Runs the command line and leaves with its exit status."""
    # One import of SymPy makes half a million objects that all stay: collecting while they come
    # would cost a third of the run. The commands turn it on again.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # With SymPy's own 1,000, a tenth of many derivatives' time goes to what was known before.
    os.environ.setdefault("SYMPY_CACHE_SIZE", "5000")
    if hasattr(signal, "SIGPIPE"):
        # `diffcalc … | head` ends as any Unix tool does.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in ("SIGTERM", "SIGHUP"):
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, _end)
    _prepare_streams()
    from diffcalc.cli import run

    status = run(sys.argv[1:])
    _leave(status)


def _end(number: int, frame: FrameType | None) -> None:
    """Ends as the signal would have ended it, but leaves no half-written file behind.

    An exception instead could be lost in a destructor or a callback.
    """
    files = sys.modules.get("diffcalc.files")
    if files is not None:
        files.remove_unfinished()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _prepare_streams() -> None:
    """Output that is closed goes nowhere; a character it cannot hold is written as an escape."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open to the end
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _leave(status: int) -> NoReturn:
    """Ends the process at once: taking half a million objects apart one by one would help no one.

    What still cannot be written was told as an error before, and is dropped.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
