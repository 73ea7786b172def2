"""The README: every example is run, and prints what it says it prints."""

import doctest
import os
import re
import shutil
from pathlib import Path

import pytest

from diffcalc.cli.status import ExitStatus
from diffcalc.comparison.verdict import Verdict
from diffcalc.descent.endings import EndingKind
from tests import transcripts

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text()
BLOCKS = re.findall(r"^```console\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.split("\n")[0][:60])
def test_examples(block: str, tmp_path: Path) -> None:
    printed = []
    for command, expected in transcripts.commands(block):
        if re.search(r"\| jq\b", command) and shutil.which("jq") is None:
            pytest.skip("jq is not installed here")
        printed.append((command, transcripts.run(command, tmp_path), expected))
    if os.environ.get("DIFFCALC_GOLDEN") == "write":
        renewed = "".join(f"$ {command}\n{output}" for command, output, _ in printed)
        README.write_text(README.read_text().replace(block, renewed))
    for command, output, expected in printed:
        if not transcripts.same(output, expected):
            assert output == expected, command


def test_python_examples() -> None:
    failed, attempted = doctest.testfile(str(README), module_relative=False)
    assert attempted > 5
    assert failed == 0


def test_set_up_is_two_commands() -> None:
    shell = re.findall(r"^```sh\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert len(shell) == 2
    assert all(block.count("\n") == 1 for block in shell)


def test_words_that_scripts_rely_on_are_documented() -> None:
    for word in (*Verdict, *EndingKind):
        assert f"`{word.value}`" in TEXT
    for status in ExitStatus:
        assert f"| {status.value} |" in TEXT
