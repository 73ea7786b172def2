"""A deadline for work whose length cannot be told beforehand, as a computer algebra system's."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from diffcalc.errors import DeadlineError

_AGAIN = 0.5


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` on the way swallows it."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raises `DeadlineError` in the body once `seconds` have passed; 0 means no deadline.

    It uses the alarm signal, so it acts in the main thread of a Unix process and nowhere else.
    """
    alarm = getattr(signal, "SIGALRM", None)
    if not seconds or alarm is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expire(number: int, frame: FrameType | None) -> None:
        raise _Expired

    before = signal.signal(alarm, expire)
    # Repeated, in case the first one is lost in a callback or a destructor.
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
