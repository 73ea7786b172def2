"""What can go wrong, said in the user's words: a message, a hint, and a caret where it points.

Every error that a user can cause is a `DiffcalcError`. The command line prints it and leaves with
its exit status; a program that uses diffcalc as a library catches it.
"""

import re
import shlex
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

EXCERPT_WIDTH = 60
_LONGEST = 600


class ExitStatus(IntEnum):
    """The exit statuses a shell script may rely on."""

    OK = 0
    NOT_TRUE = 1
    """The input was understood, but the derivative does not exist or is not to be believed."""
    USAGE = 2
    """The input was not understood, was too large, or took too long."""


class DiffcalcError(Exception):
    """An error in what the user gave.

    `message` is one sentence without a full stop; `hint` says what to write instead; `text` and
    `column` (counted from 0) place the caret.
    """

    exit_status = ExitStatus.USAGE

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        text: str | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.text = text
        self.column = column

    def __str__(self) -> str:
        parts = [self.message, *([] if self.hint is None else [self.hint])]
        line = printable(": ".join(shortened(part, _LONGEST) for part in parts))
        if self.text is None or self.column is None:
            return line
        return f"{line}\n{caret(self.text, self.column)}"


class ReadError(DiffcalcError):
    """The text is not an expression diffcalc reads."""


class LimitError(ReadError):
    """The text is well formed but larger than diffcalc is willing to work out."""


class PointError(DiffcalcError):
    """The values do not fit the expression or one another."""


class LibraryError(DiffcalcError):
    """A named function cannot be stored, found or removed."""


class EmitError(DiffcalcError):
    """A language has no form of the expression, or no such name."""


class DeadlineError(DiffcalcError):
    """The work took longer than `--timeout` allows."""


def printable(text: str) -> str:
    """`text` with every character that could move the cursor or hide itself shown as an escape."""
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def shell_words(words: Iterable[str]) -> str:
    """Words of a command line as they are typed into a shell, in quotes where it needs them."""
    return " ".join(_shell_word(word) for word in words)


def _shell_word(word: str) -> str:
    quoted = shlex.quote(word)
    # Double quotes, as in all examples, unless a shell would see something of its own in them.
    return quoted if quoted == word or re.search(r'["$`\\!]', word) else f'"{word}"'


def shortened(text: str, longest: int) -> str:
    """`text` where it is no longer than that; else its beginning, and how long it is."""
    if len(text) <= longest:
        return text
    return f"{text[:longest].rstrip()}… ({len(text):,} characters)"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def caret(text: str, column: int) -> str:
    """Two lines: the part of `text` around `column`, and a caret under that column."""
    start = max(0, min(column - EXCERPT_WIDTH // 2, len(text) - EXCERPT_WIDTH))
    end = start + EXCERPT_WIDTH
    before = ("…" if start else "") + printable(text[start:column])
    after = printable(text[column:end]) + ("…" if end < len(text) else "")
    return f"  {before}{after}\n  {' ' * _cells(before)}^"


def _cells(text: str) -> int:
    """How many terminal cells `text` takes, so that the caret stands under its character."""
    return sum(_character_cells(c) for c in text)


def _character_cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
