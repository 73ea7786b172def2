"""Files of text, read whole, and files that are never half written."""

import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO

from diffcalc.base.encoded import opened, pyarrow_for
from diffcalc.base.errors import DiffcalcError
from diffcalc.base.signals import signals_held
from diffcalc.base.streams import Named, writing

# Far above the bounds on what is read from it, and far below what fills the memory.
MOST_BYTES = 64_000_000
PACKED = (".gz", ".zst")
"""How the names of packed files end."""
_UNFINISHED: set[str] = set()


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` when the body is done, and only then.

    A device or a pipe, as /dev/null is, is written to. Raises `WriteError` where that is not
    allowed, or what is written finds no room.
    """
    with writing(path):
        special = path.exists() and not path.is_file()
        target, unfinished = os.path.realpath(path), ""
        if special:
            file = Named(path, path)
    if special:
        with io.BufferedWriter(file) as stream:
            yield stream
        return
    folder, name = os.path.split(target)
    try:
        # Broken off in here, a file would be left that has no name yet.
        with signals_held(), writing(path):
            descriptor, unfinished = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            _UNFINISHED.add(unfinished)
            file = Named(descriptor, path)
        with io.BufferedWriter(file) as stream:
            yield stream
            stream.flush()
            with writing(path):
                os.fsync(file.fileno())
        with writing(path):
            os.chmod(unfinished, _mode(Path(target)))
            os.replace(unfinished, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise
    finally:
        _UNFINISHED.discard(unfinished)


@contextmanager
def packing(stream: IO[bytes], packed: str) -> Iterator[IO[bytes]]:
    """What is written comes out packed, as in files that end like this, and always the same."""
    if packed == ".gz":
        import gzip

        with gzip.GzipFile("", "wb", 6, stream, mtime=0) as packer:
            yield packer  # type: ignore[misc] # it has what of IO is used
    elif packed == ".zst":
        pyarrow = pyarrow_for("to pack by zstd")
        # It would close the stream, which has to be flushed yet.
        below = SimpleNamespace(write=stream.write, close=lambda: None, closed=False)
        with pyarrow.CompressedOutputStream(pyarrow.PythonFile(below, "w"), "zstd") as packer:
            yield packer
    else:
        yield stream


def remove_unfinished() -> None:
    """Takes half-written files away, for a process that ends at once."""
    for name in _UNFINISHED:
        with suppress(OSError):
            os.unlink(name)


def read_text(name: str) -> str:
    """The text of the file, as `opened` has it; lines that begin with # are left out.

    Raises `DiffcalcError` where it cannot be read, is no such text, or nothing is left of it.
    """
    # A file may be called as standard input is.
    content = _content(name, lambda: opened("./-" if name == "-" else name)[0])
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DiffcalcError(f"{name} is not text in UTF-8") from None
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    if not text.strip():
        raise DiffcalcError(f"{name} is empty")
    return text


def read_bytes(name: str) -> bytes:
    """What is in the file. Raises `DiffcalcError` where it cannot be read, or does not end."""
    return _content(name, lambda: open(name, "rb"))


def _content(name: str, opening: Callable[[], IO[bytes]]) -> bytes:
    try:
        with opening() as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DiffcalcError(f"cannot read {name or 'a file without a name'}: {reason}") from None
    if len(content) > MOST_BYTES:
        raise DiffcalcError(f"{name} is longer than {MOST_BYTES:,} bytes")
    return content


def replace_file(path: Path, content: bytes) -> None:
    """Puts `content` in place of the file, which stays as it was until all of it is written.

    Raises `WriteError` as `replacing` does.
    """
    with replacing(path) as file:
        file.write(content)


def _mode(path: Path) -> int:
    """The file's permissions, or those of a new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
