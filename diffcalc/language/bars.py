"""Which bars open and which close: |x| is the modulus, ||x|| and ‖x‖ are the norm.

A bar looks the same on both sides, so all ways to pair them are followed at once, from left to
right. Most texts have one that is not odd: spaces tell |x| y |z| from |x |y| z|, and an operator is
one, as in |x|-2|y|. Where two are about as good (|x|y|z|), the user is asked.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from diffcalc.base.errors import LimitError, ReadError
from diffcalc.language.array_operations import OPERATIONS
from diffcalc.language.operations import COMPARISONS
from diffcalc.language.tokens import BRACKETS, ROOTS, Token

WORDS = {"|": "abs", "‖": "norm"}
"""What a pair of these bars is called."""

_SEPARATORS = {
    ",", "=", "if", "else", "and", "or", "not", "&", "&&", "∧", "∨", "¬", *COMPARISONS.values(),
}  # fmt: skip
_BEFORE_OPERAND = {*ROOTS, *(row.sign for row in OPERATIONS.values() if row.sign)} - _SEPARATORS
_CLOSING = {*BRACKETS.values()}
# What follows an operand and belongs to it.
_BEHIND_OPERAND = {".T", "!", "°", "."}
# What is open: also a norm of two bars, and a modulus that opens directly in another one.
_DOUBLE, _INNER = "=", "&"
_PAIRS = {("|", "|"), (_INNER, "|"), (_DOUBLE, _DOUBLE), ("‖", "‖")}
# A way to read bars that is odder by this than another is not what was meant.
_DECISIVE = 2
# In a formula that a person reads, two or three sets of bars may be open at a time.
_MOST_STATES = 16
# The reader goes no deeper.
_DEEPEST = (1 << 64) - 1
# A longer formula is not repeated in a hint.
_LONGEST_HINT = 60


class _Bar(NamedTuple):
    """A bar and what is around it, and around those that it stands together with."""

    sign: str
    doubles: bool
    """Whether another | stands directly behind, so that the two may be one sign."""
    in_a_row: bool
    """Whether the next token is such a bar too."""
    apart: bool
    """Whether a space stands before it."""
    leans: int
    """1 where they look like opening: a space before, none behind; -1 the other way round."""
    space_behind: bool
    """Whether it is a space that they lean away from, and no operator."""


class _Role(NamedTuple):
    """What a bar does, or two bars that are one sign: opens or closes a modulus, or a norm."""

    first: int
    width: int
    sign: str
    opens: bool


class _State(NamedTuple):
    """What is open, from the outermost bar on, and what stands before.

    `before` is the sign of a bar that has just opened; "operand"; "closed" after a bar that stands
    directly in another pair, as the inner ones of | |x| |; and "" after an operator.
    """

    stack: str
    before: str

    @property
    def after_operand(self) -> bool:
        return self.before in ("operand", "closed")

    @property
    def complete(self) -> bool:
        return not self.stack and self.after_operand

    @property
    def depth(self) -> int:
        """How many bars are open."""
        return len(self.stack) + self.stack.count(_DOUBLE)


_Path: TypeAlias = "tuple[_Role, _Path | None]"


class _Way(NamedTuple):
    """A way to read the bars so far: how odd it is, and (last role, (role before, (…, None)))."""

    cost: int
    path: "_Path | None"

    @property
    def roles(self) -> dict[int, _Role]:
        found, path = {}, self.path
        while path is not None:
            role, path = path
            found[role.first] = role
        return found


def paired(tokens: list[Token], text: str) -> list[Token]:
    """The tokens with each bar as one that is "opening" or "closing", "|" or "‖".

    Raises `ReadError` where they can be read in two ways. Bars that fit no way are left to whoever
    reads the tokens: each closes what is open if it can.
    """
    if not any(token.text in WORDS for token in tokens):
        return tokens
    roles: dict[int, _Role] = {}
    for stretch in _stretches(tokens):
        ways = _ways(tokens, stretch)
        if len(ways) > 1:
            raise _question(tokens, text, stretch, [way.roles for way in ways])
        roles |= ways[0].roles if ways else _as_they_come(tokens, stretch)
    return list(_replaced(tokens, roles))


def _replaced(tokens: Sequence[Token], roles: dict[int, _Role]) -> Iterator[Token]:
    behind = 0
    for index, token in enumerate(tokens):
        role = roles.get(index)
        if role is not None:
            kind = "opening" if role.opens else "closing"
            yield Token(kind, role.sign, token.column, token.spaced)
            behind = index + role.width
        elif index >= behind:
            yield token


def _stretches(tokens: Sequence[Token]) -> Iterator[list[int]]:
    """The tokens among which bars pair, by their indices, and at the end that of what is behind.

    They stand between commas and brackets; a bracket within is there as its opening one.
    """
    inside: list[list[int]] = [[]]
    for index, token in enumerate(tokens):
        ends = [*inside] if token.kind == "end" else []
        closes = token.text in _CLOSING
        if token.text in _SEPARATORS or (closes and len(inside) > 1):
            ends.append(inside.pop())
        for stretch in ends:
            if any(tokens[i].text in WORDS for i in stretch):
                yield [*stretch, index]
        if token.text in _SEPARATORS:
            inside.append([])
        elif not closes:
            inside[-1].append(index)
        if token.text in BRACKETS:
            inside.append([])


def _ways(tokens: Sequence[Token], stretch: Sequence[int]) -> list[_Way]:
    """The best way to pair the bars of a stretch, and another one that is about as good."""
    bars = _bars(tokens, stretch)
    possible = _possible_depths(tokens, stretch)
    # Most texts are read at the first go, which leaves out all that is odd.
    for bound in (_DECISIVE, math.inf):
        ends, left_out = _followed(tokens, stretch, bars, possible, bound)
        limit = (ends[0].cost if ends else math.inf) + _DECISIVE
        if limit <= left_out:
            return [way for way in ends[:2] if way.cost < limit]
        if left_out < _DECISIVE:
            break
    problem = "it is not clear which of so many bars belong together"
    column = tokens[stretch[0]].column
    raise LimitError(problem, hint="write abs(…) and norm(…)", column=column)


def _followed(
    tokens: Sequence[Token],
    stretch: Sequence[int],
    bars: dict[int, _Bar],
    possible: Sequence[int],
    bound: float,
) -> tuple[list[_Way], float]:
    """The ways through a stretch, the least odd first, and how odd those are that were left out.

    Left out are some that are as odd as the `bound`, and where there are too many, the oddest.
    """
    ahead: list[dict[_State, list[_Way]]] = [{} for _ in stretch]
    ahead[0][_State("", "")] = [_Way(0, None)]
    left_out = math.inf
    for place, index in enumerate(stretch[:-1]):
        states = sorted(ahead[place].items(), key=lambda item: item[1][0].cost)
        ahead[place] = {}
        left_out = min([left_out, *(ways[0].cost for _, ways in states[_MOST_STATES:])])
        for state, ways in states[:_MOST_STATES]:
            for found, role, cost in _next(tokens[index], index, bars.get(index), state):
                there = place + (role.width if role else 1)
                if not possible[there] >> found.depth & 1:
                    continue
                if ways[0].cost + cost >= bound:
                    left_out = min(left_out, ways[0].cost + cost)
                    continue
                known = ahead[there].setdefault(found, [])
                known += [_Way(w.cost + cost, (role, w.path)) if role else w for w in ways]
                known.sort(key=lambda way: way.cost)
                del known[2:]
    ends = [way for state, ways in ahead[-1].items() if state.complete for way in ways]
    return sorted(ends, key=lambda way: way.cost), left_out


def _bars(tokens: Sequence[Token], stretch: Sequence[int]) -> dict[int, _Bar]:
    """The bars of a stretch by their indices."""
    together: list[list[int]] = []
    for index in stretch[:-1]:
        if tokens[index].text not in WORDS:
            continue
        if together and together[-1][-1] == index - 1 and not tokens[index].spaced:
            together[-1].append(index)
        else:
            together.append([index])
    found = {}
    for group in together:
        behind = tokens[group[-1] + 1]
        leans = tokens[group[0]].spaced - (behind.spaced or not _starts_operand(behind))
        for index in group:
            sign, following = tokens[index].text, tokens[index + 1].text
            doubles = index != group[-1] and sign == following == "|"
            apart = tokens[index].spaced
            found[index] = _Bar(sign, doubles, sign == following, apart, leans, behind.spaced)
    return found


def _possible_depths(tokens: Sequence[Token], stretch: Sequence[int]) -> list[int]:
    """For each place the numbers of bars that may be open there, as the bits of an integer.

    From these the bars that follow can close all. It is a bound, and keeps the ways that lead
    nowhere few: behind an operator a bar opens, so in a sum of products nothing stays open.
    """
    possible = [1]
    opens_only = [True]
    for index in stretch[:-1]:
        bar = tokens[index].text in WORDS
        opens_only.append(opens_only[-1] if bar else _needs_operand(tokens[index]))
    for index, only in reversed(list(zip(stretch[:-1], opens_only, strict=False))):
        behind = possible[-1]
        if tokens[index].text in WORDS:
            behind = behind >> 1 | (0 if only else behind << 1 & _DEEPEST)
        possible.append(behind)
    return possible[::-1]


def _needs_operand(token: Token) -> bool:
    return token.kind == "symbol" and token.text in _BEFORE_OPERAND


def _starts_operand(token: Token) -> bool:
    return token.kind in ("name", "number") or token.text in {*BRACKETS, *ROOTS}


def _next(
    token: Token, index: int, bar: _Bar | None, state: _State
) -> Iterator[tuple[_State, _Role | None, int]]:
    """What may be the state behind a token, its role if it is a bar, and how odd that is."""
    if bar is not None:
        yield from _closing(index, bar, state)
        yield from _opening(index, bar, state)
    elif _starts_operand(token):
        yield _State(state.stack, "" if token.text in ROOTS else "operand"), None, 0
    elif token.text in ("+", "-") or (state.after_operand and _needs_operand(token)):
        yield _State(state.stack, ""), None, 0
    elif state.after_operand and (token.kind == "superscript" or token.text in _BEHIND_OPERAND):
        yield _State(state.stack, "operand"), None, 0


def _closing(index: int, bar: _Bar, state: _State) -> Iterator[tuple[_State, _Role, int]]:
    """The ways in which a bar closes what is open, perhaps together with the next one."""
    top = state.stack[-1:]
    if not state.after_operand or not top:
        return
    below = state.stack[:-1]
    odd = _DECISIVE if bar.leans > 0 else 0
    # Two bars that open together and close together are a norm, and nobody writes | |x| |.
    twice = state.before == "closed"
    if (top, bar.sign) in _PAIRS and not (twice and not bar.apart):
        before = "closed" if top == _INNER else "operand"
        role = _Role(index, 1, bar.sign, opens=False)
        yield _State(below, before), role, _DECISIVE if twice else odd
    if bar.doubles and top == _DOUBLE:
        yield _State(below, "operand"), _Role(index, 2, "‖", opens=False), odd


def _opening(index: int, bar: _Bar, state: _State) -> Iterator[tuple[_State, _Role, int]]:
    """The ways in which a bar opens, perhaps together with the next one."""
    for doubled in (False, True)[: 1 + bar.doubles]:
        odd = 0
        if state.after_operand and bar.leans < 0:
            odd = _DECISIVE if state.stack or bar.space_behind else 1
        if state.after_operand and state.stack and bar.leans <= 0 and (doubled or bar.in_a_row):
            # |x||y||z| is a product of three.
            odd = _DECISIVE
        inner = state.before == bar.sign == "|" and not doubled
        open_ = _DOUBLE if doubled else _INNER if inner else bar.sign
        role = _Role(index, 1 + doubled, "‖" if doubled else bar.sign, opens=True)
        yield _State(state.stack + open_, open_ if doubled else bar.sign), role, odd


def _as_they_come(tokens: Sequence[Token], stretch: Sequence[int]) -> dict[int, _Role]:
    """Bars that fit no way: each closes what is open if it can."""
    roles, depth, after_operand = {}, 0, False
    for index in stretch[:-1]:
        token = tokens[index]
        if token.text in WORDS:
            opens = not (depth and after_operand)
            roles[index] = _Role(index, 1, token.text, opens)
            depth += 1 if opens else -1
            after_operand = not opens
        else:
            after_operand = not _needs_operand(token)
    return roles


def _question(
    tokens: Sequence[Token], text: str, stretch: Sequence[int], readings: Sequence[dict[int, _Role]]
) -> ReadError:
    """The error that asks which of two readings is meant."""
    one, other = readings
    index = next(i for i in stretch if one.get(i) != other.get(i))
    shown = [_in_words(tokens, text, stretch, roles) for roles in readings]
    hint = f"write {shown[0]} or {shown[1]}"
    if len(hint) > _LONGEST_HINT:
        hint = "write abs(…) and norm(…)"
    problem = "these bars can be read in two ways"
    return ReadError(problem, hint=hint, text=text, column=tokens[index].column)


def _in_words(
    tokens: Sequence[Token], text: str, stretch: Sequence[int], roles: dict[int, _Role]
) -> str:
    """A stretch of the text with abs(…) and norm(…) for the bars, apart from what stands beside."""
    shown, at = "", tokens[stretch[0]].column
    for index in stretch[:-1]:
        if index not in roles:
            continue
        role = roles[index]
        following = tokens[index + role.width]
        shown += text[at : tokens[index].column]
        at = tokens[index + role.width - 1].column + 1
        if role.opens:
            apart = " " if shown[-1:].isalnum() or shown[-1:] == ")" else ""
            shown += f"{apart}{WORDS[role.sign]}("
        elif following.kind == "number":
            shown += ")*"
        else:
            shown += ") " if following.kind == "name" and not following.spaced else ")"
    return (shown + text[at : tokens[stretch[-1]].column]).strip()
