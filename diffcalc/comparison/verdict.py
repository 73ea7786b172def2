"""The verdict on one derivative: whether to believe it, and why, in one plain sentence.

It never comes from agreement alone. Whether the derivative exists is decided by the limits of the
quotient from both sides (`numerical/definition.py`); each method's correct digits are counted
against that.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath

from diffcalc.base.decimals import decimal
from diffcalc.base.errors import ExitStatus
from diffcalc.numerical.definition import Side, Truth
from diffcalc.numerical.limit import Limit

MOST_DIGITS = 16
_ENOUGH = {"numerical": 6, "symbolic": 10, "autograd": 10}
_EXACT_DIGITS = (50, 1000)
_SAME = 1e-20


class Verdict(StrEnum):
    """What a comparison concludes, from the best to the worst."""

    AGREE = "agree"
    INACCURATE = "inaccurate"
    UNDEFINED = "undefined"
    NOT_DIFFERENTIABLE = "not differentiable"
    DISAGREE = "disagree"

    @property
    def rank(self) -> int:
        """How bad it is: 0 is agreement."""
        return list(Verdict).index(self)

    def exit_status(self, *, strict: bool = False) -> ExitStatus:
        """The exit status; `strict` counts lost digits as a failure."""
        good = self is Verdict.AGREE or (self is Verdict.INACCURATE and not strict)
        return ExitStatus.OK if good else ExitStatus.NOT_TRUE


class Judgement(NamedTuple):
    """A verdict, its kind (corner, pole, …; empty where there is nothing to tell) and its reason.

    `digits` counts the correct digits of each method; empty where there is no derivative.
    """

    verdict: Verdict
    kind: str
    reason: str
    digits: Mapping[str, float]


class Evidence(NamedTuple):
    """What the verdict is drawn from: the truth, and what each method says in float64.

    `exactly` gives what the symbolic and the autograd method say when worked out in many digits:
    a formula that is right there only lost digits in float64.
    """

    truth: Truth
    numerical: Limit
    symbolic: float | None
    autograd: float
    exactly: Mapping[str, Callable[[], Any]]
    undefined: Callable[[], str | None]
    at_corners: Callable[[], list[str]]
    where_lost: Callable[[], str | None]
    along: str | None = None
    """The variable that moves, where there are others that stand still."""
    order: int = 1
    spread: int = 0
    """How many digits lie between the terms of a sum in f."""
    skipped: str = ""
    """Why the rules were skipped, where `symbolic` is None."""


def worst(verdicts: Iterable[Verdict | None]) -> Verdict:
    """The worst of the verdicts, one at least; None says nothing."""
    return max((v for v in verdicts if v is not None), key=lambda v: v.rank)


def judge(evidence: Evidence) -> Judgement:
    """The verdict on one derivative."""
    truth = evidence.truth
    if not truth.exists:
        return judge_missing(truth, evidence.undefined, evidence.along, evidence.order)
    values = {"numerical": evidence.numerical.value}
    if evidence.symbolic is not None:
        values["symbolic"] = evidence.symbolic
    values["autograd"] = evidence.autograd
    scale = _scale(truth)
    digits = {name: correct_digits(v, truth.derivative, scale) for name, v in values.items()}
    lost = [name for name, count in digits.items() if count < _enough(name, evidence.order)]
    if not lost:
        return Judgement(Verdict.AGREE, "", _why_agreed(evidence.skipped), digits)
    wrong = [name for name in lost if name in evidence.exactly and not _right(evidence, name)]
    if wrong:
        said = " and ".join(f"{_METHODS[name]} gives {_said(values[name])}" for name in wrong)
        what = f"the derivative is {number(truth.derivative)}, but {said}"
        corners = evidence.at_corners()
        if corners:
            reason = f"convention: {what}, a convention at a corner of {' and '.join(corners)}"
            return Judgement(Verdict.INACCURATE, "convention", reason, digits)
        if not any(math.isfinite(values[name]) for name in wrong):
            reason = f"no value: {what}, since a part of its formula has no value here"
            return Judgement(Verdict.INACCURATE, "no value", reason, digits)
        return Judgement(Verdict.DISAGREE, "", f"{what}, and nothing explains it", digits)
    reason = _why_lost(lost, digits, truth, evidence.where_lost())
    return Judgement(Verdict.INACCURATE, "", reason, digits)


def judge_limit(
    truth: Truth,
    limit: Limit,
    undefined: Callable[[], str | None],
    where_lost: Callable[[], str | None],
    along: str | None,
    order: int = 1,
) -> Judgement:
    """The verdict on the numerical limit alone."""
    if not truth.exists:
        return judge_missing(truth, undefined, along, order)
    digits = {"numerical": correct_digits(limit.value, truth.derivative, _scale(truth))}
    if digits["numerical"] < _enough("numerical", order):
        reason = _why_lost(["numerical"], digits, truth, where_lost())
        return Judgement(Verdict.INACCURATE, "", reason, digits)
    return Judgement(Verdict.AGREE, "", "the quotient has the same limit from both sides", digits)


def _enough(method: str, order: int) -> int:
    """How many digits make a method agree; each second order costs the numerical one a digit."""
    return _ENOUGH[method] - (max(0, order // 2 - 1) if method == "numerical" else 0)


def judge_missing(
    truth: Truth,
    undefined: Callable[[], str | None],
    along: str | None = None,
    order: int = 1,
) -> Judgement:
    """The verdict where the derivative does not exist; `undefined` names what has no value."""
    if truth.defined:
        decided = truth.kind != "undecided"
        verdict = Verdict.NOT_DIFFERENTIABLE if decided else Verdict.DISAGREE
        return Judgement(verdict, truth.kind, _why_not(truth), {})
    reason = _why_undefined(truth, undefined(), along, order)
    # Along one of several variables nothing is known of the others.
    kind = "undefined" if along and truth.kind == "removable" else truth.kind
    return Judgement(Verdict.UNDEFINED, kind, reason, {})


def _why_agreed(skipped: str) -> str:
    both_sides = "the quotient has the same limit from both sides"
    if not skipped:
        return f"{both_sides}, and all three methods give it"
    return f"{both_sides}, and the numerical limit and autograd give it; {skipped}"


def _said(value: float) -> str:
    return "no number" if math.isnan(value) else f"{value:.6g}"


def _right(evidence: Evidence, name: str) -> bool:
    """Whether a method gives the truth when it computes in many digits, or in very many.

    The first are enough as a rule; sin at 1e100 needs a hundred for its argument alone, and
    1 - sigmoid(5000) more than a thousand to be seen.
    """
    truth = evidence.truth.derivative
    for digits in sorted({*_EXACT_DIGITS, _EXACT_DIGITS[0] + evidence.spread}):
        with mpmath.mp.workdps(digits):
            value = evidence.exactly[name]()
            scale = max(abs(truth), _scale(evidence.truth))
            if mpmath.isfinite(value) and abs(value - truth) <= _SAME * scale:
                return True
    return False


def _scale(truth: Truth) -> Any:
    """What counts as nothing where the derivative is 0: a slope of the function's own size."""
    return mpmath.mpf(1) if truth.value == 0 else min(mpmath.mpf(1), abs(truth.value))


def correct_digits(value: float, truth: Any, scale: Any) -> float:
    """How many significant decimal digits of `value` are right, from 0 to 16 (as good as float64).

    Where the truth is 0, the error is measured against `scale` instead.
    """
    if not math.isfinite(value):
        return 0.0
    with mpmath.mp.workdps(_EXACT_DIGITS[0]):
        error = abs(mpmath.mpf(value) - truth)
        if error == 0 or value == float(truth):
            return float(MOST_DIGITS)
        relative = error / (abs(truth) if truth else scale)
        return min(max(0.0, float(-mpmath.log10(relative))), float(MOST_DIGITS))


# -- the sentences ---------------------------------------------------------------------------------


def number(value: Any, digits: int = 6) -> str:
    """A limit as a person reads it: 2, -1.5, +∞."""
    if mpmath.isnan(value):
        return "none"
    if mpmath.isinf(value):
        return "+∞" if value > 0 else "-∞"
    return decimal(value, digits, min_fixed=-5, max_fixed=digits).removesuffix(".0")


def side(found: Side, digits: int = 6) -> str:
    """One side's limit in a word or two."""
    if found.behaviour == "outside":
        return "outside the domain"
    if found.behaviour == "unsettled":
        return "no limit"
    return number(found.value, digits)


def _why_undefined(truth: Truth, culprit: str | None, along: str | None, order: int) -> str:
    here = f"{culprit} has no real value here" if culprit else "f has no real value here"
    f = f"along {along} alone f" if along else "f"
    both_sides = _both_sides(f"{f} tends to", truth)
    match truth.kind:
        case "outside":
            hint = "; cbrt(…) is the real cube root" if culprit and "**(1/3)" in culprit else ""
            return f"outside the domain: {here}, nor nearby{hint}"
        case "removable":
            filled = _extension(truth, order)
            name = "" if along else "removable: "
            limit = side(truth.left)
            return f"{name}{here}, but {f} tends to {limit} from both sides{filled}"
        case "pole":
            return f"pole: {here}; {both_sides}"
        case "jump":
            return f"jump: {here}; {both_sides}"
        case "edge":
            return f"edge of the domain: {here}; {both_sides}"
        case "undecided":
            return f"undecided: {here}, and {f} {_SLOWLY}"
        case _:
            return f"oscillation: {here}, and {f} does not settle nearby"


def _both_sides(what: str, truth: Truth) -> str:
    """What is so on either side, or that f is undefined there."""
    sides = [(truth.left, "left"), (truth.right, "right")]
    outside = [f"f is undefined on the {name}" for s, name in sides if s.behaviour == "outside"]
    # Slopes that differ from the seventh digit on are told apart.
    digits = 30 if truth.kind == "corner" and side(truth.left) == side(truth.right) else 6
    inside = [f"{side(s, digits)} from the {name}" for s, name in sides if s.behaviour != "outside"]
    return "; ".join([*outside, f"{what} {', '.join(inside)}"])


def _extension(truth: Truth, order: int) -> str:
    extended = truth.extension
    if extended is None:
        return ""
    if extended.exists:
        which = "first derivative" if order > 1 else "derivative"
        return f"; with that value, the {which} is {number(extended.derivative)}"
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
        case "vertical tangent":
            same = left == right
            return (
                f"vertical tangent: the slope{of} is {left} from both sides{_growth(truth)}"
                if same
                else (f"vertical tangent on one side: {both}")
            )
        case "jump":
            return f"jump: {truth.of or 'f itself'} jumps here; {both}"
        case "edge" if truth.of:
            return f"{truth.of} does not exist at points nearby, so it has no slope here"
        case "edge" if left == right:
            return "isolated point: f has no real value on either side"
        case "edge":
            return f"edge of the domain: {both}"
        case "undecided":
            return f"undecided: the difference quotient{of} {_SLOWLY}"
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


_SLOWLY = "moves one way more slowly than any power of h; whether to a limit, no step tells"
_LARGEST_ROOT = 12
_SAME_POWER = 1e-6
_METHODS = {
    "numerical": "the numerical limit",
    "symbolic": "the symbolic formula",
    "autograd": "autograd",
}


def _why_lost(lost: list[str], digits: Mapping[str, float], truth: Truth, where: str | None) -> str:
    if abs(truth.derivative) > mpmath.mpf(_LARGEST_FLOAT):
        return (
            f"overflow: the derivative is {number(truth.derivative)}, beyond what a float64 holds"
        )
    kept = ", ".join(f"{_METHODS[name]} has {digits[name]:.0f} digits right" for name in lost)
    there = f"digits lost in float64: {where}" if where else "float64 is not enough here"
    return f"{there}; {kept}; the derivative is {number(truth.derivative, 10)}"


_LARGEST_FLOAT = 1.7976931348623157e308
