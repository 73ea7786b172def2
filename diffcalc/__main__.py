"""`python -m diffcalc`, and the console script."""

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from diffcalc.base.streams import NobodyReadsError, prepare_streams, report, silence_warnings


def main() -> None:
    """Runs the command line and leaves with its exit status."""
    try:
        status = _run()
    except NobodyReadsError:
        # `diffcalc … | head` ends as any Unix tool does.
        _end(getattr(signal, "SIGPIPE", signal.SIGTERM))
    except KeyboardInterrupt:
        status = 130
    except BaseException as error:
        # A severity is the number of its exit status: the module that says so may be what failed.
        status = report(error)
    _leave(status)


def _run() -> int:
    # One import of SymPy makes half a million objects that all stay: collecting while they come
    # would cost a third of the run. The commands turn it on again.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # With SymPy's own 1,000, a tenth of many derivatives' time goes to what was known before.
    os.environ.setdefault("SYMPY_CACHE_SIZE", "5000")
    for name in ("SIGTERM", "SIGHUP"):
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, _end)
    prepare_streams()
    silence_warnings()
    from diffcalc.cli import run

    return run(sys.argv[1:])


def _end(number: int, frame: FrameType | None = None) -> NoReturn:
    """Ends as the signal would have ended it, but leaves nothing behind.

    An exception instead could be lost in a destructor or a callback.
    """
    _clean_up()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _clean_up() -> None:
    """Ends the processes that were started, and takes half-written files away."""
    for name, done in (
        ("diffcalc.base.processes", "end_all"),
        ("diffcalc.base.files", "remove_unfinished"),
    ):
        module = sys.modules.get(name)
        if module is not None:
            getattr(module, done)()


def _leave(status: int) -> NoReturn:
    """Ends the process at once: taking half a million objects apart one by one would help no one.

    What still cannot be written was told as an error before, and is dropped.
    """
    _clean_up()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
