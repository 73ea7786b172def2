"""Command lines by chance: a fixed sample in CI, more with DIFFCALC_FUZZ; see tests/fuzz.py.

Each kind of failure that was found has a test of its own where it belongs.
"""

import os
import time

from tests.fuzz import case, commands, faults, folder_of_tables, run

# A few hundredths of a second each. At length they are new ones each time, as other examples are.
COUNT = int(os.environ.get("DIFFCALC_FUZZ", "150"))
START = 0 if "CI" in os.environ or "DIFFCALC_FUZZ" not in os.environ else time.time_ns()


def test_no_command_line_does_what_none_may_do() -> None:
    wrong = []
    with folder_of_tables() as place:
        for number in range(START, START + COUNT):
            given = case(number)
            outcome = run(given)
            wrong += [f"{fault}: {given}" for fault in faults(given, outcome, place)]
    assert not wrong


def test_command_lines_are_of_every_command() -> None:
    assert {case(number).args[0] for number in range(400)} == set(commands())
