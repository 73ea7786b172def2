"""The recipes for a project, in the guide: each fails when a gradient is wrong."""

import re
import shutil
from pathlib import Path

import pytest

from tests import transcripts
from tests.documents import GUIDE

RECIPES = {
    name.strip(): text
    for name, text in re.findall(
        r"^```(?:python|make|yaml)\n# (\S+)\n(.*?)^```$",
        (GUIDE / "gradients.md").read_text(),
        re.M | re.S,
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
