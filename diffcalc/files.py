"""Files that are never half written."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


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
        try:
            yield new.file
            new.flush()
            os.fsync(new.fileno())
            os.chmod(new.name, _mode(path))
        except BaseException:
            os.unlink(new.name)
            raise
    os.replace(new.name, path)


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
