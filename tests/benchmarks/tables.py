"""Tables of numbers, read and written, against their peers: python -m tests.benchmarks.tables.

A million rows of two columns of full-precision numbers: uniform ones, and normal ones times powers
of ten. Times are the best of three, in ms, and their ratio to numpy's (loadtxt, and savetxt with 17
digits, which are not the shortest); diffcalc's are those without pyarrow and with it. Of two
processes, without pyarrow, each reads chunks of the file, wherever they start, and keeps the numbers;
those written are sent there and back. Peers that are not installed are left out.
"""

import functools
import io
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from diffcalc.tables import arrow
from diffcalc.tables.chunks import chunks
from diffcalc.tables.parse import parse
from diffcalc.tables.write import rows

ROWS = 1_000_000
REPEATS = 3
# Rows that are written at once, as about many as a chunk that is read has.
BLOCK = 25_000


def tables() -> dict[str, Any]:
    random = np.random.default_rng(0)
    powers = 10.0 ** random.integers(-300, 300, (ROWS, 2))
    return {
        "uniform": random.random((ROWS, 2)),
        "normal*10**k": random.standard_normal((ROWS, 2)) * powers,
        "normal, 3 places": random.standard_normal((ROWS, 2)).round(3),
    }


def pandas_read(path: Path) -> Any:
    import pandas

    # The default since pandas 3, where to say so is deprecated.
    exactly = {} if pandas.__version__ >= "3" else {"float_precision": "round_trip"}
    return pandas.read_csv(path, header=None, **exactly).to_numpy()


def pyarrow_read(path: Path) -> Any:
    from pyarrow import csv

    options = csv.ReadOptions(autogenerate_column_names=True, use_threads=False)
    table = csv.read_csv(path, read_options=options)
    return np.stack([column.to_numpy() for column in table.columns], axis=1)


def pandas_write(matrix: Any) -> bytes:
    import pandas

    return pandas.DataFrame(matrix).to_csv(header=False, index=False).encode()


def pyarrow_write(matrix: Any) -> bytes:
    import pyarrow
    from pyarrow import csv

    file = io.BytesIO()
    table = pyarrow.table({"x": matrix[:, 0], "y": matrix[:, 1]})
    csv.write_csv(table, file, csv.WriteOptions(include_header=False))
    return file.getvalue()


def savetxt(matrix: Any) -> bytes:
    file = io.BytesIO()
    np.savetxt(file, matrix, fmt="%.17g", delimiter=",")
    return file.getvalue()


def ours_read(path: Path) -> Any:
    with path.open("rb") as file:
        return np.concatenate([parse(chunk, ",", 2, [0, 1]).numbers for _, chunk in chunks(file)])


def without_pyarrow(method: Callable[[Any], Any], given: Any) -> Any:
    with mock.patch.multiple(arrow, read=lambda *_: None, rows=lambda *_: None):
        return method(given)


def with_pyarrow(method: Callable[[Any], Any], given: Any) -> Any:
    import pyarrow.csv  # noqa: F401

    arrow.load()
    return method(given)


def ours_read_by_two(path: Path, pool: ProcessPoolExecutor) -> None:
    with path.open("rb") as file:
        lengths = [len(chunk) for _, chunk in chunks(file)]
    starts = [0, *itertools.accumulate(lengths)]
    list(pool.map(_sum, itertools.repeat(path), starts, lengths))


def _sum(path: Path, start: int, length: int) -> float:
    with path.open("rb") as file:
        file.seek(start)
        return float(parse(file.read(length), ",", 2, [0, 1]).numbers.sum())


def ours_write(matrix: Any) -> bytes:
    return b"".join(rows(matrix[at : at + BLOCK], ",") for at in range(0, ROWS, BLOCK))


def ours_write_by_two(matrix: Any, pool: ProcessPoolExecutor) -> bytes:
    blocks = (matrix[at : at + BLOCK] for at in range(0, ROWS, BLOCK))
    return b"".join(pool.map(rows, blocks, itertools.repeat(",")))


def best(method: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        method()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def compare(methods: dict[str, Callable[..., Any]], given: Any, expected: Any) -> None:
    """Prints the time of each method, its ratio to the first one's, and whether it is exact."""
    first = None
    for name, method in methods.items():
        try:
            found = method(given)
        except ImportError:
            print(f"  {name:22} not installed")
            continue
        took = best(functools.partial(method, given))
        first = first or took
        note = "" if found is None or same(found, expected) else "  differs from repr, float"
        print(f"  {name:22}{took:7.0f} ms{took / first:7.2f}{note}")


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, bytes):
        return bool(found == expected)
    return bool(found.tobytes() == expected.tobytes())


def main() -> None:
    print(f"{os.cpu_count()} processors")
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        list(pool.map(abs, range(2)))
        readers: dict[str, Callable[..., Any]] = {
            "np.loadtxt": lambda path: np.loadtxt(path, delimiter=","),
            "diffcalc": functools.partial(without_pyarrow, ours_read),
            "diffcalc, pyarrow": functools.partial(with_pyarrow, ours_read),
            "diffcalc, 2 processes": lambda path: ours_read_by_two(path, pool),
            "pandas": pandas_read,
            "pyarrow, 1 thread": pyarrow_read,
        }
        writers: dict[str, Callable[..., Any]] = {
            "np.savetxt": savetxt,
            "diffcalc": functools.partial(without_pyarrow, ours_write),
            "diffcalc, pyarrow": functools.partial(with_pyarrow, ours_write),
            "diffcalc, 2 processes": lambda matrix: ours_write_by_two(matrix, pool),
            "pandas": pandas_write,
            "pyarrow": pyarrow_write,
        }
        for name, matrix in tables().items():
            text = "".join(f"{x!r},{y!r}\n" for x, y in matrix.tolist()).encode()
            print(f"read, {name}")
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "numbers.csv"
                path.write_bytes(text)
                compare(readers, path, matrix)
            print(f"write, {name}")
            compare(writers, matrix, text)


if __name__ == "__main__":
    main()
