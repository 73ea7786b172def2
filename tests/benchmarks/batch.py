"""Gradients at a million points, beside other libraries: python -m tests.benchmarks.batch.

Needs `pip install -e ".[bench]"`. All sides run in one process, on the same points in float64, and
give the value and the derivatives in all variables as arrays; compiling is not counted. What is
printed is the best of several runs, in nanoseconds a point, and diffcalc's share of each.
"""

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from diffcalc.autograd.compiled.program import Tape
from diffcalc.language.grammar import read

POINTS = 1_000_000
RUNS = 7


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
_DECLARED = {"e", *(f"x{i}" for i in range(10))}

Arrays = Mapping[str, Any]
Side = Callable[[], Sequence[Any]]


def _value(text: str, module: Any, values: Arrays) -> Any:
    """The expression in another library's numbers: Python reads it, as that library's users do."""
    known = {name: getattr(module, name) for name in ("sin", "exp", "log")}
    return eval(text, known, dict(values))


def diffcalc_side(text: str, points: Arrays) -> Side:
    expression = read(text, declared=_DECLARED)
    tape = Tape(expression, tuple(points))
    return lambda: tape(points)


def torch_side(text: str, points: Arrays) -> Side:
    import torch

    ones = torch.ones(POINTS, dtype=torch.float64)

    def run() -> Sequence[Any]:
        leaves = {n: torch.from_numpy(v).requires_grad_(True) for n, v in points.items()}
        result = _value(text, torch, leaves)
        result.backward(ones)
        return [result.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves.values())]

    return run


def jax_side(text: str, points: Arrays) -> Side:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def f(*values: Any) -> Any:
        return _value(text, jnp, dict(zip(points, values, strict=True)))

    both = jax.jit(jax.vmap(jax.value_and_grad(f, argnums=tuple(range(len(points))))))
    arrays = [jnp.asarray(v) for v in points.values()]

    def run() -> Sequence[Any]:
        value, slopes = jax.block_until_ready(both(*arrays))
        return [value, *slopes]

    return run


def autograd_side(text: str, points: Arrays) -> Side:
    import autograd.numpy as anp
    from autograd import make_vjp

    def f(values: tuple[Any, ...]) -> Any:
        return _value(text, anp, dict(zip(points, values, strict=True)))

    def run() -> Sequence[Any]:
        vjp, value = make_vjp(f)(tuple(points.values()))
        return [value, *vjp(np.ones(POINTS))]

    return run


def sympy_side(text: str, points: Arrays) -> Side:
    import sympy

    symbols = sympy.symbols(list(points))
    f = _value(text, sympy, dict(zip(points, symbols, strict=True)))
    both = sympy.lambdify(symbols, [f, *(sympy.diff(f, s) for s in symbols)], "numpy", cse=True)
    return lambda: both(*points.values())


def numexpr_side(text: str, points: Arrays) -> Side:
    import numexpr
    import sympy

    symbols = sympy.symbols(list(points))
    f = _value(text, sympy, dict(zip(points, symbols, strict=True)))
    texts = [str(one) for one in (f, *(sympy.diff(f, s) for s in symbols))]
    return lambda: [numexpr.evaluate(one, local_dict=dict(points)) for one in texts]


SIDES = {
    "diffcalc": diffcalc_side,
    "torch eager": torch_side,
    "jax.jit": jax_side,
    "autograd": autograd_side,
    "SymPy, lambdify": sympy_side,
    "numexpr": numexpr_side,
}


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds a point of every side on every expression; all have to give the same numbers."""
    found: dict[str, dict[str, float]] = {}
    random = np.random.default_rng(0)
    for name, text in EXPRESSIONS.items():
        variables = read(text, declared=_DECLARED).variables
        points = {v: random.uniform(-2, 2, POINTS) for v in variables}
        sides = {side: make(text, points) for side, make in SIDES.items()}
        results = {side: run() for side, run in sides.items()}
        for side, result in results.items():
            for ours, theirs in zip(results["diffcalc"], result, strict=True):
                scale = np.max(np.abs(ours))
                np.testing.assert_allclose(
                    theirs, ours, rtol=1e-8, atol=1e-12 * scale, err_msg=side
                )
        del results
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(RUNS):
            # In turn, so that what else the machine does meets all sides.
            for side, run in sides.items():
                start = time.perf_counter()
                run()
                times[side].append(time.perf_counter() - start)
        found[name] = {side: min(t) / POINTS * 1e9 for side, t in times.items()}
    return found


def memory() -> float:
    """MB that a process of diffcalc alone takes for the largest, beyond its inputs and outputs."""
    text = EXPRESSIONS["50 terms"]
    random = np.random.default_rng(0)
    points = {v: random.uniform(-2, 2, POINTS) for v in "abcde"}
    run = diffcalc_side(text, points)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = np.asarray(run())
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (after - before) / 1024 - result.nbytes / 2**20


def main() -> None:
    if sys.argv[1:] == ["--memory"]:
        print(f"{memory():.0f} MB beyond inputs and outputs")
        return
    found = measure()
    peers = [side for side in SIDES if side != "diffcalc"]
    print(f"{os.cpu_count()} processors; nanoseconds a point, and diffcalc's share of each")
    print(f"{'':16}{'diffcalc':>10}" + "".join(f"{side:>20}" for side in peers))
    for name, times in found.items():
        shares = "".join(f"{times[p]:>12.1f}  {times['diffcalc'] / times[p]:>6.2f}" for p in peers)
        print(f"{name:16}{times['diffcalc']:>10.1f}{shares}")
    medians = [statistics.median(t["diffcalc"] / t[p] for t in found.values()) for p in peers]
    print(f"{'median':26}" + "".join(f"{m:>20.2f}" for m in medians))


if __name__ == "__main__":
    main()
