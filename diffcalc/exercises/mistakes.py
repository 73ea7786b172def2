"""The mistakes people make when they differentiate, each a rule that is applied wrongly.

Those further up are the likelier ones: the first that explains an answer is reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from diffcalc.language.operations import FUNCTIONS
from diffcalc.symbolic.rules import (
    CHAIN,
    CONSTANT,
    CONSTANT_MULTIPLE,
    DIFFERENCE,
    DIVISOR,
    EXPONENTIAL,
    FUNCTION_RULES,
    GENERAL_POWER,
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    SUM,
    Rule,
    RuleFormula,
)


@dataclass(frozen=True)
class Mistake:
    """A rule, or a few that are alike, with what is done in place of it.

    `name` is for programs; mistakes of the same name are variants of one. `words` say it to whoever
    made it.
    """

    name: str
    words: str
    breaks: Mapping[Rule, RuleFormula]


def _of_functions(slips: str, formula: RuleFormula) -> dict[Rule, RuleFormula]:
    return {
        FUNCTION_RULES[row.name].rule: formula for row in FUNCTIONS.values() if row.slips == slips
    }


MISTAKES = (
    Mistake(
        "inner derivative forgotten",
        "the inner derivative was forgotten",
        {
            CHAIN: lambda f, outer, u: outer(u.x),
            RECIPROCAL: lambda f, c, v: -c.x / v.x**2,
        },
    ),
    Mistake(
        "sign of a function's derivative",
        "the sign of the function's derivative is wrong",
        _of_functions("sign", lambda f, slope, x: -slope(x)),
    ),
    Mistake(
        "product of derivatives",
        "the product was differentiated factor by factor",
        {PRODUCT: lambda f, u, v: u.d * v.d},
    ),
    Mistake(
        "quotient of derivatives",
        "the quotient was differentiated above and below separately",
        {QUOTIENT: lambda f, u, v: u.d / v.d},
    ),
    Mistake(
        "order in the quotient rule",
        "the two terms of the quotient rule were swapped",
        {QUOTIENT: lambda f, u, v: (u.x * v.d - v.x * u.d) / v.x**2},
    ),
    Mistake(
        "sign in the quotient rule",
        "the sign in the quotient rule is wrong",
        {
            QUOTIENT: lambda f, u, v: (v.x * u.d + u.x * v.d) / v.x**2,
            RECIPROCAL: lambda f, c, v: c.x * v.d / v.x**2,
        },
    ),
    Mistake(
        "square forgotten in the quotient rule",
        "the denominator was not squared",
        {
            QUOTIENT: lambda f, u, v: (v.x * u.d - u.x * v.d) / v.x,
            RECIPROCAL: lambda f, c, v: -c.x * v.d / v.x,
        },
    ),
    Mistake(
        "denominator forgotten",
        "the denominator of the quotient rule was forgotten",
        {
            QUOTIENT: lambda f, u, v: v.x * u.d - u.x * v.d,
            RECIPROCAL: lambda f, c, v: -c.x * v.d,
        },
    ),
    Mistake(
        "power not lowered",
        "the power was not lowered",
        {POWER: lambda f, x, n: n * x**n},
    ),
    Mistake(
        "power raised",
        "the power was raised, not lowered",
        {POWER: lambda f, x, n: n * x ** (n + 1)},
    ),
    Mistake(
        "exponent not brought down",
        "the exponent was not brought down as a factor",
        {POWER: lambda f, x, n: x ** (n - 1)},
    ),
    Mistake(
        "power rule for an exponential",
        "the power rule was used for an exponential",
        {EXPONENTIAL: lambda f, a, x: x * a ** (x - 1)},
    ),
    Mistake(
        "exponential rule for a power",
        "the rule of exponentials was used for a power",
        {POWER: lambda f, x, n: x**n * f.log(x)},
    ),
    Mistake(
        "log(a) forgotten",
        "the factor log(a) was forgotten",
        {EXPONENTIAL: lambda f, a, x: a**x},
    ),
    Mistake(
        "log base forgotten",
        "the base of the logarithm was forgotten",
        _of_functions("base", lambda f, slope, x: 1 / x),
    ),
    Mistake(
        "exponent taken as constant",
        "the power rule was used, but the exponent is not constant",
        {GENERAL_POWER: lambda f, u, v: v.x * u.x ** (v.x - 1) * u.d},
    ),
    Mistake(
        "base taken as constant",
        "the rule of exponentials was used, but the base is not constant",
        {GENERAL_POWER: lambda f, u, v: u.x**v.x * f.log(u.x) * v.d},
    ),
    Mistake(
        "minus sign lost",
        "a minus sign was lost",
        {DIFFERENCE: lambda f, u, v: u.d + v.d, NEGATIVE: lambda f, u: u.d},
    ),
    Mistake(
        "constant kept",
        "a constant was kept: its derivative is 0",
        {CONSTANT: lambda f, c: c.x},
    ),
    Mistake(
        "constant factor dropped",
        "a constant factor was dropped",
        {CONSTANT_MULTIPLE: lambda f, c, u: u.d, DIVISOR: lambda f, u, c: u.d},
    ),
    Mistake(
        "chain rule applied twice",
        "the inner derivative was multiplied twice",
        {
            CHAIN: lambda f, outer, u: outer(u.x) * u.d**2,
            RECIPROCAL: lambda f, c, v: -c.x * v.d**2 / v.x**2,
        },
    ),
    Mistake(
        "outer function taken at the inner derivative",
        "the outer derivative was taken at the inner derivative, not at the inner function",
        {CHAIN: lambda f, outer, u: outer(u.d)},
    ),
    Mistake(
        "outer function taken at the inner derivative",
        "the outer derivative was taken at the inner derivative, not at the inner function",
        {CHAIN: lambda f, outer, u: outer(u.d) * u.d},
    ),
    Mistake(
        "sign in the product rule",
        "the sign in the product rule is wrong",
        {PRODUCT: lambda f, u, v: v.x * u.d - u.x * v.d},
    ),
    Mistake(
        "sign in the product rule",
        "the sign in the product rule is wrong",
        {PRODUCT: lambda f, u, v: u.x * v.d - v.x * u.d},
    ),
    Mistake(
        "term of the product rule forgotten",
        "one of the two terms of the product rule was forgotten",
        {PRODUCT: lambda f, u, v: v.x * u.d},
    ),
    Mistake(
        "term of the product rule forgotten",
        "one of the two terms of the product rule was forgotten",
        {PRODUCT: lambda f, u, v: u.x * v.d},
    ),
    Mistake(
        "term forgotten",
        "a term was forgotten",
        {SUM: lambda f, u, v: u.d, DIFFERENCE: lambda f, u, v: u.d},
    ),
    Mistake(
        "term forgotten",
        "a term was forgotten",
        {SUM: lambda f, u, v: v.d, DIFFERENCE: lambda f, u, v: -v.d},
    ),
)  # fmt: skip
