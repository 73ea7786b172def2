"""From a cold shell to a finished file, a million points: python -m tests.benchmarks.process.

Needs hyperfine and `pip install -e ".[bench]"`. diffcalc reads an array or a table and writes one;
so do scripts with jax and torch (an array) and numpy, pandas and pyarrow (a table), imports
included. The expression is the transcendental one of `comparison/many_points.py`.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.batch import EXPRESSIONS, POINTS

RUNS = 3
_F = EXPRESSIONS["transcendental"]
_SCRIPTS = {
    "jax, .npy": """
import jax, jax.numpy as jnp, numpy as np
from jax.numpy import sin, exp, log
jax.config.update("jax_enable_x64", True)
points = np.load("points.npy")
f = jax.jit(jax.vmap(jax.value_and_grad(lambda a, b: FORMULA, argnums=(0, 1))))
value, slopes = f(points[:, 0], points[:, 1])
np.save("out.npy", np.stack([value, *slopes], axis=1))
""",
    "torch, .npy": """
import numpy as np, torch
from torch import sin, exp, log
points = np.load("points.npy")
a = torch.from_numpy(points[:, 0].copy()).requires_grad_(True)
b = torch.from_numpy(points[:, 1].copy()).requires_grad_(True)
f = FORMULA
f.backward(torch.ones_like(f))
np.save("out.npy", torch.stack([f.detach(), a.grad, b.grad], dim=1).numpy())
""",
    "jax and pandas, .csv": """
import jax, jax.numpy as jnp, numpy as np, pandas as pd
from jax.numpy import sin, exp, log
jax.config.update("jax_enable_x64", True)
points = pd.read_csv("points.csv", float_precision="round_trip")
f = jax.jit(jax.vmap(jax.value_and_grad(lambda a, b: FORMULA, argnums=(0, 1))))
value, slopes = f(points["a"].to_numpy(), points["b"].to_numpy())
pd.DataFrame({"f": value, "df/da": slopes[0], "df/db": slopes[1]}).to_csv("out.csv", index=False)
""",
    "torch and numpy, .csv": """
import numpy as np, torch
from torch import sin, exp, log
points = np.loadtxt("points.csv", delimiter=",", skiprows=1)
a = torch.from_numpy(points[:, 0].copy()).requires_grad_(True)
b = torch.from_numpy(points[:, 1].copy()).requires_grad_(True)
f = FORMULA
f.backward(torch.ones_like(f))
np.savetxt("out.csv", torch.stack([f.detach(), a.grad, b.grad], dim=1).numpy(), fmt="%r", delimiter=",")
""",
}


def main() -> None:
    if shutil.which("hyperfine") is None:
        sys.exit("hyperfine is not installed")
    program = f"{Path(sys.executable).with_name('diffcalc')} grad '{_F}' --points"
    commands = {
        "diffcalc, .npy": f"{program} points.npy --output out.npy",
        "diffcalc, .csv": f"{program} points.csv --output out.csv",
    }
    with tempfile.TemporaryDirectory() as folder:
        points = np.random.default_rng(0).normal(size=(POINTS, 2))
        np.save(Path(folder) / "points.npy", points)
        rows = "".join(f"{a!r},{b!r}\n" for a, b in points.tolist())
        (Path(folder) / "points.csv").write_text("a,b\n" + rows)
        for number, (name, script) in enumerate(_SCRIPTS.items()):
            (Path(folder) / f"{number}.py").write_text(script.replace("FORMULA", _F))
            commands[name] = f"{sys.executable} {number}.py"
        report = Path(folder) / "report.json"
        subprocess.run(
            ["hyperfine", "-N", "--warmup", "1", "--runs", str(RUNS), "--style", "none",
             "--export-json", str(report), *commands.values()],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        results = json.loads(report.read_text())["results"]
    medians = dict(zip(commands, (r["median"] for r in results), strict=True))
    for name, median in medians.items():
        ours = medians["diffcalc" + name[name.index(", ") :]]
        print(f"{median:7.2f} s  {ours / median:5.2f}  {name}")


if __name__ == "__main__":
    main()
