"""Results as text: every sentence, table and document; a file for each output format.

Imports every room but api and cli, and alone imports rich.
"""

from diffcalc.render.formats import FORMATS, renderer, writer
from diffcalc.render.renderer import Options, Renderer, StepsRenderer

__all__ = ["FORMATS", "Options", "Renderer", "StepsRenderer", "renderer", "writer"]
