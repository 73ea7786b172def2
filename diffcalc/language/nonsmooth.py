"""Where an operation is nonsmooth: not smooth, or at the end of its domain.

A formula is composed of elementary operations, so it can fail to be smooth only where one of them
is nonsmooth. Where that is, is said by a *switching function* of the operands u, v that is 0 there,
or for a *lattice* an integer: abs(u) where u is 0, tan(u) where u/pi - 1/2 is an integer. They
are written as formulas, so they are replayed as every `Expression` is: with float64 arrays, and
with mpmath numbers. Each operation's row has them, as its `border`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial, reduce

import numpy as np

from diffcalc.base.types import BoolArray, MpNumbers
from diffcalc.language.algebras import exact
from diffcalc.language.array_operations import ARRAYS, OPERATIONS
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import Row


@dataclass(frozen=True)
class SwitchingFunction:
    """A formula in the operands u, v that is 0 (a `lattice`: an integer) where the operation is
    nonsmooth.
    """

    text: str
    lattice: bool = False

    @cached_property
    def function(self) -> Expression:
        """The formula, read."""
        return read(self.text)

    def operands(self, operands: tuple[int, ...]) -> dict[str, int]:
        """Which of an operation's operands are this formula's u and v."""
        both = dict(zip("uv", operands, strict=False))
        return {name: both[name] for name in self.function.variables}

    def holds(self, **operands: MpNumbers) -> BoolArray:
        """Where the operation is nonsmooth, elementwise, for operands that are mpmath numbers."""
        value = np.asarray(self.function(exact(), **operands), dtype=object)
        there: BoolArray = value == (exact()["floor"](value) if self.lattice else 0)
        return there


def _switching(row: Row, axis: int | None = None) -> tuple[SwitchingFunction, ...]:
    """Those of a row, along an axis perhaps."""
    along = "" if axis is None else f", axis={axis}"
    kept = along and f"{along}, keepdims=True"
    text = (row.border or "").format(axis=along, kept=kept)
    return tuple(SwitchingFunction(one, row.lattice) for one in text.split("; ") if one)


NONSMOOTH: Mapping[str, tuple[SwitchingFunction, ...]] = {
    name: _switching(row) for name, row in OPERATIONS.items() if row.border
}

# A power whose exponent is constant is smooth where that is 0, 1, 2, …
_FIXED_POWER = (SwitchingFunction("where(v == max(floor(v), 0), 1, u)"),)


def switching_functions(
    expression: Expression, *names: str
) -> Iterator[tuple[int, SwitchingFunction]]:
    """Where `expression` may not be smooth in these variables: (node, its switching function).

    A switching function that does not move with one of them isolates no point and is left out.
    """
    depends = expression.depending_on(*names)
    for index, node in enumerate(expression.nodes):
        found = NONSMOOTH.get(node.operation, ())
        if node.operation == "pow" and not depends[node.operands[1]]:
            exponent = expression.nodes[node.operands[1]].content
            natural = isinstance(exponent, Fraction) and exponent.denominator == 1 and exponent >= 0
            found = () if natural else _FIXED_POWER
        elif found and node.operation in ARRAYS and len(node.operands) > 1:
            axis = expression.nodes[node.operands[1]].content
            assert isinstance(axis, Fraction)
            found = _switching(ARRAYS[node.operation], int(axis))
        for switching in found:
            if any(depends[operand] for operand in switching.operands(node.operands).values()):
                yield index, switching


def nonsmooth_operations(
    expression: Expression, names: Iterable[str], values: Mapping[str, MpNumbers]
) -> list[int]:
    """The nodes that have a value but are nonsmooth in these variables at the mpmath `values`."""
    import mpmath

    met = expression.replay(values, exact())
    found = []
    for index, switching in switching_functions(expression, *names):
        operands = switching.operands(expression.nodes[index].operands)
        holds = switching.holds(**{letter: met[i] for letter, i in operands.items()})
        defined = ~np.vectorize(mpmath.isnan, otypes=[bool])(met[index])
        if np.any(holds & defined):
            found.append(index)
    return list(dict.fromkeys(found))


def margin(expression: Expression, names: Sequence[str]) -> Expression | None:
    """An expression that is 0, or not a number, where an operation is nonsmooth in these variables.

    None where no operation ever is. The poles of tan and its kin are left out, as no float64 is
    exactly there.
    """
    builder = Builder()
    place: list[int] = []
    for node in expression.nodes:
        operands = [place[i] for i in node.operands]
        place.append(builder.add(node.operation, *operands, content=node.content))
    distances = []
    for index, switching in dict.fromkeys(switching_functions(expression, *names)):
        if "pi" in switching.text:
            continue
        letters = switching.operands(expression.nodes[index].operands)
        value = builder.splice(switching.function, {n: place[i] for n, i in letters.items()})
        if switching.lattice:
            value = builder.add("sub", value, builder.add("floor", value))
        distances.append(builder.add("abs", value))
    if not distances:
        return None
    return builder.finish(reduce(partial(builder.add, "min"), distances), expression.text)
