"""Gradients at a million points, beside other libraries: python -m tests.benchmarks.batch.

Needs `pip install -e ".[bench]"`; peers that are not installed are left out. All sides run in one
process with one thread, on the same points in float64, and give the value and the derivatives in
all variables as arrays. diffcalc runs what `diffcalc points` does, its bounds on round-off
included, which no other has; "bare" is its tape without them. The others get what their users would
write: tensors in torch, eager and compiled; SymPy's derivatives with what they share computed once
(numexpr, numba, NumPy); what `diffcalc emit` writes in C.

Medians of rounds in which all run in turn, in nanoseconds a point, of the processor and on the
clock, and diffcalc's share of each; what it takes to begin, compilation and a first run, is apart.
"""

import ctypes
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffcalc.autograd.compiled.program import Tape
from diffcalc.codegen.emit import emit
from diffcalc.comparison.many_points import Batch
from diffcalc.language.grammar import read
from diffcalc.tables.columns import rows_at_once
from diffcalc.tables.parse import Table
from tests.benchmarks.rounds import ONE_THREAD, Times, about, installed, medians, timed

POINTS = 1_000_000
ROUNDS = 7
# numexpr takes no more in one expression.
_MOST_INPUTS = 60


def fifty_terms() -> str:
    """A sum of 50 products of powers of a, b, c, d, e, up to the third."""
    random = np.random.default_rng(3)
    terms = []
    for _ in range(50):
        powers = [
            name if power == 1 else f"{name}**{power}"
            for name, power in zip("abcde", random.integers(0, 4, 5), strict=True)
            if power
        ]
        terms.append("*".join([str(round(random.uniform(0.1, 9), 2)), *powers]))
    return " + ".join(terms)


EXPRESSIONS = {
    "cubic": "3*a**3 - b**2 + 2*a*b - a**2*b",
    "transcendental": "sin(a*b)*exp(-a**2/2) + log(1+b**2)/(1+exp(-a))",
    "Rosenbrock, 10": " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(9)),
    "50 terms": fifty_terms(),
    "x²y/(x⁴+y²)": "x**2*y/(x**4 + y**2)",
}
DECLARED = {"e", *(f"x{i}" for i in range(10))}

Arrays = Mapping[str, Any]
Side = Callable[..., Sequence[Any]]


def _function(text: str, module: Any, names: Sequence[str]) -> Callable[..., Any]:
    """The expression as a function of another library's numbers, as its users write it."""
    known = {name: getattr(module, name) for name in ("sin", "exp", "log")}
    found: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {text}", known)
    return found


def points_side(text: str, points: Arrays) -> Side:
    """What `diffcalc points` does with an array, up to the arrays that it writes to the file.

    It takes a chunk of the rows after the other, and keeps none that is written.
    """
    batch = Batch(read(text, declared=DECLARED), list(points), {}, list(points), 10.0)
    numbers = np.stack(list(points.values())).T
    rows = rows_at_once(len(points))
    starts = range(0, len(numbers), rows)
    tables = [Table(numbers[k : k + rows], range(k + 1, k + 1 + rows), {}) for k in starts]

    def run(write: Callable[[Any], object] = id) -> Sequence[Any]:
        for table in tables:
            write(batch.gradients(table, threads=1).numbers)
        return ()

    return run


def bare_side(text: str, points: Arrays) -> Side:
    tape = Tape(read(text, declared=DECLARED), tuple(points))
    return lambda: tape(points, threads=1)


def torch_side(text: str, points: Arrays, compiled: bool = False) -> Side:
    import torch

    torch.set_num_threads(1)
    ones = torch.ones(len(next(iter(points.values()))), dtype=torch.float64)

    f = _function(text, torch, list(points))
    value = torch.compile(f) if compiled else f

    def run() -> Sequence[Any]:
        leaves = [torch.from_numpy(v).requires_grad_(True) for v in points.values()]
        result = value(*leaves)
        result.backward(ones)
        return [result.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)]

    return run


def compiled_torch_side(text: str, points: Arrays) -> Side:
    return torch_side(text, points, compiled=True)


def jax_side(text: str, points: Arrays) -> Side:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    f = _function(text, jnp, list(points))
    both = jax.jit(jax.vmap(jax.value_and_grad(f, argnums=tuple(range(len(points))))))
    arrays = [jnp.asarray(v) for v in points.values()]

    def run() -> Sequence[Any]:
        value, slopes = jax.block_until_ready(both(*arrays))
        return [value, *slopes]

    return run


def autograd_side(text: str, points: Arrays) -> Side:
    import autograd.numpy as anp
    from autograd import make_vjp

    f = _function(text, anp, list(points))

    def run() -> Sequence[Any]:
        vjp, value = make_vjp(lambda values: f(*values))(tuple(points.values()))
        return [value, *vjp(np.ones(len(next(iter(points.values())))))]

    return run


def sympy_side(text: str, points: Arrays) -> Side:
    import sympy

    symbols, results = _derived(text, points)
    both = sympy.lambdify(symbols, results, "numpy", cse=True)
    return lambda: both(*points.values())


def _derived(text: str, points: Arrays) -> tuple[list[Any], list[Any]]:
    """SymPy's symbols, and f with its derivatives."""
    import sympy

    symbols = sympy.symbols(list(points))
    f = _function(text, sympy, list(points))(*symbols)
    return symbols, [f, *(sympy.diff(f, s) for s in symbols)]


def numexpr_side(text: str, points: Arrays) -> Side:
    import numexpr
    import sympy

    numexpr.set_num_threads(1)
    plain = _derived(text, points)[1]
    shared, results = sympy.cse(plain, sympy.numbered_symbols("t"))
    if any(len(result.free_symbols) > _MOST_INPUTS for result in results):
        shared, results = [], plain
    steps = [(str(name), str(part)) for name, part in shared]
    texts = list(map(str, results))

    def run() -> Sequence[Any]:
        known = dict(points)
        for name, part in steps:
            known[name] = numexpr.evaluate(part, local_dict=known)
        return [numexpr.evaluate(one, local_dict=known) for one in texts]

    return run


def numba_side(text: str, points: Arrays) -> Side:
    import math

    import numba
    import sympy

    shared, results = sympy.cse(_derived(text, points)[1], sympy.numbered_symbols("t"))
    lines = [f"def loop({', '.join(points)}, out):", "    for i in range(out.shape[1]):"]
    lines += [f"        {name}_ = {name}[i]" for name in points]
    inner = {sympy.Symbol(name): sympy.Symbol(f"{name}_") for name in points}
    for name, part in shared:
        lines.append(f"        {name} = {sympy.pycode(part.xreplace(inner))}")
    for row, result in enumerate(results):
        lines.append(f"        out[{row}, i] = {sympy.pycode(result.xreplace(inner))}")
    names: dict[str, Any] = {"math": math}
    exec("\n".join(lines), names)
    loop = numba.njit(names["loop"])

    def run() -> Sequence[Any]:
        out = np.empty((1 + len(points), len(next(iter(points.values())))))
        loop(*points.values(), out)
        return out

    return run


def casadi_side(text: str, points: Arrays) -> Side:
    import casadi

    leaves = list(map(casadi.SX.sym, points))
    f = _function(text, casadi, list(points))(*leaves)
    both = casadi.Function("both", leaves, [f, *(casadi.gradient(f, leaf) for leaf in leaves)])
    count = len(next(iter(points.values())))
    out = np.empty((1 + len(points), count))
    # Its own arrays take ten times as long to be filled and read.
    mapped = both.map(count)
    buffer, call = mapped.buffer()
    for number, column in enumerate(points.values()):
        buffer.set_arg(number, memoryview(column))
    for number, row in enumerate(out):
        buffer.set_res(number, memoryview(row))

    def run(alive: Any = (mapped, buffer, points)) -> Sequence[Any]:
        call()
        return out.copy()

    return run


_LOOP = """
void loop(long n, const double *in, double *out) {{
    for (long i = 0; i < n; i++) {{
        double grad[{count}];
        g_grad({given}, &out[i], grad);
        for (int k = 0; k < {count}; k++) out[(k + 1)*n + i] = grad[k];
    }}
}}
"""


def c_side(text: str, points: Arrays) -> Side:
    """What `diffcalc emit` writes in C, in a loop."""
    source = emit(read(text, declared=DECLARED), "c", name="g", gradient=True)
    given = ", ".join(f"in[{k}*n + i]" for k in range(len(points)))
    with tempfile.TemporaryDirectory() as folder:
        file, library = Path(folder) / "g.c", Path(folder) / "g.so"
        # In one file, so that the call vanishes.
        file.write_text(source + _LOOP.format(count=len(points), given=given))
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run(["gcc", *flags, file, "-o", library, "-lm"], check=True)
        loop = ctypes.CDLL(str(library)).loop
    numbers = np.stack(list(points.values()))
    count = numbers.shape[1]
    loop.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def run() -> Sequence[Any]:
        out = np.empty((1 + len(points), count))
        loop(count, numbers.ctypes.data, out.ctypes.data)
        return out

    return run


OURS = "diffcalc points"
SIDES: Mapping[str, tuple[str, Callable[[str, Arrays], Side]]] = {
    OURS: ("diffcalc", points_side),
    "diffcalc, bare": ("diffcalc", bare_side),
    "torch eager": ("torch", torch_side),
    "torch.compile": ("torch", compiled_torch_side),
    "jax.jit": ("jax", jax_side),
    "autograd": ("autograd", autograd_side),
    "SymPy, lambdify": ("sympy", sympy_side),
    "numexpr": ("numexpr", numexpr_side),
    "CasADi": ("casadi", casadi_side),
    "numba": ("numba", numba_side),
    "emitted C": ("gcc", c_side),
}
"""The sides by their names, and the package that each needs."""


class Found(NamedTuple):
    """Nanoseconds a point, and the seconds until the first result."""

    cpu: float
    wall: float
    start: float


def measure(count: int = POINTS, rounds: int = ROUNDS) -> dict[str, dict[str, Found]]:
    """What every side takes on every expression; all have to give the same numbers."""
    found: dict[str, dict[str, Found]] = {}
    random = np.random.default_rng(0)
    for name, text in EXPRESSIONS.items():
        variables = read(text, declared=DECLARED).variables
        points = {v: random.uniform(-2, 2, count) for v in variables}
        runs, starts = _begun(text, points)
        times = medians(runs, rounds)
        found[name] = {
            side: Found(*(seconds / count * 1e9 for seconds in times[side]), starts[side].wall)
            for side in runs
        }
    return found


def _begun(text: str, points: Arrays) -> tuple[dict[str, Side], dict[str, Times]]:
    """The sides that are installed, after a first run, and how long that took."""
    runs: dict[str, Side] = {}
    starts: dict[str, Times] = {}
    expected: Any = None
    for side, (package, make) in SIDES.items():
        if not (installed(package) or shutil.which(package)):
            continue
        results: list[Any] = []

        def begin(side: str = side, make: Any = make, results: list[Any] = results) -> None:
            runs[side] = make(text, points)
            results.extend(runs[side](results.append) if side == OURS else runs[side]())

        starts[side] = timed(begin)
        if side == OURS:
            results[:] = np.concatenate(results).T
        expected = results if expected is None else expected
        for ours, theirs in zip(expected, results, strict=True):
            scale = np.max(np.abs(ours))
            np.testing.assert_allclose(theirs, ours, rtol=1e-8, atol=1e-12 * scale, err_msg=side)
    return runs, starts


def memory() -> float:
    """MB that a process of diffcalc alone takes for the largest, beyond its inputs and outputs."""
    text = EXPRESSIONS["50 terms"]
    random = np.random.default_rng(0)
    points = {v: random.uniform(-2, 2, POINTS) for v in "abcde"}
    run = points_side(text, points)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = np.asarray(run())
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (after - before) / 1024 - result.nbytes / 2**20


def main() -> None:
    os.environ.update(ONE_THREAD)
    if sys.argv[1:] == ["--memory"]:
        print(f"{memory():.0f} MB beyond inputs and outputs")
        return
    count, rounds = map(int, sys.argv[1:3]) if sys.argv[2:] else (POINTS, ROUNDS)
    print(about(["numpy", "torch", "jax", "autograd", "sympy", "numexpr", "casadi", "numba"]))
    print(f"{count:,} points, {rounds} rounds, one thread")
    for name, sides in measure(count, rounds).items():
        print(f"\n{name:20}{'ns CPU':>9}{'ns clock':>10}{'share':>8}{'start, s':>10}")
        for side, (cpu, wall, start) in sides.items():
            share = f"{sides[OURS].cpu / cpu:8.2f}"
            print(f"{side:20}{cpu:9.1f}{wall:10.1f}{share}{start:10.2f}")


if __name__ == "__main__":
    main()
