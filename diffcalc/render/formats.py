"""The formats of results: which file has each, imported when it is asked for."""

from importlib import import_module
from typing import Any, TextIO

from diffcalc.render.renderer import Options, Renderer, StepsRenderer

FORMATS = {
    "table": "diffcalc.render.table:TableRenderer",
    "plain": "diffcalc.render.plain:PlainRenderer",
    "json": "diffcalc.render.json:JsonRenderer",
    "csv": "diffcalc.render.csv:CsvRenderer",
    "tsv": "diffcalc.render.csv:TsvRenderer",
    "value": "diffcalc.render.value:ValueRenderer",
}
"""Where each format lives; imported when it is chosen."""

_STEPS_FORMATS = FORMATS | {
    "markdown": "diffcalc.render.markdown:MarkdownRenderer",
    "latex": "diffcalc.render.latex:LatexRenderer",
}


def renderer(name: str, stream: TextIO, options: Options | None = None) -> Renderer:
    """The renderer of this format, writing to `stream`."""
    found: type[Renderer] = _imported(FORMATS[name])
    return found(stream, options or Options())


def steps_renderer(name: str, stream: TextIO, options: Options) -> StepsRenderer:
    """The renderer of this format, of which there are more for derivations."""
    found: type[StepsRenderer] = _imported(_STEPS_FORMATS[name])
    return found(stream, options)


def _imported(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)
