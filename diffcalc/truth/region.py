"""A function of many elements on boxes: enclosures of its range, its gradient and its Hessian.

Where the gradient is 0 is proved by the interval Newton method: Krawczyk's operator, which maps a
box into itself, has exactly one fixed point in it, the one stationary point there (Krawczyk 1969;
Moore 1977). What that is say the signs of the Hessian's eigenvalues on the box (Sylvester's law of
inertia, Gershgorin's discs). On a border none of this is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from mpmath.libmp import from_float, fzero, to_float, to_rational

from diffcalc.base.types import BoolArray, FloatArray, ObjectArray
from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.truth import ball, linear
from diffcalc.truth.ball import LINE, UP, Ball, Mpf, NoValue, Undecided, point_ball
from diffcalc.truth.curvature import curvature
from diffcalc.truth.enclosures import Balls
from diffcalc.truth.findings import Path, Proof
from diffcalc.truth.moving import moving_on
from diffcalc.truth.program import program_of
from diffcalc.truth.proof import Prover
from diffcalc.truth.removable import scalar
from diffcalc.truth.replay import Found
from diffcalc.truth.sweep import backward, forward

# More than twice a float64's, so that rounding is small beside the smallest box.
_BITS = 128
_NOTHING = Fraction(0)
# The largest exponent of a number that is worth writing out as a fraction.
_LARGEST_EXPONENT = 1_000
# Newton's method doubles the digits with each.
_STEPS = 6
# Far more than its rounding, far less than where the derivatives change.
_NEXT_TO = 1e-9
# Columns are alike whose difference is no more than what rounding may make.
_ALIKE = 1e-10
# Far above the rounding of sums of some thousand float64 numbers, far below what is asked of them.
_ROUNDED = 1 + 1e-9


class Inertia(NamedTuple):
    """How many eigenvalues of a symmetric matrix are positive, and how many negative."""

    positive: int
    negative: int


class Region:
    """A formula as a function of the elements of the variables with these shapes.

    `still` has an object array of constants for each of the others.
    """

    def __init__(
        self,
        expression: Expression,
        shapes: Mapping[str, tuple[int, ...]],
        still: Mapping[str, ObjectArray],
    ) -> None:
        self._expression, names = scalar(expression, shapes, still)
        self._program = program_of(self._expression, dict.fromkeys(self._expression.variables, ()))
        every = [(name, at) for name, shape in shapes.items() for at in np.ndindex(shape)]
        self._names = [names.get(leaf, "") for leaf in every]
        """Where each element in turn stands in the program; None where the function lacks it."""
        self._places = [self._program.place.get((name, ())) for name in self._names]

    @property
    def nodes(self) -> int:
        """How many operations there are."""
        return len(self._program.nodes)

    # -- at a point --------------------------------------------------------------------------------

    def point(self, at: Sequence[Fraction]) -> "Point":
        """What can be proved at exactly this point."""
        return Point(self._expression, self._names, at)

    # -- on a box ----------------------------------------------------------------------------------

    def range(self, box: Sequence[Ball]) -> Ball | None:
        """The values of the function; None where it is not known to have one everywhere."""
        value = self._values(box)[-1]
        return value if isinstance(value, Ball) else None

    @cached_property
    def everywhere(self) -> Ball | None:
        """As `range`, for all numbers."""
        return self.range([LINE] * len(self._names))

    def gradient(self, box: Sequence[Ball]) -> list[Ball] | None:
        """Every first derivative on a box; None where the box may touch a border."""
        found = self._jacobian([self._result], box)
        return None if found is None else list(found[0])

    def hessian(self, box: Sequence[Ball]) -> ObjectArray | None:
        """The second derivatives as an array of balls; None where the box may touch a border."""
        values, moving = self._moved(box)
        matrix = np.full((len(box),) * 2, ball.ZERO, dtype=object)
        try:
            found = curvature(self._program, values, moving, Balls(_BITS))
        except (NoValue, Undecided):
            return None
        place = {index: row for row, index in enumerate(self._places)}
        for (i, j), second in found.items():
            if not ball.is_finite(second):
                return None
            matrix[place[i], place[j]] = second
        return matrix

    @property
    def _result(self) -> int:
        return self._program.outputs[0]

    def _leaves(self, box: Sequence[Ball]) -> dict[int, Ball]:
        return {i: x for i, x in zip(self._places, box, strict=True) if i is not None}

    def _values(self, box: Sequence[Ball]) -> list[Found[Ball]]:
        return forward(self._program, self._leaves(box), Balls(_BITS))

    def _moved(self, box: Sequence[Ball]) -> tuple[list[Found[Ball]], list[bool]]:
        values = self._values(box)
        return values, moving_on(self._program, self._program.leaves, values, Balls(_BITS))

    def contracts(self, middle: FloatArray, radius: FloatArray, hessian: ObjectArray) -> bool:
        """Whether exactly one stationary point is in a box with this Hessian."""
        slopes = self.gradient(exactly(middle))
        return slopes is not None and _krawczyk(slopes, hessian, radius)

    def vanishing(self, start: FloatArray) -> FloatArray | None:
        """A place next to one where even powers, whose sum the function is, are all 0.

        None where it is no such sum, or that is not shown.
        """
        x, bases = start, self._bases()
        if not bases or len(bases) > len(x):
            return None
        for _ in range(_STEPS):
            steep, values = self._jacobian(bases, exactly(x)), self._values(exactly(x))
            if steep is None:
                return None
            here = middles(np.array([values[i] for i in bases], dtype=object))
            if not (np.isfinite(here).all() and np.isfinite(middles(steep)).all()):
                return None
            x = x - np.asarray(np.linalg.lstsq(middles(steep), here)[0], np.float64)
        # The other elements stand still: there are fewer powers than elements.
        assert steep is not None
        chosen = _independent(middles(steep))
        radius = _NEXT_TO * np.maximum(np.abs(x), np.max(np.abs(x))) * chosen
        slopes, values = self._jacobian(bases, around(x, radius)), self._values(exactly(x))
        if slopes is None or sum(chosen) < len(bases):
            return None
        found = [value for i in bases if isinstance(value := values[i], Ball)]
        return x if _krawczyk(found, slopes[:, chosen], radius[chosen]) else None

    def _bases(self) -> list[int]:
        """What the even powers are of whose sum the function is; none where it is no such sum."""
        stack, found = [self._result], []
        program = self._program
        while stack:
            index = stack.pop()
            node = program.nodes[index]
            rational = [program.rational[i] for i in node.operands]
            if not program.moving[index]:
                continue
            match node.operation:
                case "add" | "total":
                    stack += node.operands
                case "sub" if not program.moving[node.operands[1]]:
                    stack.append(node.operands[0])
                case "mul" if (rational[0] or 0) > 0:
                    stack.append(node.operands[1])
                case "mul" | "div" if (rational[1] or 0) > 0:
                    stack.append(node.operands[0])
                case "pow" if rational[1] and rational[1] > 0 and rational[1] % 2 == 0:
                    found.append(node.operands[0])
                case _:
                    return []
        return list(dict.fromkeys(found))

    def _jacobian(self, nodes: Sequence[int], box: Sequence[Ball]) -> ObjectArray | None:
        """The derivatives of nodes on a box; None where it may touch a border."""
        values, moving = self._moved(box)
        rows = []
        for node in nodes:
            found = backward(self._program, values, {node: ball.ONE}, Balls(_BITS), moving)
            row = [ball.ZERO if i is None else found[i] or ball.ZERO for i in self._places]
            if any(isinstance(one, Exception) for one in (values[node], *row)):
                return None
            rows.append(row)
        return np.array(rows, dtype=object)


def _krawczyk(values: Sequence[Ball], jacobian: ObjectArray, radius: FloatArray) -> bool:
    """Whether functions with these values in the middle of a box are all 0 at exactly one place."""
    try:
        inverse = np.asarray(np.linalg.inv(middles(jacobian)), np.float64)
    except np.linalg.LinAlgError:
        return False
    if not np.isfinite(inverse).all():
        return False
    y = _matrix(inverse)
    step = sizes(linear.matmul(y, np.array(values, dtype=object), _BITS))
    rest = linear.matmul(y, jacobian, _BITS)
    for i in range(len(rest)):
        rest[i, i] = ball.sub(rest[i, i], ball.ONE, _BITS)
    reach = (step + sizes(rest) @ radius) * _ROUNDED
    return bool(np.all(reach < radius))


def _independent(matrix: FloatArray) -> BoolArray:
    """Which columns are the most independent, as many as there are rows at most."""
    rest, chosen = matrix.copy(), np.zeros(matrix.shape[1], bool)
    for _ in matrix:
        longest = int(np.argmax(np.linalg.norm(rest, axis=0)))
        length = np.linalg.norm(rest[:, longest])
        if length <= _ALIKE * np.linalg.norm(matrix):
            break
        chosen[longest] = True
        way = rest[:, longest] / length
        rest = rest - np.outer(way, way @ rest)
    return chosen


def inertia(matrix: ObjectArray) -> Inertia | None:
    """That of every symmetric matrix in one of balls; None where it is not told.

    The matrix is nearly diagonal in its middle's eigenvectors, and by Gershgorin's discs there no
    eigenvalue is 0.
    """
    with suppress(np.linalg.LinAlgError):
        size, vectors = np.linalg.eigh(middles(matrix))
        turn = _matrix(vectors)
        turned = linear.matmul(turn.T, linear.matmul(matrix, turn, _BITS), _BITS)
        signs = [ball.sign(one) for one in np.diag(turned)]
        nearest = np.array([float(to_float(_nearer(one))) for one in np.diag(turned)])
        beside = sizes(turned)
        np.fill_diagonal(beside, 0)
        # So that a small eigenvalue does not pay for the rounding of a large one.
        scale = 1 / np.sqrt(np.maximum(np.abs(size), np.finfo(float).tiny))
        if all(signs) and np.all(nearest * scale > _ROUNDED * (beside @ scale)):
            return Inertia(signs.count(1), signs.count(-1))
    return None


class Point:
    """What can be proved of a function of many elements at one exact point."""

    def __init__(
        self, expression: Expression, names: Sequence[str], at: Sequence[Fraction]
    ) -> None:
        self._expression = expression
        self._names = names
        self._at = at
        self._prover = self._proving(expression)

    def _proving(self, expression: Expression) -> Prover:
        values = {n: _number(x) for n, x in zip(self._names, self._at, strict=True) if n}
        return Prover(expression, values)

    @property
    def gradient(self) -> Iterator[Proof]:
        """What is proved of each first derivative, one after the other."""
        return (self._prover.derivative((name, ())) for name in self._names)

    def rises(self, direction: Sequence[Fraction | int]) -> "Rise | None":
        """Whether the function rises as one goes backward, and forward; None if not told."""
        inside = set(self._expression.variables)
        pairs = zip(self._names, direction, strict=True)
        path: Path = {(n, ()): (weight, 1) for n, weight in pairs if weight and n in inside}
        if not path:
            return Rise(0, 0, ())
        found = self._prover.rise(path)
        return None if found is None else Rise(*found)

    def equals(self, end: Mpf) -> tuple[str, ...] | None:
        """What is assumed for the function's value to be this number; None where it is not that."""
        if (not end[1] and end != fzero) or abs(end[2]) > _LARGEST_EXPONENT:
            return None  # An end at infinity, or next to it or to 0.
        builder = Builder()
        leaves = {n: builder.add("variable", content=n) for n in self._expression.variables}
        value = builder.splice(self._expression, leaves)
        other = builder.add("number", content=Fraction(*to_rational(end)))
        found = self._proving(builder.finish(builder.add("sub", value, other), "")).sign()
        return None if found is None or found[0] else found[1]


class Rise(NamedTuple):
    """The signs of f(x - t*d) - f(x) and f(x + t*d) - f(x) for small t, and what is assumed."""

    back: int
    forth: int
    assuming: tuple[str, ...]


def exactly(x: FloatArray) -> list[Ball]:
    """The balls of these numbers alone."""
    return [point_ball(from_float(float(one))) for one in x]


def enclosed(place: Sequence[Fraction], radius: Fraction = _NOTHING) -> list[Ball]:
    """The box of all numbers so near to these."""
    return [
        ball.hull(*(ball.from_fraction(x + side * radius, _BITS) for side in (-1, 1)))
        for x in place
    ]


def around(middle: FloatArray, radius: FloatArray) -> list[Ball]:
    """The same, with a radius for each."""
    return [
        enclosed([Fraction(float(x))], Fraction(float(r)))[0]
        for x, r in zip(middle, radius, strict=True)
    ]


def middles(matrix: ObjectArray) -> FloatArray:
    """About the middles of balls."""
    return np.array(
        np.frompyfunc(lambda one: float(to_float(ball.middle(one))), 1, 1)(matrix), float
    )


def sizes(matrix: ObjectArray) -> FloatArray:
    """Upper bounds of the moduli in balls."""

    def one(a: Ball) -> float:
        top = ball.absolute(a).upper
        return float(np.nextafter(float(to_float(top, rnd=UP)), np.inf))

    return np.array(np.frompyfunc(one, 1, 1)(matrix), float)


def _nearer(a: Ball) -> Mpf:
    """A lower bound of the modulus of a ball without 0."""
    return ball.absolute(a).lower


def _matrix(numbers: FloatArray) -> ObjectArray:
    balls: ObjectArray = np.frompyfunc(lambda one: point_ball(from_float(float(one))), 1, 1)(
        numbers
    )
    return balls


def _number(x: Fraction) -> ObjectArray:
    found = np.empty((), dtype=object)
    found[()] = Expression((Node("number", (), x),))
    return found
