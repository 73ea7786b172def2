"""The verdict on one derivative: whether to believe it, and the facts that say why.

It never comes from agreement alone. Whether the derivative exists is proved (`truth/`) or else
observed (`numerical/definition.py`); each method's correct digits are counted against that.
`render/reasons.py` has the sentences.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import mpmath
import numpy as np
from numpy.typing import NDArray

from diffcalc.base.numbers import MpNumber, Real
from diffcalc.base.severity import Severity
from diffcalc.base.types import FloatArray
from diffcalc.numerical.definition import Truth
from diffcalc.numerical.limit import Limit

# A float64 holds 53 bits, which is 15.95 decimal digits.
MOST_DIGITS = 16
# The numerical limit has truncation and round-off to bear, the others round-off alone. To ask for
# more calls good values inaccurate; to ask for less lets lost digits pass.
_ENOUGH = {"numerical": 6, "symbolic": 10, "autograd": 10}
# The first are enough as a rule, the others where they are not: `_right` has examples.
_EXACT_DIGITS = (50, 1000)
# More than the 16 digits of a float64, so that no formula is right by rounding alone; fewer than
# the 50 it is worked out in, so that some may be lost.
_SAME = 1e-20


class Verdict(StrEnum):
    """What a comparison concludes, from the best to the worst."""

    AGREE = "agree"
    INACCURATE = "inaccurate"
    UNDEFINED = "undefined"
    NOT_DIFFERENTIABLE = "not differentiable"
    UNDECIDED = "undecided"
    DISAGREE = "disagree"

    @property
    def rank(self) -> int:
        """How bad it is: 0 is agreement."""
        return list(Verdict).index(self)

    def severity(self, *, strict: bool = False) -> Severity:
        """How bad it is for whoever asked; `strict` counts lost digits as a failure."""
        good = self is Verdict.AGREE or (self is Verdict.INACCURATE and not strict)
        return Severity.FINE if good else Severity.UNTRUE


class Agreed(NamedTuple):
    """The quotient has the same limit from both sides, and the methods give it.

    `skipped` says why the rules were not applied; `alone` is the numerical limit on its own.
    A `direction` is compared at random; each of its very many elements is proved by itself.
    """

    skipped: str = ""
    alone: bool = False
    direction: bool = False


class Idle(NamedTuple):
    """No part of the formula has all of the variables: the derivative is 0, and none was taken."""


class Missing(NamedTuple):
    """The derivative does not exist.

    `culprit` is the part of the formula that has no value, `along` the variable that moves where
    there are others that are constant.
    """

    truth: Truth
    culprit: str | None = None
    along: str | None = None
    order: int = 1


class Wrong(NamedTuple):
    """Methods give other numbers than the derivative even in many digits: `said`, by method.

    `corners` are the operations that are at a corner here, whose slope is a convention.
    """

    truth: Truth
    said: Mapping[str, Real]
    corners: Sequence[str]


class Lost(NamedTuple):
    """Methods lost digits in float64: `digits` has how many are left of each, `where` the place."""

    truth: Truth
    digits: Mapping[str, float]
    where: str | None


class Slanted(NamedTuple):
    """Along a path, the slope is not the sum of the partial derivatives that is `expected`.

    `path` has the weight and the power of t for each element; in a direction all powers are 1.
    """

    path: Sequence[tuple[int, int]]
    slope: Truth
    expected: Real


class Curved(NamedTuple):
    """f tends to one number along an axis, and elsewhere along a path; nan is no limit."""

    axis: str
    limit: Real
    path: str
    value: Real
    at_origin: bool


class Asymmetric(NamedTuple):
    """Mixed derivatives in two places that differ with the order."""

    first: str
    second: str
    one: Real
    other: Real


class NoSlope(NamedTuple):
    """F_x and F_y do not tell the slope of a curve: F_y is 0; F_x is `across`.

    Where that is 0 as well, `kind` is what is proved of the point, "" if nothing is, and `slopes`
    are those of the tangents there.
    """

    independent: str
    dependent: str
    across: Real
    kind: str = ""
    slopes: tuple[MpNumber, ...] = ()


class MissingPartial(NamedTuple):
    """A partial derivative of F is missing, and so the slope of its curve; the verdict on it."""

    name: str
    judgement: "Judgement"


Finding = (
    Agreed
    | Idle
    | Missing
    | Wrong
    | Lost
    | Slanted
    | Curved
    | Asymmetric
    | NoSlope
    | MissingPartial
)


class Judgement(NamedTuple):
    """A verdict, its kind (corner, pole, …; empty where there is none to tell) and what was found.

    `digits` counts the correct digits of each method; empty where there is no derivative.
    """

    verdict: Verdict
    kind: str
    found: Finding
    digits: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the verdict is drawn from: the truth, and what each method says in float64.

    `symbolic` is None where the rules were `skipped`, which says why, and with `autograd` where the
    numerical limit alone was asked for. `along` is the variable that moves, where there are others
    that are constant; a `direction` is one among elements that are known one by one. What takes
    long is a method, called only where something is wrong; here it knows nothing.
    """

    truth: Truth
    numerical: Limit
    symbolic: float | None = None
    autograd: float | None = None
    along: str | None = None
    order: int = 1
    skipped: str = ""
    direction: bool = False

    def exactly(self, method: str) -> Real:
        """What `symbolic` or `autograd` says when evaluated at mpmath's working precision.

        A formula that is right there only lost digits in float64.
        """
        raise NotImplementedError(method)

    def undefined(self) -> str | None:
        """The first operation that has no real value at the point."""
        return None

    def at_corners(self) -> list[str]:
        """The operations that are at a corner or a jump of their own at the point."""
        return []

    def where_lost(self) -> str | None:
        """The operation that loses the digits."""
        return None

    def spread(self) -> int:
        """How many digits lie between the terms of a sum in f."""
        return 0


def worst(verdicts: Iterable[Verdict | None]) -> Verdict:
    """The worst of the verdicts, one at least; None says nothing."""
    return max((v for v in verdicts if v is not None), key=lambda v: v.rank)


def judge(evidence: Evidence) -> Judgement:
    """The verdict on one derivative."""
    truth = evidence.truth
    if not truth.exists:
        return judge_missing(truth, evidence.undefined, evidence.along, evidence.order)
    said: dict[str, Real | None] = {
        "numerical": evidence.numerical.value if evidence.numerical.taken else None,
        "symbolic": evidence.symbolic,
        "autograd": evidence.autograd,
    }
    values = {name: value for name, value in said.items() if value is not None}
    scale = _scale(truth)
    digits = {name: correct_digits(v, truth.derivative, scale) for name, v in values.items()}
    lost = [name for name, count in digits.items() if count < _enough(name, evidence.order)]
    if not lost:
        agreed = Agreed(evidence.skipped, list(values) == ["numerical"], evidence.direction)
        return Judgement(Verdict.AGREE, "", agreed, digits)
    wrong = [name for name in lost if name != "numerical" and not _right(evidence, name)]
    if not wrong:
        return _lost(truth, {name: digits[name] for name in lost}, evidence.where_lost(), digits)
    found = Wrong(truth, {name: values[name] for name in wrong}, evidence.at_corners())
    if not any(map(math.isfinite, found.said.values())):
        return Judgement(Verdict.INACCURATE, "no value", found, digits)
    if found.corners:
        return Judgement(Verdict.INACCURATE, "convention", found, digits)
    return Judgement(Verdict.DISAGREE, "", found, digits)


def _lost(
    truth: Truth, lost: Mapping[str, float], where: str | None, digits: Mapping[str, float]
) -> Judgement:
    return Judgement(Verdict.INACCURATE, "", Lost(truth, lost, where), digits)


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
    if truth.kind == "undecided":
        culprit = None if truth.defined else undefined()
        return Judgement(Verdict.UNDECIDED, truth.kind, Missing(truth, culprit, along, order), {})
    if truth.defined:
        missing = Missing(truth, None, along, order)
        return Judgement(Verdict.NOT_DIFFERENTIABLE, truth.kind, missing, {})
    # Along one of several variables nothing is known of the others.
    kind = "undefined" if along and truth.kind == "removable" else truth.kind
    return Judgement(Verdict.UNDEFINED, kind, Missing(truth, undefined(), along, order), {})


def _right(evidence: Evidence, name: str) -> bool:
    """Whether a method gives the truth when it computes in many digits, or in very many.

    The first are enough as a rule; sin at 1e100 needs a hundred for its argument alone, and
    1 - sigmoid(5000) more than a thousand to be seen.
    """
    truth = evidence.truth.derivative
    for digits in sorted({*_EXACT_DIGITS, _EXACT_DIGITS[0] + evidence.spread()}):
        with mpmath.mp.workdps(digits):
            value = evidence.exactly(name)
            scale = max(abs(truth), _scale(evidence.truth))
            if mpmath.isfinite(value) and abs(value - truth) <= _SAME * scale:
                return True
    return False


def _scale(truth: Truth) -> Real:
    """What counts as nothing where the derivative is 0: a slope of the function's own size."""
    one: MpNumber = mpmath.mpf(1)
    return one if truth.value == 0 else min(one, abs(truth.value))


def unlike(found: FloatArray, true: FloatArray) -> NDArray[np.bool_]:
    """Where a gradient of the rules or autograd is not plainly the true one; as nan never is."""
    with np.errstate(invalid="ignore"):
        return ~(np.abs(found - true) <= 10.0 ** -_ENOUGH["autograd"] * np.abs(true))


def is_given(value: float, truth: Truth) -> bool:
    """Whether a number of the rules or autograd is the derivative, if there is one."""
    return truth.exists and correct_digits(value, truth.derivative, 1) >= _ENOUGH["autograd"]


def correct_digits(value: Real, truth: MpNumber, scale: Real) -> float:
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
