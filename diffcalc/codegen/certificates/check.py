"""A script checked by Coq, where that is installed."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from diffcalc.base.errors import DiffcalcError

_INSTALL = (
    "install it and its libraries, as with apt install coq libcoq-coquelicot libcoq-interval, "
    "or opam install coq-interval"
)
_NAME = "certificate"
_THEOREM = re.compile(r"^Theorem (\w+)", flags=re.MULTILINE)
_COMMENT = re.compile(r"\(\*|\*\)")
# What would be believed without proof, hides what is said, or does more than prove. No certificate
# has a use for it. Coq's own list of axioms would tell the first, but takes as long as the proofs.
_BEYOND = re.compile(
    r"\b(Admitted|Admit|admit|give_up|Axioms?|Parameters?|Conjectures?|Variables?|Hypothes[ie]s|"
    r"Module|Import|Load|Redirect|Drop|Extraction|Declare|Cd|Add|bypass_check|Guard|Positivity|"
    r"Universe|Notation|Infix|Abort|Fail|Reset|Undo|Back|Restart|Primitive|Obligations?)\b"
)
# Its lemmas share what they assume, which is an axiom outside of a section.
_SECTION = re.compile(r"^Section (\w+)\.$.*?^End \1\.$", re.MULTILINE | re.DOTALL)
_ASSUMED = re.compile(r"\bContext\b")
# These alone a script may import.
_LIBRARIES = re.compile(r"^From (Coq|Coquelicot|Interval) Require Import [\w ]+\.$", re.MULTILINE)
_ERROR = re.compile(r'^File "[^"]*", line (\d+), [^\n]*\nError:\s*(.*)', re.MULTILINE | re.DOTALL)


class Checked(NamedTuple):
    """The theorems of a script, the Coq that checked it, and why it refused; "" if it did not."""

    theorems: Sequence[str]
    version: str
    refused: str = ""


def check(text: str) -> Checked:
    """What Coq says of a script.

    Raises `DiffcalcError` where Coq or a library is missing, or the text is no certificate.
    """
    program = shutil.which("coqc")
    if program is None:
        raise DiffcalcError("Coq is not installed here", hint=_INSTALL)
    theorems = _THEOREM.findall(text)
    if not theorems:
        raise DiffcalcError(
            "there is no theorem in it", hint="grad --certificate writes such files"
        )
    said = _run(program, "--version").stdout
    found = re.search(r"version (\S+)", said)
    version = found[1] if found else "unknown"
    said = _LIBRARIES.sub("", _without_comments(text))
    beyond = _BEYOND.search(said) or _ASSUMED.search(_SECTION.sub("", said))
    if beyond:
        return Checked(theorems, version, f"it has {beyond[0]}, which no certificate needs")
    return Checked(theorems, version, _refusal(program, text, theorems))


def _refusal(program: str, text: str, theorems: Sequence[str]) -> str:
    """Why the script is no proof; "" if it is one."""
    whole = theorems[-1]
    for theorem in theorems[-2::-1]:
        whole = f"(conj {theorem} {whole})"
    end = f"\nDefinition {_NAME} := {whole}.\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{_NAME}.v"
        path.write_text(text + end, encoding="utf-8")
        done = _run(program, "-q", path.name, folder=folder)
    return _reason(text, done.stderr) if done.returncode else ""


def _reason(text: str, said: str) -> str:
    error = _ERROR.search(said)
    if error is None:
        raise DiffcalcError(f"Coq failed: {said.strip()[-200:]}")
    message = " ".join(error[2].split())
    if "Cannot find a physical path" in message or "Unable to locate library" in message:
        raise DiffcalcError("a library of Coq is not installed here", hint=_INSTALL)
    line = int(error[1])
    before = _THEOREM.findall("\n".join(text.split("\n")[:line]))
    where = f"{before[-1]} is not proved" if before else "it stops before the first theorem"
    return f"{where} (line {line}: {message.rstrip('.')})"


def _without_comments(text: str) -> str:
    kept, depth, last = [], 0, 0
    for found in _COMMENT.finditer(text):
        if not depth:
            kept.append(text[last : found.start()])
        depth = max(0, depth + (1 if found[0] == "(*" else -1))
        last = found.end()
    return "".join([*kept, "" if depth else text[last:]])


def _run(
    program: str, *arguments: str, folder: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - no user text is among the arguments
        [program, *arguments], capture_output=True, text=True, check=False, cwd=folder
    )
