"""What pyarrow writes is what Python writes, to the byte."""

import numpy as np
import pytest

from diffcalc.tables import arrow

RANDOM = np.random.default_rng(1)
AWKWARD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-5, -9.5e-5, 1e-4, 3.0, 1e10, 1e16, 5e-324]


@pytest.mark.parametrize("spread", [0, 12], ids=["a few as e-05", "most with exponents"])
@pytest.mark.parametrize("count", [1, 2, 500])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows(delimiter: str, count: int, spread: int) -> None:
    pytest.importorskip("pyarrow")
    arrow.load()
    matrix = RANDOM.normal(size=(count, 3)) * 10.0 ** RANDOM.integers(
        -spread, spread + 1, (count, 3)
    )
    for row, number in enumerate(AWKWARD[:count]):
        matrix[-1 - row, row % 3] = number
    written = "".join(delimiter.join(map(repr, row)) + "\n" for row in matrix.tolist()).encode()
    assert arrow.rows(matrix, delimiter) == written
    before = b"".join(b'"k",%d\n' % row for row in range(count))
    behind = [b'"k",%d' % row + delimiter.encode() for row in range(count)]
    found = arrow.rows(matrix, delimiter, before)
    assert found == b"".join(map(bytes.__add__, behind, written.splitlines(keepends=True)))
