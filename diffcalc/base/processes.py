"""Work on many pieces, in order, by as many processes as there are processors.

Each process has a pipe of its own: one that is killed, as where the memory is full, then leaves no
lock behind and no half of a message, for which all others would wait.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from diffcalc.base.errors import DiffcalcError, LimitError, understood
from diffcalc.base.signals import ENDING, signals_held
from diffcalc.base.streams import silence_warnings

_Piece = TypeVar("_Piece")
_Result = TypeVar("_Result")

# To start processes does not pay for less; of small pieces, for fewer than take so many seconds.
_ALONE = 3
_WORTH = 0.3
# Small pieces are handed over together, as each message wakes a process.
_TOGETHER = 16
# While one hands over what it has found, another works in its stead.
_SPARE = 1
# More than a piece of a table has, before and after; the system may allow less.
_ROOM = 1 << 21
_AT_WORK: set[BaseProcess] = set()


def in_order(
    work: Callable[[_Piece], _Result],
    pieces: Iterable[_Piece],
    processes: int | None = None,
    *,
    small: bool = False,
) -> Iterator[_Result]:
    """`work` on each piece, in the order of the pieces. The first few are done in this process.

    `work` must be picklable. No more pieces are taken than are worked on, or of `small` ones handed
    over together; what is under way when the iterator is closed is dropped. Raises `LimitError`
    where a process is killed; what goes wrong in one is raised as `errors.understood` has it.
    """
    processes = processes or os.cpu_count() or 1
    iterator, start = iter(pieces), time.monotonic()
    for done, piece in enumerate(iterator, 1):
        yield work(piece)
        if time.monotonic() - start >= _WORTH if small else done == _ALONE:
            break
    if processes == 1:
        yield from map(work, iterator)
    elif not small:
        yield from _by_processes(work, iterator, processes + _SPARE)
    else:
        groups = iter(lambda: [*islice(iterator, _TOGETHER)], [])
        with closing(_by_processes(partial(_each, work), groups, processes)) as found:
            for group in found:
                yield from group


def _each(work: Callable[[_Piece], _Result], pieces: Iterable[_Piece]) -> list[_Result]:
    return [work(piece) for piece in pieces]


def _by_processes(
    work: Callable[[_Piece], _Result], iterator: Iterator[_Piece], processes: int
) -> Generator[_Result, None, None]:
    busy: deque[_Worker[_Piece, _Result]] = deque()
    try:
        for piece in iterator:
            if len(busy) < processes:
                busy.append(_Worker(work))
                busy[-1].send(piece)
                continue
            result = busy[0].receive()
            busy.rotate(-1)
            busy[-1].send(piece)
            yield result
        for worker in busy:
            yield worker.receive()
    finally:
        for worker in busy:
            worker.end()


class _Worker(Generic[_Piece, _Result]):
    """A process that works on one piece after the other."""

    def __init__(self, work: Callable[[_Piece], _Result]) -> None:
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("fork" if "fork" in methods else None)
        self._pipe, other = context.Pipe()
        _widen(self._pipe, other)
        self._process = context.Process(target=_serve, args=(work, other), daemon=True)
        with signals_held():
            self._process.start()
            _AT_WORK.add(self._process)
        # The pipe then ends with the process, of which no other has this end.
        other.close()

    def send(self, piece: _Piece) -> None:
        """Gives it a piece; it has none."""
        try:
            self._pipe.send(piece)
        except OSError:
            raise self._killed() from None

    def receive(self) -> _Result:
        """What came of the piece."""
        try:
            found = self._pipe.recv()
        except (EOFError, OSError):
            raise self._killed() from None
        if isinstance(found, DiffcalcError):
            raise found
        result: _Result = found
        return result

    def end(self) -> None:
        """Ends it, whatever it does."""
        _end(self._process)

    def _killed(self) -> LimitError:
        self._process.join(1)
        code = self._process.exitcode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return LimitError(
            f"one of the processes that work on the rows {how}", hint="perhaps the memory is full"
        )


def end_all() -> None:
    """Ends the processes that are at work, for one that ends at once."""
    for process in list(_AT_WORK):
        _end(process)


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join()
    _AT_WORK.discard(process)


def _widen(*ends: Connection) -> None:
    """Gives a pipe room for a whole piece, where it is a pair of sockets, as on Unix.

    Else both sides would wake one another for each small part of it.
    """
    with suppress(OSError):
        for end in ends:
            with socket.socket(fileno=os.dup(end.fileno())) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)


def _serve(work: Callable[[Any], Any], pipe: Connection) -> None:
    for asked in ENDING:
        # Ctrl-C is for the process that started this one, which ends it.
        signal.signal(asked, signal.SIG_IGN if asked is signal.SIGINT else signal.SIG_DFL)
    # One that was not forked has not inherited it.
    silence_warnings()
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    while True:
        try:
            found = ForkingPickler.dumps(work(pipe.recv()))
        except Exception as error:
            found = ForkingPickler.dumps(understood(error))
        try:
            pipe.send_bytes(found)
        except OSError:
            # Nobody is there to take it, and nobody to tell.
            os._exit(1)


def _end_with_the_first() -> None:
    """A process that is killed cannot end those it started."""
    first = multiprocessing.parent_process()
    assert first is not None
    first.join()
    os._exit(1)
