"""Golden outputs at 80 columns: standard output, standard error, exit status.

After a change that is meant, DIFFCALC_GOLDEN=write writes them anew; read the difference.
"""

import os
from pathlib import Path

import pytest

from tests import transcripts

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden(path: Path, tmp_path: Path) -> None:
    printed = [
        (command, transcripts.run(command, tmp_path, fed=True), expected)
        for command, expected in transcripts.commands(path.read_text())
    ]
    if os.environ.get("DIFFCALC_GOLDEN") == "write":
        path.write_text("".join(f"$ {command}\n{output}" for command, output, _ in printed))
    for command, output, expected in printed:
        if not transcripts.same(output, expected):
            assert output == expected, command


def test_the_comparison_is_not_blind() -> None:
    assert transcripts.same("h 1e-08  35.999999781\n", "h 1e-08  35.999999782\n")
    assert transcripts.same("2 ± 3e-15\n", "2 ± 9e-15\n")
    assert transcripts.same("14  14 16 -  agree\n", "14  13 16 -  agree\n")
    assert not transcripts.same("14  9 16 -  agree\n", "14  13 16 -  agree\n")
    assert not transcripts.same("14  13 16 -  agree\n", "13  13 16 -  agree\n")
    assert not transcripts.same("36\n", "37\n")
    assert not transcripts.same("agree\n", "disagree\n")
    assert not transcripts.same("36.001\n", "36.002\n")
    assert not transcripts.same("1e-3\n", "0\n")
