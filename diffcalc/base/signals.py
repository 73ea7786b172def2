"""The signals that end a run, held back while it does what must not be broken off."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Ctrl-C is the first to be held and the last to be let go, as it alone raises an exception.
ENDING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


@contextmanager
def signals_held() -> Iterator[None]:
    """Lets them wait until the body is done; then they come, and may raise.

    A process that forks would else take them twice, or lose them in what libraries call at a fork;
    one that makes a file would not know yet which to remove. In other threads none come.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = [(asked, signal.signal(asked, lambda n, _: came.append(n))) for asked in ENDING]
    try:
        yield
    finally:
        for asked, handler in reversed(before):
            signal.signal(asked, handler)
        for number in came:
            signal.raise_signal(number)
