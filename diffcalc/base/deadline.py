"""A deadline for work whose length cannot be told beforehand, as a computer algebra system's.

Work that comes in steps is not broken off but asked to stop, so that what it has is not lost.
"""

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, NoReturn

from diffcalc.base.errors import DeadlineError

# Where the alarm's exception was lost in a destructor or a callback, it comes again so soon.
_AGAIN = 0.5
# So soon the alarm comes again where it must not break anything off: that is soon over.
_SOON = 0.01
# A timer of 0 would be none at all.
_AT_ONCE = 1e-6
# More than eleven days are as good as no deadline, and what a timer takes is bounded.
_FOREVER = 1e6


class _Expired(BaseException):
    """Not an Exception, so that no `except Exception` on the way swallows it."""


def enforced() -> bool:
    """Whether this system can break work off: it has the alarm signal, which Windows has not."""
    return hasattr(signal, "SIGALRM")


def deadline(seconds: float, option: str = "--timeout") -> AbstractContextManager[None]:
    """Raises `DeadlineError` in the body once `seconds` have passed; 0 and inf mean no deadline.

    It uses the alarm signal, so it acts in the main thread of a Unix process and nowhere else.
    Within another deadline's body, the one that ends first holds, and the other one afterwards.
    `option` is what allows more.
    """
    return _limited(seconds, _too_long(seconds, option))


def _needs_alarm(seconds: float) -> bool:
    """Whether this deadline can be kept, and is not kept by one around it that ends before."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not enforced() or not 0 < seconds < _FOREVER:
        return False
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    return not 0 < left <= seconds


@contextmanager
def _limited(seconds: float, said: DeadlineError) -> Iterator[None]:
    if not _needs_alarm(seconds):
        yield
        return

    within, outer = True, 0.0

    def expire(number: int, frame: FrameType | None) -> None:
        # An alarm that comes as the body ends breaks nothing off.
        if within and _whole(frame):
            signal.setitimer(signal.ITIMER_REAL, _SOON, _AGAIN)
        elif within:
            raise _Expired

    def ignore(unraisable: Any) -> None:
        # Raised in a destructor or a callback, it is lost; the next alarm will not be.
        if not isinstance(unraisable.exc_value, _Expired):
            hook(unraisable)

    hook, sys.unraisablehook = sys.unraisablehook, ignore
    before, start = signal.signal(signal.SIGALRM, expire), time.monotonic()
    try:
        outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        yield
    except _Expired:
        raise said from None
    finally:
        within = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = hook
        if outer:
            left = outer - (time.monotonic() - start)
            signal.setitimer(signal.ITIMER_REAL, max(left, _AT_ONCE), _AGAIN)


def _whole(frame: FrameType | None) -> bool:
    """Whether this is work that must not be broken off.

    On the way into a body or out of it nobody would catch what is raised; and an import would
    leave modules without their parts.
    """
    if frame is not None and frame.f_code.co_filename in (__file__, contextlib.__file__):
        return True
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


class Stop:
    """Whether work in steps is to stop: Ctrl-C was pressed, or more than `seconds` have passed.

    0 seconds and inf mean no deadline. A second Ctrl-C stops at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds if seconds > 0 else math.inf
        self._pressed = False

    def __call__(self) -> bool:
        """Whether to stop; to be asked after each step."""
        return self._pressed or time.monotonic() > self._end

    def limiting(self) -> AbstractContextManager[None]:
        """Raises `DeadlineError` in the body, one step that may be long, once it is to stop."""
        left = max(self._end - time.monotonic(), _AT_ONCE)
        return _limited(left, _too_long(self._seconds))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Takes note of Ctrl-C while the body runs, if it runs in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def press(number: int, frame: FrameType | None) -> None:
            self._pressed = True
            signal.signal(signal.SIGINT, before)

        before = signal.signal(signal.SIGINT, press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def reraise(self) -> NoReturn:
        """What the work would have been broken off by: `KeyboardInterrupt` or `DeadlineError`."""
        if self._pressed:
            raise KeyboardInterrupt
        raise _too_long(self._seconds)


def _too_long(seconds: float, option: str = "--timeout") -> DeadlineError:
    return DeadlineError(f"this takes longer than {seconds:g} s", hint=f"allow more with {option}")
