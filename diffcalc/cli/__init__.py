"""The command line: arguments in, exit status out. No mathematics and no formatting here.

A file for each command; what commands share has files beside them. What is slow to
import is imported by the command that needs it, so that `--help` is instant.

Imports every other room, and alone imports click.
"""

from diffcalc.cli.main import cli, run

__all__ = ["cli", "run"]
