"""From a cold shell to a finished file, a million points: python -m tests.benchmarks.process.

Needs `pip install -e ".[bench]"`; what is not installed is left out. `diffcalc points` reads an
array or a table and writes one; so do scripts with numpy, jax and torch, which read and write
.csv and .parquet by pyarrow, imports included. numpy's has the derivatives as SymPy finds them. Medians of
rounds in turn, in seconds of the processors and on the clock, and diffcalc's share of each.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import sympy

from tests.benchmarks.batch import EXPRESSIONS, POINTS
from tests.benchmarks.rounds import about, installed, medians

ROUNDS = 5
_READ = """
import pyarrow as pa
from pyarrow import csv
table = csv.read_csv("points.csv")
a, b = (table[name].to_numpy() for name in "ab")
"""
_WRITE = """
csv.write_csv(pa.table(dict(zip(["f", "df/da", "df/db"], found))), "out.csv")
"""
_READ_PARQUET = _READ.replace("csv.read_csv", "parquet.read_table").replace("csv", "parquet")
_WRITE_PARQUET = _WRITE.replace("csv.write_csv", "parquet.write_table").replace("csv", "parquet")
_LOAD = 'import numpy as np\na, b = np.load("points.npy").T.copy()\n'
_SAVE = 'np.save("out.npy", np.stack(found, axis=1))\n'
_NUMPY = """
from numpy import cos, exp, log, sin
STEPS
found = [RESULTS]
"""
_JAX = """
import jax, jax.numpy as jnp, numpy as np
from jax.numpy import exp, log, sin
jax.config.update("jax_enable_x64", True)
f = jax.jit(jax.vmap(jax.value_and_grad(lambda a, b: FORMULA, argnums=(0, 1))))
value, slopes = f(a, b)
found = list(map(np.asarray, [value, *slopes]))
"""
_TORCH = """
import torch
from torch import exp, log, sin
a, b = (torch.tensor(x, requires_grad=True) for x in (a, b))
f = FORMULA
f.backward(torch.ones_like(f))
found = [one.numpy() for one in (f.detach(), a.grad, b.grad)]
"""
_PEERS = {"numpy": _NUMPY, "jax": _JAX, "torch": _TORCH}
_F = EXPRESSIONS["transcendental"]


def _script(body: str) -> str:
    """The script with the formula in it, and what SymPy makes of it."""
    a, b = sympy.symbols("a b")
    f = sympy.sympify(_F)
    shared, results = sympy.cse([f, f.diff(a), f.diff(b)], sympy.numbered_symbols("t"))
    steps = "\n".join(f"{name} = {part}" for name, part in shared)
    body = body.replace("STEPS", steps).replace("RESULTS", ", ".join(map(str, results)))
    return body.replace("FORMULA", _F)


def _commands(folder: Path) -> dict[str, list[str]]:
    """Each side's command, to be run in the folder, which gets the scripts."""
    program = [str(Path(sys.executable).with_name("diffcalc")), "points", _F]
    found = {}
    ways = {
        ".npy": (_LOAD, _SAVE),
        ".csv": (_READ, _WRITE),
        ".parquet": (_READ_PARQUET, _WRITE_PARQUET),
    }
    for ending, (before, after) in ways.items():
        if ending != ".npy" and not installed("pyarrow"):
            continue
        found[f"diffcalc, {ending}"] = [*program, f"points{ending}", "-o", f"out{ending}"]
        for peer, body in _PEERS.items():
            if installed(peer):
                file = folder / f"{peer}_{ending[1:]}.py"
                file.write_text(before + _script(body) + after)
                found[f"{peer}, {ending}"] = [sys.executable, file.name]
    return found


def main() -> None:
    print(about(["numpy", "pyarrow", "jax", "torch"]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        points = np.random.default_rng(0).normal(size=(POINTS, 2))
        np.save(folder / "points.npy", points)
        rows = "".join(f"{a!r},{b!r}\n" for a, b in points.tolist())
        (folder / "points.csv").write_text("a,b\n" + rows)
        if installed("pyarrow"):
            import pyarrow
            from pyarrow import parquet

            table = pyarrow.table({"a": points[:, 0], "b": points[:, 1]})
            parquet.write_table(table, folder / "points.parquet")
        commands = _commands(folder)
        runs = {
            side: partial(subprocess.run, command, cwd=folder, check=True)
            for side, command in commands.items()
        }
        # As a user has it: modules are compiled once, not at every start.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        medians(runs, 1)
        times = medians(runs, ROUNDS)
    print(f"{'':18}{'s CPU':>8}{'s clock':>9}{'share':>7}")
    for side, (cpu, wall) in times.items():
        ours = times["diffcalc" + side[side.index(", ") :]].cpu
        print(f"{side:18}{cpu:8.2f}{wall:9.2f}{ours / cpu:7.2f}")


if __name__ == "__main__":
    main()
