"""Derivatives in forms that keep their digits in float64, and do not overflow on the way.

Where 1/sqrt(x**2 + 1) is 1e-200, x**2 is infinite; 1 - sigmoid(x) is 0 from x = 37 on, and
exp(x)/(1 + exp(x)) no number from 710 on; of 1 - x**2 next to 1 half the digits are gone. What is
written in their place is equal on the real line.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from diffcalc.language.expression import Builder, Content, Expression

# The square of what is below this, and a sum of those, is within float64.
_HARMLESS = 10**100
# A product of so many squares is not looked at: it may have thousands of factors.
_DEEPEST = 8
_ONE = Fraction(1)


def careful(expression: Expression) -> Expression:
    """The same function in better forms."""
    builder = _Careful()
    values = {name: builder.add("variable", content=name) for name in expression.variables}
    return builder.finish(builder.splice(expression, values), expression.text)


class _Careful(Builder):
    """A `Builder` that looks at a node's operands before it adds it."""

    def add(self, operation: str, *operands: int, content: Content = None) -> int:
        rewrite = _REWRITES.get(operation)
        found = rewrite(self, *operands) if rewrite else None
        return super().add(operation, *operands, content=content) if found is None else found

    def difference(self, left: int, right: int) -> int | None:
        """1 - sigmoid(u)."""
        node = self.nodes[right]
        if self.nodes[left].content != _ONE or node.operation != "sigmoid":
            return None
        return self.add("sigmoid", self._opposite(*node.operands))

    def square_root(self, inner: int) -> int | None:
        """The square root of a**2 + b**2, 1 - u**2 or u**2 - 1."""
        operation, operands, _ = self.nodes[inner]
        if operation == "add":
            roots = self._roots(operands, exact=False)
            return self.add("hypot", *roots) if roots else None
        return self._factored(inner, root=True)

    def quotient(self, above: int, below: int) -> int | None:
        """By a**2 + b**2, by 1 - u**2, and of what makes a sigmoid."""
        if self.nodes[below].operation == "sub":
            factored = self._factored(below)
            return None if factored is None else self.add("div", above, factored)
        if self.nodes[below].operation == "add":
            operands = self.nodes[below].operands
            roots = self._roots(operands, exact=False)
            sizes = [self._number(i) for i in operands]
            if roots and all(size is None or size > _HARMLESS for size in sizes):
                size = self.add("hypot", *roots)
                return self.add("div", self.add("div", above, size), size)
        return self._sigmoids(above, below)

    def product(self, left: int, right: int) -> int | None:
        """u**v*log(u), which is 0 where u is, if v is more than 0, and else no number."""
        base, exponent = self._power(left)
        constant = {"number", "constant"}
        if exponent is None or constant & {self.nodes[i].operation for i in (base, exponent)}:
            return None
        if self.nodes[right].operation != "log" or self.nodes[right].operands != (base,):
            return None
        zero = self.add("number", content=Fraction(0))
        limit = self.add("div", self.add("mul", zero, left), exponent)
        found = super().add("mul", left, right)
        return self.add("where", self.add("eq", base, zero), limit, found)

    def _power(self, index: int) -> tuple[int, int | None]:
        """The base and the exponent of this power, or of the last factor of this product."""
        operation, operands, _ = self.nodes[index]
        if operation == "mul":
            operation, operands, _ = self.nodes[operands[1]]
        return (operands[0], operands[1]) if operation == "pow" else (index, None)

    def _factored(self, index: int, *, root: bool = False) -> int | None:
        """u**2 - c**2 or c**2 - u**2 as a product, or as that of roots."""
        operation, operands, _ = self.nodes[index]
        roots = self._roots(operands) if operation == "sub" else []
        numbers = [self._number(i) is not None for i in operands]
        if not roots or numbers not in ([True, False], [False, True]):
            return None
        if root and numbers[1]:
            # Where u is 1e200, (u - 1)*(u + 1) is infinite.
            size = self.add("abs", roots[0])
            factors = [self.add(sign, size, roots[1]) for sign in ("sub", "add")]
            return self.add("mul", *[self.add("sqrt", factor) for factor in factors])
        product = self.add("mul", self.add("sub", *roots), self.add("add", *roots))
        return self.add("sqrt", product) if root else product

    def _sigmoids(self, above: int, below: int) -> int | None:
        """exp(u)/(1 + exp(u)) is sigmoid(u), and 1/(1 + exp(u)) is sigmoid(-u)."""
        divisors, factors = self._factors(below), self._factors(above)
        found: list[int] = []
        for index in divisors[:]:
            exponential = self._in_logistic(index)
            if exponential is None:
                continue
            divisors.remove(index)
            argument = self.nodes[exponential].operands[0]
            if exponential in factors:
                factors.remove(exponential)
            else:
                argument = self._opposite(argument)
            found.append(self.add("sigmoid", argument))
        if not found:
            return None
        product = self._product([*factors, *found])
        return self.add("div", product, self._product(divisors)) if divisors else product

    def _in_logistic(self, index: int) -> int | None:
        """The exp(u) of 1 + exp(u)."""
        operation, operands, _ = self.nodes[index]
        for one, other in (operands, operands[::-1]) if operation == "add" else ():
            if self.nodes[one].content == _ONE and self.nodes[other].operation == "exp":
                return other
        return None

    def _factors(self, index: int) -> list[int]:
        """What this is a product of, squares taken apart; nothing for 1."""
        found, stack = [], [index]
        while stack:
            operation, operands, content = self.nodes[stack[-1]]
            last = stack.pop()
            if operation == "mul":
                stack.extend(reversed(operands))
            elif operation == "pow" and self._number(operands[1]) == 2:
                stack.extend([operands[0]] * 2)
            elif content != _ONE:
                found.append(last)
        return found

    def _product(self, factors: Sequence[int]) -> int:
        first, *rest = factors
        for factor in rest:
            first = self.add("mul", first, factor)
        return first

    def _opposite(self, index: int) -> int:
        node = self.nodes[index]
        return node.operands[0] if node.operation == "neg" else self.add("neg", index)

    def _number(self, index: int) -> Fraction | None:
        content = self.nodes[index].content
        return content if isinstance(content, Fraction) else None

    def _roots(self, operands: Sequence[int], depth: int = 0, *, exact: bool = True) -> list[int]:
        """What these are the squares of; nothing where one is no square."""
        roots = [self._root(i, depth, exact) for i in operands]
        return [root for root in roots if root is not None] if None not in roots else []

    def _root(self, index: int, depth: int, exact: bool) -> int | None:
        """What this is the square of; of a number unless it is to be `exact`, its root."""
        operation, operands, content = self.nodes[index]
        if isinstance(content, Fraction):
            root = Fraction(math.isqrt(content.numerator), math.isqrt(content.denominator))
            if root**2 == content:
                return self.add("number", content=root)
            return None if exact else self.add("sqrt", index)
        if operation == "pow" and self._number(operands[1]) == 2:
            return operands[0]
        if operation in ("mul", "div") and depth < _DEEPEST:
            roots = self._roots(operands, depth + 1, exact=exact)
            return self.add(operation, *roots) if roots else None
        return None


_REWRITES: Mapping[str, Callable[..., int | None]] = {
    "mul": _Careful.product,
    "sub": _Careful.difference,
    "sqrt": _Careful.square_root,
    "div": _Careful.quotient,
}
