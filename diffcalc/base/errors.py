"""What can go wrong, said in the user's words: a message, a hint, and a caret where it points.

Every error that a user can cause is a `DiffcalcError`. The command line prints it; a program
that uses diffcalc as a library catches it. Every other exception is a fault of diffcalc's own: the
command line makes it a `DiffcalcError` too, by `understood`.
"""

import errno
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable

from diffcalc.base.severity import Severity

# With its indent and both dots it fits into 80 columns, and each side shows some words.
EXCERPT_WIDTH = 60
# A message may quote what was typed, which may be a million characters: eight lines are enough.
_LONGEST = 600


class DiffcalcError(Exception):
    """An error in what the user gave.

    `message` is one sentence without a full stop; `hint` says what to write instead; `text` and
    `column` (counted from 0) place the caret.
    """

    severity = Severity.REFUSED

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

    def inside(self, text: str, column: int) -> "DiffcalcError":
        """The same error, its caret moved into `text`, where what was read begins at `column`.

        An error about another text, as that of a function that is called, stays where it is.
        """
        if self.text is None or text.startswith(self.text, column):
            self.text, self.column = text, column + (self.column or 0)
        return self

    @property
    def sentence(self) -> str:
        """The message and the hint in one line, without the lines that place the caret."""
        parts = [self.message, *([] if self.hint is None else [self.hint])]
        return printable(": ".join(shortened(part, _LONGEST) for part in parts))

    def __str__(self) -> str:
        if self.text is None or self.column is None:
            return self.sentence
        return f"{self.sentence}\n{caret(self.text, self.column)}"


class ReadError(DiffcalcError):
    """The text is not an expression diffcalc reads."""

    readings: tuple[str, ...] = ()
    """Formulas, one of which is meant; the hint offers them, and `besides` what else there is."""
    besides = ""


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


class WriteError(DiffcalcError):
    """A result cannot be written; whatever else there is to do would be lost as well."""


class InternalError(DiffcalcError):
    """A fault of diffcalc's own."""

    severity = Severity.FAULT


def understood(error: BaseException) -> DiffcalcError:
    """Any exception as one that says what to do about it.

    What no part of diffcalc expected is an `InternalError`: a `RecursionError` too, since how deep
    operations may lie within one another is bounded before they are followed. The traceback is
    shown, on standard error, where the environment has DIFFCALC_DEBUG=1.
    """
    if isinstance(error, DiffcalcError):
        return error
    if debugging():
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return LimitError("too large: there is not enough memory for this")
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "it has no message"
    name = type(error).__name__ + (f": {shortened(text, _LONGEST // 2)}" if text else "")
    return InternalError(f"internal error: {name} (in {_place(error)}), please report")


def debugging() -> bool:
    """Whether the environment asks for tracebacks."""
    return os.environ.get("DIFFCALC_DEBUG", "0") not in ("", "0")


def _place(error: BaseException) -> str:
    """The file and line of diffcalc that was left last."""
    from traceback import walk_tb

    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep
    places = [(f.f_code.co_filename, line) for f, line in walk_tb(error.__traceback__)]
    package = f"{root}diffcalc{os.sep}"
    own = [(file.removeprefix(root), line) for file, line in places if file.startswith(package)]
    file, line = [("?", 0), *places, *own][-1]
    return f"{file}:{line}"


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
