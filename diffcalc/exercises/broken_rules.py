"""The rules of differentiation in any algebra, so that each can be broken.

A `Walk` carries the derivative of every node along with its value, operands first (forward mode),
with numbers in float64 to try a broken rule at many points at once, with SymPy's symbols to say
what it gives. What breaks a rule takes what its formula takes; what breaks a function's own rule
takes that function's slope, and x.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from diffcalc.base.numbers import Algebra, Number
from diffcalc.language.expression import Expression
from diffcalc.symbolic.rules import (
    BRANCH,
    CHAIN,
    CONSTANT,
    CONSTANT_MULTIPLE,
    DIFFERENCE,
    DIVISOR,
    EXPONENTIAL,
    FUNCTION_RULES,
    GENERAL_POWER,
    IDENTITY,
    MAXIMUM,
    MINIMUM,
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    SUM,
    TWO_PATHS,
    Dual,
    Rule,
    RuleFormula,
)

_ALWAYS = {
    "variable": IDENTITY, "add": SUM, "sub": DIFFERENCE, "neg": NEGATIVE, "where": BRANCH,
    "min": MINIMUM, "max": MAXIMUM,
}  # fmt: skip
_OF_BOTH = {"mul": PRODUCT, "div": QUOTIENT, "pow": GENERAL_POWER}
_OF_DUALS = {
    *_ALWAYS.values(), *_OF_BOTH.values(), CONSTANT, CONSTANT_MULTIPLE, DIVISOR, RECIPROCAL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Use:
    """The rules that one node needs; with the chain rule also that of the outer function."""

    rules: tuple[Rule, ...]
    operands: tuple[int, ...]


class Walk:
    """An expression at values of its variables in some algebra, to be differentiated many times.

    `varying` are the variables whose derivative is 1.
    """

    def __init__(
        self,
        expression: Expression,
        varying: Collection[str],
        algebra: Algebra[Number],
        values: Mapping[str, Number],
    ) -> None:
        self._nodes = expression.nodes
        self._functions = SimpleNamespace(**algebra)
        self._values = expression.replay(values, algebra)
        self._moves = expression.depending_on(*varying)
        self.uses = {index: self._use(index) for index in self._needed()}

    def __call__(self, broken: Mapping[int, Mapping[Rule, RuleFormula]] | None = None) -> Any:
        """The derivative, with the `broken` rules in place of the right ones at their nodes."""
        return self.derivatives(broken or {})[len(self._nodes) - 1]

    def derivatives(self, broken: Mapping[int, Mapping[Rule, RuleFormula]]) -> dict[int, Any]:
        """The derivative of every node that the result's needs."""
        found: dict[int, Any] = {}
        for index, use in self.uses.items():
            found[index] = self._derivative(index, use, found, broken.get(index, {}))
        return found

    def _needed(self) -> list[int]:
        """The nodes whose derivative the result's is made of, in the program's order."""
        root = len(self._nodes) - 1
        wanted, stack = {root}, [root]
        while stack:
            for operand in self._differentiated(stack.pop()):
                if operand not in wanted:
                    wanted.add(operand)
                    stack.append(operand)
        return sorted(wanted)

    def _differentiated(self, index: int) -> list[int]:
        """The operands whose derivative is asked for: of a sum also constants."""
        node = self._nodes[index]
        if not self._moves[index]:
            return []
        if node.operation in _ALWAYS:
            return [*node.operands[node.operation == "where" :]]
        return [i for i in node.operands if self._moves[i]]

    # -- which rule --------------------------------------------------------------------------------

    def _use(self, index: int) -> Use:
        node = self._nodes[index]
        moving = tuple(i for i in node.operands if self._moves[i])
        if not self._moves[index]:
            return Use((CONSTANT,), (index,))
        if node.operation in _ALWAYS:
            return Use((_ALWAYS[node.operation],), node.operands)
        if len(moving) > 1:
            return Use((_OF_BOTH.get(node.operation, TWO_PATHS),), node.operands)
        if node.operation == "mul":
            return Use((CONSTANT_MULTIPLE,), (*{*node.operands} - {*moving}, *moving))
        if node.operation == "div":
            rule = DIVISOR if moving[0] == node.operands[0] else RECIPROCAL
            return Use((rule,), node.operands)
        outer = self._outer_rule(index, moving[0])
        bare = self._nodes[moving[0]].operation == "variable"
        return Use((outer,) if bare else (CHAIN, outer), moving)

    def _outer_rule(self, index: int, inner: int) -> Rule:
        node = self._nodes[index]
        match node.operation:
            case "sqrt":
                return POWER
            case "exp":
                return EXPONENTIAL
            case "pow":
                return POWER if inner == node.operands[0] else EXPONENTIAL
        return FUNCTION_RULES[node.operation].rule

    # -- what it gives -----------------------------------------------------------------------------

    def _derivative(
        self, index: int, use: Use, found: Mapping[int, Any], broken: Mapping[Rule, RuleFormula]
    ) -> Any:
        duals = [Dual(self._values[i], found.get(i)) for i in use.operands]
        match use.rules:
            case (_, outer):
                slope = self._slope(index, outer, broken)
                return broken.get(CHAIN, CHAIN)(self._functions, slope, duals[0])
            case (rule,) if rule == TWO_PATHS:
                return self._two_paths(index, duals)
            case (rule,) if rule in _OF_DUALS:
                return broken.get(rule, rule)(self._functions, *duals)
        return self._slope(index, use.rules[0], broken)(duals[0].x)

    def _two_paths(self, index: int, duals: list[Dual]) -> Any:
        arguments = [dual.x for dual in duals]
        total: Any = 0
        for slope, dual in zip(
            FUNCTION_RULES[self._nodes[index].operation].slopes, duals, strict=True
        ):
            assert slope is not None
            total = total + slope(self._functions, *arguments) * dual.d
        return total

    def _slope(
        self, index: int, rule: Rule, broken: Mapping[Rule, RuleFormula]
    ) -> Callable[[Any], Any]:
        """The derivative of the outer function of a node, as a function."""
        f, node = self._functions, self._nodes[index]
        inner = next(k for k, i in enumerate(node.operands) if self._moves[i])
        fixed = [self._values[i] for i in node.operands if not self._moves[i]]
        if rule in (POWER, EXPONENTIAL):
            if not fixed:
                half = f.number(Fraction(1, 2))
                fixed = [half if node.operation == "sqrt" else f.constant("e")]
            formula = broken.get(rule, rule)
            return lambda x: formula(f, *((x, fixed[0]) if rule == POWER else (fixed[0], x)))

        slope = FUNCTION_RULES[node.operation].slopes[inner]
        assert slope is not None

        def right(x: Any) -> Any:
            return slope(f, *fixed[:inner], x, *fixed[inner:])

        break_it = broken.get(rule)
        return right if break_it is None else lambda x: break_it(f, right, x)
