"""Transcripts: `$ command` lines with what they print, run again and compared.

Numbers at the end of a float64's digits depend on the machine's mathematics library, so a text
that is not equal to the letter still passes if only its numbers differ, and only there.
"""

import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# A method's count of correct digits, before the verdict: of ten or more the last comes and goes.
_CORRECT = re.compile(r"\b1[0-6](?=(?: (?:1?\d|-)){0,2} (?:agree|inaccurate)\b)")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
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


def run(command: str, home: Path) -> str:
    """What a shell prints for this command at 80 columns, standard error and exit status too."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(home),
        "COLUMNS": "80",
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=home,
        env=environment,
    )  # fmt: skip
    text = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines()) + "\n"
    return text if done.returncode == 0 else f"{text}[exit {done.returncode}]\n"


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
