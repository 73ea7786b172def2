"""The command line: arguments in, exit status out. No mathematics and no formatting here.

Everything beyond click is imported by the command that needs it, so that `--help` is instant.
"""

import gc
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diffcalc import __version__
from diffcalc.arguments import (
    AT,
    DIGITS,
    FACTOR,
    FORMAT,
    GRADIENT,
    GRAPH_FORMAT,
    KIND,
    ORDER,
    SAVE,
    SEQUENCES,
    START,
    STRICT,
    TIMEOUT,
    WORDS,
    WRT,
    ExpressionCommand,
    Group,
    count,
    options,
)
from diffcalc.errors import DiffcalcError, ExitStatus, PointError, printable
from diffcalc.inputs import each, gradient_in, names_in, user_library, warn_of_damage

if TYPE_CHECKING:
    from diffcalc.expression import Expression
    from diffcalc.partials import Quotients
    from diffcalc.point import Values
    from diffcalc.verdict import Judgement

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


@click.group(cls=Group, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="diffcalc", message="%(prog)s %(version)s")
def cli() -> None:
    """Differentiate an expression three independent ways, and know whether to believe it.

    The limit of the difference quotient, the rules of differentiation, and reverse-mode autograd
    are computed side by side and checked against the definition in high precision.

    \b
    Examples:
      diffcalc grad "3*a**3 - b**2" --at a=2,3 b=6,4
      diffcalc limit f --x 1
      diffcalc steps "sin(x**2)"
      diffcalc grad "abs(x)" --x 0          # all three say 0, all are wrong

    \b
    Exit status:
      0  the derivative exists and the three methods agree
      1  it does not exist, is undefined, or they disagree
      2  the input was not understood, too large, or took too long

    Completion in your shell: see `diffcalc completion --help`.
    """


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, WRT, ORDER, GRADIENT, FORMAT, DIGITS)
@options(SEQUENCES, KIND, START, FACTOR, count(8))
@options(STRICT, TIMEOUT)
def grad(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    gradient: str | None,
    style: str,
    digits: int | None,
    sequences: Any,
    strict: bool,
    timeout: float,
    **steps: Any,
) -> ExitStatus:
    """Differentiate EXPR at a point, three ways, and compare.

    EXPR is a formula, the name of a function (see `diffcalc functions`), or - to read formulas
    from standard input, one a line.

    \b
    Examples:
      diffcalc grad "3*a**3 - b**2" --at a=2,3 b=6,4
      diffcalc grad "a*b" a=4 b=3
      diffcalc grad "-x^2 sin(x)" --x pi/3
      diffcalc grad "x^2*y/(x^4+y^2)" x=1 y=2 --wrt x --format value
      diffcalc grad "x*exp(-x)" --x 2 --order 3
      diffcalc grad "abs(x)" --x 0 || echo "no derivative there"
      diffcalc grad - --x 2 --format json < formulas.txt | jq .verdict
    """
    _check_steps(**steps)
    with _quick_imports():
        from diffcalc import reference
        from diffcalc.comparison import compare
        from diffcalc.partials import Steps
        from diffcalc.render import Options, renderer

    def differentiate(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        result = compare(
            expression,
            point,
            wrt=names_in(wrt),
            gradient=seed,
            steps=Steps(**steps),
            digits=digits or reference.DIGITS,
            order=order,
        )
        output.comparison(result)
        if style == "value":
            _say_why(result.elements, result.joint)
        return result.verdict.exit_status(strict=strict)

    output = renderer(style, sys.stdout, Options(sequences=sequences, digits=digits))
    return each(words, at, wrt, timeout, differentiate)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, WRT, ORDER, FORMAT, DIGITS, KIND, START, FACTOR, count(5))
@click.option("--richardson", is_flag=True, help="Show the extrapolated value of each row too.")
@options(TIMEOUT)
def limit(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    style: str,
    digits: int | None,
    richardson: bool,
    timeout: float,
    **steps: Any,
) -> ExitStatus:
    """Show the difference quotient of EXPR as h shrinks, and the limit it approaches.

    The limit is found by Richardson extrapolation, with an error estimate; whether there is one is
    decided from both sides in high precision.

    \b
    Examples:
      diffcalc limit f --x 1                     # f is the lecture's 3*x**2 - 4*x
      diffcalc limit f --x 1 --format plain
      diffcalc limit "exp(x)" --x 0 --kind central --richardson
      diffcalc limit "sin(x)" --x 1 --count 15   # see round-off take over
      diffcalc limit "sin(x)" --x 1 --digits 30  # the same without it
      diffcalc limit "sin(x)" --x 1 --order 2
    """
    _check_steps(**steps)
    with _quick_imports():
        from diffcalc.comparison import quotients
        from diffcalc.partials import Steps
        from diffcalc.render import Options, renderer

    def converge(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        found = quotients(
            expression, point, wrt=names_in(wrt), steps=Steps(**steps), digits=digits, order=order
        )
        output.quotients(expression, point, found)
        if style == "value":
            _say_why(found)
        return max(q.judgement.verdict.exit_status() for q in found)

    output = renderer(style, sys.stdout, Options(richardson=richardson, digits=digits))
    return each(words, at, wrt, timeout, converge)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, WRT, GRADIENT, FORMAT, DIGITS, STRICT, TIMEOUT)
def hessian(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    gradient: str | None,
    style: str,
    digits: int | None,
    strict: bool,
    timeout: float,
) -> ExitStatus:
    """The second derivatives of EXPR at a point, as a matrix.

    Each is worked out three ways, mixed derivatives also both ways round. Row and column are the
    variables in the order of --wrt, or in which they are given.

    \b
    Examples:
      diffcalc hessian "x^2*y + y^3" --at x=1 y=2
      diffcalc hessian "100(y - x^2)^2 + (1 - x)^2" x=1 y=1 --format value
    """
    with _quick_imports():
        from diffcalc import reference
        from diffcalc.matrices import hessian
        from diffcalc.render import Options, renderer

    def differentiate(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        result = hessian(
            expression,
            point,
            wrt=names_in(wrt),
            gradient=gradient_in(gradient),
            digits=digits or reference.DIGITS,
        )
        output.matrix(result)
        if style == "value":
            _say_why(result.elements, result.joint)
        return result.verdict.exit_status(strict=strict)

    output = renderer(style, sys.stdout, Options(digits=digits))
    return each(words, at, wrt, timeout, differentiate)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, WRT, FORMAT, DIGITS, STRICT, TIMEOUT)
def jacobian(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    style: str,
    digits: int | None,
    strict: bool,
    timeout: float,
) -> ExitStatus:
    """The derivatives of several functions as a matrix.

    EXPR is "[f1, f2]". Row i, column j is the derivative of function i in variable j, worked out
    three ways. A function whose value is a vector has a row for each element; the variables are in
    the order of --wrt, or in which they are given.

    \b
    Examples:
      diffcalc jacobian "[x^2*y, 5x + sin(y)]" --at x=1 y=2
      diffcalc jacobian "[r*cos(t), r*sin(t)]" r=2 t=pi/3
      diffcalc jacobian "a*b" --at a=2,3 b=6,4
    """
    with _quick_imports():
        from diffcalc import reference
        from diffcalc.matrices import jacobian, read_functions
        from diffcalc.render import Options, renderer

    def differentiate(found: "list[Expression]", point: "dict[str, Values]") -> ExitStatus:
        result = jacobian(found, point, wrt=names_in(wrt), digits=digits or reference.DIGITS)
        output.matrix(result)
        if style == "value":
            joint = [comparison.joint for _, comparison in result.compared]
            _say_why(result.elements, *joint)
        return result.verdict.exit_status(strict=strict)

    output = renderer(style, sys.stdout, Options(digits=digits))
    return each(words, at, wrt, timeout, differentiate, read_functions)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, FORMAT, TIMEOUT)
def scan(words: tuple[str, ...], at: tuple[str, ...], style: str, timeout: float) -> ExitStatus:
    """Find where on an interval EXPR is not differentiable.

    Corners, jumps, poles and the edges of the domain, with the slope on both sides of each; and a
    word on what may have been missed. Other variables need a value. The exit status is 0 if nothing
    was found.

    \b
    Examples:
      diffcalc scan "abs(x^2 - 1)" --x=-3:3
      diffcalc scan "tan(x)" --x=-pi:pi --format value
      diffcalc scan "max(x, a)" --x=0:10 --at a=2
    """
    with _quick_imports():
        from diffcalc.point import is_range, read_range
        from diffcalc.render import renderer
        from diffcalc.scanning import scan

    ranges = [word for word in (*at, *words) if is_range(word)]
    if len(ranges) != 1:
        problem = "no interval" if not ranges else "one interval only"
        raise click.UsageError(f"{problem}: write --x=-3:3 for -3 <= x <= 3")
    name, low, high = read_range(ranges[0])

    def look(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        result = scan(expression, point, name, low, high)
        output.scan(result)
        if style in ("value", "csv", "tsv"):
            sys.stdout.flush()
            # The first is true of every scan.
            for note in result.notes[1:]:
                click.echo(f"diffcalc: {printable(note)}", err=True)
        return ExitStatus.OK if result.clean else ExitStatus.NOT_TRUE

    output = renderer(style, sys.stdout)
    words, at = (tuple(w for w in given if not is_range(w)) for given in (words, at))
    return each(words, at, name, timeout, look)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, GRADIENT, GRAPH_FORMAT, SAVE, TIMEOUT)
def graph(
    words: tuple[str, ...],
    at: tuple[str, ...],
    gradient: str | None,
    style: str,
    save: str | None,
    timeout: float,
) -> ExitStatus:
    """Show the computation graph of EXPR at a point.

    Every operation with its value, worked out forward, and its gradient, which autograd works out
    backward: how much the result changes with it. Whether that is the derivative is for
    `diffcalc grad` to say.

    \b
    Examples:
      diffcalc graph "a*b" a=4 b=3
      diffcalc graph "(a*b + c)*d" a=2 b=-3 c=10 d=-2 --format mermaid
      diffcalc graph "3*a**3 - b**2" --at a=2,3 b=6,4 --save graph.svg
    """
    with _quick_imports():
        from diffcalc.graph import graph
        from diffcalc.render.drawing import draw
        from diffcalc.render.graph import write_graph

    def work(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        found = graph(expression, point, gradient=seed)
        if save is None:
            write_graph(found, style, sys.stdout)
        else:
            draw(found, Path(save))
        return ExitStatus.OK

    return each(words, at, "", timeout, work)


@cli.command(cls=ExpressionCommand, context_settings=_CONTEXT)
@options(WORDS, AT, WRT, ORDER, FORMAT, TIMEOUT)
def steps(
    words: tuple[str, ...], at: tuple[str, ...], wrt: str, order: int, style: str, timeout: float
) -> ExitStatus:
    """Show how EXPR is differentiated, rule by rule.

    A value makes a longer word a variable: `steps "rate*x" rate=1 --wrt x`.

    \b
    Examples:
      diffcalc steps "3*x**2 - 4*x"
      diffcalc steps "x**2*y/(x**4 + y**2)" --wrt y
      diffcalc steps "exp(-x^2/2)" --format plain
      diffcalc steps "x*exp(-x)" --order 2
    """
    with _quick_imports():
        from diffcalc.render import renderer
        from diffcalc.symbolic import differentiate_again

    def derive(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        names = names_in(wrt) or [v for v in expression.variables if v not in point]
        names = names or list(expression.variables)
        if not names:
            raise PointError(f"{expression} has no variable", hint="name one with --wrt")
        found = [d for n in names for d in differentiate_again(expression, [n] * order)]
        output.derivations(expression, found)
        return ExitStatus.OK

    output = renderer(style, sys.stdout)
    return each(words, at, wrt, timeout, derive)


@cli.command(context_settings=_CONTEXT)
@click.argument("definition")
@click.option("--replace", is_flag=True, help="Replace a function of that name.")
def define(definition: str, replace: bool) -> ExitStatus:
    """Name a function, to be used as NAME and as NAME(…) in expressions.

    It is kept in your application folder; functions it uses are written out, so that it keeps its
    meaning when they change.

    \b
    Examples:
      diffcalc define "g(x, y) = x**2*y/(x**4 + y**2)"
      diffcalc grad "g(2*t, 1)" --t 3
    """
    library = user_library()
    stored = library.define(definition, replace=replace)
    warn_of_damage(library)
    click.echo(stored)
    return ExitStatus.OK


@cli.command(context_settings=_CONTEXT)
@click.argument("name")
def undefine(name: str) -> ExitStatus:
    """Forget one of your functions.

    \b
    Example:
      diffcalc undefine g
    """
    library = user_library()
    library.undefine(name)
    return ExitStatus.OK


@cli.command(context_settings=_CONTEXT)
@options(FORMAT)
def functions(style: str) -> ExitStatus:
    """List the functions: the lecture's, yours, and the elementary ones.

    \b
    Examples:
      diffcalc functions
      diffcalc functions --format json | jq -r '.elementary[]'
    """
    from diffcalc.functions import FUNCTIONS
    from diffcalc.library import BUILT_IN
    from diffcalc.render import renderer
    from diffcalc.render.base import Definitions

    library = user_library()
    own = library.own()
    warn_of_damage(library)
    built_in = [text for name, text in BUILT_IN.items() if name not in own]
    found = Definitions(built_in, list(own.values()), sorted([*FUNCTIONS, "where"]))
    renderer(style, sys.stdout).definitions(found)
    return ExitStatus.OK


@cli.command(context_settings=_CONTEXT)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> ExitStatus:
    """Print the completion script of a shell.

    \b
    Put one of these lines into your shell's start-up file:
      eval "$(diffcalc completion bash)"       # ~/.bashrc
      eval "$(diffcalc completion zsh)"        # ~/.zshrc
      diffcalc completion fish | source        # ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "diffcalc", "_DIFFCALC_COMPLETE").source())
    return ExitStatus.OK


# -- what the commands share -----------------------------------------------------------------------


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Imports without garbage collection in between, and never collected again."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _say_why(found: "Sequence[Quotients]", *together: "Judgement | None") -> None:
    """On standard error, what the bare numbers on standard output cannot say."""
    from diffcalc.verdict import Verdict

    sys.stdout.flush()
    for one in found:
        if one.judgement.verdict is not Verdict.AGREE:
            reason = f"{one.judgement.verdict}: {one.judgement.reason}"
            click.echo(f"diffcalc: {one.name}: {printable(reason)}", err=True)
    for joint in together:
        if joint is not None:
            click.echo(f"diffcalc: {joint.verdict}: {joint.reason}", err=True)


def _check_steps(start: float, factor: float, **_: Any) -> None:
    if not math.isfinite(start) or start <= 0:
        raise click.UsageError("--start must be a positive number")
    if not 0 < factor < 1:
        raise click.UsageError("--factor must be between 0 and 1: h has to shrink")


def run(args: Sequence[str]) -> int:
    """Runs the command line and returns its exit status; errors go to standard error."""
    try:
        status = cli.main(list(args), prog_name="diffcalc", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except DiffcalcError as error:
        click.echo(f"diffcalc: {error}", err=True)
        return int(error.exit_status)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(ExitStatus.USAGE)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "diffcalc"
        message = printable(" ".join(error.format_message().split()))
        click.echo(f"{where}: {message}\nTry '{where} --help'.", err=True)
        return int(ExitStatus.USAGE)
    except click.ClickException as error:
        error.show()
        return int(ExitStatus.USAGE)
    except (KeyboardInterrupt, click.Abort):
        return 130
    except OSError as error:
        click.echo(f"diffcalc: cannot write the result: {error.strerror or error}", err=True)
        return int(ExitStatus.USAGE)
