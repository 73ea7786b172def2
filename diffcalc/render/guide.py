"""The guide: pages of Markdown in `diffcalc/guide/`, shown on a terminal.

A new page is a file there, and a line in its `README.md`, which is the page of contents.
"""

import re
from importlib.resources import files
from io import StringIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown
from rich.text import Text
from rich.theme import Theme

CONTENTS = "README"
"""The page that lists the others; a repository shows it with the folder."""
_GUIDE = files("diffcalc").joinpath("guide")
_PICTURE = re.compile(r"!\[(.*?)\]\(.*?\)", re.DOTALL)
_LINK = re.compile(r"\[([^\[\]]*)\]\(([\w-]+)\.md\)")


def topics() -> list[str]:
    """The names of all pages but that of contents."""
    names = [file.name.removesuffix(".md") for file in _GUIDE.iterdir() if ".md" in file.name]
    return sorted({*names} - {CONTENTS})


def page(topic: str) -> str:
    """The Markdown of a page."""
    return _GUIDE.joinpath(f"{topic}.md").read_text("utf-8")


def shown(markdown: str, width: int, *, styled: bool) -> str:
    """A page as text for a terminal, with or without styles.

    A picture is told by what it shows, a link to another page by its topic.
    """
    text = _PICTURE.sub(r"*Picture: \1*", markdown)
    text = _LINK.sub(lambda link: f"**{link[1]}**" + f" ({link[2]})" * (link[1] != link[2]), text)
    written = StringIO()
    console = Console(
        file=written,
        width=width,
        force_terminal=styled,
        color_system="standard" if styled else None,
        theme=Theme({"markdown.code": "cyan"}),  # rich's own has a black ground
    )
    console.print(_Page(text, hyperlinks=False), crop=False)
    lines = (line.rstrip() for line in written.getvalue().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


class _Heading(Heading):
    """A heading on the left: rich puts the first into the middle, or a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Example(CodeBlock):
    """What is typed and printed, to the letter: 80 columns of it are not broken for a margin."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().splitlines():
            style = "bold cyan" if line.startswith(("$ ", ">>> ")) else ""
            yield Text(line, style, no_wrap=True, overflow="ignore")


class _Page(Markdown):
    elements = Markdown.elements | {
        "heading_open": _Heading, "fence": _Example, "code_block": _Example,
    }  # fmt: skip
