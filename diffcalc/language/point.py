"""The point: `a=2,3`, `x=pi/2`, `A=[[1,2],[3,4]]` to arrays that keep what was typed.

A value is kept as the exact constant it is (1/3, pi/2), and rounded to float64 only where a method
computes in float64. So `|x - 1/3|` at x = 1/3 is a corner, though no float64 is 1/3.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.base.numbers import Algebra, MpNumber
from diffcalc.base.types import FloatArray, ObjectArray
from diffcalc.language.algebras import exact, fraction_to_float
from diffcalc.language.bounds import check_literal
from diffcalc.language.expression import Expression, Node
from diffcalc.language.grammar import read
from diffcalc.language.numerals import grouped
from diffcalc.language.shapes import moves
from diffcalc.language.tokens import spelled

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_SEPARATOR = re.compile(r"[][(),]")
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
# A float64 is rounded from 17 digits; the others are for what cancels on the way, once.
_MORE_THAN_A_FLOAT = 40
# A message names the first few of very many variables.
_LISTED = 20


class Values:
    """The value of one variable: an array of exact constants, shape () for a single number.

    `constants` is a numpy object array of constant `Expression`s.
    """

    def __init__(self, constants: ObjectArray) -> None:
        self.constants = constants

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        shape: tuple[int, ...] = self.constants.shape
        return shape

    @cached_property
    def floats(self) -> FloatArray:
        """The float64 nearest to each constant."""
        flat = [_to_float(c) for c in self.constants.flat]
        return np.array(flat, dtype=np.float64).reshape(self.shape)

    def exactly(self) -> ObjectArray:
        """The constants as an object array of mpmath numbers, at mpmath's working precision."""
        column = exact()
        result = np.empty(self.constants.size, dtype=object)
        result[:] = [_exactly(constant, column) for constant in self.constants.flat]
        return result.reshape(self.shape)

    def __str__(self) -> str:
        return _nested_text(self.constants)


Point = Mapping[str, Values]
Nested: TypeAlias = "Expression | list[Nested]"


def values_of(array: ArrayLike, *, typed: bool = False) -> Values:
    """The numbers of an array, each exactly the float64 it is.

    If they were `typed`, each is the decimal number with the fewest digits that is read as it.
    """
    numbers = np.asarray(array, dtype=np.float64)
    exactly = (lambda number: Fraction(repr(number))) if typed else Fraction
    constants = np.empty(numbers.shape, dtype=object)
    for index, number in np.ndenumerate(numbers):
        constants[index] = Expression((Node("number", (), exactly(float(number))),))
    return Values(constants)


ONE = values_of(1.0)
"""The external gradient of a single number."""


def _nested_text(constants: ObjectArray) -> str:
    if not constants.ndim:
        return str(constants.item())
    return "[" + ", ".join(_nested_text(constants[i, ...]) for i in range(len(constants))) + "]"


def _exactly(constant: Expression, column: Algebra[MpNumber]) -> MpNumber:
    node = constant.nodes[-1]
    return column["number"](node.content) if node.operation == "number" else constant(column)


def _to_float(constant: Expression) -> float:
    node = constant.nodes[-1]
    if isinstance(node.content, Fraction):
        return fraction_to_float(node.content)
    import mpmath

    with mpmath.mp.workdps(_MORE_THAN_A_FLOAT):
        return float(constant(exact()))


def is_assignment(word: str) -> bool:
    """Whether a word of the command line looks like `name=value`."""
    return _ASSIGNMENT.match(word) is not None


def is_range(word: str) -> bool:
    """Whether a word of the command line looks like `name=low:high`."""
    return is_assignment(word) and ":" in word


def read_range(text: str) -> tuple[str, Expression, Expression]:
    """`name=low:high` as the name and two exact constants.

    Raises `PointError` or `ReadError` with a caret in the text.
    """
    match = _ASSIGNMENT.match(text)
    if match is None:
        raise PointError(f"`{text}` is not a range", hint="write name=low:high, as in x=-3:3")
    low, colon, high = text[match.end() :].partition(":")
    if ":" in high:
        column = text.rindex(":")
        raise PointError("a range has two ends", text=text, column=column)
    start = match.end() + len(low) + len(colon)
    return spelled(match.group(1)), _constant(text, low, match.end()), _constant(text, high, start)


def assigned_name(text: str) -> str:
    """The name in `name=value`, as the reader has it. Raises `PointError` or `ReadError`."""
    match = _ASSIGNMENT.match(text)
    if match is None:
        raise PointError(f"`{text}` is not an assignment", hint="write name=value, as in x=2")
    name = spelled(match.group(1))
    return read(name, declared=[name]).variables[0]


def read_point(assignments: Iterable[str]) -> dict[str, Values]:
    """Assignments `name=value` to values.

    A value is a constant expression, several of them between commas (a vector), or nested brackets.
    Raises `PointError` or `ReadError` with a caret in the assignment.
    """
    point: dict[str, Values] = {}
    for text in assignments:
        name = assigned_name(text)
        check_once([name], point)
        point[name] = read_values(text, start=text.index("=") + 1)
    return point


def read_values(text: str, *, start: int = 0) -> Values:
    """The values in `text` from column `start` on: `2`, `2,3`, `[[1,2],[3,4]]`."""
    pieces = list(split(text, start))
    if len(pieces) == 1 and not _is_bracketed(*pieces[0]):
        constant = np.empty((), dtype=object)
        constant[()] = _constant(text, *pieces[0])
        return Values(constant)
    nested = (
        _nested(text, *pieces[0])
        if len(pieces) == 1
        else [_nested(text, *piece) for piece in pieces]
    )
    return Values(_to_array(nested, text, start))


def split(text: str, start: int, end: int | None = None) -> Iterator[tuple[str, int]]:
    """The pieces between the commas outside brackets, each with its column."""
    depth, begin = 0, start
    for found in _SEPARATOR.finditer(text, start, len(text) if end is None else end):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(found[0], 0)
        if found[0] == "," and depth == 0:
            yield text[begin : found.start()], begin
            begin = found.end()
    yield text[begin:end], begin


def _is_bracketed(piece: str, _: int) -> bool:
    return piece.strip().startswith("[")


def _nested(text: str, piece: str, column: int) -> Nested:
    if not _is_bracketed(piece, column):
        return _constant(text, piece, column)
    opening = column + len(piece) - len(piece.lstrip())
    closed = piece.rstrip()
    if not closed.endswith("]"):
        raise PointError("this bracket is never closed", text=text, column=opening)
    return [_nested(text, *item) for item in split(text, opening + 1, column + len(closed) - 1)]


def _constant(text: str, piece: str, column: int) -> Expression:
    if not piece.strip():
        raise PointError("a value is missing", text=text, column=column)
    try:
        if _NUMBER.fullmatch(piece):
            # Most of thousands of values are plain numbers, which need no reader.
            check_literal(piece.strip().lstrip("+-"))
            return Expression((Node("number", (), Fraction(piece.strip())),), piece)
        constant = read(piece)
    except DiffcalcError as error:
        error.inside(text, column)
        # 1,000 is a vector of 1 and 0 here.
        error.hint = grouped(text, error.column or 0) or error.hint
        raise
    if not constant.elementwise:
        raise PointError("a value must be a number", text=text, column=column)
    if constant.variables:
        raise PointError(
            f"a value must be a number, but `{constant.variables[0]}` is a name",
            text=text,
            column=column + len(piece) - len(piece.lstrip()),
        )
    return constant


def _to_array(nested: Nested, text: str, start: int) -> ObjectArray:
    shape: list[int] = []
    level = nested
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0]
    flat = list(_flatten(nested, shape, text, start))
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(shape)


def _flatten(nested: Nested, shape: Sequence[int], text: str, start: int) -> Iterator[Expression]:
    if isinstance(nested, list) and shape and len(nested) == shape[0]:
        for item in nested:
            yield from _flatten(item, shape[1:], text, start)
    elif isinstance(nested, Expression) and not shape:
        yield nested
    else:
        raise PointError("the rows differ in length", text=text, column=start)


def check_values(expressions: Sequence[Expression], point: Point) -> None:
    """Raises `PointError` where one of their variables has no value."""
    names = dict.fromkeys(name for expression in expressions for name in expression.variables)

    def hint(_: list[str]) -> str:
        # Only a refusal has a use for it.
        from diffcalc.language.examples import example

        return f"add {example(expressions, point)}"

    check_given(names, point, hint)


# Letters for variables here.
_CONSTANTS_ELSEWHERE = {
    "i": "there are no complex numbers, if i is to be one",
    "j": "there are no complex numbers, if j is to be one",
    "tau": "or write 2*pi for the constant",
    "phi": "or write (1 + sqrt(5))/2 for the golden ratio",
}


def check_given(
    names: Iterable[str], given: Container[str], hint: Callable[[list[str]], str]
) -> None:
    """Raises `PointError` where a name has no value; `hint` takes those that have none."""
    missing = [name for name in names if name not in given]
    if missing:
        more = len(missing) - _LISTED
        several = f" and {more:,} more" if more > 0 else ""
        found = " and ".join(missing[:_LISTED])
        meant = [said for name, said in _CONSTANTS_ELSEWHERE.items() if name in missing]
        said = "; ".join([hint(missing), *meant])
        raise PointError(f"no value for {found}{several}", hint=said)


def check_once(names: Iterable[str], given: Container[str], hint: str | None = None) -> None:
    """Raises `PointError` where a name has a value already, or stands twice among the names."""
    met = set[str]()
    for name in names:
        if name in given or name in met:
            raise PointError(f"{name} is given twice", hint=hint)
        met.add(name)


def check_single(expression: Expression, point: Point, why: str) -> None:
    """Raises `PointError` unless the expression and the values are of single numbers.

    `why` says what asks for that: a scan is of single numbers.
    """
    if not expression.elementwise:
        raise PointError(f"{expression} works on whole arrays", hint=why)
    for name, values in point.items():
        if values.shape:
            raise PointError(f"{name} has more than one value", hint=why)


def check_wrt(expression: Expression, wrt: Iterable[str]) -> None:
    """Raises `PointError` where there is no variable, or one of the names in `wrt` is none."""
    if not expression.variables:
        raise PointError(f"{expression} has no variable to differentiate in")
    check_names(wrt, expression.variables, expression)


def check_names(names: Iterable[str], variables: Sequence[str], shown: object) -> None:
    """Raises `PointError` where a name is none of the variables of what is `shown`."""
    known = set(variables)
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = f"its variables: {listed(variables)}"
        raise PointError(f"{unknown[0]} is not a variable of {shown}", hint=hint)


def listed(names: Sequence[str]) -> str:
    """The names between commas; the first few of very many."""
    return (", ".join(names[:_LISTED]) or "none") + ", …" * (len(names) > _LISTED)


def check_point(expression: Expression, point: Point, *, extra: bool = False) -> tuple[int, ...]:
    """The shape of the expression's value at `point`.

    Raises `PointError` where a value is missing, belongs to no variable (unless `extra`), or the
    shapes do not broadcast.
    """
    check_values([expression], point)
    if not extra:
        check_names(point, expression.variables, expression)
    shapes = {name: point[name].shape for name in expression.variables}
    if not expression.elementwise:
        shape: tuple[int, ...] = moves(expression, shapes)[-1].shape
        return shape
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        sizes = ", ".join(f"{name} has {_size(shape)}" for name, shape in shapes.items())
        raise PointError(
            f"the values do not fit together: {sizes}", hint="lengths must be equal, or 1"
        ) from None


def check_gradient(given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Raises `PointError` where a gradient does not broadcast to the result's shape."""
    try:
        fits = np.broadcast_shapes(given, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise PointError(
            f"the gradient has shape {given}, the result {shape}",
            hint="give one number for each element of the result",
        )


def _size(shape: tuple[int, ...]) -> str:
    if len(shape) < 2:
        count = shape[0] if shape else 1
        return f"{count} value{'s' if count != 1 else ''}"
    return "shape " + "×".join(map(str, shape))
