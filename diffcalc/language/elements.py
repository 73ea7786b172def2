"""Elements and parts of arrays, which count from 0, and arrays that are written out.

`x[0]`, `A[1,2]`, a row `A[1]`, a column `A[:,0]`, parts `x[1:3]`, `A[1:, :2]`; `[1, 2]`,
`[[1, x], [3, 4]]`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from diffcalc.base.errors import ReadError
from diffcalc.language.expression import Expression
from diffcalc.language.refusals import Lookup
from diffcalc.language.sums import Sums
from diffcalc.language.tokens import BRACKETS, Token, is_latex


@dataclass(frozen=True)
class _Said:
    """An element whose number an index of a sum says, as in x[i + 1]: the node that does."""

    node: int


_Place = int | tuple[int, ...] | _Said
"""An element, or the ends of a part."""
# Behind it no part has three ends.
_NEW = (0, 0, 0)
_INDEX = re.compile(r"\[\s*(\d+)\s*\]")


class Elements(Sums):
    """The part of the reader that reads what stands in brackets behind an array."""

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        self._indices: dict[int, set[int]] = {}
        self._said: Token | None = None
        self._inside = False

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
        for axis in (axis for axis, place in enumerate(places) if place is _NEW):
            base = self._placed(opening, "expand_dims", base, axis)
        found = [place for place in places if place is not _NEW]
        if len(found) > 1 and any(isinstance(place, tuple) for place in found):
            return self._of_two_axes(base, opening, found)
        for place in found:
            base = self._at_place(base, opening, place)
        return base

    def _of_two_axes(self, base: int, opening: Token, places: Sequence[_Place]) -> int:
        """A[1:, 0] of a matrix: the rows, then those of the transpose."""
        if len(places) > 2:
            raise self._error("of more than two axes only single elements are read", opening)
        rows, columns = places
        base = self._at_place(base, opening, rows)
        if not isinstance(rows, tuple) or columns == ():
            return self._at_place(base, opening, columns)
        base = self._add(opening, "transpose", base)
        base = self._at_place(base, opening, columns)
        of_rows = isinstance(columns, tuple)
        return self._add(opening, "transpose", base) if of_rows else base

    def _at_place(self, base: int, opening: Token, place: _Place) -> int:
        if isinstance(place, int):
            self._indices.setdefault(base, set()).add(place)
            return self._placed(opening, "element", base, place)
        if isinstance(place, _Said):
            return self._add(opening, "element", base, place.node)
        if len(place) == 2 and place[0] < 0 <= place[1]:
            raise self._error("a part from a place at the end to one at the front", opening)
        return self._placed(opening, "part", base, *place) if place else base

    def _placed(self, at: Token, operation: str, base: int, *numbers: int) -> int:
        leaves = [self._leaf("number", Fraction(number)) for number in numbers]
        return self._add(at, operation, base, *leaves)

    def _place(self, opening: Token) -> _Place:
        """A number; the ends of a part, none for all of it; or a new axis."""
        if self._token.text in ("None", "newaxis"):
            self._take()
            return _NEW
        behind = self._tokens[self._at + 1 + self._is("-")]
        number = behind.text in (",", "]", ":") and self._token.kind != "name"
        if not (self._is(":") or number):
            self._said = self._said or self._token
            outside, self._inside = self._inside, True
            said = _Said(self._sum())
            self._inside = outside
            return said
        first = None if self._is(":") else self._index()
        if not self._is(":"):
            assert first is not None
            return first
        self._take()
        last = None if self._is(",", "]", ":") else self._index()
        if self._is(":"):
            raise self._error("a part with a step is not read", opening)
        if last is None:
            return (first,) if first else ()
        return first or 0, last

    def _index(self) -> int:
        minus = self._is("-") and self._take()
        token = self._token
        if token.kind != "number" or not token.text.isdecimal():
            raise self._no_index(token)
        self._take()
        return -int(token.text) if minus else int(token.text)

    def _no_index(self, token: Token) -> ReadError:
        hint = "write x[0] for an element, x*(…) for a product"
        return self._error("an index must be a whole number or a colon", token, hint)

    def _refuse_unclear_name(self, token: Token) -> None:
        try:
            super()._refuse_unclear_name(token)
        except ReadError:
            if not self._inside:
                raise
            # With a value it would be no index either.
            raise self._no_index(token) from None

    def _refuse_indices(self, result: Expression) -> None:
        """x[i], where no sum says what i is."""
        elements = [node.operands[1] for node in result.nodes if node.operation == "element"]
        if self._said and any(result.nodes[index].operation != "number" for index in elements):
            raise self._no_index(self._said)

    def _starts_a_factor(self) -> bool:
        return super()._starts_a_factor() or self._opens_array()

    def _opens_array(self) -> bool:
        """Whether an array of LaTeX's stands behind a factor. In A [1, 2] it may be an index."""
        return self._is("[") and self._token.spaced and is_latex(self._text)

    # -- arrays that are written out ---------------------------------------------------------------

    def _listed(self, opening: Token) -> int:
        """What stands in square brackets: [1, 2], or [x + 1]."""
        start, first = self._at, self._row_or_value()
        values = [first]
        while self._is(","):
            self._take()
            values.append(self._row_or_value())
        inner = self._builder.nodes[first]
        if len(values) > 1:
            return self._add(opening, "stack", *values)
        if inner.operation != "stack" or not self._stands_alone(start):
            return first
        # [[x + 1]] is in two pairs of brackets, as it may be in round ones.
        return self._add(opening, "stack", first) if len(inner.operands) > 1 else inner.operands[0]

    def _stands_alone(self, start: int) -> bool:
        """Whether the value that began there begins and ends with square brackets: [[1, 2]]."""
        return self._tokens[start].text == "[" and self._closings.get(start) == self._at - 1

    def _row_or_value(self) -> int:
        """[1] as a row of one element in [[1], [2]]; any other value as it is."""
        start, opening = self._at, self._token
        closing = self._closings.get(start) if opening.text == "[" else None
        found = self._value()
        single = closing == self._at - 1 and self._builder.nodes[found].operation != "stack"
        return self._add(opening, "stack", found) if single else found

    @cached_property
    def _closings(self) -> dict[int, int]:
        """Where each bracket is closed, by where it opens."""
        found, open_ = dict[int, int](), list[int]()
        for index, token in enumerate(self._tokens):
            if token.text in BRACKETS:
                open_.append(index)
            elif token.text in BRACKETS.values() and open_:
                found[open_.pop()] = index
        return found

    def _refuse_counting_from_one(self) -> None:
        """x[1]^2 + x[2]^2 may be all of x, elsewhere."""
        for places in self._indices.values() if self._checked else ():
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
