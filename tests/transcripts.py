"""Transcripts: `$ command` lines with what they print, run again and compared.

Numbers at the end of a float64's digits depend on the machine's mathematics library, so a text
that is not equal to the letter still passes if only its numbers differ, and only there.
"""

import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest import mock

from diffcalc import cli

# A method's count of correct digits, before the verdict: of ten or more the last comes and goes.
_CORRECT = re.compile(r"\b1[0-6](?=(?: (?:1?\d|-)){0,2} (?:agree|inaccurate)\b)")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
# What a shell does more than take words apart, outside of quotes or in double ones.
_SHELL = re.compile(r"[|&;<>()]+|#.*")
# An error, or the digits right at the edge of round-off, compare by what they are: next to nothing.
_NOISE = 1e-6
_RELATIVE = 1e-7


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each `$ command` of a transcript with the lines that follow it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            line, _, output = output.partition("\n")
            command += "\n" + line
        yield command, output


def run(command: str, home: Path, *, fed: bool = False) -> str:
    """What a shell prints for this command at 80 columns, standard error and exit status too.

    A command of diffcalc alone is run in this process: that is a tenth of the time. So may be one
    that is `fed` through a pipe, by what is run in a shell.
    """
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(home),
        "COLUMNS": "80",
        "PYTHONWARNINGS": "error",
    }

    def in_shell(text: str) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            ["bash", "-c", text], capture_output=True, check=False, cwd=home, env=environment
        )
        return done.returncode, done.stdout, done.stderr

    feeder, _, alone = (
        command.rpartition(" | ") if fed and command.startswith("printf") else ("", "", command)
    )
    words = _words(alone)
    if words[:1] == ["diffcalc"]:
        given = in_shell(feeder)[1] if feeder else b""
        with mock.patch.dict(os.environ, environment), chdir(home):
            status, out, err = _here(words[1:], given)
    else:
        status, out, err = in_shell(command)
    printed = out + err
    text = "".join(f"{line.rstrip()}\n" for line in printed.decode().splitlines())
    return f"{text}[exit {status}]\n" if status else text


def _words(command: str) -> list[str]:
    """The words of a command, none where it takes a shell to run it."""
    reader = shlex.shlex(command, posix=True, punctuation_chars=True)
    reader.whitespace_split, reader.commenters = True, ""
    words = [] if re.search(r"[$`\\]", re.sub("'[^']*'", "", command)) else list(reader)
    # What is imported stays in a process.
    return [] if "--python" in words or any(map(_SHELL.fullmatch, words)) else words


def _here(args: list[str], given: bytes) -> tuple[int, bytes, bytes]:
    """The exit status of a command line with this standard input, and the bytes it writes."""
    out, err = BytesIO(), BytesIO()
    streams = [TextIOWrapper(one, encoding="utf-8", write_through=True) for one in (out, err)]
    stdin = mock.patch("sys.stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]), stdin:
        status = cli.run(args)
    return status, out.getvalue(), err.getvalue()


def same(printed: str, expected: str) -> bool:
    """Whether two outputs say the same, but for round-off in their numbers."""
    one, other = _layout(printed), _layout(expected)
    return _NUMBER.split(one) == _NUMBER.split(other) and all(
        map(_close, _NUMBER.findall(one), _NUMBER.findall(other))
    )


def _layout(text: str) -> str:
    return _CORRECT.sub("10+", re.sub(r"[ ─]+", " ", text))


def _close(one: str, other: str) -> bool:
    a, b = float(one), float(other)
    return (abs(a) < _NOISE and abs(b) < _NOISE) or math.isclose(a, b, rel_tol=_RELATIVE)
