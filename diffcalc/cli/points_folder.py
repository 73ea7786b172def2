"""`points -o FOLDER/`: many tables, each into a file of its own, here or on a cluster."""

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from diffcalc.base.errors import DiffcalcError, WriteError
from diffcalc.cli.shared import say
from diffcalc.cli.status import ExitStatus, status_of

if TYPE_CHECKING:
    from diffcalc.comparison.many_points import Piece
    from diffcalc.render.point_files import Outcome, PointsJob, Watch
    from diffcalc.render.point_folder import Partition

    Results = Generator[tuple[Partition, Outcome | DiffcalcError]]

# So many files that could not be done are told one by one.
_TOLD = 20


def write_folder(
    job: "PointsJob", parts: "Sequence[Partition]", label: str, cluster: str | None
) -> ExitStatus:
    """Writes what comes of each table that was not done before; tells what is wrong with each."""
    from diffcalc.render.point_files import Outcome
    from diffcalc.render.point_folder import key_of
    from diffcalc.render.progress import Bar

    key, total = key_of(job), Outcome()
    before = [(part, part.done(key)) for part in parts]
    left = [part for part, outcome in before if outcome is None]
    if len(left) < len(parts):
        say(f"{len(parts) - len(left):,} of {len(parts):,} files were done before")
        for _, outcome in before:
            say(*(total.join(outcome) if outcome else ()))
    worst, under_way, failed = total.severity, 0, 0

    def watch(piece: "Piece") -> None:
        nonlocal under_way
        under_way += piece.rows
        bar.advance(0, f"{total.rows + under_way:,} rows")

    with Bar(len(left), label) as bar:
        found = _on_cluster(job, left, cluster) if cluster and left else _here(job, left, watch)
        with closing(found):
            for part, result in found:
                under_way = 0
                name = os.path.basename(part.source)
                if isinstance(result, DiffcalcError):
                    worst = max(worst, result.severity)
                    said = result.sentence
                    failed += 1
                    if failed <= _TOLD:
                        say(said if name in said else f"{name}: {said}")
                else:
                    say(*total.join(result))
                bar.advance(1, f"{total.rows:,} rows")
    say(total.rest, f"… and {failed - _TOLD:,} more files" if failed > _TOLD else "")
    return status_of(max(worst, total.severity))


def _here(job: "PointsJob", parts: "Sequence[Partition]", watch: "Watch") -> "Results":
    for part in parts:
        try:
            yield part, part.make(job, watch)
        except WriteError:
            # Nor could the others be written.
            raise
        except DiffcalcError as error:
            yield part, error


def _on_cluster(job: "PointsJob", parts: "Sequence[Partition]", address: str) -> "Results":
    from diffcalc.api.cluster import connected, made

    with connected(address) as client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            say(f"no worker has come to {address} yet: waiting for one")
        yield from made(client, parts, job)
