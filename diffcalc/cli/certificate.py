"""The option --certificate: a proof of the derivatives that Coq checks, beside the answer."""

import os.path
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from diffcalc.base.errors import printable
from diffcalc.cli.shared import say

if TYPE_CHECKING:
    from diffcalc.comparison.compare import Comparison
    from diffcalc.language.point import Values


def certifier(
    path: str | None, words: Sequence[str], order: int, digits: int | None
) -> "Callable[[Comparison, Values | None], None]":
    """What writes the certificate of a comparison into the file `path`; nothing where that is None.

    Raises `click.UsageError` where there would be several, or none.
    """
    if path is None:
        return lambda result, gradient: None
    if "-" in (path, *words):
        raise click.UsageError("one file has one certificate: --certificate does not go with -")
    if os.path.splitext(path)[1] not in ("", ".v"):
        raise click.UsageError(f"{printable(path)} is no certificate's name: end it with .v")
    if order > 1:
        raise click.UsageError("--certificate is for first derivatives, not for --order 2")

    def write(result: "Comparison", gradient: "Values | None") -> None:
        from pathlib import Path

        from diffcalc.base.files import replace_file
        from diffcalc.codegen.certificates import certificate

        found = certificate(result, gradient, digits, Path(path).name)
        replace_file(Path(path), found.script.encode())
        say(*(f"not in {path}: {name}: {reason}" for name, reason in found.missing))

    return write
