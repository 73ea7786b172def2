"""The tokens of a text with a cursor: what comes next, what is taken, and errors at a token."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from diffcalc.base.errors import DiffcalcError, LimitError, ReadError
from diffcalc.language.bars import paired
from diffcalc.language.frames import framed
from diffcalc.language.latex_input import plain
from diffcalc.language.tokens import Token, is_latex, tokenize

# Nobody pastes a longer one with something around it.
_LONGEST_FRAMED = 10_000


class Cursor:
    """Where the reader stands in a text."""

    def __init__(self, text: str, declared: Collection[str], checked: bool) -> None:
        self._text = text
        self._checked = checked
        formula = framed(text) if len(text) <= _LONGEST_FRAMED else text
        tokens = tokenize(formula, checked=checked)
        latex = is_latex(formula)
        self._tokens = paired(plain(tokens, text, declared) if latex else tokens, text)
        self._at = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, *symbols: str) -> bool:
        token = self._tokens[self._at]
        return token.kind == "symbol" and token.text in symbols

    def _error(self, message: str, at: Token | None = None, hint: str | None = None) -> ReadError:
        return ReadError(message, hint=hint, text=self._text, column=(at or self._token).column)

    def _error_of_size(self, message: str, at: Token) -> LimitError:
        return LimitError(message, text=self._text, column=at.column)

    @contextmanager
    def _standing_at(self, token: Token) -> Iterator[None]:
        """Puts the caret of an error that does not know its place under this token."""
        try:
            yield
        except DiffcalcError as error:
            error.text, error.column = self._text, token.column
            raise
