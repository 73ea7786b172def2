"""An option that a command has not: the refusal, and what was probably meant.

Everything that a refusal alone needs is imported there.
"""

import re
from collections.abc import Iterable, Sequence

import click

from diffcalc.base.errors import shortened

_LOOKS_LIKE_AN_OPTION = re.compile(r"--?[A-Za-z][\w-]*(?==|$)")
# So much of an expression is enough to know it by.
_LONGEST = 60
# What an option was called in 0.1, and is now.
_RENAMED = {
    ("descend", "--steps"): "--count",
    ("emit", "--gradient"): "--derivatives",
    ("graph", "--save"): "--output",
    ("steps", "--level"): "--detail",
}


def no_such_option(
    ctx: click.Context, typed: str, variables: Sequence[str] = (), shown: object = None
) -> click.UsageError:
    """The error for the option `typed`, which is also none of the `variables` of what is `shown`.

    It names the commands that have this option, or the one that it resembles.
    """
    commands = _commands_with(ctx, typed)
    renamed = _RENAMED.get((ctx.command.name or "", typed))
    near = _nearest(typed, [*_options(ctx.command, ctx), *(f"--{name}" for name in variables)])
    if renamed:
        hint = f"; it is {renamed} now"
    elif commands:
        hint = f"; it is an option of diffcalc {', '.join(commands)}"
    elif near:
        hint = f"; did you mean {near}?"
    elif shown is not None:
        from diffcalc.language.point import listed

        hint = f"; the variables of {shortened(str(shown), _LONGEST)}: {listed(variables)}"
    else:
        hint = ""
    return click.UsageError(f"no such option: {typed}{hint}", ctx)


def resembles_an_option(ctx: click.Context, typed: str) -> bool:
    """Whether this or another command has or had it, or this one that is spelled like it."""
    had = (ctx.command.name, typed) in _RENAMED
    return bool(had or _commands_with(ctx, typed) or _nearest(typed, _options(ctx.command, ctx)))


def refuse_options(ctx: click.Context, words: Iterable[str]) -> None:
    """Raises `click.UsageError` where one of too many words can only be meant as an option.

    The first may be an expression that begins with a minus.
    """
    for position, word in enumerate(words):
        match = _LOOKS_LIKE_AN_OPTION.match(word)
        if match and (position or word.startswith("--")):
            raise no_such_option(ctx, match.group())


def _options(command: click.Command, ctx: click.Context) -> list[str]:
    names = [name for parameter in command.get_params(ctx) for name in parameter.opts]
    return [name for name in names if name.startswith("-")]


def _commands_with(ctx: click.Context, option: str) -> list[str]:
    """The names of the commands that have this option."""
    group = ctx.find_root().command
    if not isinstance(group, click.Group):
        return []
    commands = {name: group.get_command(ctx, name) for name in group.list_commands(ctx)}
    return [name for name, one in commands.items() if one and option in _options(one, ctx)]


def _nearest(typed: str, candidates: Sequence[str]) -> str | None:
    """The candidate that is spelled almost so, or begins so; none is like a single letter."""
    import difflib

    name = typed.strip("-").lower()
    names = {candidate.strip("-").lower(): candidate for candidate in reversed(candidates)}
    if len(name) == 1:
        return None
    found = difflib.get_close_matches(name, names, 1) or [n for n in names if n.startswith(name)]
    return names[found[0]] if found else None
