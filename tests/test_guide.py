"""The guide: every example on its pages is run, and prints what the page says it prints."""

import doctest
import json
import re
import shutil
from pathlib import Path

import pytest

from diffcalc.cli.main import _SECTIONS, STATUSES
from diffcalc.comparison.verdict import Verdict
from diffcalc.descent.endings import EndingKind
from diffcalc.language.grammar import read
from diffcalc.render.guide import CONTENTS, page, shown, topics
from tests import reference
from tests.conftest import Run
from tests.documents import GUIDE, PAGES, blocks, check

EXAMPLES = [(path, block) for path in PAGES for block in blocks(path, "console")]
WHOLE = "\n".join(path.read_text() for path in PAGES)


def named(case: object) -> str:
    return case.stem if isinstance(case, Path) else str(case).split("\n")[0][:50]


@pytest.mark.parametrize(("path", "block"), EXAMPLES, ids=named)
def test_examples(path: Path, block: str, tmp_path: Path) -> None:
    if re.search(r"\| jq\b", block) and shutil.which("jq") is None:
        pytest.skip("jq is not installed here")
    check(path, block, tmp_path)


@pytest.mark.parametrize("path", [p for p in PAGES if ">>> " in p.read_text()], ids=named)
def test_python_examples(path: Path) -> None:
    failed, attempted = doctest.testfile(str(path), module_relative=False)
    assert attempted > 1
    assert failed == 0


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_is_short_and_its_links_lead_somewhere(path: Path) -> None:
    text = path.read_text()
    assert len(text) <= 12_000
    assert text.startswith("# ")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (path.parent / link).exists(), link


def test_every_page_is_in_the_contents_once() -> None:
    assert sorted(re.findall(r"^- \[(.+)\]\(\1\.md\)", page(CONTENTS), re.M)) == topics()


def test_no_topic_is_named_as_a_command() -> None:
    assert not {*topics()} & {name for names in _SECTIONS.values() for name in names}


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_the_commands_help(name: str) -> None:
    reference.check(name)


def test_the_elementary_functions_are_on_their_page(run: Run) -> None:
    text = page("expressions").partition("## All elementary functions")[2]
    names = json.loads(run("functions", "--format", "json").out)["elementary"]
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    assert sorted(re.findall(r"`(\w+)`", table)) == names


def test_what_is_written_is_read_as_the_page_says() -> None:
    rows = re.findall(r"^\| (`.+`) \| `(.+)` \|$", page("expressions"), re.M)
    assert len(rows) > 20
    for written, reading in rows:
        for text in re.findall(r"`([^`]+)`", written):
            assert str(read(text.replace(r"\|", "|"))) == reading


def test_words_that_scripts_rely_on_are_documented() -> None:
    for word in (*Verdict, *EndingKind):
        assert f"`{word.value}`" in WHOLE
    for status, text in STATUSES.items():
        assert f"| {int(status)} | {text} |" in page("scripting")


# -- as `help` shows it ----------------------------------------------------------------------------


def test_help_lists_the_topics(run: Run) -> None:
    outcome = run("help")
    assert (outcome.status, outcome.err) == (0, "")
    assert re.findall(r"^ • ([\w-]+): ", outcome.out, re.M) == re.findall(
        r"^- \[(.+?)\]", page(CONTENTS), re.M
    )


@pytest.mark.parametrize("topic", topics())
def test_a_page_is_shown_with_its_examples_to_the_letter(topic: str, run: Run) -> None:
    outcome = run("help", topic)
    assert (outcome.status, outcome.err) == (0, "")
    assert "](" not in outcome.out
    assert "```" not in outcome.out
    for block in blocks(GUIDE / f"{topic}.md", "console"):
        assert block in outcome.out


def test_a_page_fits_a_narrow_terminal() -> None:
    text = shown(
        "# T\n\nWords that go on and on.\n\n- [a](b.md): an item of a list\n", 20, styled=False
    )
    assert text == "T\n\nWords that go on and\non.\n\n • a (b): an item of\n   a list\n"


def test_styles_are_for_a_terminal() -> None:
    assert "\x1b[1;4mT" in shown("# T\n", 80, styled=True)
    assert shown("# T\n", 80, styled=False) == "T\n"


def test_an_unknown_topic_is_one_line_with_the_nearest(run: Run) -> None:
    for typed, meant in (("lectrue", "lecture"), ("Hesian", "hessian"), ("verdict", "verdicts")):
        outcome = run("help", typed)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err == f"diffcalc: no help on {typed}: did you mean diffcalc help {meant}\n"
        assert run("help", meant).status == 0
    outcome = run("help", "\x1b[31m")
    assert outcome.err == "diffcalc: no help on \\x1b[31m: `diffcalc help` lists what there is\n"


def test_help_on_a_command_is_the_commands_own(run: Run) -> None:
    assert run("help", "grad").out == run("grad", "--help").out
    assert run("help", "grad", "steps").status == 2


# -- what scripts rely on --------------------------------------------------------------------------

KEYS = [
    ["grad", "x^2", "--x", "3"],
    ["grad", "sum(c)", "--let", "c=a*a", "a=1,2"],
    ["grad", "x^2"],
    ["limit", "x^2", "--x", "3"],
    ["limit", "sin(x)/x", "--x", "0", "--of", "f"],
    ["hessian", "x^2*y", "x=1", "y=2"],
    ["jacobian", "[x*y, x]", "x=1", "y=2"],
    ["implicit", "x^2 + y^2 = 25", "--at", "x=3", "y=4"],
    ["scan", "abs(x)", "--x=-1:1"],
    ["steps", "x*sin(x)"],
    ["steps", "x^2", "--from-definition"],
    ["descend", "x^2", "--from", "x=1"],
    ["check", "x*exp(x)", "exp(x)"],
    ["check", "x^2*y", "[2*x*y, y]"],
    ["graph", "a*b", "a=1", "b=2"],
    ["functions"],
    ["practice", "-n", "1"],
]


def keys_of(value: object) -> set[str]:
    """All keys of objects within a value."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if isinstance(value, dict):
        return {*value}.union(*map(keys_of, value.values()))
    return set()


@pytest.mark.parametrize("args", KEYS, ids=" ".join)
def test_every_key_of_json_is_on_its_page(args: list[str], run: Run) -> None:
    text = page("json")
    for line in run(*args, "--format", "json").out.splitlines():
        # Names of variables are keys too.
        found = {key for key in keys_of(json.loads(line)) if not re.fullmatch(r"[a-z]|F_.", key)}
        known = {key.removesuffix("_why") for key in found}
        missing = [key for key in known if not re.search(rf"`\.?{key}(\[\])?`", text)]
        assert not missing
