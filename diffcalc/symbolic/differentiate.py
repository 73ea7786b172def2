"""Derivatives by rules: of elementwise formulas by those of school, of arrays by differentials.

Elementwise formulas have the rules of school (`elementwise.py`); where vectors and matrices are
added up, multiplied or reduced, differentials give the gradient (`arrays/gradient.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from diffcalc.base.errors import LimitError, PointError, ReadError
from diffcalc.base.numbers import Formula
from diffcalc.language.expression import Expression
from diffcalc.symbolic.derivation import Derivation
from diffcalc.symbolic.elementwise import elementwise, untidied
from diffcalc.symbolic.length import too_long

if TYPE_CHECKING:
    from diffcalc.symbolic.arrays.shaped import SymbolicShape

_SEEDS = ("v", "w", "u", "g")


def differentiate(
    expression: Expression,
    variable: str,
    shapes: "Mapping[str, SymbolicShape] | None" = None,
    seeded: bool = False,
    *,
    whole: bool = False,
    careful: bool = False,
) -> Derivation:
    """The derivative of `expression` in `variable`.

    Elementwise, it is one formula for every element; `shapes` and `seeded` do not matter. Else, or
    asked for as a `whole`, it is the gradient of the sum of the result's elements, of variables
    with these shapes; `seeded`, each element is first multiplied by that of an external gradient
    (see `Derivation`). A whole formula that is `careful` also holds where a shorter one has no
    value: where a factor of a product is 0.
    Raises `PointError` for the diagonal of a matrix that is not square.
    """
    if whole:
        return _gradient(expression, variable, shapes or {}, seeded, None, careful)
    return differentiate_again(expression, [variable], shapes, seeded)[0]


def differentiate_again(
    expression: Expression,
    variables: Sequence[str],
    shapes: "Mapping[str, SymbolicShape] | None" = None,
    seeded: bool = False,
) -> list[Derivation]:
    """The derivatives in one variable after the other, each of the formula before.

    Of an expression that is not elementwise, each after an array's is seeded, in the shape of that
    array. The list ends early where a formula is no real number anywhere.
    Raises `PointError` for the diagonal of a matrix that is not square, and where a formula to be
    differentiated again has in it a size that is not known; `LimitError` where it is too long.
    """
    _refuse_long(expression, variables)
    found: list[Derivation] = []
    known = dict(shapes or {})
    known |= {str(n): () for shape in known.values() for n in shape if not isinstance(n, int)}
    current: Expression | None = expression
    for variable in variables:
        if current is None:
            break
        if expression.elementwise:
            found.append(elementwise(current, variable))
        else:
            before = known.get(found[-1].variable, ()) if found else None
            found.append(_gradient(current, variable, known, bool(before) or seeded, before))
            known |= {seed: found[-1].seed_shape for seed in [found[-1].seed] if seed}
        if len(found) < len(variables):
            current = _program(found[-1])
    return found


def rough_derivative(expression: Expression, variable: str) -> Formula:
    """The derivative of an elementwise expression, not tidied: to be computed with, not read.

    Raises `LimitError` as `differentiate` does.
    """
    _refuse_long(expression, [variable])
    return untidied(expression, variable)


def _refuse_long(expression: Expression, variables: Sequence[str]) -> None:
    problem = too_long(expression, variables[:1], len(variables))
    if problem:
        raise LimitError(problem)


def _program(derivation: Derivation) -> Expression | None:
    """The formula, to be differentiated again. A size that is not known is a number in it."""
    try:
        return derivation.program
    except ReadError:
        raise PointError(
            f"{derivation.text} has an unknown size in it", hint="give values with --at"
        ) from None


def _gradient(
    expression: Expression,
    variable: str,
    shapes: "Mapping[str, SymbolicShape]",
    seeded: bool,
    seed_shape: "SymbolicShape | None",
    careful: bool = False,
) -> Derivation:
    # Half of this package, and most formulas are elementwise.
    from diffcalc.symbolic.arrays.formulas import formula_of
    from diffcalc.symbolic.arrays.gradient import GradientQuestion

    mine = tuple((n, s) for n, s in shapes.items() if n in (*expression.variables, variable))
    seed = _free(shapes.keys() | {*expression.variables, variable}) if seeded else None
    return formula_of(GradientQuestion(expression, variable, mine, seed, seed_shape, careful))


def _free(taken: Iterable[str]) -> str:
    names = [*_SEEDS, *(f"v{number}" for number in range(1, len(set(taken)) + 2))]
    return next(name for name in names if name not in taken)
