"""A formula as somebody would have it who made one slip: each place of it changed once."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.language.operations import FUNCTIONS, SUMS

Change = Callable[[Builder, Node, list[int]], int]
"""Builds a node differently: from the builder, the node and its operands."""


def mutations(formula: Expression) -> Iterator[tuple[str, Expression]]:
    """The right formula with one slip each, and what is to be said of it."""
    for place, node in enumerate(formula.nodes):
        for said, change in _slips(formula, node):
            yield said, changed(formula, place, change)


def flattened(f: Expression) -> Iterator[tuple[str, int, Change]]:
    """The function with the slope of one operation taken as 1: its chain factor is forgotten.

    The operation's value at the point stays, as the variable `kept`, less its operand there.
    """
    for place, node in enumerate(f.nodes):
        base = node.operands[:1]
        if (node.operation in FUNCTIONS and len(node.operands) == 1) or node.operation == "pow":
            shown = f.render(place)
            yield f"the derivative of {shown} is missing as a factor", place, _kept(base[0])


def _kept(_: int) -> Change:
    def change(builder: Builder, node: Node, operands: list[int]) -> int:
        return builder.add("add", operands[0], builder.add("variable", content=KEPT))

    return change


KEPT = "kept"
"""The name of the variable that `flattened` adds."""


def changed(formula: Expression, place: int, change: Change) -> Expression:
    """The formula with one node built differently."""
    builder = Builder()
    new: list[int] = []
    for index, node in enumerate(formula.nodes):
        operands = [new[i] for i in node.operands]
        if index == place:
            new.append(change(builder, node, operands))
        else:
            new.append(builder.add(node.operation, *operands, content=node.content))
    return builder.finish(new[-1], "")


def _slips(formula: Expression, node: Node) -> Iterator[tuple[str, Change]]:
    texts = [formula.render(i) for i in node.operands]
    if node.operation in SUMS:
        sign = node.operation
        yield f"the term {texts[1]} is missing", _operand(0)
        yield f"the term {texts[0]} is missing", _other(sign)
        yield f"the sign of {texts[1]} is wrong", _as("sub" if sign == "add" else "add")
        yield f"the term {texts[1]} is there twice", _twice(1)
        yield f"the term {texts[0]} is there twice", _twice(0)
    elif node.operation == "mul":
        yield f"the factor {texts[0]} is missing", _operand(1)
        yield f"the factor {texts[1]} is missing", _operand(0)
        yield f"the factor {texts[0]} is there twice", _squared(0)
        yield f"the factor {texts[1]} is there twice", _squared(1)
    elif node.operation == "div":
        yield f"the factor 1/({texts[1]}) is missing", _operand(0)
        yield f"the factor {texts[0]} is missing", _reciprocal
    elif node.operation == "neg":
        yield f"the minus sign of -{texts[0]} is missing", _operand(0)
    elif node.operation == "transpose":
        yield f"{texts[0]} is not transposed", _operand(0)
    elif node.operation == "matmul":
        yield from ((f"{texts[k]} is transposed", _transposed(k)) for k in (0, 1))


def _operand(k: int) -> Change:
    return lambda builder, node, operands: operands[k]


def _other(sign: str) -> Change:
    if sign == "add":
        return _operand(1)
    return lambda builder, node, operands: builder.add("neg", operands[1])


def _as(operation: str) -> Change:
    return lambda builder, node, operands: builder.add(operation, *operands)


def _twice(k: int) -> Change:
    def change(builder: Builder, node: Node, operands: list[int]) -> int:
        once = builder.add(node.operation, *operands)
        return builder.add("add" if k == 0 else node.operation, once, operands[k])

    return change


def _squared(k: int) -> Change:
    def change(builder: Builder, node: Node, operands: list[int]) -> int:
        return builder.add("mul", builder.add("mul", *operands), operands[k])

    return change


def _reciprocal(builder: Builder, _: Node, operands: list[int]) -> int:
    one = builder.add("number", content=Fraction(1))
    return builder.add("div", one, operands[1])


def _transposed(k: int) -> Change:
    def change(builder: Builder, node: Node, operands: list[int]) -> int:
        turned = list(operands)
        turned[k] = builder.add("transpose", operands[k])
        return builder.add("matmul", *turned)

    return change
