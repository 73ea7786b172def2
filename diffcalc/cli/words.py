"""The words of a command line, sorted before click sees them: options, values, expressions.

An expression may start with a minus, and `--x 1` gives any variable a value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import click
from click.core import ParameterSource

from diffcalc.base.deadline import deadline, enforced
from diffcalc.cli.option_groups import spelled_out, write_options
from diffcalc.cli.output import into_file
from diffcalc.cli.unknown import no_such_option, resembles_an_option

NOT_ENFORCED = (
    "This system has no alarm signal: reading, a row, a proof and a single step are not bounded; "
    "descend, scan and plot stop between steps."
)
"""What is said of a deadline where there is no alarm signal."""
LETS = "diffcalc.lets"
"""In a context's `meta`, the intermediate variables of a command that only reads them."""
UNFINISHED = "diffcalc.unfinished"
"""In a context's `meta` where an option is still without its value."""
_ASSIGNMENT = re.compile(r"\s*[^\W\d]\w*\s*=(?!=)")
# What no other expression has: most are not looked at again.
_DERIVATIVE = ("d", "D", "∂", "'", "′", "’", "″", "\\")
_NAMED = "diffcalc.cli.words.named"
_LETTERS = re.compile(r"[^\W\d]\w*")
_VARIABLE_OPTION = re.compile(r"--([^\W\d]\w*)(?:=(.*))?", re.DOTALL)


class Assignments(click.Option):
    """An option that takes an assignment, and those that follow it."""


class Command(click.Command):
    """A command whose words may start with a minus; an option that it has not is refused."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tells options from words, then lets click go on."""
        try:
            options, words = self._as_typed(*self._sorted(ctx, args))
        except click.UsageError:
            if not ctx.resilient_parsing:
                raise
            # As typed so far: the last option may still be without its value.
            ctx.meta[UNFINISHED] = True
            return self.parse_args(ctx, args[:-1])
        # Without arguments, a word can only be a short option with its value: -n5.
        takes_words = any(isinstance(p, click.Argument) for p in self.params)
        return super().parse_args(ctx, [*options, *["--"] * takes_words, *words])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs it, for no longer than the whole run may take."""
        limits = [name for name in ("timeout", "run_timeout") if ctx.params.get(name)]
        asked = [n for n in limits if ctx.get_parameter_source(n) is not ParameterSource.DEFAULT]
        if asked and not enforced():
            click.echo(f"diffcalc: warning: {NOT_ENFORCED}", err=True)
        with deadline(ctx.params.pop("run_timeout", 0.0), "--run-timeout"), into_file(ctx):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under headings."""
        write_options(self, ctx, formatter)

    def _sorted(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The options this command declares, and everything else: expressions and values."""
        known = {name: p for p in self.get_params(ctx) for name in (*p.opts, *p.secondary_opts)}
        options: list[str] = []
        words: list[str] = []
        given: set[str] = set()
        if not ctx.resilient_parsing and _is_negative(args, known):
            args = [f" {args[0]}", *args[1:]]
        rest = iter(args)
        gathering = ""
        for arg in rest:
            name, equals, _ = arg.partition("=")
            parameter = known.get(name if arg.startswith("--") else arg)
            variable = _VARIABLE_OPTION.fullmatch(arg)
            if gathering and _ASSIGNMENT.match(arg):
                options.extend([gathering, arg])
                continue
            gathering = parameter.opts[0] if isinstance(parameter, Assignments) else ""
            if arg == "--":
                words.extend(rest)
            elif isinstance(parameter, click.Option):
                _refuse_second(ctx, parameter, given)
                options.append(arg)
                if not (parameter.is_flag or parameter.count or equals):
                    options.append(_next(ctx, arg, rest))
            elif variable:
                more_options, more_words = self._other(ctx, variable, rest)
                options.extend(more_options)
                words.extend(more_words)
            else:
                words.append(arg)
        return options, words

    def _as_typed(self, options: list[str], words: list[str]) -> tuple[list[str], list[str]]:
        """The options and words, where a word may stand for an option as well."""
        return options, words

    def _other(
        self, ctx: click.Context, option: re.Match[str], rest: Iterator[str]
    ) -> tuple[list[str], list[str]]:
        """What an option stands for that this command does not declare: options, and words."""
        if ctx.resilient_parsing:
            return [], [option[0]]
        raise no_such_option(ctx, f"--{option[1]}")


class ExpressionCommand(Command):
    """A command that takes `--x 1` for any variable x of its expression.

    Whether x is one is known when the expression has been read: see `inputs.each`.
    """

    def _other(
        self, ctx: click.Context, option: re.Match[str], rest: Iterator[str]
    ) -> tuple[list[str], list[str]]:
        """`--x 1` and `--x=1` as the word `x=1`."""
        name, value = option.groups()
        if value is None:
            value = next(rest, None)
        if value is None or value.startswith("--"):
            if resembles_an_option(ctx, f"--{name}"):
                raise no_such_option(ctx, f"--{name}")
            problem = f"no option --{name}; as a variable it needs a value: --{name} 1"
            raise click.UsageError(problem, ctx)
        ctx.meta.setdefault(_NAMED, {})[name] = f"{name}={value}"
        # An argument of its own is no value, though it may look like one: y = x*exp(y).
        alone = any(isinstance(p, click.Argument) and p.nargs == 1 for p in self.params)
        return (["--at", f"{name}={value}"], []) if alone else ([], [f"{name}={value}"])

    def _as_typed(self, options: list[str], words: list[str]) -> tuple[list[str], list[str]]:
        """`y = x^2` beside a value of x is a function, not a value of y."""
        sides = [word.partition("=") for word in words if _ASSIGNMENT.match(word)]
        names = {name.strip() for name, _, _ in sides}
        # An equation is taken as it is.
        alone = any(isinstance(p, click.Argument) and p.nargs == 1 for p in self.params)
        if alone or len(sides) < len(words) or len(names) < 2:
            return self._of_derivatives(options, words)
        used = [{*_LETTERS.findall(right)} for _, _, right in sides]
        functions = [i for i, letters in enumerate(used) if letters & names]
        if len(functions) == 1 and sides[functions[0]][0].strip() not in used[functions[0]]:
            words = [*words]
            words[functions[0]] = sides[functions[0]][2].strip()
        return self._of_derivatives(options, words)

    def _of_derivatives(self, options: list[str], words: list[str]) -> tuple[list[str], list[str]]:
        """`f''(x)` as a function: in brackets it is a part of a formula, as any other."""
        if not any(sign in word for word in words for sign in _DERIVATIVE):
            return options, words
        from diffcalc.language.derivative_notation import taken_apart

        found = [(word, taken_apart(word)) for word in words]
        return options, [
            f"(diff({one.text}, {one.variable}, {one.order}))" if one and one.variable else word
            for word, one in found
        ]


class DerivativeCommand(ExpressionCommand):
    """A command on a derivative: d/dx x^2 as its expression is x^2 with --wrt x."""

    def _of_derivatives(self, options: list[str], words: list[str]) -> tuple[list[str], list[str]]:
        """`f''(x)` is f(x) with --order 2; with an option that says otherwise it stays."""
        if not any(sign in word for word in words for sign in _DERIVATIVE):
            return options, words
        from diffcalc.language.derivative_notation import taken_apart

        found = [taken_apart(word) for word in words]
        meant = next(filter(None, found), None)
        known = {name for option in self.params for name in option.opts}
        said = {option.partition("=")[0] for option in options}
        if meant is None or said & {"--wrt", "--order"}:
            return options, words
        if meant.order > 1 and "--order" not in known:
            return options, words
        more = ["--wrt", meant.variable] if meant.variable else []
        more += ["--order", str(meant.order)] if meant.order > 1 else []
        bodies = [one.text if one else word for one, word in zip(found, words, strict=True)]
        return [*options, *more], bodies


def named_as_options(ctx: click.Context) -> dict[str, str]:
    """The values that were given as `--name 1`, each `name=1` by its name, as typed."""
    found: dict[str, str] = ctx.meta.get(_NAMED, {})
    return found


def _is_negative(args: list[str], known: Mapping[str, click.Parameter]) -> bool:
    """Whether `-n --n 1` begins with minus n, for the option -n would have a value."""
    option = known.get(args[0]) if args and not args[0].startswith("--") else None
    follows = args[1] if len(args) > 1 else "--"
    valued = isinstance(option, click.Option) and not (option.is_flag or option.count)
    return valued and bool(follows.startswith("--") or _ASSIGNMENT.match(follows))


def _next(ctx: click.Context, option: str, rest: Iterator[str]) -> str:
    following = next(rest, None)
    if following is None:
        raise click.UsageError(f"option {option} needs a value", ctx)
    return following


def _refuse_second(ctx: click.Context, option: click.Option, given: set[str]) -> None:
    """Raises `click.UsageError` where an option that has one value is given another."""
    once = not (option.multiple or option.is_flag or option.count)
    name = spelled_out(option)
    if once and name in given and not ctx.resilient_parsing:
        raise click.UsageError(f"{name} is given twice", ctx)
    given.add(name)
