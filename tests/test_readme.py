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


# -- recipes for a project -------------------------------------------------------------------------

RECIPES = {
    name.strip(): text
    for name, text in re.findall(
        r"^```(?:python|make|yaml)\n# (\S+)\n(.*?)^```$", TEXT, re.M | re.S
    )
}
LOSSES = """def loss(w):
    return sum(v**4 - v for v in w) / len(w)


def right(w):
    return [({factor}*v**3 - 1) / len(w) for v in w]
"""


def recipe(name: str) -> str:
    """The command that a recipe runs."""
    if name == "test_losses.py":
        return "python -m pytest -q -p no:cacheprovider test_losses.py"
    if name == "Makefile":
        return "make check"
    return re.findall(r"(?:run|entry): (diffcalc .*)", RECIPES[name])[0]


def test_there_is_a_recipe_of_each_kind() -> None:
    assert {*RECIPES} == {
        "test_losses.py", "Makefile", ".github/workflows/gradients.yml", ".pre-commit-config.yaml",
    }  # fmt: skip


@pytest.mark.parametrize("factor", [4, 3])
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fails_when_a_gradient_is_wrong(name: str, factor: int, tmp_path: Path) -> None:
    if name == "Makefile" and shutil.which("make") is None:
        pytest.skip("make is not installed here")
    (tmp_path / "losses.py").write_text(LOSSES.format(factor=factor))
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RECIPES[name])
    printed = transcripts.run(recipe(name), tmp_path)
    assert ("[exit" in printed) == (factor == 3)
    assert ("wrong" in printed) == (factor == 3)
