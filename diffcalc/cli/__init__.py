"""The command line: arguments in, exit status out. No mathematics and no formatting here.

One file for each subject. Everything beyond click is imported by the command that needs it, so that
`--help` is instant.
"""

import sys
from collections.abc import Sequence

import click

from diffcalc import __version__
from diffcalc.arguments import Group
from diffcalc.errors import DiffcalcError, ExitStatus, printable

_COMMANDS = {
    "methods": ("grad", "limit", "steps"),
    "matrices": ("hessian", "jacobian"),
    "implicit": ("implicit",),
    "descend": ("descend",),
    "look": ("scan", "graph"),
    "marking": ("check", "practice"),
    "emit": ("emit",),
    "names": ("define", "undefine", "functions", "completion"),
}
_MODULES = {name: f"{__name__}.{file}" for file, names in _COMMANDS.items() for name in names}
# Every command takes these over from the group.
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


@click.group(cls=Group, modules=_MODULES, context_settings=_CONTEXT)
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
