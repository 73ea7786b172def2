"""The README: it is one page, its examples print what it says, and its commands set all up."""

import re
import shutil
from pathlib import Path

import pytest

from diffcalc.cli.main import _SECTIONS
from tests.documents import README, ROOT, blocks, check

TEXT = README.read_text()
EXAMPLES = blocks(README, "console")


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda b: b.split("\n")[0][:60])
def test_examples(block: str, tmp_path: Path) -> None:
    if re.search(r"\| jq\b", block) and shutil.which("jq") is None:
        pytest.skip("jq is not installed here")
    check(README, block, tmp_path)


def test_set_up_is_two_commands() -> None:
    """`.ci/parts.sh` runs them to the letter."""
    shell = blocks(README, "sh")
    assert len(shell) == 2
    assert all(block.count("\n") == 1 for block in shell)


def test_it_is_one_page() -> None:
    assert len(TEXT) <= 8_000


def test_each_command_is_in_the_table() -> None:
    rows = re.findall(r"^\| `diffcalc (\w+)", TEXT, flags=re.MULTILINE)
    assert rows == [name for names in _SECTIONS.values() for name in names]


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", TEXT)
    assert len(links) > 5
    for link in links:
        assert (ROOT / link).exists(), link
