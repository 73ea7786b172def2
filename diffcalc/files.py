"""Files of text, read whole, and files that are never half written."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from diffcalc.errors import DiffcalcError

# Far above the bounds on what is read from it, and far below what fills the memory.
_MOST_BYTES = 64_000_000
_UNFINISHED: set[str] = set()


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` when the body is done, and only then.

    A device or a pipe, as /dev/null is, is written to. Raises `OSError` where that is not allowed.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
        _UNFINISHED.add(new.name)
        try:
            yield new.file
            new.flush()
            os.fsync(new.fileno())
            os.chmod(new.name, _mode(path))
        except BaseException:
            os.unlink(new.name)
            raise
        finally:
            _UNFINISHED.discard(new.name)
    os.replace(new.name, path)


def remove_unfinished() -> None:
    """Takes half-written files away, for a process that ends at once."""
    for name in _UNFINISHED:
        with suppress(OSError):
            os.unlink(name)


def read_text(name: str) -> str:
    """The text of the file, in UTF-8; lines that begin with # are left out.

    Raises `DiffcalcError` where it cannot be read, is no such text, or nothing is left of it.
    """
    try:
        with Path(name).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DiffcalcError(f"cannot read {name or 'a file without a name'}: {reason}") from None
    if len(content) > _MOST_BYTES:
        raise DiffcalcError(f"{name} is longer than {_MOST_BYTES:,} bytes")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DiffcalcError(f"{name} is not text in UTF-8") from None
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    if not text.strip():
        raise DiffcalcError(f"{name} is empty")
    return text


def replace_file(path: Path, content: bytes) -> None:
    """Puts `content` in place of the file, which stays as it was until all of it is written.

    Raises `OSError` where the folder cannot be written to.
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
