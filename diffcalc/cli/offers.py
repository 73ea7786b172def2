"""What a shell offers after TAB, by what is being typed: functions, variables, files.

Each takes what click gives: the context with the words before, the parameter, and the word so far.
An error in any of them offers nothing (see `cli/completion.py`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli.expressions import user_library
from diffcalc.cli.words import LETS, UNFINISHED

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _FileName(click.Path):
    """A file's name, completed as one. What is wrong with the file is told by who opens it."""

    def convert(self, value: Any, *_: object) -> Any:
        return value


FILE = _FileName()
# The sign of an equation, not of a comparison.
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


def words(ctx: click.Context, parameter: click.Parameter, word: str) -> "list[CompletionItem]":
    """The named functions for an expression; behind it the variables that have no value."""
    if UNFINISHED in ctx.meta:
        return []
    if _texts(ctx):
        return _missing(ctx, word) if "at" in ctx.params and "answers" not in ctx.params else []
    return _files(word) if word.startswith("@") else functions(ctx, parameter, word)


def functions(ctx: click.Context, parameter: click.Parameter, word: str) -> "list[CompletionItem]":
    """The named functions, with their definitions."""
    from diffcalc.language.library import BUILT_IN

    return _starting(BUILT_IN | user_library().own(), word)


def own_functions(
    ctx: click.Context, parameter: click.Parameter, word: str
) -> "list[CompletionItem]":
    """The user's own functions, with their definitions."""
    return _starting(user_library().own(), word)


def topics(ctx: click.Context, parameter: click.Parameter, word: str) -> "list[CompletionItem]":
    """The commands, and the pages of the guide."""
    from diffcalc.render.guide import topics

    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    return _starting([*group.list_commands(ctx), *topics()], word)


def values(ctx: click.Context, parameter: click.Parameter, word: str) -> "list[CompletionItem]":
    """The variables that have no value, or a file of values."""
    return _files(word) if word.startswith("@") else _missing(ctx, word)


def variables(ctx: click.Context, parameter: click.Parameter, word: str) -> "list[CompletionItem]":
    """The variables, one after another between commas."""
    return listed(_variables(ctx), word)


def listed(known: Iterable[str], word: str) -> "list[CompletionItem]":
    """The known names, one after another between commas, each once."""
    before, comma, _ = word.rpartition(",")
    taken = before.split(",")
    return _starting([f"{before}{comma}{name}" for name in known if name not in taken], word)


def _missing(ctx: click.Context, word: str) -> "list[CompletionItem]":
    """The variables that have no value, as `x=`."""
    given = _assigned(ctx)
    names = [] if "=" in word else _variables(ctx)
    return _starting([f"{name}=" for name in names if name not in given], word)


def _starting(found: Iterable[str], word: str) -> "list[CompletionItem]":
    """What of this begins as the word does; of a dictionary with the texts as descriptions."""
    from click.shell_completion import CompletionItem

    texts = found if isinstance(found, dict) else {}
    return [CompletionItem(one, help=texts.get(one)) for one in found if one.startswith(word)]


def _files(word: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, type="file")]


def _typed(ctx: click.Context) -> Iterator[str]:
    """The words before, those of options that are given several times included."""
    for value in ctx.params.values():
        yield from value if isinstance(value, tuple) else ()


def _assigned(ctx: click.Context) -> set[str]:
    """The names before an equals sign."""
    return {word.partition("=")[0].strip() for word in _typed(ctx) if "=" in word}


def _texts(ctx: click.Context) -> list[str]:
    """The expression, or the equation, and what intermediate variables are made of."""
    from diffcalc.language.point import is_assignment

    found = [word for word in ctx.params["words"] if not is_assignment(word)]
    equation = ctx.params.get("equation")
    lets = [let.partition("=")[2] for let in _lets(ctx)]
    return [*([equation] if equation else []), *found, *lets]


def _lets(ctx: click.Context) -> Sequence[str]:
    """The intermediate variables, of whatever command."""
    return ctx.params.get("lets") or ctx.meta.get(LETS) or ()


def _variables(ctx: click.Context) -> list[str]:
    """The variables of what is typed, intermediate ones left out."""
    from diffcalc.base.errors import DiffcalcError
    from diffcalc.language.expression import Expression
    from diffcalc.language.grammar import read
    from diffcalc.language.point import split

    lookup, declared = user_library().lookup(), _assigned(ctx)

    def read_all(texts: Iterable[str]) -> list[Expression]:
        return [read(text, declared=declared, lookup=lookup) for text in texts]

    found: list[Expression] = []
    for text in _texts(ctx):
        # A list of functions, and an equation, are of several.
        inside = text.strip()[1:-1] if text.strip().startswith("[") else text
        for piece, _ in split(inside, 0):
            try:
                found += read_all([piece])
            except DiffcalcError:
                found += read_all(_EQUALS.split(piece))
    lets = {let.partition("=")[0].strip() for let in _lets(ctx)}
    names = dict.fromkeys(name for expression in found for name in expression.variables)
    return [name for name in names if name not in lets]
