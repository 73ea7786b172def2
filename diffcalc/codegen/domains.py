"""Where derivatives have numbers although the function has none: log(x) has no slope at -1.

Code gives no number there either: where a language's functions raise nothing, a derivative is
checked by the value if what limits the domain does not occur in it.
"""

from collections.abc import Sequence
from fractions import Fraction

from diffcalc.codegen.lowering import Program, whole
from diffcalc.language.expression import Node

# No value where the operand is negative, or else where it is on the wrong side of 1.
_OF_POSITIVE = {"log", "log2", "log10", "log1p", "sqrt", "pow"}
_LIMITED = {*_OF_POSITIVE, "acosh", "atanh", "asin", "acos"}
# In slopes of these there are roots, which have no value outside the domain either.
_WITH_ROOTS = {"asin", "acos", "pow"}
_NEVER_NEGATIVE = {"exp", "cosh", "abs", "sqrt", "hypot", "sigmoid", "softplus", "erfc"}


def to_check(program: Program) -> list[bool]:
    """For each output after the first, the value: whether it may be a number where that is none."""
    nodes = program.nodes
    found = _never_negative(nodes)
    value, *derivatives = (_needed(nodes, output) for output in program.outputs)
    limits = {i for i in value if nodes[i].operation in _LIMITED and _limits(nodes, i, found)}
    checks = []
    for needed in derivatives:
        roots = any(nodes[i].operation == "sqrt" or _is_root(nodes, i) for i in needed)
        missing = {nodes[i].operation for i in limits - needed}
        checks.append(bool(missing - _WITH_ROOTS if roots else missing))
    return checks


def _limits(nodes: Sequence[Node], index: int, never_negative: Sequence[bool]) -> bool:
    """Whether there are operands for which this has no value."""
    node = nodes[index]
    if node.operation == "pow" and not _is_root(nodes, index):
        return False
    return node.operation not in _OF_POSITIVE or not never_negative[node.operands[0]]


def _is_root(nodes: Sequence[Node], index: int) -> bool:
    """Whether this is a power that is not known to be a whole one."""
    node = nodes[index]
    return node.operation == "pow" and whole(nodes, node.operands[1]) is None


def _needed(nodes: Sequence[Node], output: int) -> set[int]:
    """All that an output is made of."""
    found, stack = {output}, [output]
    while stack:
        new = set(nodes[stack.pop()].operands) - found
        found |= new
        stack.extend(new)
    return found


def _never_negative(nodes: Sequence[Node]) -> list[bool]:
    """Which nodes are seen to be 0 or more wherever they have a value."""
    found: list[bool] = []
    for node in nodes:
        inside = [found[i] for i in node.operands]
        match node.operation:
            case "number" | "constant":
                found.append(not isinstance(node.content, Fraction) or node.content >= 0)
            case "mul":
                found.append(node.operands[0] == node.operands[1] or all(inside))
            case "pow":
                power = whole(nodes, node.operands[1])
                found.append(inside[0] or (power is not None and power % 2 == 0))
            case "add" | "div":
                found.append(all(inside))
            case "where":
                found.append(all(inside[1:]))
            case operation:
                found.append(operation in _NEVER_NEGATIVE)
    return found
