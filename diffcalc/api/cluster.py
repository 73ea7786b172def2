"""Tables, each a partition, worked on by the machines of a Dask cluster that see the same files.

A worker does each partition in a process of its own, which can be ended at once where the run is
cancelled, and in which the deadlines of single rows hold: Dask's tasks are threads. Run as a
module, this is that process.
"""

import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import diffcalc
from diffcalc.base.errors import DiffcalcError, LimitError, understood
from diffcalc.base.files import remove_unfinished
from diffcalc.base.streams import silence_warnings
from diffcalc.render.point_files import Outcome, PointsJob
from diffcalc.render.point_folder import Partition

Found = Outcome | DiffcalcError
# A scheduler that is there answers within a fraction of a second.
_SECONDS = 3
# So often a worker looks whether its task was cancelled, and so long the process may take to end.
_LOOK, _END = 0.2, 5


def connected(address: str) -> Any:
    """A client of the scheduler at this address. Raises `DiffcalcError` where none answers."""
    try:
        import distributed
    except ImportError:
        hint = 'pip install "diffcalc[cluster]"'
        raise DiffcalcError("--cluster needs dask.distributed", hint=hint) from None
    # What goes wrong is told here, in one line.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    try:
        return distributed.Client(address, timeout=_SECONDS)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        hint = "dask scheduler starts one, and tells its address, as tcp://host:8786"
        # The error of one that is not there says how long it was waited for, and no more.
        wrong = f": {error}" if isinstance(error, ValueError | TypeError) else ""
        raise DiffcalcError(f"no scheduler answers at {address}{wrong}", hint=hint) from None


def made(
    client: Any, parts: Sequence[Partition], job: PointsJob
) -> Iterator[tuple[Partition, Found]]:
    """Each partition as it is done, with what came of it; at the end none is worked on any more."""
    from distributed import as_completed

    futures = client.map(
        _on_a_worker, parts, job=job, version=diffcalc.__version__, pure=False, retries=0
    )
    of = dict(zip(futures, parts, strict=True))
    try:
        for future in as_completed(futures):
            yield of[future], _result(future)
    finally:
        with suppress(Exception):
            client.cancel(futures, force=True)


def _result(future: Any) -> Found:
    from distributed import CancelledError

    try:
        found: Found = future.result()
    except CancelledError:
        hint = "the same command goes on where this one has stopped"
        raise LimitError("the scheduler has ended, or was lost", hint=hint) from None
    except Exception as error:
        # Workers that lack a package, or were killed one after the other.
        text = " ".join(str(error).split())
        return DiffcalcError(f"no worker could do it: {type(error).__name__}: {text}")
    return found


def _on_a_worker(part: Partition, job: PointsJob, version: str) -> Found:
    """Does a partition in another process, until it is done or nobody wants it any more."""
    if version != diffcalc.__version__:
        return DiffcalcError(f"a worker has diffcalc {diffcalc.__version__}, not {version}")
    command = [sys.executable, "-m", "diffcalc.api.cluster"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:  # noqa: S603 - our own
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(pickle.dumps((part, job)))
            process.stdin.flush()
        while process.poll() is None and not _cancelled():
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
        if process.poll() is None:
            process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END)
            process.kill()
        try:
            found: Found = pickle.loads(process.stdout.read())  # noqa: S301 - our own
        except (EOFError, pickle.UnpicklingError):
            hint = "perhaps the memory of the worker is full"
            return LimitError(f"the process ended with status {process.wait()}", hint=hint)
    return found


def _cancelled() -> bool:
    """Whether the task of this thread is no longer wanted."""
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is None or task.state in ("cancelled", "released", "forgotten")


def _serve() -> None:
    """Does the partition that comes on standard input, which is open as long as it is wanted."""
    part, job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the worker, as all tasks are
    threading.Thread(target=_end_with_input, daemon=True).start()
    silence_warnings()
    found: Found
    try:
        found = part.make(job, lambda _: None, alone=True)
    except Exception as error:
        found = understood(error)
    sys.stdout.buffer.write(pickle.dumps(found))
    sys.stdout.buffer.flush()
    # The other thread still reads, which Python would wait for.
    os._exit(0)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    remove_unfinished()
    os._exit(1)


if __name__ == "__main__":
    _serve()
