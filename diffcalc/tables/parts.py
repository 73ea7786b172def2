"""Several files as one table: those in a folder, or whose names fit a pattern, as part-*.csv.

Each has the columns of the first one, in whatever order; the rows come in the order of the names,
where part-10 is after part-9.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from diffcalc.language.point import listed
from diffcalc.tables.kept import Kept, Reordered, Schema
from diffcalc.tables.opening import AS_RECOGNISED, DataError, Written
from diffcalc.tables.parse import Table
from diffcalc.tables.source import Points, points_in

_NUMBER = re.compile(r"(\d+)")


def _is_many(given: str) -> bool:
    """Whether this is a folder, or a pattern and no file."""
    return os.path.isdir(given) or (has_magic(given) and not os.path.exists(given))


def files_of(given: str, kinds: Mapping[str, str]) -> list[str]:
    """The files of a folder, or that fit a pattern; or the one that was given.

    Of a folder those are taken whose names end like one of the `kinds`; all must be of one kind.
    Raises `DataError` where they are no tables.
    """
    if not _is_many(given):
        return [given]
    folder = os.path.isdir(given)
    names = glob(os.path.join(given, "*") if folder else given, recursive=True)
    files = [name for name in names if os.path.isfile(name)]
    if folder:
        files = [name for name in files if kind_of(name, kinds) and _shown(name)]
        if not files:
            hint = f"it looks for files that end in {listed([*kinds])}"
            raise DataError(f"no table is in {given}", hint=hint)
    if not files:
        raise DataError(f"no file is called as in {given}")
    found = {kind_of(name, kinds): name for name in files}
    if len(found) > 1:
        one, other = (os.path.basename(name) for name in [*found.values()][:2])
        hint = "name those of one kind, as in '*.csv'"
        raise DataError(f"{given} has files of several kinds, as {one} and {other}", hint=hint)
    return sorted(files, key=_in_order)


def kind_of(name: str, kinds: Mapping[str, str]) -> str:
    """What kind of table a file is by its name, empty if that does not say so."""
    lower = name.lower()
    return next((kind for ending, kind in kinds.items() if lower.endswith(ending)), "")


def _shown(name: str) -> bool:
    """Whether it is no file of another program's own, as Spark's _SUCCESS is."""
    return not os.path.basename(name).startswith((".", "_"))


def _in_order(name: str) -> list[Any]:
    parts = _NUMBER.split(name)
    return [(int(part), part) if place % 2 else part for place, part in enumerate(parts)]


def base_of(given: str) -> Path:
    """The folder that the files of `files_of` are in, or in whose folders."""
    if os.path.isdir(given):
        return Path(given)
    if not _is_many(given):
        return Path(given).parent
    parts = Path(given).parts
    fixed = next(place for place, part in enumerate(parts) if has_magic(part))
    return Path(*parts[: min(fixed, len(parts) - 1)])


class Parts:
    """The tables of these files, one behind the other."""

    def __init__(
        self, given: str, files: Sequence[str], written: Written = AS_RECOGNISED, few: bool = False
    ) -> None:
        self.label, self._files, self._written, self._few = given, files, written, few
        self.size = len(files)
        first = self._opened(files[0])
        self.header, self.columns, self.note = first.header, first.columns, first.note
        self.typed = first.typed
        first.close()

    def _opened(self, name: str) -> Points:
        return points_in(name, self._written, self._few)

    def of(self, variables: Sequence[str], keep: bool = False) -> None:
        """Takes the columns of these variables. Raises `DataError` where a part has others."""
        self._asked = variables, keep
        for name in self._files:
            with self._part(name) as part:
                if not self.columns:
                    self.header, self.columns = part.header, part.columns
                self._order(part)

    @contextmanager
    def _part(self, name: str) -> Iterator[Points]:
        with closing(self._opened(name)) as part:
            part.of(*self._asked)
            yield part

    def _order(self, part: Points) -> list[int]:
        """Where the part has our columns; those that it need not have are at -1."""
        variables, keep = self._asked
        found = [part.columns.index(n) if n in part.columns else -1 for n in self.columns]
        missing = [n for n, at in zip(self.columns, found, strict=True) if at < 0]
        missing = [name for name in missing if keep or name in variables]
        first = os.path.basename(self._files[0])
        if missing:
            raise DataError(f"{part.label} has no column {missing[0]}, as {first} has")
        if keep and len(part.columns) > len(self.columns):
            other = next(name for name in part.columns if name not in self.columns)
            raise DataError(f"{part.label} has a column {other}, which {first} lacks")
        return found

    def fields(self) -> Schema:
        """The types of the columns that are kept: those of the first part."""
        with self._part(self._files[0]) as part:
            return part.fields()

    def chunks(self) -> Iterator[Any]:
        """The rows of each part, with the part."""
        for name in self._files:
            with self._part(name) as part:
                order = self._order(part)
                for chunk in part.chunks():
                    yield part, order, chunk

    def table(self, chunk: Any, places: Sequence[int]) -> Table:
        """The numbers of the chunk in the columns at these places, and each row's line."""
        part, order, rows = chunk
        found: Table = part.table(rows, [order[place] for place in places])
        return found

    def kept(self, chunk: Any, table: Table) -> Kept:
        """What is kept of the chunk."""
        part, order, rows = chunk
        return Reordered(part.kept(rows, table), order)

    def where(self, chunk: Any) -> str:
        """What is before the number of a row in a message."""
        part, _, rows = chunk
        where: str = part.where(rows)
        return where

    def done(self, chunk: Any) -> float:
        """How much of `size` the chunk is."""
        part, _, rows = chunk
        return float(part.done(rows) / max(part.size or 1, 1))

    def close(self) -> None:
        """Nothing is open."""


def tables_in(given: str, files: Sequence[str], written: Written, few: bool) -> Points | Parts:
    """The table that was given, of these files. Raises `DataError` where there is none."""
    if _is_many(given):
        return Parts(given, files, written, few)
    return points_in(given, written, few)
