"""Named functions: stored whole or not at all, by one writer or by many, and nothing lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from diffcalc.base.errors import DiffcalcError, LibraryError
from diffcalc.language.grammar import read
from diffcalc.language.library import BUILT_IN, Library, parse
from diffcalc.render.formats import choices
from tests.conftest import Run


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "diffcalc")


def test_define_and_use(library: Library) -> None:
    stored = library.define("g(x, y) = x^2 y/(x^4+y^2)")
    assert stored == "g(x, y) = x**2*y/(x**4 + y**2)"
    assert library.own() == {"g": stored}
    lookup = library.lookup()
    assert str(read("g", lookup=lookup)) == "x**2*y/(x**4 + y**2)"
    assert str(read("g(2*t, 1) + 1", lookup=lookup)) == "(2*t)**2*1/((2*t)**4 + 1**2) + 1"
    assert read("g(2*t, 1)", lookup=lookup)(t=1.0) == 4 / 17


def test_built_in_functions_are_readable(library: Library) -> None:
    for name, text in BUILT_IN.items():
        assert parse(text, library.lookup()).name == name


def test_a_definition_keeps_its_meaning(library: Library) -> None:
    library.define("p(x) = x + 1")
    library.define("q(x) = p(x)^2")
    library.define("p(x) = x + 100", replace=True)
    assert str(read("q", lookup=library.lookup())) == "(x + 1)**2"


def test_a_value_makes_the_name_a_variable(library: Library) -> None:
    assert str(read("f", declared=["f"], lookup=library.lookup())) == "f"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sin(x) = x", "`sin` already means something"),
        ("e(x) = x", "`e` already means something"),
        ("m(x) = x + z", "`z` is not one of the parameters of m: write m(x, z) = …"),
        ("m(x, x) = x", "`x` is named twice"),
        ("m(2) = 2", "`2` is not a name"),
        ("m x = 2", "this is not a definition: write it as in g(x, y) = x**2*y"),
        (
            "m(x) = x +* 2",
            "`*` needs a number or a variable before it\n  m(x) = x +* 2\n            ^",
        ),
        ("m(x) = m(x)", "`m` is not a function: write m*(x)\n  m(x) = m(x)\n         ^"),
    ],
)
def test_bad_definitions(library: Library, text: str, message: str) -> None:
    with pytest.raises(DiffcalcError) as caught:
        library.define(text)
    assert str(caught.value).startswith(message)
    assert library.own() == {}


def test_a_taken_name_is_not_lost(library: Library) -> None:
    library.define("g(x) = x")
    with pytest.raises(LibraryError, match="g is taken: g\\(x\\) = x: add --replace"):
        library.define("g(x) = 2*x")
    with pytest.raises(LibraryError, match="f is taken"):
        library.define("f(x) = 2*x")
    assert library.own() == {"g": "g(x) = x"}
    library.define("g(x) = x")
    library.define("g(x) = 2*x", replace=True)
    assert library.own() == {"g": "g(x) = 2*x"}


def test_undefine(library: Library) -> None:
    library.define("g(x) = x")
    library.undefine("g")
    assert library.own() == {}
    with pytest.raises(LibraryError, match="there is no function g of yours"):
        library.undefine("g")
    with pytest.raises(LibraryError, match="f is built in and stays"):
        library.undefine("f")


def test_own_functions_come_before_built_in_ones(library: Library) -> None:
    library.define("f(t) = t^3", replace=True)
    assert str(read("f", lookup=library.lookup())) == "t**3"
    library.undefine("f")
    assert str(read("f", lookup=library.lookup())) == "3*x**2 - 4*x"


@pytest.mark.parametrize("content", ["", "{", "[1]", "\xff", '{"g": "g(x) = x"', "[" * 99_999, '{"g": ' * 99_999, '{"g": "g(x) = x + \\ud800"}', '{"\\udfff": 1}', '{"g": ' + "1" * 5000 + "}"])  # fmt: skip
def test_a_damaged_file_is_set_aside(library: Library, content: str) -> None:
    library.path.parent.mkdir(parents=True)
    library.path.write_bytes(content.encode("latin-1"))
    assert library.own() == {}
    assert library.damaged is not None
    library.define("g(x) = x")
    assert Library(library.path.parent).own() == {"g": "g(x) = x"}
    aside = library.path.with_name("functions.json.damaged-1")
    assert aside.read_bytes() == content.encode("latin-1")


def test_functions_that_call_each_other_by_hand(library: Library) -> None:
    library.path.parent.mkdir(parents=True)
    library.path.write_text(json.dumps({"p": "p(x) = q(x)", "q": "q(x) = p(x)"}))
    with pytest.raises(LibraryError, match="`p` is defined by itself: p -> q -> p"):
        read("p(1)", lookup=library.lookup())


def test_two_writers_lose_nothing(library: Library) -> None:
    code = (
        "import sys; from pathlib import Path; from diffcalc.language.library import Library\n"
        "for i in range(10): Library(Path(sys.argv[1])).define(f'{sys.argv[2]}{i}(x) = x + {i}')"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(library.path.parent), name])
        for name in ("p", "q", "r")
    ]
    assert [w.wait() for w in writers] == [0, 0, 0]
    assert sorted(library.own()) == sorted(f"{n}{i}" for n in "pqr" for i in range(10))


def test_nothing_is_left_behind(library: Library) -> None:
    library.define("g(x) = x")
    names = {p.name for p in library.path.parent.iterdir()}
    assert names == {"functions.json", "functions.lock"}


@pytest.mark.skipif(os.name != "posix", reason="a folder in place of a file, as POSIX reports it")
def test_a_folder_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked))
    outcome = run("define", "g(x) = x")
    assert outcome.status == 2
    assert outcome.err.startswith("diffcalc: cannot write ")
    assert run("grad", "x**2", "--x", "3", "--format", "value").out == "6\n"


def test_commands(run: Run) -> None:
    outcome = run("define", "g(x, y) = x**2*y/(x**4+y**2)")
    assert (outcome.status, outcome.out) == (0, "g(x, y) = x**2*y/(x**4 + y**2)\n")
    listed = run("functions", "--format", "plain")
    assert "g(x, y) = x**2*y/(x**4 + y**2)" in listed.out.splitlines()
    assert run("grad", "g", "x=1", "y=2", "--format", "value").out == "0.48\n-0.12\n"
    assert run("grad", "g(2*t, 1)", "--t", "1", "--format", "value").status == 0
    assert run("undefine", "g").status == 0
    assert run("grad", "g(1, 2)").status == 2


def test_a_damaged_file_warns_and_the_rest_works(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "diffcalc").mkdir()
    (tmp_path / "diffcalc" / "functions.json").write_text("{")
    outcome = run("limit", "f", "--x", "1", "--format", "value")
    assert (outcome.status, outcome.out) == (0, "2\n")
    assert "warning" in outcome.err
    assert "cannot be read" in outcome.err
    assert run("grad", "x**2", "--x", "3", "--format", "value").err == ""


@pytest.mark.parametrize("style", choices("results"))
def test_stored_characters_that_are_not_seen_are_never_printed(run: Run, style: str) -> None:
    hidden = "\x1b\x9b\u202e\u2066\u200b\x07\n\r\u2028\t"
    stored = {"g": f"g(x) = x{hidden}^2", f"g{hidden}": "g(x) = x", "k": f"k(x{hidden}) = x"}
    folder = Path(click.get_app_dir("diffcalc"))
    folder.mkdir(parents=True)
    (folder / "functions.json").write_text(json.dumps(stored))
    shown = run("functions", "--format", style)
    used, completed = run("grad", "g(x)", "x=1"), run("undefine", f"g{hidden}")
    assert shown.status == 0
    assert "x\\x1b\\x9b\\u202e\\u2066" in shown.out.replace("\\\\", "\\")
    assert (used.status, completed.status) == (2, 2)
    for outcome in (shown, used, completed):
        lines = (outcome.out + outcome.err).split("\n")
        assert all(line.replace("\t", "").isprintable() for line in lines if style == "tsv")
        assert all(line.isprintable() for line in lines if style != "tsv")


def test_an_unknown_entry_survives_a_define(run: Run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "diffcalc"
    folder.mkdir()
    (folder / "functions.json").write_text('{"later": {"version": 2}}')
    assert run("define", "g(x) = x").status == 0
    assert '"later"' in (folder / "functions.json").read_text()


@pytest.mark.parametrize("style", ["plain", "csv", "tsv", "value", "json", "table"])
def test_elementary_functions_are_listed_in_every_format(run: Run, style: str) -> None:
    assert "softplus" in run("functions", "--format", style).out
