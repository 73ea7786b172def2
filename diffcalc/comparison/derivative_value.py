"""A derivative inside a formula, x*diff(sin(x), x): the formula that it is, by the rules.

All three methods then differentiate that formula; that the inner derivative is right rests on the
rules, which is why it is shown as it was read, and refused where a rule's formula has values that
the derivative has not: at corners and jumps.
"""

from fractions import Fraction

from diffcalc.base.errors import LimitError, ReadError
from diffcalc.language.derivative_notation import HIGHEST
from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.language.operations import COMPARISONS, ELEMENTARY
from diffcalc.symbolic.differentiate import differentiate_again

# Their rules give a number at a border where there is no derivative.
_WITH_CORNERS = {
    "abs", "sign", "floor", "ceil", "min", "max", "relu", "atan2", "where", *COMPARISONS,
}  # fmt: skip
_ZERO = Fraction(0)


def derivative_value(expression: Expression, variable: str, order: int) -> Expression:
    """The derivative as a formula, undefined where `expression` is.

    Raises `ReadError` where it is none, and `LimitError` where it is too long.
    """
    operations = {node.operation for node in expression.nodes}
    if operations & _WITH_CORNERS or not expression.elementwise:
        raise ReadError("a derivative within a formula has to be of a smooth one")
    if not 1 <= order <= HIGHEST:
        raise LimitError(f"a derivative within a formula has an order from 1 to {HIGHEST}")
    builder = Builder()
    if variable not in expression.variables:
        result = builder.add("number", content=_ZERO)
    else:
        found = differentiate_again(expression, [variable] * order)
        if len(found) < order or (formula := found[-1].program) is None:
            raise ReadError("the derivative is no real number anywhere")
        result = builder.splice(formula, _own(builder, formula))
    if not all(_is_entire(expression, node) for node in expression.nodes):
        # 1/x is a number where log(x) is none.
        itself = builder.splice(expression, _own(builder, expression))
        zero = builder.add("number", content=_ZERO)
        result = builder.add("add", result, builder.add("mul", zero, itself))
    return builder.finish(result, "")


def _own(builder: Builder, expression: Expression) -> dict[str, int]:
    return {name: builder.add("variable", content=name) for name in expression.variables}


def _is_entire(expression: Expression, node: Node) -> bool:
    """Whether the operation is smooth everywhere, as a power is with a whole exponent."""
    if node.operation == "pow":
        exponent = expression.nodes[node.operands[1]].content
        return isinstance(exponent, Fraction) and exponent.denominator == 1 and exponent > 0
    if node.operation == "div":
        return isinstance(expression.nodes[node.operands[1]].content, Fraction)
    return node.content is not None or ELEMENTARY[node.operation].border == ""
