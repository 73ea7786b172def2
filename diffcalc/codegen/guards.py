"""Which choices decide whether a node is needed at all.

Where functions raise outside their domain, as in Python and Julia, what only a branch of a choice
needs must not be evaluated on the other: where(x > 0, log(x), 0) never asks for log(-1).
"""

from collections.abc import Iterable
from functools import cache

from diffcalc.codegen.lowering import Program
from diffcalc.language.expression import below

Branch = tuple[int, int]
"""A condition's node, and 1 where it has to hold, 2 where it must not."""
Guard = frozenset[frozenset[Branch]]
"""A node is needed where all branches of one of these sets are taken."""

ALWAYS: Guard = frozenset({frozenset()})
# Where more ways need a node, what they share is taken: it is computed more often than needed
# then, but conditions stay short.
_MOST = 4


def guards(program: Program) -> tuple[dict[int, Guard], set[int]]:
    """The guard of every node that an output needs; and what has none that is known in time.

    That is what a condition is made of, and a branch behind it too. It is left out of the guard,
    and the node has to be written where it is needed, each time.
    """
    found = dict.fromkeys(program.outputs, ALWAYS)
    late = set[int]()
    inside = cache(lambda condition: below(program.nodes, condition))
    for index in range(len(program.nodes) - 1, -1, -1):
        if index not in found:
            continue
        paths = [
            frozenset(branch for branch in path if index not in inside(branch[0]))
            for path in found[index]
        ]
        if found[index] != frozenset(paths):
            late.add(index)
            found[index] = _either(paths)
        node = program.nodes[index]
        for position, operand in enumerate(node.operands):
            use = found[index]
            if node.operation == "where" and position:
                branch = (node.operands[0], position)
                use = frozenset(taken | {branch} for taken in use)
            found[operand] = _either(found.get(operand, frozenset()) | use)
    return found, late


def _either(paths: Iterable[frozenset[Branch]]) -> Guard:
    """The same paths without those that another one implies."""
    found = set(paths)
    for path in list(found):
        for condition, taken in path:
            # Needed on both branches is needed on either.
            if path ^ {(condition, taken), (condition, 3 - taken)} in found:
                found.add(path - {(condition, taken)})
    found = {path for path in found if not any(other < path for other in found)}
    return frozenset(found) if len(found) <= _MOST else frozenset({frozenset.intersection(*found)})


def ordered(program: Program, found: dict[int, Guard]) -> list[int]:
    """The needed nodes, each after its operands and after the conditions of its guard."""
    order: dict[int, None] = {}
    stack = list(reversed(program.outputs))
    while stack:
        index = stack[-1]
        paths = found.get(index, ALWAYS)
        conditions = sorted({condition for path in paths for condition, _ in path})
        before = [*conditions, *program.nodes[index].operands]
        missing = [i for i in before if i not in order]
        if missing:
            stack.extend(reversed(missing))
            continue
        order[stack.pop()] = None
    return list(order)
