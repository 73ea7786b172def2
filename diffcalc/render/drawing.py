"""A computation graph as a picture, drawn by graphviz where it is installed."""

import shutil
import subprocess
from pathlib import Path

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.files import replace_file
from diffcalc.comparison.graph import Graph
from diffcalc.render.graph import dot

_SUFFIXES = (".svg", ".png", ".pdf")


def draw(result: Graph, path: Path) -> None:
    """Draws the graph into a file, which is replaced only once the picture is complete.

    Raises `DiffcalcError` where the suffix is unknown, graphviz is missing or fails, or the file
    cannot be written.
    """
    if path.suffix not in _SUFFIXES:
        raise DiffcalcError(
            f"{path.name} is no picture's name", hint=f"end it with {', '.join(_SUFFIXES)}"
        )
    program = shutil.which("dot")
    if program is None:
        raise DiffcalcError(
            "graphviz is not installed here", hint="install it, or use --format mermaid or dot"
        )
    done = subprocess.run(  # noqa: S603 - no user text is among the arguments
        [program, f"-T{path.suffix[1:]}"],
        input=dot(result).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise DiffcalcError(f"graphviz failed: {done.stderr.decode(errors='replace').strip()}")
    replace_file(path, done.stdout)
