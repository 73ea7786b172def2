"""Why a verdict is what it is: its finding in one plain sentence."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath

from diffcalc.base.decimals import rounded
from diffcalc.base.numbers import Real
from diffcalc.comparison.verdict import (
    Agreed,
    Asymmetric,
    Curved,
    Idle,
    Judgement,
    Lost,
    Missing,
    MissingPartial,
    NoSlope,
    Slanted,
    Verdict,
    Wrong,
)
from diffcalc.language.bounds import LARGEST
from diffcalc.numerical.definition import TOO_LARGE, Side, Truth

if TYPE_CHECKING:
    from diffcalc.comparison.graph import Untrue
    from diffcalc.comparison.many_points import PointFault
    from diffcalc.comparison.partial_derivatives import Quotients

_METHODS = {
    "numerical": "the numerical limit",
    "symbolic": "the symbolic formula",
    "autograd": "autograd",
}
_BOTH_SIDES = "the quotient has the same limit from both sides"
# Slopes that are equal in the digits shown are told apart in so many.
_MANY_DIGITS = 30
# More would scroll what matters off a small screen.
_MOST_REASONS = 12
# A vector's numbers beyond these are no help to a reader.
_SHOWN = 6
# A power of h is written as a fraction where it is one of small numbers, to within its own error.
_LARGEST_ROOT = 12
# Larger, a power that is no fraction would pass for one; smaller, its own error would be in the
# way.
_SAME_POWER = 1e-6


def sentence(judgement: Judgement) -> str:
    """Why the verdict is what it is, in a sentence."""
    return _SENTENCES[type(judgement.found)](judgement.found)


def untrue_sentence(found: "Untrue") -> str:
    """That a gradient is not the derivative."""
    shown = f"{found.name}: autograd gives {_said(found.cotangent)}"
    if found.truth.exists:
        return f"{shown}, but the derivative is {rounded(found.truth.derivative)}"
    return f"{shown}, but there is no derivative ({found.truth.kind})"


def told(elements: Sequence["Quotients"], every: bool = False) -> list[tuple[str, Verdict, str]]:
    """What is to be said of elements that do not agree: their names, the verdict, and why.

    Equal reasons are told once, and not more than a reader takes in unless `every` one is asked
    for.
    """
    names: dict[tuple[Verdict, str], list[str]] = {}
    for element in elements:
        judgement = element.judgement
        if judgement.verdict is not Verdict.AGREE:
            reason = judgement.verdict, sentence(judgement)
            names.setdefault(reason, []).append(element.name)
    shown = list(names.items()) if every else list(names.items())[:_MOST_REASONS]
    found = [(_names(each, every), verdict, why) for (verdict, why), each in shown]
    left = len(names) - len(shown)
    if left:
        found.append((f"{left:,} more reasons", next(reversed(names))[0], "--all shows each"))
    return found


def _names(names: Sequence[str], every: bool) -> str:
    left = 0 if every else max(0, len(names) - _MOST_REASONS)
    return ", ".join([*names[: len(names) - left], *[f"… {left:,} more"] * (left > 0)])


def known_sentences(elements: Sequence["Quotients"]) -> list[str]:
    """How the verdicts on these derivatives are known, each mark once; see `known_mark`."""
    found = {element.truth.known for element in elements}
    assumed = [statement for element in elements for statement in element.truth.assuming]
    ways = {
        "proved": "by enclosures and series at the point, not by steps of h",
        "assumed": "",
        "observed": "the quotient was followed in many digits, to tiny h",
    }
    return [known_sentence(known, way, assumed) for known, way in ways.items() if known in found]


def known_sentence(known: str, way: str, assuming: Sequence[str]) -> str:
    """How something is known, with the mark of that; `way` is in what way."""
    if known != "assumed":
        return f"{'∎ proved' if known == 'proved' else '○ observed, not proved'}: {way}"
    shown = list(dict.fromkeys(assuming))
    said = f"{'; '.join(shown[:_SHOWN])}{'; …' * (len(shown) > _SHOWN)}"
    return f"≈ proved but for what hundreds of digits do not contradict: {said}"


def known_mark(truth: Truth) -> str:
    """The mark of a verdict that is not proved, as most are; see `known_sentences`."""
    return {"proved": "", "assumed": "≈", "observed": "○"}[truth.known]


def fault_sentence(mark: "PointFault") -> str:
    """What is wrong at a point: what was said of its derivatives, each after its name."""
    if not mark.judgements:
        return mark.reason
    return "; ".join(f"{name}{one.verdict}: {sentence(one)}" for name, one in mark.judgements)


def side(found: Side, digits: int = 6) -> str:
    """One side's limit in a word or two."""
    if found.behaviour == "outside":
        return "outside the domain"
    if found.behaviour == "unsettled":
        return "no limit"
    return rounded(found.value, digits)


# -- where the derivative exists -------------------------------------------------------------------


def _why_agreed(found: Agreed) -> str:
    if found.alone:
        return _BOTH_SIDES
    if found.direction:
        methods = "autograd gives" if found.skipped else "the rules and autograd give"
        reason = f"; {found.skipped}" if found.skipped else ""
        along = "the numerical limit agrees along random directions"
        return f"{methods} each derivative, and {along}{reason}"
    if not found.skipped:
        return f"{_BOTH_SIDES}, and all three methods give it"
    return f"{_BOTH_SIDES}, and the numerical limit and autograd give it; {found.skipped}"


def _why_wrong(found: Wrong) -> str:
    said = " and ".join(f"{_METHODS[name]} gives {_said(v)}" for name, v in found.said.items())
    what = f"the derivative is {rounded(found.truth.derivative)}, but {said}"
    if not any(map(math.isfinite, found.said.values())):
        return f"no value: {what}, since a part of its formula has no value here"
    if found.corners:
        return f"convention: {what}, a convention at a corner of {' and '.join(found.corners)}"
    return f"{what}, and nothing explains it"


def _said(value: Real) -> str:
    return "no number" if math.isnan(value) else f"{value:.6g}"


def _why_lost(found: Lost) -> str:
    derivative = found.truth.derivative
    if abs(derivative) > mpmath.mpf(LARGEST):
        return f"overflow: the derivative is {rounded(derivative)}, beyond what a float64 holds"
    kept = ", ".join(f"{_METHODS[n]} has {c:.0f} digits right" for n, c in found.digits.items())
    where = found.where
    there = f"digits lost in float64: {where}" if where else "float64 is not enough here"
    return f"{there}; {kept}; the derivative is {rounded(derivative, 10)}"


# -- where it does not -----------------------------------------------------------------------------


def _why_missing(found: Missing) -> str:
    return _why_not(found.truth) if found.truth.defined else _why_undefined(found)


def _why_undefined(found: Missing) -> str:
    truth, culprit, along = found.truth, found.culprit, found.along
    here = f"{culprit} has no real value here" if culprit else "f has no real value here"
    f = f"along {along} alone f" if along else "f"
    both_sides = _both_sides(f"{f} tends to", truth)
    match truth.kind:
        case "outside":
            hint = "; cbrt(…) is the real cube root" if culprit and "**(1/3)" in culprit else ""
            return f"outside the domain: {here}, nor nearby{hint}"
        case "removable":
            filled = _extension(truth, found.order)
            name = "" if along else "removable: "
            limit = side(truth.left)
            return f"{name}{here}, but {f} tends to {limit} from both sides{filled}"
        case "pole":
            return f"pole: {here}; {both_sides}"
        case "jump":
            return f"jump: {here}; {both_sides}"
        case "edge":
            return f"edge of the domain: {here}; {both_sides}"
        case "undecided" if truth.of == TOO_LARGE:
            return f"{culprit or 'f'} cannot be evaluated here: its numbers are too large"
        case "undecided":
            return f"{here}, and what {f} does nearby is not proved"
        case _:
            return f"oscillation: {here}, and {f} does not settle nearby"


def _both_sides(what: str, truth: Truth) -> str:
    """What is so on either side, or that f is undefined there."""
    sides = [(truth.left, "left"), (truth.right, "right")]
    outside = [f"f is undefined on the {name}" for s, name in sides if s.behaviour == "outside"]
    alike = truth.kind == "corner" and side(truth.left) == side(truth.right)
    digits = _MANY_DIGITS if alike else 6
    inside = [f"{side(s, digits)} from the {name}" for s, name in sides if s.behaviour != "outside"]
    return "; ".join([*outside, f"{what} {', '.join(inside)}"])


def _extension(truth: Truth, order: int) -> str:
    extended = truth.extension
    if extended is None:
        return ""
    if extended.exists:
        which = "first derivative" if order > 1 else "derivative"
        return f"; with that value, the {which} is {rounded(extended.derivative)}"
    return f"; with that value, not differentiable ({_why_not(extended)})"


def _why_not(truth: Truth) -> str:
    left, right = side(truth.left), side(truth.right)
    of = f" of {truth.of}" if truth.of else ""
    both = _both_sides(f"the slope{of} is", truth) + _growth(truth)
    match truth.kind:
        case "corner":
            return f"corner: {both}"
        case "cusp":
            return f"cusp: {both}"
        case "vertical tangent" if left == right:
            return f"vertical tangent: the slope{of} is {left} from both sides{_growth(truth)}"
        case "vertical tangent":
            return f"vertical tangent on one side: {both}"
        case "jump":
            return f"jump: {truth.of or 'f itself'} jumps here; {both}"
        case "edge" if truth.of:
            return f"{truth.of} does not exist at points nearby, so it has no slope here"
        case "edge" if left == right:
            return "isolated point: f has no real value on either side"
        case "edge":
            return f"edge of the domain: {both}"
        case "undecided":
            return f"the slope{of} is neither proved nor settled by steps of h"
        case _:
            return f"oscillation: the difference quotient{of} does not settle as h shrinks"


def _growth(truth: Truth) -> str:
    """How the quotient diverges, where it does so by a power of h and alike on both sides."""
    orders = [s.order or 0.0 for s in (truth.left, truth.right) if s.behaviour == "infinite"]
    powers = {Fraction(order).limit_denominator(_LARGEST_ROOT) for order in orders}
    if len(powers) != 1 or any(abs(o - p) > _SAME_POWER for o in orders for p in powers):
        return ""
    (power,) = powers
    grows = "1/h" if power == -1 else f"h**({power})"
    return f"; the quotient grows like {grows}" if power else ""


# -- of several variables together -----------------------------------------------------------------


def _why_slanted(found: Slanted) -> str:
    straight = all(power == 1 for _, power in found.path)
    if straight:
        words = [str(weight) for weight, _ in found.path]
    else:
        words = ["t" if power == 1 else f"t**{power}" for _, power in found.path]
    shown = ", ".join([*words[:_SHOWN], *["…"] * (len(words) > _SHOWN)])
    along = f"in the direction ({shown})" if straight else f"along the curve ({shown})"
    expected = rounded(found.expected)
    return (
        f"the partial derivatives exist, but {along} {_slope_text(found.slope)}, "
        f"not {'their sum ' if straight else ''}{expected}"
    )


def _slope_text(truth: Truth) -> str:
    if truth.exists:
        return f"the slope is {rounded(truth.derivative)}"
    if truth.kind == "oscillation":
        return "the slope does not settle"
    left, right = rounded(truth.left.value), rounded(truth.right.value)
    return f"the slope is {left} on one side and {right} on the other"


def _why_curved(found: Curved) -> str:
    where = "" if found.at_origin else ", measured from the point"
    there = "not at all" if mpmath.isnan(found.value) else f"to {rounded(found.value)}"
    return (
        f"no limit: f tends to {rounded(found.limit)} along {found.axis} alone, "
        f"but {there} along {found.path}{where}"
    )


def _why_asymmetric(found: Asymmetric) -> str:
    return (
        f"the mixed derivatives differ: first in {found.first}, then in {found.second} is "
        f"{rounded(found.one)}, the other way round {rounded(found.other)}"
    )


def _why_no_slope(found: NoSlope) -> str:
    x, y = found.independent, found.dependent
    if found.across:
        across = rounded(found.across)
        return f"vertical tangent: F_{y} is 0 here, and F_{x} is {across}; d{x}/d{y} is 0"
    here = f"F_{x} and F_{y} are both 0 here"
    slopes = [
        "vertical" if mpmath.isinf(slope) else f"d{y}/d{x} = {rounded(slope)}"
        for slope in found.slopes
    ]
    match found.kind:
        case "isolated point":
            return f"isolated point: {here}, and the curve has no other point nearby"
        case "double point":
            return f"double point: {here}, and two branches cross: {' and '.join(slopes)}"
        case "cusp":
            return f"cusp: {here}, and the curve turns back; its tangent: {slopes[0]}"
    return (
        f"singular point: {here}: the curve may cross itself, have a cusp, or be this point alone"
    )


def _why_missing_partial(found: MissingPartial) -> str:
    return f"the derivative of F in {found.name} is missing: {sentence(found.judgement)}"


_SENTENCES: Mapping[type, Callable[[Any], str]] = {
    Agreed: _why_agreed,
    Idle: lambda _: "no term of the formula has all of these variables",
    Wrong: _why_wrong,
    Lost: _why_lost,
    Missing: _why_missing,
    Slanted: _why_slanted,
    Curved: _why_curved,
    Asymmetric: _why_asymmetric,
    NoSlope: _why_no_slope,
    MissingPartial: _why_missing_partial,
}
