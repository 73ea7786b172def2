"""`steps`: how an expression is differentiated, rule by rule."""

import sys
from typing import TYPE_CHECKING

import click

from diffcalc.base.errors import PointError
from diffcalc.cli.expressions import each, names_in
from diffcalc.cli.options import (
    AT,
    DETAIL,
    FROM_DEFINITION,
    NAMED,
    ORDER,
    OUTPUT,
    TIMEOUTS,
    WORDS,
    WRT,
    format_of,
    options,
)
from diffcalc.cli.shared import quick_imports
from diffcalc.cli.status import ExitStatus
from diffcalc.cli.words import DerivativeCommand

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values
    from diffcalc.render.renderer import Level


@click.command(cls=DerivativeCommand)
@options(WORDS, AT, NAMED, WRT, ORDER, DETAIL, FROM_DEFINITION)
@options(format_of("derivations"), OUTPUT, TIMEOUTS)
def steps(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    detail: "Level",
    defined: bool,
    style: str,
    timeout: float,
) -> ExitStatus:
    """Show how EXPR is differentiated, rule by rule.

    Each step has its rule and what the rule says; the lines at the end collect and simplify.

    A value makes a longer word a variable: `steps "rate*x" rate=1 --wrt x`. With vectors and
    matrices, values say how large they are; without, A is an n×n matrix and x a vector of n.

    \b
    Examples:
      diffcalc steps "3*x**2 - 4*x"
      diffcalc steps "x.T @ A @ x" --wrt x
      diffcalc steps "sum((A @ x - y)**2)" --wrt x
      diffcalc steps "x**2*y/(x**4 + y**2)" --wrt y
      diffcalc steps "exp(-x^2/2)" --detail rules --format plain
      diffcalc steps "x*log(x)" --format latex
      diffcalc steps "x^2 + sin(x)" --from-definition
      diffcalc steps "x*exp(-x)" --order 2
      diffcalc steps "f(x)/g(x)"
    """
    if defined and order > 1:
        raise click.UsageError("--from-definition is for the first derivative")
    with quick_imports():
        from diffcalc.render import Options, StepsRenderer, writer
        from diffcalc.symbolic import differentiate_again
        from diffcalc.symbolic.arrays.assumed_shapes import sizes_of
        from diffcalc.symbolic.steps.proofs import prove
        from diffcalc.symbolic.steps.working import working

    def derive(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        if expression.of_any and (defined or not expression.elementwise):
            problem = f"{expression} has any functions in it: only the rules for numbers apply"
            raise PointError(problem)
        names = _names(expression, point, wrt)
        shapes, note, seeded = {}, "", False
        if not expression.elementwise:
            sizes = sizes_of(expression, {name: value.shape for name, value in point.items()})
            shapes, note, seeded = dict(sizes.shapes), sizes.note, sizes.rank > 0
        found = [
            derivation
            for name in names
            for derivation in differentiate_again(expression, [name] * order, shapes, seeded)
        ]
        if defined:
            for proof in [prove(expression, derivation) for derivation in found]:
                output.proof(expression, proof)
            return ExitStatus.OK
        output.derivations(expression, [working(expression, one) for one in found], note)
        return ExitStatus.OK

    output: StepsRenderer = writer("derivations", style)(sys.stdout, Options(level=detail))
    return each(words, at, wrt, timeout, derive, any_function=True)


def _names(expression: "Expression", point: "dict[str, Values]", wrt: str) -> list[str]:
    """The variables to differentiate in: as asked, or those without a value, or all."""
    names = names_in(wrt) or [v for v in expression.variables if v not in point]
    names = names or list(expression.variables)
    if not names:
        raise PointError(f"{expression} has no variable", hint="name one with --wrt")
    return names
