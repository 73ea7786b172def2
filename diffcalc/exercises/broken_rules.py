"""The rules of differentiation as formulas in any algebra, so that each can be broken.

A `Walk` carries the derivative of every node along with its value, operands first (forward mode),
with numbers in float64 to try a broken rule at many points at once, with SymPy's symbols to say
what it gives. The slopes of functions are those of the symbolic rules.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, NamedTuple

from diffcalc.language.algebras import Algebra
from diffcalc.language.expression import Expression
from diffcalc.symbolic.rules import (
    BRANCH,
    CHAIN,
    CONSTANT,
    CONSTANT_MULTIPLE,
    EXPONENTIAL,
    FUNCTION_RULES,
    GENERAL_POWER,
    IDENTITY,
    POWER,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    SUM,
    TWO_PATHS,
    Rule,
)

DIFFERENCE = Rule("sum", "D (u - v) = Du - Dv")
NEGATIVE = Rule("constant multiple", "D (-u) = -Du")
DIVISOR = Rule("constant multiple", "D (u/c) = Du/c")

RuleFormula = Callable[..., Any]
"""A rule's right-hand side: takes the functions of the algebra by name, then the operands."""


class Dual(NamedTuple):
    """A value and its derivative."""

    x: Any
    d: Any


_MIN, _MAX = FUNCTION_RULES["min"].rule, FUNCTION_RULES["max"].rule

FORMULAS: Mapping[Rule, RuleFormula] = {
    CONSTANT: lambda f, c: f.number(Fraction(0)),
    IDENTITY: lambda f: f.number(Fraction(1)),
    BRANCH: lambda f, c, u, v: f.where(c.x, u.d, v.d),
    _MIN: lambda f, u, v: f.where(f.lt(u.x, v.x), u.d, v.d),
    _MAX: lambda f, u, v: f.where(f.gt(u.x, v.x), u.d, v.d),
    SUM: lambda f, u, v: u.d + v.d,
    DIFFERENCE: lambda f, u, v: u.d - v.d,
    NEGATIVE: lambda f, u: -u.d,
    CONSTANT_MULTIPLE: lambda f, c, u: c.x * u.d,
    DIVISOR: lambda f, u, c: u.d / c.x,
    PRODUCT: lambda f, u, v: u.x * v.d + v.x * u.d,
    QUOTIENT: lambda f, u, v: (v.x * u.d - u.x * v.d) / v.x**2,
    RECIPROCAL: lambda f, c, v: -c.x * v.d / v.x**2,
    GENERAL_POWER: lambda f, u, v: u.x**v.x * (v.d * f.log(u.x) + v.x * u.d / u.x),
    CHAIN: lambda f, outer, u: outer(u.x) * u.d,
    POWER: lambda f, n, x: n * x ** (n - 1),
    EXPONENTIAL: lambda f, a, x: a**x * f.log(a),
}
"""Most take a `Dual` of each operand. POWER and EXPONENTIAL give slopes and take numbers, CHAIN
takes the outer function's slope. What breaks a function's own rule takes that slope, and x."""

_ALWAYS = {
    "variable": IDENTITY, "add": SUM, "sub": DIFFERENCE, "neg": NEGATIVE, "where": BRANCH,
    "min": _MIN, "max": _MAX,
}  # fmt: skip
_OF_BOTH = {"mul": PRODUCT, "div": QUOTIENT, "pow": GENERAL_POWER}
_OF_DUALS = FORMULAS.keys() - {CHAIN, POWER, EXPONENTIAL}


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
        algebra: Algebra,
        values: Mapping[str, Any],
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
        formulas = {**FORMULAS, **broken} if broken else FORMULAS
        duals = [Dual(self._values[i], found.get(i)) for i in use.operands]
        match use.rules:
            case (_, outer):
                slope = self._slope(index, outer, formulas)
                return formulas[CHAIN](self._functions, slope, duals[0])
            case (rule,) if rule == TWO_PATHS:
                return self._two_paths(index, duals)
            case (rule,) if rule in _OF_DUALS:
                return formulas[rule](self._functions, *duals)
        return self._slope(index, use.rules[0], formulas)(duals[0].x)

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
        self, index: int, rule: Rule, formulas: Mapping[Rule, RuleFormula]
    ) -> Callable[[Any], Any]:
        """The derivative of the outer function of a node, as a function."""
        f, node = self._functions, self._nodes[index]
        inner = next(k for k, i in enumerate(node.operands) if self._moves[i])
        fixed = [self._values[i] for i in node.operands if not self._moves[i]]
        if rule in (POWER, EXPONENTIAL):
            if not fixed:
                half = f.number(Fraction(1, 2))
                fixed = [half if node.operation == "sqrt" else f.constant("e")]
            return lambda x: formulas[rule](f, fixed[0], x)

        slope = FUNCTION_RULES[node.operation].slopes[inner]
        assert slope is not None

        def right(x: Any) -> Any:
            return slope(f, *fixed[:inner], x, *fixed[inner:])

        break_it = formulas.get(rule)
        return right if break_it is None else lambda x: break_it(f, right, x)
