"""Command lines made from the commands' own parameters, and what none of them may do.

    python -m tests.fuzz 5000 --from 20000      # the inputs 20000 to 24999, in this process

An input is its number: `case(7)` is the same command line everywhere. A word is made by what the
parameter asks for (a choice, a number, a file, values, names), of a grammar of expressions, of the
corpus of hostile texts, or of one of these with a few characters changed.
"""

import argparse
import gzip
import json
import os
import random
import re
import sys
import tempfile
import time
import traceback
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import click

from diffcalc import cli
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.operations import ALIASES, COMPARISONS, FUNCTIONS
from tests.operands import OPERANDS
from tests.texts import HOSTILE, corpus_text, load

# Seconds that one answer may take; what is said of it may take one more, of this process's time.
PATIENCE = 1.0
_MORE = 1.0
_WORDS = re.compile(r"[^\W\d]\w*'?")
# What a shell passes on: no NUL.
_STRANGE = (
    "\x1b[31m", "\u202e", "\ud800", "é", "∂", "′", "²", "½", "−", "∞", "\\frac{1}{2}", "\t", "\n", "\r",
    "[bold]", "{x}", "%s", "$(touch PWNED)", "`", "'", '"', "\\", "()", "[[", "]]", "=", "==", ":", ";",
    ",", ",,", "..", "--", "-", "@", "#", "~", "!", "|", "||", "&", "^", "**", "//", "e", "0x1", "1e999",
    "1e-999", "9"*60, "NaN", "inf", "π", "√", "\u00a0", "\ufeff", "x"*300, "中", "＋", "\u0301",
)  # fmt: skip
_NAMES = ("x", "y", "z", "w", "a", "x_1", "θ")
_ODD_NAMES = ("A", "alpha", "rate", "e", "pi", "t0", "if", "f", "I", "x'")
_NUMBERS = (
    "0", "1", "2", "3", "10", "-1", "0.5", "1.5", "1/3", "pi", "e", "-2.25", "1e-8", "1e10", "1e154", "1e308",
    "2^0.5", "100", "710", "sqrt(2)",
)  # fmt: skip
_FORMULAS = [
    *(str(row["typed"]) for name in ("friendly.jsonl", "typed.jsonl") for row in load(name)),
    *(str(row["args"][1]) for row in load("borders.jsonl")),  # type: ignore[index]
]
_HOSTILE = [text for text in map(corpus_text, HOSTILE) if "\0" not in text]
_TABLES: dict[str, bytes] = {
    "good.csv": b"x,y\n1,2\n3,4\n",
    "good.tsv": b"x\ty\n1\t2\n",
    "semicolon.csv": b"x;y\n1,5;2\n",
    "tab.csv": b"x\ty\n1\t2\n",
    "utf16.csv": "x,y\n1,2\n".encode("utf-16"),
    "bom.csv": "\ufeffx,y\n1,2\n".encode(),
    "cr.csv": b"x,y\r1,2\r3,4\r",
    "quote.csv": b'x,y\n"1,2\n3,4\n',
    "ragged.csv": b"x,y\n1\n3,4,5\n",
    "empty.csv": b"",
    "header.csv": b"x,y\n",
    "twice.csv": b"x,x\n1,2\n",
    "words.csv": b"x,y\none,two\n1,\n,2\nnan,inf\n",
    "long.csv": b"x,y\n" + b"9" * 5000 + b",1\n",
    "strange.csv": "x\x1b[31m,\u202ey\n1,2\n".encode(),
    "latin.csv": "x,é\n1,2\n".encode("latin-1"),
    "rows.jsonl": b'{"x": 1, "y": 2}\n{"x": 3, "y": 4}\n',
    "rows.json": b'[{"x": 1, "y": 2}]',
    "broken.jsonl": b'{"x": 1,\n[]\n{"x": "\\ud800", "y": null}\n',
    "deep.jsonl": b"[" * 100_000 + b"\n",
    "good.csv.gz": gzip.compress(b"x,y\n1,2\n"),
    "broken.csv.gz": gzip.compress(b"x,y\n1,2\n")[:-9],
    "book.xlsx": b"PK\x03\x04" + b"\0" * 30,
    "zero.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }"
    .ljust(117) + b"\n",
    "huge.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (10**400,), }"
    .ljust(117) + b"\n",
    "broken.npy": b"\x93NUMPY\x01\x00v\x00" + b"(" * 117 + b"\n",
    "answers.csv": b"expression,claim,wrt\nx^2,2x,x\nsin(x),cos,x\n1/,1,x\nabs(x),sign(x),x\n",
    "noise.bin": bytes(range(256)),
}  # fmt: skip
_NAMED = (
    *[b""] * 20, b'{"g": "g(x) = x^2", "h": "h(x, y) = g(x)*y"}', b"{", b"[1]", b'{"g": 1}', b'{"g": "g(x) = g(x)"}',
    b'{"g": "g(x) = __import__(\'os\')"}', b'{"\\u001b[31m": "a\\u202eb(x) = x"}', b'{"\\ud800": "\\ud800(x) = x"}',
    b"[" * 100_000, b"\xff\xfe{}", b'{"g": "g(x) = ' + b"(" * 5000 + b'"}', b'{"sin": "sin(x) = x"}',
)  # fmt: skip
_OUTPUTS = (
    "out.csv",
    "out.tsv",
    "out.json",
    "out.npy",
    "out.svg",
    "out.html",
    "out.txt",
    "out",
    "no/out.csv",
)


@dataclass(frozen=True)
class Case:
    """One command line, and what it reads."""

    number: int
    args: tuple[str, ...]
    stdin: bytes
    # How many answers, each within the patience, it may be asked for.
    answers: int
    # What the file of named functions has; none where it is empty.
    named: bytes

    def __str__(self) -> str:
        named = f"{self.named[:60]!r} " if self.named else ""
        return (
            f"{self.number}: {named}diffcalc {' '.join(map(repr, self.args))} < {self.stdin[:60]!r}"
        )


@dataclass(frozen=True)
class Outcome:
    """What a command left behind, and how long it took this process."""

    status: int
    out: bytes
    err: bytes
    seconds: float


# -- texts -----------------------------------------------------------------------------------------


class Texts:
    """Expressions and values, drawn from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = ["x", *chance.sample(_NAMES[1:], 1)]
        if chance.random() < 0.1:
            self.names.append(chance.choice(_ODD_NAMES))
        # Often a kind of operand with its values, which as chance has it would seldom fit.
        self.given = chance.choice([*OPERANDS.values()]) if chance.random() < 0.35 else None

    def pick(self, options: Sequence[Any]) -> Any:
        return self.chance.choice(options)

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def number(self) -> str:
        """A constant; at times one that float64 does not have."""
        return self.pick(["1e400", "5e-324", "-1e-320"] if self.likely(0.02) else _NUMBERS)

    def expression(self, depth: int = 3) -> str:
        """A text that often is an expression."""
        if depth == 0 or self.likely(0.2):
            return self.pick(self.names) if self.likely(0.7) else self.number()
        inner: Callable[[], str] = lambda: self.expression(depth - 1)  # noqa: E731
        match self.chance.randrange(11):
            case 0 | 1:
                return f"{inner()} {self.pick('+-*/')} {inner()}"
            case 2:
                return f"({inner()})^{self.pick(['2', '3', '-1', '(1/2)', '0', inner()])}"
            case 3 | 4 | 5:
                function = self.pick([*FUNCTIONS])
                if function == "polygamma":
                    return f"polygamma({self.pick(['0', '1', '2', '100'])}, {inner()})"
                return f"{function}({', '.join(inner() for _ in range(FUNCTIONS[function].arity))})"
            case 6:
                return f"{self.pick([*ALIASES, *ARRAYS, 'g', 'h', 'g'])}({inner()})"
            case 7:
                return f"where({inner()} {self.pick([*COMPARISONS.values()])} {inner()}, {inner()}, {inner()})"
            case 8:
                return self.pick([f"|{inner()}|", f"-({inner()})", f"2({inner()})"])
            case 9 if self.likely(0.3):
                return self.pick([f"[{inner()}, {inner()}]", f"({inner()}) @ ({inner()})"])
            case _:
                return f"({inner()})"

    def text(self) -> str:
        """An expression, one of the corpus, a hostile one, or one of them with other characters."""
        if self.given and self.likely(0.8):
            return self.changed(self.given.text) if self.likely(0.1) else self.given.text
        found = self.pick(
            [self.expression, self.expression, lambda: self.pick(_FORMULAS), self.short]
        )()
        if self.likely(0.05):
            found = self.pick(_HOSTILE)
        return self.changed(found) if self.likely(0.15) else found

    def short(self) -> str:
        return self.expression(1)

    def changed(self, text: str) -> str:
        """The text with a few characters lost, doubled, moved or put in."""
        for _ in range(self.chance.randint(1, 3)):
            at = self.chance.randint(0, len(text))
            match self.chance.randrange(4):
                case 0:
                    text = text[:at] + text[at + 1 :]
                case 1:
                    text = text[:at] + self.pick(_STRANGE) + text[at:]
                case 2:
                    text = text[:at] + text[at : at + 5] + text[at:]
                case _:
                    text = text[at:] + text[:at]
        return text

    def value(self) -> str:
        """What may stand after x=."""
        match self.chance.randrange(16):
            case 0:
                return f"{self.pick(_NUMBERS)},{self.pick(_NUMBERS)}"
            case 1:
                return self.pick(["[[1,2],[3,4]]", "[[1,2],[3]]", "[]", "[[]]", "[1,2]", "[[1]]"])
            case 2:
                return f"{self.pick(_NUMBERS)}:{self.pick(_NUMBERS)}"
            case 3 if self.likely(0.4):
                return self.changed(self.pick(_NUMBERS))
            case _:
                return self.number()

    def values(self, *texts: str) -> list[str]:
        """Values, mostly of the names that are in the texts."""
        if self.given:
            found = [value for value in self.given.values if self.likely(0.98)]
            return [self.changed(value) if self.likely(0.03) else value for value in found]
        inside = [
            name for name in self.names if any(name in _WORDS.findall(text) for text in texts)
        ]
        names = inside if self.likely(0.85) else self.names
        return [f"{name}={self.value()}" for name in names]


# -- command lines ---------------------------------------------------------------------------------


@cache
def commands() -> dict[str, click.Command]:
    """Every command by its name."""
    context = click.Context(cli.cli)
    found = {name: cli.cli.get_command(context, name) for name in cli.cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


# Half of a command's options are left out, and these too: they take seconds, or the whole run.
_RARE = {"--run-timeout", "--timeout", "--plot", "--output", "-o"}
_SLOW = ("plot", "report")


def case(number: int) -> Case:
    """The command line of this number."""
    chance = random.Random(number)
    texts = Texts(chance)
    fast = [name for name in commands() if name not in _SLOW]
    name = texts.pick(fast) if texts.likely(0.97) else texts.pick(_SLOW)
    command = commands()[name]
    args: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            args += _words(texts, name, parameter)
        elif parameter.required or texts.likely(0.03 if {*parameter.opts} & _RARE else 0.09):
            args += _option(texts, parameter)
    if texts.likely(0.03):
        args.insert(
            chance.randint(0, len(args)), texts.pick(["--help", "--nope", "-", "--", "-1", ""])
        )
    if any("--timeout" in parameter.opts for parameter in command.params):
        args += ["--timeout", str(PATIENCE)]
    table = texts.pick([*_TABLES])
    stdin = _TABLES[table] if texts.likely(0.7) else texts.text().encode(errors="surrogatepass")
    rows = {"points", "check", "practice"}
    many = name in rows or any(arg.startswith("--points") for arg in args)
    return Case(
        number,
        (name, *(a.replace("\0", "") for a in args)),
        stdin,
        5 if many else 1,
        texts.pick(_NAMED),
    )


def _words(texts: Texts, command: str, parameter: click.Argument) -> list[str]:
    if isinstance(parameter.type, click.Choice):
        return [texts.pick([*parameter.type.choices, "tcsh"])]
    if command == "define":
        return [
            f"{texts.pick(['g(x)', 'g({})'.format(', '.join(texts.names)), 'g', 'sin(x)'])} = {texts.text()}"
        ]
    if command == "undefine":
        return [texts.pick(["g", "h", "nobody", texts.changed("g")])]
    if parameter.nargs == 1:
        return [f"{texts.text()} = {texts.text()}"]
    if command == "implicit":
        return texts.values(*texts.names)
    first = [texts.text()] if texts.likely(0.97) else []
    if command == "check":
        return [*first, *([texts.text()] if texts.likely(0.9) else [])]
    if command == "points":
        return [*first, texts.pick([*_TABLES, *["good.csv", "good.tsv", "-"] * 5])]
    values = texts.values(*first)
    if command in ("scan", "plot") and values:
        at = texts.chance.randrange(len(values))
        values[at] = (
            f"{values[at].partition('=')[0]}={texts.pick(['-1:1', '0:2*pi', '-1e3:1', '1:0', '0:0'])}"
        )
    if command == "descend":
        return [*first, "--from", *values]
    return [*first, *values] if texts.likely(0.9) else first


def _option(texts: Texts, parameter: click.Parameter) -> list[str]:
    assert isinstance(parameter, click.Option)
    name = texts.pick(parameter.opts)
    if parameter.is_flag:
        return [name]
    if isinstance(parameter.type, click.Choice):
        found = texts.pick([*parameter.type.choices])
        return [name, texts.changed(found) if texts.likely(0.03) else found]
    if isinstance(parameter.type, click.IntRange | click.types.IntParamType):
        return [
            name,
            texts.pick(["1", "2", "3", "4", "8", "20", "0", "-1", "1000", "two", "1e3", "٣"]),
        ]
    if isinstance(parameter.type, click.FloatRange | click.types.FloatParamType):
        return [
            name,
            texts.pick(
                ["0.1", "1", "0.5", "1e-3", "0", "-1", "nan", "inf", "1e308", "1e-300", "ten"]
            ),
        ]
    inputs = {"--points", "--data", "--answers"}
    if isinstance(parameter.type, click.Path) and name not in inputs:
        return [name, texts.pick([*_OUTPUTS, "/dev/null", ".", "-"])]
    return [name, *_free(texts, name)]


def _free(texts: Texts, name: str) -> list[str]:
    """What stands after an option that takes a text, by what it is called."""
    match name:
        case "--at" | "--from":
            return texts.values(*texts.names)
        case "--wrt" | "--retain" | "--of":
            return [
                texts.pick(
                    [",".join(texts.names[:2]), texts.names[0], "", "q", texts.changed("x,y")]
                )
            ]
        case "--let":
            return [f"{texts.pick(['c', 'b', 'x', 'sin', ''])}={texts.text()}"]
        case "--gradient":
            return [texts.pick(["1", "1,1", "2,3", "[[1,2],[3,4]]", "1e999", texts.text()])]
        case "--points" | "--data" | "--answers":
            return [texts.pick([*_TABLES, "-", "missing.csv", ".", "/dev/null"])]
        case "--encoding":
            return [
                texts.pick(
                    ["utf-8", "latin-1", "utf-16", "cp949", "nope", "hex", texts.changed("utf-8")]
                )
            ]
        case "--name":
            return [texts.pick(["g", "pow", "tuple", "f()", "é", texts.changed("name")])]
        case "--rules":
            return [texts.pick(["chain", "chain,product", "", "nope", texts.changed("chain")])]
        case _:
            return [texts.text()]


# -- running ---------------------------------------------------------------------------------------


@contextmanager
def folder_of_tables() -> Iterator[Path]:
    """A working directory with the tables in it, and the application's folder beside it."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, "work")
        place.mkdir()
        for table, content in _TABLES.items():
            (place / table).write_bytes(content)
        kept = dict(os.environ)
        os.environ |= {"XDG_CONFIG_HOME": str(Path(name, "config")), "COLUMNS": "80",
                       "DIFFCALC_TIMEOUT": str(PATIENCE), "NO_COLOR": "1"}  # fmt: skip
        os.chdir(place)
        try:
            yield place
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ |= kept


def _name_functions(content: bytes) -> None:
    """What commands before have left is gone, so that each input is the same at any time."""
    folder = Path(os.environ["XDG_CONFIG_HOME"], "diffcalc")
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    if content:
        (folder / "functions.json").write_bytes(content)


def run(given: Case) -> Outcome:
    """Runs a command line in this process; a warning is an error."""
    _name_functions(given.named)
    streams = sys.stdin, sys.stdout, sys.stderr
    out, err = BytesIO(), BytesIO()
    sys.stdin = TextIOWrapper(BytesIO(given.stdin), encoding="utf-8")
    # Kept by name: what wraps a stream closes it once nobody holds it.
    sys.stdout = printed = TextIOWrapper(out, encoding="utf-8", newline="\n")
    sys.stderr = said = TextIOWrapper(err, "utf-8", "backslashreplace", newline="\n")
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # A table stays open for as long as the process lives, which here is not the command.
            warnings.simplefilter("ignore", ResourceWarning)
            status = cli.run(given.args)
            printed.flush()
            said.flush()
    except BaseException:
        err.write(traceback.format_exc().encode())
        status = -1
    finally:
        seconds = time.process_time() - start
        sys.stdin, sys.stdout, sys.stderr = streams
    return Outcome(status, out.getvalue(), err.getvalue(), seconds)


# -- what no command may do ------------------------------------------------------------------------


def faults(given: Case, outcome: Outcome, place: Path) -> list[str]:
    """What is wrong with an outcome, in words that are the same for each of a kind."""
    found: list[str] = []
    err = outcome.err.decode(errors="replace")
    if outcome.status not in (0, 1, 2, 130):
        found.append(f"status {outcome.status}")
    if "Traceback" in err or "Warning" in err:
        found.append("a traceback or a warning")
    if outcome.seconds > given.answers * PATIENCE + _MORE:
        found.append("an overrun")
    found += _of_errors(outcome, err)
    found += _of_output(given, outcome)
    found += _of_files(given, outcome, place)
    return found


def _of_errors(outcome: Outcome, err: str) -> Iterator[str]:
    if outcome.status == 2 and not outcome.out:
        first, *rest = err.splitlines() or [""]
        if not first.startswith("diffcalc"):
            yield "an error that does not begin with the program's name"
        # What was noticed of a table stands in front; of many lines of input each has its own.
        if not all(re.match(r"  |Try 'diffcalc|.* not text in .*|diffcalc", line) for line in rest):
            yield "an error of several lines"
        if (
            len(
                [
                    line
                    for line in [first, *rest]
                    if re.match(
                        r"diffcalc(?!.*functions\.json|.* not text in|.* is read as |.*\bline \d+: )",
                        line,
                    )
                ]
            )
            > 1
        ):
            yield "several errors"
    if any(_is_control(character) for character in err):
        yield "a control character in an error"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\n\t\r\u200b"


def _of_output(given: Case, outcome: Outcome) -> Iterator[str]:
    try:
        out = outcome.out.decode()
    except UnicodeDecodeError:
        # Only where it was asked for, or is what a table has.
        if not {"npy", "parquet", "arrow", "--encoding", "--keep"} & {*given.args}:
            yield "output that is no UTF-8"
        return
    if not {"completion", "--keep"} & {*given.args} and any(
        _is_control(character) for character in out
    ):
        yield "a control character in the output"
    formats = [given.args[i + 1] for i, a in enumerate(given.args[:-1]) if a == "--format"]
    if formats[-1:] == ["json"] and "--help" not in given.args:
        try:
            for line in out.splitlines():
                json.loads(line, parse_constant=_no_constant)
        except ValueError:
            yield "invalid JSON"


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _of_files(given: Case, outcome: Outcome, place: Path) -> Iterator[str]:
    """What it wrote is whole, and is put away."""
    for path in place.iterdir():
        if path.name in _TABLES:
            continue
        content = path.read_bytes() if path.is_file() else b""
        if path.name not in _OUTPUTS:
            yield f"a file {re.sub(r'[0-9a-z]{6,}', '…', path.name)}"
        elif outcome.status == 2 and not content:
            yield "an empty file of a run that failed"
        # Another format may have been asked for by name.
        elif path.suffix == ".json" and not (
            {"--format", "-f"} & {*given.args} or _is_json(content)
        ):
            yield "a file of invalid JSON"
        path.unlink()
    if changed := [
        name for name, content in _TABLES.items() if (place / name).read_bytes() != content
    ]:
        for name in changed:
            (place / name).write_bytes(_TABLES[name])
        yield "a table was changed"


def _is_json(content: bytes) -> bool:
    try:
        for line in content.splitlines():
            json.loads(line)
    except ValueError:
        try:
            json.loads(content)
        except ValueError:
            return False
    return True


# -- at length -------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--from", dest="start", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=580)
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    statuses: Counter[int] = Counter()
    wrong: Counter[str] = Counter()
    with folder_of_tables() as place:
        for number in range(asked.start, asked.start + asked.count):
            if time.monotonic() > end:
                break
            given = case(number)
            outcome = run(given)
            statuses[outcome.status] += 1
            for fault in faults(given, outcome, place):
                wrong[fault] += 1
                shown = f"{fault}: {given}\n    {outcome.seconds:.1f} s {outcome.err[-300:]!r}\n"
                sys.stdout.write(shown.encode(errors="backslashreplace").decode())
                sys.stdout.flush()
    sys.stdout.write(f"{statuses.total()} inputs to {number}: {dict(statuses)}, {dict(wrong)}\n")


if __name__ == "__main__":
    main()
