"""The formats of results: those that each kind of result has, and what writes it in each.

A new format is a file that writes it, and an entry here for each kind that has it: the choices of
the commands, their help and what is refused come from this table. A kind's first format is what it
is written in unless another is asked for.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from pkgutil import resolve_name
from typing import Any, TextIO

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.files import PACKED
from diffcalc.render.renderer import Options, Renderer

_RESULTS = {
    "table": "diffcalc.render.table:TableRenderer",
    "plain": "diffcalc.render.plain:PlainRenderer",
    "json": "diffcalc.render.json:JsonRenderer",
    "csv": "diffcalc.render.csv:CsvRenderer",
    "tsv": "diffcalc.render.csv:TsvRenderer",
    "value": "diffcalc.render.value:ValueRenderer",
}
FORMATS: Mapping[str, Mapping[str, str]] = {
    "results": _RESULTS,
    "derivations": {
        **_RESULTS,
        "markdown": "diffcalc.render.markdown:MarkdownRenderer",
        "latex": "diffcalc.render.latex:LatexRenderer",
    },
    "descents": {
        "table": "diffcalc.render.descent:TableDescent",
        "plain": "diffcalc.render.descent:PlainDescent",
        "json": "diffcalc.render.descent:JsonDescent",
        "csv": "diffcalc.render.descent:CsvDescent",
        "tsv": "diffcalc.render.descent:TsvDescent",
        "value": "diffcalc.render.descent:ValueDescent",
    },
    "limits": {
        "table": "diffcalc.render.function_limit:table",
        "plain": "diffcalc.render.function_limit:plain",
        "json": "diffcalc.render.function_limit:json_object",
        "csv": "diffcalc.render.function_limit:in_csv",
        "tsv": "diffcalc.render.function_limit:in_tsv",
        "value": "diffcalc.render.function_limit:value",
    },
    "graphs": {
        "tree": "diffcalc.render.graph:tree",
        "mermaid": "diffcalc.render.graph:mermaid",
        "dot": "diffcalc.render.graph:dot",
        "json": "diffcalc.render.graph:json_object",
    },
    "marks": {
        "table": "diffcalc.render.marks:table",
        "plain": "diffcalc.render.marks:plain",
        "json": "diffcalc.render.marks:JsonAnswers.all",
        "csv": "diffcalc.render.marks:CsvAnswers.all",
        "tsv": "diffcalc.render.marks:TsvAnswers.all",
        "value": "diffcalc.render.marks:ValueAnswers.all",
    },
    "judged": {
        "table": "diffcalc.render.components:table",
        "plain": "diffcalc.render.components:plain",
        "json": "diffcalc.render.components:json_object",
        "csv": "diffcalc.render.components:in_csv",
        "tsv": "diffcalc.render.components:in_tsv",
        "value": "diffcalc.render.components:value",
    },
    "answers": {
        "csv": "diffcalc.render.marks:CsvAnswers",
        "tsv": "diffcalc.render.marks:TsvAnswers",
        "json": "diffcalc.render.marks:JsonAnswers",
        "value": "diffcalc.render.marks:ValueAnswers",
    },
    "exercises": {
        "markdown": "diffcalc.render.practice:markdown",
        "latex": "diffcalc.render.practice:in_latex",
        "csv": "diffcalc.render.practice:csv",
        "json": "diffcalc.render.practice:json",
    },
    "points": {
        "csv": "diffcalc.render.points:CsvPoints",
        "tsv": "diffcalc.render.points:TsvPoints",
        "json": "diffcalc.render.points:JsonPoints",
        "npy": "diffcalc.render.points:NpyPoints",
        "parquet": "diffcalc.render.points_columns:ParquetPoints",
        "arrow": "diffcalc.render.points_columns:ArrowPoints",
    },
    "programs": dict.fromkeys(
        ("python", "numpy", "torch", "jax", "c", "julia", "rust", "latex"), "diffcalc.codegen:emit"
    ),
}
"""For each kind of result its formats; what writes one is imported when it is chosen."""

# JSON with an object on each line has a suffix of its own.
ENDINGS = {f".{'jsonl' if name == 'json' else name}": name for name in FORMATS["points"]}
ENDINGS |= {".feather": "arrow"}
"""How the name of a file of many results ends, and which format it then has."""
_TEXT = ("csv", "tsv", "json")


def ending_of(name: str) -> tuple[str, str]:
    """How the name of such a file ends, and how the file is packed: .csv and .gz; empty if not so.

    What packs itself, or is no text, is not packed again.
    """
    path = PurePath(name.lower())
    packed = path.suffix if path.suffix in PACKED else ""
    ending = PurePath(path.stem).suffix if packed else path.suffix
    known = ENDINGS.get(ending)
    return (ending, packed) if known in _TEXT or (known and not packed) else ("", "")


PICTURES = (".svg", ".png", ".pdf")
"""How the name of a file ends that has a picture."""


def choices(*kinds: str) -> tuple[str, ...]:
    """The formats that any of these kinds has."""
    return tuple(dict.fromkeys(name for kind in kinds for name in FORMATS[kind]))


def writer(kind: str, name: str) -> Any:
    """What writes this kind of result in this format. Raises `DiffcalcError` where it lacks it."""
    found = FORMATS[kind]
    if name not in found:
        raise DiffcalcError(f"{kind} are written as {either(found)}, not as {name}")
    return resolve_name(found[name])


def renderer(name: str, stream: TextIO, options: Options | None = None) -> Renderer:
    """The renderer of this format, writing to `stream`."""
    found: type[Renderer] = writer("results", name)
    return found(stream, options or Options())


def either(names: Iterable[str]) -> str:
    """The names as in `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
