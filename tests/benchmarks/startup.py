"""Start-up, side by side with a bare `import sympy`: python -m tests.benchmarks.startup [--where].

It needs hyperfine. Prints the median of each command and its processor time, their ratios to the
first, and the goal. With `--where`, also what the milliseconds of the first `grad` go to.
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

RUNS = 30
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
    """The median on the clock and the mean processor time of each command, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "3", "--runs", str(RUNS), "--style", "none",
             "--export-json", str(report), *(command for command, _ in COMMANDS.values())],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        results = json.loads(report.read_text())["results"]
    return [(r["median"] * 1000, (r["user"] + r["system"]) * 1000) for r in results]


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
    for (name, (_, goal)), (median, cpu) in zip(COMMANDS.items(), times, strict=True):
        wanted = f"{goal:4.2f}" if goal else "    "
        ratios = f"{median:5.0f} ms  {median / first:5.2f}  {cpu:5.0f} ms  {cpu / first_cpu:5.2f}"
        print(f"{ratios}   {wanted}  {name}")
    if "--where" in sys.argv[1:]:
        fastest = min((breakdown() for _ in range(5)), key=lambda found: found.total())
        for what, milliseconds in fastest.most_common():
            print(f"{milliseconds:5.0f} ms  {what}")


if __name__ == "__main__":
    main()
