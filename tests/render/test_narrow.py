"""What is written on a narrow terminal: numbers lose digits, and are never cut off."""

import pytest

from tests.conftest import Run


@pytest.mark.parametrize("columns", [40, 66, 80])
def test_values_beside_a_limit_are_whole(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("limit", "sin(x)/x", "--x", "0", "--of", "f").out.splitlines()
    assert "…" not in "".join(lines)
    assert max(map(len, lines)) <= columns
    steps = [line.split() for line in lines[-6:]]
    assert [h for h, _, _ in steps] == ["0.1", "0.01", "0.001", "0.0001", "1e-05", "1e-06"]
    assert all(abs(float(left) - float(right)) < 1e-9 for _, left, right in steps)
