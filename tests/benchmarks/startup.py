"""Start-up, side by side with a bare `import sympy`: python -m tests.benchmarks.startup.

It needs hyperfine. Prints the median of each command and its ratio to the first.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 30


def main() -> None:
    if shutil.which("hyperfine") is None:
        sys.exit("hyperfine is not installed")
    python, script = sys.executable, str(Path(sys.executable).with_name("diffcalc"))
    example = f"{script} grad '3*a**3 - b**2' --at a=2,3 b=6,4"
    commands = {
        'python -c "import sympy"': f"{python} -c 'import sympy'",
        "diffcalc grad (the lecture's example 1)": example,
        "diffcalc limit f --x 1": f"{script} limit f --x 1",
        "diffcalc --help": f"{script} --help",
        'python -c "import diffcalc"': f"{python} -c 'import diffcalc'",
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "3", "--runs", str(RUNS), "--style", "none",
             "--export-json", str(report), *commands.values()],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        medians = [r["median"] for r in json.loads(report.read_text())["results"]]
    for name, median in zip(commands, medians, strict=True):
        print(f"{median * 1000:7.0f} ms  {median / medians[0]:5.2f}  {name}")


if __name__ == "__main__":
    main()
