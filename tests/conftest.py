"""What all tests share: an own application folder, 80 columns, and the command line in-process."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from diffcalc import cli

PATIENCE = 120.0
"""Seconds after which a test's work is taken to hang: far more than any needs, for a busy machine."""

# In CI the same examples every time; elsewhere new ones, and as many as DIFFCALC_EXAMPLES says.
settings.register_profile(
    "diffcalc",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("DIFFCALC_EXAMPLES", "100")),
    print_blob=True,
)
settings.load_profile("diffcalc")


def examples(share: float, **others: Any) -> settings:
    """This share of the usual number of examples, for a test whose examples are dear, or cheap."""
    return settings(max_examples=max(1, round(share * settings().max_examples)), **others)


@dataclass
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("DIFFCALC_TIMEOUT", str(PATIENCE))
    for name in ("NO_COLOR", "FORCE_COLOR", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Runs a command line in this process: run("grad", "x**2", "--x", "3", stdin="").

    Bytes that are no UTF-8 are lone surrogates in what it returns.
    """

    def runner(*args: str, stdin: str | bytes = "") -> Outcome:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(content), encoding="utf-8"))
        capsysbinary.readouterr()
        status = cli.run(args)
        captured = capsysbinary.readouterr()
        out, err = (text.decode(errors="surrogateescape") for text in captured)
        return Outcome(status, out, err)

    return runner
