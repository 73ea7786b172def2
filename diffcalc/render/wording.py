"""The words and numbers that several output formats share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import mpmath
import numpy as np
from numpy.typing import ArrayLike

from diffcalc.base.decimals import decimal
from diffcalc.base.numbers import Real
from diffcalc.comparison.verdict import Verdict
from diffcalc.language.expression import Expression, function_name
from diffcalc.numerical.definition import DIGITS, Side
from diffcalc.numerical.quotients import Difference, stencil
from diffcalc.render.reasons import side

if TYPE_CHECKING:
    from diffcalc.comparison.chain_rule import Chain, Kept, Links
    from diffcalc.comparison.compare import Comparison
    from diffcalc.comparison.implicit import Slope
    from diffcalc.comparison.matrices import Matrix
    from diffcalc.comparison.partial_derivatives import Element, Partial, Quotients
    from diffcalc.comparison.scan import Feature, Scan
    from diffcalc.render.renderer import Level, Options
    from diffcalc.symbolic import Step
    from diffcalc.symbolic.steps.lemmas import Equalities, ProofLine
    from diffcalc.symbolic.steps.proofs import Proof
    from diffcalc.symbolic.steps.working import Working
    from diffcalc.truth.zero import Place


MOST_NAMES = 40
"""How many names a line may hold; of more it shows the first."""
# Enough to see which they are, and short beside the limit above.
_FIRST = 12


def exact_text(element: Quotients, digits: int) -> str:
    """The true derivative to this many digits, `nan` where there is none."""
    return decimal(element.truth.derivative, digits, strip_zeros=False)


def limit_text(element: Quotients, digits: int = 17) -> str:
    """The numerical limit with its error estimate, or what the two sides give where it has none."""
    limit = element.convergence.limit
    if not math.isnan(limit.value):
        return f"{short(limit.value, digits)} ± {error_text(limit.error)}"
    if math.isnan(limit.left) and math.isnan(limit.right):
        return "none"
    return f"{one_side(limit.left)} | {one_side(limit.right)}"


def error_text(error: Real) -> str:
    """An error estimate in one digit: 3e-15, or 0 where values are exact."""
    return f"{error:.0e}" if error else "0"


def one_side(value: Real) -> str:
    """A one-sided numerical limit in few digits."""
    return "none" if math.isnan(value) else short(value, 6)


def typed(element: Quotients) -> str:
    """The values an element is at, as they were typed."""
    return ", ".join(place.typed for place in element.distinct)


def place_text(element: Quotients) -> str:
    """Where an element is: `x = 1`; for a mixed derivative `x = 1, y = 2`."""
    return ", ".join(
        f"{place.name} = {place.typed}" if place.typed else place.name for place in element.distinct
    )


def differential(name: str, variables: Sequence[str], several: bool) -> str:
    """The derivative as it is written: df/dx, d²f/dx², or ∂²f/∂y∂x for first x, then y.

    Without variables it is that along a direction v.
    """
    if not variables:
        return f"∂{name}/∂v"
    sign = "∂" if several else "d"
    power = "" if len(variables) == 1 else str(len(variables)).translate(_SUPERSCRIPT)
    if len(set(variables)) == 1:
        return f"{sign}{power}{name}/{sign}{variables[0]}{power}"
    below = "".join(f"{sign}{variable}" for variable in reversed(variables))
    return f"{sign}{power}{name}/{below}"


def function_text(name: str, expression: Expression, rank: int, partial: Partial) -> str:
    """What a formula is the derivative of: of an expression whose value is an array, its sum."""
    elementwise = expression.elementwise and partial.whole is None
    if "[" in name or elementwise or not rank:
        return name
    seed = partial.seed_name
    return f"sum({name})" if seed is None else f"sum({seed}*{name})"


def symbolic_text(element: Element, digits: int = 17) -> str:
    """What the rules give, or that they were skipped."""
    return "skipped" if element.symbolic is None else short(element.symbolic, digits)


def formula_text(partial: Partial) -> str:
    """The formula of a partial derivative, and the external gradient in it; or that it has none."""
    if partial.skipped:
        return "… (rules skipped)"
    if partial.seed_name is None or partial.seed is None:
        return partial.formula
    return f"{partial.formula}, {partial.seed_name} = {partial.seed}"


def formulas(result: Matrix) -> list[tuple[str, str, str]]:
    """The names, formulas and transposed formulas of the Jacobians of vectors that have them."""
    found = []
    for name, comparison in result.shown:
        for partial in comparison.partials:
            one = partial.derivation if partial.derivations else None
            if (
                one is not None
                and result.kind == "Jacobian"
                and one.jacobian is not None
                and one.matrix is not None
            ):
                heading = differential(name, partial.variables, len(result.columns) > 1)
                found.append((heading, one.jacobian, one.matrix))
    return found


def lets_text(lets: Chain) -> str:
    """The intermediate variables and what is made of them: b = a + 1, c = b*b; f = sum(c)."""
    texts = [f"{name} = {expression}" for name, expression in lets.lets.items()]
    return f"{', '.join(first(texts))}; {result_name(lets.whole, lets)} = {lets.outer}"


def slopes_text(links: Links, name: str) -> str:
    """The formulas of the chain rule's factors: df/dc = 1; dc/da = 2*a + 2."""
    return "; ".join(
        f"{differential(slope.above or name, [slope.below], False)} = {slope.text}"
        for slope in links.formulas
    )


def result_name(expression: Expression, lets: Chain | None = None) -> str:
    """What to call the function that is differentiated: f, unless something else is."""
    return function_name([*expression.variables, *(lets.lets if lets else ())])


def first(texts: Sequence[str], ending: str = "… {} more") -> list[str]:
    """These texts, or where they are many, the first of them and how many more there are."""
    if len(texts) <= MOST_NAMES:
        return list(texts)
    return [*texts[:_FIRST], ending.format(f"{len(texts) - _FIRST:,}")]


def kept_text(kept: Kept, digits: int = 17) -> str:
    """The gradient a tensor keeps, or that it keeps none, and why."""
    if kept.grad is not None:
        return nested(kept.grad, digits)
    return f"None ({kept.why})"


def retain_text(links: Links) -> str:
    """How the gradients that were not kept are kept; empty where there are none."""
    names = [kept.name for kept in links.tape if kept.name and kept.grad_fn and kept.grad is None]
    names = first(names, ending="…")
    return f"--retain {','.join(names)} keeps the gradient there too" if names else ""


def slope_name(result: Slope) -> str:
    """The derivative along a curve as it is written: dy/dx, ∂V/∂p where others are constant."""
    several = len(result.equation.variables) > 2
    return differential(result.dependent, [result.independent] * result.order, several)


def slope_rule(result: Slope) -> str:
    """What that derivative is made of."""
    x, y = result.independent, result.dependent
    if result.order == 1:
        return f"-F_{x}/F_{y}"
    return f"-(F_{x}{x} + 2*F_{x}{y}*{y}' + F_{y}{y}*{y}'**2)/F_{y}"


def slope_parts(result: Slope) -> list[tuple[str, str, float]]:
    """The derivatives of F: the name of each, its formula and its value."""
    return [
        (f"F_{partial.variables[0]}", partial.formula, derivative(partial.elements[0]))
        for partial in result.gradient.partials
    ]


def directions_text(partial: Partial) -> str | None:
    """Along what the numerical limit of very many elements was taken; None if along each."""
    if partial.many is None:
        return None
    places = [element.places[0] for element in partial.elements if element.places[0].direction]
    directions = ", ".join(f"v{place.direction}" for place in places)
    several = "s" * (len(places) > 1)
    count, moved = partial.many.count, len(places[0].among)
    part = f" of {moved:,} of them" if moved and moved < count else ""
    along = f"along {len(places)} random direction{several} {directions}{part}"
    return f"numerical limit {along} only, not in each"


def many_text(partial: Partial) -> str | None:
    """How many of very many elements agree, and how many do not; None if they are not so many."""
    many = partial.many
    if many is None:
        return None
    counts = Counter({Verdict.AGREE: many.agreeing})
    counts.update(e.judgement.verdict for e in partial.elements if not e.places[0].direction)
    unproved = f"{many.unproved:,} not proved, and so compared along directions only"
    return counted(counts, *[unproved] * bool(many.unproved), count=many.count)


def counted(counts: Counter[Verdict], *others: str, count: int = 0) -> str:
    """How many derivatives there are, and how many have which verdict."""
    count = count or counts.total()
    found = [f"{counts[v]:,} {v}" for v in Verdict if counts[v]]
    return f"{count:,} derivative{'s' * (count != 1)}: {', '.join([*found, *others])}"


def counts_text(element: Element) -> list[str]:
    """The correct digits of each method, a dash where it was skipped; none without a derivative."""
    found = element.judgement.digits
    methods = ("numerical", "symbolic", "autograd") if found else ()
    return [f"{found[method]:.0f}" if method in found else "-" for method in methods]


_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def quotient_text(name: str, variable: str, kind: Difference, order: int) -> str:
    """The difference quotient as it is written: (f(x + h) - f(x))/h."""
    power = "" if order == 1 else str(order).translate(_SUPERSCRIPT)
    places, width = stencil(kind, order)
    below = "h" if width == 1 else f"({width}*h)"
    if order > _LONGEST_QUOTIENT:
        return f"of the differences of order {order}, over {below}{power}"
    terms = []
    for offset, weight in places:
        step = "" if abs(offset) == 1 else f"{abs(offset)}*"
        at = f"{variable} {'+' if offset > 0 else '-'} {step}h" if offset else variable
        factor = "" if abs(weight) == 1 else f"{abs(weight)}*"
        terms.append(f"{' + ' if weight > 0 else ' - '}{factor}{name}({at})")
    return f"({''.join(terms).removeprefix(' + ')})/{below}{power}"


# From order four on the quotient has five terms and does not fit into a line: it is described.
_LONGEST_QUOTIENT = 3


def location_text(location: Place, digits: int = 10) -> str:
    """A place on the line: the constant it is, or its first digits."""
    if location.at is not None:
        return str(location.at)
    with mpmath.mp.workdps(DIGITS):
        return decimal(location(), digits)


def location_value(location: Place) -> float:
    """A place on the line, rounded to float64."""
    with mpmath.mp.workdps(DIGITS):
        return float(location())


def side_text(feature: Feature, found: Side) -> str:
    """One side of a point: the slope there, or where f has no value, what f tends to."""
    if feature.truth.defined or found.behaviour == "outside":
        return side(found)
    return f"f → {side(found)}"


def domain_text(result: Scan) -> str:
    """The pieces on which f is defined, one at least: [-3, 0) and (0, 3]."""
    open_ends = [feature.x for feature in result.features if not feature.truth.defined]
    shown = []
    for low, high in result.pieces:
        left, right = ("(" if low in open_ends else "["), (")" if high in open_ends else "]")
        shown.append(f"{left}{location_text(low)}, {location_text(high)}{right}")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def found_text(result: Scan) -> str:
    """How many points were found, in words."""
    if result.undefined:
        return "f has no real value in between, single points aside"
    count, missing = len(result.features), "where f is not differentiable"
    found = "" if result.complete else "found "
    if not count:
        return f"no point {found}{missing}"
    exactly = "exactly " if result.complete else ""
    return f"{exactly}{count} point{'s' * (count > 1)} {found}{missing}"


def smooth_text(result: Scan) -> str:
    """How many points turned out to be smooth, in words; empty where there is none."""
    if not result.smooth:
        return ""
    points = "1 more point" if result.smooth == 1 else f"{result.smooth} more points"
    return f"at {points} an operation has a corner or an edge of its own, but f is smooth"


def rule_text(step: Step, level: Level) -> str:
    """The rule a step applies, its inner functions, and at full length the rule's statement."""
    if level == "line":
        return ""
    statement = f": {step.rule.statement}" if level == "full" else ""
    where = f", {step.where}" if step.where else ""
    return f"{step.rule.name} rule{statement}{where}"


def closing_text(step: Step) -> str:
    """What is done at the end of a working, and the law that allows it."""
    return f"{step.rule.name}: {step.rule.statement}"


def shown_steps(found: Working, level: Level) -> Iterator[tuple[int, Step, list[str]]]:
    """The steps of a working with their depth, and what stands on the right, equal by equal."""
    if level == "line":
        yield 0, found.step, found.chain
        return
    root = found.compact if level == "rules" else found.step
    for depth, step in walk(root):
        if level == "rules":
            right = [step.after]
        elif step is root:
            right = [found.first]
        else:
            right = [step.applied, step.after] if step.applied else [step.after]
        yield depth, step, right


def shown_closing(found: Working, level: Level) -> Sequence[Step]:
    """The steps from what the rules give to the answer, where all is shown."""
    return found.closing if level == "full" else ()


def equation(step: Step, right: Sequence[str]) -> str:
    """What a step says: d/dx (3*x**2) = 3*2*x = 6*x."""
    return " = ".join([left_side(step), *right])


def chain_left(chain: Equalities, found: Proof) -> str:
    """What a chain of equations is about: d/dx (x**2), or a difference that is rewritten."""
    return f"d/d{found.derivation.variable} ({chain.left})" if chain.derivative else chain.left


def line_text(line: ProofLine, found: Proof) -> str:
    """A right side, below its limit if it has one: lim[h → 0] (2*x + h)."""
    if not line.limit:
        return line.text
    return f"lim[{found.step} → 0] {f'({line.text})' if is_sum(line.text) else line.text}"


def is_sum(text: str) -> bool:
    """Whether a formula is a sum of terms outside of all brackets."""
    depth = 0
    for before, character in pairwise(text):
        depth += (before in "([") - (before in ")]")
        if not depth and before == " " and character in "+-":
            return True
    return False


def reason_text(line: ProofLine) -> str:
    """Why a line is equal to the one before it."""
    return f"{line.reason}: {line.identity}" if line.identity else line.reason


def beside_matrix(result: Comparison) -> Comparison:
    """The part of `result` to list where a matrix has all of it: each derivative once.

    That leaves out what is 0 whatever the formula is; in the matrix it stands as 0.
    """
    kept = [[e for e in p.elements if not (e.idle or e.repeated)] for p in result.partials]
    pairs = zip(result.partials, kept, strict=True)
    return replace(result, partials=tuple(p._replace(elements=tuple(e)) for p, e in pairs if e))


def matrix_sequences(result: Matrix, options: Options) -> list[tuple[str, Element]]:
    """The entries whose h-sequence is shown, with their functions; mixed ones have none."""
    named = [(f, e) for f, c in result.compared for e in c.elements if e.convergence.rows]
    shown = {id(element) for element in shown_sequences([e for _, e in named], options)}
    return [(name, element) for name, element in named if id(element) in shown]


def shown_sequences(elements: Sequence[Element], options: Options) -> Sequence[Element]:
    """The elements whose h-sequence is shown: the first, or the first that needs explaining."""
    if options.sequences == "none":
        return []
    if options.sequences == "all":
        return elements
    doubtful = [e for e in elements if e.judgement.verdict is not Verdict.AGREE]
    return (doubtful or elements)[:1]


def derivative(element: Quotients) -> float:
    """The derivative as a float64: the reference rounded; nan where there is none."""
    # The sum turns the -0 of what underflows into 0.
    return float(element.truth.derivative) + 0.0


def walk(step: Step) -> Iterator[tuple[int, Step]]:
    """A step and all steps below it with their depth, from the top, without recursion."""
    stack = [(0, step)]
    while stack:
        at, current = stack.pop()
        yield at, current
        stack.extend((at + 1, below) for below in reversed(current.steps))


def left_side(step: Step) -> str:
    """What a step says something about: `d/dx (sin(x))`, or all of `d(A @ x)`."""
    return f"d/d{step.variable} ({step.before})" if step.variable else step.before


def nested(values: ArrayLike, digits: int = 17) -> str:
    """An array as text: 2, [2, 3], [[1, 2], [3, 4]]."""
    array = np.asarray(values)
    if array.ndim:
        return "[" + ", ".join(nested(row, digits) for row in array) + "]"
    return short(float(array), digits)


def short(value: Real, digits: int = 17) -> str:
    """A number as short as it can be: 36 rather than 36.0; undefined rather than nan.

    A float64, or an mpmath number of as many digits as are asked for.
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "+∞" if value > 0 else "-∞"
    if isinstance(value, mpmath.mpf):
        text = decimal(value, digits)
    else:
        # The sum turns -0 into 0.
        text = repr(float(value) + 0.0) if digits >= 17 else f"{value + 0.0:.{digits}g}"
    return text.removesuffix(".0")
