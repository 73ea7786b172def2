"""Shapes of variables that have no value: of matrices by a capital letter, else of vectors.

What stands in an array that is written out, as x in [x, 2*x], is a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import sympy

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import V
from diffcalc.language.array_operations import Size
from diffcalc.language.expression import Expression
from diffcalc.language.shapes import moves
from diffcalc.symbolic.arrays.shaped import SymbolicShape

_NAMES = ("n", "m", "k", "N", "M", "K")
# What fits with both of these, and what its indices need, fits with any size.
_TRIED = (5, 7)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shapes of all variables; `note` says in words what was assumed, empty if nothing was.

    `rank` is that of the expression's value: 0 for a number.
    """

    shapes: Mapping[str, SymbolicShape]
    note: str
    rank: int


def sizes_of(expression: Expression, known: Mapping[str, tuple[int, ...]]) -> Sizes:
    """The shapes of variables, of which some are known.

    Without one, a name with a capital letter is an n×n matrix, any other a vector of n. Beside
    arrays of known shapes n is the first of their sizes that fits, else a SymPy symbol. Raises
    `PointError` where nothing fits.
    """
    missing = [name for name in expression.variables if name not in known]
    shapes = {name: known[name] for name in expression.variables if name in known}
    if not missing:
        return Sizes(shapes, "", len(moves(expression, shapes)[-1].shape))
    given = sorted({size for shape in shapes.values() for size in shape})
    tried = given or [size + reach(expression) for size in _TRIED]

    def assumed(size: V) -> dict[str, tuple[V, ...]]:
        return {
            name: () if name in expression.entries else _of_letter(name, size) for name in missing
        }

    ranks = {size: _rank(expression, {**shapes, **assumed(size)}) for size in tried}
    fitting = [size for size, rank in ranks.items() if rank is not None]
    free = next(name for name in (*_NAMES, "size") if name not in expression.variables)
    n: Size = sympy.Symbol(free, integer=True, positive=True)
    if not fitting or (not given and len(fitting) < len(tried)):
        raise PointError(
            f"{expression} does not fit where {_words(assumed(n), n)}", hint="give values with --at"
        )
    if given:
        n = fitting[0]
    note = f"no values: {_words(assumed(n), n)}; --at gives others"
    return Sizes({**shapes, **assumed(n)}, note, ranks[fitting[0]] or 0)


def reach(expression: Expression) -> int:
    """How many elements the indices need at most, those of parts of parts added up."""
    found: list[int] = []
    for node in expression.nodes:
        numbers = [expression.nodes[i].content for i in node.operands[1:]]
        own = sum(abs(int(n)) for n in numbers if isinstance(n, Fraction)) + 1
        below = max((found[i] for i in node.operands), default=0)
        found.append(below + own * (node.operation in ("element", "part")))
    return found[-1]


def _of_letter(name: str, n: V) -> tuple[V, ...]:
    return (n, n) if name[0].isupper() else (n,)


def _rank(expression: Expression, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """The rank of the value, None where the shapes do not fit."""
    try:
        return len(moves(expression, shapes)[-1].shape)
    except PointError:
        return None


def _words(shapes: Mapping[str, SymbolicShape], n: Size) -> str:
    """A is an n×n matrix, x, y are vectors of n, s is a number."""
    kinds = {
        2: (f"a{'' if isinstance(n, int) else 'n'} {n}×{n} matrix", f"{n}×{n} matrices"),
        1: (f"a vector of {n}", f"vectors of {n}"),
        0: ("a number", "numbers"),
    }
    found = []
    for rank, (one, several) in kinds.items():
        names = [name for name, shape in shapes.items() if len(shape) == rank]
        if names:
            said = f"are {several}" if len(names) > 1 else f"is {one}"
            found.append(f"{', '.join(names)} {said}")
    return ", ".join(found)
