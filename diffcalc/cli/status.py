"""The exit statuses a shell script may rely on."""

from enum import IntEnum

from diffcalc.base.severity import Severity


class ExitStatus(IntEnum):
    """One for each severity; `main.STATUSES` says what they mean."""

    OK = 0
    NOT_TRUE = 1
    USAGE = 2
    FAULT = 3


def status_of(severity: Severity) -> ExitStatus:
    """The exit status that stands for it."""
    return ExitStatus(severity)
