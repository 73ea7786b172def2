"""`grad`: the three methods side by side at a point."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from diffcalc.cli.certificate import certifier
from diffcalc.cli.expressions import each, gradient_in, names_in
from diffcalc.cli.options import (
    AT,
    CERTIFICATE,
    DECIMAL,
    DELIMITER,
    DIGITS,
    ENCODING,
    EVERY,
    FACTOR,
    GRADIENT,
    KIND,
    LET,
    ORDER,
    OUTPUT,
    POINTS,
    RETAIN,
    SEQUENCES,
    START,
    STRICT,
    TIMEOUTS,
    WORDS,
    WRT,
    count,
    format_of,
    of_rows,
    options,
    refuse_format,
)
from diffcalc.cli.shared import check_steps, given, quick_imports, refuse, say, say_why
from diffcalc.cli.status import ExitStatus, status_of
from diffcalc.cli.words import DerivativeCommand

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain
    from diffcalc.comparison.compare import Comparison
    from diffcalc.language.point import Values
    from diffcalc.render import Renderer

_OF_ONE_POINT = (
    "order", "gradient", "digits", "retain", "sequences", "kind", "start", "factor", "count",
    "certificate",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is done with an expression, and how it is shown."""

    output: "Renderer"
    wrt: list[str]
    order: int
    gradient: str | None
    digits: int | None
    lets: Sequence[str]
    retain: list[str]
    steps: Mapping[str, Any]
    every: bool
    strict: bool
    certify: "Callable[[Comparison, Values | None], None]"

    def differentiate(self, chain: "Chain", point: "dict[str, Values]") -> ExitStatus:
        """The three methods at a point."""
        with quick_imports():
            from diffcalc.comparison.chain_rule import links
            from diffcalc.comparison.compare import compare
            from diffcalc.comparison.partial_derivatives import StepSizes
            from diffcalc.numerical import definition

        seed = gradient_in(self.gradient)
        result = compare(
            chain.whole,
            point,
            wrt=self.wrt,
            gradient=seed,
            steps=StepSizes(**self.steps),
            digits=self.digits or definition.DIGITS,
            order=self.order,
            every=self.every,
        )
        found = None
        # Only the first derivative has them: higher ones have a longer rule (Faà di Bruno's).
        if (self.lets or self.retain) and self.order == 1:
            found = links(chain, point, gradient=seed, wrt=self.wrt, retain=self.retain)
        self.output.comparison(result, found)
        if not self.output.reasons:
            say_why(result.elements, result.joint, every=self.every)
        self.certify(result, seed)
        return status_of(result.verdict.severity(strict=self.strict))

    def write_formulas(self, chain: "Chain", _: "dict[str, Values]") -> ExitStatus:
        """The derivatives as formulas."""
        with quick_imports():
            from diffcalc.comparison.gradient import formulas

        seed = gradient_in(self.gradient)
        result = formulas(chain.whole, wrt=self.wrt, seed=seed, order=self.order)
        self.output.gradient(result, chain if self.lets else None)
        if not self.output.reasons:
            say(result.note, result.hint)
        return ExitStatus.OK


@click.command(cls=DerivativeCommand)
@options(WORDS, AT, WRT, ORDER, GRADIENT, format_of("results", later=True), OUTPUT, DIGITS)
@options(LET, RETAIN, CERTIFICATE)
@options(SEQUENCES, KIND, START, FACTOR, count(5))
@options(POINTS, of_rows(hidden=True), ENCODING, DELIMITER, DECIMAL)
@options(EVERY, STRICT, TIMEOUTS)
def grad(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    lets: tuple[str, ...],
    style: str,
    strict: bool,
    timeout: float,
    points: str | None,
    keep: bool,
    encoding: str,
    delimiter: str,
    decimal: str | None,
    methods: bool,
    written: str | None = None,
    **asked: Any,
) -> ExitStatus:
    """Differentiate EXPR at a point, three ways, and compare.

    Without a point, the derivatives are formulas, by the rules alone. With --let, the chain rule
    through the named parts is shown too.

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
    """
    if points is not None:
        from diffcalc.cli.grad_points import PointsOptions, differentiate_points
        from diffcalc.tables.opening import Written

        refuse("--points", *_OF_ONE_POINT)
        style = style if "style" in given("style") else ""
        output = None if written == "-" else written
        read_as = Written(encoding, delimiter, decimal or "")
        table = PointsOptions(points, read_as, output, style, keep, methods, strict, timeout)
        return differentiate_points(words, at, wrt, lets, table)
    for name in given("keep", "methods", "encoding", "delimiter", "decimal"):
        raise click.UsageError(f"--{name} goes with --points")
    return _of_one_point(words, at, wrt, lets, style, strict, timeout, **asked)


def _of_one_point(
    words: tuple[str, ...],
    at: tuple[str, ...],
    wrt: str,
    lets: tuple[str, ...],
    style: str,
    strict: bool,
    timeout: float,
    *,
    order: int,
    gradient: str | None,
    digits: int | None,
    retain: tuple[str, ...],
    certificate: str | None,
    sequences: Any,
    every: bool,
    **steps: Any,
) -> ExitStatus:
    refuse_format("results", style)
    check_steps(**steps)
    certify = certifier(certificate, words, order, digits)
    with quick_imports():
        from diffcalc.comparison.chain_rule import let_name, read_chain
        from diffcalc.language.point import is_assignment
        from diffcalc.render import Options, renderer

    shown = Options(sequences=sequences, digits=digits, every=every)
    output = renderer(style, sys.stdout, shown)
    job = _Job(
        output=output,
        wrt=names_in(wrt),
        order=order,
        gradient=gradient,
        digits=digits,
        lets=lets,
        retain=names_in(",".join(retain)),
        steps=steps,
        every=every,
        strict=strict,
        certify=certify,
    )
    declared = ",".join([wrt, *map(let_name, lets)])
    # Where some values are given, one that is missing was forgotten.
    some = at or certificate or any(map(is_assignment, words))
    work = job.differentiate if some else job.write_formulas
    return each(words, at, declared, timeout, work, partial(read_chain, lets=lets))
