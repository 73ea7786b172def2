"""Coded gradients: what diffcalc, scipy, PyTorch and numdifftools say of them, and at what cost.

Every gradient of `tests/published.py` as it is, and with each of the mistakes planted. Run it as
`python -m tests.benchmarks.gradients`; what is not installed is left out. A float of scipy's is
held against 1e-4 of the gradient's norm, as people do.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffcalc.exercises.components import Told
from diffcalc.exercises.gradients import check_gradient
from tests.published import MISTAKES, PUBLISHED, planted

Judge = Callable[[Callable[[Any], Any], Callable[[Any], Any], Any], bool]
CLOSE = 1e-4


def diffcalc(f: Any, gradient: Any, at: Any) -> bool:
    return check_gradient(f, gradient, at).told is Told.RIGHT


def scipy(f: Any, gradient: Any, at: Any) -> bool:
    from scipy.optimize import check_grad

    shape = at.shape
    error = check_grad(
        lambda x: float(f(x.reshape(shape))),
        lambda x: np.ravel(gradient(x.reshape(shape))),
        at.ravel(),
    )
    return bool(error <= CLOSE * max(1.0, float(np.linalg.norm(gradient(at)))))


def numdifftools(f: Any, gradient: Any, at: Any) -> bool:
    import numdifftools

    shape = at.shape
    found = numdifftools.Gradient(lambda x: float(f(x.reshape(shape))))(at.ravel())
    return bool(np.allclose(found, np.ravel(gradient(at)), rtol=CLOSE, atol=1e-8))


def torch(f: Any, gradient: Any, at: Any) -> bool:
    import torch

    class Coded(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.tensor(float(f(x.detach().numpy())), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, weight: Any) -> Any:
            (x,) = ctx.saved_tensors
            return weight * torch.tensor(np.asarray(gradient(x.detach().numpy())))

    point = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    return bool(torch.autograd.gradcheck(Coded.apply, (point,), raise_exception=False))


JUDGES: dict[str, Judge] = {
    "diffcalc": diffcalc, "scipy": scipy, "numdifftools": numdifftools, "torch": torch,
}  # fmt: skip


def cases() -> Iterator[tuple[Any, Any, Any, bool]]:
    """Functions, gradients, where, and whether that is right."""
    for number, case in enumerate(PUBLISHED):
        yield case.f, case.gradient, case.at, True
        for name in MISTAKES:
            gradient = planted(case, name, number % case.at.size)
            near = [case.at + 0.05 * k for k in range(3)]
            if not all(
                np.allclose(gradient(x), case.gradient(x), rtol=1e-12, atol=0) for x in near
            ):
                yield case.f, gradient, case.at, False


def measure(judge: Judge) -> str:
    """Detected, false alarms, evaluations and milliseconds of each."""
    counts = dict.fromkeys(("wrong", "detected", "right", "alarms", "calls"), 0)
    start = time.perf_counter()
    for f, gradient, at, right in cases():

        def counted(x: Any, f: Any = f) -> Any:
            counts["calls"] += 1
            return f(x)

        said = judge(counted, gradient, at)
        counts["right" if right else "wrong"] += 1
        counts["alarms" if right else "detected"] += not said
    each = 1000 * (time.perf_counter() - start) / (counts["right"] + counts["wrong"])
    calls = counts["calls"] / (counts["right"] + counts["wrong"])
    found = f"{counts['detected']:4} of {counts['wrong']} wrong"
    return f"{found}, {counts['alarms']:2} of {counts['right']} alarms, {calls:5.0f} calls, {each:5.1f} ms"


if __name__ == "__main__":
    for name, judge in JUDGES.items():
        if name == "diffcalc" or importlib.util.find_spec(name):
            print(f"{name:13}{measure(judge)}")
