"""The loop that replays a program with the numbers of any algebra.

What has no value, or cannot be told, is kept in its place and hurts only what is made of it: the
branch of a `where` that is not taken does not count.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from diffcalc.language.expression import Expression
from diffcalc.truth.ball import NoValue, Undecided

Algebra = Any
"""What a program is replayed with: `number` and `constant` make its numbers, `apply` an operation
of them, and `holds` says which branch of a `where` is taken. All raise `NoValue` or `Undecided`.
"""


def replay(expression: Expression, values: Mapping[str, Any], algebra: Algebra) -> list[Any]:
    """The value of every node; a `NoValue` or `Undecided` where there is none."""
    results: list[Any] = []
    for node in expression.nodes:
        found: Any
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


def step(algebra: Algebra, operation: str, args: tuple[Any, ...]) -> Any:
    """One operation on values that may be none."""
    try:
        if operation == "where":
            condition, yes, no = args
            if isinstance(condition, Exception):
                return condition
            if hasattr(condition, "either"):
                return condition.either(yes, no)
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


def result(expression: Expression, values: Mapping[str, Any], algebra: Algebra) -> Any:
    """The value of a program; raises `NoValue` or `Undecided`."""
    found = replay(expression, values, algebra)[-1]
    if isinstance(found, Exception):
        raise found
    return found
