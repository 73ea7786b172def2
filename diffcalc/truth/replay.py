"""The loop that replays a program with the numbers of any algebra.

What has no value, or cannot be told, is kept in its place and hurts only what is made of it: the
branch of a `where` that is not taken does not count.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Protocol, TypeAlias, TypeVar

from diffcalc.base.numbers import Operand, V
from diffcalc.language.expression import Expression
from diffcalc.truth.ball import NoValue, Undecided

Found: TypeAlias = V | NoValue | Undecided
"""A number of the algebra, or the `NoValue` or `Undecided` that stands in its place."""


N_co = TypeVar("N_co", covariant=True)


class Algebra(Protocol[N_co]):
    """What a program is replayed with. All raise `NoValue` or `Undecided`."""

    def number(self, content: Operand, /) -> N_co:
        """The rational number that a node is."""

    def constant(self, content: Operand, /) -> N_co:
        """The constant that a node is."""

    def apply(self, operation: str, args: tuple[Operand, ...], /) -> N_co:
        """An operation of such numbers."""

    def holds(self, condition: Operand, /) -> bool:
        """Which branch of a `where` is taken."""


def replay(
    expression: Expression, values: Mapping[str, Found[V]], algebra: Algebra[V]
) -> list[Found[V]]:
    """The value of every node; a `NoValue` or `Undecided` where there is none."""
    results: list[Found[V]] = []
    for node in expression.nodes:
        found: Found[V]
        operation = node.operation
        if operation == "variable":
            found = values[str(node.content)]
        elif operation == "number":
            found = algebra.number(node.content)
        elif operation == "constant":
            found = algebra.constant(node.content)
        else:
            found = step(algebra, operation, tuple([results[i] for i in node.operands]))
        results.append(found)
    return results


def step(algebra: Algebra[V], operation: str, args: tuple[Found[V], ...]) -> Found[V]:
    """One operation on values that may be none."""
    try:
        if operation == "where":
            condition, yes, no = args
            if isinstance(condition, NoValue | Undecided):
                return condition
            if hasattr(condition, "either"):
                either: Found[V] = condition.either(yes, no)
                return either
            return yes if algebra.holds(condition) else no
        for kind in (NoValue, Undecided):
            for arg in args:
                if isinstance(arg, kind):
                    return arg
        if operation == "total":
            return reduce(lambda a, b: algebra.apply("add", (a, b)), args)
        return algebra.apply(operation, args)
    except (NoValue, Undecided) as problem:
        return problem


def result(expression: Expression, values: Mapping[str, V], algebra: Algebra[V]) -> V:
    """The value of a program; raises `NoValue` or `Undecided`."""
    found = replay(expression, values, algebra)[-1]
    if isinstance(found, Exception):
        raise found
    return found
