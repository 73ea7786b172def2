"""Many tables, each into a file of its own in a folder; what was done before is not done again.

Beside the results, in `.diffcalc`, lies a record of each: what was asked, and the size and times of
the table and of the result. Only where all of this is still so, a result is left as it is: a run
that was cut off goes on where it stopped, and one that asks for something else does all anew.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffcalc
from diffcalc.base.errors import DiffcalcError
from diffcalc.base.files import replace_file
from diffcalc.base.severity import Severity
from diffcalc.base.streams import writing
from diffcalc.render.formats import ENDINGS, ending_of
from diffcalc.render.point_files import Outcome, PointsJob, Watch

_RECORDS = ".diffcalc"


def key_of(job: PointsJob) -> str:
    """What is the same where the same is asked, by the same version."""
    fixed = sorted((name, str(value)) for name, value in job.fixed.items())
    asked = {**job.__dict__, "expression": job.expression.nodes, "fixed": fixed}
    text = repr((diffcalc.__version__, sorted(asked.items())))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True)
class Partition:
    """A table, and the file that its results go into, called `name` within the `folder`."""

    source: str
    folder: str
    name: str

    @property
    def target(self) -> Path:
        """The file."""
        return Path(self.folder, self.name)

    @property
    def _record(self) -> Path:
        return Path(self.folder, _RECORDS, f"{self.name}.json")

    def done(self, key: str) -> Outcome | None:
        """What came of it, where that was done before and nothing has changed since."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._record.read_bytes())
            if found["asked"] == key and found["files"] == self._files(_state(self.source)):
                told = [(where, reason) for where, reason in found["told"]]
                severity = Severity(found["severity"])
                return Outcome(found["rows"], found["bad"], severity, told, found["foreign"])
        return None

    def make(self, job: PointsJob, watch: Watch, alone: bool = False) -> Outcome:
        """Does it, and records it."""
        before = None
        with suppress(OSError):
            before = _state(self.source)
        for folder in (self.target.parent, self._record.parent):
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
        outcome = job.into_file(self.source, self.target, watch, alone)
        found = {**outcome.__dict__, "asked": key_of(job), "files": self._files(before)}
        replace_file(self._record, json.dumps(found).encode())
        return outcome

    def _files(self, source: Any) -> list[Any]:
        return [os.path.realpath(self.source), source, _state(self.target)]


def _state(path: str | Path) -> list[int]:
    """What changes where a file does."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def partitions(files: Sequence[str], base: str | Path, folder: str, style: str) -> list[Partition]:
    """Where the results of each file go: as it lies below `base`, in this format.

    What lies in the folder itself is left out. Raises `DiffcalcError` where a result would take
    the place of its table, or of another result.
    """
    into = os.path.realpath(folder)
    found: dict[str, Partition] = {}
    for file in map(os.path.abspath, files):
        # As it is called there: what a link leads to may lie anywhere.
        name = _renamed(os.path.relpath(file, base), style)
        part = Partition(file, into, name)
        if os.path.realpath(part.target) == os.path.realpath(file):
            hint = "name another folder"
            raise DiffcalcError(f"{folder} is where the tables are", hint=hint)
        if os.path.commonpath([into, os.path.realpath(file)]) == into:
            continue
        if name in found:
            one, other = os.path.basename(found[name].source), os.path.basename(file)
            raise DiffcalcError(f"{one} and {other} would both become {name}")
        found[name] = part
    if not found:
        raise DiffcalcError(f"all tables are in {folder}", hint="name another folder")
    return [*found.values()]


def _renamed(name: str, style: str) -> str:
    ending, packed = ending_of(name)
    if ENDINGS.get(ending) == style:
        return name
    stem = name[: len(name) - len(ending + packed)]
    return stem + next(end for end, known in ENDINGS.items() if known == style)
