"""Start-up, side by side with a bare `import sympy`: python -m tests.benchmarks.startup [--where].

It needs hyperfine. Prints the medians of each command's time and processor time, their ratios to
the first, and the goal. With `--where`, also what the milliseconds of the first `grad` go to.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

# All commands in turn, time and again: a machine that slows down on the way slows them all.
ROUNDS, RUNS = 8, 6
PYTHON = sys.executable
SCRIPT = str(Path(PYTHON).with_name("diffcalc"))
EXAMPLE = f"{SCRIPT} grad '3*a**3 - b**2' --at a=2,3 b=6,4"
# The command, and the ratio that is the goal.
COMMANDS = {
    'python -c "import sympy"': (f"{PYTHON} -c 'import sympy'", None),
    "diffcalc grad (the lecture's example 1)": (EXAMPLE, 1.10),
    "diffcalc limit f --x 1": (f"{SCRIPT} limit f --x 1", 1.10),
    "diffcalc steps 'x^2'": (f"{SCRIPT} steps x^2", 1.10),
    "diffcalc --help": (f"{SCRIPT} --help", 0.18),
    'python -c "import diffcalc"': (f"{PYTHON} -c 'import diffcalc'", 0.10),
}
PACKAGES = {"click", "diffcalc", "mpmath", "numpy", "rich", "sympy"}
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\w+)")


def measured() -> list[tuple[float, float]]:
    """The medians on the clock and of the processor time of each command, in milliseconds."""
    rounds = [one_round() for _ in range(ROUNDS)]
    clock = [[t for one in each for t in one["times"]] for each in zip(*rounds, strict=True)]
    cpu = [[one["user"] + one["system"] for one in each] for each in zip(*rounds, strict=True)]
    return [(median(a) * 1000, median(b) * 1000) for a, b in zip(clock, cpu, strict=True)]


def one_round() -> list[dict[str, Any]]:
    """What hyperfine reports of each command, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "1", "--runs", str(RUNS), "--style", "none",
             "--export-json", str(report), *(command for command, _ in COMMANDS.values())],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        found: list[dict[str, Any]] = json.loads(report.read_text())["results"]
    return found


def breakdown() -> Counter[str]:
    """Milliseconds of the example by what takes them; those of imports are Python's own count."""
    found: Counter[str] = Counter()
    start = time.perf_counter()
    done = subprocess.run(
        [PYTHON, "-X", "importtime", *shlex.split(EXAMPLE)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    whole = (time.perf_counter() - start) * 1000
    for microseconds, package in _IMPORT.findall(done.stderr):
        name = package if package in PACKAGES else "the standard library"
        found[f"import of {name}"] += int(microseconds) / 1000
    found["Python itself, the run and the exit"] = whole - found.total()
    return found


def main() -> None:
    if shutil.which("hyperfine") is None:
        sys.exit("hyperfine is not installed")
    # As a user has it: modules are compiled once, not at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    times = measured()
    first, first_cpu = times[0]
    print("on the clock     processor time   goal")
    for (name, (_, goal)), (clock, cpu) in zip(COMMANDS.items(), times, strict=True):
        wanted = f"{goal:4.2f}" if goal else "    "
        ratios = f"{clock:5.0f} ms  {clock / first:5.2f}  {cpu:5.0f} ms  {cpu / first_cpu:5.2f}"
        print(f"{ratios}   {wanted}  {name}")
    if "--where" in sys.argv[1:]:
        fastest = min((breakdown() for _ in range(5)), key=lambda found: found.total())
        for what, milliseconds in fastest.most_common():
            print(f"{milliseconds:5.0f} ms  {what}")


if __name__ == "__main__":
    main()
