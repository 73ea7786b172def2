"""The gradient as formulas: what the rules alone say, where no values are given."""

from collections.abc import Sequence
from dataclasses import dataclass

from diffcalc.base.errors import LimitError, PointError
from diffcalc.comparison.partial_derivatives import Partial
from diffcalc.language.examples import example
from diffcalc.language.expression import Expression
from diffcalc.language.point import Values, check_wrt
from diffcalc.symbolic import differentiate_again, too_long


@dataclass(frozen=True)
class Gradient:
    """The derivatives by the rules: partial ones without elements, as there is no point.

    `rank` is that of the expression's value, 0 for a number, `note` what was assumed of the
    variables' shapes, empty where nothing was, and `hint` what to add to have the three methods
    compared.
    """

    expression: Expression
    partials: tuple[Partial, ...]
    rank: int
    note: str
    hint: str


def formulas(
    expression: Expression,
    *,
    wrt: Sequence[str] = (),
    seed: Values | None = None,
    order: int = 1,
) -> Gradient:
    """Differentiates `expression` by the rules; arguments as of `comparison.compare`.

    Raises `PointError` where `wrt` does not fit the expression, or no shapes do, and `LimitError`
    where it is too long for the rules.
    """
    check_wrt(expression, wrt)
    names = tuple(dict.fromkeys(wrt)) or expression.variables
    hint = (
        f"add {example([expression], {}, seed.shape if seed else ())} to compare the three methods"
    )
    problem = too_long(expression, names, order)
    if problem:
        raise LimitError(problem, hint=hint)
    shapes, note, rank = {}, "", 0
    if not expression.elementwise:
        # Half of the rules' package, and most formulas are elementwise.
        from diffcalc.symbolic.arrays.assumed_shapes import sizes_of

        try:
            found = sizes_of(expression, {})
        except PointError as error:
            raise PointError(error.message, hint=hint) from None
        shapes, note, rank = dict(found.shapes), found.note, found.rank
    partials = []
    for name in names:
        again = (name,) * order
        formula = differentiate_again(expression, again, shapes, seeded=seed is not None)
        partials.append(Partial(again, tuple(formula), (), seed))
    return Gradient(expression, tuple(partials), rank, note, hint)
