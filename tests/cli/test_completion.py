"""TAB in bash, zsh and fish: what is offered, and that nothing else reaches the prompt."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from diffcalc import cli
from diffcalc.cli.practice import RULES
from diffcalc.exercises.practice import RULES as NEEDED
from diffcalc.language.library import BUILT_IN
from diffcalc.render.formats import FORMATS
from tests.conftest import Run

SHELLS = ("bash", "zsh", "fish")
COMMANDS = [
    "grad", "points", "limit", "steps", "hessian", "jacobian", "implicit", "scan", "plot", "graph", "report", "descend", "emit", "certify",
    "check", "practice", "functions", "define", "undefine", "help", "completion",
]  # fmt: skip
Ask = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What a shell is told: by the end of the line, or as click's own scripts ask, `at` a word."""

    def ask(shell: str, line: str, at: str = "") -> list[tuple[str, str]]:
        with monkeypatch.context() as patched:
            patched.setenv("_DIFFCALC_COMPLETE", f"{shell}_complete")
            patched.setenv("COMP_WORDS", line)
            patched.setenv("COMP_CWORD", at)
            outcome = run()
        assert (outcome.status, outcome.err) == (0, "")
        lines = outcome.out.splitlines()
        if shell == "zsh":
            return list(zip(lines[::3], lines[1::3], strict=False))
        pairs = (line.partition("\t")[0].partition(",") for line in lines if line)
        return [(kind, value) for kind, _, value in pairs]

    return ask


def plain(*values: str) -> list[tuple[str, str]]:
    return [("plain", value) for value in values]


FILE = [("file", "")]

LINES = {
    # Commands and options.
    "diffcalc ": plain(*COMMANDS),
    "diffcalc gr": plain("grad", "graph"),
    "diffcalc help gr": plain("grad", "graph", "gradients"),
    "diffcalc --ver": plain("--version"),
    "diffcalc grad x --s": plain("--sequences", "--start", "--strict"),
    "diffcalc grad x --format": plain("--format"),
    "diffcalc grad x --format json --form": [],
    # Words that mean nothing.
    "diffcalc nonsense ": [],
    "diffcalc x^2 ": [],
    "diffcalc x^2 --": [],
    "diffcalc grad x --nonsense ": [],
    "diffcalc grad x --nonsense 1 ": plain("x="),
    # Values of options.
    "diffcalc grad x --format ": plain(*FORMATS["results"]),
    "diffcalc grad --format ": plain(*FORMATS["results"]),
    "diffcalc grad x --format j": plain("json"),
    "diffcalc grad x --format nonsense": [],
    "diffcalc limit x --kind b": plain("backward"),
    "diffcalc steps x --detail ": plain("full", "rules", "line"),
    "diffcalc steps x --format l": plain("latex"),
    "diffcalc graph x --format m": plain("mermaid"),
    "diffcalc jacobian x --layout g": plain("gradient"),
    "diffcalc emit x --to ": plain(*FORMATS["programs"]),
    "diffcalc grad x --sequences a": plain("all"),
    "diffcalc practice --rules c": plain("constant-multiple", "chain"),
    "diffcalc practice --rules chain,q": plain("chain,quotient"),
    "diffcalc completion ": plain(*SHELLS),
    "diffcalc grad x --count ": [],
    # Expressions.
    "diffcalc grad ": plain(*BUILT_IN),
    "diffcalc grad f": plain("f", "f2", "f3"),
    "diffcalc grad --x 1 h": plain("huber"),
    "diffcalc grad 'f": plain("f", "f2", "f3"),
    'diffcalc grad "f': plain("f", "f2", "f3"),
    'diffcalc grad "': plain(*BUILT_IN),
    "diffcalc grad 'x^2 +": [],
    "diffcalc grad 'it": [],
    "diffcalc grad -x": [],
    "diffcalc grad -x^2 ": plain("x="),
    "diffcalc check f": plain("f", "f2", "f3"),
    "diffcalc check f ": [],
    "diffcalc undefine ": [],
    "diffcalc define ": [],
    # Values of variables.
    "diffcalc grad a*b ": plain("a=", "b="),
    'diffcalc grad "a * b" ': plain("a=", "b="),
    "diffcalc grad a*b a=1 ": plain("b="),
    "diffcalc grad a*b --a 1 ": plain("b="),
    "diffcalc grad a*b --at ": plain("a=", "b="),
    "diffcalc grad a*b --at a=1 ": plain("b="),
    "diffcalc grad a*b --at a=": [],
    "diffcalc grad a*b a=": [],
    "diffcalc grad a*b --a ": [],
    "diffcalc grad a*b --a=": [],
    "diffcalc grad sin( ": [],
    "diffcalc grad - ": [],
    "diffcalc grad f3 --wrt ": plain("x", "y"),
    "diffcalc grad f3 --wrt x,": plain("x,y"),
    "diffcalc grad b*y --let b=x+1 --at ": plain("y=", "x="),
    "diffcalc jacobian '[x*y, max(y, z)]' ": plain("x=", "y=", "z="),
    "diffcalc implicit x^2+y^2=25 x=3 ": plain("y="),
    "diffcalc implicit x^2+y^2=25 --of ": plain("x", "y"),
    "diffcalc descend w*x+b --from w=0 ": plain("x=", "b="),
    # Files.
    "diffcalc grad x --points ": FILE,
    "diffcalc grad x --output ": FILE,
    "diffcalc descend x --data ": FILE,
    "diffcalc check --answers ": FILE,
    "diffcalc graph x --output ": FILE,
    "diffcalc grad @": [("file", "@")],
    "diffcalc grad @f": [("file", "@f")],
    "diffcalc grad x --at @v": [("file", "@v")],
    "diffcalc grad x @v": [],
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_what_is_offered(offered: Ask, line: str) -> None:
    for shell in SHELLS:
        assert offered(shell, line) == LINES[line], shell


@pytest.mark.parametrize("line", [line for line in LINES if not re.search(r"['\"]", line)])
def test_what_is_offered_to_click_s_own_scripts(offered: Ask, line: str) -> None:
    words = line.split(" ")
    for shell in SHELLS:
        at = words[-1] if shell == "fish" else str(len(words) - 1)
        assert offered(shell, line, at) == LINES[line], shell


def test_a_minus_offers_every_option_that_the_help_lists(offered: Ask) -> None:
    group = cli.cli
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        options = [
            p
            for p in command.get_params(click.Context(command, **group.context_settings))
            if isinstance(p, click.Option)
        ]
        names = [name for option in options if not option.hidden for name in option.opts]
        assert offered("bash", f"diffcalc {name} -") == plain(*names)


def test_a_value_behind_an_equals_sign_is_whole_where_the_shell_replaces_all(offered: Ask) -> None:
    for shell in ("zsh", "fish"):
        assert offered(shell, "diffcalc grad x --format=j") == plain("--format=json")
        assert offered(shell, "diffcalc grad x --points=po") == [("file", "--points=po")]
        assert offered(shell, "diffcalc grad a*b --at=") == plain("--at=a=", "--at=b=")
        assert offered(shell, "diffcalc grad x --nonsense=") == []
    # Bash replaces what follows the sign.
    assert offered("bash", "diffcalc grad x --format=j") == plain("json")
    assert offered("bash", "diffcalc grad x --format=") == plain(*FORMATS["results"])
    assert offered("bash", "diffcalc grad x --points=po") == [("file", "po")]
    assert offered("bash", "diffcalc grad x --nonsense=") == []


def test_functions_of_the_user_are_offered(offered: Ask, run: Run) -> None:
    run("define", "gauss(x, m) = exp(-(x - m)**2)")
    for shell in SHELLS:
        assert offered(shell, "diffcalc grad ga") == plain("gauss")
        assert offered(shell, "diffcalc grad gauss --at ") == plain("x=", "m=")
        assert offered(shell, "diffcalc undefine ") == plain("gauss")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"g": 1}', '{"g": "g(x) = g(x)"}', "\0"])
def test_a_damaged_file_of_functions_offers_what_else_there_is(offered: Ask, content: str) -> None:
    path = Path(click.get_app_dir("diffcalc")) / "functions.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    for shell in SHELLS:
        assert offered(shell, "diffcalc grad hu") == plain("huber")
        assert offered(shell, "diffcalc grad g ") in ([], plain("g="))
    assert path.read_text() == content


@pytest.mark.parametrize(
    "surroundings",
    [
        {"_DIFFCALC_COMPLETE": "bash_complete"},
        {"_DIFFCALC_COMPLETE": "bash_complete", "COMP_WORDS": "diffcalc gr", "COMP_CWORD": "x"},
        {"_DIFFCALC_COMPLETE": "tcsh_complete", "COMP_WORDS": "diffcalc gr", "COMP_CWORD": "1"},
        {"_DIFFCALC_COMPLETE": "", "COMP_WORDS": "", "COMP_CWORD": ""},
        {"_DIFFCALC_COMPLETE": "zsh_complete", "COMP_WORDS": "", "COMP_CWORD": "-1"},
    ],
)
def test_what_makes_no_sense_is_silent(
    run: Run, monkeypatch: pytest.MonkeyPatch, surroundings: dict[str, str]
) -> None:
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    outcome = run()
    assert (outcome.status, outcome.err) == (0, "")
    assert "Traceback" not in outcome.out


def test_a_fault_is_silent(offered: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> dict[str, str]:
        sys.stderr.write("a warning")
        raise KeyError("a fault")

    monkeypatch.setattr("diffcalc.language.library.Library.own", fail)
    for shell in SHELLS:
        assert offered(shell, "diffcalc grad f") == []


def test_the_rules_that_are_offered_are_those_of_exercises() -> None:
    assert sorted(RULES) == sorted(name.replace(" ", "-") for name in NEEDED)


# -- the scripts -----------------------------------------------------------------------------------


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """With `diffcalc` on the path, and in the folder the shells' scripts, and files to be found."""
    program = tmp_path / "bin" / "diffcalc"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m diffcalc "$@"\n')
    program.chmod(0o755)
    for name in ("points.csv", "loss.txt", "my file.csv"):
        (tmp_path / name).touch()
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    found = os.environ | {"PATH": path, "HOME": str(tmp_path), "TERM": "dumb"}
    for shell in SHELLS:
        with (tmp_path / f"script.{shell}").open("wb") as script:
            command = ["diffcalc", "completion", shell]
            subprocess.run(command, env=found, stdout=script, check=True)
    return found


def shell(
    command: list[str], folder: Path, surroundings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    return subprocess.run(
        command, env=surroundings, cwd=folder, capture_output=True, text=True, check=True,
        timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("diffcalc gr", ["grad", "graph"]),
        ("diffcalc grad x --format", ["--format"]),
        ("diffcalc grad x --format ", list(FORMATS["results"])),
        ("diffcalc grad x --format=j", ["json"]),
        ('diffcalc grad "a*b" ', ["a=", "b="]),
        ('diffcalc grad "hu', ["huber"]),
        ("diffcalc grad @lo", ["@loss.txt"]),
        ("diffcalc grad @my", ["@my file.csv"]),
        ("diffcalc grad 'it", []),
        ("~/bin/diffcalc lim", ["limit"]),
    ],
)
def test_bash_offers(
    tmp_path: Path, surroundings: dict[str, str], line: str, replies: list[str]
) -> None:
    code = (
        'source script.bash; COMP_LINE=$1 COMP_POINT=${#1}; _diffcalc_completion "${1%% *}"; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = shell(["bash", "--norc", "-c", code, "bash", line], tmp_path, surroundings)
    assert (done.stdout.splitlines(), done.stderr) == (replies or [""], "")


@pytest.mark.parametrize(
    ("line", "replies"),
    [
        ("diffcalc gr", ["grad", "graph"]),
        ("diffcalc grad x --format=j", ["--format=json"]),
        ('diffcalc grad "a*b" ', ["a=", "b="]),
        ("diffcalc grad @lo", ["@loss.txt"]),
        ("diffcalc grad x --points=po", ["--points=points.csv"]),
        ("diffcalc descend x --data X=po", ["X=points.csv"]),
        ("diffcalc grad 'it", []),
    ],
)
def test_fish_offers(
    tmp_path: Path, surroundings: dict[str, str], line: str, replies: list[str]
) -> None:
    code = "source script.fish; complete -C $argv[1]"
    done = shell(["fish", "--no-config", "-c", code, line], tmp_path, surroundings)
    found = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert (found, done.stderr) == (replies, "")


# zsh completes only in a terminal: what the line is after TAB goes into a file, by a key.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= TERM=dumb; autoload -Uz compinit; compinit -u; source script.zsh
tell() { print -r -- \"\$BUFFER\" >> told; BUFFER= }; zle -N tell; bindkey '^T' tell; : > ready"
until [[ -e ready ]]; do sleep 0.1; done
for line in "$@"; do
    zpty -w -n shell "$line"$'\t\x14'
done
until [[ -e told && $(wc -l < told) -ge $# ]]; do sleep 0.1; zpty -r -t shell rest; done
zpty -d shell
cat told
"""


def test_zsh_completes(tmp_path: Path, surroundings: dict[str, str]) -> None:
    lines = {
        "diffcalc lim": "diffcalc limit ",
        "diffcalc grad x --format=j": "diffcalc grad x --format=json ",
        'diffcalc grad "a*b" a=1 ': 'diffcalc grad "a*b" a=1 b=',
        "diffcalc grad @lo": "diffcalc grad @loss.txt ",
        "diffcalc grad x --points=po": "diffcalc grad x --points=points.csv ",
        "diffcalc grad x --ord": "diffcalc grad x --order ",
        "diffcalc grad 'it": "diffcalc grad 'it",
        "diffcalc nonsense ": "diffcalc nonsense ",
    }
    done = shell(["zsh", "-f", "-c", ZSH, "zsh", *lines], tmp_path, surroundings)
    assert done.stdout.splitlines() == list(lines.values())
