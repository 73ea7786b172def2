"""Compilers and what they made, as processes."""

import subprocess
from pathlib import Path


def ran(folder: Path, *command: str | Path) -> str:
    """What a command in this folder prints; it says nothing on standard error."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[:3000]
    assert not done.stderr
    return done.stdout
