"""Files that are written beside the one they replace."""

import subprocess
import sys
from pathlib import Path

import pytest

# Ctrl-C comes when the file is there and nobody knows its name yet.
_BROKEN_OFF = """
import signal, sys, tempfile
from pathlib import Path
from diffcalc.base.files import replacing

make = tempfile.mkstemp

def made(*args, **kwargs):
    found = make(*args, **kwargs)
    signal.raise_signal(signal.SIGINT)
    return found

tempfile.mkstemp = made
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with replacing(Path(sys.argv[1])) as stream:
        print("written")
except KeyboardInterrupt:
    print("broken off")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_ctrl_c_as_a_file_is_made_leaves_none(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    done = subprocess.run(
        [sys.executable, "-c", _BROKEN_OFF, str(out)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("broken off\n", "")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]
