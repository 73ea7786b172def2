"""`grad`, `limit` and `steps`: the methods, together and alone."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from diffcalc.base.errors import ExitStatus, PointError
from diffcalc.cli.expressions import each, gradient_in, names_in
from diffcalc.cli.options import (
    AT,
    DIGITS,
    ENCODING,
    FACTOR,
    FORMAT,
    FROM_DEFINITION,
    GRADIENT,
    KEEP,
    KIND,
    LET,
    LEVEL,
    METHODS,
    ORDER,
    OUTPUT,
    POINTS,
    RETAIN,
    SEQUENCES,
    START,
    STEPS_FORMAT,
    STRICT,
    TIMEOUT,
    WORDS,
    WRT,
    count,
    options,
)
from diffcalc.cli.shared import check_steps, given, quick_imports, refuse, say, say_why
from diffcalc.cli.words import ExpressionCommand

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values
    from diffcalc.render.wording import Level

_OF_ONE_POINT = (
    "order", "gradient", "digits", "retain", "sequences", "kind", "start", "factor", "count",
)  # fmt: skip


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, WRT, ORDER, GRADIENT, FORMAT, DIGITS)
@options(LET, RETAIN)
@options(SEQUENCES, KIND, START, FACTOR, count(8))
@options(POINTS, OUTPUT, KEEP, ENCODING, METHODS)
@options(STRICT, TIMEOUT)
def grad(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    gradient: str | None,
    style: str,
    digits: int | None,
    lets: tuple[str, ...],
    retain: tuple[str, ...],
    sequences: Any,
    points: str | None,
    target: str | None,
    keep: bool,
    encoding: str,
    methods: bool,
    strict: bool,
    timeout: float,
    **steps: Any,
) -> ExitStatus:
    """Differentiate EXPR at a point, three ways, and compare.

    Without a point, the derivatives are formulas, by the rules alone.

    EXPR is a formula, the name of a function (see `diffcalc functions`), @FILE for the formula in
    a file, or - to read formulas from standard input, one a line. --at @FILE has the values.

    \b
    Examples:
      diffcalc grad "3*a**3 - b**2" --at a=2,3 b=6,4
      diffcalc grad "a*b" a=4 b=3
      diffcalc grad "-x^2 sin(x)" --x pi/3
      diffcalc grad "x^2*y/(x^4+y^2)" x=1 y=2 --wrt x --format value
      diffcalc grad "x*exp(-x)" --x 2 --order 3
      diffcalc grad "x @ A @ x" --at A=[[1,2],[3,4]] x=5,6
      diffcalc grad "sum(c)" --let b=a+1 --let "c=b*b" --at a=1,1,1
      diffcalc grad @loss.txt --at @values.txt --format value
      diffcalc grad "abs(x)" --x 0 || echo "no derivative there"
      diffcalc grad - --x 2 --format json < formulas.txt | jq .verdict
      diffcalc grad "a*b" --points points.csv --output grads.csv
    """
    if points is not None:
        from diffcalc.cli.grad_points import PointsOptions, differentiate_points

        refuse("--points", *_OF_ONE_POINT)
        style = style if "style" in given("style") else ""
        asked = PointsOptions(
            points,
            encoding,
            None if target == "-" else target,
            style,
            keep,
            methods,
            strict,
            timeout,
        )
        return differentiate_points(words, at, wrt, lets, asked)
    if given("target", "keep", "methods"):
        raise click.UsageError("--output, --keep and --methods go with --points")
    if given("encoding"):
        raise click.UsageError("--encoding goes with --points")
    check_steps(**steps)
    with quick_imports():
        from diffcalc.comparison.chain_rule import let_name, links, read_chain
        from diffcalc.comparison.compare import compare
        from diffcalc.comparison.gradient import formulas
        from diffcalc.comparison.partial_derivatives import Steps
        from diffcalc.language.point import is_assignment
        from diffcalc.numerical import definition
        from diffcalc.render import Options, renderer

    def differentiate(chain: "Chain", point: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        result = compare(
            chain.whole,
            point,
            wrt=names_in(wrt),
            gradient=seed,
            steps=Steps(**steps),
            digits=digits or definition.DIGITS,
            order=order,
        )
        # Of the first derivative: higher ones have a longer rule (Faà di Bruno's).
        shown = bool(lets or retain) and order == 1
        settings: dict[str, Any] = {"wrt": names_in(wrt), "retain": names_in(",".join(retain))}
        found = links(chain, point, gradient=seed, **settings) if shown else None
        output.comparison(result, found)
        if style == "value":
            say_why(result.elements, result.joint)
        return result.verdict.exit_status(strict=strict)

    def write_formulas(chain: "Chain", _: "dict[str, Values]") -> ExitStatus:
        seed = gradient_in(gradient)
        result = formulas(chain.whole, wrt=names_in(wrt), seed=seed, order=order)
        output.gradient(result, chain if lets else None)
        if style == "value":
            say(result.note, result.hint)
        return ExitStatus.OK

    output = renderer(style, sys.stdout, Options(sequences=sequences, digits=digits))
    declared = ",".join([wrt, *map(let_name, lets)])
    # Where some values are given, one that is missing was forgotten.
    some = at or any(map(is_assignment, words))
    work = differentiate if some else write_formulas
    return each(words, at, declared, timeout, work, partial(read_chain, lets=lets))


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, WRT, ORDER, FORMAT, DIGITS, KIND, START, FACTOR, count(5))
@click.option("--richardson", is_flag=True, help="Show the extrapolated value of each row too.")
@options(TIMEOUT)
def limit(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    style: str,
    digits: int | None,
    richardson: bool,
    timeout: float,
    **steps: Any,
) -> ExitStatus:
    """Show the difference quotient of EXPR as h shrinks, and the limit it approaches.

    The limit is found by Richardson extrapolation, with an error estimate; whether there is one is
    decided from both sides in high precision.

    \b
    Examples:
      diffcalc limit f --x 1                     # f is the lecture's 3*x**2 - 4*x
      diffcalc limit f --x 1 --format plain
      diffcalc limit "exp(x)" --x 0 --kind central --richardson
      diffcalc limit "sin(x)" --x 1 --count 15   # see round-off take over
      diffcalc limit "sin(x)" --x 1 --digits 30  # the same without it
      diffcalc limit "sin(x)" --x 1 --order 2
    """
    check_steps(**steps)
    with quick_imports():
        from diffcalc.comparison.compare import quotients
        from diffcalc.comparison.partial_derivatives import Steps
        from diffcalc.render import Options, renderer

    def converge(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        found = quotients(
            expression, point, wrt=names_in(wrt), steps=Steps(**steps), digits=digits, order=order
        )
        output.quotients(expression, point, found)
        if style == "value":
            say_why(found)
        return max(q.judgement.verdict.exit_status() for q in found)

    output = renderer(style, sys.stdout, Options(richardson=richardson, digits=digits))
    return each(words, at, wrt, timeout, converge)


@click.command(cls=ExpressionCommand)
@options(WORDS, AT, WRT, ORDER, LEVEL, FROM_DEFINITION, STEPS_FORMAT, TIMEOUT)
def steps(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    order: int,
    level: "Level",
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
      diffcalc steps "exp(-x^2/2)" --level rules --format plain
      diffcalc steps "x*log(x)" --format latex
      diffcalc steps "x^2 + sin(x)" --from-definition
      diffcalc steps "x*exp(-x)" --order 2
    """
    if defined and order > 1:
        raise click.UsageError("--from-definition is for the first derivative")
    with quick_imports():
        from diffcalc.render import Options, steps_renderer
        from diffcalc.symbolic import differentiate_again
        from diffcalc.symbolic.arrays.assumed_shapes import sizes_of
        from diffcalc.symbolic.steps.proofs import prove
        from diffcalc.symbolic.steps.working import working

    def derive(expression: "Expression", point: "dict[str, Values]") -> ExitStatus:
        names = names_in(wrt) or [v for v in expression.variables if v not in point]
        names = names or list(expression.variables)
        if not names:
            raise PointError(f"{expression} has no variable", hint="name one with --wrt")
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

    output = steps_renderer(style, sys.stdout, Options(level=level))
    return each(words, at, wrt, timeout, derive)
