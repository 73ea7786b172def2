"""The pages that users read: the README and the guide, and the examples in them."""

import os
import re
from pathlib import Path

from tests import transcripts
from tests.commands import ROOT

README = ROOT / "README.md"
GUIDE = ROOT / "diffcalc" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """What stands between the fences of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def check(page: Path, block: str, home: Path) -> None:
    """Runs the commands of a block in one folder, and compares what each prints.

    Where the environment has DIFFCALC_GOLDEN=write, what they print is written into the page.
    """
    printed = [
        (command, transcripts.run(command, home), expected)
        for command, expected in transcripts.commands(block)
    ]
    if os.environ.get("DIFFCALC_GOLDEN") == "write":
        renewed = "".join(f"$ {command}\n{output}" for command, output, _ in printed)
        page.write_text(page.read_text().replace(block, renewed))
    for command, output, expected in printed:
        if not transcripts.same(output, expected):
            assert output == expected, command
