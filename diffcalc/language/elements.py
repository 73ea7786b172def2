"""Elements of arrays, which count from 0: `x[0]`, `A[1,2]`, a row `A[1]`, a column `A[:,0]`."""

import re
from collections.abc import Sequence
from fractions import Fraction

from diffcalc.language.refusals import Lookup
from diffcalc.language.sums import Sums
from diffcalc.language.tokens import Token

_INDEX = re.compile(r"\[\s*(\d+)\s*\]")


class Elements(Sums):
    """The part of the reader that reads what stands in brackets behind an array."""

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        self._indices: dict[int, set[int]] = {}

    def _opens_index(self) -> bool:
        before = self._tokens[self._at - 1]
        behind = before.kind == "name" or before.text in (")", "]", ".T")
        return self._is("[") and not self._token.spaced and behind

    def _element(self, base: int, opening: Token) -> int:
        places = [self._place(opening)]
        while self._is(","):
            self._take()
            places.append(self._place(opening))
        self._close(opening)
        found = [place for place in places if place is not None]
        if len(found) < len(places):
            if len(places) > 2:
                raise self._error("of more than two axes only single elements are read", opening)
            if places[0] is None and found:
                base = self._add(opening, "transpose", base)
        for place in found:
            self._indices.setdefault(base, set()).add(place)
            base = self._add(opening, "element", base, self._leaf("number", Fraction(place)))
        return base

    def _place(self, opening: Token) -> int | None:
        """A number, or None for a colon: all of them."""
        if self._is(":"):
            self._take()
            return None
        minus = self._is("-") and self._take()
        token = self._token
        if token.kind != "number" or not token.text.isdecimal():
            hint = "write x[0] for an element, x*(…) for a product"
            raise self._error("an index must be a whole number or a colon", token, hint)
        self._take()
        if self._is(":"):
            raise self._error("a part of an array is not read", opening)
        return -int(token.text) if minus else int(token.text)

    def _refuse_counting_from_one(self) -> None:
        """x[1]^2 + x[2]^2 may be all of x, elsewhere."""
        for places in self._indices.values():
            if len(places) > 1 and places == set(range(1, len(places) + 1)):
                shown = _INDEX.sub(lambda m: f"[{int(m[1]) - 1}]", self._text)
                first = next(t for t in self._tokens if t.text == "[")
                problem = "elements count from 0 here"
                raise self._error(problem, first, hint=f"write {shown}")

    def _refuse_inverse(self, product: Token, factors: Sequence[int]) -> None:
        """A^-1 @ x is of the inverse on a slide, and of 1/A in NumPy."""
        nodes = self._builder.nodes
        for index in factors:
            base, *exponent = nodes[index].operands or (index,)
            if nodes[index].operation != "pow" or nodes[exponent[0]].operation != "neg":
                continue
            if nodes[nodes[exponent[0]].operands[0]].content == 1:
                name = nodes[base].content
                shown = name if isinstance(name, str) else "B"
                of = "" if shown == name else " of a matrix B"
                hint = f"write inv({shown}) for the inverse{of}, 1/{shown} for that of each element"
                raise self._error("a power -1 in a matrix product", product, hint)
