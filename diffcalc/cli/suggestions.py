"""What was probably meant where no command is named: a command line that works as it is."""

from collections.abc import Sequence
from difflib import get_close_matches

import click

from diffcalc.base.errors import DiffcalcError, shell_words
from diffcalc.cli.expressions import assigned, names_in, user_library
from diffcalc.language.grammar import read
from diffcalc.language.point import (
    check_point,
    check_wrt,
    is_assignment,
    is_range,
    read_point,
    read_range,
)

# By their letters these are not near it.
_MEANS_GRAD = (
    "deriv", "derivative", "derivatives", "derive", "diff", "differentiate", "gradient",
    "partial",
)  # fmt: skip
# Transposed letters give 0.75, one that is missing of five 0.89; `list` for `limit` is 0.67.
_NEAR = 0.7


def suggestion(group: click.Group, ctx: click.Context, args: Sequence[str]) -> str:
    """What to type instead of these arguments, none of which is a command; empty if unclear."""
    try:
        return f"to differentiate: diffcalc {shell_words(_expression(group, ctx, args))}"
    except DiffcalcError as error:
        command = _command(group, ctx, args)
        if command:
            return f"did you mean: diffcalc {shell_words(command)}"
        if args[0].replace("-", "").isalpha():
            return ""
        hint = f": {error.hint}" if error.hint else ""
        return f"for diffcalc grad: {error.message}{hint}"


def _command(group: click.Group, ctx: click.Context, args: Sequence[str]) -> list[str]:
    """The same with the command whose name is near the first word, or what shows a page of the
    guide; empty if neither is.
    """
    from diffcalc.render.guide import topics

    word, *rest = args
    names = group.list_commands(ctx)
    if word in topics():
        return ["help", word]
    near = get_close_matches(word.lower(), names, 1, _NEAR)
    name = "grad" if word.lower() in _MEANS_GRAD else next(iter(near), "")
    command = group.get_command(ctx, name)
    if command is None:
        return []
    needed = any(isinstance(parameter, click.Argument) for parameter in command.params)
    return [name, *(rest or ["--help"] * needed)]


def _expression(group: click.Group, ctx: click.Context, args: Sequence[str]) -> list[str]:
    """The same as the arguments of `grad`, or with an interval of `scan`.

    Raises `DiffcalcError` where there is no expression in them, or one that cannot be read.
    """
    grad = group.get_command(ctx, "grad")
    assert grad is not None
    found = grad.make_context("grad", list(args), parent=ctx, resilient_parsing=True).params
    words = [*found["words"], *assigned(found["at"] or ())]
    texts = [word for word in words if not is_assignment(word)]
    ranges = [word for word in words if is_range(word)]
    point = read_point(w for w in words if is_assignment(w) and w not in ranges)
    names = [*point, *(read_range(word)[0] for word in ranges)]
    name = "scan" if ranges else "grad"
    if not texts and names:
        return [name, "*".join(names) if len(names) > 1 else f"{names[0]}^2", *args]
    text = " ".join(texts)
    if text != "-" and not text.startswith("@"):
        declared = {*names, *names_in(found["wrt"] or "")}
        expression = read(text, declared=declared, lookup=user_library().lookup())
        check_wrt(expression, names)
        if point and not ranges:
            check_point(expression, point)
    if len(texts) == 1:
        return [name, *args]
    # Spaces without quotes around them.
    return [name, text, *(word for word in args if word not in texts)]
