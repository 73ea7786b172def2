"""Calls of operations on whole arrays, whose arguments may say an axis.

`sum(A, axis=0)`, `norm(x)`, `ones(2, 3)`, `max(a, b)`; a sum over an index has four arguments.
"""

from fractions import Fraction

from diffcalc.language.array_operations import ARRAYS, MANY, SHOWN, ArrayOperation
from diffcalc.language.elements import Elements
from diffcalc.language.refusals import Lookup
from diffcalc.language.sums import OVER_INDEX
from diffcalc.language.tokens import BRACKETS, Token

# With one argument: the largest, or smallest, element.
_OF_ONE = {written: name for name, written in SHOWN.items()}
ARRAY_CALLS = {*ARRAYS, *_OF_ONE}
_AXIS = ("axis", "dim")
_KEEPS = ("keepdims", "keepdim")
_TOLD = {"True": True, "1": True, "False": False, "0": False}
# The terms, the index, and the first and the last number it stands for.
_OVER_INDEX = 4


class ArrayCalls(Elements):
    """The part of the reader that reads such calls."""

    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        self._axis: tuple[int, ...] | None = None
        self._keeps_axis = False
        self._norms = 0

    def _array_call(self, token: Token, name: str) -> int:
        """An operation on whole arrays, perhaps along an axis; max and min of several numbers."""
        of_bars = name == "norm" and self._text[token.column] != "n"
        self._norms += of_bars
        arguments = self._arguments(token)
        self._norms -= of_bars
        return self._of_arrays(token, name, arguments)

    def _of_arrays(self, token: Token, name: str, arguments: list[int]) -> int:
        axis = self._axis
        if name in _OF_ONE and (len(arguments) > 1 and axis is None):
            result = arguments[0]
            for argument in arguments[1:]:
                result = self._add(token, name, result, argument)
            return result
        if name in OVER_INDEX and len(arguments) == _OVER_INDEX and axis is None:
            return self._over_index(token, name, arguments)
        row = ARRAYS[_OF_ONE.get(name, name)]
        if axis is not None and (len(axis) > 1 or self._keeps_axis):
            return self._reduced(token, row, arguments, axis)
        if axis is not None:
            if len(arguments) > 1 or 1 not in row.numbers:
                raise self._error(f"`{token.text}` takes no axis", token)
            arguments.append(self._leaf("number", Fraction(axis[0])))
        if row.operands == MANY:
            single = len(arguments) == 1 and self._builder.nodes[arguments[0]].operation == row.name
            return arguments[0] if single else self._add(token, row.name, *arguments)
        least, most = row.operands + row.numbers[0], row.operands + row.numbers[-1]
        if not least <= len(arguments) <= most:
            self._check_arity(token, most if row.operands else least, len(arguments))
        self._check_whole(token, row, arguments)
        return self._add(token, row.name, *arguments)

    def _reduced(
        self, token: Token, row: ArrayOperation, arguments: list[int], axes: tuple[int, ...]
    ) -> int:
        """A reduction along one axis after the other, each kept with size 1 if that is asked."""
        if len(arguments) > 1 or not row.reduces:
            raise self._error(f"`{token.text}` takes one axis, and keeps none", token)
        if min(axes) < 0 <= max(axes):
            raise self._error("axes are counted from the front or from the end", token)
        (result,) = arguments
        # Those that are left keep their places.
        for axis in sorted(set(axes), key=abs, reverse=True):
            result = self._placed(token, row.name, result, axis)
            if self._keeps_axis:
                result = self._placed(token, "expand_dims", result, axis)
        return result

    def _check_whole(self, token: Token, row: ArrayOperation, arguments: list[int]) -> None:
        """The axis, the sizes of a constant, or counts have to be written as whole numbers."""
        what = "the axis" if row.counts is None else "a count" if row.operands else "a size"
        for place, index in enumerate(arguments[row.operands :], row.operands):
            content = self._builder.nodes[index].content
            content = self._number_of(index) if content is None else content
            if not isinstance(content, Fraction) or content.denominator > 1:
                raise self._error(f"{what} of `{token.text}` must be a whole number", token)
            if row.counts is not None and int(content) not in row.counts:
                least, most = row.counts[0], row.counts[-1]
                raise self._error(f"{what} must be from {least} to {most:,}", token)
            arguments[place] = self._leaf("number", content)

    def _arguments(self, token: Token) -> list[int]:
        """The arguments in brackets; `axis=1` at their end is left in `_axis`."""
        opening = self._take()
        closing = BRACKETS[opening.text]
        if self._is(closing):
            raise self._lacks_argument(token)
        # [2*x] is a row there, and not a number in square brackets.
        first = self._row_or_value if self._function_name(token) == "pad" else self._value
        arguments, axis, keeps = [first()], None, False
        if self._stands(("for",)) and self._function_name(token) in OVER_INDEX:
            arguments += self._generated(token)
        while self._is(","):
            self._take()
            named = [t.text for t in self._tokens[self._at + 1 : self._at + 2]] == ["="]
            if self._token.text in _AXIS and named:
                axis = self._axis_numbers()
            elif self._token.text in _KEEPS and named:
                keeps = self._told()
            elif axis is None:
                if self._function_name(token) == "pad":
                    self._refuse_pair(token)
                arguments.append(self._value())
            else:
                raise self._error("nothing may stand behind the axis", self._token)
        self._axis, self._keeps_axis = axis, keeps
        if not self._is(closing):
            raise self._unclosed(opening)
        self._take()
        return arguments

    def _refuse_pair(self, token: Token) -> None:
        """pad(x, (1, 0)), which is of every axis of a matrix in NumPy, of the last in PyTorch."""
        start, end = self._at, self._at + 5
        pair = [one.text for one in self._tokens[start : end + 1]]
        alone = len(pair) > 5 and pair[5] in BRACKETS.values()
        if alone and pair[2] == "," and BRACKETS.get(pair[0]) == pair[4]:
            place = (self._token.column, self._column_behind(end))
            counts, rows = self._cut(start + 1, end - 1), " for rows before and behind"
            problem = f"`{token.text}` takes its counts without brackets"
            raise self._asked(problem, token, place, counts, besides=rows)

    def _axis_numbers(self) -> tuple[int, ...]:
        """The number of `axis=1`, -1 being the last axis, or those of `axis=(0, 2)`."""
        self._take()
        self._take()
        opening = self._take() if self._is("(") else None
        found = [self._axis_number()]
        while opening and self._is(","):
            self._take()
            if not self._is(")"):
                found.append(self._axis_number())
        if opening:
            self._close(opening)
        return tuple(found)

    def _axis_number(self) -> int:
        minus = self._is("-") and self._take()
        token = self._token
        if token.kind != "number" or not token.text.isdecimal():
            raise self._error("an axis must be a whole number", token)
        self._take()
        return -int(token.text) if minus else int(token.text)

    def _told(self) -> bool:
        """What stands behind `keepdims=`."""
        self._take()
        self._take()
        token = self._take()
        if token.text not in _TOLD:
            raise self._error("`keepdims` is True or False", token)
        return _TOLD[token.text]

    def _check_arity(self, token: Token, wanted: int, given: int) -> None:
        if wanted == given:
            return
        plural = "s" if wanted != 1 else ""
        raise self._error(f"`{token.text}` takes {wanted} argument{plural}, not {given}", token)
