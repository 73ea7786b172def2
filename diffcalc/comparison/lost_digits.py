"""Where digits are lost: the operation on the way whose result has far fewer than its operands.

Every node of the program is evaluated twice, in float64 and with mpmath. An operation multiplies
the relative error of its operands by its condition number (Higham, *Accuracy and Stability of
Numerical Algorithms*, section 1.7); the one that multiplies it most is where the digits went. Where
an identity is known that computes the same without that loss, it is named.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import mpmath
import numpy as np

from diffcalc.base.numbers import MpNumber
from diffcalc.base.types import Floats
from diffcalc.language.algebras import FLOAT, exact
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import SUMS

# What one rounding may be off by, as a share of the result: half the distance from 1 to the next
# float64.
_UNIT_ROUND_OFF = 2.0**-53
# Cancellation may take 40 of these digits before fewer are left than a float64 has.
_WORKING_DIGITS = 60
# Four digits in one operation: of smaller losses there are many, and none explains the result.
_WORTH_TELLING = 1e4


class Loss(NamedTuple):
    """One operation that lost digits: its text, how many, and the stable form if one is known.

    `kind` is "cancellation", "absorption" (a small term added to a large one), "overflow",
    "underflow" or "condition".
    """

    operation: str
    digits: float
    kind: str
    instead: str | None = None

    def __str__(self) -> str:
        """In words: `1 - cos(x)` loses 16 digits to cancellation (write 2*sin(x/2)**2)."""
        hint = f" (write {self.instead})" if self.instead else ""
        if self.kind in ("overflow", "underflow"):
            return f"{self.operation} {self.kind}s{hint}"
        return f"{self.operation} loses {self.digits:.0f} digits to {self.kind}{hint}"


def worst_loss(
    expression: Expression, floats: Mapping[str, Floats], exactly: Mapping[str, Any]
) -> Loss | None:
    """The operation of `expression` that loses most digits at a point, or None if none loses 4.

    `floats` are the variables' values in float64, `exactly` the same as mpmath numbers: single
    numbers both.
    """
    with np.errstate(all="ignore"):
        arrays = {name: np.float64(value) for name, value in floats.items()}
        rough = [float(v) for v in expression.replay(arrays, FLOAT)]
    with mpmath.mp.workdps(_WORKING_DIGITS):
        true = expression.replay(exactly, exact())
        errors = [_relative_error(r, t) for r, t in zip(rough, true, strict=True)]
    worst, most = None, _WORTH_TELLING
    for index, node in enumerate(expression.nodes):
        if not node.operands or mpmath.isnan(true[index]):
            continue
        before = max(_UNIT_ROUND_OFF, *(errors[i] for i in node.operands))
        if errors[index] / before > most:
            worst, most = index, errors[index] / before
    if worst is None:
        return None
    return _described(expression, worst, rough, true, most)


def _relative_error(rough: float, true: MpNumber) -> float:
    if mpmath.isnan(true) or math.isnan(rough):
        return 0.0
    if not true:
        return 0.0 if not rough else 1.0
    return float(min(abs((mpmath.mpf(rough) - true) / true), 1))


def _described(
    expression: Expression,
    index: int,
    rough: Sequence[float],
    true: Sequence[MpNumber],
    most: float,
) -> Loss:
    node = expression.nodes[index]
    text = expression.render(index)
    digits = min(16.0, float(mpmath.log10(most)))
    instead = _stable_form(expression, index)
    if np.isinf(rough[index]):
        return Loss(text, digits, "overflow", instead)
    if rough[index] == 0 and node.operation not in SUMS:
        return Loss(text, digits, "underflow", instead)
    if node.operation in SUMS:
        smaller = min(abs(rough[i]) for i in node.operands)
        absorbed = smaller < abs(rough[index]) * 1e-8
        return Loss(text, digits, "absorption" if absorbed else "cancellation", instead)
    return Loss(text, digits, f"the condition of {node.operation}", instead)


# -- identities that keep the digits ---------------------------------------------------------------

_STABLE = (
    ("exp(u) - 1", "sub", "expm1({u})"),
    ("1 - exp(u)", "sub", "-expm1({u})"),
    ("1 - cos(u)", "sub", "2*sin(({u})/2)**2"),
    ("cos(u) - 1", "sub", "-2*sin(({u})/2)**2"),
    ("log(1 + u)", "add log", "log1p({u})"),
    ("log(u + 1)", "add log", "log1p({u})"),
    ("log(1 - u)", "sub log", "log1p(-({u}))"),
    *((f"sqrt({a} + {b})", "add pow mul", "hypot({u}, {v})")
      for a in ("u^2", "u*u") for b in ("v^2", "v*v")),
)  # fmt: skip
"""What loses digits, in which of its operations that shows, and what keeps them."""


def _stable_form(expression: Expression, index: int) -> str | None:
    for text, lossy, instead in _STABLE:
        pattern = read(text)
        parts = list(enumerate(pattern.nodes))
        root = parts[-1][1].operation
        for place, node in enumerate(expression.nodes):
            found: dict[int, int] = {}
            if node.operation != root or not _matches(expression, place, pattern, found):
                continue
            if any(found[k] == index and part.operation in lossy.split() for k, part in parts):
                variables = (k for k, part in parts if part.operation == "variable")
                texts = {pattern.render(k): expression.render(found[k]) for k in variables}
                return instead.format(**texts)
    return None


def _matches(
    expression: Expression, index: int, pattern: Expression, found: dict[int, int], at: int = -1
) -> bool:
    """Whether node `index` is of this form; `found` gets the node of each of the pattern's."""
    at %= len(pattern.nodes)
    node, wanted = expression.nodes[index], pattern.nodes[at]
    if found.setdefault(at, index) != index:
        return False
    if wanted.operation == "variable":
        return True
    return (node.operation, node.content) == (wanted.operation, wanted.content) and all(
        _matches(expression, i, pattern, found, k)
        for i, k in zip(node.operands, wanted.operands, strict=True)
    )
