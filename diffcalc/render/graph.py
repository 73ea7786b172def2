"""A computation graph as a tree for a terminal, as Mermaid, DOT and JSON, and as a picture."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import TextIO

from rich.text import Text
from rich.tree import Tree

from diffcalc.base.errors import DiffcalcError
from diffcalc.base.files import replace_file
from diffcalc.base.types import NumberArray
from diffcalc.comparison.graph import Graph, GraphNode
from diffcalc.language.examples import example
from diffcalc.render.console import console_on
from diffcalc.render.formats import PICTURES, either
from diffcalc.render.json import numbers
from diffcalc.render.layered import svg
from diffcalc.render.lines import JsonObject, json_line
from diffcalc.render.wording import nested

# Half of a float64's: a box or a branch has two numbers, and is to be read, not computed with.
_DIGITS = 8


def tree(result: Graph, stream: TextIO) -> None:
    """Writes the graph as a tree, from the result down."""
    console = console_on(stream)
    console.print(_tree(result))
    if result.nodes[-1].value is None and result.expression.variables:
        hint = f"add {example([result.expression], {})} for values and gradients."
        console.print(Text(f"\n{hint}", "dim"))


def _tree(result: Graph) -> Tree:
    """The result on top; a node that is used again is written out where it comes first."""
    top: Tree | None = None
    shown: set[int] = set()
    stack: list[tuple[int, Tree | None]] = [(len(result.nodes) - 1, None)]
    while stack:
        index, above = stack.pop()
        node = result.nodes[index]
        label = _label(node)
        again = index in shown and bool(node.operands)
        if again:
            label.append("   see above", "not bold dim")
        branch = Tree(label) if above is None else above.add(label)
        top = top or branch
        shown.add(index)
        stack.extend((operand, branch) for operand in reversed(node.operands) if not again)
    assert top is not None
    return top


def _label(node: GraphNode) -> Text:
    text = Text(node.text, "bold")
    if node.value is None or _is_literal(node):
        return text
    text.append(f" = {nested(node.value, _DIGITS)}", "not bold")
    if node.cotangent is not None:
        text.append(f"   grad {nested(node.cotangent, _DIGITS)}", "not bold cyan")
    return text.append(f"   {node.grad_fn}", "not bold dim")


def _is_literal(node: GraphNode) -> bool:
    return node.grad_fn == "constant" and not node.operands


def _lines(node: GraphNode) -> list[str]:
    """What is written into a node's box."""
    if node.value is None or _is_literal(node):
        return [node.text]
    lines = [f"{node.text} = {nested(node.value, _DIGITS)}"]
    if node.cotangent is not None:
        lines.append(f"grad {nested(node.cotangent, _DIGITS)}")
    return lines if node.grad_fn == "leaf" else [*lines, node.grad_fn]


def mermaid(result: Graph, stream: TextIO) -> None:
    """Writes the graph as a Mermaid flowchart, which GitHub and GitLab draw."""
    lines = ["flowchart BT"]
    for index, node in enumerate(result.nodes):
        label = "<br/>".join(_lines(node)).replace('"', "#quot;")
        opening, closing = ("([", "])") if node.grad_fn == "leaf" else ("[", "]")
        lines.append(f'  n{index}{opening}"{label}"{closing}')
        lines += [f"  n{operand} --> n{index}" for operand in node.operands]
    stream.write("\n".join([*lines, ""]))


def dot(result: Graph, stream: TextIO) -> None:
    """Writes the graph in the language of Graphviz."""
    stream.write(_dot(result))


def _dot(result: Graph) -> str:
    lines = ["digraph {", "  rankdir=BT", '  node [shape=box fontname="sans-serif"]']
    for index, node in enumerate(result.nodes):
        label = json.dumps("\n".join(_lines(node)), ensure_ascii=False)
        style = " style=rounded" if node.grad_fn == "leaf" else ""
        lines.append(f"  n{index} [label={label}{style}]")
        lines += [f"  n{operand} -> n{index}" for operand in node.operands]
    return "\n".join([*lines, "}\n"])


def draw(result: Graph, path: Path) -> None:
    """Draws the graph into a file, which is replaced only once the picture is complete.

    Raises `DiffcalcError` where the suffix is unknown, graphviz is missing or fails, or the file
    cannot be written.
    """
    if path.suffix not in PICTURES:
        raise DiffcalcError(
            f"{path.name} is no picture's name", hint=f"end it with {either(PICTURES)}"
        )
    if path.suffix == ".svg":
        replace_file(path, svg(result, [_lines(node) for node in result.nodes]).encode())
        return
    program = shutil.which("dot")
    if program is None:
        raise DiffcalcError(
            "graphviz is not installed here", hint="install it, or draw a .svg file"
        )
    done = subprocess.run(  # noqa: S603 - no user text is among the arguments
        [program, f"-T{path.suffix[1:]}"],
        input=_dot(result).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise DiffcalcError(f"graphviz failed: {done.stderr.decode(errors='replace').strip()}")
    replace_file(path, done.stdout)


def json_object(result: Graph, stream: TextIO) -> None:
    """Writes the graph as one object of JSON."""
    nodes = [_node(index, node) for index, node in enumerate(result.nodes)]
    stream.write(json_line({"expression": str(result.expression), "nodes": nodes}) + "\n")


def _node(index: int, node: GraphNode) -> JsonObject:
    told: JsonObject = {"id": index, "text": node.text, "grad_fn": node.grad_fn or None}
    told |= {"operands": list(node.operands)}
    return told | _numbers("value", node.value) | _numbers("grad", node.cotangent)


def _numbers(key: str, found: NumberArray | None) -> JsonObject:
    return {key: None} if found is None else numbers(key, found, nested(found))
