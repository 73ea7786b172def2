import sys
from pathlib import Path

import pytest

from diffcalc.base.deadline import deadline
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
        while True:
            pass

    with pytest.raises(DeadlineError), deadline(0.02):
        work()
    # Half of it would be gone from here, and its parts from other modules.
    assert sys.modules.pop("slow_to_load").whole
