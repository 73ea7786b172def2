import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from diffcalc.base.deadline import Stop, deadline
from diffcalc.base.errors import DeadlineError

SLOW = """
import time
end = time.monotonic() + 0.2
while time.monotonic() < end:
    pass
whole = True
"""


def test_an_import_is_not_broken_off_but_what_comes_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_load.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> None:
        __import__("slow_to_load")
        forever()

    with pytest.raises(DeadlineError), deadline(0.02):
        work()
    # Half of it would be gone from here, and its parts from other modules.
    assert sys.modules.pop("slow_to_load").whole


def test_an_alarm_on_the_way_into_a_body_breaks_nothing_off() -> None:
    # There, where contextlib is, nobody would have caught it: it was a traceback.
    frames: list[FrameType] = []

    @contextmanager
    def entered() -> Iterator[None]:
        frames.append(sys._getframe(1))
        yield

    went_on = []

    def work() -> None:
        alarm = signal.getsignal(signal.SIGALRM)
        assert callable(alarm)
        alarm(signal.SIGALRM, frames[0])
        went_on.append(True)
        # It comes again soon.
        forever()

    with pytest.raises(DeadlineError), deadline(60), entered():
        work()
    assert went_on


def test_a_deadline_that_has_passed_already_is_told_like_any_other() -> None:
    stop = Stop(1e-9)
    for _ in range(20):
        with pytest.raises(DeadlineError, match="longer than 1e-09 s"), stop.limiting():
            forever()


def forever() -> None:
    while True:
        pass
