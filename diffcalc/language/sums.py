"""Sums and products over an index: `sum(k^2, k, 1, 10)`, `sum(x^k for k in range(4))`.

The terms are written out, each with its number for the index: no method knows of an index.
"""

from abc import abstractmethod
from fractions import Fraction

from diffcalc.language.nested import Nested
from diffcalc.language.tokens import Token

# Each is written out, and shown so.
_MOST_TERMS = 1_000
OVER_INDEX = {"sum": ("add", 0), "prod": ("mul", 1)}
"""What joins the terms, and what none of them make."""


class Sums(Nested):
    """The part of the reader that writes out sums over an index."""

    @abstractmethod
    def _leaf(self, operation: str, content: Fraction | str) -> int:
        """A new leaf."""

    def _over_index(self, token: Token, name: str, arguments: list[int]) -> int:
        """The terms `arguments[0]`, an index, and the first and the last number it stands for."""
        of, index, *bounds = arguments
        variable = self._builder.nodes[index]
        if variable.operation != "variable":
            hint = f"write {token.text}(k^2, k, 1, 10)"
            raise self._error(f"the index of `{token.text}` must be a name", token, hint)
        low, high = (self._whole_number(token, bound) for bound in bounds)
        if high - low >= _MOST_TERMS:
            raise self._error_of_size(f"a sum of more than {_MOST_TERMS:,} terms", token)
        term = self._builder.finish(of, self._text)
        leaves = {each: self._leaf("variable", each) for each in term.variables}
        operation, empty = OVER_INDEX[name]
        result: int | None = None
        for k in range(low, high + 1):
            leaves[str(variable.content)] = self._number_leaf(k)
            with self._standing_at(token):
                one = self._builder.splice(term, leaves)
            result = one if result is None else self._add(token, operation, result, one)
        return self._number_leaf(empty) if result is None else result

    def _number_leaf(self, number: int) -> int:
        leaf = self._leaf("number", Fraction(abs(number)))
        return self._builder.add("neg", leaf) if number < 0 else leaf

    def _whole_number(self, token: Token, index: int) -> int:
        """The number at a node: 10 or -3."""
        node, sign = self._builder.nodes[index], 1
        if node.operation == "neg":
            node, sign = self._builder.nodes[node.operands[0]], -1
        if not isinstance(node.content, Fraction) or node.content.denominator > 1:
            raise self._error(f"`{token.text}` goes from a whole number to another", token)
        return sign * int(node.content)

    def _generated(self, token: Token) -> list[int]:
        """`for k in range(1, 11)`, behind the terms, as the index and its first and last number."""
        sign = self._take()
        name, *words, opening = (self._take() for _ in range(4)) if self._goes_on() else (sign,) * 4
        if [word.text for word in words] != ["in", "range"] or opening.text != "(":
            hint = f"write {token.text}(k^2, k, 1, 10)"
            raise self._error("only `for k in range(1, 11)` is read", sign, hint)
        ends = [self._sum()]
        if self._is(","):
            self._take()
            ends.append(self._sum())
        self._close(opening)
        *start, stop = (self._whole_number(token, end) for end in ends)
        index = self._leaf("variable", name.text)
        return [index, self._number_leaf(start[0] if start else 0), self._number_leaf(stop - 1)]

    def _goes_on(self) -> bool:
        return self._at + 4 < len(self._tokens)
