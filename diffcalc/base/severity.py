"""How bad what came of a question is, for whoever asked."""

from enum import IntEnum


class Severity(IntEnum):
    """From the best to the worst: of several, `max` is that of them all."""

    FINE = 0
    """There is an answer, and it is to be believed."""
    UNTRUE = 1
    """The input was understood, but what was asked for does not exist, is not true, or is not to be
    believed."""
    REFUSED = 2
    """The input was not understood, was too large, or took too long; or the result was not written.
    """
    FAULT = 3
    """Something went wrong inside diffcalc: to be reported, whatever the input."""
