"""The table of enclosures: for each operation of the language its value on balls.

A row takes as many balls as the operation has operands, and the working precision in bits. It
raises `NoValue` where no number in the balls has a real value, `Undecided` where only some have, or
where the value would take more work than is allowed. The operations on arrays are in `linear.py`.
"""

from collections.abc import Callable, Mapping

from diffcalc.truth import ball, choices, circular, exponential, special
from diffcalc.truth.ball import Ball
from diffcalc.truth.choices import negated

_Row = Callable[..., Ball]

CONSTANTS: Mapping[str, Callable[[int], Ball]] = {
    "pi": circular.pi,
    "e": lambda prec: exponential.exp(ball.ONE, prec),
}


def _without_precision(operation: _Row) -> _Row:
    """A row for an operation that never rounds."""
    return lambda *balls_and_precision: operation(*balls_and_precision[:-1])


def _hypot(a: Ball, b: Ball, prec: int) -> Ball:
    fine = prec + 5
    squares = (ball.power_int(a, 2, fine), ball.power_int(b, 2, fine))
    return ball.sqrt(ball.add(*squares, fine), prec)


ENCLOSURES: Mapping[str, _Row] = {
    "add": ball.add,
    "sub": ball.sub,
    "mul": ball.mul,
    "div": ball.div,
    "neg": _without_precision(ball.neg),
    "pow": exponential.power,
    "exp": exponential.exp,
    "expm1": exponential.expm1,
    "log": exponential.log,
    "log2": exponential.log2,
    "log10": exponential.log10,
    "log1p": exponential.log1p,
    "sqrt": ball.sqrt,
    "cbrt": exponential.cbrt,
    "sinh": exponential.sinh,
    "cosh": exponential.cosh,
    "tanh": exponential.tanh,
    "sech": exponential.sech,
    "csch": exponential.csch,
    "coth": exponential.coth,
    "asinh": exponential.asinh,
    "acosh": exponential.acosh,
    "atanh": exponential.atanh,
    "asech": exponential.asech,
    "acsch": exponential.acsch,
    "acoth": exponential.acoth,
    "sigmoid": exponential.sigmoid,
    "silu": lambda a, prec: ball.mul(a, exponential.sigmoid(a, prec + 2), prec),
    "softplus": exponential.softplus,
    "sin": circular.sin,
    "cos": circular.cos,
    "tan": circular.tan,
    "sec": circular.sec,
    "csc": circular.csc,
    "cot": circular.cot,
    "asin": circular.asin,
    "acos": circular.acos,
    "atan": circular.atan,
    "asec": circular.asec,
    "acsc": circular.acsc,
    "acot": circular.acot,
    "atan2": circular.atan2,
    "hypot": _hypot,
    "erf": special.erf,
    "erfc": special.erfc,
    "erfi": special.erfi,
    "gamma": special.gamma,
    "lgamma": special.lgamma,
    "polygamma": special.polygamma,
    "abs": _without_precision(ball.absolute),
    "sign": _without_precision(choices.sign),
    "floor": _without_precision(choices.floor),
    "ceil": _without_precision(choices.ceil),
    "relu": _without_precision(choices.relu),
    "min": _without_precision(choices.smallest),
    "max": _without_precision(choices.largest),
    "where": _without_precision(choices.where),
    "lt": _without_precision(choices.less),
    "le": _without_precision(choices.less_or_equal),
    "gt": _without_precision(lambda a, b: choices.less(b, a)),
    "ge": _without_precision(lambda a, b: choices.less_or_equal(b, a)),
    "eq": _without_precision(choices.equal),
    "ne": _without_precision(lambda a, b: negated(choices.equal(a, b))),
}
