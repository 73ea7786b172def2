r"""LaTeX, with the macros of amsmath: programs term by term as typed, so 3*2*x is 3 \cdot 2 x."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from diffcalc.language.array_operations import OPERATIONS, SHOWN
from diffcalc.language.expression import Expression, Node
from diffcalc.language.operations import ANY, COMPARISONS
from diffcalc.language.printing import (
    HADAMARD,
    MATRIX,
    PARTS,
    POWER,
    PRECEDENCE,
    PRODUCT,
    Notation,
    Piece,
    number_text,
    written,
)
from diffcalc.language.refusals import WORDS_BETWEEN
from diffcalc.language.tokens import GREEK_NAMES

_NAME = re.compile(r"([A-Za-z]+?)_?(\d*)")
# A name before a bracket is a function's: a product has its sign.
_KNOWN = re.compile(r"\b[^\W\d]\w*\b(?!'*\()")
_NO_COMMAND = {"omicron"}
# The invisible sign of multiplication, which shows before a digit and a fraction only.
_TIMES = "\u2062"
_SHOWN_TIMES = re.compile(rf"{_TIMES}(?=\d|\\frac)")


def names_in(text: str) -> list[str]:
    """The names in a formula that diffcalc printed: they are all known, but not by the reader."""
    return [word for word in _KNOWN.findall(text) if word not in {"e", "pi", *WORDS_BETWEEN}]


def typeset(program: Expression) -> str:
    """A formula in LaTeX's mathematics."""
    return typeset_nodes(program.nodes if program.elementwise else tuple(_of_arrays(program.nodes)))


def typeset_nodes(nodes: Sequence[Node], names: Mapping[str, str] | None = None) -> str:
    """The same of nodes, the last of them the result; `names` has the LaTeX of some variables."""
    known = names or {}
    notation = replace(_LATEX, variable=lambda text: known.get(text) or name(text))
    text = "".join(written(nodes, len(nodes) - 1, notation, {}))
    return _SHOWN_TIMES.sub(r" \\cdot ", text).replace(_TIMES, " ")


def _of_arrays(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes, with a product by elements told from others, and A B C from A B."""
    for node in nodes:
        left = nodes[node.operands[0]].operation if node.operands else ""
        if node.operation == "mul" and left != "number":
            yield node._replace(operation="hadamard")
        else:
            chain = node.operation == left == "matmul"
            yield node._replace(operation="chain") if chain else node


def name(text: str) -> str:
    r"""A variable: x, x_{1}, \alpha, and words upright, for in italics they would be products."""
    match = _NAME.fullmatch(text)
    stem, number = match.groups() if match else (text, "")
    if stem in GREEK_NAMES - _NO_COMMAND:
        shown = f"\\{stem}"
    else:
        shown = stem if len(stem) == 1 else rf"\mathrm{{{_escaped(stem)}}}"
    return f"{shown}_{{{number}}}" if number else shown


def derivative(variable: str, of: str = "", sign: str = r"\mathrm{d}") -> str:
    """The sign of the derivative in a variable, `of` standing above the line."""
    return rf"\frac{{{sign}{of}}}{{{sign}{name(variable)}}}"


def aligned(lines: Sequence[str]) -> str:
    r"""Lines with an & each where they are aligned, as an `align*` environment."""
    return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def verbatim(text: str) -> str:
    """Any text, in the letters of a typewriter."""
    parts = (rf"\texttt{{{_escaped(part)}}}" for part in text.split("∇"))
    return r"\nabla".join(parts)


def _escaped(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return "".join(special.get(c, f"\\{c}" if c in "_&%$#{}" else c) for c in text)


def _number(value: Fraction) -> Piece:
    text = number_text(value)
    if "/" in text:
        return Piece(rf"\frac{{{value.numerator}}}{{{value.denominator}}}", PRODUCT)
    if "e" in text:
        digits, _, power = text.partition("e")
        return Piece(rf"{digits} \cdot 10^{{{int(power)}}}", PRODUCT)
    return Piece(text)


def _function(operation: str) -> str:
    """The name of a function, as a piece of a template."""
    if ANY.fullmatch(operation):
        letter = operation.rstrip("'")
        shown = name(letter).replace("{", "{{").replace("}", "}}")
        return shown + operation[len(letter) :]
    operation = SHOWN.get(operation, operation)
    own = OPERATIONS[operation].latex
    return own if own and "{0}" not in own else rf"\operatorname{{{{{_escaped(operation)}}}}}"


_LATEX = Notation(
    {name: row.latex for name, row in OPERATIONS.items() if "{0}" in row.latex}
    | {name: f"{{0:sum}} {OPERATIONS[name].latex} {{1:sum}}" for name in COMPARISONS}
    | {
        "add": "{0:sum} + {1:matrix}",
        "sub": "{0:sum} - {1:matrix}",
        "neg": "-{0:matrix}",
        "mul": f"{{0:product}}{_TIMES}{{1:product}}",
        "hadamard": r"{0:hadamard} \odot {1:product}",
        "div": r"\frac{{{0}}}{{{1}}}",
        "matmul": "{0:product} {1:product}",
        "chain": "{0:matrix} {1:product}",
        "pow": "{0:atom}^{{{1}}}",
        "element": "{0:atom}[{1}]",
        **PARTS,
        "stack": r"\left[{*}\right]",
        "transpose": r"{0:atom}^{{\mathsf{{T}}}}",
    },
    _function,
    _number,
    {"pi": r"\pi", "e": r"\mathrm{e}"},
    name,
    {**PRECEDENCE, "exp": POWER, "transpose": POWER}
    | {"hadamard": HADAMARD, "matmul": MATRIX, "chain": MATRIX},
    (r"\left(", r"\right)"),
    r"\mathrm{{axis}} = ",
    sign_leads=True,
    junctions=(r" \text{ and } ", r" \text{ or } "),
)
