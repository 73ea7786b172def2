"""Cases and conditions: `x if x < 1 else 2`, `Piecewise((x, x < 1), (2, True))`, `(x > 0)*x`.

All are choices by one comparison, `where(x < 1, x, 2)`, and no method knows of more: a condition is
1 where it holds and 0 elsewhere, and one of several comparisons is a choice within a choice.
"""

import operator
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, Protocol

from diffcalc.base.errors import ReadError
from diffcalc.base.numbers import V
from diffcalc.language.bounds import MAX_NESTING, CheckedBuilder
from diffcalc.language.expression import Builder
from diffcalc.language.refusals import RELATIONS, Lookup
from diffcalc.language.tokens import BRACKETS, Token
from diffcalc.language.unknown_names import UnknownNames

_AND, _OR, _NOT = ("and", "&", "&&", "∧"), ("or", "∨"), ("not", "¬")
# As SymPy and NumPy call them.
_JUNCTIONS = {"And": _AND, "Or": _OR, "Not": _NOT} | {
    f"logical_{signs[0]}": signs for signs in (_AND, _OR, _NOT)
}
_NAMED_RELATIONS = {name.capitalize(): name for name in RELATIONS.values()}
CALLS = frozenset({"where", "piecewise", *_JUNCTIONS, *_NAMED_RELATIONS})
_ALWAYS = ("True", "true", "otherwise", "else")
_HOLDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    name: getattr(operator, name) for name in RELATIONS.values()
}


class _Comparison(NamedTuple):
    at: Token
    relation: str
    left: int
    right: int


Pick = Callable[[_Comparison, V, V], V]
"""The first of two where a comparison holds, else the second: as numbers, or as nodes."""


class Condition(Protocol):
    """The same of what is made of comparisons."""

    def __call__(self, pick: Pick[V], yes: V, no: V, /) -> V:
        """The first of two where the condition holds, else the second."""


def _all(parts: Sequence[Condition]) -> Condition:
    def condition(pick: Pick[V], yes: V, no: V) -> V:
        for part in reversed(parts):
            yes = part(pick, yes, no)
        return yes

    return condition


def _any(parts: Sequence[Condition]) -> Condition:
    def condition(pick: Pick[V], yes: V, no: V) -> V:
        for part in reversed(parts):
            no = part(pick, yes, no)
        return no

    return condition


def _not(part: Condition) -> Condition:
    return lambda pick, yes, no: part(pick, no, yes)


def _always(pick: Pick[V], yes: V, no: V) -> V:
    return yes


class Cases(UnknownNames):
    """The part of the reader that reads conditions and choices."""

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        self._builder = CheckedBuilder() if checked else Builder()
        self._conditions: dict[int, Condition] = {}

    @abstractmethod
    def _sum(self) -> int:
        """What is no choice: a node."""

    @abstractmethod
    def _add(self, at: Token, operation: str, *operands: int) -> int:
        """A new node."""

    def _is_function(self, token: Token) -> bool:
        of_cases = self._function_name(token) in CALLS and token.text not in self._declared
        return of_cases or super()._is_function(token)

    # -- conditions --------------------------------------------------------------------------------

    def _value(self) -> int:
        """What stands in brackets: a sum, a condition as 0 or 1, or `a if c else b`."""
        if self._stands(_NOT):
            return self._choices(None)
        first = self._sum()
        # One call for what is nearly always there: the reader's depth is bounded by Python's.
        goes_on = self._token.text in RELATIONS or self._stands((*_AND, *_OR, "if"))
        return self._choices(first) if goes_on else first

    def _whole(self) -> int:
        """The whole text. In brackets a comparison is a number, but alone it is none."""
        start, result = self._at, self._value()
        if result in self._conditions and self._factor_end(start) != self._at:
            signs = [t for t in self._tokens if t.text in RELATIONS]
            problem = "a comparison belongs in where(…)"
            raise self._error(problem, signs[0], hint="where(x > 0, a, b)")
        return result

    def _stands(self, words: Collection[str]) -> bool:
        token = self._token
        return token.text in words and token.text not in self._declared

    def _choices(self, first: int | None) -> int:
        """`a if c else b if d else e`, of which `first` has been read."""
        cases: list[tuple[int, Condition]] = []
        while True:
            value = self._disjunction(first)
            if not self._stands(("if",)):
                break
            sign = self._take()
            self._check_count(sign, len(cases))
            condition = self._condition(self._disjunction(None), sign)
            if not self._stands(("else",)):
                raise self._error("`if` needs an `else`", sign, "write a if x > 0 else b")
            self._take()
            cases.append((value, condition))
            first = None
        return self._chosen(cases, value)

    def _disjunction(self, first: int | None) -> int:
        """Comparisons with `and` and `or` between them, `and` binding more; or one sum."""
        groups: list[list[int]] = [[self._comparison(first)]]
        while self._stands((*_AND, *_OR)):
            sign = self._take()
            self._check_count(sign, sum(map(len, groups)))
            if sign.text in _OR:
                groups.append([])
            groups[-1].append(self._comparison(None))
        if len(groups) == len(groups[0]) == 1:
            return groups[0][0]
        parts = [_all([self._condition(one, sign) for one in group]) for group in groups]
        return self._as_number(_any(parts))

    def _comparison(self, first: int | None) -> int:
        """A sum, or several that are compared: 0 < x < 1."""
        signs: list[Token] = []
        while first is None and self._stands(_NOT):
            signs.append(self._take())
        left = self._sum() if first is None else first
        parts: list[Condition] = []
        while self._token.text in RELATIONS:
            sign = self._take()
            self._check_count(sign, len(parts))
            right = self._sum()
            parts.append(_compared(_Comparison(sign, RELATIONS[sign.text], left, right)))
            left = right
        result = self._as_number(_all(parts)) if parts else left
        if not signs:
            return result
        condition = self._condition(result, signs[-1])
        return self._as_number(_not(condition) if len(signs) % 2 else condition)

    def _as_number(self, condition: Condition) -> int:
        """The node that is 1 where the condition holds, and 0 elsewhere."""
        one, zero = (self._builder.add("number", content=Fraction(n)) for n in (1, 0))
        node = condition(self._pick, one, zero)
        self._conditions[node] = condition
        return node

    def _pick(self, one: _Comparison, yes: int, no: int) -> int:
        compared = self._add(one.at, one.relation, one.left, one.right)
        return self._add(one.at, "where", compared, yes, no)

    def _condition(self, node: int, at: Token) -> Condition:
        """The condition that was read as this node."""
        if node not in self._conditions:
            raise self._error(f"`{at.text}` needs a comparison", at, "write where(x > 0, a, b)")
        return self._conditions[node]

    def _check_count(self, at: Token, found: int) -> None:
        """Each is a choice within another: as deep as brackets may be."""
        if found >= MAX_NESTING:
            raise self._error_of_size(f"more than {MAX_NESTING} conditions", at)

    # -- choices -----------------------------------------------------------------------------------

    def _chosen(self, cases: Sequence[tuple[int, Condition]], otherwise: int) -> int:
        for value, condition in reversed(cases):
            otherwise = condition(self._pick, value, otherwise)
        return otherwise

    def _choice(self, token: Token) -> int:
        """`where(a < b, x, y)`."""
        opening = self._take()
        start = self._at
        condition = self._value()
        if condition not in self._conditions:
            hint = "write where(x > 0, a, b)"
            raise self._error("`where` needs a comparison first", self._behind(start), hint)
        branches = []
        for _ in range(2):
            if not self._is(","):
                raise self._error("`where` takes a comparison and two values", token)
            self._take()
            branches.append(self._value())
        self._close(opening)
        return self._chosen([(branches[0], self._conditions[condition])], branches[1])

    def _behind(self, start: int) -> Token:
        """The token behind a sum, or its first where that is a whole comparison's place."""
        return self._token if self._at > start else self._tokens[start]

    def _close(self, opening: Token) -> None:
        if not self._is(BRACKETS[opening.text]):
            raise self._unclosed(opening)
        self._take()

    @abstractmethod
    def _arguments(self, token: Token) -> list[int]:
        """The arguments in brackets."""

    def _case_call(self, token: Token, name: str) -> int:
        """Piecewise((a, c), …), and conditions as SymPy and NumPy write them: And(c, Eq(a, b))."""
        if name in ("where", "piecewise"):
            return self._choice(token) if name == "where" else self._piecewise(token)
        arguments = self._arguments(token)
        if name in _NAMED_RELATIONS:
            self._check_arity(token, 2, len(arguments))
            comparison = _Comparison(token, _NAMED_RELATIONS[name], *arguments)
            return self._as_number(_compared(comparison))
        self._check_count(token, len(arguments) - 1)
        parts = [self._condition(one, token) for one in arguments]
        if _JUNCTIONS[name] is _NOT:
            self._check_arity(token, 1, len(arguments))
            return self._as_number(_not(parts[0]))
        return self._as_number((_all if _JUNCTIONS[name] is _AND else _any)(parts))

    @abstractmethod
    def _check_arity(self, token: Token, wanted: int, given: int) -> None:
        """Raises `ReadError` where a function has not as many arguments as it takes."""

    def _piecewise(self, token: Token) -> int:
        """SymPy's pairs of a value and a condition."""
        opening = self._take()
        cases = [self._case(token)]
        while self._is(","):
            self._check_count(self._take(), len(cases))
            cases.append(self._case(token))
        self._close(opening)
        conditions = [condition for _, condition in cases]
        if _always in conditions:
            last = conditions.index(_always)
        else:
            self._check_cover(token, conditions)
            last = len(cases) - 1
        return self._chosen(cases[:last], cases[last][0])

    def _case(self, token: Token) -> tuple[int, Condition]:
        """A pair."""
        opening = self._token
        if not self._is("(", "["):
            hint = f"write {token.text}((a, x < 0), (b, True))"
            raise self._error(f"`{token.text}` takes pairs of a value and a condition", hint=hint)
        self._take()
        value = self._value()
        if not self._is(","):
            raise self._error("a case is a value, a comma and a condition", opening)
        self._take()
        sign = self._token
        condition: Condition = _always
        if self._stands(_ALWAYS):
            self._take()
        else:
            condition = self._condition(self._value(), sign)
        self._close(opening)
        return value, condition

    def _check_cover(self, token: Token, conditions: Sequence[Condition]) -> None:
        """Raises `ReadError` where some point may be in none of the cases.

        They cover all points where one thing is compared with numbers, and one of them holds at
        each of these, between them and beyond.
        """
        found: list[_Comparison] = []
        for condition in conditions:
            condition(lambda one, yes, no: found.append(one), None, None)
        sides = {one: self._sides(one) for one in found}
        subjects = {side and side[0] for side in sides.values()}
        if None in subjects or len(subjects) > 1:
            raise self._uncovered("it is not clear that one of the cases always holds", token)
        borders = sorted({side[1] for side in sides.values() if side})
        inner = [(a + b) / 2 for a, b in pairwise(borders)]
        for point in (*borders, *inner, borders[0] - 1, borders[-1] + 1):

            def pick(one: _Comparison, yes: V, no: V, at: Fraction = point) -> V:
                _, border, flipped = sides[one] or (0, 0, False)
                operands = (border, at) if flipped else (at, border)
                return yes if _HOLDS[one.relation](*operands) else no

            if not any(condition(pick, True, False) for condition in conditions):
                raise self._uncovered("the cases leave out some points", token)

    def _uncovered(self, problem: str, token: Token) -> ReadError:
        last = "(b, True) as the last case"
        if self._text[token.column] == "\\":
            last = r"\text{otherwise} as the last condition"
        return self._error(problem, token, f"write {last}")

    def _sides(self, one: _Comparison) -> tuple[int, Fraction, bool] | None:
        """What is compared, the number it is compared with, and whether that stands first."""
        for subject, number in ((one.left, one.right), (one.right, one.left)):
            content = self._number_of(number)
            if content is not None and self._number_of(subject) is None:
                return subject, content, number == one.left
        return None

    def _number_of(self, index: int) -> Fraction | None:
        if not isinstance(self._builder, CheckedBuilder):
            return None
        value = self._builder.constant(index)
        if value is None:
            return None
        return value.exact if value.approximate is None else Fraction(float(value.approximate[1]))


def _compared(one: _Comparison) -> Condition:
    return lambda pick, yes, no: pick(one, yes, no)
