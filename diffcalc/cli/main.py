"""The command line as a whole: the commands, the help on them, and the exit status."""

import sys
from collections.abc import Sequence

import click

from diffcalc import __version__
from diffcalc.base.errors import printable
from diffcalc.base.streams import report
from diffcalc.cli.group import Group
from diffcalc.cli.status import ExitStatus, status_of

# The commands as the help lists them; each has a file of its name.
_SECTIONS = {
    "Differentiate": ("grad", "points", "limit", "steps", "hessian", "jacobian", "implicit"),
    "Look": ("scan", "plot", "graph", "report"),
    "Use": ("descend", "emit", "certify", "check", "practice"),
    "Names": ("functions", "define", "undefine"),
    "Help": ("help", "completion"),
}
_MODULES = {
    heading: {name: f"diffcalc.cli.{name}" for name in names}
    for heading, names in _SECTIONS.items()
}
# The guide, in `scripting.md`, has the same sentences.
STATUSES = {
    ExitStatus.OK: "the derivative exists, and is what is printed; a warning names a method that "
    "has another number, or has lost digits (with `--strict` that is 1)",
    ExitStatus.NOT_TRUE: "not differentiable, undefined, or undecided; or the methods disagree, "
    "and nothing explains it",
    ExitStatus.USAGE: "the input was not understood, is too large, or takes longer than "
    "`--timeout` (or `DIFFCALC_TIMEOUT`); or the result cannot be written",
    ExitStatus.FAULT: "a fault of diffcalc itself: please report the one line that it says; "
    "`DIFFCALC_DEBUG=1` shows more",
}
# Every command takes these over from the group.
_CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Group, sections=_MODULES, statuses=STATUSES, context_settings=_CONTEXT)
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

    The guide: `diffcalc help` lists its pages, `diffcalc help lecture` is one to begin with.
    """


def run(args: Sequence[str]) -> int:
    """Runs the command line and returns its exit status; errors go to standard error."""
    try:
        status = cli.main(list(args), prog_name="diffcalc", standalone_mode=False)
        sys.stdout.flush()
        return int(status or 0)
    except SystemExit as left:
        # The words that complete another have been written.
        return int(left.code or 0)
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
    except Exception as error:
        return int(status_of(report(error)))
