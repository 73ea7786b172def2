"""How long an expression may be for the rules: beyond that they would take longer than all else."""

from collections.abc import Sequence

from diffcalc.language.expression import Expression

# In the derivations of all variables together. Each takes 0.1 to 0.8 ms, tidied and as text.
_MOST_OPERATIONS = 5_500
# SymPy recurses, several times for every level. The reader's brackets end far below that.
_DEEPEST = 80
_FLAT = ("add", "sub", "mul", "div")


def too_long(expression: Expression, variables: Sequence[str], order: int = 1) -> str:
    """Why the rules are not for this, in a sentence; empty where they are.

    What counts are the operations that each variable goes through, to be differentiated by a rule
    each, and for every further order those of a formula that is twice as long.
    """
    depth = _depth(expression)
    if depth > _DEEPEST:
        return f"operations {depth:,} deep within one another are too many for the rules"
    operations = sum(bool(node.operands) for node in expression.nodes)
    total, weight = 0, 2 ** (order - 1)
    for name in variables:
        moves = expression.depending_on(name)
        met = sum(m and bool(n.operands) for m, n in zip(moves, expression.nodes, strict=True))
        total += weight * met
        if total > _MOST_OPERATIONS:
            several = f" in {len(variables):,} variables" if len(variables) > 1 else ""
            return f"{operations:,} operations{several} are too many for the rules"
    return ""


def _depth(expression: Expression) -> int:
    """How deep operations are nested; a sum or product of any length is one of them."""
    depths: list[int] = []
    nodes = expression.nodes
    for node in nodes:
        below = [depths[i] + 1 for i in node.operands]
        if node.operation in _FLAT and nodes[node.operands[0]].operation in _FLAT:
            below[0] -= 1
        depths.append(max(below, default=0))
    return depths[-1]
