"""How benchmarks measure: all sides in turn, round after round, and the medians of that.

On a machine that does other things too the clock says little: processor time stands first.
"""

import importlib.metadata
import importlib.util
import os
import platform
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

# Before any of them is imported: each takes one thread.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}  # fmt: skip


class Times(NamedTuple):
    """Seconds: of the processors, and on the clock."""

    cpu: float
    wall: float


def timed(run: Callable[[], object]) -> Times:
    """How long one run takes; what it starts and waits for counts too."""
    before, start = _cpu(), time.perf_counter()
    run()
    return Times(_cpu() - before, time.perf_counter() - start)


def _cpu() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def medians(
    sides: Mapping[str, Callable[[], object]], rounds: int, repeats: int = 1
) -> dict[str, Times]:
    """The medians over rounds in which each side runs in turn, so many times.

    Each round has another order: what ran just before leaves the caches warm for some, and cold for
    others.
    """
    found: dict[str, list[Times]] = {side: [] for side in sides}
    order = random.Random(0)
    for _ in range(rounds):
        for side, run in order.sample(list(sides.items()), len(sides)):
            times = timed(lambda run=run: [run() for _ in range(repeats)])
            found[side].append(Times(*(seconds / repeats for seconds in times)))
    return {
        side: Times(*map(statistics.median, zip(*times, strict=True)))
        for side, times in found.items()
    }


def installed(package: str) -> bool:
    """Whether a peer is there."""
    return importlib.util.find_spec(package) is not None


def about(packages: Iterable[str]) -> str:
    """The machine, how busy it is, and the versions of what is measured."""
    versions = [f"{p} {importlib.metadata.version(p)}" for p in packages if installed(p)]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} processors ({_processor()}), load {load}; Python"
        f" {platform.python_version()}, {', '.join(versions)}"
    )


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()
