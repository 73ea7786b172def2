"""The words of the command line: options that commands share, and expressions among them.

An expression may start with a minus, and `--x 1` gives any variable a value, so the words are
sorted before click sees them.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from diffcalc import offers
from diffcalc.encoded import UTF_8, encoding_named
from diffcalc.unknown import no_such_option, resembles_an_option

FORMATS = ("table", "plain", "json", "csv", "tsv", "value")
TARGETS = ("python", "numpy", "torch", "jax", "c", "julia", "rust", "latex")
STEPS_FORMATS = (*FORMATS, "markdown", "latex")
GRAPH_FORMATS = ("tree", "mermaid", "dot", "json")
PRACTICE_FORMATS = ("markdown", "latex", "csv", "json")
_ASSIGNMENT = re.compile(r"\s*[^\W\d]\w*\s*=(?!=)")
_NAMED = "diffcalc.arguments.named"
_VARIABLE_OPTION = re.compile(r"--([^\W\d]\w*)(?:=(.*))?", re.DOTALL)
_Function = TypeVar("_Function", bound=Callable[..., Any])


class Assignments(click.Option):
    """An option that takes an assignment, and those that follow it."""


class Command(click.Command):
    """A command whose words may start with a minus; an option that it has not is refused."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tells options from words, then lets click go on."""
        try:
            options, words = self._sorted(ctx, args)
        except click.UsageError:
            if not ctx.resilient_parsing:
                raise
            # As typed so far: the last option may still be without its value.
            ctx.meta[offers.UNFINISHED] = True
            return self.parse_args(ctx, args[:-1])
        # Without arguments, a word can only be a short option with its value: -n5.
        takes_words = any(isinstance(p, click.Argument) for p in self.params)
        return super().parse_args(ctx, [*options, *["--"] * takes_words, *words])

    def _sorted(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The options this command declares, and everything else: expressions and values."""
        known = {name: p for p in self.get_params(ctx) for name in (*p.opts, *p.secondary_opts)}
        options: list[str] = []
        words: list[str] = []
        given: set[str] = set()
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
            elif variable and not ctx.resilient_parsing:
                more_options, more_words = self._other(ctx, variable, rest)
                options.extend(more_options)
                words.extend(more_words)
            else:
                words.append(arg)
        return options, words

    def _other(
        self, ctx: click.Context, option: re.Match[str], rest: Iterator[str]
    ) -> tuple[list[str], list[str]]:
        """What an option stands for that this command does not declare: options, and words."""
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
        if value is None:
            if resembles_an_option(ctx, f"--{name}"):
                raise no_such_option(ctx, f"--{name}")
            problem = f"no option --{name}; as a variable it needs a value: --{name} 1"
            raise click.UsageError(problem, ctx)
        ctx.meta.setdefault(_NAMED, {})[name] = f"{name}={value}"
        # An argument of its own is no value, though it may look like one: y = x*exp(y).
        alone = any(isinstance(p, click.Argument) and p.nargs == 1 for p in self.params)
        return (["--at", f"{name}={value}"], []) if alone else ([], [f"{name}={value}"])


def named_as_options(ctx: click.Context) -> dict[str, str]:
    """The values that were given as `--name 1`, each `name=1` by its name, as typed."""
    found: dict[str, str] = ctx.meta.get(_NAMED, {})
    return found


def _next(ctx: click.Context, option: str, rest: Iterator[str]) -> str:
    following = next(rest, None)
    if following is None:
        raise click.UsageError(f"option {option} needs a value", ctx)
    return following


def _refuse_second(ctx: click.Context, option: click.Option, given: set[str]) -> None:
    """Raises `click.UsageError` where an option that has one value is given another."""
    once = not (option.multiple or option.is_flag or option.count)
    if once and option.opts[0] in given and not ctx.resilient_parsing:
        raise click.UsageError(f"{option.opts[0]} is given twice", ctx)
    given.add(option.opts[0])


def options(*chosen: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Several options, in the order in which `--help` lists them."""

    def decorate(function: _Function) -> _Function:
        for option in reversed(chosen):
            function = option(function)
        return function

    return decorate


def _option(*names: str, **settings: Any) -> Callable[[_Function], _Function]:
    return click.option(*names, **({"show_default": True} | settings))


WORDS = click.argument(
    "words", nargs=-1, metavar="EXPR [NAME=VALUE]...", shell_complete=offers.words
)
AT = _option(
    "--at",
    multiple=True,
    shell_complete=offers.values,
    metavar="NAME=VALUE...",
    help="Values: x=2, a=2,3, x=pi/2. More may follow; --x 2 is the same as x=2.",
)
WRT = _option(
    "--wrt",
    metavar="NAMES",
    shell_complete=offers.variables,
    default="",
    show_default=False,
    help="The variables to differentiate in, as in x,y; all of them if not given.",
)
FORMAT = _option(
    "--format", "style", type=click.Choice(FORMATS), default="table", help="How to print it."
)
STEPS_FORMAT = _option(
    "--format", "style", type=click.Choice(STEPS_FORMATS), default="table", help="How to print it."
)
LEVEL = _option(
    "--level",
    type=click.Choice(["full", "rules", "line"]),
    default="full",
    help="All of the working, a line for each rule, or one line.",
)
FROM_DEFINITION = click.option(
    "--from-definition",
    "defined",
    is_flag=True,
    help="Prove it by the limit of the difference quotient, without any rule.",
)
STRICT = click.option(
    "--strict", is_flag=True, help="Exit with 1 also where a method is inaccurate."
)
GRAPH_FORMAT = _option(
    "--format", "style", type=click.Choice(GRAPH_FORMATS), default="tree", help="How to print it."
)
SAVE = click.option(
    "--save",
    metavar="FILE",
    type=offers.FILE,
    help="Draw it into a .svg, .png or .pdf file instead; needs graphviz.",
)
LAYOUT = _option(
    "--layout",
    type=click.Choice(["jacobian", "gradient"]),
    default="jacobian",
    help="Functions in rows, or in columns as gradients are written.",
)
LET = _option(
    "--let",
    "lets",
    multiple=True,
    metavar="NAME=EXPR",
    help="An intermediate variable: --let b=a+1. Shows the chain rule through it.",
)
RETAIN = _option(
    "--retain",
    metavar="NAMES",
    multiple=True,
    help="Intermediate variables whose gradient is to be kept, as in b,c.",
)
START = _option("--start", type=float, default=0.1, help="The first h.")
FACTOR = _option("--factor", type=float, default=0.1, help="What each h is multiplied by.")
KIND = _option(
    "--kind",
    type=click.Choice(["forward", "backward", "central"]),
    default="forward",
    help="Which difference quotient.",
)
GRADIENT = _option(
    "--gradient",
    metavar="NUMBERS",
    help="The external gradient of a vector result; ones if not given.",
)
SEQUENCES = _option(
    "--sequences",
    type=click.Choice(["first", "all", "none"]),
    default="first",
    help="Which h-sequences to show below the comparison.",
)

ORDER = _option(
    "--order",
    type=click.IntRange(1, 8),
    default=1,
    help="The order of the derivative: 2 for the second.",
)
POINTS = click.option(
    "--points",
    metavar="FILE",
    type=offers.FILE,
    help="Differentiate at every row of a .csv, .tsv or .npy file; - is standard input.",
)
OUTPUT = click.option(
    "--output",
    "target",
    metavar="FILE",
    type=offers.FILE,
    help="Write what comes of --points to a .csv, .tsv, .jsonl or .npy file.",
)
KEEP = click.option("--keep", is_flag=True, help="Write the columns of --points too, in front.")
ENCODING = _option(
    "--encoding",
    metavar="NAME",
    default=UTF_8,
    callback=lambda _ctx, _parameter, name: encoding_named(name),
    help="What the table is written in, and what is kept of it: cp949.",
)
METHODS = click.option(
    "--methods", is_flag=True, help="At each of --points all three methods and the verdict."
)
DIGITS = _option(
    "--digits",
    type=click.IntRange(1, 1000),
    show_default=False,
    help="Work without round-off and print this many digits.",
)


def count(default: int) -> Callable[[_Function], _Function]:
    """The option --count with this default."""
    return _option("--count", type=click.IntRange(1, 1000), default=default, help="How many h's.")


def _number(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    # nan is neither below the least of click.FloatRange nor above it, so that lets it through.
    if math.isnan(value):
        raise click.UsageError("--timeout must be a number of seconds, or 0 for never", ctx)
    return value


def timeout(default: float) -> Callable[[_Function], _Function]:
    """The option --timeout with this default."""
    return _option(
        "--timeout",
        type=click.FloatRange(min=0),
        callback=_number,
        default=default,
        metavar="SECONDS",
        help="Give up after this long; 0 for never.",
    )


TIMEOUT = timeout(10.0)
