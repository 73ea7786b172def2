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

from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression

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
    expression: Expression, floats: Mapping[str, Any], exactly: Mapping[str, Any]
) -> Loss | None:
    """The operation of `expression` that loses most digits at a point, or None if none loses 4.

    `floats` are the variables' values in float64, `exactly` the same as mpmath numbers: single
    numbers both.
    """
    with np.errstate(all="ignore"):
        arrays = {name: np.float64(value) for name, value in floats.items()}
        rough = [float(v) for v in expression.replay(arrays)]
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


def _relative_error(rough: float, true: Any) -> float:
    if mpmath.isnan(true) or math.isnan(rough):
        return 0.0
    if not true:
        return 0.0 if not rough else 1.0
    return float(min(abs((mpmath.mpf(rough) - true) / true), 1))


def _described(
    expression: Expression, index: int, rough: Sequence[float], true: Sequence[Any], most: float
) -> Loss:
    node = expression.nodes[index]
    text = expression.render(index)
    digits = min(16.0, float(mpmath.log10(most)))
    instead = _stable_form(expression, index)
    if np.isinf(rough[index]):
        return Loss(text, digits, "overflow", instead)
    if rough[index] == 0 and node.operation not in ("add", "sub"):
        return Loss(text, digits, "underflow", instead)
    if node.operation in ("add", "sub"):
        smaller = min(abs(rough[i]) for i in node.operands)
        absorbed = smaller < abs(rough[index]) * 1e-8
        return Loss(text, digits, "absorption" if absorbed else "cancellation", instead)
    return Loss(text, digits, f"the condition of {node.operation}", instead)


# -- identities that keep the digits ---------------------------------------------------------------


def _stable_form(expression: Expression, index: int) -> str | None:
    for pattern in (_exp_minus_one, _one_minus_cos, _log_of_one_plus, _hypotenuse):
        found = pattern(expression, index)
        if found is not None:
            return found
    return None


def _is_one(expression: Expression, index: int) -> bool:
    return expression.nodes[index].content == 1


def _argument(expression: Expression, index: int, function: str) -> str | None:
    """The argument of `function` as text, if node `index` is a call of it."""
    node = expression.nodes[index]
    return expression.render(node.operands[0]) if node.operation == function else None


def _difference(expression: Expression, index: int) -> list[tuple[int, int, str]]:
    """The operands of a - b both ways: as a - b, and as -(b - a)."""
    node = expression.nodes[index]
    if node.operation != "sub":
        return []
    left, right = node.operands
    return [(left, right, ""), (right, left, "-")]


def _exp_minus_one(expression: Expression, index: int) -> str | None:
    """exp(u) - 1 is expm1(u)."""
    for left, right, sign in _difference(expression, index):
        u = _argument(expression, left, "exp")
        if u is not None and _is_one(expression, right):
            return f"{sign}expm1({u})"
    return None


def _one_minus_cos(expression: Expression, index: int) -> str | None:
    """1 - cos(u) is 2*sin(u/2)**2."""
    for left, right, sign in _difference(expression, index):
        u = _argument(expression, right, "cos")
        if u is not None and _is_one(expression, left):
            return f"{sign}2*sin(({u})/2)**2"
    return None


def _log_of_one_plus(expression: Expression, index: int) -> str | None:
    """log(1 + u) is log1p(u), also where the loss is in its sum already."""
    for place, node in enumerate(expression.nodes):
        if node.operation != "log" or index not in (place, *node.operands):
            continue
        inner = expression.nodes[node.operands[0]]
        if inner.operation not in ("add", "sub"):
            return None
        left, right = inner.operands
        if _is_one(expression, left):
            text = expression.render(right)
            return f"log1p({text})" if inner.operation == "add" else f"log1p(-({text}))"
        if _is_one(expression, right) and inner.operation == "add":
            return f"log1p({expression.render(left)})"
    return None


def _hypotenuse(expression: Expression, index: int) -> str | None:
    """sqrt(x**2 + y**2) is hypot(x, y)."""
    for node in expression.nodes:
        if node.operation != "sqrt":
            continue
        total = expression.nodes[node.operands[0]]
        sides = [_square(expression, i) for i in total.operands]
        if (
            total.operation == "add"
            and None not in sides
            and index in (node.operands[0], *total.operands)
        ):
            return f"hypot({', '.join(map(str, sides))})"
    return None


def _square(expression: Expression, index: int) -> str | None:
    node = expression.nodes[index]
    if node.operation == "pow" and expression.nodes[node.operands[1]].content == 2:
        return expression.render(node.operands[0])
    if node.operation == "mul" and node.operands[0] == node.operands[1]:
        return expression.render(node.operands[0])
    return None
