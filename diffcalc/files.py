"""Files of text, read whole, and files that are never half written."""

import os
import tempfile
from pathlib import Path

from diffcalc.errors import DiffcalcError

# Far above the bounds on what is read from it, and far below what fills the memory.
_MOST_BYTES = 64_000_000


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
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
