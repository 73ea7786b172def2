"""Every command, in every format, on every kind of operand: an answer or one line of error.

Nothing here knows what is right. It says what no command may do, whatever it is given: raise, warn,
leave with another status, or print what is no JSON where JSON was asked for. Every command meets
every kind of operand, while formats and options take turns; with DIFFCALC_LONG=1, all of them.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from itertools import count, cycle, product
from math import gcd
from typing import Any, NamedTuple

import pytest

from diffcalc.render.formats import choices
from tests.conftest import Outcome, Run
from tests.operands import OPERANDS, Operand

LONG = "DIFFCALC_LONG" in os.environ
# Some derivatives of order 8 take half a minute. That it is too long, in a line, is an answer too.
_SECONDS = "10" if LONG else "1"


def _plain(given: Operand) -> list[str]:
    return [given.text, *given.values]


class Command(NamedTuple):
    """One command: its formats, its sets of options, its words, and what it reads.

    In the options {first} and {last} are variables, {text} the expression. `of_operands` says
    whether it takes any.
    """

    formats: tuple[str, ...]
    options: tuple[str, ...] = ("",)
    words: Callable[[Operand], list[str]] = _plain
    stdin: Callable[[Operand], str] = lambda given: ""
    asked: str = "--format {style} --timeout {seconds}"
    of_operands: bool = True


def _single(given: Operand) -> list[str]:
    """The values that are single numbers, as a table has them."""
    return [value for value in given.values if "," not in value and "[" not in value]


def _rest(given: Operand) -> list[str]:
    return [value for value in given.values if value not in _single(given)]


def _table(given: Operand) -> str:
    cells = [value.partition("=")[::2] for value in _single(given)]
    return "\n".join(",".join(column) for column in zip(*cells, strict=True)) + "\n"


def _around(given: Operand) -> list[str]:
    name, _, middle = given.values[0].partition("=")
    return [given.text, f"{name}={middle}-1:{middle}+1", *given.values[1:]]


def _equation(given: Operand) -> list[str]:
    """A curve that goes through t = 3 whatever the expression is."""
    text = f"t = 3 + ({given.text}) - ({given.text})"
    return [text, "--of", "t", "--wrt", given.names[0], *given.values, "t=3"]


_ORDERS = ("", "--order 2", "--order 3", "--order 8")
_STEPS = tuple(
    f"{level} {more}"
    for level in ("", "--detail rules", "--detail line")
    for more in (*_ORDERS, "--wrt {first}", "--wrt {last} --order 2")
)
COMMANDS = {
    "grad": Command(choices("results"), (*_ORDERS, "--sequences all --kind central", "--digits 40",
                              "--gradient 2", "--wrt {first}", "--strict --wrt {last}")),
    "grad of lets": Command(choices("results"), ("", "--retain c"),
                            lambda o: ["sum(c)", "--let", f"c={o.text}", *o.values]),
    "grad of points": Command(("csv", "tsv", "json"), ("", "--methods", "--keep"),
                              lambda o: [o.text, "--points", "-", *_rest(o)], _table),
    "limit": Command(choices("results"), (*_ORDERS, "--richardson --count 12", "--digits 40",
                               "--kind central --order 2 --start 1e300 --factor 1e-300",
                               "--kind backward --wrt {last} --start 1e-200 --order 2")),
    "steps": Command(choices("derivations"), (*_STEPS, "--from-definition")),
    "steps without values": Command(choices("derivations"), ("", "--order 2", "--detail line --order 3"),
                                    lambda o: [o.text]),
    "hessian": Command(choices("results"), ("", "--wrt {first}", "--digits 40", "--gradient 2")),
    "jacobian": Command(choices("results"), ("", "--layout gradient", "--wrt {last}", "--digits 40")),
    "jacobian of two": Command(choices("results"), ("", "--layout gradient"),
                               lambda o: [f"[{o.text}, 2*({o.text})]", *o.values]),
    "implicit": Command(choices("results"), ("", "--digits 40", "--sequences all"), _equation),
    "scan": Command(choices("results"), words=_around),
    "plot": Command(("",), words=_around, asked="--timeout {seconds}"),
    "report": Command(("",), words=lambda o: [o.text, *o.values, "--wrt", o.names[0], "-o", "/dev/null"],
                      asked="--timeout {seconds}"),
    "graph": Command(choices("graphs"), ("", "--gradient 2")),
    "descend": Command(choices("descents"), ("", "--adam", "--momentum 0.5 --rate 1e-3"),
                       lambda o: [o.text, "--from", *o.values, "--count", "20"]),
    "emit": Command(choices("programs"), ("", "--derivatives", "--wrt {last} --name g"), asked="--to {style}"),
    "check": Command(choices("marks"), ("{text}", "0", "1"), lambda o: [o.text, "--wrt", o.names[0]]),
    "check of numbers": Command(choices("marks"), ("", "--order 2", "--tolerance 0.1"),
                                lambda o: [o.text, "0, 1", "--at", *o.values, "--wrt", o.names[0]]),
    "check of answers": Command(choices("answers"), ("",), lambda o: ["--answers", "-"],
                                lambda o: f'expression,claim,wrt\n"{o.text}",1,{o.names[0]}\n'),
    "define": Command(("",), words=lambda o: [f"g({', '.join(o.names)}) = {o.text}"], asked=""),
    "practice": Command(choices("exercises"), ("", "--level 2 --rules chain,product", "--level 3"),
                        lambda o: ["-n", "3"], of_operands=False),
    "functions": Command(choices("results"), words=lambda o: [], asked="--format {style}", of_operands=False),
    "completion": Command(("bash", "zsh", "fish"), words=lambda o: [], asked="{style}",
                          of_operands=False),
}  # fmt: skip


class Case(NamedTuple):
    """One command line, the format it asks for, and what it reads."""

    words: tuple[str, ...]
    style: str
    stdin: str


def case(name: str, style: str, options: str, given: Operand) -> Case:
    """The command line for an expression and its values."""
    command = COMMANDS[name]
    fields = {
        "first": given.names[0], "last": given.names[-1], "text": given.text,
        "style": style, "seconds": _SECONDS,
    }  # fmt: skip
    more = [word.format(**fields) for word in [*options.split(), *command.asked.split()]]
    return Case(
        (name.split(maxsplit=1)[0], *command.words(given), *more), style, command.stdin(given)
    )


def cases() -> Iterator[Any]:
    """Every command with every operand: in all formats with all options, or in the next of them."""
    for name, command in COMMANDS.items():
        ways = _mixed(list(product(command.formats, command.options)))
        turns = cycle(ways)
        for kind, given in OPERANDS.items() if command.of_operands else [("", Operand("", "x=1"))]:
            for style, options in ways if LONG or not command.of_operands else [next(turns)]:
                words = f"{name} {style} {options} {kind}".split()
                yield pytest.param(case(name, style, options, given), id=" ".join(words))


def _mixed(ways: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """In an order in which neighbours differ in both, and which has all of them."""
    step = next(n for n in count(len(ways) // 2 + 1) if gcd(n, len(ways)) == 1)
    return [ways[k * step % len(ways)] for k in range(len(ways))]


def check(outcome: Outcome, style: str) -> None:
    """What every command line has to hold to."""
    assert outcome.status in (0, 1, 2)
    assert "Traceback" not in outcome.err
    assert "Warning" not in outcome.err
    if outcome.status == 2 and not outcome.out:
        first, *rest = outcome.err.splitlines()
        assert first.startswith("diffcalc")
        # A caret, or where there is help.
        assert all(line.startswith(("  ", "Try 'diffcalc")) for line in rest)
        return
    if style == "json":
        for line in outcome.out.splitlines():
            json.loads(line, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    if style in ("csv", "tsv"):
        rows = csv.reader(io.StringIO(outcome.out), delimiter="\t" if style == "tsv" else ",")
        assert len({len(row) for row in rows}) <= 1


@pytest.mark.parametrize("given", list(cases()))
def test_a_command_answers_or_says_in_a_line_why_not(run: Run, given: Case) -> None:
    check(run(*given.words, stdin=given.stdin), given.style)
