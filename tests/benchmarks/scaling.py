"""The gradient at one point in many variables, beside torch: python -m tests.benchmarks.scaling.

Needs `pip install -e ".[bench]"`. Prints milliseconds of f alone and of f with its gradient in all
variables, their ratio, which the cheap gradient principle bounds, and the share of torch's time, of
as many scalars and, where the formula has one, of the one vector that its users would write.
Tracing is done once and not counted; its time stands beside. Then the same vectors are given to
diffcalc's own tensors, whose operations are on whole arrays too. Medians of processor time.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from diffcalc import autograd
from diffcalc.autograd.compiled.program import Tape
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from tests.benchmarks.rounds import ONE_THREAD, about, medians

RUNS = 7
SIZES = (10, 100, 1_000, 10_000)


def product(n: int) -> str:
    return "*".join(f"x{i}" for i in range(n))


def rosenbrock(n: int) -> str:
    return " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1))


def sines(n: int) -> str:
    return " + ".join(f"sin(x{i}*x{(i + 1) % n})" for i in range(n))


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


VECTORS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "rosenbrock": (
        "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
        lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(),
    ),
    "sines": ("sum(sin(x[1:]*x[:-1]))", lambda x: (x[1:] * x[:-1]).sin().sum()),
}
"""The same functions of one vector (the last sine left out), to be read and in torch."""


def torch_vector(f: Callable[[Any], Any], point: Sequence[float]) -> Callable[[], object]:
    import torch

    def run() -> object:
        x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        f(x).backward()
        return x.grad

    return run


def tensor_vector(text: str, point: Sequence[float]) -> Callable[[], object]:
    expression, algebra = read(text), autograd.algebra()

    def run() -> object:
        x = autograd.tensor(point, requires_grad=True)
        expression(algebra, x=x).backward()
        return x.grad

    return run


def measure(make: Callable[[int], str], n: int) -> str:
    """A row of the table."""
    f = read(make(n), declared={f"x{i}" for i in range(n)})
    point = {name: 1 + 0.1 * float(np.sin(i)) for i, name in enumerate(f.variables)}
    start = time.process_time()
    tape, value = Tape(f, f.variables), Tape(f, ())
    tape.at(point), value.at(point)
    tracing = (time.process_time() - start) * 1000
    sides = {"f": partial(value.at, point), "both": partial(tape.at, point)}
    sides["torch"] = by_torch(f, point)
    if make.__name__ in VECTORS:
        text, function = VECTORS[make.__name__]
        numbers = np.array(list(point.values()))
        sides["vector"] = torch_vector(function, numbers)
        sides["ours"] = tensor_vector(text, numbers)
    ms = {name: one.cpu * 1000 for name, one in medians(sides, RUNS, 3).items()}
    row = f"{make.__name__:12}{n:>7}{ms['f']:>10.3f}{ms['both']:>10.3f}{ms['both'] / ms['f']:>7.2f}"
    row += f"{ms['torch']:>10.2f}{ms['both'] / ms['torch']:>7.3f}{tracing:>9.0f}"
    if "vector" in ms:
        row += f"{ms['vector']:>10.3f}{ms['both'] / ms['vector']:>7.2f}"
        row += f"{ms['ours']:>10.3f}{ms['ours'] / ms['vector']:>7.2f}"
    return row


def main() -> None:
    os.environ.update(ONE_THREAD)
    print(about(["numpy", "torch"]))
    print(
        f"{'ms CPU':12}{'n':>7}{'f':>10}{'gradient':>10}{'ratio':>7}{'torch':>10}{'share':>7}"
        f"{'tracing':>9}{'vector':>10}{'share':>7}{'tensors':>10}{'share':>7}"
    )
    for make in (product, rosenbrock, sines):
        for n in SIZES:
            print(measure(make, n))


if __name__ == "__main__":
    main()
