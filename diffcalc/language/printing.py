"""Programs as text in any notation: one loop, one table of precedence, a template per operation.

A template has a slot for each operand, with how tightly the operand must bind to stand there
without brackets: `{0:sum} - {1:product}` writes a - (b + c) with its bracket. What a notation has
no template for is written as a call. A new notation is a `Notation`; see also `latex.py`, and the
languages of `codegen/`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache, partial
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from diffcalc.base.numbers import V
from diffcalc.language.array_operations import ARRAYS, SHOWN
from diffcalc.language.operations import COMPARISONS

if TYPE_CHECKING:
    from diffcalc.language.expression import Node

# How tightly something binds, from the loosest; a slot may name any of them.
LEVELS = ("choice", "comparison", "sum", "matrix", "hadamard", "product", "sign", "power", "atom")
CHOICE, COMPARISON, SUM, MATRIX, HADAMARD, PRODUCT, SIGN, POWER, ATOM = range(len(LEVELS))
PRECEDENCE: Mapping[str, int] = {
    "add": SUM, "sub": SUM, "mul": PRODUCT, "div": PRODUCT, "matmul": PRODUCT, "neg": SIGN,
    "pow": POWER, "where": CHOICE,
} | dict.fromkeys(COMPARISONS, COMPARISON)  # fmt: skip


class Piece(NamedTuple):
    """A piece of text, and how tightly it binds."""

    text: str
    level: int = ATOM


class Form(NamedTuple):
    """A template taken apart: text, and slots, each with whether something stands before it."""

    parts: tuple[str | tuple[int, int, bool], ...]
    level: int

    def filled(self, operands: Sequence[Piece]) -> Piece:
        """The text with these operands, in round brackets where they need them."""
        found = [
            part if isinstance(part, str) else bracketed(operands[part[0]], part[1])
            for part in self.parts
        ]
        return Piece("".join(found), self.level)


@cache
def form(template: str, level: int = ATOM) -> Form:
    """A template taken apart. What ends in a bracket of its own needs no other."""
    parts: list[str | tuple[int, int, bool]] = []
    for text, slot, least, _ in Formatter().parse(template):
        parts.extend([text] * bool(text))
        if slot is not None:
            parts.append((int(slot), LEVELS.index(least or "choice"), bool(parts)))
    return Form(tuple(parts), ATOM if template.endswith(")") else level)


def bracketed(piece: Piece, least: int) -> str:
    """The piece, in round brackets where it binds less than that."""
    return piece.text if piece.level >= least else f"({piece.text})"


@dataclass(frozen=True)
class Notation:
    """How programs are written.

    `templates` are those of operations that are no calls, perhaps of so many operands only, or with
    {*} for all of them; `precedence` is of these. A call is a
    `function`'s name in this notation, and its operands in brackets, the last of them after `axis`
    where it is one. Where a `sign_leads`, a minus stands in brackets anywhere but in front.
    """

    templates: Mapping[str, str]
    function: Callable[[str], str]
    number: Callable[[Fraction], Piece]
    constants: Mapping[str, str]
    variable: Callable[[str], str] = str
    precedence: Mapping[str, int] = field(default_factory=lambda: PRECEDENCE)
    brackets: tuple[str, str] = ("(", ")")
    axis: str = "axis="
    sign_leads: bool = False
    comma: str = ", "
    junctions: tuple[str, str] | None = None
    """What stands between conditions that all hold, or one of which does."""

    def leaf(self, node: "Node") -> Piece:
        """A number, a constant or a variable."""
        if isinstance(node.content, Fraction):
            return self.number(node.content)
        written = self.variable if node.operation == "variable" else self.constants.__getitem__
        return Piece(written(str(node.content)))

    def form(self, operation: str, count: int) -> Form:
        """How an operation of so many operands is written."""
        template = self.templates.get(f"{operation} {count}") or self.templates.get(operation, "")
        if "{*}" in template:
            slots = [f"{{{n}}}" for n in range(count)]
            return form(template.replace("{*}", self.comma.join(slots)))
        # That of a norm has no place for an axis.
        if f"{{{count - 1}" in template:
            return form(template, self.precedence.get(operation, ATOM))
        row = ARRAYS.get(operation)
        axis = row.operands if row is not None and row.counts is None else count
        slots = [f"{self.axis if n == axis else ''}{{{n}}}" for n in range(count)]
        start, end = self.brackets
        return form(f"{self.function(operation)}{start}{self.comma.join(slots)}{end}")


def written(
    nodes: Sequence["Node"],
    index: int,
    notation: Notation,
    names: Mapping[int, str],
    least: int = CHOICE,
) -> Iterator[str]:
    """The text of a node, bit by bit, with a stack in place of recursion.

    A node in `names` is written by its name there. The whole is in brackets where it binds less
    than `least`.
    """
    start, end = notation.brackets
    stack: list[str | tuple[int, int, bool]] = [(index, least, False)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
            continue
        at, least, inside = item
        operation, operands, content = nodes[at]
        if at in names:
            yield names[at]
        elif content is not None:
            piece = notation.leaf(nodes[at])
            yield piece.text if piece.level >= least else f"{start}{piece.text}{end}"
        else:
            if operation in ("max", "min"):
                operands = _unfolded(nodes, at, names)
            parts, level = notation.form(operation, len(operands))
            if operation == "where" and notation.junctions:
                way, conditions, operands = joined(operands, partial(_choice, nodes, names))
                sign = notation.junctions[way]
                first = parts.index((0, CHOICE, True))
                joint = [p for n, c in enumerate(conditions) for p in (sign, (n + 3, CHOICE, True))]
                parts = (*parts[:first], *joint[1:], *parts[first + 1 :])
                operands = (*operands, *conditions)
            led = inside and least and notation.sign_leads and _leads_with_sign(nodes, at)
            if level < least or led:
                parts = (start, *parts, end)
            stack.extend(
                part if isinstance(part, str) else (operands[part[0]], part[1], part[2])
                for part in reversed(parts)
            )


def _unfolded(nodes: Sequence["Node"], index: int, names: Mapping[int, str]) -> tuple[int, ...]:
    """The arguments of max(max(a, b), c), which was typed max(a, b, c)."""
    first, *found = nodes[index].operands
    while nodes[first].operation == nodes[index].operation and first not in names:
        first, right = nodes[first].operands
        found.append(right)
    return (first, *reversed(found))


def _choice(
    nodes: Sequence["Node"], names: Mapping[int, str], index: int
) -> tuple[int, ...] | None:
    """The operands of a node that is a choice and has no name."""
    node = nodes[index]
    return node.operands if node.operation == "where" and index not in names else None


def joined(
    operands: Sequence[V], inner: Callable[[V], Sequence[V] | None]
) -> tuple[int, list[V], tuple[V, ...]]:
    """What joins conditions, these, and the whole choice with its last branches.

    For where(c, where(d, a, b), b): 0, which is and (1 is or), [c, d], (c, a, b). `inner` has the
    operands of what is such a choice too.
    """
    condition, *branches = operands
    conditions = [condition]
    for way in (0, 1):
        found = inner(branches[way])
        while found and found[2 - way] == branches[1 - way]:
            conditions.append(found[0])
            branches[way] = found[1 + way]
            found = inner(branches[way])
        if len(conditions) > 1:
            break
    return way, conditions, (condition, *branches)


def _leads_with_sign(nodes: Sequence["Node"], index: int) -> bool:
    while nodes[index].operation in ("mul", "hadamard", "matmul", "chain"):
        index = nodes[index].operands[0]
    return nodes[index].operation == "neg"


def number_text(value: Fraction) -> str:
    """An exact number as a person types it: 3, 0.5, 1e-8, or 1/3 where decimals would not end."""
    places = _decimal_places(value.denominator)
    if places is None:
        return f"{value.numerator}/{value.denominator}"
    with localcontext(prec=len(str(value.numerator)) + places + 1):
        decimal = Decimal(int(value * 10**places)).scaleb(-places).normalize()
    plain, scientific = f"{decimal:f}", f"{decimal:e}"
    readable = 16 if places == 0 else 8
    return plain if len(plain) <= max(readable, len(scientific) + 2) else scientific


def _decimal_places(denominator: int) -> int | None:
    """How many decimal places 1/denominator has, or None where they do not end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _number(value: Fraction) -> Piece:
    text = number_text(value)
    return Piece(text, SIGN if value < 0 else PRODUCT if "/" in text else ATOM)


# `a - (b + c)` needs its bracket, as `a/(b*c)` does, and a sum or product typed with one keeps it;
# a power's exponent may start with a minus.
INFIX: Mapping[str, str] = {
    "add": "{0:sum} + {1:product}",
    "sub": "{0:sum} - {1:product}",
    "mul": "{0:product}*{1:sign}",
    "div": "{0:product}/{1:sign}",
    "matmul": "{0:product} @ {1:sign}",
    "pow": "{0:atom}**{1:sign}",
} | {name: f"{{0:sum}} {sign} {{1:sum}}" for name, sign in COMPARISONS.items()}

PARTS = {"part 2": "{0:atom}[{1}:]", "part": "{0:atom}[{1}:{2}]", "stack": "[{*}]"}

TEXT = Notation(
    {**INFIX, "neg": "-{0:sign}", "transpose": "{0:atom}.T", "element": "{0:atom}[{1}]"} | PARTS,
    lambda operation: SHOWN.get(operation, operation),
    _number,
    {"pi": "pi", "e": "e"},
    junctions=(" and ", " or "),
)
