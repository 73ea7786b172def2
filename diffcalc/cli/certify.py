"""`certify`: a certificate checked by Coq."""

import click

from diffcalc.cli import offers
from diffcalc.cli.options import options, timeout
from diffcalc.cli.shared import say
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import Command

_FILE = click.argument("path", metavar="FILE", type=offers.FILE)
# Coq takes some seconds to begin with, and up to one for each theorem.
_TIMEOUT = timeout(300.0)


@click.command(cls=Command)
@options(_FILE, _TIMEOUT)
def certify(path: str, timeout: float) -> ExitStatus:
    """Have Coq check a certificate that `grad --certificate` wrote.

    Coq is a program of its own, which checks proofs; diffcalc has no part in what it says. It has
    to be installed, with its libraries Coquelicot and Interval.

    \b
    Examples:
      diffcalc grad "x*exp(-x)" --x 2 --certificate proof.v
      diffcalc certify proof.v
    """
    from diffcalc.base.deadline import deadline
    from diffcalc.codegen.certificates import check

    text = _read(path)
    with deadline(timeout):
        found = check(text)
    if found.refused:
        say(f"{path}: Coq {found.version} refuses it: {found.refused}")
        return ExitStatus.NOT_TRUE
    count = len(found.theorems)
    theorems = "1 theorem" if count == 1 else f"{count} theorems"
    click.echo(f"{path}: {theorems}, proved: checked by Coq {found.version}")
    return ExitStatus.OK


def _read(path: str) -> str:
    """All of the file. Raises `DiffcalcError` where it cannot be read, or is no text."""
    from pathlib import Path

    from diffcalc.base.errors import DiffcalcError

    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DiffcalcError(f"{path} is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DiffcalcError(f"cannot read {path}: {reason}") from None
