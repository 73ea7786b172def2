"""Named functions: the lecture's, built in, and the user's own, in a file never half written.

The user's functions are a JSON object {"g": "g(x, y) = x**2*y", …} in diffcalc's application
folder. A change reads, edits and replaces the file under a lock, so that two writers lose nothing;
a file that cannot be read is set aside, never overwritten.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from diffcalc.base.errors import DiffcalcError, LibraryError, printable
from diffcalc.base.files import read_bytes, replace_file
from diffcalc.base.streams import writing
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import ALIASES, CONSTANTS, FUNCTIONS
from diffcalc.language.refusals import Definition, Lookup

BUILT_IN: dict[str, str] = {
    "f": "f(x) = 3*x**2 - 4*x",
    "f2": "f2(x, y) = x**2*y",
    "f3": "f3(x, y) = x**2*y/(x**4 + y**2)",
    "L": "L(a, b) = 3*a**3 - b**2",
    "mse": "mse(y, p) = mean((y - p)**2)",
    "cross_entropy": "cross_entropy(q, p) = -sum(q*log(p))",
    "bce": "bce(y, p) = -mean(y*log(p) + (1 - y)*log(1 - p))",
    "binary_cross_entropy": "binary_cross_entropy(y, p) = -mean(y*log(p) + (1 - y)*log(1 - p))",
    "huber": "huber(y, p) = mean(where(abs(y - p) <= 1, (y - p)**2/2, abs(y - p) - 1/2))",
}
"""The functions of the lecture, under names that can be typed.

The losses take the truth first, then the prediction: the lecture's H(p, q) = -sum(p*log(q)) is
cross_entropy(p, q). Those of samples are means over them, as in PyTorch.
"""

_FILE = "functions.json"
_DEFINITION = re.compile(r"\s*([A-Za-z]\w*)\s*\(([^()]*)\)\s*=(?!=)(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_known(text: str, *, declared: Collection[str] = ()) -> Expression:
    """The expression that `text` says, the lecture's functions and the losses among what it knows.

    `declared` are names that are variables whatever else they mean. Raises as `reader.read`.
    """

    def find(name: str) -> Definition | None:
        return parse(BUILT_IN[name], find) if name in BUILT_IN else None

    return read(text, declared=declared, lookup=find)


class Library:
    """The named functions of one user, kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE
        self.damaged: str | None = None
        """What is wrong with the file, once it was read and found damaged."""

    def lookup(self) -> Lookup:
        """A function that finds a definition by name, for the reader.

        It reads the file when the first name is asked for. Raises `LibraryError` for a function
        that is defined by itself.
        """
        texts: dict[str, str] = {}
        reading: list[str] = []

        def find(name: str) -> Definition | None:
            if not texts:
                texts.update(BUILT_IN | self.own())
            if name not in texts:
                return None
            if name in reading:
                raise LibraryError(
                    f"`{name}` is defined by itself: {' -> '.join([*reading, name])}"
                )
            reading.append(name)
            try:
                return parse(texts[name], find)
            finally:
                reading.pop()

        return find

    def own(self) -> dict[str, str]:
        """The user's own definitions by name; none, and `damaged` set, if it cannot be read.

        What hides itself or moves the cursor, which only another program writes there, is escaped.
        """
        return {
            name: printable(text)
            for name, text in self._content().items()
            if _NAME.fullmatch(name) and isinstance(text, str) and _DEFINITION.match(text)
        }

    def _content(self) -> dict[str, object]:
        """The whole file, entries that this version does not understand included."""
        # Most expressions name no function, and the file is not read for them.
        import json

        try:
            if not self.path.exists():
                return {}
            content = json.loads(read_bytes(str(self.path)))
            if not isinstance(content, dict):
                raise ValueError("it is not an object")
            # What cannot be written again would be lost: half of a character may be in JSON.
            _text(content)
            return content
        except DiffcalcError as error:
            self.damaged = error.sentence
        except (OSError, ValueError) as error:
            self.damaged = f"{self.path} cannot be read ({error})"
        except RecursionError:
            self.damaged = f"{self.path} cannot be read (its brackets are nested too deep)"
        return {}

    def define(self, text: str, *, replace: bool = False) -> str:
        """Stores `g(x, y) = …` and returns it as it was read.

        Raises `ReadError` where it is not a definition, `LibraryError` where the name is taken
        (unless `replace`), `WriteError` where the file cannot be written.
        """
        with self._locked():
            own = self.own()
            find = self.lookup()
            definition = parse(text, find)
            name = definition.name
            taken = (BUILT_IN | own).get(name)
            stored = f"{name}({', '.join(definition.parameters)}) = {definition.expression}"
            if taken is not None and not replace and stored != taken:
                raise LibraryError(f"{name} is taken: {taken}", hint="add --replace to replace it")
            self._write(self._content() | {name: stored})
        return stored

    def undefine(self, name: str) -> None:
        """Forgets one of the user's own functions. Raises `LibraryError` if there is none."""
        with self._locked():
            own = self.own()
            if name not in own:
                if name in BUILT_IN:
                    raise LibraryError(f"{name} is built in and stays")
                raise LibraryError(f"there is no function {name} of yours")
            content = self._content()
            del content[name]
            self._write(content)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Holds the lock beside the file, so that one writer waits for the other."""
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path.with_suffix(".lock"), "a", encoding="utf-8") as lock:
                _lock(lock.fileno())
                yield

    def _write(self, texts: Mapping[str, object]) -> None:
        if self.damaged is not None:
            self._set_aside()
        replace_file(self.path, _text(texts))

    def _set_aside(self) -> None:
        for number in range(1, 1000):
            aside = self.path.with_name(f"{_FILE}.damaged-{number}")
            if not aside.exists():
                os.replace(self.path, aside)
                self.damaged = f"{self.damaged}; it is kept as {aside.name}"
                return
        raise LibraryError(f"too many damaged copies of {self.path}")


def parse(text: str, lookup: Lookup) -> Definition:
    """`g(x, y) = …` as a definition. Raises `ReadError` or `LibraryError`."""
    match = _DEFINITION.match(text)
    if match is None:
        raise LibraryError("this is not a definition", hint="write it as in g(x, y) = x**2*y")
    name, inside, body = match.groups()
    if name in FUNCTIONS or name in ALIASES or name in CONSTANTS or name in ("E", "where"):
        raise LibraryError(f"`{name}` already means something", text=text, column=match.start(1))
    parameters = tuple(part.strip() for part in inside.split(","))
    for parameter in parameters:
        if not _NAME.fullmatch(parameter) or parameters.count(parameter) > 1:
            problem = "is named twice" if parameters.count(parameter) > 1 else "is not a name"
            raise LibraryError(f"`{parameter}` {problem}", text=text, column=match.start(2))
    try:
        expression = read(body, declared=parameters, lookup=lookup)
    except DiffcalcError as error:
        raise error.inside(text, match.start(3)) from None
    free = [v for v in expression.variables if v not in parameters]
    if free:
        raise LibraryError(
            f"`{free[0]}` is not one of the parameters of {name}",
            hint=f"write {name}({', '.join([*parameters, free[0]])}) = …",
        )
    return Definition(name, parameters, expression)


def _text(content: Mapping[str, object]) -> bytes:
    import json

    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _lock(descriptor: int) -> None:
    """An exclusive lock on an open file, released when it is closed."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]  # Windows only
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
