"""Sums and products over an index: `sum(k^2, k, 1, 10)`, `sum(x^k for k in range(4))`.

The terms are written out, each with its number for the index: no method knows of an index.
"""

import operator
from abc import abstractmethod
from collections.abc import Callable, Mapping
from fractions import Fraction

from diffcalc.language.expression import Expression
from diffcalc.language.nested import Nested
from diffcalc.language.refusals import Lookup
from diffcalc.language.tokens import Token

# Each is written out, and shown so.
_MOST_TERMS = 1_000
_COUNTED: Mapping[str, Callable[..., int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "neg": operator.neg,
}  # fmt: skip
"""What an index may be made of."""
OVER_INDEX = {"sum": ("add", 0), "prod": ("mul", 1)}
"""What joins the terms, and what none of them make."""
_FOR_IN = ("for", "in")


class Sums(Nested):
    """The part of the reader that writes out sums over an index."""

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        # An index with a long name is no product of letters, as it else would be.
        words = [token.text for token in self._tokens]
        pairs = zip(words, words[1:], words[2:], strict=False)
        self._declared |= {name for before, name, behind in pairs if (before, behind) == _FOR_IN}

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
                one = self._with_elements(term, leaves)
            result = one if result is None else self._add(token, operation, result, one)
        return self._number_leaf(empty) if result is None else result

    def _with_elements(self, term: Expression, leaves: Mapping[str, int]) -> int:
        """The term with these in the place of its variables; x[k + 1] with the number that is."""
        place: list[int] = []
        for node in term.nodes:
            if node.operation == "variable":
                place.append(leaves[str(node.content)])
                continue
            operands = [place[i] for i in node.operands]
            if node.operation == "element" and (at := self._counted(operands[1])) is not None:
                operands[1] = self._leaf("number", Fraction(at))
            place.append(self._builder.add(node.operation, *operands, content=node.content))
        return place[-1]

    def _counted(self, index: int) -> int | None:
        """The whole number that a formula of numbers is: 3 for 1 + 2."""
        node = self._builder.nodes[index]
        if isinstance(node.content, Fraction):
            return int(node.content) if node.content.denominator == 1 else None
        operands = [self._counted(i) for i in node.operands]
        if node.operation not in _COUNTED or None in operands:
            return None
        return _COUNTED[node.operation](*operands)

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
