"""A deadline for work whose length cannot be told beforehand, as a computer algebra system's."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from diffcalc.errors import DeadlineError

_AGAIN = 0.5
_FOREVER = 1e6


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` on the way swallows it."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raises `DeadlineError` in the body once `seconds` have passed; 0 and inf mean no deadline.

    It uses the alarm signal, so it acts in the main thread of a Unix process and nowhere else.
    """
    alarm = getattr(signal, "SIGALRM", None)
    if (
        not 0 < seconds < _FOREVER
        or alarm is None
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def expire(number: int, frame: FrameType | None) -> None:
        raise _Expired

    def ignore(unraisable: Any) -> None:
        # Raised in a destructor or a callback, it is lost; the next alarm will not be.
        if not isinstance(unraisable.exc_value, _Expired):
            hook(unraisable)

    hook, sys.unraisablehook = sys.unraisablehook, ignore
    before = signal.signal(alarm, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    except _Expired:
        raise DeadlineError(
            f"this takes longer than {seconds:g} s", hint="allow more with --timeout"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(alarm, before)
        sys.unraisablehook = hook
