"""The options that commands share."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from diffcalc.base.deadline import enforced
from diffcalc.base.encoded import UTF_8, encoding_named
from diffcalc.cli import offers
from diffcalc.cli.option_groups import spelled_out
from diffcalc.cli.words import LETS, NOT_ENFORCED
from diffcalc.render.formats import PICTURES, choices, either
from diffcalc.tables.signs import COMMA, POINT, delimiter_named

_Function = TypeVar("_Function", bound=Callable[..., Any])


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
DETAIL = _option(
    "--detail",
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
EVERY = click.option(
    "--all", "every", is_flag=True, help="Show each of very many derivatives, not the worst alone."
)
OUTPUT = click.option(
    "-o",
    "--output",
    "written",
    metavar="FILE",
    type=offers.FILE,
    help="Write it to this file, whose ending may say the format.",
)
# An option of commands that draw.
PICTURE = click.option(
    "-o",
    "--output",
    "picture",
    metavar="FILE",
    type=offers.FILE,
    help=f"Write it to this file, or draw it: {either(PICTURES)}.",
)
CERTIFICATE = click.option(
    "--certificate",
    metavar="FILE",
    type=offers.FILE,
    help="Write a proof of the derivatives too, for Coq to check: see `diffcalc certify`.",
)
PLOT = click.option("--plot", "drawn", is_flag=True, help="Draw it too, below or into --output.")
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
    help="A name for a part of the expression: --let u=x^2+1.",
)
NAMED = _option(
    "--let",
    "lets",
    multiple=True,
    metavar="NAME=EXPR",
    expose_value=False,
    callback=lambda ctx, _, lets: ctx.meta.update({LETS: lets}),
    help="A name for a part of the expression: --let u=x^2+1.",
)
RETAIN = _option(
    "--retain",
    metavar="NAMES",
    multiple=True,
    help="Intermediate variables whose gradient is to be kept, as in b,c.",
)
# As in the lecture: h = 0.1, 0.01, 0.001, …
START = _option("--start", type=float, default=0.1, help="The first h.")
# As in the lecture, a tenth: each row has one more digit right, and two more with --kind central.
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


def sequences(default: str) -> Callable[[_Function], _Function]:
    """The option --sequences with this default."""
    return _option(
        "--sequences",
        type=click.Choice(["first", "all", "none"]),
        default=default,
        help="Which h-sequences to show below the comparison.",
    )


SEQUENCES = sequences("first")
# How many h's there are in those of a matrix, whose entries have none unless they are asked for.
MATRIX_ROWS = {"none": 0, "first": 5, "all": 5}

# Each second order costs the numerical limit a digit: of the eighth the verdict asks for three.
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
    help="Differentiate at every row of a table; its options are those of `diffcalc points`.",
)
ENCODING = _option(
    "--encoding",
    metavar="NAME",
    default=UTF_8,
    callback=lambda _ctx, _parameter, name: encoding_named(name),
    help="What the table is written in, and what is kept of it: cp949.",
)
DELIMITER = click.option(
    "--delimiter",
    metavar="SIGN",
    default="",
    callback=lambda _ctx, _parameter, sign: sign and delimiter_named(sign),
    help="What is between the table's cells, where that is not recognised: ';' or tab.",
)
DECIMAL = click.option(
    "--decimal",
    type=click.Choice([POINT, COMMA]),
    default=None,
    help="What is before the fractions of the table's numbers, where that is not recognised.",
)


CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Have a Dask cluster do it, as tcp://host:8786; needs -o FOLDER/.",
)


def of_rows(hidden: bool = False) -> Callable[[_Function], _Function]:
    """What is written of each row of a table."""
    return options(
        click.option(
            "--keep", is_flag=True, hidden=hidden, help="Write the table's columns too, in front."
        ),
        click.option(
            "--methods",
            is_flag=True,
            hidden=hidden,
            help="At each row all three methods and the verdict.",
        ),
    )


# With more digits the time grows fast, and no screen shows them.
DIGITS = _option(
    "--digits",
    type=click.IntRange(1, 1000),
    show_default=False,
    help="Work without round-off and print this many digits.",
)


class _Later(click.Choice[str]):
    """The choices of a command that knows later what it writes (see `refuse_format`)."""

    def convert(self, value: Any, *_: Any) -> Any:
        return value


def format_of(
    *kinds: str, later: bool = False, **settings: Any
) -> Callable[[_Function], _Function]:
    """The option --format, with the formats that any of these kinds of results has."""
    names = choices(*kinds)
    offered = (_Later if later else click.Choice)(names)
    settings = {"default": names[0], "help": "How to print it."} | settings
    return _option("-f", "--format", "style", type=offered, **settings)


def refuse_format(kind: str, style: str) -> None:
    """Raises `click.BadParameter` where this kind of result lacks the format that was asked for."""
    context = click.get_current_context()
    asked = next(one for one in context.command.params if one.name == "style")
    click.Choice(choices(kind)).convert(style, asked, context)


FORMAT = format_of("results")


def count(
    default: int, most: int | None = 1000, says: str = "How many h's."
) -> Callable[[_Function], _Function]:
    """The option --count with this default, and the most that it may be."""
    return _option("-n", "--count", type=click.IntRange(1, most), default=default, help=says)


def _number(ctx: click.Context, parameter: click.Parameter, value: float) -> float:
    # nan is neither below the least of click.FloatRange nor above it, so that lets it through.
    if math.isnan(value):
        name = spelled_out(parameter)
        raise click.UsageError(f"{name} must be a number of seconds, or 0 for never", ctx)
    return value


def timeout(
    default: float, says: str = "Give up after this long; 0 for never."
) -> Callable[[_Function], _Function]:
    """The option --timeout with this default."""
    return _option(
        "--timeout",
        type=click.FloatRange(min=0),
        callback=_number,
        default=default,
        envvar="DIFFCALC_TIMEOUT",
        show_envvar=True,
        metavar="SECONDS",
        help=says if enforced() else f"{says} {NOT_ENFORCED}",
    )


# Longer than a formula takes that a person writes; one that never ends must not hang a terminal.
TIMEOUT = timeout(10.0)


def timeouts(default: float = 10.0) -> Callable[[_Function], _Function]:
    """The options of a command that may have many answers: --timeout for each, and for all."""
    return options(
        timeout(default, "Give up an answer after this long; 0 for never."),
        click.option(
            "--run-timeout",
            type=click.FloatRange(min=0),
            callback=_number,
            default=0.0,
            metavar="SECONDS",
            help="Give up the whole run after this long.",
        ),
    )


TIMEOUTS = timeouts()
