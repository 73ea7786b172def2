"""Work on many pieces, in order, by as many processes as there are processors."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

# To start processes does not pay for less.
_ALONE = 3
_AHEAD = 2
_work: Callable[[Any], Any]


def in_order(
    work: Callable[[_Piece], _Result], pieces: Iterable[_Piece], processes: int | None = None
) -> Iterator[_Result]:
    """`work` on each piece, in the order of the pieces. The first few are done in this process.

    `work` must be picklable. No more pieces are taken than are worked on, and a few; what is under
    way when the iterator is closed is dropped.
    """
    processes = processes or os.cpu_count() or 1
    iterator = iter(pieces)
    for _, piece in zip(range(_ALONE), iterator, strict=False):
        yield work(piece)
    waiting = next(iterator, None)
    if waiting is None:
        return
    if processes == 1:
        yield work(waiting)
        yield from map(work, iterator)
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    pool = ProcessPoolExecutor(processes, context, _begin, (work,))
    try:
        under_way: deque[Future[_Result]] = deque([pool.submit(_do, waiting)])
        for piece in iterator:
            under_way.append(pool.submit(_do, piece))
            if len(under_way) >= _AHEAD * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[Any], Any]) -> None:
    global _work  # noqa: PLW0603 - a process of the pool keeps its work between the pieces
    _work = work
    # Ctrl-C is for the process that started this one, which ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    threading.Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    """A process that is killed cannot end those it started."""
    first = multiprocessing.parent_process()
    assert first is not None
    first.join()
    os._exit(1)


def _do(piece: Any) -> Any:
    return _work(piece)
