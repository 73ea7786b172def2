"""Results as text: one file per output format, and the only place that imports rich."""

from importlib import import_module
from typing import TextIO

from diffcalc.render.base import Options, Renderer

__all__ = ["FORMATS", "Options", "Renderer", "renderer"]

FORMATS = {
    "table": "diffcalc.render.table:TableRenderer",
    "plain": "diffcalc.render.plain:PlainRenderer",
    "json": "diffcalc.render.json:JsonRenderer",
    "csv": "diffcalc.render.delimited:CsvRenderer",
    "tsv": "diffcalc.render.delimited:TsvRenderer",
    "value": "diffcalc.render.value:ValueRenderer",
}
"""Where each format lives; imported when it is chosen."""


def renderer(name: str, stream: TextIO, options: Options | None = None) -> Renderer:
    """The renderer of this format, writing to `stream`."""
    module, _, attribute = FORMATS[name].partition(":")
    found: type[Renderer] = getattr(import_module(module), attribute)
    return found(stream, options or Options())
