"""What of an expression moves with some variables, and what is constant.

A limit asks for the value of one expression some thirty times, near one point: what does not move
is evaluated once.
"""

from collections.abc import Collection, Mapping, Sequence

from diffcalc.base.numbers import Algebra, V, W
from diffcalc.language.expression import Expression


class MovingPart:
    """The operations of `expression` that move with the variables `names`, as they were typed."""

    def __init__(self, expression: Expression, names: Collection[str]) -> None:
        self._nodes = expression.nodes
        moves = expression.depending_on(*names)
        self._moving = [index for index, moved in enumerate(moves) if moved]
        self._still = [index for index, moved in enumerate(moves) if not moved]

    def at_rest(self, values: Mapping[str, W], algebra: Algebra[V]) -> list[V | W | None]:
        """The values of what is constant, each at its place; to be given to the other method."""
        places: list[V | W | None] = [None] * len(self._nodes)
        self._evaluate(self._still, places, values, algebra)
        return places

    def __call__(
        self, values: Mapping[str, W], algebra: Algebra[V], at_rest: Sequence[V | W | None]
    ) -> V | W:
        """The value of the expression with these values of its variables."""
        places = list(at_rest)
        self._evaluate(self._moving, places, values, algebra)
        result = places[-1]
        assert result is not None
        return result

    def _evaluate(
        self,
        indices: list[int],
        places: list[V | W | None],
        values: Mapping[str, W],
        algebra: Algebra[V],
    ) -> None:
        for index in indices:
            operation, operands, content = self._nodes[index]
            if operation == "variable":
                places[index] = values[str(content)]
            elif content is not None:
                places[index] = algebra[operation](content)
            else:
                places[index] = algebra[operation](*[places[i] for i in operands])
