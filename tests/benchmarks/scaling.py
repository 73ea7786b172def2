"""The gradient at one point in many variables, beside torch: python -m tests.benchmarks.scaling.

Needs `pip install -e ".[bench]"`. Prints milliseconds of f alone and of f with its gradient in all
variables, their ratio, which the cheap gradient principle bounds, and the share of torch's time.
Tracing is done once and not counted; its time stands beside.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from diffcalc.autograd.compiled.program import Tape
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read

RUNS = 7
SIZES = (10, 100, 1_000, 10_000)


def product(n: int) -> str:
    return "*".join(f"x{i}" for i in range(n))


def rosenbrock(n: int) -> str:
    return " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1))


def sines(n: int) -> str:
    return " + ".join(f"sin(x{i}*x{(i + 1) % n})" for i in range(n))


def best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def by_torch(expression: Expression, point: dict[str, float]) -> Callable[[], object]:
    import torch

    algebra = {**FLOAT, "sin": torch.sin, "number": float}

    def run() -> object:
        leaves = {
            n: torch.tensor(v, dtype=torch.float64, requires_grad=True) for n, v in point.items()
        }
        expression(algebra, **leaves).backward()
        return [leaf.grad for leaf in leaves.values()]

    return run


def main() -> None:
    print(
        f"{'':12}{'n':>7}{'f':>10}{'gradient':>10}{'ratio':>7}{'torch':>10}{'share':>7}{'tracing':>9}"
    )
    for make in (product, rosenbrock, sines):
        for n in SIZES:
            f = read(make(n), declared={f"x{i}" for i in range(n)})
            point = {name: 1 + 0.1 * np.sin(i) for i, name in enumerate(f.variables)}
            start = time.perf_counter()
            tape, value = Tape(f, f.variables), Tape(f, ())
            tape.at(point), value.at(point)
            tracing = (time.perf_counter() - start) * 1000
            alone, both = best(partial(value.at, point)), best(partial(tape.at, point))
            torches = best(by_torch(f, point))
            times = f"{alone:>10.3f}{both:>10.3f}{both / alone:>7.2f}"
            numbers = f"{times}{torches:>10.2f}{both / torches:>7.3f}"
            print(f"{make.__name__:12}{n:>7}{numbers}{tracing:>9.0f}")


if __name__ == "__main__":
    main()
