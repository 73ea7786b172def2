"""The program run very often: by a process forked for each run, in which all is imported.

As `python -m tests.forked` it reads runs as JSON from its standard input and prints what came of
each. A run has `args`, and in `streams` the redirections of a shell by number: `-` closes one.
"""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NoReturn

_MODES = ((os.O_RDONLY, "r"), (os.O_WRONLY, "w"), (os.O_WRONLY, "w"))


def run(args: Sequence[str], streams: dict[str, str]) -> dict[str, object]:
    """The status with which the program left, and what it wrote where a stream was not redirected."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.devnull, f"{folder}/out", f"{folder}/err"]
        process = os.fork()
        if not process:
            _child(args, [streams.get(str(number), file) for number, file in enumerate(files)])
        _, status = os.waitpid(process, 0)
        out, err = (Path(f).read_text() if Path(f).exists() else "" for f in files[1:])
    return {"status": os.waitstatus_to_exitcode(status), "out": out, "err": err}


def _child(args: Sequence[str], files: Sequence[str]) -> NoReturn:
    try:
        found = []
        for number, (file, (flags, mode)) in enumerate(zip(files, _MODES, strict=True)):
            os.close(number)
            if file == "-":
                found.append(None)
                continue
            opened = os.open(file, flags | (os.O_CREAT if flags else 0))
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            found.append(open(number, mode, closefd=False))  # noqa: SIM115 - open to the end
        sys.stdin, sys.stdout, sys.stderr = found
        sys.argv = ["diffcalc", *args]
        from diffcalc.__main__ import main

        main()
    finally:
        os._exit(99)


def main() -> None:
    """Does the runs: first each in this process, so that the others find all imported and known."""
    cases = json.load(sys.stdin)
    from diffcalc import cli

    nowhere = open(os.devnull, "w")  # noqa: SIM115 - open to the end
    with redirect_stdout(nowhere), redirect_stderr(nowhere):
        for args in dict.fromkeys(tuple(case["args"]) for case in cases):
            sys.stdin = open(os.devnull)  # noqa: SIM115 - closed by whoever reads it
            cli.run(args)
    json.dump([run(**case) for case in cases], sys.stdout)


if __name__ == "__main__":
    main()
