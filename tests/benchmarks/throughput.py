"""Comparisons a second, one expression a line: python -m tests.benchmarks.throughput [--where].

1,000 formulas, the same every time, are fed to `diffcalc grad - --format json` at one point, as a
whole process on one core: start-up included. Three in four are in x, the others in x and y. With
`--where`, one more run under cProfile says which method takes which share.
"""

import contextlib
import cProfile
import io
import os
import pstats
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from tests.random_formulas import formula

COUNT = 1_000
GOAL = 100
TYPED = [
    "3*x**2 - 4*x", "3x²-4x", "(x+1)(x-1)", "x sin(x)", "sin(x)^2", "e^(2x)", "exp(-x^2/2)",
    "1/(1+e^-x)", "√(x+1)", "x^(1/3)", "2^x", "x^x", "|x|", "3*x**3 - y**2", "x*y", "x^2*y/(x^4+y^2)",
    "sqrt(x^2 + y^2)", "atan2(y, x)", "log(x^2 + y^2)", "exp(-x)*cos(y)", "sigmoid(3x - 2)", "max(x, y)",
]  # fmt: skip
COMMAND = ["grad", "-", "--x", "2", "--y", "3", "--format", "json"]
# What a share is of: the function of each method that all others of it are called from.
SHARES = {
    "reading": ("grammar.py chain_rule.py", "read read_chain"),
    "numerical": ("partial_derivatives.py", "_convergence"),
    "symbolic": ("task.py", "derivations whole"),
    "autograd": ("task.py", "backward"),
    "truth": ("truths.py", "truth whole"),
    "verdict": ("verdict.py", "judge"),
    "render": ("json.py", "comparison"),
}


def formulas() -> list[str]:
    """What people type, then random formulas of one to three operations on their longest path."""
    random = Random(6)
    found = list(TYPED)
    while len(found) < COUNT:
        text = formula(random, random.randint(1, 3))
        if len(found) % 4 == 0:
            text = f"({text})*({formula(random, 1).replace('x', 'y').replace('eyp', 'exp')})"
        found.append(text)
    return found


def measure(text: str) -> float:
    """Seconds of processor time for all formulas, by a process of its own on one core.

    Other work on the core would count in the time on the clock.
    """
    script = str(Path(sys.executable).with_name("diffcalc"))
    before, start = os.times(), time.perf_counter()
    # The formulas without a derivative make the exit status 1.
    done = subprocess.run(
        [script, *COMMAND], input=text, text=True, capture_output=True, check=False
    )
    wall, after = time.perf_counter() - start, os.times()
    seconds = sum(after[2:4]) - sum(before[2:4])
    results = done.stdout.count("\n")
    refused = done.stderr.count("diffcalc: line")
    print(
        f"{results} results, {refused} refused, {seconds:.1f} s of processor time"
        f" ({wall:.1f} s on the clock): {COUNT / seconds:.0f} a second"
    )
    return seconds


def shares(text: str) -> None:
    """Prints the share of each method, by cProfile."""
    from diffcalc.cli import run

    profile = cProfile.Profile()
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        profile.enable()
        run(COMMAND)
        profile.disable()
    found = pstats.Stats(profile)
    for name, (files, functions) in SHARES.items():
        part = sum(
            total
            for (file, _, function), (_, _, _, total, _) in found.stats.items()  # type: ignore[attr-defined]
            if Path(file).name in files.split() and function in functions.split()
        )
        print(f"{part / found.total_tt:6.0%}  {name}")  # type: ignore[attr-defined]


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    # As a user has it: modules are compiled once, not at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    text = "\n".join(formulas()) + "\n"
    fastest = min(measure(text) for _ in range(3))
    print(f"fastest: {COUNT / fastest:.0f} expressions a second (goal: {GOAL})")
    if "--where" in sys.argv[1:]:
        shares(text)


if __name__ == "__main__":
    main()
